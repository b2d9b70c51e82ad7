"""The resources and the projects of the workspace, both queried with OData.

Documentation of the service: https://developer.projectmanager.com
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pmframes._frames.schema import Count, Flag, JoinedNames, Number, Record, Text, TextId, TextList, Time, field
from pmframes._http.pagination import Offset
from pmframes._loading import filters
from pmframes._loading.filters import Filters
from pmframes._loading.loader import run
from pmframes._loading.plan import build_plan
from pmframes._loading.resource import Options, RelatedColumns, Resource
from pmframes._signatures import checks_arguments
from pmframes._types import Frame, Names, Params
from pmframes.projectmanager._common import SERVICE, parse_page
from pmframes.projectmanager._roles import ROLES

# No response has a total, so that only an empty page ends a list.
PAGING = Offset("$skip", "$top", size=1000)
# Documented fields without a column.
RESOURCE_FIELDS = frozenset({
    "initials", "phone", "createdBy", "modifiedBy", "colorName", "color", "avatarUrl", "language", "resourceTypeId",
    "defaultPlannedHours", "workingDays",
})  # fmt: skip
PROJECT_FIELDS = frozenset({
    "shortId", "folder.id", "status.id", "status.isSystem", "plannedStartDate", "plannedFinishDate",
    "actualStartDate", "actualFinishDate", "priority.id", "chargeCode.id", "chargeCode.isActive", "manager.initials",
    "manager.avatarUrl", "manager.color", "statusUpdate", "favorite", "creationTemplateId", "members", "fields",
    "fieldValues", "files", "updatePlannedWithActual", "externalReferenceId", "workingDays",
})  # fmt: skip
FILTERS: Filters = {"filter": filters.text("$filter")}


class PlannedResource(Record, rename="camel"):
    """A resource of the workspace: a person, or a material, or a piece of equipment."""

    id: Annotated[TextId, field("Id of the resource (UUID)")]
    name: Annotated[Text, field("Name of the resource", is_always_sent=True)]
    first_name: Annotated[Text, field("First name of a person")]
    last_name: Annotated[Text, field("Last name of a person")]
    email: Annotated[Text, field("E-mail address; NA without a login")]
    role_id: Annotated[Text, field("Id of the role (UUID)")]
    role_name: Annotated[Text, field("Name of the role", path="role")]
    is_active: Annotated[Flag, field("Whether it is active", is_always_sent=True)]
    hourly_rate: Annotated[Number, field("Rate", unit="currency units per hour")]
    approver_id: Annotated[Text, field("Id of the approver of its timesheets", path="approver.id")]
    approver_name: Annotated[Text, field("Name of the approver of its timesheets", path="approver.name")]
    team_ids: Annotated[TextList, field("Ids of its teams", path="teams[].id")]
    teams: Annotated[JoinedNames, field("Names of its teams", path="teams[].name")]
    skills: Annotated[JoinedNames, field("Names of its skills", path="skills[].name")]
    city: Annotated[Text, field("City")]
    state: Annotated[Text, field("State or region")]
    country: Annotated[Text, field("Country", path=("country", "countryName"))]
    notes: Annotated[Text, field("Notes")]
    last_online_at: Annotated[Time, field("Last time that the person was online", path="onlineDateTime")]
    created_at: Annotated[Time, field("Creation time", path="createdDate")]
    updated_at: Annotated[Time, field("Time of the last update", path="modifiedDate")]


class Project(Record, rename="camel"):
    """A project of the workspace."""

    id: Annotated[TextId, field("Id of the project (UUID)")]
    name: Annotated[Text, field("Name of the project", is_always_sent=True)]
    short_code: Annotated[Text, field("Short name for reports")]
    description: Annotated[Text, field("Description")]
    folder: Annotated[Text, field("Name of its folder", path="folder.name")]
    status: Annotated[Text, field("Name of its status", path="status.name")]
    priority: Annotated[Text, field("Name of its priority", path="priority.name")]
    charge_code: Annotated[Text, field("Name of its charge code", path="chargeCode.name")]
    customer_id: Annotated[Text, field("Id of its customer (UUID)", path="customer.id")]
    customer_name: Annotated[Text, field("Name of its customer", path="customer.name")]
    manager_id: Annotated[Text, field("Id of its manager (UUID)", path="manager.id")]
    manager_name: Annotated[Text, field("Name of its manager", path="manager.name")]
    owner_id: Annotated[Text, field("Id of its owner (UUID)")]
    percent_complete: Annotated[Count, field("Completion of its tasks", unit="percent")]
    budget: Annotated[Number, field("Budget", unit="currency units")]
    hourly_rate: Annotated[Number, field("Rate", unit="currency units per hour")]
    start_date: Annotated[Time, field("Start day of the first task")]
    end_date: Annotated[Time, field("End day of the last task")]
    target_date: Annotated[Time, field("Due day")]
    is_template: Annotated[Flag, field("Whether it is a template for others")]
    is_deleted: Annotated[Flag, field("Whether its status is that of deleted projects", path="status.isDeleted")]
    created_at: Annotated[Time, field("Creation time", path="createDate")]
    updated_at: Annotated[Time, field("Time of the last update", path="modifyDate")]


RESOURCES = Resource(
    service=SERVICE,
    name="resources",
    record=PlannedResource,
    path="/api/data/resources",
    paging=PAGING,
    parse=parse_page,
    default_params={"$orderby": "id"},
    fallback_params=({"$orderby": ""},),
    other_fields=RESOURCE_FIELDS,
    sensitive_params=frozenset({"$filter"}),
)
PROJECTS = replace(RESOURCES, name="projects", record=Project, path="/api/data/projects", other_fields=PROJECT_FIELDS)


# One query, for all roles: there is no filter.
ROLE_ID = RelatedColumns(
    ROLES,
    key="role_name",
    other_key="name",
    fill={"role_id": "id"},
    queries=lambda rows: [{}],
    warning="role_id is NA: the list of roles could not be loaded ({error}). Ask an administrator for permission to "
    "list roles.",
)


@checks_arguments
def resources(
    *,
    filter: str | None = None,  # noqa: A002 - the service's own word
    order_by: Names = None,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    extra_columns: bool = False,
) -> Frame:
    """Load the resources of the workspace: its people, and materials and equipment.

    Parameters
    ----------
    filter : str, optional
        OData filter such as ``"isActive eq true and email ne null"`` (query parameter ``$filter``); field
        names of the service, strings in single quotes, UUIDs unquoted.
    order_by : str or iterable of str, optional
        Sort the frame by these columns. Requests always use one stable order.
    refresh : bool, default False
        Load from the service instead of the cache, which keeps a load for one hour.
    progress : bool, optional
        Show a progress bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query parameters without an argument of their own, such as ``$expand``.
    extra_columns : bool, default False
        Add what the service sent beyond the schema.

    Returns
    -------
    DataFrame
        One row per resource: id, name, first_name, last_name, email, role_id, role_name (str), is_active
        (boolean), hourly_rate (Float64, currency units per hour), approver_id, approver_name (str), team_ids
        (lists of str; NA where not sent), teams, skills (str, joined by commas), city, state, country, notes
        (str), last_online_at, created_at, updated_at (datetime64[us, UTC]).

    Raises
    ------
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse, IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://developer.projectmanager.com, Resource: Query Resources. Older workspaces do not send
    ``role_id``. It is then looked up by name among the roles, with one more request, and stays NA where no
    role, or more than one, has that name.
    """
    arguments = {"filter": filter, "order_by": order_by}
    plan = build_plan(RESOURCES, Options(refresh, progress, params, extra_columns), FILTERS, arguments)
    return run(replace(plan, related=[ROLE_ID]))


@checks_arguments
def projects(
    *,
    filter: str | None = None,  # noqa: A002 - the service's own word
    order_by: Names = None,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    extra_columns: bool = False,
) -> Frame:
    """Load the projects of the workspace, with their customers; templates and deleted ones are included.

    Parameters
    ----------
    filter : str, optional
        OData filter such as ``"status/isDeleted eq false"`` (query parameter ``$filter``); field names of the
        service, strings in single quotes, UUIDs unquoted.
    order_by : str or iterable of str, optional
        Sort the frame by these columns. Requests always use one stable order.
    refresh : bool, default False
        Load from the service instead of the cache, which keeps a load for one hour.
    progress : bool, optional
        Show a progress bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query parameters without an argument of their own, such as ``$expand``.
    extra_columns : bool, default False
        Add what the service sent beyond the schema.

    Returns
    -------
    DataFrame
        One row per project: id, name, short_code, description, folder, status, priority, charge_code,
        customer_id, customer_name, manager_id, manager_name, owner_id (str), percent_complete (Int64,
        percent), budget (Float64, currency units), hourly_rate (Float64, currency units per hour),
        start_date, end_date, target_date (datetime64[us, UTC]; midnight of the day), is_template, is_deleted
        (boolean), created_at, updated_at (datetime64[us, UTC]).

    Raises
    ------
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse, IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://developer.projectmanager.com, Project: Query Projects.
    """
    arguments = {"filter": filter, "order_by": order_by}
    return run(build_plan(PROJECTS, Options(refresh, progress, params, extra_columns), FILTERS, arguments))
