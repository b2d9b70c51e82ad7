"""The people of projects, or of the whole site.

Documentation of the service: https://apidocs.teamwork.com/docs/teamwork
"""

from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal, get_args

import pandas as pd

from pmframes import _messages, _validation
from pmframes._frames.schema import (
    Column,
    Flag,
    Id,
    IntList,
    MinorUnits,
    Number,
    OptionalId,
    Record,
    Text,
    Time,
    Values,
    columns_of,
    computed,
    constant,
    field,
    included,
)
from pmframes._loading import filters
from pmframes._loading.filters import Filter
from pmframes._loading.loader import load
from pmframes._loading.resource import Came, Columns, Params, Part, Resource
from pmframes._types import Frame
from pmframes.teamwork._common import API, PAGING, SERVICE, projects_meant, reader
from pmframes.teamwork._projects import name_projects

PersonType = Literal["account", "collaborator", "contact"]
OrderMode = Literal["asc", "desc"]


def full_names(values: Values) -> list[str]:
    """Put first and last names together."""
    pairs = zip(values["first_name"], values["last_name"], strict=True)
    return [f"{first} {last}" if first and last else first or last or "" for first, last in pairs]


class Person(Record, rename="camel"):
    """A person on a project: one row per person and project, or per person where no project was asked for."""

    project_id: Annotated[OptionalId, constant("Id of the project; NA for the whole site")]
    project_name: Annotated[Text, constant("Name of that project")]
    id: Annotated[Id, field("Id of the person")]
    name: Annotated[Text, computed("First and last name", full_names)]
    first_name: Annotated[Text, field("First name")]
    last_name: Annotated[Text, field("Last name")]
    email: Annotated[Text, field("E-mail address")]
    type: Annotated[PersonType | None, field("Type of person")]
    title: Annotated[Text, field("Job title")]
    company_id: Annotated[OptionalId, field("Id of the person's company", path=("companyId", "company.id"))]
    company_name: Annotated[Text, included("Name of that company", "companies", "company_id", "name")]
    is_admin: Annotated[Flag, field("Whether the person is a site administrator")]
    is_client_user: Annotated[Flag, field("Whether the person belongs to a client")]
    is_service_account: Annotated[Flag, field("Whether it is a program, not a person")]
    deleted: Annotated[Flag, field("Whether the person was deleted")]
    can_add_projects: Annotated[Flag, field("Whether the person may add projects")]
    user_rate: Annotated[MinorUnits, field("Rate billed", unit="currency units per hour")]
    user_cost: Annotated[MinorUnits, field("Cost", unit="currency units per hour")]
    timezone: Annotated[Text, field("Time zone")]
    length_of_day: Annotated[Number, field("Length of the working day", unit="hours")]
    working_hours_id: Annotated[
        OptionalId, field("Id of the working hours", path=("workingHoursId", "workingHour.id"))
    ]
    company_role_id: Annotated[OptionalId, field("Id of the role in the company")]
    team_ids: Annotated[IntList, field("Ids of the person's teams", path="teams[].id")]
    teams: Annotated[Text, included("Names of those teams, where sent", "teams", "team_ids", "name")]
    is_placeholder: Annotated[
        Flag, field("Whether it stands for somebody to come", path="isPlaceholderResource")
    ]
    avatar_url: Annotated[Text, field("Address of the picture")]
    created_at: Annotated[Time, field("When the person was created")]
    created_by_id: Annotated[OptionalId, field("Id of who created it", path=("createdBy.id", "createdBy"))]
    updated_at: Annotated[Time, field("When the person was last changed")]
    updated_by_id: Annotated[OptionalId, field("Id of who changed it", path=("updatedBy.id", "updatedBy"))]


PEOPLE = Resource(
    service=SERVICE,
    name="people",
    record=Person,
    path=f"{API}/people.json",
    paging=PAGING,
    read=reader("people"),
    # The default order is by name, and two people may share one.
    always={"orderBy": "id", "include": "companies"},
    # The documentation lists only the orders by name and company; the vendor's own client uses id.
    or_else={"orderBy": "name"},
    free_text=frozenset({"searchTerm"}),
)

# Who asks is in every answer then, whatever the filters.
_FORCED = frozenset({"orderPrioritiseCurrentUser"})
# Then one of the numbers of people, teams and companies is enough.
_INCLUSIVE = _FORCED | {"inclusiveFilter"}
FILTERS: filters.Filters = {
    "user_type": Filter(
        "userType",
        partial(_validation.one_of, allowed=get_args(PersonType)),
        filters.one_of("type", get_args(PersonType)),
        _FORCED,
    ),
    "search_term": Filter("searchTerm", _validation.text),
    "search_user_job_role": Filter("searchUserJobRole", _validation.flag),
    "ids": Filter("ids", _validation.comma_numbers, filters.among("id"), _INCLUSIVE),
    "exclude_ids": Filter("excludeIds", _validation.comma_numbers, filters.not_among("id"), _FORCED),
    "company_ids": Filter(
        "companyIds",
        _validation.comma_numbers,
        filters.among("company_id"),
        _INCLUSIVE | {"onlyOwnerCompany"},
    ),
    "team_ids": Filter("teamIds", _validation.comma_numbers),
    "inclusive_filter": Filter("inclusiveFilter", _validation.flag),
    "project_ids": Filter("projectIds", _validation.comma_numbers),
    "exclude_project_ids": Filter("excludeProjectIds", _validation.comma_numbers),
    "updated_after": Filter("updatedAfter", _validation.moment),
    "last_login_after": Filter("lastLoginAfter", _validation.moment),
    "show_deleted": Filter(
        "showDeleted", _validation.flag, filters.none_with("deleted", flag="false"), _FORCED
    ),
    "include_service_accounts": Filter(
        "includeServiceAccounts",
        _validation.flag,
        filters.none_with("is_service_account", flag="false"),
        _FORCED,
    ),
    "include_placeholders": Filter(
        "includePlaceholders", _validation.flag, filters.none_with("is_placeholder", flag="false"), _FORCED
    ),
    "include_clients": Filter(
        "includeClients", _validation.flag, filters.none_with("is_client_user", flag="false"), _FORCED
    ),
    "include_collaborators": Filter(
        "includeCollaborators",
        _validation.flag,
        filters.none_of("type", "collaborator", flag="false"),
        _FORCED,
    ),
    "include_observers": Filter("includeObservers", _validation.flag),
    "exclude_contacts": Filter(
        "excludeContacts", _validation.flag, filters.none_of("type", "contact", flag="true"), _FORCED
    ),
    "only_owner_company": Filter("onlyOwnerCompany", _validation.flag, filters.of_one("company_id"), _FORCED),
    "only_site_owner": Filter("onlySiteOwner", _validation.flag),
    "filter_by_no_cost_rate": Filter("filterByNoCostRate", _validation.flag),
    "order_prioritise_current_user": Filter("orderPrioritiseCurrentUser", _validation.flag),
}


# The fields that the service can leave out; what is not among them is sent, or not, whatever is asked for.
SELECTABLE = (
    "id",
    "firstName",
    "lastName",
    "title",
    "email",
    "companyId",
    "company",
    "isAdmin",
    "isClientUser",
    "isServiceAccount",
    "type",
    "deleted",
    "avatarUrl",
    "lengthOfDay",
    "workingHoursId",
    "workingHour",
    "userRate",
    "userCost",
    "canAddProjects",
)


def _selected_for(column: Column) -> list[str]:
    paths = column.source.paths or ()
    return [key for key in dict.fromkeys(path.partition(".")[0] for path in paths) if key in SELECTABLE]


# What the service must be asked for, for each column that it can be asked for by itself.
SELECTED = {column.name: keys for column in columns_of(Person) if (keys := _selected_for(column))} | {
    "name": ["firstName", "lastName"],
    "company_name": ["companyId", "company"],
    "project_id": [],
    "project_name": [],
}


def people(
    projects: int | Iterable[int] | pd.DataFrame | None = None,
    *,
    user_type: PersonType | None = None,
    search_term: str | None = None,
    search_user_job_role: bool | None = None,
    ids: int | Iterable[int] | None = None,
    exclude_ids: int | Iterable[int] | None = None,
    company_ids: int | Iterable[int] | None = None,
    team_ids: int | Iterable[int] | None = None,
    inclusive_filter: bool | None = None,
    project_ids: int | Iterable[int] | None = None,
    exclude_project_ids: int | Iterable[int] | None = None,
    updated_after: str | date | None = None,
    last_login_after: str | date | None = None,
    show_deleted: bool | None = None,
    include_service_accounts: bool | None = None,
    include_placeholders: bool | None = None,
    include_clients: bool | None = None,
    include_collaborators: bool | None = None,
    include_observers: bool | None = None,
    exclude_contacts: bool | None = None,
    only_owner_company: bool | None = None,
    only_site_owner: bool | None = None,
    filter_by_no_cost_rate: bool | None = None,
    order_prioritise_current_user: bool | None = None,
    order_by: str | Iterable[str] | None = None,
    order_mode: OrderMode = "asc",
    fields: str | Iterable[str] | None = None,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    columns: Columns = "declared",
) -> Frame:
    """Load the people of projects, or of the whole site.

    Service accounts, placeholders and deleted people are left out by the service unless asked for.

    Parameters
    ----------
    projects : int, iterable of int, DataFrame of projects, or None
        The numbers of the projects (a frame has them in its column ``id``, or ``project_id``); None for the
        whole site. Names of projects that a frame does not bring along cost one more request.
    user_type : {"account", "collaborator", "contact"}, optional
        Only people of this type (query key ``userType``).
    search_term : str, optional
        Only people whose name or e-mail address contains this text (``searchTerm``).
    search_user_job_role : bool, optional
        Search in job roles too (``searchUserJobRole``).
    ids, exclude_ids : int or iterable of int, optional
        Only these people, or all but these (``ids``, ``excludeIds``).
    company_ids, team_ids : int or iterable of int, optional
        Only people of these companies, or teams (``companyIds``, ``teamIds``).
    inclusive_filter : bool, optional
        People of whom one of ``ids``, ``company_ids`` and ``team_ids`` holds, not all; the service's default
        is False (``inclusiveFilter``).
    project_ids, exclude_project_ids : int or iterable of int, optional
        Only people who are also on one of these projects, or who are on none of these (``projectIds``,
        ``excludeProjectIds``).
    updated_after, last_login_after : str, date or datetime, optional
        Only people changed, or logged in, after this moment; UTC unless it has a zone (``updatedAfter``,
        ``lastLoginAfter``).
    show_deleted, include_service_accounts, include_placeholders : bool, optional
        Include deleted people, programs, and placeholders for people to come; the service's default is False
        (``showDeleted``, ``includeServiceAccounts``, ``includePlaceholders``).
    include_clients, include_collaborators, include_observers : bool, optional
        Include them; the service's default is True (``includeClients``, ``includeCollaborators``,
        ``includeObservers``, which is for the people of projects).
    exclude_contacts, only_owner_company, only_site_owner : bool, optional
        Leave out contacts, people of other companies than the site's owner (whatever ``company_ids`` says),
        or everyone but the owner of the site; the service's default is False (``excludeContacts``,
        ``onlyOwnerCompany``, ``onlySiteOwner``).
    filter_by_no_cost_rate : bool, optional
        Only people without a cost rate; for administrators of the owner company (``filterByNoCostRate``).
    order_prioritise_current_user : bool, optional
        Have yourself among the people, whatever the filters (``orderPrioritiseCurrentUser``).
    order_by : str or iterable of str, optional
        Sort the finished frame by these of its columns; the service is always asked in one stable order.
    order_mode : {"asc", "desc"}, default "asc"
        Which way to sort.
    fields : str or iterable of str, optional
        Fetch only what these columns need, and ``id`` (``fields[people]``). The other columns stay, as NA.
        Not all can be chosen: what the service sends unasked or not at all is told by the error.
    refresh : bool, default False
        Ask the service even where a load of the last hour is stored.
    progress : bool, optional
        Show a bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query keys that have no argument of their own. The service ignores keys that it does not know.
    columns : {"declared", "all"}, default "declared"
        ``"all"`` adds what the service sent beyond the columns below.

    Returns
    -------
    DataFrame
        One row per person and project: project_id (Int64), project_name (str), id (int64), name, first_name,
        last_name, email (str), type (category), title (str), company_id (Int64), company_name (str),
        is_admin, is_client_user, is_service_account, deleted, can_add_projects (boolean), user_rate,
        user_cost (Float64, currency units per hour), timezone (str), length_of_day (Float64, hours),
        working_hours_id, company_role_id (Int64), team_ids (lists of int), teams (str, joined by commas),
        is_placeholder (boolean), avatar_url (str), created_at (datetime64[us, UTC]), created_by_id (Int64),
        updated_at (datetime64[us, UTC]), updated_by_id (Int64).

    Raises
    ------
    NotFound
        The site has no such project.
    UnexpectedResponse
        Among others: people came whom a filter excludes, so the service passed the filter over.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://apidocs.teamwork.com/docs/teamwork/v3/people/get-projects-api-v3-projects-project-id-people-json.
    Rates are there only where the credential may see them. ``project_name`` is NA where the credential does
    not see the project in the list of projects, or where that list could not be loaded, which a warning says.
    """
    asked = filters.read(PEOPLE, FILTERS, locals())
    query = asked.query | _selection(fields, asked.order_by)
    names = {} if projects is None else projects_meant(projects)
    parts = None if projects is None else [_people_of(number, name) for number, name in names.items()]

    def finish(frame: pd.DataFrame, came: Came) -> pd.DataFrame:
        return asked.sort(name_projects(asked.check(frame), came, names))

    shown = None if projects is None else {"projects": list(names)}
    return load(PEOPLE, query, asked.options, parts=parts, shown=shown, finish=finish)


def _people_of(project: int, name: str | None) -> Part:
    return Part(
        f"{API}/projects/{project}/people.json",
        f"the people of project {project}",
        {"project_id": project, "project_name": name},
    )


def _selection(fields: Any, order_by: list[str]) -> _validation.Query:
    """Say which fields to send for these columns; what is sorted by must be among them."""
    if fields is None:
        return {}
    chosen = {"id", *_validation.names("fields", fields, SELECTED)}
    for column in order_by:
        if column not in chosen:
            raise _messages.not_one_of("order_by", column, [one for one in SELECTED if one in chosen])
    wanted = {key for column in chosen for key in SELECTED[column]}
    return {"fields[people]": ",".join(key for key in SELECTABLE if key in wanted)}
