"""The controls above all others: search, order, picture, and back to the beginning."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]

from pmframes._explorer.controls import named
from pmframes._explorer.offers import Offer
from pmframes._explorer.rows import Rows
from pmframes._explorer.showing import Showing
from pmframes._explorer.state import Change, State
from pmframes._text import format_label, join

# Not None, which a Dropdown takes for "nothing is selected", and shows as a blank.
AS_LOADED = object()


class Toolbar:
    """What there is once, whatever the columns are."""

    def __init__(self, offer: Offer, pictures: Sequence[str], change: Change) -> None:
        self._change = change
        self._showing = Showing()
        names = join(format_label(column.label) for column in offer.texts)
        placeholder = f"in {names}" if offer.texts else "no text to search in"
        sortable = [(format_label(column.name), column.label) for column in offer.sortable]
        self._boxes = {
            "search": widgets.Text(placeholder=placeholder, disabled=not offer.texts, **named("search")),
            "sort": _dropdown("sort by", [("as loaded", AS_LOADED), *sortable]),
            "descending": widgets.Checkbox(description="largest or latest first", indent=False),
            "picture": _dropdown("picture", [(format_label(name), name) for name in pictures or ["none"]]),
        }
        for name, box in self._boxes.items():
            box.observe(self._changed(name), names="value")
        reset = widgets.Button(description="Reset", tooltip="show all rows again, as they were loaded")
        reset.on_click(lambda _: change(lambda state: State(picture=state.picture)))
        self.widget = widgets.HBox([*self._boxes.values(), reset]).add_class("pmframes-toolbar")

    def show(self, rows: Rows) -> None:
        """Show a state, without taking that for a change."""
        with self._showing:
            for name, box in self._boxes.items():
                value = getattr(rows.state, name)
                # Where nothing is chosen, the first of a list is.
                box.value = box.options[0][1] if value is None else value

    def _changed(self, name: str) -> Any:
        def changed(change: Any) -> None:
            if not self._showing:
                new: dict[str, Any] = {name: None if change["new"] is AS_LOADED else change["new"]}
                self._change(lambda state: replace(state, **new))

        return changed


def _dropdown(name: str, options: Sequence[tuple[str, object]]) -> widgets.Dropdown:
    return widgets.Dropdown(options=options, **named(name))
