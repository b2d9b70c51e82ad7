"""Values as text: sentences, cells, column labels, and characters that cannot be written or that move the cursor."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from pmframes import _text, outlign, projectmanager, spirii, teamwork


@pytest.mark.parametrize("service", [outlign, projectmanager, spirii, teamwork])
def test_service_titles_are_those_of_the_services(service: object):
    assert _text.service_title(service.SERVICE.name) == service.SERVICE.title


def test_an_unknown_service_has_its_own_name_as_title():
    assert _text.service_title("other") == "other"


@pytest.mark.parametrize(("arguments", "text"), [
    ((1, "row"), "1 row"), ((0, "row"), "0 rows"), ((2, "row"), "2 rows"), ((1_234_567, "row"), "1,234,567 rows"),
    ((1, "company", "companies"), "1 company"), ((2, "company", "companies"), "2 companies"),
])  # fmt: skip
def test_pluralize(arguments: tuple, text: str):
    assert _text.pluralize(*arguments) == text


def test_join():
    assert _text.join(["a", 1, None]) == "a, 1, None"
    assert _text.join([]) == ""


@pytest.mark.parametrize(("texts", "limit", "joined"), [
    ([], 3, ""), (["a"], 3, "a"), (["a", "b", "c"], 3, "a, b, c"), (["a", "b", "c", "d"], 3, "a, b and 2 more"),
    (["a"] * 2_000, 2, "a and 1,999 more"),
])  # fmt: skip
def test_join_limited(texts: list[str], limit: int, joined: str):
    assert _text.join_limited(texts, limit) == joined


@pytest.mark.parametrize(("value", "options", "question"), [
    ("teamwrk", ["teamwork", "spirii"], "Did you mean 'teamwork'?"), (481, [480, 999], "Did you mean '480'?"),
    ("xyz", ["teamwork"], ""), ("x", [], ""),
])  # fmt: skip
def test_suggest(value: object, options: list[object], question: str):
    assert _text.suggest(value, options) == question


@pytest.mark.parametrize(("value", "shown"), [
    ("plain", "'plain'"), ("", "''"), (None, "None"), (1.5, "1.5"), (True, "True"),
    (10**20 - 1, "99999999999999999999"), (10**20, "of type int"), (-(10**20), "of type int"),
    ("x" * 58, f"'{'x' * 58}'"), ("x" * 59, f"'{'x' * 58}…"), ("a\nb\ud800", "'a\\nb\\ud800'"),
    (b"secret", "of type bytes"), (["secret"], "of type list"), ({"token": "secret"}, "of type dict"),
])  # fmt: skip
def test_safe_repr(value: object, shown: str):
    assert _text.safe_repr(value) == shown


@pytest.mark.parametrize(("age", "text"), [
    (timedelta(0), "less than a minute"), (timedelta(seconds=59.9), "less than a minute"),
    (timedelta(seconds=60), "1 minute"), (timedelta(minutes=59, seconds=59), "59 minutes"),
    (timedelta(minutes=60), "1 hour"), (timedelta(hours=23, minutes=59), "23 hours"), (timedelta(hours=24), "1 day"),
    (timedelta(days=2_000), "2,000 days"), (timedelta(seconds=-5), "less than a minute"),
])  # fmt: skip
def test_format_age(age: timedelta, text: str):
    assert _text.format_age(age) == text


def test_format_time():
    assert _text.format_time(datetime(2026, 3, 1, 9, 5, 59, tzinfo=UTC)) == "2026-03-01 09:05 UTC"
    assert _text.format_time(None) == ""


@pytest.mark.parametrize(("share", "text"), [
    (0, "0.0%"), (0.0001, "<0.1%"), (0.000499, "<0.1%"), (0.0005, "0.1%"), (0.125, "12.5%"), (0.9994, "99.9%"),
    (0.9995, ">99.9%"), (0.9999, ">99.9%"), (1, "100.0%"),
])  # fmt: skip
def test_format_percent(share: float, text: str):
    assert _text.format_percent(share) == text


MISSING = [None, pd.NA, pd.NaT, float("nan"), np.float32("nan")]


@pytest.mark.parametrize(("value", "text"), [
    ("a", "a"), ("\ud800", "\\ud800"), *((value, "") for value in MISSING), (True, "yes"), (np.False_, "no"),
    (12, "12"), (-1.5, "-1.5"), (Decimal("1.50"), "1.50"), ([1, None, [True, "x"]], "1, , yes, x"), ((1, 2), "1, 2"),
    ({3}, "3"), (frozenset({4}), "4"), (np.array([1, 2]), "1, 2"), ([], ""),
    (datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01 00:00:00+00:00"), (date(2026, 3, 1), "2026-03-01"),
    ({"a": "\ud800"}, "{'a': '\\ud800'}"),
])  # fmt: skip
def test_format_cell(value: object, text: str):
    assert _text.format_cell(value) == text


def test_the_options_of_format_cell_hold_for_the_items_of_lists_too():
    options = {"booleans": ("✓", "–"), "separator": "; ", "format_time": lambda time: f"in {time.year}"}
    value = [True, False, "a", datetime(2026, 3, 1, tzinfo=UTC)]
    assert _text.format_cell(value, **options) == "✓; –; a; in 2026"


def test_missing_stands_for_a_value_and_not_for_items():
    assert _text.format_cell(pd.NA, missing="unknown") == "unknown"
    assert _text.format_cell([None, 1], missing="unknown") == ", 1"


@pytest.mark.parametrize("value", MISSING)
def test_is_missing(value: object):
    assert _text.is_missing(value)


@pytest.mark.parametrize("value", ["", 0, False, [], [None], np.array([np.nan]), "nan", Decimal(0), float("inf")])
def test_is_not_missing(value: object):
    assert not _text.is_missing(value)


@pytest.mark.parametrize(("label", "text"), [
    ("name", "name"), (1, "1"), (None, "None"), (("A", "x"), "A x"), (("A", ""), "A"), (("A", 2024), "A 2024"),
    (("A", None), "A None"), ("\ud800", "\\ud800"),
])  # fmt: skip
def test_format_label(label: object, text: str):
    assert _text.format_label(label) == text


def test_format_label_with_another_text_for_a_missing_level():
    assert _text.format_label(None, missing="") == ""
    assert _text.format_label(("A", None), missing="") == "A"


@pytest.mark.parametrize(("text", "written"), [
    ("plain", "plain"), ("é株🦄", "é株🦄"), ("\ud800", "\\ud800"), ("a\udfffé", "a\\udfffé"),
    ("\ud83e\udd84", "\\ud83e\\udd84"),
])  # fmt: skip
def test_lone_surrogates_are_replaced(text: str, written: str):
    assert _text.replace_surrogates(text) == written
    assert written.encode().decode() == written
    assert _text.is_encodable(text) is (text == written)


@pytest.mark.parametrize(("text", "line"), [
    ("plain é株", "plain é株"), ("two\nlines\tand a tab", "two�lines�and a tab"),
    ("\x1b[31mred\x1b[0m", "�[31mred�[0m"), ("\u202eright to left", "�right to left"),
    ("no\xa0break\u3000wide", "no break wide"), ("zero\u200bwidth\x07", "zero�width�"), ("\ud800", "�"),
])  # fmt: skip
def test_strip_control(text: str, line: str):
    assert _text.strip_control(text) == line


@pytest.mark.parametrize(("text", "width"), [
    ("", 0), ("plain", 5), ("é", 1), ("e\u0301", 1), ("株式", 4), ("Ａ", 2), ("🦄", 2), ("\u20dd", 0), ("a\u200bb", 2),
    ("שלום", 4),
])  # fmt: skip
def test_display_width(text: str, width: int):
    assert _text.display_width(text) == width


@pytest.mark.parametrize(("text", "width", "cut"), [
    ("plain", 5, "plain"), ("plain", 4, "pla…"), ("two words", 5, "two…"), ("株式会社", 8, "株式会社"),
    ("株式会社", 7, "株式会…"), ("株式会社", 6, "株式…"), ("a株b", 3, "a…"), ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
    ("ab", 1, "…"),
])  # fmt: skip
def test_truncate(text: str, width: int, cut: str):
    assert _text.truncate(text, width) == cut
    assert _text.display_width(cut) <= width
