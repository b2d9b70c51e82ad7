"""The cells and headings of the grid, as people write them."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype, is_object_dtype, is_string_dtype

from pmframes._cell_text import display_cell, format_cell, is_missing
from pmframes._explorer.columns import Column
from pmframes._explorer.facets import GROUPS
from pmframes._text import format_heading, format_label, format_percent, service_title

MAX_COLUMNS = 12
_FIRST = ("name", *GROUPS, "email")
MAX_CELL = 200
_WHOLES = {"share": 1, "percent": 100}
UNKNOWN = "unknown"
FLAGS: dict[object, str] = {True: "yes", False: "no", None: UNKNOWN}


def headings(columns: Sequence[Column]) -> list[str]:
    """Write the names of columns for people, each different: "company_name" as "Company"."""
    short = [
        format_heading(column.name, drop="^is_|_at$" + ("|_name$" * (column.label in GROUPS))) for column in columns
    ]
    full = [format_heading(column.name, drop="$^") for column in columns]
    plain = [format_label(column.name) for column in columns]
    found = short
    for others in (full, plain, [column.label for column in columns]):
        found = _first_unique(found, others)
    return found


def _first_unique(texts: list[str], others: list[str]) -> list[str]:
    """Replace the texts that repeat."""
    counts = Counter(texts)
    return [text if counts[text] == 1 else other for text, other in zip(texts, others, strict=True)]


def first_columns(columns: Sequence[Column], frame: pd.DataFrame, permissions: Sequence[str]) -> list[str]:
    """Return the labels of the columns that are painted at first: the name, what rows are grouped by, others, ids."""
    empty = empty_columns(frame)
    filled = [column for column in columns if not empty[column.position]] or list(columns)
    ranked = sorted(filled, key=lambda column: _column_rank(column, {*permissions}))
    return [column.label for column in sorted(ranked[:MAX_COLUMNS], key=_is_identifier)]


def _column_rank(column: Column, permissions: set[str]) -> tuple[int, int]:
    label = column.label
    if label in _FIRST:
        return 0, _FIRST.index(label)
    if label in permissions or column.kind == "other" or (_is_identifier(column) and label != "id"):
        return 2, column.position
    # First and last names are in the name.
    return (2 if label in ("first_name", "last_name") else 1), column.position


def _is_identifier(column: Column) -> bool:
    return column.label in ("id", "match") or column.label.endswith("_id")


def empty_columns(frame: pd.DataFrame) -> np.ndarray:
    """Return for each column whether no row has anything to read in it; for none if that is so of all."""
    empty = [_is_empty(column) for _, column in frame.items()]
    return np.array(empty, dtype=bool) & (not all(empty))


def _is_empty(series: pd.Series) -> bool:
    known = series.notna()
    if not known.any():
        return True
    is_text = is_object_dtype(series.dtype) or is_string_dtype(series.dtype)
    return is_text and not any(map(format_cell, series[known]))


def zone(column: Column, frame: pd.DataFrame) -> str:
    """Return the time zone of a column of times."""
    dtype = column.of(frame).dtype
    return str(dtype.tz) if isinstance(dtype, pd.DatetimeTZDtype) else ""


def column_texts(column: Column, series: pd.Series, *, has_times: bool) -> list[str]:
    """Write the values of a column; with ``has_times`` times are written to the minute, else as days."""
    values = np.asarray(series.array, dtype=object).tolist()
    if column.kind == "time":
        # Not strftime, which takes a year such as 800 for one of three digits.
        return ["" if is_missing(value) else str(value)[: 16 if has_times else 10] for value in values]
    if column.kind == "flag":
        return [UNKNOWN if is_missing(value) else FLAGS[bool(value)] for value in values]
    whole = _WHOLES.get(column.label.rpartition("_")[2])
    if whole and is_float_dtype(series.dtype):
        return ["" if is_missing(value) else format_percent(value / whole) for value in values]
    texts = [display_cell(value) for value in values]
    return [*map(service_title, texts)] if column.label == "service" else texts


def has_times(series: pd.Series) -> bool:
    """Whether a column of times has more than midnights."""
    # Not normalize, which fails for the first times that fit into nanoseconds.
    seconds = series.dropna().dt.tz_localize(None).dt.as_unit("s").to_numpy()
    return bool((seconds != seconds.astype("datetime64[D]")).any())


def value_text(value: object, column: Column, *, is_presence: bool = False) -> str:
    """Write a value of a facet."""
    if is_presence:
        return "missing" if value is None else "present"
    if column.kind == "flag":
        return FLAGS[value]
    text = "missing" if value is None else display_cell(value) or '""'
    return service_title(text) if column.label == "service" else text
