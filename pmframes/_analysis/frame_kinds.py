"""What kind of frame this is: by where it came from or, where it does not say, by its columns."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import check_names
from pmframes._analysis.people import FLAGS
from pmframes._frames.provenance import sources

_IN_ANY = {"id", "name"}


@dataclass(frozen=True)
class Kind:
    """A kind of frame that there is a summary for, and a picture of the same name.

    ``loads`` are the services and resources that it is loaded as; ``marks`` are sets of columns, any of
    which only such a frame has; ``tells_apart`` are those without which, be it in the index, it is no such
    frame, wherever it came from, but may be its own summary.
    """

    name: str
    summary: str
    loads: frozenset[tuple[str, str]]
    marks: tuple[tuple[str, ...], ...]
    tells_apart: tuple[str, ...] = ()

    def is_loaded(self, frame: pd.DataFrame, loads: Set[tuple[Any, Any]]) -> bool:
        """Whether a frame that came from these services and resources is of this kind."""
        return bool(loads) and loads <= self.loads and not self._not_told_apart(frame)

    def is_marked(self, frame: pd.DataFrame) -> bool:
        """Whether the columns of a frame are those of this kind."""
        return not self.missing(frame)

    def nearness(self, frame: pd.DataFrame) -> float:
        """Say how much of its marks a frame has, from 0 to 1; what any frame has does not count."""
        telling = [{*mark} - _IN_ANY for mark in self.marks]
        return max(len(mark & {*frame}) / len(mark) for mark in telling)

    def missing(self, frame: pd.DataFrame) -> list[str]:
        """Name the columns that would make a frame one of this kind: the fewest that are missing."""
        lacking = ([name for name in mark if name not in frame] for mark in self.marks)
        return [*self._not_told_apart(frame), *min(lacking, key=len)]

    def _not_told_apart(self, frame: pd.DataFrame) -> list[str]:
        return [name for name in self.tells_apart if name not in [*frame, *frame.index.names]]


PERMISSIONS = Kind(
    name="permissions",
    summary="people_by_permission",
    loads=frozenset({("teamwork", "permissions")}),
    marks=(("person_id", *FLAGS.values()),),
)
PEOPLE = Kind(
    name="people",
    summary="people_by_type",
    loads=frozenset({("teamwork", "people")}),
    marks=(("type", *FLAGS.values()),),
)
ROLES = Kind(
    name="roles",
    summary="roles_by_permission",
    loads=frozenset({("projectmanager", "roles")}),
    marks=(("id", "name", "is_custom"),),
)
PROJECTS = Kind(
    name="projects",
    summary="projects_by_customer",
    loads=frozenset({("projectmanager", "projects")}),
    marks=(("customer_id", "customer_name"),),
    tells_apart=("id",),
)
# A company alone marks no customers: people and projects of Teamwork.com have one too.
CUSTOMERS = Kind(
    name="customers",
    summary="customers_by_company",
    loads=frozenset(
        {
            ("projectmanager", "customers"),
            ("outlign", "clients"),
            ("outlign", "client"),
            ("spirii", "customers"),
        }
    ),
    marks=(
        ("service", "company_id", "company_name"),
        ("company_id", "company_title"),
        ("owner_id", "owner_name"),
    ),
    tells_apart=("id",),
)
# By columns the first counts: permissions have all that people have, but for their own id.
KINDS = (PERMISSIONS, PEOPLE, ROLES, PROJECTS, CUSTOMERS)


def kind_of(what: str, frame: pd.DataFrame) -> Kind:
    """Say of what kind a frame is; ``what`` names who asks.

    Raises
    ------
    InvalidArgument
        Neither where it came from nor its columns say so.
    """
    check_names(what, frame)
    loads = {(one.get("service"), one.get("resource")) for one in sources(frame)["sources"]}
    for kind in KINDS:
        if kind.is_loaded(frame, loads):
            return kind
    for kind in KINDS:
        if kind.is_marked(frame):
            return kind
    nearest = max(KINDS, key=lambda kind: kind.nearness(frame))
    if not nearest.nearness(frame):
        raise _messages.of_no_kind(what, None, [])
    raise _messages.of_no_kind(what, nearest.summary, nearest.missing(frame))
