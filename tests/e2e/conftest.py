"""All tests of this folder are slow; kernels, the browser and JupyterLab are started once per session and worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.kernels import Kernel, running
from tests.support.front_ends import CHROMIUM, FLAGS, jupyterlab
from tests.support.jupyter import Server

FOLDER = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder as slow, and what uses the browser so that it can be selected."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.slow)
            if "browser" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Close the pages and contexts that a test opens; a context of its own has cookies of its own."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no browser at {CHROMIUM}")
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab with default settings, for notebooks of different names or in folders of their own."""
    with jupyterlab(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without a network; ``heard`` is what is said on its console, ``asked`` what it requests."""
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


@pytest.fixture(scope="session")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel with ``pmframes`` loaded as an extension. Nothing is connected, and no test leaves a connection."""
    with running(tmp_path_factory.mktemp("kernel")) as kernel:
        assert kernel.run("import pmframes as pm\n%load_ext pmframes").status == "ok"
        yield kernel


@pytest.fixture(scope="session")
def demo_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel that is connected to a sandbox of its own."""
    with running(tmp_path_factory.mktemp("kernel")) as kernel:
        assert kernel.run("import pmframes as pm\n%load_ext pmframes\nbox = %pm demo --people 120").status == "ok"
        yield kernel
