"""Figures in a report: rendered once, as SVG with outlined letters, with the sources of their data."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

from pmframes import _messages
from pmframes._frames.provenance import ATTRS_KEY
from pmframes.report._parts import FigurePart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# As the page sets them; an image cannot read the colours of the page.
_COLOURS = "svg{color:#1b1f24;fill:currentColor}@media (prefers-color-scheme:dark){svg{color:#e6edf3}}"
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def draw_chart(draw: Callable[[], Axes]) -> Axes:
    """Draw a chart for a report, on a figure of its own."""
    # matplotlib takes long to import, and only reports with charts need it.
    from pmframes.plot._style import without_pyplot

    with without_pyplot():
        return draw()


def make_figure_part(figure: object, title: str) -> FigurePart:
    """Render a figure, or that of Axes, with the sources that ``pm.plot`` attached to its Axes."""
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    root = figure.get_figure(root=True) if isinstance(figure, Axes) else figure
    if not isinstance(root, Figure):
        raise _messages.wrong_kind("figure", figure, "the Axes that a function of pm.plot returns, or a Figure")
    sources = tuple(source for axes in root.axes for source in getattr(axes, ATTRS_KEY, []))
    return FigurePart(title=title, image=_render_image(root), sources=sources)


def _render_image(figure: Figure) -> str:
    """Render a figure as a data URI: black follows the text of the page, and the ground is transparent."""
    from matplotlib import rc_context

    file = BytesIO()
    # The backend of the figure may write other SVG.
    # Outlines look the same on every machine; salt and empty metadata make equal figures equal files.
    with rc_context({"svg.fonttype": "path", "svg.hashsalt": "pmframes"}):
        figure.savefig(file, format="svg", backend="svg", bbox_inches="tight", metadata=_NO_METADATA, transparent=True)
    svg = file.getvalue().decode().replace("#000000", "currentColor").replace("fill: #ffffff", "fill: none")
    svg = svg.replace("<defs>", f"<defs><style>{_COLOURS}</style>", 1)
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
