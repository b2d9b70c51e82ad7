"""Teamwork.com's companies: filters, order, included objects, selected fields and statistics, against the dataset."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.client import instant, time_of

COMPANIES = "/projects/api/v3/companies.json"


def company_ids(caller, **query):
    page = caller.get("teamwork", COMPANIES, {"pageSize": 500, **query})
    assert page["meta"]["page"]["count"] == len(page["companies"])
    return [company["id"] for company in page["companies"]]


COMPANY_FILTERS = {
    "nothing": ({}, lambda c: True),
    "name or description": ({"searchTerm": "SINCE"},
        lambda c: "since" in c.name.lower() or "since" in (c.profile or "").lower()),
    "first letter": ({"firstLetter": "h"}, lambda c: c.name[0] in "hH"),
    "updated": ({"updatedAfter": "2026-01-01T00:00:00Z"},
        lambda c: time_of(c.updated_at) > datetime(2026, 1, 1, tzinfo=UTC)),
    "updated, by the old key": ({"updatedAfterDate": "2026-01-01T00:00:00Z"},
        lambda c: time_of(c.updated_at) > datetime(2026, 1, 1, tzinfo=UTC)),
    "created": ({"createdAfter": "2024-01-01T00:00:00Z"},
        lambda c: time_of(c.created_at) > datetime(2024, 1, 1, tzinfo=UTC)),
    "created, by the old key": ({"createdAfterDate": "2024-01-01T00:00:00Z"},
        lambda c: time_of(c.created_at) > datetime(2024, 1, 1, tzinfo=UTC)),
    "ids": ({"ids": "1370007,1370018,1"}, lambda c: c.id in (1370007, 1370018)),
    "other ids": ({"excludeIds": "1370007,1370018"}, lambda c: c.id not in (1370007, 1370018)),
    "clients only": ({"excludeOwnerCompany": "true"}, lambda c: not c.is_owner),
    "tags": ({"tagIds": "81,82"}, lambda c: bool({81, 82} & set(c.tag_ids))),
    "managers": ({"clientManagedByUserIds": "391604"}, lambda c: c.managed_by == 391604),
}  # fmt: skip


@pytest.mark.parametrize("case", COMPANY_FILTERS)
def test_filter(box, caller, case):
    query, test = COMPANY_FILTERS[case]
    expected = {company.id for company in box.data.companies if test(company)}
    found = company_ids(caller, **query)
    assert len(found) == len(set(found))
    assert set(found) == expected != set()
    assert case == "nothing" or len(expected) < len(box.data.companies)


@pytest.mark.parametrize(("key", "attribute"), [("updatedAfter", "updated_at"), ("createdAfter", "created_at")])
def test_after_excludes_the_second_itself(box, caller, key, attribute):
    latest = max(getattr(company, attribute) or "" for company in box.data.companies)
    assert company_ids(caller, **{key: latest}) == []
    assert company_ids(caller, **{key: (instant(latest) - timedelta(seconds=1)).isoformat()})


def manager_name(box, company):
    found = [p for p in box.data.people if p.id == company.managed_by]
    return f"{found[0].first_name} {found[0].last_name}" if found else ""


def industry_name(box, company):
    names = ["Energy", "Food", "Health", "Property", "Retail", "Transport"]
    return names[company.industry_id - 31] if company.industry_id else ""


COMPANY_ORDERS = {
    "": lambda box, c: c.id != 1370007, "name": lambda box, c: 0,
    **{key: lambda box, c, key=key: c.people_by_type[key] for key in ("accounts", "clients", "collaborators")},
    "contacts": lambda box, c: c.people_by_type["contacts"],
    "projects": lambda box, c: Counter(p.company_id for p in box.data.projects)[c.id],
    "tasks": lambda box, c: c.tasks, "taskscompletion": lambda box, c: c.tasks_completed / c.tasks if c.tasks else 0,
    "country": lambda box, c: c.country_code or "", "health": lambda box, c: 0,
    "website": lambda box, c: c.website or "", "email": lambda box, c: c.email or "",
    "phone": lambda box, c: c.phone or "", "fax": lambda box, c: 0, "industry": industry_name,
    "dateadded": lambda box, c: time_of(c.created_at), "ownercompany": lambda box, c: c.id != 1370007,
    "ownername": manager_name, "customfield": lambda box, c: 0,
}  # fmt: skip


@pytest.mark.parametrize("order", COMPANY_ORDERS)
def test_order(box, caller, order):
    key = COMPANY_ORDERS[order]
    rows = sorted(box.data.companies, key=lambda c: (key(box, c), c.name, c.id))
    query = {"orderBy": order} if order else {}
    assert company_ids(caller, **query) == [c.id for c in rows]
    assert company_ids(caller, **query, orderMode="desc") == [c.id for c in reversed(rows)]


def test_included_objects_are_those_of_the_page(box, caller):
    include = "tags,countries,industries,clientmanagedby,companyupdates"
    for number in (1, 2):
        page = caller.get("teamwork", COMPANIES, {"include": include, "pageSize": 6, "page": number})
        shown = {record["id"] for record in page["companies"]}
        rows = [c for c in box.data.companies if c.id in shown]
        expected = {
            "tags": {tag for c in rows for tag in c.tag_ids}, "countries": {c.country_code for c in rows} - {None, ""},
            "industries": {c.industry_id for c in rows} - {0}, "users": {c.managed_by for c in rows} - {None},
}  # fmt: skip
        assert {key: set(found) for key, found in page["included"].items()} == {
            key: {str(one) for one in ids} for key, ids in expected.items()
        }


def test_statistics_and_profile_are_sent_on_request(box, caller):
    plain = caller.get("teamwork", COMPANIES)["companies"]
    assert not any("stats" in company or company["profileText"] for company in plain)
    full = caller.get("teamwork", COMPANIES, {"getStats": "true", "fullProfile": "true"})["companies"]
    known = {c.id: c for c in box.data.companies}
    counts = Counter(p.company_id for p in box.data.projects)
    for company in full:
        record = known[company["id"]]
        assert company["profileText"] == record.profile
        assert company["stats"]["projectCount"] == counts[record.id]
        assert company["stats"]["taskCount"] == record.tasks >= company["stats"]["taskCompleteCount"]


def test_fields_select_the_keys_of_records(caller):
    companies = caller.get("teamwork", COMPANIES, {"fields[companies]": "id,name", "fields[company]": "x"})
    assert {tuple(record) for record in companies["companies"]} == {("id", "name")}
