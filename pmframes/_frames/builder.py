"""Build a frame from the pages of a response: the declared columns, in their order, with their dtypes."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pmframes import _fork, _messages
from pmframes._frames import arrays
from pmframes._frames.decoder import Row, as_flag, decoder_for
from pmframes._frames.schema import Column, Lookup, Record, flag_column, snake_case

Included = Mapping[str, Mapping[str, Mapping[str, Any]]]
EMPTY = (None, "", 0)
# Enough rows to be worth a conversion, few enough to be still in the processor's cache.
BATCH_ROWS = 1_000
MAX_UNKNOWN_NAMES = 1_000
"""How many names that the service does not document become columns."""


class Builder:
    """Builds one frame, page after page: ``decode`` a page, ``add`` those of its rows that are new.

    Parameters
    ----------
    record : type[Record]
        The declaration.
    label : str
        Service and resource, for errors.
    keep_extra : bool, default False
        Add columns for the fields that the record does not declare.

    Attributes
    ----------
    included : dict
        What the responses included beside their rows, by collection and key.
    undeclared_fields : set of str
        The fields without a column that the first rows of each page have, by their path in the JSON.
    """

    def __init__(self, record: type[Record], label: str, *, keep_extra: bool = False) -> None:
        self._decoder = decoder_for(record)
        self._key = next((column.name for column in self._decoder.columns if column.type.required), None)
        self._label = label
        self._buffers = {column.name: arrays.ColumnBuffer(column) for column in self._decoder.columns}
        self.included: dict[str, dict[str, Mapping[str, Any]]] = {}
        self.undeclared_fields: set[str] = set()
        self._sent_fields: set[str] = set()
        self._extra: list[dict[tuple[str, ...], Any]] | None = [] if keep_extra else None
        self._pending: list[Row] = []
        self._constants: dict[str, list[Any]] = {}
        self._rows = 0

    def decode(self, body: bytes | msgspec.Raw) -> list[Row]:
        """Decode the JSON list of a page's rows.

        Raises
        ------
        UnexpectedResponse
            It is not a list of objects, or a value is not of the type that its column declares.
        """
        with gc_paused():
            rows = self._decoder.decode(body, self._label, keep_extra=self._extra is not None)
            sent, undeclared = self._decoder.field_names(body)
        self._sent_fields |= sent
        self.undeclared_fields |= undeclared
        return rows

    def missing_columns(self) -> list[Column]:
        """Return the columns that the service should send, but sent for no row."""
        if not self._rows:
            return []
        missing = []
        for column in self._decoder.columns:
            names = {path.partition(".")[0].removesuffix("[]") for path in column.source.paths or ()}
            is_unsent = names and not names & self._sent_fields and self._buffers[column.name].is_empty()
            if is_unsent or self._lacks_included(column.source.lookup):
                missing.append(column)
        return missing

    def _lacks_included(self, lookup: Lookup | None) -> bool:
        """Whether rows refer to objects of which the responses included none."""
        if lookup is None or self.included.get(lookup.collection):
            return False
        return not any(
            self._buffers[name].is_empty() for name in ([lookup.by] if isinstance(lookup.by, str) else lookup.by)
        )

    def keys(self, rows: Sequence[Row], name: str | None = "id") -> list[Any]:
        """Return the values by which a repeated row is noticed; None for each where rows have no key."""
        if name is None:
            return [None] * len(rows)
        keys = self._decoder.keys(rows, name)
        self._require_all(name, keys, self._rows + len(self._pending))
        return keys

    def include(self, included: Included) -> None:
        """Add what a response included: each page brings only what its own rows refer to."""
        for collection, objects in included.items():
            self.included.setdefault(collection, {}).update(objects)

    def add(self, rows: Sequence[Row], constants: Mapping[str, Any]) -> None:
        """Add decoded rows; ``constants`` fill columns that the service did not send."""
        for name in constants.keys() | self._constants.keys():
            column = self._constants.setdefault(name, [None] * len(self._pending))
            column.extend([constants.get(name)] * len(rows))
        self._pending.extend(rows)
        if len(self._pending) >= BATCH_ROWS:
            with gc_paused():
                self._convert_pending()

    def build(self) -> pd.DataFrame:
        """Build the frame of all rows that were added.

        Raises
        ------
        UnexpectedResponse
            A value is not of the type that its column declares.
        """
        with gc_paused():
            if self._pending:
                self._convert_pending()
            built, notes = dict[str, Any](), dict[str, Any]()
            for column in self._decoder.columns:
                values = self._combined(column)
                if column.type.dtype == "flags":
                    flags = _FlagSet(column, values, self._ids(), self._label)
                    names = flags.names(set(built))
                    built |= {name: flags.array(key) for key, name in names.items()}
                    notes[column.name] = flags.notes(names)
                else:
                    built[column.name] = self._convert(arrays.build_array, column, values)
            if self._extra is not None:
                built |= _extra_columns(self._extra, set(built), self._label)
            frame = pd.DataFrame(built, index=pd.RangeIndex(self._rows), copy=False)
        frame.attrs.update(notes)
        return frame

    def _convert_pending(self) -> None:
        values = self._pending_values()
        row_numbers = range(self._rows + 1, self._rows + len(self._pending) + 1)
        ids = values[self._key] if self._key else row_numbers
        for column in self._decoder.columns:
            if column.source.lookup is not None:
                continue
            if column.type.required:
                self._require_all(column.name, values[column.name], self._rows)
            buffer = self._buffers[column.name]
            buffer.append(self._convert(buffer.convert, column, values[column.name], ids))
        if self._extra is not None:
            self._extra.extend(row.extra for row in self._pending)
        self._rows += len(self._pending)
        self._pending.clear()
        self._constants.clear()

    def _pending_values(self) -> dict[str, Sequence[Any]]:
        values = self._decoder.values(self._pending)
        for name in values.keys() & self._constants.keys():
            pairs = zip(values[name], self._constants[name], strict=True)
            values[name] = [constant if value in EMPTY else value for value, constant in pairs]
        for column in self._decoder.columns:
            if column.source.compute is not None:
                values[column.name] = column.source.compute(values)
            elif not column.is_sent:
                values[column.name] = self._constants.get(column.name) or [None] * len(self._pending)
        return values

    def _require_all(self, name: str, values: Sequence[Any], rows_before: int) -> None:
        if not all(values):
            row = next(number for number, value in enumerate(values, rows_before + 1) if not value)
            raise _messages.unreadable(f"{self._label}, row {row} of the response", name)

    def _convert(
        self, convert: Callable[[Column, Any], Any], column: Column, values: Any, ids: Sequence[Any] | None = None
    ) -> Any:
        try:
            return convert(column, values)
        except arrays.CONVERSION_ERRORS:
            row = (ids or self._ids())[arrays.first_invalid(convert, column, values)]
            raise _messages.unreadable(f"{self._label}, row {row}", column.name) from None

    def _ids(self) -> Sequence[Any]:
        return self._buffers[self._key].combine().to_pylist() if self._key else range(1, self._rows + 1)

    def _combined(self, column: Column) -> Any:
        if (lookup := column.source.lookup) is None:
            return self._buffers[column.name].combine()
        objects = self.included.get(lookup.collection, {})
        values = {key: value.get(lookup.attribute) for key, value in objects.items()}
        keys = self._lookup_keys(lookup.by)
        if column.type.dtype == "flags":
            return [values.get(key) for key in keys.to_pylist()]
        try:
            return arrays.look_up_names(keys, values)
        except arrays.CONVERSION_ERRORS:
            location = f"{self._label}, included {lookup.collection}"
            raise _messages.unreadable(location, lookup.attribute) from None

    def _lookup_keys(self, by: str | tuple[str, ...]) -> Any:
        if isinstance(by, str):
            return self._buffers[by].combine()
        parts = [self._buffers[name].combine().cast(arrays.TEXT) for name in by]
        return pc.binary_join_element_wise(*parts, pa.scalar(" ", arrays.TEXT))


def _extra_columns(rows: list[dict[tuple[str, ...], Any]], taken: set[str], label: str) -> dict[str, Any]:
    paths = dict.fromkeys(path for row in rows for path in row)
    if len(paths) > MAX_UNKNOWN_NAMES:
        raise _messages.too_many_names(label, len(paths), MAX_UNKNOWN_NAMES)
    names: dict[tuple[str, ...], str] = {}
    # In the order of the paths, so that a name that two of them would have does not depend on the rows.
    for path in sorted(paths):
        name = snake_case(".".join(path))
        while name in taken or name in names.values():
            name = f"sent_{name}"
        names[path] = name
    return {names[path]: arrays.infer_array([row.get(path) for row in rows]) for path in paths}


@dataclass(frozen=True)
class _FlagSet:
    """The flags of each row, with the ids of the rows."""

    column: Column
    rows: Sequence[Mapping[str, Any] | None]
    ids: Sequence[Any]
    label: str

    def names(self, taken: set[str]) -> dict[str, str]:
        """Return the column name of each flag: known flags first, then the others, sorted."""
        known = self.column.source.known_flags
        unknown = sorted({key for flags in self.rows for key in flags or ()} - set(known))
        if len(unknown) > MAX_UNKNOWN_NAMES:
            raise _messages.too_many_names(self.label, len(unknown), MAX_UNKNOWN_NAMES)
        names = {key: flag_column(key, taken) for key in (*known, *unknown)}
        if len(set(names.values())) < len(names):
            raise _messages.unreadable(self.label, self.column.name)
        return names

    def array(self, key: str) -> Any:
        """Build the array of one flag."""
        values = [flags.get(key) if flags else None for flags in self.rows]
        if (members := self.column.source.members) is not None:
            values = [members.value_of(flag) for flag in values]
        try:
            return arrays.boolean_array(values)
        except arrays.CONVERSION_ERRORS:
            pairs = zip(values, self.ids, strict=True)
            return arrays.boolean_array([self._parse(value, row, key) for value, row in pairs])

    def notes(self, names: Mapping[str, str]) -> dict[str, Any]:
        """Return what booleans cannot hold: the description of each flag, and the ids where it is fixed."""
        notes: dict[str, Any] = {name: {"description": None, "fixed": []} for name in names.values()}
        if (members := self.column.source.members) is None:
            return notes
        for row, flags in zip(self.ids, self.rows, strict=True):
            for key, flag in (flags or {}).items():
                if isinstance(flag, dict):
                    note = notes[names[key]]
                    note["description"] = note["description"] or flag.get(members.description) or None
                    if flag.get(members.modifiable) is False:
                        note["fixed"].append(row)
        return notes

    def _parse(self, value: Any, row: Any, key: str) -> bool | None:
        try:
            return as_flag(value)
        except (KeyError, TypeError):
            raise _messages.unreadable(f"{self.label}, row {row}", f"{self.column.name}.{key}") from None


class _Pauses:
    """The number of threads that paused the garbage collector, and its state before the first of them."""

    lock = Lock()
    count = 0
    was_enabled = False

    @classmethod
    def reset_after_fork(cls) -> None:
        """End the pauses of the parent process's threads."""
        cls.lock = Lock()
        if cls.count and cls.was_enabled:
            gc.enable()
        cls.count = 0


_fork.call_in_child(_Pauses.reset_after_fork)


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause the garbage collector; the last thread that leaves restores the state before the first."""
    with _Pauses.lock:
        if not _Pauses.count:
            _Pauses.was_enabled = gc.isenabled()
            gc.disable()
        _Pauses.count += 1
    try:
        yield
    finally:
        with _Pauses.lock:
            _Pauses.count -= 1
            if not _Pauses.count and _Pauses.was_enabled:
                gc.enable()
