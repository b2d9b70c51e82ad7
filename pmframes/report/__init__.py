"""Summaries of frames, findings, and reports as a single file.

Nothing here loads data: every function takes frames.
"""

from typing import TYPE_CHECKING

from pmframes._analysis.changes import changes
from pmframes._analysis.customers import customers_by_company, customers_by_operator, projects_by_customer
from pmframes._analysis.findings import findings
from pmframes._analysis.people import people_by_type
from pmframes._analysis.permissions import people_by_permission
from pmframes._analysis.roles import role_differences, roles_by_permission
from pmframes._analysis.rules import RULES, Rule
from pmframes._text import refuse_other_names
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

if not TYPE_CHECKING:  # so that a type checker reports a misspelt name
    __getattr__ = refuse_other_names("pm.report", __all__)
