"""A matrix of permissions: a mark in every cell, and numbers where more is grouped than can be shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from pmframes.plot.drawing import GREY, plain, write_legend
from pmframes.plot.marks import label_of, style_of


def shown_of(count: int, most: int) -> int:
    """Say how many of so many are shown: all, or the most there may be and the others as one."""
    return count if count <= most + 1 else most


def with_others(labels: Sequence[str], shown: int, others: str) -> list[str]:
    """Give the labels of what is shown, then one that says how many others there are."""
    rest = len(labels) - shown
    return [*labels[:shown], *([f"{rest:,} other {others}"] if rest else [])]


def draw_matrix(axes: Axes, states: dict[str, np.ndarray], lines: int, columns: int) -> None:
    """Draw the marks of so many lines and columns, and how many of the others are granted."""
    drawn = []
    for name, where in states.items():
        down, across = where[:lines, :columns].nonzero()
        drawn.append(axes.scatter(across, down, label=label_of(name, where), **style_of(name)))
    granted = states["granted"]
    _write_others(axes, granted, lines, columns)
    axes.set_xlim(-0.6, _places(granted.shape[1], columns) - 0.4)
    axes.set_ylim(_places(granted.shape[0], lines) - 0.4, -0.6)
    axes.spines[:].set_visible(False)
    axes.grid(visible=True, alpha=0.25)
    axes.set_axisbelow(True)
    write_legend(axes, drawn, [str(one.get_label()) for one in drawn])


def _write_others(axes: Axes, granted: np.ndarray, lines: int, columns: int) -> None:
    """Write how many are granted in each line, column and corner that stands for others."""
    counts = np.add.reduceat(granted.astype(int), _starts(granted.shape[0], lines), axis=0)
    counts = np.add.reduceat(counts, _starts(granted.shape[1], columns), axis=1)
    for (line, column), count in np.ndenumerate(counts):
        if line >= lines or column >= columns:
            text = axes.text(column, line, f"{count:,}", ha="center", va="center", **plain())
            text.set(fontsize="small", color=GREY)


def _starts(count: int, shown: int) -> range:
    return range(_places(count, shown))


def _places(count: int, shown: int) -> int:
    return shown + (count > shown)
