"""Frames of any size, and with text as hostile as services send it, which is shown as it is and nowhere run."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.explorer_frames import CANARY, HOSTILE
from tests.support.notebook_page import HAND_MADE, MARKS, Live, cell, explore, read

pytestmark = MARKS

SETUP = f"""{HAND_MADE}
import numpy as np, pandas as pd
frame = frames.people().rename(columns={{"deleted": frames.CANARY, "email": "$y^$"}})
frame.loc[2, "name"] = "\\u202emoc.live"
long = frames.people(100_000)
wide = pd.DataFrame({{f"column_{{n}}": np.arange(2000) % (n + 2) for n in range(299)}})
wide["kind"] = pd.Categorical([f"kind {{n}}" for n in range(2000)])"""
NAMES = [CANARY, "$y^$"]
COUNT_PAINTS = """live => {
  window.paints = 0;
  new MutationObserver(() => { window.paints += 1 }).observe(live.querySelector(".status"),
    { childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture
def live(page: Page) -> Live:
    return explore(page, "pm.explore(frame)")


@pytest.fixture(autouse=True)
def nothing_ran(page: Page) -> Iterator[None]:
    yield
    assert page.evaluate("window.ran") is None
    expect(page.locator("mjx-container, .MathJax, .jp-OutputArea img, .jp-OutputArea [onerror]")).to_have_count(0)


def test_hostile_text_in_the_grid_in_a_cell_that_is_opened_and_in_the_search(page: Page, live: Live):
    for text in (*HOSTILE[:4], "=HYPERLINK(1) 9", "⟦U+202E⟧moc.live"):
        expect(live.root.get_by_role("gridcell", name=text, exact=True).first).to_be_visible()
    for name in NAMES:
        expect(live.head(name)).to_be_visible()
    live.row(f"{CANARY} 1").get_by_role("gridcell", name=f"{CANARY} 1", exact=True).dblclick()
    expect(live.dialog).to_contain_text(CANARY)
    page.keyboard.press("Escape")
    live.search.fill(CANARY)
    expect(live.shown).to_contain_text(" of 60 rows")
    assert {*live.rows.locator("mark").all_inner_texts()} == {CANARY}
    assert read(page, "eval(x.code).equals(x.frame), 0 < len(x.frame) < 60") == "True True"


def test_hostile_text_in_facets_chips_and_menus(page: Page, live: Live):
    expect(live.facet(CANARY)).to_be_visible()
    for text in HOSTILE[:4]:
        number = live.counts("Type")[text]
        live.press_beside("Type", text, "only")
        live.shows(f"{number} of 60")
        expect(live.button(f"Remove the filter Type: {text}")).to_be_visible()
        live.button("Clear all").click()
        live.shows("60")
    for name in NAMES:
        expect(live.menu("Columns").get_by_role("checkbox", name=name)).to_be_visible()
    page.keyboard.press("Escape")


def test_hostile_text_in_the_matrix_and_in_the_static_form(page: Page, live: Live):
    other = explore(page, "pm.explore(frames.permissions().assign(name=frames.HOSTILE * 2))", 2, "y")
    panel = other.turn_to("Permissions")
    for text in HOSTILE:
        expect(panel.get_by_role("columnheader", name=text, exact=True).first).to_be_visible()
    static = cell(page, 1).locator(".pmframes-static")
    expect(static).to_be_hidden()
    static.evaluate("one => { one.style.setProperty('display', 'block', 'important') }")
    for text in (*HOSTILE[:5], *NAMES):
        expect(static).to_contain_text(text)


def test_a_hundred_thousand_rows_are_filtered_paged_and_selected(page: Page):
    live = explore(page, "pm.explore(long)")
    number = live.root.get_by_role("spinbutton", name="Page")
    number.fill("4000")
    number.press("Enter")
    expect(live.root.get_by_text("Rows 99,976 to 100,000")).to_be_visible()
    live.select(str(9007199254740993 + 99_999))
    expect(live.selected).to_have_text("1 selected")
    assert read(page, "list(x.selected.index)") == "[99999]"
    live.button("Select all 100,000 shown").click()
    live.press_in_menu("Export", "Copy the shown rows")
    expect(live.shown).to_contain_text("100,000 rows are too many for the clipboard")
    live.value("Type", "contact").check()
    live.shows(f"{int(read(page, '''(long.type == 'contact').sum()''')):,} of 100,000")
    assert read(page, "x.frame.equals(long[long['type'] == 'contact'])") == "True"
    live.button("Clear all").click()
    live.root.evaluate(COUNT_PAINTS)
    live.search.press_sequentially("Ada 12345")
    live.shows("0 of 100,000")
    assert 1 <= page.evaluate("window.paints") <= len("Ada 12345"), "quick typing queues no repaints"
    expect(live.search).to_have_value("Ada 12345")
    expect(live.search).to_be_focused()


def test_three_hundred_columns_and_two_thousand_categories(page: Page):
    live = explore(page, "pm.explore(wide)")
    expect(live.heads).to_have_count(12)
    live.facet("Kind").get_by_role("searchbox").fill("kind 1999")
    live.value("Kind", "kind 1999").check()
    live.shows("1 of 2,000")
    live.button("Clear all").click()
    sheet = live.menu("Columns")
    for number in range(60, 70):
        sheet.get_by_role("checkbox", name=f"Column {number}", exact=True).check()
    expect(live.heads).to_have_count(22)
    page.keyboard.press("Escape")
    live.head("Column 69").click()
    expect(live.head("Column 69")).to_have_attribute("aria-sort", "ascending")
    assert {*live.column("Column 69")} == {"0"}
