"""Summaries of people: by type, also by another column, and by permission."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmframes import errors
from pmframes._analysis.permissions import permission_columns
from pmframes.report import people_by_permission, people_by_type
from tests.support import frames

ANYTHING = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(frames.AWKWARD), st.just(pd.NaT)),
    *(st.lists(st.integers(1, 3) | st.none(), max_size=2), st.tuples(st.integers(1, 3))),
    *(st.dictionaries(st.sampled_from(["a"]), st.integers(1, 2)), st.dates().map(pd.Timestamp)),
    st.lists(st.integers(1, 3), max_size=2).map(np.array),
)


class TestByType:
    def test_counts_declared_types_then_others_then_none_then_total(self):
        people = frames.people(["contact", "robot", None, "account", "account", "alien"])
        table = people_by_type(people)
        assert table.index.tolist() == [*frames.TYPES, "alien", "robot", "(none)", "total"]
        assert table["people"].tolist() == [2, 0, 1, 1, 1, 1, 6]
        assert table["share"].tolist() == pytest.approx([2 / 6, 0, 1 / 6, 1 / 6, 1 / 6, 1 / 6, 1])
        assert table["admins"].tolist() == [1, 0, 1, 0, 0, 0, 2], "missing is not True"
        people = frames.people(["account", "contact"])
        people["type"] = people["type"].astype(pd.CategoricalDtype(["contact", "owner", "account"]))
        assert people_by_type(people).index.tolist() == ["contact", "owner", "account", "total"]

    def test_each_measure_counts_its_flag(self):
        flags = {
            flag: pd.array([True] * place + [False] * (4 - place), "boolean") for place, flag in enumerate(frames.FLAGS)
        }
        table = people_by_type(frames.people(["account"] * 4, **flags))
        assert table.loc["total", ["admins", "client_users", "service_accounts", "deleted"]].tolist() == [0, 1, 2, 3]

    def test_same_dtypes_for_no_rows(self):
        full, empty = people_by_type(frames.people()), people_by_type(frames.people()[:0])
        assert full.dtypes.to_dict() == empty.dtypes.to_dict()
        assert full.dtypes.astype(str).tolist() == ["int64", "Float64", *["int64"] * 4]
        assert empty.index.tolist() == [*frames.TYPES, "total"]
        assert empty["people"].sum() == 0
        assert empty["share"].isna().all()
        assert full.index.dtype == empty.index.dtype == "str"

    def test_flags_that_are_text_are_refused_with_a_remedy_that_works(self):
        people = frames.people(["account", "contact"]).astype({"is_admin": "str"})
        with pytest.raises(errors.InvalidArgument, match="is_admin is not a boolean column") as caught:
            people_by_type(people)
        remedy = 'frame["is_admin"] = frame["is_admin"].map({"True": True, "False": False})'
        assert remedy in str(caught.value)
        people["is_admin"] = people["is_admin"].map({"True": True, "False": False})
        assert people_by_type(people)["people"].iloc[-1] == 2


class TestByAColumn:
    def test_a_row_per_value_and_a_column_per_type(self):
        table = people_by_type(frames.people(["contact", "robot", None, "account"]), by="company_name")
        assert table.index.tolist() == ["Acme", "Beta", "(none)", "total"]
        assert (table.index.name, table.index.dtype) == ("company_name", "str")
        assert table.columns.tolist() == [
            *("people", "share", *frames.TYPES, "robot", "(none)"),
            *("admins", "client_users", "service_accounts", "deleted"),
        ]
        assert table.loc["Acme"].tolist() == [2, 0.5, 1, 0, 1, 0, 0, 2, 2, 2, 2]
        assert table.loc["(none)"].tolist() == [1, 0.25, 0, 0, 0, 1, 0, 0, 0, 0, 0]
        assert table.loc["total"].tolist() == [4, 1, 1, 0, 1, 1, 1, 2, 2, 2, 2]

    def test_same_dtypes_for_no_rows(self):
        full, empty = (people_by_type(rows, by="project_id") for rows in (frames.people(), frames.people()[:0]))
        assert full.drop(columns="(none)").dtypes.to_dict() == empty.dtypes.to_dict()
        assert full.dtypes.astype(str).tolist() == ["int64", "Float64", *["int64"] * 8]
        assert empty.index.tolist() == ["total"]
        assert empty.index.dtype == full.index.dtype == "str"

    @pytest.mark.parametrize(("column", "values", "labels"), [
        ("project_id", pd.Series([12, 7, 12, None], dtype="Int64"), ["7", "12"]),
        ("project_id", pd.Series([12, 7, 12, None], dtype="float64"), ["7", "12"]),
        ("is_admin", pd.Series([True, False, True, None], dtype="boolean"), ["False", "True"]),
        ("team_ids", [[12, 15], [15], [], None], ["12, 15", "15"]),
        ("team_ids", [np.array([12, 15]), np.array([15]), np.array([]), None], ["12, 15", "15"]),
    ])  # fmt: skip
    def test_values_are_text_in_the_order_of_the_values(self, column, values, labels):
        people = frames.people(["account"] * 4, **{column: values})
        assert people_by_type(people, by=column).index.tolist() == [*labels, "(none)", "total"]

    def test_a_type_with_the_name_of_another_column_has_a_prefix(self):
        table = people_by_type(frames.people(["people", "admins", "account"]), by="company_name")
        assert table.columns.is_unique
        assert table.loc["total", ["people", "type_people", "type_admins", "admins"]].tolist() == [3, 1, 1, 1]

    def test_unknown_column_is_refused_with_the_closest(self):
        with pytest.raises(
            errors.InvalidArgument, match=r"by is 'company_nam', which is not a column.*Did you mean 'company_name'\?"
        ):
            people_by_type(frames.people(), by="company_nam")
        for wrong in (["type"], 5, pd.Series(["type"])):
            with pytest.raises(errors.InvalidArgument, match=r"by .*the name of a column, or None"):
                people_by_type(frames.people(), by=wrong)

    @given(st.lists(ANYTHING, min_size=1, max_size=6))
    def test_values_of_any_type_add_up_to_the_rows(self, values):
        people = frames.people(["account"] * len(values), odd=pd.Series(values, dtype=object))
        table = people_by_type(people, by="odd")
        assert table["people"].iloc[:-1].sum() == table["people"].iloc[-1] == len(values)


@given(st.lists(st.sampled_from([*frames.TYPES, None, "(none)", "odd"])), st.sampled_from([None, "company_name"]))
def test_types_add_up_to_the_total(types, by):
    people = frames.people(types)
    table = people_by_type(people, by=by)
    counts = table.drop(columns="share")
    assert (counts[:-1].sum() == counts.iloc[-1]).all()
    assert table["share"][:-1].sum() == pytest.approx(1 if types else 0)
    assert counts["people"].iloc[-1] == len(people)
    assert by is None or (counts.iloc[:, 1:-4].sum(axis=1) == counts["people"]).all()


def test_column_that_is_not_there_yet_is_to_be_merged_first():
    with pytest.raises(errors.InvalidArgument, match="Merge it into people first, or use one of") as caught:
        people_by_type(frames.people(), by="cost_center")
    assert "Did you mean" not in str(caught.value)


def test_counts_of_permissions():
    table = people_by_permission(frames.permissions())
    assert table.index.tolist() == ["add_tasks", "view_time"]
    assert table.index.name == "permission"
    assert table.loc["add_tasks"].tolist() == [3, 2, 0, 1, pytest.approx(2 / 3), 1, 1, 1, 1]
    assert table.loc["view_time"].tolist() == [3, 0, 1, 2, 0, 0, 0, 0, 0]
    assert table.columns.tolist() == [
        *("people", "granted", "not_granted", "unknown", "share"),
        *("admins", "client_users", "service_accounts", "deleted"),
    ]


def test_facts_of_a_membership_are_counted_as_no_permission():
    given = frames.permissions()
    facts = ["active", "in_owner_company", "is_archived", "is_observing", "receive_email_notifications"]
    table = people_by_permission(given.assign(**dict.fromkeys(facts, pd.array([True] * len(given), dtype="boolean"))))
    assert not {*facts} & {*table.index}
    assert table.equals(people_by_permission(given.drop(columns=facts, errors="ignore")))


@pytest.mark.parametrize("frame", [frames.permissions()[:0], frames.permissions(names=())])
def test_same_dtypes_for_no_permissions(frame):
    full, empty = people_by_permission(frames.permissions()), people_by_permission(frame)
    assert full.dtypes.to_dict() == empty.dtypes.to_dict()
    assert full.dtypes.astype(str).tolist() == [*["int64"] * 4, "Float64", *["int64"] * 4]
    assert full.index.dtype == empty.index.dtype == "str"
    assert empty["people"].sum() == 0
    assert empty["share"].isna().all()


def test_declared_permissions_count_and_columns_that_are_not_boolean_are_none():
    permissions = frames.permissions(can_add_projects=pd.Series([True] * 3, dtype="boolean"))
    assert len(people_by_permission(permissions)) == 3
    permissions.attrs["permissions"] = {"add_tasks": {}, "view_time": {}}
    assert permission_columns(permissions) == ["add_tasks", "view_time"]
    assert permission_columns(frames.permissions().assign(colour="red", rank=1)) == ["add_tasks", "view_time"]
    with pytest.raises(errors.InvalidArgument, match=r"a frame of people.*pm\.teamwork\.permissions"):
        people_by_permission(frames.people())


@given(st.data())
def test_granted_not_granted_and_unknown_add_up_to_the_rows(data):
    names = data.draw(st.lists(st.text() | st.sampled_from(frames.AWKWARD), unique=True, max_size=4))
    names = [name for name in names if name not in frames.permissions(names=())]
    cell = st.sampled_from([True, False, None])
    granted = data.draw(st.lists(st.tuples(*[cell for _ in names]), max_size=6))
    table = people_by_permission(frames.permissions(granted, names))
    assert table.index.tolist() == names
    assert (table["people"] == len(granted)).all()
    assert (table["granted"] + table["not_granted"] + table["unknown"] == len(granted)).all()
    everything = [one for line in granted for one in line]
    assert table["granted"].sum() == everything.count(True)
    assert table["unknown"].sum() == everything.count(None)
    assert (table.iloc[:, 5:].max(axis=1) <= table["granted"]).all()
