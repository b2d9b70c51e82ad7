"""The tables of a grid: they take turns, and each tick is of the row that was seen beside it."""

from collections.abc import Callable
from importlib.resources import files as resources
from typing import Any

import anywidget
import ipywidgets as widgets  # type: ignore[import-untyped]
import pandas as pd
import traitlets
from itables.widget import ITable

from pmframes._explorer.showing import Showing
from pmframes._explorer.words import readable

# More repaints than anybody causes between one tick and the next.
MOST_WAITING = 30
OPTIONS: dict[str, Any] = {
    # Real checkboxes, which can be reached and used by keyboard, in the empty first column.
    "select": {"style": "multi", "selector": "td:first-child", "headerCheckbox": "select-page", "info": False},
    "columnDefs": [{"targets": 0, "orderable": False, "render": ["select"], "className": "dt-select"}],
    "showIndex": False,
    "maxBytes": 0,
    "maxColumns": 0,
    # The pages of an explorer are turned in Python: a table holds one of them, and has no pages of its own.
    "paging": False,
    "layout": dict.fromkeys(["topStart", "topEnd", "bottomStart", "bottomEnd"]),
    # The box scrolls; a grid that does it itself, or measures its columns, takes twice as long.
    "scrollX": False,
    "autoWidth": False,
    "order": [],
    "language": {
        "emptyTable": "no rows",
        "select": {"aria": {"rowCheckbox": "Tick this row", "headerCheckbox": "Tick the rows of this page"}},
    },
}


class Seen(anywidget.AnyWidget):
    """Knows of which repaint nothing is on its way any more; 0 as long as the page has said nothing.

    The page holds a tick back until the kernel is done with the one before, so it is asked twice: what it
    says the second time comes after all ticks from before it received the repaint.
    """

    _esm = resources("pmframes._explorer").joinpath("seen.js").read_text("utf-8")
    painted = traitlets.Int().tag(sync=True)
    received = traitlets.Int().tag(sync=True)
    asked_again = traitlets.Int().tag(sync=True)
    seen = traitlets.Int().tag(sync=True)

    @traitlets.observe("received")
    def _ask_again(self, change: Any) -> None:
        self.asked_again = change["new"]


class _TableWidget:
    """A table, the rows of the whole frame that it holds, and the repaint that took it out of sight."""

    def __init__(self, ticked: Callable[["_TableWidget", set[int], set[int]], None]) -> None:
        self.rows: list[int] = []
        self.replaced = 0
        self._say = ticked
        self._showing = Showing()
        self.widget = ITable()
        self.widget.observe(self._on_selected, names="selected_rows")

    def show(self, frame: pd.DataFrame, rows: list[int], ticked: set[int], can_sort: bool) -> None:
        self.rows = rows
        with self._showing:
            cells = readable(frame.iloc[rows])
            cells.insert(0, "", "", allow_duplicates=True)
            places = [place for place, row in enumerate(rows) if row in ticked]
            self.widget.update(cells, ordering=can_sort, selected_rows=places, **OPTIONS)

    def _on_selected(self, change: Any) -> None:
        if not self._showing:
            # Only what changed counts: the other rows may have been ticked elsewhere meanwhile.
            before, now = self._held(change["old"]), self._held(change["new"])
            self._say(self, now - before, before - now)

    def _held(self, places: list[int]) -> set[int]:
        return {self.rows[place] for place in places if place < len(self.rows)}


class Tables:
    """Tables that take turns in one box.

    ``ticked`` is called with the rows that someone ticked, those that someone unticked, and whether these are
    in sight elsewhere by now, so that the tick has to be painted there.

    One that is updated in view gets slower each time. And a tick on its way from the browser is of the rows
    that the table had there: a table gets other rows only after the page has said that it is out of sight.
    """

    def __init__(self, ticked: Callable[[set[int], set[int], bool], None]) -> None:
        self._say = ticked
        self._shown = _TableWidget(self._on_ticked)
        self._out_of_sight: list[_TableWidget] = []
        self._seen = Seen()
        self.widget = widgets.Box().add_class("pmframes-grid")

    def show(self, frame: pd.DataFrame, rows: list[int], ticked: set[int], can_sort: bool) -> None:
        """Show these rows of the frame, with sorting by the headings where they are all there are."""
        table = self._free()
        table.show(frame, rows, ticked, can_sort)
        self._shown.replaced = self._seen.painted + 1
        self._out_of_sight.append(self._shown)
        self._shown = table
        self.widget.children = (table.widget,)
        self._seen.painted += 1

    def _free(self) -> _TableWidget:
        for place, table in enumerate(self._out_of_sight):
            if table.replaced <= self._seen.seen:
                return self._out_of_sight.pop(place)
        # Without a page nobody says what is out of sight, and the tables must not become more and more.
        waiting = len(self._out_of_sight)
        return _TableWidget(self._on_ticked) if waiting < MOST_WAITING else self._out_of_sight.pop(0)

    def _on_ticked(self, table: _TableWidget, ticked: set[int], unticked: set[int]) -> None:
        elsewhere = table is not self._shown and bool((ticked | unticked) & set(self._shown.rows))
        self._say(ticked, unticked, elsewhere)
