"""The explorer itself: controls that make a state, and the grid and the picture that show it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.resources import files as resources
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]
import pandas as pd
from IPython.display import display

from pmframes._explorer import state as states
from pmframes._explorer.controls import Control, DaysControl, FacetControl, PermissionControl
from pmframes._explorer.drawings import Drawing, drawers
from pmframes._explorer.exports import Exports
from pmframes._explorer.folded import Folded
from pmframes._explorer.grid import Grid
from pmframes._explorer.offers import offer_of, require_explorable, simplified
from pmframes._explorer.panel import Panel
from pmframes._explorer.rows import Rows
from pmframes._explorer.state import State
from pmframes._explorer.static import static_form
from pmframes._explorer.toolbar import Toolbar
from pmframes._explorer.words import empty_columns, shown_of, status
from pmframes._text import pluralize

STYLE = resources("pmframes._explorer").joinpath("explorer.css").read_text("utf-8")
WIDGET = "application/vnd.jupyter.widget-view+json"
# Long enough for the grid to be painted first, and for the next letter to be typed.
BEFORE_THE_PICTURE = 0.15


class Explorer:
    """A frame to choose and search in; made by ``pm.explore``.

    Show it as the last expression of a cell. What is chosen there can be read from ``frame``, ``selected``,
    ``code`` and ``state`` in any later cell.
    """

    def __init__(self, frame: pd.DataFrame, state: Mapping[str, Any] | None = None) -> None:
        # A shallow copy: pandas copies on write, so later changes to the caller's frame do not reach it.
        self._given = require_explorable(frame).copy(deep=False)
        self._whole = simplified(self._given)
        self._offer = offer_of(self._whole, self._given)
        self._drawers = drawers(self._offer, self._whole)
        begun = states.read({} if state is None else state, self._offer, list(self._drawers))
        self._rows = Rows(self._whole, self._offer)
        self._status = widgets.HTML()
        self._empty = empty_columns(self._whole)
        self._grid = Grid(self._whole, self._empty, self._ticked)
        self._exports = Exports(lambda: self.frame, lambda: self.selected, self._grid.untick)
        self._panel = Panel(self._change)
        self._toolbar = Toolbar(self._offer, list(self._drawers), self._change)
        self._first = self._controls_in_sight()
        self._rest: list[Control] = []
        self._number_folded = len(self._offer.rest) + len(self._offer.moments)
        self._folded = Folded(self._unfolded, is_empty=not self._number_folded)
        self._live = self._arranged()
        self._waiting: asyncio.TimerHandle | None = None
        self._change(lambda _: begun)
        if self._folded_in_use:
            self._folded.unfold()

    @property
    def frame(self) -> pd.DataFrame:
        """The rows that are shown: all columns, with the index, dtypes and attrs of the frame explored."""
        return self._given.iloc[self._rows.positions]

    @property
    def selected(self) -> pd.DataFrame:
        """The rows that are ticked, in the order of the frame explored, whether they are shown or not."""
        return self._given.iloc[self._grid.ticked]

    @property
    def code(self) -> str:
        """The rows that are shown, as a pandas expression over a variable called ``frame``."""
        return self._rows.code

    @property
    def state(self) -> dict[str, Any]:
        """What is chosen, searched for and drawn; ``pm.explore(frame, state=…)`` begins there again."""
        return self._rows.state.written()

    def _controls_in_sight(self) -> list[Control]:
        permissions = self._offer.permissions
        held = [PermissionControl(permissions, self._change)] if permissions else []
        return [*held, *(FacetControl(facet, self._rows, self._change) for facet in self._offer.first)]

    def _unfolded(self) -> list[widgets.Widget]:
        facets = (FacetControl(facet, self._rows, self._change) for facet in self._offer.rest)
        self._rest = [*facets, *(DaysControl(column, self._change) for column in self._offer.moments)]
        for control in self._rest:
            control.show(self._rows)
        return [control.widget for control in self._rest]

    def _arranged(self) -> widgets.VBox:
        """Lay the parts out: controls and picture side by side where there is room, the grid below."""
        style = widgets.HTML(f"<style>{STYLE}</style>", layout={"display": "none"})
        self._panel.widget.layout.display = None if self._drawers else "none"
        first = widgets.GridBox([control.widget for control in self._first])
        facets = widgets.VBox([first, self._folded.widget]).add_class("pmframes-facets")
        body = widgets.HBox([facets, self._panel.widget]).add_class("pmframes-body")
        beside = widgets.HBox([self._exports.widget, self._grid.columns]).add_class("pmframes-exports")
        parts = [style, self._toolbar.widget, body, self._status, beside, self._grid.widget]
        return widgets.VBox(parts).add_class("pmframes-live")

    def _change(self, changed: Callable[[State], State]) -> None:
        before, after = self._rows.state, changed(self._rows.state)
        self._rows.show(after)
        # Another picture is of the same rows: the page in sight stays, once there is one.
        is_picture = after != before and replace(after, picture=before.picture) == before
        if not (is_picture and self._grid.is_shown):
            self._grid.show(self._rows.positions)
        self._say_status()
        self._exports.copy.code = self.code
        for control in [self._toolbar, *self._first, *self._rest]:
            control.show(self._rows)
        in_use = f", {self._folded_in_use} in use" if self._folded_in_use else ""
        self._folded.show(f"{pluralize(self._number_folded, 'more filter')}{in_use}")
        self._paint_picture_later()

    def _ticked(self) -> None:
        self._say_status()
        self._paint_picture_later()

    def _say_status(self) -> None:
        ticked = self._grid.ticked
        shown_too = int(self._rows.kept[ticked].sum())
        self._exports.show(any_ticked=bool(ticked))
        self._status.value = status(self._rows.count, self._whole, len(ticked), shown_too)

    def _paint_picture_later(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._paint_picture()
        else:
            self._waiting = loop.call_later(BEFORE_THE_PICTURE, self._paint_picture)

    def _paint_picture(self) -> None:
        self._waiting = None
        try:
            self._panel.show(self._drawing())
        except Exception:
            # Nobody sees the error, and a picture of other rows must not stay.
            self._panel.show(Drawing(html="<p>This picture cannot be drawn.</p>"))
            raise

    def _drawing(self) -> Drawing:
        if not self._drawers:
            return Drawing()
        draw = self._drawers[self._rows.state.picture or next(iter(self._drawers))]
        return draw(self._rows, self._grid.ticked)

    @property
    def _folded_in_use(self) -> int:
        folded = {facet.column.label for facet in self._offer.rest}
        return len(folded & set(self._rows.state.choices)) + len(self._rows.state.dates)

    def __repr__(self) -> str:
        return f"<Explorer: {shown_of(self._rows.count, len(self._whole))}: {self.code}>"

    def _ipython_display_(self) -> None:
        _publish({"text/html": self._repr_html_(), "text/plain": repr(self)})
        # Without the text that a widget stands for elsewhere: the static form says it better.
        _publish({WIDGET: self._live._repr_mimebundle_()[WIDGET]})

    def _repr_html_(self) -> str:
        """Return the static form, also for front ends without ipywidgets, such as marimo."""
        if self._waiting is not None:
            # Drawn now for both forms, and not once more for the live one.
            self._waiting.cancel()
            self._paint_picture()
        said = status(self._rows.count, self._whole, ticked=0, ticked_shown=0)
        return static_form(said, self._offer, self._rows, self._panel.html, self._empty)


def _publish(bundle: dict[str, Any]) -> None:
    display(bundle, raw=True)  # type: ignore[no-untyped-call]
