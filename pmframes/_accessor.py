"""``frame.pm``: what pmframes does with a frame, at every DataFrame, whoever made it.

Registered as soon as pmframes is imported, so nothing is imported here that takes time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pmframes._analysis.frame_kinds import FrameKind
    from pmframes._explorer import Explorer
    from pmframes._frames.provenance import Source
    from pmframes.report import Report


@pd.api.extensions.register_dataframe_accessor("pm")
class Accessor:
    """What pmframes does with this frame: ``.source .summary() .plot() .explore() .report()``.

    What fits is found by where the frame came from or, where it does not say, by its columns: a frame that
    was filtered, or read from a file, has it too.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    @property
    def source(self) -> Source:
        """Where this frame came from, and when; shown as the last line of a notebook's cell."""
        from pmframes._frames.provenance import source_of

        return source_of(self._frame)

    def summary(self) -> pd.DataFrame:
        """Sum this frame up, as the function of ``pm.report`` that fits it does.

        Returns
        -------
        DataFrame
            For people ``people_by_type``, for permissions ``people_by_permission``, for roles
            ``roles_by_permission``, for customers and clients ``customers_by_company``, for projects of
            ProjectManager.com ``projects_by_customer``.

        Raises
        ------
        InvalidArgument
            The frame is none of these, or lacks columns: the message names them.
        """
        from pmframes import _analysis

        found: pd.DataFrame = getattr(_analysis, self._kind("summary").summary)(self._frame)
        return found

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw this frame, as the function of ``pm.plot`` that fits it does.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; without it, on a new figure.

        Returns
        -------
        matplotlib.axes.Axes
            The picture of what ``summary`` returns.

        Raises
        ------
        InvalidArgument
            As for ``summary``.
        """
        kind = self._kind("plot")
        from pmframes import plot

        axes: Axes = getattr(plot, kind.summary)(self._frame, ax=ax)
        return axes

    def explore(self, state: Mapping[str, Any] | None = None) -> Explorer:
        """Show this frame with lists to choose from; see ``pm.explore``.

        Parameters
        ----------
        state : mapping, optional
            The ``.state`` of another explorer, to begin where that one was left.

        Returns
        -------
        Explorer
            Shown as the last line of a notebook's cell.

        Raises
        ------
        InvalidArgument
            As for ``pm.explore``.
        """
        from pmframes._explorer import explore

        return explore(self._frame, state)

    def report(self) -> Report:
        """Build the report that fits this frame.

        Returns
        -------
        Report
            For people ``pm.report.access_review``, for customers and clients
            ``pm.report.customer_portfolio``; for permissions, roles and projects the summary, its picture,
            and every row.

        Raises
        ------
        InvalidArgument
            As for ``summary``.
        """
        kind = self._kind("report")
        from pmframes import report
        from pmframes._analysis import frame_kinds

        if kind is frame_kinds.PEOPLE:
            return report.access_review(self._frame)
        if kind is frame_kinds.CUSTOMERS:
            return report.customer_portfolio(self._frame)
        return self._plain_report(kind)

    def _plain_report(self, kind: FrameKind) -> Report:
        from pmframes.report import Report
        from pmframes.report._figures import with_summary

        title = kind.summary.replace("_", " ").capitalize()
        report = with_summary(Report(title), self.summary(), self.plot(), title)
        return report.add_table(self._frame, f"All {kind.name}")

    def _kind(self, asked: str) -> FrameKind:
        from pmframes._analysis.frame_kinds import detect_kind

        return detect_kind(f"frame.pm.{asked}()", self._frame)

    def __repr__(self) -> str:
        return "<frame.pm: .source .summary() .plot() .explore() .report()>"
