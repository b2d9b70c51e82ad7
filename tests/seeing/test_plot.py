"""What each picture says, and that what it shows is only ever text."""

import warnings
from inspect import isfunction, signature

import matplotlib as mpl
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.text import Text

from pmframes import errors, outlign, plot, projectmanager, report, spirii, teamwork
from pmframes._frames.provenance import service_title
from tests.support import frames


def by_company(people, ax=None):
    return plot.people_by_type(people, by="company_name", ax=ax)


def two_roles(roles, ax=None):
    return plot.role_differences(roles, "r0", "r1", ax=ax)


PICTURES = {
    "people_by_type": (plot.people_by_type, frames.people),
    "people_by_type, by": (by_company, frames.people),
    "people_by_permission": (plot.people_by_permission, frames.permissions),
    "roles_by_permission": (plot.roles_by_permission, frames.roles),
    "role_differences": (two_roles, frames.roles),
    "customers_by_company": (plot.customers_by_company, frames.clients),
    "customers_by_operator": (plot.customers_by_operator, frames.operated_customers),
    "projects_by_customer": (plot.projects_by_customer, frames.projects),
}
WITHOUT_PICTURE = {"access_review", "changes", "customer_portfolio", "findings"}
SUMMARIES = [name for name in report.__all__ if isfunction(getattr(report, name)) and name not in WITHOUT_PICTURE]
every_picture = pytest.mark.parametrize(("draw", "make"), PICTURES.values(), ids=PICTURES)


@pytest.fixture(autouse=True)
def canvas():
    mpl.use("agg")
    yield
    pyplot.close("all")


def texts(axes):
    axes.figure.canvas.draw()
    return [one.get_text() for one in axes.findobj(Text) if one.get_visible() and one.get_text()]


def drawn(axes, tmp_path):
    """Draw in earnest; a warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for suffix in ("png", "svg"):
            axes.figure.savefig(tmp_path / f"picture.{suffix}")
    return (tmp_path / "picture.png").stat().st_size


@every_picture
class TestEveryPicture:
    def test_says_when_the_data_are_fictional(self, draw, make):
        frame = make()
        assert any("fictional data" in one for one in texts(draw(frame)))
        frame.attrs = {}
        assert not any("fictional" in one for one in texts(draw(frame)))

    def test_draws_where_it_is_told(self, draw, make):
        axes = Figure().subplots(1, 2)[1]
        assert draw(make(), ax=axes) is axes
        assert not pyplot.get_fignums()

    def test_makes_a_figure_and_changes_no_setting(self, draw, make):
        backend, settings = mpl.get_backend(), dict(mpl.rcParams)
        axes = draw(make())
        assert pyplot.get_fignums() == [axes.figure.number]
        assert (mpl.get_backend(), dict(mpl.rcParams)) == (backend, settings)

    def test_wants_a_frame_and_axes(self, draw, make):
        with pytest.raises(errors.InvalidArgument, match="DataFrame"):
            draw([1])
        with pytest.raises(errors.InvalidArgument, match="Axes"):
            draw(make(), ax="here")

    def test_no_text_is_ever_a_formula(self, draw, make):
        with mpl.rc_context({"text.parse_math": True}):
            axes = draw(make())
            labels = [*axes.get_yticklabels(), *axes.get_xticklabels(), *axes.texts, axes.xaxis.label]
            labels += axes.get_legend().get_texts() if axes.get_legend() else []
        assert not any(one.get_parse_math() for one in labels if one.get_text())


# No roles have no two roles to compare.
@pytest.mark.parametrize("name", sorted(PICTURES.keys() - {"role_differences"}))
def test_a_picture_of_no_rows_says_so(name, tmp_path):
    draw, make = PICTURES[name]
    axes = draw(make()[:0])
    assert "No data" in texts(axes)
    assert axes.get_title(loc="left").startswith("There are no ")
    assert drawn(axes, tmp_path)


@pytest.mark.parametrize("name", SUMMARIES)
def test_every_summary_has_a_picture_with_the_same_arguments(name):
    of_summary = signature(getattr(report, name)).parameters.values()
    *shared, last = signature(getattr(plot, name)).parameters.values()
    assert shared == list(of_summary)
    assert (last.name, last.default, last.kind) == ("ax", None, last.POSITIONAL_OR_KEYWORD)
    assert name in PICTURES


def test_there_is_no_picture_without_a_summary():
    assert sorted(plot.__all__) == sorted(SUMMARIES)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*frames.AWKWARD, "", " ", "zero width \u200d joiner", "🚀", "𝖲𝖺𝗇𝗌"])
class TestAwkwardNames:
    def test_of_types(self, name, tmp_path):
        assert drawn(plot.people_by_type(frames.people([name, None])), tmp_path)

    def test_of_roles(self, name, tmp_path):
        assert drawn(plot.roles_by_permission(frames.roles([name, "other"])), tmp_path)

    def test_of_permissions(self, name, tmp_path):
        assert drawn(plot.roles_by_permission(frames.roles(permissions=[name, "other"])), tmp_path)

    def test_of_values(self, name, tmp_path):
        people = frames.people(["account", name], company_name=frames.text([name, None]))
        assert drawn(plot.people_by_type(people, by="company_name"), tmp_path)
        assert drawn(plot.people_by_type(people.rename(columns={"name": name}), by=name), tmp_path)

    def test_of_permissions_of_people(self, name, tmp_path):
        frame = frames.permissions([[True, False]], [name, "other"])
        assert drawn(plot.people_by_permission(frame), tmp_path)

    def test_of_two_roles(self, name, tmp_path):
        frame = frames.roles([name, "other"], [f"{name}!", "other"])
        assert drawn(plot.role_differences(frame, "r0", "r1"), tmp_path)

    def test_of_customers(self, name, tmp_path):
        assert drawn(plot.projects_by_customer(frames.projects([("1", name), ("2", "other")])), tmp_path)

    def test_of_companies(self, name, tmp_path):
        assert drawn(plot.customers_by_company(frames.clients([(1, name), (2, "other")])), tmp_path)


def test_people():
    shown = texts(plot.people_by_type(frames.many_people()))
    assert "827 · 68.9%" in shown
    assert "68.9% of 1,200 people have full accounts" in shown
    assert any("including 36 admins" in one for one in shown)
    assert {*frames.TYPES} <= set(shown)


def test_people_on_several_projects():
    people = frames.people().assign(id=1)
    assert any("people are counted once per project" in one for one in texts(plot.people_by_type(people)))


def test_people_without_a_type():
    shown = texts(plot.people_by_type(frames.people([None])))
    assert "100.0% of 1 person have no type" in shown


def test_roles():
    axes = plot.roles_by_permission(frames.many_roles())
    shown = texts(axes)
    assert "14 roles grant 132 of 252 possible permissions" in shown
    assert [one.get_text() for one in axes.get_legend().get_texts()] == [
        "granted (132)",
        "not granted (117)",
        "unknown (3)",
        "locked (18)",
    ]
    assert {"_auditor", "外部監査人", "$x^$", "Finance (r5)", "Portfolio office Northe…"} <= set(shown)
    shapes = {tuple(map(tuple, one.get_paths()[0].vertices.round(3))) for one in axes.collections}
    assert len(shapes) == 4, "told apart without colour"


def test_locked_roles():
    roles = frames.roles()
    known = {"invitePeople": {"fixed": ["r2", "gone"]}, "useMcp": {}}
    roles.attrs["permissions"] = known
    axes = plot.roles_by_permission(roles)
    assert axes.collections[-1].get_offsets().tolist() == [[2, 0]]
    assert axes.collections[-1].get_label() == "locked (1)"
    assert any("locked: cannot be modified" in one for one in texts(axes))
    assert roles.attrs["permissions"] == known


def test_roles_of_which_nothing_is_known_to_be_locked():
    axes = plot.roles_by_permission(frames.roles())
    assert not any("locked" in one for one in texts(axes))


def test_customers():
    axes = plot.customers_by_company(frames.many_clients())
    names = [one.get_text() for one in axes.get_yticklabels()]
    assert len(names) == 17
    assert names[-2:] == ["25 other companies", "(none)"]
    widths = [bar.get_width() for bar in axes.patches]
    assert sum(widths) == 420
    assert sorted(widths[:15], reverse=True) == widths[:15]
    assert axes.get_title(loc="left").startswith("420 customers: 397 in 40 companies, 23 unassigned\n")


def test_customers_of_sixteen_companies_are_all_named():
    axes = plot.customers_by_company(frames.clients([(one, f"Company {one}") for one in range(16)]))
    assert len(axes.get_yticklabels()) == 16


def test_customers_of_several_services():
    axes = plot.customers_by_company([frames.clients(), frames.owned_customers(), frames.plain_customers()])
    assert [one.get_text() for one in axes.get_yticklabels()] == [
        "Outlign · Acme",
        "Spirii · Acme",
        "Outlign · Beta",
        "Outlign · (none)",
        "ProjectManager.com · (none)",
        "Spirii · (none)",
    ]


def test_customers_of_no_company():
    assert "3 customers, all unassigned" in texts(plot.customers_by_company(frames.plain_customers()))


def test_a_company_without_a_name_is_shown_by_its_id():
    axes = plot.customers_by_company(frames.clients([(77, None)]))
    assert [one.get_text() for one in axes.get_yticklabels()] == ["77"]


def lengths(axes):
    """Give the lengths of the bars, a line per segment."""
    return [[bar.get_width() for bar in container] for container in axes.containers]


def test_people_by_a_column():
    axes = plot.people_by_type(frames.many_people(), by="company_name")
    names = [one.get_text() for one in axes.get_yticklabels()]
    assert names[-1] == "24 other values"
    totals = [sum(parts) for parts in zip(*lengths(axes), strict=True)]
    assert sum(totals) == 1200
    assert sorted(totals[:-1], reverse=True) == totals[:-1]
    assert [one.get_text() for one in axes.get_legend().get_texts()] == [*frames.TYPES]
    assert "By company_name" in axes.get_title(loc="left")


def test_segments_differ_without_colour():
    types = [*(f"_type {place}" for place in range(20)), None]
    axes = plot.people_by_type(frames.people(types), by="project_id")
    labels = [one.get_text() for one in axes.get_legend().get_texts()]
    assert labels[-2:] == ["18 other types", "(none)"]
    assert any(label.startswith("_type") for label in labels)
    assert sum(map(sum, lengths(axes))) == 21
    hatches = [container[0].get_hatch() for container in axes.containers]
    assert len(set(hatches)) == len(labels)


def test_permissions_of_people():
    axes = plot.people_by_permission(frames.permissions())
    assert [one.get_text() for one in axes.get_yticklabels()] == ["active", "view_time"]
    assert [one.get_text() for one in axes.get_legend().get_texts()] == [
        *("granted to others", "granted to client users", "not granted", "unknown")
    ]
    assert lengths(axes) == [pytest.approx(one) for one in ([1 / 3, 0], [1 / 3, 0], [0, 1 / 3], [1 / 3, 2 / 3])]
    assert {"2 · 66.7%", "0 · 0.0%"} <= {one.get_text() for one in axes.texts}
    assert axes.get_title(loc="left") == "2 permissions of 3 people\n1 permission is granted to client users"


def test_permissions_are_sorted_by_how_many_have_them():
    names = ["few", "all", "none", "most"]
    granted = [[place < 1, True, False, place < 2] for place in range(3)]
    axes = plot.people_by_permission(frames.permissions(granted, names))
    assert [one.get_text() for one in axes.get_yticklabels()] == ["all", "most", "few", "none"]


def test_two_roles():
    granted = [[False, True, None, True], [True, False, True, True]]
    roles = frames.roles(["Admin", "Guest"], ["a", "b", "c", "same"], granted)
    roles.attrs["permissions"] = {"b": {"fixed": ["r1"]}}
    axes = plot.role_differences(roles, "Admin", "Guest")
    assert [one.get_text() for one in axes.get_yticklabels()] == ["b", "a", "c"]
    assert [one.get_text() for one in axes.get_xticklabels()] == ["Admin", "Guest"]
    assert axes.get_title(loc="left").splitlines() == [
        "Admin and Guest differ in 3 permissions",
        "Only Admin grants 1",
        "Only Guest grants 1",
        "1 unknown for one of them",
    ]
    marks = {one.get_label(): one.get_offsets().tolist() for one in axes.collections}
    assert marks["granted (3)"] == [[0, 0], [1, 1], [1, 2]]
    assert marks["locked (1)"] == [[1, 0]]


def test_two_roles_that_do_not_differ():
    for other in ("r0", "r1"):
        axes = plot.role_differences(frames.roles(granted=[[True, None]] * 3), "r0", other)
        assert "No data" in texts(axes)


def test_what_a_matrix_groups_is_counted():
    granted = [[(line + place) % 3 == 0 for place in range(60)] for line in range(60)]
    names = [f"name {place}" for place in range(60)]
    axes = plot.roles_by_permission(frames.roles(names, names, granted))
    assert [one.get_text() for one in axes.get_xticklabels()][-1] == "20 other roles"
    assert [one.get_text() for one in axes.get_yticklabels()][-1] == "10 other permissions"
    written = [int(one.get_text()) for one in axes.texts]
    shown = sum(len(one.get_offsets()) for one in axes.collections if "granted (" in one.get_label()[:9])
    assert sum(written) + shown == 60 * 60 / 3
    assert any("permissions granted in the grouped cells" in one for one in texts(axes))


def test_operators():
    axes = plot.customers_by_operator(frames.operated_customers())
    assert [one.get_text() for one in axes.get_yticklabels()] == ["Volt", "Grid", "(none)"]
    assert axes.get_title(loc="left").startswith("4 customers: 3 of 2 operators, 1 unassigned\n")


def test_projects():
    axes = plot.projects_by_customer(frames.projects())
    assert [one.get_text() for one in axes.get_yticklabels()] == ["Acme", "Beta", "(none)"]
    assert axes.get_title(loc="left").startswith("4 projects: 3 for 2 customers, 1 unassigned\n")
    assert not any("without a project" in one for one in texts(axes))
    axes = plot.projects_by_customer(frames.projects(), frames.plain_customers(4))
    assert [one.get_text() for one in axes.get_yticklabels()] == ["Acme", "Beta", "(none)"]
    assert any("2 customers without a project" in one for one in texts(axes))


def test_services_are_named_as_they_name_themselves():
    for service in (outlign, projectmanager, spirii, teamwork):
        assert service_title(service.SERVICE.name) == service.SERVICE.title
    assert service_title("other") == "other"
