"""Write frames as CSV that a spreadsheet opens without running any of it."""

from __future__ import annotations

import re
from csv import writer
from io import StringIO

import pandas as pd

from pmframes import _messages
from pmframes._writers.cells import Cell, sheet_columns, to_text

# Characters that a spreadsheet skips or drops before it looks for the sign of a formula.
_SKIPPED = r"[\s\"\x00-\x1f\x7f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]*"
# Where a comma is the decimal point, Excel splits CSV at semicolons, and at any line break, quoted or not:
# what follows is a cell of its own.
_FORMULA_START = re.compile(rf"(^|[;\t\r\n] ?)(?={_SKIPPED}[=+\-@＝＋－＠])|^(?=[\t\r\n])")


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Write a frame as CSV that is safe to open in a spreadsheet.

    Commas between cells, CR LF after each row, UTF-8 with the byte order mark by which Excel recognises it.
    Text and headings that a spreadsheet could take for a formula get a ``'`` in front: where the text, or a
    part of it behind a semicolon, a tab or a line break, begins with ``=``, ``+``, ``-`` or ``@``. Numbers
    stay numbers. A program that opens CSV may still read "0012" as 12; ``workbook_bytes`` prevents that.

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
    text = StringIO()
    rows = writer(text)
    rows.writerow([_escape_formula(column.heading) for column in columns])
    rows.writerows(zip(*([_field(cell) for cell in column.cells] for column in columns), strict=True))
    return text.getvalue().encode("utf-8-sig")


def _field(cell: Cell) -> float | str:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell
    return _escape_formula(cell if isinstance(cell, str) else to_text(cell))


def _escape_formula(text: str) -> str:
    return _FORMULA_START.sub(r"\1'", text)
