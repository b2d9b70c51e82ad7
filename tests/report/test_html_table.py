"""The tables of a report's HTML: how cells, headings and the index are written."""

import numpy as np
import pandas as pd
import pytest

from pmframes._types import TEXT
from pmframes.report._html_table import build_table
from tests.support import explorer_frames, frames

SHARES = [0.125, 0, 1, 0.0001, 0.9999, None]
MOMENTS = ["2026-03-01T12:30:59+02:00", None]
CELLS = {
    "share": (pd.array(SHARES, dtype="Float64"), ["12.5%", "0.0%", "100.0%", "<0.1%", ">99.9%", ""]),
    "people": (pd.array([1234567, None], dtype="Int64"), ["1,234,567", ""]),
    "owner_id": (pd.array([1234567, None], dtype="Int64"), ["1234567", ""]),
    "budget": (pd.array([1234.5, None], dtype="Float64"), ["1,234.50", ""]),
    "rate": (np.array([1 / 3, np.nan]), ["0.3333333333", ""]),
    "granted": (pd.array([True, False, None], dtype="boolean"), ["✓", "–", "<i>unknown</i>"]),
    "sure": (np.array([True, False]), ["✓", "–"]),
    "created_at": (pd.to_datetime(MOMENTS), ["2026-03-01 10:30 UTC", ""]),
    "start_date": (pd.to_datetime(["2026-03-01", None]), ["2026-03-01 00:00", ""]),
    "name": (pd.array(["<b>", None], dtype=TEXT), ["<b>", ""]),
    "zip_code": (pd.array(["0012"], dtype=TEXT), ["0012"]),
    "type": (pd.Categorical(["contact", None]), ["contact", ""]), "team_ids": ([[1, 2], [], None], ["1, 2", "", ""]),
}  # fmt: skip


@pytest.mark.parametrize(("name", "values", "shown"), [(name, *rest) for name, rest in CELLS.items()], ids=CELLS)
def test_cells_are_formatted_by_name_and_dtype(name, values, shown):
    table = build_table(pd.DataFrame({name: values}), "t")
    assert [cells[0][1] for _, cells in table.rows()] == shown


@pytest.mark.parametrize("frame", [frames.people(), frames.clients(), frames.permissions(), explorer_frames.people()])
def test_a_frame_of_arrow_reads_as_the_frame_that_was_loaded(frame):
    assert build_table(frames.in_arrow(frame), "t") == build_table(frame, "t")
    for column in frame:
        indexed = frames.in_arrow(frame[[column]].assign(rows=1)).set_index(column)
        assert build_table(indexed, "t").row_headers == build_table(frame[[column]], "t").columns


class TestIndex:
    def test_one_that_only_numbers_is_not_shown(self):
        frame = pd.DataFrame({"a": [1, 2, 3]})
        for index in ([0, 1, 2], [7, 3, 5]):
            assert build_table(frame.set_axis(index), "t").row_headers == []

    def test_one_with_a_name_or_with_text_is(self):
        frame = pd.DataFrame({"a": [1]})
        assert [one.cells for one in build_table(frame.set_axis(["x"]), "t").row_headers] == [["x"]]
        assert [one.cells for one in build_table(frame.rename_axis("id"), "t").row_headers] == [["0"]]
        several = frame.set_index(pd.MultiIndex.from_tuples([("x", 1)], names=["p", "q"]))
        assert [one.cells for one in build_table(several, "t").row_headers] == [["x"], ["1"]]


def test_headings_of_levels_span_their_columns():
    columns = pd.MultiIndex.from_tuples([("A", "x"), ("A", "y"), ("B", "x")])
    top, below = build_table(pd.DataFrame([[1, 2, 3]], columns=columns), "t").header
    assert [(one.text, one.span, one.scope) for one in top] == [("A", 2, "colgroup"), ("B", 1, "colgroup")]
    assert [(one.text, one.name) for one in below] == [("X", "x"), ("Y", "y"), ("X", "x")]
