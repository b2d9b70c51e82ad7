"""A JupyterLab of its own for a test: own home, own settings, a free port, a token, ended with the test."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Page, expect

NO_NEWS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    url: str
    token: str
    folder: Path

    def address(self, notebook: str) -> str:
        """Where a notebook opens, without side bars."""
        return f"{self.url}/doc/tree/{notebook}?reset&token={self.token}"


def write_notebook(path: Path, cells: list[str]) -> None:
    """Write a notebook of these code cells, with a kernelspec so that it opens without a dialog."""
    code = [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=code, metadata={"kernelspec": KERNELSPEC}), path)


@contextmanager
def jupyterlab(folder: Path, settings: dict[str, dict[str, Any]] | None = None) -> Iterator[Lab]:
    """Serve ``folder`` with JupyterLab; ``settings`` maps a plugin to the settings that replace its own."""
    private = folder / ".private"
    environment = _environment(private)
    for plugin, values in {**NO_NEWS, **(settings or {})}.items():
        path = private / "config/lab/user-settings" / (plugin.replace(":", "/") + ".jupyterlab-settings")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    lab = Lab(f"http://127.0.0.1:{_free_port()}", secrets.token_hex(16), folder)
    with (folder / ".lab.log").open("wb") as log:
        server = subprocess.Popen(
            _command(lab), cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait_until_it_answers(lab, server)
            yield lab
        finally:
            _end(server)


def open_notebook(page: Page, lab: Lab, name: str) -> None:
    """Open a notebook in the browser and wait until it has a kernel that waits for work."""
    page.goto(lab.address(name))
    deadline = time.monotonic() + 60
    # Asked of the server: JupyterLab shows "idle" before it is connected, and running then opens a dialog.
    while not _has_idle_kernel(lab, name) and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_attached(timeout=30_000)


def _has_idle_kernel(lab: Lab, name: str) -> bool:
    kernels = [
        one["kernel"] for one in json.loads(_answer(lab, "GET", "/api/sessions")) if one["path"] == name
    ]
    return any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels)


def run_all(page: Page) -> None:
    """Run all cells of the open notebook."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


def stop_kernels(lab: Lab) -> None:
    """End every kernel, as when a notebook is opened again on another day."""
    for session in json.loads(_answer(lab, "GET", "/api/sessions")):
        _answer(lab, "DELETE", f"/api/sessions/{session['id']}")


def _environment(private: Path) -> dict[str, str]:
    folders = {
        "HOME": private / "home",
        "JUPYTER_CONFIG_DIR": private / "config",
        "JUPYTER_DATA_DIR": private / "data",
        "JUPYTER_RUNTIME_DIR": private / "runtime",
        "IPYTHONDIR": private / "ipython",
    }
    for path in folders.values():
        path.mkdir(parents=True, exist_ok=True)
    return {**os.environ, **{name: str(path) for name, path in folders.items()}}


def _command(lab: Lab) -> list[str]:
    options = [
        f"--ServerApp.port={lab.url.rpartition(':')[2]}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={lab.token}",
        f"--ServerApp.root_dir={lab.folder}",
        "--ServerApp.open_browser=False",
        "--ServerApp.allow_root=True",
    ]
    return [sys.executable, "-m", "jupyterlab", *options]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(lab: Lab, server: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            _answer(lab, "GET", "/api")
        except OSError:
            time.sleep(0.2)
        else:
            return
    log = (lab.folder / ".lab.log").read_text(errors="replace")
    raise RuntimeError(f"JupyterLab did not start:\n{log[-2000:]}")


def _answer(lab: Lab, method: str, path: str) -> bytes:
    request = urllib.request.Request(
        f"{lab.url}{path}", method=method, headers={"Authorization": f"token {lab.token}"}
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        return bytes(response.read())


def _end(server: subprocess.Popen[bytes]) -> None:
    # SIGTERM lets the server end its kernels, which live in process groups of their own.
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
