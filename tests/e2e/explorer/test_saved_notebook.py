"""An explorer without a kernel: a notebook opened on another day, and one exported to HTML."""

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.support import explorer_frames as frames
from tests.support.front_ends import open_notebook, stop_kernels
from tests.support.notebook_page import HAND_MADE, MARKS, NAME, explore, lab_with, opened, shown

pytestmark = MARKS

# Its pages ask for these, whatever is in the notebook.
OF_NBCONVERT = ("https://cdnjs.cloudflare.com/ajax/libs/require.js/", "https://cdnjs.cloudflare.com/ajax/libs/mathjax/")
SETUP = f"{HAND_MADE}\nframe = frames.people()"
CHOSEN = "pm.explore(frame, state={'choices': {'type': ['contact']}})"


def shows_the_same(static: Locator, counts: str) -> None:
    """Check the numbers of the static form, its picture and its first rows."""
    expect(static).to_be_visible(timeout=60_000)
    expect(static).to_contain_text("9 of 60 shown · from Teamwork.com people, fetched 2026-01-05 09:12 UTC")
    expect(static).to_contain_text("contact (9)")
    expect(static.get_by_role("img")).to_have_attribute("alt", counts)
    assert static.get_by_role("img").evaluate("one => one.complete && one.naturalWidth > 100")
    expect(static.locator(".pmframes-rows tbody tr")).to_have_count(9)
    for text in (frames.CANARY, "=HYPERLINK(1) 9", "9007199254741002"):
        expect(static).to_contain_text(text)
    expect(static.locator("img:not([alt]), mjx-container, .MathJax")).to_have_count(0)
    assert static.page.evaluate("window.ran") is None


def saved(page: Page, folder: Path) -> None:
    """Save by keyboard, and wait until the file holds the output."""
    page.keyboard.press("Control+s")
    expect(page.locator(".jp-mod-dirty")).to_have_count(0)
    with page.expect_response(lambda answer: answer.request.method == "GET" and NAME in answer.url):
        page.evaluate(f"fetch('/api/contents/{NAME}?content=0')")
    assert "pmframes-static" in (folder / NAME).read_text()


def test_a_notebook_without_a_kernel_shows_the_same_numbers_here_and_exported(browser: Browser, tmp_path: Path):
    with lab_with(tmp_path, SETUP) as server:
        page = opened(browser, server)
        live = explore(page, CHOSEN)
        expect(shown(live)).to_have_text("9 of 60 shown")
        expect(page.locator(".pmframes-static")).to_be_hidden()
        counts = live.get_by_role("img").get_attribute("alt") or ""
        assert "contact: 9, chosen" in counts
        saved(page, tmp_path)

        stop_kernels(server)
        again = browser.new_context(viewport={"width": 1300, "height": 1100}).new_page()
        open_notebook(again, server, NAME)
        shows_the_same(again.locator(".pmframes-static"), counts)
        expect(again.locator(".pmframes-live")).to_have_count(0)
        for opened_page in (page, again):
            opened_page.context.close()

    subprocess.run([sys.executable, "-m", "nbconvert", "--to", "html", NAME], cwd=tmp_path, check=True)
    asked: list[str] = []
    offline = browser.new_context(offline=True).new_page()
    offline.on("request", lambda request: asked.append(request.url))
    exported = (tmp_path / NAME).with_suffix(".html").as_uri()
    offline.goto(exported)
    shows_the_same(offline.locator(".pmframes-static"), counts)
    assert not [url for url in asked if not url.startswith(("data:", "blob:", exported, *OF_NBCONVERT))]
    offline.context.close()
