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
from pmframes._writers.csv import csv_bytes
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
    "lone surrogates": (pd.Series(["\ud800="], dtype=object), ["\\ud800="]),
    "text": (['a, "b"\nc', None, "0012"], ['a, "b"\nc', "", "0012"]),
    "integers": (pd.array([-5, None, 2**62 + 1], dtype="Int64"), ["-5", "", "4611686018427387905"]),
    "floats": ([-1.5, np.nan, 1e300, np.inf, -np.inf], ["-1.5", "", "1e+300", "inf", "'-inf"]),
    "times": (pd.to_datetime(["2026-03-01T12:30:59.25+02:00", None]), ["2026-03-01T10:30:59.250000Z", ""]),
    "lists": ([[1, -2], [], None, ["=1", "@x"]], ["1; '-2", "", "", "'=1; '@x"]),
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


@given(sheets.tables())
def test_every_value_can_be_read_back(drawn: tuple[pd.DataFrame, list[str]]):
    frame, kinds = drawn
    lines = read(frame)
    assert [one.replace("'", "") for one in lines[0]] == [one.replace("'", "") for one in frame]
    assert len(lines) == len(frame) + 1
    for place, kind in enumerate(kinds):
        for value, shown in zip(frame.iloc[:, place], [line[place] for line in lines[1:]], strict=True):
            assert is_same(kind, value, shown)


def is_same(kind: str, value: object, shown: str) -> bool:
    if kind == "list":
        value = "; ".join(map(str, value))
    elif pd.isna(value):
        return shown == ""
    if kind in ("text", "list"):
        value = value.encode("utf-8", "backslashreplace").decode()
        return shown.replace("'", "") == value.replace("'", "") and len(shown) >= len(value)
    if kind == "flag":
        return shown == str(value).lower()
    if kind == "moment":
        return shown.endswith("Z") and pd.Timestamp(shown) == value
    return type(value)(shown.lstrip("'")) == value


def test_refuses_what_is_not_a_frame():
    with pytest.raises(errors.InvalidArgument, match="frame must be a pandas DataFrame, not list"):
        csv_bytes([1])
