"""Look at a frame in a notebook: choose, search, tick, and take the rows away as a line of pandas."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pmframes import _matplotlib  # noqa: F401
from pmframes._explorer.view import Explorer
from pmframes._signatures import checks_arguments

__all__ = ["Explorer", "explore"]


@checks_arguments
def explore(frame: pd.DataFrame, state: Mapping[str, Any] | None = None) -> Explorer:
    """Show a frame with lists to choose from, a search box, a picture and a grid.

    What there is to choose from is found in the columns: types, companies, projects, flags, permissions and
    days, each value with the number of rows it has under the other filters. Bars of the picture are filters
    too.

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
        that are ticked, ``.code`` the line of pandas that gives what is shown from a variable called
        ``frame``, ``.state`` a plain dict that can be kept as JSON (what is ticked is not in it).

    Raises
    ------
    InvalidArgument
        If ``frame`` is no such DataFrame, or ``state`` names what the frame does not offer.
    """
    return Explorer(frame, state)
