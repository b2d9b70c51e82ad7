"""A frame as a notebook shows it to people: headings, percentages and times as a report has them."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from pmframes._html import NO_FORMULAS
from pmframes._text import pluralize
from pmframes.report._html_table import HtmlTable, build_table
from pmframes.report._templates import load_template


class TableView:
    """The first rows of a frame, as text for people; the frame itself stays as it is."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._shown = frame[: pd.options.display.max_rows or len(frame)]
        self._count = len(frame)

    def _build(self) -> HtmlTable:
        return build_table(self._shown, "")

    def __repr__(self) -> str:
        table = self._build()
        rows = [[*headers, *map(_as_text, (text for _, text in cells))] for headers, cells in table.rows()]
        # The headings of the index stand in the first line alone.
        blank = [""] * len(table.row_headers)
        first, *others = [[cell.text for cell in row for _ in range(cell.span)] for row in table.header]
        lines = [first, *([*blank, *other] for other in others)]
        headings = [" ".join(filter(None, texts)) for texts in zip(*lines, strict=True)]
        return f"{pd.DataFrame(rows, columns=headings).to_string(index=False)}\n{self._note()}".strip()

    def _repr_html_(self) -> str:
        template = load_template("table_view.html.j2")
        return template.render(table=self._build(), note=self._note(), classes=NO_FORMULAS)

    def _note(self) -> str:
        shown = len(self._shown)
        return "" if shown == self._count else f"{shown:,} of {pluralize(self._count, 'row')}"


def _as_text(cell: str) -> str:
    return cell.striptags() if isinstance(cell, Markup) else cell
