"""How the parts of an explorer are laid out, in wide and in narrow windows."""

from collections.abc import Sequence
from importlib.resources import files as resources

import ipywidgets as widgets  # type: ignore[import-untyped]

STYLE = resources("pmframes.explorer").joinpath("explorer.css").read_text("utf-8")


class Folded:
    """Boxes that a button shows and hides. The title of an Accordion cannot be reached by keyboard."""

    def __init__(self, boxes: Sequence[widgets.Widget], unfolded: bool) -> None:
        self._boxes = grid_of(boxes)
        self._button = widgets.ToggleButton(value=unfolded)
        self._button.observe(lambda change: self._show(), names="value")
        self._title = ""
        self.widget = widgets.VBox([self._button, self._boxes])
        self.widget.layout.display = None if boxes else "none"

    def show(self, title: str) -> None:
        """Say what is folded away."""
        self._title = title
        self._show()

    def _show(self) -> None:
        self._button.description = f"{'Hide' if self._button.value else 'Show'} {self._title}"
        self._boxes.layout.display = None if self._button.value else "none"


def arranged(
    toolbar: widgets.Widget,
    first: Sequence[widgets.Widget],
    folded: widgets.Widget,
    picture: widgets.Widget,
    below: Sequence[widgets.Widget],
) -> widgets.VBox:
    """Lay the parts out: controls and picture side by side where there is room, the grid below."""
    style = widgets.HTML(f"<style>{STYLE}</style>", layout={"display": "none"})
    facets = widgets.VBox([grid_of(first), folded]).add_class("pmframes-facets")
    body = widgets.HBox([facets, picture]).add_class("pmframes-body")
    return widgets.VBox([style, toolbar, body, *below]).add_class("pmframes-live")


def grid_of(boxes: Sequence[widgets.Widget]) -> widgets.GridBox:
    """Lay boxes side by side, as many in a line as there is room for."""
    return widgets.GridBox(list(boxes))
