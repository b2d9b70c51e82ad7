"""``frame.pm``: the source of a frame as text and as HTML; its summary, chart, explorer and report."""

import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import product

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.figure import Figure
from pandas.testing import assert_frame_equal

import pmframes as pm
from pmframes import errors
from tests.support import frames, reviews

ENTRY = {
    "service": "teamwork", "resource": "people", "account": "agency-a",
    "params": {"projects": [12345], "showDeleted": "true"}, "fetched_at": "2026-03-01T12:34:56+00:00",
    "cached": False, "requests": 3, "rows": 1200, "complete": True, "fictional": False, "version": "0.1.0",
}  # fmt: skip
MARKUP = "<img src=x onerror=alert(1)>'\"&$x^$\n\x1b[2J\u202egnp\ud800"


def made(*entries: dict, rows: int = 1200) -> pd.DataFrame:
    frame = pd.DataFrame({"id": range(rows)})
    frame.attrs["pmframes"] = entries[0] if len(entries) == 1 else {"sources": list(entries)}
    return frame


def text_of(html: str) -> str:
    return unescape(re.sub("<[^>]*>", "", html))


def shown(frame: pd.DataFrame) -> tuple[str, str]:
    """Return the source of a frame as text, and the text of its HTML."""
    return str(frame.pm.source), text_of(frame.pm.source._repr_html_())


def cells(frame: pd.DataFrame) -> list[list[str]]:
    rows = re.findall("<tr.*?</tr>", frame.pm.source._repr_html_(), re.DOTALL)
    return [[text_of(cell) for cell in re.findall(r"<t[dh]\b.*?</t[dh]>", row, re.DOTALL)] for row in rows]


def test_source_as_text():
    line = (
        "Teamwork.com people (account agency-a): 1,200 rows, complete, from the service, "
        "fetched 2026-03-01 12:34 UTC, projects=[12345], showDeleted=true, pmframes 0.1.0"
    )
    assert [str(made(ENTRY).pm.source), repr(made(ENTRY).pm.source)] == [line, line]


def test_source_as_html():
    heads, row = cells(made(ENTRY))
    assert dict(zip(heads, row, strict=True)) == {
        "service": "Teamwork.com", "account": "agency-a", "resource": "people", "rows": "1,200",
        "parameters": "projects=[12345], showDeleted=true", "fetched": "2026-03-01 12:34 UTC", "from": "the service",
        "complete": "yes", "fictional": "no", "pmframes": "0.1.0",
    }  # fmt: skip


def test_ids_have_no_separators_and_cached_and_incomplete_loads_say_so():
    frame = made({**ENTRY, "service": "outlign", "resource": "client", "params": {"id": 1201}, "rows": 1}, rows=1)
    assert "id=1201," in repr(frame.pm.source)
    assert "id=1201" in cells(frame)[1]
    fetched_at = (datetime.now(UTC) - timedelta(minutes=12, seconds=30)).isoformat(timespec="seconds")
    frame = made({**ENTRY, "cached": True, "complete": False, "fetched_at": fetched_at})
    assert "not complete, from the cache, 12 minutes old, fetched" in str(frame.pm.source)
    assert {"the cache, 12 minutes old", "no"} <= set(cells(frame)[1])


def test_rows_that_are_not_those_of_the_load_are_said_first():
    text, page = shown(made(ENTRY).head(7))
    note = "Not all of Teamwork.com people as loaded: 7 of 1,200 rows."
    assert text.startswith(f"{note}\n")
    assert note in page
    assert "Not all" not in str(made(ENTRY).pm.source)


def test_several_sources_are_a_line_each():
    frame = made(ENTRY, {**ENTRY, "service": "outlign", "resource": "clients"}, rows=5)
    lines = str(frame.pm.source).splitlines()
    assert [line.split(" (")[0] for line in lines] == ["Teamwork.com people", "Outlign clients"]
    assert [row[0] for row in cells(frame)[1:]] == ["Teamwork.com", "Outlign"]


def test_fictional_data_is_marked():
    for mark in (True, "in another form"):
        text, page = shown(made({**ENTRY, "fictional": mark}))
        assert text.startswith("Fictional data from the pmframes sandbox.\n")
        assert "Fictional data from the pmframes sandbox." in page
    assert "Fictional" not in "".join(shown(made(ENTRY)))


@pytest.mark.parametrize(
    "attrs", [{}, *({"pmframes": value} for value in (None, {}, "x", ["x"], {"sources": "x"}, {"sources": [1, "x"]}))]
)
def test_frame_without_provenance(attrs):
    frame = pd.DataFrame({"type": ["account"]})
    frame.attrs = attrs
    assert ["No provenance: not loaded by pmframes" in text for text in shown(frame)] == [True, True]


def test_markup_and_control_characters_are_shown_and_never_run():
    frame = made(dict.fromkeys(ENTRY, MARKUP) | {"params": {MARKUP: [MARKUP]}})
    html = frame.pm.source._repr_html_()
    assert "<img" not in html
    assert "mathjax_ignore" in html
    text, page = shown(frame)
    assert "<img src=x onerror=alert(1)>" in page
    for one in (text, page):
        assert re.search(r"[\x00-\x09\x0b-\x1f\u202e\ud800]", one) is None
        one.encode()
    assert len(text.splitlines()) == 2


# A frame of each kind, its summary and the title of its report.
KINDS = {
    "people": (frames.people, "people_by_type", "Access review"),
    "permissions": (frames.permissions, "people_by_permission", "People by permission"),
    "roles": (frames.roles, "roles_by_permission", "Roles by permission"),
    "projects": (frames.projects, "projects_by_customer", "Projects by customer"),
    "clients": (frames.clients, "customers_by_company", "Customer portfolio"),
    "portfolio": (frames.portfolio, "customers_by_company", "Customer portfolio"),
}
every_kind = pytest.mark.parametrize(("make", "summary", "title"), KINDS.values(), ids=KINDS)
METHODS = ("summary", "plot", "report")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@every_kind
def test_summary_and_chart_are_those_of_the_kind(make, summary, title):
    frame = make()
    assert_frame_equal(frame.pm.summary(), getattr(pm.report, summary)(frame))
    ours, theirs = frame.pm.plot(), getattr(pm.plot, summary)(frame)
    assert ours.get_title(loc="left") == theirs.get_title(loc="left") != ""
    assert len(ours.patches) == len(theirs.patches)
    axes = Figure().subplots()
    assert frame.pm.plot(ax=axes) is axes


@every_kind
def test_report_is_that_of_the_kind_and_leaves_no_figure_open(make, summary, title, tmp_path):
    frame = reviews.people({}) if title == "Access review" else make()
    figures = plt.get_fignums()
    report = frame.pm.report()
    assert repr(report).startswith(f"Report('{title}'")
    assert plt.get_fignums() == figures
    html = report.to_html(tmp_path / "report.html").read_text()
    assert html.count("<table") >= 2
    assert "data:image/svg+xml" in html
    assert "Fictional data" in html


def test_report_of_roles_has_all_rows(tmp_path):
    report = frames.roles().pm.report()
    sheets = pd.read_excel(report.to_excel(tmp_path / "roles.xlsx"), sheet_name=None, engine="openpyxl")
    assert sheets["All roles"]["name"].tolist() == ["Admin", "Member", "Guest"]
    assert len(sheets["Roles by permission"]) == 2


@every_kind
def test_summary_of_a_frame_is_not_summarised_again(make, summary, title):
    table = make().pm.summary()
    for frame, method in product((table, table.reset_index()), METHODS):
        with pytest.raises(errors.InvalidArgument):
            getattr(frame.pm, method)()


def test_unknown_frame_is_refused_by_the_name_of_the_method():
    for method in METHODS:
        with pytest.raises(errors.InvalidArgument, match=rf"^frame\.pm\.{method}\(\) does not recognise this frame\. "):
            getattr(pd.DataFrame({"id": [1]}).pm, method)()


def test_frame_that_pandas_read_from_a_csv_is_recognised():
    for make in (frames.people, frames.clients):
        read_back = pd.read_csv(io.StringIO(make().to_csv(index=False)))
        assert read_back.attrs == {}
        assert read_back.pm.summary().index.tolist()[-1] == make().pm.summary().index.tolist()[-1]


def test_any_frame_can_be_explored():
    frame = pd.DataFrame({"pm": [1, 2], "type": ["a", "b"]})
    explorer = frame.pm.explore()
    assert_frame_equal(explorer.frame, frame)
    assert frame.pm.explore(explorer.state).state == explorer.state
    assert frame["pm"].tolist() == [1, 2], "a column of this name stays a column"
    assert repr(frame.pm) == "<frame.pm: .source .summary() .table() .plot() .explore() .report() .join(other, on)>"


def test_frame_is_not_changed():
    people = reviews.people({}, {"id": 2, "deleted": True})
    before, attrs = people.copy(deep=True), dict(people.attrs["pmframes"])
    people.pm.summary(), people.pm.plot(), people.pm.report(), people.pm.source
    assert_frame_equal(people, before)
    assert people.attrs["pmframes"] == attrs
