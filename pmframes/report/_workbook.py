"""A report as the sheets of a workbook: the first page, then every table with all its rows."""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import count

import pandas as pd

from pmframes._frames.provenance import not_checked_rules, sources_table
from pmframes._text import join
from pmframes._types import TEXT
from pmframes.report._notices import FICTIONAL, collect_sources, describe_gaps
from pmframes.report._overview import describe_origin
from pmframes.report._parts import FindingsPart, Headline, OverviewPart, Part, TablePart, TextPart

PROVENANCE = "Provenance"
SUMMARY = "Summary"
NOT_CHECKED = "Rules that found nothing because data are missing: "


def build_sheets(title: str, parts: Sequence[Part]) -> dict[str, pd.DataFrame]:
    """Return the sheets by their names: the summary first, the provenance last."""
    sheets = {SUMMARY: _build_summary(title, parts)}
    for part in parts:
        if isinstance(part, TablePart | FindingsPart):
            sheets[_unique_name(part.title, sheets)] = part.frame
    if sources := collect_sources(parts):
        sheets[_unique_name(PROVENANCE, sheets)] = sources_table(sources)
    return sheets


def _build_summary(title: str, parts: Sequence[Part]) -> pd.DataFrame:
    sources = collect_sources(parts)
    rows: list[tuple[str, str | None]] = [(describe_origin(sources), None)]
    rows += [(FICTIONAL, None)] if any(source.fictional for source in sources) else []
    rows += [(notice, None) for notice in describe_gaps(parts)]
    for part in parts:
        if isinstance(part, TextPart):
            rows.append((part.text, None))
        elif isinstance(part, OverviewPart):
            rows.append((part.text, None))
            rows += [(figure.label, figure.value) for figure in part.figures]
            rows += map(_format_headline, part.headlines)
        elif isinstance(part, FindingsPart) and (names := not_checked_rules(part.frame)):
            rows.append((f"{NOT_CHECKED}{join(names)}.", None))
    return pd.DataFrame(rows, columns=[title, ""], dtype=TEXT)


def _format_headline(line: Headline) -> tuple[str, str]:
    title = f"{line.severity.capitalize()}: {line.title}" if line.severity else line.title
    return title, " ".join(filter(None, [f"{line.text}." if line.text else "", line.advice]))


def _unique_name(name: str, taken: Container[str]) -> str:
    """Return the name, numbered if it is taken."""
    numbered = (f"{name} ({number})" for number in count(2))
    return name if name not in taken else next(candidate for candidate in numbered if candidate not in taken)
