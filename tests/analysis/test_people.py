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


def values_of(table):
    return table.columns.unique(0).tolist()


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
    def test_a_level_of_columns_per_value(self):
        table = people_by_type(frames.people(), by="company_name")
        assert table.columns.names == ["company_name", "measure"]
        assert values_of(table) == ["Acme", "Beta", "(none)"]
        assert table["Acme"].columns.tolist() == people_by_type(frames.people()).columns.tolist()
        assert table[("Acme", "people")].tolist() == [1, 0, 0, 1, 2]
        assert table[("Acme", "share")].tolist() == [0.5, 0, 0, 0.5, 1]
        assert table.dtypes.astype(str).tolist() == ["int64", "Float64", *["int64"] * 4] * 3

    def test_values_keep_their_type(self):
        people = frames.people(project_id=pd.Series([12, 7, 12, None], dtype="Int64"))
        assert values_of(people_by_type(people, by="project_id")) == [7, 12, "(none)"]
        assert values_of(people_by_type(people, by="is_admin")) == [False, True, "(none)"]
        people = frames.people(["account"] * 4, team_ids=[[12, 15], [15], [], None])
        assert values_of(people_by_type(people, by="team_ids")) == ["12, 15", "15", "(none)"], "a list is one value"
        people["team_ids"] = people["team_ids"].map(np.array, na_action="ignore")
        assert values_of(people_by_type(people, by="team_ids")) == ["12, 15", "15", "(none)"], "as parquet has them"
        empty = people_by_type(people[:0], by="company_name")
        assert (empty.shape, empty.columns.names) == ((4, 0), ["company_name", "measure"])

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
        assert table.xs("people", axis=1, level=1).loc["total"].sum() == len(values)


@given(st.lists(st.sampled_from([*frames.TYPES, None, "(none)", "odd"])), st.sampled_from([None, "company_name"]))
def test_types_add_up_to_the_total(types, by):
    people = frames.people(types)
    table = people_by_type(people, by=by)
    blocks = [table] if by is None else [table[value] for value in table.columns.unique(0)]
    for block in blocks:
        counts = block.drop(columns="share")
        assert (counts[:-1].sum() == counts.iloc[-1]).all()
        assert block["share"][:-1].sum() == pytest.approx(1 if counts["people"].any() else 0)
    assert sum(block["people"].iloc[-1] for block in blocks) == len(people)


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
