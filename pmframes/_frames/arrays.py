"""A column at a time: from Python values, by way of Arrow, to an array of the declared dtype.

Arrow refuses a value of another type where pandas and NumPy would turn it into something else.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pmframes._frames.schema import Column

REFUSED = (ValueError, TypeError, OverflowError, pa.ArrowException)
TEXT, MOMENT = pa.large_string(), pa.timestamp("us", "UTC")
_ARROW = {
    "int64": pa.int64(),
    "Int64": pa.int64(),
    "str": TEXT,
    "boolean": pa.bool_(),
    "Float64": pa.float64(),
    "datetime64[us, UTC]": TEXT,
    "category": TEXT,
}
_ITEMS = {int: pa.large_list(pa.int64()), str: pa.large_list(TEXT)}


class Gathered:
    """The values of one column as they come: in Arrow's arrays, or in a list where they are objects."""

    def __init__(self, column: Column) -> None:
        kind = column.kind
        self._type = _ITEMS[kind.json] if kind.is_many else _ARROW.get(kind.dtype)
        self._pieces: list[Any] = []

    def piece(self, column: Column, values: Sequence[Any]) -> Any:
        """Make a piece of the column; a value that is of another type raises one of ``REFUSED``."""
        return values if self._type is None else pa.array(values, self._type)

    def add(self, piece: Any) -> None:
        """Add a piece."""
        self._pieces.append(piece)

    def whole(self) -> Any:
        """Put the pieces together."""
        if self._type is None:
            return [value for piece in self._pieces for value in piece]
        return pa.chunked_array(self._pieces, self._type).combine_chunks()


def looked_up(keys: Any, names: Mapping[str, str | None]) -> Any:
    """Give the name of each key, or, where the keys are lists, the names of each, joined by commas."""
    if not names:
        return pa.nulls(len(keys), TEXT)
    if pa.types.is_large_list(keys.type):
        return _joined(pa.LargeListArray.from_arrays(keys.offsets, looked_up(keys.values, names)))
    places = pc.index_in(keys.cast(TEXT), pa.array(list(names), TEXT))
    return pa.array(list(names.values()), TEXT).take(places)


def array_of(column: Column, values: Any) -> Any:
    """Make the array of a whole column; a value that its kind does not allow raises one of ``REFUSED``."""
    return _MAKE[column.kind.dtype](column, values)


def first_refused(make: Callable[[Column, Any], Any], column: Column, values: Any) -> int:
    """Find the first value that cannot be made into an array, knowing that there is one."""
    low, high = 0, len(values)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            make(column, values[low:middle])
            low = middle
        except REFUSED:
            high = middle
    return low


def inferred(values: Sequence[Any]) -> Any:
    """Choose a dtype that holds every value exactly: none turns integers into floats."""
    kinds = {type(value) for value in values if value is not None}
    exact = not any(isinstance(value, int) and abs(value) > 2**53 for value in values)
    for allowed, dtype in (({bool}, "boolean"), ({int}, "Int64"), ({int, float}, "Float64"), ({str}, "str")):
        if kinds and kinds <= allowed and (exact or dtype != "Float64"):
            try:
                return pd.array(values, dtype=dtype)  # type: ignore[call-overload]
            except (OverflowError, TypeError):
                break
    return pd.Series(values, dtype=object).array


def booleans(values: Any) -> Any:
    """Make an array of True, False and None."""
    return _pandas(pd.BooleanDtype(), pa.array(values, pa.bool_()))


def _pandas(dtype: Any, array: Any) -> Any:
    return dtype.__from_arrow__(array)


def _without(array: Any, missing: Any) -> Any:
    if not pc.any(missing).as_py():
        return array  # as it is: a copy would cost more than the look
    return pc.if_else(missing, pa.scalar(None, array.type), array)


def _filled(texts: Any) -> Any:
    return _without(texts, pc.equal(texts, ""))


def _ids(column: Column, numbers: Any) -> Any:
    return numbers.to_numpy(zero_copy_only=False, writable=True)


def _integers(column: Column, numbers: Any) -> Any:
    known = _without(numbers, pc.equal(numbers, 0)) if column.kind.zero_is_missing else numbers
    return _pandas(pd.Int64Dtype(), known)


def _texts(column: Column, texts: Any) -> Any:
    return _pandas(pd.StringDtype("pyarrow", na_value=np.nan), _filled(texts))


def _booleans(column: Column, flags: Any) -> Any:
    return _pandas(pd.BooleanDtype(), flags)


def _numbers(column: Column, numbers: Any) -> Any:
    return _pandas(pd.Float64Dtype(), pc.divide(numbers, float(column.kind.per_unit)))


def _times(column: Column, texts: Any) -> Any:
    known = _without(texts, pc.or_(pc.equal(texts, ""), pc.starts_with(texts, "0001-01-01")))
    try:
        moments = known.cast(MOMENT)
    except pa.ArrowInvalid:
        moments = pa.array(_odd_times(known), MOMENT)
    return _pandas(pd.DatetimeTZDtype("us", "UTC"), moments)


def _odd_times(known: Any) -> Any:
    """Read times of which some have no zone, no time of day, or more digits than microseconds."""
    if not pc.all(pc.match_substring_regex(known, "^[0-9]"), min_count=0).as_py():
        raise ValueError  # pandas also reads words, and "now" would be a different moment each time
    texts = pd.Series(known.to_pylist(), dtype="str")
    return pd.to_datetime(texts, format="ISO8601", utc=True).dt.as_unit("us")


def _choices(column: Column, texts: Any) -> Any:
    known = _filled(texts)
    unknown = sorted(set(known.unique().drop_null().to_pylist()) - set(column.choices))
    names = [*column.choices, *unknown]
    codes = pc.fill_null(pc.index_in(known, pa.array(names, TEXT)), -1)
    return pd.Categorical.from_codes(codes.to_numpy(), categories=pd.Index(names, dtype="str"))


def _lists(column: Column, lists: Any) -> Any:
    return pd.Series(_items(lists), dtype=object).array


def _names(column: Column, lists: Any) -> Any:
    return _texts(column, _joined(lists))


def _joined(lists: Any) -> Any:
    return pa.array([", ".join(filter(None, some)) for some in _items(lists)], TEXT)


def _items(lists: Any) -> list[list[Any]]:
    """Give Python lists, empty ones for what is missing, and without what is missing in them."""
    items = lists.values.to_pylist()
    found = [items[start:end] for start, end in pairwise(lists.offsets.to_pylist())]
    if lists.values.null_count:
        return [[item for item in some if item is not None] for some in found]
    return found


_MAKE: dict[str, Callable[[Column, Any], Any]] = {
    "int64": _ids,
    "Int64": _integers,
    "str": _texts,
    "boolean": _booleans,
    "Float64": _numbers,
    "datetime64[us, UTC]": _times,
    "category": _choices,
    "list": _lists,
    "names": _names,
}
