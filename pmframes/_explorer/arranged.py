"""How the parts of an explorer are laid out, in wide and in narrow windows."""

from collections.abc import Callable, Sequence
from importlib.resources import files as resources

import ipywidgets as widgets  # type: ignore[import-untyped]

STYLE = resources("pmframes._explorer").joinpath("explorer.css").read_text("utf-8")


class Folded:
    """Boxes that a button shows and hides. The title of an Accordion cannot be reached by keyboard.

    They are made when they are shown for the first time: a frame of many columns has too many to wait for.
    """

    def __init__(self, made: Callable[[], Sequence[widgets.Widget]], is_empty: bool) -> None:
        self._made = made
        self._boxes: widgets.GridBox | None = None
        self._button = widgets.ToggleButton()
        self._button.observe(lambda change: self._show(), names="value")
        self._title = ""
        self.widget = widgets.VBox([self._button])
        self.widget.layout.display = "none" if is_empty else None

    def unfold(self) -> None:
        """Show the boxes."""
        self._button.value = True

    def show(self, title: str) -> None:
        """Say what is folded away."""
        self._title = title
        self._show()

    def _show(self) -> None:
        self._button.description = f"{'Hide' if self._button.value else 'Show'} {self._title}"
        if self._button.value and self._boxes is None:
            self._boxes = grid_of(self._made())
            self.widget.children = (self._button, self._boxes)
        if self._boxes is not None:
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
