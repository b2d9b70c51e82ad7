"""The grid of an explorer: one page of the rows that are shown, which can be ticked."""

from collections.abc import Callable, Hashable, Sequence

import ipywidgets as widgets  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt
import pandas as pd

from pmframes._explorer.facets import Mask
from pmframes._explorer.pager import Pager
from pmframes._explorer.tables import Tables
from pmframes._explorer.words import empty_said
from pmframes._text import pluralize


class Grid:
    """A page of the rows that are shown; it keeps which rows of the whole frame are ticked.

    The ``empty`` columns, without any value in the whole frame, are folded away until someone asks for them.
    """

    def __init__(self, frame: pd.DataFrame, empty: Mask, ticked: Callable[[], None]) -> None:
        self._frame = frame.copy(deep=False)
        # pandas copies attrs, which may be large, with every column.
        self._frame.attrs = {}
        self._filled = self._frame.loc[:, ~empty]
        self._say = ticked
        self._ticked: set[int] = set()
        self._positions: npt.NDArray[np.intp] = np.arange(0)
        self.is_shown = False
        self._tables = Tables(self._on_ticked)
        self._pager = Pager(len(frame.columns), self._paint)
        self.columns = self._columns_button(list(frame.columns[empty]))
        self.widget = widgets.VBox([self._pager.widget, self._tables.widget])

    @property
    def ticked(self) -> list[int]:
        """Where the ticked rows are in the whole frame."""
        return sorted(self._ticked)

    def show(self, positions: npt.NDArray[np.intp]) -> None:
        """Show the first page of these rows."""
        self._positions, self.is_shown = positions, True
        self._pager.begin(len(positions))
        self._paint()

    def untick(self) -> None:
        """Take all ticks back, also those of rows that are not shown."""
        self._ticked.clear()
        self._paint()
        self._say()

    def _paint(self) -> None:
        held = self._positions[self._pager.held].tolist()
        frame = self._frame if self.columns.value else self._filled
        # Where not all rows are held, sorting these few would look as if all were sorted.
        self._tables.show(frame, held, self._ticked, can_sort=len(held) == len(self._positions))

    def _columns_button(self, names: Sequence[Hashable]) -> widgets.ToggleButton:
        button = widgets.ToggleButton(tooltip=empty_said(names))
        button.layout.display = None if names else "none"

        def name_it() -> None:
            number = pluralize(len(names), "empty column")
            button.description = f"Hide {number}" if button.value else f"{number} hidden: show"

        def toggled(change: object) -> None:
            name_it()
            self._paint()

        name_it()
        button.observe(toggled, names="value")
        return button

    def _on_ticked(self, ticked: set[int], unticked: set[int], in_sight_elsewhere: bool) -> None:
        self._ticked = (self._ticked | ticked) - unticked
        if in_sight_elsewhere:
            self._paint()
        self._say()
