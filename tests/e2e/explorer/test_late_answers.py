"""A kernel that is slow, far away or gone: no other row is ever selected, and no click undone by an older answer."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.support.notebook_page import HAND_MADE, LATE, MARKS, WATCH, Live, choose_in_menu, explore, read, run

pytestmark = MARKS

SETUP = f"{HAND_MADE}\nframe = frames.people()"
SCRIPT = LATE
FIRST_ID = 9007199254740993
# All within one task of the page, so that no repaint comes between.
CLICK = "(live, all) => all.map(one => live.querySelector(one)).forEach(one => one.click())"
CHANGES = {"filter": ".values li:nth-child(2) input", "sort": "th:nth-child(3)", "page": '[aria-label="Next page"]'}
SLOW = """from time import sleep
import pmframes._explorer.events as events
handle = events.Session.handle
events.Session.handle = lambda self, event: (sleep(0.6), handle(self, event))[1]"""


@pytest.fixture
def live(page: Page) -> Live:
    run(page, 0, SETUP)  # the kernel may be a new one
    return explore(page, "pm.explore(frame)")


def selected(page: Page) -> list[int]:
    return json.loads(read(page, "json.dumps([int(one) for one in x.selected['id'] - frame['id'].min()])"))


def ticks(*rows: int) -> list[str]:
    return [f"tbody tr:nth-child({one + 1}) td.box input" for one in rows]


@pytest.mark.parametrize("change", CHANGES)
def test_ticks_under_way_while_the_view_changes_are_of_the_rows_that_were_seen(page: Page, live: Live, change: str):
    live.root.evaluate(CLICK, [CHANGES[change], *ticks(3, 4), *CHANGES.values(), *ticks(8)])
    expect(live.selected).to_contain_text("3 selected")
    assert selected(page) == [3, 4, 8]


@pytest.mark.parametrize("delays", [
    [1900, 300, 1200, 0, 600, 900], [0, 1500, 200, 1800, 100, 50], [500, 400, 300, 200, 100, 0],
], ids=str)  # fmt: skip
def test_events_that_come_late_and_out_of_order_select_no_other_row(page: Page, live: Live, delays: list[int]):
    page.evaluate("delays => Object.assign(window, { delays, underWay: 0 })", delays)
    live.root.evaluate(CLICK, [CHANGES["sort"], *ticks(1, 5), CHANGES["filter"], *ticks(6, 11)])
    page.wait_for_function("window.delays.length === 0 && window.underWay === 0")
    live.shows("9 of 60")
    expect(live.selected).to_contain_text("4 selected")
    found = selected(page)
    assert found == [1, 5, 6, 11]
    ids = [int(text) - FIRST_ID for text in live.column("ID")]
    ticked = [at for at, box in zip(ids, live.boxes.all(), strict=True) if box.is_checked()]
    assert {*ticked} == {*found} & {*ids}
    # What is clicked afterwards does what it says.
    live.boxes.nth(3).click()
    expect(live.selected).to_contain_text(f"{5 if ids[3] not in found else 3} selected")
    assert {*selected(page)} ^ {*found} == {ids[3]}


def test_an_answer_that_comes_late_does_not_undo_a_newer_tick(page: Page, live: Live):
    run(page, 2, SLOW)
    for place in (2, 5, 9, 12):
        live.boxes.nth(place).click()
    live.boxes.nth(12).evaluate(WATCH)
    expect(live.selected).to_have_text("4 selected")
    # It was ticked in every frame, although three answers came that did not know of it.
    assert {*page.evaluate("window.seen")} == {True}
    contacts = live.value("Type", "contact")
    for _ in range(3):
        contacts.click()
    contacts.evaluate(WATCH)
    live.shows("9 of 60")
    assert {*page.evaluate("window.seen")} == {True}
    run(page, 2, "events.Session.handle = handle")
    assert selected(page) == [2, 5, 9, 12]


def test_what_is_typed_while_the_kernel_works_is_kept(page: Page, live: Live):
    run(page, 2, SLOW)
    live.search.press_sequentially("p9@example.com", delay=30)
    live.shows("1 of 60")
    expect(live.search).to_have_value("p9@example.com")
    expect(live.search).to_be_focused()
    run(page, 2, "events.Session.handle = handle")


def test_waiting_is_said_and_what_was_ticked_stays(page: Page, live: Live):
    page.evaluate("window.delays = [4000]")
    live.value("Type", "contact").click()
    expect(live.shown).to_contain_text("Waiting for the kernel")
    expect(live.value("Type", "contact")).to_be_checked()
    live.shows("9 of 60")
    expect(live.shown).not_to_contain_text("Waiting for the kernel")


def test_after_the_kernel_is_restarted_a_click_says_so_and_is_undone(page: Page, live: Live):
    live.value("Type", "contact").check()
    live.shows("9 of 60")
    # One event is still under way, and is never answered.
    page.evaluate("window.delays = [600_000]")
    live.boxes.nth(4).click()
    choose_in_menu(page, "Kernel", "Restart Kernel…")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_attached()
    live.boxes.first.click()
    live.value("Type", "account").click()
    expect(live.shown).to_contain_text("The kernel has ended. Run the cell again.")
    expect(live.root.locator(".facets input:checked, .grid input:checked")).to_have_count(1)
    expect(live.value("Type", "contact")).to_be_checked()
    expect(live.rows).to_have_count(9)
