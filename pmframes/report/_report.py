"""A report: texts, tables and pictures in one HTML file that stands alone."""

from base64 import b64encode
from collections.abc import Container
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files as resources
from itertools import count
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined, Template

from pmframes import _messages
from pmframes._analysis.common import check_frame, with_sources
from pmframes._frames.provenance import KEY, sources
from pmframes._version import __version__
from pmframes._writers.atomic import atomic_write
from pmframes._writers.excel import workbook_bytes
from pmframes.report._html_table import lay_out

_SOURCES = "Where the data come from"
_UNCHECKED = "For want of data, these rules could not be checked, or not for everyone: "
_UNTRACED = "Where these come from is not known to pmframes:"
_FICTIONAL = "Fictional data from the pmframes sandbox"
_SOURCE_COLUMNS = (
    "service",
    "account",
    "resource",
    "params",
    "fetched_at",
    "rows",
    "complete",
    "fictional",
    "version",
)


@dataclass(frozen=True)
class _Part:
    """One thing in a report; exactly one of ``text``, ``table`` and ``svg`` is set."""

    title: str
    anchor: str
    text: str | None = None
    table: pd.DataFrame | None = None
    svg: str | None = None
    sources: tuple[dict[str, Any], ...] = ()

    @property
    def image(self) -> str:
        """The picture as a data URI."""
        return f"data:image/svg+xml;base64,{b64encode((self.svg or '').encode()).decode()}"


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """A document of texts, tables and pictures, built part by part and written as one file.

    A report never changes: each method that adds a part returns a new report. What is added is taken as it
    is at that moment; changing the frame or the picture afterwards changes no report. Text is shown as it
    is, never run as HTML or as markup.

    Parameters
    ----------
    title
        What the report is about.

    Examples
    --------
    >>> import pandas as pd
    >>> from pmframes.report import Report
    >>> report = Report("Access review").add_text("All projects.")
    >>> report = report.add_table(pd.DataFrame({"people": [3]}), "People")
    >>> report
    Report('Access review', 2 parts)
    """

    title: str
    _parts: tuple[_Part, ...] = ()
    _findings: tuple[pd.DataFrame, ...] = ()

    def __post_init__(self) -> None:
        _check_text("title", self.title)

    @property
    def findings(self) -> pd.DataFrame | None:
        """The findings in this report, one row each; None if none were added."""
        return pd.concat(self._findings, ignore_index=True) if self._findings else None

    def add_text(self, text: str) -> "Report":
        """Add a text; an empty line starts a new paragraph.

        Raises
        ------
        InvalidArgument
            If ``text`` is not a string.
        """
        _check_text("text", text)
        return self._with("", text=text)

    def add_table(self, frame: pd.DataFrame, title: str) -> "Report":
        """Add a frame as a table under ``title``.

        Numbers are written with thousands separators, but for ids; columns named ``share`` in percent;
        times in UTC; yes and no as ✓ and –, or "not sent". An index without a name that only numbers the
        rows is not shown.

        Raises
        ------
        InvalidArgument
            If ``frame`` is not a frame, or ``title`` not a string.
        """
        if not isinstance(frame, pd.DataFrame):
            raise _messages.not_a_frame("Report.add_table", frame)
        _check_text("title", title)
        known = tuple(sources(frame)["sources"])
        return self._with(title, table=frame.copy(), sources=known)

    def add_findings(self, findings: pd.DataFrame) -> "Report":
        """Add findings: a table of the rules that found something, with the rationale, then each finding.

        Rules that could not be checked are named below.

        Parameters
        ----------
        findings
            What ``pm.report.findings`` returns.

        Raises
        ------
        InvalidArgument
            If ``findings`` is not a frame, or lacks the columns of findings.
        """
        check_frame("findings", findings, ["rule", "severity", "rationale"], "pm.report.findings")
        rules = findings.groupby(["rule", "severity", "rationale"], sort=False, observed=True, dropna=False)
        by_rule = with_sources(rules.size().rename("findings").reset_index(), findings)
        report = self.add_table(by_rule[["rule", "severity", "findings", "rationale"]], "Findings by rule")
        report = report.add_table(findings.drop(columns="rationale"), "Findings")
        unchecked = findings.attrs.get(KEY, {}).get("not_checked", [])
        report = report.add_text(f"{_UNCHECKED}{', '.join(unchecked)}.") if unchecked else report
        return replace(report, _findings=(*self._findings, findings.copy()))

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
        from pmframes.report import _figures

        _check_text("title", title)
        drawn = _figures.figure_of(figure)
        known = tuple(_figures.sources_of(drawn))
        return self._with(title, svg=_figures.draw(drawn), sources=known)

    def to_html(self, path: str | PathLike[str], overwrite: bool = False) -> Path:
        """Write the report as one HTML file that needs nothing else, and asks nothing of the network.

        The file is written whole or not at all, and only its owner may read it. Long tables can be sorted and
        searched in the browser.

        Parameters
        ----------
        path
            Where to write. The folder must exist.
        overwrite
            Whether a file that is there already may be replaced.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        InvalidArgument
            If the folder is missing, or the file exists and may not be replaced.
        """
        return atomic_write(path, self._html(), overwrite=overwrite)

    def to_excel(self, path: str | PathLike[str], overwrite: bool = False) -> Path:
        """Write the report as an Excel workbook: a sheet for each table, and one for the texts.

        Cells keep their types, and none is a formula. Pictures are left out; their numbers are in the tables.
        The file is written whole or not at all, and only its owner may read it.

        Parameters
        ----------
        path
            Where to write. The folder must exist.
        overwrite
            Whether a file that is there already may be replaced.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        InvalidArgument
            If the folder is missing, the file exists and may not be replaced, or a table is too large for
            Excel.
        """
        return atomic_write(path, workbook_bytes(self._sheets()), overwrite=overwrite)

    def _sheets(self) -> dict[str, pd.DataFrame]:
        sheets = {"About": self._about()}
        for part in self._parts:
            if part.table is not None:
                sheets[_free(part.title, sheets)] = part.table
        if known := self._sources():
            sheets[_free(_SOURCES, sheets)] = _provenance(known)
        return sheets

    def _about(self) -> pd.DataFrame:
        texts = [part.text for part in self._parts if part.text is not None]
        fictional = [_FICTIONAL] if self._is_fictional else []
        untraced = [f"{_UNTRACED} {', '.join(self._untraced)}"] if self._untraced else []
        return pd.DataFrame({self.title: pd.Series([*fictional, *texts, *untraced], dtype="str")})

    def __repr__(self) -> str:
        parts = len(self._parts)
        return f"Report({self.title!r}, {parts} {'part' if parts == 1 else 'parts'})"

    def _repr_html_(self) -> str:
        # In an iframe the style of the report stays off the notebook, and the notebook's off the report.
        return (
            f"<p>{escape(repr(self))}: write it with <code>.to_html(path)</code></p>"
            f'<iframe sandbox="allow-scripts" title="{escape(self.title)}" width="100%" height="640"'
            f' srcdoc="{escape(self._html())}"></iframe>'
        )

    def _with(self, title: str, **part: Any) -> "Report":
        return replace(self, _parts=(*self._parts, _Part(title, f"part-{len(self._parts) + 1}", **part)))

    def _html(self) -> str:
        style, script = _resource("report.css"), _resource("report.js")
        known = self._sources()
        layouts = {
            part.anchor: lay_out(part.table, part.title) for part in self._parts if part.table is not None
        }
        return _template().render(
            title=self.title,
            parts=self._parts,
            layouts=layouts,
            provenance=lay_out(_provenance(known), _SOURCES) if known else None,
            untraced=self._untraced,
            untraced_heading=_UNTRACED,
            fictional=_FICTIONAL if self._is_fictional else "",
            style=style,
            style_hash=_hash(style),
            script=script if any(table.long for table in layouts.values()) else "",
            script_hash=_hash(script),
            version=__version__,
        )

    @property
    def _untraced(self) -> list[str]:
        return [part.title for part in self._parts if part.text is None and not part.sources]

    @property
    def _is_fictional(self) -> bool:
        return any(one.get("fictional", False) for one in self._sources())

    def _sources(self) -> list[dict[str, Any]]:
        known: list[dict[str, Any]] = []
        for part in self._parts:
            known += [one for one in part.sources if one not in known]
        return known


def _free(name: str, taken: Container[str]) -> str:
    """Give the name or, if it is taken, the name with the first number that is not."""
    numbered = (f"{name} ({number})" for number in count(2))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def _check_text(argument: str, value: object) -> None:
    if not isinstance(value, str):
        raise _messages.wrong_kind(argument, value, "a string")


def _provenance(known: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(known, columns=list(_SOURCE_COLUMNS))
    fetched = pd.to_datetime(frame["fetched_at"], utc=True, format="ISO8601", errors="coerce")
    params = [_as_query(one) for one in frame["params"]]
    flags = {"complete": "boolean", "fictional": "boolean", "rows": "Int64"}
    return frame.assign(params=params, fetched_at=fetched).astype(flags)


def _as_query(params: object) -> str:
    return ", ".join(f"{key}={value}" for key, value in params.items()) if isinstance(params, dict) else ""


def _hash(content: str) -> str:
    return b64encode(sha256(content.encode()).digest()).decode()


def _resource(name: str) -> str:
    return resources("pmframes.report").joinpath(name).read_text("utf-8")


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_resource("report.html.j2"))
