"""What the tests of reports share: frames of one sandbox, and a browser that notes what it hears."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import report_inputs as made

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def loaded() -> made.Loaded:
    return made.load()


@pytest.fixture(scope="module")
def browser() -> Iterator:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        yield started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)


@pytest.fixture
def page(browser) -> Iterator:
    """Give a page without a network that notes what is said on its console and asked for."""
    context = browser.new_context(offline=True, locale="en-US")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.heard, page.asked = [], []
    page.on("console", lambda message: page.heard.append(message.text))
    page.on("pageerror", lambda error: page.heard.append(str(error)))
    page.on("dialog", lambda dialog: page.heard.append(dialog.message))
    page.on("request", lambda request: page.asked.append(request.url))
    yield page
    context.close()
