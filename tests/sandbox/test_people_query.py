"""Teamwork.com's people: each filter and order, against the dataset."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.client import instant, time_of

PROJECT = 480101


def shown(person):
    """Whether Teamwork shows a person to who asks for nothing in particular."""
    return not (person.deleted or person.is_service_account or person.is_placeholder)


def on(box, project):
    return {m.person_id for m in box.data.memberships if m.project_id == project}


def owner(box):
    (company,) = [c.id for c in box.data.companies if c.is_owner]
    return company


def ids(people):
    return {person.id for person in people}


FILTERS = {
    "nothing": ({}, lambda box, p: True), "accounts": ({"userType": "account"}, lambda box, p: p.type == "account"),
    "collaborators": ({"userType": "collaborator"}, lambda box, p: p.type == "collaborator"),
    "contacts": ({"userType": "contact"}, lambda box, p: p.type == "contact"),
    "no collaborators": ({"includeCollaborators": "false"}, lambda box, p: p.type in ("account", "contact")),
    "no clients": ({"includeClients": "false"}, lambda box, p: p.is_client_user is False),
    "no contacts": ({"excludeContacts": "true"}, lambda box, p: p.type in ("account", "collaborator")),
    "site owner": ({"onlySiteOwner": "true"}, lambda box, p: p.id == 391604),
    "owner company": ({"onlyOwnerCompany": "true"}, lambda box, p: p.company_id == owner(box)),
    "owner company replaces companies": ({"onlyOwnerCompany": "true", "companyIds": "1370018,1370029"},
        lambda box, p: p.company_id == owner(box)),
    "companies": ({"companyIds": "1370018,1370029"}, lambda box, p: p.company_id in (1370018, 1370029)),
    "ids": ({"ids": "391604,391625,9007199254740993,7"}, lambda box, p: p.id in (391604, 391625, 2**53 + 1)),
    "other ids": ({"excludeIds": "391604,391625"}, lambda box, p: p.id not in (391604, 391625)),
    "teams": ({"teamIds": "701,705"}, lambda box, p: bool({701, 705} & set(p.team_ids or []))),
    "projects": ({"projectIds": "480102,480119"}, lambda box, p: p.id in on(box, 480102) | on(box, 480119)),
    "other projects": ({"excludeProjectIds": "480102,480119"},
        lambda box, p: p.id not in on(box, 480102) | on(box, 480119)),
    "updated": ({"updatedAfter": "2026-01-01T00:00:00Z"},
        lambda box, p: time_of(p.updated_at) > datetime(2026, 1, 1, tzinfo=UTC)),
    "logged in": ({"lastLoginAfter": "2026-08-01T02:00:00+02:00"},
        lambda box, p: time_of(p.last_login) > datetime(2026, 8, 1, tzinfo=UTC)),
    "no cost rate": ({"filterByNoCostRate": "true"}, lambda box, p: p.user_cost is None),
    "name": ({"searchTerm": "ANNA"},
        lambda box, p: "anna" in f"{p.first_name or ''} {p.last_name or ''}".lower() or "anna" in (p.email or "")),
    "address": ({"searchTerm": "@example.inv"}, lambda box, p: (p.email or "").endswith("@example.invalid")),
    "two at once": ({"userType": "account", "companyIds": "1370018", "includeClients": "true"},
        lambda box, p: p.type == "account" and p.company_id == 1370018),
}  # fmt: skip


@pytest.mark.parametrize("case", FILTERS)
@pytest.mark.parametrize("project", [None, PROJECT])
def test_filter(box, caller, case, project):
    query, test = FILTERS[case]
    members = ids(box.data.people) if project is None else on(box, project)
    expected = {p.id for p in box.data.people if p.id in members and shown(p) and test(box, p)}
    found = caller.people_ids(project, **query)
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert expected or case == "site owner"


@pytest.mark.parametrize(("key", "attribute"), [("updatedAfter", "updated_at"), ("lastLoginAfter", "last_login")])
def test_after_excludes_the_second_itself(box, caller, key, attribute):
    latest = max(getattr(p, attribute) or "" for p in box.data.people if shown(p))
    earlier = (instant(latest) - timedelta(seconds=0.5)).isoformat()
    assert caller.people_ids(**{key: latest}) == []
    assert caller.people_ids(**{key: earlier})


@pytest.mark.parametrize(("key", "mark"), [
    ("showDeleted", "deleted"), ("includeServiceAccounts", "is_service_account"),
    ("includePlaceholders", "is_placeholder"),
])  # fmt: skip
def test_hidden_people_are_included_on_request(box, caller, key, mark):
    before, after = (set(caller.people_ids(**query)) for query in ({}, {key: "true"}))
    assert before < after
    assert set(caller.people_ids(**{key: "false"})) == before
    assert all(getattr(p, mark) for p in box.data.people if p.id in after - before)


def test_observers_are_left_out_of_a_project_only(box, caller):
    watching = {m.person_id for m in box.data.memberships if m.project_id == PROJECT and m.permissions["isObserving"]}
    everyone = set(caller.people_ids(PROJECT))
    assert watching & everyone
    assert set(caller.people_ids(PROJECT, includeObservers="false")) == everyone - watching
    assert len(caller.people_ids(includeObservers="false")) == len(caller.people_ids())


def name_of(person):
    return " ".join(part for part in (person.first_name, person.last_name) if part)


ORDERS = {
    "": lambda box, p: (name_of(p), p.id), "name": lambda box, p: (name_of(p), p.id),
    "namecaseinsensitive": lambda box, p: (name_of(p).casefold(), p.id), "id": lambda box, p: p.id,
    "company": lambda box, p: (
        next((c.name for c in box.data.companies if c.id == p.company_id), ""),
        name_of(p),
        p.id,
    ),
}  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
def test_order(box, caller, order):
    people = sorted(filter(shown, box.data.people), key=lambda p: ORDERS[order](box, p))
    query = {"orderBy": order} if order else {}
    assert caller.people_ids(**query) == [p.id for p in people]
    assert caller.people_ids(**query, orderMode="desc") == [p.id for p in reversed(people)]


def test_current_user_comes_first_on_request(caller):
    ordinary = caller.people_ids()
    assert ordinary[0] != 391604
    assert caller.people_ids(orderPrioritiseCurrentUser="true") == [391604, *(i for i in ordinary if i != 391604)]
