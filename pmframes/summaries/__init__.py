"""Frames that count, compare and judge other frames: what ``pm.report`` gives and ``pm.plot`` draws."""

from pmframes.summaries.changes import changes
from pmframes.summaries.customers import customers_by_company, customers_by_operator, projects_by_customer
from pmframes.summaries.findings import findings
from pmframes.summaries.people import people_by_type
from pmframes.summaries.permissions import people_by_permission
from pmframes.summaries.roles import role_differences, roles_by_permission
from pmframes.summaries.rules import RULES, Rule

__all__ = [
    "RULES",
    "Rule",
    "changes",
    "customers_by_company",
    "customers_by_operator",
    "findings",
    "people_by_permission",
    "people_by_type",
    "projects_by_customer",
    "role_differences",
    "roles_by_permission",
]
