"""The notebook that each file of the explorer's browser tests opens, and the explorer in it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.jupyter import Server
from tests.support.notebook_page import Live, explore, lab_with, opened, run


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve a notebook whose first cell is the module's ``SETUP``."""
    with lab_with(tmp_path_factory.mktemp("lab"), request.module.SETUP) as server:
        yield server


@pytest.fixture(scope="module")
def page(request: pytest.FixtureRequest, browser: Browser, lab: Server) -> Iterator[Page]:
    """Open it; the module's ``SCRIPT`` runs before those of JupyterLab."""
    page = opened(browser, lab, script=getattr(request.module, "SCRIPT", ""))
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def opened_once(page: Page) -> Live:
    return explore(page, "pm.explore(frame)")


@pytest.fixture
def live(page: Page, opened_once: Live) -> Live:
    """Give an explorer of ``frame`` as it was when it was opened: on page 1, nothing filtered, nothing selected."""
    run(page, 2, "_ = x.sort('id').reset()")
    opened_once.turn_to("Table")
    opened_once.select_none()
    expect(opened_once.root.get_by_text("Rows 1 to")).to_be_visible()
    return opened_once
