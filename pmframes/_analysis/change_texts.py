"""Changes as people read them: each value as text, and what happened to each person in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from pmframes._analysis.comparison import NO_PERMISSIONS, severities
from pmframes._analysis.permissions import SENSITIVE_PERMISSIONS
from pmframes._cell_text import display_cell, is_missing
from pmframes._text import format_heading, join, join_and, pluralize
from pmframes._types import TEXT

# The readers of a report need not know what somebody earns.
PAY_COLUMNS = frozenset({"user_rate", "user_cost"})
STATES = {
    "is_admin": "site administrator",
    "is_global_admin": "global administrator",
    "is_client_user": "client user",
    "is_service_account": "service account",
    "is_placeholder": "placeholder",
    "is_guest": "guest role",
    "deleted": "deleted",
}


def with_texts(changes: pd.DataFrame) -> pd.DataFrame:
    """Return changes with the values before and after as text, NA where there is none."""
    texts = {side: pd.Series([*map(_format_value, changes[side])], changes.index, TEXT) for side in ("before", "after")}
    return changes.assign(**texts)


def describe_changes(changes: pd.DataFrame, project_names: Mapping[str, str]) -> pd.DataFrame:
    """Describe what happened to each person or role, who has the most severe change first.

    Parameters
    ----------
    changes
        What ``compare`` returns, of one or several pairs of frames.
    project_names
        The names of projects by their ids as text.

    Returns
    -------
    pandas.DataFrame
        severity (category, the highest of the person's changes), who (str), changes (str, one sentence).
    """
    rows = changes.assign(severity=severities(changes), project=changes["project_id"].astype(TEXT))
    groups = [
        (group["severity"].max(), _describe_person(name, key), _describe(group, project_names))
        for (key, name), group in rows.groupby(["id", "name"], sort=False, dropna=False)
    ]
    table = pd.DataFrame(groups, columns=["severity", "who", "changes"])
    table = table.astype({"severity": rows["severity"].dtype, "who": TEXT, "changes": TEXT})
    return table.sort_values("severity", ascending=False, kind="stable", ignore_index=True)


def _describe_person(name: Any, key: Any) -> str:
    return str(key) if is_missing(name) else f"{display_cell(name)} ({key})"


class _Clause(NamedTuple):
    """What happened, in words around the name of the project on which it did; with no preposition it is left out."""

    verb: str
    preposition: str | None
    details: str = ""


def _describe(changes: pd.DataFrame, project_names: Mapping[str, str]) -> str:
    """Write the changes of a person as a sentence; what happened on several projects is said once."""
    places: dict[_Clause, list[str]] = {}
    for project, group in changes.groupby("project", sort=False, dropna=False):
        name = [] if is_missing(project) else [project_names.get(str(project), f"project {project}")]
        for clause in _describe_on_project(group):
            places.setdefault(clause, []).extend(name)
    return "; ".join(_write_clause(clause, names) for clause, names in places.items())


def _write_clause(clause: _Clause, projects: list[str]) -> str:
    place = [clause.preposition, join_and(projects)] if projects and clause.preposition is not None else []
    return " ".join(filter(None, [clause.verb, *place])) + clause.details


def _describe_on_project(changes: pd.DataFrame) -> Iterator[_Clause]:
    flags: dict[str, list[str]] = {}
    columns = (changes[name] for name in ("change", "column", "before", "after"))
    for change, column, before, after in zip(*columns, strict=True):
        if change != "changed":
            yield _Clause(change, "", _describe_membership(after if change == "joined" else before))
        elif isinstance(after, bool) and (after or before):
            words = _describe_flag_change(column, after) + (" (unknown before)" if before is None else "")
            flags.setdefault(words, []).append(_flag_label(column))
        else:
            yield _Clause(f"{format_heading(column)} {_describe_values(column, before, after)}", "on")
    for words, labels in flags.items():
        yield _Clause(f"{words} {join_and(labels)}", "on" if words.startswith("may") else None)


def _flag_label(column: str) -> str:
    return SENSITIVE_PERMISSIONS.get(column) or STATES.get(column) or format_heading(column).lower()


def _describe_flag_change(column: str, after: bool) -> str:
    if column in STATES or column in NO_PERMISSIONS:
        return "now:" if after else "no longer:"
    return "may now" if after else "may no longer"


def _describe_values(column: str, before: Any, after: Any) -> str:
    if column in PAY_COLUMNS:
        return "changed"
    old, new = (_format_value(value) for value in (before, after))
    if old is None or new is None:
        return f"set to {new}" if old is None else f"no longer known (was {old})"
    return f"changed from {old} to {new}"


def _describe_membership(record: Mapping[str, Any]) -> str:
    kind, *facts = _list_facts(record)
    granted = _describe_granted(record)
    article = "an" if kind[:1] in tuple("aeiou") else "a"
    texts = [f"as {article} {kind}" if kind else "", f"({join(facts)})" if facts else ""]
    return "".join(f" {text}" for text in texts if text) + (f"; {granted}" if granted else "")


def _format_value(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return "; ".join(filter(None, [*_list_facts(value), _describe_granted(value)]))
    return None if is_missing(value) else display_cell(value)


def _list_facts(record: Mapping[str, Any]) -> list[str]:
    """List the type or role of a person, "" where there is none, then the company and what else is known."""
    kind = record.get("type") or record.get("role_name")
    facts = [display_cell(kind) if kind else ""]
    facts += [display_cell(record["company_name"])] if record.get("company_name") else []
    return facts + [label for column, label in STATES.items() if record.get(column) is True]


def _describe_granted(record: Mapping[str, Any]) -> str:
    """Describe what is granted that matters: of a membership what is sensitive, of a role every permission."""
    granted = [name for name, value in record.items() if value is True and name not in {*STATES, *NO_PERMISSIONS}]
    others = [name for name in granted if name not in SENSITIVE_PERMISSIONS]
    if "is_guest" in record:
        return f"may {join_and([format_heading(name).lower() for name in granted])}" if granted else ""
    sensitive = [label for name, label in SENSITIVE_PERMISSIONS.items() if name in granted]
    count = pluralize(len(others), "other permission" if sensitive else "permission")
    return "; ".join(filter(None, [f"may {join_and(sensitive)}" if sensitive else "", count if others else ""]))
