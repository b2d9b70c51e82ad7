"""The explorer by keyboard alone, and as it is read aloud, in JupyterLab, which has keys of its own."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.notebook_page import DEMO, MARKS, Live, explore, read, run

pytestmark = MARKS

SETUP = f"""{DEMO}
frame = pm.teamwork.people()
frame["hours"] = range(len(frame))"""
CONTROLS = "input, select, button, summary, a[href], [tabindex='0']"
UNNAMED = re.compile(
    r"^ *- '?(?:textbox|combobox|button|checkbox|img|link|spinbutton|slider|searchbox|tab|region|dialog|grid)"
    r'(?! ")(?=[: \[]|$).*$', re.MULTILINE,
)  # fmt: skip
# In command mode these change, delete, cut, insert or split cells, or move between them.
KEYS = [*"ddxabmyrzvcjk0011", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Shift+ArrowDown"]


def test_tab_reaches_every_control_and_the_grid_once(live: Live):
    live.facet("Created")
    live.root.evaluate(
        "live => { window.met = new Set(); live.addEventListener('focusin', event => met.add(event.target)) }"
    )
    live.button("Filters").focus()
    for _ in range(50):
        if not live.has_focus():
            break
        for _ in range(10):
            live.page.keyboard.press("Tab")
    isnt_met = "one.checkVisibility({visibilityProperty: true}) && one.tabIndex >= 0 && !met.has(one)"
    controls = live.root.locator(CONTROLS)
    assert controls.evaluate_all(f"all => all.filter(one => {isnt_met}).map(one => one.outerHTML.slice(0, 160))") == []
    expect(live.root.locator("[data-cell][tabindex='0']")).to_have_count(1)


@pytest.mark.parametrize("source", ["frame.head(40)", "pm.projectmanager.roles()", "pm.customers()"])
def test_every_control_has_a_name_without_signs_and_a_state(page: Page, source: str):
    live = explore(page, f"pm.explore({source})", 2, "y")
    for title in ("Columns", "Export"):
        live.menu(title)
        assert re.findall('.*"[^"]*[▸▾▲▼✕].*"', live.root.aria_snapshot()) == []
    for tab in live.root.get_by_role("tab").all_inner_texts():
        live.turn_to(tab)
        assert UNNAMED.findall(live.root.aria_snapshot()) == []
        expect(live.root.locator('[aria-selected=""], [aria-expanded=""], [aria-pressed=""]')).to_have_count(0)


@pytest.mark.parametrize("control", [
    "td[data-row]", "th[data-cell]", "tbody .box input", ".values input", ".sliders input", "button", "summary",
    "[role=tab]",
])  # fmt: skip
def test_keys_typed_at_a_control_do_nothing_to_the_notebook(page: Page, live: Live, control: str):
    live.facet("Hours")
    live.root.locator(control).first.focus()
    expect(page.locator(".jp-Notebook.jp-mod-commandMode")).to_be_attached()
    for key in KEYS:
        page.keyboard.press(key)
        assert live.has_focus(), key
    for kind in (".jp-Cell", ".jp-CodeCell"):
        expect(page.locator(f".jp-Notebook {kind}")).to_have_count(3)
    expect(live.root).to_be_visible()
    # Those of the notebook with another key still work.
    with page.expect_response(lambda answer: answer.request.method == "PUT" and "contents" in answer.url):
        page.keyboard.press("Control+s")


def test_arrows_walk_through_the_grid_and_pages_are_turned(page: Page, live: Live):
    live.cell(1, 1).focus()
    for key, row, column in [
        ("ArrowDown", 2, 1), ("ArrowRight", 2, 2), ("ArrowLeft", 2, 1), ("End", 2, 12), ("ArrowRight", 2, 12),
        ("Home", 2, 0), ("ArrowUp", 1, 0), ("ArrowUp", 0, 0), ("ArrowUp", 0, 0), ("ArrowRight", 0, 1),
    ]:  # fmt: skip
        page.keyboard.press(key)
        expect(live.cell(row, column)).to_be_focused()
        expect(live.root.locator("[data-cell][tabindex='0']")).to_have_count(1)
    live.cell(3, 2).focus()
    for key, text in (("PageDown", "Rows 26 to 50"), ("PageUp", "Rows 1 to 25")):
        page.keyboard.press(key)
        expect(live.root.get_by_text(text)).to_be_visible()
        expect(live.cell(3, 2)).to_be_focused()
    for key in ("Shift+Tab", "Tab"):
        page.keyboard.press(key)
    expect(live.cell(3, 2)).to_be_focused()


def test_space_selects_and_with_shift_a_range(page: Page, live: Live):
    live.cell(2, 2).focus()
    page.keyboard.press("Space")
    expect(live.selected).to_have_text("1 selected")
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "Shift+Space"):
        page.keyboard.press(key)
    expect(live.selected).to_have_text("4 selected")
    expect(live.cell(5, 2)).to_be_focused()
    page.keyboard.press("Space")
    expect(live.selected).to_have_text("3 selected")
    assert read(page, "x.selected.equals(frame.iloc[1:4])") == "True"
    live.cell(0, 0).focus()
    page.keyboard.press("Space")
    expect(live.selected).to_have_text("25 selected")


def test_headings_sort_and_are_made_wider_and_tabs_are_walked_with_arrows(page: Page, live: Live):
    head = live.cell(0, 2)
    head.focus()
    for key, direction in (("Enter", "ascending"), ("Space", "descending")):
        page.keyboard.press(key)
        expect(head).to_have_attribute("aria-sort", direction)
        expect(head).to_be_focused()
    width = head.bounding_box()["width"]
    for key, more in (("+", 24), ("-", 0)):
        page.keyboard.press(key)
        assert head.bounding_box()["width"] == pytest.approx(width + more, abs=1)
    first, second = live.root.get_by_role("tab").all()
    first.focus()
    for key, tab in (("ArrowRight", second), ("ArrowLeft", first)):
        page.keyboard.press(key)
        expect(tab).to_be_focused()
        page.keyboard.press("Enter")
        expect(tab).to_have_attribute("aria-selected", "true")
        expect(tab).to_be_focused()


def test_menus_are_opened_with_enter_and_closed_with_escape_or_beside_them(page: Page, live: Live):
    for title in ("Columns", "Export"):
        summary = live.root.locator("summary").filter(has_text=title)
        summary.press("Enter")
        page.keyboard.press("Tab")
        assert summary.evaluate("one => one.parentElement.contains(document.activeElement)")
        page.keyboard.press("Escape")
        expect(live.root.locator("details[open]")).to_have_count(0)
        expect(summary).to_be_focused()
    live.menu("Columns")
    live.search.click()
    expect(live.root.locator("details[open]")).to_have_count(0)


@pytest.mark.parametrize("name", [
    "Clear all", "Clear Type", "Remove the filter Type: contact", "Select none", "Select all * shown", "Next page",
    "Copy code", "Download", "Show fewer",
])  # fmt: skip
def test_the_focus_is_not_lost_with_a_button_that_goes(page: Page, live: Live, name: str):
    run(page, 2, "_ = x.filter(hours=(0, 40))" if name == "Next page" else "_ = x.filter(type='contact')")
    live.boxes.first.press("Space")
    expect(live.selected).to_have_text("1 selected")
    pressed = live.button(re.compile(re.escape(name).replace(r"\*", r"\d+")))
    if name == "Copy code":
        live.menu("Export")
    elif name == "Download":
        live.press_in_menu("Export", "shown as CSV")
    elif name == "Show fewer":
        live.facet("Company").get_by_role("button", name=re.compile("more$|without rows$")).press("Enter")
    expect(pressed).to_be_visible()
    pressed.press("Enter")
    expect(pressed.and_(live.root.locator("[aria-disabled=false], :visible:not([aria-disabled])"))).to_have_count(0)
    assert live.has_focus()
    page.keyboard.press("m")
    expect(live.root).to_be_visible()
