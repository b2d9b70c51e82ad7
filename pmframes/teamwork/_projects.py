"""The projects and the companies of a site.

Documentation of the service: https://apidocs.teamwork.com/docs/teamwork
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Literal, TypeAlias, get_args

import pandas as pd

from pmframes import _validation
from pmframes._frames.schema import Count, Flag, Id, OptionalId, Record, Text, Time, field, included
from pmframes._loading import filters
from pmframes._loading.filters import Filters
from pmframes._loading.loader import run
from pmframes._loading.plan import LoadPlan, build_plan
from pmframes._loading.projects import parse_projects
from pmframes._loading.resource import Listing, Options, Query, RelatedColumns, Resource
from pmframes._signatures import checks_arguments
from pmframes._types import DateLike, Frame, Ids, Names, OrderMode, Params
from pmframes.teamwork._common import API, PAGING, SERVICE, Projects, build_parser, parse_company_ids, parse_project_ids

ProjectStatus = Literal["active", "current", "late", "upcoming", "completed", "deleted"]
Statuses: TypeAlias = ProjectStatus | Iterable[ProjectStatus] | None
# More ids would make the URL too long, and more names would not fit on one page.
MAX_PROJECT_IDS = 500
LIST_PAGING = replace(PAGING, narrowing_hint="less at a time: only what changed since, by updated_after")

# Documented fields without a column.
PROJECT_FIELDS = frozenset({
    "activePages", "allowNotifyAnyone", "announcement", "category.meta", "category.type", "company.meta",
    "company.type", "completedBy", "createdBy", "customFieldValueIds", "customFieldValues", "customfieldValues",
    "defaultPrivacy", "directFileUploadsEnabled", "financialBudget", "financialBudgetId", "harvestTimersEnabled",
    "integrations", "isOnBoardingProject", "isProjectAdmin", "isSampleProject", "isStarred", "lastWorkedOn",
    "latestActivity", "logo", "logoColor", "logoIcon", "minMaxAvailableDates", "notifyCommentIncludeCreator",
    "notifyEveryone", "notifyTaskAssignee", "overviewStartPage", "portfolioCards", "privacyEnabled",
    "projectOwner.meta", "projectOwner.type", "replyByEmailEnabled", "showAnnouncement", "skipWeekends", "startPage",
    "tagIds", "tags", "tasksStartPage", "timeBudget", "timeBudgetId", "update", "updateId", "updatedBy", "users",
    "workflows",
})  # fmt: skip
COMPANY_FIELDS = frozenset({
    "addressOne", "addressTwo", "budgetDistribution", "canSeePrivate", "cid", "clientManagedBy", "companyDomains",
    "companyNameUrl", "companyUpdate", "emailThree", "emailTwo", "fax", "financialBudgetSummary", "industry",
    "industryId", "logoUrl", "privateNotes", "privateNotesText", "profileText", "profitability", "state", "stats",
    "tags", "timeBudgetSummary", "zip",
})  # fmt: skip


class Project(Record, rename="camel"):
    """A project of the site."""

    id: Annotated[Id, field("Id of the project")]
    name: Annotated[Text, field("Name of the project", is_always_sent=True)]
    description: Annotated[Text, field("Description")]
    status: Annotated[Text, field("Status: active, inactive or deleted", is_always_sent=True)]
    sub_status: Annotated[Text, field("Progress: current, late, upcoming or completed")]
    type: Annotated[Text, field("Type; projects-template for a template")]
    company_id: Annotated[OptionalId, field("Id of the company it is for", path=("companyId", "company.id"))]
    company_name: Annotated[Text, included("Name of that company", "companies", "company_id", "name")]
    owner_id: Annotated[
        OptionalId, field("Id of the owner", path=("ownerId", "projectOwnerId", "projectOwner.id", "ownedBy"))
    ]
    category_id: Annotated[OptionalId, field("Id of its category", path=("categoryId", "category.id"))]
    is_billable: Annotated[Flag, field("Whether it is billed")]
    starts_at: Annotated[Time, field("Start", path=("startAt", "startDate"))]
    ends_at: Annotated[Time, field("End", path=("endAt", "endDate"))]
    completed_at: Annotated[Time, field("Completion time")]
    created_at: Annotated[Time, field("Creation time")]
    updated_at: Annotated[Time, field("Time of the last update")]


class Company(Record, rename="camel"):
    """A company that employs people; one of them owns the site."""

    id: Annotated[Id, field("Id of the company")]
    name: Annotated[Text, field("Name of the company", is_always_sent=True)]
    is_owner: Annotated[Flag, field("Whether it owns the site")]
    status: Annotated[Text, field("Status")]
    country_code: Annotated[Text, field("Country, two letters")]
    city: Annotated[Text, field("City")]
    website: Annotated[Text, field("Website")]
    email: Annotated[Text, field("E-mail address", path="emailOne")]
    phone: Annotated[Text, field("Phone number")]
    accounts: Annotated[Count, field("Number of accounts")]
    clients: Annotated[Count, field("Number of client users")]
    collaborators: Annotated[Count, field("Number of collaborators")]
    contacts: Annotated[Count, field("Number of contacts")]
    created_at: Annotated[Time, field("Creation time")]
    updated_at: Annotated[Time, field("Time of the last update")]


PROJECTS = Resource(
    service=SERVICE,
    name="projects",
    record=Project,
    path=f"{API}/projects.json",
    paging=LIST_PAGING,
    parse=build_parser("projects"),
    # The default order is by name, which is not unique. By creation, new projects come last.
    default_params={"orderBy": "datecreated", "include": "companies"},
    fallback_params=({"orderBy": "name"},),
    # Many projects may have one creation time; the vendor's own client orders by id.
    reread_params={"orderBy": "id"},
    other_fields=PROJECT_FIELDS,
    sensitive_params=frozenset({"searchTerm"}),
)
PROJECT_NAMES = replace(
    PROJECTS,
    default_params={"orderBy": "name", "includeArchivedProjects": "true", "fields[projects]": "id,name"},
    fallback_params=(),
    other_fields=frozenset(),
)
COMPANIES = replace(
    PROJECTS,
    name="companies",
    record=Company,
    path=f"{API}/companies.json",
    parse=build_parser("companies"),
    # New companies come last.
    default_params={"orderBy": "dateadded"},
    other_fields=COMPANY_FIELDS,
)

PROJECT_FILTERS: Filters = {
    "search_term": filters.text("searchTerm"),
    "project_ids": filters.ids("projectIds", filters.has_other_id("id"), parse=parse_project_ids),
    "exclude_project_ids": filters.ids("excludeProjectIds", filters.has_excluded_id("id"), parse=parse_project_ids),
    "project_company_ids": filters.ids(
        "projectCompanyIds", filters.has_other_id("company_id"), parse=parse_company_ids
    ),
    "project_statuses": filters.choices("projectStatuses", get_args(ProjectStatus)),
    "team_ids": filters.ids("teamIds"),
    "user_id": filters.single_id("userId"),
    "updated_after": filters.time("updatedAfter"),
    "include_archived_projects": filters.flag("includeArchivedProjects"),
    "only_archived_projects": filters.flag("onlyArchivedProjects"),
}
COMPANY_FILTERS: Filters = {
    "search_term": filters.text("searchTerm"),
    "ids": filters.ids("ids", filters.has_other_id("id")),
    "exclude_ids": filters.ids("excludeIds", filters.has_excluded_id("id")),
    "exclude_owner_company": filters.flag("excludeOwnerCompany", filters.is_true("is_owner", when=True)),
    "created_after": filters.time("createdAfter"),
    "updated_after": filters.time("updatedAfter"),
}


def _build_name_queries(rows: pd.DataFrame) -> list[Query]:
    ids = [str(id_) for id_ in rows["project_id"].unique()]
    chunks = [ids[start : start + MAX_PROJECT_IDS] for start in range(0, len(ids), MAX_PROJECT_IDS)]
    return [{"projectIds": ",".join(chunk)} for chunk in chunks]


PROJECT_NAME = RelatedColumns(
    PROJECT_NAMES,
    key="project_id",
    other_key="id",
    fill={"project_name": "name"},
    queries=_build_name_queries,
    warning="project_name is NA: the list of projects could not be loaded ({error}). Ask an "
    "administrator for permission to list projects, or pass a frame of projects with their names.",
)


def select_projects(plan: LoadPlan, projects: Projects, subject: str) -> LoadPlan:
    """Plan to load the people of each project instead; ``subject`` names in errors what is loaded of it."""
    resources = ("projects", "people", "permissions")
    names = parse_projects(projects, SERVICE, resources, _validation.parse_positive_integer, "12345")
    listings = [
        Listing(
            f"{API}/projects/{project}/people.json",
            f"{subject} of project {project}",
            {"project_id": project, "project_name": name},
        )
        for project, name in names.items()
    ]
    return replace(plan, listings=listings, related=[PROJECT_NAME], provenance_params={"projects": list(names)})


@checks_arguments
def projects(
    *,
    search_term: str | None = None,
    project_ids: Ids = None,
    exclude_project_ids: Ids = None,
    project_company_ids: Ids = None,
    project_statuses: Statuses = None,
    team_ids: Ids = None,
    user_id: int | None = None,
    updated_after: DateLike = None,
    include_archived_projects: bool | None = None,
    only_archived_projects: bool | None = None,
    order_by: Names = None,
    order_mode: OrderMode = "asc",
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    extra_columns: bool = False,
) -> Frame:
    """Load the projects of the site.

    By default the service leaves out archived and deleted projects. Pass the frame to ``people`` or
    ``permissions`` to load these for each project; they then take the names of the projects from it.

    Parameters
    ----------
    search_term : str, optional
        Only projects whose name contains this text (query parameter ``searchTerm``).
    project_ids, exclude_project_ids : int or iterable of int, optional
        Only these projects, or all others (``projectIds``, ``excludeProjectIds``).
    project_company_ids : int or iterable of int, optional
        Only projects of these companies (``projectCompanyIds``).
    project_statuses : str or iterable of str, optional
        Only projects with one of these statuses: active, current, late, upcoming, completed, deleted
        (``projectStatuses``).
    team_ids : int or iterable of int, optional
        Only projects with members of these teams (``teamIds``).
    user_id : int, optional
        Only projects of which this person is a member (``userId``).
    updated_after : str, date or datetime, optional
        Only projects updated after this time; naive values are taken as UTC (``updatedAfter``).
    include_archived_projects, only_archived_projects : bool, optional
        Include archived projects, or load no others; the service's default is False
        (``includeArchivedProjects``, ``onlyArchivedProjects``).
    order_by : str or iterable of str, optional
        Sort the frame by these columns. Requests always use one stable order.
    order_mode : {"asc", "desc"}, default "asc"
        Sort order.
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
        One row per project: id (int64), name, description, status, sub_status, type (str), company_id
        (Int64), company_name (str), owner_id, category_id (Int64), is_billable (boolean), starts_at, ends_at,
        completed_at, created_at, updated_at (datetime64[us, UTC]).

    Raises
    ------
    UnexpectedResponse
        The response is not what the service documents, or the service ignored a filter.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://apidocs.teamwork.com/docs/teamwork/v3/projects/get-projects-api-v3-projects-json.
    """
    arguments = {
        "search_term": search_term, "project_ids": project_ids, "exclude_project_ids": exclude_project_ids,
        "project_company_ids": project_company_ids, "project_statuses": project_statuses, "team_ids": team_ids,
        "user_id": user_id, "updated_after": updated_after, "include_archived_projects": include_archived_projects,
        "only_archived_projects": only_archived_projects, "order_by": order_by, "order_mode": order_mode,
    }  # fmt: skip
    return run(build_plan(PROJECTS, Options(refresh, progress, params, extra_columns), PROJECT_FILTERS, arguments))


@checks_arguments
def companies(
    *,
    search_term: str | None = None,
    ids: Ids = None,
    exclude_ids: Ids = None,
    exclude_owner_company: bool | None = None,
    created_after: DateLike = None,
    updated_after: DateLike = None,
    order_by: Names = None,
    order_mode: OrderMode = "asc",
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    extra_columns: bool = False,
) -> Frame:
    """Load the companies of the site: its owner, and those that the owner works for or with.

    Parameters
    ----------
    search_term : str, optional
        Only companies whose name or description contains this text (query parameter ``searchTerm``).
    ids, exclude_ids : int or iterable of int, optional
        Only these companies, or all others (``ids``, ``excludeIds``).
    exclude_owner_company : bool, optional
        Leave out the company that owns the site; the service's default is False (``excludeOwnerCompany``).
    created_after, updated_after : str, date or datetime, optional
        Only companies created, or updated, after this time; naive values are taken as UTC
        (``createdAfter``, ``updatedAfter``).
    order_by : str or iterable of str, optional
        Sort the frame by these columns. Requests always use one stable order.
    order_mode : {"asc", "desc"}, default "asc"
        Sort order.
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
        One row per company: id (int64), name (str), is_owner (boolean), status, country_code, city, website,
        email, phone (str), accounts, clients, collaborators, contacts (Int64), created_at, updated_at
        (datetime64[us, UTC]).

    Raises
    ------
    UnexpectedResponse
        The response is not what the service documents, or the service ignored a filter.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://apidocs.teamwork.com/docs/teamwork/v3/companies/get-projects-api-v3-companies-json. Notes and
    profile texts may be confidential: they are loaded with ``extra_columns=True`` only.
    """
    arguments = {
        "search_term": search_term, "ids": ids, "exclude_ids": exclude_ids,
        "exclude_owner_company": exclude_owner_company, "created_after": created_after,
        "updated_after": updated_after, "order_by": order_by, "order_mode": order_mode,
    }  # fmt: skip
    return run(build_plan(COMPANIES, Options(refresh, progress, params, extra_columns), COMPANY_FILTERS, arguments))
