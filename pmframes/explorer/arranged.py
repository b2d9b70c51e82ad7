"""How the parts of an explorer are laid out, in wide and in narrow windows."""

from collections.abc import Sequence
from importlib.resources import files as resources

import ipywidgets as widgets  # type: ignore[import-untyped]

STYLE = resources("pmframes.explorer").joinpath("explorer.css").read_text("utf-8")


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
