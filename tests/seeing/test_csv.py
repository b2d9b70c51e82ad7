"""Frames as CSV: nothing is lost, and nothing is a formula."""

import csv
import io
import re
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmframes import errors
from pmframes._writers.csv import csv_bytes
from tests.support import frames, sheets

SIGNS = tuple("=+-@＝＋－＠")
UNSEEN = "".join(map(chr, range(33))) + '"\x7f\x85\xa0\xad\u200b\u3000\ufeff'


def read(frame):
    return list(csv.reader(io.StringIO(csv_bytes(frame).decode("utf-8-sig"), newline="")))


def column(values):
    return [line[0] for line in read(pd.DataFrame({"a": values}))[1:]]


CELLS = {
    "text": (['a, "b"\nc', None, "0012", "é株🦄"], ['a, "b"\nc', "", "0012", "é株🦄"]),
    "whole numbers": (pd.array([-5, None, 2**62 + 1], dtype="Int64"), ["-5", "", "4611686018427387905"]),
    "numbers": ([-1.5, np.nan, 1e300, np.inf, -np.inf], ["-1.5", "", "1e+300", "inf", "'-inf"]),
    "money": ([Decimal("-12.50"), None], ["-12.5", ""]),
    "flags": (pd.array([True, False, None], dtype="boolean"), ["true", "false", ""]),
    "times": (pd.to_datetime(["2026-03-01T12:30:59.25+02:00", None]), ["2026-03-01T10:30:59.250000Z", ""]),
    "times of no zone": (pd.to_datetime(["2026-03-01", None]), ["2026-03-01T00:00:00", ""]),
    "times of any zone": ([pd.Timestamp("2026-03-01T12:00+02:00").to_pydatetime(), None], ["2026-03-01T10:00:00Z", ""]),
    "categories": (pd.Categorical(["contact", None]), ["contact", ""]),
    "lists": ([[1, -2], [], None, ["a", None, True], ["=1", "@x"]], ["1; '-2", "", "", "a; ; true", "'=1; '@x"]),
    "anything": ([{"a": 1}, b"x", -1, True], ["{'a': 1}", "b'x'", "-1", "true"]),
    "half a pair": (pd.Series(["\ud800="], dtype=object), ["\\ud800="]),
}


@pytest.mark.parametrize(("values", "shown"), CELLS.values(), ids=CELLS)
def test_cells(values, shown):
    assert column(values) == shown


def test_is_what_excel_expects():
    assert csv_bytes(pd.DataFrame({"a": ["é"], "b": [1]})) == b"\xef\xbb\xbfa,b\r\n\xc3\xa9,1\r\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1", "'=1"),
        ("  -1", "'  -1"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ('"=1"', '\'"=1"'),
        ("＝1", "'＝1"),
        ("a;=1", "a;'=1"),
        ("a; +1", "a; '+1"),
        ("a\n@b", "a\n'@b"),
        ("a=b, c-d, e@example.com; f", "a=b, c-d, e@example.com; f"),
        ("+45 12", "'+45 12"),
    ],
)
def test_what_could_be_a_formula_is_quoted(text, shown):
    frame = pd.DataFrame({text: [text]}, index=pd.Index([text], name=text))
    assert read(frame) == [[shown, shown]] * 2


def has_no_formula(frame):
    """Whether no cell begins as a formula does, at whichever separator lines are split."""
    text = csv_bytes(frame).decode("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(text, newline="")) for cell in line]
    parts = [*cells, *re.split("[;\r\n]", text)]
    return not any(part.lstrip(UNSEEN).startswith(SIGNS) for part in parts)


@given(sheets.tables(kinds=["text", "list"]))
def test_no_text_is_a_formula(drawn):
    assert has_no_formula(drawn[0])


def test_no_hostile_text_is_a_formula():
    assert has_no_formula(sheets.hostile())


@given(st.text(alphabet="a=-;\"' ,\t\r\n", max_size=8))
def test_no_short_text_is_a_formula(text):
    assert has_no_formula(pd.DataFrame({"a": [text, text], "b": text, text: [text, text]}))


@given(sheets.tables())
def test_values_come_back(drawn):
    frame, kinds = drawn
    lines = read(frame)
    assert [one.replace("'", "") for one in lines[0]] == [one.replace("'", "") for one in frame]
    assert len(lines) == len(frame) + 1
    for place, kind in enumerate(kinds):
        for value, shown in zip(frame.iloc[:, place], [line[place] for line in lines[1:]], strict=True):
            assert same(kind, value, shown)


def same(kind, value, shown):
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


class TestIndex:
    def test_one_that_only_numbers_is_left_out(self):
        for index in ([0, 1], [7, 3]):
            assert read(pd.DataFrame({"a": [1, 2]}, index=index)) == [["a"], ["1"], ["2"]]

    def test_any_other_comes_first(self):
        frame = pd.DataFrame({"a": [1]})
        assert read(frame.set_axis(["x"])) == [["", "a"], ["x", "1"]]
        assert read(frame.rename_axis("id")) == [["id", "a"], ["0", "1"]]
        several = frame.set_index(pd.MultiIndex.from_tuples([("x", None)], names=["p", None]))
        assert read(several) == [["p", "", "a"], ["x", "", "1"]]


def test_levels_of_headings_are_joined():
    assert read(sheets.layered()) == [["type", "Acme people", "Acme 2024", "note"], ["account", "1", "2", "x"]]


def test_headings_may_be_anything():
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=["a", "a", -1, None])
    assert read(frame) == [["a", "a", "'-1", ""], ["1", "2", "3", "4"]]


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame({"a": []}), pd.DataFrame(index=[0, 1])])
def test_empty_frames(frame):
    assert read(frame)[0] == list(frame)


def test_wants_a_frame():
    with pytest.raises(errors.InvalidArgument, match="DataFrame"):
        csv_bytes([1])


def test_leaves_the_frame_alone():
    frame = frames.people()
    before = frame.copy(deep=True)
    assert csv_bytes(frame) == csv_bytes(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_writing_a_file_does_not_wait_for_xlsxwriter():
    code = "import sys; from pmframes._writers.atomic import atomic_write; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "xlsxwriter" not in done.stdout.split()
