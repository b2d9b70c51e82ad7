"""The folder of a history: its lock, its chained manifest, its files, and what a process that was killed left."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from pmframes._frames.provenance import ATTRS_KEY
from pmframes._history.snapshots import FILE_NAME, FileRef, Snapshot, parse_snapshots
from pmframes._private_files import sync_own_folder
from pmframes._text import join, safe_repr, strip_control
from pmframes._writers.atomic import atomic_write
from pmframes._writers.frame_tables import apply_delta, build_delta, has_equal_rows, read_table, table_bytes, to_frame
from pmframes._writers.hash_chain import START, ChainState, Fault, HashChain, Head
from pmframes._writers.own_files import acquire_lock, explain_failure, read_own
from pmframes.errors import InvalidArgument, PmframesError

MANIFEST, HEAD, LOCK = "manifest.jsonl", "HEAD", ".lock"
LOCK_TIMEOUT_SECONDS = 60
# Beyond that share of a whole file, what changed is written as a whole file again.
MAX_DELTA_SHARE = 1 / 3
_TEMPORARY = ".pmframes-"


class HistoryFolder:
    """The files of a history."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._chain = HashChain(path / MANIFEST, path / HEAD)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes and threads out; explain what the system refuses.

        Raises
        ------
        PmframesError
            The folder cannot be used, or another process does not leave it.
        """
        remedy = "Correct that, or pass another folder: pm.history(folder)."
        with explain_failure("history", self.path, remedy):
            lock = acquire_lock(self.path / LOCK, LOCK_TIMEOUT_SECONDS)
            if not lock.is_locked:
                raise PmframesError(
                    f"Another process has used the history {self.label} for {LOCK_TIMEOUT_SECONDS} seconds.",
                    "Try again when it is done.",
                )
            try:
                yield
            finally:
                lock.release()

    @contextmanager
    def reading(self) -> Iterator[tuple[Head, list[Snapshot]]]:
        """Hold the lock, and give the head and the snapshots; none where there is no history.

        Raises
        ------
        PmframesError
            The chain is not whole.
        """
        if not self.exists():
            yield START, []
            return
        with self.locked():
            state, snapshots = self._read_whole()
            yield state.head, snapshots

    @contextmanager
    def writing(self) -> Iterator[tuple[Head, list[Snapshot]]]:
        """Hold the lock, finish or undo what a process was killed in, and give the head and the snapshots.

        Raises
        ------
        InvalidArgument
            The folder is in use for something else.
        PmframesError
            The chain is not whole.
        """
        if not self.exists() and (others := self._list({LOCK})):
            raise InvalidArgument(
                f"{self.label} is no history: it holds {safe_repr(min(others))}.", "Pass an empty folder, or a new one."
            )
        with self.locked():
            state, snapshots = self._read_whole()
            for name in self._remainders(state, snapshots):
                (self.path / name).unlink()
            self._chain.recover(state)
            self._chain.start()
            yield state.head, snapshots

    def exists(self) -> bool:
        """Whether there is a history, damaged or not; nothing is made or changed where there is none."""
        try:
            names = self._list()
        except OSError:
            return True  # locked() explains why it cannot be used
        return not names.isdisjoint({MANIFEST, HEAD}) or any(map(FILE_NAME.fullmatch, names))

    def read(self) -> tuple[ChainState, list[Snapshot]]:
        """Read the chain, whole or not, and the snapshots of those lines that are."""
        state = self._chain.read()
        return state, parse_snapshots(state.records)

    def _read_whole(self) -> tuple[ChainState, list[Snapshot]]:
        state, snapshots = self.read()
        if faults := self.faults(state):
            details = join(f"{fault.detail} ({fault.kind})" for fault in faults[:3])
            raise PmframesError(
                f"The history {self.label} is not whole: {details}.",
                "history.verify() lists all problems. Restore the folder from a copy, or begin another one.",
            )
        return state, snapshots

    def faults(self, state: ChainState) -> list[Fault]:
        """Return what is wrong with the chain; the first head is there before any file."""
        if state.faults or (self.path / HEAD).exists() or not self.exists():
            return [*state.faults]
        return [Fault("missing", None, f"{MANIFEST} and {HEAD}")]

    def strangers(self, state: ChainState, snapshots: Sequence[Snapshot]) -> list[str]:
        """Return the files that no line names and no kill explains."""
        return sorted(self._unnamed(snapshots) - {*self._remainders(state, snapshots)})

    def _remainders(self, state: ChainState, snapshots: Sequence[Snapshot]) -> list[str]:
        """Return the files that a kill explains: half-written ones, and those of a line that was not written."""
        names = dict[str, int]()
        for name in self._unnamed(snapshots):
            if match := FILE_NAME.fullmatch(name):
                names[name] = int(match[1])
        is_rewrite, next_line = state.unfinished == "rewrite", state.head.line + 1
        temporary = [name for name in self._unnamed(snapshots) if name.startswith(_TEMPORARY)]
        return temporary + [name for name, line in names.items() if is_rewrite or line == next_line]

    def _unnamed(self, snapshots: Iterable[Snapshot]) -> set[str]:
        return self._list({MANIFEST, HEAD, LOCK, *(file.name for one in snapshots for file in one.files)})

    def _list(self, ignored: Set[str] = frozenset()) -> set[str]:
        try:
            return {*os.listdir(self.path)} - ignored
        except FileNotFoundError:
            return set()

    @property
    def label(self) -> str:
        """The path as messages show it."""
        return strip_control(str(self.path))

    # Lines

    def append(self, head: Head, snapshot: Snapshot) -> Head:
        """Write the line of a snapshot, whose files are written."""
        return self._chain.append(head, snapshot.to_record())[0]

    def rewrite(self, head: Head, note: Mapping[str, Any], snapshots: Sequence[Snapshot]) -> Head:
        """Begin a new chain with these snapshots, and remove the files that none of them names."""
        new_head = self._chain.replace(head, note, (one.to_record() for one in snapshots))
        for name in self._unnamed(snapshots):
            if FILE_NAME.fullmatch(name):
                (self.path / name).unlink()
        sync_own_folder(self.path)
        # Last: until then it is known that a rewrite is under way.
        self._chain.finish(new_head)
        return new_head

    # Files

    def read_content(self, file: FileRef) -> bytes:
        """Return the content of a file.

        Raises
        ------
        PmframesError
            It is not there, or not as it was written.
        """
        content = read_own(self.path / file.name)
        if content is None or sha256(content).hexdigest() != file.sha256:
            problem = "is missing" if content is None else "is not as it was written"
            raise PmframesError(
                f"The file {file.name} of the history {problem}.",
                "Restore it from a copy; history.verify() lists all problems.",
            )
        return content

    def read_table(self, snapshot: Snapshot) -> pa.Table:
        """Return the rows of a snapshot."""
        table = read_table(self.read_content(snapshot.file))
        return table if snapshot.base is None else apply_delta(table, read_table(self.read_content(snapshot.base)))

    def read_frame(self, snapshot: Snapshot) -> pd.DataFrame:
        """Return the frame of a snapshot."""
        frame = to_frame(self.read_table(snapshot))
        # Of snapshots that are equal only the first has a file.
        own = {"fetched_at": snapshot.fetched_at, "params": dict(snapshot.params)}
        frame.attrs[ATTRS_KEY] = {**frame.attrs[ATTRS_KEY], **own}
        return frame

    def write_table(self, name: str, table: pa.Table, last: Snapshot | None) -> tuple[FileRef, FileRef | None]:
        """Write rows, unless they are those of the last snapshot; return their file and its base.

        What differs little from the base of the last snapshot is written as the difference.
        """
        content, base = table_bytes(table), None
        if last is not None:
            stored = read_table(content)  # with the types that Parquet makes of it
            if has_equal_rows(stored, self.read_table(last)):
                return last.file, last.base
            base = last.base or last.file
            delta = build_delta(stored, read_table(self.read_content(base)))
            delta_content = content if delta is None else table_bytes(delta)
            if len(delta_content) <= MAX_DELTA_SHARE * len(content):
                content = delta_content
            else:
                base = None
        atomic_write(self.path / name, content, overwrite=True)
        sync_own_folder(self.path)
        return FileRef(name, sha256(content).hexdigest()), base
