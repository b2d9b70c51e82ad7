"""``frame.pm``: what fits a frame is found by where it came from, or by its columns."""

import io
import re

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.figure import Figure
from pandas.testing import assert_frame_equal

import pmframes as pm
from pmframes import errors
from tests.support import frames

FITTING = {
    "people": "people_by_type",
    "permissions": "people_by_permission",
    "roles": "roles_by_permission",
    "projects": "projects_by_customer",
    "customers": "customers_by_company",
    "clients": "customers_by_company",
    "planned customers": "customers_by_company",
    "portfolio": "customers_by_company",
}
UNFIT = ("teamwork projects", "companies", "resources", "role permissions")
REPORTS = {
    "people": "Access review",
    "permissions": "People by permission",
    "roles": "Roles by permission",
    "projects": "Projects by customer",
    "customers": "Customer portfolio",
    "clients": "Customer portfolio",
    "planned customers": "Customer portfolio",
    "portfolio": "Customer portfolio",
}


@pytest.fixture(scope="module")
def loaded() -> dict[str, pd.DataFrame]:
    """Load a frame of each kind."""
    with pm.demo(people=150) as box:
        project = box.data.projects[0].id
        return {
            "people": pm.teamwork.people(),
            "permissions": pm.teamwork.permissions(project),
            "teamwork projects": pm.teamwork.projects(),
            "companies": pm.teamwork.companies(),
            "roles": pm.projectmanager.roles(),
            "role permissions": pm.projectmanager.role_permissions(),
            "resources": pm.projectmanager.resources(),
            "projects": pm.projectmanager.projects(),
            "planned customers": pm.projectmanager.customers(),
            "clients": pm.outlign.clients(),
            "customers": pm.spirii.customers(),
            "portfolio": pm.customers(),
        }


@pytest.fixture(autouse=True)
def _no_pictures_left():
    yield
    plt.close("all")


def through_csv(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a frame as pandas itself reads it: pmframes did not load it."""
    read = pd.read_csv(io.StringIO(frame.to_csv(index=False)))
    assert read.attrs == {}
    return read


@pytest.mark.parametrize("name", FITTING)
def test_a_frame_has_the_summary_and_the_picture_that_fit_it(loaded, name):
    frame = loaded[name]
    assert_frame_equal(frame.pm.summary(), getattr(pm.report, FITTING[name])(frame))
    ours, theirs = frame.pm.plot(), getattr(pm.plot, FITTING[name])(frame)
    assert ours.get_title(loc="left") == theirs.get_title(loc="left") != ""
    assert len(ours.patches) == len(theirs.patches)


@pytest.mark.parametrize("name", [name for name in FITTING if name != "planned customers"])
def test_a_frame_read_by_pandas_is_known_by_its_columns(loaded, name):
    read = through_csv(loaded[name])
    ours, theirs = read.pm.summary(), loaded[name].pm.summary()
    assert list(ours.columns) == list(theirs.columns)
    assert len(ours) == len(theirs)
    counted = next(one for one in ("people", "roles", "projects", "customers") if one in theirs)
    assert ours[counted].sum() == theirs[counted].sum() > 0
    assert REPORTS[name] in repr(read.pm.report())


@pytest.mark.parametrize("name", FITTING)
def test_some_of_the_rows_and_columns_are_still_of_that_kind(loaded, name):
    frame = loaded[name]
    some = frame.head(3).assign(mine=1)
    assert_frame_equal(some.pm.summary(), getattr(pm.report, FITTING[name])(some))


@pytest.mark.parametrize("name", ["projects", "clients", "customers", "portfolio"])
@pytest.mark.parametrize("drop", [True, False])
def test_ids_may_be_the_index(loaded, name, drop):
    assert_frame_equal(loaded[name].set_index("id", drop=drop).pm.summary(), loaded[name].pm.summary())


def test_renamed_columns_count_where_the_summary_takes_them(loaded):
    renamed = loaded["clients"].rename(columns={"title": "name", "company_title": "company_name"})
    assert renamed.pm.summary()["customers"].sum() == len(renamed)


@pytest.mark.parametrize("name", FITTING)
@pytest.mark.parametrize("asked", ["summary", "plot", "report"])
def test_a_summary_is_not_summed_up_as_if_its_lines_were_what_it_counts(loaded, name, asked):
    summary = loaded[name].pm.summary()
    for frame in (summary, summary.reset_index(), through_csv(summary)):
        with pytest.raises(pm.errors.InvalidArgument):
            getattr(frame.pm, asked)()


@pytest.mark.parametrize("name", UNFIT)
@pytest.mark.parametrize("asked", ["summary", "plot", "report"])
def test_what_nothing_fits_says_what_is_missing_for_the_nearest_alone(loaded, name, asked):
    for frame in (loaded[name], through_csv(loaded[name])):
        with pytest.raises(pm.errors.InvalidArgument) as caught:
            getattr(frame.pm, asked)()
        message = str(caught.value)
        assert message.startswith(f"frame.pm.{asked}() does not recognise this frame. ")
        assert message.count("_by_") == (name == "teamwork projects")
        assert len(message) < 320
        if name == "teamwork projects":
            assert "For customers_by_company, the closest match, it lacks the columns: service. " in message
            assert frame.assign(service="mine").pm.summary()["customers"].sum() == len(frame)


def test_the_remedy_of_the_message_works(loaded):
    flags = ["is_admin", "is_client_user", "is_service_account", "deleted"]
    bare = pd.DataFrame({"type": ["account", None]})
    with pytest.raises(
        errors.InvalidArgument, match=f"people_by_type, the closest match, .*columns: {', '.join(flags)}\\. "
    ):
        bare.pm.summary()
    assert bare.assign(**dict.fromkeys(flags, False)).pm.summary().loc["total", "people"] == 2


def test_a_frame_that_lost_a_column_names_it_and_what_would_have_it(loaded):
    with pytest.raises(pm.errors.InvalidArgument, match=r"people lacks the columns: type\. .*pm\.teamwork\.people"):
        loaded["people"].drop(columns="type").pm.summary()


def test_where_it_came_from_counts_before_the_columns(loaded):
    """The customers of ProjectManager.com have an id and a name, as any list has."""
    customers = loaded["planned customers"]
    assert customers.pm.summary()["customers"].sum() == len(customers)
    with pytest.raises(pm.errors.InvalidArgument):
        through_csv(customers).pm.summary()


def test_a_frame_of_two_kinds_is_known_by_its_columns(loaded):
    joined = loaded["people"].copy()
    joined.attrs["pmframes"] = {"sources": [loaded["people"].attrs["pmframes"], loaded["roles"].attrs["pmframes"]]}
    assert joined.pm.summary().loc["total", "people"] == len(joined)


def test_a_picture_is_drawn_where_it_is_wanted(loaded):
    axes = Figure().subplots()
    assert loaded["people"].pm.plot(ax=axes) is axes


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_says_what_fits_and_leaves_no_picture_open(loaded, name, tmp_path):
    before = plt.get_fignums()
    report = loaded[name].pm.report()
    assert repr(report).startswith(f"Report('{REPORTS[name]}'")
    assert plt.get_fignums() == before
    html = report.to_html(tmp_path / "report.html").read_text()
    assert html.count("<table") >= 2
    assert "data:image/svg+xml" in html
    assert "Fictional data" in html


def test_a_plain_report_holds_every_row(loaded, tmp_path):
    report = loaded["roles"].pm.report()
    sheets = pd.read_excel(report.to_excel(tmp_path / "roles.xlsx"), sheet_name=None)
    assert sheets["All roles"]["name"].tolist() == loaded["roles"]["name"].tolist()
    assert len(sheets["Roles by permission"]) == len(loaded["roles"].pm.summary())


@pytest.mark.parametrize("name", UNFIT)
def test_every_frame_can_be_explored(loaded, name):
    explorer = loaded[name].pm.explore()
    assert_frame_equal(explorer.frame, loaded[name])
    again = loaded[name].pm.explore(explorer.state)
    assert again.state == explorer.state


def test_frames_of_pandas_have_it_and_a_column_called_pm_stays_one():
    frame = pd.DataFrame({"pm": [1, 2], "type": ["a", "b"]})
    assert repr(frame.pm.explore().frame["pm"].tolist()) == "[1, 2]"
    assert frame["pm"].tolist() == [1, 2]
    assert "summary" in repr(frame.pm)


@pytest.mark.parametrize("asked", ["summary", "plot", "report"])
def test_columns_that_cannot_be_named_are_refused(loaded, asked):
    layered = pm.report.people_by_type(loaded["people"], by="company_name")
    with pytest.raises(pm.errors.InvalidArgument, match="levels"):
        getattr(layered.pm, asked)()
    people = loaded["people"]
    with pytest.raises(pm.errors.InvalidArgument, match="repeats: type"):
        getattr(pd.concat([people, people[["type"]]], axis=1).pm, asked)()


def test_nothing_is_changed(loaded):
    people = loaded["people"]
    before, attrs = people.copy(deep=True), dict(people.attrs["pmframes"])
    people.pm.summary(), people.pm.plot(), people.pm.report(), people.pm.source
    assert_frame_equal(people, before)
    assert people.attrs["pmframes"] == attrs


def test_yes_and_no_as_text_are_refused_with_a_remedy_that_works():
    people = frames.people(["account", "contact"]).astype({"is_admin": "str"})
    with pytest.raises(errors.InvalidArgument, match="is_admin is not a boolean column") as raised:
        people.pm.summary()
    frame = people
    exec(re.search(r"frame\[.*\)(?=\.$)", str(raised.value))[0], {"frame": frame})
    assert frame.pm.summary()["people"].iloc[-1] == 2


def test_ids_that_a_csv_has_made_decimal_are_whole():
    clients = frames.clients()
    clients["company_id"] = clients["company_id"].astype("float64")
    assert not clients.pm.summary()["company_id"].str.contains(".", regex=False).any()
