"""Pictures of the summaries, one for each, of the same name.

Each takes the frame its summary takes, draws the summary, and returns the Axes: on the one given, or on a new
figure of fitting size. Text from a service is drawn as it is, never read as a formula.
"""

from pmframes.plot.customers import customers_by_company
from pmframes.plot.people import people_by_type
from pmframes.plot.roles import roles_by_permission

__all__ = ["customers_by_company", "people_by_type", "roles_by_permission"]
