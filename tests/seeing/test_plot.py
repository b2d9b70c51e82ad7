"""What each picture says, and that what it shows is only ever text."""

import warnings

import matplotlib as mpl
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.text import Text

from pmframes import errors, plot

from . import frames

PICTURES = {
    "people_by_type": (plot.people_by_type, frames.people),
    "roles_by_permission": (plot.roles_by_permission, frames.roles),
    "customers_by_company": (plot.customers_by_company, frames.clients),
}
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

    def test_of_no_rows_says_so(self, draw, make, tmp_path):
        axes = draw(make()[:0])
        assert "nothing to show" in texts(axes)
        assert axes.get_title(loc="left").startswith("There are no ")
        assert drawn(axes, tmp_path)

    def test_wants_a_frame_and_axes(self, draw, make):
        with pytest.raises(errors.InvalidArgument, match="DataFrame"):
            draw([1])
        with pytest.raises(errors.InvalidArgument, match="Axes"):
            draw(make(), ax="here")

    def test_no_text_is_ever_a_formula(self, draw, make):
        with mpl.rc_context({"text.parse_math": True}):
            axes = draw(make())
            labels = [*axes.get_yticklabels(), *axes.get_xticklabels(), *axes.texts, axes.xaxis.label]
        assert not any(one.get_parse_math() for one in labels if one.get_text())


@pytest.mark.parametrize("name", [*frames.AWKWARD, "", " ", "zero width \u200d joiner", "🚀", "𝖲𝖺𝗇𝗌"])
class TestAwkwardNames:
    def test_of_types(self, name, tmp_path):
        assert drawn(plot.people_by_type(frames.people([name, None])), tmp_path)

    def test_of_roles(self, name, tmp_path):
        assert drawn(plot.roles_by_permission(frames.roles([name, "other"])), tmp_path)

    def test_of_permissions(self, name, tmp_path):
        assert drawn(plot.roles_by_permission(frames.roles(permissions=[name, "other"])), tmp_path)

    def test_of_companies(self, name, tmp_path):
        assert drawn(plot.customers_by_company(frames.clients([(1, name), (2, "other")])), tmp_path)


def test_people():
    shown = texts(plot.people_by_type(frames.many_people()))
    assert "827 · 68.9%" in shown
    assert "68.9% of 1,200 people are of type account" in shown
    assert any("36 admins" in one for one in shown)
    assert {*frames.TYPES} <= set(shown)


def test_people_on_several_projects():
    people = frames.people().assign(id=1)
    assert any("counts once for each" in one for one in texts(plot.people_by_type(people)))


def test_people_without_a_type():
    shown = texts(plot.people_by_type(frames.people([None])))
    assert "100.0% of 1 person have no type" in shown


def test_roles():
    axes = plot.roles_by_permission(frames.many_roles())
    shown = texts(axes)
    assert "14 roles hold 132 of 252 possible permissions" in shown
    assert [one.get_text() for one in axes.get_legend().get_texts()] == [
        "granted (132)",
        "not granted (117)",
        "not sent (3)",
        "fixed (18)",
    ]
    assert {"_auditor", "外部監査人", "$x^$", "Finance (r5)", "Portfolio office Northe…"} <= set(shown)
    shapes = {tuple(map(tuple, one.get_paths()[0].vertices.round(3))) for one in axes.collections}
    assert len(shapes) == 4, "told apart without colour"


def test_fixed_roles():
    roles = frames.roles()
    known = {"invitePeople": {"fixed": ["r2", "gone"]}, "useMcp": {}}
    roles.attrs["permissions"] = known
    axes = plot.roles_by_permission(roles)
    assert axes.collections[-1].get_offsets().tolist() == [[2, 0]]
    assert axes.collections[-1].get_label() == "fixed (1)"
    assert any("fixed: cannot be modified" in one for one in texts(axes))
    assert roles.attrs["permissions"] == known


def test_roles_of_which_nothing_is_known_to_be_fixed():
    axes = plot.roles_by_permission(frames.roles())
    assert not any("fixed" in one for one in texts(axes))


def test_customers():
    axes = plot.customers_by_company(frames.many_clients())
    names = [one.get_text() for one in axes.get_yticklabels()]
    assert len(names) == 17
    assert names[-2:] == ["25 other companies", "(none)"]
    widths = [bar.get_width() for bar in axes.patches]
    assert sum(widths) == 420
    assert sorted(widths[:15], reverse=True) == widths[:15]
    assert axes.get_title(loc="left").startswith("420 customers: 397 in 40 companies, 23 in none\n")


def test_customers_of_sixteen_companies_are_all_named():
    axes = plot.customers_by_company(frames.clients([(one, f"Company {one}") for one in range(16)]))
    assert len(axes.get_yticklabels()) == 16


def test_customers_of_several_services():
    axes = plot.customers_by_company([frames.clients(), frames.owned_customers(), frames.plain_customers()])
    assert [one.get_text() for one in axes.get_yticklabels()] == [
        "outlign · Acme",
        "spirii · Acme",
        "outlign · Beta",
        "outlign · (none)",
        "projectmanager · (none)",
        "spirii · (none)",
    ]


def test_customers_of_no_company():
    assert "3 customers, none in a company" in texts(plot.customers_by_company(frames.plain_customers()))


def test_a_company_without_a_name_is_shown_by_its_id():
    axes = plot.customers_by_company(frames.clients([(77, None)]))
    assert [one.get_text() for one in axes.get_yticklabels()] == ["77"]
