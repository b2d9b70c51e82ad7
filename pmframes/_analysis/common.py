"""What all summaries share.

Every summary keeps three promises: its counts add up to the rows of its input; an empty frame gives the same
columns and dtypes; ``attrs["pmframes"]`` names the sources. None changes its input.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from pmframes import _messages
from pmframes._analysis.origins import check_origin
from pmframes._frames.arrow import without_arrow
from pmframes._frames.provenance import ATTRS_KEY, merge_provenance, partialities
from pmframes._text import fold, join, join_limited, join_or, safe_repr
from pmframes._types import TEXT
from pmframes.errors import InvalidArgument

NONE = "(none)"
TOTAL = "total"
_MAX_LISTED = 13


def flag_to_int(values: pd.Series[Any]) -> np.ndarray:
    """Return 1 where a flag is True, and 0 where it is False or missing."""
    return to_flags(values).fillna(False).to_numpy(dtype="int64")


def to_flags(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return a flag as boolean, NA where it is missing."""
    try:
        return values.astype("boolean")
    except (TypeError, ValueError):
        raise InvalidArgument(
            f"{values.name} is not a boolean column.",
            f'Convert it if it holds text: frame["{values.name}"] = '
            f'frame["{values.name}"].map({{"True": True, "False": False}}).',
        ) from None


def is_flag_column(values: pd.Series[Any]) -> bool:
    """Whether a column holds only True, False and missing values."""
    if values.dtype == object:
        return pd.api.types.infer_dtype(values, skipna=True) in {"boolean", "empty"}
    return pd.api.types.is_bool_dtype(values.dtype)


def decategorize(values: pd.Series[Any]) -> pd.Series[Any]:
    """Convert a category to the dtype of its values, since two categories need not list the same ones.

    What Arrow holds gets the dtype that loaders give.
    """
    values = without_arrow(values)
    if isinstance(values.dtype, pd.CategoricalDtype):
        categories = values.cat.categories
        array = categories.astype(nullable_dtype(categories.dtype)).array.take(
            values.cat.codes.to_numpy(), allow_fill=True
        )
        return pd.Series(array, values.index, name=values.name)
    return values


def nullable_dtype(dtype: Any) -> Any:
    """Return the dtype that holds the same values and a missing one; NumPy's integers and booleans have none."""
    return (
        {"i": "Int64", "u": "UInt64", "b": "boolean"}.get(dtype.kind, dtype) if isinstance(dtype, np.dtype) else dtype
    )


def is_email(column: Hashable) -> bool:
    """Whether a column holds e-mail addresses, by its name."""
    return column == "email" or str(column).endswith("_email")


def fold_column(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return texts as they are compared; missing stays missing."""
    texts = decategorize(values).astype(object)
    return texts.map(lambda value: fold(value) if isinstance(value, str) else str(value), na_action="ignore")


def as_texts(values: pd.Series[Any]) -> pd.Series[Any]:
    """Convert values to text, a whole number to the same text in any dtype; missing stays NA."""
    return decategorize(values).convert_dtypes().astype(TEXT)


def list_limited(values: Iterable[object]) -> str:
    """List values in a message, with quotes around text; of very many, count the last ones."""
    return join_limited([safe_repr(value) for value in values], _MAX_LISTED)


def true_labels(rows: pd.DataFrame, labels: Mapping[str, str]) -> list[list[str]]:
    """Return for each row the labels of the flag columns that are True, of those columns that exist."""
    flags = {label: flag_to_int(rows[column]) for column, label in labels.items() if column in rows}
    values = zip(*flags.values(), strict=True) if flags else [()] * len(rows)
    return [[label for label, flag in zip(flags, row, strict=True) if flag] for row in values]


def strip_attrs(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with a plain index and without attrs, which pandas would copy at every step."""
    rows = frame.reset_index(drop=True)
    rows.attrs = {}
    return rows


def with_sources(table: pd.DataFrame, *frames: pd.DataFrame) -> pd.DataFrame:
    """Record in ``table`` the sources of the frames it was made from."""
    table.attrs = {ATTRS_KEY: merge_provenance(*frames)}
    return table


def check_text(argument: str, value: object) -> None:
    """Raise InvalidArgument unless a value is a string."""
    if not isinstance(value, str):
        raise _messages.wrong_kind(argument, value, "a string")


def check_frame(argument: str, frame: object, columns: Iterable[str], *loaders: str) -> None:
    """Raise InvalidArgument unless a frame has these columns, and is such as one of ``loaders`` returns."""
    loader = join_or(loaders)
    if not isinstance(frame, pd.DataFrame):
        raise _messages.not_a_frame(argument, frame, f"{loader} returns")
    check_column_names(argument, frame)
    check_origin(argument, frame, loaders)
    missing = [column for column in columns if column not in frame]
    if missing:
        raise _messages.missing_columns(argument, missing, loader)


def check_whole(argument: str, frame: pd.DataFrame) -> None:
    """Raise InvalidArgument for a frame that is not the load as it was, since rows would count as gone or new."""
    if missing := partialities(frame):
        raise InvalidArgument(
            f"{argument} is not the load as it was: {join(missing)}. Missing or added rows would count as changes.",
            "Pass the frame as it was loaded, and filter the result; or filter in the loader.",
        )


def check_column_names(argument: str, frame: pd.DataFrame) -> None:
    """Raise InvalidArgument unless each column has a name of its own."""
    if frame.columns.nlevels > 1:
        raise _messages.layered_columns(argument, frame.columns.nlevels)
    if not frame.columns.is_unique:
        raise _messages.repeated_columns(argument, frame.columns[frame.columns.duplicated()].unique())
