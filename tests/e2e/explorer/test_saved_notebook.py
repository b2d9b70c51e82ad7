"""An explorer without a kernel: a notebook opened on another day, and one exported to HTML."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support import explorer_frames as frames
from tests.support.front_ends import open_notebook, stop_kernels
from tests.support.jupyter import Server
from tests.support.notebook_page import HAND_MADE, MARKS, NAME, cell, change_setting, explore, opened, write

pytestmark = MARKS

SETUP = f"{HAND_MADE}\nframe = frames.people()"
FILTERED = "pm.explore(frame, state={'filters': {'type': ['contact']}})"


def shows_the_static_form(page: Page, output: Locator) -> None:
    """Check that the counts and the first rows are seen, and nothing else."""
    static = page.locator(".pmframes-static")
    expect(static).to_be_visible(timeout=60_000)
    expect(static).to_contain_text("9 of 60 rows · Teamwork.com people, fetched 2026-01-05 09:12 UTC")
    expect(static.locator(".pmframes-rows tbody tr")).to_have_count(9)
    for text in ("contact (9)", frames.CANARY, "=HYPERLINK(1) 9", "9007199254741002"):
        expect(static).to_contain_text(text)
    expect(static.locator("img, mjx-container, .MathJax")).to_have_count(0)
    assert page.evaluate("window.ran") is None
    page.wait_for_timeout(1000)  # a widget that is restored comes late
    expect(page.locator(".pmframes-live")).to_have_count(0)
    assert output.inner_text().strip() == static.inner_text().strip()


def saved(page: Page, notebook: Path, *, with_state: bool) -> None:
    """Save by keyboard, and wait until the file holds the output."""
    if with_state:
        change_setting(page, "Save Widget State Automatically")
    cell(page, 0).locator(".cm-content").click()
    page.keyboard.press("Control+s")
    expect(page.locator(".jp-mod-dirty")).to_have_count(0)
    with page.expect_response(lambda answer: answer.request.method == "GET" and NAME in answer.url):
        page.evaluate(f"fetch('/api/contents/{notebook.parent.name}/{NAME}?content=0')")
    if with_state:
        change_setting(page, "Save Widget State Automatically")
    text = notebook.read_text()
    assert "pmframes-static" in text
    assert ("application/vnd.jupyter.widget-state+json" in text) == with_state


@pytest.mark.parametrize("with_state", [False, True], ids=["without stored state", "with stored state"])
def test_a_notebook_without_its_kernel_shows_the_static_form_here_and_exported(
    browser: Browser, context: BrowserContext, lab: Server, notebook: Path, with_state: bool
):
    name = f"{notebook.parent.name}/{NAME}"
    write(notebook.parent, SETUP)
    page = opened(context, lab, name)
    explore(page, FILTERED).shows("9 of 60")
    expect(page.locator(".pmframes-static")).to_be_hidden()
    saved(page, notebook, with_state=with_state)
    page.close()
    stop_kernels(lab, name)

    subprocess.run([sys.executable, "-m", "nbconvert", "--to", "html", notebook], check=True)
    offline = browser.new_context(offline=True).new_page()
    offline.goto(notebook.with_suffix(".html").as_uri())
    shows_the_static_form(offline, offline.locator(".jp-Cell-outputArea").nth(0))
    offline.context.close()

    again = context.new_page()
    open_notebook(again, lab, name)
    shows_the_static_form(again, cell(again, 1).locator(".jp-OutputArea"))
    again.close()
    stop_kernels(lab, name)
