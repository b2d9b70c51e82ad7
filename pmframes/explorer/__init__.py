"""Look at a frame in a notebook: choose, search, and take the rows away as a line of pandas."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pmframes.explorer.view import Explorer

__all__ = ["Explorer", "explore"]


def explore(frame: pd.DataFrame, state: Mapping[str, Any] | None = None) -> Explorer:
    """Show a frame with a choice for each category and flag, a search box and a grid.

    Parameters
    ----------
    frame
        Any DataFrame with one level of column names, all different. It is not changed.
    state
        The ``.state`` of another explorer, to begin where that one was left.

    Returns
    -------
    Explorer
        ``.frame`` holds the rows that are shown, ``.code`` the line of pandas that gives them from a variable
        called ``frame``, ``.state`` a plain dict that can be kept as JSON.

    Raises
    ------
    InvalidArgument
        If ``frame`` is no such DataFrame, or ``state`` names what the frame does not offer.
    """
    return Explorer(frame, state)
