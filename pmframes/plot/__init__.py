"""Pictures of the summaries, one for each, of the same name.

Each takes what its summary takes, draws the summary, and returns the Axes: on the one given as ``ax``, or on
a new figure of fitting size. Text from a service is drawn as it is, never read as a formula.
"""

from pmframes.plot._customers import customers_by_company, customers_by_operator, projects_by_customer
from pmframes.plot._people import people_by_type
from pmframes.plot._permissions import people_by_permission
from pmframes.plot._roles import role_differences, roles_by_permission

__all__ = [
    "customers_by_company",
    "customers_by_operator",
    "people_by_permission",
    "people_by_type",
    "projects_by_customer",
    "role_differences",
    "roles_by_permission",
]
