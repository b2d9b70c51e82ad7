"""The grid in JupyterLab: sort, choose columns, turn pages, select rows, in one view or two."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.notebook_page import DEMO, MARKS, Live, cell, explore, read, run

pytestmark = MARKS

SETUP = f"""{DEMO}
frame = pm.teamwork.people(include_service_accounts=True, include_placeholders=True, show_deleted=True)"""
SORTED = re.compile("ascending|descending")


def names(page: Page, rows: str) -> list[str]:
    """Give the first names of these rows in the next cell."""
    return json.loads(read(page, f"json.dumps(list({rows}['name'].head(25)))"))


def test_a_heading_sorts_all_rows_and_not_only_those_in_sight(page: Page, live: Live):
    name = live.head("Name")
    downward = "frame.sort_values('name', ascending=False, kind='stable')"
    for direction, wanted in (("ascending", "frame.sort_values('name', kind='stable')"), ("descending", downward)):
        name.click()
        expect(name).to_have_attribute("aria-sort", direction)
        assert live.column("Name") == names(page, wanted)
    assert read(page, f"x.frame.equals({downward}), x.state['sort']") == "True ['-name']"
    name.click()
    expect(name).not_to_have_attribute("aria-sort", SORTED)
    assert live.column("Name") == names(page, "frame")


def test_a_second_heading_with_shift_sorts_within_the_first(page: Page, live: Live):
    live.head("Company").click()
    expect(live.head("Company")).to_have_attribute("aria-sort", "ascending")
    for text in ("▲2", "▼2"):
        live.head("Name").click(modifiers=["Shift"])
        expect(live.head("Name")).to_contain_text(text)
    wanted = "frame.sort_values(['company_name', 'name'], ascending=[True, False], kind='stable')"
    assert live.column("Name") == names(page, wanted)
    assert read(page, f"x.frame.equals({wanted}), eval(x.code).equals(x.frame)") == "True True"
    run(page, 2, "_ = x.sort('-created_at')")
    expect(live.head("Company")).not_to_have_attribute("aria-sort", SORTED)
    assert live.column("Name") == names(page, "frame.sort_values('created_at', ascending=False, kind='stable')")


def test_columns_are_chosen_and_pinned(page: Page, live: Live):
    expect(live.heads).to_have_count(12)
    expect(live.heads.first).to_have_text("Name")
    sheet, grid = live.menu("Columns"), live.root.locator(".grid")
    for heading in ("Admin", "Deleted", "Timezone"):
        sheet.get_by_role("checkbox", name=heading, exact=True).click()
    expect(live.heads).to_have_count(11)
    expect(live.head("Admin")).to_have_count(0)
    expect(live.head("Timezone")).to_have_attribute("title", "timezone")
    pin = sheet.get_by_role("button", name="Pin Company")
    pin.click()
    expect(pin).to_have_attribute("aria-pressed", "true")
    expect(live.heads.nth(1)).to_have_text("Company")
    page.keyboard.press("Escape")
    grid.evaluate("grid => { grid.scrollLeft = 400 }")
    for place, heading in enumerate(("Name", "Company")):
        expect(live.head(heading)).to_be_in_viewport(ratio=1)
        left = live.rows.first.locator("td").nth(place + 1).bounding_box()["x"]
        assert left == pytest.approx(live.head(heading).bounding_box()["x"], abs=1)
    assert read(page, "list(x.frame) == list(frame)") == "True"
    grid.evaluate("grid => { grid.scrollLeft = 0 }")
    live.press_in_menu("Columns", "Show the first columns again")
    expect(live.head("Admin")).to_be_visible()
    page.keyboard.press("Escape")


def test_a_column_is_dragged_wider_and_that_does_not_sort(page: Page, live: Live):
    box = live.head("Company").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 57, box["y"] + 8, steps=5)
    page.mouse.up()
    live.head("Name").click()
    expect(live.head("Name")).to_have_attribute("aria-sort", "ascending")
    expect(live.head("Company")).not_to_have_attribute("aria-sort", SORTED)
    assert live.head("Company").bounding_box()["width"] == pytest.approx(box["width"] + 60, abs=4)


def test_pages_are_turned_and_made_longer(page: Page, live: Live):
    number, size = live.root.get_by_role("spinbutton", name="Page"), live.root.get_by_role("combobox")
    for name in ("First page", "Previous page"):
        expect(live.button(name)).to_be_disabled()
    live.button("Last page").click()
    expect(live.root.get_by_text("Rows 1,176 to 1,200")).to_be_visible()
    live.button("First page").click()
    expect(live.root.get_by_text("Rows 1 to 25")).to_be_visible()
    number.fill("48")
    number.press("Enter")
    expect(live.root.get_by_text("Rows 1,176 to 1,200")).to_be_visible()
    expect(live.rows.last).to_contain_text(read(page, "frame['name'].iloc[-1]"))
    for name in ("Next page", "Last page"):
        expect(live.button(name)).to_be_disabled()
    size.select_option("100")
    expect(live.root.get_by_text("Rows 1,101 to 1,200")).to_be_visible()
    expect(live.rows).to_have_count(100)
    live.value("Type", "contact").check()
    expect(live.root.get_by_text("Rows 1 to 100")).to_be_visible()
    size.select_option("25")
    expect(live.rows).to_have_count(25)


def test_rows_stay_selected_over_pages_filters_and_sorts(page: Page, live: Live):
    wanted = [live.column("Name")[place] for place in (4, 6)]
    live.select(*wanted)
    live.button("Next page").click()
    expect(live.root.get_by_text("Rows 26 to 50")).to_be_visible()
    wanted.append(live.column("Name")[0])
    live.select(wanted[-1])
    live.search.fill(wanted[1])
    expect(live.selected).to_have_text("3 selected, 2 of them not shown")
    expect(live.row(wanted[1]).get_by_role("checkbox")).to_be_checked()
    live.head("Name").click()
    live.button("Clear all").click()
    live.shows("1,200")
    assert read(page, "list(x.selected['name'])") == str(wanted)
    run(page, 2, "_ = x.sort()")
    live.row(wanted[0]).get_by_role("checkbox").uncheck()
    expect(live.selected).to_have_text("2 selected")
    assert read(page, "list(x.selected['name'])") == str(wanted[1:])


def test_a_range_a_page_all_shown_and_none_are_selected(page: Page, live: Live):
    live.boxes.nth(2).click()
    live.boxes.nth(6).click(modifiers=["Shift"])
    expect(live.selected).to_have_text("5 selected")
    assert read(page, "x.selected.equals(frame.iloc[2:7])") == "True"
    assert live.page_box.evaluate("one => one.indeterminate")
    live.page_box.check()
    expect(live.selected).to_have_text("25 selected")
    live.press_beside("Type", "contact", "only")
    live.root.get_by_role("button", name=re.compile(r"^Select all [1-9]\d\d shown$")).click()
    expect(live.page_box).to_be_checked()
    assert read(page, "x.selected.equals(frame[(frame['type'] == 'contact') | (frame.index < 25)])") == "True"
    live.button("Select none").click()
    expect(live.root.locator(".grid input:checked")).to_have_count(0)
    assert read(page, "len(x.selected)") == "0"


def test_a_state_opens_the_explorer_where_it_was_left(page: Page, live: Live):
    live.value("Type", "contact").check()
    live.search.fill("anna")
    live.head("Name").click()
    live.menu("Columns").get_by_role("checkbox", name="Admin", exact=True).uncheck()
    expect(live.head("Admin")).to_have_count(0)
    again = explore(page, "pm.explore(frame, state=json.loads(json.dumps(x.state)))", 2, "y")
    expect(again.shown).to_have_text(live.shown.inner_text())
    expect(again.search).to_have_value("anna")
    expect(again.value("Type", "contact")).to_be_checked()
    assert again.rows.all_inner_texts() == live.rows.all_inner_texts()
    live.press_in_menu("Columns", "Show the first columns again")


def test_two_views_of_one_explorer_show_the_same(page: Page, live: Live):
    run(page, 2, "x")
    other = Live(cell(page, 2).locator(".pmframes-live"))
    other.value("Type", "contact").check()
    expect(live.value("Type", "contact")).to_be_checked()
    live.boxes.nth(3).check()
    expect(other.boxes.nth(3)).to_be_checked()
    expect(other.selected).to_have_text("1 selected")
    # What belongs to a page stays there.
    other.button("Filters").click()
    expect(other.filters).to_be_hidden()
    expect(live.filters).to_be_visible()
