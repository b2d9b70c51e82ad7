"""From the pages of an answer to a frame with the declared columns, in their order, with their dtypes."""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pmframes import _messages
from pmframes._frames.arrays import (
    REFUSED,
    TEXT,
    Gathered,
    array_of,
    booleans,
    first_refused,
    inferred,
    looked_up,
)
from pmframes._frames.decoder import Row, as_flag, wire_of
from pmframes._frames.schema import Column, Record, snake_case


@dataclass(frozen=True)
class Flags:
    """The sets of flags that came, one per row, with the ids of the rows."""

    column: Column
    sets: Sequence[Mapping[str, Any] | None]
    ids: Sequence[Any]
    what: str

    def names(self, taken: Iterable[str]) -> dict[str, str]:
        """Name the column of each flag: the known ones first, then the others, sorted."""
        known = self.column.source.known
        unknown = sorted({key for flags in self.sets for key in flags or ()} - set(known))
        names = {key: flag_column(key, taken) for key in (*known, *unknown)}
        if len(set(names.values())) < len(names):
            raise _messages.unreadable(self.what, self.column.name)
        return names

    def array(self, key: str) -> Any:
        """Make the array of one flag."""
        values = [flags.get(key) if flags else None for flags in self.sets]
        if (members := self.column.source.members) is not None:
            values = [one.get(members.value) if isinstance(one, dict) else one for one in values]
        try:
            return booleans(values)
        except REFUSED:
            return booleans(
                [self._read(value, row, key) for value, row in zip(values, self.ids, strict=True)]
            )

    def notes(self, names: Mapping[str, str]) -> dict[str, Any]:
        """Say what each flag is for, and in which rows it is fixed: what a column of booleans cannot hold."""
        notes: dict[str, Any] = {name: {"description": None, "fixed": []} for name in names.values()}
        if (members := self.column.source.members) is None:
            return notes
        for row, flags in zip(self.ids, self.sets, strict=True):
            for key, flag in (flags or {}).items():
                if isinstance(flag, dict):
                    note = notes[names[key]]
                    note["description"] = note["description"] or flag.get(members.description) or None
                    if flag.get(members.changeable) is False:
                        note["fixed"].append(row)
        return notes

    def _read(self, value: Any, row: Any, key: str) -> bool | None:
        try:
            return as_flag(value)
        except (KeyError, TypeError):
            raise _messages.unreadable(f"{self.what}, row {row}", f"{self.column.name}.{key}") from None


def flag_column(key: str, taken: Iterable[str]) -> str:
    """Name the column of a permission; one that would collide with a column gets a prefix."""
    name = snake_case(key)
    return f"permission_{name}" if name in taken else name


class _Pause:
    """How many threads want the collector to pause, and whether it ran before the first of them."""

    lock = Lock()
    wanted = 0
    ran_before = False


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the collector; the last thread that leaves restores what the first one found."""
    with _Pause.lock:
        if not _Pause.wanted:
            _Pause.ran_before = gc.isenabled()
            gc.disable()
        _Pause.wanted += 1
    try:
        yield
    finally:
        with _Pause.lock:
            _Pause.wanted -= 1
            if not _Pause.wanted and _Pause.ran_before:
                gc.enable()


Included = Mapping[str, Mapping[str, Mapping[str, Any]]]
NOTHING = (None, "", 0)
# Rows enough to be worth the while, and few enough to be in the processor's cache still when they are taken.
AT_ONCE = 1_000


class Builder:
    """Builds one frame, page after page: ``read`` a page, ``add`` those of its rows that are new.

    Parameters
    ----------
    record : type[Record]
        The declaration.
    what : str
        Service and resource, for errors.
    everything : bool, default False
        Keep what is sent beyond the declared columns.

    Attributes
    ----------
    included : dict
        What the answers included beside their rows, by kind and key.
    """

    def __init__(self, record: type[Record], what: str, *, everything: bool = False) -> None:
        self._wire = wire_of(record)
        self._key = next((column.name for column in self._wire.columns if column.kind.required), None)
        self._what = what
        self._gathered = {column.name: Gathered(column) for column in self._wire.columns}
        self.included: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._undeclared: list[dict[str, Any]] | None = [] if everything else None
        self._waiting: list[Row] = []
        self._given: dict[str, list[Any]] = {}
        self._rows = 0

    def read(self, body: bytes | msgspec.Raw) -> list[Row]:
        """Read the JSON list of a page's rows.

        Raises
        ------
        UnexpectedResponse
            It is not a list of objects, or a value in it is not of the kind that its column declares.
        """
        with collector_paused():
            return self._wire.rows(body, self._what, everything=self._undeclared is not None)

    def keys(self, rows: Sequence[Row], name: str | None = "id") -> list[Any]:
        """Give the values by which a row that comes twice is noticed; None for each where rows have none."""
        if name is None:
            return [None] * len(rows)
        keys = self._wire.keys(rows, name)
        if not all(keys):
            row = self._rows + len(self._waiting) + next(n for n, key in enumerate(keys, 1) if not key)
            raise _messages.unreadable(f"{self._what}, row {row} of the answer", name)
        return keys

    def include(self, included: Included) -> None:
        """Add what an answer included: each page brings only what its own rows refer to."""
        for kind, objects in included.items():
            self.included.setdefault(kind, {}).update(objects)

    def add(self, rows: Sequence[Row], given: Mapping[str, Any]) -> None:
        """Add rows that were read, and what the loader knows of them, which fills what was not sent."""
        for name in given.keys() | self._given.keys():
            self._given.setdefault(name, [None] * len(self._waiting)).extend([given.get(name)] * len(rows))
        self._waiting.extend(rows)
        if len(self._waiting) >= AT_ONCE:
            with collector_paused():
                self._gather()

    def frame(self) -> pd.DataFrame:
        """Build the frame of all rows that were added.

        Raises
        ------
        UnexpectedResponse
            A value cannot be read as what its column declares.
        """
        with collector_paused():
            if self._waiting:
                self._gather()
            frame, notes = dict[str, Any](), dict[str, Any]()
            for column in self._wire.columns:
                values = self._whole(column)
                if column.kind.dtype == "flags":
                    flags = Flags(column, values, self._ids(), self._what)
                    names = flags.names(set(frame))
                    frame |= {name: flags.array(key) for key, name in names.items()}
                    notes[column.name] = flags.notes(names)
                else:
                    frame[column.name] = self._checked(array_of, column, values)
            if self._undeclared is not None:
                frame |= _undeclared(self._undeclared, set(frame))
            built = pd.DataFrame(frame, index=pd.RangeIndex(self._rows), copy=False)
        built.attrs.update(notes)
        return built

    def _gather(self) -> None:
        """Take the rows that wait apart into their columns."""
        values = self._values()
        ids = values[self._key] if self._key else range(self._rows + 1, self._rows + len(self._waiting) + 1)
        for column in self._wire.columns:
            if column.source.lookup is not None:
                continue
            self._check_required(column, values[column.name])
            gathered = self._gathered[column.name]
            gathered.add(self._checked(gathered.piece, column, values[column.name], ids))
        if self._undeclared is not None:
            self._undeclared.extend(row.undeclared for row in self._waiting)
        self._rows += len(self._waiting)
        self._waiting.clear()
        self._given.clear()

    def _values(self) -> dict[str, Sequence[Any]]:
        values = self._wire.values(self._waiting)
        for name in values.keys() & self._given.keys():
            pairs = zip(values[name], self._given[name], strict=True)
            values[name] = [known if value in NOTHING else value for value, known in pairs]
        for column in self._wire.columns:
            if column.source.derive is not None:
                values[column.name] = column.source.derive(values)
            elif not column.is_sent:
                values[column.name] = self._given.get(column.name) or [None] * len(self._waiting)
        return values

    def _check_required(self, column: Column, values: Sequence[Any]) -> None:
        if column.kind.required and not all(values):
            row = self._rows + next(number for number, value in enumerate(values, 1) if not value)
            raise _messages.unreadable(f"{self._what}, row {row} of the answer", column.name)

    def _checked(
        self,
        make: Callable[[Column, Any], Any],
        column: Column,
        values: Any,
        ids: Sequence[Any] | None = None,
    ) -> Any:
        try:
            return make(column, values)
        except REFUSED:
            row = (ids or self._ids())[first_refused(make, column, values)]
            raise _messages.unreadable(f"{self._what}, row {row}", column.name) from None

    def _ids(self) -> Sequence[Any]:
        return self._gathered[self._key].whole().to_pylist() if self._key else range(1, self._rows + 1)

    def _whole(self, column: Column) -> Any:
        if (lookup := column.source.lookup) is None:
            return self._gathered[column.name].whole()
        included, by, take = lookup
        found = {key: one.get(take) for key, one in self.included.get(included, {}).items()}
        keys = self._keys(by)
        if column.kind.dtype == "flags":
            return [found.get(key) for key in keys.to_pylist()]
        try:
            return looked_up(keys, found)
        except REFUSED:
            raise _messages.unreadable(f"{self._what}, included {included}", take) from None

    def _keys(self, by: str | tuple[str, ...]) -> Any:
        if isinstance(by, str):
            return self._gathered[by].whole()
        texts = [self._gathered[one].whole().cast(TEXT) for one in by]
        return pc.binary_join_element_wise(*texts, pa.scalar(" ", TEXT))


def _undeclared(rows: list[dict[str, Any]], taken: set[str]) -> dict[str, Any]:
    frame: dict[str, Any] = {}
    for path in dict.fromkeys(path for row in rows for path in row):
        name = snake_case(path)
        while name in taken or name in frame:
            name = f"sent_{name}"
        frame[name] = inferred([row.get(path) for row in rows])
    return frame
