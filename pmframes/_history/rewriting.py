"""Removing snapshots, or a person from all of them: the chain begins anew with a line that says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import pandas as pd
from msgspec.structs import replace

from pmframes._frames.provenance import ATTRS_KEY
from pmframes._history.folder import HistoryFolder, lost_categories, parquet_content
from pmframes._history.snapshots import Snapshot, group_by_kind, kind_of
from pmframes._messages import not_one_of
from pmframes._text import join, safe_repr
from pmframes._writers.hash_chain import Head
from pmframes.errors import InvalidArgument

# The column that says whose a row is, by resource.
_ROWS: Mapping[str, str] = {"people": "id", "permissions": "person_id", "resources": "id", "members": "id"}
# Ids of persons in rows of something else; a column such as manager_name goes with its id.
_REFERENCES = ("created_by_id", "updated_by_id", "owner_id", "approver_id", "manager_id")
# The others know no persons: the owners of Spirii's customers are companies.
_SERVICES = ("teamwork", "projectmanager")


def prune(folder: HistoryFolder, keep: int, account: str | None) -> int:
    """Remove all but the last snapshots of each kind, or of those of an account; return how many."""
    with folder.writing() as (head, snapshots):
        if account is not None and account not in (accounts := {one.account: None for one in snapshots}):
            raise not_one_of("account", account, accounts)
        last = {one.number for ones in group_by_kind(snapshots).values() for one in ones[-keep:]}
        remaining = [one for one in snapshots if one.number in last or account not in (None, one.account)]
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
        chosen = [one for one in snapshots if account in (None, one.account) and one.service in _SERVICES]
        first = {one.file: one for one in reversed(chosen)}
        rewritten = {file: _forget_person(folder, one, person_id) for file, one in first.items()}
        holders = {file: content for file, content in rewritten.items() if content is not None}
        accounts = {kind_of(first[file])[:3] for file in holders}
        if not accounts:
            cause = f"No snapshot that fits holds a person with the id {safe_repr(person_id)}."
            raise InvalidArgument(cause, "Check the id and the account.")
        if len(accounts) > 1:
            listed = join(f"{account} ({service}, {url})" for service, url, account in sorted(accounts))
            cause = f"Snapshots of several accounts hold the id {safe_repr(person_id)}: {listed}."
            raise InvalidArgument(cause, "Pass account: each is another person.")
        changes = dict[str, dict[str, Any]]()
        for file, (fields, content) in holders.items():
            name = f"{head.line + 1:06d}-{first[file].number:06d}-{file.rpartition('-')[2]}"
            changes[file] = {**fields, "file": name, "sha256": folder.write_file(name, content)}
        remaining = [replace(one, **changes.get(one.file, {})) for one in snapshots]
        folder.rewrite(head, _build_note("forget", head), remaining)
    return sum(one.file in changes for one in snapshots)


def _forget_person(folder: HistoryFolder, snapshot: Snapshot, person_id: str) -> tuple[dict[str, Any], bytes] | None:
    """Return what changes in a snapshot without a person, and its file; None where it does not hold the id."""
    frame = folder.read_frame(snapshot)
    is_row = _equals(frame, _ROWS.get(snapshot.resource), person_id)
    remaining = frame[~is_row].reset_index(drop=True)
    is_holder = bool(is_row.any())
    for name in _REFERENCES:
        is_person = _equals(remaining, name, person_id)
        is_holder |= bool(is_person.any())
        for column in remaining.columns.intersection([name, name.replace("_id", "_name")]):
            remaining.loc[is_person, column] = pd.NA
    if not is_holder:
        return None
    remaining.attrs = {**frame.attrs, ATTRS_KEY: {**frame.attrs[ATTRS_KEY], "rows": len(remaining)}}
    fields = {"rows": len(remaining), "categories": lost_categories(remaining)}
    return fields, parquet_content(snapshot.file, remaining)


def _equals(frame: pd.DataFrame, column: str | None, person_id: str) -> np.ndarray:
    if column not in frame:
        return np.zeros(len(frame), dtype=bool)
    return np.array([str(value) == person_id for value in frame[column].tolist()], dtype=bool)


def _build_note(reason: Literal["forget", "prune"], head: Head) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"rewritten_at": now, "reason": reason, "lines_before": head.line}
