"""Teamwork.com: people, of a project and of the whole site, projects and companies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from zlib import crc32

from werkzeug.wrappers import Request, Response

from ._json import encode, join_object
from .dataset import Dataset
from .dataset.models import Membership, Person
from .dataset.permissions import PERMISSIONS
from .fault_hooks import rearranged
from .people_index import PeopleTable
from .people_query import read_people_query
from .rate_limit import Allowance
from .service import Answer, Service, encode_all, json_response, read_credential
from .teamwork_companies import list_companies
from .teamwork_projects import Site, list_projects
from .teamwork_query import (
    Arguments,
    list_body,
    meta,
    pick_each,
    read_fields,
    read_page,
    read_switch,
    read_words,
    related,
)
from .teamwork_serializers import (
    COMPANY_FIELDS,
    PERSON_FIELDS,
    company_wire,
    person_wire,
    working_hours_wire,
)

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
    known_api_versions = frozenset({"lower-bound-count"})

    def __init__(self, dataset: Dataset, token: str, rate_limit: int, api_versions: frozenset[str]) -> None:
        super().__init__(dataset, token, rate_limit, api_versions)
        self._members: dict[str, Members] = {str(project.id): {} for project in dataset.projects}
        for membership in dataset.memberships:
            self._members[str(membership.project_id)][membership.person_id] = membership
        ids = [person.id for person in dataset.people]
        self._encoded = dict(zip(ids, encode_all(dataset.people, person_wire), strict=True))
        self._companies = {company.id: encode(company_wire(company)) for company in dataset.companies}
        self._weeks = {week.id: encode(working_hours_wire(week)) for week in dataset.working_hours}
        shared = {id(membership.permissions): membership.permissions for membership in dataset.memberships}
        self._permissions = {key: encode(permissions) for key, permissions in shared.items()}
        self._site = Site(dataset, self._encoded, self._companies, self._members)
        self._lower_bound = "lower-bound-count" in api_versions
        self._select = lru_cache(maxsize=32)(PeopleTable(dataset).select)

    def routes(self) -> Mapping[str, Answer]:
        """Name the lists, and the caller."""
        return {
            "/projects/api/v3/projects/<project>/people.json": self.list_project_people,
            "/projects/api/v3/people.json": self.list_people,
            "/projects/api/v3/projects.json": self.list_projects,
            "/projects/api/v3/companies.json": self.list_companies,
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

    def list_projects(self, request: Request) -> Response:
        """List the projects of the site."""
        return json_response(list_projects(request.args, self._site, lower_bound=self._lower_bound))

    def list_companies(self, request: Request) -> Response:
        """List the companies of the site."""
        return json_response(list_companies(request.args, self._site, lower_bound=self._lower_bound))

    def show_me(self, request: Request) -> Response:
        """Show the caller."""
        return json_response(b'{"person":' + encode(person_wire(self.dataset.me)) + b',"included":{}}')

    def _list(self, arguments: Arguments, project: str | None, includes: list[str]) -> Response:
        size, page = read_page(arguments)
        selected = read_fields(arguments, FIELDS)
        found = rearranged(self._select(read_people_query(arguments), int(project) if project else None))
        shown = [self.dataset.people[row] for row in found[(page - 1) * size : page * size]]
        counted = meta(
            len(found), page, size, self._lower_bound or read_switch(arguments, "skipCounts", False)
        )
        included = {
            key: join_object(pick_each(records, selected.get(key)))
            for key, records in self._included(shown, project, includes)
        }
        people = pick_each({str(person.id): self._encoded[person.id] for person in shown}, selected["people"])
        return json_response(list_body("people", people.values(), counted, included))

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
            yield "companies", related(self._companies, (person.company_id for person in people))
        if "workingHours" in includes:
            yield "workingHours", related(self._weeks, (person.working_hours_id for person in people))

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
