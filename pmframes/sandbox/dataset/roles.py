"""The 14 roles of ProjectManager.com: five built-in ones, nine custom ones."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from .models import Role
from .projectmanager_records import draw_uuid

ROLE_PERMISSIONS = {
    "invitePeople": "Add people to the account",
    "editAccountPage": "Edit accounts and billing page",
    "editSecurityPage": "Edit role security settings",
    "seeHourlyRatesCostsBudgets": "See hourly rates, costs and budgets",
    "setTeamHolidays": "Set team holidays",
    "editTagsSkillsTeams": "Create and edit tags, skills and teams",
    "editTeamTimesheets": "Edit team timesheets",
    "approveTimesheets": "Approve timesheets",
    "editImportantProjectInfo": "Manage project portfolio",
    "seeExportProject": "Ability to export projects",
    "seeManageUsers": "Access the Manage Users page",
    "manageIntegrations": "Manage integrations",
    "createProjectAndProjectGroups": "Create Projects",
    "editUsers": "Edit user profiles, roles and emails",
    "viewPersonalBoard": "View personal board",
    "editAllProjects": "Edit all projects and timesheets",
    "changeOwnEmail": "Edit own email address",
    "useMcp": "Use MCP server and AI integrations via OAuth",
}
"""Permission -> description, in the order in which they are served."""

_ALL = " ".join(ROLE_PERMISSIONS)
_OWN = "viewPersonalBoard changeOwnEmail"


class RoleSpec(NamedTuple):
    """A role and the permissions it grants."""

    name: str
    description: str | None
    grants: str
    locked: str = ""
    """Permissions that cannot be modified for this role."""


_BUILT_IN_ROLES = (
    RoleSpec("Global Admin", "Owns the workspace; cannot be changed", _ALL, _ALL),
    RoleSpec(
        "Admin", "Runs the workspace", _ALL, "invitePeople editAccountPage editSecurityPage seeManageUsers editUsers"
    ),
    RoleSpec(
        "Manager",
        "Plans and staffs projects",
        "invitePeople seeHourlyRatesCostsBudgets setTeamHolidays editTagsSkillsTeams editTeamTimesheets "
        f"approveTimesheets editImportantProjectInfo seeExportProject createProjectAndProjectGroups {_OWN}",
        "editAccountPage editSecurityPage",
    ),
    RoleSpec("Team member", "Works on projects", _OWN, "editAccountPage editSecurityPage editUsers"),
    RoleSpec("Guest", "Sees what is shared", "", _ALL),
)
_CUSTOM_ROLES = (
    RoleSpec(
        "Account lead", "Leads a client account", f"seeHourlyRatesCostsBudgets seeExportProject invitePeople {_OWN}"
    ),
    RoleSpec(
        "Studio member",
        "What new people get",
        f"seeExportProject createProjectAndProjectGroups {_OWN}",
        "editAccountPage",
    ),
    RoleSpec("Timesheet clerk", "Corrects and approves hours", f"editTeamTimesheets approveTimesheets {_OWN}"),
    RoleSpec("Bookkeeper", "", f"seeHourlyRatesCostsBudgets editAccountPage seeExportProject {_OWN}"),
    RoleSpec(
        "IT support",
        "Keeps accounts working",
        f"editSecurityPage seeManageUsers editUsers manageIntegrations useMcp {_OWN}",
    ),
    RoleSpec("Client viewer", "For people of the client", "seeHourlyRatesCostsBudgets seeExportProject"),
    RoleSpec("外部パートナー", None, "createProjectAndProjectGroups viewPersonalBoard"),
    RoleSpec("Reporting robot", '<img src=x onerror=alert(1)> "nightly"', "seeExportProject useMcp editAllProjects"),
    RoleSpec(
        "_old: Freelancer's role", '=HYPERLINK("http://example.invalid","x")', "editAllProjects viewPersonalBoard"
    ),
)
_DEFAULT_ROLE = "Studio member"


def build_roles(rng: Random) -> list[Role]:
    """Build all roles, the built-in ones first."""
    return [_build_role(rng, spec, custom=spec in _CUSTOM_ROLES) for spec in (*_BUILT_IN_ROLES, *_CUSTOM_ROLES)]


def _build_role(rng: Random, spec: RoleSpec, *, custom: bool) -> Role:
    grants, locked = spec.grants.split(), spec.locked.split()
    return Role(
        id=draw_uuid(rng),
        name=spec.name,
        description=spec.description,
        is_admin=spec.name == "Admin",
        is_custom=custom,
        is_global_admin=spec.name == "Global Admin",
        is_guest=spec.name == "Guest",
        is_default=spec.name == _DEFAULT_ROLE,
        permissions={name: (name in grants, name not in locked) for name in ROLE_PERMISSIONS},
    )
