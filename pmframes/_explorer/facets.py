"""Facets: the values or the bins of a column, and how many rows have each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pmframes._explorer.columns import Column
from pmframes._explorer.filters import Mask, Value
from pmframes._explorer.time_units import bin_times

# What a row belongs to, in the order in which people ask for it; each is worth filtering by whatever its values.
GROUPS = (
    "severity",
    "rule",
    "type",
    "service",
    "company_name",
    "company_title",
    "owner_name",
    "customer_name",
    "project_name",
    "role_name",
    "permission",
    "account",
)
MAX_VALUES = 50
MAX_BINS = 24
_FIRST_ROWS = 500
_EXACT = 2**53
Bound = float | date


@dataclass(frozen=True, eq=False)
class ValueFacet:
    """The values of a column; ``None``, a missing value, comes last. ``codes`` are the places of the rows' values.

    Of a column with ``is_presence`` the only other value is that there is one.
    """

    column: Column
    values: tuple[Value, ...]
    codes: npt.NDArray[np.integer]
    is_presence: bool = False
    has_order: bool = False

    def counts(self, kept: Mask) -> list[int]:
        """Count the kept rows of each value."""
        counted: list[int] = np.bincount(self.codes[kept], minlength=len(self.values)).tolist()
        return counted


@dataclass(frozen=True, eq=False)
class RangeFacet:
    """The bins of numbers or times: their labels and bounds, and the bin of each row, that of missing ones last."""

    column: Column
    labels: list[str]
    bounds: list[tuple[Bound, Bound] | None]
    codes: npt.NDArray[np.integer]

    def counts(self, kept: Mask) -> list[int]:
        """Count the kept rows of each bin, last the missing ones."""
        counted: list[int] = np.bincount(self.codes[kept], minlength=len(self.labels) + 1).tolist()
        return counted

    def overlaps(self, place: int, low: Any, high: Any) -> bool:
        """Whether a bin has values within these bounds, of which one may be None."""
        ends: Any = self.bounds[place]
        return ends is None or ((low is None or ends[1] >= low) and (high is None or ends[0] <= high))


Facet = ValueFacet | RangeFacet


def rank_columns(columns: Sequence[Column], frame: pd.DataFrame, permissions: Sequence[str]) -> list[Column]:
    """Sort the columns that have a facet, those that people ask for first."""
    ranked = ((rank, column) for column in columns if (rank := _rank(column, frame, {*permissions})) is not None)
    return [column for _, column in sorted(ranked, key=lambda pair: pair[0])]


def _rank(column: Column, frame: pd.DataFrame, permissions: set[str]) -> tuple[int, int] | None:
    series = column.of(frame)
    missing = int(series.isna().sum())
    if missing == len(series) > 0:
        return None
    if column.label in GROUPS and column.kind in ("text", "category"):
        return 0, GROUPS.index(column.label)
    if column.kind == "flag":
        return (5 if column.label in permissions else 1), column.position
    if column.kind == "category" or _has_few_values(column, series):
        return 2, column.position
    if column.kind == "time" or (column.kind == "number" and not _is_identifier(column)):
        return 3, column.position
    # Nearly unique: worth asking only whether there is a value.
    return (4, column.position) if missing else None


def build_facet(column: Column, frame: pd.DataFrame) -> Facet:
    """Build the facet of a column."""
    series = column.of(frame)
    if column.kind == "flag":
        return _of_flag(column, series)
    if column.kind == "category":
        return _of_category(column, series)
    if column.kind == "text" and (column.label in GROUPS or _has_few_values(column, series)):
        return _of_text(column, series)
    if column.kind == "time" and series.notna().any():
        return _of_times(column, series)
    if column.kind == "number" and not _is_identifier(column):
        numbers = series.to_numpy(dtype="float64", na_value=np.nan)
        if not np.isinf(numbers).any() and not np.isnan(numbers).all():
            return _of_numbers(column, series, numbers)
    return ValueFacet(column, (True, None), series.isna().to_numpy().astype(np.int8), is_presence=True)


def _has_few_values(column: Column, series: pd.Series) -> bool:
    # The first rows of most columns say that there are too many. Each value is in two rows on average.
    if column.kind != "text" or series.head(_FIRST_ROWS).nunique() > MAX_VALUES:
        return False
    return 0 < series.nunique() <= min(MAX_VALUES, int(series.count()) // 2)


def _is_identifier(column: Column) -> bool:
    return column.label in ("id", "match") or column.label.endswith("_id")


def _of_flag(column: Column, series: pd.Series) -> ValueFacet:
    missing = series.isna().to_numpy(dtype=bool)
    codes = np.select([series.fillna(False).to_numpy(dtype=bool), missing], [0, 2], 1).astype(np.int8)
    return ValueFacet(column, (True, False, None), codes, has_order=True)


def _of_category(column: Column, series: pd.Series) -> ValueFacet:
    # Two values of an open list may read alike (1 and "1"): they are one value of the facet.
    texts = [str(value) for value in series.cat.categories]
    # Of ordered ones the highest is first.
    places = {text: place for place, text in enumerate(dict.fromkeys(texts[::-1] if series.cat.ordered else texts))}
    by_code = np.array([*(places[text] for text in texts), len(places)], dtype=_smallest(len(places)))
    codes = by_code[series.cat.codes.to_numpy()]
    return ValueFacet(column, (*places, None), codes, has_order=bool(series.cat.ordered))


def _of_text(column: Column, series: pd.Series) -> ValueFacet:
    codes, found = pd.factorize(series)
    codes[codes < 0] = len(found)
    return ValueFacet(column, (*map(str, found), None), codes.astype(_smallest(len(found))))


def _of_times(column: Column, series: pd.Series) -> RangeFacet:
    labels, bounds, places = bin_times(series)
    codes = np.where(places < 0, len(labels), places).astype(_smallest(len(labels)))
    return RangeFacet(column, labels, [*bounds], codes)


def _of_numbers(column: Column, series: pd.Series, numbers: npt.NDArray[np.float64]) -> RangeFacet:
    """Part numbers into bins: whole ones by whole numbers, others by equal widths."""
    known = numbers[~np.isnan(numbers)]
    is_whole = bool((known == np.floor(known)).all()) and float(np.abs(known).max()) < _EXACT
    # From here on floats, but for whole numbers that floats do not hold.
    is_long = not is_whole and pd.api.types.is_integer_dtype(series.dtype)
    values: Any = series.dropna().to_numpy(dtype=object) if is_long else known
    low, high = (int(end) if is_whole or is_long else float(end) for end in (values.min(), values.max()))
    starts: list[float]
    if is_whole or is_long:
        width = max(1, -(-(int(high) - int(low) + 1) // MAX_BINS))
        starts = list(range(int(low), int(high) + 1, width))
        ends = [min(start + width - 1, high) for start in starts]
    else:
        # Weighted, as the difference of far numbers is infinite.
        parts = [place / MAX_BINS for place in range(MAX_BINS)] if high > low else [0.0]
        starts = [low * (1 - part) + high * part for part in parts]
        ends = [*(float(np.nextafter(start, -np.inf)) for start in starts[1:]), high]
    codes = np.full(len(series), len(starts), dtype=_smallest(len(starts)))
    codes[~np.isnan(numbers)] = np.searchsorted(np.array(starts, dtype=values.dtype), values, side="right") - 1
    pairs = list(zip(starts, ends, strict=True))
    return RangeFacet(column, [_label(pair) for pair in pairs], list(pairs), codes)


def _label(bounds: tuple[Bound, Bound]) -> str:
    first, last = (f"{bound:,}" if isinstance(bound, int) else f"{bound:,.6g}" for bound in bounds)
    return first if first == last else f"{first} to {last}"


def _smallest(largest: int) -> type[np.integer]:
    return np.int8 if largest < 2**7 else np.int16 if largest < 2**15 else np.int32
