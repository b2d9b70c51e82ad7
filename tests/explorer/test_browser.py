"""The explorer in a real JupyterLab and a real browser, clicked and typed at as a person would."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from . import frames
from .lab import CHROMIUM, FLAGS, Lab, jupyterlab, open_notebook, run_all, stop_kernels, write_notebook

CELLS = [
    "import pmframes as pm\nfrom frames import people\nframe = people()",
    "x = pm.explore(frame)\nx",
    "print('rows', len(x.frame), len(eval(x.code)), x.state['choices'])",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(frames.__file__, folder / "frames.py")
    with jupyterlab(folder) as running:
        yield running


@pytest.fixture
def page(lab: Lab) -> Iterator[Page]:
    write_notebook(lab.folder / "explore.ipynb", CELLS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page(viewport={"width": 1300, "height": 1100})
        browser.close()


def explorer(page: Page, lab: Lab) -> Locator:
    open_notebook(page, lab, "explore.ipynb")
    run_all(page)
    live = page.locator(".pmframes-live")
    expect(live).to_contain_text("60 of 60 shown", timeout=60_000)
    expect(live.locator("tbody tr")).to_have_count(10)
    return live


def types(live: Locator) -> Locator:
    return live.get_by_label("type", exact=True)


def run_cell(page: Page, number: int) -> Locator:
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(number)
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    return cell


def test_choosing_and_searching_reach_grid_line_and_the_next_cell(page: Page, lab: Lab):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    live = explorer(page, lab)

    types(live).select_option(label=["contact (9)"])
    expect(live).to_contain_text("9 of 60 shown")
    expect(live.locator("tbody tr")).to_have_count(9)
    expect(live.locator("tbody tr", has_text="contact")).to_have_count(9)

    live.get_by_label("search", exact=True).press_sequentially("aDA")
    expect(live).to_contain_text("5 of 60 shown")
    expect(live.locator("tbody tr", has_text="Ada")).to_have_count(5)

    expect(run_cell(page, 2)).to_contain_text("rows 5 5 {'type': ['contact']}")
    assert not [url for url in asked if not url.startswith((lab.url, "data:", "blob:"))]


def test_hostile_text_is_shown_as_it_is_and_does_not_run(page: Page, lab: Lab):
    live = explorer(page, lab)
    options = [text.replace("\xa0", " ") for text in types(live).locator("option").all_text_contents()]
    for text in frames.HOSTILE[:4]:
        assert any(text in option for option in options), text
        expect(live.locator("tbody td", has_text=re.compile(rf"^{re.escape(text)}$")).first).to_be_attached()

    types(live).select_option(index=[options.index(f"{frames.CANARY} (9)")])
    expect(live).to_contain_text("9 of 60 shown")
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(1)
    expect(cell.locator("img:not([alt]), mjx-container")).to_have_count(0)
    assert page.evaluate("window.ran") is None


def test_the_static_form_gives_way_to_the_live_one_and_comes_back(page: Page, lab: Lab):
    live = explorer(page, lab)
    static = page.locator(".pmframes-static")
    expect(live).to_be_visible()
    expect(static).to_be_hidden()

    page.keyboard.press("Control+s")
    page.wait_for_timeout(1_000)
    stop_kernels(lab)
    open_notebook(page, lab, "explore.ipynb")
    expect(static).to_be_visible(timeout=30_000)
    expect(live).to_have_count(0)
    expect(static).to_contain_text("60 of 60 shown · from teamwork people")
    expect(static.locator("img:not([alt]), mjx-container")).to_have_count(0)
    assert page.evaluate("window.ran") is None
