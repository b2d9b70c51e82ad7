"""What each event of a page does, whenever it comes, and what the page gets for it."""

import os
import stat
from errno import ENOSPC
from threading import Thread

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import pmframes as pm
from pmframes._explorer import Explorer
from pmframes._explorer.events import MAX_COPIED, MAX_VERSIONS, Action
from tests.support.explorer_frames import CANARY, people

from .page import EMPTY, Page

NO_CONTACTS, SORTED = {"filters": {"type": {"not": ["contact"]}}}, {"sort": ["name", "-id"]}


def of(kind, column=None, **content):
    """Write an event in one line."""
    return kind, column, content


def value(column, text, checked):
    return of("value", column, value=text, checked=checked)


def bound(column, end, value):
    return of("range", column, end=end, value=value)


def sort(column, direction, add):
    return of("sort", column, direction=direction, add=add)


def select(checked, *rows):
    return of("select", rows=[*rows], checked=checked)


def send(page, *events):
    for kind, column, content in events:
        page.send(kind, column, **content)
    return page


@pytest.mark.parametrize(("begun", "events", "changed"), [
    ({}, [value("type", "contact", True)], {"filters": {"type": ["contact"]}}),
    ({}, [value("type", "contact", False)], {}), (NO_CONTACTS, [value("type", "account", True)], {}),
    ({}, [value("type", one, True) for one in ("contact", "account")], {"filters": {"type": ["account", "contact"]}}),
    ({}, [value("type", "contact", True), value("type", "contact", False)], {}),
    ({}, [value("type", "missing", True), value("type", CANARY, True)], {"filters": {"type": [CANARY, None]}}),
    ({}, [value("is_admin", "no", True), value("is_admin", "unknown", True)], {"filters": {"is_admin": [False, None]}}),
    ({}, [value("email", "missing", True)], {"filters": {"email": [None]}}),
    ({}, [value("email", "present", True)], {"filters": {"email": {"not": [None]}}}),
    ({}, [value("email", "present", True), value("email", "present", False)], {}),
    (NO_CONTACTS, [value("type", "account", False)], {"filters": {"type": {"not": ["account", "contact"]}}}),
    (NO_CONTACTS, [value("type", "contact", True)], {"filters": {}}),
    ({}, [value("type", "missing", True), value("type", "contact", True)], {"filters": {"type": ["contact", None]}}),
    (NO_CONTACTS, [of("only", "type", value="contact", exclude=False)], {"filters": {"type": ["contact"]}}),
    ({}, [of("only", "is_admin", value="unknown", exclude=True)], {"filters": {"is_admin": {"not": [None]}}}),
    ({}, [of("only", "email", value="present", exclude=False)], {"filters": {"email": {"not": [None]}}}),
    ({}, [of("only", "email", value="present", exclude=True)], {"filters": {"email": [None]}}),
    ({}, [of("missing", "created_at", checked=True, exclude=False)], {"filters": {"created_at": [None]}}),
    ({}, [of("missing", "created_at", checked=True, exclude=True)], {"filters": {"created_at": {"not": [None]}}}),
    ({}, [of("missing", "created_at", checked=one, exclude=False) for one in (True, False)], {}),
    ({}, [bound("created_at", "from", "2026-01-01")], {"filters": {"created_at": {"from": "2026-01-01", "to": None}}}),
    ({}, [bound("id", "to", 2.5), bound("id", "from", 1)], {"filters": {"id": {"from": 1, "to": 2.5}}}),
    ({}, [bound("id", "from", 1), bound("id", "from", None)], {}),
    ({**NO_CONTACTS, **SORTED, "search": "a"}, [of("clear", "type")], {"filters": {}}),
    ({**NO_CONTACTS, **SORTED, "search": "a"}, [of("clear")], {"filters": {}, "search": ""}),
    ({}, [of("search", text="Ann ")], {"search": "Ann "}), ({"search": "a"}, [of("search", text="")], {"search": ""}),
    ({}, [sort("name", "descending", False)], {"sort": ["-name"]}),
    (SORTED, [sort("type", "ascending", False)], {"sort": ["type"]}),
    (SORTED, [sort("type", "descending", True)], {"sort": ["name", "-id", "-type"]}),
    (SORTED, [sort("name", "descending", True)], {"sort": ["-name", "-id"]}),
    (SORTED, [sort("name", None, True)], {"sort": ["-id"]}), (SORTED, [sort("name", None, False)], {"sort": []}),
    ({"columns": ["name"]}, [of("column", "teams", checked=True)], {"columns": ["name", "teams"]}),
    ({"columns": ["name", "id"]}, [of("column", "name", checked=False)], {"columns": ["id"]}),
    ({"columns": ["name"]}, [of("first_columns")], {"columns": None}),
    ({}, [of("pin", "type", checked=True)], {"pinned": ["name", "type"]}),
    ({}, [of("pin", "name", checked=False)], {"pinned": []}),
])  # fmt: skip
def test_an_event_changes_the_state(begun, events, changed):
    page = send(Page(people(), begun), *events)
    assert page.x.state == {**EMPTY, **begun, **changed}
    assert (page.notice, page.view["handled"]) == ("", {"page": len(events)})
    assert_frame_equal(page.x.frame, pm.explore(people(), page.x.state).frame)


@pytest.mark.parametrize(("events", "first", "number", "pages"), [
    ([of("page", page=2)], 50, 2, 40), ([of("page", page=99)], 975, 39, 40), ([of("page", page=-1)], 0, 0, 40),
    ([of("page", page=2), of("page_size", size=100)], 0, 0, 10), ([of("page_size", size=7)], 0, 0, 40),
    ([of("page_size", size=100), of("page", page=3), of("page_size", size=50)], 300, 6, 20),
    # Other rows are shown from the first page on, and nothing else turns it.
    ([of("page", page=1), of("search", text="p")], 1, 0, 33), ([of("page", page=1), of("search", text="")], 25, 1, 40),
    ([of("page", page=1), value("deleted", "no", True)], 1, 0, 30),
    ([of("page", page=1), sort("id", "ascending", False)], 0, 0, 40),
    *[([of("page", page=1), event], 25, 1, 40) for event in (
        of("column", "name", checked=False), of("pin", "type", checked=True), of("tab", tab="table"), select(True, 3))],
])  # fmt: skip
def test_pages_turn(events, first, number, pages):
    view = send(page := Page(people(1000)), *events).view
    assert (page.ids[0], view["page"], view["pages"]) == (first, number, pages)
    assert len(page.ids) == view["pageSize"]
    assert view["pageSizes"] == (25, 50, 100)


@pytest.mark.parametrize("index", [range(60), ["same"] * 60])
def test_rows_stay_selected_over_filters_sorts_and_pages(index):
    frame = people().set_axis(index).assign(id=1)
    page = send(Page(frame), select(True, 5, 3))
    for event, shown in [(of("search", text="p3@"), 1), (of("page", page=1), 1), (sort("name", "ascending", False), 1),
                         (of("search", text=""), 2)]:  # fmt: skip
        view = send(page, event).view
        assert_frame_equal(page.x.selected, frame.iloc[[3, 5]])
        assert [view[key] for key in ("selected", "selectedShown")] == [2, shown]
        assert {row["id"] for row in view["rows"] if row["selected"]} == {3, 5} & {*page.ids}
    assert_frame_equal(send(page, select(False, 3, 4)).x.selected, frame.iloc[[5]])
    assert len(send(page, of("select_none")).x.selected) == 0


def test_all_that_were_on_the_screen_are_selected_whatever_is_shown_by_now():
    frame = people()
    page = Page(frame, {"filters": {"type": ["contact"]}})
    version = page.view["version"]
    send(Page(page.x, client="other"), of("search", text="p2@"), of("column", "id", checked=False))
    before, shown = page.x.state, page.x.frame
    page.send("select_shown", version=version, checked=True)
    assert_frame_equal(page.x.selected, frame[frame["type"] == "contact"])
    assert page.x.state == before
    assert_frame_equal(page.x.frame, shown)
    page.send("select_shown", version=page.view["version"], checked=False)
    assert page.x.selected.index.tolist() == [place for place in range(9, 60) if place % 7 == 2]
    send(page, *[of("search", text=str(number % 3)) for number in range(MAX_VERSIONS)])
    page.send("select_shown", version=version, checked=False)
    assert page.notice == "The rows that were on the screen are no longer available. Select them again."
    assert len(page.x.selected) == 8


@pytest.mark.parametrize("rows", ["shown", "selected"])
@pytest.mark.parametrize(("file_format", "suffix", "read"), [
    ("CSV", ".csv", lambda path: pm.read_csv(path, "teamwork.people")), ("Parquet", ".parquet", pd.read_parquet),
    ("Excel", ".xlsx", lambda path: pm.read_excel(path, "teamwork people", "teamwork.people")),
])  # fmt: skip
def test_rows_are_exported_beside_the_notebook(file_format, suffix, read, rows, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = send(Page(people(), {"search": "ada", "sort": ["-id"]}), select(True, 9, 4))
    page.send("export", rows=rows, format=file_format)
    [path] = tmp_path.iterdir()
    frame = page.x.frame if rows == "shown" else page.x.selected
    assert path.name.startswith(f"pmframes-teamwork-people-{'selected-' * (rows == 'selected')}20")
    assert (path.suffix, stat.S_IMODE(path.stat().st_mode)) == (suffix, 0o600)
    columns = ["id", "name", "email", "is_admin", "deleted"]
    wanted = frame[columns].reset_index(drop=True)
    assert_frame_equal(read(path)[columns].reset_index(drop=True), wanted, check_dtype=False)
    assert page.notice == f"Wrote {len(frame)} rows to {path.name}"
    page.send("download", name=page.view["notice"]["download"])
    assert page.answers == [{"client": "page", "name": path.name, "buffers": [path.read_bytes()]}]
    send(page, *[of("export", rows="shown", format=file_format)] * 3)
    assert len([*tmp_path.iterdir()]) == 4


COPIED = pd.DataFrame({"name": ["a\tb", "=c\r\nd"], "company_id": [2**60 + 1, 5], "is_admin": [True, False]})


@pytest.mark.parametrize(("frame", "event", "answer", "notice"), [
    (people(), of("copy_code"), {"text": "frame"}, "Copied the code"),
    # What is pasted into a spreadsheet is no formula.
    (COPIED, of("copy_rows", rows="shown"),
     {"text": "Name\tAdmin\tCompany ID\na b\tyes\t1152921504606846977\n'=c d\tno\t5"}, "Copied 2 rows"),
    (COPIED, of("copy_rows", rows="selected"), {"text": "Name\tAdmin\tCompany ID\n'=c d\tno\t5"}, "Copied 1 row"),
    (pd.DataFrame({"company_name": ["", "long " * 100]}), of("cell", "company_name", row=1, copy=False),
     {"cell": "long " * 100, "heading": "Company"}, ""),
    (COPIED, of("cell", "company_id", row=0, copy=True), {"text": "1152921504606846977"}, "Copied the cell"),
    (people().set_index("name"), of("cell", -1, row=2, copy=False), {"cell": "Ada 2", "heading": "name"}, ""),
    (people(MAX_COPIED + 1), of("copy_rows", rows="shown"), None,
     "10,001 rows are too many for the clipboard. Export them."),
])  # fmt: skip
def test_what_is_copied_is_sent_to_its_page(frame, event, answer, notice):
    page = send(Page(frame), select(True, 1), event)
    assert page.answers == ([] if answer is None else [{"client": "page", **answer, "buffers": None}])
    assert page.notice == notice


@pytest.mark.parametrize(("rows", "acted"), [([4], [4]), (None, [2, 7])])
def test_an_action_gets_the_rows_that_are_named_or_else_those_that_are_selected(rows, acted):
    got = []
    page = Page(Explorer(people(), actions=[Action("Deny", "d", print), Action("Approve", "a", got.append)]))
    assert page.view["actions"] == [{"label": "Deny", "key": "d"}, {"label": "Approve", "key": "a"}]
    send(page, select(True, 7, 2), of("action", action=1, rows=rows))
    assert got == [acted]


def fail(*_):
    raise OSError(ENOSPC, os.strerror(ENOSPC))


@pytest.mark.parametrize(("event", "message"), [
    (bound("created_at", "to", "2025-12-31"), "created_at begins after it ends. Swap the two bounds."),
    (bound("created_at", "from", "12026-01-01"), "created_at is '12026-01-01'. Pass days,"),
    (bound("type", "from", "a"), "type is a range, and type has no order."),
    (of("download", name="secret"), "This failed."),
    (of("fold_all"), "The page is of another version of pmframes. Reload it."),
    (of("action", action=1, rows=[1]), "This failed. The log of the kernel says where."),
    (of("action", action=0, rows=[1]), "The disk is full. Free some space, or use another disk."),
])  # fmt: skip
def test_an_event_that_fails_is_a_notice_and_keeps_nothing_waiting(event, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret").write_text("secret")
    actions = [Action("Write", "w", fail), Action("Fail", "f", lambda rows: 1 / 0)]
    page = Page(Explorer(people(), {"filters": {"created_at": {"from": "2026-01-01", "to": None}}}, actions))
    widget, before = page.x._display_(), page.x.frame
    send(page, event)
    assert (widget.view["notice"]["kind"], widget.view["handled"]) == ("error", {"page": 1})
    assert widget.view["notice"]["text"].startswith(message)
    assert page.answers == []
    assert_frame_equal(page.x.frame, before)
    failing, other = (page.event(kind, column, **more) for kind, column, more in (event, of("search", text="ada")))
    page.deliver(other, failing)
    assert (widget.view["search"], widget.view["notice"], widget.view["handled"]) == ("ada", {}, {"page": 3})
    send(page, event)
    page.x.filter("")
    assert widget.view["notice"] == {}


EVENTS = [
    select(True, 3, 4), of("search", text="ada"), select(False, 4, 6), sort("name", "descending", False),
    select(True, 6), of("search", text="p"), value("type", "contact", True), value("type", "contact", False),
    of("copy_code"),
]  # fmt: skip


@given(order=st.permutations([*range(len(EVENTS))] * 2))
def test_events_have_the_result_of_their_numbers_in_whatever_order_and_however_often_they_come(order):
    wanted, page = Page(people()), Page(people())
    events = [wanted.event(kind, column, **content) for kind, column, content in EVENTS]
    wanted.deliver(*events)
    assert wanted.x.selected.index.tolist() == [3, 6]
    page.deliver(*[events[place] for place in order])
    assert (page.view, page.x.state, page.answers) == (wanted.view, wanted.x.state, wanted.answers)
    assert_frame_equal(page.x.selected, wanted.x.selected)


def test_a_page_in_use_is_known_however_many_others_are_opened():
    page = Page(people())
    first = page.event("select", rows=[1], checked=True)
    page.deliver(first)
    for number in range(50):
        send(page, select(False, 1))
        send(Page(page.x, client=f"other {number}"), select(True, 2))
        page.deliver(first)
        assert page.view["handled"]["page"] == page.number
        assert page.x.selected.index.tolist() == [2]


def test_a_cell_never_sees_an_event_half_done():
    """JupyterLab hands events to a thread of the kernel, beside the cell that runs."""
    page = Page(pd.DataFrame({"id": range(20_000), "kind": ["a", "b"] * 10_000}))
    older = page.view["version"]
    page.x.filter(kind="a")
    seen: set[str] = set()

    def click() -> None:
        for _ in range(40):
            page.send("select_shown", version=older, checked=True)

    thread = Thread(target=click)
    thread.start()
    while thread.is_alive():
        seen |= set(page.x.frame["kind"])
    assert seen == {"a"}
