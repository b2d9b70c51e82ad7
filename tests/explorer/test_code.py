"""``eval(x.code)`` gives the rows of ``x.frame``, whatever the frame and whatever is chosen."""

import json
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import pmframes as pm
from pmframes._explorer.facets import RangeFacet
from pmframes._explorer.filters import Range, Values

pytestmark = pytest.mark.slow

texts = st.text(max_size=4) | st.sampled_from(
    ["ß", "İ", "'", '"', "\\", "\n", "{x}", "$x^$", "a.b", "A", "é", "e\u0301"]
)
names = texts | st.integers(-3, 3) | st.none() | st.dates() | st.booleans() | st.tuples(texts, texts)
flags = st.booleans() | st.none()
closed_lists = st.one_of(
    st.lists(texts, min_size=1, max_size=4, unique=True),
    st.lists(st.integers(), min_size=1, max_size=4, unique=True),
    st.lists(st.floats(allow_nan=False), min_size=1, max_size=4, unique=True),
    st.lists(st.dates(), min_size=1, max_size=4, unique=True),
    st.lists(st.integers() | texts, min_size=1, max_size=4, unique=True),
    st.just(list(pd.interval_range(0, 3))),
    st.just(list(pd.to_datetime(["2026-01-01", "2026-01-01 10:00"], format="ISO8601"))),
)
# By their dtypes.
PLAIN = {
    "boolean": flags, "bool": st.booleans(), "str": texts | st.none(), "string": texts | st.none(),
    "Int64": st.integers(-5, 5) | st.none(), "int64": st.integers(-(2**63), 2**63 - 1), "float64": st.floats(),
}  # fmt: skip


@st.composite
def columns(draw: st.DrawFn, rows: int) -> pd.Series:
    def filled(values: st.SearchStrategy) -> list:
        return draw(st.lists(values, min_size=rows, max_size=rows))

    kind = draw(st.sampled_from(["category", "arrow", "lists", "times", "object", *PLAIN]))
    match kind:
        case "category":
            values = draw(closed_lists)
            codes = filled(st.integers(-1, len(values) - 1))
            return pd.Series(pd.Categorical.from_codes(codes, values, ordered=draw(st.booleans())))
        case "arrow":
            return pd.Series(filled(flags), dtype=pd.ArrowDtype(pa.bool_()))
        case "lists":
            return pd.Series(filled(st.lists(texts, max_size=2)), dtype=object)
        case "times":
            zone = draw(st.sampled_from([None, "UTC", "Asia/Tokyo"]))
            unit = draw(st.sampled_from(["us", "ns"]))
            found = filled(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)) | st.none())
            return (
                pd.Series(pd.to_datetime(pd.Series(found, dtype="datetime64[us]")))
                .dt.tz_localize(zone, nonexistent="shift_forward", ambiguous="NaT")
                .dt.as_unit(unit)
            )
        case _:
            return pd.Series(filled(PLAIN.get(kind, texts | st.none())), dtype=kind)


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(0, 8))
    labels = draw(st.lists(names, min_size=1, max_size=5, unique_by=str))
    drawn = {place: draw(columns(rows)) for place in range(len(labels))}
    index = draw(st.lists(st.integers(0, 3), min_size=rows, max_size=rows))
    frame = pd.DataFrame(drawn).set_axis(index)
    frame.columns = pd.Index(labels, dtype=object, tupleize_cols=False)
    return frame


VALUES = {
    "text": texts, "category": texts, "flag": st.booleans(), "number": st.integers() | st.floats(allow_nan=False)
}  # fmt: skip


@st.composite
def filters(draw: st.DrawFn, column, series: pd.Series) -> object:
    """Draw a filter of a column, mostly of values that it has."""
    if column.kind in ("time", "number") and draw(st.booleans()):
        bounds = (
            st.dates().map(str)
            if column.kind == "time"
            else st.integers() | st.floats(allow_nan=False, allow_infinity=False)
        )
        low, high = draw(st.none() | bounds), draw(st.none() | bounds)
        if low is not None and high is not None and low > high:
            low, high = high, low
        if (low, high) != (None, None):
            return {"from": low, "to": high}
    known = [None]
    if column.kind in ("text", "category", "flag", "number"):
        known += [str(value) if column.kind == "category" else value for value in series.dropna().tolist()]
    others = VALUES.get(column.kind, st.none())
    chosen = draw(
        st.lists(st.sampled_from(known) | others, min_size=1, max_size=3, unique_by=lambda one: (type(one), one))
    )
    chosen = sorted(dict.fromkeys(chosen), key=lambda one: one is None)
    return {"not": chosen} if draw(st.booleans()) else chosen


@st.composite
def states(draw: st.DrawFn, frame: pd.DataFrame) -> dict:
    x = pm.explore(frame)
    found = {}
    for column in x._columns:
        if draw(st.booleans()):
            found[column.label] = draw(filters(column, frame.iloc[:, column.position]))
    sortable = [column.label for column in x._columns if column.is_sortable]
    keys = draw(st.lists(st.sampled_from(sortable), max_size=2, unique=True)) if sortable else []
    has_texts = any(column.kind == "text" for column in x._columns)
    sort = ["-" + key if draw(st.booleans()) else "+" * key.startswith(("-", "+")) + key for key in keys]
    return {**x.state, "filters": found, "search": draw(texts) if has_texts else "", "sort": sort}


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_code_gives_the_rows_that_are_shown(data: st.DataObject):
    frame = data.draw(frames())
    before = frame.copy()
    state = data.draw(states(frame))
    x = pm.explore(frame, state=json.loads(json.dumps(state)))
    assert json.loads(json.dumps(x.state)) == json.loads(json.dumps(state))
    assert_frame_equal(eval(x.code, {"frame": frame}), x.frame)
    assert_frame_equal(frame, before)


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_the_counts_are_the_rows_that_a_value_or_a_bin_keeps(data: st.DataObject):
    frame = data.draw(frames())
    x = pm.explore(frame)
    everything = np.ones(len(frame), dtype=bool)
    for column in x._session.view_model.facet_columns:
        facet = x._session.selection.facet(column)
        counts = facet.counts(everything)
        if isinstance(facet, RangeFacet):
            assert sum(counts) == len(frame)
            for bounds, rows in zip(facet.bounds, counts[:-1], strict=True):
                kept = Range(column, *bounds).mask(column.of(x._session.selection.frame)).sum()
                # A fraction on the edge of two bins is in both ranges.
                assert kept == rows or (column.kind == "number" and kept > rows)
            assert counts[-1] == frame.iloc[:, column.position].isna().sum()
            continue
        for value, rows in zip(facet.values, counts, strict=True):
            chosen = (
                Values(column, (None,), exclude=value is not None) if facet.is_presence else Values(column, (value,))
            )
            assert chosen.mask(column.of(x._session.selection.frame)).sum() == rows
