"""Teamwork.com: people of a project and of the whole site, projects, companies."""

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
from .people_index import PeopleIndex
from .people_query import parse_people_query
from .rate_limit import RateLimitStatus
from .row_hooks import apply_row_hooks
from .service import Handler, SandboxService, build_json_response, encode_all, read_credential
from .teamwork_companies import list_companies
from .teamwork_projects import SiteRecords, list_projects
from .teamwork_query import (
    Arguments,
    build_list_body,
    build_meta,
    parse_choices,
    parse_fields,
    parse_flag,
    parse_page,
    select_fields,
    select_related,
)
from .teamwork_serializers import (
    COMPANY_FIELDS,
    PERSON_FIELDS,
    serialize_company,
    serialize_person,
    serialize_person_v1,
    serialize_team,
    serialize_working_hours,
)

TEAM_FIELDS = ("id", "name", "teamLogo", "teamLogoIcon", "teamLogoColor")
UNSELECTABLE = {"canEditWorkflows", "canViewWorkflows", "canManageProjectMembership"}
FIELDS = {
    "people": PERSON_FIELDS,
    "companies": COMPANY_FIELDS,
    "teams": TEAM_FIELDS,
    "ProjectPermissions": tuple(name for name in PERMISSIONS if name not in UNSELECTABLE),
}
"""Selectable fields per type; ``fields[person]`` has no effect on a list."""
PROJECT_INCLUDES = ("companies", "permissions")
SITE_INCLUDES = ("companies", "workingHours")
MembersById = dict[int, Membership]


class Teamwork(SandboxService):
    """Version 3 of the Projects API."""

    name = "teamwork"
    known_api_versions = frozenset(
        {
            "lower-bound-count",
            "teams",
            "last-login",
            "no-audit-fields",
            "v1-people",
            "project-permissions-key",
            "partial-permissions",
        }
    )

    def __init__(self, dataset: Dataset, token: str, rate_limit: int, api_versions: frozenset[str]) -> None:
        super().__init__(dataset, token, rate_limit, api_versions)
        self._members: dict[str, MembersById] = {str(project.id): {} for project in dataset.projects}
        for membership in dataset.memberships:
            self._members[str(membership.project_id)][membership.person_id] = membership
        ids = [person.id for person in dataset.people]
        self._encoded = dict(zip(ids, encode_all(dataset.people, self._serialize_person), strict=True))
        self._teams = {team.id: encode(serialize_team(team)) for team in dataset.teams}
        teams = ("teams",) if "teams" in api_versions else ()
        self._project_includes, self._site_includes = (*PROJECT_INCLUDES, *teams), (*SITE_INCLUDES, *teams)
        self._companies = {company.id: encode(serialize_company(company)) for company in dataset.companies}
        self._working_hours = {
            working_hours.id: encode(serialize_working_hours(working_hours)) for working_hours in dataset.working_hours
        }
        shared = {id(membership.permissions): membership.permissions for membership in dataset.memberships}
        self._permissions = {key: encode(permissions) for key, permissions in shared.items()}
        self._site = SiteRecords(dataset, self._encoded, self._companies, self._members)
        self._lower_bound = "lower-bound-count" in api_versions
        self._select = lru_cache(maxsize=32)(PeopleIndex(dataset).select)

    def build_routes(self) -> Mapping[str, Handler]:
        """Return the lists and the current user."""
        return {
            "/projects/api/v3/projects/<project_id>/people.json": self.list_project_people,
            "/projects/api/v3/people.json": self.list_people,
            "/projects/api/v3/projects.json": self.list_projects,
            "/projects/api/v3/companies.json": self.list_companies,
            "/projects/api/v3/me.json": self.get_me,
        }

    def list_project_people(self, request: Request, project_id: str) -> Response:
        """List the people of one project."""
        if project_id not in self._members:
            return self.build_error(404, "Project not found")
        includes = parse_choices(request.args, "include", self._project_includes)
        return self._list_people(request.args, project_id, includes)

    def list_people(self, request: Request) -> Response:
        """List the people of the whole site."""
        return self._list_people(request.args, None, parse_choices(request.args, "include", self._site_includes))

    def list_projects(self, request: Request) -> Response:
        """List the projects of the site."""
        return build_json_response(list_projects(request.args, self._site, lower_bound=self._lower_bound))

    def list_companies(self, request: Request) -> Response:
        """List the companies of the site."""
        return build_json_response(list_companies(request.args, self._site, lower_bound=self._lower_bound))

    def get_me(self, request: Request) -> Response:
        """Return the current user."""
        return build_json_response(
            join_object({"person": encode(self._serialize_person(self.dataset.me)), "included": b"{}"})
        )

    def _serialize_person(self, person: Person) -> dict[str, object]:
        return serialize_person(person, self.api_versions)

    def _list_people(self, arguments: Arguments, project_id: str | None, includes: list[str]) -> Response:
        size, page = parse_page(arguments)
        selected = parse_fields(arguments, FIELDS)
        rows = apply_row_hooks(self._select(parse_people_query(arguments), int(project_id) if project_id else None))
        page_people = [self.dataset.people[row] for row in rows[(page - 1) * size : page * size]]
        if "v1-people" in self.api_versions:
            return _build_v1_page(page_people, page, -(-len(rows) // size), len(rows))
        page_meta = build_meta(len(rows), page, size, self._lower_bound or parse_flag(arguments, "skipCounts", False))
        included = {
            key: join_object(select_fields(records, selected.get(key)))
            for key, records in self._build_included(page_people, project_id, includes)
        }
        people = select_fields({str(person.id): self._encoded[person.id] for person in page_people}, selected["people"])
        return build_json_response(build_list_body("people", people.values(), page_meta, included))

    def _build_included(
        self, people: list[Person], project_id: str | None, includes: list[str]
    ) -> Iterable[tuple[str, dict[str, bytes]]]:
        """Yield the included records of one page of people."""
        if "permissions" in includes and project_id is not None:
            members = self._members[project_id]
            # Other endpoints of the service spell the key like this.
            key = "projectPermissions" if "project-permissions-key" in self.api_versions else "ProjectPermissions"
            shown = people[::2] if "partial-permissions" in self.api_versions else people
            yield key, {str(person.id): self._permissions[id(members[person.id].permissions)] for person in shown}
        if "companies" in includes:
            yield "companies", select_related(self._companies, (person.company_id for person in people))
        if "workingHours" in includes:
            yield ("workingHours", select_related(self._working_hours, (person.working_hours_id for person in people)))
        if "teams" in includes:
            yield "teams", select_related(self._teams, (team for person in people for team in person.team_ids or ()))

    def is_authorized(self, request: Request) -> bool:
        """Accept the API key as the user name of Basic with any password, or the token as Bearer."""
        credential = read_credential(request)
        if credential is not None and credential.type == "basic":
            return self.is_valid_token(credential.username)
        return super().is_authorized(request)

    def build_error(self, status: int, message: str) -> Response:
        """Build a list of one error."""
        return _build_error(status, HTTPStatus(status).phrase, message)

    def build_unauthorized(self, request: Request) -> Response:
        """Build the response observed in August 2026."""
        return _build_error(401, "unexpected error", "401: Not authorized")

    def build_rate_limited(self) -> Response:
        """Build the documented error."""
        return self.build_error(429, "You have exceeded your rate limit. Please try again in a little while.")

    def build_rate_limit_headers(self, status: RateLimitStatus) -> Mapping[str, int]:
        """Build both spellings: the guides document the epoch second of the reset, examples a countdown."""
        return {
            "X-Rate-Limit-Limit": status.limit,
            "X-Rate-Limit-Remaining": status.remaining,
            "X-Rate-Limit-Reset": status.reset_at,
            "x-ratelimit-limit": status.limit,
            "x-ratelimit-remaining": status.remaining,
            "x-ratelimit-reset": status.wait_seconds,
        }


def _build_v1_page(people: list[Person], page: int, pages: int, records: int) -> Response:
    """Build a page as version 1 of the API sends it, which tells the pages in headers."""
    response = build_json_response(
        encode({"STATUS": "OK", "people": [serialize_person_v1(person) for person in people]})
    )
    response.headers.update({"X-Page": str(page), "X-Pages": str(pages), "X-Records": str(records)})
    return response


def _build_error(status: int, title: str, detail: str) -> Response:
    """Build an error. Its id, unique at Teamwork, is a hash here, so that responses are reproducible."""
    error_id = f"{crc32(f'{status} {title} {detail}'.encode()):08x}"
    return build_json_response(encode({"errors": [{"id": error_id, "title": title, "detail": detail}]}), status)
