"""The filters and the order of a list: what an argument becomes in the query, and which rows violate it.

Services ignore a filter that they do not know or cannot read, and then send every row. So a filter declares,
where the columns show it, which rows violate it: if such rows are received, the load is refused. What a row
does not show is never held against it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from pmframes import _messages, _validation
from pmframes._frames.schema import columns_of
from pmframes._loading.resource import Query, Resource
from pmframes._text import fold, is_encodable, pluralize
from pmframes._validation import as_list
from pmframes.errors import UnexpectedResponse

Violates = Callable[[pd.DataFrame, Any], Any]
Encode = Callable[[Any], str | list[str]]
# Times without a zone may be local, and no documentation says whether a bound is inclusive.
TOLERANCE = timedelta(days=1)


def encode(value: Any) -> str | list[str]:
    """Encode a parsed argument for a query; several values are joined by commas."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return encode_datetime(value, "seconds")
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def encode_datetime(value: datetime, timespec: str) -> str:
    """Encode a time in UTC."""
    return value.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


def encode_param(key: str, value: Any) -> str | list[str]:
    """Encode a value of ``params``, which may be of any type."""
    if isinstance(value, list | tuple) and value:
        return [_encode_value(key, item) for item in value]
    return _encode_value(key, value)


def _encode_value(key: str, value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if not (is_encodable(value) if isinstance(value, str) else _is_number(value)):
        expected = "a string, a number, True or False, or a list of them"
        raise _messages.wrong_kind(f"params[{key!r}]", value, expected)
    return str(value)


def _is_number(value: Any) -> bool:
    size: Any = abs(value) if isinstance(value, int | float | np.number) else None
    return size is not None and bool(size < 2**63)


@dataclass(frozen=True)
class Filter:
    """One filter of a list.

    ``key`` is its query parameter. ``violates`` marks the rows that break it, which is not checked where one
    of the parameters ``unless_sent`` is sent too. ``parse`` checks the argument, ``encode`` writes its value.
    """

    key: str
    violates: Violates | None = None
    unless_sent: frozenset[str] = frozenset()
    parse: Callable[[str, Any], Any] = field(kw_only=True)
    encode: Encode = encode


Filters = Mapping[str, Filter]
flag = partial(Filter, parse=_validation.parse_bool)
single_id = partial(Filter, parse=_validation.parse_positive_integer)
ids = partial(Filter, parse=_validation.parse_ids)
text = partial(Filter, parse=_validation.parse_text)
time = partial(Filter, parse=_validation.parse_datetime)


def choice(key: str, allowed: Iterable[str], violates: Violates, unless_sent: frozenset[str] = frozenset()) -> Filter:
    """Build a filter that takes one of the allowed values."""
    parse = partial(_validation.parse_choice, allowed=allowed)
    return Filter(key, violates, unless_sent, parse=parse)


def choices(key: str, allowed: Iterable[str], violates: Violates | None = None, encode: Encode = encode) -> Filter:
    """Build a filter that takes one or several of the allowed values."""
    return Filter(key, violates, parse=partial(_validation.parse_choices, allowed=allowed), encode=encode)


@dataclass(frozen=True)
class ParsedArguments:
    """The arguments of one call of a loader: the query that they become, and the order of the frame."""

    query: Query = field(default_factory=dict)
    order_by: list[str] = field(default_factory=list)
    ascending: bool = True
    filters: Filters = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    def check(self, frame: pd.DataFrame, title: str, sent: Iterable[str]) -> None:
        """Check that no row violates a filter; ``sent`` are the query parameters of the load.

        Raises
        ------
        UnexpectedResponse
            The service ignored a filter.
        """
        for name, value in self.values.items():
            filter_ = self.filters[name]
            if filter_.violates is None or filter_.unless_sent & {*sent} or frame.empty:
                continue
            if count := int(filter_.violates(frame, value).sum()):
                raise filter_ignored(title, name, count, len(frame))

    def sort(self, frame: pd.DataFrame) -> pd.DataFrame:
        if not self.order_by:
            return frame
        return frame.sort_values(self.order_by, ascending=self.ascending, kind="stable", ignore_index=True)


def parse_arguments(resource: Resource, filters: Filters, arguments: Mapping[str, Any]) -> ParsedArguments:
    """Parse the filters and the order among the arguments of a loader; a filter that is None is not sent."""
    values = {
        name: filter_.parse(name, arguments[name]) for name, filter_ in filters.items() if arguments[name] is not None
    }
    query = {filters[name].key: filters[name].encode(value) for name, value in values.items()}
    dtypes = {column.name: column.type.dtype for column in columns_of(resource.record)}
    sortable = [name for name, dtype in dtypes.items() if dtype not in ("list", "flags")]
    order_by = arguments.get("order_by")
    order = [] if order_by is None else _validation.parse_choices("order_by", order_by, sortable)
    ascending = _validation.parse_choice("order_mode", arguments.get("order_mode", "asc"), ("asc", "desc")) == "asc"
    return ParsedArguments(query, order, ascending, filters, values)


def filter_ignored(title: str, argument: str, count: int, rows: int) -> UnexpectedResponse:
    """Build the error for rows that a filter excludes, and that were received all the same."""
    return UnexpectedResponse(
        f"{title}: the service ignored the filter {argument}: {count:,} of the {pluralize(rows, 'row')} "
        "received do not match it. None are returned.",
        f"Load without {argument}, and filter the frame.",
    )


def has_other_id(column: str) -> Violates:
    """Mark rows with other ids than those requested."""
    return lambda frame, wanted: (frame[column].notna() & ~frame[column].isin(as_list(wanted))).astype(bool)


def has_excluded_id(column: str) -> Violates:
    """Mark rows with the excluded ids."""
    return lambda frame, excluded: frame[column].isin(excluded).astype(bool)


def has_other_value(column: str, known: Iterable[str]) -> Violates:
    """Mark rows with a known value that was not requested; an unknown value is accepted."""
    values = frozenset(known)
    return lambda frame, requested: frame[column].isin(values.difference(as_list(requested)))


def is_true(column: str, *, when: bool) -> Violates:
    """Mark rows whose column is true, where the filter has the value ``when``."""
    return lambda frame, value: frame[column].fillna(False).astype(bool) & (value is when)


def has_value(column: str, excluded: str, *, when: bool) -> Violates:
    """Mark rows with an excluded value, where the filter has the value ``when``."""
    return lambda frame, value: (frame[column] == excluded) & (value is when)


def differs_from_first(column: str) -> Violates:
    """Mark rows that differ from the first in a column, where the filter is on."""

    def violates(frame: pd.DataFrame, value: bool) -> Any:
        known = frame[column].dropna()
        return (known != known.iloc[0]) if len(known) and value else known.isna()

    return violates


def is_before(column: str) -> Violates:
    """Mark rows that are certainly before a time."""
    return lambda frame, start: frame[column] + TOLERANCE < start


def is_after(column: str) -> Violates:
    """Mark rows that are certainly after a time."""
    return lambda frame, end: frame[column] - TOLERANCE > end


def lacks_words(*columns: str) -> Violates:
    """Mark rows that contain no word of the searched text.

    How a service compares texts is not documented (accents, wildcards, separate words), so one common word is
    enough, and letters outside ASCII prove nothing.
    """

    def violates(frame: pd.DataFrame, searched: str) -> Any:
        folded = _fold(searched)
        words = re.findall(r"[a-z0-9]+", folded) if folded.isascii() else []
        rows = zip(*(frame[column] for column in columns), strict=True)
        return pd.Series([bool(words) and _lacks_all(row, words) for row in rows], index=frame.index)

    return violates


def _lacks_all(row: Iterable[Any], words: list[str]) -> bool:
    folded = _fold(" ".join(str(value) for value in row if not pd.isna(value)))
    return bool(folded) and folded.isascii() and not any(word in folded for word in words)


def _fold(value: str) -> str:
    decomposed = unicodedata.normalize("NFKD", fold(value))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
