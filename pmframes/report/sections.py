"""What the standard reports are put together from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pmframes.frames.provenance import sources
from pmframes.report.document import Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def as_of(*frames: pd.DataFrame) -> str:
    """Say when the oldest of these frames was loaded, as a sentence; nothing where none says so."""
    stamps = [one.get("fetched_at") for one in sources(*frames)["sources"]]
    oldest = pd.to_datetime(pd.Series(stamps, dtype="str"), utc=True, format="ISO8601", errors="coerce").min()
    return "" if pd.isna(oldest) else f" As of {oldest:%Y-%m-%d %H:%M} UTC."


def with_summary(report: Report, table: pd.DataFrame, picture: Axes, title: str) -> Report:
    """Add a summary and its picture, which is used up."""
    # Only those who draw wait for matplotlib.
    from matplotlib import pyplot

    report = report.frame(table, title).picture(picture, title)
    # Else a notebook would show it once more below the cell, and a program keep it until it ends.
    pyplot.close(picture.get_figure(root=True))
    return report
