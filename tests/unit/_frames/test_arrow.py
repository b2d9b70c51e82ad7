"""`without_arrow`: columns of Arrow get the dtypes that loaders give. The values are hand-made."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest

from pmframes._frames.arrow import without_arrow
from pmframes._types import TEXT
from tests.support.frames import arrow

DAY, TIME = date(2026, 1, 5), datetime(2026, 1, 5, 9, 12)


@pytest.mark.parametrize(("values", "arrow_type", "dtype", "converted"), [
    (["x", None], pa.string(), TEXT, ["x", None]), (["x", None], pa.large_string(), TEXT, ["x", None]),
    ([1, None], pa.int64(), "Int64", [1, None]), ([2**63 + 1, None], pa.uint64(), "UInt64", [2**63 + 1, None]),
    ([1.5, None], pa.float64(), "Float64", [1.5, None]), ([True, None], pa.bool_(), "boolean", [True, None]),
    ([DAY, None], pa.date32(), "datetime64[ms]", [pd.Timestamp(DAY), None]),
    ([date.min, date.max], pa.date64(), "datetime64[ms]", [pd.Timestamp(date.min), pd.Timestamp(date.max)]),
    ([TIME, None], pa.timestamp("us"), "datetime64[us]", [pd.Timestamp(TIME), None]),
    ([TIME, None], pa.timestamp("s", "UTC"), "datetime64[s, UTC]", [pd.Timestamp(TIME, tz="UTC"), None]),
    ([timedelta(1), None], pa.duration("ms"), "timedelta64[ms]", [pd.Timedelta(1, "D"), None]),
    ([[1, None], None, []], pa.list_(pa.int64()), object, [[1, None], None, []]),
    ([{"a": 1}, None], pa.struct([("a", pa.int64())]), object, [{"a": 1}, None]),
    ([Decimal("1.50"), None], pa.decimal128(5, 2), pd.ArrowDtype(pa.decimal128(5, 2)), [Decimal("1.50"), None]),
    ([None, None], pa.null(), object, [None, None]),
], ids=str)  # fmt: skip
def test_values(values, arrow_type, dtype, converted):
    column = pd.Series(arrow(values, arrow_type), index=range(5, 5 + len(values)), name=("a", "b"))
    found = without_arrow(column)
    assert found.dtype == dtype
    assert [None if not isinstance(value, list | dict) and pd.isna(value) else value for value in found] == converted
    assert (found.name, [*found.index]) == (column.name, [*column.index])
    assert without_arrow(found) is found


@pytest.mark.parametrize(("values", "categories"), [(["b", "a", None], ["b", "a"]), ([2, 1, None], [2, 1])])
def test_dictionaries_are_categories(values, categories):
    found = without_arrow(pd.Series(arrow(pa.array(values).dictionary_encode())))
    assert found.cat.categories.tolist() == categories
    assert found.cat.codes.tolist() == [0, 1, -1]
