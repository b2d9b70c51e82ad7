"""What the tests of the charts share: every chart with a frame for it, and what can be read on a chart."""

from matplotlib.text import Text

from pmframes import plot
from tests.support import frames


def people_by_company(people, ax=None):
    return plot.people_by_type(people, by="company_name", ax=ax)


def two_roles(roles, ax=None):
    return plot.role_differences(roles, "r0", "r1", ax=ax)


CHARTS = {
    "people_by_type": (plot.people_by_type, frames.people), "people_by_type, by": (people_by_company, frames.people),
    "people_by_permission": (plot.people_by_permission, frames.permissions),
    "roles_by_permission": (plot.roles_by_permission, frames.roles), "role_differences": (two_roles, frames.roles),
    "customers_by_company": (plot.customers_by_company, frames.clients),
    "customers_by_operator": (plot.customers_by_operator, frames.operated_customers),
    "projects_by_customer": (plot.projects_by_customer, frames.projects),
}  # fmt: skip


def _square_roles(names):
    granted = [[(row + column) % 3 == 0 for column in range(len(names))] for row in range(len(names))]
    return frames.roles(names, names, granted)


NAMED = {
    "people_by_type": lambda names: plot.people_by_type(frames.people(names)),
    "people_by_type, by": lambda names: people_by_company(frames.people(names, company_name=frames.text(names))),
    "people_by_permission": lambda names: plot.people_by_permission(frames.many_permissions(len(names), names=names)),
    "roles_by_permission": lambda names: plot.roles_by_permission(_square_roles(names)),
    "role_differences": lambda names: two_roles(
        frames.roles(names[:2], names, [[True] * len(names), [False] * len(names)])),
    "customers_by_company": lambda names: plot.customers_by_company(frames.clients([*enumerate(names, 1)])),
    "customers_by_operator": lambda names: plot.customers_by_operator(
        frames.operated_customers([*enumerate(names, 1)])),
    "projects_by_customer": lambda names: plot.projects_by_customer(
        frames.projects([(f"p{number}", name) for number, name in enumerate(names)])),
}  # fmt: skip
"""Every chart, with these names wherever it shows a name from a service."""


def texts(axes):
    """Give all texts that can be read."""
    axes.figure.canvas.draw()
    return [text.get_text() for text in axes.findobj(Text) if text.get_visible() and text.get_text()]


def labels(axis):
    return [text.get_text() for text in axis.get_ticklabels()]


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def title(axes):
    """Give the lines of the title."""
    return axes.get_title(loc="left").splitlines()


def lengths(axes):
    """Give the lengths of the bars, a list per segment."""
    return [[bar.get_width() for bar in container] for container in axes.containers]
