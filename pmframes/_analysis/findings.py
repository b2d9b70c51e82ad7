"""Findings: what needs attention in an access review."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import NONE, as_texts
from pmframes._analysis.review_input import ID_COLUMNS, LOADERS, ReviewInput, RuleInput
from pmframes._analysis.rules import RULES, SEVERITY, Rule, email_keys
from pmframes._frames.provenance import ATTRS_KEY, merge_provenance
from pmframes._signatures import checks_arguments
from pmframes._text import join_limited, join_or, nearest, safe_repr
from pmframes._types import TEXT
from pmframes.errors import InvalidArgument

_Result = TypeVar("_Result")

_DTYPES: dict[str, Any] = {
    "rule": TEXT,
    "severity": SEVERITY,
    "who": TEXT,
    "where": TEXT,
    "detail": TEXT,
    "rationale": TEXT,
}
_MEMBER_COLUMN = "permission"
_TEAMWORK_COLUMNS = frozenset({"is_admin", "is_client_user", "is_service_account", "deleted", "company_id"})
_MAX_PROJECTS = 3
_MAX_SUBJECTS = 10
_RETURNS = {
    "predicate": "True, False or NA per row",
    "detail": "a text per row",
    "flag_columns": "the names of boolean columns",
}


@checks_arguments
def findings(
    people: pd.DataFrame | None = None,
    permissions: pd.DataFrame | None = None,
    roles: pd.DataFrame | None = None,
    *,
    logged_in: pd.DataFrame | None = None,
    rules: Iterable[Rule] | None = None,
) -> pd.DataFrame:
    """Find what needs attention: one row per person, role or membership that matches a rule.

    Missing is not True: a person whose deleted flag the service did not send counts as not deleted.

    Parameters
    ----------
    people
        What ``pm.teamwork.people`` returns. The rules about deleted people and service accounts need
        ``show_deleted=True, include_service_accounts=True``. Or what ``pm.projectmanager.members`` returns.
    permissions
        What ``pm.teamwork.permissions`` returns; the same holds for it.
    roles
        What ``pm.projectmanager.roles`` returns. With members, it shows by the name of a role who is a guest.
    logged_in
        The people who did log in lately: ``pm.teamwork.people`` with the same arguments as ``people`` plus
        ``last_login_after``. Everyone else is dormant, except contacts, deleted people, service accounts and
        placeholders, who cannot log in and may be missing from it.
    rules
        The rules; default: the built-in rules, ``pm.report.RULES``. See ``pm.report.Rule`` to add one.

    Returns
    -------
    pandas.DataFrame
        Sorted by severity (descending), then in the order of the rules, then by who.

        =========  ========  ====================================================================
        rule       str       name of the rule
        severity   category  ordered: low < medium < high
        who        str       name and id of the person or role, only the id if there is no name;
                             for an e-mail address everyone who has it, the first ten by name
        where      str       the projects, the first three by name; NA if there are none or they
                             are unknown
        detail     str       the values that matter
        rationale  str       why it matters
        =========  ========  ====================================================================

        ``attrs["pmframes"]`` is ``{"sources": […], "not_checked": […]}``. ``not_checked`` names the rules
        that found nothing because they could not be checked: their frame was not passed or lacks a column,
        a value that decides is missing, the load did not request deleted people, service accounts or
        placeholders, or it is not known whether it did, since the frame has no provenance; or the frame is
        not the whole load, because it was filtered afterwards.

    Raises
    ------
    InvalidArgument
        If no frame is passed, or something else than a frame; if one has provenance in an unknown format; if
        no rule can be checked on a frame for lack of columns; if ``logged_in`` is passed without ``people``,
        or was loaded without ``last_login_after`` or with other arguments than ``people``; if a rule fails.
    """
    review_input = ReviewInput(people=people, permissions=permissions, roles=roles, logged_in=logged_in)
    return find(review_input, check_rules(rules)).table


class FindingPart(NamedTuple):
    """One matching row of a finding, or one flag that is True in it; a baseline is compared part by part.

    ``group`` is what the rows of the finding have in common; the others are ids and the name of the flag.
    """

    rule: str
    group: Any
    subject: str
    project: str | None
    flag: str | None


class Findings(NamedTuple):
    """The table of findings, and the parts of each of its rows."""

    table: pd.DataFrame
    parts: list[set[FindingPart]]


def check_rules(rules: Iterable[Rule] | None) -> Sequence[Rule]:
    """Return rules as a list, the built-in ones for None."""
    if rules is None:
        return RULES
    remedy = "Pass a list such as [*pm.report.RULES, my_rule]."
    if isinstance(rules, str) or not isinstance(rules, Iterable):
        raise InvalidArgument(f"rules is {safe_repr(rules)}, not a list of rules.", remedy)
    checked = list(rules)
    if not checked:
        raise InvalidArgument("rules is empty.", remedy)
    for rule in checked:
        if isinstance(rule, str):
            known = nearest(rule, [known.name for known in RULES])
            example = f"[rule for rule in pm.report.RULES if rule.name == {known!r}]"
            raise InvalidArgument(
                f"rules contains {safe_repr(rule)}, which is not a Rule.",
                f"Pass rules, not their names: {example if known else '[*pm.report.RULES, my_rule]'}.",
            )
        if not isinstance(rule, Rule):
            kind = type(rule).__name__
            raise InvalidArgument(f"rules contains a value of type {kind}, which is not a Rule.", remedy)
    return checked


def find(review_input: ReviewInput, rules: Sequence[Rule], *, is_baseline: bool = False) -> Findings:
    """Apply rules to the frames of a review.

    A baseline may lack the columns of every rule: a permission may have been added since.
    """
    if not is_baseline:
        _check_columns(review_input, rules)
    inputs = review_input.rule_inputs
    applicable = [rule for rule in rules if _is_applicable(rule, review_input.people)]
    results = [(rule, _apply(rule, inputs.get(rule.frame))) for rule in applicable]
    pairs = [(rule, finding) for rule, matches in results for finding in sorted(matches or [], key=_sort_key)]
    table = _build_table(pairs)
    parts = table.pop("parts").tolist()
    not_checked = [rule.name for rule, matches in results if matches is None]
    table.attrs = {ATTRS_KEY: {**merge_provenance(*review_input.frames.values()), "not_checked": not_checked}}
    return Findings(table, parts)


def _is_applicable(rule: Rule, people: pd.DataFrame | None) -> bool:
    """Whether a rule is about these people: Teamwork.com's, or the members of ProjectManager.com's projects."""
    if people is None or rule.frame != "people":
        return True
    others = _TEAMWORK_COLUMNS if _MEMBER_COLUMN in people else {_MEMBER_COLUMN}
    return others.isdisjoint(rule.columns)


def _check_columns(review_input: ReviewInput, rules: Sequence[Rule]) -> None:
    """Raise InvalidArgument for a frame on which none of its rules can be checked."""
    for name, rule_input in review_input.rule_inputs.items():
        missing = [
            [column for column in rule.columns if column not in rule_input.frame]
            for rule in rules
            if rule.frame == name
        ]
        if missing and all(missing):
            columns = dict.fromkeys(column for columns in missing for column in columns)
            raise _messages.missing_columns(name, columns, join_or(LOADERS[name]))


@dataclass(frozen=True)
class _Finding:
    """A finding: people or roles, and projects, each as a text by its id."""

    detail: str
    subjects: dict[str, str] = field(default_factory=dict)
    projects: dict[str, str] = field(default_factory=dict)
    parts: set[FindingPart] = field(default_factory=set)

    @property
    def who(self) -> str | None:
        return join_limited([*self.subjects.values()], _MAX_SUBJECTS) or None

    @property
    def where(self) -> str | None:
        return join_limited([*self.projects.values()], _MAX_PROJECTS) or None


def _sort_key(finding: _Finding) -> tuple[str, str]:
    return finding.who or "", finding.where or ""


def _build_table(pairs: list[tuple[Rule, _Finding]]) -> pd.DataFrame:
    rows = [
        (rule.name, rule.severity, finding.who, finding.where, finding.detail, rule.rationale, finding.parts)
        for rule, finding in pairs
    ]
    table = pd.DataFrame(rows, columns=[*_DTYPES, "parts"]).astype(_DTYPES)
    return table.sort_values("severity", ascending=False, kind="stable", ignore_index=True)


def _apply(rule: Rule, rule_input: RuleInput | None) -> list[_Finding] | None:
    """Return the findings of a rule, or None if it could not be checked."""
    if rule_input is None or not rule_input.available.issuperset(rule.columns):
        return None
    mask = _match_rows(rule, rule_input.frame)
    if mask.any():
        return _group_rows(rule, rule_input.frame[mask.fillna(False)])
    # Nothing found proves nothing where people are missing, or may be.
    is_unknown = mask.isna().any() or rule_input.is_partial or rule_input.not_requested.intersection(rule.columns)
    return None if is_unknown else []


def _match_rows(rule: Rule, frame: pd.DataFrame) -> pd.Series[bool]:
    """Return for each row whether the rule matches, NA if that is unknown."""
    matches = _call(rule, "predicate", lambda: rule.predicate(frame))
    try:
        mask = pd.Series(pd.array(matches, dtype="boolean"))
    except Exception as error:
        raise _rule_failed(rule, "predicate", "returned values that are not boolean") from error
    if len(mask) != len(frame):
        raise _rule_failed(rule, "predicate", f"returned {len(mask):,} values for {len(frame):,} rows")
    return mask


def _group_rows(rule: Rule, rows: pd.DataFrame) -> list[_Finding]:
    ids = as_texts(rows[ID_COLUMNS[rule.frame]]).fillna(NONE).tolist()
    projects = _find_first_text(rows, "project_id", "project_name")
    subject_texts = [
        f"{name} ({subject})" if name else subject
        for name, subject in zip(_find_first_text(rows, "name"), ids, strict=True)
    ]
    project_texts = _find_first_text(rows, "project_name", "project_id")
    keys = _build_group_keys(rule, rows, ids, projects)
    flags = _call(rule, "flag_columns", lambda: rule.true_flags(rows))
    columns = (keys, _format_details(rule, rows), flags, ids, subject_texts, projects, project_texts)
    groups: dict[Any, _Finding] = {}
    for key, detail, true_flags, subject, subject_text, project, project_text in zip(*columns, strict=True):
        finding = groups.setdefault(key, _Finding(detail))
        finding.subjects.setdefault(subject, subject_text)
        for flag in [None, *true_flags]:
            finding.parts.add(FindingPart(rule.name, key, subject, project, flag))
        if project is not None and project_text is not None:
            finding.projects.setdefault(project, project_text)
    return [*groups.values()]


def _build_group_keys(rule: Rule, rows: pd.DataFrame, ids: list[str], projects: list[str | None]) -> Iterable[Any]:
    if rule.group_by == "email":
        return email_keys(rows).fillna(pd.Series(ids, rows.index)).tolist()
    return zip(ids, projects, strict=True) if rule.group_by == "project" else ids


def _format_details(rule: Rule, rows: pd.DataFrame) -> list[str]:
    details = _call(rule, "detail", lambda: [str(text) for text in rule.details(rows)])
    if len(details) != len(rows):
        raise _rule_failed(rule, "detail", f"returned {len(details):,} texts for {len(rows):,} rows")
    return details


def _call(rule: Rule, function: str, call: Callable[[], _Result]) -> _Result:
    """Call a function of a rule, which is the user's code and may raise anything."""
    try:
        return call()
    except Exception as error:
        raise _rule_failed(rule, function, f"raised {type(error).__name__}") from error


def _rule_failed(rule: Rule, function: str, reason: str) -> InvalidArgument:
    return InvalidArgument(
        f"The rule {safe_repr(rule.name)} failed: its {function} {reason}.",
        f"The {function} takes a frame and must return {_RETURNS[function]}. The built-in rules need boolean "
        "columns as a loader returns them, not text.",
    )


def _find_first_text(rows: pd.DataFrame, *columns: str) -> list[str | None]:
    """Return for each row the first text of these columns that is not blank."""
    texts: pd.Series[Any] = pd.Series(None, rows.index, dtype=TEXT)
    for column in columns:
        if column in rows:
            values = as_texts(rows[column])
            texts = texts.fillna(values.where(values.str.strip() != ""))
    return texts.astype(object).where(texts.notna(), None).tolist()
