"""Frames as an Excel workbook: nothing is lost, every cell has its type, and nothing runs."""

import io
import re
import zipfile
from decimal import Decimal
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from pmframes import errors
from pmframes._writers.excel import workbook_bytes
from tests.support import frames, sheets


def opened(**given_sheets):
    return openpyxl.load_workbook(io.BytesIO(workbook_bytes(given_sheets)))


def lines(frame):
    """Give the values of a sheet, headings first."""
    return [list(map(plain, line)) for line in opened(a=frame)["a"].iter_rows(values_only=True)]


def plain(value):
    """Undo how control characters are written, which openpyxl leaves as it is.

    It does undo how a text is written that looks like one so written, which therefore reads like one: that is
    what test_a_text_that_looks_like_a_control_character is for.
    """
    return unescape(value) if isinstance(value, str) else value


def column(values):
    sheet = opened(a=pd.DataFrame({"a": values}))["a"]
    return [plain(sheet.cell(row, 1).value) for row in range(2, len(values) + 2)]


def parts(data):
    """Give the XML files of a workbook by name; each of them can be read."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        found = {name: package.read(name).decode() for name in package.namelist()}
    for text in found.values():
        ElementTree.fromstring(text)
    return found


def runs_nothing(data):
    text = "".join(parts(data).values())
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    in_xml = re.search(r"<f[ >/]|<hyperlink|externalLink|TargetMode|ddeLink", text)
    return not in_xml and not any(cell.data_type == "f" or cell.hyperlink for cell in cells)


CELLS = {
    "text": (["a\nb", None, "0012", "é株🦄", " x "], ["a\nb", None, "0012", "é株🦄", " x "]),
    "whole numbers": (pd.array([-5, None, 10**15 - 1], dtype="Int64"), [-5, None, 10**15 - 1]),
    "long ids": (pd.array([10**15, -(2**63)], dtype="Int64"), ["1000000000000000", "-9223372036854775808"]),
    "numbers": ([-1.5, np.nan, 1e300, np.inf, -np.inf, 1.7e308], [-1.5, None, 1e300, "inf", "-inf", "1.7e+308"]),
    "money": ([Decimal("-12.50"), None], [-12.5, None]),
    "flags": (pd.array([True, False, None], dtype="boolean"), [True, False, None]),
    "times": (pd.to_datetime(["2026-03-01T12:30:59.25+02:00", None]), [pd.Timestamp("2026-03-01T10:30:59.25"), None]),
    "old times": (
        pd.to_datetime(["1900-02-28T12:00Z", "1900-03-01T12:00Z"]),
        ["1900-02-28T12:00:00Z", pd.Timestamp("1900-03-01T12:00")],
    ),
    "late times": (np.array(["20000-01-01"], dtype="datetime64[s]"), ["20000-01-01T00:00:00"]),
    "times of no zone": (pd.to_datetime(["2026-03-01", None]), [pd.Timestamp("2026-03-01"), None]),
    "times of any zone": (
        pd.Series([pd.Timestamp("2026-03-01T12:00+02:00").to_pydatetime(), None], dtype=object),
        ["2026-03-01T10:00:00Z", None],
    ),
    "categories": (pd.Categorical(["contact", None]), ["contact", None]),
    "lists": ([[1, -2], None, ["a", None, True]], ["1; -2", None, "a; ; true"]),
    "anything": ([{"a": 1}, b"x", -1, True], ["{'a': 1}", "b'x'", -1, True]),
    "half a pair": (pd.Series(["=\ud800"], dtype=object), ["=\\ud800"]),
    "what XML cannot hold": (["\x00\x07\x1b\r\ufffe\uffff"], ["\x00\x07\x1b\r\ufffe\uffff"]),
}


@pytest.mark.parametrize(("values", "expected"), CELLS.values(), ids=CELLS)
def test_cells(values, expected):
    found = column(values)
    assert found == expected
    assert [isinstance(one, bool) for one in found] == [isinstance(one, bool) for one in expected]


@given(sheets.tables())
def test_values_come_back(drawn):
    frame, kinds = drawn
    found = lines(frame)
    headings = [f"{name} (UTC)" if kind == "moment" else name for name, kind in zip(frame, kinds, strict=True)]
    assert [one or "" for one in found[0]] == headings
    assert len(found) <= len(frame) + 1
    for place, kind in enumerate(kinds):
        for value, line in zip(frame.iloc[:, place], found[1:], strict=False):
            assert same(kind, value, line[place]) or re.search("_x[0-9a-fA-F]{4}_", str(value))


def test_a_text_that_looks_like_a_control_character():
    found = parts(workbook_bytes({"a": pd.DataFrame({"t": ["_x0007_", "bell \x07"]})}))
    assert "_x005F_x0007_" in found["xl/sharedStrings.xml"]
    assert "bell _x0007_" in found["xl/sharedStrings.xml"]


def same(kind, value, found):
    if kind == "list":
        return (found or "") == "; ".join(map(str, value))
    if pd.isna(value):
        return found is None
    if kind == "text":
        return (found or "") == value
    if kind == "moment":
        return abs(pd.Timestamp(found, tz="UTC") - value) <= pd.Timedelta("1ms")
    if kind == "flag":
        return found is bool(value)
    if isinstance(found, str):
        return (kind == "whole" or abs(value) >= 1e307) and type(value)(found) == value
    return found == pytest.approx(value, rel=1e-15)


@pytest.mark.slow
class TestNothingRuns:
    def test_of_hostile_texts(self):
        frame = sheets.hostile()
        data = workbook_bytes(dict.fromkeys(sheets.HOSTILE, frame))
        assert runs_nothing(data)
        sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
        found = [plain(sheet.cell(1, place + 3).value) for place in range(len(frame.columns))]
        assert found == list(map(plain, sheets.HOSTILE))

    @given(sheets.tables(), st.text(min_size=1))
    def test_of_any_frame(self, drawn, name):
        assert runs_nothing(workbook_bytes({name: drawn[0]}))

    @given(st.text(alphabet="<r>/t &f=", min_size=3, max_size=12))
    def test_of_what_looks_like_markup(self, text):
        data = workbook_bytes({"a": pd.DataFrame({f"<r>{text}</r>": [f"<r>{text}</r>"]})})
        assert runs_nothing(data)
        sheet = openpyxl.load_workbook(io.BytesIO(data))["a"]
        assert sheet["A1"].value == sheet["A2"].value == f"<r>{text}</r>"

    def test_not_even_after_a_cell_was_edited(self):
        sheet = opened(a=pd.DataFrame({"a": ["=1", " -1", "plain"]}))["a"]
        assert [sheet.cell(row, 1).quotePrefix or False for row in (2, 3, 4)] == [True, True, False]

    def test_an_escape_of_excel_is_only_text(self):
        shared = parts(workbook_bytes({"a": pd.DataFrame({"a": ["_x0041_"]})}))["xl/sharedStrings.xml"]
        assert "<t>_x005F_x0041_</t>" in shared


class TestLongText:
    @pytest.mark.parametrize("text", ["x" * 32_767, "🦄" * 16_383])
    def test_that_fits_is_whole(self, text):
        assert column([text]) == [text]

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("x" * 32_768, "x" * 32_766 + "…"),
            ("🦄" * 16_384, "🦄" * 16_383 + "…"),
            ("x" + "🦄" * 20_000, "x" + "🦄" * 16_382 + "…"),
            ("<r>" + "x" * 40_000 + "</r>", "<r>" + "x" * 32_763 + "…"),
        ],
    )
    def test_that_does_not_is_cut_and_says_so(self, text, shown):
        assert column([text]) == [shown]


class TestSheetNames:
    def names(self, *given_names):
        frame = pd.DataFrame({"a": [1]})
        return openpyxl.load_workbook(io.BytesIO(workbook_bytes(dict.fromkeys(given_names, frame)))).sheetnames

    def test_are_made_legal(self):
        odd = ["[a]:*?/\\b", "'quoted'", "'O'Brien'", "", " '", "x" * 40, "🦄" * 20, "a\nb\x00"]
        legal = ["-a------b", "quoted", "O'Brien", "Sheet", "Sheet (2)", "x" * 31, "🦄" * 15, "a-b-"]
        assert self.names(*odd) == legal

    def test_are_unique_whatever_their_case(self):
        assert self.names("People", "people", "PEOPLE (2)") == ["People", "people (2)", "PEOPLE (2) (2)"]
        assert self.names("x" * 31, "x" * 32) == ["x" * 31, "x" * 27 + " (2)"]

    @pytest.mark.parametrize("name", ["History", "HISTORY", "history"])
    def test_are_not_the_one_that_excel_keeps(self, name):
        assert self.names(name) == [f"{name} (2)"]

    @given(st.lists(st.text(alphabet="aA'[ İß🦄()2", max_size=40), min_size=1, max_size=6, unique=True))
    def test_of_any_kind(self, given_names):
        found = self.names(*given_names)
        assert len(found) == len({one.lower() for one in found}) == len(given_names)
        for one in found:
            assert 0 < len(one.encode("utf-16-le")) <= 62
            assert not re.search(r"[\[\]:*?/\\]|^'|'$", one)


class TestTheSheet:
    def test_has_a_heading_that_stays_and_filters(self):
        sheet = opened(a=frames.people())["a"]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == "A1:J5"
        assert all(cell.font.b for cell in sheet[1])
        assert not any(cell.font.b for cell in sheet[2])

    def test_shows_times_as_times(self):
        sheet = opened(a=frames.clients())["a"]
        assert [cell.value for cell in sheet[1]][-2:] == ["created_at (UTC)", "updated_at (UTC)"]
        assert sheet["E2"].is_date
        assert sheet["E2"].number_format == "yyyy-mm-dd hh:mm:ss"

    def test_is_as_wide_as_what_it_holds(self):
        frame = pd.DataFrame({"a": ["x"], "b": ["x" * 30], "c": ["x" * 900], "d": ["株" * 10], "a long name": 1})
        widths = opened(a=frame)["a"].column_dimensions
        assert [round(widths[one].width) for one in "ABCDE"] == [5, 32, 61, 22, 15]

    def test_leaves_out_an_index_that_only_numbers(self):
        for index in ([0, 1], [7, 3]):
            assert lines(pd.DataFrame({"a": [1, 2]}, index=index)) == [["a"], [1], [2]]

    def test_begins_with_any_other_index(self):
        several = pd.MultiIndex.from_tuples([("=x", 1), ("=x", 2)], names=["p", None])
        assert lines(pd.DataFrame({"a": [1, 2]}, index=several)) == [["p", "", "a"], ["=x", 1, 1], ["=x", 2, 2]]

    def test_joins_the_levels_of_headings(self):
        expected = [["type", "Acme people", "Acme 2024", "note"], ["account", 1, 2, "x"]]
        assert lines(sheets.layered()) == expected

    @pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame({"a": []}), pd.DataFrame(index=[0, 1])])
    def test_may_be_empty(self, frame):
        assert runs_nothing(workbook_bytes({"a": frame}))


class TestTheBook:
    def test_has_a_sheet_for_each_frame(self):
        book = opened(people=frames.people(), roles=frames.roles())
        assert book.sheetnames == ["people", "roles"]
        assert book["roles"]["B2"].value == "Admin"

    def test_of_equal_frames_is_equal(self):
        assert workbook_bytes({"a": frames.people()}) == workbook_bytes({"a": frames.people()})

    def test_leaves_its_frames_alone(self):
        frame = frames.people()
        before = frame.copy(deep=True)
        workbook_bytes({"a": frame})
        pd.testing.assert_frame_equal(frame, before)

    def test_may_be_empty(self):
        assert len(openpyxl.load_workbook(io.BytesIO(workbook_bytes({}))).sheetnames) == 1

    def test_wants_frames(self):
        with pytest.raises(errors.InvalidArgument, match="DataFrame"):
            workbook_bytes({"a": [1]})

    @pytest.mark.parametrize(
        "frame",
        [
            pd.DataFrame(index=range(1_048_576)),
            pd.DataFrame(columns=range(16_385)),
            pd.DataFrame(columns=range(16_384), index=pd.Index([], name="id")),
        ],
        ids=["rows", "columns", "columns with the index"],
    )
    def test_refuses_what_excel_cannot_hold(self, frame):
        with pytest.raises(errors.InvalidArgument, match=r"'big'.*1,048,575 rows.*Write fewer"):
            workbook_bytes({"small": frames.people(), "big": frame})
