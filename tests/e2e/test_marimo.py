"""The quickstart in marimo: exported without a browser, and served to one."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.front_ends import marimo
from tests.support.processes import environment

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "quickstart_marimo.py"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the notebook."""
    shutil.copy(NOTEBOOK, tmp_path)
    return tmp_path


def test_the_notebook_runs_from_top_to_bottom(folder: Path):
    """A cell that fails ends the export with an error."""
    command = [sys.executable, "-m", "marimo", "export", "html", NOTEBOOK.name, "-o", "exported.html"]
    variables = environment(folder / "home", folder / "cache")
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=180)
    assert (done.returncode, done.stderr) == (0, "")
    exported = (folder / "exported.html").read_text()
    for text in ("data:image/png;base64", "marimo-anywidget", "Access review", "etienne.kruger@example.com"):
        assert text in exported
    assert "Fictional data" in (folder / "quickstart.html").read_text()


@pytest.mark.browser
def test_frames_charts_explorer_and_report_are_shown(folder: Path, browser: Browser):
    with marimo(folder, NOTEBOOK.name) as server:
        page = browser.new_page(viewport={"width": 1200, "height": 4000})
        page.goto(server.address(NOTEBOOK.name))
        expect(page.locator(".pmframes-live tbody tr").first).to_be_visible(timeout=120_000)
        expect(page.get_by_text("1,200 rows, 30 columns")).to_be_visible()
        expect(page.locator("img, svg[role=img]").first).to_be_visible()
        report = page.frame_locator("iframe").first
        expect(report.get_by_role("heading", name="Access review").first).to_be_visible(timeout=60_000)
        expect(page.get_by_text("Traceback")).to_have_count(0)
        page.close()
