"""Summaries of frames, findings and changes, and reports to hand on: one HTML file that stands alone.

Nothing here loads: every function is given frames.
"""

from pmframes.report.changes import changes
from pmframes.report.customers import customers_by_company
from pmframes.report.document import Report
from pmframes.report.findings import findings
from pmframes.report.people import people_by_type
from pmframes.report.roles import role_differences, roles_by_permission
from pmframes.report.rules import RULES, Rule

__all__ = [
    "RULES",
    "Report",
    "Rule",
    "changes",
    "customers_by_company",
    "findings",
    "people_by_type",
    "role_differences",
    "roles_by_permission",
]
