"""Findings: what deserves a look in an access review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import NONE, as_texts, check_frame, strip_attrs
from pmframes._analysis.rules import RULES, SEVERITY, Rule, email_keys
from pmframes._frames.provenance import KEY, is_supported, merge_provenance, read_sources
from pmframes._text import join_limited

_MADE_BY = {
    "people": "pm.teamwork.people",
    "permissions": "pm.teamwork.permissions",
    "roles": "pm.projectmanager.roles",
    "logged_in": "pm.teamwork.people",
}
# Such people are in a load only if it asked for them, by this query key.
_ASKED_FOR_BY = {
    "deleted": "showDeleted",
    "is_service_account": "includeServiceAccounts",
    "is_placeholder": "includePlaceholders",
}
_LOGIN_KEY = "lastLoginAfter"
# Whether those who cannot log in were loaded, and which columns, makes nobody look dormant.
_NOT_ABOUT_LOGINS = frozenset({_LOGIN_KEY, "excludeContacts", "fields[people]", *_ASKED_FOR_BY.values()})


@dataclass(frozen=True)
class Subject:
    """A frame to look at.

    ``known`` are its columns, without those that its load left out; ``left_out`` are the flags of people for
    whom its load did not ask.
    """

    frame: pd.DataFrame
    identifier: str
    known: frozenset[str]
    left_out: frozenset[str]

    def lacks(self, rule: Rule) -> list[str]:
        """Name the columns that a rule needs and the frame does not have."""
        return [column for column in rule.columns if column not in self.frame]


def subjects(frames: Mapping[str, pd.DataFrame]) -> dict[str, Subject]:
    """Check frames, by the names of the arguments of ``findings``, and prepare them for rules."""
    if not frames:
        raise _messages.nothing_to_review()
    for name, frame in frames.items():
        check_frame(name, frame, [_identifier(name)], _MADE_BY[name])
        if not is_supported(frame):
            raise _messages.illegible_source(name)
    if "logged_in" in frames:
        _check_logged_in(frames.get("people"), frames["logged_in"])
    found = {name: _subject(name, frame) for name, frame in frames.items() if name != "logged_in"}
    if "logged_in" in frames:
        found["logged_in"] = _with_logins(found["people"], frames["logged_in"])
    return found


def _identifier(name: str) -> str:
    return "person_id" if name == "permissions" else "id"


def check_rules(found: Mapping[str, Subject], rules: Iterable[Rule]) -> None:
    """Refuse a frame on which none of its rules can be checked."""
    chosen = list(rules)
    for name, subject in found.items():
        lacking = [subject.lacks(rule) for rule in chosen if rule.frame == name]
        if lacking and all(lacking):
            columns = dict.fromkeys(column for one in lacking for column in one)
            raise _messages.missing_columns(name, columns, _MADE_BY[name])


def _subject(name: str, frame: pd.DataFrame) -> Subject:
    rows = strip_attrs(frame)
    queries = _queries(frame)
    flags = [flag for flag, key in _ASKED_FOR_BY.items() if any(_is_off(query, key) for query in queries)]
    selected = any(key.startswith("fields[") for query in queries for key in query)
    known = [str(column) for column in rows if not (selected and rows[column].isna().all())]
    return Subject(rows, _identifier(name), frozenset(known), frozenset(flags))


def _queries(frame: pd.DataFrame) -> list[Mapping[str, Any]]:
    return [source.params for source in read_sources(frame)]


def _is_off(query: Mapping[str, Any], key: str) -> bool:
    return str(query.get(key, "false")) == "false"


def is_by_login(frame: pd.DataFrame) -> bool:
    """Whether a frame is of those alone who logged in after some day."""
    queries = _queries(frame)
    return bool(queries) and all(_LOGIN_KEY in query for query in queries)


def _with_logins(people: Subject, logged_in: pd.DataFrame) -> Subject:
    """Say of each person whether it is among those who logged in, and since when that is known."""
    days = [_day(str(query[_LOGIN_KEY])) for query in _queries(logged_in)]
    since = pd.Series(max(days, default=None), people.frame.index, dtype="str")
    logins = people.frame["id"].isin(strip_attrs(logged_in)["id"])
    frame = people.frame.assign(logged_in=logins, no_login_since=since)
    return Subject(frame, "id", people.known | {"logged_in", "no_login_since"}, frozenset())


def _day(moment: str) -> str:
    return moment.removesuffix("T00:00:00Z").replace("T", " ").replace("Z", " UTC")


def _check_logged_in(people: pd.DataFrame | None, logged_in: pd.DataFrame) -> None:
    """Refuse a frame that does not show who of these people logged in."""
    if people is None:
        raise _messages.logged_in_without_people()
    known = read_sources(logged_in)
    if known and not is_by_login(logged_in):
        raise _messages.not_by_login()
    for source in known:
        for other in read_sources(people):
            if differing := source.differences(other, _NOT_ABOUT_LOGINS):
                raise _messages.other_people(differing)


_DTYPES: dict[str, Any] = {
    "rule": "str",
    "severity": SEVERITY,
    "who": "str",
    "where": "str",
    "detail": "str",
    "rationale": "str",
}
_MOST_PROJECTS = 3
_MOST_PEOPLE = 10
# A row that was found: its rule, what makes it one finding with others, person or role, and project, by ids;
# then None, or what is granted.
Part = tuple[str, Any, str, str | None, str | None]
# Who, where, detail and parts.
_Found = tuple[str | None, str | None, str, set[Part]]


def findings(
    people: pd.DataFrame | None = None,
    permissions: pd.DataFrame | None = None,
    roles: pd.DataFrame | None = None,
    *,
    logged_in: pd.DataFrame | None = None,
    rules: Iterable[Rule] | None = None,
) -> pd.DataFrame:
    """Find what deserves a look: one row for each person, role or membership that a rule finds.

    Missing is not True: a person of whom the service does not say whether it was deleted counts as not
    deleted.

    Parameters
    ----------
    people
        What ``pm.teamwork.people`` returns. Without ``show_deleted=True, include_service_accounts=True``
        nobody whom the rules about these look for is in it.
    permissions
        What ``pm.teamwork.permissions`` returns; the same holds for it.
    roles
        What ``pm.projectmanager.roles`` returns.
    logged_in
        The people who did log in lately: ``pm.teamwork.people`` with the same arguments as ``people`` plus
        ``last_login_after``. Everyone else is dormant, except contacts, deleted people, service accounts and
        placeholders, who cannot log in and may be missing from it.
    rules
        The rules; default: the built-in rules, ``pm.report.RULES``. See ``pm.report.Rule`` to add one.

    Returns
    -------
    pandas.DataFrame
        Highest severity first, then in the order of the rules, then by who.

        ========  ========  =====================================================================
        rule      str       name of the rule
        severity  category  ordered: low < medium < high
        who       str       name and id of the person or role, the id alone where there is no name;
                            for an e-mail address all who have it, the first ten by name
        where     str       the projects, the first three by name; NA where there are none, or
                            none are known
        detail    str       what was found
        rationale str       why it matters
        ========  ========  =====================================================================

        ``attrs["pmframes"]`` is ``{"sources": […], "not_checked": […]}``. The second names the rules that
        found nothing because they could not be checked: their frame was not given or lacks a column, a
        value that decides is missing, or the load did not ask for deleted people, service accounts or
        placeholders.

    Raises
    ------
    InvalidArgument
        If no frame is given, or something else than a frame; if one says in an unknown form where it comes
        from; if no rule can be checked on a frame that is given, for lack of columns; if ``logged_in`` is
        given without ``people``, or was loaded without ``last_login_after`` or with other arguments than
        ``people``; if a rule cannot be applied.
    """
    given = {"people": people, "permissions": permissions, "roles": roles, "logged_in": logged_in}
    return findings_and_parts({name: one for name, one in given.items() if one is not None}, rules)[0]


def findings_and_parts(
    frames: Mapping[str, pd.DataFrame], rules: Iterable[Rule] | None, *, of_last_time: bool = False
) -> tuple[pd.DataFrame, list[set[Part]]]:
    """Give the findings of frames, by the names of the arguments of ``findings``, and the parts of each.

    What is ``of_last_time`` may lack what every rule needs: a permission may have come since.
    """
    chosen = _checked(rules)
    looked_at = subjects(frames)
    if not of_last_time:
        check_rules(looked_at, chosen)
    results = [(rule, _apply(rule, looked_at.get(rule.frame))) for rule in chosen]
    table = _table([(rule, one) for rule, found in results for one in sorted(found or [], key=_order)])
    parts = table.pop("parts").tolist()
    not_checked = [rule.name for rule, found in results if found is None]
    table.attrs = {KEY: {**merge_provenance(*frames.values()), "not_checked": not_checked}}
    return table, parts


def _checked(rules: Any) -> list[Rule]:
    if rules is None:
        return [*RULES]
    chosen = list(rules) if isinstance(rules, Iterable) else []
    if not all(isinstance(one, Rule) for one in chosen or [None]):
        raise _messages.wrong_kind("rules", rules, "a list of rules, such as [*pm.report.RULES, my_rule]")
    return chosen


def _order(found: _Found) -> tuple[str, str]:
    who, where, *_ = found
    return who or "", where or ""


def _table(found: list[tuple[Rule, _Found]]) -> pd.DataFrame:
    rows = [
        (rule.name, rule.severity, who, where, detail, rule.rationale, parts)
        for rule, (who, where, detail, parts) in found
    ]
    table = pd.DataFrame(rows, columns=[*_DTYPES, "parts"]).astype(_DTYPES)
    return table.sort_values("severity", ascending=False, kind="stable", ignore_index=True)


def _apply(rule: Rule, subject: Subject | None) -> list[_Found] | None:
    """Give what a rule finds; None where it finds nothing because it cannot be checked."""
    if subject is None or not subject.known.issuperset(rule.columns):
        return None
    mask = _mask(rule, subject.frame)
    if mask.any():
        return _found(rule, subject.frame[mask.fillna(False)], subject.identifier)
    return None if mask.isna().any() or subject.left_out.intersection(rule.columns) else []


def _mask(rule: Rule, frame: pd.DataFrame) -> pd.Series[bool]:
    """Say which rows a rule finds: True, False, or NA where it cannot tell."""
    try:
        mask = pd.Series(pd.array(rule.predicate(frame), dtype="boolean"))
    except Exception as error:
        raise _messages.rule_failed("predicate", rule.name, type(error).__name__) from error
    if len(mask) != len(frame):
        raise _messages.rule_failed("predicate", rule.name, f"{len(mask):,} answers for {len(frame):,} rows")
    return mask


@dataclass(frozen=True)
class _Group:
    """What makes one finding: people, or roles, and projects by their ids, and the detail."""

    detail: str
    people: dict[str, str] = field(default_factory=dict)
    projects: dict[str, str] = field(default_factory=dict)
    parts: set[Part] = field(default_factory=set)

    @property
    def found(self) -> _Found:
        projects = [*self.projects.values()]
        return (
            join_limited([*self.people.values()], _MOST_PEOPLE) or None,
            join_limited(projects, _MOST_PROJECTS) or None,
            self.detail,
            self.parts,
        )


def _found(rule: Rule, rows: pd.DataFrame, identifier: str) -> list[_Found]:
    """Put the rows that were found together, as the rule wants one finding for each."""
    ids = as_texts(rows[identifier]).fillna(NONE).tolist()
    projects = _texts(rows, "project_id", "project_name")
    columns = (ids, _whos(rows, ids), projects, _texts(rows, "project_name", "project_id"))
    groups: dict[Any, _Group] = {}
    made = (_keys(rule, rows, ids, projects), _details(rule, rows), _granted(rule, rows), *columns)
    for key, detail, granted, one, who, project, where in zip(*made, strict=True):
        group = groups.setdefault(key, _Group(detail))
        group.people.setdefault(one, who)
        group.parts.update((rule.name, key, one, project, flag) for flag in [None, *granted])
        if project is not None and where is not None:
            group.projects.setdefault(project, where)
    return [group.found for group in groups.values()]


def _keys(rule: Rule, rows: pd.DataFrame, ids: list[str], projects: list[str | None]) -> Iterable[Any]:
    """Give what rows of one finding have in common."""
    if rule.group_by == "email":
        return email_keys(rows).fillna(pd.Series(ids, rows.index)).tolist()
    return zip(ids, projects, strict=True) if rule.group_by == "project" else ids


def _granted(rule: Rule, rows: pd.DataFrame) -> list[list[str]]:
    try:
        return rule.granted(rows)
    except Exception as error:
        raise _messages.rule_failed("flag_columns", rule.name, type(error).__name__) from error


def _details(rule: Rule, rows: pd.DataFrame) -> list[str]:
    try:
        details = [str(one) for one in rule.details(rows)]
    except Exception as error:
        raise _messages.rule_failed("detail", rule.name, type(error).__name__) from error
    if len(details) != len(rows):
        raise _messages.rule_failed("detail", rule.name, f"{len(details):,} texts for {len(rows):,} rows")
    return details


def _whos(rows: pd.DataFrame, ids: list[str]) -> list[str]:
    names = _texts(rows, "name")
    return [f"{name} ({one})" if name else one for name, one in zip(names, ids, strict=True)]


def _texts(rows: pd.DataFrame, *columns: str) -> list[str | None]:
    """Give of each row the first of these columns in which it has a text that can be seen."""
    texts: pd.Series[Any] = pd.Series(None, rows.index, dtype="str")
    for column in columns:
        if column in rows:
            found = as_texts(rows[column])
            texts = texts.fillna(found.where(found.str.strip() != ""))
    return texts.astype(object).where(texts.notna(), None).tolist()
