"""The chart of people by type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pmframes._analysis import people as summaries
from pmframes._analysis.common import NONE, flag_to_int
from pmframes._signatures import checks_arguments
from pmframes._text import format_percent, pluralize
from pmframes.plot._bars import MAX_SEGMENTS, Bar, draw_bars, draw_segments, limit_bars, make_segments
from pmframes.plot._style import add_notes, count_legend_rows, draw_empty, get_axes, set_title, shorten

_MAX_BARS = 15
# How a title says that people are of one of Teamwork.com's types.
_TYPE_PHRASES = {"account": "have full accounts", "collaborator": "are collaborators", "contact": "are contacts"}


@checks_arguments
def people_by_type(people: pd.DataFrame, by: str | None = None, ax: Axes | None = None) -> Axes:
    """Plot the number of people of each type.

    Parameters
    ----------
    people, by
        As for ``pm.report.people_by_type``.
    ax
        The Axes to draw on; without it, a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        One bar per type, with its number of rows and its share. With ``by``, one bar per value of that
        column, the largest first, with one segment per type. Beyond 15 bars or 5 segments the remainder is
        grouped as "N other".

    Raises
    ------
    InvalidArgument
        If ``people`` is not a frame or lacks a column, or if ``by`` is not a column.
    """
    table = summaries.people_by_type(people, by)
    if people.empty:
        return draw_empty(ax, "There are no people in this frame", people)
    # A column per type, and a row per value of ``by``; without it a single column, and a row per type.
    counts = table.iloc[:-1][["people"]] if by is None else table.iloc[:-1, 2 : -len(summaries.FLAGS)]
    types = _make_bars(counts.index, counts.to_numpy()) if by is None else _make_bars(counts, counts.to_numpy().T)
    axes = _draw_types(ax, types) if by is None else _draw_values(ax, counts, types)
    set_title(axes, _type_sentence(types), *([] if by is None else [f"By {shorten(by)}"]))
    return add_notes(axes, _notes(people), people)


def _make_bars(labels: Iterable[Any], counts: np.ndarray) -> list[Bar]:
    return [
        Bar(shorten(label), row, "missing" if isinstance(label, str) and label == NONE else "value")
        for label, row in zip(labels, counts, strict=True)
    ]


def _draw_types(ax: Axes | None, types: list[Bar]) -> Axes:
    bars = limit_bars(types, _MAX_BARS, "types")
    axes = get_axes(ax, width=9, height=1.5 + 0.45 * len(bars))
    draw_bars(axes, bars, _bar_texts(bars))
    return axes


def _draw_values(ax: Axes | None, counts: pd.DataFrame, types: list[Bar]) -> Axes:
    values = _make_bars(counts.index, counts.to_numpy())
    bars = limit_bars(sorted(values, key=lambda bar: -bar.total), _MAX_BARS, "values")
    counts_by_type = np.transpose([bar.counts for bar in bars])
    parts = [Bar(bar.label, row, bar.kind) for bar, row in zip(types, counts_by_type, strict=True)]
    segments = make_segments(limit_bars(parts, MAX_SEGMENTS, "types"))
    legend_height = 0.3 * count_legend_rows([segment.label for segment in segments])
    axes = get_axes(ax, width=9, height=1.9 + legend_height + 0.36 * len(bars))
    draw_segments(axes, [bar.label for bar in bars], segments, _bar_texts(bars))
    return axes


def _bar_texts(bars: list[Bar]) -> list[str]:
    total = sum(bar.total for bar in bars)
    return [f"{bar.total:,} · {format_percent(bar.total / total)}" for bar in bars]


def _type_sentence(types: list[Bar]) -> str:
    largest, total = max(types, key=lambda bar: bar.total), sum(bar.total for bar in types)
    phrase = _TYPE_PHRASES.get(largest.label, f"are of type {largest.label}")
    if largest.kind == "missing":
        phrase = "have no type"
    return f"{format_percent(largest.total / total)} of {pluralize(total, 'person', 'people')} {phrase}"


def _notes(people: pd.DataFrame) -> list[str]:
    flags = {name: int(flag_to_int(people[column]).sum()) for name, column in summaries.FLAGS.items()}
    counts = [f"{count:,} {name.replace('_', ' ')}" for name, count in flags.items() if count]
    repeated = "id" in people and people["id"].duplicated().any()
    return [
        *([f"including {', '.join(counts)}"] if counts else []),
        *(["people are counted once per project"] if repeated else []),
    ]
