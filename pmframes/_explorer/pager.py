"""The pager of a grid: which of the rows that are shown are on the page in sight."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]

from pmframes._explorer.showing import Showing

SIZES = (10, 25, 50, 100)
USUAL = 25
# Repainting takes as long as there are cells.
CELLS = 6_000


class Pager:
    """Buttons and boxes that turn pages; ``turned`` is called when another page is to be seen."""

    def __init__(self, columns: int, turned: Callable[[], None]) -> None:
        sizes = [size for size in SIZES if size * columns <= CELLS] or [CELLS // columns + 1]
        self._usual = USUAL if USUAL in sizes else sizes[-1]
        self._rows = self._first = 0
        self._turned = turned
        self._showing = Showing()
        self._back, self._on = self._button("Previous rows", -1), self._button("Next rows", 1)
        self._page = widgets.BoundedIntText(value=1, min=1, description="page")
        self._page.observe(self._on_page, names="value")
        self._said = widgets.HTML()
        options = [(f"{size:,}", size) for size in sizes]
        self._size = widgets.Dropdown(options=options, value=self._usual, description="rows per page")
        self._size.observe(self._on_size, names="value")
        parts = [self._back, self._on, self._page, self._said, self._size]
        self.widget = widgets.HBox(parts).add_class("pmframes-pager")

    @property
    def held(self) -> slice:
        """Which of the rows are on the page."""
        return slice(self._first, self._first + self.size)

    @property
    def size(self) -> int:
        """How many rows a page has."""
        size: int = self._size.value
        return size

    def begin(self, rows: int) -> None:
        """Begin at the first page of so many rows."""
        self._rows = rows
        self._turn_to(0)

    def _button(self, name: str, direction: int) -> widgets.Button:
        button = widgets.Button(description=name)
        button.on_click(lambda _: self._move(direction))
        return button

    def _move(self, direction: int) -> None:
        first = self._first + direction * self.size
        # A second click may come before the button is seen to be disabled.
        if 0 <= first < self._rows:
            self._turn_to(first)
            self._turned()

    def _on_page(self, change: Any) -> None:
        if not self._showing:
            self._turn_to((change["new"] - 1) * self.size)
            self._turned()

    def _on_size(self, change: Any) -> None:
        # The row at the top stays in sight.
        self._turn_to(self._first - self._first % self.size)
        self._turned()

    def _turn_to(self, first: int) -> None:
        self._first = first
        last = min(first + self.size, self._rows)
        pages = max(1, -(-self._rows // self.size))
        with self._showing, self._page.hold_sync():
            self._page.max = pages
            self._page.value = first // self.size + 1
        self._said.value = f"of {pages:,}: rows {first + 1:,} to {last:,} of {self._rows:,}; sort them above."
        self._back.disabled, self._on.disabled = first == 0, last == self._rows
        self.widget.layout.display = "none" if self._rows <= min(self.size, self._usual) else None
