"""`roles_by_permission` and `role_differences`: the markers of the matrix, the groups, and the legend."""

import pytest

from pmframes import plot
from tests.support import frames

from .charts import labels, legend, texts, title


def test_the_title_and_the_legend_count_the_cells():
    axes = plot.roles_by_permission(frames.many_roles())
    shown = texts(axes)
    assert "14 roles grant 132 of 252 possible permissions" in shown
    assert legend(axes) == ["granted (132)", "not granted (117)", "unknown (3)", "locked (18)"]
    assert {"_auditor", "外部監査人", "$x^$", "Finance (r5)", "Portfolio office Northe…"} <= set(shown)


def test_markers_have_different_shapes():
    axes = plot.roles_by_permission(frames.many_roles())
    shapes = {tuple(map(tuple, markers.get_paths()[0].vertices.round(3))) for markers in axes.collections}
    assert len(shapes) == 4


def test_locked_permissions_are_marked():
    roles = frames.roles()
    known = {"invitePeople": {"fixed": ["r2", "gone"]}, "useMcp": {}}
    roles.attrs["permissions"] = known
    axes = plot.roles_by_permission(roles)
    assert axes.collections[-1].get_offsets().tolist() == [[2, 0]]
    assert axes.collections[-1].get_label() == "locked (1)"
    assert any("locked: cannot be modified" in text for text in texts(axes))
    assert roles.attrs["permissions"] == known


def test_without_permissions_in_attrs_nothing_is_said_to_be_locked():
    assert not any("locked" in text for text in texts(plot.roles_by_permission(frames.roles())))


def test_grouped_roles_and_permissions_are_counted():
    granted = [[(row + column) % 3 == 0 for column in range(60)] for row in range(60)]
    names = [f"name {number}" for number in range(60)]
    axes = plot.roles_by_permission(frames.roles(names, names, granted))
    assert labels(axes.xaxis)[-1] == "20 other roles"
    assert labels(axes.yaxis)[-1] == "10 other permissions"
    written = [int(text.get_text()) for text in axes.texts]
    shown = sum(len(one.get_offsets()) for one in axes.collections if one.get_label().startswith("granted ("))
    assert sum(written) + shown == 60 * 60 / 3
    assert any("permissions granted in the grouped cells" in text for text in texts(axes))


def test_two_roles_show_only_the_permissions_in_which_they_differ():
    granted = [[False, True, None, True], [True, False, True, True]]
    roles = frames.roles(["Admin", "Guest"], ["a", "b", "c", "same"], granted)
    roles.attrs["permissions"] = {"b": {"fixed": ["r1"]}}
    axes = plot.role_differences(roles, "Admin", "Guest")
    assert labels(axes.yaxis) == ["b", "a", "c"]
    assert labels(axes.xaxis) == ["Admin", "Guest"]
    assert title(axes) == [
        "Admin and Guest differ in 3 permissions", "Only Admin grants 1", "Only Guest grants 1",
        "1 unknown for one of them",
    ]  # fmt: skip
    markers = {one.get_label(): one.get_offsets().tolist() for one in axes.collections}
    assert markers["granted (3)"] == [[0, 0], [1, 1], [1, 2]]
    assert markers["locked (1)"] == [[1, 0]]


@pytest.mark.parametrize("other", ["r0", "r1"])
def test_two_roles_that_do_not_differ_have_no_data(other: str):
    axes = plot.role_differences(frames.roles(granted=[[True, None]] * 3), "r0", other)
    assert "No data" in texts(axes)
