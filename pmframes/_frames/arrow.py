"""Tables of other libraries, and columns that Arrow holds, with the dtypes that loaders give."""

from typing import Any

import pandas as pd
import pyarrow as pa

from pmframes._types import TEXT

_NUMBERS = [f"{kind}{bits}" for kind in ("Int", "UInt") for bits in (8, 16, 32, 64)] + ["Float32", "Float64"]
_DTYPES: dict[Any, Any] = {
    pa.bool_(): pd.BooleanDtype(),
    **dict.fromkeys((pa.string(), pa.large_string(), pa.string_view()), TEXT),
    **{pa.type_for_alias(name.lower()): pd.api.types.pandas_dtype(name) for name in _NUMBERS},
}


def frame_from_arrow(value: Any) -> Any:
    """Return the pandas frame of a table of polars, Arrow or DuckDB, with its provenance; any other value as it is."""
    try:
        table = pa.table(value)
    except (TypeError, ValueError):  # a single column also has __arrow_c_stream__
        return value
    frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    for position in range(frame.shape[1]):
        frame.isetitem(position, without_arrow(frame.iloc[:, position]))
    return frame


def without_arrow(values: pd.Series) -> pd.Series:
    """Return a column of Arrow with the dtype that loaders give to such values, any other column unchanged.

    Dates are times at midnight, dictionaries categories, lists and structs Python objects. Decimals remain, as
    no other dtype holds them exactly.
    """
    dtype = values.dtype
    if not isinstance(dtype, pd.ArrowDtype) or pa.types.is_decimal(dtype.pyarrow_dtype):
        return values
    array: Any = pa.array(values.array)
    if pa.types.is_nested(dtype.pyarrow_dtype):
        # pandas would get arrays, in which a missing integer makes floats of the others.
        return pd.Series(array.to_pylist(), values.index, dtype=object, name=values.name)
    if pa.types.is_dictionary(array.type) and pa.types.is_unsigned_integer(array.type.index_type):
        # As polars numbers categories; not every pyarrow can give these to pandas.
        array = pa.DictionaryArray.from_arrays(array.indices.cast(pa.int32()), array.dictionary.to_pylist())
    converted: pd.Series = array.to_pandas(types_mapper=_DTYPES.get, date_as_object=False)
    return pd.Series(converted.array, values.index, dtype=converted.dtype, name=values.name)
