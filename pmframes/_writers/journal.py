"""Journals: what a plan is to write and how far it came, on disk before and after each step.

A journal is a file of JSON lines, readable by its owner alone. Its first line is the plan.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pmframes._private_files import is_own
from pmframes._writers import own_files
from pmframes._writers.atomic import atomic_write
from pmframes.errors import PmframesError

FOLDER_VARIABLE = own_files.FOLDER_VARIABLE


def data_folder() -> Path:
    """Return the folder of the journals."""
    return own_files.data_folder("plans")


class Journal:
    """The journal of one plan."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record; it is on the disk when this returns.

        Raises
        ------
        PmframesError
            The system refuses.
        """
        # It begins on a line of its own even where a crash cut off the line before.
        with _explain_failure(self._path):
            own_files.append_own(self._path, f"\n{json.dumps(record)}\n".encode())

    def read(self) -> list[dict[str, Any]]:
        """Return the records, without those that a crash cut off; none where there is no journal."""
        with _explain_failure(self._path):
            content = own_files.read_own(self._path)
        return list(_parse(content or b""))

    def replace(self, record: Mapping[str, Any]) -> None:
        """Keep this record alone."""
        with _explain_failure(self._path):
            atomic_write(self._path, json.dumps(record) + "\n", overwrite=True)


def _parse(content: bytes) -> Iterator[dict[str, Any]]:
    for line in content.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def open_journal(plan_id: str) -> Journal:
    """Return the journal of a plan, which may not exist yet."""
    return Journal(data_folder() / f"{plan_id}.jsonl")


def list_journals() -> dict[str, Journal]:
    """Return the journals of this user by the ids of their plans, in the order in which they were begun."""
    return {path.stem: Journal(path) for path in sorted(data_folder().glob("*.jsonl")) if is_own(path)}


@contextmanager
def hold_lock(*names: str) -> Iterator[None]:
    """Keep other plans for the same account and resource, of any process, from being applied meanwhile.

    Raises
    ------
    PmframesError
        Another plan is being applied.
    """
    name = blake2b("\0".join(names).encode(), digest_size=16).hexdigest()
    path = data_folder() / f"{name}.lock"
    with _explain_failure(path):
        lock = own_files.acquire_lock(path)
    if not lock.is_locked:
        raise PmframesError(
            "Another plan for the same account and resource is being applied, here or in another process.",
            "Try again when it is done; this one reads the service anew then.",
        )
    try:
        yield
    finally:
        lock.release()


def _explain_failure(path: Path) -> AbstractContextManager[None]:
    return own_files.explain_failure("journal", path, f"Set {FOLDER_VARIABLE} to a folder where you can write.")
