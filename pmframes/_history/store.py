"""``pm.history``: snapshots of frames in a folder, and what they were at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from pmframes import _messages, _validation
from pmframes._analysis.baseline import BaselineFrames
from pmframes._analysis.changes import compare
from pmframes._analysis.review_input import FrameName
from pmframes._frames.provenance import ATTRS_KEY
from pmframes._history.folder import HistoryFolder
from pmframes._history.keeping import write_snapshot
from pmframes._history.remote import copy_folder
from pmframes._history.rewriting import forget, prune
from pmframes._history.snapshots import (
    Kind,
    Snapshot,
    check_source,
    find_at,
    kind_of,
    parse_moment,
    require_clear,
    select_kinds,
    snapshots_table,
)
from pmframes._history.verification import verify_folder
from pmframes._signatures import checks_arguments
from pmframes._text import format_time, join, join_and, safe_repr
from pmframes._types import TEXT
from pmframes._writers.hash_chain import parse_head
from pmframes._writers.own_files import data_folder
from pmframes.errors import InvalidArgument


@checks_arguments
def history(folder: str | PathLike[str] | None = None) -> History:
    """Open the history in a folder, which the first ``keep`` makes.

    A history is an append-only list of snapshots: frames as loaders returned them, for later. The folder holds a
    Parquet file per snapshot, in which rows that did not change are not repeated; ``manifest.jsonl``, a line for
    each snapshot with the hash of the line before; and ``HEAD``, the number of lines and the hash of the last.
    All of it is readable by its owner alone. Snapshots hold personal data: see ``prune`` and ``forget``.

    Parameters
    ----------
    folder : path or str, optional
        A folder on a disk of this machine; by default ``history`` in the platform's user data directory, or in
        ``PMFRAMES_DATA_DIR``.

    Returns
    -------
    History
        With the methods ``keep``, ``snapshots``, ``at``, ``changes``, ``verify``, ``forget``, ``prune`` and
        ``copy_to``.

    Raises
    ------
    InvalidArgument
        ``folder`` is no path.
    """
    if folder is None:
        return History(data_folder("history"))
    if not isinstance(folder, str | PathLike) or not str(folder).strip() or "\0" in str(folder):
        raise _messages.wrong_kind("folder", folder, "the path of a folder")
    if "://" in str(folder):
        raise InvalidArgument(
            f"folder is {safe_repr(str(folder))}, which is no folder of this machine.",
            "Pass a folder, and copy it there with history.copy_to(url).",
        )
    try:
        return History(Path(folder).expanduser().absolute())
    except RuntimeError:
        raise _messages.wrong_kind("folder", str(folder), "the path of a folder") from None


class History:
    """The snapshots in a folder."""

    def __init__(self, path: Path) -> None:
        self._folder = HistoryFolder(path)

    def __repr__(self) -> str:
        """Say where it is, how much it holds, and its head."""
        with self._folder.reading() as (head, snapshots):
            return f"<History {self._folder.path}: {len(snapshots)} snapshots, head {head}>"

    @checks_arguments
    def keep(self, *frames: pd.DataFrame) -> pd.DataFrame:
        """Add a snapshot of each frame.

        A frame that is equal to the last snapshot of its kind gets a line and no further file. The kind is
        service, URL, account, resource and those parameters that choose rows.

        Parameters
        ----------
        *frames : DataFrame
            As loaders returned them. Fictional ones are kept apart from others.

        Returns
        -------
        DataFrame
            The new snapshots, as from ``snapshots``.

        Raises
        ------
        InvalidArgument
            A frame was made from several loads, is not the whole load, or has no provenance; nothing is kept.
        PmframesError
            The history is not whole, the folder cannot be used, or the disk is full. Frames before the one that
            could not be written are kept.

        Warns
        -----
        UserWarning
            The clock was set back since the last snapshot, or the frame is older. It is kept and marked.
        """
        if not frames:
            raise InvalidArgument("There is no frame to keep.", "Pass what a loader returned.")
        names = ["frame"] if len(frames) == 1 else [f"frame {number}" for number in range(1, len(frames) + 1)]
        sources = [check_source(name, frame) for name, frame in zip(names, frames, strict=True)]
        with self._folder.writing() as (head, snapshots):
            count = len(snapshots)
            for name, frame, source in zip(names, frames, sources, strict=True):
                snapshot = write_snapshot(self._folder, name, frame, source, head, snapshots)
                head = self._folder.append(head, snapshot)
                snapshots.append(snapshot)
        kept = snapshots[count:]
        if marked := [one.number for one in kept if one.clock_set_back]:
            _messages.warn_user(
                f"Fetched or kept at an earlier time than the snapshots before: number {join(marked)}. The clock was "
                "set back, or a frame is older. They are kept and marked; the order is that of the numbers."
            )
        return snapshots_table(kept)

    @checks_arguments
    def snapshots(self) -> pd.DataFrame:
        """List the snapshots.

        Returns
        -------
        DataFrame
            One row per snapshot, in the order in which they were kept: number (int64), kept_at, fetched_at
            (datetime64[us, UTC]), service, url, account, resource, params (str), rows (int64), fictional,
            clock_set_back (boolean), file (str).

        Raises
        ------
        PmframesError
            The history is not whole, or the folder cannot be used.
        """
        with self._folder.reading() as (_, snapshots):
            return snapshots_table(snapshots)

    @checks_arguments
    def at(self, when: date | str | int, resource: str, account: str | None = None, **params: Any) -> pd.DataFrame:
        """Return a frame as it was at a moment.

        Parameters
        ----------
        when : datetime, date, str or int
            The moment; without a zone it is UTC, and a date is the end of that day. Or the number of a snapshot.
        resource : str
            Such as "teamwork.people", or "people" where only one service has it.
        account : str, optional
            Needed where the history has several.
        **params
            Parameters of the load, as ``snapshots`` shows them: ``projects=12345``, ``show_deleted=True``. None
            stands for one that was not used.

        Returns
        -------
        DataFrame
            The last snapshot, by number, that was fetched up to then, equal to the frame that was kept.

        Raises
        ------
        InvalidArgument
            There is no such snapshot, or there are several kinds, which the message lists.
        PmframesError
            The chain or the file is not as it was written.
        """
        moment = parse_moment("when", when)
        with self._folder.reading() as (_, snapshots):
            kinds = select_kinds(snapshots, resource, account, params)
            if isinstance(moment, int):
                return self._folder.read_frame(find_at([one for kind in kinds.values() for one in kind], moment))
            return self._folder.read_frame(find_at(require_clear(kinds), moment))

    @checks_arguments
    def changes(
        self,
        a: date | str | int,
        b: date | str | int,
        resource: str | None = None,
        account: str | None = None,
        **params: Any,
    ) -> pd.DataFrame:
        """Compare frames at two moments.

        Parameters
        ----------
        a, b : datetime, date, str or int
            The earlier and the later moment, as for ``at``. With numbers of snapshots, both are of one kind.
        resource : str, optional
            By default all resources that have a snapshot at both moments.
        account : str, optional
            Needed where the history has several.
        **params
            As for ``at``.

        Returns
        -------
        DataFrame
            As from ``pm.report.changes``, after ``data_set`` (str), the name of the resource.

        Raises
        ------
        InvalidArgument
            As from ``at``.
        PmframesError
            As from ``at``.
        """
        moments = parse_moment("a", a), parse_moment("b", b)
        with self._folder.reading() as (_, snapshots):
            kinds = select_kinds(snapshots, resource, account, params)
            pairs = [tuple(find_at(one, moment) for moment in moments) for one in _comparable(kinds, moments)]
            tables = list[pd.DataFrame]()
            for before, after in pairs:
                table = compare(self._folder.read_frame(before), self._folder.read_frame(after))
                table.insert(0, "data_set", pd.Series(after.name, table.index, dtype=TEXT))
                tables.append(table)
        full = [table for table in tables if len(table)] or tables[:1]
        result = pd.concat(full, ignore_index=True)
        result.attrs = {ATTRS_KEY: {"sources": [one for table in tables for one in table.attrs[ATTRS_KEY]["sources"]]}}
        return result

    @checks_arguments
    def verify(self, head: str | None = None) -> pd.DataFrame:
        """Check every line and every file.

        The chain shows each change of a line or a file but one: someone who computes the whole chain anew, HEAD
        included, is found only by a hash that stands elsewhere, such as in a report or in a mail of a job.
        What a process left that was killed is no problem; the next ``keep`` tidies it up.

        Parameters
        ----------
        head : str, optional
            A line that HEAD once held: a number, a space and a hash. The lines up to it must be those of then;
            later ones were added since. After ``forget`` or ``prune`` an older one is not verifiable.

        Returns
        -------
        DataFrame
            One row per problem, none where all is whole: problem (category: missing, damaged, edited, swapped,
            put in, not verifiable), line of the manifest, number of the snapshot (Int64), file, account,
            detail (str).

        Raises
        ------
        InvalidArgument
            ``head`` is no such line.
        PmframesError
            There is no history, its folder cannot be used, or a later version wrote it.
        """
        parsed = None if head is None else parse_head(str(head).strip())
        if head is not None and parsed is None:
            raise _messages.wrong_kind("head", str(head), "a line that HEAD held: a number, a space and 64 hex digits")
        return verify_folder(self._folder, parsed)

    @checks_arguments
    def forget(self, person_id: int | str, account: str | None = None) -> int:
        """Remove a person from all snapshots, for good.

        Rows of the person are removed from people, permissions, resources and members, and references to the
        person (created_by_id, owner_id, manager_name and the like) become NA. The chain begins anew with a line that
        says when; heads from before cannot be verified any more. Copies elsewhere are not changed: call
        ``copy_to`` again.

        Parameters
        ----------
        person_id : int or str
            The id of a person of Teamwork.com, or of a resource of ProjectManager.com.
        account : str, optional
            Needed where several accounts have the id.

        Returns
        -------
        int
            The number of snapshots that were written anew.

        Raises
        ------
        InvalidArgument
            No snapshot holds the id, or those of several accounts do.
        PmframesError
            The history is not whole, or the folder cannot be used.
        """
        return forget(self._folder, str(person_id), account)

    @checks_arguments
    def prune(self, keep: int, account: str | None = None) -> int:
        """Remove all but the last snapshots of each kind, for good.

        Parameters
        ----------
        keep : int
            How many of each kind remain.
        account : str, optional
            Only the snapshots of this account.

        Returns
        -------
        int
            The number of snapshots removed. If any were, the chain begins anew with a line that says when.

        Raises
        ------
        InvalidArgument
            ``keep`` is no whole number above zero, or no snapshot is of ``account``.
        PmframesError
            The history is not whole, or the folder cannot be used.
        """
        limit = _validation.parse_positive_integer("keep", keep, "how many snapshots of each kind remain, such as 52")
        return prune(self._folder, limit, account)

    @checks_arguments
    def copy_to(self, url: str) -> int:
        """Copy the history to a folder elsewhere, such as in an object store.

        Files that are there already are not sent again, and those of snapshots that were removed here are removed
        there. ``HEAD`` is last. Needs the extra ``remote`` for URLs.

        Parameters
        ----------
        url : str
            A URL that fsspec knows, without a credential, such as "s3://bucket/history"; or a folder.

        Returns
        -------
        int
            The number of files that were sent.

        Raises
        ------
        InvalidArgument
            ``url`` is none, has a user name, or is of a kind that fsspec does not know.
        PmframesError
            The extra is not installed, the history is not whole, or the store refuses.
        """
        with self._folder.reading() as (_, snapshots):
            return copy_folder(self._folder, snapshots, url)

    def find_baseline(self, frames: Mapping[FrameName, pd.DataFrame]) -> BaselineFrames:
        """Return the last snapshots that were fetched earlier, each of the kind of one of these frames."""
        sources = {name: check_source(name, frame) for name, frame in frames.items()}
        with self._folder.reading() as (head, snapshots):
            earlier = dict[FrameName, Snapshot]()
            for name, source in sources.items():
                kind, fetched = kind_of(source), pd.Timestamp(str(source.fetched_at))
                same = [one for one in snapshots if one.kind == kind and one.fetched < fetched]
                if same:
                    earlier[name] = same[-1]
            if "people" not in earlier:
                earlier.pop("logged_in", None)  # it says nothing without them
            baseline: dict[str, pd.DataFrame] = {name: self._folder.read_frame(one) for name, one in earlier.items()}
        if not baseline:
            missing = f"The history has no earlier snapshot of this kind to compare with; its head is {head}."
            return BaselineFrames({}, missing)
        listed = [
            f"{name.replace('_', ' ')} fetched at {format_time(one.fetched)} (snapshot {one.number})"
            for name, one in earlier.items()
        ]
        return BaselineFrames(baseline, f"Baseline: {join_and(listed)} of the history with the head {head}.")


def _comparable(
    kinds: Mapping[Kind, list[Snapshot]], moments: tuple[pd.Timestamp | int, pd.Timestamp | int]
) -> list[list[Snapshot]]:
    """Return the snapshots of each kind to compare: one kind per resource."""
    numbers = {moment for moment in moments if isinstance(moment, int)}
    if numbers:
        kinds = {kind: ones for kind, ones in kinds.items() if numbers <= {one.number for one in ones}} or kinds
    by_resource = dict[tuple[str, str], dict[Kind, list[Snapshot]]]()
    for kind, ones in kinds.items():
        by_resource.setdefault((kind.service, kind.resource), {})[kind] = ones
    clear = [require_clear(of_resource) for of_resource in by_resource.values()]
    if len(clear) == 1:
        return clear
    earliest = min(moment for moment in moments if isinstance(moment, pd.Timestamp))
    known = [ones for ones in clear if any(one.fetched <= earliest for one in ones)]
    if left_out := [ones[0].name for ones in clear if ones not in known]:
        _messages.warn_user(f"Not compared, since there is no snapshot of the earlier moment: {join(left_out)}.")
    return known or clear
