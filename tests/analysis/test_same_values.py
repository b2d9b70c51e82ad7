"""Values that are the same, however they are written or stored: e-mail addresses, lists of Arrow, categories."""

import unicodedata

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pmframes._customers import match_names
from pmframes._text import fold
from pmframes.report import changes, findings, people_by_type
from tests.support import frames, reviews

ADDRESS = "zoë@bücher.de"
SPELLINGS = [
    unicodedata.normalize("NFD", ADDRESS),
    ADDRESS.upper(),
    f" {ADDRESS}\n",
    "zo\u00adë@bü\u200bcher.de",
    "\u202azoë@bücher.de\u202c",
    "zoë@xn--bcher-kva.de",
    "ZOË@XN--BCHER-KVA.DE",
    "ｚｏë@bücher。de",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_one_address_is_the_same_everywhere(spelling):
    assert fold(spelling) == fold(ADDRESS) == ADDRESS
    people = reviews.people({"email": ADDRESS}, {"id": 2, "email": spelling})
    assert "several accounts with one e-mail address" in findings(people)["rule"].tolist()
    assert people_by_type(people, by="email").index.tolist() == [ADDRESS, "total"]
    before = reviews.people({"email": ADDRESS})
    assert changes(before, reviews.people({"email": spelling})).empty


@pytest.mark.parametrize("other", ["zoe@bücher.de", "zoë@bucher.de", "xn--", "zoë@xn--!.de", "", "zoë"])
def test_other_addresses_are_others(other):
    assert fold(other) != fold(ADDRESS)


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([[1, 2], None, []], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
        pd.Series([{"a": [1]}, None, {"a": None}], dtype=pd.ArrowDtype(pa.struct({"a": pa.list_(pa.int64())}))),
        pd.Series([[1.5, np.nan], None, [2.0, 1.0]], dtype=object),
        pd.Series([[np.array([1, 2])], None, [np.array([])]], dtype=object),
        pd.Series(pd.Categorical([5, None, 7])),
        pd.Series(pd.Categorical([True, None, False])),
        pd.Series(pd.Categorical(["a", None, "b"])),
        pd.Series(pd.Categorical(pd.to_datetime(["2026-01-01", None, "2026-01-02"]))),
    ],
    ids=["list", "struct", "nan in list", "array in list", "numbers", "flags", "texts", "times"],
)
def test_a_frame_equals_its_copy_whatever_its_dtypes(values):
    frame = pd.DataFrame({"id": [1, 2, 3], "x": values})
    as_objects = frame.assign(x=pd.Series(values.tolist(), dtype=object))
    for before, after in ((frame, frame.copy()), (frame, as_objects), (as_objects, frame)):
        assert changes(before, after).empty
    moved = frame.assign(x=frame["x"].iloc[[1, 0, 2]].array)
    assert len(changes(frame, moved)) == 2


def test_lists_of_arrow_are_counted_by_their_values():
    lists = pd.Series([[1], [1], [1, 2], None], dtype=pd.ArrowDtype(pa.list_(pa.int64())))
    table = people_by_type(frames.people(team_ids=lists), by="team_ids")
    assert table["people"].to_dict() == {"1": 2, "1, 2": 1, "(none)": 1, "total": 4}


@pytest.mark.parametrize("by", [None, *frames.people()])
def test_people_of_arrow_are_counted_as_those_that_were_loaded(by):
    people = frames.people()
    pd.testing.assert_frame_equal(people_by_type(frames.in_arrow(people), by), people_by_type(people, by))


def test_frames_of_arrow_equal_those_that_were_loaded():
    for frame in (frames.people(), frames.clients(), frames.permissions(), frames.projects()):
        for before, after in ((frame, frames.in_arrow(frame)), (frames.in_arrow(frame), frame)):
            assert changes(before, after).empty


@pytest.mark.parametrize(
    ("names", "matched"),
    [
        (("Край", "Краи"), False),
        (("Київ", "Киів"), False),
        (("Ёлка", "Елка"), False),
        (("Åse Café", "Ase Cafe"), True),
        (("Ελλάς", "Ελλας"), True),
        (("Край", unicodedata.normalize("NFD", "КРАЙ")), True),
        (("ガ", "カ"), False),
    ],
)
def test_only_accents_of_latin_and_greek_letters_are_left_out_of_names(names, matched):
    assert match_names(pd.Series(names, dtype="str")).notna().all() == matched
