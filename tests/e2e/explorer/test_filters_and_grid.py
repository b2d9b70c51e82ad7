"""The explorer in JupyterLab and a browser: choose, search, tick, and read it in the next cell."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.notebook_page import DEMO, MARKS, beyond, choose, explore, options, read, row, shown, tick

pytestmark = MARKS

SETUP = f"""{DEMO}
import json
people = pm.teamwork.people(include_service_accounts=True, include_placeholders=True, show_deleted=True)
contacts = people[people["type"] == "contact"]
annas = contacts[contacts.map(str).agg(" ".join, axis=1).str.contains("anna", case=False)]"""


@pytest.fixture
def live(page: Page) -> Locator:
    return explore(page, "pm.explore(people)")


def types(live: Locator) -> Locator:
    return live.get_by_role("listbox", name="type", exact=True)


def companies(live: Locator) -> Locator:
    return live.get_by_role("listbox", name="company_name", exact=True)


def names(live: Locator) -> list[str]:
    """Read the names in the grid."""
    heads = live.get_by_role("columnheader").all_inner_texts()
    column = [head.strip() for head in heads].index("name")
    return live.locator(f".pmframes-grid tbody td:nth-child({column + 1})").all_inner_texts()


def test_what_is_chosen_and_searched_is_shown_and_read_in_the_next_cell(page: Page, live: Locator):
    choose(types(live), "contact")
    expect(shown(live)).to_have_text(f"{read(page, 'len(contacts)')} of 1,200 shown")
    live.get_by_role("textbox", name="search", exact=True).press_sequentially("aNNa")
    expect(shown(live)).to_have_text(f"{read(page, 'len(annas)')} of 1,200 shown")
    assert read(page, "x.frame.equals(annas), x.frame.attrs == people.attrs") == "True True"
    assert set(names(live)) <= set(json.loads(read(page, "x.frame['name'].to_json(orient='values')")))
    assert json.loads(read(page, "json.dumps(x.state)"))["choices"] == {"type": ["contact"]}


def test_ticked_rows_are_read_in_the_next_cell_and_stay_when_the_filters_change(page: Page, live: Locator):
    first, second, third = names(live)[1], names(live)[4], names(live)[6]
    tick(live, first)
    tick(live, second)
    expect(live.get_by_text("2 ticked", exact=False)).to_be_visible()
    wanted = f"['{first}', '{second}']"
    assert read(page, "list(x.selected['name'])") == wanted

    live.get_by_role("textbox", name="search", exact=True).fill(second)
    expect(live.get_by_text("2 ticked, 1 of them not shown")).to_be_visible()
    expect(row(live, second).get_by_role("checkbox")).to_be_checked()
    expect(live.locator(".pmframes-grid tbody input:checked")).to_have_count(1)
    assert read(page, "list(x.selected['name'])") == wanted

    live.get_by_role("textbox", name="search", exact=True).fill(third)
    tick(live, third)
    expect(live.get_by_text("3 ticked, 2 of them not shown")).to_be_visible()
    live.get_by_role("combobox", name="sort by").select_option("name")
    live.get_by_role("textbox", name="search", exact=True).fill("")
    expect(shown(live)).to_have_text("1,200 of 1,200 shown")
    assert read(page, "list(x.selected['name'])") == f"['{first}', '{second}', '{third}']"
    live.get_by_role("combobox", name="sort by").select_option("as loaded")
    row(live, first).get_by_role("checkbox").uncheck()
    assert read(page, "list(x.selected['name'])") == f"['{second}', '{third}']"


def test_reset_shows_all_rows_as_they_were_loaded(page: Page, live: Locator):
    as_loaded = names(live)
    choose(types(live), "contact")
    live.get_by_role("textbox", name="search", exact=True).fill("a")
    live.get_by_role("combobox", name="sort by").select_option("name")
    live.get_by_role("checkbox", name="largest or latest first").check()
    expect(shown(live)).not_to_have_text("1,200 of 1,200 shown")
    live.get_by_role("button", name="Reset").click()
    expect(shown(live)).to_have_text("1,200 of 1,200 shown")
    expect(live.get_by_role("textbox", name="search", exact=True)).to_have_value("")
    expect(live.get_by_role("checkbox", name="largest or latest first")).not_to_be_checked()
    expect(live.locator(".pmframes-grid tbody tr", has_text=as_loaded[0])).to_be_visible()
    assert names(live) == as_loaded
    assert read(page, "x.frame.equals(people)") == "True"


def test_sorting_sorts_all_rows_and_not_only_those_in_sight(page: Page, live: Locator):
    live.get_by_role("combobox", name="sort by").select_option("name")
    live.get_by_role("checkbox", name="largest or latest first").check()
    downward = "people.sort_values('name', ascending=False, kind='stable')['name']"
    last = json.loads(read(page, f"json.dumps(list({downward}.head(25)))"))
    expect(live.locator(".pmframes-grid tbody tr", has_text=last[0]).first).to_be_visible()
    assert names(live) == last


def test_the_line_says_how_many_are_shown_from_where_and_when(page: Page, live: Locator):
    loaded = read(page, "people.attrs['pmframes']['fetched_at'][:16].replace('T', ' ')")
    line = f"1,200 of 1,200 shown · from Teamwork.com people, fetched {loaded} UTC · fictional data"
    expect(live.get_by_text(line, exact=True)).to_be_visible()


def test_the_numbers_behind_values_are_those_under_the_other_filters(page: Page, live: Locator):
    before = options(types(live))
    assert before["contact"] == int(read(page, "len(contacts)"))
    choose(types(live), "contact")
    expect(shown(live)).to_have_text(f"{before['contact']} of 1,200 shown")
    wanted = json.loads(read(page, "contacts['company_name'].value_counts().to_json()"))
    found = options(companies(live))
    assert {name: found.get(name, 0) for name in wanted} == wanted
    assert sum(found.values()) == 2 * found["all"] == 2 * before["contact"]
    assert options(types(live)) == before


def test_two_values_of_one_list_are_both_shown_and_all_takes_them_back(page: Page, live: Locator):
    types(live).locator("option", has_text="contact").click()
    types(live).locator("option", has_text="collaborator").click(modifiers=["ControlOrMeta"])
    both = read(page, "people['type'].isin(['contact', 'collaborator']).sum()")
    expect(shown(live)).to_have_text(f"{both} of 1,200 shown")
    types(live).locator("option", has_text="all (").click()
    expect(shown(live)).to_have_text("1,200 of 1,200 shown")


def test_a_list_of_many_values_has_a_search_of_its_own(page: Page, live: Locator):
    search = live.get_by_role("textbox", name="search in company_name")
    search.press_sequentially("tekNIK")
    expect(companies(live).locator("option")).to_have_count(3)
    assert list(options(companies(live))) == ["all", "Hjortsberg Teknik AB", "Fjordby Teknik A/S"]
    choose(companies(live), "Fjordby Teknik A/S")
    expect(shown(live)).to_have_text("6 of 1,200 shown")
    search.fill("aurora")
    expect(companies(live).locator("option", has_text="Fjordby Teknik A/S")).to_be_attached()
    assert read(page, "x.state['choices']") == "{'company_name': ['Fjordby Teknik A/S']}"


def test_a_range_of_days_keeps_the_rows_of_these_days(page: Page, live: Locator):
    live.get_by_role("button", name="more filters").click()
    live.get_by_label("created_at from").fill("2025-03-01")
    live.get_by_label("created_at to").fill("2025-09-30")
    days = "people[people['created_at'].dt.date.astype(str).between('2025-03-01', '2025-09-30')]"
    expect(shown(live)).to_have_text(f"{read(page, f'len({days})')} of 1,200 shown")
    assert read(page, f"0 < len(x.frame) < 1200, x.frame.equals({days})") == "True True"


def test_columns_without_a_value_are_folded_away_and_shown_with_one_click(page: Page, live: Locator):
    empty = [name for name in json.loads(read(page, "people.isna().all().to_json()")).items() if name[1]]
    heads = live.locator(".pmframes-grid thead th")
    button = live.get_by_role("button", name=re.compile("empty columns hidden: show$"))
    assert ("project_id", True) in empty
    expect(heads.filter(has_text=re.compile("^project_id$"))).to_have_count(0)
    expect(heads.nth(1)).to_have_text("id")
    button.click()
    expect(heads.nth(1)).to_have_text("project_id")
    expect(heads).to_have_count(1 + int(read(page, "len(people.columns)")))
    live.get_by_role("button", name=re.compile("^Hide [0-9]+ empty columns$")).click()
    expect(heads.nth(1)).to_have_text("id")
    assert read(page, "list(x.frame) == list(people)") == "True"


def test_there_is_one_pager_which_turns_to_any_page(page: Page, live: Locator):
    rows = live.locator(".pmframes-grid tbody tr")
    expect(live.get_by_role("button", name="Next rows")).to_have_count(1)
    expect(live.locator(".dt-paging, .dt-length")).to_have_count(0)
    live.get_by_role("spinbutton", name="page").fill("48")
    live.get_by_role("spinbutton", name="page").press("Enter")
    expect(live.get_by_text("of 48: rows 1,176 to 1,200 of 1,200")).to_be_visible()
    expect(rows.last).to_contain_text(read(page, "people['name'].iloc[-1]"))
    expect(live.get_by_role("button", name="Next rows")).to_be_disabled()
    live.get_by_role("combobox", name="rows per page").select_option("100")
    expect(live.get_by_text("of 12: rows 1,101 to 1,200 of 1,200")).to_be_visible()
    expect(rows).to_have_count(100)


def test_a_state_opens_the_explorer_where_it_was_left(page: Page, live: Locator):
    choose(types(live), "contact")
    live.get_by_role("textbox", name="search", exact=True).fill("anna")
    expect(shown(live)).to_have_text(re.compile(r"^\d{1,2} of"))
    left = shown(live).inner_text()
    again = explore(page, "pm.explore(people, state=json.loads(json.dumps(x.state)))")
    expect(shown(again)).to_have_text(left)
    expect(again.get_by_role("textbox", name="search", exact=True)).to_have_value("anna")
    expect(types(again).locator("option:checked")).to_contain_text("contact")


def test_a_narrow_window_holds_every_control(page: Page, live: Locator):
    page.set_viewport_size({"width": 520, "height": 1100})
    output = live.bounding_box()
    assert output
    assert output["x"] + output["width"] <= 520
    assert beyond(live, output["x"], 520) == []
    page.set_viewport_size({"width": 1300, "height": 1100})
