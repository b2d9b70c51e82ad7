"""``pmframes report`` as a scheduled job runs it, against a front that counts what it is asked."""

import os
import subprocess
import sys
from pathlib import Path

from pmframes.sandbox import Sandbox
from tests.support.processes import environment

from .front import SERVICES, Front

MAIN = "import sys; from pmframes._cli import main; sys.exit(main(sys.argv[1:]))"
TOKEN = "a-secret-that-nobody-may-read"


class Desk:
    """A folder in which commands are run, and the services that they ask."""

    begin: tuple[str, ...] = ("report",)

    def __init__(self, folder: Path, front: Front, box: Sandbox) -> None:
        self.folder, self.front = folder, front
        front.tenants = {TOKEN: box}

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        sites = {f"PMFRAMES_{one.upper()}_URL": self.front.url(one) for one in SERVICES}
        tokens = {f"PMFRAMES_{one.upper()}_TOKEN": TOKEN for one in SERVICES}
        given = environment(self.folder.parent / "home", self.folder.parent / "cache", **(sites | tokens | more))
        given = {name: value for name, value in given.items() if value}
        command = [sys.executable, "-c", MAIN, *self.begin, *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, cwd=self.folder, env=given, text=True, **pipes)

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; what it says never has a traceback or a credential."""
        with self.start(*words, **more) as process:
            out, err = process.communicate(timeout=90)
        self.check(out, err)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def check(self, *said: str) -> None:
        for text in said:
            assert "Traceback" not in text
            assert TOKEN not in text
        for path in self.folder.parent.rglob("*"):
            assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path

    @property
    def asked(self) -> int:
        """How many requests came since this was last read."""
        with self.front.lock:
            count = len(self.front.asked)
            self.front.asked.clear()
        return count

    @property
    def files(self) -> list[str]:
        return sorted(os.listdir(self.folder))

    def file(self, name: str) -> Path:
        return self.folder / name
