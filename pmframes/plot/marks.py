"""The marks of a matrix of permissions: each state has a shape of its own, so that colour only helps."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pmframes.plot.drawing import BLUE, GREY, RED

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


def draw_marks(axes: Axes, states: dict[str, np.ndarray], scale: float = 1) -> None:
    """Draw a mark per cell on a faint grid, the first line at the top, each state labelled for a legend."""
    for name, where in states.items():
        lines, columns = where.nonzero()
        style = {**_STYLES[name], "s": _STYLES[name]["s"] * scale}
        axes.scatter(columns, lines, label=f"{name} ({len(lines):,})", **style)
    height, width = states["granted"].shape
    axes.set_xlim(-0.6, width - 0.4)
    axes.set_ylim(height - 0.4, -0.6)
    axes.spines[:].set_visible(False)
    axes.grid(visible=True, alpha=0.25)
    axes.set_axisbelow(True)
