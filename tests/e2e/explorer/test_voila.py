"""The notebook of explorers as a page without code, served by Voila, in wide and in narrow windows."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.front_ends import voila
from tests.support.notebook_page import MARKS, beyond, choose, shown

pytestmark = [*MARKS, pytest.mark.long]

NOTEBOOK = Path(__file__).parents[3] / "notebooks" / "explore.ipynb"


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("voila")
    shutil.copy(NOTEBOOK, folder)
    with voila(folder, NOTEBOOK.name) as server:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(server.address(NOTEBOOK.name))
        expect(page.locator(".pmframes-live")).to_have_count(4, timeout=120_000)
        yield page
        page.close()


def test_all_explorers_appear_and_no_code(page: Page):
    for live in page.locator(".pmframes-live").all():
        expect(shown(live)).to_be_visible()
        expect(live.locator(".pmframes-grid tbody tr").nth(13)).to_be_visible()
        expect(live.get_by_role("img")).to_be_visible()
    expect(page.get_by_text("pm.explore")).to_have_count(0)
    expect(page.locator(".pmframes-static:visible")).to_have_count(0)
    expect(page.get_by_role("heading", name="Who is there?")).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_a_filter_works(page: Page):
    live = page.locator(".pmframes-live").first
    choose(live.get_by_role("listbox", name="type", exact=True), "contact")
    expect(shown(live)).to_have_text(re.compile(r"^\d{3} of 1,200 shown$"))
    expect(live.get_by_role("cell", name="contact", exact=True)).to_have_count(25)
    live.get_by_role("button", name="Reset").click()
    expect(shown(live)).to_have_text("1,200 of 1,200 shown")


@pytest.mark.parametrize("width", [1400, 500])
def test_nothing_is_wider_than_the_window(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 1000})
    page.wait_for_function(f"document.scrollingElement.scrollWidth <= {width}")
    for live in page.locator(".pmframes-live").all():
        assert beyond(live, 0, width) == []
