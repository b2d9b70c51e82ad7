"""Teamwork.com: the people of a project and of the whole site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from zlib import crc32

from werkzeug.wrappers import Request, Response

from ._json import encode, join_list, join_object, pick
from ._query import Refused, integer
from ._words import words
from .agency import Agency
from .agency.permissions import PERMISSIONS
from .agency.records import Company, Membership, Person, WorkingHours
from .limits import Allowance
from .people_query import (
    Arguments,
    PeopleQuery,
    Surroundings,
    read_people_query,
    read_switch,
    read_words,
    select,
)
from .service import Answer, Service, encode_all, json_response, read_credential

PAGE_SIZE = 50
LARGEST_PAGE = 500
WINDOW = 50_000
"""The records that one list gives out, however many there are."""
PERSON_FIELDS = words(
    "id firstName lastName title email companyId company isAdmin isClientUser isServiceAccount type "
    "deleted avatarUrl lengthOfDay workingHoursId workingHour userRate userCost canAddProjects"
)
COMPANY_FIELDS = ("id", "name", "logoUploadedToServer", "logoImage")
TEAM_FIELDS = ("id", "name", "teamLogo", "teamLogoIcon", "teamLogoColor")
UNSELECTABLE = {"canEditWorkflows", "canViewWorkflows", "canManageProjectMembership"}
FIELDS = {
    "people": PERSON_FIELDS,
    "companies": COMPANY_FIELDS,
    "teams": TEAM_FIELDS,
    "ProjectPermissions": tuple(name for name in PERMISSIONS if name not in UNSELECTABLE),
}
"""What can be selected of each type; ``fields[person]`` means nothing for a list."""
PROJECT_INCLUDES = ("companies", "permissions")
SITE_INCLUDES = ("companies", "workingHours")
Members = dict[int, Membership]


class Teamwork(Service):
    """Version 3 of the Projects API."""

    name = "teamwork"

    def __init__(self, agency: Agency, token: str, rate_limit: int) -> None:
        super().__init__(agency, token, rate_limit)
        self._people = {person.id: person for person in agency.people}
        self._members: dict[str, Members] = {str(project.id): {} for project in agency.projects}
        for membership in agency.memberships:
            self._members[str(membership.project_id)][membership.person_id] = membership
        self._encoded = dict(zip(self._people, encode_all(agency.people, _person), strict=True))
        self._companies = {company.id: encode(_company(company)) for company in agency.companies}
        self._weeks = {week.id: encode(_working_hours(week)) for week in agency.working_hours}
        shared = {id(membership.permissions): membership.permissions for membership in agency.memberships}
        self._permissions = {key: encode(permissions) for key, permissions in shared.items()}
        self._known = _surroundings(agency)
        self._select = lru_cache(maxsize=32)(self._select_uncached)

    def routes(self) -> Mapping[str, Answer]:
        """Name the people of one project, of the site, and the caller."""
        return {
            "/projects/api/v3/projects/<project>/people.json": self.list_project_people,
            "/projects/api/v3/people.json": self.list_people,
            "/projects/api/v3/me.json": self.show_me,
        }

    def list_project_people(self, request: Request, project: str) -> Response:
        """List the people on one project."""
        if project not in self._members:
            return self.error(404, "Project not found")
        includes = read_words(request.args, "include", PROJECT_INCLUDES)
        return self._list(request.args, project, includes)

    def list_people(self, request: Request) -> Response:
        """List the people of the whole site."""
        return self._list(request.args, None, read_words(request.args, "include", SITE_INCLUDES))

    def show_me(self, request: Request) -> Response:
        """Show the caller."""
        return json_response(b'{"person":' + encode(_person(self.agency.me)) + b',"included":{}}')

    def _list(self, arguments: Arguments, project: str | None, includes: list[str]) -> Response:
        size, page = _page(arguments)
        selected = {
            kind: read_words(arguments, f"fields[{kind}]", allowed) for kind, allowed in FIELDS.items()
        }
        found = self._select(read_people_query(arguments), project)
        shown = found[(page - 1) * size : page * size]
        meta = _meta(len(found), page, size, read_switch(arguments, "skipCounts", False))
        included = {
            key: join_object(_pick_each(records, selected.get(key)))
            for key, records in self._included(shown, project, includes)
        }
        people = _pick_each(
            {str(person.id): self._encoded[person.id] for person in shown}, selected["people"]
        )
        body = {"people": join_list(people.values()), "meta": encode(meta), "included": join_object(included)}
        return json_response(join_object(body))

    def _select_uncached(self, query: PeopleQuery, project: str | None) -> list[Person]:
        if project is None:
            return select(self.agency.people, query, self._known, None)
        members = self._members[project]
        return select((self._people[person] for person in members), query, self._known, members)

    def _included(
        self, people: list[Person], project: str | None, includes: list[str]
    ) -> Iterable[tuple[str, dict[str, bytes]]]:
        """Collect what goes beside one page of people: nothing of any other page."""
        if "permissions" in includes and project is not None:
            members = self._members[project]
            yield (
                "ProjectPermissions",
                {str(person.id): self._permissions[id(members[person.id].permissions)] for person in people},
            )
        if "companies" in includes:
            yield "companies", _related(self._companies, (person.company_id for person in people))
        if "workingHours" in includes:
            yield "workingHours", _related(self._weeks, (person.working_hours_id for person in people))

    def is_authorized(self, request: Request) -> bool:
        """Take the API key as the user of Basic with any password, or the token as Bearer."""
        given = read_credential(request)
        if given is not None and given.type == "basic":
            return self.is_token(given.username)
        return super().is_authorized(request)

    def error(self, status: int, message: str) -> Response:
        """Answer with a list of one error."""
        return _error(status, HTTPStatus(status).phrase, message)

    def unauthorized(self, request: Request) -> Response:
        """Answer as Teamwork was seen to in August 2026."""
        return _error(401, "unexpected error", "401: Not authorized")

    def too_many(self) -> Response:
        """Use the words that Teamwork has for it."""
        return self.error(429, "You have exceeded your rate limit. Please try again in a little while.")

    def limit_headers(self, allowance: Allowance) -> Mapping[str, int]:
        """Send both spellings: the guides reset at a second of the epoch, the examples in so many seconds."""
        return {
            "X-Rate-Limit-Limit": allowance.limit,
            "X-Rate-Limit-Remaining": allowance.remaining,
            "X-Rate-Limit-Reset": allowance.reset,
            "x-ratelimit-limit": allowance.limit,
            "x-ratelimit-remaining": allowance.remaining,
            "x-ratelimit-reset": allowance.wait,
        }


def _error(status: int, title: str, detail: str) -> Response:
    """Make an error; its id, which at Teamwork names the instance, is the same for the same words."""
    reference = f"{crc32(f'{status} {title} {detail}'.encode()):08x}"
    return json_response(encode({"errors": [{"id": reference, "title": title, "detail": detail}]}), status)


def _surroundings(agency: Agency) -> Surroundings:
    projects_of: dict[int, set[int]] = {}
    for membership in agency.memberships:
        projects_of.setdefault(membership.person_id, set()).add(membership.project_id)
    return Surroundings(
        owner_company=agency.companies[0].id,
        company_names={company.id: company.name for company in agency.companies},
        projects_of={person: frozenset(projects) for person, projects in projects_of.items()},
        me=agency.me.id,
    )


def _page(arguments: Arguments) -> tuple[int, int]:
    """Read page size and page number, and keep to the window."""
    size = integer("pageSize", arguments.get("pageSize", str(PAGE_SIZE)), low=1, high=LARGEST_PAGE)
    page = integer("page", arguments.get("page", "1"), low=1)
    if page * size > WINDOW:
        raise Refused("page", f"must stay within the first {WINDOW} records")
    return size, page


def _meta(total: int, page: int, size: int, skip_counts: bool) -> dict[str, object]:
    has_more = page * size < total
    count = page * size + 1 if skip_counts and has_more else total
    return {"page": {"pageOffset": page - 1, "pageSize": size, "count": count, "hasMore": has_more}}


def _related(records: Mapping[int, bytes], ids: Iterable[int | None]) -> dict[str, bytes]:
    """Collect the records that a page refers to, each once, in the order in which they are met."""
    return {str(record): records[record] for record in ids if record is not None and record in records}


def _pick_each(records: dict[str, bytes], names: list[str] | None) -> dict[str, bytes]:
    """Cut each record down to the members asked for, or leave all as they are."""
    if not names:
        return records
    chosen = frozenset(names)
    return {key: pick(record, chosen) for key, record in records.items()}


def _relationship(record: int | None, kind: str) -> dict[str, object] | None:
    return None if record is None else {"id": record, "type": kind}


def _person(person: Person) -> dict[str, object]:
    wire: dict[str, object] = {
        "id": person.id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "title": person.title,
        "email": person.email,
        "companyId": person.company_id,
        "company": _relationship(person.company_id, "companies"),
        "companyRoleId": person.company_role_id,
        "isAdmin": person.is_admin,
        "isClientUser": person.is_client_user,
        "isServiceAccount": person.is_service_account,
        "type": person.type,
        "deleted": person.deleted,
        "avatarUrl": person.avatar_url,
        "lengthOfDay": person.length_of_day,
        "workingHoursId": person.working_hours_id,
        "workingHour": _relationship(person.working_hours_id, "workingHours"),
        "userRate": person.user_rate,
        "userCost": person.user_cost,
        "canAddProjects": person.can_add_projects,
        "timezone": person.timezone,
        "teams": None
        if person.team_ids is None
        else [_relationship(team, "teams") for team in person.team_ids],
        "createdAt": person.created_at,
        "createdBy": person.created_by,
        "updatedAt": person.updated_at,
        "updatedBy": person.updated_by,
        "isPlaceholderResource": person.is_placeholder,
        "lastLogin": person.last_login,
    }
    return {key: value for key, value in wire.items() if key not in person.omits}


def _company(company: Company) -> dict[str, object]:
    return {
        "id": company.id,
        "name": company.name,
        "isOwner": company.is_owner,
        **company.people,
        "addressOne": "",
        "addressTwo": "",
        "city": company.city,
        "zip": company.zip,
        "state": "",
        "countryCode": company.country_code,
        "website": company.website,
        "emailOne": company.email,
        "emailTwo": "",
        "emailThree": "",
        "phone": company.phone,
        "fax": "",
        "logoUrl": None,
        "industry": {"id": 0, "type": "industries"},
        "industryId": 0,
        "status": company.status,
        "tags": [],
        "canSeePrivate": True,
        "privateNotes": "",
        "profileText": None,
        "createdAt": company.created_at,
        "updatedAt": company.updated_at,
    }


def _working_hours(week: WorkingHours) -> dict[str, object]:
    return {"id": week.id, "name": week.name, "description": "", "objectId": 0, "objectType": "installation"}
