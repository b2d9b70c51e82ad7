"""``eval(x.code)`` gives the rows of ``x.frame``, whatever the frame and whatever is chosen."""

import json
from datetime import datetime

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import pmframes as pm

pytestmark = pytest.mark.slow

texts = st.text(max_size=4) | st.sampled_from(["ß", "İ", "'", '"', "\\", "\n", "{x}", "$x^$", "a.b", "A"])
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


@st.composite
def columns(draw: st.DrawFn, rows: int) -> pd.Series:
    def filled(values: st.SearchStrategy) -> list:
        return draw(st.lists(values, min_size=rows, max_size=rows))

    kind = draw(
        st.sampled_from(
            ["category", "boolean", "bool", "arrow", "str", "string", "object", "lists", "Int64", "moments"]
        )
    )
    match kind:
        case "category":
            values = draw(closed_lists)
            codes = filled(st.integers(-1, len(values) - 1))
            return pd.Series(pd.Categorical.from_codes(codes, values, ordered=draw(st.booleans())))
        case "boolean":
            return pd.Series(filled(flags), dtype="boolean")
        case "bool":
            return pd.Series(filled(st.booleans()), dtype="bool")
        case "arrow":
            return pd.Series(filled(flags), dtype=pd.ArrowDtype(pa.bool_()))
        case "lists":
            return pd.Series(filled(st.lists(texts, max_size=2)), dtype=object)
        case "moments":
            zone = draw(st.sampled_from([None, "UTC", "Asia/Tokyo"]))
            unit = draw(st.sampled_from(["us", "ns"]))
            found = filled(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)) | st.none())
            return (
                pd.Series(pd.to_datetime(pd.Series(found, dtype="datetime64[us]")))
                .dt.tz_localize(zone, nonexistent="shift_forward", ambiguous="NaT")
                .dt.as_unit(unit)
            )
        case "Int64":
            return pd.Series(filled(st.integers(-5, 5) | st.none()), dtype="Int64")
        case _:
            return pd.Series(filled(texts | st.none()), dtype=kind)


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(0, 8))
    labels = draw(st.lists(names, min_size=1, max_size=5, unique_by=str))
    drawn = {place: draw(columns(rows)) for place in range(len(labels))}
    index = draw(st.lists(st.integers(0, 3), min_size=rows, max_size=rows))
    frame = pd.DataFrame(drawn).set_axis(index)
    frame.columns = pd.Index(labels, dtype=object, tupleize_cols=False)
    return frame


@st.composite
def states(draw: st.DrawFn, frame: pd.DataFrame) -> dict:
    """Choose what the explorer of the frame offers, by what it shows."""
    x = pm.explore(frame)
    offer = x._offer
    choices = {}
    for label, facet in offer.facets.items():
        if chosen := draw(st.sets(st.sampled_from(facet.values), max_size=2)):
            choices[label] = [value for value in facet.values if value in chosen]
    days = st.none() | st.dates().map(str)
    return {
        **x.state,
        "choices": choices,
        "dates": {
            column.label: between
            for column in offer.moments
            if any(between := [draw(days | st.just("2026-01-01")), draw(days)])
        },
        "search": draw(texts) if offer.texts else "",
        "sort": draw(st.none() | st.sampled_from([column.label for column in offer.sortable] or [None])),
        "descending": draw(st.booleans()),
    }


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_code_gives_the_rows_that_are_shown(data: st.DataObject):
    frame = data.draw(frames())
    before = frame.copy()
    state = data.draw(states(frame))
    x = pm.explore(frame, state=json.loads(json.dumps(state)))
    assert x.state == state
    assert_frame_equal(eval(x.code, {"frame": frame}), x.frame)
    assert_frame_equal(frame, before)


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_the_counts_are_the_rows_that_a_choice_keeps(data: st.DataObject):
    frame = data.draw(frames())
    x = pm.explore(frame)
    for label, facet in x._offer.facets.items():
        for value, rows in zip(facet.values, x._rows.counts(facet), strict=True):
            assert len(pm.explore(frame, state={"choices": {label: [value]}}).frame) == rows
