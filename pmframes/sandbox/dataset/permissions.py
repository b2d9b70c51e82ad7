"""What people may do on a Teamwork project: a few profiles, and what sets single people apart."""

from __future__ import annotations

from typing import NamedTuple

from ..wordings import words

PERMISSIONS = words(
    "active addExpenses addFiles addForms addLinks addMessages addMilestones addNotebooks "
    "addProjectUpdate addRisks addTaskLists addTasks addTime canAccess canEditWorkflows canManagePeople "
    "canManageProjectBudget canManageProjectMembership canManageProjectTemplates canManageRates "
    "canManageSchedule canViewForms canViewProjectBudget canViewProjectMembers canViewProjectTemplates "
    "canViewRates canViewSchedule canViewWorkflows editAllTasks inOwnerCompany isArchived isObserving "
    "manageCustomFields projectAdministrator receiveEmailNotifications setPrivacy viewAllTimeLogs "
    "viewEstimatedTime viewInvoices viewLinks viewMessagesAndFiles viewNotebooks viewProjectUpdate "
    "viewRiskRegister viewTasksAndMilestones viewTime"
)

_STATES = {"active", "inOwnerCompany", "isArchived", "isObserving", "receiveEmailNotifications"}
_RIGHTS = set(PERMISSIONS) - _STATES
_LOOK = {"canAccess", "viewLinks", "viewMessagesAndFiles", "viewProjectUpdate", "viewTasksAndMilestones"}
_WORK = _LOOK.union(
    words(
        "addFiles addForms addLinks addMessages addNotebooks addTaskLists addTasks addTime canViewForms "
        "canViewProjectMembers canViewSchedule canViewWorkflows viewEstimatedTime viewNotebooks viewTime"
    )
)
_LEAD = _RIGHTS - {"canManageRates", "canManageProjectTemplates", "canEditWorkflows", "viewInvoices"}

PROFILES = {
    "administrator": _RIGHTS,
    "lead": _LEAD,
    "member": _WORK | {"addMilestones", "addProjectUpdate", "editAllTasks", "viewRiskRegister"},
    "observer": _LOOK | {"canViewProjectMembers", "viewNotebooks"},
    "client": _LOOK | {"addFiles", "addMessages", "addTasks", "canViewForms", "viewEstimatedTime"},
    "collaborator": _LOOK | {"addFiles", "addMessages", "addTime"},
    "budget": _LOOK
    | {"addFiles", "addMessages", "addTime", "canViewProjectBudget", "canViewRates", "viewInvoices"},
    "contact": {"canAccess"},
    "service": _WORK | {"viewAllTimeLogs", "canViewRates"},
}


class Grant(NamedTuple):
    """Everything that decides one person's permissions on one project."""

    profile: str
    active: bool
    owner_company: bool
    archived: bool
    observing: bool
    notified: bool


class PermissionBook:
    """Hands out one shared dictionary for each grant, so that a hundred thousand memberships stay small."""

    def __init__(self) -> None:
        self._known: dict[Grant, dict[str, bool]] = {}

    def look_up(self, grant: Grant) -> dict[str, bool]:
        """Give the 46 permissions of a grant."""
        if grant not in self._known:
            self._known[grant] = _spell_out(grant)
        return self._known[grant]


def _spell_out(grant: Grant) -> dict[str, bool]:
    granted = PROFILES[grant.profile]
    states = {
        "active": grant.active,
        "inOwnerCompany": grant.owner_company,
        "isArchived": grant.archived,
        "isObserving": grant.observing,
        "receiveEmailNotifications": grant.notified,
    }
    return {name: states.get(name, name in granted) for name in PERMISSIONS}
