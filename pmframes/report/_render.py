"""A report as a single HTML page: no script but its own, nothing loaded, all text escaped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import count
from typing import Any, TypeGuard

import pandas as pd

from pmframes._frames.provenance import not_checked_rules, sources_table
from pmframes._text import capitalize, join, pluralize
from pmframes._version import __version__
from pmframes.report._html_table import HtmlTable, build_table
from pmframes.report._notices import FICTIONAL, collect_sources, describe_gaps
from pmframes.report._overview import describe_origin
from pmframes.report._parts import FindingsPart, Part, Section, TablePart
from pmframes.report._templates import load_template, read_resource
from pmframes.report._workbook import NOT_CHECKED, PROVENANCE

MAX_FINDINGS = 10


@dataclass(frozen=True)
class FindingGroup:
    """What one rule found, as the template takes it."""

    severity: str
    rationale: str
    table: HtmlTable
    remainder: str


@dataclass(frozen=True)
class Block:
    """A part as the template takes it; ``remainder`` says where the rows are that are not shown."""

    part: Part
    kind: str
    anchor: str
    table: HtmlTable | None = None
    groups: Sequence[FindingGroup] = ()
    not_checked: str = ""
    remainder: str = ""


def render_html(title: str, parts: Sequence[Part], *, with_appendix: bool) -> str:
    """Render a report; where the appendix is left out, a sentence says where its rows are."""
    shown = [part for part in parts if not _is_workbook_only(part)]
    main = [*_build_blocks([part for part in shown if not part.in_appendix], with_appendix)]
    remaining = [*_remaining_tables(parts)] + [part for part in shown if part.in_appendix]
    appendix = [*_build_blocks(remaining, with_appendix, start=len(main) + 1)] if with_appendix else []
    sources = collect_sources(parts)
    style, script = read_resource("report.css"), read_resource("report.js")
    return load_template("report.html.j2").render(
        title=title,
        origin=describe_origin(sources),
        main=main,
        appendix=appendix,
        contents=[block for block in main if _is_listed(block.part)],
        workbook_only=join(f"{part.title} ({len(part.frame):,})" for part in parts if _is_workbook_only(part)),
        provenance=build_table(sources_table(sources), PROVENANCE) if sources else None,
        notices=describe_gaps(parts),
        fictional=FICTIONAL if any(source.fictional for source in sources) else "",
        style=style,
        style_hash=_csp_hash(style),
        script=script,
        script_hash=_csp_hash(script),
        version=__version__,
    )


def _is_workbook_only(part: Part) -> TypeGuard[TablePart]:
    return isinstance(part, TablePart) and part.is_workbook_only


def _is_listed(part: Part) -> bool:
    if isinstance(part, TablePart):
        return not part.is_subordinate
    return isinstance(part, Section | FindingsPart)


def _build_blocks(parts: Sequence[Part], with_appendix: bool, start: int = 1) -> Iterator[Block]:
    for part, number in zip(parts, count(start), strict=False):
        kind = type(part).__name__.removesuffix("Part").lower()
        block = Block(part, kind, f"part-{number}")
        if isinstance(part, TablePart):
            limit = None if part.in_appendix else part.limit
            table = replace(build_table(part.frame[:limit], part.title), total=len(part.frame))
            hidden = len(part.frame) - table.length
            in_appendix = with_appendix and part.is_continued
            block = replace(block, table=table, remainder=_describe_remainder(hidden, in_appendix))
        elif isinstance(part, FindingsPart):
            groups = [*_build_groups(part.frame, with_appendix)]
            block = replace(block, groups=groups, not_checked=_describe_not_checked(part.frame))
        yield block


def _describe_not_checked(findings: pd.DataFrame) -> str:
    names = not_checked_rules(findings)
    return f"{NOT_CHECKED}{join(names)}." if names else ""


def _describe_remainder(hidden: int, with_appendix: bool) -> str:
    place = "the appendix" if with_appendix else "the workbook, which report.to_excel(path) writes"
    return f"{pluralize(hidden, 'more row')} in {place}." if hidden else ""


def _build_groups(findings: pd.DataFrame, with_appendix: bool) -> Iterator[FindingGroup]:
    for rule, rows in _group_by_rule(findings):
        severity, rationale = rows[["severity", "rationale"]].iloc[0]
        shown = _finding_rows(rows)[:MAX_FINDINGS]
        table = replace(build_table(shown, capitalize(str(rule))), total=len(rows))
        remainder = _describe_remainder(len(rows) - len(shown), with_appendix)
        yield FindingGroup(str(severity), str(rationale), table, remainder)


def _group_by_rule(findings: pd.DataFrame) -> list[tuple[Any, pd.DataFrame]]:
    return [*findings.groupby("rule", sort=False, observed=True, dropna=False)]


def _finding_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the findings of a rule, without what is the same for all of them, and without empty columns."""
    return _drop_empty(rows.drop(columns=["rule", "severity", "rationale"]).reset_index(drop=True))


def _drop_empty(frame: pd.DataFrame) -> pd.DataFrame:
    is_empty = frame.isna().all() | (frame == "").all()
    return frame.loc[:, ~is_empty.to_numpy(dtype=bool)]


def _remaining_tables(parts: Sequence[Part]) -> Iterator[TablePart]:
    """Return the tables of which the main part shows only the first rows, whole, for the appendix."""
    for part in parts:
        if isinstance(part, FindingsPart):
            for rule, rows in _group_by_rule(part.frame):
                if len(rows) > MAX_FINDINGS:
                    title = f"All findings: {rule}"
                    yield TablePart(title=title, frame=_finding_rows(rows), in_appendix=True, is_subordinate=True)
        elif isinstance(part, TablePart) and not part.in_appendix and _is_continued(part):
            yield replace(part, title=f"{part.title}: all rows", in_appendix=True, is_subordinate=True)


def _is_continued(part: TablePart) -> bool:
    return part.is_continued and part.limit is not None and len(part.frame) > part.limit


def _csp_hash(content: str) -> str:
    return b64encode(sha256(content.encode()).digest()).decode()
