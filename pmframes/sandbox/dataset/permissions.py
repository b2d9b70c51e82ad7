"""Permissions on a Teamwork project: a few profiles, and the states of the individual membership."""

from __future__ import annotations

from typing import NamedTuple

PERMISSIONS = (
    "active", "addExpenses", "addFiles", "addForms", "addLinks", "addMessages", "addMilestones",
    "addNotebooks", "addProjectUpdate", "addRisks", "addTaskLists", "addTasks", "addTime", "canAccess",
    "canEditWorkflows", "canManagePeople", "canManageProjectBudget", "canManageProjectMembership",
    "canManageProjectTemplates", "canManageRates", "canManageSchedule", "canViewForms",
    "canViewProjectBudget", "canViewProjectMembers", "canViewProjectTemplates", "canViewRates",
    "canViewSchedule", "canViewWorkflows", "editAllTasks", "inOwnerCompany", "isArchived", "isObserving",
    "manageCustomFields", "projectAdministrator", "receiveEmailNotifications", "setPrivacy",
    "viewAllTimeLogs", "viewEstimatedTime", "viewInvoices", "viewLinks", "viewMessagesAndFiles",
    "viewNotebooks", "viewProjectUpdate", "viewRiskRegister", "viewTasksAndMilestones", "viewTime",
)  # fmt: skip

_STATES = {"active", "inOwnerCompany", "isArchived", "isObserving", "receiveEmailNotifications"}
_GRANTABLE = set(PERMISSIONS) - _STATES
_READ = {"canAccess", "viewLinks", "viewMessagesAndFiles", "viewProjectUpdate", "viewTasksAndMilestones"}
_CONTRIBUTE = _READ | {
    "addFiles", "addForms", "addLinks", "addMessages", "addNotebooks", "addTaskLists", "addTasks",
    "addTime", "canViewForms", "canViewProjectMembers", "canViewSchedule", "canViewWorkflows",
    "viewEstimatedTime", "viewNotebooks", "viewTime",
}  # fmt: skip
_LEAD = _GRANTABLE - {"canManageRates", "canManageProjectTemplates", "canEditWorkflows", "viewInvoices"}

PROFILES = {
    "administrator": _GRANTABLE,
    "lead": _LEAD,
    "member": _CONTRIBUTE | {"addMilestones", "addProjectUpdate", "editAllTasks", "viewRiskRegister"},
    "observer": _READ | {"canViewProjectMembers", "viewNotebooks"},
    "client": _READ | {"addFiles", "addMessages", "addTasks", "canViewForms", "viewEstimatedTime"},
    "collaborator": _READ | {"addFiles", "addMessages", "addTime"},
    "budget": _READ | {"addFiles", "addMessages", "addTime", "canViewProjectBudget", "canViewRates", "viewInvoices"},
    "contact": {"canAccess"},
    "service": _CONTRIBUTE | {"viewAllTimeLogs", "canViewRates"},
}


class Grant(NamedTuple):
    """Everything that determines one person's permissions on one project."""

    profile: str
    active: bool
    owner_company: bool
    archived: bool
    observing: bool
    notified: bool


class PermissionTable:
    """Shares one dictionary between equal grants, so that 100,000 memberships fit in memory."""

    def __init__(self) -> None:
        self._expanded: dict[Grant, dict[str, bool]] = {}

    def get(self, grant: Grant) -> dict[str, bool]:
        """Return the 46 permissions of a grant."""
        if grant not in self._expanded:
            self._expanded[grant] = _expand_grant(grant)
        return self._expanded[grant]


def _expand_grant(grant: Grant) -> dict[str, bool]:
    granted = PROFILES[grant.profile]
    states = {
        "active": grant.active,
        "inOwnerCompany": grant.owner_company,
        "isArchived": grant.archived,
        "isObserving": grant.observing,
        "receiveEmailNotifications": grant.notified,
    }
    return {name: states.get(name, name in granted) for name in PERMISSIONS}
