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

    ``text`` is a column of text, ``text_key`` the key of a row that is told there.
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
    start_of: Callable[[Any, int], tuple[int, int]] = field(default=by_page, repr=False)

    def connect(self, server: FakeServer, token: Any = TOKEN, **options: Any) -> Any:
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

PEOPLE_OF_PROJECT = Case(
    name="teamwork.people",
    service="teamwork",
    path=f"/teamwork/projects/api/v3/projects/{PROJECT}/people.json",
    load=lambda **arguments: pm.teamwork.people(APOLLO, **arguments),
    columns=columns.PEOPLE,
    row=rows.person,
    page=rows.people_page,
    text_key="lastName",
    size_key="pageSize",
    most=500,
)
CASES = (
    PEOPLE_OF_PROJECT,
    Case(
        name="teamwork.people-of-the-site",
        service="teamwork",
        path="/teamwork/projects/api/v3/people.json",
        load=lambda **arguments: pm.teamwork.people(**arguments),
        columns=columns.PEOPLE,
        row=rows.person,
        page=rows.people_page,
        text_key="lastName",
        size_key="pageSize",
        most=500,
    ),
    Case(
        name="teamwork.permissions",
        service="teamwork",
        path=f"/teamwork/projects/api/v3/projects/{PROJECT}/people.json",
        load=lambda **arguments: pm.teamwork.permissions(APOLLO, **arguments),
        columns=columns.PERMISSIONS,
        row=rows.person,
        page=rows.members_page,
        text_key="lastName",
        id_column="person_id",
        size_key="pageSize",
        most=500,
    ),
    Case(
        name="teamwork.projects",
        service="teamwork",
        path="/teamwork/projects/api/v3/projects.json",
        load=lambda **arguments: pm.teamwork.projects(**arguments),
        columns=columns.PROJECTS,
        row=rows.project,
        page=rows.teamwork_page("projects"),
        size_key="pageSize",
        most=500,
    ),
    Case(
        name="teamwork.companies",
        service="teamwork",
        path="/teamwork/projects/api/v3/companies.json",
        load=lambda **arguments: pm.teamwork.companies(**arguments),
        columns=columns.COMPANIES,
        row=rows.company,
        page=rows.teamwork_page("companies"),
        size_key="pageSize",
        most=500,
    ),
    Case(
        name="projectmanager.customers",
        service="projectmanager",
        path="/projectmanager/api/data/projects/customers",
        load=lambda **arguments: pm.projectmanager.customers(**arguments),
        columns={"id": "str", "name": "str"},
        row=rows.pm_customer,
        page=rows.pm_page,
        key=uuid_of,
    ),
    Case(
        name="projectmanager.roles",
        service="projectmanager",
        path="/projectmanager/api/data/users/roles",
        load=lambda **arguments: pm.projectmanager.roles(**arguments),
        columns=columns.ROLES,
        row=rows.role,
        page=rows.pm_page,
        key=uuid_of,
    ),
    Case(
        name="projectmanager.role_permissions",
        service="projectmanager",
        path="/projectmanager/api/data/users/roles",
        load=lambda **arguments: pm.projectmanager.role_permissions(**arguments),
        columns=columns.ROLE_PERMISSION_ROWS,
        row=rows.one_permission_role,
        page=rows.pm_page,
        key=uuid_of,
        id_column="role_id",
        text="role_name",
    ),
    Case(
        name="projectmanager.resources",
        service="projectmanager",
        path="/projectmanager/api/data/resources",
        load=lambda **arguments: pm.projectmanager.resources(**arguments),
        columns=columns.RESOURCES,
        row=rows.resource,
        page=rows.pm_page,
        key=uuid_of,
        size_key="$top",
        says_more=False,
        start_of=by_skip,
    ),
    Case(
        name="projectmanager.projects",
        service="projectmanager",
        path="/projectmanager/api/data/projects",
        load=lambda **arguments: pm.projectmanager.projects(**arguments),
        columns=columns.PLANNED_PROJECTS,
        row=rows.planned_project,
        page=rows.pm_page,
        key=uuid_of,
        size_key="$top",
        says_more=False,
        start_of=by_skip,
    ),
    Case(
        name="outlign.clients",
        service="outlign",
        path="/outlign/api/v1/clients",
        load=lambda **arguments: pm.outlign.clients(**arguments),
        columns=columns.CLIENTS,
        row=rows.client,
        page=rows.clients_page,
        text="title",
        text_key="title",
        size_key="per_page",
        default_size=15,
        most=1000,
    ),
    Case(
        name="outlign.companies",
        service="outlign",
        path="/outlign/api/v1/companies",
        load=lambda **arguments: pm.outlign.companies(**arguments),
        columns={"id": "int64", "title": "str", "created_at": columns.UTC, "updated_at": columns.UTC},
        row=rows.outlign_company,
        page=rows.clients_page,
        text="title",
        text_key="title",
        size_key="per_page",
        default_size=15,
        most=1000,
    ),
    Case(
        name="spirii.customers",
        service="spirii",
        path="/spirii/v2/customers",
        load=lambda **arguments: pm.spirii.customers(**arguments),
        columns=columns.SPIRII_CUSTOMERS,
        row=rows.spirii_customer,
        page=rows.spirii_page,
        size_key="limit",
        most=1000,
        start_of=by_offset,
    ),
)
PLAINEST = ("teamwork.people", "projectmanager.customers", "outlign.clients", "spirii.customers")
ONE_EACH = tuple(case for case in CASES if case.name in PLAINEST)
PAGED = tuple(case for case in CASES if case.size_key)


def case_of(name: str) -> Case:
    """Return the row of one loader."""
    return next(case for case in CASES if case.name == name)
