"""A real socket, one table row per loader, and a fresh cache for every test.

Written from the documents alone (``design.md``, ``facts.md``, ``api/*.md``, ``seeds/*`` of ``../shared``), so
that a misreading in the code shows. Nothing here is computed with pmframes.
"""

import base64
import json
import os
import re
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import stamina
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

import pmframes as pm
from pmframes._http.rate_limit import RateLimiter

BODIES = Path(__file__).parents[1] / "support/bodies"
SERVICES = ("teamwork", "projectmanager", "outlign", "spirii")
TOKEN = "tok-7f3a91c2-NEVER-SHOWN"
PROJECT = 12345

Answer = Callable[[Request], Response]


# What is served


def reply(body: Any = b"", status: int = 200, kind: str = "application/json", **headers: str) -> Answer:
    """Answer every request alike; bytes go out as they are, text as UTF-8, the rest as JSON."""
    if isinstance(body, str):
        body = body.encode()
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: Response(data, status=status, content_type=kind, headers=sent)


@dataclass
class Asked:
    """One request as the server saw it."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]

    def one(self, key: str) -> str:
        """Return the single value of a query key; a repeated or an absent key fails the test."""
        (value,) = self.query.get(key, [])
        return value


class Site:
    """Four services on one port, each below a path of its own; an unknown path is 404."""

    def __init__(self, server: HTTPServer, prefix: str) -> None:
        self.root = f"/{prefix}"
        self.base = f"http://127.0.0.1:{server.port}{self.root}"
        self.requests: list[Asked] = []
        self.routes: dict[str, Answer] = {}
        self._lock = threading.Lock()
        self._reply_late = reply({"errors": [{"detail": "a request of an earlier test"}]}, status=404)

    def url(self, service: str) -> str:
        return f"{self.base}/{service}"

    def serve(self, path: str, answer: Answer | Any) -> None:
        self.routes[path] = answer if callable(answer) else reply(answer)

    def handle(self, request: Request) -> Response:
        if not request.path.startswith(self.root + "/"):
            return self._reply_late(request)
        path = request.path.removeprefix(self.root)
        asked = Asked(path, {k: request.args.getlist(k) for k in request.args}, dict(request.headers))
        with self._lock:
            self.requests.append(asked)
            answer = self.routes.get(path, reply({"message": "no such path"}, status=404))
        return answer(request)

    def asked(self, path: str) -> list[Asked]:
        return [request for request in self.requests if request.path == path]


# One row of the table per loader

UTC = "datetime64[us, UTC]"
TEXT_OR_CATEGORY = ("str", "category")
WHOLE = ("int64", "Int64")
DECIMAL = ("float64", "Float64")

PEOPLE = {
    "project_id": "Int64",
    "project_name": "str",
    "id": "int64",
    "name": "str",
    "first_name": "str",
    "last_name": "str",
    "email": "str",
    "type": "category",
    "title": "str",
    "company_id": "Int64",
    "company_name": "str",
    "is_admin": "boolean",
    "is_client_user": "boolean",
    "is_service_account": "boolean",
    "deleted": "boolean",
    "can_add_projects": "boolean",
    "user_rate": "Float64",
    "user_cost": "Float64",
    "timezone": "str",
    "length_of_day": DECIMAL,
    "working_hours_id": "Int64",
    "company_role_id": "Int64",
    "team_ids": "object",
    "teams": "str",
    "is_placeholder": "boolean",
    "avatar_url": "str",
    "created_at": UTC,
    "created_by_id": "Int64",
    "updated_at": UTC,
    "updated_by_id": "Int64",
}

ROLE_PERMISSIONS = {
    "invite_people": "invitePeople",
    "edit_account_page": "editAccountPage",
    "edit_security_page": "editSecurityPage",
    "see_hourly_rates_costs_budgets": "seeHourlyRatesCostsBudgets",
    "set_team_holidays": "setTeamHolidays",
    "edit_tags_skills_teams": "editTagsSkillsTeams",
    "edit_team_timesheets": "editTeamTimesheets",
    "approve_timesheets": "approveTimesheets",
    "edit_important_project_info": "editImportantProjectInfo",
    "see_export_project": "seeExportProject",
    "see_manage_users": "seeManageUsers",
    "manage_integrations": "manageIntegrations",
    "create_project_and_project_groups": "createProjectAndProjectGroups",
    "edit_users": "editUsers",
    "view_personal_board": "viewPersonalBoard",
    "edit_all_projects": "editAllProjects",
    "change_own_email": "changeOwnEmail",
    "use_mcp": "useMcp",
}

ROLES = {
    "id": "str",
    "name": "str",
    "description": "str",
    "is_admin": "boolean",
    "is_custom": "boolean",
    "is_global_admin": "boolean",
    "is_guest": "boolean",
    "is_default": "boolean",
    **dict.fromkeys(ROLE_PERMISSIONS, "boolean"),
}

ROLE_PERMISSION_ROWS = {
    "role_id": "str",
    "role_name": "str",
    "permission": TEXT_OR_CATEGORY,
    "description": "str",
    "granted": "boolean",
    "can_be_modified": "boolean",
}

RESOURCES = {
    "id": "str",
    "name": "str",
    "first_name": "str",
    "last_name": "str",
    "email": "str",
    "role_id": "str",
    "role_name": "str",
    "is_active": "boolean",
    "hourly_rate": "Float64",
    "approver_id": "str",
    "approver_name": "str",
    "team_ids": "object",
    "teams": "str",
    "skills": "str",
    "city": "str",
    "state": "str",
    "country": TEXT_OR_CATEGORY,
    "notes": "str",
    "created_at": UTC,
    "updated_at": UTC,
}

PLANNED_PROJECTS = {
    "id": "str",
    "name": "str",
    "short_code": "str",
    "description": "str",
    "folder": TEXT_OR_CATEGORY,
    "status": TEXT_OR_CATEGORY,
    "priority": TEXT_OR_CATEGORY,
    "charge_code": TEXT_OR_CATEGORY,
    "customer_id": "str",
    "customer_name": "str",
    "manager_id": "str",
    "manager_name": "str",
    "owner_id": "str",
    "percent_complete": (*WHOLE, *DECIMAL),
    "budget": "Float64",
    "hourly_rate": "Float64",
    "start_date": UTC,
    "end_date": UTC,
    "target_date": UTC,
    "is_template": "boolean",
    "created_at": UTC,
    "updated_at": UTC,
}

CLIENTS = {
    "id": "int64",
    "title": "str",
    "company_id": "Int64",
    "company_title": "str",
    "created_at": UTC,
    "updated_at": UTC,
}

SPIRII_CUSTOMERS = {
    "id": "int64",
    "name": "str",
    "type": "category",
    "external_id": "str",
    "country": TEXT_OR_CATEGORY,
    "owner_id": "Int64",
    "owner_name": "str",
    "cpo_id": "Int64",
    "cpo_name": "str",
    "location_count": WHOLE,
    "locations": "object",
    "contact_name": "str",
    "contact_email": "str",
    "contact_phone": "str",
    "payment_method": TEXT_OR_CATEGORY,
    "invoice_format": TEXT_OR_CATEGORY,
    "invoice_email": "str",
    "vat_number": "str",
    "gln": "str",
    "address": "str",
    "city": "str",
    "zip_code": "str",
    "language": TEXT_OR_CATEGORY,
    "currency": TEXT_OR_CATEGORY,
    "charge_key_document_aggregation": TEXT_OR_CATEGORY,
    "charge_key_line_aggregation": TEXT_OR_CATEGORY,
    "company_car_reimbursement_method": TEXT_OR_CATEGORY,
    "created_at": UTC,
    "updated_at": UTC,
}


_SEED_002 = json.loads((BODIES / "seed_002_teamwork_people_example.json").read_bytes())
MEMBER_PERMISSIONS = tuple(_SEED_002["included"]["ProjectPermissions"]["additionalProp"])

PERMISSIONS = {
    "project_id": "Int64",
    "project_name": "str",
    "person_id": "int64",
    "name": "str",
    "type": "category",
    "company_name": "str",
    "is_admin": "boolean",
    "is_client_user": "boolean",
    "is_service_account": "boolean",
    "deleted": "boolean",
    **{re.sub("[A-Z]", lambda c: f"_{c[0].lower()}", key): "boolean" for key in MEMBER_PERMISSIONS},
}

PROJECTS = {
    "id": "int64",
    "name": "str",
    "description": "str",
    "status": TEXT_OR_CATEGORY,
    "sub_status": TEXT_OR_CATEGORY,
    "type": TEXT_OR_CATEGORY,
    "company_id": "Int64",
    "company_name": "str",
    "owner_id": "Int64",
    "category_id": "Int64",
    "is_billable": "boolean",
    "starts_at": UTC,
    "ends_at": UTC,
    "completed_at": UTC,
    "created_at": UTC,
    "updated_at": UTC,
}

COMPANIES = {
    "id": "int64",
    "name": "str",
    "is_owner": "boolean",
    "status": TEXT_OR_CATEGORY,
    "country_code": TEXT_OR_CATEGORY,
    "city": "str",
    "website": "str",
    "email": "str",
    "phone": "str",
    "accounts": WHOLE,
    "clients": WHOLE,
    "collaborators": WHOLE,
    "contacts": WHOLE,
    "created_at": UTC,
    "updated_at": UTC,
}


def person(n: int) -> dict[str, Any]:
    return {
        "id": n,
        "firstName": f"First{n}",
        "lastName": f"Last{n}",
        "email": f"p{n}@example.com",
        "title": "Engineer",
        "type": "account",
        "companyId": 7,
        "company": {"id": 7, "type": "companies"},
        "isAdmin": False,
        "isClientUser": False,
        "isServiceAccount": False,
        "deleted": False,
        "canAddProjects": True,
        "userRate": 12500,
        "lengthOfDay": 7.5,
        "workingHoursId": 3,
        "timezone": "Europe/Dublin",
        "avatarUrl": "https://example.com/a.png",
        "createdAt": "2024-10-25T20:56:48Z",
        "updatedAt": "2025-10-25T20:56:48Z",
    }


def project(n: int) -> dict[str, Any]:
    return {
        "id": n,
        "name": f"Project {n}",
        "description": f"What project {n} is about",
        "status": "active",
        "subStatus": "current",
        "type": "normal",
        "companyId": 7,
        "company": {"id": 7, "type": "companies"},
        "ownerId": 391604,
        "projectOwner": {"id": 391604, "type": "users"},
        "categoryId": 61,
        "isBillable": True,
        "startAt": "2025-01-01T00:00:00Z",
        "endAt": "2025-12-31T00:00:00Z",
        "completedAt": None,
        "createdAt": "2024-10-25T20:56:48Z",
        "updatedAt": "2025-10-25T20:56:48Z",
    }


def company(n: int) -> dict[str, Any]:
    return {
        "id": n,
        "name": f"Company {n}",
        "isOwner": False,
        "status": "active",
        "countryCode": "DK",
        "city": "Aarhus",
        "website": "https://example.com",
        "emailOne": f"c{n}@example.com",
        "phone": "+45 00 11 22 33",
        "accounts": 3,
        "clients": 0,
        "collaborators": 2,
        "contacts": 1,
        "createdAt": "2024-10-25T20:56:48Z",
        "updatedAt": "2025-10-25T20:56:48Z",
    }


def uuid_of(n: int) -> str:
    return str(uuid.UUID(int=n))


def pm_customer(n: int) -> dict[str, Any]:
    return {"id": uuid_of(n), "name": f"Customer {n}"}


def role(n: int) -> dict[str, Any]:
    held = {"description": "Add people to the account", "value": n % 2 == 0, "canBeModified": True}
    return {
        "id": uuid_of(n),
        "name": f"Role {n}",
        "description": f"What role {n} may do",
        "isAdmin": False,
        "isCustom": True,
        "isGlobalAdmin": False,
        "isGuest": False,
        "isDefault": False,
        "permissions": dict.fromkeys(ROLE_PERMISSIONS.values(), held),
    }


def one_permission_role(n: int) -> dict[str, Any]:
    """Return a role of one permission, so that a row of the answer is a row of the frame."""
    held = {"description": "Add people to the account", "value": True, "canBeModified": False}
    return role(n) | {"permissions": {"invitePeople": held}}


def resource(n: int) -> dict[str, Any]:
    return {
        "id": uuid_of(n),
        "name": f"Resource {n}",
        "firstName": f"First{n}",
        "lastName": f"Last{n}",
        "email": f"r{n}@example.com",
        "roleId": uuid_of(77),
        "role": "Manager",
        "isActive": True,
        "hourlyRate": 62.5,
        "approver": {"id": uuid_of(78), "name": "Ann"},
        "teams": [{"id": uuid_of(79), "name": "Design"}, {"id": uuid_of(80), "name": "Build"}],
        "skills": [{"id": uuid_of(81), "name": "Ink", "inUse": True}],
        "city": "Aarhus",
        "state": "",
        "country": "DK",
        "notes": "Left-handed",
        "createdDate": "2024-10-25T20:56:48Z",
        "modifiedDate": "2025-10-25T20:56:48Z",
    }


def planned_project(n: int) -> dict[str, Any]:
    return {
        "id": uuid_of(n),
        "name": f"Project {n}",
        "shortCode": f"P-{n:03}",
        "description": "What it is about",
        "folder": {"id": uuid_of(71), "name": "Customers"},
        "status": {"id": uuid_of(72), "name": "Open", "isDeleted": False},
        "priority": {"id": uuid_of(73), "name": "High"},
        "chargeCode": {"id": uuid_of(74), "name": "0042"},
        "customer": {"id": uuid_of(75), "name": "Acme"},
        "manager": {"id": uuid_of(76), "name": "Ann", "initials": "A"},
        "ownerId": uuid_of(77),
        "percentComplete": 40,
        "budget": 10000.5,
        "hourlyRate": 95.0,
        "startDate": "2025-01-01",
        "endDate": "2025-12-31",
        "targetDate": None,
        "isTemplate": False,
        "createDate": "2024-10-25T20:56:48Z",
        "modifyDate": "2025-10-25T20:56:48Z",
    }


def client(n: int) -> dict[str, Any]:
    return {
        "id": n,
        "title": f"Client {n}",
        "company": {"id": 456, "title": "Design Studio Inc"},
        "created_at": "2023-01-01T12:00:00.000000Z",
        "updated_at": "2023-01-02T12:00:00.000000Z",
    }


def spirii_customer(n: int) -> dict[str, Any]:
    return {
        "id": n,
        "name": f"Customer {n}",
        "type": "Business",
        "externalId": f"CU-{n}",
        "country": "DK",
        "owner": {"id": 234, "name": "Company Inc."},
        "cpo": {"id": 345, "name": "Charge Point Operator Inc."},
        "locations": [1, 2, 3],
        "contactDetails": {"name": "Ann", "email": "ann@example.com", "phone": "+45 11 22 33 44"},
        "billingDetails": {
            "paymentMethod": "Invoice",
            "invoiceFormat": "Email",
            "gln": "0799439112768",
            "invoiceEmail": "bills@example.com",
            "vatNumber": "07687766",
            "address": "Street Avenue, 123",
            "city": "Copenhagen",
            "zipCode": "0300",
        },
        "financialSetup": {"language": "EN", "currency": "EUR"},
        "billingSettings": {
            "chargeKeyDocumentAggregation": "customer",
            "chargeKeyLineAggregation": "location",
            "companyCarReimbursementMethod": "MANUAL",
        },
        "createdAt": "2023-11-07T05:31:56.000Z",
        "updatedAt": "2023-11-08T05:31:56.000Z",
    }


@dataclass(frozen=True)
class Page:
    """What one honest answer holds."""

    rows: list[Any]
    number: int = 1
    size: int = 50
    start: int = 0
    total: int = 0
    more: bool = False


def teamwork_page(kind: str) -> Callable[[Page], Any]:
    def body(page: Page) -> Any:
        seen = page.number * page.size + 1 if page.more else page.total
        where = {"pageOffset": page.number - 1, "pageSize": page.size, "count": seen, "hasMore": page.more}
        included = {"companies": {"7": {"id": 7, "name": "Acme"}}} if page.rows else {}
        return {kind: page.rows, "meta": {"page": where}, "included": included}

    return body


people_page = teamwork_page("people")


def members_page(page: Page) -> Any:
    body = people_page(page)
    may = dict.fromkeys(MEMBER_PERMISSIONS, True)
    body["included"]["ProjectPermissions"] = {str(row.get("id")): may for row in page.rows}
    return body


def pm_page(page: Page) -> Any:
    return {"error": None, "success": True, "hasError": False, "statusCode": "OK", "data": page.rows}


def outlign_company(n: int) -> dict[str, Any]:
    return {key: value for key, value in client(n).items() if key != "company"}


def clients_page(page: Page) -> Any:
    path = "https://go.outlign.co/api/v1/clients"
    shown = {"from": page.start + 1, "to": page.start + len(page.rows)} if page.rows else {"from": None, "to": None}
    following = f"{path}?page={page.number + 1}" if page.more else None
    meta = {
        "current_page": page.number,
        "current_page_url": f"{path}?page={page.number}",
        "path": path,
        "per_page": page.size,
    }
    return {
        "data": page.rows,
        "links": {"first": f"{path}?page=1", "last": None, "prev": None, "next": following},
        "meta": meta | shown,
    }


def spirii_page(page: Page) -> Any:
    return {"data": page.rows, "count": page.total, "limit": page.size, "offset": page.start}


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

    def connect(self, site: Site, token: Any = TOKEN, **options: Any) -> Any:
        return pm.connect(self.service, url=site.url(self.service), token=token, **options)

    def rows(self, number: int, first: int = 1) -> list[dict[str, Any]]:
        return [self.row(n) for n in range(first, first + number)]

    def keys(self, number: int, first: int = 1) -> list[Any]:
        return [self.key(n) for n in range(first, first + number)]

    def body(self, rows: list[Any], **page: Any) -> Any:
        """Return the only page of an answer, unless ``page`` says otherwise."""
        return self.page(Page(rows, **({"total": len(rows)} | page)))

    def honest(self, rows: list[Any], clamp: int | None = None) -> Answer:
        """Page over rows as the documents say; ``clamp`` is a page size that the server will not exceed."""

        def answer(request: Request) -> Response:
            if self.size_key is None:
                return reply(self.body(rows))(request)
            size = int(request.args.get(self.size_key, self.default_size))
            if size > self.most:
                return reply({"message": f"{self.size_key} is at most {self.most}"}, status=400)(request)
            size = min(size, clamp or size)
            number, start = self.start_of(request.args, size)
            part = rows[start : start + size]
            more = start + size < len(rows)
            return reply(self.page(Page(part, number, size, start, len(rows), more)))(request)

        return answer

    def serve(self, site: Site, rows: list[Any], clamp: int | None = None) -> None:
        site.serve(self.path, self.honest(rows, clamp))


# A frame of projects, which knows the name: no other list is asked for it then.
APOLLO = pd.DataFrame({"id": [PROJECT], "name": ["Apollo"]})

PEOPLE_OF_PROJECT = Case(
    name="teamwork.people",
    service="teamwork",
    path=f"/teamwork/projects/api/v3/projects/{PROJECT}/people.json",
    load=lambda **arguments: pm.teamwork.people(APOLLO, **arguments),
    columns=PEOPLE,
    row=person,
    page=people_page,
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
        columns=PEOPLE,
        row=person,
        page=people_page,
        text_key="lastName",
        size_key="pageSize",
        most=500,
    ),
    Case(
        name="teamwork.permissions",
        service="teamwork",
        path=f"/teamwork/projects/api/v3/projects/{PROJECT}/people.json",
        load=lambda **arguments: pm.teamwork.permissions(APOLLO, **arguments),
        columns=PERMISSIONS,
        row=person,
        page=members_page,
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
        columns=PROJECTS,
        row=project,
        page=teamwork_page("projects"),
        size_key="pageSize",
        most=500,
    ),
    Case(
        name="teamwork.companies",
        service="teamwork",
        path="/teamwork/projects/api/v3/companies.json",
        load=lambda **arguments: pm.teamwork.companies(**arguments),
        columns=COMPANIES,
        row=company,
        page=teamwork_page("companies"),
        size_key="pageSize",
        most=500,
    ),
    Case(
        name="projectmanager.customers",
        service="projectmanager",
        path="/projectmanager/api/data/projects/customers",
        load=lambda **arguments: pm.projectmanager.customers(**arguments),
        columns={"id": "str", "name": "str"},
        row=pm_customer,
        page=pm_page,
        key=uuid_of,
    ),
    Case(
        name="projectmanager.roles",
        service="projectmanager",
        path="/projectmanager/api/data/users/roles",
        load=lambda **arguments: pm.projectmanager.roles(**arguments),
        columns=ROLES,
        row=role,
        page=pm_page,
        key=uuid_of,
    ),
    Case(
        name="projectmanager.role_permissions",
        service="projectmanager",
        path="/projectmanager/api/data/users/roles",
        load=lambda **arguments: pm.projectmanager.role_permissions(**arguments),
        columns=ROLE_PERMISSION_ROWS,
        row=one_permission_role,
        page=pm_page,
        key=uuid_of,
        id_column="role_id",
        text="role_name",
    ),
    Case(
        name="projectmanager.resources",
        service="projectmanager",
        path="/projectmanager/api/data/resources",
        load=lambda **arguments: pm.projectmanager.resources(**arguments),
        columns=RESOURCES,
        row=resource,
        page=pm_page,
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
        columns=PLANNED_PROJECTS,
        row=planned_project,
        page=pm_page,
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
        columns=CLIENTS,
        row=client,
        page=clients_page,
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
        columns={"id": "int64", "title": "str", "created_at": UTC, "updated_at": UTC},
        row=outlign_company,
        page=clients_page,
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
        columns=SPIRII_CUSTOMERS,
        row=spirii_customer,
        page=spirii_page,
        size_key="limit",
        most=1000,
        start_of=by_offset,
    ),
)
PLAINEST = ("teamwork.people", "projectmanager.customers", "outlign.clients", "spirii.customers")
ONE_EACH = tuple(case for case in CASES if case.name in PLAINEST)
PAGED = tuple(case for case in CASES if case.size_key)


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    """Every loader in turn."""
    return request.param


@pytest.fixture(params=PAGED, ids=lambda case: case.name)
def paged(request: pytest.FixtureRequest) -> Case:
    """Every loader that reads pages, in turn."""
    return request.param


@pytest.fixture(params=[case for case in PAGED if case.says_more], ids=lambda case: case.name)
def promising(request: pytest.FixtureRequest) -> Case:
    """Every loader whose answers say that there is more, in turn."""
    return request.param


@pytest.fixture(params=ONE_EACH, ids=lambda case: case.service)
def each_service(request: pytest.FixtureRequest) -> Case:
    """One loader of each service, in turn."""
    return request.param


@pytest.fixture
def loader() -> Callable[[str], Case]:
    """Look one row of the table up by its name."""
    return {case.name: case for case in CASES}.__getitem__


# Isolation

_numbers = count(1)


@pytest.fixture(scope="session")
def loading_server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", port=0, threaded=True) as server:
        yield server


@pytest.fixture(scope="session")
def other_server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", port=0, threaded=True) as server:
        yield server


def _site_on(server: HTTPServer) -> Site:
    server.clear()
    site = Site(server, f"t{next(_numbers)}")
    server.expect_request(re.compile("/")).respond_with_handler(site.handle)
    return site


@pytest.fixture
def site(loading_server: HTTPServer) -> Iterator[Site]:
    """The server that the services are on."""
    yield _site_on(loading_server)
    loading_server.check()


@pytest.fixture
def elsewhere(other_server: HTTPServer) -> Site:
    """Another host, which no credential may reach."""
    return _site_on(other_server)


@pytest.fixture
def cache_dir(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture(autouse=True)
def isolated(cache_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith("PMFRAMES_") or name.lower().endswith("_proxy") or name == "NETRC":
            monkeypatch.delenv(name)
    monkeypatch.setenv("PMFRAMES_CACHE_DIR", str(cache_dir))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    # Like the retries, the rate limit does not really wait: each page refused ahead would cost seconds.
    monkeypatch.setattr(RateLimiter, "_seconds_left", lambda limiter: 0.0)
    with stamina.set_testing(True, attempts=2):
        yield
    for service in SERVICES:
        with suppress(pm.errors.PmframesError):
            pm.disconnect(service)


# Small helpers, handed out as fixtures so that no test module imports another


@pytest.fixture
def body_of() -> Callable[[str], bytes]:
    """Return the bytes of a file in ``bodies``."""
    return lambda name: (BODIES / name).read_bytes()


@pytest.fixture
def answer_with() -> Callable[..., Answer]:
    return reply


@pytest.fixture
def shown() -> Callable[[BaseException], str]:
    """Return all that a person or a log may see of an error."""

    def show(error: BaseException) -> str:
        return "\n".join([*traceback.format_exception(error), str(error), repr(error), repr(vars(error))])

    return show


@pytest.fixture
def secrets_in() -> Callable[[Any, str], list[str]]:
    """Return those spellings of a token that text or bytes hold: as it is, and as Basic sends it."""

    def find(where: Any, token: str = TOKEN) -> list[str]:
        held = where if isinstance(where, bytes) else str(where).encode()
        spellings = {token}
        for word in ("", "x", "xxx", "X", "password"):
            spellings.add(base64.b64encode(f"{token}:{word}".encode()).decode())
        spellings.add(base64.b64encode(token.encode()).decode().rstrip("=")[:-2])
        return sorted(spelling for spelling in spellings if spelling.encode() in held)

    return find


@pytest.fixture
def cached_bytes(cache_dir: Path) -> Callable[[], bytes]:
    """Return everything below the cache folder, file names included."""

    def read() -> bytes:
        found = sorted(path for path in cache_dir.rglob("*") if path.is_file())
        return b"\n".join([str(path.relative_to(cache_dir)).encode() + b"\n" + path.read_bytes() for path in found])

    return read


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return value
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


@pytest.fixture
def records_of() -> Callable[[pd.DataFrame], list[dict[str, Any]]]:
    """Return a frame's rows as plain Python: None where missing, ISO text for a time."""

    def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
        return [{name: _plain(frame[name].iloc[at]) for name in frame} for at in range(len(frame))]

    return records


@pytest.fixture
def waits(monkeypatch):
    """Record the waits of this test in seconds, and do not wait; threads that an earlier test left sleep on."""
    recorded: list[float] = []
    earlier, really_sleep = {*threading.enumerate()} - {threading.current_thread()}, time.sleep

    def sleep(seconds: float) -> None:
        (really_sleep if threading.current_thread() in earlier else recorded.append)(seconds)

    monkeypatch.setattr(time, "sleep", sleep)
    return recorded
