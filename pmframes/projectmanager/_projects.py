"""The resources and the projects of the workspace, which are asked for in OData.

Documentation of the service: https://developer.projectmanager.com
"""

from collections.abc import Iterable
from typing import Annotated

import pandas as pd

from pmframes import _validation
from pmframes._frames.schema import Count, Flag, Names, Number, Record, Text, TextId, Texts, Time, sent
from pmframes._http.pagination import Offset
from pmframes._loading import filters
from pmframes._loading.filters import Filter
from pmframes._loading.loader import load
from pmframes._loading.resource import Came, Columns, Params, Resource
from pmframes._types import Frame
from pmframes.projectmanager._common import SERVICE, read
from pmframes.projectmanager._roles import ROLES

# No answer says how many rows there are, so that only an empty page ends a list.
PAGING = Offset("$skip", "$top", size=1000)
FILTERS: filters.Filters = {"filter": Filter("$filter", _validation.text)}


class PlannedResource(Record, rename="camel"):
    """A resource of the workspace: a person, or a material, or a piece of equipment."""

    id: Annotated[TextId, sent("Identifier of the resource (UUID)")]
    name: Annotated[Text, sent("Name of the resource")]
    first_name: Annotated[Text, sent("First name of a person")]
    last_name: Annotated[Text, sent("Last name of a person")]
    email: Annotated[Text, sent("E-mail address; who has none has no login")]
    role_id: Annotated[Text, sent("Identifier of the role (UUID)")]
    role_name: Annotated[Text, sent("Name of the role", at="role")]
    is_active: Annotated[Flag, sent("Whether it is active")]
    hourly_rate: Annotated[Number, sent("Rate", unit="currency units per hour")]
    approver_id: Annotated[Text, sent("Identifier of who approves its timesheets", at="approver.id")]
    approver_name: Annotated[Text, sent("Name of who approves its timesheets", at="approver.name")]
    team_ids: Annotated[Texts, sent("Identifiers of its teams", at="teams[].id")]
    teams: Annotated[Names, sent("Names of its teams", at="teams[].name")]
    skills: Annotated[Names, sent("Names of its skills", at="skills[].name")]
    city: Annotated[Text, sent("City")]
    state: Annotated[Text, sent("State or region")]
    country: Annotated[Text, sent("Country", at=("country", "countryName"))]
    notes: Annotated[Text, sent("Notes")]
    created_at: Annotated[Time, sent("When it was created", at="createdDate")]
    updated_at: Annotated[Time, sent("When it was last changed", at="modifiedDate")]


class Project(Record, rename="camel"):
    """A project of the workspace."""

    id: Annotated[TextId, sent("Identifier of the project (UUID)")]
    name: Annotated[Text, sent("Name of the project")]
    short_code: Annotated[Text, sent("Short name for reports")]
    description: Annotated[Text, sent("What it is about")]
    folder: Annotated[Text, sent("Name of its folder", at="folder.name")]
    status: Annotated[Text, sent("Name of its status", at="status.name")]
    priority: Annotated[Text, sent("Name of its priority", at="priority.name")]
    charge_code: Annotated[Text, sent("Name of its charge code", at="chargeCode.name")]
    customer_id: Annotated[Text, sent("Identifier of its customer (UUID)", at="customer.id")]
    customer_name: Annotated[Text, sent("Name of its customer", at="customer.name")]
    manager_id: Annotated[Text, sent("Identifier of its manager (UUID)", at="manager.id")]
    manager_name: Annotated[Text, sent("Name of its manager", at="manager.name")]
    owner_id: Annotated[Text, sent("Identifier of its owner (UUID)")]
    percent_complete: Annotated[Count, sent("How far its tasks are completed", unit="percent")]
    budget: Annotated[Number, sent("Budget", unit="currency units")]
    hourly_rate: Annotated[Number, sent("Rate for work on it", unit="currency units per hour")]
    start_date: Annotated[Time, sent("Day on which the first task starts")]
    end_date: Annotated[Time, sent("Day on which the last task ends")]
    target_date: Annotated[Time, sent("Day by which it is to be completed")]
    is_template: Annotated[Flag, sent("Whether it is a template for others")]
    created_at: Annotated[Time, sent("When it was created", at="createDate")]
    updated_at: Annotated[Time, sent("When it was last changed", at="modifyDate")]


RESOURCES = Resource(
    service=SERVICE,
    name="resources",
    record=PlannedResource,
    path="/api/data/resources",
    paging=PAGING,
    read=read,
    always={"$orderby": "id"},
    free_text=frozenset({"$filter"}),
)
PROJECTS = Resource(
    service=SERVICE,
    name="projects",
    record=Project,
    path="/api/data/projects",
    paging=PAGING,
    read=read,
    always={"$orderby": "id"},
    free_text=frozenset({"$filter"}),
)


def resources(
    *,
    filter: str | None = None,  # noqa: A002 - the service's own word
    order_by: str | Iterable[str] | None = None,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    columns: Columns = "declared",
) -> Frame:
    """Load the resources of the workspace: its people, and materials and equipment.

    Parameters
    ----------
    filter : str, optional
        Only resources for which this OData condition holds, such as ``"isActive eq true and email ne null"``
        (query key ``$filter``); it uses the names of the service, texts in single quotes, UUIDs bare.
    order_by : str or iterable of str, optional
        Sort the finished frame by these of its columns; the service is always asked in one stable order.
    refresh : bool, default False
        Ask the service even where a load of the last hour is stored.
    progress : bool, optional
        Show a bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query keys that have no argument of their own, such as ``$expand``.
    columns : {"declared", "all"}, default "declared"
        ``"all"`` adds what the service sent beyond the columns below.

    Returns
    -------
    DataFrame
        One row per resource: id, name, first_name, last_name, email, role_id, role_name (str), is_active
        (boolean), hourly_rate (Float64, currency units per hour), approver_id, approver_name (str), team_ids
        (lists of str), teams, skills (str, joined by commas), city, state, country, notes (str), created_at,
        updated_at (datetime64[us, UTC]).

    Raises
    ------
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse, IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://developer.projectmanager.com, Resource: Query Resources. Workspaces that the vendor has not
    updated yet do not send ``role_id``: it is then looked up among the roles, by its name, with one more
    request, and stays NA where no role, or more than one, has that name.
    """
    asked = filters.read(RESOURCES, FILTERS, locals())

    def finish(frame: pd.DataFrame, came: Came) -> pd.DataFrame:
        return asked.sort(_with_roles(frame, came))

    return load(RESOURCES, asked.query, asked.options, finish=finish)


def _with_roles(frame: pd.DataFrame, came: Came) -> pd.DataFrame:
    """Find the identifiers of roles that are known by name alone, if there are any."""
    if (frame["role_id"].isna() & frame["role_name"].notna()).any():
        roles = came.also(ROLES, {}).drop_duplicates("name", keep=False)
        ids = dict(zip(roles["name"], roles["id"], strict=True))
        found = zip(frame["role_id"], frame["role_name"], strict=True)
        by_name = [ids.get(name) if pd.isna(known) else known for known, name in found]
        frame["role_id"] = pd.array(by_name, dtype="str")
    return frame


def projects(
    *,
    filter: str | None = None,  # noqa: A002 - the service's own word
    order_by: str | Iterable[str] | None = None,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    columns: Columns = "declared",
) -> Frame:
    """Load the projects of the workspace, with their customers; templates and deleted ones are among them.

    Parameters
    ----------
    filter : str, optional
        Only projects for which this OData condition holds, such as ``"status/isDeleted eq false"`` (query key
        ``$filter``); it uses the names of the service, texts in single quotes, UUIDs bare.
    order_by : str or iterable of str, optional
        Sort the finished frame by these of its columns; the service is always asked in one stable order.
    refresh : bool, default False
        Ask the service even where a load of the last hour is stored.
    progress : bool, optional
        Show a bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query keys that have no argument of their own, such as ``$expand``.
    columns : {"declared", "all"}, default "declared"
        ``"all"`` adds what the service sent beyond the columns below.

    Returns
    -------
    DataFrame
        One row per project: id, name, short_code, description, folder, status, priority, charge_code,
        customer_id, customer_name, manager_id, manager_name, owner_id (str), percent_complete (Int64,
        percent), budget (Float64, currency units), hourly_rate (Float64, currency units per hour),
        start_date, end_date, target_date (datetime64[us, UTC]; midnight of the day), is_template (boolean),
        created_at, updated_at (datetime64[us, UTC]).

    Raises
    ------
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse, IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://developer.projectmanager.com, Project: Query Projects.
    """
    asked = filters.read(PROJECTS, FILTERS, locals())
    return load(PROJECTS, asked.query, asked.options, finish=asked.finish)
