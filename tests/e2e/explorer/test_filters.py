"""The explorer in JupyterLab: filter, search, remove filters, and read what is shown in the next cell."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.notebook_page import DEMO, MARKS, Live, read, run

pytestmark = MARKS

SETUP = f"""{DEMO}
import numpy as np, pandas as pd
frame = pm.teamwork.people(include_service_accounts=True, include_placeholders=True, show_deleted=True)
frame = frame.drop(columns=["project_id", "project_name"]).assign(hours=np.arange(1200) % 48)
contacts = frame[frame["type"] == "contact"]
annas = contacts[contacts.map(str).agg(" ".join, axis=1).str.contains("anna", case=False)]
days = frame["created_at"].dt.date.astype(str)"""


def shows(page: Page, live: Live, rows: str) -> None:
    """Check that the page, the next cell and the line of pandas show these rows."""
    number = int(read(page, f"len({rows})"))
    live.shows(f"{number:,} of 1,200")
    assert 0 < number < 1200
    assert read(page, f"x.frame.equals({rows}), eval(x.code).equals(x.frame)") == "True True"


def test_what_is_checked_and_searched_is_shown_and_read_in_the_next_cell(page: Page, live: Live):
    live.value("Type", "contact").check()
    shows(page, live, "contacts")
    live.search.press_sequentially("aNNa")
    shows(page, live, "annas")
    marks = live.rows.locator("mark").all_inner_texts()
    assert {text.lower() for text in marks} == {"anna"}
    assert len(marks) >= live.rows.count(), "every row says why it is shown"
    assert read(page, "x.frame.attrs == frame.attrs") == "True"
    assert read(page, "(x.state['filters'], x.state['search'])") == "({'type': ['contact']}, 'aNNa')"
    live.search.fill("no such text")
    live.shows("0 of 1,200")
    expect(live.root.get_by_text("No row matches.")).to_be_visible()


def test_counts_are_those_under_the_other_filters(page: Page, live: Live):
    before, companies = live.counts("Type"), live.facet("Company")
    assert before == json.loads(read(page, "frame['type'].value_counts().to_json()"))
    live.value("Type", "contact").check()
    live.shows(f"{before['contact']} of 1,200")
    companies.get_by_role("button", name=re.compile(r"^\d+ more$")).click()
    fewer = companies.get_by_role("button", name="Show fewer")
    expect(fewer).to_be_visible()
    found = live.counts("Company")
    wanted = json.loads(read(page, "contacts['company_name'].fillna('missing').value_counts().to_json()"))
    assert {name: number for name, number in found.items() if number} == wanted
    assert [*found.values()] == sorted(found.values(), reverse=True)
    assert live.counts("Type") == before
    fewer.click()
    expect(companies.get_by_role("listitem")).to_have_count(8)


def test_checkboxes_only_and_all_but(page: Page, live: Live):
    for text in ("contact", "collaborator"):
        live.value("Type", text).check()
    shows(page, live, "frame[frame['type'].isin(['contact', 'collaborator'])]")
    live.value("Type", "contact").uncheck()
    shows(page, live, "frame[frame['type'] == 'collaborator']")
    for button, rows in (("only", "contacts"), ("all but", "frame[frame['type'] != 'contact']")):
        live.press_beside("Type", "contact", button)
        shows(page, live, rows)
    expect(live.value("Type", "contact")).not_to_be_checked()
    live.value("Type", "account").uncheck()
    shows(page, live, "frame[~frame['type'].isin(['contact', 'account'])]")


@pytest.mark.parametrize(("heading", "name"), [("Company", "company_name"), ("E-mail", "email")])
def test_missing_is_a_value_too(page: Page, live: Live, heading: str, name: str):
    live.value(heading, "missing").check()
    shows(page, live, f"frame[frame[{name!r}].isna()]")
    live.press_beside(heading, "missing", "all but")
    shows(page, live, f"frame[frame[{name!r}].notna()]")
    live.button(f"Clear {heading}").click()
    live.shows("1,200")


def test_a_long_facet_has_a_search_of_its_own(page: Page, live: Live):
    search = live.facet("Company").get_by_role("searchbox")
    search.press_sequentially("tekNIK")
    expect(live.facet("Company").get_by_role("listitem")).to_have_count(2)
    assert {*live.counts("Company")} == {"Hjortsberg Teknik AB", "Fjordby Teknik A/S"}
    live.value("Company", "Fjordby Teknik A/S").check()
    search.fill("åurora")
    expect(live.value("Company", "Hjortsberg Teknik AB")).to_have_count(0)
    shows(page, live, "frame[frame['company_name'] == 'Fjordby Teknik A/S']")
    search.fill("")
    expect(live.value("Company", "Fjordby Teknik A/S")).to_be_checked()


def test_a_range_of_days_is_typed_and_a_bar_is_clicked(page: Page, live: Live):
    created = live.facet("Created")
    last, quarter = created.get_by_label("Created to"), created.locator(".bin[title^='2024 Q3']")
    created.get_by_label("Created from").fill("2025-03-01")
    last.fill("2025-09-30")
    last.press("Enter")
    shows(page, live, "frame[days.between('2025-03-01', '2025-09-30')]")
    quarter.click()
    expect(live.button("Remove the filter Created: 2024-07-01 to 2024-09-30")).to_be_visible()
    expect(last).to_have_value("2024-09-30")
    shows(page, live, "frame[days.between('2024-07-01', '2024-09-30')]")
    quarter.click()
    live.shows("1,200")


def test_a_range_of_numbers_is_dragged_and_typed(page: Page, live: Live):
    hours = live.facet("Hours")
    low, high = hours.get_by_role("slider").all()
    first, last = hours.get_by_role("spinbutton").all()
    low.focus()
    for _ in range(3):
        low.press("ArrowRight")
    expect(first).to_have_value("6")
    expect(low).to_be_focused()
    shows(page, live, "frame[frame['hours'] >= 6]")
    box = high.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    expect(last).to_have_value(re.compile("2[1-7]"))
    shows(page, live, f"frame[frame['hours'].between(6, {last.input_value()})]")
    first.fill("40")
    first.press("Enter")
    expect(live.shown).to_contain_text("begins after it ends")


def test_chips_name_the_filters_and_remove_them(live: Live):
    live.value("Type", "contact").check()
    live.press_beside("Admin", "no", "all but")
    live.search.fill("a")
    expect(live.chips).to_have_text(["Type: contact ✕", "Admin: not no ✕"])
    live.button("Remove the filter Admin: not no").click()
    expect(live.chips).to_have_text(["Type: contact ✕"])
    live.button("Clear all").click()
    live.shows("1,200")
    expect(live.search).to_have_value("")
    expect(live.chips).to_have_count(0)


def test_filters_of_a_cell_change_what_is_shown(page: Page, live: Live):
    loaded = read(page, "frame.attrs['pmframes']['fetched_at'][:16].replace('T', ' ')")
    for text in (f"Teamwork.com people, fetched {loaded} UTC", "Fictional data"):
        expect(live.root).to_contain_text(text)
    run(page, 2, "_ = x.filter('anna', type='contact', created_at=('2024-01-01', None))")
    expect(live.search).to_have_value("anna")
    expect(live.chips).to_have_text(["Type: contact ✕", "Created: from 2024-01-01 ✕"])
    shows(page, live, "annas[annas['created_at'] >= '2024-01-01']")
    run(page, 2, "_ = x.filter(email=pd.NA, type__not='contact').reset('created_at').filter('')")
    shows(page, live, "frame[frame['email'].isna() & (frame['type'] != 'contact')]")
