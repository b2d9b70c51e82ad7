"""Summaries of frames, and reports to hand on: one HTML file that stands alone.

Nothing here loads: every function is given frames.
"""

from pmframes.report.customers import customers_by_company, customers_by_operator, projects_by_customer
from pmframes.report.document import Report
from pmframes.report.people import people_by_type
from pmframes.report.permissions import people_by_permission
from pmframes.report.roles import role_differences, roles_by_permission

__all__ = [
    "Report",
    "customers_by_company",
    "customers_by_operator",
    "people_by_permission",
    "people_by_type",
    "projects_by_customer",
    "role_differences",
    "roles_by_permission",
]
