"""The 14 roles of ProjectManager.com: five that come with it, nine that the agency made."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from .customers import draw_uuid
from .models import Role

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
"""Permission -> what it allows, in the order in which they are served."""

_ALL = " ".join(ROLE_PERMISSIONS)
_OWN = "viewPersonalBoard changeOwnEmail"


class RolePlan(NamedTuple):
    """One role and what it grants."""

    name: str
    description: str | None
    grants: str
    fixed: str = ""
    """Permissions that cannot be switched for this role."""


_DEFAULT_ROLES = (
    RolePlan("Global Admin", "Owns the workspace; cannot be changed", _ALL, _ALL),
    RolePlan(
        "Admin",
        "Runs the workspace",
        _ALL,
        "invitePeople editAccountPage editSecurityPage seeManageUsers editUsers",
    ),
    RolePlan(
        "Manager",
        "Plans and staffs projects",
        "invitePeople seeHourlyRatesCostsBudgets setTeamHolidays editTagsSkillsTeams editTeamTimesheets "
        f"approveTimesheets editImportantProjectInfo seeExportProject createProjectAndProjectGroups {_OWN}",
        "editAccountPage editSecurityPage",
    ),
    RolePlan("Team member", "Works on projects", _OWN, "editAccountPage editSecurityPage editUsers"),
    RolePlan("Guest", "Sees what is shared", "", _ALL),
)
_CUSTOM_ROLES = (
    RolePlan(
        "Account lead",
        "Leads a client account",
        f"seeHourlyRatesCostsBudgets seeExportProject invitePeople {_OWN}",
    ),
    RolePlan(
        "Studio member",
        "What new people get",
        f"seeExportProject createProjectAndProjectGroups {_OWN}",
        "editAccountPage",
    ),
    RolePlan(
        "Timesheet clerk", "Corrects and approves hours", f"editTeamTimesheets approveTimesheets {_OWN}"
    ),
    RolePlan("Bookkeeper", "", f"seeHourlyRatesCostsBudgets editAccountPage seeExportProject {_OWN}"),
    RolePlan(
        "IT support",
        "Keeps accounts working",
        f"editSecurityPage seeManageUsers editUsers manageIntegrations useMcp {_OWN}",
    ),
    RolePlan("Client viewer", "For people of the client", "seeHourlyRatesCostsBudgets seeExportProject"),
    RolePlan("外部パートナー", None, "createProjectAndProjectGroups viewPersonalBoard"),
    RolePlan(
        "Reporting robot", '<img src=x onerror=alert(1)> "nightly"', "seeExportProject useMcp editAllProjects"
    ),
    RolePlan(
        "_old: Freelancer's role",
        '=HYPERLINK("http://example.invalid","x")',
        "editAllProjects viewPersonalBoard",
    ),
)
_DEFAULT_FOR_NEW = "Studio member"


def build_roles(draw: Random) -> list[Role]:
    """All roles, those that come with the service first."""
    return [_role(draw, plan, custom=plan in _CUSTOM_ROLES) for plan in (*_DEFAULT_ROLES, *_CUSTOM_ROLES)]


def _role(draw: Random, plan: RolePlan, *, custom: bool) -> Role:
    grants, fixed = plan.grants.split(), plan.fixed.split()
    return Role(
        id=draw_uuid(draw),
        name=plan.name,
        description=plan.description,
        is_admin=plan.name == "Admin",
        is_custom=custom,
        is_global_admin=plan.name == "Global Admin",
        is_guest=plan.name == "Guest",
        is_default=plan.name == _DEFAULT_FOR_NEW,
        permissions={name: (name in grants, name not in fixed) for name in ROLE_PERMISSIONS},
    )
