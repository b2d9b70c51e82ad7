"""A matrix of permissions: a mark in every cell, and numbers where more is grouped than can be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pmframes.plot._style import BLUE, GREY, RED, plain, write_legend

# Sizes are areas in square points, as matplotlib wants them.
_STYLES: dict[str, dict[str, Any]] = {
    "granted": {"marker": "s", "s": 75, "facecolor": BLUE, "edgecolor": BLUE},
    "not granted": {"marker": "_", "s": 40, "facecolor": GREY},
    "not sent": {"marker": "X", "s": 70, "facecolor": "none", "edgecolor": RED},
    "fixed": {"marker": "o", "s": 270, "facecolor": "none", "edgecolor": "black", "linewidth": 0.9},
}


def states_of(cells: pd.DataFrame, fixed: np.ndarray | None) -> dict[str, np.ndarray]:
    """Say for each state in which cells it is; ``fixed`` comes on top of another, if it is known at all."""
    sent, granted = cells.notna().to_numpy(), cells.fillna(False).to_numpy(dtype=bool)
    states = {"granted": granted, "not granted": sent & ~granted, "not sent": ~sent}
    return states if fixed is None else {**states, "fixed": fixed}


def label_of(state: str, where: np.ndarray) -> str:
    """Name a state and in how many cells it is."""
    return f"{state} ({where.sum():,})"


def style_of(state: str, scale: float = 1) -> dict[str, Any]:
    """Say how the mark of a state is drawn."""
    return {**_STYLES[state], "s": _STYLES[state]["s"] * scale}


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
