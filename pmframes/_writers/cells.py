"""Convert a frame to the cells of a sheet: columns of plain Python values, each under one heading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

from pmframes._text import format_cell, format_label, is_missing, replace_surrogates

Cell = None | bool | int | float | str | pd.Timestamp


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


to_text = partial(
    format_cell,
    booleans=("true", "false"),
    separator="; ",
    format_time=lambda time: _to_utc(time).isoformat().replace("+00:00", "Z"),
)


def _build_column(values: pd.Series[Any]) -> SheetColumn:
    heading = format_label(values.name, missing="")
    cells = [_to_cell(value) for value in values.tolist()]
    return SheetColumn(heading, cells, isinstance(values.dtype, pd.DatetimeTZDtype))


def _to_cell(value: Any) -> Cell:
    """Convert a value to one of the types that a cell can have; of an infinite number it is text."""
    if isinstance(value, str):
        return replace_surrogates(value)
    if is_missing(value):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating | Decimal):
        return _to_float(float(value))
    return _to_utc(value) if isinstance(value, datetime) else to_text(value)


def _to_float(number: float) -> Cell:
    if isfinite(number):
        return number
    return None if number != number else str(number)
