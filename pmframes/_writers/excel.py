"""Frames as an Excel workbook in which nothing runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from unicodedata import east_asian_width

import pandas as pd
from xlsxwriter import Workbook

from pmframes import _messages
from pmframes._frames.builder import gc_paused
from pmframes._writers.cells import Cell, Column, as_text, columns, index_width, writable

_ROWS, _COLUMNS, _TEXT, _NAME = 1_048_575, 16_384, 32_767, 31
_EXACT, _LARGEST = 10**15, 1e307
_FIRST = pd.Timestamp("1900-03-01")
_SIGNS = tuple("=+-@")
_WIDEST = 60
_MEASURED = 1_000
_FILLED_BY_EXCEL = "history"
# Nothing is written to a folder on the way.
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
# So that equal frames are equal files.
_CREATED = datetime(2000, 1, 1, tzinfo=UTC)


def workbook_bytes(sheets: Mapping[str, pd.DataFrame]) -> bytes:
    r"""Write frames as an Excel workbook, a sheet for each.

    Every cell has its type, and none is a formula or a link. Text is text, also "0012". Numbers are numbers,
    but whole ones of more than 15 digits are text, since Excel would round them. Times are dates, in UTC
    where they have a zone, which the heading then says; those before March 1900, where spreadsheets disagree,
    are text. Missing values are blank; lists are joined by "; ". Text of more than the 32,767 characters that
    a cell can hold is cut, and ends in "…".

    Parameters
    ----------
    sheets
        The frames, by the names of their sheets. A name that Excel refuses is changed: "-" for each of
        ``[]:*?/\``, 31 characters at most, and a number behind it where two would be the same. An index
        without a name that only numbers the rows is left out, any other comes first. The levels of a heading
        are joined by a space.

    Returns
    -------
    bytes
        The file; equal frames give equal bytes.

    Raises
    ------
    InvalidArgument
        If one is not a frame, or has more than 1,048,575 rows or 16,384 columns.
    """
    for name, frame in sheets.items():
        _check(name, frame)
    target = BytesIO()
    with gc_paused(), Workbook(target, _OPTIONS) as book:
        book.set_properties({"created": _CREATED})
        pen = _Pen(book)
        for name, frame in zip(_legal(sheets), sheets.values(), strict=True):
            pen.sheet(name, columns(frame))
    return target.getvalue()


def _check(name: str, frame: object) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise _messages.not_a_frame("frame", frame)
    width = index_width(frame) + len(frame.columns)
    if len(frame) > _ROWS or width > _COLUMNS:
        raise _messages.too_large_for_excel(name, len(frame), width)


def _legal(names: Iterable[str]) -> list[str]:
    """Make the names of sheets such as Excel allows, each once whatever its case."""
    legal: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[\[\]:*?/\\\x00-\x1f\ufffe\uffff]", "-", writable(name))
        found, number = _short(plain), 1
        while found.lower() in {*legal, _FILLED_BY_EXCEL}:
            number += 1
            found = _short(plain, f" ({number})")
        legal[found.lower()] = found
    return list(legal.values())


def _short(name: str, ending: str = "") -> str:
    return (_cut(name, _NAME - len(ending)).strip("' ") or "Sheet") + ending


def _cut(text: str, length: int) -> str:
    """Cut a text to so many characters as Excel counts them, for which an emoji is two."""
    return text.encode("utf-16-le")[: 2 * length].decode("utf-16-le", "ignore")


class _Pen:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._plain = book.add_format()
        self._bold = book.add_format({"bold": True})
        self._date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        # Without it, text becomes the formula it looks like as soon as someone edits its cell.
        self._quoted = book.add_format({"quote_prefix": True})

    def sheet(self, name: str, found: list[Column]) -> None:
        """Add a sheet."""
        sheet = self._book.add_worksheet(name)
        # No green corner on an id that is text.
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        sheet.freeze_panes(1, 0)
        if found:
            sheet.autofilter(0, 0, len(found[0].cells), len(found) - 1)
        for place, column in enumerate(found):
            self._column(sheet, place, column)

    def _column(self, sheet: Any, place: int, column: Column) -> None:
        heading = column.heading + (" (UTC)" if column.utc else "")
        sheet.set_column(place, place, _width(heading, column.cells[:_MEASURED]))
        self._text(sheet, 0, place, heading, self._bold)
        for row, cell in enumerate(column.cells, 1):
            if cell is not None:
                self._cell(sheet, row, place, cell, column.utc)

    def _cell(self, sheet: Any, row: int, place: int, cell: Cell, utc: bool) -> None:
        if isinstance(cell, bool):
            sheet.write_boolean(row, place, cell)
        elif isinstance(cell, int | float) and abs(cell) < (_EXACT if isinstance(cell, int) else _LARGEST):
            sheet.write_number(row, place, cell)
        elif isinstance(cell, pd.Timestamp) and _has_date(cell, utc):
            sheet.write_datetime(row, place, cell.tz_localize(None), self._date)
        else:
            text = as_text(cell)
            self._text(sheet, row, place, text, self._quoted if text.lstrip().startswith(_SIGNS) else None)

    def _text(self, sheet: Any, row: int, place: int, text: str, style: Any) -> None:
        whole = len(text) <= _TEXT // 2 or len(text.encode("utf-16-le")) <= 2 * _TEXT
        shown = text if whole else _cut(text, _TEXT - 1) + "…"
        if shown.startswith("<r>") and shown.endswith("</r>"):
            # XlsxWriter takes such a text for markup of its own, but not where it is made of two pieces.
            sheet.write_rich_string(row, place, "<r>", self._plain, shown[3:], style or self._plain)
        else:
            sheet.write_string(row, place, shown, style)


def _has_date(cell: pd.Timestamp, utc: bool) -> bool:
    moment = cell.tz_localize(None)
    return (utc or cell.tzinfo is None) and moment >= _FIRST and moment.year <= 9999


def _width(heading: str, cells: Iterable[Cell]) -> int:
    """Give a width at which the heading, beside its arrow, and most cells can be read."""
    longest = max((_length(line) for cell in cells for line in as_text(cell).split("\n")), default=0)
    return min(max(_length(heading) + 3, longest + 1), _WIDEST)


def _length(text: str) -> int:
    return len(text) if text.isascii() else sum(1 + (east_asian_width(one) in "WF") for one in text)
