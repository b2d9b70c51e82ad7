"""Frames that no loader gives, but people have: whatever is offered works, and gives the rows it says."""

from datetime import date

import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

import pmframes as pm

from .frames import permissions

FRAMES = {
    "a category of flags": pd.DataFrame({"a": pd.Categorical([True, None, False])}),
    "a category of one flag": pd.DataFrame({"a": pd.Categorical([True, None, True])}),
    "many flags, one a category": permissions().astype({"permission_1": "category"}),
    "matches that are a category": pd.DataFrame({"match": pd.Categorical(["a", "a", None]), "name": "b"}),
    "matches that are text": pd.DataFrame({"match": pd.Series(["a", "a", None], dtype="str"), "name": "b"}),
    "matches that are flags": pd.DataFrame({"match": pd.array([True, None, False]), "name": "b"}),
    "a name that is NA": pd.DataFrame([[True, "a"]], columns=pd.Index([pd.NA, "b"], dtype=object)),
    "moments of Arrow": pd.DataFrame({"a": pd.to_datetime(["2026-01-05"])}).convert_dtypes(
        dtype_backend="pyarrow"
    ),
    "days of Arrow": pd.DataFrame({"a": pd.array([date(2026, 1, 5)], dtype=pd.ArrowDtype(pa.date32()))}),
}


@pytest.fixture(params=FRAMES.values(), ids=FRAMES)
def frame(request: pytest.FixtureRequest) -> pd.DataFrame:
    return request.param


def test_every_value_offered_can_be_chosen_and_keeps_the_rows_it_says(frame):
    x = pm.explore(frame)
    for label, facet in x._offer.facets.items():
        for value, rows in zip(facet.values, x._rows.counts(facet), strict=True):
            chosen = pm.explore(frame, state={"choices": {label: [value]}})
            assert len(chosen.frame) == rows
            assert_frame_equal(eval(chosen.code, {"frame": frame}), chosen.frame)


def test_all_days_offered_can_be_chosen(frame):
    for column in pm.explore(frame)._offer.moments:
        chosen = pm.explore(frame, state={"dates": {column.label: ["2026-01-05", None]}})
        assert_frame_equal(eval(chosen.code, {"frame": frame}), chosen.frame)


def test_a_column_is_chosen_by_in_one_way(frame):
    offer = pm.explore(frame)._offer
    labels = [facet.column.label for facet in (*offer.first, *offer.rest, *offer.permissions)]
    assert len(set(labels)) == len(labels)
