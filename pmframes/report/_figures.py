"""Pictures in a report: drawn once, as SVG whose letters are outlines, with the sources of what they show."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

import pandas as pd

from pmframes import _messages
from pmframes._frames.provenance import KEY, sources

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pmframes.report._report import Report


def as_of(*frames: pd.DataFrame) -> str:
    """Say when the oldest of these frames was loaded, as a sentence; nothing where none says so."""
    stamps = [one.get("fetched_at") for one in sources(*frames)["sources"]]
    oldest = pd.to_datetime(pd.Series(stamps, dtype="str"), utc=True, format="ISO8601", errors="coerce").min()
    return "" if pd.isna(oldest) else f" As of {oldest:%Y-%m-%d %H:%M} UTC."


def with_summary(report: Report, table: pd.DataFrame, picture: Axes, title: str) -> Report:
    """Add a summary and its picture, which is used up."""
    # Only those who draw wait for matplotlib.
    from matplotlib import pyplot

    report = report.add_table(table, title).add_figure(picture, title)
    # Else a notebook would show it once more below the cell, and a program keep it until it ends.
    pyplot.close(picture.get_figure(root=True))
    return report


_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def figure_of(picture: object) -> Figure:
    """Give the figure of an Axes, or the figure itself."""
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    figure = picture.get_figure(root=True) if isinstance(picture, Axes) else picture
    if not isinstance(figure, Figure):
        raise _messages.wrong_kind(
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
    from matplotlib import rc_context

    file = StringIO()
    # Outlines look the same on every machine; salt and empty metadata make equal pictures equal files.
    with rc_context({"svg.fonttype": "path", "svg.hashsalt": "pmframes"}):
        figure.savefig(file, format="svg", bbox_inches="tight", metadata=_NO_METADATA)
    return file.getvalue()
