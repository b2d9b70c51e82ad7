"""The projects and the companies of a site.

Documentation of the service: https://apidocs.teamwork.com/docs/teamwork
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Annotated, Literal, get_args

import pandas as pd

from pmframes import _messages, _validation, errors
from pmframes._frames.schema import Count, Flag, Id, OptionalId, Record, Text, Time, field, included
from pmframes._loading import filters
from pmframes._loading.filters import Filter
from pmframes._loading.loader import load
from pmframes._loading.resource import Came, Columns, Params, Resource
from pmframes._types import Frame
from pmframes.teamwork._common import API, PAGING, SERVICE, reader

ProjectStatus = Literal["active", "current", "late", "upcoming", "completed", "deleted"]
OrderMode = Literal["asc", "desc"]
# So that the list of numbers does not make a URL that is too long, and the names fit on one page.
NAMED_AT_ONCE = 500
PAGES = replace(PAGING, narrowing_hint="less at a time: only what changed since, by updated_after")


class Project(Record, rename="camel"):
    """A project of the site."""

    id: Annotated[Id, field("Id of the project")]
    name: Annotated[Text, field("Name of the project")]
    description: Annotated[Text, field("What it is about")]
    status: Annotated[Text, field("Status: active, inactive or deleted")]
    sub_status: Annotated[Text, field("Where it stands: current, late, upcoming or completed")]
    type: Annotated[Text, field("Kind of project; projects-template for a template")]
    company_id: Annotated[OptionalId, field("Id of the company it is for", path=("companyId", "company.id"))]
    company_name: Annotated[Text, included("Name of that company", "companies", "company_id", "name")]
    owner_id: Annotated[
        OptionalId, field("Id of who owns it", path=("ownerId", "projectOwner.id", "ownedBy"))
    ]
    category_id: Annotated[OptionalId, field("Id of its category", path=("categoryId", "category.id"))]
    is_billable: Annotated[Flag, field("Whether it is billed")]
    starts_at: Annotated[Time, field("When it starts", path=("startAt", "startDate"))]
    ends_at: Annotated[Time, field("When it ends", path=("endAt", "endDate"))]
    completed_at: Annotated[Time, field("When it was completed")]
    created_at: Annotated[Time, field("When it was created")]
    updated_at: Annotated[Time, field("When it was last changed")]


class Company(Record, rename="camel"):
    """A company that employs people; one of them owns the site."""

    id: Annotated[Id, field("Id of the company")]
    name: Annotated[Text, field("Name of the company")]
    is_owner: Annotated[Flag, field("Whether it owns the site")]
    status: Annotated[Text, field("Status")]
    country_code: Annotated[Text, field("Country, two letters")]
    city: Annotated[Text, field("City")]
    website: Annotated[Text, field("Website")]
    email: Annotated[Text, field("E-mail address", path="emailOne")]
    phone: Annotated[Text, field("Telephone")]
    accounts: Annotated[Count, field("How many accounts it has")]
    clients: Annotated[Count, field("How many client users it has")]
    collaborators: Annotated[Count, field("How many collaborators it has")]
    contacts: Annotated[Count, field("How many contacts it has")]
    created_at: Annotated[Time, field("When it was created")]
    updated_at: Annotated[Time, field("When it was last changed")]


PROJECTS = Resource(
    service=SERVICE,
    name="projects",
    record=Project,
    path=f"{API}/projects.json",
    paging=PAGES,
    read=reader("projects"),
    # The default order is by name, and two projects may share one. New projects come last.
    always={"orderBy": "datecreated", "include": "companies"},
    or_else={"orderBy": "name"},
    free_text=frozenset({"searchTerm"}),
)
PROJECT_NAMES = replace(
    PROJECTS,
    always={"orderBy": "name", "includeArchivedProjects": "true", "fields[projects]": "id,name"},
    or_else={},
)
COMPANIES = Resource(
    service=SERVICE,
    name="companies",
    record=Company,
    path=f"{API}/companies.json",
    paging=PAGES,
    read=reader("companies"),
    # As with projects, new ones come last.
    always={"orderBy": "dateadded"},
    or_else={"orderBy": "name"},
    free_text=frozenset({"searchTerm"}),
)

PROJECT_FILTERS: filters.Filters = {
    "search_term": Filter("searchTerm", _validation.text),
    "project_ids": Filter("projectIds", _validation.comma_numbers, filters.among("id")),
    "exclude_project_ids": Filter("excludeProjectIds", _validation.comma_numbers, filters.not_among("id")),
    "project_company_ids": Filter(
        "projectCompanyIds", _validation.comma_numbers, filters.among("company_id")
    ),
    "project_statuses": Filter(
        "projectStatuses", partial(_validation.comma_words, allowed=get_args(ProjectStatus))
    ),
    "team_ids": Filter("teamIds", _validation.comma_numbers),
    "user_id": Filter("userId", _validation.number),
    "updated_after": Filter("updatedAfter", _validation.moment),
    "include_archived_projects": Filter("includeArchivedProjects", _validation.flag),
    "only_archived_projects": Filter("onlyArchivedProjects", _validation.flag),
}
COMPANY_FILTERS: filters.Filters = {
    "search_term": Filter("searchTerm", _validation.text),
    "ids": Filter("ids", _validation.comma_numbers, filters.among("id")),
    "exclude_ids": Filter("excludeIds", _validation.comma_numbers, filters.not_among("id")),
    "exclude_owner_company": Filter(
        "excludeOwnerCompany", _validation.flag, filters.none_with("is_owner", flag="true")
    ),
    "created_after": Filter("createdAfter", _validation.moment),
    "updated_after": Filter("updatedAfter", _validation.moment),
}


# The rows are what was asked for: where only the names fail, they are NA.
BESIDE_THE_POINT = (
    errors.NotFound,
    errors.PermissionDenied,
    errors.ServiceError,
    errors.UnexpectedResponse,
    errors.IncompleteLoad,
)


def name_projects(frame: pd.DataFrame, came: Came, names: Mapping[int, str | None]) -> pd.DataFrame:
    """Fill in the names of projects that are not known, with one more request for up to 500 of them."""
    unnamed = [number for number in frame["project_id"].dropna().unique() if names[number] is None]
    found: dict[int, str | None] = {}
    for start in range(0, len(unnamed), NAMED_AT_ONCE):
        numbers = ",".join(map(str, unnamed[start : start + NAMED_AT_ONCE]))
        try:
            listed = came.also(PROJECT_NAMES, {"projectIds": numbers})
        except BESIDE_THE_POINT as error:
            came.warn(_messages.names_missing(error))
            break
        found |= dict(zip(listed["id"], listed["name"], strict=True))
    if unnamed:
        filled = [names[number] or found.get(number) for number in frame["project_id"]]
        frame["project_name"] = pd.array(filled, dtype="str")
    return frame


def projects(
    *,
    search_term: str | None = None,
    project_ids: int | Iterable[int] | None = None,
    exclude_project_ids: int | Iterable[int] | None = None,
    project_company_ids: int | Iterable[int] | None = None,
    project_statuses: ProjectStatus | Iterable[ProjectStatus] | None = None,
    team_ids: int | Iterable[int] | None = None,
    user_id: int | None = None,
    updated_after: str | date | None = None,
    include_archived_projects: bool | None = None,
    only_archived_projects: bool | None = None,
    order_by: str | Iterable[str] | None = None,
    order_mode: OrderMode = "asc",
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    columns: Columns = "declared",
) -> Frame:
    """Load the projects of the site.

    Archived and deleted projects are left out by the service unless asked for. The frame can be given to
    ``people`` and ``permissions``, which then know the names of the projects.

    Parameters
    ----------
    search_term : str, optional
        Only projects whose name contains this text (query key ``searchTerm``).
    project_ids, exclude_project_ids : int or iterable of int, optional
        Only these projects, or all but these (``projectIds``, ``excludeProjectIds``).
    project_company_ids : int or iterable of int, optional
        Only projects for these companies (``projectCompanyIds``).
    project_statuses : str or iterable of str, optional
        Only projects that are active, current, late, upcoming, completed or deleted (``projectStatuses``).
    team_ids : int or iterable of int, optional
        Only projects with people of these teams (``teamIds``).
    user_id : int, optional
        Only projects that this person is on (``userId``).
    updated_after : str, date or datetime, optional
        Only projects changed after this moment; UTC unless it has a zone (``updatedAfter``).
    include_archived_projects, only_archived_projects : bool, optional
        Archived projects too, or no others; the service's default is False (``includeArchivedProjects``,
        ``onlyArchivedProjects``).
    order_by : str or iterable of str, optional
        Sort the finished frame by these of its columns; the service is always asked in one stable order.
    order_mode : {"asc", "desc"}, default "asc"
        Which way to sort.
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
        One row per project: id (int64), name, description, status, sub_status, type (str), company_id
        (Int64), company_name (str), owner_id, category_id (Int64), is_billable (boolean), starts_at, ends_at,
        completed_at, created_at, updated_at (datetime64[us, UTC]).

    Raises
    ------
    UnexpectedResponse
        Among others: projects came that a filter excludes, so the service passed the filter over.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://apidocs.teamwork.com/docs/teamwork/v3/projects/get-projects-api-v3-projects-json.
    """
    asked = filters.read(PROJECTS, PROJECT_FILTERS, locals())
    return load(PROJECTS, asked.query, asked.options, finish=asked.finish)


def companies(
    *,
    search_term: str | None = None,
    ids: int | Iterable[int] | None = None,
    exclude_ids: int | Iterable[int] | None = None,
    exclude_owner_company: bool | None = None,
    created_after: str | date | None = None,
    updated_after: str | date | None = None,
    order_by: str | Iterable[str] | None = None,
    order_mode: OrderMode = "asc",
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    columns: Columns = "declared",
) -> Frame:
    """Load the companies of the site: the one that owns it, and those that it works for or with.

    Parameters
    ----------
    search_term : str, optional
        Only companies whose name or description contains this text (query key ``searchTerm``).
    ids, exclude_ids : int or iterable of int, optional
        Only these companies, or all but these (``ids``, ``excludeIds``).
    exclude_owner_company : bool, optional
        Leave out the company that owns the site; the service's default is False (``excludeOwnerCompany``).
    created_after, updated_after : str, date or datetime, optional
        Only companies created, or changed, after this moment; UTC unless it has a zone (``createdAfter``,
        ``updatedAfter``).
    order_by : str or iterable of str, optional
        Sort the finished frame by these of its columns; the service is always asked in one stable order.
    order_mode : {"asc", "desc"}, default "asc"
        Which way to sort.
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
        One row per company: id (int64), name (str), is_owner (boolean), status, country_code, city, website,
        email, phone (str), accounts, clients, collaborators, contacts (Int64), created_at, updated_at
        (datetime64[us, UTC]).

    Raises
    ------
    UnexpectedResponse
        Among others: companies came that a filter excludes, so the service passed the filter over.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://apidocs.teamwork.com/docs/teamwork/v3/companies/get-projects-api-v3-companies-json. Notes and
    profile texts may be confidential: they come with ``columns="all"`` only.
    """
    asked = filters.read(COMPANIES, COMPANY_FILTERS, locals())
    return load(COMPANIES, asked.query, asked.options, finish=asked.finish)
