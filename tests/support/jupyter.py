"""A Jupyter server of a test's own: own home, own settings, a free port, a token, ended with the test."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Locator, Page

import pmframes

KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}
JUPYTER_SERVER = [
    "--ServerApp.port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token={token}",
    "--ServerApp.root_dir={folder}", "--ServerApp.open_browser=False", "--ServerApp.allow_root=True",
]  # fmt: skip

Settings = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Server:
    """A running server; ``opens`` is where it opens a notebook, to be filled with name and token."""

    url: str
    token: str
    folder: Path
    opens: str

    def address(self, notebook: str) -> str:
        """Where a notebook opens."""
        return self.url + self.opens.format(notebook=notebook, token=self.token)


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """Write a notebook of these code cells, with a kernelspec so that it opens without a dialog."""
    code = [nbformat.v4.new_code_cell(source) for source in cells]  # type: ignore[no-untyped-call]
    made = nbformat.v4.new_notebook(cells=code, metadata={"kernelspec": KERNELSPEC})  # type: ignore[no-untyped-call]
    nbformat.write(made, path)  # type: ignore[no-untyped-call]


@contextmanager
def served(
    folder: Path, command: Sequence[str], opens: str, settings: Settings | None = None, python: str = sys.executable
) -> Iterator[Server]:
    """Run a module as a server; ``{port}``, ``{token}`` and ``{folder}`` in its command are filled in."""
    private = folder / ".private"
    environment = _environment(private)
    _write_settings(private, settings or {})
    port, token = _free_port(), secrets.token_hex(16)
    server = Server(f"http://127.0.0.1:{port}", token, folder, opens)
    filled = [part.format(port=port, token=token, folder=folder) for part in command]
    with (folder / f".{command[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            [python, "-m", *filled], cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait_until_it_answers(server, process, Path(log.name))
            yield server
        finally:
            _end(process)


def answer(server: Server, method: str, path: str) -> bytes:
    """Ask the server itself, as its pages do."""
    request = urllib.request.Request(
        f"{server.url}{path}", method=method, headers={"Authorization": f"token {server.token}"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return bytes(response.read())


def take_picture(of: Page | Locator, path: Path) -> Path:
    """Take a screenshot of a page, or of a part of it, with the window made high enough to hold the part."""
    if isinstance(of, Locator):
        box, window = of.bounding_box(), of.page.viewport_size
        if box and window and box["height"] + 200 > window["height"]:
            of.page.set_viewport_size({**window, "height": int(box["height"]) + 200})
        of.scroll_into_view_if_needed()
    of.screenshot(path=path, animations="disabled", caret="hide")
    return path


def _environment(private: Path) -> dict[str, str]:
    folders = {
        "HOME": private / "home", "JUPYTER_CONFIG_DIR": private / "config", "JUPYTER_DATA_DIR": private / "data",
        "JUPYTER_RUNTIME_DIR": private / "runtime", "IPYTHONDIR": private / "ipython",
    }  # fmt: skip
    for path in folders.values():
        path.mkdir(parents=True, exist_ok=True)
    # A kernel starts in the folder of its notebook, and would not find a pmframes that is not installed.
    tested = Path(pmframes.__file__).parent.parent
    return {
        **os.environ, **{name: str(path) for name, path in folders.items()},
        "PYTHONPATH": os.pathsep.join([str(tested), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }  # fmt: skip


def _write_settings(private: Path, settings: Settings) -> None:
    for plugin, values in settings.items():
        path = private / "config/lab/user-settings" / (plugin.replace(":", "/") + ".jupyterlab-settings")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(server: Server, process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            answer(server, "GET", "/api")
        except urllib.error.HTTPError:
            return  # Voila has no such address, and says so.
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"{log.name[1:-4]} did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    # SIGTERM lets the server end its kernels, which live in process groups of their own.
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
