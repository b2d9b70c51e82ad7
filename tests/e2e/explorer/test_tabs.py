"""The tabs beside the table: permissions, differences of two roles, matches, and rows over time."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.notebook_page import DEMO, MARKS, explore, read, run

pytestmark = MARKS

SETUP = f"""{DEMO}
roles = pm.projectmanager.roles()
flags = roles.select_dtypes("boolean")
rights = flags[[name for name in flags if not name.startswith("is_")]]
customers = pm.customers()"""
MARK = re.compile(r"(\S)\s*(granted|not granted|unknown)(, locked)?")


def lines(panel: Locator) -> dict[str, list[str]]:
    """Give the lines of a table, with what is only read aloud: the head and the cells of each."""
    found = panel.locator("tbody tr").evaluate_all("all => all.map(one => [...one.cells].map(one => one.textContent))")
    return {head.strip(): [text.strip() for text in cells] for head, *cells in found}


def test_the_matrix_says_what_each_role_is_granted_and_what_cannot_be_changed(page: Page):
    live = explore(page, "pm.explore(roles)")
    panel = live.turn_to("Permissions")
    expect(panel).to_contain_text("18 permissions")
    heads = panel.get_by_role("columnheader").all_inner_texts()
    assert heads[1:] == json.loads(read(page, "json.dumps(list(roles['name']))"))
    granted = json.loads(read(page, "json.dumps(rights.astype('object').T.values.tolist())"))
    said = {True: ("●", "granted"), False: ("○", "not granted"), None: ("?", "unknown")}
    marks = [[MARK.fullmatch(text).groups() for text in cells] for cells in lines(panel).values()]
    assert [[mark[:2] for mark in line] for line in marks] == [[said[one] for one in values] for values in granted]
    # Not by colour alone: what is locked has a frame, and says so.
    locked = panel.locator("td.locked")
    assert sum(bool(mark[2]) for line in marks for mark in line) == locked.count() > 20
    assert {*locked.evaluate_all("all => all.map(one => getComputedStyle(one).outlineStyle)")} == {"solid"}
    live.press_beside("Edit security page", "yes", "only")
    names = json.loads(read(page, "json.dumps(list(roles[roles['edit_security_page'].eq(True)]['name']))"))
    expect(panel.get_by_role("columnheader")).to_have_text(["Permission", *names])


def test_two_selected_roles_show_how_they_differ(page: Page):
    live = explore(page, "pm.explore(roles)")
    expect(live.turn_to("Differences")).to_contain_text("Select two roles")
    live.turn_to("Table")
    live.select("Manager", "Team member")
    panel = live.turn_to("Differences")
    a, b = (f"roles.loc[roles['name'] == '{name}', 'id'].iloc[0]" for name in ("Manager", "Team member"))
    wanted = int(read(page, f"len(pm.report.role_differences(roles, {a}, {b}))"))
    expect(panel.locator("tbody tr")).to_have_count(wanted)
    heads = panel.get_by_role("columnheader").all_inner_texts()
    assert [head for head in heads if not head[:1].isupper()] == [], "headings are for people"
    places = [heads.index(name) - 1 for name in ("Manager", "Team member")]
    found = [[MARK.fullmatch(cells[place])[2] for place in places] for cells in lines(panel).values()]
    assert len(found) == wanted > 0
    assert all(one != other for one, other in found)


@pytest.mark.parametrize(("service", "label"), [("outlign", "Created"), ("spirii", "Updated")])
def test_rows_are_counted_over_time(page: Page, service: str, label: str):
    live = explore(page, "pm.explore(customers)")
    run(page, 2, f"_ = x.filter(service={service!r})")
    live.shows("[0-9]+ of 1,440")
    dated = int(read(page, f"x.frame['{label.lower()}_at'].notna().sum()"))
    chart = live.turn_to("Over time").get_by_role("table", name=re.compile(rf"^\s*{label}: {dated:,} with a date"))
    counted = {name: int(text.replace(",", "")) for name, [text] in lines(chart).items()}
    assert sum(counted.values()) == dated > 0
    for year in ("2024", "2025"):
        number = int(read(page, f"x.frame['{label.lower()}_at'].dt.year.eq({year}).sum()"))
        assert sum(count for name, count in counted.items() if name.startswith(year)) == number > 0


def test_matches_are_set_side_by_side(page: Page):
    panel = explore(page, "pm.explore(customers)").turn_to("Matches")
    expect(panel).to_contain_text(f"{int(read(page, 'customers.match.nunique()')):,} suggestions")
    first = json.loads(read(page, "json.dumps(list(customers[customers.match == customers.match.min()]['name']))"))
    for name in first:
        expect(panel.get_by_role("table").locator("tbody tr").first).to_contain_text(name)
