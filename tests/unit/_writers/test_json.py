"""Frames as JSON: what is written is what is read, whatever the texts are."""

import json

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given

from pmframes._types import TEXT
from pmframes._writers.json import json_bytes, json_lines_bytes, json_records

FRAME = pd.DataFrame({
    "id": [2**53 + 1, 2], "name": pd.array(["Ada\u202e\n\"⟦", None], dtype=TEXT),
    "rate": pd.array([1.5, None], dtype="Float64"),
    "ok": pd.array([True, None], dtype="boolean"), "ids": [[1, 2], []], "kind": pd.Categorical(["a", None]),
    "at": pd.to_datetime(["2026-01-31T12:00:00.5Z", None]).astype("datetime64[us, UTC]"),
})  # fmt: skip
ROWS = [
    {
        "id": 2**53 + 1, "name": "Ada\u202e\n\"⟦", "rate": 1.5, "ok": True, "ids": [1, 2], "kind": "a",
        "at": "2026-01-31T12:00:00.500000Z",
    },
    {"id": 2, "name": None, "rate": None, "ok": None, "ids": [], "kind": None, "at": None},
]  # fmt: skip


def test_every_kind_of_value():
    assert json.loads(json_bytes(FRAME)) == ROWS
    assert [json.loads(line) for line in json_lines_bytes(FRAME).splitlines()] == ROWS


@pytest.mark.parametrize("frame", [FRAME.iloc[:0], FRAME.iloc[:0].convert_dtypes(dtype_backend="pyarrow")])
def test_no_row_is_an_empty_list_and_no_line(frame):
    assert json.loads(json_bytes(frame)) == []
    assert json_lines_bytes(frame) == b""


@pytest.mark.hypothesis
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=4))
def test_every_text_is_read_as_it_was(texts):
    frame = pd.DataFrame({"text": pd.array(texts, dtype=TEXT)})
    assert [row["text"] for row in json.loads(json_bytes(frame))] == texts


def test_a_dict_is_an_object_such_as_a_person_who_joined():
    rows = pd.DataFrame({"after": [{"name": "Ada", "since": pd.Timestamp("2026-03-01", tz="UTC"), "ids": [1]}, None]})
    assert [row["after"] for row in json_records(rows)] == [
        {"name": "Ada", "since": "2026-03-01T00:00:00Z", "ids": [1]},
        None,
    ]
