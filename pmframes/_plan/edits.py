"""Edits: the smallest list of writes that turns one frame of rows into another.

Only what was changed is written. Differences of form, as a spreadsheet or a CSV brings them about, are no change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import numpy as np
import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import check_column_names
from pmframes._cell_text import format_cell, is_missing
from pmframes._fork import cached_property
from pmframes._loading.writing import WriteSchema
from pmframes._text import join, pluralize, restore_hidden, safe_repr
from pmframes._writers.cells import split_items
from pmframes._writers.csv import unescape
from pmframes.errors import InvalidArgument

FIRST_ROUNDED_FLOAT = 2.0**53
Action = Literal["create", "update", "delete"]


@dataclass(frozen=True)
class Step:
    """One write: a row, and the values of its columns before and after; ``id`` is None for a new row.

    ``row`` is the position of the row in ``after``, None where it is in none.
    """

    action: Action
    id: Any
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    row: int | None = None

    @property
    def size(self) -> int:
        """How many changes it is: one per updated value, per new row, per deleted row."""
        return len(self.after) if self.action == "update" else 1


@dataclass(frozen=True)
class LeftOut:
    """What differs and is not written: a value that is missing now, or, without a column, a row."""

    id: Any
    column: str | None
    before: Any
    reason: str


@dataclass(frozen=True)
class Edits:
    """The writes, and what is left out; ``ids`` are those of the rows of ``after``, None for new ones."""

    steps: Sequence[Step]
    left_out: Sequence[LeftOut]
    ids: Sequence[Any] = ()


def find_edits(
    before: pd.DataFrame, after: pd.DataFrame, schema: WriteSchema, *, deletions: int = 0, clear: Sequence[str] = ()
) -> Edits:
    """Compare two frames of one resource.

    Raises
    ------
    InvalidArgument
        An id is not one of ``before``, a row is in ``after`` twice, a column cannot be written, a value is not
        valid, or ``deletions`` is not the number of rows that ``after`` lacks. The message says where.
    """
    for argument, frame in (("before", before), ("after", after)):
        if not isinstance(frame, pd.DataFrame):
            raise _messages.not_a_frame(argument, frame)
        check_column_names(argument, frame)
        if "id" not in frame:
            raise _messages.missing_columns(argument, ["id"], f"pm.{schema.resource.service.name}")
    for column in clear:
        if column not in schema.columns:
            raise _messages.not_one_of("clear", column, schema.columns)
    known = _read_known_ids(before, schema)
    ids = [_parse_id(position, value, known) for position, value in enumerate(after["id"].tolist())]
    comparison = _Comparison(before, after, schema, clear)
    rows = _distinct_rows(ids, comparison)
    steps, left_out = comparison.compare({id_: known[id_] for id_ in rows}, rows)
    steps += [comparison.build_creation(position) for position, id_ in enumerate(ids) if id_ is None]
    gone = [id_ for id_ in known if id_ not in rows]
    _check_deletions(before, schema, deletions, len(gone))
    for id_, values in zip(gone, comparison.written_values([known[id_] for id_ in gone]), strict=True):
        if deletions:
            steps.append(Step("delete", id_, values))
        else:
            left_out.append(LeftOut(id_, None, values, "kept, although not in after: only deletions= deletes rows"))
    return Edits(steps, left_out, ids)


def _check_deletions(before: pd.DataFrame, schema: WriteSchema, deletions: int, gone: int) -> None:
    """Raise InvalidArgument unless these deletions can be planned."""
    if not deletions:
        return
    if deletions != gone:
        raise InvalidArgument(
            f"deletions is {deletions:,}, but after lacks {pluralize(gone, 'row')} of before.",
            f"Pass deletions={gone} to delete them." if gone else "Leave deletions out.",
        )
    if not schema.can_delete:
        raise InvalidArgument(f"{schema.resource.title} cannot be deleted.", "Leave deletions out.")
    if missing := [column for column in schema.columns if column not in before]:
        raise InvalidArgument(
            f"before lacks {join(missing)}: nobody could see whether the rows were changed meanwhile.",
            "Pass the frame with these columns.",
        )


def normalize(value: Any) -> Any:
    """Return a value without differences of form: a plain Python value, None where it is missing."""
    if isinstance(value, str):
        while (plain := unescape(value)) != value:
            value = plain  # exported more than once
        return restore_hidden(value).replace("\r\n", "\n").replace("\r", "\n").strip() or None
    if isinstance(value, list | tuple | np.ndarray):
        return tuple(normalize(item) for item in value)
    if is_missing(value):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, datetime):
        time = pd.Timestamp(value)
        return time.tz_localize("UTC") if time.tzinfo is None else time.tz_convert("UTC")
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return int(value)
    return value.item() if isinstance(value, np.generic) else str(value) if isinstance(value, dict) else value


def to_python(value: Any) -> Any:
    """Return a value as it is, but plain: None where it is missing."""
    if is_missing(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def normalize_like(value: Any, example: Any) -> Any:
    """Return a value without differences of form; a text that stands for another type becomes of that type."""
    plain = normalize(value)
    if not isinstance(plain, str) or isinstance(example, str | None):
        return str(plain) if isinstance(example, str) and isinstance(plain, int) and str(plain) == example else plain
    try:
        if isinstance(example, pd.Timestamp):
            return normalize(pd.Timestamp(plain))
        if isinstance(example, tuple):
            return tuple(normalize_like(item, example[0] if example else None) for item in split_items(plain))
        if isinstance(example, bool):
            return {"true": True, "false": False}.get(plain.casefold(), plain)
        return type(example)(plain)
    except (ValueError, TypeError):
        return plain


def _parse_id(position: int, value: Any, known: Mapping[Any, int]) -> Any:
    """Return the id of a row of ``after``, None for a new row."""
    if is_missing(value):
        return None
    found: Any = value if isinstance(value, int | np.integer) and not isinstance(value, bool) else None
    if isinstance(value, str):
        text = value.strip()
        found = text if text in known else text.lower()
        found = int(text) if found not in known and text.isascii() and text.isdigit() and len(text) < 20 else found
    elif isinstance(value, float | np.floating):
        if abs(float(value)) >= FIRST_ROUNDED_FLOAT:
            raise InvalidArgument(
                f"after.iloc[{position}]: its id {safe_repr(float(value))} is a float, which has lost digits.",
                'Keep ids whole when you add rows: before["id"].astype("Int64").',
            )
        found = int(value) if float(value).is_integer() else None
    if found not in known:
        raise InvalidArgument(
            f"after.iloc[{position}]: its id {safe_repr(value)} is not an id of before.",
            "Correct it; a new row has no id (None).",
        )
    return found


def _read_known_ids(before: pd.DataFrame, schema: WriteSchema) -> dict[Any, int]:
    """Return the position of each id in ``before``."""
    wanted = str if schema.has_text_ids else int
    known: dict[Any, int] = {}
    for position, value in enumerate(before["id"].tolist()):
        if type(value) is not wanted or value in known:
            raise InvalidArgument(
                f"before.iloc[{position}]: its id {safe_repr(value)} is "
                + ("in before twice." if type(value) is wanted else "not an id of the service."),
                "Pass the frame as it was loaded, or rows of it.",
            )
        known[value] = position
    return known


def _distinct_rows(ids: Sequence[Any], comparison: _Comparison) -> dict[Any, int]:
    """Return the position of each known id in ``after``; equal rows count once."""
    positions = defaultdict[Any, list[int]](list)
    for position, id_ in enumerate(ids):
        if id_ is not None:
            positions[id_].append(position)
    for id_, repeated in positions.items():
        if len(repeated) > 1 and comparison.differ(repeated):
            raise InvalidArgument(
                f"after has id {id_} twice, with different values ({join(f'after.iloc[{at}]' for at in repeated)}).",
                "Keep one of the rows.",
            )
    return {id_: repeated[0] for id_, repeated in positions.items()}


class _Comparison:
    """Two frames, and what may be written of the second."""

    def __init__(self, before: pd.DataFrame, after: pd.DataFrame, schema: WriteSchema, clear: Sequence[str]) -> None:
        self._before = before
        self._after = after
        self._schema = schema
        self._clear = clear
        self._columns = [column for column in before.columns if column in after.columns and column != "id"]

    def differ(self, positions: Sequence[int]) -> bool:
        """Whether rows of ``after`` have different values."""
        first, *others = (tuple(map(normalize, self._after_rows[position])) for position in positions)
        return any(other != first for other in others)

    @cached_property
    def _after_rows(self) -> list[tuple[Any, ...]]:
        columns = [self._after[column].tolist() for column in self._after.columns if column != "id"]
        return list(zip(*columns, strict=True)) if columns else [()] * len(self._after)

    def written_values(self, positions: Sequence[int]) -> list[dict[str, Any]]:
        """Return what rows of ``before`` have in the columns that can be written."""
        names = [column for column in self._schema.columns if column in self._before]
        columns = [self._before[column].iloc[list(positions)].tolist() for column in names]
        rows = zip(*columns, strict=True) if names else [()] * len(positions)
        return [dict(zip(names, map(to_python, row), strict=True)) for row in rows]

    def build_creation(self, position: int) -> Step:
        """Build the write of a new row."""
        schema, row = self._schema, self._after.iloc[position]
        if not schema.can_create:
            raise InvalidArgument(
                f"after.iloc[{position}] is a new row, and columns do not have all that {schema.resource.title} need.",
                f"Create it with pm.{schema.resource.service.name}.create_customer, and load again.",
            )
        values = {str(column): value for column in row.index if (value := normalize(row[column])) is not None}
        fixed = [column for column in values if column in self._before and column not in ("id", *schema.columns)]
        if fixed:
            raise InvalidArgument(
                f"after.iloc[{position}] is a new row with values that cannot be written: {join(fixed)}.",
                "Leave them missing (None).",
            )
        sent = {
            name: column.parse(f"after.iloc[{position}], {name}", values.get(name))
            for name, column in schema.columns.items()
            if column.on_create == "required" or name in values
        }
        return Step("create", None, after=sent, row=position)

    def compare(self, old: Mapping[Any, int], new: Mapping[Any, int]) -> tuple[list[Step], list[LeftOut]]:
        """Return the updates, and the values that are missing now, of rows that both frames have, by their ids."""
        ids = list(old)
        self._require_loaded()
        before, after = self._before.iloc[list(old.values())], self._after.iloc[list(new.values())]
        changes = defaultdict[int, dict[str, tuple[Any, Any]]](dict)
        for column in self._columns:
            candidates = _may_differ(before[column], after[column])
            pairs = zip(before[column].iloc[candidates].tolist(), after[column].iloc[candidates].tolist(), strict=True)
            for at, (old_value, new_value) in zip(candidates, pairs, strict=True):
                earlier = normalize(old_value)
                later = normalize_like(new_value, earlier)
                if earlier != later:
                    changes[at][column] = (to_python(old_value), later)
        self._refuse_fixed({new[ids[at]]: found for at, found in changes.items()})
        steps, left_out = list[Step](), list[LeftOut]()
        for at in sorted(changes):
            written = {}
            for column, (old_value, new_value) in changes[at].items():
                if new_value is None and column not in self._clear:
                    left_out.append(LeftOut(ids[at], column, old_value, "missing in after"))
                else:
                    written[column] = new_value
            if written:
                steps.append(self._build_update(ids[at], new[ids[at]], changes[at], written))
        return steps, left_out

    def _require_loaded(self) -> None:
        """Raise InvalidArgument where ``after`` has values of a column that was not loaded at all."""
        for name, column in self._schema.columns.items():
            is_loaded = not column.not_loaded_remedy or name not in self._columns or self._before[name].notna().any()
            if not is_loaded and self._after[name].notna().any():
                raise InvalidArgument(f"after has {name}, which before was loaded without.", column.not_loaded_remedy)

    def _build_update(self, id_: Any, position: int, changes: Mapping[str, Any], written: Mapping[str, Any]) -> Step:
        sent = {
            column: self._schema.columns[column].parse(f"after.iloc[{position}], {column}", value)
            for column, value in written.items()
        }
        return Step("update", id_, {column: changes[column][0] for column in sent}, sent, position)

    def _refuse_fixed(self, changes: Mapping[int, Mapping[str, tuple[Any, Any]]]) -> None:
        """Raise InvalidArgument for new values in columns that cannot be written; missing ones are left out."""
        writable = [name for name, column in self._schema.columns.items() if column.can_update]
        fixed = dict[str, int]()
        for position, found in changes.items():
            for column, (_, value) in found.items():
                if column not in writable and (value is not None or column in self._clear):
                    fixed.setdefault(column, position)
        if fixed:
            service = self._schema.resource.service
            more = "" if self._schema.can_create else f"For others, use pm.{service.name}.update_customer."
            raise InvalidArgument(
                f"after changes {join(fixed)}, which cannot be updated (first in after.iloc[{min(fixed.values())}]).",
                f"Restore them from before; only {join(writable)} can be updated. {more}".rstrip(),
            )


def _may_differ(before: pd.Series[Any], after: pd.Series[Any]) -> list[int]:
    """Return where two columns may differ: fast for those that are of one dtype."""
    old, new = before.reset_index(drop=True), after.reset_index(drop=True)
    both_missing = (old.isna() & new.isna()).to_numpy()
    try:
        equal = (old == new).fillna(False).to_numpy(dtype=bool)
    except (TypeError, ValueError):
        equal = np.zeros(len(old), dtype=bool)  # times with and without a zone, categories, arrays
    positions: list[int] = np.flatnonzero(~(equal | both_missing)).tolist()
    return positions


def describe(values: Mapping[str, Any]) -> str:
    """Write the values of a row on one line."""
    return join(f"{column}={format_cell(value)}" for column, value in values.items() if value is not None)


def find_equal_rows(frame: pd.DataFrame, columns: Iterable[str]) -> dict[tuple[Any, ...], list[Any]]:
    """Return the ids of the rows with each combination of values."""
    found = defaultdict[tuple[Any, ...], list[Any]](list)
    values = [[normalize(value) for value in frame[column].tolist()] for column in columns]
    for id_, *row in zip(frame["id"].tolist(), *values, strict=True):
        found[tuple(row)].append(id_)
    return found
