"""Summary of permissions: how many people have each."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmframes import errors
from pmframes._analysis.permissions import permission_columns
from pmframes.report import people_by_permission
from tests.support import frames


def test_counts():
    table = people_by_permission(frames.permissions())
    assert table.index.tolist() == ["add_tasks", "view_time"]
    assert table.index.name == "permission"
    assert table.loc["add_tasks"].tolist() == [3, 2, 0, 1, pytest.approx(2 / 3), 1, 1, 1, 1]
    assert table.loc["view_time"].tolist() == [3, 0, 1, 2, 0, 0, 0, 0, 0]
    assert table.columns.tolist() == [
        *("people", "granted", "not_granted", "unknown", "share"),
        *("admins", "client_users", "service_accounts", "deleted"),
    ]


@pytest.mark.parametrize("frame", [frames.permissions()[:0], frames.permissions(names=())])
def test_same_dtypes_for_no_rows(frame):
    full, empty = people_by_permission(frames.permissions()), people_by_permission(frame)
    assert full.dtypes.to_dict() == empty.dtypes.to_dict()
    assert full.dtypes.astype(str).tolist() == [*["int64"] * 4, "Float64", *["int64"] * 4]
    assert full.index.dtype == empty.index.dtype == "str"
    assert empty["people"].sum() == 0
    assert empty["share"].isna().all()


def test_declared_permissions_count():
    permissions = frames.permissions(can_add_projects=pd.Series([True] * 3, dtype="boolean"))
    assert len(people_by_permission(permissions)) == 3
    permissions.attrs["permissions"] = {"add_tasks": {}, "view_time": {}}
    assert permission_columns(permissions) == ["add_tasks", "view_time"]


def test_columns_that_are_not_boolean_are_no_permissions():
    assert permission_columns(frames.permissions().assign(colour="red", rank=1)) == ["add_tasks", "view_time"]


def test_people_are_refused():
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
