"""Convert a frame to the cells of a sheet: columns of plain Python values, each under one heading.

Text is written so that nothing in it is hidden, and so that ``pm.read_csv`` and ``pm.read_excel`` restore it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

from pmframes._cell_text import format_cell, is_missing
from pmframes._frames.arrow import without_arrow
from pmframes._text import format_label, show_hidden

Cell = None | bool | int | float | str | pd.Timestamp
NO_ITEMS = "[]"
# Where a cell without text would be taken for a missing value.
EMPTY_TEXT = "⟦⟧"
_ITEM = re.compile(r'("(?:[^"\\]|\\.)*"|[^;]*); ?')


@dataclass(frozen=True)
class SheetColumn:
    """A column of a sheet; ``is_utc`` says whether all its times are in UTC."""

    heading: str
    cells: list[Cell]
    is_utc: bool


def sheet_columns(frame: pd.DataFrame) -> list[SheetColumn]:
    """Convert a frame to columns: first the levels of the index, unless it only numbers the rows."""
    levels = [level.to_series() for level in index_levels(frame)]
    columns = [frame.iloc[:, position] for position in range(len(frame.columns))]
    return [_build_column(values) for values in [*levels, *columns]]


def index_levels(frame: pd.DataFrame) -> list[pd.Index[Any]]:
    """Return the levels of an index; none if it has no name and only numbers the rows."""
    index = frame.index
    if index.nlevels == 1 and index.name is None and pd.api.types.is_integer_dtype(index.dtype):
        return []
    return [index.get_level_values(level) for level in range(index.nlevels)]


def _to_utc(time: datetime) -> pd.Timestamp:
    timestamp = time if isinstance(time, pd.Timestamp) else pd.Timestamp(time)
    return timestamp if timestamp.tzinfo in (None, UTC) else timestamp.tz_convert("UTC")


def _to_text(value: Any) -> str:
    if isinstance(value, str):
        return show_hidden(value)
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return _join_items(map(_to_text, value))
    return format_cell(value, booleans=("true", "false"), format_time=format_utc)


def format_utc(time: datetime) -> str:
    """Write a time as ISO 8601 in UTC."""
    return _to_utc(time).isoformat().replace("+00:00", "Z")


def _join_items(items: Iterable[str]) -> str:
    """Join the items of a list by "; "; one that could not be told apart then is quoted as in JSON."""
    return "; ".join(map(_quote_item, items)) or NO_ITEMS


def _quote_item(item: str) -> str:
    is_plain = item and item != NO_ITEMS and item[0] != '"' and ";" not in item and item == item.strip()
    return item if is_plain else json.dumps(item, ensure_ascii=False)


def split_items(text: str) -> list[str]:
    """Return the items that a cell of a list holds."""
    if text == NO_ITEMS:
        return []
    items = [match[1] for match in _ITEM.finditer(f"{text}; ")]
    return [json.loads(item) if item.startswith('"') else item for item in items]


def _build_column(values: pd.Series[Any]) -> SheetColumn:
    heading = show_hidden(format_label(values.name, missing=""))
    values = without_arrow(values)
    is_utc = isinstance(values.dtype, pd.DatetimeTZDtype)
    # As a whole: in another zone, the first and last times that there are cannot be taken out of the column.
    cells = [_to_cell(value) for value in (values.dt.tz_convert("UTC") if is_utc else values).tolist()]
    return SheetColumn(heading, cells, is_utc)


def _to_cell(value: Any) -> Cell:
    """Convert a value to one of the types that a cell can have; of an infinite number it is text."""
    if isinstance(value, str):
        return show_hidden(value)
    if is_missing(value):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating | Decimal):
        return _to_float(float(value))
    return _to_utc(value) if isinstance(value, datetime) else _to_text(value)


def cell_text(cell: Cell) -> str:
    """Write a cell as text; times are ISO 8601."""
    return cell if isinstance(cell, str) else _to_text(cell)


def _to_float(number: float) -> Cell:
    if isfinite(number):
        return number
    return None if number != number else str(number)
