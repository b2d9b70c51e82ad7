"""The value of a cell as text, of every type that a frame holds."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from pmframes import _cell_text

MISSING = [None, pd.NA, pd.NaT, float("nan"), np.float32("nan")]
NOON = datetime(2026, 3, 1, tzinfo=UTC)
OPTIONS = {"booleans": ("✓", "–"), "format_time": lambda time: f"in {time.year}"}
CASES: dict[Callable[..., object], list[tuple[object, ...]]] = {
    _cell_text.format_cell: [
        ("a", "a"), ("\ud800", "\\ud800"), *((value, "") for value in MISSING), (True, "yes"), (np.False_, "no"),
        (12, "12"), (-1.5, "-1.5"), (Decimal("1.50"), "1.50"), ([1, None, [True, "x"]], "1, , yes, x"),
        ((1, 2), "1, 2"), ({3}, "3"), (frozenset({4}), "4"), (np.array([1, 2]), "1, 2"), ([], ""),
        (NOON, "2026-03-01 00:00:00+00:00"), (date(2026, 3, 1), "2026-03-01"), ({"a": "\ud800"}, "{'a': '\\ud800'}"),
    ],
    _cell_text.is_missing: [
        *((value, True) for value in MISSING),
        *((value, False) for value in ("", 0, False, [], [None], np.array([np.nan]), "nan", Decimal(0), float("inf"))),
    ],
}  # fmt: skip


@pytest.mark.parametrize("function", CASES, ids=lambda function: function.__name__)
def test_each_value_as_text(function: Callable[..., object]):
    for value, expected in CASES[function]:
        assert function(value) == expected, value


def test_the_options_of_format_cell_hold_for_the_items_of_lists_too():
    assert _cell_text.format_cell([True, False, "a", NOON], **OPTIONS) == "✓, –, a, in 2026"


def test_missing_stands_for_a_value_and_not_for_items():
    assert _cell_text.format_cell(pd.NA, missing="unknown") == "unknown"
    assert _cell_text.format_cell([None, 1], missing="unknown") == ", 1"
