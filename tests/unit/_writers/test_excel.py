"""`workbook_bytes`: every value is in the workbook, every cell has its type, and nothing is a formula or a link."""

import io
import re
import zipfile
from collections.abc import Mapping
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.worksheet import Worksheet

from pmframes import errors
from pmframes._text import show_hidden
from pmframes._writers.cells import EMPTY_TEXT, cell_text, sheet_columns
from pmframes._writers.excel import UTC_SUFFIX, parse_workbook, workbook_bytes
from tests.support import frames
from tests.unit._writers import sheets


def opened(sheets_by_name: Mapping[str, pd.DataFrame]) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook_bytes(sheets_by_name)))


def sheet_of(frame: pd.DataFrame) -> Worksheet:
    return opened({"a": frame})["a"]


def lines(frame: pd.DataFrame) -> list[list[object]]:
    """Give the values of a sheet, headings first."""
    return [list(map(plain, line)) for line in sheet_of(frame).iter_rows(values_only=True)]


def column(values: object) -> list[object]:
    sheet = sheet_of(pd.DataFrame({"a": values}))
    return [plain(sheet.cell(row, 1).value) for row in range(2, len(values) + 2)]


def plain(value: object) -> object:
    """Undo how control characters are written; test_text_that_looks_like_an_escape_is_escaped needs no undoing."""
    return unescape(value) if isinstance(value, str) else value


def parts(data: bytes) -> dict[str, str]:
    """Give the XML files of a workbook by name; each of them can be read."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        found = {name: package.read(name).decode() for name in package.namelist()}
    for text in found.values():
        ElementTree.fromstring(text)
    return found


def runs_nothing(data: bytes) -> bool:
    text = "".join(parts(data).values())
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    in_xml = re.search(r"<f[ >/]|<hyperlink|externalLink|TargetMode|ddeLink", text)
    return not in_xml and not any(cell.data_type == "f" or cell.hyperlink for cell in cells)


CELLS = {
    "integers": (pd.array([-5, None, 10**15 - 1], dtype="Int64"), [-5, None, 10**15 - 1]),
    "long integers": (pd.array([10**15, -(2**63)], dtype="Int64"), ["1000000000000000", "-9223372036854775808"]),
    "floats": ([-1.5, np.nan, 1e300, np.inf, 1.7e308], [-1.5, None, 1e300, "inf", "1.7e+308"]),
    "times": (pd.to_datetime(["2026-03-01T12:30:59.25+02:00", None]), [pd.Timestamp("2026-03-01T10:30:59.25"), None]),
    "early times": (
        pd.to_datetime(["1900-02-28T12:00Z", "1900-03-01T00:00Z"]),
        ["1900-02-28T12:00:00Z", pd.Timestamp("1900-03-01")],
    ),
    "late times": (
        np.array(["20000-01-01", "9999-12-31"], dtype="datetime64[s]"),
        ["20000-01-01T00:00:00", pd.Timestamp("9999-12-31").as_unit("s")],
    ),
    "datetimes of any zone": (
        pd.Series([pd.Timestamp("2026-03-01T12:00+02:00").to_pydatetime(), None], dtype=object),
        ["2026-03-01T10:00:00Z", None],
    ),
    "lone surrogates": (pd.Series(["=\ud800"], dtype=object), ["=⟦U+D800⟧"]),
    "control characters": (["\x00\x1b\r\ufffe"], ["⟦U+0000⟧⟦U+001B⟧\r⟦U+FFFE⟧"]),
    "microseconds": (pd.to_datetime(["2026-03-01T12:30:59.000001Z"]), ["2026-03-01T12:30:59.000001Z"]),
    "empty text": (["", None], ["⟦⟧", None]),
}


@pytest.mark.parametrize(("values", "expected"), CELLS.values(), ids=CELLS)
def test_cells(values: object, expected: list[object]):
    found = column(values)
    assert found == expected
    assert [isinstance(one, bool) for one in found] == [isinstance(one, bool) for one in expected]


@given(sheets.tables())
@example((sheets.hostile(), []))
def test_every_cell_can_be_read_back(drawn: tuple[pd.DataFrame, list[str]]):
    frame = drawn[0].assign(last="row")  # a row of missing values at the end would not be seen
    columns = sheet_columns(frame)
    headings, *rows = parse_workbook(workbook_bytes({"a": frame}))["a"]
    assert headings == [column.heading + (UTC_SUFFIX if column.is_utc else "") or None for column in columns]
    assert len(rows) == len(frame)
    for place, column in enumerate(columns):
        for cell, row in zip(column.cells, rows, strict=True):
            assert is_same(cell, row[place])


def is_same(cell: object, found: object) -> bool:
    if isinstance(cell, bool) or cell is None:
        return found is cell
    if isinstance(cell, pd.Timestamp):
        return found == (cell_text(cell) if isinstance(found, str) else cell.tz_localize(None))
    if isinstance(found, str):
        return found in (cell, str(cell)) or (cell == "" and found == EMPTY_TEXT)
    return found == pytest.approx(cell, rel=1e-15)


@pytest.mark.parametrize(("text", "written"), [("_x0007_", "_x005F_x0007_"), ("_x0041_", "_x005F_x0041_")])
def test_text_that_looks_like_an_escape_is_escaped(text: str, written: str):
    shared = parts(workbook_bytes({"a": pd.DataFrame({"t": [text]})}))["xl/sharedStrings.xml"]
    assert f"<t>{written}</t>" in shared


class TestNoFormulasAndNoLinks:
    def test_in_untrusted_text(self):
        frame = sheets.hostile()
        data = workbook_bytes({"a": frame, **dict.fromkeys(sheets.HOSTILE, frame.iloc[:1, :1])})
        assert runs_nothing(data)
        sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
        found = [plain(sheet.cell(1, place + 3).value) for place in range(len(frame.columns))]
        assert found == [plain(show_hidden(text)) for text in sheets.HOSTILE]

    @given(sheets.tables(), st.text(min_size=1))
    def test_in_any_frame(self, drawn: tuple[pd.DataFrame, list[str]], name: str):
        assert runs_nothing(workbook_bytes({name: drawn[0]}))

    @given(st.text(alphabet="<r>/t &f=", min_size=3, max_size=12))
    def test_in_text_that_looks_like_markup(self, text: str):
        data = workbook_bytes({"a": pd.DataFrame({f"<r>{text}</r>": [f"<r>{text}</r>"]})})
        assert runs_nothing(data)
        sheet = openpyxl.load_workbook(io.BytesIO(data))["a"]
        assert sheet["A1"].value == sheet["A2"].value == f"<r>{text}</r>"

    def test_in_a_cell_that_is_edited_later(self):
        sheet = sheet_of(pd.DataFrame({"a": ["=1", " -1", "plain"]}))
        assert [sheet.cell(row, 1).quotePrefix or False for row in (2, 3, 4)] == [True, True, False]


@pytest.mark.parametrize(("text", "shown"), [
    ("x" * 32_767, "x" * 32_767), ("🦄" * 16_383, "🦄" * 16_383), ("x" * 32_768, "x" * 32_766 + "…"),
    ("🦄" * 16_384, "🦄" * 16_383 + "…"), ("x" + "🦄" * 20_000, "x" + "🦄" * 16_382 + "…"),
    ("<r>" + "x" * 40_000 + "</r>", "<r>" + "x" * 32_763 + "…"),
], ids=lambda text: f"{text[0]}{text[1]} {len(text)}")  # fmt: skip
def test_text_of_more_than_32767_utf_16_units_is_cut(text: str, shown: str):
    assert column([text]) == [shown]


class TestSheetNames:
    def names(self, *given_names: str) -> list[str]:
        return opened(dict.fromkeys(given_names, pd.DataFrame({"a": [1]}))).sheetnames

    def test_characters_and_lengths_that_excel_refuses_are_replaced(self):
        odd = ["[a]:*?/\\b", "'quoted'", "'O'Brien'", "", " '", "x" * 40, "🦄" * 20, "a\nb\x00"]
        legal = ["-a------b", "quoted", "O'Brien", "Sheet", "Sheet (2)", "x" * 31, "🦄" * 15, "a-b-"]
        assert self.names(*odd) == legal

    def test_are_unique_whatever_their_case(self):
        assert self.names("People", "people", "PEOPLE (2)") == ["People", "people (2)", "PEOPLE (2) (2)"]
        assert self.names("x" * 31, "x" * 32) == ["x" * 31, "x" * 27 + " (2)"]

    def test_history_is_reserved_by_excel(self):
        for name in ("History", "HISTORY", "history"):
            assert self.names(name) == [f"{name} (2)"]

    @given(st.lists(st.text(alphabet="aA'[ İß🦄()2", max_size=40), min_size=1, max_size=6, unique=True))
    def test_any_names_become_unique_and_legal(self, given_names: list[str]):
        found = self.names(*given_names)
        assert len(found) == len({one.lower() for one in found}) == len(given_names)
        for one in found:
            assert 0 < len(one.encode("utf-16-le")) <= 62
            assert not re.search(r"[\[\]:*?/\\]|^'|'$", one)


class TestSheet:
    def test_has_a_bold_frozen_heading_with_filters(self):
        sheet = sheet_of(frames.people())
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == "A1:J5"
        assert all(cell.font.b for cell in sheet[1])
        assert not any(cell.font.b for cell in sheet[2])

    def test_times_have_a_date_format_and_utc_in_the_heading(self):
        sheet = sheet_of(frames.clients())
        assert [cell.value for cell in sheet[1]][-2:] == ["created_at (UTC)", "updated_at (UTC)"]
        assert sheet["E2"].is_date
        assert sheet["E2"].number_format == "yyyy-mm-dd hh:mm:ss"

    def test_columns_are_as_wide_as_their_content(self):
        frame = pd.DataFrame({"a": ["x"], "b": ["x" * 30], "c": ["x" * 900], "d": ["株" * 10], "a long name": 1})
        widths = sheet_of(frame).column_dimensions
        assert [round(widths[one].width) for one in "ABCDE"] == [5, 32, 61, 22, 15]

    def test_the_index_and_joined_headings_are_written(self):
        expected = [["type", "Acme people", "Acme 2024", "note"], ["account", 1, 2, "x"]]
        assert lines(sheets.layered()) == expected

    def test_of_an_empty_frame_has_no_rows(self):
        for frame in (pd.DataFrame(), pd.DataFrame({"a": []}), pd.DataFrame(index=[0, 1])):
            assert runs_nothing(workbook_bytes({"a": frame}))
            assert [cell for line in lines(frame) for cell in line if cell] == list(frame)


class TestWorkbook:
    def test_has_a_sheet_for_each_frame(self):
        book = opened({"people": frames.people(), "roles": frames.roles()})
        assert book.sheetnames == ["people", "roles"]
        assert book["roles"]["B2"].value == "Admin"

    def test_equal_frames_make_equal_bytes_and_none_a_workbook_that_can_be_opened(self):
        assert workbook_bytes({"a": frames.people()}) == workbook_bytes({"a": frames.people()})
        assert len(opened({}).sheetnames) == 1

    def test_refuses_what_is_not_a_frame(self):
        with pytest.raises(errors.InvalidArgument, match="frame must be a DataFrame, not list"):
            workbook_bytes({"a": [1]})

    @pytest.mark.parametrize("frame", [
        pd.DataFrame(index=range(1_048_576)), pd.DataFrame(columns=range(16_385)),
        pd.DataFrame(columns=range(16_384), index=pd.Index([], name="id")),
    ], ids=["rows", "columns", "columns with the index"])  # fmt: skip
    def test_refuses_what_excel_cannot_hold(self, frame: pd.DataFrame):
        with pytest.raises(errors.InvalidArgument, match=r"'big'.*1,048,575 rows.*Write fewer"):
            workbook_bytes({"small": frames.people(), "big": frame})
