"""Summary of the permissions of people on projects."""

from __future__ import annotations

from collections.abc import Container, Hashable
from typing import Any

import numpy as np
import pandas as pd

from pmframes._analysis.common import check_frame, flag_to_int, is_flag_column, with_sources
from pmframes._analysis.people import FLAGS
from pmframes._signatures import checks_arguments
from pmframes._types import TEXT

_PERSON_COLUMNS = ("project_id", "project_name", "person_id", "name", "type", "company_name", *FLAGS.values())
# The service sends these among the permissions, but they only say how the person is on the project.
MEMBERSHIP_FACTS = frozenset(
    {"active", "in_owner_company", "is_archived", "is_observing", "receive_email_notifications"}
)
_NEEDED = ("person_id", *FLAGS.values())
SENSITIVE_PERMISSIONS = {
    "project_administrator": "administer the project",
    "can_manage_people": "manage people",
    "can_manage_project_membership": "manage members",
    "can_view_rates": "see rates",
    "can_manage_rates": "change rates",
    "can_view_project_budget": "see budgets",
    "can_manage_project_budget": "change budgets",
    "view_invoices": "see invoices",
}
"""Permissions of Teamwork.com that an access review looks at first, each as what a person may do."""


@checks_arguments
def people_by_permission(permissions: pd.DataFrame) -> pd.DataFrame:
    """Count the people who have each permission.

    Counts are rows, and a row is a person on a project: someone on three projects counts three times. To see
    the types of the people who have a permission, pass them to ``people_by_type``:
    ``pm.report.people_by_type(permissions[permissions["can_view_rates"].fillna(False)])``.

    Parameters
    ----------
    permissions
        What ``pm.teamwork.permissions`` returns: one row per person and project, one boolean column per
        permission. ``permissions.attrs["permissions"]`` names these columns; without it, all boolean columns
        count that do not describe the person. The membership facts active, in_owner_company, is_archived,
        is_observing and receive_email_notifications grant nothing and are not counted.

    Returns
    -------
    pandas.DataFrame
        Index ``permission`` (str), in the order of the columns of ``permissions``.

        ===================  =======  ==============================================================
        people               int64    rows: granted, not_granted and unknown add up to it
        granted              int64    rows where it is True
        not_granted          int64    rows where it is False
        unknown              int64    rows where it is missing: the service did not send it
        share                Float64  of granted among people, 0 to 1
        admins               int64    rows where it is granted and is_admin is True
        client_users         int64    the same for is_client_user
        service_accounts     int64    the same for is_service_account
        deleted              int64    the same for deleted
        ===================  =======  ==============================================================

    Raises
    ------
    InvalidArgument
        If ``permissions`` is not a frame or lacks person_id, is_admin, is_client_user, is_service_account or
        deleted.
    """
    check_frame("permissions", permissions, _NEEDED, "pm.teamwork.permissions")
    names = permission_columns(permissions)
    flags = {measure: flag_to_int(permissions[column]) for measure, column in FLAGS.items()}
    counts = [_count(permissions[name], flags) for name in names]
    index = pd.Index(names, name="permission", dtype=TEXT)
    measures = ["granted", "not_granted", "unknown", *flags]
    table = pd.DataFrame(counts, index=index, columns=measures, dtype="int64")
    table.insert(0, "people", len(permissions))
    share = table["granted"] / (len(permissions) or np.nan)
    table.insert(4, "share", share.astype("Float64"))
    return with_sources(table, permissions)


def permission_columns(permissions: pd.DataFrame) -> list[str]:
    """Return the names of the permission columns, in their order; membership facts are none."""
    declared = permissions.attrs.get("permissions")
    others = permissions.drop(columns=[*_PERSON_COLUMNS, *MEMBERSHIP_FACTS], errors="ignore")
    return [str(name) for name, values in others.items() if _is_permission(name, values, declared)]


def _is_permission(name: Hashable, values: pd.Series[Any], declared: Container[Hashable] | None) -> bool:
    return is_flag_column(values) and (declared is None or name in declared)


def _count(values: pd.Series[Any], flags: dict[str, np.ndarray]) -> list[int]:
    """Count granted, not granted and unknown, then the granted for whom each flag is True."""
    granted, known = flag_to_int(values), values.notna().to_numpy()
    counts = [granted.sum(), known.sum() - granted.sum(), (~known).sum()]
    return [*map(int, counts), *(int(granted @ flag) for flag in flags.values())]
