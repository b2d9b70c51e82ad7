"""A hundred thousand rows: the explorer opens, filters, keeps up with typing, and says what is held."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.notebook_page import HAND_MADE, MARKS, choose, explore, read, shown, tick

pytestmark = MARKS

SETUP = f"{HAND_MADE}\nframe = frames.people(100_000)"
COUNT_GRIDS = """live => {
  window.grids = 0;
  new MutationObserver(all => { window.grids += all.filter(one => one.addedNodes.length).length; })
    .observe(live.querySelector(".pmframes-grid"), {childList: true});
}"""


@pytest.fixture
def live(page: Page) -> Locator:
    live = explore(page, "pm.explore(frame)")
    expect(shown(live)).to_have_text("100,000 of 100,000 shown")
    return live


def test_a_filter_is_counted_and_read_back(page: Page, live: Locator):
    choose(live.get_by_role("listbox", name="type", exact=True), "contact")
    expect(shown(live)).to_have_text(f"{int(read(page, '''(frame.type == 'contact').sum()''')):,} of 100,000 shown")
    expect(live.get_by_role("cell", name="contact", exact=True)).to_have_count(25)
    assert read(page, "x.frame.equals(frame[frame['type'] == 'contact'])") == "True"


def test_the_grid_says_which_rows_it_holds_and_gives_the_next(page: Page, live: Locator):
    expect(live.get_by_text("of 4,000: rows 1 to 25 of 100,000")).to_be_visible()
    expect(live.get_by_role("button", name="Previous rows")).to_be_disabled()
    live.get_by_role("button", name="Next rows").click()
    expect(live.get_by_text("of 4,000: rows 26 to 50 of 100,000")).to_be_visible()
    expect(live.get_by_role("cell", name=str(9007199254740993 + 25), exact=True)).to_be_visible()
    tick(live, str(9007199254740993 + 25))
    live.get_by_role("button", name="Previous rows").click()
    expect(live.get_by_role("cell", name="9007199254740993", exact=True)).to_be_visible()
    assert read(page, "list(x.selected['id'])") == f"[{9007199254740993 + 25}]"


def test_quick_typing_queues_no_repaints(page: Page, live: Locator):
    typed = "Ada 12345"
    live.evaluate(COUNT_GRIDS)
    search = live.get_by_role("textbox", name="search", exact=True)
    search.press_sequentially(typed)
    expect(shown(live)).to_have_text(re.compile(r"^0 of 100,000 shown"))
    expect(live.get_by_role("cell", name="no rows")).to_be_visible()
    assert 1 <= page.evaluate("window.grids") < len(typed)
    expect(search).to_have_value(typed)
    expect(search).to_be_focused()
