"""Charts of the summaries: for each summary in ``pm.report`` a function of the same name.

Each takes the same arguments as its summary, plots the result and returns the Axes: those passed as ``ax``,
or new ones on a figure of a suitable size. Text from a service is never parsed as a formula.
"""

from typing import TYPE_CHECKING

from pmframes import _matplotlib  # noqa: F401
from pmframes._text import refuse_other_names
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

if not TYPE_CHECKING:  # so that a type checker reports a misspelt name
    __getattr__ = refuse_other_names("pm.plot", __all__)
