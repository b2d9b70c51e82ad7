"""`csv_bytes`: every value is in the file, and no text or heading is a formula."""

import csv
import io
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pmframes import errors
from pmframes._text import restore_hidden
from pmframes._writers.cells import cell_text, sheet_columns
from pmframes._writers.csv import csv_bytes, parse_csv
from tests.unit._writers import sheets

SIGNS = tuple("=+-@＝＋－＠")
UNSEEN = "".join(map(chr, range(33))) + '"\x7f\x85\xa0\xad\u200b\u3000\ufeff'


def read(frame: pd.DataFrame) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_bytes(frame).decode("utf-8-sig"), newline="")))


def column(values: object) -> list[str]:
    return [line[0] for line in read(pd.DataFrame({"a": values}))[1:]]


def test_has_a_byte_order_mark_commas_and_crlf():
    assert csv_bytes(pd.DataFrame({"a": ["é"], "b": [1]})) == b"\xef\xbb\xbfa,b\r\n\xc3\xa9,1\r\n"


CELLS = {
    "lone surrogates": (pd.Series(["\ud800="], dtype=object), ["⟦U+D800⟧="]),
    "text": (['a, "b"\nc', None, "0012"], ['a, "b"\nc', "", "0012"]),
    "integers": (pd.array([-5, None, 2**62 + 1], dtype="Int64"), ["-5", "", "4611686018427387905"]),
    "floats": ([-1.5, np.nan, 1e300, np.inf, -np.inf], ["-1.5", "", "1e+300", "inf", "'-inf"]),
    "times": (pd.to_datetime(["2026-03-01T12:30:59.25+02:00", None]), ["2026-03-01T10:30:59.250000Z", ""]),
    "lists": ([[1, -2], [], None, ["=1", "@x"]], ["1; '-2", "[]", "", "'=1; '@x"]),
}


@pytest.mark.parametrize(("values", "shown"), CELLS.values(), ids=CELLS)
def test_cells(values: object, shown: list[str]):
    assert column(values) == shown


def test_empty_frames():
    for frame in (pd.DataFrame(), pd.DataFrame({"a": []}), pd.DataFrame(index=[0, 1])):
        assert read(frame) == [list(frame)]


@pytest.mark.parametrize(("text", "shown"), [
    ("=1", "'=1"), ("  -1", "'  -1"), ("\tx", "'\tx"), ("\rx", "'\rx"), ('"=1"', '\'"=1"'), ("＝1", "'＝1"),
    ("a;=1", "a;'=1"), ("a; +1", "a; '+1"), ("a\n@b", "a\n'@b"),
    ("a=b, c-d, e@example.com; f", "a=b, c-d, e@example.com; f"), ("+45 12", "'+45 12"),
])  # fmt: skip
def test_a_quote_precedes_what_could_be_a_formula(text: str, shown: str):
    frame = pd.DataFrame({text: [text]}, index=pd.Index([text], name=text))
    assert read(frame) == [[shown, shown]] * 2


def has_no_formula(frame: pd.DataFrame) -> bool:
    """Whether no cell begins as a formula does, at whichever separator lines are split."""
    text = csv_bytes(frame).decode("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(text, newline="")) for cell in line]
    parts = [*cells, *re.split("[;\r\n]", text)]
    return not any(part.lstrip(UNSEEN).startswith(SIGNS) for part in parts)


@given(sheets.tables(kinds=["text", "list"]))
@example((sheets.hostile(), []))
def test_no_text_is_a_formula(drawn: tuple[pd.DataFrame, list[str]]):
    assert has_no_formula(drawn[0])


@given(st.text(alphabet="a=-;\"' ,\t\r\n", max_size=8))
def test_no_text_of_signs_and_separators_is_a_formula(text: str):
    assert has_no_formula(pd.DataFrame({"a": [text, text], "b": text, text: [text, text]}))


@pytest.mark.parametrize(("text", "field"), [
    ("0012", "0012"), ("12", '"12"'), ("-1.5", "'-1.5"), ("true", '"true"'), ("TRUE", '"TRUE"'), ("", '""'),
    ("1e+300", '"1e+300"'), ("NA", "NA"), ("nan", '"nan"'), ("a,b", '"a,b"'), ("1 000", "1 000"),
])  # fmt: skip
def test_text_that_reads_as_something_else_is_quoted(text: str, field: str):
    assert csv_bytes(pd.DataFrame({"a": [text], "b": [0]})).decode("utf-8-sig") == f"a,b\r\n{field},0\r\n"


@given(sheets.tables())
@example((sheets.hostile(), []))
@example((pd.DataFrame({"a": ["", None, "'", "⟦⟧"]}), []))
def test_every_cell_can_be_read_back(drawn: tuple[pd.DataFrame, list[str]]):
    columns = sheet_columns(drawn[0])
    headings, *rows = ([restored(cell) for cell in row] for row in parse_csv(csv_bytes(drawn[0])))
    assert headings == [restored(column.heading) for column in columns]
    assert len(rows) == len(drawn[0])
    for place, column in enumerate(columns):
        cells = [cell_text(cell) if isinstance(cell, pd.Timestamp) else cell for cell in column.cells]
        assert [row[place] for row in rows] == list(map(restored, cells))


def restored(cell: object) -> object:
    return restore_hidden(cell) if isinstance(cell, str) else cell


@given(st.text(alphabet="a=-;\"' ,\t\r\n", max_size=8))
def test_text_of_signs_and_separators_can_be_read_back(text: str):
    _, row = parse_csv(csv_bytes(pd.DataFrame({"a": [text], "b": [text]})))
    assert row == [text, text]


@pytest.mark.parametrize(("content", "rows"), [
    ("id,name\n1,Ada\n", [["id", "name"], [1, "Ada"]]), ("id,name\r\n1,Ada", [["id", "name"], [1, "Ada"]]),
    ("id,name\n1,\n\n\n", [["id", "name"], [1, None]]), ("", []), ("id", [["id"]]),
    ("a,b\nTRUE,01\n", [["a", "b"], [True, "01"]]), ('a,b\n"x\ny",1\n', [["a", "b"], ["x\ny", 1]]),
])  # fmt: skip
def test_what_other_programs_saved_can_be_read(content: str, rows: list[list[object]]):
    assert list(parse_csv(content.encode())) == rows


@pytest.mark.parametrize("content", [b'a,b\n"x,1\n', b'a\nx"y\n', b'a\n"x"y\n'])
def test_quotation_marks_that_do_not_pair_are_refused(content: bytes):
    with pytest.raises(ValueError, match="quotation mark"):
        list(parse_csv(content))


def test_refuses_what_is_not_a_frame():
    with pytest.raises(errors.InvalidArgument, match="frame must be a DataFrame, not list"):
        csv_bytes([1])
