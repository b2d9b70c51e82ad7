"""Convert the values of a column, by way of Arrow, to an array of the declared dtype.

Arrow refuses a value of another type where pandas and NumPy would convert it silently.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pmframes import _types
from pmframes._frames.schema import EMPTY_GUID, ZERO_DATES, Column

CONVERSION_ERRORS = (ValueError, TypeError, OverflowError, pa.ArrowException)
TEXT, TIMESTAMP = pa.large_string(), pa.timestamp("us", "UTC")
# The largest integer that a dtype holds exactly.
_MAX_INTEGERS = {"Int64": 2**63 - 1, "Float64": 2**53}
_LEAP_SECOND, _HOUR_24 = r"([0-9]:[0-5][0-9]):60", r"^(\S{10}[T ])24:00(?::00)?"
_ARROW_TYPES = {int: pa.int64(), float: pa.float64(), bool: pa.bool_(), str: TEXT}


class ColumnBuffer:
    """The values of one column, batch after batch: as Arrow arrays, or as a list where they are objects."""

    def __init__(self, column: Column) -> None:
        arrow_type = _ARROW_TYPES.get(column.type.json_type)
        self._arrow_type = pa.large_list(arrow_type) if column.type.is_list else arrow_type
        self._batches: list[Any] = []

    def convert(self, column: Column, values: Sequence[Any]) -> Any:
        """Convert a batch; a value of another type raises one of ``CONVERSION_ERRORS``."""
        return values if self._arrow_type is None else pa.array(values, self._arrow_type)

    def append(self, batch: Any) -> None:
        self._batches.append(batch)

    def is_empty(self) -> bool:
        """Return whether every value is missing."""
        if self._arrow_type is None:
            return all(value is None for batch in self._batches for value in batch)
        return all(batch.null_count == len(batch) for batch in self._batches)

    def combine(self) -> Any:
        """Concatenate the batches."""
        if self._arrow_type is None:
            return [value for batch in self._batches for value in batch]
        return pa.chunked_array(self._batches, self._arrow_type).combine_chunks()


def look_up_names(keys: Any, names: Mapping[str, str | None]) -> Any:
    """Look up the name of each key; where the keys are lists, join the names of each by commas."""
    if not names:
        return pa.nulls(len(keys), TEXT)
    if pa.types.is_large_list(keys.type):
        flat_names = look_up_names(keys.values, names)
        return _join_lists(pa.LargeListArray.from_arrays(keys.offsets, flat_names))
    positions = pc.index_in(keys.cast(TEXT), pa.array(list(names), TEXT))
    return pa.array(list(names.values()), TEXT).take(positions)


def build_array(column: Column, values: Any) -> Any:
    """Build the array of a whole column; a value of another type raises one of ``CONVERSION_ERRORS``."""
    return _BUILDERS[column.type.dtype](column, values)


def first_invalid(convert: Callable[[Column, Any], Any], column: Column, values: Any) -> int:
    """Return the position of the first value that ``convert`` refuses, knowing that there is one."""
    low, high = 0, len(values)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            convert(column, values[low:middle])
            low = middle
        except CONVERSION_ERRORS:
            high = middle
    return low


def infer_array(values: Sequence[Any]) -> Any:
    """Build an array of a dtype that holds every value exactly: integers never become floats."""
    types = {type(value) for value in values if value is not None}
    largest = max((abs(value) for value in values if isinstance(value, int)), default=0)
    dtype: Any
    for allowed, dtype in (({bool}, "boolean"), ({int}, "Int64"), ({int, float}, "Float64"), ({str}, _types.TEXT)):
        if types and types <= allowed and largest <= _MAX_INTEGERS.get(dtype, largest):
            return pd.array(values, dtype=dtype)
    return pd.Series(values, dtype=object).array


def boolean_array(values: Any) -> Any:
    """Build an array of True, False and NA."""
    return _from_arrow(pd.BooleanDtype(), pa.array(values, pa.bool_()))


def _from_arrow(dtype: Any, array: Any) -> Any:
    return dtype.__from_arrow__(array)  # which the stubs of pandas do not know


def _replace_by_null(array: Any, missing: Any) -> Any:
    if not pc.any(missing).as_py():
        return array  # most often: a copy would cost more than the check
    return pc.if_else(missing, pa.scalar(None, array.type), array)


def _empty_to_null(texts: Any) -> Any:
    return _replace_by_null(texts, pc.or_(pc.equal(texts, ""), pc.equal(texts, EMPTY_GUID)))


def _ids(column: Column, numbers: Any) -> Any:
    return numbers.to_numpy(zero_copy_only=False, writable=True)


def _integers(column: Column, numbers: Any) -> Any:
    if column.type.zero_is_missing:
        numbers = _replace_by_null(numbers, pc.equal(numbers, 0))
    return _from_arrow(pd.Int64Dtype(), numbers)


def _texts(column: Column, texts: Any) -> Any:
    return _from_arrow(pd.StringDtype("pyarrow", na_value=np.nan), _empty_to_null(texts))


def _booleans(column: Column, flags: Any) -> Any:
    return _from_arrow(pd.BooleanDtype(), flags)


def _floats(column: Column, numbers: Any) -> Any:
    return _from_arrow(pd.Float64Dtype(), pc.divide(numbers, float(column.type.divisor)))


def _timestamps(column: Column, texts: Any) -> Any:
    missing = pc.equal(texts, "")
    for zero_date in ZERO_DATES:
        missing = pc.or_(missing, pc.starts_with(texts, zero_date))
    present = _replace_by_null(texts, missing)
    try:
        timestamps = present.cast(TIMESTAMP)
    except pa.ArrowInvalid:
        timestamps = pa.array(_parse_irregular_times(present), TIMESTAMP)
    return _from_arrow(pd.DatetimeTZDtype("us", "UTC"), timestamps)


def _parse_irregular_times(texts: Any) -> Any:
    """Parse times of which some have no zone, no time of day, a leap second, or more digits than microseconds."""
    if not pc.all(pc.match_substring_regex(texts, "^[0-9]"), min_count=0).as_py():
        raise ValueError  # pandas also parses words, and "now" would be a different time in each load
    series = pd.Series(texts.to_pylist(), dtype=_types.TEXT)
    # The second 60, and the hour 24, are the first of the next minute and day.
    earlier = series.str.replace(_LEAP_SECOND, r"\1:59", regex=True).str.replace(_HOUR_24, r"\g<1>23:59:59", regex=True)
    times = pd.to_datetime(earlier, format="ISO8601", utc=True).dt.as_unit("us")
    return times.where(earlier.eq(series) | series.isna(), times + pd.Timedelta(seconds=1))


def _categories(column: Column, texts: Any) -> Any:
    present = _empty_to_null(texts)
    unknown = sorted(set(present.unique().drop_null().to_pylist()) - set(column.choices))
    names = [*column.choices, *unknown]
    codes = pc.fill_null(pc.index_in(present, pa.array(names, TEXT)), -1)
    return pd.Categorical.from_codes(codes.to_numpy(), categories=pd.Index(names, dtype=_types.TEXT))


def _lists(column: Column, lists: Any) -> Any:
    return pd.Series(_to_lists(lists), dtype=object).array


def _joined_names(column: Column, lists: Any) -> Any:
    return _texts(column, _join_lists(lists))


def _join_lists(lists: Any) -> Any:
    return pa.array([None if names is None else ", ".join(filter(None, names)) for names in _to_lists(lists)], TEXT)


def _to_lists(lists: Any) -> list[list[Any] | None]:
    """Convert to Python lists without nulls in them; a missing list is None."""
    items, are_sent = lists.values.to_pylist(), lists.is_valid().to_pylist()
    offsets = zip(are_sent, pairwise(lists.offsets.to_pylist()), strict=True)
    rows = [items[start:end] if is_sent else None for is_sent, (start, end) in offsets]
    if lists.values.null_count:
        return [row and [item for item in row if item is not None] for row in rows]
    return rows


_BUILDERS: dict[str, Callable[[Column, Any], Any]] = {
    "int64": _ids,
    "Int64": _integers,
    "str": _texts,
    "boolean": _booleans,
    "Float64": _floats,
    "datetime64[us, UTC]": _timestamps,
    "category": _categories,
    "list": _lists,
    "joined": _joined_names,
}
