"""Several accounts, each a fictional agency of its own, and the ``accounts.toml`` that declares them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from pmframes.sandbox import Sandbox

from .server import SERVICES


class Agencies:
    """The sandboxes by the names of their accounts, and the file that declares them."""

    def __init__(self, boxes: dict[str, Sandbox], file: Path) -> None:
        self.boxes, self.file = boxes, file

    @property
    def names(self) -> list[str]:
        return list(self.boxes)

    def variable(self, account: str, service: str) -> str:
        """Return the environment variable of a credential."""
        return f"{account}_{service}_TOKEN".upper()

    def tokens(self) -> dict[str, str]:
        """Return the environment variables of all credentials."""
        return {
            self.variable(name, service): box.token(service) for name, box in self.boxes.items() for service in SERVICES
        }

    def text(self, services: Sequence[str] = SERVICES) -> str:
        """Return the content of the file."""
        return "\n".join(
            f'[{name}.{service}]\nurl = "{box.url(service)}"\ntoken_env = "{self.variable(name, service)}"\n'
            for name, box in self.boxes.items()
            for service in services
        )

    def write(self, text: str) -> None:
        """Write the file, for its owner alone."""
        self.file.write_text(text)
        self.file.chmod(0o600)


@contextmanager
def agencies(folder: Path, patch: pytest.MonkeyPatch, count: int = 3, **options: Any) -> Iterator[Agencies]:
    """Serve agencies of 20, 21, 22 … people with different seeds and tokens, and declare them as accounts."""
    with ExitStack() as stack:
        boxes = {
            f"agency{number}": stack.enter_context(Sandbox(20 + number, seed=number, **options))
            for number in range(count)
        }
        declared = Agencies(boxes, folder / "accounts.toml")
        declared.write(declared.text())
        patch.setenv("PMFRAMES_ACCOUNTS", str(declared.file))
        for name, token in declared.tokens().items():
            patch.setenv(name, token)
        yield declared
