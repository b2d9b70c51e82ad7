"""Boxes that are out of sight until someone asks for them."""

from collections.abc import Callable, Sequence

import ipywidgets as widgets  # type: ignore[import-untyped]


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
            self._boxes = widgets.GridBox(list(self._made()))
            self.widget.children = (self._button, self._boxes)
        if self._boxes is not None:
            self._boxes.layout.display = None if self._button.value else "none"
