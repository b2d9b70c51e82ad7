"""The grid of an explorer: the first of the rows that are shown, which can be ticked."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt
import pandas as pd
from itables.widget import ITable

from pmframes.explorer.showing import Showing
from pmframes.explorer.words import readable, rows_said

# Repainting takes as long as there are cells.
CELLS = 3_000
MOST_ROWS = 500
ROWS_PER_PAGE = 10

OPTIONS: dict[str, Any] = {
    # Real checkboxes, which can be reached and used by keyboard, in the empty first column.
    "select": {
        "style": "multi",
        "selector": "td:first-child",
        "headerCheckbox": "select-page",
        "info": False,
    },
    "columnDefs": [{"targets": 0, "orderable": False, "render": ["select"], "className": "dt-select"}],
    "showIndex": False,
    "maxBytes": 0,
    "maxColumns": 0,
    # The box scrolls; a grid that does it itself, or measures its columns, takes twice as long.
    "scrollX": False,
    "autoWidth": False,
    "order": [],
    "language": {
        "lengthMenu": "_MENU_ rows per page",
        "emptyTable": "no rows",
        "select": {"aria": {"rowCheckbox": "Tick this row", "headerCheckbox": "Tick the rows of this page"}},
    },
}
# At the left, where they are seen however wide the rows are.
PAGED: dict[str, Any] = {
    "topStart": None,
    "topEnd": None,
    "bottomStart": ["paging", "pageLength"],
    "bottomEnd": None,
}
ONE_PAGE: dict[str, Any] = dict.fromkeys(PAGED)


class _Page:
    """A table, and the rows of the whole frame that it holds."""

    def __init__(self, ticked: Callable[["_Page", set[int]], None]) -> None:
        self.rows: list[int] = []
        self._say = ticked
        self._showing = Showing()
        self.table = ITable()
        self.table.observe(self._on_selected, names="selected_rows")

    def show(self, frame: pd.DataFrame, rows: list[int], ticked: set[int], can_sort: bool) -> None:
        self.rows = rows
        with self._showing:
            table = readable(frame.iloc[rows])
            table.insert(0, "", "", allow_duplicates=True)
            self.table.update(
                table,
                layout=PAGED if len(rows) > ROWS_PER_PAGE else ONE_PAGE,
                ordering=can_sort,
                selected_rows=self._places(ticked),
                **OPTIONS,
            )

    def tick(self, ticked: set[int]) -> None:
        with self._showing:
            self.table.selected_rows = self._places(ticked)

    def _places(self, ticked: set[int]) -> list[int]:
        return [place for place, row in enumerate(self.rows) if row in ticked]

    def _on_selected(self, change: Any) -> None:
        if not self._showing:
            # A tick that was on its way may be of a row that is no longer held.
            self._say(self, {self.rows[place] for place in change["new"] if place < len(self.rows)})


class Grid:
    """A table of some of the rows that are shown, which keeps which rows of the whole frame are ticked.

    Two tables take turns. One that is updated in view gets slower each time, and a tick on its way from the
    browser would meet other rows than those that were ticked.
    """

    def __init__(self, frame: pd.DataFrame, ticked: Callable[[], None]) -> None:
        self._frame = frame.copy(deep=False)
        # pandas copies attrs, which may be large, with every column.
        self._frame.attrs = {}
        self._say = ticked
        self._ticked: set[int] = set()
        self._positions = np.arange(0)
        self._first = 0
        self._pages = [_Page(self._on_ticked), _Page(self._on_ticked)]
        self._box = widgets.Box().add_class("pmframes-grid")
        self._said = widgets.HTML()
        self._back, self._on = self._button("Previous rows", -1), self._button("Next rows", 1)
        self._pager = widgets.HBox([self._back, self._on, self._said]).add_class("pmframes-pager")
        self.widget = widgets.VBox([self._pager, self._box])

    @property
    def ticked(self) -> list[int]:
        """Where the ticked rows are in the whole frame."""
        return sorted(self._ticked)

    def show(self, positions: npt.NDArray[np.intp]) -> None:
        """Show the first of these rows, and buttons for the others."""
        self._positions, self._first = positions, 0
        self._turn()

    def _turn(self) -> None:
        held = self._positions[self._first : self._first + self._capacity].tolist()
        page = self._pages.pop(0)
        self._pages.append(page)
        # Where not all rows are held, sorting these few would look as if all were sorted.
        page.show(self._frame, held, self._ticked, can_sort=len(held) == len(self._positions))
        self._box.children = (page.table,)
        last, rows = self._first + len(held), len(self._positions)
        self._said.value = rows_said(self._first + 1, last, rows)
        self._pager.layout.display = "none" if len(held) == rows else None
        self._back.disabled, self._on.disabled = self._first == 0, last == rows

    @property
    def _capacity(self) -> int:
        return min(MOST_ROWS, CELLS // max(len(self._frame.columns), 1) + 1)

    def _button(self, name: str, direction: int) -> widgets.Button:
        button = widgets.Button(description=name)
        button.on_click(lambda _: self._move(direction))
        return button

    def _move(self, direction: int) -> None:
        first = self._first + direction * self._capacity
        # A second click may come before the button is seen to be disabled.
        if 0 <= first < len(self._positions):
            self._first = first
            self._turn()

    def _on_ticked(self, page: _Page, now: set[int]) -> None:
        self._ticked = (self._ticked - set(page.rows)) | now
        if page is not self._pages[-1]:
            self._pages[-1].tick(self._ticked)
        self._say()
