"""Parsing of arguments: each form that is accepted with its value, and each that is refused with its message."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pmframes import _validation, errors

BIGGEST = 2**63 - 1
PLUS_TWO = timezone(timedelta(hours=2))
NAME = "argument"
ALLOWED = ("account", "collaborator")
NUMBER = "Pass a whole number above zero, such as 12345."
LISTED = "Use one of: account, collaborator."


def _refused(parse: Any, *arguments: Any) -> errors.InvalidArgument:
    with pytest.raises(errors.InvalidArgument) as raised:
        parse(NAME, *arguments)
    assert isinstance(raised.value, ValueError)
    assert raised.value.__cause__ is None
    return raised.value


def _type_of(value: Any) -> str:
    return f"{type(value).__name__} {str(value)[:20]!a}"


@pytest.mark.parametrize(("value", "number"), [
    (1, 1), (BIGGEST, BIGGEST), ("12345", 12345), (" 7 ", 7), ("007", 7), (np.int64(7), 7), (str(BIGGEST), BIGGEST),
], ids=_type_of)  # fmt: skip
def test_positive_integers(value, number):
    parsed = _validation.parse_positive_integer(NAME, value)
    assert (parsed, type(parsed)) == (number, int)


@pytest.mark.parametrize(("values", "ids"), [
    (5, [5]), ("5", [5]), ([3, 1, 3, "1"], [3, 1]), ((1, 2), [1, 2]), ({7}, [7]), (range(1, 3), [1, 2]),
    ((n for n in (1, 2)), [1, 2]), (np.array([1, 2]), [1, 2]), (pd.Series([1, 2], dtype="Int64"), [1, 2]),
], ids=_type_of)  # fmt: skip
def test_ids(values, ids):
    parsed = _validation.parse_ids(NAME, values)
    assert parsed == ids
    assert {type(number) for number in parsed} == {int}
    assert _validation.parse_each(NAME, [], _validation.parse_positive_integer, "ids") == []


def test_texts_and_booleans():
    for value in ("a", " a ", "0", "שלום", "😀"):
        assert _validation.parse_text(NAME, value) == value
    for value in (True, False, np.bool_(True), np.bool_(False)):
        assert _validation.parse_bool(NAME, value) is bool(value)


@pytest.mark.parametrize(("parse", "remedy", "values"), [
    (_validation.parse_positive_integer, NUMBER, [
        *(0, -1, 2**63, True, False, np.bool_(True), 1.0, 1.5, float("nan"), np.float64(1), None, b"1", [1], {"id": 1}),
        *("", " ", "abc", "-1", "1.0", "٧", "0", "9" * 20, "9" * 5000, str(2**63), pd.NA, object()),
    ]),
    (_validation.parse_ids, "Pass a whole number above zero, such as 12345.", [None, {}, {1: 2}, b"1"]),
    (_validation.parse_ids, NUMBER, [["x"], "x", [1.5], [True], [None], [1, ""], [[1]], pd.Series([1, 1.5])]),
    # Without any id, services would send everything.
    (_validation.parse_ids, "Pass at least one id, or leave it out.",
     [[], (), set(), iter(()), pd.Series([], dtype="int64")]),
    (_validation.parse_text, "Pass a non-empty string, or leave it out.",
     ["", "  ", "\n", "\ud800", 5, None, b"a", ["a"]]),
    (_validation.parse_bool, "Pass True or False.", [0, 1, "yes", "", None, [], np.int64(1), pd.NA]),
    (_validation.parse_datetime, 'Pass a date or a time, such as "2026-03-04" or a datetime.', [
        *("yesterday", "", "2026-13-01", "2026-03-04T25:00", 5, None, object(), pd.NaT, ["2026-03-04"]),
        *("9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+14:00"),
        datetime.max.replace(tzinfo=timezone(-timedelta(1) / 2)),
    ]),
])  # fmt: skip
def test_what_is_refused(parse, remedy, values):
    for value in values:
        error = _refused(parse, value)
        assert error.remedy == remedy, _type_of(value)
        assert error.cause.startswith("argument is ") or parse is not _validation.parse_positive_integer


def test_choices():
    assert _validation.parse_choice(NAME, "account", ALLOWED) == "account"
    assert _validation.parse_choice(NAME, "account", iter(ALLOWED)) == "account"
    assert _validation.parse_choices(NAME, "account", ALLOWED) == ["account"]
    assert _validation.parse_choices(NAME, ["collaborator", "account", "account"], iter(ALLOWED)) == [*ALLOWED[::-1]]
    assert _validation.parse_choices(NAME, {"account"}, ALLOWED) == ["account"]


@pytest.mark.parametrize(("value", "cause", "remedy"), [
    ("acount", "argument is 'acount'.", f"Did you mean 'account'? {LISTED}"), ("boss", "argument is 'boss'.", LISTED),
    ("", "argument is ''.", LISTED), (5, "argument is 5.", LISTED), (None, "argument is None.", LISTED),
])  # fmt: skip
def test_what_is_no_choice_is_answered_with_the_nearest(value, cause, remedy):
    for parse in (_validation.parse_choice, _validation.parse_choices):
        error = _refused(parse, value, ALLOWED)
        assert (error.cause, error.remedy) == (cause, remedy)


@pytest.mark.parametrize("values", [[], (), set(), [None], ["account", None], ["account", "boss"], [""]], ids=_type_of)
def test_each_choice_is_checked_and_none_is_refused(values):
    assert _refused(_validation.parse_choices, values, ALLOWED).remedy == LISTED


@pytest.mark.parametrize(("value", "time"), [
    ("2026-03-04", datetime(2026, 3, 4, tzinfo=UTC)),
    (" 2026-03-04T05:06:07 ", datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)),
    ("2026-03-04T05:06:07.089+02:00", datetime(2026, 3, 4, 3, 6, 7, 89_000, tzinfo=UTC)),
    ("2026-03-04T05:06:07Z", datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)),
    (date(2026, 3, 4), datetime(2026, 3, 4, tzinfo=UTC)),
    (datetime(2026, 3, 4, 5), datetime(2026, 3, 4, 5, tzinfo=UTC)),
    (datetime(2026, 3, 4, 5, tzinfo=PLUS_TWO), datetime(2026, 3, 4, 3, tzinfo=UTC)),
    (pd.Timestamp("2026-03-04 05:06", tz="Europe/Dublin"), datetime(2026, 3, 4, 5, 6, tzinfo=UTC)),
    ("0001-01-01", datetime(1, 1, 1, tzinfo=UTC)), (datetime.max, datetime.max.replace(tzinfo=UTC)),
], ids=_type_of)  # fmt: skip
def test_times_in_utc(value, time):
    parsed = _validation.parse_datetime(NAME, value)
    assert parsed == time
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize(("values", "listed"), [
    ("ab", ["ab"]), (5, [5]), (None, [None]), ((1, 2), [1, 2]), (iter("ab"), ["a", "b"]), ([], []),
], ids=_type_of)  # fmt: skip
def test_a_single_value_is_a_list_of_one(values, listed):
    assert _validation.as_list(values) == listed
