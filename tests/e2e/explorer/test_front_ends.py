"""The explorer wherever a notebook can be: JupyterLab in the dark, Notebook 7, Voila and marimo."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import explorer_frames as frames
from tests.support.front_ends import DARK, jupyterlab, marimo, notebook7, open_notebook, run_all, voila, write_notebook
from tests.support.jupyter import Server
from tests.support.notebook_page import MARKS, NAME, Live

pytestmark = MARKS

MARIMO = """import marimo
app = marimo.App()
@app.cell
def _():
    import pmframes as pm
    from frames import people
    explorer = pm.explore(people())
    explorer
    return
"""
Place = Callable[[Path], AbstractContextManager[Server]]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    yield page
    page.close()


def opened(page: Page, server: Server) -> Live:
    """Open the notebook as one does there, and give its explorer."""
    if "{notebook}" in server.opens:
        open_notebook(page, server, NAME)
        run_all(page)
    else:
        page.goto(server.address(NAME))
    live = Live(page.locator(".pmframes-live"))
    expect(live.shown).to_have_text("60 rows", timeout=120_000)
    return live


@pytest.mark.parametrize(("place", "scheme"), [
    pytest.param(lambda folder: jupyterlab(folder, DARK), "dark", id="JupyterLab, dark"),
    pytest.param(notebook7, "light", id="Notebook 7", marks=pytest.mark.long),
    pytest.param(lambda folder: voila(folder, NAME), "light", id="Voila", marks=pytest.mark.long),
    pytest.param(lambda folder: voila(folder, NAME, theme="dark"), "dark", id="Voila, dark", marks=pytest.mark.long),
    pytest.param(lambda folder: marimo(folder, "explore.py"), "light", id="marimo", marks=pytest.mark.long),
])  # fmt: skip
def test_the_explorer_answers_and_is_legible(page: Page, tmp_path: Path, place: Place, scheme: str):
    shutil.copy(frames.__file__, tmp_path / "frames.py")
    write_notebook(tmp_path / NAME, ["import pmframes as pm\nfrom frames import people\npm.explore(people())"])
    (tmp_path / "explore.py").write_text(MARIMO)
    with place(tmp_path) as server:
        live = opened(page, server)
        live.value("Type", "contact").check()
        live.shows("9 of 60")
        assert live.column("Type") == ["contact"] * 9
        live.head("Name").click()
        expect(live.head("Name")).to_have_attribute("aria-sort", "ascending")
        live.search.fill("ada")
        live.shows("5 of 60")
        live.cell(2, 1).focus()
        for key in (*"dxam", "ArrowDown", "Space"):
            page.keyboard.press(key)
        expect(live.selected).to_have_text("1 selected")
        expect(live.boxes.nth(2)).to_be_checked()
        live.press_in_menu("Export", "shown as CSV")
        with page.expect_download() as waiting:
            live.button("Download").click()
        assert Path(waiting.value.path()).read_bytes() == (tmp_path / waiting.value.suggested_filename).read_bytes()
        expect(live.root).to_have_css("color-scheme", scheme)
        assert live.illegible() == []
        expect(page.locator(".pmframes-static:visible")).to_have_count(0)
        live.cell(1, 1).dblclick()
        box = live.dialog.bounding_box()
        assert abs(box["x"] + box["width"] / 2 - 650) < 20, "a dialog is in the middle"
        page.keyboard.press("Escape")
        page.set_viewport_size({"width": 500, "height": 1000})
        page.wait_for_function("document.scrollingElement.scrollWidth <= 500")
        expect(live.filters).to_be_hidden()
        assert live.beyond(0, 500) == []
