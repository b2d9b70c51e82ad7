"""Whoever applies the changes between two frames to the first gets the second."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pmframes as pm
from pmframes._analysis.alignment import IGNORED_COLUMNS
from pmframes._analysis.changes import severities
from pmframes.report import changes
from tests.support import frames

pytestmark = pytest.mark.slow

MOMENTS = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000001Z", "2026-02-03T04:05:06Z"]
# For each column: the values that loaders give, and the dtypes in which a frame may have them.
KINDS = {
    "name": (["Ada", "", "שלום", "$x^$"], ["str", object, "category"]),
    "type": (["account", "contact", "robot"], ["category", "str", object]),
    "deleted": ([True, False], ["boolean", object]),
    "company_id": ([1, 2, 9007199254740993], ["Int64", object]),
    "user_rate": ([0.1, 0.5, 80.0], ["Float64", "float64", object]),
    "created_at": (MOMENTS, ["datetime64[us, UTC]", "datetime64[ns, UTC]", object]),
    "team_ids": ([[], [1], [1, 2]], ["list", "array", "tuple"]),
    "avatar_url": (["a", "b"], ["str"]),
}
RESOURCES = {
    "people": ("project_id", "id"),
    "permissions": ("project_id", "person_id"),
    "role_permissions": ("role_id", "permission"),
    "companies": ("id",),
}
KEY_VALUES = {
    "project_id": [None, 7, 8],
    "id": [1, 2, 12],
    "person_id": [1, 2, 12],
    "role_id": ["r1", "r2"],
    "permission": ["p", "q"],
}
FORMS = {"list": list, "array": np.array, "tuple": tuple}


def _column(values, dtype):
    if dtype in FORMS:
        return pd.Series([None if one is None else FORMS[dtype](one) for one in values], dtype=object)
    if any(value in MOMENTS for value in values if isinstance(value, str)):
        moments = pd.to_datetime(pd.Series(values), format="ISO8601", utc=True).dt.as_unit("us")
        return moments.astype(dtype)
    return pd.Series(values, dtype=object).astype(dtype)


@st.composite
def snapshots(draw, resource):
    """Draw a frame of a resource, in any of the dtypes that its columns may have."""
    keys = RESOURCES[resource]
    each = st.tuples(*(st.sampled_from(KEY_VALUES[key]) for key in keys))
    rows = draw(st.lists(each, unique=True, max_size=5))
    columns = {key: pd.Series([row[place] for row in rows]) for place, key in enumerate(keys)}
    if "project_id" in columns:
        columns["project_id"] = columns["project_id"].astype("Int64")
    for name, (values, dtypes) in KINDS.items():
        several = st.lists(st.sampled_from([None, *values]), min_size=len(rows), max_size=len(rows))
        columns[name] = _column(draw(several), draw(st.sampled_from(dtypes)))
    return frames.stamp(pd.DataFrame(columns), "teamwork", resource)


def _simple(value):
    if isinstance(value, np.ndarray | tuple | list):
        return list(value)
    return None if pd.isna(value) else value


def as_dicts(frame, keys):
    """Give the compared columns of each row, by project and key."""
    found = {}
    for record in frame.astype(object).to_dict("records"):
        simple = {name: _simple(value) for name, value in record.items() if name not in IGNORED_COLUMNS}
        parts = {key: simple.pop(key) for key in keys}
        project = parts.pop("project_id", None)
        found[project, " ".join(map(str, parts.values()))] = simple
    return found


def apply(rows, table):
    """Apply changes to rows as ``as_dicts`` gives them."""
    rows = {key: dict(row) for key, row in rows.items()}
    for one in table.itertuples():
        key = (None if pd.isna(one.project_id) else one.project_id, one.id)
        if one.change == "joined":
            assert key not in rows
            rows[key] = one.after
        elif one.change == "left":
            assert rows.pop(key) == one.before
        else:
            assert rows[key][one.column] == one.before
            rows[key][one.column] = one.after
    return rows


@pytest.mark.parametrize("resource", RESOURCES)
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_applying_the_changes_gives_the_second_frame(resource, data):
    before, after = data.draw(snapshots(resource)), data.draw(snapshots(resource))
    table = changes(before, after)
    keys = RESOURCES[resource]
    assert apply(as_dicts(before, keys), table) == as_dicts(after, keys)
    assert not any(one.before == one.after for one in table.itertuples() if one.change == "changed")
    assert len(severities(table)) == len(table)


@pytest.mark.parametrize("resource", RESOURCES)
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_nothing_changes_between_a_frame_and_itself(resource, data):
    frame = data.draw(snapshots(resource))
    assert changes(frame, frame).empty
    assert changes(frame, frame.iloc[::-1]).empty


@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_how_values_are_kept_is_no_change(data):
    frame = data.draw(snapshots("people"))
    dtypes = {name: data.draw(st.sampled_from(dtypes)) for name, (_, dtypes) in KINDS.items()}
    values = {name: [_simple(one) for one in frame[name].astype(object)] for name in dtypes}
    times = [None if one is None else one.isoformat() for one in values["created_at"]]
    moments = pd.to_datetime(pd.Series(times, dtype=object), format="ISO8601", utc=True)
    columns = {name: _column(values[name], dtype) for name, dtype in dtypes.items() if name != "created_at"}
    other = frame.assign(**columns, created_at=moments.astype(dtypes["created_at"]))
    assert changes(frame, other).empty


def test_the_sandbox_and_parquet(tmp_path):
    with pm.demo(people=300, seed=7):
        project = pm.teamwork.projects()[:2]
        made = [
            pm.teamwork.people(project, show_deleted=True),
            pm.teamwork.permissions(project),
            pm.teamwork.projects(),
            pm.teamwork.companies(),
            pm.projectmanager.roles(),
            pm.projectmanager.role_permissions(),
            pm.projectmanager.customers(),
            pm.projectmanager.resources(),
            pm.projectmanager.projects(),
            pm.outlign.clients(),
            pm.outlign.companies(),
            pm.spirii.customers(),
            pm.customers(),
        ]
    for place, frame in enumerate(made):
        path = tmp_path / f"{place}.parquet"
        frame.to_parquet(path)
        assert changes(path, frame).empty
        assert changes(frame, path).empty
        half = frame.iloc[::2]
        assert (changes(frame, half)["change"] == "left").sum() == len(frame) - len(half)
        nobody = frame[:0]
        nobody.to_parquet(path)
        assert (changes(path, frame)["change"] == "joined").all()


@pytest.mark.parametrize(("rows", "columns"), [(10_000, 30), (20_000, 56)])
def test_many_rows_and_columns(rows, columns):
    random = np.random.default_rng(7)
    flags = {f"may_{place}": pd.array(random.random(rows) < 0.5, dtype="boolean") for place in range(columns - 8)}
    before = frames.many_people(rows).assign(**flags)
    after = before.sample(frac=0.99, random_state=7).assign(may_3=~before["may_3"])
    table = changes(before, after)
    assert len(table) == rows
