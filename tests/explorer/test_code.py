"""``eval(x.code)`` gives the rows of ``x.frame``, whatever the frame and whatever is chosen."""

import json

import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import pmframes as pm

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
        st.sampled_from(["category", "boolean", "bool", "arrow", "str", "string", "object", "lists", "Int64"])
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
    for box in x._dropdowns.values():
        box.index = draw(st.integers(0, len(box.options) - 1))
    if x._texts:
        x._search.value = draw(texts)
    return x.state


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
    for offer in [*x._first, *x._rest]:
        for choice, rows in offer.counts.items():
            state = {"choices": {offer.column.label: choice.value}}
            assert len(pm.explore(frame, state=state).frame) == rows
