"""What a person does with an open notebook: write into a cell, run it, and look at what comes of it."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from . import explorer_frames as frames
from .front_ends import CHROMIUM, jupyterlab, open_notebook, run_all, write_notebook
from .jupyter import Server, Settings

NAME = "explore.ipynb"
SEEN = "select:visible, .widget-text input:visible, .jupyter-button:visible, .dt-paging-button:visible"
DEMO = "import pmframes as pm\nbox = pm.demo()"
HAND_MADE = "import pmframes as pm\nimport frames"
MARKS = [
    pytest.mark.browser, pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
]  # fmt: skip


@contextmanager
def lab_with(folder: Path, setup: str, settings: Settings | None = None) -> Iterator[Server]:
    """Serve a notebook of three cells: ``setup``, one for an explorer, and one to read it with."""
    shutil.copy(frames.__file__, folder / "frames.py")
    write_notebook(folder / NAME, [setup, "pass", "pass"])
    with jupyterlab(folder, settings) as server:
        yield server


def opened(browser: Browser, server: Server, name: str = NAME, *, width: int = 1300, height: int = 1100) -> Page:
    """Open the notebook, and run it once."""
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.set_default_timeout(60_000)
    open_notebook(page, server, name)
    run_all(page)
    expect(_prompt(cell(page, 2))).to_have_text("[3]:", timeout=60_000)
    return page


def cell(page: Page, number: int) -> Locator:
    return page.locator(".jp-Notebook .jp-CodeCell").nth(number)


def _prompt(one: Locator) -> Locator:
    return one.locator(".jp-InputArea-prompt")


def run(page: Page, number: int, source: str) -> Locator:
    """Write ``source`` into a cell, run it, and wait until it has run."""
    one = cell(page, number)
    before = _prompt(one).inner_text()
    one.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)
    page.keyboard.press("Control+Enter")
    expect(_prompt(one)).not_to_have_text(before)
    expect(_prompt(one)).to_have_text(re.compile(r"\[\d+\]:"), timeout=60_000)
    return one


def explore(page: Page, source: str) -> Locator:
    """Show an explorer, called x in the notebook."""
    live = run(page, 1, f"x = {source}\nx").locator(".pmframes-live")
    expect(shown(live)).to_be_visible(timeout=60_000)
    expect(live.locator("tbody tr").first).to_be_attached()
    expect(live.get_by_role("button", name="Copy code")).to_be_visible()
    return live


def read(page: Page, expression: str) -> str:
    """Print an expression in the next cell, and give what is printed."""
    output = run(page, 2, f"print({expression})").locator(".jp-OutputArea-output")
    expect(output).to_be_visible()
    return output.inner_text().strip()


def shown(live: Locator) -> Locator:
    """Find the line that says how many rows are shown."""
    return live.get_by_text(re.compile(r"^[\d,]+ of [\d,]+ shown$"))


def options(listed: Locator) -> dict[str, int]:
    """Give the number of rows behind each value of a list, without the marks that isolate names."""
    return dict(_option(text) for text in listed.locator("option").all_inner_texts())


def _option(text: str) -> tuple[str, int]:
    # Widgets write spaces as such that are not broken.
    plain = re.sub("[\u2068\u2069]", "", text).replace("\xa0", " ").strip()
    name, _, number = plain.rpartition(" (")
    return (name, int(number[:-1].replace(",", ""))) if name else (plain, 0)


def choose(listed: Locator, *values: str) -> None:
    """Choose values of a list by their names, whatever number stands behind them."""
    names = list(options(listed))
    listed.select_option(index=[names.index(value) for value in values])


def row(live: Locator, text: str) -> Locator:
    """Find a row of the grid by a text of one of its cells."""
    cells = live.page.get_by_role("cell", name=text, exact=True)
    return live.locator(".pmframes-grid tbody tr").filter(has=cells)


def tick(live: Locator, text: str) -> None:
    row(live, text).get_by_role("checkbox", name="Tick this row").check()


def beyond(live: Locator, left: float, right: float) -> list[str]:
    """Give the controls that stick out of two edges, but for bars: their picture scrolls."""
    controls = live.locator(SEEN).evaluate_all(
        """all => all.filter(one => !one.closest(".pmframes-picture")).map(one => {
            const box = one.getBoundingClientRect();
            return [one.outerHTML.slice(0, 100), box.left, box.right];
        })"""
    )
    assert controls
    return [html for html, begin, end in controls if begin < left or end > right]
