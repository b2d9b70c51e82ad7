"""The explorer wherever a notebook can be: JupyterLab in the dark, Notebook 7 and Voila."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import explorer_frames as frames
from tests.support.front_ends import (
    CHROMIUM,
    DARK,
    jupyterlab,
    notebook7,
    open_notebook,
    run_all,
    take_picture,
    voila,
    write_notebook,
)
from tests.support.jupyter import Server

NAME = "explore.ipynb"
CELLS = ["import pmframes as pm\nfrom frames import people\npm.explore(people())"]

pytestmark = [
    pytest.mark.long,
    pytest.mark.browser, pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
]  # fmt: skip
Place = Callable[[Path], AbstractContextManager[Server]]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    yield page
    page.close()


def explored(page: Page, server: Server) -> None:
    """Open the notebook where it is, choose something, and wait for the answer."""
    if "{notebook}" in server.opens:
        open_notebook(page, server, NAME)
        run_all(page)
    else:
        page.goto(server.address(NAME))
    live = page.locator(".pmframes-live")
    expect(live).to_contain_text("60 of 60 shown", timeout=60_000)
    types = live.get_by_label("type", exact=True)
    types.select_option(label=types.locator("option", has_text="contact (9)").inner_text().strip())
    expect(live).to_contain_text("9 of 60 shown")
    expect(live.locator("tbody tr", has_text="contact")).to_have_count(9)


@pytest.mark.parametrize(("place", "dark"), [
    pytest.param(lambda folder: jupyterlab(folder, DARK), True, id="JupyterLab, dark"),
    pytest.param(notebook7, False, id="Notebook 7"),
    pytest.param(lambda folder: voila(folder, NAME), False, id="Voila"),
    pytest.param(lambda folder: voila(folder, NAME, theme="dark"), True, id="Voila, dark"),
])  # fmt: skip
def test_the_explorer_answers(page: Page, tmp_path: Path, place: Place, dark: bool):
    shutil.copy(frames.__file__, tmp_path / "frames.py")
    write_notebook(tmp_path / NAME, CELLS)
    with place(tmp_path) as server:
        explored(page, server)
        is_light = page.evaluate("document.body.dataset.jpThemeLight")
        picture = take_picture(page.locator(".pmframes-live"), tmp_path / "explorer.png")
    assert is_light == ("false" if dark else "true")
    assert picture.stat().st_size > 5_000


def test_voila_gives_away_the_files_that_it_may(page: Page, tmp_path: Path):
    (tmp_path / "list 1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    write_notebook(tmp_path / NAME, ["print('here')"])
    with voila(tmp_path, NAME, files=["list 1.csv"]) as server:
        page.goto(server.address(NAME))
        expect(page.get_by_text("here")).to_be_visible(timeout=60_000)
        asked = page.context.request
        assert asked.get(f"{server.url}/list%201.csv").text() == "a,b\n1,2\n"
        assert asked.get(f"{server.url}/secret.csv").status == 403
        assert asked.get(f"{server.url}/{NAME}").status == 403
