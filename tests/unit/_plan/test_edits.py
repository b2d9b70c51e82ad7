"""Edits: the smallest list of writes, what is no change, and what is refused."""

import io
from typing import Any

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given

from pmframes import outlign, projectmanager, spirii
from pmframes._plan.edits import Edits, find_edits, normalize, normalize_like
from pmframes._types import TEXT
from pmframes._writers.csv import csv_bytes
from pmframes.errors import InvalidArgument

BEFORE = pd.DataFrame({
    "id": [1, 2, 3], "title": pd.array(["Ada", "=B\n", None], dtype=TEXT),
    "company_id": pd.array([7, 8, None], dtype="Int64"),
    "created_at": pd.to_datetime(["2026-01-01T12:00:00Z"] * 3).astype("datetime64[us, UTC]"),
})  # fmt: skip
UUIDS = ["8f14e45f-ceea-467f-a1d2-00000000000a", "8f14e45f-ceea-467f-a1d2-00000000000b"]
CUSTOMERS = pd.DataFrame({"id": UUIDS, "name": ["Ada", "Bo"]})
SPIRII = pd.DataFrame({
    "id": [1], "name": ["Ada"], "type": [None], "country": ["DK"], "owner_id": [9], "external_id": ["x"],
    "locations": [[1, 2]], "vat_number": ["007"],
})  # fmt: skip


def edits(
    after: pd.DataFrame, before: pd.DataFrame = BEFORE, schema: Any = outlign.WRITE_SCHEMA, **options: Any
) -> Edits:
    return find_edits(before, after, schema, **options)


def steps(*arguments: Any, **options: Any) -> list[tuple[Any, ...]]:
    return [(step.action, step.id, dict(step.before), dict(step.after)) for step in edits(*arguments, **options).steps]


def new_row(**values: Any) -> pd.DataFrame:
    return pd.concat([BEFORE, pd.DataFrame([values])], ignore_index=True)


def set_value(at: int, column: str, value: Any, before: pd.DataFrame = BEFORE) -> pd.DataFrame:
    after = before.copy()
    after[column] = [value if row == at else old for row, old in enumerate(before[column])]
    return after


RENAMED = [("update", 1, {"title": "Ada"}, {"title": "Eve"})]


FORMS = {
    "as it was": lambda after: after,
    "filtered": lambda after: after[after["id"] == 1],
    "sorted": lambda after: after.sort_values("id", ascending=False),
    "ids as text": lambda after: after.astype({"id": str}),
    "ids as floats": lambda after: after.astype({"id": float}),
    "some columns": lambda after: after[["id", "title"]],
    "more columns": lambda after: after.assign(note="x", segment=[["a"]] * 3, company_title="x"),
    "a row twice": lambda after: pd.concat([after, after.iloc[:1]]),
    "objects": lambda after: after.astype(object),
    "another zone": lambda after: after.assign(created_at=after["created_at"].dt.tz_convert("Europe/Copenhagen")),
    "no zone": lambda after: after.assign(created_at=after["created_at"].dt.tz_localize(None)),
    "times as text": lambda after: after.assign(created_at=after["created_at"].astype(str)),
    "spaces, a guard and line ends": lambda after: after.assign(title=["  Eve ", "'=B\r\n", None]),
    "read by pandas": lambda after: pd.read_csv(io.BytesIO(csv_bytes(after))),
    "read as text": lambda after: pd.read_csv(io.BytesIO(csv_bytes(after)), dtype=str, keep_default_na=False),
}


@pytest.mark.parametrize("form", FORMS)
def test_only_what_was_changed_is_written(form):
    assert steps(FORMS[form](set_value(0, "title", "Eve"))) == RENAMED


@pytest.mark.parametrize(("after", "written"), [
    (BEFORE, []), (set_value(2, "title", "Cy"), [("update", 3, {"title": None}, {"title": "Cy"})]),
    (new_row(title="New", company_id=7), [("create", None, {}, {"title": "New", "company_id": 7})]),
    (new_row(title=" New ", company_id="7"), [("create", None, {}, {"title": "New", "company_id": 7})]),
])  # fmt: skip
def test_updates_and_creations(after, written):
    assert steps(after) == written


def test_rows_that_are_not_there_are_deleted_only_by_their_number():
    found = edits(BEFORE.iloc[1:])
    assert not found.steps
    assert [(item.id, item.column) for item in found.left_out] == [(1, None)]
    assert steps(BEFORE.iloc[1:], deletions=1) == [("delete", 1, {"title": "Ada", "company_id": 7}, {})]
    with pytest.raises(InvalidArgument, match=r"^deletions is 2, but after lacks 1 row of before\. Pass deletions=1"):
        edits(BEFORE.iloc[1:], deletions=2)
    with pytest.raises(InvalidArgument, match=r"Spirii customers cannot be deleted"):
        edits(SPIRII.iloc[1:], SPIRII, spirii.WRITE_SCHEMA, deletions=1)


def test_a_deletion_needs_the_columns_by_which_a_conflict_is_seen():
    with pytest.raises(InvalidArgument, match=r"^before lacks title, company_id: nobody could see"):
        edits(BEFORE[["id"]].iloc[1:], BEFORE[["id"]], deletions=1)


def test_a_missing_value_is_left_out_unless_it_is_cleared():
    emptied = set_value(0, "external_id", None, SPIRII)
    found = edits(emptied, SPIRII, spirii.WRITE_SCHEMA)
    assert not found.steps
    assert [(item.id, item.column, item.before) for item in found.left_out] == [(1, "external_id", "x")]
    cleared = steps(emptied, SPIRII, spirii.WRITE_SCHEMA, clear=["external_id"])
    assert cleared == [("update", 1, {"external_id": "x"}, {"external_id": None})]
    with pytest.raises(InvalidArgument, match=r"^after\.iloc\[0\], title is None\. Pass a text that is not empty"):
        edits(set_value(0, "title", None), clear=["title"])
    with pytest.raises(InvalidArgument, match=r"^clear is 'titel'\. Did you mean 'title'\?"):
        edits(BEFORE, clear=["titel"])
    # A missing value in a column that cannot be written is listed too.
    found = edits(set_value(0, "vat_number", None, SPIRII), SPIRII, spirii.WRITE_SCHEMA)
    assert [item.column for item in found.left_out] == ["vat_number"]


@pytest.mark.parametrize("value", ["x", "", 4, 1.5, True, "99", 2.0**53, "1.0", b"1", [1]])
def test_an_id_that_is_not_of_before_is_refused_with_its_row(value):
    with pytest.raises(InvalidArgument, match=r"^after\.iloc\[2\]: its id "):
        edits(BEFORE.assign(id=pd.Series([1, 2, value], dtype=object)))


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA, pd.NaT])
def test_a_row_without_an_id_is_new(value):
    after = BEFORE.iloc[[0, 0]].assign(id=pd.Series([1, value], dtype=object).tolist(), created_at=[None, None])
    assert [step.action for step in edits(after).steps] == ["create"]


def test_an_id_of_text_is_found_in_any_case():
    after = CUSTOMERS.assign(id=[UUIDS[0].upper(), f" {UUIDS[1]} "], name=["Ada", "Eve"])
    found = steps(after, CUSTOMERS, projectmanager.WRITE_SCHEMA)
    assert found == [("update", UUIDS[1], {"name": "Bo"}, {"name": "Eve"})]


def test_a_row_that_is_there_twice_with_different_values_is_refused():
    after = pd.concat([BEFORE, BEFORE.iloc[:1].assign(title="Eve")])
    with pytest.raises(InvalidArgument, match=r"^after has id 1 twice, with different values \(after\.iloc\[0\],"):
        edits(after)


@pytest.mark.parametrize(("after", "message"), [
    (set_value(0, "company_id", 9), r"^after changes company_id, .* \(first in after\.iloc\[0\]\)\. .*title"),
    (set_value(1, "created_at", pd.Timestamp("2020-01-01", tz="UTC")), r"^after changes created_at, which cannot"),
    (set_value(0, "title", 5), r"^after\.iloc\[0\], title is 5\."),
    (new_row(title="New"), r"^after\.iloc\[3\], company_id is None\."),
    (new_row(title="New", company_id=7.5), r"^after\.iloc\[3\], company_id is 7\.5\."),
    (new_row(title="New", company_id=7, created_at="2026"), r"^after\.iloc\[3\] is a new row .*: created_at\."),
    (BEFORE.drop(columns="id"), r"^after lacks the columns: id"), ("x", r"^after must be a DataFrame"),
])  # fmt: skip
def test_what_cannot_be_written_is_refused_by_name(after, message):
    with pytest.raises(InvalidArgument, match=message):
        edits(after)


@pytest.mark.parametrize(("after", "message"), [
    (set_value(0, "vat_number", "008", SPIRII), r"^after changes vat_number, .* use pm\.spirii\.update_customer\.$"),
    (set_value(0, "locations", [1], SPIRII), r"^after changes locations,"),
    (pd.concat([SPIRII, pd.DataFrame([{"name": "New"}])]), r"^after\.iloc\[1\] is a new row.*spirii\.create_customer"),
    (set_value(0, "country", "DNK", SPIRII), r"^after\.iloc\[0\], country is 'DNK'\."),
    (set_value(0, "name", "x" * 81, SPIRII), r"^after\.iloc\[0\], name is 'x"),
])  # fmt: skip
def test_what_cannot_be_written_at_spirii_is_refused(after, message):
    with pytest.raises(InvalidArgument, match=message):
        edits(after, SPIRII, spirii.WRITE_SCHEMA)


def test_before_is_as_it_was_loaded():
    for before in (pd.concat([BEFORE, BEFORE]), BEFORE.astype({"id": float}), BEFORE.astype({"id": str})):
        with pytest.raises(InvalidArgument, match=r"^before\.iloc\[[03]\]: its id "):
            edits(BEFORE, before)


TEXTS = st.text(max_size=8) | st.text("'= x", max_size=6)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**40), 2**40), TEXTS, st.lists(st.integers(0, 9), max_size=3)
)


@pytest.mark.hypothesis
@given(VALUES)
def test_a_value_is_equal_to_itself_in_any_form(value):
    plain = normalize(value)
    assert normalize(plain) == plain
    assert normalize_like(value, plain) == plain
    if isinstance(plain, bool | int):
        assert normalize_like(str(value), plain) == plain


TITLES = st.one_of(st.none(), st.text(max_size=6))


@pytest.mark.hypothesis
@given(st.lists(st.tuples(TITLES, TITLES), max_size=6))
def test_the_updates_are_the_values_that_differ_and_are_there(pairs):
    ids = list(range(1, len(pairs) + 1))
    before = pd.DataFrame({"id": pd.array(ids, dtype="int64"), "title": pd.array([a for a, _ in pairs], dtype=TEXT)})
    found = edits(before.assign(title=pd.array([b for _, b in pairs], dtype=TEXT)), before)
    expected = {
        at: normalize(b) for at, (a, b) in zip(ids, pairs, strict=True) if normalize(b) not in (None, normalize(a))
    }
    assert {step.id: step.after["title"] for step in found.steps} == expected
    assert {item.id for item in found.left_out} == {
        at for at, (a, b) in zip(ids, pairs, strict=True) if normalize(a) is not None and normalize(b) is None
    }
