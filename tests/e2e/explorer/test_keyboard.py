"""The explorer by keyboard alone, and as it is read aloud, in JupyterLab, which has keys of its own."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.notebook_page import DEMO, MARKS, explore, options, read, shown

pytestmark = MARKS

SETUP = f"""{DEMO}
people = pm.teamwork.people()
few = people.head(40)"""
CONTROLS = "input, select, button, a[href], [role=button], [role=link]"
NAMED = "textbox|listbox|combobox|button|checkbox|img|link|spinbutton|radio|searchbox"
# Of these, JupyterLab deletes, cuts, inserts or changes the cell where they are not kept from it.
LETTERS = "ddxabmyzvc"


def unfolded(page: Page, frame: str) -> Locator:
    live = explore(page, f"pm.explore({frame})")
    live.get_by_role("button", name="more filters").press("Enter")
    expect(live.get_by_label("created_at from")).to_be_visible()
    return live


def reached_by_tab(live: Locator) -> list[int]:
    """Walk with Tab from the search box until the explorer is left; give the places of the controls met."""
    met: list[int] = []
    live.get_by_role("textbox", name="search", exact=True).focus()
    while (place := _place_of_focus(live)) is not None:
        met.append(place)
        live.page.keyboard.press("Tab")
        assert len(met) < 400
    return met


def _place_of_focus(live: Locator) -> int | None:
    return live.evaluate(
        f"""live => live.contains(document.activeElement)
            ? [...live.querySelectorAll("{CONTROLS}")].indexOf(document.activeElement) : null"""
    )


def in_use(live: Locator) -> dict[int, str]:
    """Give every control that is seen and can be used."""
    controls = live.evaluate(
        f"""live => [...live.querySelectorAll("{CONTROLS}")].map((one, place) =>
            [place, one.outerHTML.slice(0, 160), one.checkVisibility({{visibilityProperty: true}})
              && !one.disabled && one.ariaDisabled !== "true"])"""
    )
    return {place: html for place, html, used in controls if used}


@pytest.mark.parametrize("frame", ["people", "few"])
def test_tab_reaches_every_control(page: Page, frame: str):
    live = unfolded(page, frame)
    met = set(reached_by_tab(live))
    assert [html for place, html in in_use(live).items() if place not in met] == []


@pytest.mark.parametrize("frame", ["people", "few", "pm.projectmanager.roles()", "pm.customers()"])
def test_every_control_has_a_name(page: Page, frame: str):
    live = explore(page, f"pm.explore({frame})")
    more = live.get_by_role("button", name="more filters")
    if more.is_visible():
        more.click()
    tree = live.aria_snapshot()
    assert "textbox" in tree
    assert re.findall(rf"^ *- (?:{NAMED})(?! \")(?=[: \[]|$).*$", tree, re.MULTILINE) == []
    assert re.findall("[\ue000-\uf8ff]", tree) == [], "a glyph of an icon font is read aloud"


def test_the_picture_says_its_numbers(page: Page):
    live = explore(page, "pm.explore(people)")
    counts = options(live.get_by_role("listbox", name="type", exact=True))
    image = live.get_by_role("img", name=re.compile("^People by type"))
    for name in ("account", "collaborator", "contact"):
        expect(image).to_have_accessible_name(re.compile(rf"\b{name}: {counts[name]}\b"))


def test_values_are_chosen_with_arrows(page: Page):
    live = explore(page, "pm.explore(people)")
    types = live.get_by_role("listbox", name="type", exact=True)
    counts = options(types)
    types.focus()
    page.keyboard.press("ArrowDown")
    expect(shown(live)).to_have_text(re.compile(rf"^{list(counts.values())[1]} of "))
    page.keyboard.press("ArrowDown")
    expect(shown(live)).to_have_text(re.compile(rf"^{list(counts.values())[2]} of "))
    expect(types).to_be_focused()


def test_a_row_is_ticked_with_space(page: Page):
    live = explore(page, "pm.explore(people)")
    box = live.get_by_role("checkbox", name="Tick this row").nth(1)
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    expect(live.get_by_text("1 ticked")).to_be_visible()
    page.keyboard.press("Tab")
    expect(live.get_by_role("checkbox", name="Tick this row").nth(2)).to_be_focused()
    assert read(page, "len(x.selected)") == "1"


def test_buttons_are_pressed_with_enter_and_space(page: Page):
    live = explore(page, "pm.explore(people)")
    live.get_by_role("button", name="Next rows").focus()
    page.keyboard.press("Enter")
    expect(live.get_by_text("rows 26 to 50 of")).to_be_visible()
    live.get_by_role("button", name="Copy code").focus()
    page.keyboard.press("Space")
    expect(live.get_by_role("button", name=re.compile("Copied|Not copied"))).to_be_focused()
    live.get_by_role("button", name="Save as CSV").focus()
    page.keyboard.press("Enter")
    expect(live.get_by_role("link", name=re.compile("^pmframes-.*csv$"))).to_be_visible()


def test_the_grid_is_sorted_and_turned_with_enter(page: Page):
    live = explore(page, "pm.explore(few)")
    live.get_by_role("spinbutton", name="page").fill("2")
    page.keyboard.press("Enter")
    expect(live.get_by_text("of 2: rows 26 to 40 of 40")).to_be_visible()
    live.get_by_role("combobox", name="rows per page").select_option("50")
    expect(live.get_by_text("of 1: rows 1 to 40 of 40")).to_be_visible()
    head = live.locator("thead th").filter(has_text=re.compile("^first_name$"))
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")


@pytest.mark.parametrize(("role", "name"), [
    ("button", "Reset"), ("button", "Copy code"), ("button", re.compile("^contact: ")),
    ("checkbox", "largest or latest first"), ("checkbox", "Tick the rows of this page"), ("combobox", "sort by"),
    ("listbox", "type"),
])  # fmt: skip
def test_keys_typed_at_a_control_do_nothing_to_the_notebook(page: Page, role, name):
    live = explore(page, "pm.explore(people)")
    control = live.get_by_role(role, name=name).first
    control.focus()
    for letter in LETTERS:
        page.keyboard.press(letter)
    for key in ("ArrowDown", "ArrowUp", "Shift+Space"):
        page.keyboard.press(key)
    expect(control).to_be_focused()
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(3)
    expect(live).to_be_visible()
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == 3


def test_the_keys_of_the_notebook_work_from_a_control(page: Page):
    live = explore(page, "pm.explore(people)")
    live.get_by_role("button", name="Reset").focus()
    with page.expect_response(lambda answer: answer.request.method == "PUT" and "contents" in answer.url):
        page.keyboard.press("Control+s")
