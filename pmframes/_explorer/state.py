"""The state of an explorer: its filters, search, order and columns; outside a plain dict, inside a value."""

import math
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from pmframes import _messages
from pmframes._cell_text import is_missing
from pmframes._explorer.columns import Column
from pmframes._explorer.filters import Range, Value, Values
from pmframes._text import join, join_limited, safe_repr, suggest
from pmframes.errors import InvalidArgument

RowFilter = Values | Range
NOT = "__not"
_MAX_NAMED = 8
_OTHER_STATE = "Pass the .state of an explorer of a frame with the same columns, or leave state out."


@dataclass(frozen=True)
class State:
    """What is shown of a frame, and how; every change gives a new state.

    ``filters`` are under the labels of their columns, ``sort`` holds labels with whether they descend, and
    ``columns`` the labels of the columns that are painted, None for those that are at first.
    """

    filters: Mapping[str, RowFilter] = field(default_factory=dict)
    search: str = ""
    sort: tuple[tuple[str, bool], ...] = ()
    columns: tuple[str, ...] | None = None
    pinned: tuple[str, ...] | None = None

    def with_filter(self, label: str, row_filter: RowFilter | None) -> "State":
        """Set the filter of a column, or remove it."""
        others = {key: other for key, other in self.filters.items() if key != label}
        return replace(self, filters=others if row_filter is None else {**others, label: row_filter})

    def to_dict(self) -> dict[str, Any]:
        """Write the state as a dict that can be kept as JSON."""
        return {
            "filters": {label: _write_filter(row_filter) for label, row_filter in self.filters.items()},
            "search": self.search,
            "sort": [_write_key(label, descends) for label, descends in self.sort],
            "columns": None if self.columns is None else list(self.columns),
            "pinned": None if self.pinned is None else list(self.pinned),
        }


def _write_key(label: str, descends: bool) -> str:
    return f"-{label}" if descends else f"+{label}" if label.startswith(("-", "+")) else label


def _write_filter(row_filter: RowFilter) -> Any:
    if isinstance(row_filter, Values):
        values = list(row_filter.values)
        return {"not": values} if row_filter.exclude else values
    bounds = (row_filter.low, row_filter.high)
    low, high = (str(bound) if isinstance(bound, date) else bound for bound in bounds)
    return {"from": low, "to": high}


def parse_state(state: object, columns: Sequence[Column]) -> State:
    """Parse what ``to_dict`` wrote, or a part of it, for a frame of these columns."""
    if not isinstance(state, Mapping):
        raise _messages.wrong_kind("state", state, "a dict, as the .state of an explorer is")
    known = State.__dataclass_fields__
    for key in state:
        if key not in known:
            remedy = f"{suggest(key, known)} Use keys of: {join(known)}.".lstrip()
            raise InvalidArgument(f"state has the key {safe_repr(key)}.", remedy)
    filters = state.get("filters", {})
    if not isinstance(filters, Mapping):
        raise _messages.wrong_kind("state['filters']", filters, "a dict, as in the .state of an explorer")
    search = state.get("search", "")
    if not isinstance(search, str):
        raise _messages.wrong_kind("state['search']", search, "the text to search for")
    labels = [column.label for column in columns]
    return State(
        {label: _read_filter(label, written, columns) for label, written in filters.items()},
        parse_search(search, columns),
        parse_sort("state['sort']", state.get("sort", ()), columns),
        _read_labels("columns", state.get("columns"), labels),
        _read_labels("pinned", state.get("pinned"), labels),
    )


def _read_filter(label: str, written: Any, columns: Sequence[Column]) -> RowFilter:
    argument, column = f"state['filters'][{label!r}]", find_column("state", label, columns)
    if isinstance(written, Mapping) and {*written} == {"from", "to"}:
        return _parse_range(argument, column, written["from"], written["to"])
    exclude = isinstance(written, Mapping) and [*written] == ["not"]
    values = written["not"] if exclude else written
    if not isinstance(values, list | tuple):
        raise _messages.wrong_kind(argument, written, "a list of values, or a dict of 'from' and 'to', or of 'not'")
    return _parse_values(argument, column, values, exclude=exclude)


def _read_labels(key: str, labels: object, known: Sequence[str]) -> tuple[str, ...] | None:
    if labels is None:
        return None
    if not isinstance(labels, list | tuple) or not all(isinstance(label, str) for label in labels):
        raise _messages.wrong_kind(f"state[{key!r}]", labels, "a list of the names of columns, or None")
    for label in labels:
        if label not in known:
            raise _no_column(f"state[{key!r}]", label, known)
    return tuple(dict.fromkeys(labels))


def parse_search(search: str, columns: Sequence[Column]) -> str:
    """Check that there is a column to search in."""
    if search and not any(column.kind == "text" for column in columns):
        raise InvalidArgument("This frame has no column of text to search in.", "Leave the search out.")
    return search


def parse_conditions(conditions: Mapping[str, Any], columns: Sequence[Column]) -> dict[str, RowFilter]:
    """Parse the conditions of ``Explorer.filter``, such as ``type="contact"`` or ``name__not=["…"]``."""
    labels, found = {column.label for column in columns}, dict[str, RowFilter]()
    for key, value in conditions.items():
        exclude = key not in labels and key.endswith(NOT)
        label = key.removesuffix(NOT) if exclude else key
        column = find_column("filter()", label, columns)
        if label in found:
            raise InvalidArgument(f"filter() was given {label} twice.", f"Pass {label} or {label}{NOT}.")
        if isinstance(value, tuple):
            if exclude:
                raise InvalidArgument(f"{key} is a range.", f"Pass values, or the range that you want as {label}=….")
            if len(value) != 2:
                raise _messages.wrong_kind(key, value, "a list of values, or a tuple of two bounds")
            found[label] = _parse_range(key, column, *value)
        elif column.kind == "time" and not exclude and isinstance(value, str | date):
            found[label] = _parse_range(key, column, value, value)
        else:
            many = isinstance(value, list | set | frozenset | pd.Series | pd.Index | np.ndarray)
            found[label] = _parse_values(key, column, list(value) if many else [value], exclude=exclude)
    return found


def _parse_values(argument: str, column: Column, values: Iterable[Any], *, exclude: bool) -> Values:
    parsed = tuple(dict.fromkeys(_parse_value(argument, column, value) for value in values))
    if not parsed:
        raise InvalidArgument(f"{argument} is empty.", "Name one value or more; reset() removes the filter.")
    # An order of their own: the same filter is written in one way.
    order = sorted(range(len(parsed)), key=lambda place: parsed[place] is None)
    return Values(column, tuple(parsed[place] for place in order), exclude)


def _parse_value(argument: str, column: Column, value: Any) -> Value:
    if is_missing(value):
        return None
    wanted = {"text": "text", "category": "text", "flag": "True, False or pd.NA", "number": "numbers"}.get(column.kind)
    if wanted is None:
        hint = "two days, such as ('2026-01-01', '2026-01-31')" if column.kind == "time" else "pd.NA"
        raise _messages.wrong_kind(argument, value, f"{hint}: this column is not filtered by single values")
    if column.kind in ("text", "category") and isinstance(value, str):
        return str(value)
    if column.kind == "flag" and isinstance(value, bool | np.bool_):
        return bool(value)
    if column.kind == "number":
        return _parse_number(argument, value, "finite numbers")
    raise _messages.wrong_kind(argument, value, wanted)


def _parse_number(argument: str, value: Any, wanted: str) -> float:
    if isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value):
        return int(value) if isinstance(value, numbers.Integral) else float(value)
    raise _messages.wrong_kind(argument, value, wanted)


def _parse_range(argument: str, column: Column, low: Any, high: Any) -> Range:
    parse: Callable[[str, Any], Any]
    if column.kind == "time":
        parse, wanted = _parse_day, "two days"
    elif column.kind == "number":
        parse, wanted = partial(_parse_number, wanted="numbers, or None for no bound"), "two numbers"
    else:
        raise InvalidArgument(f"{argument} is a range, and {column.label} has no order.", "Pass a list of its values.")
    bounds: list[Any] = [None if is_missing(bound) else parse(argument, bound) for bound in (low, high)]
    first, last = bounds
    if first is None and last is None:
        raise InvalidArgument(f"{argument} has no bound.", f"Pass {wanted}, of which one may be None.")
    if first is not None and last is not None and first > last:
        raise InvalidArgument(f"{argument} begins after it ends.", "Swap the two bounds.")
    return Range(column, first, last)


def _parse_day(argument: str, value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise _messages.wrong_kind(argument, value, "days, such as '2026-01-31', or None for no bound")


def parse_sort(argument: str, sort: object, columns: Sequence[Column]) -> tuple[tuple[str, bool], ...]:
    """Parse the names of columns to sort by; after "-" a column descends, after "+" it ascends, as without a sign."""
    if not isinstance(sort, list | tuple) or not all(isinstance(key, str) for key in sort):
        raise _messages.wrong_kind(argument, sort, "names of columns, such as '-created_at'")
    sortable = [column.label for column in columns if column.is_sortable]
    found: dict[str, bool] = {}
    for key in sort:
        label = key[1:] if key.startswith(("-", "+")) else key
        if label in found:
            raise InvalidArgument(f"{argument} names {label} twice.", "Name it once.")
        if not find_column(argument, label, columns).is_sortable:
            remedy = f"Use: {join_limited(sortable, _MAX_NAMED)}." if sortable else "Leave it out."
            raise InvalidArgument(f"{argument}: the column {label} cannot be sorted by.", remedy)
        found[label] = key.startswith("-")
    return tuple(found.items())


def find_column(argument: str, label: object, columns: Sequence[Column]) -> Column:
    """Return the column of this label; ``argument`` is where it was named."""
    for column in columns:
        if column.label == label:
            return column
    raise _no_column(argument, label, [column.label for column in columns])


def _no_column(argument: str, label: object, labels: Sequence[str]) -> InvalidArgument:
    other = _OTHER_STATE if argument.startswith("state") else f"Use: {join_limited(labels, _MAX_NAMED)}."
    return InvalidArgument(f"{argument}: the frame has no column {safe_repr(label)}.", suggest(label, labels) or other)
