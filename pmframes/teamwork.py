"""Teamwork.com: the people of a project, or of the whole site.

Documentation of the service: https://apidocs.teamwork.com/docs/teamwork
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal, get_args

import msgspec
import pandas as pd

from pmframes import arguments, errors
from pmframes.accounts import Check, Service, tidy_url
from pmframes.frames.columns import (
    Cents,
    Flag,
    Id,
    Number,
    Numbers,
    Record,
    Ref,
    Text,
    Time,
    Values,
    derived,
    given,
    looked_up,
    sent,
)
from pmframes.http.client import is_loopback
from pmframes.http.paging import AHEAD, ByNumber
from pmframes.load import Answer, Columns, Options, Params, Part, Resource, load

__all__ = ["people"]

PersonType = Literal["account", "collaborator", "contact"]


def _site_url(url: str) -> str:
    """Turn every form of a site that people paste into its base URL."""
    tidied = tidy_url(url)
    scheme, _, rest = tidied.partition("://")
    host, _, _ = rest.partition("/")
    name = host.partition(":")[0]
    if re.fullmatch(r"[a-z0-9-]+", host) and not is_loopback(host):
        return f"{scheme}://{host}.teamwork.com"
    return f"{scheme}://{name}" if name.endswith(".teamwork.com") else tidied


class _Caller(msgspec.Struct, rename="camel"):
    first_name: str | None = None
    last_name: str | None = None
    is_admin: bool | None = None


class _Me(msgspec.Struct):
    person: _Caller


def _whom(body: bytes) -> str:
    caller = msgspec.json.decode(body, type=_Me).person
    name = " ".join(filter(None, (caller.first_name, caller.last_name))) or "somebody without a name"
    return f"{name}, site administrator" if caller.is_admin else name


SERVICE = Service(
    name="teamwork",
    title="Teamwork.com",
    example="https://acme.teamwork.com",
    credential="an API key (your profile: Edit my details, API & Mobile)",
    check=Check("/projects/api/v3/me.json", _whom),
    tidy_url=_site_url,
    as_basic=True,
    requests_per_minute=150,
)


def _full_names(values: Values) -> list[str]:
    pairs = zip(values["first_name"], values["last_name"], strict=True)
    return [f"{first} {last}" if first and last else first or last or "" for first, last in pairs]


class Person(Record, rename="camel"):
    """A person on a project: one row per person and project, or per person where no project was asked for."""

    project_id: Annotated[Ref, given("Number of the project; NA for the whole site")]
    project_name: Annotated[Text, given("Name of the project, where a frame of projects was given")]
    id: Annotated[Id, sent("Number of the person")]
    name: Annotated[Text, derived("First and last name", _full_names)]
    first_name: Annotated[Text, sent("First name")]
    last_name: Annotated[Text, sent("Last name")]
    email: Annotated[Text, sent("E-mail address")]
    type: Annotated[PersonType | None, sent("Type of person")]
    title: Annotated[Text, sent("Job title")]
    company_id: Annotated[Ref, sent("Number of the person's company", at=("companyId", "company.id"))]
    company_name: Annotated[Text, looked_up("Name of that company", "companies", "company_id", "name")]
    is_admin: Annotated[Flag, sent("Whether the person is a site administrator")]
    is_client_user: Annotated[Flag, sent("Whether the person belongs to a client")]
    is_service_account: Annotated[Flag, sent("Whether it is a program, not a person")]
    deleted: Annotated[Flag, sent("Whether the person was deleted")]
    can_add_projects: Annotated[Flag, sent("Whether the person may add projects")]
    user_rate: Annotated[Cents, sent("Rate billed", unit="currency units per hour")]
    user_cost: Annotated[Cents, sent("Cost", unit="currency units per hour")]
    timezone: Annotated[Text, sent("Time zone")]
    length_of_day: Annotated[Number, sent("Length of the working day", unit="hours")]
    working_hours_id: Annotated[
        Ref, sent("Number of the working hours", at=("workingHoursId", "workingHour.id"))
    ]
    company_role_id: Annotated[Ref, sent("Number of the role in the company")]
    team_ids: Annotated[Numbers, sent("Numbers of the person's teams", at="teams[].id")]
    teams: Annotated[Text, looked_up("Names of those teams, where sent", "teams", "team_ids", "name")]
    is_placeholder: Annotated[
        Flag, sent("Whether it stands for somebody to come", at="isPlaceholderResource")
    ]
    avatar_url: Annotated[Text, sent("Address of the picture")]
    created_at: Annotated[Time, sent("When the person was created")]
    created_by_id: Annotated[Ref, sent("Number of who created it", at=("createdBy.id", "createdBy"))]
    updated_at: Annotated[Time, sent("When the person was last changed")]
    updated_by_id: Annotated[Ref, sent("Number of who changed it", at=("updatedBy.id", "updatedBy"))]


class _Page(msgspec.Struct, rename="camel"):
    has_more: bool | None = None
    count: Any = None


class _Meta(msgspec.Struct):
    page: _Page | None = None


class _Named(msgspec.Struct):
    name: str | None = None


# An empty object is at times sent as an empty list.
_Objects = dict[str, _Named] | list[Any] | None


class _Included(msgspec.Struct):
    companies: _Objects = None
    teams: _Objects = None


class _Envelope(msgspec.Struct):
    people: msgspec.Raw
    meta: _Meta | None = None
    included: _Included | list[Any] | None = None


def _read(body: bytes) -> Answer:
    """Read the rows and whether there is more; ``count`` may be out of date, or count only so far."""
    envelope = msgspec.json.decode(body, type=_Envelope)
    page = envelope.meta.page if envelope.meta else None
    included = {kind: _names(getattr(envelope.included, kind, None)) for kind in ("companies", "teams")}
    more, count = (page.has_more, page.count) if page else (None, None)
    people = b"[]" if bytes(envelope.people).strip() == b"null" else envelope.people
    return Answer(people, more, total=count if isinstance(count, int) else None, included=included)


def _names(objects: _Objects) -> dict[str, dict[str, str | None]]:
    return {key: {"name": one.name} for key, one in objects.items()} if isinstance(objects, dict) else {}


# Past 50,000 records of one list the service answers no more.
PAGES = ByNumber(
    "page",
    "pageSize",
    size=500,
    ahead=AHEAD,
    most_pages=100,
    narrower="less at a time: by project, by company_ids, or only what changed since, by updated_after",
)
PEOPLE = Resource(
    service=SERVICE,
    name="people",
    record=Person,
    path="/projects/api/v3/people.json",
    paging=PAGES,
    read=_read,
    # The default order is by name, and two people may share one.
    always={"orderBy": "id", "include": "companies"},
    # The documentation lists only the orders by name and company; the vendor's own client uses id.
    or_else={"orderBy": "name"},
    free_text=frozenset({"searchTerm"}),
)


def people(
    projects: int | Iterable[int] | pd.DataFrame | None = None,
    *,
    user_type: PersonType | None = None,
    search_term: str | None = None,
    ids: int | Iterable[int] | None = None,
    company_ids: int | Iterable[int] | None = None,
    team_ids: int | Iterable[int] | None = None,
    updated_after: str | date | None = None,
    last_login_after: str | date | None = None,
    show_deleted: bool | None = None,
    include_clients: bool | None = None,
    include_collaborators: bool | None = None,
    include_observers: bool | None = None,
    include_service_accounts: bool | None = None,
    include_placeholders: bool | None = None,
    exclude_contacts: bool | None = None,
    only_owner_company: bool | None = None,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    columns: Columns = "declared",
) -> pd.DataFrame:
    """Load the people of projects, or of the whole site.

    Service accounts, placeholders and deleted people are left out by the service unless asked for.

    Parameters
    ----------
    projects : int, iterable of int, DataFrame of projects, or None
        The numbers of the projects (a frame has them in its column ``id``, or ``project_id``); None for the
        whole site.
    user_type : {"account", "collaborator", "contact"}, optional
        Only people of this type (query key ``userType``).
    search_term : str, optional
        Only people whose name or e-mail address contains this text (``searchTerm``).
    ids, company_ids, team_ids : int or iterable of int, optional
        Only these people, and people of these companies or teams (``ids``, ``companyIds``, ``teamIds``).
    updated_after, last_login_after : str, date or datetime, optional
        Only people changed, or logged in, after this moment; UTC unless it has a zone (``updatedAfter``,
        ``lastLoginAfter``).
    show_deleted, include_service_accounts, include_placeholders : bool, optional
        Include deleted people, programs, and placeholders for people to come; the service's default is False
        (``showDeleted``, ``includeServiceAccounts``, ``includePlaceholders``).
    include_clients, include_collaborators, include_observers : bool, optional
        Include them; the service's default is True (``includeClients``, ``includeCollaborators``,
        ``includeObservers``).
    exclude_contacts, only_owner_company : bool, optional
        Leave out contacts, and people of other companies than the site's owner; the service's default is
        False (``excludeContacts``, ``onlyOwnerCompany``).
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
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse, IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://apidocs.teamwork.com/docs/teamwork/v3/people/get-projects-api-v3-projects-project-id-people-json.
    Rates are there only where the credential may see them. ``project_name`` is NA where only a number was
    given.
    """
    names = _projects(projects)
    query = arguments.query(
        userType=arguments.one_of("user_type", user_type, get_args(PersonType)),
        searchTerm=arguments.text("search_term", search_term),
        ids=arguments.comma(arguments.numbers("ids", ids)),
        companyIds=arguments.comma(arguments.numbers("company_ids", company_ids)),
        teamIds=arguments.comma(arguments.numbers("team_ids", team_ids)),
        updatedAfter=arguments.moment("updated_after", updated_after),
        lastLoginAfter=arguments.moment("last_login_after", last_login_after),
        showDeleted=arguments.flag("show_deleted", show_deleted),
        includeClients=arguments.flag("include_clients", include_clients),
        includeCollaborators=arguments.flag("include_collaborators", include_collaborators),
        includeObservers=arguments.flag("include_observers", include_observers),
        includeServiceAccounts=arguments.flag("include_service_accounts", include_service_accounts),
        includePlaceholders=arguments.flag("include_placeholders", include_placeholders),
        excludeContacts=arguments.flag("exclude_contacts", exclude_contacts),
        onlyOwnerCompany=arguments.flag("only_owner_company", only_owner_company),
    )
    options = Options(refresh, progress, params, columns)
    if names is None:
        return load(PEOPLE, query, options)
    parts = [_people_of(number, name) for number, name in names.items()]
    return load(PEOPLE, query, options, parts=parts, shown={"projects": list(names)})


def _people_of(project: int, name: str | None) -> Part:
    return Part(
        f"/projects/api/v3/projects/{project}/people.json",
        f"the people of project {project}",
        {"project_id": project, "project_name": name},
    )


def _projects(projects: Any) -> dict[int, str | None] | None:
    """Read which projects are meant, with their names where they are known; None for the whole site."""
    if projects is None:
        return None
    if not isinstance(projects, pd.DataFrame):
        return dict.fromkeys(arguments.whole_numbers("projects", projects))
    prefix = "project_" if "project_id" in projects else ""
    if f"{prefix}id" not in projects:
        raise errors.missing_columns("projects", ["id"], "pm.teamwork.projects()")
    names: Iterable[Any] = projects.get(f"{prefix}name", [None] * len(projects))
    numbers = [arguments.whole_number("projects", number) for number in projects[f"{prefix}id"]]
    return {number: None if pd.isna(name) else str(name) for number, name in zip(numbers, names, strict=True)}
