"""Summaries of frames, and reports to hand on: one file that stands alone.

Nothing here loads: every function is given frames.
"""

from pmframes.report.document import Report
from pmframes.report.portfolio import customer_portfolio
from pmframes.report.review import access_review
from pmframes.summaries import (
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
