"""Write frames as an Excel workbook in which nothing is run: no cell is a formula or a link."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter import Workbook

from pmframes import _messages
from pmframes._frames.builder import gc_paused
from pmframes._text import display_width, replace_surrogates, safe_repr
from pmframes._writers.cells import EMPTY_TEXT, Cell, SheetColumn, cell_text, index_levels, sheet_columns
from pmframes.errors import InvalidArgument

# The limits of Excel; rows without the headings.
_MAX_ROWS, _MAX_COLUMNS, _MAX_TEXT_LENGTH, _MAX_NAME_LENGTH = 1_048_575, 16_384, 32_767, 31
_MAX_INT, _MAX_FLOAT = 10**15, 1e307
_MIN_DATE = pd.Timestamp("1900-03-01")
_RESERVED_NAME = "history"
_FORMULA_SIGNS = tuple("=+-@")
_MAX_WIDTH, _ROWS_TO_MEASURE = 60, 1_000
UTC_SUFFIX = " (UTC)"
# In memory, so that no temporary file of XlsxWriter's holds the data.
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
# A fixed date, so that equal frames make equal files.
_CREATED = datetime(2000, 1, 1, tzinfo=UTC)


def workbook_bytes(sheets: Mapping[str, pd.DataFrame], prose: str | None = None) -> bytes:
    r"""Write frames as an Excel workbook, each to a sheet.

    Every cell has its type. Text stays text, also "0012". Numbers are numbers, but integers of more than 15
    digits are text, since Excel would round them. Times are dates, in UTC where they have a zone, which the
    heading then says; those before March 1900, where spreadsheets disagree, and those with microseconds, which
    they round, are text. Missing values are blank, and empty text is ``⟦⟧``; hidden characters are written as
    their numbers, such as ``⟦U+202E⟧``. The items of a list are joined by "; ". Text of more than the 32,767
    characters that a cell can hold is cut and ends in "…".

    Parameters
    ----------
    sheets
        The frames by the names of their sheets. A name that Excel refuses is changed: "-" replaces each of
        ``[]:*?/\``, it is cut to 31 characters, and numbered where two would be the same. An index without a
        name that only numbers the rows is left out, any other comes first. The levels of a heading are joined
        by a space.
    prose
        The name of a sheet that is read like a page: its lines are wrapped, and it has no filters.

    Returns
    -------
    bytes
        The file; equal frames make equal bytes.

    Raises
    ------
    InvalidArgument
        If a value is not a frame, or has more than 1,048,575 rows or 16,384 columns.
    """
    for name, frame in sheets.items():
        _check(name, frame)
    file = BytesIO()
    with gc_paused(), Workbook(file, _OPTIONS) as workbook:
        workbook.set_properties({"created": _CREATED})
        writer = _SheetWriter(workbook)
        for name, (title, frame) in zip(_sheet_names(sheets), sheets.items(), strict=True):
            writer.write(name, sheet_columns(frame), is_prose=title == prose)
    return file.getvalue()


def parse_workbook(content: bytes) -> dict[str, list[list[Cell]]]:
    """Read the rows of each sheet, first the headings; hidden characters stay as they are written.

    Raises
    ------
    ValueError
        If it is no workbook.
    """
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        sheets = {name: workbook.get_sheet_by_name(name) for name in workbook.sheet_names}
        rows = {name: sheet.to_python(skip_empty_area=False) for name, sheet in sheets.items()}
    except CalamineError as error:
        raise ValueError("it is not an Excel workbook") from error
    return {name: [list(map(_parse_cell, row)) for row in sheet] for name, sheet in rows.items()}


def _parse_cell(value: Any) -> Cell:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, date):
        return pd.Timestamp(value)
    return None if value == "" else value


def _check(name: str, frame: object) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise _messages.not_a_frame("frame", frame)
    width = len(index_levels(frame)) + len(frame.columns)
    if len(frame) > _MAX_ROWS or width > _MAX_COLUMNS:
        raise InvalidArgument(
            f"The sheet {safe_repr(name)} would have {len(frame):,} rows and {width:,} columns; Excel allows "
            f"{_MAX_ROWS:,} rows below the headings and {_MAX_COLUMNS:,} columns.",
            "Write fewer rows, for example with .head(), or write CSV.",
        )


def _sheet_names(names: Iterable[str]) -> list[str]:
    """Change names to those that Excel allows, unique whatever their case."""
    allowed: dict[str, str] = {}
    for name in names:
        cleaned = re.sub(r"[\[\]:*?/\\\x00-\x1f\ufffe\uffff]", "-", replace_surrogates(name))
        candidate, number = _shorten_name(cleaned), 1
        while candidate.lower() in {*allowed, _RESERVED_NAME}:
            number += 1
            candidate = _shorten_name(cleaned, f" ({number})")
        allowed[candidate.lower()] = candidate
    return list(allowed.values())


def _shorten_name(name: str, suffix: str = "") -> str:
    return (_cut(name, _MAX_NAME_LENGTH - len(suffix)).strip("' ") or "Sheet") + suffix


def is_cut(text: str) -> bool:
    """Whether a text of a workbook is as long as a cell can be because it was cut."""
    return text.endswith("…") and len(text.encode("utf-16-le")) >= 2 * (_MAX_TEXT_LENGTH - 1)


def _cut(text: str, length: int) -> str:
    """Cut a text to a length in UTF-16 units, as Excel counts it: an emoji has two."""
    return text.encode("utf-16-le")[: 2 * length].decode("utf-16-le", "ignore")


class _SheetWriter:
    """Writes the sheets of one workbook, which share its formats."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._default = workbook.add_format()
        self._bold = workbook.add_format({"bold": True})
        self._date = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._percent = workbook.add_format({"num_format": "0.0%"})
        self._wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        # Without the prefix, text becomes the formula that it looks like as soon as someone edits its cell.
        self._quoted = workbook.add_format({"quote_prefix": True})

    def write(self, name: str, columns: list[SheetColumn], *, is_prose: bool) -> None:
        sheet = self._workbook.add_worksheet(name)
        # No green corner on an id that is text.
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        sheet.freeze_panes(1, 0)
        if columns and not is_prose:
            sheet.autofilter(0, 0, len(columns[0].cells), len(columns) - 1)
        for number, column in enumerate(columns):
            self._write_column(sheet, number, column, self._wrapped if is_prose else None)

    def _write_column(self, sheet: Any, number: int, column: SheetColumn, style: Any) -> None:
        heading = column.heading + (UTC_SUFFIX if column.is_utc else "")
        sheet.set_column(number, number, _column_width(heading, column.cells[:_ROWS_TO_MEASURE]))
        style = self._percent if column.heading == "share" else style
        self._write_text(sheet, 0, number, heading, self._bold)
        for row, cell in enumerate(column.cells, 1):
            if cell is not None:
                self._write_cell(sheet, row, number, cell, column.is_utc, style)

    def _write_cell(self, sheet: Any, row: int, column: int, cell: Cell, is_utc: bool, style: Any) -> None:
        largest = _MAX_INT if isinstance(cell, int) else _MAX_FLOAT
        if isinstance(cell, bool):
            sheet.write_boolean(row, column, cell)
        elif isinstance(cell, int | float) and abs(cell) < largest:
            sheet.write_number(row, column, cell, style)
        elif isinstance(cell, pd.Timestamp) and _has_excel_date(cell, is_utc):
            sheet.write_datetime(row, column, cell.tz_localize(None), self._date)
        else:
            text = cell_text(cell) or EMPTY_TEXT
            is_like_formula = text.lstrip().startswith(_FORMULA_SIGNS)
            self._write_text(sheet, row, column, text, self._quoted if is_like_formula else style)

    def _write_text(self, sheet: Any, row: int, column: int, text: str, style: Any) -> None:
        fits = len(text) <= _MAX_TEXT_LENGTH // 2 or len(text.encode("utf-16-le")) <= 2 * _MAX_TEXT_LENGTH
        written = text if fits else _cut(text, _MAX_TEXT_LENGTH - 1) + "…"
        if written.startswith("<r>") and written.endswith("</r>"):
            # XlsxWriter takes such a text for markup of its own, but not where it is made of two pieces.
            sheet.write_rich_string(row, column, "<r>", self._default, written[3:], style or self._default)
        else:
            sheet.write_string(row, column, written, style)


def _has_excel_date(cell: pd.Timestamp, is_utc: bool) -> bool:
    time = cell.tz_localize(None)
    is_exact = time.microsecond % 1_000 == time.nanosecond == 0
    return is_exact and (is_utc or cell.tzinfo is None) and time >= _MIN_DATE and time.year <= 9999


def _column_width(heading: str, cells: Iterable[Cell]) -> int:
    """Return a width for the heading, beside its arrow, and for most cells."""
    lines = (line for cell in cells for line in cell_text(cell).split("\n"))
    longest = max(map(display_width, lines), default=0)
    return min(max(display_width(heading) + 3, longest + 1), _MAX_WIDTH)
