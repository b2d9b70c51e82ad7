"""The notebook that each file of the explorer's browser tests opens."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.jupyter import Server
from tests.support.notebook_page import lab_with, opened


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve a notebook whose first cell is the module's ``SETUP``."""
    with lab_with(tmp_path_factory.mktemp("lab"), request.module.SETUP) as server:
        yield server


@pytest.fixture(scope="module")
def page(browser: Browser, lab: Server) -> Iterator[Page]:
    page = opened(browser, lab)
    yield page
    page.context.close()
