"""What the summaries share: frames that count other frames, row for row.

Every summary keeps three promises. What it counts adds up to the rows it was given; an empty frame gives the
same columns and dtypes; ``attrs["pmframes"]`` names the sources. None changes its input.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from pmframes import _messages
from pmframes._frames.provenance import KEY, sources

NONE = "(none)"
TOTAL = "total"


def flag_to_int(values: pd.Series[Any]) -> np.ndarray:
    """Give 1 where a flag is True, and 0 where it is False or missing; refuse what is neither."""
    try:
        return values.astype("boolean").fillna(False).to_numpy(dtype="int64")
    except (TypeError, ValueError):
        raise _messages.no_flags(values.name) from None


def is_flag_column(values: pd.Series[Any]) -> bool:
    """Whether a column says yes or no, or nothing at all."""
    if values.dtype == object:
        return pd.api.types.infer_dtype(values, skipna=True) in {"boolean", "empty"}
    return pd.api.types.is_bool_dtype(values.dtype)


def decategorize(values: pd.Series[Any]) -> pd.Series[Any]:
    """Give the values of a category as such, since two categories need not list the same ones."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.astype(values.cat.categories.dtype)
    return values


def as_texts(values: pd.Series[Any]) -> pd.Series[Any]:
    """Give values as text, the same for a whole number whatever it is kept as; NA where there is none."""
    return decategorize(values).convert_dtypes().astype("str")


def format_percent(share: float) -> str:
    """Write a share so that what is not nothing does not look like nothing, nor what is not all like all."""
    if 0 < share < 0.0005:
        return "<0.1%"
    if 0.9995 <= share < 1:
        return ">99.9%"
    return f"{share:.1%}"


def check_frame(what: str, frame: object, columns: Iterable[str], made_by: str) -> None:
    """Refuse what is no frame, lacks columns or repeats some; ``made_by`` names what makes such a frame."""
    if not isinstance(frame, pd.DataFrame):
        raise _messages.not_a_frame(what, frame)
    check_column_names(what, frame)
    missing = [column for column in columns if column not in frame]
    if missing:
        raise _messages.missing_columns(what, missing, made_by)


def with_sources(table: pd.DataFrame, *frames: pd.DataFrame) -> pd.DataFrame:
    """Name in ``table`` the sources of the frames it was made from."""
    table.attrs = {KEY: sources(*frames)}
    return table


def strip_attrs(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a frame that numbers its rows, and has no attrs: pandas would copy them at every step."""
    rows = frame.reset_index(drop=True)
    rows.attrs = {}
    return rows


def check_column_names(what: str, frame: pd.DataFrame) -> None:
    """Refuse a frame that has not one name of its own for each column."""
    if frame.columns.nlevels > 1:
        raise _messages.layered_columns(what, frame.columns.nlevels)
    if not frame.columns.is_unique:
        raise _messages.repeated_columns(what, frame.columns[frame.columns.duplicated()].unique())


def join_limited(texts: list[str], most: int) -> str | None:
    """List texts, the last of many as a number."""
    if len(texts) <= most:
        return ", ".join(texts) or None
    return f"{', '.join(texts[: most - 1])} and {len(texts) - most + 1:,} more"
