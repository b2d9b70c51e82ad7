"""The columns of an explored frame: of which kind each is, and its expression in pandas."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import pandas as pd
import pyarrow as pa
from pandas.api.types import (
    infer_dtype,
    is_bool_dtype,
    is_complex_dtype,
    is_datetime64_any_dtype,
    is_numeric_dtype,
    is_object_dtype,
    is_string_dtype,
)

from pmframes import _messages
from pmframes._frames.arrow import without_arrow

Kind = Literal["text", "category", "flag", "number", "time", "other"]


@dataclass(frozen=True)
class Column:
    """A column of a frame; ``conversion`` is pandas code that converts the original one.

    A "category" with ``has_texts`` has categories that are text; of any other one they are filtered by as text.
    Values of the kind "other" are filtered only by whether they are missing.
    """

    position: int
    name: Hashable
    kind: Kind
    is_sortable: bool
    has_texts: bool = False
    conversion: str = ""

    @property
    def label(self) -> str:
        """The name as text; no two columns of an explored frame have the same."""
        return str(self.name)

    @property
    def code(self) -> str:
        """The column in pandas: by name, or by position where the name is not plain text."""
        return f"frame[{self.name!r}]" if type(self.name) is str else f"frame.iloc[:, {self.position}]"

    def of(self, frame: pd.DataFrame) -> pd.Series:
        """Return the column of a frame."""
        return frame.iloc[:, self.position]


def check_frame(frame: object) -> pd.DataFrame:
    """Return the frame, or raise InvalidArgument if it cannot be explored."""
    if not isinstance(frame, pd.DataFrame):
        raise _messages.not_a_frame("frame", frame)
    if frame.columns.nlevels > 1:
        raise _messages.layered_columns("frame", frame.columns.nlevels)
    names = Counter(str(name) for name in frame.columns)
    if repeated := [name for name, times in names.items() if times > 1]:
        raise _messages.repeated_columns("frame", repeated)
    return frame


def simplify(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the dtypes that loaders give, and with times that can be read."""
    simple = frame.copy(deep=False)
    for position in range(len(frame.columns)):
        given = frame.iloc[:, position]
        if (series := _readable_times(without_arrow(given))) is not given:
            simple.isetitem(position, series.array)
    return simple


def _readable_times(series: pd.Series) -> pd.Series:
    """Convert times to UTC where some of them have no date in their own zone."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        try:
            _ = str(series.min()), str(series.max())
        except (NotImplementedError, OverflowError, ValueError):
            series = series.dt.tz_convert("UTC")
    return series


def read_columns(given: pd.DataFrame, simple: pd.DataFrame) -> list[Column]:
    """Describe the columns of a frame that ``simplify`` made of the given one."""
    levels = {*map(str, given.index.names)}
    columns = []
    for position, name in enumerate(given.columns):
        old, series = given.iloc[:, position], simple.iloc[:, position]
        kind = _kind(series)
        # pandas takes a name that is also a level of the index for ambiguous, and sorts no dictionary of Arrow.
        is_sortable = type(name) is str and name not in levels and (kind != "category" or _is_category(old))
        is_sortable &= kind in ("text", "category", "time") or is_numeric_dtype(series.dtype)
        conversion = f".astype({str(series.dtype)!r})" if kind == "time" and old.dtype != series.dtype else ""
        if isinstance(series.dtype, pd.DatetimeTZDtype) and str(series.dtype.tz) != "UTC":
            # Some zones have no midnight on some days, or two.
            conversion += ".dt.tz_localize(None)"
        has_texts = kind == "category" and isinstance(series.cat.categories.dtype, pd.StringDtype)
        columns.append(Column(position, name, kind, is_sortable, has_texts, conversion))
    return columns


def _kind(series: pd.Series) -> Kind:
    dtype = series.dtype
    if _is_category(series):
        return "category"
    if is_bool_dtype(dtype):
        return "flag"
    if is_datetime64_any_dtype(dtype):
        return "time"
    if is_numeric_dtype(dtype):
        is_exact = isinstance(dtype, pd.ArrowDtype) and pa.types.is_decimal(dtype.pyarrow_dtype)
        return "other" if is_exact or is_complex_dtype(dtype) else "number"
    is_text = infer_dtype(series, skipna=True) == "string" if is_object_dtype(dtype) else is_string_dtype(dtype)
    return "text" if is_text else "other"


def _is_category(series: pd.Series) -> bool:
    return isinstance(series.dtype, pd.CategoricalDtype)
