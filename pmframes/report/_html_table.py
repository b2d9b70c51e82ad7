"""A frame as an HTML table, rendered by report.html.j2: the span of each header cell, and the text of all cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import numpy as np
import pandas as pd
from markupsafe import Markup

from pmframes._analysis.common import is_email
from pmframes._analysis.rules import SEVERITY
from pmframes._cell_text import display_cell, is_missing
from pmframes._frames.arrow import without_arrow
from pmframes._text import format_heading, format_label, format_percent, pluralize, service_title
from pmframes._writers.cells import index_levels

Kind = Literal["number", "flag", "time", "word", "text", "prose", "group", "severity"]

_UNKNOWN = Markup("<i>unknown</i>")
# How many text columns fit on a page, upright and sideways.
_PORTRAIT_COLUMNS = 11
_LANDSCAPE_COLUMNS = 16
_MAX_HORIZONTAL_FLAGS = 5
_MAX_PLAIN_ROWS = 20
# Columns with more characters per cell are read like a page of text, and get the width of this many others.
_MIN_PROSE_LENGTH = 80
_PROSE_WIDTH = 4
# Words up to this length are never broken.
_MAX_WORD_LENGTH = 16
_MAX_EMAIL_LENGTH = 44


@dataclass(frozen=True)
class HeaderCell:
    """A header cell over ``span`` columns and ``depth`` rows; ``name`` is that of the column, where it differs."""

    text: str
    kind: Kind
    scope: str
    name: str = ""
    span: int = 1
    depth: int = 1


@dataclass(frozen=True)
class TableColumn:
    """The texts of the cells of one column, and the kind that decides how they are aligned and broken."""

    kind: Kind
    cells: list[str]


@dataclass(frozen=True)
class HtmlTable:
    """The content of an HTML table, and what decides its layout."""

    title: str
    length: int
    header: list[list[HeaderCell]]
    row_headers: list[TableColumn]
    columns: list[TableColumn]
    total: int | None = None

    @property
    def row_count(self) -> str:
        """The number of rows, as text, also of those that are not shown."""
        return pluralize(self.length if self.total is None else self.total, "row")

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.row_headers) + len(self.columns)

    @property
    def kinds(self) -> list[Kind]:
        """The kind of each column."""
        return [column.kind for column in self.columns]

    @property
    def wide(self) -> bool:
        """Whether the table is printed on a landscape page."""
        return self._text_columns > _PORTRAIT_COLUMNS

    @property
    def compact(self) -> bool:
        """Whether words are broken in print, because even a landscape page is too narrow."""
        return self._text_columns > _LANDSCAPE_COLUMNS

    @property
    def _text_columns(self) -> float:
        """The width in columns of text, of which a flag takes a third."""
        flags, prose = self.kinds.count("flag"), self.kinds.count("prose")
        return self.width - flags + flags / 3 + (_PROSE_WIDTH - 1) * prose

    @property
    def long(self) -> bool:
        """Whether the table can be sorted and searched; grouped headers cannot be sorted by."""
        return self.length > _MAX_PLAIN_ROWS and len(self.header) == 1

    @property
    def vertical_headers(self) -> bool:
        """Whether the headers of flags are written vertically."""
        return self.kinds.count("flag") > _MAX_HORIZONTAL_FLAGS

    @property
    def has_unknown(self) -> bool:
        """Whether any flag is unknown."""
        return any(_UNKNOWN in column.cells for column in self.columns)

    def rows(self) -> Iterator[tuple[list[str], list[tuple[Kind, str]]]]:
        """Iterate over the rows: the row headers, then the kind and text of each cell."""
        for row in range(self.length):
            cells = [(column.kind, column.cells[row]) for column in self.columns]
            yield [column.cells[row] for column in self.row_headers], cells


def build_table(frame: pd.DataFrame, title: str) -> HtmlTable:
    """Build the table of a frame; an index that only numbers the rows is left out."""
    levels = index_levels(frame)
    row_headers = [_build_column(level.name, level.to_series()) for level in levels]
    columns = [_build_column(label, frame.iloc[:, place]) for place, label in enumerate(frame.columns)]
    return HtmlTable(title, len(frame), _build_header(frame, levels, columns), row_headers, columns)


def _build_header(
    frame: pd.DataFrame, levels: list[pd.Index[Any]], columns: list[TableColumn]
) -> list[list[HeaderCell]]:
    depth = frame.columns.nlevels
    labels = [label if isinstance(label, tuple) else (label,) for label in frame.columns]
    rows = [_build_header_row(labels, level, columns) for level in range(depth)]
    index = [_build_header_cell(level.name, "text", depth=depth) for level in levels]
    return [index + rows[0], *rows[1:]]


def _build_header_row(labels: list[tuple[Any, ...]], level: int, columns: list[TableColumn]) -> list[HeaderCell]:
    if level == len(labels[0] if labels else ()) - 1:
        return [_build_header_cell(label[-1], column.kind) for label, column in zip(labels, columns, strict=True)]
    groups = groupby(labels, key=lambda label: label[: level + 1])
    spans = [(key[-1], len(list(group))) for key, group in groups]
    return [HeaderCell(format_label(text), "group", "colgroup", span=span) for text, span in spans]


def _build_header_cell(label: Any, kind: Kind, depth: int = 1) -> HeaderCell:
    name = format_label(label, missing="")
    text = format_heading(name, drop="^is_|_name$") if name else ""
    return HeaderCell(text, kind, "col", "" if text == name else name, depth=depth)


def _build_column(label: Any, values: pd.Series[Any]) -> TableColumn:
    name = str(label[-1] if isinstance(label, tuple) else label)
    values = without_arrow(values)
    if pd.api.types.is_bool_dtype(values.dtype):
        return TableColumn("flag", _texts(values, lambda flag: "✓" if flag else "–", missing=_UNKNOWN))
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return TableColumn("time", _texts(values.dt.tz_convert("UTC").dt.strftime("%Y-%m-%d %H:%M UTC"), str))
    if pd.api.types.is_datetime64_dtype(values.dtype):
        return TableColumn("time", _texts(values.dt.strftime("%Y-%m-%d %H:%M"), str))
    if pd.api.types.is_numeric_dtype(values.dtype):
        return TableColumn("number", _texts(values, _number_format(name, values)))
    is_service = name == "service"
    cells = [display_cell(service_title(value) if is_service and isinstance(value, str) else value) for value in values]
    if values.dtype == SEVERITY:
        return TableColumn("severity", cells)
    return TableColumn(_text_kind(name, cells), cells)


def _texts(values: Iterable[Any], format_value: Callable[[Any], str], missing: str = "") -> list[str]:
    return [missing if is_missing(value) else format_value(value) for value in values]


def _number_format(name: str, values: pd.Series[Any]) -> Callable[[Any], str]:
    if name == "id" or name.endswith("_id"):
        return lambda number: f"{number:.0f}" if isinstance(number, float) and number.is_integer() else str(number)
    if name == "share":
        return format_percent
    if pd.api.types.is_integer_dtype(values.dtype):
        return lambda number: f"{number:,}"
    known = values.dropna().to_numpy(dtype=float)
    # All values of a column get the same number of decimals, where two are enough.
    if np.array_equal(known, known.round(2)):
        return lambda number: f"{number:,.2f}"
    return lambda number: f"{number:,.10g}"


def _text_kind(name: str, texts: list[str]) -> Kind:
    if is_email(name) and max(map(len, texts), default=0) <= _MAX_EMAIL_LENGTH:
        return "word"
    if sum(map(len, texts)) > _MIN_PROSE_LENGTH * len(texts):
        return "prose"
    return "word" if any(texts) and all(map(_is_word, texts)) else "text"


def _is_word(text: str) -> bool:
    return len(text) <= _MAX_WORD_LENGTH and " " not in text
