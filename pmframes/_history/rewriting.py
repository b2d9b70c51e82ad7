"""Removing snapshots, or a person from all of them: the chain begins anew with a line that says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from pmframes._history.folder import HistoryFolder
from pmframes._history.persons import forget_person
from pmframes._history.snapshots import FORMAT, FileRef, Kind, Snapshot
from pmframes._messages import not_one_of
from pmframes._text import join, safe_repr
from pmframes._writers.frame_tables import to_table
from pmframes._writers.hash_chain import Head
from pmframes.errors import InvalidArgument


def prune(folder: HistoryFolder, keep: int, account: str | None) -> int:
    """Remove all but the last snapshots of each kind, or of those of an account; return how many."""
    with folder.writing() as (head, snapshots):
        if account is not None and account not in (accounts := dict.fromkeys(one.account for one in snapshots)):
            raise not_one_of("account", account, accounts)
        later, remaining = dict[Kind, int](), list[Snapshot]()
        for one in reversed(snapshots):
            later[one.kind] = later.get(one.kind, 0) + 1
            if later[one.kind] <= keep or account not in (None, one.account):
                remaining.insert(0, one)
        if len(remaining) < len(snapshots):
            folder.rewrite(head, _build_note("prune", head), remaining)
    return len(snapshots) - len(remaining)


def forget(folder: HistoryFolder, person_id: str, account: str | None) -> int:
    """Remove a person from all snapshots; return how many were written anew.

    Raises
    ------
    InvalidArgument
        No snapshot holds the id, or those of several accounts do.
    """
    with folder.writing() as (head, snapshots):
        chosen = [one for one in snapshots if account in (None, one.account)]
        holders = {file: one for one in chosen for file in _find_files(folder, one, person_id)}
        accounts = sorted({one.kind[:3] for one in holders.values()})
        if len(accounts) != 1:
            raise _not_one_account(person_id, accounts)
        rewritten = _rewrite_frames(folder, snapshots, {*holders}, person_id, head)
        folder.rewrite(head, _build_note("forget", head), rewritten)
    return sum(not holders.keys().isdisjoint(one.files) for one in snapshots)


def _find_files(folder: HistoryFolder, snapshot: Snapshot, person_id: str) -> Iterator[FileRef]:
    """Return the files of a snapshot that hold a person: its own rows may leave out what its base has."""
    without_base = None if snapshot.base is None else replace(snapshot, file=snapshot.base, base=None)
    for one in filter(None, (snapshot, without_base)):
        if forget_person(folder.read_frame(one), one.service, one.resource, person_id) is not None:
            yield one.file


def _rewrite_frames(
    folder: HistoryFolder, snapshots: Sequence[Snapshot], changed: set[FileRef], person_id: str, head: Head
) -> list[Snapshot]:
    """Write the frames anew that are in changed files; the files of the others stay."""
    rewritten, last = list[Snapshot](), dict[Kind, Snapshot]()
    for one in snapshots:
        snapshot = one
        if changed.intersection(one.files):
            frame = folder.read_frame(one)
            remaining = forget_person(frame, one.service, one.resource, person_id)
            frame = frame if remaining is None else remaining
            name = f"{head.line + 1:06d}-{one.number:06d}-{one.name}.parquet"
            file, base = folder.write_table(name, to_table(frame), last.get(one.kind))
            snapshot = last[one.kind] = replace(one, rows=len(frame), file=file, base=base)
        rewritten.append(snapshot)
    return rewritten


def _not_one_account(person_id: str, accounts: Sequence[tuple[str, ...]]) -> InvalidArgument:
    if not accounts:
        return InvalidArgument(
            f"No snapshot that fits holds a person with the id {safe_repr(person_id)}.", "Check the id and the account."
        )
    listed = join(f"{account} ({service}, {url})" for service, url, account in accounts)
    return InvalidArgument(
        f"Snapshots of several accounts hold the id {safe_repr(person_id)}: {listed}.",
        "Pass account: each is another person.",
    )


def _build_note(reason: Literal["forget", "prune"], head: Head) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"rewritten_at": now, "reason": reason, "lines_before": head.line, "format": FORMAT}
