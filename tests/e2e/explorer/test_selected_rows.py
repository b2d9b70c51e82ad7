"""Ticked rows: each tick is of the row it was seen beside, and they are saved, read and unticked."""

import io
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.jupyter import Server
from tests.support.notebook_page import HAND_MADE, MARKS, choose, explore, read, row, shown, tick

pytestmark = MARKS

SETUP = f"{HAND_MADE}\nimport json\nframe = frames.people()"
FIRST_ID = 9007199254740993
# All within one task of the page, so that no repaint comes between: what is changed, and what is ticked.
AT_ONCE = """(live, [changes, places]) => {
  const labels = [...live.querySelectorAll("label")];
  const labelled = (name) => labels.find((one) => one.textContent.trim() === name);
  const box = (name) => labelled(name).control ?? labelled(name).parentElement.querySelector("select, input");
  const told = (one, kind) => one.dispatchEvent(new Event(kind, { bubbles: true }));
  const does = {
    type: () => { box("type").selectedIndex = 2; told(box("type"), "change"); },
    sort: () => { box("sort by").selectedIndex = 2; told(box("sort by"), "change"); },
    search: () => { box("search").value = "p"; told(box("search"), "input"); },
    descending: () => live.querySelector(".widget-checkbox input").click(),
  };
  changes.forEach((change) => does[change]());
  const boxes = live.querySelectorAll(".pmframes-grid tbody td.dt-select input");
  places.forEach((place) => boxes[place].click());
}"""


@pytest.fixture
def live(page: Page) -> Locator:
    return explore(page, "pm.explore(frame)")


def ticked(page: Page) -> list[int]:
    return json.loads(read(page, "json.dumps([int(one) for one in x.selected['id'] - frame['id'].min()])"))


@pytest.mark.parametrize("changes", [
    ["type"], ["type", "sort"], ["type", "sort", "descending"], ["sort", "type", "descending", "search"],
], ids=len)  # fmt: skip
def test_ticks_that_are_under_way_while_the_view_repaints_are_of_the_rows_that_were_seen(
    page: Page, live: Locator, changes: list[str]
):
    live.evaluate(AT_ONCE, [changes, [3, 4, 8]])
    expect(live.get_by_text("3 ticked")).to_be_visible()
    assert ticked(page) == [3, 4, 8]
    live.get_by_role("button", name="Reset").click()
    expect(shown(live)).to_have_text("60 of 60 shown")
    for place in (3, 4, 8):
        expect(row(live, str(FIRST_ID + place)).get_by_role("checkbox")).to_be_checked()
    expect(live.locator(".pmframes-grid tbody input:checked")).to_have_count(3)


def test_what_is_ticked_on_both_sides_of_a_repaint_stays_ticked(page: Page, live: Locator):
    # The kernel is busy: it hears of the filter and of the ticks before and after it one after the other.
    live.evaluate(AT_ONCE, [["type"], [8, 10, 11]])
    expect(shown(live)).to_have_text("9 of 60 shown")
    live.evaluate(AT_ONCE, [[], [0]])
    expect(live.get_by_text("4 ticked")).to_be_visible()
    kept = read(page, "[int(one) for one in x.frame['id'] - frame['id'].min()]")
    assert ticked(page) == sorted({8, 10, 11, json.loads(kept)[0]})


def test_ticks_stay_while_filters_change(page: Page, live: Locator):
    search = live.get_by_role("textbox", name="search", exact=True)
    wanted = []
    for place, text in enumerate(["p", "p1", "p", "", "Ada", ""]):
        wanted.append(f"{FIRST_ID + 2 * place + 11}")
        row(live, wanted[-1]).get_by_role("checkbox").click(no_wait_after=True)
        expect(live.get_by_text(f"{place + 1} ticked")).to_be_visible()
        search.fill(text)
        live.get_by_role("checkbox", name="largest or latest first").click()
        live.get_by_role("checkbox", name="largest or latest first").click()
        search.fill("")
        expect(shown(live)).to_have_text("60 of 60 shown")
    assert read(page, "list(map(str, x.selected['id']))") == str(wanted)


def saved(live: Locator, kind: str, folder: Path) -> pd.DataFrame:
    live.get_by_role("button", name=f"Save ticked as {kind}").click()
    expect(live.get_by_role("status").filter(has_text="2 ticked rows in")).to_be_visible()
    link = live.get_by_role("link", name=re.compile(r"^pmframes-teamwork-people-ticked-"))
    with live.page.expect_download() as waiting:
        link.click()
    content = Path(waiting.value.path()).read_bytes()
    assert (folder / link.inner_text()).read_bytes() == content
    return pd.read_csv(io.BytesIO(content)) if kind == "CSV" else pd.read_excel(io.BytesIO(content))


@pytest.mark.parametrize("kind", ["CSV", "Excel"])
def test_ticked_rows_are_saved_whether_they_are_shown_or_not(live: Locator, lab: Server, kind: str):
    expect(live.get_by_role("button", name=f"Save ticked as {kind}")).to_be_hidden()
    tick(live, "Ada 0")
    tick(live, "Ada 6")
    choose(live.get_by_role("listbox", name="type", exact=True), "contact")
    expect(shown(live)).to_have_text("9 of 60 shown")
    found = saved(live, kind, lab.folder)
    assert found["name"].tolist() == ["Ada 0", "Ada 6"]
    assert len(found.columns) == 8


def test_all_ticks_are_taken_back_at_once(page: Page, live: Locator):
    tick(live, "Ada 0")
    live.get_by_role("checkbox", name="Tick the rows of this page").click()
    expect(live.get_by_text("25 ticked")).to_be_visible()
    live.get_by_role("textbox", name="search", exact=True).fill("p1@")
    expect(live.get_by_text("25 ticked, 24 of them not shown")).to_be_visible()
    live.get_by_role("button", name="Untick all").click()
    expect(live.get_by_text(re.compile("[0-9] ticked"))).to_have_count(0)
    expect(live.get_by_role("button", name="Untick all")).to_be_hidden()
    expect(live.locator(".pmframes-grid tbody input:checked")).to_have_count(0)
    assert read(page, "len(x.selected)") == "0"
