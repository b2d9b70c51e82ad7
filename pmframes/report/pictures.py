"""Pictures in a report: drawn once, as SVG whose letters are outlines, with the sources of what they show."""

from io import StringIO
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pmframes import errors
from pmframes.frames.provenance import KEY

_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def figure_of(picture: object) -> Figure:
    """Give the figure of an Axes, or the figure itself."""
    figure = picture.get_figure(root=True) if isinstance(picture, Axes) else picture
    if not isinstance(figure, Figure):
        raise errors.wrong_kind(
            "picture", picture, "the Axes that a function of pm.plot returns, or a Figure"
        )
    return figure


def sources_of(figure: Figure) -> list[dict[str, Any]]:
    """Give the sources noted on the pictures of a figure."""
    noted: list[dict[str, Any]] = []
    for axes in figure.axes:
        noted += getattr(axes, KEY, {}).get("sources", [])
    return noted


def draw(figure: Figure) -> str:
    """Draw a figure as SVG."""
    file = StringIO()
    # Outlines look the same on every machine; salt and empty metadata make equal pictures equal files.
    with rc_context({"svg.fonttype": "path", "svg.hashsalt": "pmframes"}):
        figure.savefig(file, format="svg", bbox_inches="tight", metadata=_NO_METADATA)
    return file.getvalue()
