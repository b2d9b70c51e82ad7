"""The members of projects: which user has which permission on which project.

Documentation of the service: https://developer.projectmanager.com
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Literal, TypeAlias

import pandas as pd

from pmframes import _validation
from pmframes._frames.schema import Flag, Record, Text, TextId, constant, field
from pmframes._loading.loader import run
from pmframes._loading.plan import LoadPlan, build_plan
from pmframes._loading.projects import parse_projects
from pmframes._loading.resource import Listing, Options, RelatedColumns
from pmframes._signatures import checks_arguments
from pmframes._types import Frame, Params
from pmframes.projectmanager._common import SERVICE
from pmframes.projectmanager._customers import CUSTOMERS
from pmframes.projectmanager._projects import PROJECTS, RESOURCES

Permission = Literal["Guest", "Collaborate", "Editor", "Manager"]
_EXAMPLE = "8f14e45f-ceea-467f-a1d2-000000000001"
Projects: TypeAlias = str | Iterable[str] | pd.DataFrame | None


class Member(Record, rename="camel"):
    """A user on a project, with the permission there."""

    project_id: Annotated[Text, constant("Id of the project (UUID)")]
    project_name: Annotated[Text, constant("Name of that project")]
    id: Annotated[TextId, field("Id of the user (UUID)")]
    name: Annotated[Text, field("Name of the user", is_always_sent=True)]
    permission: Annotated[Permission | None, field("Permission of the user on the project", is_always_sent=True)]
    email: Annotated[Text, constant("E-mail address of the resource with the user's id")]
    role_name: Annotated[Text, constant("Name of the role of that resource")]
    is_active: Annotated[Flag, constant("Whether that resource is active")]


MEMBERS = replace(
    CUSTOMERS,
    name="members",
    record=Member,
    path=PROJECTS.path,
    # Never sent: with it, the service adds users who are not on the project.
    default_params={"includeAllUsers": ""},
    other_fields=frozenset({"projectId", "initials", "avatarUrl", "role", "color", "permissionOptions"}),
)
# One query each: neither list can be filtered by so many ids.
PROJECT_NAME = RelatedColumns(
    PROJECTS,
    key="project_id",
    other_key="id",
    fill={"project_name": "name"},
    queries=lambda rows: [{}],
    warning="project_name is NA: the list of projects could not be loaded ({error}). Ask an administrator for "
    "permission to list projects, or pass a frame of projects with their names.",
)
RESOURCE_COLUMNS = RelatedColumns(
    RESOURCES,
    key="id",
    other_key="id",
    fill={"is_active": "is_active", "email": "email", "role_name": "role_name"},
    queries=lambda rows: [{}],
    warning="email, role_name and is_active are NA: the list of resources could not be loaded ({error}). Ask an "
    "administrator for permission to list resources.",
    no_match_warning="email, role_name and is_active are NA: no member has the id of a resource. The service does not "
    "document that users have the ids of their resources, and names do not identify them.",
)


@checks_arguments
def members(
    projects: Projects = None,
    *,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    extra_columns: bool = False,
) -> Frame:
    """Load the members of projects, with their permissions there.

    Parameters
    ----------
    projects : str, iterable of str, DataFrame of projects, or None
        The ids of the projects (UUIDs); a frame has them in its column ``id`` or ``project_id``. None loads
        the list of projects first, and then the members of all of them, templates and deleted ones included.
        Project names that a frame does not have take the list of projects too.
    refresh : bool, default False
        Load from the service instead of the cache, which keeps a load for one hour.
    progress : bool, optional
        Show a progress bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query parameters without an argument of their own. ``includeAllUsers``, the only one that the service
        documents, is refused: it adds users who are not members.
    extra_columns : bool, default False
        Add what the service sent beyond the schema.

    Returns
    -------
    DataFrame
        One row per member and project: project_id, project_name, id, name (str), permission (category:
        Guest, Collaborate, Editor, Manager), email, role_name (str), is_active (boolean). The last three
        are those of the resource with the id of the user; NA where there is none.

    Warns
    -----
    UserWarning
        No member has the id of a resource, or the resources could not be loaded: email, role_name and
        is_active are NA, which is unknown.

    Raises
    ------
    NotFound
        There is no such project, or the credential is not allowed to see it.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse, IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://developer.projectmanager.com, Project Members: Retrieve Project Members. There is one request per
    project. The service sends the members of a project in one response and no total, so that it cannot be
    checked for completeness. It does not document whether the id of a user is that of a resource.
    """
    return run(_select_projects(build_plan(MEMBERS, Options(refresh, progress, params, extra_columns)), projects))


def _select_projects(plan: LoadPlan, projects: Projects) -> LoadPlan:
    """Plan to load the members of these projects, or of all that the service lists."""
    if projects is None:
        _ = plan.shown_params  # a wrong parameter is reported before any request
        projects = run(build_plan(PROJECTS, Options(plan.options.refresh, plan.options.progress)))
    names = parse_projects(projects, SERVICE, ("projects", "members"), _validation.parse_uuid, _EXAMPLE)
    listings = [
        Listing(
            f"{MEMBERS.path}/{project}/members",
            f"the members of project {project}",
            {"project_id": project, "project_name": name},
        )
        for project, name in names.items()
    ]
    related = [PROJECT_NAME, RESOURCE_COLUMNS]
    return replace(plan, listings=listings, related=related, provenance_params={"projects": list(names)})
