"""What goes into sheets: hostile texts, and frames of any values."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from tests.support import frames

HOSTILE = (
    *frames.AWKWARD, "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\xa0=1", "\u200b=1", "\ufeff=1",
    "\x00=1", '"=1', '"=1"', "＝1", "＋1", "－1", "＠1", "a;=1;b", "a; =1", "a\n=1;b", 'a;"=1"', "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://example.com","x")', "{=1}", "https://example.com", "mailto:a@example.com",
    "internal:Sheet1!A1", "external:other.xlsx", "<r>", "<r></r>", "<r><t>bold</t></r>", "<r><f>1+1</f></r>",
    "<r><broken", "<f>1</f>", "&amp; ]]>", "\ufffe\uffff", "_x0041_", "'quoted'",
)  # fmt: skip
KINDS = {
    "text": (st.one_of(st.none(), st.text(), st.sampled_from(HOSTILE)), "str"),
    "whole": (st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), "Int64"),
    "number": (st.floats(allow_subnormal=False), "float64"), "flag": (st.one_of(st.none(), st.booleans()), "boolean"),
    "moment": (
        st.one_of(st.none(), st.datetimes(pd.Timestamp("1900-03-01"), pd.Timestamp("9999-12-30"))),
        "datetime64[us, UTC]",
    ),
    "list": (st.lists(st.one_of(st.integers(), st.text(max_size=3)), max_size=3), object),
}  # fmt: skip


@st.composite
def tables(draw, kinds=tuple(KINDS)):
    """Draw a frame of columns of any kind, and the kind of each."""
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=6))
    length = draw(st.integers(0, 5))
    columns = [_column(draw, kind, length) for kind in chosen]
    names = draw(st.lists(st.text(max_size=5), min_size=len(chosen), max_size=len(chosen)))
    return pd.DataFrame(dict(enumerate(columns))).set_axis(names, axis=1), chosen


def _column(draw, kind, length):
    values, dtype = KINDS[kind]
    drawn = draw(st.lists(values, min_size=length, max_size=length))
    if kind == "list":
        column = np.empty(length, dtype=object)
        column[:] = drawn
        return pd.Series(column, dtype=object)
    return pd.Series(drawn, dtype=dtype)


def hostile():
    """Give a frame in which the cells, the headings and the index are hostile."""
    index = pd.MultiIndex.from_arrays([HOSTILE, HOSTILE[::-1]], names=HOSTILE[-2:])
    columns = {text: [text] * len(HOSTILE) for text in HOSTILE}
    return pd.DataFrame(columns, index=index, dtype=object)


def layered():
    """Give a frame with several levels of columns and an index with a name."""
    columns = pd.MultiIndex.from_tuples([("Acme", "people"), ("Acme", 2024), ("note", "")])
    return pd.DataFrame([[1, 2, "x"]], index=pd.Index(["account"], name="type"), columns=columns)
