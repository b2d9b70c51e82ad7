"""`sheet_columns`: the values of any frame as plain Python values, each under one heading."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmframes._text import restore_hidden
from pmframes._writers.cells import SheetColumn, cell_text, sheet_columns, split_items
from tests.support import explorer_frames, frames
from tests.unit._writers import sheets

TIME = "2026-03-01T12:30:59.25+02:00"
CELLS = {
    "text": (['a, "b"\nc', None, "0012", "é株🦄", " x "], ['a, "b"\nc', None, "0012", "é株🦄", " x "]),
    "lone surrogates": (pd.Series(["=\ud800"], dtype=object), ["=⟦U+D800⟧"]),
    "integers": (pd.array([-5, None, 2**62 + 1], dtype="Int64"), [-5, None, 2**62 + 1]),
    "NumPy integers": (pd.Series([np.int64(3), np.uint8(4)], dtype=object), [3, 4]),
    "floats": ([-1.5, np.nan, 1e300, np.inf, -np.inf], [-1.5, None, 1e300, "inf", "-inf"]),
    "NumPy floats": (pd.Series([np.float32(0.5), np.float32("nan")], dtype=object), [0.5, None]),
    "decimals": ([Decimal("-12.50"), None, Decimal("NaN")], [-12.5, None, None]),
    "booleans": (pd.array([True, False, None], dtype="boolean"), [True, False, None]),
    "NumPy booleans": (pd.Series([np.True_, np.False_], dtype=object), [True, False]),
    "times": (pd.to_datetime([TIME, None]), [pd.Timestamp("2026-03-01T10:30:59.25Z"), None]),
    "times without a zone": (pd.to_datetime(["2026-03-01", None]), [pd.Timestamp("2026-03-01"), None]),
    "datetimes of any zone": (
        pd.Series([pd.Timestamp("2026-03-01T12:00+02:00").to_pydatetime(), None], dtype=object),
        [pd.Timestamp("2026-03-01T10:00Z"), None],
    ),
    "categories": (pd.Categorical(["contact", None]), ["contact", None]),
    "lists": ([[1, -2], [], None, ["a", None, True]], ["1; -2", "[]", None, 'a; ""; true']),
    "lists of lists": ([[1, [True, "x"]]], ['1; "true; x"']),
    "hidden characters": (["a\u202eb⟦", "e\u200dx\ty"], ["a⟦U+202E⟧b⟦U+27E6⟧", "e\u200dx\ty"]),
    "other objects": ([{"a": 1}, b"x", -1, True], ["{'a': 1}", "b'x'", -1, True]),
}


@pytest.mark.parametrize(("values", "cells"), CELLS.values(), ids=CELLS)
def test_cells(values: object, cells: list[object]):
    (column,) = sheet_columns(pd.DataFrame({"a": values}))
    assert column.cells == cells
    plain = {pd.Timestamp: pd.Timestamp, str: str, int: int, float: float, bool: bool, type(None): type(None)}
    assert [type(cell) for cell in column.cells] == [plain[type(cell)] for cell in cells]


@pytest.mark.parametrize(("cell", "text"), [
    (True, "true"), (False, "false"), (None, ""), (1.5, "1.5"), ("⟦U+202E⟧", "⟦U+202E⟧"),
    (pd.Timestamp("2026-03-01T10:30:59.25Z"), "2026-03-01T10:30:59.250000Z"),
    (pd.Timestamp("2026-03-01"), "2026-03-01T00:00:00"),
])  # fmt: skip
def test_cell_text(cell: object, text: str):
    assert cell_text(cell) == text


@given(st.lists(st.text(alphabet='a;[]"\\ \n=') | st.text()))
def test_the_items_of_a_list_can_be_told_apart(items: list[str]):
    (column,) = sheet_columns(pd.DataFrame({"a": [items]}))
    assert [restore_hidden(item) for item in split_items(column.cells[0])] == items


def test_a_column_of_times_with_a_zone_is_utc():
    for values, is_utc in [(pd.to_datetime([TIME]), True), (pd.to_datetime(["2026-03-01"]), False), (["x"], False)]:
        (column,) = sheet_columns(pd.DataFrame({"a": values}))
        assert column.is_utc is is_utc


@pytest.mark.parametrize("frame", [
    frames.people(), frames.permissions(), frames.clients(), frames.portfolio(), frames.many_roles(),
    explorer_frames.people(), frames.people(()),
])  # fmt: skip
def test_a_frame_of_arrow_has_the_cells_of_the_frame_that_was_loaded(frame: pd.DataFrame):
    assert sheet_columns(frames.in_arrow(frame)) == sheet_columns(frame)
    for column in frame:
        indexed = frames.in_arrow(frame[[column]].assign(rows=1)).set_index(column)
        assert sheet_columns(indexed)[0] == sheet_columns(frame[[column]])[0]


@pytest.mark.parametrize(("values", "arrow_type", "cells"), [
    (["2026-01-05", None], pa.date32(), [pd.Timestamp("2026-01-05"), None]),
    (["2026-01-05"], pa.timestamp("ns"), [pd.Timestamp("2026-01-05")]),
    (["2026-01-05"], pa.timestamp("s", "America/New_York"), [pd.Timestamp("2026-01-05T05:00Z")]),
    ([1, None], pa.decimal128(5, 2), [1.0, None]), ([1, None], pa.float64(), [1.0, None]),
    ([[1, None]], pa.list_(pa.int64()), ['1; ""']),
])  # fmt: skip
def test_cells_of_arrow(values: list, arrow_type: pa.DataType, cells: list[object]):
    is_text = isinstance(values[0], str)
    frame = pd.DataFrame({"a": pd.Series(values, dtype="datetime64[us]" if is_text else object)})
    if arrow_type.equals(pa.timestamp("s", "America/New_York")):
        frame["a"] = frame["a"].dt.tz_localize("America/New_York")
    (column,) = sheet_columns(frame.astype({"a": pd.ArrowDtype(arrow_type)}))
    assert column.cells == cells
    assert column.is_utc is (pa.types.is_timestamp(arrow_type) and arrow_type.tz is not None)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Honolulu", "Pacific/Auckland"])
@pytest.mark.parametrize(("unit", "times"), [
    ("us", ["0001-01-01T00:00:00", "9999-12-31T23:59:59"]), ("ns", ["1677-09-22T00:00:00", "2262-04-11T23:00:00"]),
])  # fmt: skip
def test_the_first_and_last_times_that_there_are_may_be_of_any_zone(zone: str, unit: str, times: list[str]):
    moments = pd.Series(times, dtype=f"datetime64[{unit}]").dt.tz_localize("UTC")
    (column,) = sheet_columns(pd.DataFrame({"a": moments.dt.tz_convert(zone)}))
    assert [cell_text(cell) for cell in column.cells] == [f"{time}Z" for time in times]


class TestIndex:
    @pytest.mark.parametrize("index", [[0, 1], [7, 3]])
    def test_without_a_name_that_only_numbers_the_rows_is_left_out(self, index: list[int]):
        assert sheet_columns(pd.DataFrame({"a": [1, 2]}, index=index)) == [SheetColumn("a", [1, 2], is_utc=False)]

    @pytest.mark.parametrize(("index", "levels"), [
        (pd.Index(["x"]), [("", ["x"])]), (pd.Index([0.5]), [("", [0.5])]), (pd.Index([0], name="id"), [("id", [0])]),
        (pd.MultiIndex.from_tuples([("x", None)], names=["p", None]), [("p", ["x"]), ("", [None])]),
        (pd.MultiIndex.from_tuples([(0,)]), [("", [0])]),
    ])  # fmt: skip
    def test_of_any_other_kind_comes_first(self, index: pd.Index, levels: list[tuple[str, list[object]]]):
        found = sheet_columns(pd.DataFrame({"a": [1]}).set_axis(index))
        assert [(column.heading, column.cells) for column in found] == [*levels, ("a", [1])]


def test_levels_of_headings_are_joined():
    headings = [column.heading for column in sheet_columns(sheets.layered())]
    assert headings == ["type", "Acme people", "Acme 2024", "note"]


def test_headings_may_repeat_and_be_of_any_type():
    frame = pd.DataFrame([[1, 2, 3, 4, 5]], columns=["a", "a", -1, None, "\ud800"])
    found = [(column.heading, column.cells) for column in sheet_columns(frame)]
    assert found == [("a", [1]), ("a", [2]), ("-1", [3]), ("", [4]), ("\\ud800", [5])]


def test_empty_frames():
    for frame, headings in ((pd.DataFrame(), []), (pd.DataFrame({"a": []}), ["a"]), (pd.DataFrame(index=[0, 1]), [])):
        assert [(column.heading, column.cells) for column in sheet_columns(frame)] == [(one, []) for one in headings]


def test_the_frame_is_not_changed():
    frame = frames.people()
    before = frame.copy(deep=True)
    assert sheet_columns(frame) == sheet_columns(frame)
    pd.testing.assert_frame_equal(frame, before)
