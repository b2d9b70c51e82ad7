"""Summaries, findings and changes of frames: what ``pm.report`` offers and ``pm.plot`` draws."""

from pmframes._analysis.changes import changes
from pmframes._analysis.customers import customers_by_company, customers_by_operator, projects_by_customer
from pmframes._analysis.findings import findings
from pmframes._analysis.people import people_by_type
from pmframes._analysis.permissions import people_by_permission
from pmframes._analysis.roles import role_differences, roles_by_permission
from pmframes._analysis.rules import RULES, Rule

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
