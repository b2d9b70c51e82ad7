"""The explorer in the themes of JupyterLab, in a narrow place, and for those who hear, see less, or want no motion."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.notebook_page import DEMO, MARKS, Live, change_setting, explore, read

pytestmark = MARKS

SETUP = f"""{DEMO}
frame = pm.teamwork.people()
roles = pm.projectmanager.roles()"""
NARROW = 390
LIGHT = "JupyterLab Light"


@pytest.fixture(scope="module", params=[LIGHT, "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def theme(request: pytest.FixtureRequest, page: Page) -> Iterator[str]:
    """Turn to a theme while an explorer is open, which follows it."""
    live = explore(page, "pm.explore(frame)")
    if request.param != LIGHT:
        change_setting(page, "Theme", request.param)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-name", request.param)
    expect(live.root).to_have_css("color-scheme", "dark" if "Dark" in request.param else "light")
    yield request.param
    if request.param != LIGHT:
        change_setting(page, "Theme", LIGHT)


@pytest.fixture
def live(page: Page) -> Live:
    return explore(page, "pm.explore(frame)")


@pytest.fixture(params=["filtered", "narrow", "Permissions", "Differences"])
def in_use(request: pytest.FixtureRequest, page: Page, theme: str) -> Live:
    """Give an explorer in use: filtered and with selected rows, or with a tab in sight."""
    if request.param in ("Permissions", "Differences"):
        roles = explore(page, "pm.explore(roles)")
        roles.select("Manager", "Team member")
        expect(roles.turn_to(request.param)).to_be_visible()
        return roles
    people = explore(page, "pm.explore(frame)")
    if request.param == "narrow":
        people.set_width(f"{NARROW}px")
        people.button("Filters").click()
    people.value("Type", "contact").check()
    people.search.fill("a")
    expect(people.rows.locator("mark").first).to_be_visible()
    people.boxes.nth(12).check()
    expect(people.selected).to_have_text("1 selected")
    if request.param == "filtered":
        people.menu("Columns")
    return people


def test_every_text_has_enough_contrast(in_use: Live, theme: str):
    expect(in_use.root).to_have_css("color-scheme", "dark" if "Dark" in theme else "light")
    assert in_use.illegible() == []


def test_axe_finds_nothing_serious(in_use: Live):
    in_use.root.evaluate("live => { live.parentElement.id = 'checked' }")
    found = Axe().run(in_use.page, "#checked").response["violations"]
    in_use.root.evaluate("live => { live.parentElement.id = '' }")
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], [node["html"][:150] for node in one["nodes"][:3]]) for one in serious] == []


@pytest.fixture
def narrow(live: Live) -> Live:
    live.set_width(f"{NARROW}px")
    expect(live.filters).to_be_hidden()
    return live


def test_in_a_narrow_place_filters_are_in_a_drawer(page: Page, narrow: Live):
    opens = narrow.button("Filters")
    expect(opens).to_have_attribute("aria-expanded", "false")
    opens.click()
    expect(narrow.filters).to_be_visible()
    expect(opens).to_have_attribute("aria-expanded", "true")
    narrow.value("Type", "contact").check()
    expect(narrow.shown).to_contain_text(" of ")
    page.keyboard.press("Escape")
    expect(narrow.filters).to_be_hidden()
    opens.click()
    opens.click()
    expect(narrow.filters).to_be_hidden()


@pytest.mark.parametrize("opened", ["", "Columns", "Export", "Filters"])
def test_in_a_narrow_place_no_control_sticks_out(narrow: Live, opened: str):
    narrow.boxes.nth(1).check()
    expect(narrow.selected).to_have_text("1 selected")
    if opened == "Filters":
        narrow.button("Filters").click()
    elif opened:
        narrow.menu(opened)
    box = narrow.root.bounding_box()
    assert box["width"] <= NARROW
    assert narrow.beyond(box["x"], box["x"] + NARROW) == []


def test_each_status_is_one_region_that_is_there_before_it_is_spoken(page: Page, live: Live):
    expect(live.root.get_by_role("status")).to_have_count(2)
    regions = [live.shown.element_handle(), live.selected.element_handle()]
    live.value("Type", "contact").check()
    live.shows(f"{int(read(page, 'len(x.frame)'))} of 1,140")
    live.boxes.first.check()
    expect(live.selected).to_have_text("1 selected")
    live.press_in_menu("Export", "Copy code")
    expect(live.shown).to_contain_text("Copied the code")
    assert all(one.evaluate("one => one.isConnected") for one in regions)


@pytest.mark.parametrize(("setting", "durations"), [("no-preference", {"0s", "0.15s"}), ("reduce", {"0s"})])
def test_nothing_moves_for_those_who_want_no_motion(page: Page, live: Live, setting: str, durations: set[str]):
    page.emulate_media(reduced_motion=setting)
    found = live.root.locator("*").evaluate_all(
        """all => all.flatMap(one => ["", "::before", "::after"].flatMap(part => {
          const style = getComputedStyle(one, part);
          return [style.transitionDuration, style.animationDuration];
        }))"""
    )
    page.emulate_media(reduced_motion="no-preference")
    assert {*found} - {"auto"} == durations


def test_bars_are_seen_where_colours_are_forced(page: Page, live: Live):
    page.emulate_media(forced_colors="active")
    bar = """live => { const one = getComputedStyle(live.querySelector(".values li"), "::before");
      return [one.forcedColorAdjust, one.backgroundColor, getComputedStyle(live).backgroundColor] }"""
    adjusts, colour, ground = live.root.evaluate(bar)
    page.emulate_media(forced_colors="none")
    assert adjusts == "none"
    assert colour != ground
