"""Labels and legends of charts: they are cut, put on one line, and spread over columns that fit."""

import pytest

from pmframes.plot import _style


@pytest.mark.parametrize(("text", "label"), [
    ("plain", "plain"),
    ("two\nlines \t and a tab", "two lines and a tab"),
    ("x" * 36, "x" * 36),
    ("x" * 37, "x" * 35 + "…"),
    ("bell \x07", "bell □"),
    ("$x^$", "$x^$"),
    (12, "12"),
])  # fmt: skip
def test_shorten(text: object, label: str):
    assert _style.shorten(text) == label


def test_shorten_to_another_width():
    assert _style.shorten("x" * 10, 5) == "xxxx…"


@pytest.mark.parametrize(
    ("labels", "rows"), [(["a"], 1), (["a"] * 4, 1), (["a"] * 5, 2), (["x" * 30] * 4, 2), (["x" * 35] * 4, 4)]
)
def test_a_legend_has_as_many_columns_as_fit_and_at_most_four(labels: list[str], rows: int):
    assert _style.count_legend_rows(labels) == rows
