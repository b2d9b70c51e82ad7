"""The resources that a plan can write, by name, and what hangs on their rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pmframes._connections import Connection
from pmframes._loading.loader import run_with
from pmframes._loading.plan import build_plan
from pmframes._loading.resource import Options
from pmframes._loading.writing import WriteSchema
from pmframes._text import pluralize
from pmframes.errors import IncompleteLoad, PermissionDenied, ServiceError, UnexpectedResponse
from pmframes.outlign import WRITE_SCHEMA as OUTLIGN_CLIENTS
from pmframes.projectmanager import PROJECTS
from pmframes.projectmanager import WRITE_SCHEMA as PROJECTMANAGER_CUSTOMERS
from pmframes.spirii import WRITE_SCHEMA as SPIRII_CUSTOMERS


@dataclass(frozen=True)
class Target:
    """A resource whose rows can be written; ``loader`` is the function that loads them.

    ``find_dependents`` says what a deletion does to other rows, by the id of the row that goes.
    """

    loader: str
    schema: WriteSchema
    find_dependents: Callable[[Connection, Collection[Any]], Mapping[Any, str]]


def _count_projects(connection: Connection, ids: Collection[Any]) -> Mapping[Any, str]:
    try:
        projects = run_with(build_plan(PROJECTS, Options(refresh=True)), connection)
    except (PermissionDenied, ServiceError, UnexpectedResponse, IncompleteLoad):
        return dict.fromkeys(ids, "unassigns its projects, number unknown")
    counts = projects["customer_id"].value_counts()
    return {id_: f"unassigns {pluralize(int(counts.get(id_, 0)), 'project')}" for id_ in ids}


TARGETS = {
    ("projectmanager", "customers"): Target("pm.projectmanager.customers()", PROJECTMANAGER_CUSTOMERS, _count_projects),
    ("outlign", "clients"): Target(
        "pm.outlign.clients()",
        OUTLIGN_CLIENTS,
        # No list of the service says which client a project has.
        lambda connection, ids: dict.fromkeys(ids, "may affect projects, number unknown"),
    ),
    ("spirii", "customers"): Target("pm.spirii.customers()", SPIRII_CUSTOMERS, lambda connection, ids: {}),
}
