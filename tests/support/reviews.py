"""Frames for findings: from a few words per row, with all that a review looks at."""

import pandas as pd

from pmframes._types import TEXT
from pmframes.report import RULES, findings

from . import frames

NOTHING_LEFT_OUT = {"showDeleted": "true", "includeServiceAccounts": "true", "includePlaceholders": "true"}
SINCE = "2026-03-01T00:00:00Z"
FLAGS = ("is_admin", "is_client_user", "is_service_account", "deleted", "is_placeholder")
MONEY = ("can_view_rates", "can_manage_rates", "can_view_project_budget", "can_manage_project_budget")
PERSON = {
    "project_id": 7, "project_name": "Seven", "id": 1, "name": "Ada", "email": "ada@example.com", "type": "account",
    "company_id": 3, "company_name": "Acme", **dict.fromkeys(FLAGS, False),
}  # fmt: skip
MEMBER = {
    "project_id": 7, "project_name": "Seven", "person_id": 1, "name": "Ada", "type": "account", "company_name": "Acme",
    **dict.fromkeys((*FLAGS[:4], "project_administrator", *MONEY), False),
}  # fmt: skip
ROLE = {
    "id": "r1", "name": "Clerk", **dict.fromkeys(("is_guest", "edit_users", "approve_timesheets", "use_mcp"), False),
}  # fmt: skip
DTYPES = {
    **dict.fromkeys(("project_id", "company_id"), "Int64"),
    **dict.fromkeys(("project_name", "name", "email", "company_name"), TEXT),
    "type": pd.CategoricalDtype(frames.text(frames.TYPES)),
    **dict.fromkeys((*FLAGS, *MONEY, "project_administrator"), "boolean"),
    **dict.fromkeys(("is_guest", "edit_users", "approve_timesheets", "use_mcp"), "boolean"),
}  # fmt: skip


def _frame(usual, rows, resource, params):
    """Make a frame of rows, each with the usual values but for what is given."""
    frame = pd.DataFrame([{**usual, **row} for row in rows], columns=list(usual))
    service = "projectmanager" if resource == "roles" else "teamwork"
    dtypes = {name: dtype for name, dtype in DTYPES.items() if name in frame}
    return frames.stamp(frame.astype(dtypes), service, resource, params=params)


# About members of ProjectManager.com, who are passed in place of people.
MEMBER_RULES = ("guest who may edit", "manager who is no employee")


def people(*rows, **params):
    """Make people on project 7, loaded with everyone included."""
    return _frame(PERSON, rows, "people", {"projects": [7], **NOTHING_LEFT_OUT, **params})


def members(*rows, **params):
    """Make permissions on project 7, loaded with everyone included."""
    return _frame(MEMBER, rows, "permissions", {"projects": [7], **NOTHING_LEFT_OUT, **params})


def roles(*rows):
    """Make roles that grant nothing but what is given."""
    return _frame(ROLE, rows, "roles", {})


def logins(*rows, **params):
    """Make the people who logged in since ``SINCE``."""
    return _frame(PERSON, rows, "people", {"projects": [7], "lastLoginAfter": SINCE, **params})


def found(table):
    """Return rule, who and where of each finding."""
    return list(zip(table["rule"], table["who"], table["where"].fillna(""), strict=True))


def unchecked(table):
    """Return the names of the rules that were not checked."""
    return table.attrs["pmframes"]["not_checked"]


def rule(name):
    """Return the built-in rule of this name."""
    return next(one for one in RULES if one.name == name)


def about(name, frame):
    """Review a frame by the one rule of that name."""
    return findings(**{rule(name).frame: frame}, rules=[rule(name)])
