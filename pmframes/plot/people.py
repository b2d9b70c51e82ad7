"""The picture of people by type."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pmframes import summaries
from pmframes.plot.drawing import counted, draw_bars, draw_nothing, finish, prepare_axes, short, write_title
from pmframes.summaries.shared import NONE, percent


def people_by_type(people: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how many people there are of each type.

    Parameters
    ----------
    people
        As for ``pm.report.people_by_type``.
    ax
        Where to draw; without it, on a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One bar per type, with its number of rows and its share.

    Raises
    ------
    InvalidArgument
        If ``people`` is not a frame, or lacks a column.
    """
    table = summaries.people_by_type(people)
    if people.empty:
        return draw_nothing(ax, "There are no people in this frame", people)
    types = table.iloc[:-1]
    axes = prepare_axes(ax, width=9, height=1.5 + 0.45 * len(types))
    names, counts, shares = types.index.tolist(), types["people"].tolist(), types["share"].tolist()
    texts = [f"{count:,} · {percent(share)}" for count, share in zip(counts, shares, strict=True)]
    draw_bars(axes, [short(name) for name in names], counts, texts, [name != NONE for name in names])
    write_title(axes, _type_sentence(names, counts))
    return finish(axes, _people_notes(people, table), people)


def _type_sentence(types: list[str], counts: list[int]) -> str:
    most = int(np.argmax(counts))
    of_type = "have no type" if types[most] == NONE else f"are of type {short(types[most])}"
    return f"{percent(counts[most] / sum(counts))} of {counted(sum(counts), 'person', 'people')} {of_type}"


def _people_notes(people: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    measures = table.drop(columns=["people", "share"]).iloc[-1]
    among = [f"{count:,} {str(name).replace('_', ' ')}" for name, count in measures.items() if count]
    repeated = "id" in people and people["id"].duplicated().any()
    return [
        *([f"among them {', '.join(among)}"] if among else []),
        *(["someone on several projects counts once for each"] if repeated else []),
    ]
