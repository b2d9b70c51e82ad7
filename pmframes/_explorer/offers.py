"""What a frame offers: what to choose by, to search in, to sort by, and between which days."""

from collections import Counter
from dataclasses import dataclass

import pandas as pd
from pandas.api.types import (
    infer_dtype,
    is_bool_dtype,
    is_datetime64_any_dtype,
    is_numeric_dtype,
    is_object_dtype,
    is_string_dtype,
)

from pmframes import _messages
from pmframes._analysis.permissions import MEMBERSHIP_FACTS
from pmframes._explorer.facets import ColumnRef, Facet, of_category, of_flag, of_presence, of_text
from pmframes._frames.arrow import without_arrow

# Where a row belongs, in the order in which people ask for it; each is worth choosing by whatever its values.
GROUPS = (
    "service",
    "type",
    "company_name",
    "company_title",
    "owner_name",
    "customer_name",
    "project_name",
    "role_name",
    "permission",
)
# Numbers of groups of rows: worth choosing by whether a row is in one.
NUMBERS_OF_GROUPS = ("match",)
# What a row says of itself, where other flags are one of many permissions.
OWN_FLAGS = frozenset(
    {
        "is_admin",
        "is_client_user",
        "is_service_account",
        "is_placeholder",
        "is_custom",
        "is_global_admin",
        "is_guest",
        "is_default",
        "is_active",
        "deleted",
        *MEMBERSHIP_FACTS,
    }
)
MANY_FLAGS = 12
FIRST = 8
MOST_VALUES_UNASKED = 50


@dataclass(frozen=True, eq=False)
class Offer:
    """What one frame offers: ``first`` is always in sight, ``rest`` is folded away.

    ``permissions`` are the flags that are too many for a place of their own: they are shown as one list.
    """

    first: tuple[Facet, ...]
    rest: tuple[Facet, ...]
    permissions: tuple[Facet, ...]
    texts: tuple[ColumnRef, ...]
    moments: tuple[ColumnRef, ...]
    sortable: tuple[ColumnRef, ...]

    @property
    def facets(self) -> dict[str, Facet]:
        """All there is to choose by, under the names of the columns."""
        return {facet.column.label: facet for facet in (*self.first, *self.rest, *self.permissions)}


def require_explorable(frame: object) -> pd.DataFrame:
    """Give the frame back if it can be explored, and raise InvalidArgument if not."""
    if not isinstance(frame, pd.DataFrame):
        raise _messages.not_a_frame("frame", frame)
    if frame.columns.nlevels > 1:
        raise _messages.layered_columns("frame", frame.columns.nlevels)
    names = Counter(str(name) for name in frame.columns)
    if repeated := [name for name, times in names.items() if times > 1]:
        raise _messages.repeated_columns("frame", repeated)
    return frame


def simplified(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame that is explored: with the dtypes of loaders, and moments that can be read."""
    simple = frame.copy(deep=False)
    for position in range(len(frame.columns)):
        given = frame.iloc[:, position]
        if (series := _readable_moments(without_arrow(given))) is not given:
            simple.isetitem(position, series.array)
    return simple


def _readable_moments(series: pd.Series) -> pd.Series:
    """Convert moments to UTC where some of them have no date in their own zone."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        try:
            _ = str(series.min()), str(series.max())
        except (NotImplementedError, OverflowError, ValueError):
            series = series.dt.tz_convert("UTC")
    return series


def _ref(position: int, given: pd.Series, series: pd.Series) -> ColumnRef:
    is_converted = _is_moment(series) and given.dtype != series.dtype
    return ColumnRef(position, given.name, f".astype({str(series.dtype)!r})" if is_converted else "")


def offer_of(frame: pd.DataFrame, given: pd.DataFrame) -> Offer:
    """Find out what the frame offers that ``simplified`` makes of the one that was given."""
    pairs = [(given.iloc[:, position], frame.iloc[:, position]) for position in range(len(frame.columns))]
    columns = [(_ref(position, old, series), series) for position, (old, series) in enumerate(pairs)]
    facets = [facet for column, series in columns if (facet := _facet(column, series))]
    flags = [facet for facet in facets if facet.kind == "flag"]
    others = [flag for flag in flags if flag.column.label not in OWN_FLAGS]
    permissions = others if len(others) > MANY_FLAGS else []
    groups = sorted((facet for facet in facets if facet.has_texts), key=_rank)
    numbers = [facet for facet in facets if facet.kind == "presence"]
    shown = [*groups, *numbers, *(flag for flag in flags if flag not in permissions)]
    first = [facet for facet in shown if not facet.has_texts or facet.column.label in GROUPS][:FIRST] or shown[:FIRST]
    return Offer(
        first=tuple(first),
        rest=tuple(facet for facet in shown if facet not in first),
        permissions=tuple(permissions),
        texts=tuple(column for column, series in columns if _is_text(series)),
        moments=tuple(column for column, series in columns if _is_moment(series)),
        sortable=tuple(column for column, series in columns if _is_sortable(column, series, given)),
    )


def _facet(column: ColumnRef, series: pd.Series) -> Facet | None:
    """Say how to choose by a column, in one way if at all."""
    if column.label in NUMBERS_OF_GROUPS:
        return of_presence(column, series)
    if is_bool_dtype(series.dtype) and not _is_category(series):
        return of_flag(column, series)
    if series.isna().all() and len(series):
        return None
    if _is_category(series):
        return of_category(column, series)
    return of_text(column, series) if _is_text(series) and _is_group(column, series) else None


def _is_group(column: ColumnRef, series: pd.Series) -> bool:
    # Few values for the rows, each in two rows on average.
    return column.label in GROUPS or 0 < series.nunique() <= min(MOST_VALUES_UNASKED, len(series) // 2)


def _rank(facet: Facet) -> int:
    label = facet.column.label
    return GROUPS.index(label) if label in GROUPS else len(GROUPS)


def _is_category(series: pd.Series) -> bool:
    return isinstance(series.dtype, pd.CategoricalDtype)


def _is_moment(series: pd.Series) -> bool:
    return is_datetime64_any_dtype(series.dtype)


def _is_text(series: pd.Series) -> bool:
    if is_object_dtype(series.dtype):
        return infer_dtype(series, skipna=True) == "string"
    return is_string_dtype(series.dtype) and not _is_category(series)


def _is_sortable(column: ColumnRef, series: pd.Series, given: pd.DataFrame) -> bool:
    # pandas takes a name that is also a level of the index for ambiguous.
    if type(column.name) is not str or column.label in map(str, given.index.names):
        return False
    # pandas sorts categories, but no dictionary of Arrow.
    if _is_category(series) and not _is_category(column.of(given)):
        return False
    is_ordered = is_numeric_dtype(series.dtype) or is_datetime64_any_dtype(series.dtype)
    return is_ordered or _is_text(series) or _is_category(series)
