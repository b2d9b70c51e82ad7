"""``frame.pm``: the summary, chart, explorer and report of any DataFrame, and its join with another one.

It is registered when pandas is imported; each method imports what it needs, to keep that import fast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from pmframes._frames.provenance import Source, format_params, read_sources
from pmframes._signatures import checks_arguments
from pmframes._text import format_age, format_time, service_title, unknown_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pmframes._analysis.frame_kinds import FrameKind
    from pmframes._explorer import Explorer
    from pmframes.report import Report
    from pmframes.report._table_view import TableView


@pd.api.extensions.register_dataframe_accessor("pm")
class Accessor:
    """The pmframes accessor of a DataFrame: ``.source .summary() .table() .plot() .explore() .report() .join(…)``.

    The kind of frame is detected from its provenance, else from its columns: filtered frames and frames read
    from a file are recognised too.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    @property
    def source(self) -> FrameSource:
        """The provenance of this frame: service, account, parameters, time."""
        return FrameSource(tuple(read_sources(self._frame)))

    @checks_arguments
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
        from pmframes import report

        summary: pd.DataFrame = getattr(report, self._detect_kind("summary").summary)(self._frame)
        return summary

    @checks_arguments
    def table(self) -> TableView:
        """Show this frame as people read it: ``66.9%``, headings in words, times in UTC, ✓ and – for flags.

        Returns
        -------
        TableView
            A notebook shows it when it is the last line of a cell: as many rows as
            ``pandas.options.display.max_rows`` allows. The frame stays as it is.
        """
        from pmframes.report._table_view import TableView

        return TableView(self._frame)

    @checks_arguments
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
        kind = self._detect_kind("plot")
        from pmframes import plot

        axes: Axes = getattr(plot, kind.summary)(self._frame, ax=ax)
        return axes

    @checks_arguments
    def explore(self, state: Mapping[str, Any] | None = None) -> Explorer:
        """Explore this frame with facets, a search and a grid; see ``pm.explore``.

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

    @checks_arguments
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
        kind = self._detect_kind("report")
        from pmframes import report
        from pmframes._analysis import frame_kinds
        from pmframes.report._figures import draw_chart

        if kind is frame_kinds.PEOPLE:
            return report.access_review(self._frame)
        if kind is frame_kinds.CUSTOMERS:
            return report.customer_portfolio(self._frame)
        title = kind.summary.replace("_", " ").capitalize()
        summary = report.Report(title).add_table(self.summary(), title).add_figure(draw_chart(self.plot), title)
        return summary.add_table(self._frame, f"All {kind.name}")

    @checks_arguments
    def join(
        self, other: pd.DataFrame, on: str | Sequence[str], how: Literal["left", "inner", "outer"] = "left"
    ) -> pd.DataFrame:
        """Join another frame on columns of both, and print how many rows of each have no match.

        Unlike ``merge``, it keeps the provenance of both frames, and an id stays a whole number. E-mail addresses
        (the column email, or any that ends with _email) match in any spelling of the same address. A row without
        a key matches nothing.

        Parameters
        ----------
        other : DataFrame
            The frame to add, with one row per key. A repeated key is an error: it would multiply the rows of this
            frame, and with them every count of a summary.
        on : str or list of str
            The columns to match, which both frames have.
        how : {"left", "inner", "outer"}, default "left"
            The rows of the result: all rows of this frame; only those with a match; or all rows of both frames.
            For all rows of the other frame, join the other way round.

        Returns
        -------
        DataFrame
            The columns of this frame, then the other columns of ``other``. Of a column of both, that of ``other``
            gets its resource as a suffix, such as name_resources; where that is unknown, or the same as of this
            frame, name_other. Columns where values may be missing are Int64 in place of int64, and boolean in place
            of bool: those of ``other`` unless inner, those of this frame if outer. All other dtypes are unchanged.
            Rows have their order and index; outer numbers them anew, with the rows of ``other`` last.

        Raises
        ------
        InvalidArgument
            If an argument is wrong, ``on`` is not a column of both frames, or ``other`` repeats a key.
        """
        from pmframes._analysis.join import join_frames

        joined, message = join_frames(self._frame, other, on, how)
        print(message)
        return joined

    if not TYPE_CHECKING:  # so that a type checker reports a misspelt name

        def __getattr__(self, name: str) -> Any:
            known = [public for public in dir(Accessor) if not public.startswith("_")]
            raise unknown_name("frame.pm", name, {public: f"frame.pm.{public}" for public in known})

    def _detect_kind(self, method: str) -> FrameKind:
        from pmframes._analysis.frame_kinds import detect_kind

        return detect_kind(f"frame.pm.{method}()", self._frame)

    def __repr__(self) -> str:
        return "<frame.pm: .source .summary() .table() .plot() .explore() .report() .join(other, on)>"


@dataclass(frozen=True, eq=False, repr=False)
class FrameSource:
    """The loads that a frame was made from: none where that is not known."""

    sources: tuple[Source, ...]

    def __repr__(self) -> str:
        return "\n".join([*self._notes(), *map(_sentence, self.sources)]) or _NO_PROVENANCE

    def _repr_html_(self) -> str:
        from markupsafe import Markup

        from pmframes import _html

        if not self.sources:
            return _html.render_panel(Markup("<p>{}</p>").format(_NO_PROVENANCE))
        rows = [_texts(source) for source in self.sources]
        headings = [heading for heading in rows[0] if any(row[heading] for row in rows)]
        table = _html.render_table(headings, ([row[heading] for heading in headings] for row in rows))
        return _html.render_panel(*map(Markup("<p><b>{}</b></p>").format, self._notes()), table)

    def _notes(self) -> list[str]:
        notes = [_FICTIONAL] if any(source.fictional for source in self.sources) else []
        return notes + [
            f"Not all of {source.title} as loaded: {source.partiality}." for source in self.sources if source.partiality
        ]


_NO_PROVENANCE = (
    "No provenance: not loaded by pmframes, or dropped by a later step such as merge(). How it was loaded is unknown."
)
_FICTIONAL = "Fictional data from the pmframes sandbox."
_YES_NO = {True: "yes", False: "no", None: ""}
_COMPLETE = {True: "complete", False: "not complete", None: ""}


def _texts(source: Source) -> dict[str, str]:
    return {
        "service": service_title(source.service or ""),
        "account": source.account or "",
        "resource": source.resource or "",
        "parameters": format_params(source.params),
        "fetched": format_time(source.fetched_at),
        "from": _format_origin(source),
        "rows": "" if source.rows is None else f"{source.rows:,}",
        "complete": _YES_NO[source.complete],
        "fictional": _YES_NO[source.fictional],
        "pmframes": source.version or "",
    }


def _format_origin(source: Source) -> str:
    if source.cached and source.fetched_at is not None:
        return f"the cache, {format_age(datetime.now(UTC) - source.fetched_at)} old"
    return {True: "the cache", False: "the service", None: ""}[source.cached]


def _sentence(source: Source) -> str:
    texts = _texts(source)
    account = f" (account {source.account})" if source.account else ""
    details = [
        f"{texts['rows']} rows" if texts["rows"] else "",
        _COMPLETE[source.complete],
        f"from {texts['from']}" if texts["from"] else "",
        f"fetched {texts['fetched']}" if texts["fetched"] else "",
        texts["parameters"],
        f"pmframes {texts['pmframes']}" if texts["pmframes"] else "",
    ]
    return f"{source.title}{account}: {', '.join(filter(None, details))}"
