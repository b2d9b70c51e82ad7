"""A report: texts, tables and figures in a single HTML file or an Excel workbook."""

from base64 import b64encode
from collections.abc import Container
from copy import copy
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import count
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined, Template

from pmframes import _messages
from pmframes._analysis.common import check_frame, check_text, with_sources
from pmframes._frames.provenance import Source, not_checked_rules, read_sources, sources_table
from pmframes._signatures import checks_arguments
from pmframes._text import join, pluralize
from pmframes._types import TEXT
from pmframes._version import __version__
from pmframes._writers.atomic import EXCEL, HTML, atomic_write, require_writable
from pmframes._writers.excel import workbook_bytes
from pmframes.report._html_table import build_table

_PROVENANCE = "Provenance"
_NOT_CHECKED = "Rules not (fully) checked for lack of data: "
_WITHOUT_PROVENANCE = "No provenance, so unknown how it was loaded (not by pmframes, or dropped by a later step)"
_FICTIONAL = "Fictional data from the pmframes sandbox"


@dataclass(frozen=True)
class _Part:
    """A part of a report; exactly one of ``text``, ``table`` and ``image``, a data URI, is set."""

    title: str
    anchor: str
    text: str | None = None
    table: pd.DataFrame | None = None
    image: str | None = None
    sources: tuple[Source, ...] = ()


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
        self._parts: tuple[_Part, ...] = ()
        self._findings: tuple[pd.DataFrame, ...] = ()

    @property
    def title(self) -> str:
        """The title of the report."""
        return self._title

    @property
    def findings(self) -> pd.DataFrame | None:
        """The findings in this report, one row each; None if none were added."""
        return pd.concat(self._findings, ignore_index=True) if self._findings else None

    @checks_arguments
    def add_text(self, text: str) -> "Report":
        """Add a text; an empty line starts a new paragraph.

        Raises
        ------
        InvalidArgument
            If ``text`` is not a string.
        """
        check_text("text", text)
        return self._append("", text=text)

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
        return self._append(title, table=frame.copy(), sources=tuple(read_sources(frame)))

    @checks_arguments
    def add_findings(self, findings: pd.DataFrame) -> "Report":
        """Add findings: a table of the rules with their rationale, then a table of the findings.

        A text below names the rules that could not be checked.

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
        rules = findings.groupby(["rule", "severity", "rationale"], sort=False, observed=True, dropna=False)
        by_rule = with_sources(rules.size().rename("findings").reset_index(), findings)
        report = self.add_table(by_rule[["rule", "severity", "findings", "rationale"]], "Findings by rule")
        report = report.add_table(findings.drop(columns="rationale"), "Findings")
        not_checked = not_checked_rules(findings)
        if not_checked:
            report = report.add_text(f"{_NOT_CHECKED}{', '.join(not_checked)}.")
        report._findings = (*self._findings, findings.copy())
        return report

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
        from pmframes.report import _figures

        check_text("title", title)
        root = _figures.get_figure(figure)
        attached = tuple(_figures.figure_sources(root))
        return self._append(title, image=_figures.render_image(root), sources=attached)

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
        return atomic_write(path, self._render_html(), overwrite=overwrite)

    @checks_arguments
    def to_excel(self, path: str | PathLike[str], overwrite: bool = False) -> Path:
        """Write the report as an Excel workbook: one sheet for the texts, and one per table.

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
        return atomic_write(path, workbook_bytes(self._build_sheets()), overwrite=overwrite)

    def _build_sheets(self) -> dict[str, pd.DataFrame]:
        sheets = {"About": self._build_about()}
        for part in self._parts:
            if part.table is not None:
                sheets[_unique_name(part.title, sheets)] = part.table
        if sources := self._sources():
            sheets[_unique_name(_PROVENANCE, sheets)] = sources_table(sources)
        return sheets

    def _build_about(self) -> pd.DataFrame:
        texts = [part.text for part in self._parts if part.text is not None]
        fictional = [_FICTIONAL] if self._is_fictional else []
        return pd.DataFrame({self.title: pd.Series([*fictional, *self._notices, *texts], dtype=TEXT)})

    def __repr__(self) -> str:
        return f"Report({self.title!r}, {pluralize(len(self._parts), 'part')})"

    def _repr_html_(self) -> str:
        # An iframe keeps the styles of report and notebook apart.
        return (
            f"<p>{escape(repr(self))}: write it with <code>.to_html(path)</code></p>"
            f'<iframe sandbox="allow-scripts" title="{escape(self.title)}" width="100%" height="640"'
            f' srcdoc="{escape(self._render_html())}"></iframe>'
        )

    def _append(self, title: str, **part: Any) -> "Report":
        report = copy(self)
        report._parts = (*self._parts, _Part(title, f"part-{len(self._parts) + 1}", **part))
        return report

    def _render_html(self) -> str:
        style, script = _read_resource("report.css"), _read_resource("report.js")
        sources = self._sources()
        tables = {part.anchor: build_table(part.table, part.title) for part in self._parts if part.table is not None}
        return _load_template().render(
            title=self.title,
            parts=self._parts,
            tables=tables,
            provenance=build_table(sources_table(sources), _PROVENANCE) if sources else None,
            notices=self._notices,
            fictional=_FICTIONAL if self._is_fictional else "",
            style=style,
            style_hash=_csp_hash(style),
            script=script if any(table.long for table in tables.values()) else "",
            script_hash=_csp_hash(script),
            version=__version__,
        )

    @property
    def _notices(self) -> list[str]:
        """What a reader must know of the data before anything else: what is unknown, and what is missing."""
        titles_by_notice: dict[str, dict[str, None]] = {}
        for part in self._parts:
            if part.text is None:
                for notice in _describe_gaps(part.sources):
                    titles_by_notice.setdefault(notice, {})[part.title] = None
        return [f"{notice}: {join(titles)}." for notice, titles in titles_by_notice.items()]

    @property
    def _is_fictional(self) -> bool:
        return any(source.fictional for source in self._sources())

    def _sources(self) -> list[Source]:
        distinct: list[Source] = []
        for part in self._parts:
            distinct += [source for source in part.sources if source not in distinct]
        return distinct


def _describe_gaps(sources: tuple[Source, ...]) -> list[str]:
    if not sources:
        return [_WITHOUT_PROVENANCE]
    return [f"Not all of {source.title} as loaded ({source.partiality})" for source in sources if source.partiality]


def _unique_name(name: str, taken: Container[str]) -> str:
    """Return the name, numbered if it is taken."""
    numbered = (f"{name} ({number})" for number in count(2))
    return name if name not in taken else next(candidate for candidate in numbered if candidate not in taken)


def _csp_hash(content: str) -> str:
    return b64encode(sha256(content.encode()).digest()).decode()


def _read_resource(name: str) -> str:
    return files("pmframes.report").joinpath(name).read_text("utf-8")


@cache
def _load_template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_read_resource("report.html.j2"))
