"""Columns of the declared dtypes: what is missing, what stays exact, and values of another type that are refused."""

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from pmframes._frames import arrays
from pmframes._frames.schema import CATEGORY, Column, ColumnSource, ColumnType

BEYOND_FLOAT = 2**53 + 1
BIGGEST = 2**63 - 1
UTC = "datetime64[us, UTC]"


def _column(kind: ColumnType, *choices: str) -> Column:
    return Column("value", kind, ColumnSource(""), choices)


COLUMNS = {
    "id": _column(ColumnType(int, "int64", required=True)),
    "optional id": _column(ColumnType(int, "Int64", zero_is_missing=True)),
    "count": _column(ColumnType(int, "Int64")), "text": _column(ColumnType(str, "str")),
    "flag": _column(ColumnType(bool, "boolean")), "number": _column(ColumnType(float, "Float64")),
    "minor units": _column(ColumnType(float, "Float64", divisor=100)), "time": _column(ColumnType(str, UTC)),
    "category": _column(CATEGORY, "small", "large"), "int list": _column(ColumnType(int, "list")),
    "text list": _column(ColumnType(str, "list")), "joined": _column(ColumnType(str, "joined")),
}  # fmt: skip
DTYPES = {
    "id": "int64", "optional id": "Int64", "count": "Int64", "text": "str", "flag": "boolean", "number": "Float64",
    "minor units": "Float64", "time": UTC, "category": "category", "int list": "object", "text list": "object",
    "joined": "str",
}  # fmt: skip


def _series(kind: str, *batches: list[Any]) -> pd.Series:
    column = COLUMNS[kind]
    buffer = arrays.ColumnBuffer(column)
    for batch in batches:
        buffer.append(buffer.convert(column, batch))
    return pd.Series(arrays.build_array(column, buffer.combine()))


def _list(series: pd.Series) -> list[Any]:
    return [value if isinstance(value, list) else None if pd.isna(value) else value for value in series]


@pytest.mark.parametrize(("kind", "sent", "values"), [
    ("id", [3, BEYOND_FLOAT, BIGGEST], [3, BEYOND_FLOAT, BIGGEST]),
    ("optional id", [BEYOND_FLOAT, None, 0, BIGGEST], [BEYOND_FLOAT, None, None, BIGGEST]),
    ("optional id", [1, 2], [1, 2]), ("count", [0, None, BIGGEST], [0, None, BIGGEST]),
    ("text", ["0012", "", None, "NaN", "null", " x ", "1e5"], ["0012", None, None, "NaN", "null", " x ", "1e5"]),
    ("flag", [True, False, None], [True, False, None]), ("number", [7.5, 0.0, None], [7.5, 0.0, None]),
    ("minor units", [12500.0, 1.0, 0.0, None], [125.0, 0.01, 0.0, None]),
    ("category", ["large", "", None, "robot", "ant", "small"], ["large", None, None, "robot", "ant", "small"]),
    ("int list", [[3, 1, BEYOND_FLOAT], [], None, [None, 5]], [[3, 1, BEYOND_FLOAT], [], None, [5]]),
    ("text list", [["0012"], [None]], [["0012"], []]),
    ("joined", [["a", "", None, "b"], [], None, [None]], ["a, b", None, None, None]),
])  # fmt: skip
def test_values(kind, sent, values):
    series = _series(kind, sent)
    assert _list(series) == values
    assert str(series.dtype) == DTYPES[kind]
    # In as many batches as values, and in an empty one.
    pd.testing.assert_series_equal(_series(kind, [], *([value] for value in sent)), series)
    if kind == "text":  # as in other frames
        assert type(series.iloc[2]) is float


@pytest.mark.parametrize("kind", COLUMNS)
def test_the_dtype_does_not_depend_on_the_values(kind):
    for batches in ([], [[]], *([] if kind == "id" else [[[None]], [[None, None], [None]]])):
        series = _series(kind, *batches)
        assert str(series.dtype) == DTYPES[kind]
        assert len(series) == sum(map(len, batches))
        assert _list(series) == [None] * len(series)
    # Declared categories come first, and unknown ones follow sorted.
    assert list(_series("category", []).dtype.categories) == ["small", "large"]
    assert list(_series("category", ["robot", "large", "ant"]).dtype.categories) == ["small", "large", "ant", "robot"]


@pytest.mark.parametrize(("sent", "time"), [
    ("2023-01-01T12:00:00Z", "2023-01-01T12:00:00Z"), ("2023-01-01T12:00:00.000001Z", "2023-01-01T12:00:00.000001Z"),
    ("2023-11-07T05:31:56.123Z", "2023-11-07T05:31:56.123Z"),
    ("2023-11-07T05:31:56.123456789Z", "2023-11-07T05:31:56.123456Z"),
    ("2025-01-27 09:38:41", "2025-01-27T09:38:41Z"), ("2026-03-04T04:58:14+02:00", "2026-03-04T02:58:14Z"),
    ("2026-03-04T04:58:14-0530", "2026-03-04T10:28:14Z"), ("2024-02-29", "2024-02-29T00:00:00Z"),
    ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"), ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"), ("", None),
    (None, None), ("0001-01-01T00:00:00Z", None), ("0001-01-01", None),
])  # fmt: skip
def test_times_of_every_form_alone_and_among_others(sent, time):
    expected = None if time is None else pd.Timestamp(time)
    for others in ([], ["2023-01-01T12:00:00Z"], ["2024-02-29"], ["2026-03-04T04:58:14+02:00", None]):
        series = _series("time", [sent, *others])
        assert _list(series)[0] == expected
        assert str(series.dtype) == UTC


@pytest.mark.parametrize("sent", ["now", "today", "2024-02-30", "2024-13-01T00:00:00Z", "12:00", " 2024-02-29x", "-1"])
def test_a_text_that_is_no_time_is_refused(sent):
    for others in ([], ["2023-01-01T12:00:00Z"], ["2024-02-29"]):
        with pytest.raises(arrays.CONVERSION_ERRORS):
            _series("time", [sent, *others])


@pytest.mark.parametrize(("kind", "value"), [
    *[("count", value) for value in (2**63, "1", [1])], *[("text", value) for value in (5, ["a"], "\ud800")],
    *[("flag", value) for value in ("true", 2.5)], *[("number", value) for value in ("1", [1])], ("int list", 5),
    ("int list", ["a"]), ("int list", [2**64]), ("text list", [5]),
], ids=repr)  # fmt: skip
def test_a_value_of_another_type_is_refused_and_found(kind, value):
    column = COLUMNS[kind]
    buffer = arrays.ColumnBuffer(column)
    with pytest.raises(arrays.CONVERSION_ERRORS):
        buffer.convert(column, [value])
    for length in range(1, 6):
        for position in range(length):
            values = [None] * length
            values[position] = value
            assert arrays.first_invalid(buffer.convert, column, values) == position
    assert arrays.first_invalid(buffer.convert, column, [None, None, value, None, value, value]) == 2


def test_values_without_an_arrow_type_stay_as_they_are():
    column = _column(ColumnType(dict, "flags"))
    buffer = arrays.ColumnBuffer(column)
    buffer.append(buffer.convert(column, [{"a": 1}, None]))
    buffer.append(buffer.convert(column, [{"b": "x"}]))
    assert buffer.combine() == [{"a": 1}, None, {"b": "x"}]


@pytest.mark.parametrize(("keys", "names", "found"), [
    (pa.array([5, None, 7], pa.int64()), {"5": "Ann", "8": "Bo"}, ["Ann", None, None]),
    (pa.array([5], pa.int64()), {"5": None}, [None]), (pa.array([5, 6], pa.int64()), {}, [None, None]),
    (pa.array(["1 2"], pa.large_string()), {"1 2": "x"}, ["x"]),
    (
        pa.array([[1, 2], [], None, [3], [None, 2]], pa.large_list(pa.int64())),
        {"1": "wheel", "2": "bell", "3": ""},
        ["wheel, bell", "", "", "", "bell"],
    ),
], ids=str)  # fmt: skip
def test_names_are_looked_up_by_key(keys, names, found):
    assert arrays.look_up_names(keys, names).to_pylist() == found


@pytest.mark.parametrize(("values", "dtype"), [
    ([True, None, False], "boolean"), ([1, None], "Int64"), ([1, 2.5, None], "Float64"), ([2**53, 2.5], "Float64"),
    ([BEYOND_FLOAT, 2.5], "object"), ([-BEYOND_FLOAT, 2.5], "object"), ([BEYOND_FLOAT, None], "Int64"),
    ([2**63 - 1, 1], "Int64"), ([2**63, 1], "object"), ([-(2**63) + 1, None], "Int64"), (["a", None], "str"),
    (["a", 1], "object"), ([True, 1], "object"), ([True, 2.5], "object"), ([[1], None], "object"),
    ([{"a": 1}], "object"), ([None, None], "object"), ([], "object"),
], ids=repr)  # fmt: skip
@pytest.mark.filterwarnings("error")
def test_the_dtype_of_an_undeclared_column_holds_every_value_exactly(values, dtype):
    series = pd.Series(arrays.infer_array(values))
    assert str(series.dtype) == dtype
    assert [None if not isinstance(value, list | dict) and pd.isna(value) else value for value in series] == values


def test_booleans():
    series = pd.Series(arrays.boolean_array([True, None, False]))
    assert (str(series.dtype), _list(series)) == ("boolean", [True, None, False])
    for value in ("true", 2, [True]):
        with pytest.raises(arrays.CONVERSION_ERRORS):
            arrays.boolean_array([True, value])
