"""The command line in a folder of its own, in this process or in another one, with four services to ask."""

import contextlib
import io
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pmframes._cli import main

from .loaders import ONE_EACH, TOKEN, connect
from .processes import environment
from .server import SERVICES, FakeServer
from .tenants import Tenants

MAIN = "import sys; from pmframes._cli import main; sys.exit(main(sys.argv[1:]))"
NOT_CONNECTED = {f"PMFRAMES_{service.upper()}_TOKEN": "" for service in SERVICES}


def works(out: str) -> dict[str, str]:
    """Read what ``check`` prints of each service: where its credential is from, and whether it works."""
    lines = re.findall(r"^(\w+)  +(environment|keyring|connect\(\)|none)(?:  +(yes|no)\b)?", out, re.MULTILINE)
    return {service: f"{credential} {answer}".strip() for service, credential, answer in lines}


class CommandLine:
    """A folder in which commands run, and the services that they ask; ``more`` are environment variables.

    A variable that is empty is not set.
    """

    def __init__(self, folder: Path, server: FakeServer, tenants: Tenants) -> None:
        self.folder, self.server, self.tenants = folder, server, tenants

    def variables(self, **more: str) -> dict[str, str]:
        """Return the variables that name and open all services."""
        urls = {f"PMFRAMES_{service.upper()}_URL": self.server.url(service) for service in SERVICES}
        tokens = {f"PMFRAMES_{service.upper()}_TOKEN": TOKEN for service in SERVICES}
        return urls | tokens | more

    @staticmethod
    def token(service: str) -> dict[str, str]:
        return {f"PMFRAMES_{service.upper()}_TOKEN": TOKEN}

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command in this process; what it prints has no traceback and no credential."""
        out, err = io.StringIO(), io.StringIO()
        streams = contextlib.redirect_stdout(out), contextlib.redirect_stderr(err)
        with self._shell({"COLUMNS": "100"} | self.variables(**more)), streams[0], streams[1]:
            try:
                code: Any = main(words)
            except SystemExit as error:
                code = error.code
        self.check(out.getvalue(), err.getvalue())
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())

    @contextlib.contextmanager
    def _shell(self, variables: dict[str, str]) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            patch.chdir(self.folder)
            for name, value in variables.items():
                if value:
                    patch.setenv(name, value)
                else:
                    patch.delenv(name, raising=False)
            # As without pytest, which records warnings.
            warnings.simplefilter("default")
            warnings.showwarning = lambda *warning: sys.stderr.write(warnings.formatwarning(*warning[:4]))
            yield

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own."""
        given = environment(self.folder.parent / "home", self.folder.parent / "cache", **self.variables(**more))
        return subprocess.Popen(
            [sys.executable, "-c", MAIN, *words],
            cwd=self.folder,
            env={name: value for name, value in given.items() if value},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run_process(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a process of its own to its end."""
        with self.start(*words, **more) as process:
            out, err = process.communicate(timeout=90)
        self.check(out, err)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def check(self, *texts: str) -> None:
        """Neither what was printed nor a file holds a credential, and nothing a traceback."""
        for text in texts:
            assert "Traceback" not in text
            assert TOKEN not in text
        for path in self.folder.parent.rglob("*"):
            assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path

    def cache_one_each(self, *services: str, **options: str) -> None:
        """Load one resource of each of these services into the cache."""
        for service in services:
            connect(self.server, service, TOKEN, **options)
            ONE_EACH[service]()
        assert self.requests

    @property
    def requests(self) -> int:
        """How many requests came since this was last read."""
        count = len(self.server.requests)
        self.server.forget()
        return count

    @property
    def files(self) -> list[str]:
        return sorted(os.listdir(self.folder))

    def file(self, name: str) -> Path:
        return self.folder / name
