"""The notebook that each file of the explorer's browser tests opens, and the explorer in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.front_ends import stop_kernels
from tests.support.jupyter import Server
from tests.support.notebook_page import NAME, Live, explore, new_context, opened, run, write


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One context for all notebooks: it loads the files of JupyterLab once."""
    context = new_context(browser)
    yield context
    context.close()


@pytest.fixture(scope="module")
def notebook(request: pytest.FixtureRequest, lab: Server) -> Iterator[Path]:
    """Write a notebook, in a folder of its own, whose first cell is the module's ``SETUP``."""
    folder = lab.folder / request.module.__name__.rpartition(".")[2]
    write(folder, request.module.SETUP)
    yield folder / NAME
    stop_kernels(lab, f"{folder.name}/{NAME}")


@pytest.fixture(scope="module")
def page(request: pytest.FixtureRequest, context: BrowserContext, lab: Server, notebook: Path) -> Iterator[Page]:
    """Open it; the module's ``SCRIPT`` runs before those of JupyterLab."""
    script = getattr(request.module, "SCRIPT", "")
    page = opened(context, lab, f"{notebook.parent.name}/{NAME}", script=script)
    yield page
    page.close()


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
