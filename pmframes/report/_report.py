"""A report: texts, tables, figures and findings in a single HTML file or an Excel workbook."""

from collections.abc import Sequence
from copy import copy
from html import escape
from os import PathLike
from pathlib import Path

import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import check_frame, check_text
from pmframes._signatures import checks_arguments
from pmframes._text import pluralize
from pmframes._writers.atomic import EXCEL, HTML, PARQUET, atomic_write, require_writable
from pmframes._writers.excel import workbook_bytes
from pmframes._writers.parquet import parquet_bytes
from pmframes.errors import InvalidArgument
from pmframes.report._parts import FindingsPart, Part, TextPart, make_findings_part, make_table_part
from pmframes.report._render import render_html
from pmframes.report._workbook import SUMMARY, build_sheets


@checks_arguments
class Report:
    """A document of texts, tables, figures and findings, written as a single file.

    A report is immutable: each ``add_`` method returns a new report. It holds copies, so that changing a
    frame or a figure afterwards changes no report. Text is always shown literally, never run as HTML.

    Parameters
    ----------
    title
        The title of the report.

    Examples
    --------
    >>> import pandas as pd
    >>> from pmframes.report import Report
    >>> report = Report("Access review").add_text("All projects.")
    >>> report = report.add_table(pd.DataFrame({"people": [3]}), "People")
    >>> report
    Report('Access review', 2 parts)
    """

    def __init__(self, title: str) -> None:
        check_text("title", title)
        self._title = title
        self._parts: tuple[Part, ...] = ()
        self._with_appendix = True
        self._baseline: tuple[pd.DataFrame, ...] = ()

    @property
    def title(self) -> str:
        """The title of the report."""
        return self._title

    @property
    def findings(self) -> pd.DataFrame | None:
        """The findings in this report, one row each; None if none were added."""
        frames = [part.frame for part in self._parts if isinstance(part, FindingsPart)]
        return pd.concat(frames, ignore_index=True) if frames else None

    @checks_arguments
    def add_text(self, text: str) -> "Report":
        """Add a text; an empty line starts a new paragraph.

        Raises
        ------
        InvalidArgument
            If ``text`` is not a string.
        """
        check_text("text", text)
        return self._append(TextPart(text=text))

    @checks_arguments
    def add_table(self, frame: pd.DataFrame, title: str) -> "Report":
        """Add a frame as a table under ``title``.

        Numbers have thousands separators, except ids; a column named ``share`` is shown in percent; times are
        in UTC; flags are ✓, – or "unknown". An unnamed index that only numbers the rows is left out.

        Raises
        ------
        InvalidArgument
            If ``frame`` is not a DataFrame, or ``title`` is not a string.
        """
        if not isinstance(frame, pd.DataFrame):
            raise _messages.not_a_frame("frame", frame)
        check_text("title", title)
        return self._append(make_table_part(frame, title))

    @checks_arguments
    def add_findings(self, findings: pd.DataFrame) -> "Report":
        """Add findings: for each rule its severity, its rationale and what it found, the most severe first.

        A text below names the rules that could not be checked. The HTML shows the first ten findings of a
        rule here and all of them in the appendix; the workbook has a sheet with all findings.

        Parameters
        ----------
        findings
            What ``pm.report.findings`` returns.

        Raises
        ------
        InvalidArgument
            If ``findings`` is not a DataFrame, or lacks a column of findings.
        """
        check_frame("findings", findings, ["rule", "severity", "rationale"], "pm.report.findings")
        return self._append(make_findings_part(findings))

    @checks_arguments
    def add_figure(self, figure: object, title: str) -> "Report":
        """Add a matplotlib figure as it is now; changing it afterwards does not change the report.

        Parameters
        ----------
        figure
            The Axes that a function of ``pm.plot`` returns, or any matplotlib Axes or Figure; the whole
            figure is added.
        title
            The alternative text, for readers who cannot see the figure.

        Raises
        ------
        InvalidArgument
            If ``figure`` is neither Axes nor Figure, or ``title`` is not a string.
        """
        # matplotlib takes long to import, and only reports with figures need it.
        from pmframes import _matplotlib  # noqa: F401
        from pmframes.report._figures import make_figure_part

        check_text("title", title)
        return self._append(make_figure_part(figure, title))

    @checks_arguments
    def to_html(self, path: str | PathLike[str], overwrite: bool = False) -> Path:
        """Write the report as a single, self-contained HTML file.

        The file needs no network. It is written completely or not at all, and is readable only by you. Long
        tables can be sorted and searched in the browser.

        Parameters
        ----------
        path
            The file to write, best named .html, in an existing folder. A symbolic link is followed, unless
            another user (but root) made it.
        overwrite
            Replace the file if it exists.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        InvalidArgument
            If the name has another extension than .html or .htm, the folder does not exist, or the file exists
            and ``overwrite`` is False.
        """
        require_writable(path, overwrite, HTML)
        return atomic_write(path, self._render(), overwrite=overwrite)

    @checks_arguments
    def to_excel(self, path: str | PathLike[str], overwrite: bool = False) -> Path:
        """Write the report as an Excel workbook: the first page, then one sheet per table with all rows.

        Cells keep their types; formulas are escaped. Figures are left out: the tables have their numbers. The
        file is written completely or not at all, and is readable only by you.

        Parameters
        ----------
        path
            The file to write, best named .xlsx, in an existing folder. A symbolic link is followed, unless
            another user (but root) made it.
        overwrite
            Replace the file if it exists.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        InvalidArgument
            If the name has another extension than .xlsx, the folder does not exist, the file exists and
            ``overwrite`` is False, or a table is too large for Excel.
        """
        require_writable(path, overwrite, EXCEL)
        sheets = build_sheets(self._title, self._parts)
        return atomic_write(path, workbook_bytes(sheets, prose=SUMMARY), overwrite=overwrite)

    @checks_arguments
    def save(self, path: str | PathLike[str], overwrite: bool = False) -> Path:
        """Save the frames of an access review, as the baseline of the next one.

        ``pm.report.access_review(…, before=path)`` and ``pmframes report access-review --before`` take the file.
        It is written completely or not at all, and is readable only by you.

        Parameters
        ----------
        path
            The file to write, named .parquet, in an existing folder.
        overwrite
            Replace the file if it exists.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        InvalidArgument
            If the report is not an access review; if the name has another extension, the folder does not
            exist, or the file exists and ``overwrite`` is False.
        """
        if not self._baseline:
            raise InvalidArgument(
                "This report holds no frames to compare with.",
                "Save an access review: pm.report.access_review(people).save(path). For any frame, use "
                "frame.to_parquet(path).",
            )
        require_writable(path, overwrite, PARQUET)
        return atomic_write(path, parquet_bytes(*self._baseline), overwrite=overwrite)

    def __repr__(self) -> str:
        return f"Report({self.title!r}, {pluralize(len(self._parts), 'part')})"

    def _repr_html_(self) -> str:
        # An iframe keeps the styles of report and notebook apart.
        return (
            f"<p>{escape(repr(self))}: write it with <code>.to_html(path)</code></p>"
            f'<iframe sandbox="allow-scripts" title="{escape(self.title)}" width="100%" height="640"'
            f' srcdoc="{escape(self._render())}"></iframe>'
        )

    def _append(self, part: Part) -> "Report":
        report = copy(self)
        report._parts = (*self._parts, part)
        return report

    def _render(self) -> str:
        return render_html(self._title, self._parts, with_appendix=self._with_appendix)


def assemble_report(
    title: str, parts: Sequence[Part], *, with_appendix: bool = True, baseline: Sequence[pd.DataFrame] = ()
) -> Report:
    """Build a report of parts; the HTML may lack its appendix, and ``save`` writes the baseline."""
    report = Report(title)
    report._parts, report._with_appendix, report._baseline = tuple(parts), with_appendix, tuple(baseline)
    return report
