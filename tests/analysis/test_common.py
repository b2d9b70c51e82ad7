"""What all summaries promise, and the functions that they share."""

import copy

import numpy as np
import pandas as pd
import pytest

from pmframes import errors, report
from pmframes._analysis import common
from pmframes._types import TEXT
from tests.support import frames

# Each summary, a frame for it, and a column that it needs.
SUMMARIES = {
    "people_by_type": (report.people_by_type, frames.people, "is_admin"),
    "people_by_type, by": (lambda people: report.people_by_type(people, by="id"), frames.people, "type"),
    "people_by_permission": (report.people_by_permission, frames.permissions, "person_id"),
    "roles_by_permission": (report.roles_by_permission, frames.roles, "name"),
    "role_differences": (lambda roles: report.role_differences(roles, "r0", "r1"), frames.roles, "name"),
    "customers_by_company, clients": (report.customers_by_company, frames.clients, "company_title"),
    "customers_by_company, owners": (report.customers_by_company, frames.owned_customers, "owner_id"),
    "customers_by_company, portfolio": (report.customers_by_company, frames.portfolio, "company_name"),
    "customers_by_company, plain": (report.customers_by_company, frames.plain_customers, "name"),
    "customers_by_operator": (report.customers_by_operator, frames.operated_customers, "cpo_name"),
    "projects_by_customer": (report.projects_by_customer, frames.projects, "customer_id"),
}


@pytest.mark.parametrize(("summary", "make", "needed"), SUMMARIES.values(), ids=SUMMARIES)
class TestEverySummary:
    def test_records_its_sources_and_does_not_change_its_input(self, summary, make, needed):
        frame = make()
        before, attrs = frame.copy(deep=True), copy.deepcopy(frame.attrs)
        source = attrs["pmframes"]
        assert summary(frame).attrs == {"pmframes": {"sources": source.get("sources", [source])}}
        pd.testing.assert_frame_equal(frame, before)
        assert frame.attrs == attrs
        frame.attrs = {}
        assert summary(frame).attrs == {"pmframes": {"sources": []}}

    def test_refuses_frames_without_a_column_and_with_repeated_columns(self, summary, make, needed):
        with pytest.raises(errors.InvalidArgument, match=f"{needed}.*Pass the frame that"):
            summary(make().drop(columns=needed))
        with pytest.raises(errors.InvalidArgument, match="repeats: "):
            summary(pd.concat([make(), make()], axis=1))

    @pytest.mark.parametrize("wrong", [[{"id": 1}], [None]])
    def test_refuses_anything_but_a_frame(self, summary, make, needed, wrong):
        with pytest.raises(errors.InvalidArgument, match="DataFrame"):
            summary(wrong)

    def test_any_index_object_columns_and_parquet_give_the_same(self, summary, make, needed, tmp_path):
        frame = make()
        expected = summary(frame)
        pd.testing.assert_frame_equal(summary(frame.set_axis([5] * len(frame))), expected)
        plain = {name: values.astype(object).where(values.notna(), None) for name, values in frame.items()}
        # Only a category can declare a type that nobody has.
        plain.pop("type", None)
        pd.testing.assert_frame_equal(summary(frame.assign(**plain)), expected)
        frame.to_parquet(tmp_path / "frame.parquet")
        pd.testing.assert_frame_equal(summary(pd.read_parquet(tmp_path / "frame.parquet")), expected)


@pytest.mark.parametrize(("values", "expected"), [
    (pd.array([True, False, None], "boolean"), [1, 0, 0]),
    (np.array([True, False]), [1, 0]),
    (np.array([True, None, False], object), [1, 0, 0]),
])  # fmt: skip
def test_flag_to_int(values, expected):
    result = common.flag_to_int(pd.Series(values))
    assert result.tolist() == expected
    assert result.dtype == "int64"


@pytest.mark.parametrize(("values", "expected"), [
    (pd.array([True, None], "boolean"), True),
    (np.array([True]), True),
    (np.array([True, None], object), True),
    (np.array([None, None], object), True),
    (np.array([True, "x"], object), False),
    (np.array([0, 1]), False),
    (pd.array(["True"], "str"), False),
])  # fmt: skip
def test_is_flag_column(values, expected):
    assert common.is_flag_column(pd.Series(values)) is expected


@pytest.mark.parametrize(("values", "texts"), [
    (pd.array([1, None], "Int64"), ["1", None]),
    (np.array([1.0, np.nan]), ["1", None]),
    (np.array([1, None], object), ["1", None]),
    (pd.Categorical([1, None]), ["1", None]),
    (pd.array(["a", None], TEXT), ["a", None]),
    (np.array([9007199254740993]), ["9007199254740993"]),
])  # fmt: skip
def test_as_texts_writes_a_number_the_same_in_any_dtype(values, texts):
    result = common.as_texts(pd.Series(values))
    assert result.dtype == "str"
    assert [None if pd.isna(one) else one for one in result] == texts


@pytest.mark.parametrize(
    "values", [["b", "a"], [2, 1], [True, False], [1.5, 2.5], [pd.Timestamp("2026-01-01", tz="UTC")]]
)
def test_decategorize_keeps_values_and_missing_ones(values):
    for listed in (values, [*values, None]):
        result = common.decategorize(pd.Series(pd.Categorical(listed, values)))
        assert not isinstance(result.dtype, pd.CategoricalDtype)
        assert [None if pd.isna(one) else one for one in result] == listed
    plain = pd.Series([1])
    assert common.decategorize(plain) is plain


@pytest.mark.parametrize(("count", "ending"), [(13, ", 13"), (14, ", 12 and 2 more")])
def test_list_limited_counts_the_values_beyond_13(count, ending):
    assert common.list_limited(range(1, count + 1)).endswith(ending)
    assert common.list_limited(["a"]) == "'a'"


def test_true_labels_of_the_columns_that_exist():
    frame = pd.DataFrame({"a": [True, False], "b": pd.array([True, None], "boolean")})
    assert common.true_labels(frame, {"b": "B", "a": "A", "c": "C"}) == [["B", "A"], []]
    assert common.true_labels(frame, {"c": "C"}) == [[], []]


def test_strip_attrs_leaves_the_frame_as_it_is_and_text_is_checked():
    frame = frames.people()[1:]
    frame.attrs = {"x": 1}
    plain = common.strip_attrs(frame)
    assert (plain.attrs, plain.index.tolist()) == ({}, [0, 1, 2])
    assert frame.attrs == {"x": 1}
    common.check_text("name", "")
    with pytest.raises(errors.InvalidArgument, match=r"name is 3.*Pass a string"):
        common.check_text("name", 3)
