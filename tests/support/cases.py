"""One table of the public loaders: where each asks, what an honest service answers, what the frame looks like."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

import pmframes as pm

from . import columns, rows
from .rows import Page, uuid_of
from .server import Answer, FakeServer, Reply, Request, reply

TOKEN = "tok-7f3a91c2-NEVER-SHOWN"
PROJECT = 12345


def by_page(args: Any, size: int) -> tuple[int, int]:
    number = int(args.get("page", 1))
    return number, (number - 1) * size


def by_offset(args: Any, size: int) -> tuple[int, int]:
    start = int(args.get("offset", 0))
    return start // size + 1, start


def by_skip(args: Any, size: int) -> tuple[int, int]:
    start = int(args.get("$skip", 0))
    return start // size + 1, start


@dataclass(frozen=True)
class Case:
    """One loader: where it asks, what an honest server answers, what the frame looks like.

    ``text`` is a column of text, ``text_key`` the key of a row that is told there. ``related`` is the loader of the
    rows, with the same keys, that its columns are filled from.
    """

    name: str
    service: str
    path: str
    load: Callable[..., pd.DataFrame] = field(repr=False)
    columns: dict[str, Any] = field(repr=False)
    row: Callable[[int], dict[str, Any]] = field(repr=False)
    page: Callable[[Page], Any] = field(repr=False)
    key: Callable[[int], Any] = field(default=int, repr=False)
    size_key: str | None = None
    id_column: str = "id"
    text: str = "name"
    text_key: str = "name"
    says_more: bool = True
    default_size: int = 50
    most: int = 10**9
    related: str = ""
    start_of: Callable[[Any, int], tuple[int, int]] = field(default=by_page, repr=False)

    def connect(self, server: FakeServer, token: Any = TOKEN, **options: Any) -> Any:
        if self.related:
            related = case_of(self.related)
            related.serve(server, related.rows(9))
        return pm.connect(self.service, url=server.url(self.service), token=token, **options)

    def rows(self, number: int, first: int = 1) -> list[dict[str, Any]]:
        return [self.row(n) for n in range(first, first + number)]

    def keys(self, number: int, first: int = 1) -> list[Any]:
        return [self.key(n) for n in range(first, first + number)]

    def body(self, rows: list[Any], **page: Any) -> Any:
        """Return the only page of an answer, unless ``page`` says otherwise."""
        return self.page(Page(rows, **({"total": len(rows)} | page)))

    def honest(self, rows: list[Any], most: int | None = None) -> Answer:
        """Page over rows as the documents say; ``most`` is a page size that the server does not exceed."""

        def answer(request: Request) -> Reply:
            if self.size_key is None:
                return reply(self.body(rows))
            size = int(request.args.get(self.size_key, self.default_size))
            if size > self.most:
                return reply({"message": f"{self.size_key} is at most {self.most}"}, status=400)
            size = min(size, most or size)
            number, start = self.start_of(request.args, size)
            part = rows[start : start + size]
            return reply(self.page(Page(part, number, size, start, len(rows), start + size < len(rows))))

        return answer

    def pages(self, pages: list[list[Any]], **says: Any) -> Answer:
        """Serve these pages, then empty ones; more is promised but on the last; ``says`` says otherwise."""
        starts = [sum(map(len, pages[:at])) for at in range(len(pages) + 1)]
        size = max(map(len, pages))

        def answer(request: Request) -> Reply:
            number, offset = request.position
            at = number - 1 if self.service != "spirii" else starts.index(offset) if offset in starts else len(pages)
            rows = pages[at] if at < len(pages) else []
            told = {"number": at + 1, "size": size, "more": at + 1 < len(pages), "total": starts[-1]}
            return reply(self.body(rows, **(told | {"start": offset} | says)))

        return answer

    def serve(self, server: FakeServer, rows: list[Any], most: int | None = None) -> None:
        server.serve(self.path, self.honest(rows, most))

    def start(self, server: FakeServer, answer: Any, **options: Any) -> None:
        """Connect to a server, and let it answer this."""
        self.connect(server, **options)
        server.serve(self.path, answer)

    def loads(self, server: FakeServer) -> int:
        """Count how often the first page was asked for."""
        return sum(request.position == (1, 0) for request in server.asked(self.path))


# A frame of projects, which knows the name: no other list is asked for it then.
APOLLO = pd.DataFrame({"id": [PROJECT], "name": ["Apollo"]})
PM_APOLLO = APOLLO.assign(id=uuid_of(PROJECT))
# Where each service has its lists, and what is common to the cases of each.
SERVICES: dict[str, tuple[str, dict[str, Any]]] = {
    "teamwork": ("/teamwork/projects/api/v3", {"size_key": "pageSize", "most": 500}),
    "projectmanager": ("/projectmanager/api/data", {"page": rows.pm_page, "key": uuid_of}),
    "outlign": (
        "/outlign/api/v1",
        {"page": rows.clients_page, "text": "title", "text_key": "title", "size_key": "per_page"}
        | {"default_size": 15, "most": 1000},
    ),
    "spirii": ("/spirii/v2", {"page": rows.spirii_page, "size_key": "limit", "most": 1000, "start_of": by_offset}),
}
BY_SKIP = {"size_key": "$top", "says_more": False, "start_of": by_skip}


def _case(name: str, path: str, schema: dict[str, Any], row: Any, *needed: Any, **more: Any) -> Case:
    """Make a case of a loader; ``needed`` are arguments that it is called with, and a name may go on behind ``-``."""
    service, function = name.partition("-")[0].split(".")
    base, common = SERVICES[service]

    def load(**arguments: Any) -> pd.DataFrame:
        return getattr(getattr(pm, service), function)(*needed, **arguments)

    return Case(name, service, f"{base}{path}", load, schema, row, **(common | more))


MEMBERS = f"/projects/{PROJECT}/people.json"
PEOPLE: dict[str, Any] = {"page": rows.people_page, "text_key": "lastName"}
PEOPLE_OF_PROJECT = _case("teamwork.people", MEMBERS, columns.PEOPLE, rows.person, APOLLO, **PEOPLE)
ID_AND_NAME = {"id": "str", "name": "str"}
TITLED = {"id": "int64", "title": "str", "created_at": columns.UTC, "updated_at": columns.UTC}
BY_ROLE = {"id_column": "role_id", "text": "role_name"}
CASES = (
    PEOPLE_OF_PROJECT,
    _case("teamwork.people-of-the-site", "/people.json", columns.PEOPLE, rows.person, **PEOPLE),
    _case("teamwork.permissions", MEMBERS, columns.PERMISSIONS, rows.person, APOLLO,
          page=rows.members_page, text_key="lastName", id_column="person_id"),
    _case("teamwork.projects", "/projects.json", columns.PROJECTS, rows.project, page=rows.teamwork_page("projects")),
    _case("teamwork.companies", "/companies.json", columns.COMPANIES, rows.company,
          page=rows.teamwork_page("companies")),
    _case("projectmanager.customers", "/projects/customers", ID_AND_NAME, rows.pm_customer),
    _case("projectmanager.roles", "/users/roles", columns.ROLES, rows.role),
    _case("projectmanager.role_permissions", "/users/roles", columns.ROLE_PERMISSION_ROWS, rows.one_permission_role,
          **BY_ROLE),
    _case("projectmanager.resources", "/resources", columns.RESOURCES, rows.resource, **BY_SKIP),
    _case("projectmanager.projects", "/projects", columns.PLANNED_PROJECTS, rows.planned_project, **BY_SKIP),
    _case("projectmanager.members", f"/projects/{uuid_of(PROJECT)}/members", columns.PROJECT_MEMBERS, rows.member,
          PM_APOLLO, related="projectmanager.resources"),
    _case("outlign.clients", "/clients", columns.CLIENTS, rows.client),
    _case("outlign.companies", "/companies", TITLED, rows.outlign_company),
    _case("spirii.customers", "/customers", columns.SPIRII_CUSTOMERS, rows.spirii_customer),
)  # fmt: skip
PLAINEST = ("teamwork.people", "projectmanager.customers", "outlign.clients", "spirii.customers")
ONE_EACH = tuple(case for case in CASES if case.name in PLAINEST)
PAGED = tuple(case for case in CASES if case.size_key)


def case_of(name: str) -> Case:
    """Return the row of one loader."""
    return next(case for case in CASES if case.name == name)
