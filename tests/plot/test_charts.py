"""Each chart: its bars or markers, their order, what is grouped, the legend and the title; labels that are cut."""

import pytest

from pmframes import plot
from pmframes.plot import _style
from tests.support import frames

from .charts import labels, legend, lengths, texts, title


def test_bars_have_counts_and_shares():
    shown = texts(plot.people_by_type(frames.many_people()))
    assert "827 · 68.9%" in shown
    assert "68.9% of 1,200 people have full accounts" in shown
    assert any("including 36 admins" in text for text in shown)
    assert {*frames.TYPES} <= set(shown)


def test_people_on_several_projects_and_people_without_a_type():
    people = frames.people().assign(id=1)
    assert any("people are counted once per project" in text for text in texts(plot.people_by_type(people)))
    assert "100.0% of 1 person have no type" in texts(plot.people_by_type(frames.people([None])))


def test_by_a_column_has_the_largest_values_and_one_bar_for_the_others():
    axes = plot.people_by_type(frames.many_people(), by="company_name")
    assert labels(axes.yaxis)[-1] == "24 other values"
    totals = [sum(parts) for parts in zip(*lengths(axes), strict=True)]
    assert sum(totals) == 1200
    assert sorted(totals[:-1], reverse=True) == totals[:-1]
    assert legend(axes) == [*frames.TYPES]
    assert "By company_name" in axes.get_title(loc="left")


def test_a_column_may_have_any_name():
    name = "$x^$ <b> \u202e"
    axes = plot.people_by_type(frames.people().rename(columns={"name": name}), by=name)
    assert len(labels(axes.yaxis)) == 4


def test_segments_have_different_hatches():
    types = [*(f"_type {number}" for number in range(20)), None]
    axes = plot.people_by_type(frames.people(types), by="project_id")
    assert legend(axes)[-2:] == ["18 other types", "(none)"]
    assert any(label.startswith("_type") for label in legend(axes))
    assert sum(map(sum, lengths(axes))) == 21
    hatches = [container[0].get_hatch() for container in axes.containers]
    assert len(set(hatches)) == len(legend(axes))


def test_bars_are_shares_of_people_in_four_segments():
    axes = plot.people_by_permission(frames.permissions())
    assert labels(axes.yaxis) == ["add_tasks", "view_time"]
    assert legend(axes) == ["granted to others", "granted to client users", "not granted", "unknown"]
    assert lengths(axes) == [pytest.approx(one) for one in ([1 / 3, 0], [1 / 3, 0], [0, 1 / 3], [1 / 3, 2 / 3])]
    assert {"2 · 66.7%", "0 · 0.0%"} <= {text.get_text() for text in axes.texts}
    assert title(axes) == ["2 permissions of 3 people", "1 permission is granted to client users"]


def test_permissions_are_in_the_order_of_how_many_have_them():
    names = ["few", "all", "none", "most"]
    granted = [[number < 1, True, False, number < 2] for number in range(3)]
    axes = plot.people_by_permission(frames.permissions(granted, names))
    assert labels(axes.yaxis) == ["all", "most", "few", "none"]


def test_the_title_and_the_legend_count_the_cells_and_markers_have_different_shapes():
    axes = plot.roles_by_permission(frames.many_roles())
    shown = texts(axes)
    assert "14 roles grant 132 of 252 possible permissions" in shown
    assert legend(axes) == ["granted (132)", "not granted (117)", "unknown (3)", "locked (18)"]
    assert {"_auditor", "外部監査人", "$x^$", "Finance (r5)", "Portfolio office Northe…"} <= set(shown)
    shapes = {tuple(map(tuple, markers.get_paths()[0].vertices.round(3))) for markers in axes.collections}
    assert len(shapes) == 4


def test_locked_permissions_are_marked():
    roles = frames.roles()
    assert not any("locked" in text for text in texts(plot.roles_by_permission(roles)))
    known = {"invitePeople": {"fixed": ["r2", "gone"]}, "useMcp": {}}
    roles.attrs["permissions"] = known
    axes = plot.roles_by_permission(roles)
    assert axes.collections[-1].get_offsets().tolist() == [[2, 0]]
    assert axes.collections[-1].get_label() == "locked (1)"
    assert any("locked: cannot be modified" in text for text in texts(axes))
    assert roles.attrs["permissions"] == known


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
def test_two_roles_that_do_not_differ_have_no_data(other):
    axes = plot.role_differences(frames.roles(granted=[[True, None]] * 3), "r0", other)
    assert "No data" in texts(axes)


def test_the_15_largest_companies_have_a_bar_each():
    axes = plot.customers_by_company(frames.many_clients())
    assert len(labels(axes.yaxis)) == 15
    widths = [bar.get_width() for bar in axes.patches]
    others = 397 - sum(widths)
    assert axes.get_xlabel().splitlines()[-2:] == [f"25 other companies: {others:.0f}", "(none): 23"]
    assert sorted(widths[:15], reverse=True) == widths[:15]
    assert title(axes)[0] == "420 customers: 397 in 40 companies, 23 unassigned"


def test_sixteen_companies_are_not_grouped():
    axes = plot.customers_by_company(frames.clients([(number, f"Company {number}") for number in range(16)]))
    assert len(labels(axes.yaxis)) == 16


def test_of_several_services_each_company_has_the_name_of_its_service():
    axes = plot.customers_by_company([frames.clients(), frames.owned_customers(), frames.plain_customers()])
    assert labels(axes.yaxis) == [
        "Outlign · Acme", "Spirii · Acme", "Outlign · Beta",
    ]  # fmt: skip
    notes = axes.get_xlabel().splitlines()
    assert notes[-3:] == ["Outlign · (none): 1", "ProjectManager.com · (none): 3", "Spirii · (none): 1"]


def test_customers_without_a_company_and_a_company_without_a_name():
    assert "3 customers, all unassigned" in texts(plot.customers_by_company(frames.plain_customers()))
    assert labels(plot.customers_by_company(frames.clients([(77, None)])).yaxis) == ["77"]


def test_customers_by_operator():
    axes = plot.customers_by_operator(frames.operated_customers())
    assert labels(axes.yaxis) == ["Volt", "Grid"]
    assert title(axes)[0] == "4 customers: 3 of 2 operators, 1 unassigned"


def test_projects_by_customer_and_customers_without_a_project():
    axes = plot.projects_by_customer(frames.projects())
    assert labels(axes.yaxis) == ["Acme", "Beta"]
    assert title(axes)[0] == "4 projects: 3 for 2 customers, 1 unassigned"
    assert not any("without a project" in text for text in texts(axes))
    axes = plot.projects_by_customer(frames.projects(), frames.plain_customers(4))
    assert labels(axes.yaxis) == ["Acme", "Beta"]
    assert any("2 customers without a project" in text for text in texts(axes))


@pytest.mark.parametrize(("text", "label"), [
    ("plain", "plain"),
    ("two\nlines \t and a tab", "two lines and a tab"),
    ("x" * 36, "x" * 36),
    ("x" * 37, "x" * 35 + "…"),
    ("bell \x07", "bell ⟦U+0007⟧"),
    ("$x^$", "$x^$"),
    (12, "12"),
])  # fmt: skip
def test_shorten(text, label):
    assert _style.shorten(text) == label
    assert _style.shorten("x" * 10, 5) == "xxxx…"


@pytest.mark.parametrize(
    ("labels", "rows"), [(["a"], 1), (["a"] * 4, 1), (["a"] * 5, 2), (["x" * 30] * 4, 2), (["x" * 35] * 4, 4)]
)
def test_a_legend_has_as_many_columns_as_fit_and_at_most_four(labels, rows):
    assert _style.count_legend_rows(labels) == rows
