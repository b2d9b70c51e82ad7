"""Lay a frame out as the cells of a table: what each heading spans, and what each cell says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, repeat
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from pmframes._analysis.common import format_percent
from pmframes._writers.cells import only_numbers

_NOT_SENT = Markup("<i>not sent</i>")
_PAGE_COLUMNS = 8
_SIDEWAYS_PAGE_COLUMNS = 13
_UPRIGHT_FLAGS = 5
_LONG = 20
# From so many letters in a cell on, a column is read like a page of text, and takes its room.
_PROSE = 80
_PROSE_PLACES = 6
# Words of so few letters are never broken.
_WORD = 16


@dataclass(frozen=True)
class Heading:
    """One heading of a table, over ``span`` columns and ``depth`` rows."""

    text: str
    kind: str
    scope: str
    span: int = 1
    depth: int = 1


@dataclass(frozen=True)
class Column:
    """The cells of one column, as they are shown; ``kind`` is number, flag, moment, word, text or prose."""

    kind: str
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """A frame as it is shown."""

    title: str
    length: int
    headings: list[list[Heading]]
    stubs: list[Column]
    columns: list[Column]

    @property
    def count(self) -> str:
        """How many rows there are, in words."""
        return f"{self.length:,} {'row' if self.length == 1 else 'rows'}"

    @property
    def width(self) -> int:
        """How many columns are shown."""
        return len(self.stubs) + len(self.columns)

    @property
    def flags(self) -> int:
        """How many columns say yes or no."""
        return sum(column.kind == "flag" for column in self.columns)

    @property
    def prose(self) -> int:
        """How many columns hold whole sentences, or long lists."""
        return sum(column.kind == "prose" for column in self.columns)

    @property
    def wide(self) -> bool:
        """Whether the table needs a page on its side; a yes or no takes a third of the place of a text."""
        return self._places > _PAGE_COLUMNS

    @property
    def crowded(self) -> bool:
        """Whether even a page on its side has room only if words are broken."""
        return self._places > _SIDEWAYS_PAGE_COLUMNS

    @property
    def long(self) -> bool:
        """Whether it is worth sorting and searching; headings over several columns cannot be sorted by."""
        return self.length > _LONG and len(self.headings) == 1

    @property
    def _places(self) -> float:
        return self.width - self.flags + self.flags / 3 + (_PROSE_PLACES - 1) * self.prose

    @property
    def upright(self) -> bool:
        """Whether the headings over yes and no stand upright."""
        return self.flags > _UPRIGHT_FLAGS

    @property
    def has_unsent(self) -> bool:
        """Whether a yes or no is missing somewhere."""
        return any(_NOT_SENT in column.cells for column in self.columns)

    def rows(self) -> Iterator[tuple[tuple[str, ...], list[tuple[str, str]]]]:
        """Give each row: the headings it starts with, then kind and text of each cell."""
        kinds = [column.kind for column in self.columns]
        for stubs, cells in zip(self._across(self.stubs), self._across(self.columns), strict=True):
            yield stubs, list(zip(kinds, cells, strict=True))

    def _across(self, columns: list[Column]) -> Iterable[tuple[str, ...]]:
        if not columns:
            return repeat((), self.length)
        return zip(*(column.cells for column in columns), strict=True)


def lay_out(frame: pd.DataFrame, title: str) -> Table:
    """Lay a frame out; an index that only numbers the rows is left away."""
    index = [] if only_numbers(frame.index) else list(range(frame.index.nlevels))
    levels = [frame.index.get_level_values(level) for level in index]
    stubs = [_column(level.name, level.to_series()) for level in levels]
    columns = [_column(label, frame.iloc[:, place]) for place, label in enumerate(frame.columns)]
    return Table(title, len(frame), _headings(frame, levels, columns), stubs, columns)


def _headings(frame: pd.DataFrame, levels: list[Any], columns: list[Column]) -> list[list[Heading]]:
    depth = frame.columns.nlevels
    labels = [label if isinstance(label, tuple) else (label,) for label in frame.columns]
    rows = [_heading_row(labels, level, columns) for level in range(depth)]
    names = ["" if one.name is None else str(one.name) for one in levels]
    return [[Heading(name, "text", "col", depth=depth) for name in names] + rows[0], *rows[1:]]


def _heading_row(labels: list[tuple[Any, ...]], level: int, columns: list[Column]) -> list[Heading]:
    if level == len(labels[0] if labels else ()) - 1:
        return [
            Heading(str(one[-1]), column.kind, "col") for one, column in zip(labels, columns, strict=True)
        ]
    spans = [(key[-1], len(list(group))) for key, group in groupby(labels, key=lambda one: one[: level + 1])]
    return [Heading(str(text), "group", "colgroup", span=span) for text, span in spans]


def _column(label: Any, values: pd.Series[Any]) -> Column:
    name = str(label[-1] if isinstance(label, tuple) else label)
    if pd.api.types.is_bool_dtype(values.dtype):
        return Column("flag", _shown(values, lambda one: "✓" if one else "–", missing=_NOT_SENT))
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return Column("moment", _shown(values.dt.tz_convert("UTC").dt.strftime("%Y-%m-%d %H:%M UTC"), str))
    if pd.api.types.is_datetime64_dtype(values.dtype):
        return Column("moment", _shown(values.dt.strftime("%Y-%m-%d %H:%M"), str))
    if pd.api.types.is_numeric_dtype(values.dtype):
        return Column("number", _shown(values, _number_format(name, values)))
    cells = _shown(values, _as_text)
    return Column(_kind_of(cells), cells)


def _shown(values: Iterable[Any], show: Callable[[Any], str], missing: str = "") -> list[str]:
    return [missing if _is_missing(one) else show(one) for one in values]


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def _number_format(name: str, values: pd.Series[Any]) -> Callable[[Any], str]:
    if name == "id" or name.endswith("_id"):
        return str
    if name == "share":
        return format_percent
    if pd.api.types.is_integer_dtype(values.dtype):
        return lambda one: f"{one:,}"
    known = values.dropna().to_numpy(dtype=float)
    if np.array_equal(known, known.round(2)):
        return lambda one: f"{one:,.2f}"
    return lambda one: f"{one:,.10g}"


def _kind_of(texts: list[str]) -> str:
    if sum(map(len, texts)) > _PROSE * len(texts):
        return "prose"
    return "word" if any(texts) and all(map(_is_word, texts)) else "text"


def _is_word(text: str) -> bool:
    return len(text) <= _WORD and " " not in text


def _as_text(value: Any) -> str:
    if isinstance(value, list | tuple | np.ndarray):
        return ", ".join(str(one) for one in value)
    return str(value)
