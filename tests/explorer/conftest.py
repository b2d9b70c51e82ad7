"""The browser of the tests of the explorer's pages, and the notebook that each module of them opens."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.front_ends import CHROMIUM, FLAGS
from tests.support.jupyter import Server
from tests.support.notebook_page import lab_with, opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve a notebook whose first cell is the module's ``SETUP``."""
    with lab_with(tmp_path_factory.mktemp("lab"), request.module.SETUP) as server:
        yield server


@pytest.fixture(scope="module")
def page(browser: Browser, lab: Server) -> Page:
    return opened(browser, lab)
