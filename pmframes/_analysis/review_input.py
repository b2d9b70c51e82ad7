"""The frames of an access review: checked, and described for rules, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import as_texts, check_frame, check_whole, strip_attrs
from pmframes._fork import cached_property
from pmframes._frames.provenance import is_supported, partialities, read_sources
from pmframes._text import join
from pmframes._types import TEXT
from pmframes.errors import InvalidArgument

FrameName = Literal["people", "permissions", "roles", "logged_in"]

ID_COLUMNS = {"people": "id", "permissions": "person_id", "roles": "id", "logged_in": "id"}
LOADERS = {
    "people": ("pm.teamwork.people", "pm.projectmanager.members"),
    "permissions": ("pm.teamwork.permissions",),
    "roles": ("pm.projectmanager.roles",),
    "logged_in": ("pm.teamwork.people",),
}
# People with one of these flags are loaded only if this query parameter requests them.
_REQUESTED_BY = {
    "deleted": "showDeleted",
    "is_service_account": "includeServiceAccounts",
    "is_placeholder": "includePlaceholders",
}
_LOGIN_KEY = "lastLoginAfter"
# Parameters that add or remove columns, or people who cannot log in: they make nobody look dormant.
_LOGIN_NEUTRAL = frozenset({_LOGIN_KEY, "excludeContacts", "fields[people]", *_REQUESTED_BY.values()})


@dataclass(frozen=True, eq=False)
class RuleInput:
    """A frame as rules take it, with a plain index and without attrs.

    ``available`` are its columns, without those that its load did not select. ``not_requested`` are the flags
    of people whom its load did not request, or may not have requested where it is not known. ``is_partial``
    means that rows of the load are missing.
    """

    frame: pd.DataFrame
    available: frozenset[str]
    not_requested: frozenset[str]
    is_partial: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class ReviewInput:
    """The frames of an access review, by the names of the arguments of ``findings``.

    Findings, changes, the comparison with a baseline and the report all take this value.

    Raises
    ------
    InvalidArgument
        If there is no frame, or something else than a frame; if one lacks its id or has provenance in an
        unknown format; if ``logged_in`` does not show which of these people logged in.
    """

    people: pd.DataFrame | None = None
    permissions: pd.DataFrame | None = None
    roles: pd.DataFrame | None = None
    logged_in: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        if not self.frames:
            raise InvalidArgument(
                "There is no frame to review.",
                "Pass at least one of people, permissions and roles: findings(pm.teamwork.people(12345)).",
            )
        for name, frame in self.frames.items():
            check_frame(name, frame, [ID_COLUMNS[name]], *LOADERS[name])
            if "account" in frame and frame["account"].nunique() > 1:
                # Two people of different accounts may have the same id.
                raise InvalidArgument(
                    f"{name} has rows of {frame['account'].nunique()} accounts.",
                    "Review each account by itself: pm.report.access_review(frame[frame['account'] == 'acme']).",
                )
            if not is_supported(frame):
                raise _messages.unsupported_provenance(name)
        if self.logged_in is not None:
            # People who were filtered out of it would look dormant.
            check_whole("logged_in", self.logged_in)
            _check_logged_in(self.people, self.logged_in)

    @property
    def frames(self) -> dict[FrameName, pd.DataFrame]:
        """The frames that are present, as they were loaded."""
        frames = {name: getattr(self, name) for name in get_args(FrameName)}
        return {name: frame for name, frame in frames.items() if frame is not None}

    @cached_property
    def rule_inputs(self) -> dict[FrameName, RuleInput]:
        """The frames as rules take them; "logged_in" are the people, with whether they logged in.

        Members have one more column, ``is_guest``.
        """
        inputs: dict[FrameName, RuleInput] = {
            name: _build_rule_input(name, frame) for name, frame in self.frames.items() if name != "logged_in"
        }
        if (people := inputs.get("people")) is not None and "role_name" in people.available:
            inputs["people"] = _add_guest_roles(people, self.roles)
        if self.logged_in is not None:
            inputs["logged_in"] = _add_logins(inputs["people"], self.logged_in)
        return inputs


def _check_logged_in(people: pd.DataFrame | None, logged_in: pd.DataFrame) -> None:
    """Raise InvalidArgument unless ``logged_in`` shows which of these people logged in."""
    if people is None:
        raise InvalidArgument(
            "logged_in needs people: it names who logged in, not who could have.",
            "Pass both: people as usual, and logged_in loaded with the same arguments plus last_login_after.",
        )
    login_sources = read_sources(logged_in)
    if login_sources and not is_filtered_by_login(logged_in):
        raise InvalidArgument(
            "logged_in was loaded without last_login_after, so it does not show who logged in.",
            'Load it like people, and add pm.teamwork.people(…, last_login_after="2026-03-01").',
        )
    for source in login_sources:
        for other in read_sources(people):
            if differing := source.differences(other, _LOGIN_NEUTRAL):
                raise InvalidArgument(
                    f"logged_in and people were loaded with different parameters: they differ in {join(differing)}.",
                    "Load both with the same arguments, and logged_in with last_login_after as well.",
                )


def is_filtered_by_login(frame: pd.DataFrame) -> bool:
    """Whether a frame was loaded with only the people who logged in after some day."""
    queries = _read_queries(frame)
    return bool(queries) and all(_LOGIN_KEY in query for query in queries)


def _read_queries(frame: pd.DataFrame) -> list[Mapping[str, Any]]:
    return [source.params for source in read_sources(frame)]


def _build_rule_input(name: FrameName, frame: pd.DataFrame) -> RuleInput:
    rows = strip_attrs(frame)
    queries = _read_queries(frame)
    # Without provenance it is unknown what was requested: there is a query that requests nothing.
    not_requested = [
        flag for flag, key in _REQUESTED_BY.items() if any(not _is_on(query, key) for query in queries or [{}])
    ]
    selects_fields = any(key.startswith("fields[") for query in queries for key in query)
    available = [str(column) for column in rows if not (selects_fields and rows[column].isna().all())]
    return RuleInput(rows, frozenset(available), frozenset(not_requested), bool(partialities(frame)))


def _is_on(query: Mapping[str, Any], key: str) -> bool:
    return str(query.get(key)).casefold() == "true"


def _add_guest_roles(members: RuleInput, roles: pd.DataFrame | None) -> RuleInput:
    """Add to members whether their role is the guest role; NA where not exactly one role has its name."""
    is_guest = pd.Series(pd.NA, members.frame.index, dtype="boolean")
    if roles is not None and {"name", "is_guest"} <= {*roles}:
        named = strip_attrs(roles)[["name", "is_guest"]].dropna(subset="name").drop_duplicates("name", keep=False)
        by_name = dict(zip(named["name"], named["is_guest"], strict=True))
        is_guest = pd.Series([by_name.get(name) for name in members.frame["role_name"]], dtype="boolean")
    return replace(members, frame=members.frame.assign(is_guest=is_guest), available=members.available | {"is_guest"})


def _add_logins(people: RuleInput, logged_in: pd.DataFrame) -> RuleInput:
    """Add to people whether each one logged in, and since when this is known."""
    days = [_format_day(str(query[_LOGIN_KEY])) for query in _read_queries(logged_in)]
    has_logged_in = as_texts(people.frame["id"]).isin(as_texts(strip_attrs(logged_in)["id"]))
    no_login_since = pd.Series(max(days, default=None), people.frame.index, dtype=TEXT)
    frame = people.frame.assign(logged_in=has_logged_in, no_login_since=no_login_since)
    return RuleInput(frame, people.available | {"logged_in", "no_login_since"}, frozenset(), people.is_partial)


def _format_day(time: str) -> str:
    return time.removesuffix("T00:00:00Z").replace("T", " ").replace("Z", " UTC")
