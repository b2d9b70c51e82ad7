"""Write frames as CSV that a spreadsheet opens without running any of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from pmframes import _messages
from pmframes._writers.cells import EMPTY_TEXT, Cell, cell_text, sheet_columns

# Characters that a spreadsheet skips or drops before it looks for the sign of a formula, and the escape itself.
_SKIPPED = r"[\s\"'\u200c\u200d]*"
_FORMULA = rf"(?={_SKIPPED}[=+\-@＝＋－＠])"
# Where a comma is the decimal point, Excel splits CSV at semicolons, and at any line break, quoted or not:
# what follows is a cell of its own.
_CELL_START = r"(^|[;\t\r\n] ?)"
_ESCAPE = re.compile(rf"{_CELL_START}{_FORMULA}|^(?='*[\t\r\n])")
_UNESCAPE = re.compile(rf"{_CELL_START}'{_FORMULA}|^'(?='*[\t\r\n])")
_FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|[\r\n]|\Z)')
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_BOOLEANS = {"true": True, "false": False}


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Write a frame as CSV that is safe to open in a spreadsheet.

    Commas between cells, CR LF after each row, UTF-8 with the byte order mark by which Excel recognises it.
    Text and headings that a spreadsheet could take for a formula get a ``'`` in front: where the text, or a
    part of it behind a semicolon, a tab or a line break, begins with ``=``, ``+``, ``-`` or ``@``. Numbers
    stay numbers, and text that reads as a number, or is empty, is quoted. Hidden characters are written as their
    numbers, such as ``⟦U+202E⟧``. A program that opens CSV may still read "0012" as 12; ``workbook_bytes``
    prevents that.

    Parameters
    ----------
    frame
        Any frame. An index without a name that only numbers the rows is left out, any other comes first. The
        levels of a heading are joined by a space.

    Returns
    -------
    bytes
        Missing values are empty, booleans ``true`` and ``false``, times ISO 8601, in UTC where they have a
        zone; lists are joined by "; ".

    Raises
    ------
    InvalidArgument
        If ``frame`` is not a frame.
    """
    if not isinstance(frame, pd.DataFrame):
        raise _messages.not_a_frame("frame", frame)
    columns = sheet_columns(frame)
    is_alone = len(columns) == 1
    headings = [_quote(escape(column.heading)) for column in columns]
    rows = zip(*([_field(cell, is_alone) for cell in column.cells] for column in columns), strict=True)
    return "".join(",".join(line) + "\r\n" for line in [headings, *rows]).encode("utf-8-sig")


def _field(cell: Cell, is_alone: bool) -> str:
    if is_alone and cell in (None, ""):
        return '""' if cell is None else EMPTY_TEXT  # not an empty line, which would be no row
    if cell is None:
        return ""
    return _quote(escape(cell)) if isinstance(cell, str) else cell_text(cell)


def _quote(text: str) -> str:
    is_plain = isinstance(_parse_unquoted(text), str) and not re.search(r'[",\r\n]', text)
    return text if is_plain else '"' + text.replace('"', '""') + '"'


def escape(text: str) -> str:
    return _ESCAPE.sub(r"\1'", text)


def parse_csv(content: bytes) -> Iterator[list[Cell]]:
    """Read the rows that ``csv_bytes`` wrote, first the headings; hidden characters stay as they are written.

    Empty lines are left out, as other programs add them at the end.

    Raises
    ------
    ValueError
        If it is no CSV in UTF-8.
    """
    text, row, end = content.decode("utf-8-sig"), list[Cell](), 0
    width = 0
    while end < len(text) or row:
        if (field := _FIELD.match(text, end)) is None:
            raise ValueError("a cell has a quotation mark that is not doubled")
        quoted, plain, separator = field.groups()
        row.append(_parse_unquoted(plain) if quoted is None else unescape(quoted.replace('""', '"')))
        end = field.end()
        if separator != ",":
            if row != [None]:
                yield [None] if width == 1 and row == [""] else row
            width, row = width or len(row), []


def _parse_unquoted(text: str) -> Cell:
    if not text:
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    if text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    try:
        number = float(text)
    except ValueError:
        return unescape(text)
    return number if str(number) == text else unescape(text)


def unescape(text: str) -> str:
    """Return a text without the sign that keeps it from being a formula."""
    return _UNESCAPE.sub(r"\1", text)
