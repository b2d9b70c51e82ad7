"""The explorer itself: widgets that hold filters, and what the filters keep of a frame."""

from collections.abc import Mapping
from html import escape
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]
import numpy as np
import pandas as pd
from IPython.display import display
from itables.widget import ITable

from pmframes.explorer import state as states
from pmframes.explorer.filters import Choice, Contains, Filter, code_of, mask_of
from pmframes.explorer.offers import Offer, first_and_rest, offers, require_explorable, text_columns
from pmframes.explorer.static import static_form
from pmframes.explorer.words import choice_label, counted, readable, shown, status

# What the grid is given at most: 1,000 rows, fewer where the frame is so wide that repainting would lag.
ROWS_IN_GRID = 1_000
CELLS_IN_GRID = 10_000
# Not None, which a Dropdown takes for "nothing is selected", and shows as a blank.
ALL = "all"
WIDGET = "application/vnd.jupyter.widget-view+json"

# ITable.update() forgets what it is not told again, and keeps selected positions that then mean other rows.
GRID: dict[str, Any] = {
    "selected_rows": [],
    "showIndex": False,
    "maxBytes": 0,
    "maxColumns": 0,
    "scrollX": True,
    "language": {"lengthMenu": "_MENU_ rows per page", "emptyTable": "no rows"},
}
ROWS_PER_PAGE = 10
PAGED = {"topStart": None, "topEnd": None, "bottomStart": "pageLength", "bottomEnd": "paging"}
ONE_PAGE = dict.fromkeys(PAGED)

STYLE = """<style>
.pmframes-live .widget-dropdown { flex-direction: column; align-items: stretch; width: auto; height: auto; }
.pmframes-live .widget-dropdown > .widget-label {
  width: auto; max-width: 100%; text-align: left; overflow: hidden; text-overflow: ellipsis;
}
.pmframes-live .widget-dropdown > select {
  flex: none; width: auto; height: var(--jp-widgets-inline-height); appearance: auto; background-image: none;
}
.pmframes-live .widget-html-content { line-height: 1.5; }
</style>"""


class Explorer:
    """A frame to choose and search in; made by ``pm.explore``.

    Show it as the last expression of a cell. What is chosen there can be read from ``frame``, ``code`` and
    ``state`` in any later cell.
    """

    def __init__(self, frame: pd.DataFrame, state: Mapping[str, Any] | None = None) -> None:
        # A shallow copy: pandas copies on write, so later changes to the caller's frame do not reach it.
        self._whole = require_explorable(frame).copy(deep=False)
        self._texts = text_columns(self._whole)
        offered = offers(self._whole)
        self._first, self._rest = first_and_rest(offered)
        chosen, search = states.read({} if state is None else state, offered, bool(self._texts))
        self._dropdowns = {offer.column: _dropdown(offer, chosen) for offer in offered}
        self._search = _search_box(search, [column.label for column in self._texts])
        self._status = widgets.HTML()
        self._grid = ITable()
        self._folded = _folded([self._dropdowns[offer.column] for offer in self._rest])
        self._live = self._arranged()
        self._refresh()
        for control in [*self._dropdowns.values(), self._search]:
            control.observe(self._refresh, names="value")

    @property
    def frame(self) -> pd.DataFrame:
        """The rows that are shown: all columns, with the index, dtypes and attrs of the frame explored."""
        return self._whole[self._mask]

    @property
    def code(self) -> str:
        """The rows that are shown, as a pandas expression over a variable called ``frame``."""
        return code_of(self._filters)

    @property
    def state(self) -> dict[str, Any]:
        """What is chosen and searched for; ``pm.explore(frame, state=…)`` begins there again."""
        return states.written(self._chosen, self._search.value)

    @property
    def _chosen(self) -> list[Choice]:
        return [box.value for box in self._dropdowns.values() if box.value != ALL]

    @property
    def _filters(self) -> list[Filter]:
        searched = [Contains(self._texts, self._search.value)] if self._search.value else []
        return [*self._chosen, *searched]

    def _arranged(self) -> widgets.VBox:
        first = _side_by_side([self._dropdowns[offer.column] for offer in self._first])
        style = widgets.HTML(STYLE, layout=widgets.Layout(display="none"))
        live = widgets.VBox([style, self._search, first, self._folded, self._status, self._grid])
        return live.add_class("pmframes-live")

    def _refresh(self, _change: object = None) -> None:
        self._mask = mask_of(self._filters, self._whole)
        self._status.value = status(int(self._mask.sum()), self._whole, self._grid_rows)
        self._folded.titles = [self._folded_title()]
        in_grid = np.flatnonzero(self._mask)[: self._grid_rows]
        layout = PAGED if len(in_grid) > ROWS_PER_PAGE else ONE_PAGE
        self._grid.update(readable(self._whole.iloc[in_grid]), layout=layout, **GRID)

    @property
    def _grid_rows(self) -> int:
        return min(ROWS_IN_GRID, CELLS_IN_GRID // max(len(self._whole.columns), 1) + 1)

    def _folded_title(self) -> str:
        in_use = sum(self._dropdowns[offer.column].value != ALL for offer in self._rest)
        return f"{len(self._rest)} more choices" + (f", {in_use} in use" if in_use else "")

    def __repr__(self) -> str:
        return f"<Explorer: {counted(int(self._mask.sum()), len(self._whole))}: {self.code}>"

    def _ipython_display_(self) -> None:
        kept = self.frame
        said = status(len(kept), self._whole, in_grid=len(kept))
        static = static_form(kept, said, self._first, self._rest, self._chosen)
        _publish({"text/html": static, "text/plain": repr(self)})
        # Without the text that a widget stands for elsewhere: the static form says it better.
        _publish({WIDGET: self._live._repr_mimebundle_()[WIDGET]})


def _publish(bundle: dict[str, Any]) -> None:
    display(bundle, raw=True)  # type: ignore[no-untyped-call]


def _dropdown(offer: Offer, chosen: list[Choice]) -> widgets.Dropdown:
    labels = [choice_label(choice, rows) for choice, rows in offer.counts.items()]
    choices: list[Choice | str] = [ALL, *offer.counts]
    return widgets.Dropdown(
        options=list(zip([f"all ({sum(offer.counts.values()):,})", *labels], choices, strict=True)),
        index=next((place for place, choice in enumerate(choices) if choice in chosen), 0),
        # Marked so that MathJax does not set a name such as $x^$ as a formula.
        description=f'<span class="mathjax_ignore tex2jax_ignore">{escape(shown(offer.column.name))}</span>',
        description_allow_html=True,
        tooltip=shown(offer.column.name),
    )


def _search_box(text: str, names: list[str]) -> widgets.Text:
    return widgets.Text(
        value=text,
        placeholder=f"search in {shown(names)}" if names else "no text to search in",
        disabled=not names,
        layout=widgets.Layout(width="auto", max_width="40em"),
    )


def _side_by_side(boxes: list[widgets.Dropdown]) -> widgets.GridBox:
    columns = "repeat(auto-fill, minmax(11em, 1fr))"
    return widgets.GridBox(boxes, layout=widgets.Layout(grid_template_columns=columns))


def _folded(boxes: list[widgets.Dropdown]) -> widgets.Accordion:
    in_use = any(box.value != ALL for box in boxes)
    return widgets.Accordion(
        [_side_by_side(boxes)] if boxes else [],
        selected_index=0 if in_use else None,
        layout=widgets.Layout(display=None if boxes else "none"),
    )
