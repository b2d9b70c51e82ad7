"""Kinds of frames: recognised by provenance, else by columns."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

import pandas as pd

from pmframes._analysis.common import check_column_names
from pmframes._analysis.people import FLAGS
from pmframes._frames.provenance import read_sources
from pmframes._text import join
from pmframes.errors import InvalidArgument


@dataclass(frozen=True, eq=False)
class FrameKind:
    """A kind of frame that has a summary and a chart, both named ``summary``.

    ``origins`` are the services and resources that such a frame is loaded from. ``signatures`` are sets of
    columns, any of which only such a frame has. ``keys`` are columns or index levels that it needs in any
    case: a summary that was made from such a frame has its origin, but not its keys.
    """

    name: str
    summary: str
    origins: Set[tuple[str, str]]
    signatures: Sequence[tuple[str, ...]]
    keys: tuple[str, ...] = ()

    def is_origin_of(self, frame: pd.DataFrame) -> bool:
        """Whether a frame was loaded as this kind."""
        origins = {(source.service, source.resource) for source in read_sources(frame)}
        return bool(origins) and origins <= self.origins and not self._missing_keys(frame)

    def has_signature(self, frame: pd.DataFrame) -> bool:
        """Whether the columns of a frame are those of this kind."""
        return not self.missing_columns(frame)

    def similarity(self, frame: pd.DataFrame) -> float:
        """Return the share of a signature that a frame has, from 0 to 1, without columns that any has."""
        distinctive = [{*signature} - {"id", "name"} for signature in self.signatures]
        return max(len(columns & {*frame}) / len(columns) for columns in distinctive)

    def missing_columns(self, frame: pd.DataFrame) -> list[str]:
        """Return the fewest columns that would make a frame one of this kind."""
        missing = ([name for name in signature if name not in frame] for signature in self.signatures)
        return [*self._missing_keys(frame), *min(missing, key=len)]

    def _missing_keys(self, frame: pd.DataFrame) -> list[str]:
        return [name for name in self.keys if name not in [*frame, *frame.index.names]]


PERMISSIONS = FrameKind(
    "permissions", "people_by_permission", {("teamwork", "permissions")}, [("person_id", *FLAGS.values())]
)
PEOPLE = FrameKind("people", "people_by_type", {("teamwork", "people")}, [("type", *FLAGS.values())])
ROLES = FrameKind("roles", "roles_by_permission", {("projectmanager", "roles")}, [("id", "name", "is_custom")])
PROJECTS = FrameKind(
    "projects",
    "projects_by_customer",
    {("projectmanager", "projects")},
    [("customer_id", "customer_name")],
    keys=("id",),
)
# A company alone is no signature of customers: people and projects of Teamwork.com have one too.
CUSTOMERS = FrameKind(
    "customers",
    "customers_by_company",
    {("projectmanager", "customers"), ("outlign", "clients"), ("outlign", "client"), ("spirii", "customers")},
    [("service", "company_id", "company_name"), ("company_id", "company_title"), ("owner_id", "owner_name")],
    keys=("id",),
)
# The first that fits wins: permissions have all columns of people but the id.
KINDS = (PERMISSIONS, PEOPLE, ROLES, PROJECTS, CUSTOMERS)


def detect_kind(caller: str, frame: pd.DataFrame) -> FrameKind:
    """Return the kind of a frame, by its provenance, else by its columns; ``caller`` is named in errors.

    Raises
    ------
    InvalidArgument
        Neither its provenance nor its columns are those of a known kind.
    """
    check_column_names(caller, frame)
    for matches in (FrameKind.is_origin_of, FrameKind.has_signature):
        for kind in KINDS:
            if matches(kind, frame):
                return kind
    closest = max(KINDS, key=lambda kind: kind.similarity(frame))
    remedy = "Pass people, permissions, roles, customers or ProjectManager.com projects from a loader"
    if not closest.similarity(frame):
        raise InvalidArgument(f"{caller} does not recognise this frame.", f"{remedy}.")
    raise InvalidArgument(
        f"{caller} does not recognise this frame. For {closest.summary}, the closest match, it lacks the "
        f"columns: {join(closest.missing_columns(frame))}.",
        f"{remedy}, or add these columns.",
    )
