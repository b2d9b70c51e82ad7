"""The people of projects, or of the whole site.

Documentation of the service: https://apidocs.teamwork.com/docs/teamwork
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Literal, get_args

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
from pmframes._loading.filters import Filters
from pmframes._loading.loader import run
from pmframes._loading.plan import build_plan
from pmframes._loading.resource import Options, Query, Resource
from pmframes._signatures import checks_arguments
from pmframes._types import DateLike, Frame, Ids, Names, OrderMode, Params
from pmframes.teamwork._common import (
    API,
    PAGING,
    SERVICE,
    Projects,
    apply_everyone,
    build_parser,
    parse_company_ids,
    parse_project_ids,
)
from pmframes.teamwork._projects import select_projects

PersonType = Literal["account", "collaborator", "contact"]
RELATIONSHIP_FIELDS = (
    "company.type", "company.meta", "workingHour.type", "workingHour.meta", "createdBy.type", "createdBy.meta",
    "updatedBy.type", "updatedBy.meta",
)  # fmt: skip


def join_names(values: Values) -> list[str]:
    """Join first and last names."""
    pairs = zip(values["first_name"], values["last_name"], strict=True)
    return [f"{first} {last}" if first and last else first or last or "" for first, last in pairs]


class Person(Record, rename="camel"):
    """A person, on one project where projects were requested."""

    project_id: Annotated[OptionalId, constant("Id of the project; NA for the whole site")]
    project_name: Annotated[Text, constant("Name of that project")]
    id: Annotated[Id, field("Id of the person")]
    name: Annotated[Text, computed("First and last name", join_names)]
    first_name: Annotated[Text, field("First name", is_always_sent=True)]
    last_name: Annotated[Text, field("Last name", is_always_sent=True)]
    email: Annotated[Text, field("E-mail address")]
    type: Annotated[PersonType | None, field("Type of person", is_always_sent=True)]
    title: Annotated[Text, field("Job title")]
    company_id: Annotated[OptionalId, field("Id of the person's company", path=("companyId", "company.id"))]
    company_name: Annotated[Text, included("Name of that company", "companies", "company_id", "name")]
    is_admin: Annotated[Flag, field("Whether the person is a site administrator", is_always_sent=True)]
    is_client_user: Annotated[Flag, field("Whether the person belongs to a client", is_always_sent=True)]
    is_service_account: Annotated[Flag, field("Whether it is a service account", is_always_sent=True)]
    deleted: Annotated[Flag, field("Whether the person was deleted", is_always_sent=True)]
    can_add_projects: Annotated[Flag, field("Whether the person may add projects")]
    user_rate: Annotated[MinorUnits, field("Rate billed", unit="currency units per hour")]
    user_cost: Annotated[MinorUnits, field("Cost", unit="currency units per hour")]
    timezone: Annotated[Text, field("Time zone")]
    length_of_day: Annotated[Number, field("Length of the working day", unit="hours")]
    working_hours_id: Annotated[OptionalId, field("Id of the working hours", path=("workingHoursId", "workingHour.id"))]
    company_role_id: Annotated[OptionalId, field("Id of the role in the company")]
    team_ids: Annotated[IntList, field("Ids of the person's teams", path="teams[].id")]
    teams: Annotated[Text, included("Names of those teams, where sent", "teams", "team_ids", "name")]
    is_placeholder: Annotated[Flag, field("Whether it is a placeholder", path="isPlaceholderResource")]
    avatar_url: Annotated[Text, field("URL of the picture")]
    created_at: Annotated[Time, field("Creation time")]
    created_by_id: Annotated[OptionalId, field("Id of the person who created it", path=("createdBy.id", "createdBy"))]
    updated_at: Annotated[Time, field("Time of the last update")]
    updated_by_id: Annotated[
        OptionalId, field("Id of the person who last updated it", path=("updatedBy.id", "updatedBy"))
    ]


PEOPLE = Resource(
    service=SERVICE,
    name="people",
    record=Person,
    path=f"{API}/people.json",
    paging=PAGING,
    parse=build_parser("people"),
    # The default order is by name, which is not unique.
    default_params={"orderBy": "id", "include": "companies"},
    # The documentation lists only the orders by name and company; the vendor's own client uses id.
    fallback_params=({"orderBy": "name"},),
    other_fields=frozenset({"jobRoles", "skills", "lastLogin", "meta", *RELATIONSHIP_FIELDS}),
    sensitive_params=frozenset({"searchTerm"}),
)

# With it, every page contains the current user, whatever the filters.
_CURRENT_USER = frozenset({"orderPrioritiseCurrentUser"})
# With it, one match among the ids of people, teams and companies is enough.
_ANY_ID = _CURRENT_USER | {"inclusiveFilter"}
_flag = partial(filters.flag, unless_sent=_CURRENT_USER)
FILTERS: Filters = {
    "user_type": filters.choice(
        "userType", get_args(PersonType), filters.has_other_value("type", get_args(PersonType)), _CURRENT_USER
    ),
    "search_term": filters.text("searchTerm"),
    "search_user_job_role": filters.flag("searchUserJobRole"),
    "ids": filters.ids("ids", filters.has_other_id("id"), _ANY_ID),
    "exclude_ids": filters.ids("excludeIds", filters.has_excluded_id("id"), _CURRENT_USER),
    "company_ids": filters.ids(
        "companyIds", filters.has_other_id("company_id"), _ANY_ID | {"onlyOwnerCompany"}, parse=parse_company_ids
    ),
    "team_ids": filters.ids("teamIds"),
    "inclusive_filter": filters.flag("inclusiveFilter"),
    "project_ids": filters.ids("projectIds", parse=parse_project_ids),
    "exclude_project_ids": filters.ids("excludeProjectIds", parse=parse_project_ids),
    "updated_after": filters.time("updatedAfter"),
    "last_login_after": filters.time("lastLoginAfter"),
    "show_deleted": _flag("showDeleted", filters.is_true("deleted", when=False)),
    "include_service_accounts": _flag("includeServiceAccounts", filters.is_true("is_service_account", when=False)),
    "include_placeholders": _flag("includePlaceholders", filters.is_true("is_placeholder", when=False)),
    "include_clients": _flag("includeClients", filters.is_true("is_client_user", when=False)),
    "include_collaborators": _flag("includeCollaborators", filters.has_value("type", "collaborator", when=False)),
    "include_observers": filters.flag("includeObservers"),
    "exclude_contacts": _flag("excludeContacts", filters.has_value("type", "contact", when=True)),
    "only_owner_company": _flag("onlyOwnerCompany", filters.differs_from_first("company_id")),
    "only_site_owner": filters.flag("onlySiteOwner"),
    "filter_by_no_cost_rate": filters.flag("filterByNoCostRate"),
    "order_prioritise_current_user": filters.flag("orderPrioritiseCurrentUser"),
}


# The fields that can be selected; the service sends, or omits, the others whatever is selected.
SELECTABLE = (
    "id", "firstName", "lastName", "title", "email", "companyId", "company", "isAdmin", "isClientUser",
    "isServiceAccount", "type", "deleted", "avatarUrl", "lengthOfDay", "workingHoursId", "workingHour", "userRate",
    "userCost", "canAddProjects",
)  # fmt: skip


def _find_fields(column: Column) -> list[str]:
    keys = dict.fromkeys(path.partition(".")[0] for path in column.source.paths or ())
    return [key for key in keys if key in SELECTABLE]


# The fields that the service must be asked for, by column.
SELECTED = {column.name: keys for column in columns_of(Person) if (keys := _find_fields(column))} | {
    "name": ["firstName", "lastName"],
    "company_name": ["companyId", "company"],
    "project_id": [],
    "project_name": [],
}


@checks_arguments
def people(
    projects: Projects | None = None,
    *,
    everyone: bool = False,
    user_type: PersonType | None = None,
    search_term: str | None = None,
    search_user_job_role: bool | None = None,
    ids: Ids = None,
    exclude_ids: Ids = None,
    company_ids: Ids = None,
    team_ids: Ids = None,
    inclusive_filter: bool | None = None,
    project_ids: Ids = None,
    exclude_project_ids: Ids = None,
    updated_after: DateLike = None,
    last_login_after: DateLike = None,
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
    order_by: Names = None,
    order_mode: OrderMode = "asc",
    fields: Names = None,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    extra_columns: bool = False,
) -> Frame:
    """Load the people of projects, or of the whole site.

    By default the service leaves out service accounts, placeholders and deleted people.

    Parameters
    ----------
    projects : int, iterable of int, DataFrame of projects, or None
        The ids of the projects; a frame has them in its column ``id`` or ``project_id``. None loads the whole
        site. Project names that the frame does not have take one more request.
    everyone : bool, default False
        Include service accounts, placeholders and deleted people. Their own arguments (``show_deleted``,
        ``include_service_accounts``, ``include_placeholders``) take precedence: ``everyone=True,
        show_deleted=False`` leaves out deleted people only.
    user_type : {"account", "collaborator", "contact"}, optional
        Only people of this type (query parameter ``userType``).
    search_term : str, optional
        Only people whose name or e-mail address contains this text (``searchTerm``).
    search_user_job_role : bool, optional
        Search job roles too (``searchUserJobRole``).
    ids, exclude_ids : int or iterable of int, optional
        Only these people, or all others (``ids``, ``excludeIds``).
    company_ids, team_ids : int or iterable of int, optional
        Only people of these companies, or teams (``companyIds``, ``teamIds``).
    inclusive_filter : bool, optional
        Combine ``ids``, ``company_ids`` and ``team_ids`` with OR instead of AND; the service's default is
        False (``inclusiveFilter``).
    project_ids, exclude_project_ids : int or iterable of int, optional
        Only people who are also members of one of these projects, or members of none of them
        (``projectIds``, ``excludeProjectIds``).
    updated_after, last_login_after : str, date or datetime, optional
        Only people updated, or logged in, after this time; naive values are taken as UTC (``updatedAfter``,
        ``lastLoginAfter``).
    show_deleted, include_service_accounts, include_placeholders : bool, optional
        Include deleted people, service accounts, and placeholder users; the service's default is False
        (``showDeleted``, ``includeServiceAccounts``, ``includePlaceholders``).
    include_clients, include_collaborators, include_observers : bool, optional
        Include client users, collaborators, and observers of a project; the service's default is True
        (``includeClients``, ``includeCollaborators``, ``includeObservers``).
    exclude_contacts, only_owner_company, only_site_owner : bool, optional
        Leave out contacts, people outside the company that owns the site (whatever ``company_ids`` says), or
        everyone but the owner of the site; the service's default is False (``excludeContacts``,
        ``onlyOwnerCompany``, ``onlySiteOwner``).
    filter_by_no_cost_rate : bool, optional
        Only people without a cost rate; for administrators of the owner company (``filterByNoCostRate``).
    order_prioritise_current_user : bool, optional
        Sort the current user first, who is then included whatever the filters
        (``orderPrioritiseCurrentUser``).
    order_by : str or iterable of str, optional
        Sort the frame by these columns. Requests always use one stable order.
    order_mode : {"asc", "desc"}, default "asc"
        Sort order.
    fields : str or iterable of str, optional
        Request only these columns, and ``id`` (``fields[people]``); the others are NA. Some columns cannot
        be selected; the error lists the allowed ones.
    refresh : bool, default False
        Load from the service instead of the cache, which keeps a load for one hour.
    progress : bool, optional
        Show a progress bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query parameters without an argument of their own. The service ignores those that it does not know.
    extra_columns : bool, default False
        Add what the service sent beyond the columns below.

    Returns
    -------
    DataFrame
        One row per person and project, or per person of the site: project_id (Int64), project_name (str), id
        (int64), name, first_name, last_name, email (str), type (category), title (str), company_id (Int64),
        company_name (str), is_admin, is_client_user, is_service_account, deleted, can_add_projects (boolean),
        user_rate, user_cost (Float64, currency units per hour), timezone (str), length_of_day (Float64,
        hours), working_hours_id, company_role_id (Int64), team_ids (lists of int), teams (str, joined by
        commas), is_placeholder (boolean), avatar_url (str), created_at (datetime64[us, UTC]), created_by_id
        (Int64), updated_at (datetime64[us, UTC]), updated_by_id (Int64).

    Raises
    ------
    NotFound
        There is no such project, or the credential is not allowed to see it.
    UnexpectedResponse
        The response is not what the service documents, or the service ignored a filter.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://apidocs.teamwork.com/docs/teamwork/v3/people/get-projects-api-v3-projects-project-id-people-json.
    Rates are NA if the credential is not allowed to see them. ``project_name`` is NA if the list of projects
    does not contain the project, or could not be loaded, which is a warning.
    """
    arguments = {
        "user_type": user_type, "search_term": search_term, "search_user_job_role": search_user_job_role,
        "ids": ids, "exclude_ids": exclude_ids, "company_ids": company_ids, "team_ids": team_ids,
        "inclusive_filter": inclusive_filter, "project_ids": project_ids,
        "exclude_project_ids": exclude_project_ids, "updated_after": updated_after,
        "last_login_after": last_login_after, "show_deleted": show_deleted,
        "include_service_accounts": include_service_accounts, "include_placeholders": include_placeholders,
        "include_clients": include_clients, "include_collaborators": include_collaborators,
        "include_observers": include_observers, "exclude_contacts": exclude_contacts,
        "only_owner_company": only_owner_company, "only_site_owner": only_site_owner,
        "filter_by_no_cost_rate": filter_by_no_cost_rate,
        "order_prioritise_current_user": order_prioritise_current_user, "order_by": order_by,
        "order_mode": order_mode,
    }  # fmt: skip
    options = Options(refresh, progress, params, extra_columns)
    plan = build_plan(PEOPLE, options, FILTERS, apply_everyone(everyone, arguments))
    parsed = plan.arguments
    plan = replace(plan, arguments=replace(parsed, query=parsed.query | _select(fields, parsed.order_by)))
    return run(plan if projects is None else select_projects(plan, projects, "the people"))


def _select(fields: Names, order_by: list[str]) -> Query:
    """Return the query that selects the fields for these columns, which must include those to sort by."""
    if fields is None:
        return {}
    columns = {"id", *_validation.parse_choices("fields", fields, SELECTED)}
    for column in order_by:
        if column not in columns:
            raise _messages.not_one_of("order_by", column, [name for name in SELECTED if name in columns])
    keys = {key for column in columns for key in SELECTED[column]}
    return {"fields[people]": ",".join(key for key in SELECTABLE if key in keys)}
