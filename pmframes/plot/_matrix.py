"""A matrix of permissions: a marker in every cell, and counts for the rows and columns that are grouped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pmframes.plot._style import BLUE, GREY, RED, add_legend, literal_text

States = dict[str, np.ndarray]

# The sizes ("s") are areas in square points, as matplotlib takes them.
_MARKERS: dict[str, dict[str, Any]] = {
    "granted": {"marker": "s", "s": 75, "facecolor": BLUE, "edgecolor": BLUE},
    "not granted": {"marker": "_", "s": 40, "facecolor": GREY},
    "unknown": {"marker": "X", "s": 70, "facecolor": "none", "edgecolor": RED},
    "locked": {"marker": "o", "s": 270, "facecolor": "none", "edgecolor": "black", "linewidth": 0.9},
}


def classify_cells(cells: pd.DataFrame, locked: np.ndarray | None) -> States:
    """Return a mask of the cells for each state.

    ``locked`` comes on top of one of the other states; None means that the service does not say.
    """
    known, granted = cells.notna().to_numpy(), cells.fillna(False).to_numpy(dtype=bool)
    states = {"granted": granted, "not granted": known & ~granted, "unknown": ~known}
    return states if locked is None else {**states, "locked": locked}


def format_state(state: str, mask: np.ndarray) -> str:
    """Return the name of a state with its number of cells."""
    return f"{state} ({mask.sum():,})"


def marker_style(state: str, scale: float = 1) -> dict[str, Any]:
    """Return how the marker of a state is drawn."""
    return {**_MARKERS[state], "s": _MARKERS[state]["s"] * scale}


def count_shown(count: int, maximum: int) -> int:
    """Return how many rows or columns are shown by name, if those beyond ``maximum`` are grouped."""
    return count if count <= maximum + 1 else maximum


def group_labels(labels: Sequence[str], shown: int, noun: str) -> list[str]:
    """Return the first labels, then one with the number of the others."""
    others = len(labels) - shown
    return [*labels[:shown], *([f"{others:,} other {noun}"] if others else [])]


def draw_matrix(axes: Axes, states: States, rows: int, columns: int) -> None:
    """Draw the markers of the first rows and columns, and count what is granted in the others."""
    drawn = []
    for state, mask in states.items():
        down, across = mask[:rows, :columns].nonzero()
        drawn.append(axes.scatter(across, down, label=format_state(state, mask), **marker_style(state)))
    places_down, places_across = _write_counts(axes, states["granted"], rows, columns)
    axes.set_xlim(-0.6, places_across - 0.4)
    axes.set_ylim(places_down - 0.4, -0.6)
    axes.spines[:].set_visible(False)
    axes.grid(visible=True, alpha=0.25)
    axes.set_axisbelow(True)
    add_legend(axes, drawn, [str(markers.get_label()) for markers in drawn])


def _write_counts(axes: Axes, granted: np.ndarray, rows: int, columns: int) -> tuple[int, ...]:
    """Write how many cells are granted into each grouped row, column and their corner; return the shape of all."""
    # Each shown row or column is a sum of its own; the last sum takes all the others.
    starts = [range(shown + (count > shown)) for count, shown in zip(granted.shape, (rows, columns), strict=True)]
    counts = np.add.reduceat(granted.astype(int), starts[0], axis=0)
    counts = np.add.reduceat(counts, starts[1], axis=1)
    for (row, column), count in np.ndenumerate(counts):
        if row >= rows or column >= columns:
            text = axes.text(column, row, f"{count:,}", ha="center", va="center", **literal_text())
            text.set(fontsize="small", color=GREY)
    return counts.shape
