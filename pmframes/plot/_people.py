"""The picture of people by type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pmframes import _analysis
from pmframes._analysis.common import NONE, flag_to_int, format_percent
from pmframes._analysis.people import FLAGS
from pmframes._text import pluralize
from pmframes.plot._bars import SEGMENTS, Bar, draw_bars, draw_segments, segments_of, with_rest
from pmframes.plot._style import draw_nothing, finish, legend_rows, prepare_axes, short, write_title

_BARS = 15


def people_by_type(people: pd.DataFrame, by: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw how many people there are of each type.

    Parameters
    ----------
    people, by
        As for ``pm.report.people_by_type``.
    ax
        Where to draw; without it, on a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One bar per type, with its number of rows and its share. With ``by``, one bar per value of that
        column, the largest first, in segments for the types. Where there are many, all but the largest are
        one bar, or segment, that says how many they are.

    Raises
    ------
    InvalidArgument
        If ``people`` is not a frame, or lacks a column; or if ``by`` is no name.
    """
    table = _analysis.people_by_type(people, by)
    if people.empty:
        return draw_nothing(ax, "There are no people in this frame", people)
    # Types down; across the values of ``by``, or nothing but people.
    counts = table.loc[:, table.columns.get_level_values(-1) == "people"].iloc[:-1]
    types = _bars(counts.index, counts.to_numpy())
    axes = _draw_types(ax, types) if by is None else _draw_values(ax, counts, types)
    write_title(
        axes, _type_sentence(types), *([] if by is None else [f"One bar for each value of {short(by)}"])
    )
    return finish(axes, _people_notes(people), people)


def _bars(labels: Iterable[Any], counts: np.ndarray) -> list[Bar]:
    kinds = ["none" if isinstance(label, str) and label == NONE else "one" for label in labels]
    return [Bar(short(label), row, kind) for label, row, kind in zip(labels, counts, kinds, strict=True)]


def _draw_types(ax: Axes | None, types: list[Bar]) -> Axes:
    bars = with_rest(types, _BARS, "types")
    axes = prepare_axes(ax, width=9, height=1.5 + 0.45 * len(bars))
    draw_bars(axes, bars, _texts(bars))
    return axes


def _draw_values(ax: Axes | None, counts: pd.DataFrame, types: list[Bar]) -> Axes:
    values = _bars(counts.columns.get_level_values(0), counts.to_numpy().T)
    bars = with_rest(sorted(values, key=lambda bar: -bar.total), _BARS, "values")
    of_types = np.transpose([bar.counts for bar in bars])
    parts = [Bar(bar.label, row, bar.kind) for bar, row in zip(types, of_types, strict=True)]
    segments = segments_of(with_rest(parts, SEGMENTS, "types"))
    below = 0.3 * legend_rows([segment.label for segment in segments])
    axes = prepare_axes(ax, width=9, height=1.9 + below + 0.36 * len(bars))
    draw_segments(axes, [bar.label for bar in bars], segments, _texts(bars))
    return axes


def _texts(bars: list[Bar]) -> list[str]:
    total = sum(bar.total for bar in bars)
    return [f"{bar.total:,} · {format_percent(bar.total / total)}" for bar in bars]


def _type_sentence(types: list[Bar]) -> str:
    most, total = max(types, key=lambda bar: bar.total), sum(bar.total for bar in types)
    of_type = "have no type" if most.kind == "none" else f"are of type {most.label}"
    return f"{format_percent(most.total / total)} of {pluralize(total, 'person', 'people')} {of_type}"


def _people_notes(people: pd.DataFrame) -> list[str]:
    measures = {measure: int(flag_to_int(people[column]).sum()) for measure, column in FLAGS.items()}
    among = [f"{count:,} {name.replace('_', ' ')}" for name, count in measures.items() if count]
    repeated = "id" in people and people["id"].duplicated().any()
    return [
        *([f"among them {', '.join(among)}"] if among else []),
        *(["someone on several projects counts once for each"] if repeated else []),
    ]
