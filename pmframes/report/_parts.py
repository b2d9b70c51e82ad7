"""The parts of a report, in the order in which they were added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from pmframes._analysis.rules import Severity
from pmframes._frames.provenance import Source, read_sources


class KeyFigure(NamedTuple):
    """A number of the first page, as text, and what it counts."""

    label: str
    value: str


class Headline(NamedTuple):
    """A sentence of the first page: what is most important, how many and whom, and what to do."""

    title: str
    text: str
    advice: str
    severity: Severity | None = None


@dataclass(frozen=True, kw_only=True)
class Part:
    """Any part; the appendix may be left out of the HTML, never of the workbook."""

    title: str = ""
    in_appendix: bool = False
    sources: tuple[Source, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Section(Part):
    """The heading of the parts below it."""


@dataclass(frozen=True, kw_only=True)
class TextPart(Part):
    """Paragraphs, with an empty line between them."""

    text: str


@dataclass(frozen=True, kw_only=True)
class FigurePart(Part):
    """A figure, as the data URI of its image."""

    image: str


@dataclass(frozen=True, kw_only=True)
class TablePart(Part):
    """A table; of a longer one than ``limit`` only the first rows are shown.

    Where ``is_continued``, the appendix has all of them.
    """

    frame: pd.DataFrame
    note: str = ""
    limit: int | None = None
    is_continued: bool = True
    is_subordinate: bool = False
    is_workbook_only: bool = False


@dataclass(frozen=True, kw_only=True)
class FindingsPart(Part):
    """Findings, of which each rule is a group."""

    frame: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class OverviewPart(Part):
    """The first page: key figures, and the sentences that tell what to do."""

    text: str
    figures: list[KeyFigure]
    headlines: list[Headline]


def make_table_part(frame: pd.DataFrame, title: str) -> TablePart:
    """Build a part of a copy of a frame, with its sources."""
    return TablePart(title=title, frame=frame.copy(), sources=tuple(read_sources(frame)))


def make_findings_part(findings: pd.DataFrame) -> FindingsPart:
    """Build a part of a copy of findings, with their sources."""
    return FindingsPart(title="Findings", frame=findings.copy(), sources=tuple(read_sources(findings)))
