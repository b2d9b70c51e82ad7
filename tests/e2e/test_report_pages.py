"""The standard reports of the demo on paper and on screens: pages, blank space, words, contrast, and dark charts."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

import pmframes as pm
from tests.support.front_ends import CHROMIUM
from tests.support.printed import print_pages

pytestmark = [
    pytest.mark.slow, pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]  # fmt: skip

PROJECTS = [480121, 480120, 480103]
ONE_PROJECT = 480109
# The most pages, with the appendix and without it.
MAX_PAGES = {"three projects": (16, 5), "one project": (6, 3), "portfolio": (15, 4)}


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Write the standard reports of the demo, with the appendix and without it."""
    folder = tmp_path_factory.mktemp("reports")
    with pm.demo():
        makers = {
            "three projects": lambda **options: access_review(PROJECTS, **options),
            "one project": lambda **options: access_review(ONE_PROJECT, **options),
            "portfolio": lambda **options: pm.report.customer_portfolio(pm.customers(), **options),
        }
        return {
            (name, appendix): make(appendix=appendix).to_html(folder / f"{name} {appendix}.html")
            for name, make in makers.items()
            for appendix in (True, False)
        }


def access_review(projects, **options):
    people = pm.teamwork.people(projects, everyone=True)
    permissions = pm.teamwork.permissions(projects, everyone=True)
    before = people.iloc[3:].assign(is_admin=False)
    before.attrs["pmframes"] = {**people.attrs["pmframes"], "rows": len(before)}
    return pm.report.access_review(people, permissions, pm.projectmanager.roles(), before=before, **options)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("appendix", [True, False], ids=["appendix", "short"])
@pytest.mark.parametrize("name", MAX_PAGES)
def test_printed_it_is_short_and_full(page, reports, name, appendix, paper):
    pages = print_pages(page, reports[name, appendix], paper)
    assert len(pages) <= MAX_PAGES[name][not appendix]
    assert [printed.blank for printed in pages[:-1] if printed.blank > 0.5] == []
    assert not any(printed.is_landscape for printed in pages)
    for number, printed in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in printed.text


def test_the_first_page_is_the_answer(page, reports):
    first = " ".join(print_pages(page, reports["three projects", True])[0].text.split())
    for text in ("Access review", "made by", "Fictional data", "site administrators", "outsiders with access"):
        assert text in first
    assert re.search(r"findings: \d+ high", first)
    assert re.search(r"changes since 20\d\d-", first)
    assert first.count("high") >= 3


def test_addresses_are_not_broken_and_heads_are_repeated(page, reports):
    pages = print_pages(page, reports["three projects", True])
    people = [printed for printed in pages if "Permission set" in printed.text.replace("\r\n", " ")]
    assert len(people) > 3
    texts = " ".join(printed.text for printed in pages)
    addresses = set(re.findall(r"\S+@\S+", texts))
    assert len(addresses) > 100
    ends = re.compile(r"example\.(com|org|net|invalid)[;,]?$")
    assert [address for address in addresses if not ends.search(address)] == []


@pytest.mark.parametrize("width", [390, 820, 1200, 1600])
@pytest.mark.parametrize("name", ["three projects", "portfolio"])
def test_no_screen_scrolls_sideways(page, reports, name, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{reports[name, True].as_uri()}#appendix")
    assert page.locator("details.appendix").get_attribute("open") is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["one project", "portfolio"])
def test_axe_finds_nothing(page, reports, name, scheme):
    page.emulate_media(color_scheme=scheme)
    # Axe is a script, which the report does not allow.
    page.route("**/*", lambda route: route.continue_())
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", reports[name, True].read_text("utf-8"))
    page.set_content(text.replace("<details ", "<details open "))
    violations = Axe().run(page).response["violations"]
    assert [(found["id"], [node["html"] for node in found["nodes"]][:3]) for found in violations] == []


def test_charts_follow_the_scheme(page, reports):
    colours = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(reports["portfolio", False].as_uri())
        chart = page.locator("img").first
        shot = chart.screenshot()
        colours[scheme] = page.evaluate(
            """async (bytes) => {
              const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
              const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
              const context = canvas.getContext("2d");
              context.drawImage(bitmap, 0, 0);
              const data = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
              let [darkest, lightest] = [255, 0];
              for (let place = 0; place < data.length; place += 4) {
                darkest = Math.min(darkest, data[place]);
                lightest = Math.max(lightest, data[place]);
              }
              return [data[0], darkest, lightest];
            }""",
            list(shot),
        )
    assert colours["light"][0] > 240
    assert colours["light"][1] < 60
    assert colours["dark"][0] < 40
    assert colours["dark"][2] > 200


def test_the_list_of_contents_says_where_one_is(page, reports):
    page.set_viewport_size({"width": 1400, "height": 800})
    page.goto(reports["three projects", True].as_uri())
    links = page.get_by_role("navigation", name="Contents").get_by_role("link")
    titles = ["Findings", "Changes", "Who may do what", "People by type", "Appendix", "Provenance"]
    assert links.all_inner_texts() == titles
    for name in ("Changes", "Who may do what", "Appendix"):
        links.get_by_text(name, exact=True).click()
        page.wait_for_function("name => document.querySelector('nav [aria-current]')?.textContent === name", arg=name)
