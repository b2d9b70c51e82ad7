"""The frames that rules look at, and what is known of how they were loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pmframes import errors
from pmframes.frames.provenance import differences, is_legible, sources
from pmframes.summaries.rules import Rule
from pmframes.summaries.shared import bare, check

_MADE_BY = {
    "people": "pm.teamwork.people",
    "permissions": "pm.teamwork.permissions",
    "roles": "pm.projectmanager.roles",
    "dormant": "pm.teamwork.people",
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
        return [column for column in rule.needs if column not in self.frame]


def subjects(frames: Mapping[str, pd.DataFrame]) -> dict[str, Subject]:
    """Check frames, by the names of the arguments of ``findings``, and prepare them for rules."""
    if not frames:
        raise errors.nothing_to_review()
    for name, frame in frames.items():
        check("findings", frame, [_identifier(name)], _MADE_BY[name])
        if not is_legible(frame):
            raise errors.illegible_source(name)
    if "dormant" in frames:
        _check_dormant(frames.get("people"), frames["dormant"])
    found = {name: _subject(name, frame) for name, frame in frames.items() if name != "dormant"}
    if "dormant" in frames:
        found["dormant"] = _with_logins(found["people"], frames["dormant"])
    return found


def _identifier(name: str) -> str:
    return "person_id" if name == "permissions" else "id"


def check_rules(found: Mapping[str, Subject], rules: Iterable[Rule]) -> None:
    """Refuse a frame on which none of its rules can be checked."""
    chosen = list(rules)
    for name, subject in found.items():
        lacking = [subject.lacks(rule) for rule in chosen if rule.about == name]
        if lacking and all(lacking):
            columns = dict.fromkeys(column for one in lacking for column in one)
            raise errors.missing_columns("findings", columns, _MADE_BY[name])


def _subject(name: str, frame: pd.DataFrame) -> Subject:
    rows = bare(frame)
    queries = _queries(frame)
    flags = [flag for flag, key in _ASKED_FOR_BY.items() if any(_is_off(query, key) for query in queries)]
    selected = any(key.startswith("fields[") for query in queries for key in query)
    known = [str(column) for column in rows if not (selected and rows[column].isna().all())]
    return Subject(rows, _identifier(name), frozenset(known), frozenset(flags))


def _queries(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [one.get("params", {}) for one in sources(frame)["sources"]]


def _is_off(query: Mapping[str, Any], key: str) -> bool:
    return str(query.get(key, "false")) == "false"


def is_by_login(frame: pd.DataFrame) -> bool:
    """Whether a frame is of those alone who logged in after some day."""
    queries = _queries(frame)
    return bool(queries) and all(_LOGIN_KEY in query for query in queries)


def _with_logins(people: Subject, dormant: pd.DataFrame) -> Subject:
    """Say of each person whether it is among those who logged in, and since when that is known."""
    days = [_day(query[_LOGIN_KEY]) for query in _queries(dormant)]
    since = pd.Series(max(days, default=None), people.frame.index, dtype="str")
    logins = people.frame["id"].isin(bare(dormant)["id"])
    frame = people.frame.assign(logged_in=logins, no_login_since=since)
    return Subject(frame, "id", people.known | {"logged_in", "no_login_since"}, frozenset())


def _day(moment: str) -> str:
    return moment.removesuffix("T00:00:00Z").replace("T", " ").replace("Z", " UTC")


def _check_dormant(people: pd.DataFrame | None, dormant: pd.DataFrame) -> None:
    """Refuse a frame that does not show who of these people logged in."""
    if people is None:
        raise errors.dormant_without_people()
    known = sources(dormant)["sources"]
    if known and not is_by_login(dormant):
        raise errors.not_by_login()
    for source in known:
        for other in sources(people)["sources"]:
            if differing := differences(source, other, _NOT_ABOUT_LOGINS):
                raise errors.other_people(differing)
