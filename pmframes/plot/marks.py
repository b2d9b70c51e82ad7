"""The marks of a matrix of permissions: each state has a shape of its own, so that colour only helps."""

from typing import Any

import numpy as np
import pandas as pd

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


def label_of(state: str, where: np.ndarray) -> str:
    """Name a state and in how many cells it is."""
    return f"{state} ({where.sum():,})"


def style_of(state: str, scale: float = 1) -> dict[str, Any]:
    """Say how the mark of a state is drawn."""
    return {**_STYLES[state], "s": _STYLES[state]["s"] * scale}
