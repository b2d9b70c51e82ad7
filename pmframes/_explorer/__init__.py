"""Explore a frame in a notebook: filter, search, select, and take the rows away as a line of pandas."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pmframes._explorer.explorer import Explorer
from pmframes._signatures import checks_arguments

__all__ = ["Explorer", "explore"]


@checks_arguments
def explore(frame: pd.DataFrame, state: Mapping[str, Any] | None = None) -> Explorer:
    """Show a frame with facets, a search and a grid.

    Facets are found in the columns: types, companies, projects, flags, numbers and days, each value with a bar
    and the number of rows that it has under the other filters.

    Parameters
    ----------
    frame
        Any DataFrame with one level of column names, all different. It is not changed.
    state
        The ``.state`` of another explorer, to begin where that one was left.

    Returns
    -------
    Explorer
        Shown as the last expression of a cell. ``.frame`` holds the rows that are shown, ``.selected`` those
        that are selected, ``.code`` the line of pandas that gives what is shown from a variable called
        ``frame``, ``.state`` a plain dict that can be kept as JSON (what is selected is not in it).
        ``.filter()``, ``.sort()`` and ``.reset()`` do what the mouse does.

    Raises
    ------
    InvalidArgument
        If ``frame`` is no such DataFrame, or ``state`` names what the frame does not have.
    """
    return Explorer(frame, state)
