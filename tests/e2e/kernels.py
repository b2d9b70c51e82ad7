"""A real kernel, asked as a notebook asks it."""

import os
import queue
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

import pmframes

SECONDS = 120


@dataclass
class Ran:
    """What a cell did: the reply of the kernel, and what is shown below the cell."""

    reply: dict[str, Any]
    outputs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def status(self) -> str:
        return self.reply["status"]

    @property
    def error(self) -> dict[str, Any]:
        (found,) = [one for one in self.outputs if "traceback" in one]
        return found

    @property
    def told(self) -> str:
        """What is told of the error, without its colours."""
        return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(self.error["traceback"]))

    def shown(self, kind: str) -> list[str]:
        """Give what is shown in one form, such as "text/html"."""
        return [one["data"][kind] for one in self.outputs if kind in one.get("data", {})]

    @property
    def printed(self) -> str:
        return "".join(one["text"] for one in self.outputs if "text" in one)


class Kernel:
    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client

    def run(self, source: str) -> Ran:
        """Run a cell, and wait until it has ended."""
        outputs: list[dict[str, Any]] = []
        reply = self._client.execute_interactive(
            source, timeout=SECONDS, output_hook=lambda message: outputs.append(message["content"])
        )
        return Ran(reply["content"], outputs)

    def send(self, comm: str, data: dict[str, Any]) -> None:
        """Send what a front end sends to a widget; the kernel handles it before the next cell."""
        content = {"comm_id": comm, "data": data}
        self._client.shell_channel.send(self._client.session.msg("comm_msg", content))

    def complete(self, source: str) -> list[str]:
        """Press the tabulator at the end of a line."""
        self._client.complete(source, len(source))
        try:
            reply = self._client.get_shell_msg(timeout=SECONDS)
        except queue.Empty:
            raise TimeoutError(source) from None
        return reply["content"]["matches"]


def environment(cache: Path) -> dict[str, str]:
    """Give an environment with this pmframes, and without a credential."""
    kept = ("PMFRAMES_DEMO_DATE",)
    ours = {name: value for name, value in os.environ.items() if name in kept or not name.startswith("PMFRAMES_")}
    paths = [str(Path(pmframes.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**ours, "PYTHONPATH": os.pathsep.join(paths), "PMFRAMES_CACHE_DIR": str(cache)}


@contextmanager
def running(folder: Path) -> Iterator[Kernel]:
    """Start a kernel in ``folder``, and end it."""
    # Sockets in files: another process may take a port between the choice and the use. Their paths must be short.
    with TemporaryDirectory(prefix="kernel-") as short:
        manager = KernelManager(transport="ipc", connection_file=f"{short}/kernel.json")
        manager.start_kernel(cwd=str(folder), env=environment(folder / "cache"))
        client = manager.blocking_client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=SECONDS)
            yield Kernel(client)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
