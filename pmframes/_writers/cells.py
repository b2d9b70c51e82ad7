"""A frame as the cells of a sheet: columns of plain Python values under one heading each."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import isfinite, isnan
from typing import Any

import numpy as np
import pandas as pd

Cell = None | bool | int | float | str | pd.Timestamp


@dataclass(frozen=True)
class Column:
    """A column of a sheet; ``utc`` says whether all its times are in UTC."""

    heading: str
    cells: list[Cell]
    utc: bool


def columns(frame: pd.DataFrame) -> list[Column]:
    """Give the columns of a sheet: first the index, unless it only numbers the rows."""
    index = [frame.index.get_level_values(level) for level in range(index_width(frame))]
    stubs = [_column(level.name, level.to_series()) for level in index]
    return stubs + [_column(label, frame.iloc[:, place]) for place, label in enumerate(frame.columns)]


def index_width(frame: pd.DataFrame) -> int:
    """Count the columns that the index takes."""
    return 0 if only_numbers(frame.index) else frame.index.nlevels


def only_numbers(index: pd.Index[Any]) -> bool:
    """Whether an index has no name and only numbers the rows."""
    return index.nlevels == 1 and index.name is None and pd.api.types.is_integer_dtype(index.dtype)


def as_text(cell: Cell) -> str:
    """Write a cell as text: times in ISO 8601, yes and no as true and false, what is missing as nothing."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, pd.Timestamp):
        return cell.isoformat().replace("+00:00", "Z")
    return str(cell)


def writable(text: str) -> str:
    r"""Return a text that UTF-8 can hold: a lone surrogate becomes its ``\u`` escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _column(label: Hashable, values: pd.Series[Any]) -> Column:
    levels = label if isinstance(label, tuple) else (label,)
    heading = " ".join(filter(None, (as_text(_cell(level)) for level in levels)))
    cells = [_cell(value) for value in values.tolist()]
    return Column(writable(heading), cells, isinstance(values.dtype, pd.DatetimeTZDtype))


def _cell(value: Any) -> Cell:
    """Bring a value to one of the few kinds that a cell has."""
    if isinstance(value, str):
        return writable(value)
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating | Decimal):
        return _number(float(value))
    if isinstance(value, datetime):
        return _moment(pd.Timestamp(value))
    if isinstance(value, list | tuple | np.ndarray):
        return "; ".join(as_text(_cell(one)) for one in value)
    return writable(str(value))


def _number(value: float) -> Cell:
    """Give a number; no sheet knows infinity, so it is a text."""
    if isfinite(value):
        return value
    return None if isnan(value) else str(value)


def _moment(value: pd.Timestamp) -> pd.Timestamp:
    return value if value.tzinfo is None else value.tz_convert("UTC")
