"""Pictures in the browser: bars that are filters, roles side by side, and customers of all services."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.notebook_page import DEMO, MARKS, choose, explore, options, read, shown, tick

pytestmark = MARKS

SETUP = f"""{DEMO}
import json
people = pm.teamwork.people()
roles = pm.projectmanager.roles()
flags = roles.select_dtypes("boolean")
rights = flags[[name for name in flags if not name.startswith("is_")]]
customers = pm.customers()"""


def listed(live: Locator, name: str) -> Locator:
    return live.get_by_role("listbox", name=name, exact=True)


def drawn(live: Locator, picture: str) -> Locator:
    live.get_by_role("combobox", name="picture").select_option(picture)
    return live.get_by_role("img")


def said(image: Locator) -> dict[str, int]:
    """Give the numbers that a picture tells those who do not see it."""
    text = re.sub("[\u2068\u2069]", "", image.get_attribute("alt") or "")
    found = re.findall(r"(?:^|[.;] )([^:;.]+): ([\d,]+)", text)
    return {name: int(number.replace(",", "")) for name, number in found}


def test_a_bar_is_a_filter_by_mouse_and_takes_itself_back(page: Page):
    live = explore(page, "pm.explore(people)")
    counts = options(listed(live, "type"))
    all_rows = shown(live).inner_text()
    live.get_by_role("button", name=f"contact: {counts['contact']}", exact=True).click()
    expect(shown(live)).to_have_text(re.compile(rf"^{counts['contact']} of "))
    expect(listed(live, "type").locator("option:checked")).to_contain_text("contact")
    pressed = live.get_by_role("button", name=f"contact: {counts['contact']}, chosen")
    expect(live.get_by_role("img")).to_have_attribute("alt", re.compile("contact: [0-9]+, chosen"))
    pressed.click()
    expect(shown(live)).to_have_text(all_rows)


@pytest.mark.parametrize("width", [1300, 480])
def test_bars_lie_where_they_are_drawn(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 1100})
    live = explore(page, "pm.explore(people)")
    image, counts = live.get_by_role("img"), options(listed(live, "type"))
    box = image.bounding_box()
    bars = [live.get_by_role("button", name=f"{name}: {counts[name]}") for name in ("account", "contact")]
    first, second = (bar.bounding_box() for bar in bars)
    page.set_viewport_size({"width": 1300, "height": 1100})
    assert box
    assert first
    assert second
    assert box["x"] + box["width"] <= width
    assert box["y"] < first["y"] < second["y"] < box["y"] + box["height"] - second["height"] + 1
    # In the middle of each button there is the blue of its bar.
    for found in (first, second):
        scale = box["width"] / 560
        assert found["width"] == pytest.approx(box["width"], abs=1)
        assert found["height"] == pytest.approx(24 * scale, abs=1)
        y = (found["y"] - box["y"] + found["height"] / 2) / scale
        assert _pixel(image, 225, y) == [0, 114, 178], y


def _pixel(image: Locator, x: float, y: float) -> list[int]:
    """Read one pixel of a picture, at its place on the page."""
    return image.evaluate(
        """(image, [x, y]) => {
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [image.width, image.height];
          const pen = canvas.getContext("2d");
          pen.drawImage(image, 0, 0, image.width, image.height);
          return [...pen.getImageData(x, y, 1, 1).data].slice(0, 3);
        }""",
        [x, y],
    )


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_bar_is_a_filter_by_keyboard_and_keeps_the_focus(page: Page, key: str):
    live = explore(page, "pm.explore(people)")
    counts = options(listed(live, "type"))
    live.get_by_role("combobox", name="picture").focus()
    bar = live.get_by_role("button", name=re.compile("^contact:"))
    for _ in range(60):
        page.keyboard.press("Tab")
        if bar.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press(key)
    expect(shown(live)).to_have_text(re.compile(rf"^{counts['contact']} of "))
    expect(bar).to_have_accessible_name(re.compile("chosen"))
    expect(bar).to_be_focused()
    page.keyboard.press(key)
    expect(shown(live)).not_to_have_text(re.compile(rf"^{counts['contact']} of "))


@pytest.mark.parametrize("picture", ["by permission", "matrix"])
def test_no_picture_scrolls_sideways_in_a_narrow_window(page: Page, picture: str):
    page.set_viewport_size({"width": 480, "height": 1100})
    live = explore(page, "pm.explore(roles)")
    expect(drawn(live, picture)).to_be_visible()
    sideways = live.locator(".pmframes-picture").evaluate("one => one.scrollWidth - one.clientWidth")
    page.set_viewport_size({"width": 1300, "height": 1100})
    assert sideways == 0


def test_permissions_are_drawn_from_the_rarest_and_keep_their_places_when_one_is_pressed(page: Page):
    live = explore(page, "pm.explore(roles)")
    image = drawn(live, "by permission")
    expect(image).to_have_attribute("alt", re.compile("The rarest first, counted over all 14 rows"))
    granted = json.loads(read(page, "json.dumps(rights.sum().sort_values(kind='stable').to_dict())"))
    bars = live.locator(".pmframes-bars button:visible")
    places = [text.partition(":")[0] for text in bars.all_inner_texts()]
    assert places == list(granted)[:12]
    bars.nth(1).click()
    expect(shown(live)).to_have_text(f"{granted[places[1]]} of 14 shown")
    expect(bars.nth(1)).to_have_accessible_name(f"{places[1]}: {granted[places[1]]}, chosen")
    assert [text.partition(":")[0] for text in bars.all_inner_texts()] == places


def test_a_permission_gives_its_roles(page: Page):
    live = explore(page, "pm.explore(roles)")
    choose(listed(live, "permissions"), "edit_security_page")
    granted = json.loads(read(page, "json.dumps(list(roles[roles['edit_security_page'].eq(True)]['name']))"))
    expect(shown(live)).to_have_text(f"{len(granted)} of 14 shown")
    expect(live.locator(".pmframes-grid tbody tr")).to_have_count(len(granted))
    for name in granted:
        expect(live.get_by_role("cell", name=name, exact=True)).to_be_visible()

    live.get_by_role("combobox", name="permissions that are").select_option("not granted")
    live.get_by_role("button", name="Reset").click()
    expect(shown(live)).to_have_text("14 of 14 shown")
    choose(listed(live, "permissions"), "edit_security_page")
    refused = read(page, "roles['edit_security_page'].eq(False).sum()")
    expect(shown(live)).to_have_text(f"{refused} of 14 shown")


def test_two_ticked_roles_show_how_they_differ(page: Page):
    live = explore(page, "pm.explore(roles)")
    live.get_by_role("combobox", name="picture").select_option("difference of two roles")
    expect(live.get_by_text("Tick two roles in the grid")).to_be_visible()
    tick(live, "Manager")
    tick(live, "Team member")
    a, b = (f"roles.loc[roles['name'] == '{name}', 'id'].iloc[0]" for name in ("Manager", "Team member"))
    wanted = json.loads(read(page, f"json.dumps(list(pm.report.role_differences(roles, {a}, {b}).index))"))
    table = live.locator(".pmframes-picture").get_by_role("table")
    expect(table.locator("tbody tr")).to_have_count(len(wanted))
    assert wanted
    assert [row.split("\t")[0] for row in table.locator("tbody tr").all_inner_texts()] == wanted
    expect(table.get_by_role("columnheader", name="Team member")).to_be_visible()


def test_a_matrix_shows_and_says_who_is_granted_what(page: Page):
    live = explore(page, "pm.explore(roles)")
    image = drawn(live, "matrix")
    expect(image).to_have_attribute("alt", re.compile(r"^Roles and their permissions"))
    granted = json.loads(read(page, "json.dumps(dict(zip(roles['name'], rights.sum(axis=1).tolist())))"))
    text = re.sub("[\u2068\u2069]", "", image.get_attribute("alt") or "")
    assert [name for name, number in granted.items() if f"{name}: {number} of 18 granted" not in text] == []


def test_customers_by_service_and_company(page: Page):
    live = explore(page, "pm.explore(customers)")
    image = drawn(live, "by service")
    expect(image).to_have_attribute("alt", re.compile("^Customers by service"))
    services = json.loads(read(page, "customers['service'].value_counts().to_json()"))
    assert {name: said(image)[name] for name in services} == services

    choose(listed(live, "service"), "outlign")
    drawn(live, "by company_name")
    expect(image).to_have_attribute("alt", re.compile("^Customers by company_name"))
    companies = json.loads(
        read(page, "customers[customers['service'] == 'outlign']['company_name'].value_counts().to_json()")
    )
    found = {name: number for name, number in said(image).items() if name in companies}
    assert found
    assert found == {name: companies[name] for name in found}


def test_customers_over_time(page: Page):
    live = explore(page, "pm.explore(customers)")
    choose(listed(live, "service"), "outlign")
    image = drawn(live, "over time: created_at")
    dated = read(page, "customers[customers['service'] == 'outlign']['created_at'].notna().sum()")
    expect(image).to_have_attribute("alt", re.compile(rf"^Customers by created_at.* {dated} with a date"))


def test_matches_are_suggested(page: Page):
    live = explore(page, "pm.explore(customers)")
    live.get_by_role("combobox", name="picture").select_option("matches")
    groups = int(read(page, "customers['match'].nunique()"))
    panel = live.locator(".pmframes-picture")
    expect(panel.get_by_text(re.compile(rf"^{groups:,} suggestions"))).to_be_visible()
    choose(listed(live, "match"), "with")
    expect(shown(live)).to_have_text(f"{int(read(page, 'customers.match.notna().sum()')):,} of 1,440 shown")
    first = panel.get_by_role("table").locator("tbody tr").first
    names = json.loads(
        read(page, "json.dumps(list(customers[customers['match'] == customers['match'].min()]['name']))")
    )
    for name in names:
        expect(first).to_contain_text(name)
