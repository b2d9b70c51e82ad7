"""A frame as a notebook shows it to people: headings, percentages and times as a report has them."""

from __future__ import annotations

import pandas as pd

from pmframes._html import NO_FORMULAS
from pmframes._text import pluralize
from pmframes.report._html_table import HtmlTable, build_table
from pmframes.report._templates import load_template


class TableView:
    """The first rows of a frame, as text for people; the frame itself stays as it is."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._shown = frame[: pd.options.display.max_rows]
        self._count = len(frame)

    def _build(self) -> HtmlTable:
        return build_table(self._shown, "")

    def __repr__(self) -> str:
        table = self._build()
        cells = [[*row_headers, *(str(text) for _, text in cells)] for row_headers, cells in table.rows()]
        headings = [cell.text for cell in table.header[-1]]
        return f"{pd.DataFrame(cells, columns=headings).to_string(index=False)}\n{self._note()}".strip()

    def _repr_html_(self) -> str:
        template = load_template("table_view.html.j2")
        return template.render(table=self._build(), note=self._note(), classes=NO_FORMULAS)

    def _note(self) -> str:
        shown = len(self._shown)
        return "" if shown == self._count else f"{shown:,} of {pluralize(self._count, 'row')}"
