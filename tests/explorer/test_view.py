"""What people read of an explorer: headings, cells, the source, the tabs, and the static form."""

import re
from html import unescape

import anywidget
import pandas as pd
import pytest

import pmframes as pm
from tests.support.explorer_frames import CANARY, HOSTILE, people, permissions
from tests.support.frames import AWKWARD, many_roles, portfolio

from .page import Page

FAR = "\u202eright to left"
GRANTED, NOT_GRANTED, UNKNOWN = "granted", "not granted", "unknown"
WIDE = people().assign(first_name="a", last_name="b", company_name="c", company_id=1, nothing=None, blank="")
WIDE = WIDE.assign(**{f"more_{number}": "x" for number in range(5)})
SPARSE = people(30).assign(nothing=None, teams=[[]] * 30, blank="", email=["a@example.com", *[None] * 29])


def roles(**columns: object) -> pd.DataFrame:
    flags = {f"may_{place}": [True, False, True, False] for place in range(14)}
    return pd.DataFrame({"id": [*"abcd"], "name": [*"wxyz"], "is_custom": True, **flags, **columns})


def matching(**columns: object) -> pd.DataFrame:
    usual = {"match": pd.array([2, 1, 2, None], dtype="Int64"), "name": [*"abcd"]}
    return pd.DataFrame({**usual, **columns})


def headings(*names: object) -> list[str]:
    frame = pd.DataFrame([["a"] * len(names)], columns=pd.Index(names, dtype=object, tupleize_cols=False))
    return [one["heading"] for one in Page(frame).view["chooser"]]


def static(frame: pd.DataFrame, state: dict | None = None) -> str:
    return pm.explore(frame, state)._repr_html_().partition("</style>")[2]


@pytest.mark.parametrize(("name", "heading"), [
    ("company_name", "Company"), ("is_admin", "Admin"), ("created_at", "Created"), ("id", "ID"), ("email", "E-mail"),
    ("company_id", "Company ID"), ("team_ids", "Team IDs"), ("url", "URL"), ("full_name", "Full name"), ("", '""'),
    ("invitePeople", "invitePeople"), ("Größe", "Größe"), (None, "None"), (7, "7"), (("a", "b"), "a b"), ("_x", "_x"),
    (CANARY, CANARY), (FAR, "⟦U+202E⟧right to left"), ("\ud83d", "\\ud83d"),
])  # fmt: skip
def test_a_heading_is_the_name_as_people_write_it(name, heading):
    assert headings(name) == [heading]


@pytest.mark.parametrize("names", [
    ("company_name", "company"), ("is_admin", "admin"), ("created_at", "created"), ("a", "a_"), ("a_b", "a__b"),
    ("company_name", "company", "Company name"), (("a", "b"), "a b"),
])  # fmt: skip
def test_no_two_headings_read_alike(names):
    assert len({" ".join(heading.split()) for heading in headings(*names)}) == len(names)


@pytest.mark.parametrize(("frame", "state", "painted"), [
    (WIDE, {}, ["Name", "Type", "Company", "E-mail", "Admin", "Deleted", "Created (UTC)",
                *[f"More {number}" for number in range(4)], "ID"]),
    (people(), {"columns": ["id", "name", "type"], "pinned": ["type"]}, ["Type", "ID", "Name"]),
    (people()[::-1], {"columns": ["id"]}, ["ID"]), (people().set_index("type"), {"columns": ["id"]}, ["type", "ID"]),
    (people().set_axis([FAR] * 60), {"columns": ["id"]}, ["Index", "ID"]),
    # Empty columns are painted when they are chosen, or if all are empty; those that filters leave empty stay.
    (SPARSE, {}, ["Name", "Type", "E-mail", "Admin", "Deleted", "Created (UTC)", "ID"]),
    (SPARSE, {"search": "Ada 4"}, ["Name", "Type", "E-mail", "Admin", "Deleted", "Created (UTC)", "ID"]),
    (SPARSE, {"columns": ["id", "blank", "nothing"]}, ["ID", "Blank", "Nothing"]),
    (pd.DataFrame({"a": [None], "b": [None]}), {}, ["A", "B"]),
])  # fmt: skip
def test_the_name_is_painted_first_then_what_rows_belong_to_and_ids_last(frame, state, painted):
    view = Page(frame, state).view
    assert [one["heading"] for one in view["columns"]] == painted
    assert [one["name"] for one in view["chooser"]] == [*frame]
    assert {len(row["cells"]) for row in view["rows"]} == {len(painted)}


def test_a_heading_says_how_its_column_is_sorted_and_whether_it_is_pinned():
    columns = Page(people(), {"sort": ["-name", "id"]}).view["columns"]
    found = {one["name"]: one["sorted"] for one in columns if "sorted" in one}
    assert found == {"name": {"direction": "descending", "rank": 1}, "id": {"direction": "ascending", "rank": 2}}
    assert [one["name"] for one in columns if not one["sortable"]] == ["teams"]
    assert [one["name"] for one in columns if one["pinned"]] == ["name"]


@pytest.mark.parametrize(("name", "values", "written"), [
    ("a", pd.array([True, False, None], dtype="boolean"), ["yes", "no", "unknown"]), ("a", [True], ["yes"]),
    ("a", pd.to_datetime(["2026-01-05", None]), ["2026-01-05", ""]), ("a", pd.Categorical([True, None]), ["yes", ""]),
    ("a", pd.to_datetime(["2026-01-05 09:12:33", "2026-01-06 00:00:00"]), ["2026-01-05 09:12", "2026-01-06 00:00"]),
    ("a", pd.Series(["0800-01-05"], dtype="datetime64[us]"), ["0800-01-05"]), ("a", [FAR], ["⟦U+202E⟧right to left"]),
    ("id", pd.array([2**60 + 1, None], "Int64"), ["1152921504606846977", ""]), ("id", [2**53 + 1], [f"{2**53 + 1}"]),
    ("a", [["Nord", CANARY], [], None], [f"Nord, {CANARY}", "", ""]), ("a", ["0012", None], ["0012", ""]),
    ("a", pd.Series(["\ud83d"], dtype=object), ["\\ud83d"]), ("a", ["x" * 200], ["x" * 200]),
    ("a", ["x" * 201], [f"{'x' * 200}…"]),
    ("share", [0.669, None], ["66.9%", ""]), ("admin_share", [1.0], ["100.0%"]), ("share_of", [0.669], ["0.669"]),
    ("percent", [66.9], ["66.9%"]), ("done_percent", [0.5], ["0.5%"]),
])  # fmt: skip
def test_a_cell_is_as_people_write_it_and_loses_nothing(name, values, written):
    assert [row["cells"][0] for row in Page(pd.DataFrame({name: values})).view["rows"]] == written


@pytest.mark.parametrize(("conditions", "text"), [
    ({"type": ["contact", None]}, "Type: contact, missing"), ({"is_admin__not": pd.NA}, "Admin: not unknown"),
    ({"created_at": ("2026-01-01", None)}, "Created: from 2026-01-01"), ({"id": (None, 5)}, "ID: up to 5"),
    ({"created_at": "2026-01-01"}, "Created: 2026-01-01 to 2026-01-01"), ({"email": pd.NA}, "E-mail: missing"),
    ({"name": ["a", "b", "c", "d"]}, "Name: a, b and 2 more"), ({"name": ["x" * 99]}, f"Name: {'x' * 59}…"),
])  # fmt: skip
def test_a_filter_is_a_chip(conditions, text):
    page = Page(pm.explore(people()).filter(**conditions))
    [chip] = page.view["chips"]
    assert chip == {"column": page.position(*[name.removesuffix("__not") for name in conditions]), "text": text}
    assert page.send("clear", chip["column"]).view["chips"] == []


@pytest.mark.parametrize(("frame", "state", "there", "not_there"), [
    (people(), {"filters": {"type": ["contact", "account"]}, "search": "ada"},
     ["9 of 60 rows", "Teamwork.com people, fetched 2026-01-05 09:12 UTC · Fictional data", "<b>contact (5)</b>",
      "Filters: Type: contact, account · Search: ada", "Ada 8"], ["<b>missing", "Ada 10<", "The first"]),
    (portfolio(), {}, ["Outlign clients", "Spirii customers", "ProjectManager.com customers"], ["Unknown"]),
    (pd.DataFrame({f"c{n}": ["a"] * 10 for n in range(12)}), {}, ["Unknown source"], ["Fictional", "not shown"]),
    (pd.DataFrame({f"c{n}": ["a"] * 11 for n in range(13)}), {}, ["first 10 rows. 1 more column is not shown."], []),
    (pd.DataFrame({f"c{n}": ["a"] for n in range(40)}), {}, ["28 more columns are not shown."], ["The first"]),
    (pd.DataFrame({"a": pd.Categorical([f"company {i}" for i in range(5000)])}), {}, ["more</td>"], ["company 2345"]),
    (people()[1::2].assign(**{CANARY: people()["type"]}), {}, HOSTILE, ["<img"]),
    (people(), {"filters": {"type": [CANARY]}, "search": "<img"}, [f"Type: {CANARY} · Search: <img"], ["<img"]),
])  # fmt: skip
def test_the_static_form_has_the_counts_the_filters_and_the_first_rows(frame, state, there, not_there):
    html = static(frame, state)
    text = f"{html} {unescape(re.sub('<[^>]+>', '', html))}"
    assert [one for one in there if one not in text] == []
    assert [one for one in not_there if one in html] == []
    assert len(html) < 9_000


@pytest.mark.parametrize("text", AWKWARD)
def test_text_from_a_service_is_text(text):
    frame = pd.DataFrame({text: pd.Categorical([text] * 2)})
    frame.attrs["pmframes"] = {"service": text, "resource": text}
    html = static(frame, {"filters": {text: [text]}})
    tags = {re.match(r"/?(\w+)", tag)[1] for tag in re.findall("<([^>]*)>", html)}
    assert tags <= {"div", "p", "b", "table", "thead", "tbody", "tr", "th", "td"}
    assert 'class="mathjax_ignore tex2jax_ignore"' in html
    html.encode()


def test_it_is_shown_as_a_static_form_and_then_as_a_widget(monkeypatch):
    shown = []
    monkeypatch.setattr("pmframes._explorer.explorer.display", lambda bundle, raw: shown.append(bundle))
    x = pm.explore(people(1200), {"filters": {"type": ["contact"]}})
    x._ipython_display_()
    form, widget = shown
    assert form == {"text/html": x._repr_html_(), "text/plain": repr(x)}
    assert repr(x) == "<Explorer: 172 of 1,200 rows: frame[frame['type'].isin(['contact'])]>"
    assert widget["application/vnd.jupyter.widget-view+json"]["model_id"] == x._display_().model_id
    assert len(widget) == 1


def test_marimo_gets_the_widget_which_follows_python_and_hears_its_page():
    x = pm.explore(people())
    widget = x._display_()
    assert isinstance(widget, anywidget.AnyWidget)
    x.filter("ada")
    assert widget.view == x._view()
    assert (widget.view["search"], widget.view["shown"]) == ("ada", 30)
    widget._handle_custom_msg({"client": "a", "number": 1, "type": "select", "rows": [2], "checked": True}, [])
    assert (x.selected.index.tolist(), widget.view["handled"]) == ([2], {"a": 1})


@pytest.mark.parametrize(("frame", "tabs"), [
    (people(), ["table", "time"]), (permissions(), ["table", "matrix"]), (portfolio(), ["table"]),
    (many_roles(), ["table", "matrix", "differences"]), (matching(), ["table", "matches"]),
    (matching(match=[["a"], ["a"], None, None]), ["table"]), (permissions().iloc[:, :10], ["table"]),
])  # fmt: skip
def test_tabs_are_those_that_fit_the_frame(frame, tabs):
    assert [one["id"] for one in Page(frame).view["tabs"]] == tabs


NOTHING = "Select two roles in the table to compare them. Selected now: "
NAMELESS = roles(name=pd.Categorical(["a", None, "b", "a"])).rename(
    columns={"may_1": 1, "may_2": None, "may_3": ("a", 1)}
)
ONES = ["", *sorted((f"person {n}" for n in range(312) if str(n)[0] == "1"), reverse=True)[:40]]
MAY = pd.DataFrame({f"may_{place}": [True, False, None] for place in range(13)})
SERVED = {"service": pd.array(["outlign", "outlign", None, "spirii"], dtype="string")}
ALIKE = "2 suggestions, by names that are alike"
AT = pd.Series(["2026-01-01", "2026-01-01", None, "2026-01-03"], dtype="datetime64[us]")


@pytest.mark.parametrize(("tab", "frame", "state", "rows", "caption", "columns", "line", "lines"), [
    ("matrix", permissions(312), {"search": "person 1", "sort": ["-name"]}, (),
     "46 permissions · the first 40 of 111 rows", ONES, None, 46),
    ("matrix", NAMELESS, {}, (), "14 permissions", ["", "a", "(none)", "b", "a"], [GRANTED, NOT_GRANTED] * 2, 14),
    ("matrix", pd.DataFrame({"name": ["a"], **{f"may_{n}": [True] for n in range(220)}}), {}, (),
     "220 permissions, the first 200 shown", ["", "a"], [GRANTED], 200),
    *[("matrix", MAY.astype(dtype), {}, (), "13 permissions", ["", "0", "1", "2"], [GRANTED, NOT_GRANTED, UNKNOWN], 13)
      for dtype in ("boolean", "bool[pyarrow]")],
    *[("differences", frame, {"sort": ["-id"]}, (0, 1), "14 differences", ["", "Description", "w", "x", "Locked in"],
       ["", GRANTED, NOT_GRANTED, ""], 14) for frame in (roles(), roles(id="a"), roles(id=1))],
    ("differences", roles(), {}, (), f"{NOTHING}0.", [], None, 0),
    ("differences", roles(), {}, (0, 1, 2), f"{NOTHING}3.", [], None, 0),
    ("differences", roles(), {}, (0, 2), "These two roles grant the same.", [], None, 0),
    *[("matches", frame, {}, (), ALIKE, ["", "Names"], ["b"], 2) for frame in (
        matching(), matching(match=[2.0, 1, 2, None]), matching().set_axis([0] * 4).rename_axis("match"))],
    *[("matches", matching(name=names), {}, (), ALIKE, ["", "Names"], ["(none)"], 2)
      for names in (NAMELESS["name"], pd.array([1, None, 2, 3], dtype="Int64"))],
    *[("matches", matching(**SERVED).astype({"service": dtype}), {"filters": {"name": ["c"]}}, (),
       "1 suggestion, by names that are alike", ["", "Outlign", "No service", "Spirii"], ["a", "c", ""], 1)
      for dtype in ("string", "str", "category")],
])  # fmt: skip
def test_a_tab_is_a_table(tab, frame, state, rows, caption, columns, line, lines):
    page = Page(frame, state).send("select", rows=[*rows], checked=True).send("tab", tab=tab)
    [panel] = page.view["panel"]
    assert (panel["caption"], ["", *panel["columns"][1:]], len(panel["rows"])) == (caption, columns or [""], lines)
    assert line is None or [cell.get("title", cell["text"]) for cell in panel["rows"][0][1:]] == line
    assert page.view["rows"] == []


def test_the_matrix_tells_granted_not_granted_unknown_and_locked_apart():
    frame = many_roles()
    [panel] = Page(frame).send("tab", tab="matrix").view["panel"]
    states = {True: GRANTED, False: NOT_GRANTED, None: UNKNOWN}
    for line, (name, described) in zip(panel["rows"], frame.attrs["permissions"].items(), strict=True):
        known = [states[None if pd.isna(value) else bool(value)] for value in frame[name]]
        locked = [", locked" if f"r{place}" in described["fixed"] else "" for place in range(len(frame))]
        assert [cell["title"] for cell in line] == [name, *map("".join, zip(known, locked, strict=True))]
    marks = {(cell["text"], cell["mark"].split()[0]) for line in panel["rows"] for cell in line[1:]}
    assert len({text for text, _ in marks}) == len({mark for _, mark in marks}) == len(marks) == 3
    assert [one["title"] for one in panel["legend"]] == [GRANTED, NOT_GRANTED, UNKNOWN, "cannot be changed"]
    assert len({one["mark"] for one in panel["legend"]}) == 4


def test_rows_over_time_are_those_that_are_shown():
    frame = pd.DataFrame({"created_at": AT, "type": [*"aabb"], "never": pd.NaT})
    [panel] = Page(frame, {"filters": {"type": ["b"]}}).send("tab", tab="time").view["panel"]
    lines = [[{"text": f"2026-01-0{day}"}, {"text": f"{day == 3:d}", "share": 100.0 * (day == 3)}] for day in (1, 2, 3)]
    assert panel == {"caption": "Created: 1 with a date, 1 without", "columns": ["Created", "Rows"], "rows": lines}
