"""JupyterLab, Notebook 7 and Voila, each started for a test and ended with it."""

import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.error import HTTPError

from playwright.sync_api import Page, expect

from .jupyter import JUPYTER_SERVER, Server, Settings, answer, served, take_picture, write_notebook

__all__ = [
    "CHROMIUM", "DARK", "FLAGS", "jupyterlab", "notebook7", "open_notebook", "run_all", "stop_kernels",
    "take_picture", "voila", "write_notebook",
]  # fmt: skip

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NO_NEWS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
DARK: Settings = {"@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Dark"}}


@contextmanager
def jupyterlab(folder: Path, settings: Settings | None = None) -> Iterator[Server]:
    """Serve ``folder`` with JupyterLab; ``settings`` maps a plugin to the settings that replace its own."""
    opens = "/doc/tree/{notebook}?reset&token={token}"  # Without side bars.
    with served(folder, ["jupyterlab", *JUPYTER_SERVER], opens, {**NO_NEWS, **(settings or {})}) as server:
        yield server


@contextmanager
def notebook7(folder: Path, settings: Settings | None = None) -> Iterator[Server]:
    """Serve ``folder`` with Notebook 7, which has the settings and most of the page of JupyterLab."""
    opens = "/notebooks/{notebook}?token={token}"
    with served(folder, ["notebook", *JUPYTER_SERVER], opens, {**NO_NEWS, **(settings or {})}) as server:
        yield server


@contextmanager
def voila(folder: Path, notebook: str, files: Sequence[str] = (), theme: str = "light") -> Iterator[Server]:
    """Serve the outputs of one notebook with Voila, which runs it for each visit.

    ``files`` are the names of files in the folder that a page may fetch; none by default.
    """
    allowed = [re.escape(name) for name in files]
    command = [
        "voila", notebook, "--no-browser", "--port={port}", "--token={token}", f"--theme={theme}",
        *([f"--VoilaConfiguration.file_allowlist={allowed}"] if allowed else []),
    ]  # fmt: skip
    with served(folder, command, "/?token={token}") as server:
        yield server


def marimo(folder: Path, notebook: str) -> AbstractContextManager[Server]:
    """Serve one notebook of marimo as a page without code."""
    command = ["marimo", "run", notebook, "--headless", "--port={port}", "--token-password={token}"]
    return served(folder, command, "/?access_token={token}")


def open_notebook(page: Page, lab: Server, name: str) -> None:
    """Open a notebook in JupyterLab or Notebook 7 and wait until it has a kernel that waits for work."""
    page.goto(lab.address(name))
    deadline = time.monotonic() + 60
    # Asked of the server: JupyterLab shows "idle" before it is connected, and running then opens a dialog.
    while not _has_idle_kernel(lab, name) and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_attached(timeout=60_000)


def _has_idle_kernel(lab: Server, name: str) -> bool:
    try:
        sessions = json.loads(answer(lab, "GET", "/api/sessions"))
    except HTTPError:
        return False  # while a kernel of another notebook ends, there is no list
    kernels = [one["kernel"] for one in sessions if one["path"] == name]
    return any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels)


def run_all(page: Page) -> None:
    """Run all cells of the open notebook."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


def stop_kernels(lab: Server, name: str | None = None) -> None:
    """End every kernel, or that of one notebook, as when a notebook is opened again on another day."""
    for session in json.loads(answer(lab, "GET", "/api/sessions")):
        if name in (None, session["path"]):
            answer(lab, "DELETE", f"/api/sessions/{session['id']}")
