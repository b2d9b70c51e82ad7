"""Builds a standard report, part by part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from pmframes.report._figures import draw_chart, make_figure_part
from pmframes.report._parts import (
    Headline,
    KeyFigure,
    OverviewPart,
    Part,
    Section,
    TextPart,
    make_findings_part,
    make_table_part,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class ReportBuilder:
    """The parts of a report so far: first the main part, then the appendix."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._in_appendix = False

    def begin_appendix(self) -> None:
        self._in_appendix = True

    def add_overview(self, text: str, figures: Sequence[KeyFigure], headlines: Sequence[Headline]) -> None:
        self._append(OverviewPart(text=text, figures=[*figures], headlines=[*headlines]))

    def add_section(self, title: str) -> None:
        self._append(Section(title=title))

    def add_text(self, text: str) -> None:
        self._append(TextPart(text=text))

    def add_findings(self, findings: pd.DataFrame) -> None:
        self._append(make_findings_part(findings))

    def add_chart(self, draw: Callable[[], Axes], title: str) -> None:
        self._append(make_figure_part(draw_chart(draw), title))

    def add_table(
        self,
        frame: pd.DataFrame,
        title: str,
        *,
        note: str = "",
        limit: int | None = None,
        is_continued: bool = True,
        is_subordinate: bool = True,
        is_workbook_only: bool = False,
    ) -> None:
        part = replace(
            make_table_part(frame, title),
            note=note,
            limit=limit,
            is_continued=is_continued,
            is_subordinate=is_subordinate or self._in_appendix,
            is_workbook_only=is_workbook_only,
        )
        self._append(part)

    def _append(self, part: Part) -> None:
        self.parts.append(replace(part, in_appendix=self._in_appendix))
