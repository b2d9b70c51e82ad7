"""Summaries of frames, findings, and reports as a single file.

Nothing here loads data: every function takes frames.
"""

from pmframes._analysis import (
    RULES,
    Rule,
    changes,
    customers_by_company,
    customers_by_operator,
    findings,
    people_by_permission,
    people_by_type,
    projects_by_customer,
    role_differences,
    roles_by_permission,
)
from pmframes.report._access_review import access_review
from pmframes.report._customer_portfolio import customer_portfolio
from pmframes.report._report import Report

__all__ = [
    "RULES",
    "Report",
    "Rule",
    "access_review",
    "changes",
    "customer_portfolio",
    "customers_by_company",
    "customers_by_operator",
    "findings",
    "people_by_permission",
    "people_by_type",
    "projects_by_customer",
    "role_differences",
    "roles_by_permission",
]
