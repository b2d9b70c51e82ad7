"""Rows and answers as the services send them, made by hand from their documents; none was recorded."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .columns import MEMBER_PERMISSIONS, ROLE_PERMISSIONS


def person(n: int) -> dict[str, Any]:
    return {
        "id": n, "firstName": f"First{n}", "lastName": f"Last{n}", "email": f"p{n}@example.com", "title": "Engineer",
        "type": "account", "companyId": 7, "company": {"id": 7, "type": "companies"}, "isAdmin": False,
        "isClientUser": False, "isServiceAccount": False, "deleted": False, "canAddProjects": True, "userRate": 12500,
        "lengthOfDay": 7.5, "workingHoursId": 3, "timezone": "Europe/Dublin", "avatarUrl": "https://example.com/a.png",
        "createdAt": "2024-10-25T20:56:48Z", "updatedAt": "2025-10-25T20:56:48Z",
    }  # fmt: skip


def project(n: int) -> dict[str, Any]:
    return {
        "id": n, "name": f"Project {n}", "description": f"What project {n} is about", "status": "active",
        "subStatus": "current", "type": "normal", "companyId": 7, "company": {"id": 7, "type": "companies"},
        "ownerId": 391604, "projectOwner": {"id": 391604, "type": "users"}, "categoryId": 61, "isBillable": True,
        "startAt": "2025-01-01T00:00:00Z", "endAt": "2025-12-31T00:00:00Z", "completedAt": None,
        "createdAt": "2024-10-25T20:56:48Z", "updatedAt": "2025-10-25T20:56:48Z",
    }  # fmt: skip


def company(n: int) -> dict[str, Any]:
    return {
        "id": n, "name": f"Company {n}", "isOwner": False, "status": "active", "countryCode": "DK", "city": "Aarhus",
        "website": "https://example.com", "emailOne": f"c{n}@example.com", "phone": "+45 00 11 22 33", "accounts": 3,
        "clients": 0, "collaborators": 2, "contacts": 1, "createdAt": "2024-10-25T20:56:48Z",
        "updatedAt": "2025-10-25T20:56:48Z",
    }  # fmt: skip


def uuid_of(n: int) -> str:
    return str(uuid.UUID(int=n))


def pm_customer(n: int) -> dict[str, Any]:
    return {"id": uuid_of(n), "name": f"Customer {n}"}


def role(n: int) -> dict[str, Any]:
    held = {"description": "Add people to the account", "value": n % 2 == 0, "canBeModified": True}
    return {
        "id": uuid_of(n), "name": f"Role {n}", "description": f"What role {n} may do", "isAdmin": False,
        "isCustom": True, "isGlobalAdmin": False, "isGuest": False, "isDefault": False,
        "permissions": dict.fromkeys(ROLE_PERMISSIONS.values(), held),
    }  # fmt: skip


def one_permission_role(n: int) -> dict[str, Any]:
    """Return a role of one permission, so that a row of the answer is a row of the frame."""
    held = {"description": "Add people to the account", "value": True, "canBeModified": False}
    return role(n) | {"permissions": {"invitePeople": held}}


def resource(n: int) -> dict[str, Any]:
    return {
        "id": uuid_of(n), "name": f"Resource {n}", "firstName": f"First{n}", "lastName": f"Last{n}",
        "email": f"r{n}@example.com", "roleId": uuid_of(77), "role": "Manager", "isActive": True, "hourlyRate": 62.5,
        "approver": {"id": uuid_of(78), "name": "Ann"},
        "teams": [{"id": uuid_of(79), "name": "Design"}, {"id": uuid_of(80), "name": "Build"}],
        "skills": [{"id": uuid_of(81), "name": "Ink", "inUse": True}], "city": "Aarhus", "state": "", "country": "DK",
        "notes": "Left-handed", "createdDate": "2024-10-25T20:56:48Z", "modifiedDate": "2025-10-25T20:56:48Z",
    }  # fmt: skip


def planned_project(n: int) -> dict[str, Any]:
    return {
        "id": uuid_of(n), "name": f"Project {n}", "shortCode": f"P-{n:03}", "description": "What it is about",
        "folder": {"id": uuid_of(71), "name": "Customers"},
        "status": {"id": uuid_of(72), "name": "Open", "isDeleted": False},
        "priority": {"id": uuid_of(73), "name": "High"}, "chargeCode": {"id": uuid_of(74), "name": "0042"},
        "customer": {"id": uuid_of(75), "name": "Acme"}, "manager": {"id": uuid_of(76), "name": "Ann", "initials": "A"},
        "ownerId": uuid_of(77), "percentComplete": 40, "budget": 10000.5, "hourlyRate": 95.0, "startDate": "2025-01-01",
        "endDate": "2025-12-31", "targetDate": None, "isTemplate": False, "createDate": "2024-10-25T20:56:48Z",
        "modifyDate": "2025-10-25T20:56:48Z",
    }  # fmt: skip


def member(n: int) -> dict[str, Any]:
    return {
        "id": uuid_of(n), "projectId": uuid_of(12345), "initials": "M", "name": f"Member {n}", "avatarUrl": None,
        "role": "Editor", "permission": "Editor", "color": "#009688",
        "permissionOptions": dict.fromkeys(("none", "collaborate", "guest", "editor", "manager"), True),
    }  # fmt: skip


def client(n: int) -> dict[str, Any]:
    return {
        "id": n, "title": f"Client {n}", "company": {"id": 456, "title": "Design Studio Inc"},
        "created_at": "2023-01-01T12:00:00.000000Z", "updated_at": "2023-01-02T12:00:00.000000Z",
    }  # fmt: skip


def spirii_customer(n: int) -> dict[str, Any]:
    return {
        "id": n, "name": f"Customer {n}", "type": "Business", "externalId": f"CU-{n}", "country": "DK",
        "owner": {"id": 234, "name": "Company Inc."}, "cpo": {"id": 345, "name": "Charge Point Operator Inc."},
        "locations": [1, 2, 3],
        "contactDetails": {"name": "Ann", "email": "ann@example.com", "phone": "+45 11 22 33 44"},
        "billingDetails": {
            "paymentMethod": "Invoice", "invoiceFormat": "Email", "gln": "0799439112768",
            "invoiceEmail": "bills@example.com", "vatNumber": "07687766", "address": "Street Avenue, 123",
            "city": "Copenhagen", "zipCode": "0300",
        },
        "financialSetup": {"language": "EN", "currency": "EUR"},
        "billingSettings": {
            "chargeKeyDocumentAggregation": "customer", "chargeKeyLineAggregation": "location",
            "companyCarReimbursementMethod": "MANUAL",
        },
        "createdAt": "2023-11-07T05:31:56.000Z", "updatedAt": "2023-11-08T05:31:56.000Z",
    }  # fmt: skip


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
        "current_page": page.number, "current_page_url": f"{path}?page={page.number}", "path": path,
        "per_page": page.size,
    }  # fmt: skip
    return {
        "data": page.rows, "links": {"first": f"{path}?page=1", "last": None, "prev": None, "next": following},
        "meta": meta | shown,
    }  # fmt: skip


def spirii_page(page: Page) -> Any:
    return {"data": page.rows, "count": page.total, "limit": page.size, "offset": page.start}
