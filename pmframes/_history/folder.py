"""The folder of a history: its lock, its chained manifest, its files, and what a process that was killed left."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np
import pandas as pd
from pyarrow import ArrowException, parquet

from pmframes import _messages
from pmframes._accounts.runs import Folder, parse_address
from pmframes._frames.provenance import ATTRS_KEY, Source
from pmframes._history.snapshots import FILE_NAME, Snapshot, kind_of, parse_snapshots
from pmframes._private_files import sync_own_folder
from pmframes._text import join, safe_repr, strip_control
from pmframes._types import TEXT
from pmframes._writers.atomic import atomic_write
from pmframes._writers.hash_chain import START, ChainState, FaultKind, HashChain, Head
from pmframes._writers.own_files import acquire_lock, explain_failure, read_own
from pmframes.errors import InvalidArgument, PmframesError

MANIFEST, HEAD, LOCK = "manifest.jsonl", "HEAD", ".lock"
LOCK_TIMEOUT_SECONDS = 60
_TEMPORARY = ".pmframes-"
_PROBLEM_DTYPES: dict[str, Any] = {
    "problem": pd.CategoricalDtype(list(get_args(FaultKind))),
    **dict.fromkeys(("line", "number"), "Int64"),
    **dict.fromkeys(("file", "account", "detail"), TEXT),
}


class HistoryFolder:
    """The files of a history."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.label = strip_control(str(path))
        self._chain = HashChain(path / MANIFEST, path / HEAD)

    def exists(self) -> bool:
        """Whether there is a history, damaged or not; nothing is made or changed where there is none."""
        try:
            names = self._list()
        except OSError:
            return True  # locked() explains why it cannot be used
        return any(name in (MANIFEST, HEAD) or FILE_NAME.fullmatch(name) for name in names)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes and threads out; explain what the system refuses.

        Raises
        ------
        PmframesError
            The folder cannot be used, or another process does not leave it.
        """
        with explain_failure("history", self.path, "Correct that, or pass another folder: pm.history(folder)."):
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
        is_new = not self.exists()
        if is_new and (others := [name for name in self._list() if name != LOCK and not name.startswith(_TEMPORARY)]):
            raise InvalidArgument(
                f"{self.label} is no history: it holds {safe_repr(min(others))}.", "Pass an empty folder, or a new one."
            )
        with self.locked():
            if not self.exists():  # another process may have begun it meanwhile
                self._chain.write_head(START)
            state, snapshots = self._read_whole()
            for name in self.unnamed(state, snapshots)[0]:
                (self.path / name).unlink()
            if state.unfinished:
                self._chain.recover(state)
            yield state.head, snapshots

    def read(self) -> tuple[ChainState, list[Snapshot]]:
        """Read the chain, whole or not, and the snapshots of those lines that are."""
        state = self._chain.read()
        return state, parse_snapshots(state.records)

    def _read_whole(self) -> tuple[ChainState, list[Snapshot]]:
        state, snapshots = self.read()
        if state.faults:
            details = join(f"{fault.detail} ({fault.kind})" for fault in state.faults[:3])
            raise PmframesError(
                f"The history {self.label} is not whole: {details}.",
                "history.verify() lists all problems. Restore the folder from a copy, or begin another one.",
            )
        return state, snapshots

    def unnamed(self, state: ChainState, snapshots: Sequence[Snapshot]) -> tuple[set[str], set[str]]:
        """Return the files that no line names: those that a kill explains, and all others."""
        names = self._list() - {MANIFEST, HEAD, LOCK, *(one.file for one in snapshots)}
        next_files = (_TEMPORARY, f"{state.head.line + 1:06d}-")
        explained = {
            name for name in names if name.startswith(next_files) or (state.rewriting and FILE_NAME.fullmatch(name))
        }
        return explained, names - explained

    def _list(self) -> set[str]:
        try:
            return {*os.listdir(self.path)}
        except FileNotFoundError:
            return set()

    def keep(self, label: str, frame: pd.DataFrame, source: Source, head: Head, snapshots: list[Snapshot]) -> Head:
        """Add a frame to the snapshots: its file, unless the last one of its kind has the same rows, and its line."""
        content, now, number = parquet_content(label, frame), datetime.now(UTC), head.line + 1
        fetched: Any = source.fetched_at
        last = next((one for one in reversed(snapshots) if kind_of(one) == kind_of(source)), None)
        if last is not None and _has_equal_rows(content, self.read_file(last)):
            file, digest = last.file, last.sha256
        else:
            file = f"{number:06d}-{source.service}.{source.resource}.parquet"
            digest = self.write_file(file, content)
        snapshot = Snapshot(
            number=number,
            kept_at=now,
            fetched_at=str(source.entry["fetched_at"]),
            **{name: getattr(source, name) for name in ("service", "url", "account", "resource", "params")},
            rows=len(frame),
            file=file,
            sha256=digest,
            fictional=bool(source.fictional),
            clock_set_back=(last is not None and fetched < last.fetched)
            or (bool(snapshots) and now < snapshots[-1].kept_at),
            categories=lost_categories(frame),
        )
        snapshots.append(snapshot)
        return self._chain.append(head, msgspec.to_builtins(snapshot))

    def rewrite(self, head: Head, note: Mapping[str, Any], snapshots: Sequence[Snapshot]) -> None:
        """Begin a new chain with these snapshots, and remove the files that none of them names."""
        new_head = self._chain.replace(head, note, map(msgspec.to_builtins, snapshots))
        for name in self._list() - {one.file for one in snapshots}:
            if FILE_NAME.fullmatch(name):
                (self.path / name).unlink()
        sync_own_folder(self.path)
        # Last: until then it is known that a rewrite is under way.
        self._chain.write_head(new_head)

    def write_file(self, name: str, content: bytes) -> str:
        """Write a file, and return the hash of its content."""
        atomic_write(self.path / name, content, overwrite=True)
        sync_own_folder(self.path)
        return sha256(content).hexdigest()

    def read_file(self, snapshot: Snapshot) -> bytes:
        """Return the content of the file of a snapshot.

        Raises
        ------
        PmframesError
            It is not there, or not as it was written.
        """
        content = read_own(self.path / snapshot.file)
        if content is None or sha256(content).hexdigest() != snapshot.sha256:
            problem = "is missing" if content is None else "is not as it was written"
            raise PmframesError(
                f"The file {snapshot.file} of the history {problem}.",
                "Restore it from a copy; history.verify() lists all problems.",
            )
        return content

    def read_frame(self, snapshot: Snapshot) -> pd.DataFrame:
        """Return the frame of a snapshot."""
        frame = pd.read_parquet(BytesIO(self.read_file(snapshot)))
        for name, values in frame.items():
            if values.dtype == object:
                lists = [value.tolist() if isinstance(value, np.ndarray) else value for value in values]
                frame[name] = pd.Series(lists, values.index, dtype=object)
        for name, categories in snapshot.categories.items():
            frame[name] = frame[name].astype(pd.CategoricalDtype(pd.Index(categories, dtype=TEXT)))
        # Of snapshots that are equal only the first has a file.
        frame.attrs[ATTRS_KEY] |= {"fetched_at": snapshot.fetched_at, "params": dict(snapshot.params)}
        return frame

    def verify(self, head: Head | None) -> pd.DataFrame:
        """Check the chain, the files, and the lines up to an earlier head; return the problems."""
        if not self.exists():
            raise PmframesError(f"There is no history in {self.label}.", "Pass its folder.")
        with self.locked():
            state, snapshots = self.read()
            faults = [*state.faults]
            # Without all lines it is not known which files are named.
            strangers = [] if faults else sorted(self.unnamed(state, snapshots)[1])
            if head is not None and not faults and (fault := state.check_head(head)):
                faults.append(fault)
            rows: list[dict[str, Any]] = [{"problem": kind, "line": at, "detail": text} for kind, at, text in faults]
            rows += self._check_files(snapshots)
            rows += [{"problem": "put in", "file": name, "detail": "no line names this file"} for name in strangers]
        return pd.DataFrame(rows, columns=list(_PROBLEM_DTYPES)).astype(_PROBLEM_DTYPES)

    def _check_files(self, snapshots: Sequence[Snapshot]) -> Iterator[dict[str, Any]]:
        first_lines = {(one.file, one.sha256): one for one in reversed(snapshots)}
        names = {digest: name for name, digest in first_lines}
        for (name, wanted), one in sorted(first_lines.items()):
            content = read_own(self.path / name)
            digest = None if content is None else sha256(content).hexdigest()
            if digest == wanted:
                continue
            problem, detail = "damaged", "its content is not what was written"
            if digest is None:
                problem, detail = "missing", "there is no such file"
            elif digest in names:
                problem, detail = "swapped", f"it holds what was written to {names[digest]}"
            yield {"problem": problem, "number": one.number, "file": name, "account": one.account, "detail": detail}

    def copy_to(self, snapshots: Sequence[Snapshot], url: str) -> int:
        """Make the copy at a URL equal; return the number of files that were sent."""
        remote = Folder(parse_address("url", url))
        files = {one.file: one for one in snapshots}
        try:
            # A name is used for one content only.
            present = {name for name in remote.names() if FILE_NAME.fullmatch(name)}
            missing = files.keys() - present
            for name in sorted(missing):
                remote.write(name, self.read_file(files[name]))
            for name in (MANIFEST, HEAD):
                remote.write(name, read_own(self.path / name) or b"")
            remote.remove(present - files.keys())
        except (ValueError, ImportError) as error:
            raise InvalidArgument(f"url is {safe_repr(url)}: {error}.", "Pass a URL that fsspec knows.") from None
        except OSError as error:
            raise PmframesError(f"{safe_repr(url)} cannot be written.", _messages.describe_os_error(error)) from None
        return len(missing)


def parquet_content(label: str, frame: pd.DataFrame) -> bytes:
    """Write a frame as Parquet, with its attrs; ``label`` names it in messages."""
    try:
        return frame.to_parquet(compression="zstd", compression_level=9)
    except (ArrowException, ValueError, TypeError):
        # Their messages may repeat a value.
        raise InvalidArgument(
            f"{label} has a column that Parquet cannot hold.", "Keep the frame as the loader returned it."
        ) from None


def _has_equal_rows(content: bytes, other: bytes) -> bool:
    """Whether two files have the same columns, types and values in the same order, whatever their attrs."""
    return bool(parquet.read_table(BytesIO(content)).equals(parquet.read_table(BytesIO(other))))


def lost_categories(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Return the categories of text columns without values, which Parquet does not keep."""
    empty = frame.loc[:, frame.isna().all()].select_dtypes("category").items()
    return {str(name): [*values.cat.categories] for name, values in empty if values.cat.categories.dtype == TEXT}
