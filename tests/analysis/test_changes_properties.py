"""Properties of changes: applied to the first frame they give the second, and dtypes never count."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pmframes as pm
from pmframes._analysis.alignment import IGNORED_COLUMNS
from pmframes._analysis.comparison import compare
from pmframes._types import TEXT
from pmframes.report import changes
from tests.support import frames

TIMES = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000001Z", "2026-02-03T04:05:06Z"]
# For each column: the values that loaders give, and the dtypes in which a frame may have them.
KINDS = {
    "name": (["Ada", "", "שלום", "$x^$"], [TEXT, object, "category"]),
    "type": (["account", "contact", "robot"], ["category", TEXT, object]),
    "deleted": ([True, False], ["boolean", object]), "company_id": ([1, 2, 9007199254740993], ["Int64", object]),
    "user_rate": ([0.1, 0.5, 80.0], ["Float64", "float64", object]),
    "created_at": (TIMES, ["datetime64[us, UTC]", "datetime64[ns, UTC]", object]),
    "team_ids": ([[], [1], [1, 2]], ["list", "array", "tuple"]), "avatar_url": (["a", "b"], [TEXT]),
}  # fmt: skip
RESOURCES = {
    "people": ("project_id", "id"), "permissions": ("project_id", "person_id"),
    "role_permissions": ("role_id", "permission"), "companies": ("id",),
}  # fmt: skip
KEY_VALUES = {
    "project_id": [None, 7, 8], "id": [1, 2, 12], "person_id": [1, 2, 12], "role_id": ["r1", "r2"],
    "permission": ["p", "q"],
}  # fmt: skip
LISTS = {"list": list, "array": np.array, "tuple": tuple}


def column(values, dtype):
    if dtype in LISTS:
        return pd.Series([None if one is None else LISTS[dtype](one) for one in values], dtype=object)
    if any(value in TIMES for value in values if isinstance(value, str)):
        times = pd.to_datetime(pd.Series(values), format="ISO8601", utc=True).dt.as_unit("us")
        return times.astype(dtype)
    return pd.Series(values, dtype=object).astype(dtype)


@st.composite
def snapshots(draw, resource):
    """Draw values of a resource, and frames of them in two of the dtypes that its columns may have."""
    keys = RESOURCES[resource]
    rows = draw(st.lists(st.tuples(*(st.sampled_from(KEY_VALUES[key]) for key in keys)), unique=True, max_size=5))
    columns = {key: pd.Series([row[place] for row in rows]) for place, key in enumerate(keys)}
    if "project_id" in columns:
        columns["project_id"] = columns["project_id"].astype("Int64")
    drawn = [columns, dict(columns)]
    for name, (values, dtypes) in KINDS.items():
        cells = draw(st.lists(st.sampled_from([None, *values]), min_size=len(rows), max_size=len(rows)))
        for one in drawn:
            one[name] = column(cells, draw(st.sampled_from(dtypes)))
    return [frames.stamp(pd.DataFrame(one), "teamwork", resource) for one in drawn]


def simple(value):
    if isinstance(value, np.ndarray | tuple | list):
        return list(value)
    return None if pd.isna(value) else value


def as_dicts(frame, keys):
    """Return the compared columns of each row, by project and key."""
    rows = {}
    for record in frame.astype(object).to_dict("records"):
        values = {name: simple(value) for name, value in record.items() if name not in IGNORED_COLUMNS}
        parts = {key: values.pop(key) for key in keys}
        project = parts.pop("project_id", None)
        rows[project, " ".join(map(str, parts.values()))] = values
    return rows


def apply(rows, table):
    """Apply changes to rows as ``as_dicts`` returns them."""
    rows = {key: dict(row) for key, row in rows.items()}
    for one in table.itertuples():
        key = (None if pd.isna(one.project_id) else one.project_id, one.id)
        if one.change == "joined":
            assert key not in rows
            rows[key] = one.after
        elif one.change == "left":
            assert rows.pop(key) == one.before
        else:
            assert rows[key][one.column] == one.before != one.after
            rows[key][one.column] = one.after
    return rows


@pytest.mark.parametrize("resource", RESOURCES)
@given(data=st.data())
def test_changes_applied_to_the_first_frame_give_the_second(resource, data):
    before, _ = data.draw(snapshots(resource))
    after, _ = data.draw(snapshots(resource))
    keys = RESOURCES[resource]
    assert apply(as_dicts(before, keys), compare(before, after)) == as_dicts(after, keys)


@given(st.data())
def test_dtypes_and_the_order_of_rows_are_no_change(data):
    frame, other = data.draw(snapshots("people"))
    assert compare(frame, other.iloc[::-1]).empty


@pytest.mark.slow
def test_every_loaded_frame_equals_itself_read_from_parquet(tmp_path):
    with pm.demo(people=60, seed=7):
        project = pm.teamwork.projects()[:2]
        loaded = [
            pm.teamwork.people(project, show_deleted=True), pm.teamwork.permissions(project), pm.teamwork.projects(),
            pm.teamwork.companies(), pm.projectmanager.roles(), pm.projectmanager.role_permissions(),
            pm.projectmanager.customers(), pm.projectmanager.resources(), pm.projectmanager.projects(),
            pm.projectmanager.members(),
            pm.outlign.clients(), pm.outlign.companies(), pm.spirii.customers(), pm.customers(),
        ]  # fmt: skip
    for place, frame in enumerate(loaded):
        path = tmp_path / f"{place}.parquet"
        frame.to_parquet(path)
        assert changes(path, frame).empty
        half = frames.whole(frame.iloc[::2])
        assert changes(path, half)["change"].tolist() == ["left"] * (len(frame) - len(half))
        assert changes(half, path)["change"].tolist() == ["joined"] * (len(frame) - len(half))
