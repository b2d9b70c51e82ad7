"""``frame.pm``: the summary, chart, explorer and report of any DataFrame.

It is registered when pmframes is imported; each method imports what it needs, to keep that import fast.
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
    """The pmframes accessor of a DataFrame: ``.source .summary() .plot() .explore() .report()``.

    The kind of frame is detected from its provenance, else from its columns: filtered frames and frames read
    from a file are recognised too.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    @property
    def source(self) -> Source:
        """The provenance of this frame: service, account, parameters, time."""
        from pmframes._frames.provenance import source_of

        return source_of(self._frame)

    def summary(self) -> pd.DataFrame:
        """Summarise this frame with the function of ``pm.report`` for its kind.

        Returns
        -------
        DataFrame
            For people ``people_by_type``, for permissions ``people_by_permission``, for roles
            ``roles_by_permission``, for customers and clients ``customers_by_company``, for projects of
            ProjectManager.com ``projects_by_customer``.

        Raises
        ------
        InvalidArgument
            If the frame is of no such kind, or lacks columns; the message names them.
        """
        from pmframes import _analysis

        found: pd.DataFrame = getattr(_analysis, self._kind("summary").summary)(self._frame)
        return found

    def plot(self, ax: Axes | None = None) -> Axes:
        """Plot the summary of this frame with the function of ``pm.plot`` for its kind.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            The Axes to draw on; without it, a new figure is created.

        Returns
        -------
        matplotlib.axes.Axes
            The chart of what ``summary`` returns.

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
        """Explore this frame with filters, search and charts; see ``pm.explore``.

        Parameters
        ----------
        state : mapping, optional
            The ``.state`` of another explorer, to start from.

        Returns
        -------
        Explorer
            A notebook shows it when it is the last line of a cell.

        Raises
        ------
        InvalidArgument
            As for ``pm.explore``.
        """
        from pmframes._explorer import explore

        return explore(self._frame, state)

    def report(self) -> Report:
        """Build the report for this kind of frame.

        Returns
        -------
        Report
            For people ``pm.report.access_review``, for customers and clients
            ``pm.report.customer_portfolio``; for permissions, roles and projects the summary, its chart and
            all rows.

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
        return self._summary_report(kind)

    def _summary_report(self, kind: FrameKind) -> Report:
        from pmframes.report import Report
        from pmframes.report._figures import add_summary

        title = kind.summary.replace("_", " ").capitalize()
        report = add_summary(Report(title), self.summary(), self.plot(), title)
        return report.add_table(self._frame, f"All {kind.name}")

    def _kind(self, asked: str) -> FrameKind:
        from pmframes._analysis.frame_kinds import detect_kind

        return detect_kind(f"frame.pm.{asked}()", self._frame)

    def __repr__(self) -> str:
        return "<frame.pm: .source .summary() .plot() .explore() .report()>"
