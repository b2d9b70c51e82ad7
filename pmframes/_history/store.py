"""``pm.history``: snapshots of frames in a folder, and what they were at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from pmframes import _messages, _validation
from pmframes._analysis.change_texts import with_texts
from pmframes._analysis.comparison import compare
from pmframes._analysis.review_input import FrameName
from pmframes._frames.provenance import ATTRS_KEY
from pmframes._history import rewriting
from pmframes._history.folder import HistoryFolder
from pmframes._history.snapshots import (
    Kind,
    Moment,
    Moments,
    Snapshot,
    check_source,
    find_at,
    kind_of,
    parse_moment,
    require_one_kind,
    select_kinds,
    snapshots_table,
)
from pmframes._signatures import checks_arguments
from pmframes._text import format_time, join, join_and
from pmframes._types import TEXT
from pmframes._writers.hash_chain import parse_head
from pmframes._writers.own_files import data_folder
from pmframes.errors import InvalidArgument


@checks_arguments
def history(folder: str | PathLike[str] | None = None) -> History:
    """Open the history in a folder, which the first ``keep`` makes.

    A history is an append-only list of snapshots: frames as loaders returned them, for later. The folder holds a
    Parquet file per snapshot, which ``pd.read_parquet`` reads; ``manifest.jsonl``, a line for each snapshot with
    the hash of the line before; and ``HEAD``, the number of lines and the hash of the last.
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
    try:
        path = Path(folder).expanduser().absolute()
    except (TypeError, RuntimeError):
        path = None
    if path is None or not str(folder).strip() or "\0" in str(folder) or "://" in str(folder):
        raise _messages.wrong_kind("folder", folder, "a folder of this machine; history.copy_to(url) copies it")
    return History(path)


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
            A frame was made from several loads, is not the whole load, has no provenance, or was loaded with a
            search or with ``params=``, whose values no frame records; nothing is kept.
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
                head = self._folder.keep(name, frame, source, head, snapshots)
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
    def at(self, when: Moment, resource: str, account: str | None = None, **params: Any) -> pd.DataFrame:
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
            ones = require_one_kind(select_kinds(snapshots, [moment], resource, account, params))
            if snapshot := find_at(ones, moment):
                return self._folder.read_frame(snapshot)
        raise InvalidArgument(
            f"There is no snapshot of {kind_of(ones[0])} at {moment:%Y-%m-%d %H:%M:%S} UTC.",
            f"The first one is number {ones[0].number}, fetched at {format_time(ones[0].fetched)}.",
        )

    @checks_arguments
    def changes(
        self, a: Moment, b: Moment, resource: str | None = None, account: str | None = None, **params: Any
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
            kinds = select_kinds(snapshots, moments, resource, account, params)
            tables = list[pd.DataFrame]()
            for before, after in _find_pairs(kinds, moments):
                table = with_texts(compare(self._folder.read_frame(before), self._folder.read_frame(after)))
                table.insert(0, "data_set", pd.Series(after.name, table.index, dtype=TEXT))
                tables.append(table)
        full = [table for table in tables if len(table)] or tables[:1]
        result = pd.concat(full, ignore_index=True)
        result.attrs = {ATTRS_KEY: {"sources": [one for table in tables for one in table.attrs[ATTRS_KEY]["sources"]]}}
        return result

    @checks_arguments
    def verify(self, head: str | None = None) -> pd.DataFrame:
        """Check every line and every file.

        A line that was removed, put in, swapped or edited breaks the chain, unless someone computes all hashes
        anew, HEAD included. Then ``head`` finds each such change up to the line that it names, if it was stored
        elsewhere, such as in a report or in a mail of a job. A line that someone adds after it looks like one
        that ``keep`` added: nothing in the folder can tell them apart.
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
        return self._folder.verify(parsed)

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
        return rewriting.forget(self._folder, str(person_id), account)

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
        return rewriting.prune(self._folder, limit, account)

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
            return self._folder.copy_to(snapshots, url)

    def _find_baseline(self, frames: Mapping[FrameName, pd.DataFrame]) -> tuple[dict[FrameName, pd.DataFrame], str]:
        """Return the last snapshots that were fetched earlier, each of the kind of one of these frames."""
        earlier = dict[FrameName, Snapshot]()
        with self._folder.reading() as (head, snapshots):
            for name, frame in frames.items():
                source: Any = check_source(name, frame)
                same = [one for one in snapshots if kind_of(one) == kind_of(source) and one.fetched < source.fetched_at]
                earlier |= {name: same[-1]} if same else {}
            if "people" not in earlier:
                earlier.pop("logged_in", None)  # it says nothing without them
            baseline = {name: self._folder.read_frame(one) for name, one in earlier.items()}
        listed = [
            f"{name.replace('_', ' ')} fetched at {format_time(one.fetched)} (snapshot {one.number})"
            for name, one in earlier.items()
        ]
        if not listed:
            return {}, f"The history has no earlier snapshot of this kind to compare with; its head is {head}."
        return baseline, f"Baseline: {join_and(listed)} of the history with the head {head}."


def _find_pairs(kinds: Mapping[Kind, list[Snapshot]], moments: Moments) -> list[tuple[Snapshot, Snapshot]]:
    """Return the snapshots of two moments of each resource; a warning names those that have none of the earlier."""
    pairs, missing = list[tuple[Snapshot, Snapshot]](), list[str]()
    for name in dict.fromkeys(ones[0].name for ones in kinds.values()):
        ones = require_one_kind({kind: ones for kind, ones in kinds.items() if ones[0].name == name})
        before, after = (find_at(ones, moment) for moment in moments)
        if before and after:
            pairs.append((before, after))
        else:
            missing.append(name)
    if not pairs:
        raise InvalidArgument("No kind has a snapshot at both moments.", "history.snapshots() lists their times.")
    if missing:
        _messages.warn_user(f"Not compared, since there is no snapshot of the earlier moment: {join(missing)}.")
    return pairs
