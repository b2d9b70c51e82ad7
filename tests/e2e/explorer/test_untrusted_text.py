"""Text as hostile as services send it is shown as it is: in grid, lists, pictures and the static form."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support import explorer_frames as frames
from tests.support.notebook_page import HAND_MADE, MARKS, cell, choose, explore, options, read, shown

pytestmark = MARKS

SETUP = f"{HAND_MADE}\nframe = frames.people().rename(columns={{'deleted': frames.CANARY, 'email': '$y^$'}})"
NAMES = [frames.CANARY, "$y^$"]


@pytest.fixture
def live(page: Page) -> Locator:
    return explore(page, "pm.explore(frame)")


@pytest.fixture(autouse=True)
def nothing_ran(page: Page) -> Iterator[None]:
    yield
    assert page.evaluate("window.ran") is None
    output = cell(page, 1).locator(".jp-OutputArea")
    expect(output.locator("mjx-container, .MathJax")).to_have_count(0)
    expect(output.locator("img:not([alt])")).to_have_count(0)
    assert output.locator("[onerror]").count() == 0


def test_in_the_grid(live: Locator):
    for text in frames.HOSTILE[:4]:
        expect(live.get_by_role("cell", name=text, exact=True).first).to_be_visible()
    expect(live.get_by_role("cell", name="=HYPERLINK(1) 9", exact=True)).to_be_visible()
    for name in NAMES:
        expect(live.get_by_role("columnheader", name=name)).to_be_visible()


def test_in_lists_and_the_names_of_controls(live: Locator):
    types = live.get_by_role("listbox", name="type", exact=True)
    assert set(frames.HOSTILE[:4]) < set(options(types))
    expect(live.get_by_role("listbox", name=frames.CANARY, exact=True)).to_be_visible()
    sort = live.get_by_role("combobox", name="sort by")
    assert set(NAMES) < {text.replace("\xa0", " ") for text in sort.locator("option").all_inner_texts()}
    choose(types, *frames.HOSTILE[:2])
    expect(shown(live)).to_have_text(f"{sum(options(types)[text] for text in frames.HOSTILE[:2])} of 60 shown")


def test_in_pictures_and_their_buttons(live: Locator):
    image = live.get_by_role("img")
    for text in frames.HOSTILE[:4]:
        expect(image).to_have_attribute("alt", re.compile(re.escape(text)))
        expect(live.get_by_role("button", name=re.compile(re.escape(text)))).to_be_attached()
    live.get_by_role("combobox", name="picture").select_option("over time: created_at")
    expect(image).to_have_attribute("alt", re.compile(f"created_at.*{re.escape(frames.CANARY)}"))


def test_in_the_search_and_the_line_of_pandas(page: Page, live: Locator):
    live.get_by_role("textbox", name="search", exact=True).fill(frames.CANARY)
    expect(shown(live)).not_to_have_text("60 of 60 shown")
    assert read(page, "eval(x.code).equals(x.frame), 0 < len(x.frame) < 60") == "True True"


def test_in_the_static_form(page: Page, live: Locator):
    static = cell(page, 1).locator(".pmframes-static")
    expect(static).to_be_hidden()
    static.evaluate("one => { one.style.setProperty('display', 'block', 'important') }")
    for text in (*frames.HOSTILE[:5], *NAMES):
        expect(static).to_contain_text(text)
    expect(static).to_be_visible()
