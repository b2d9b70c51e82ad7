"""The picture beside the grid: drawn by matplotlib, its bars real buttons laid over it."""

from base64 import b64encode
from html import escape

import ipywidgets as widgets  # type: ignore[import-untyped]

from pmframes._explorer import pictures
from pmframes._explorer.drawings import BARS, BarAction, Drawing
from pmframes._explorer.state import Change


class Panel:
    """Shows one drawing after the other; its buttons stay, so that one keeps the keyboard's focus."""

    def __init__(self, press: Change) -> None:
        self._press = press
        self._bars: tuple[BarAction, ...] = ()
        self._image = widgets.HTML()
        self._buttons = [self._button(place) for place in range(BARS)]
        self._column = widgets.VBox(self._buttons).add_class("pmframes-bars")
        self._column.layout.margin = f"{_on_page(pictures.TOP)} 0 0 0"
        # Until there is a picture, these are buttons without a name.
        self._column.layout.display = "none"
        self.widget = widgets.Box([self._image, self._column]).add_class("pmframes-picture")

    @property
    def html(self) -> str:
        """What is shown, as HTML that needs nothing else."""
        shown: str = self._image.value
        return shown

    def show(self, drawing: Drawing) -> None:
        """Show a drawing."""
        self._image.value = _image(drawing)
        self._bars = drawing.bars
        self._column.layout.display = None if drawing.bars else "none"
        for place, button in enumerate(self._buttons):
            button.layout.display = None if place < len(drawing.bars) else "none"
            button.description = drawing.bars[place].name if place < len(drawing.bars) else ""

    def _button(self, place: int) -> widgets.Button:
        button = widgets.Button(layout={"height": _on_page(pictures.ROW), "width": "100%", "margin": "0"})
        button.on_click(lambda _: self._press(self._bars[place].press))
        return button


def _image(drawing: Drawing) -> str:
    picture = drawing.picture
    if picture is None:
        return drawing.html
    source = f"data:image/png;base64,{b64encode(picture.png).decode()}"
    size = f'width="{picture.width}" height="{picture.height}" style="width: {_on_page(picture.width)}"'
    return f'<img src="{source}" {size} alt="{escape(picture.text)}">'


def _on_page(pixels: int) -> str:
    """Give a length of the picture on the page, where it shrinks with the cell."""
    return f"calc({pixels} * var(--pmframes-pixel, 1px))"
