"""The filters and the order of a list: what an argument becomes in the query, and promises of the rows.

Services pass over a filter that they do not know, or that is spelt another way than they want it, and then
send everything. So a filter says, where the columns show it, which rows it excludes: if such rows come all
the same, the load is refused. What a row does not show is never held against it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pmframes import _messages, _validation
from pmframes._frames.schema import columns_of
from pmframes._loading.resource import Came, Options, Resource
from pmframes._validation import Query

Value = str | list[str]
Mask = Any
Excludes = Callable[[pd.DataFrame, Value], Mask]
# Times without a zone may be local, and whether a bound itself is meant is documented nowhere.
SLACK = pd.Timedelta(days=1)
MODES = ("asc", "desc")


@dataclass(frozen=True)
class Filter:
    """One filter of a list.

    ``key`` is its query key, ``check`` checks the argument and gives the value of that key. ``excludes``
    marks the rows that it excludes; it means nothing where one of the query keys ``unless`` is sent.
    """

    key: str
    check: Callable[[str, Any], Value | None]
    excludes: Excludes | None = None
    unless: frozenset[str] = frozenset()


Filters = Mapping[str, Filter]


@dataclass(frozen=True)
class Asked:
    """What one call of a loader asks for."""

    resource: Resource
    filters: Filters
    query: Query
    options: Options
    order_by: list[str]
    ascending: bool

    def finish(self, frame: pd.DataFrame, came: Came) -> pd.DataFrame:
        """Check a frame, then sort it."""
        return self.sort(self.check(frame))

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give a frame back, unless it has rows that the filters exclude.

        Raises
        ------
        UnexpectedResponse
            A filter was passed over.
        """
        sent = {*self.query, *(self.options.params or ())}
        for name, one in self.filters.items():
            if one.key not in self.query or one.excludes is None or sent & one.unless or frame.empty:
                continue
            if wrong := int(one.excludes(frame, self.query[one.key]).sum()):
                raise _messages.filter_ignored(self.resource.title, name, wrong, len(frame))
        return frame

    def sort(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Sort a frame as is wanted."""
        if not self.order_by:
            return frame
        return frame.sort_values(self.order_by, ascending=self.ascending, kind="stable", ignore_index=True)


def read(resource: Resource, filters: Filters, given: Mapping[str, Any]) -> Asked:
    """Check the arguments of a loader, given by name, and say what they ask for."""
    options = Options(given["refresh"], given["progress"], given["params"], given["columns"])
    checked = {one.key: one.check(name, given[name]) for name, one in filters.items()}
    kinds = {column.name: column.type.dtype for column in columns_of(resource.record)}
    sortable = [name for name, dtype in kinds.items() if dtype not in ("list", "flags")]
    order_by = _validation.names("order_by", given.get("order_by"), sortable)
    mode = given.get("order_mode", "asc")
    if _validation.one_of("order_mode", mode, MODES) is None:
        raise _messages.not_one_of("order_mode", mode, MODES)
    return Asked(resource, filters, _validation.query(**checked), options, order_by, mode == "asc")


def among(column: str) -> Excludes:
    """Exclude rows of other numbers than those asked for."""
    return lambda frame, value: (frame[column].notna() & ~frame[column].isin(_numbers(value))).astype(bool)


def not_among(column: str) -> Excludes:
    """Exclude rows of the numbers named."""
    return lambda frame, value: frame[column].isin(_numbers(value)).astype(bool)


def one_of(column: str, known: Iterable[str]) -> Excludes:
    """Exclude rows whose kind is one of the known that were not asked for; one that is unknown may pass."""
    others = frozenset(known)
    return lambda frame, value: frame[column].isin(others - {*_several(value)})


def none_with(column: str, flag: str) -> Excludes:
    """Exclude rows whose ``column`` is true, where the filter is ``flag``."""
    return lambda frame, value: frame[column].fillna(False).astype(bool) & (value == flag)


def none_of(column: str, kind: str, flag: str) -> Excludes:
    """Exclude rows of a kind, where the filter is ``flag``."""
    return lambda frame, value: (frame[column] == kind) & (value == flag)


def of_one(column: str) -> Excludes:
    """Exclude rows that differ from the first in a column, where the filter is on."""

    def excludes(frame: pd.DataFrame, value: Value) -> Mask:
        known = frame[column].dropna()
        return (known != known.iloc[0]) if len(known) and value == "true" else known.isna()

    return excludes


def since(column: str) -> Excludes:
    """Exclude rows that are surely before a moment."""
    return lambda frame, value: frame[column] < pd.Timestamp(str(value)) - SLACK


def until(column: str) -> Excludes:
    """Exclude rows that are surely after a moment."""
    return lambda frame, value: frame[column] > pd.Timestamp(str(value)) + SLACK


def mentions(*columns: str) -> Excludes:
    """Exclude rows that hold no word at all of a text.

    How a service compares texts is not known (accents, wildcards, words apart), so one common word is enough,
    and letters that not everyone compares alike prove nothing.
    """

    def excludes(frame: pd.DataFrame, value: Value) -> Mask:
        wanted = _folded(str(value))
        words = re.findall(r"[a-z0-9]+", wanted) if wanted.isascii() else []
        texts = zip(*(frame[column] for column in columns), strict=True)
        return pd.Series([bool(words) and _lacks(row, words) for row in texts], index=frame.index)

    return excludes


def _lacks(row: Iterable[Any], words: list[str]) -> bool:
    text = _folded(" ".join(str(value) for value in row if not pd.isna(value)))
    return bool(text) and text.isascii() and not any(word in text for word in words)


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()


def _several(value: Value) -> list[str]:
    return value.split(",") if isinstance(value, str) else value


def _numbers(value: Value) -> list[int]:
    return [int(one) for one in _several(value)]
