"""Recognise which loader returned a frame, by its provenance, else by columns that only its frames have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from pmframes._frames.provenance import read_sources
from pmframes._text import join, join_or
from pmframes.errors import InvalidArgument


class _Origin(NamedTuple):
    rows: str
    resources: Sequence[tuple[str, str]]
    signature: frozenset[str] = frozenset()
    used_by: str = ""


_PORTFOLIO = "pm.report.customers_by_company or pm.report.customer_portfolio"
_ORIGINS = {
    "pm.teamwork.people": _Origin(
        "people",
        [("teamwork", "people")],
        frozenset({"id", "is_client_user", "is_service_account"}),
        "pm.report.people_by_type or pm.report.access_review",
    ),
    "pm.teamwork.permissions": _Origin(
        "permissions",
        [("teamwork", "permissions")],
        frozenset({"person_id", "is_client_user", "is_service_account"}),
        "pm.report.people_by_permission",
    ),
    "pm.teamwork.projects": _Origin(
        "projects of Teamwork.com", [("teamwork", "projects")], frozenset({"sub_status", "is_billable"})
    ),
    "pm.teamwork.companies": _Origin(
        "companies of Teamwork.com", [("teamwork", "companies")], frozenset({"is_owner", "country_code"})
    ),
    "pm.projectmanager.roles": _Origin(
        "roles", [("projectmanager", "roles")], frozenset({"is_custom", "is_guest"}), "pm.report.roles_by_permission"
    ),
    "pm.projectmanager.role_permissions": _Origin(
        "permissions of roles",
        [("projectmanager", "role_permissions")],
        frozenset({"role_id", "permission", "granted"}),
    ),
    "pm.projectmanager.resources": _Origin(
        "resources", [("projectmanager", "resources")], frozenset({"role_id", "approver_id"})
    ),
    "pm.projectmanager.projects": _Origin(
        "projects of ProjectManager.com",
        [("projectmanager", "projects")],
        frozenset({"customer_id", "customer_name"}),
        "pm.report.projects_by_customer",
    ),
    "pm.projectmanager.members": _Origin(
        "members",
        [("projectmanager", "members")],
        frozenset({"project_id", "permission", "role_name"}),
        "pm.report.findings",
    ),
    "pm.projectmanager.customers": _Origin(
        "customers of ProjectManager.com", [("projectmanager", "customers")], used_by=_PORTFOLIO
    ),
    "pm.outlign.clients": _Origin(
        "clients of Outlign",
        [("outlign", "clients"), ("outlign", "client")],
        frozenset({"company_id", "company_title"}),
        _PORTFOLIO,
    ),
    "pm.outlign.companies": _Origin("companies of Outlign", [("outlign", "companies")]),
    "pm.spirii.customers": _Origin(
        "customers of Spirii", [("spirii", "customers")], frozenset({"owner_id", "owner_name"}), _PORTFOLIO
    ),
    "pm.customers": _Origin("customers", [], frozenset({"service", "company_id", "company_name"}), _PORTFOLIO),
}


def check_origin(argument: str, frame: pd.DataFrame, loaders: Sequence[str]) -> None:
    """Raise InvalidArgument for a frame that another loader than these returned, as far as can be told.

    Frames of unknown origin, and those made from several loads of which one fits, are accepted.
    """
    if not _ORIGINS.keys() >= {*loaders}:
        return
    origins = _by_provenance(frame) or _by_columns(frame)
    if not origins or not origins.isdisjoint(loaders):
        return
    rows = join(_ORIGINS[loader].rows for loader in _ORIGINS if loader in origins)
    used_by = join(dict.fromkeys(filter(None, (_ORIGINS[loader].used_by for loader in _ORIGINS if loader in origins))))
    raise InvalidArgument(
        f"{argument} was given a frame of {rows} (as {join_or(sorted(origins))} returns).",
        f"Pass the frame that {join_or(loaders)} returns{f'; for {rows}, use {used_by}' if used_by else ''}.",
    )


def _by_provenance(frame: pd.DataFrame) -> set[str]:
    """Return the loaders of all sources of a frame; none if one of them is not known."""
    loaders = {resource: loader for loader, origin in _ORIGINS.items() for resource in origin.resources}
    found = [loaders.get((source.service or "", source.resource or "")) for source in read_sources(frame)]
    return {loader for loader in found if loader} if all(found) else set()


def _by_columns(frame: pd.DataFrame) -> set[str]:
    columns = {*frame.columns, *frame.index.names}
    return {loader for loader, origin in _ORIGINS.items() if origin.signature and origin.signature <= columns}
