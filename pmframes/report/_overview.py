"""The first page of a report: what it is about, and the findings in at most seven sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from getpass import getuser

import pandas as pd

from pmframes._cell_text import display_cell, is_missing
from pmframes._frames.provenance import Source
from pmframes._text import capitalize, format_time, join, join_limited, pluralize, service_title
from pmframes._version import __version__
from pmframes.report._parts import Headline

MAX_HEADLINES = 7
_MAX_NAMES = 3


def describe_origin(sources: Sequence[Source]) -> str:
    """Describe whose data a report holds, as of when, and who made it."""
    logins = dict.fromkeys(_describe_login(source) for source in sources if source.service)
    times = [source.fetched_at for source in sources if source.fetched_at is not None]
    as_of = f"as of {format_time(min(times))}" if times and len(times) == len(sources) else "as of an unknown time"
    texts = [join(logins), as_of if sources else "", f"made by {_user_name()}pmframes {__version__}"]
    return " · ".join(filter(None, texts))


def _describe_login(source: Source) -> str:
    account = f" ({source.account})" if source.has_named_account else ""
    return f"{service_title(source.service or '')}{account}"


def _user_name() -> str:
    try:
        return f"{getuser()} with "
    except (OSError, KeyError, ImportError):  # a system without user names
        return ""


def summarize_findings(findings: pd.DataFrame) -> Iterator[Headline]:
    """Build a sentence for each rule, the most severe first; the last of many counts the others."""
    rules = [*findings.groupby("rule", sort=False, observed=True)]
    shown = MAX_HEADLINES if len(rules) <= MAX_HEADLINES else MAX_HEADLINES - 1
    for rule, rows in rules[:shown]:
        new = int((rows["status"] == "new").sum()) if "status" in rows else 0
        # New ones first. Somebody is named once, even where a rule finds the person on several projects.
        ordered = rows.sort_values("status", key=lambda status: status != "new", kind="stable") if new else rows
        names = [*dict.fromkeys(display_cell(who) for who in ordered["who"] if not is_missing(who))]
        counted = f"{len(rows):,}{f', {new:,} new' if new else ''}"
        severity, rationale = rows[["severity", "rationale"]].iloc[0]
        title = f"{capitalize(str(rule))} ({counted})"
        yield Headline(title, join_limited(names, _MAX_NAMES), str(rationale), severity)
    if others := rules[shown:]:
        count = sum(len(rows) for _, rows in others)
        yield Headline(pluralize(len(others), "more rule"), f"{pluralize(count, 'finding')}, below", "")
