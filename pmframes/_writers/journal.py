"""Journals: what a plan is to write and how far it came, on disk before and after each step.

A journal is a file of JSON lines, readable by its owner alone. Its first line is the plan.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import filelock
from platformdirs import user_data_dir

from pmframes._messages import describe_os_error
from pmframes._private_files import NotOurs, is_own, make_own_folder, open_own, sync_own_folder
from pmframes._text import strip_control
from pmframes._writers.atomic import atomic_write
from pmframes.errors import PmframesError

FOLDER_VARIABLE = "PMFRAMES_DATA_DIR"


def data_folder() -> Path:
    """Return the folder of the journals: ``PMFRAMES_DATA_DIR``, else the platform's user data directory."""
    path = Path(os.environ.get(FOLDER_VARIABLE) or user_data_dir("pmframes"))
    try:
        return path.expanduser().absolute() / "plans"
    except RuntimeError:
        raise PmframesError(
            "This user has no home folder for the journal.", f"Set {FOLDER_VARIABLE} to a folder."
        ) from None


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
        line = f"\n{json.dumps(record)}\n".encode()
        with _explain_failure(self._path):
            is_new = not self._path.exists()
            make_own_folder(self._path.parent)
            with open_own(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600) as handle:
                while line:
                    line = line[os.write(handle, line) :]
                os.fsync(handle)
            if is_new:
                sync_own_folder(self._path.parent)

    def read(self) -> list[dict[str, Any]]:
        """Return the records, without those that a crash cut off; none where there is no journal."""
        if not self._path.exists():
            return []
        with _explain_failure(self._path), open_own(self._path, os.O_RDONLY, 0o600) as handle:
            content = b"".join(iter(lambda: os.read(handle, 1 << 20), b""))
        return list(_parse(content))

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
        make_own_folder(path.parent)
        held = filelock.FileLock(path, timeout=0, mode=0o600)
        with suppress(filelock.Timeout):
            held.acquire()
    if not held.is_locked:
        raise PmframesError(
            "Another plan for the same account and resource is being applied, here or in another process.",
            "Try again when it is done; this one reads the service anew then.",
        )
    try:
        yield
    finally:
        held.release()


@contextmanager
def _explain_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = str(error) if isinstance(error, NotOurs) else describe_os_error(error)
        raise PmframesError(
            f"The journal {strip_control(str(path))} cannot be used. {reason.rstrip('.')}.",
            f"Set {FOLDER_VARIABLE} to a folder where you can write.",
        ) from None
