"""Teamwork.com's lists: pages, included objects, selected fields, records of people, and invalid parameters."""

import pytest

API = "/projects/api/v3"
PEOPLE = f"{API}/people.json"
PROJECT = 480101
MEMBERS = f"{API}/projects/{PROJECT}/people.json"
PROJECTS = f"{API}/projects.json"
COMPANIES = f"{API}/companies.json"
TOTALS = {"people": (PEOPLE, 240), "projects": (PROJECTS, 24), "companies": (COMPANIES, 51)}
# All that a list leaves out by default; each list ignores the parameters of the others.
ALL = {
    "showDeleted": "true", "includeServiceAccounts": "true", "includePlaceholders": "true",
    "projectStatuses": "active,completed,deleted", "includeArchivedProjects": "true",
}  # fmt: skip


@pytest.mark.parametrize("kind", TOTALS)
@pytest.mark.parametrize("size", [7, 240, 500])
def test_pages_hold_each_record_once_with_the_exact_count(caller, kind, size):
    path, total = TOTALS[kind]
    found, page, more = [], 0, True
    while more:
        page += 1
        body = caller.get("teamwork", path, {"pageSize": size, "page": page, **ALL})
        assert body["meta"] == {
            "page": {"pageOffset": page - 1, "pageSize": size, "count": total, "hasMore": page * size < total}
        }
        found += [record["id"] for record in body[kind]]
        more = body["meta"]["page"]["hasMore"]
    assert len(set(found)) == len(found) == total


@pytest.mark.parametrize("kind", TOTALS)
def test_count_is_a_lower_bound_until_the_last_page_where_counts_are_skipped(caller, kind):
    path, total = TOTALS[kind]
    query = {"pageSize": 20, "skipCounts": "true", **ALL}
    first, last = (
        caller.get("teamwork", path, {**query, "page": page})["meta"]["page"] for page in (1, (total + 19) // 20)
    )
    assert (first["count"], first["hasMore"]) == (21, True)
    assert (last["count"], last["hasMore"]) == (total, False)


@pytest.mark.parametrize("kind", ["people", "companies"])
def test_page_size_is_50_by_default_and_a_page_past_the_end_is_empty(caller, kind):
    path, _ = TOTALS[kind]
    assert len(caller.get("teamwork", path)[kind]) == 50
    beyond = caller.get("teamwork", path, {"page": 99})
    assert (beyond[kind], beyond["meta"]["page"]["hasMore"]) == ([], False)


@pytest.mark.parametrize("path", [PEOPLE, PROJECTS, COMPANIES])
def test_a_list_is_paginated_up_to_50000_records(caller, path):
    assert caller.send("teamwork", path, {"pageSize": 500, "page": 100}).status_code == 200
    assert caller.send("teamwork", path, {"pageSize": 500, "page": 101}).status_code == 400


@pytest.mark.parametrize("path", [PEOPLE, MEMBERS, PROJECTS, COMPANIES])
def test_nothing_is_included_by_default(caller, path):
    assert caller.get("teamwork", path)["included"] == {}


def test_included_objects_are_those_of_the_page(box, caller):
    for page in (1, 2):
        body = caller.people(PROJECT, include="companies,permissions", pageSize=20, page=page)
        people = body["people"]
        assert set(body["included"]["ProjectPermissions"]) == {str(person["id"]) for person in people}
        assert set(body["included"]["companies"]) == {str(p["companyId"]) for p in people if p["companyId"]}
        for company in body["included"]["companies"].values():
            (known,) = [c for c in box.data.companies if c.id == company["id"]]
            assert (company["name"], company["isOwner"]) == (known.name, known.is_owner)


def test_permissions_of_a_project_equal_the_dataset(box, caller):
    sent = caller.people(PROJECT, include="permissions", pageSize=500, **ALL)["included"]["ProjectPermissions"]
    granted = {str(m.person_id): m.permissions for m in box.data.memberships if m.project_id == PROJECT}
    assert sent == granted
    assert {len(rights) for rights in sent.values()} == {46}
    assert {type(value) for rights in sent.values() for value in rights.values()} == {bool}


def test_people_of_the_site_include_working_hours(caller):
    included = caller.people(include="companies,workingHours")["included"]
    assert set(included) == {"companies", "workingHours"}
    assert {week["name"] for week in included["workingHours"].values()} <= {"Standard week", "Short week", "Part time"}


def test_fields_select_the_keys_of_records(caller):
    fields = {"people": "firstName,id,userCost", "companies": "name,id", "ProjectPermissions": "active"}
    query = {f"fields[{kind}]": names for kind, names in fields.items()}
    body = caller.people(PROJECT, include="companies,permissions", **query)
    assert {tuple(person) for person in body["people"]} <= {("id", "firstName", "userCost"), ("id", "firstName")}
    assert {tuple(company) for company in body["included"]["companies"].values()} == {("id", "name")}
    assert {tuple(rights) for rights in body["included"]["ProjectPermissions"].values()} == {("active",)}


def test_unknown_parameters_are_ignored(caller):
    everything = caller.people_ids()
    for key, value in (("fields[person]", "nonsense"), ("usertype", "contact"), ("includes", "x"), ("limit", "1")):
        assert caller.people_ids(**{key: value}) == everything


def test_first_value_of_a_repeated_parameter_counts(caller):
    for query, count in (([("ids", "391604"), ("ids", "391639")], 1), ([("ids", "391604,391639")], 2)):
        assert len(caller.get("teamwork", PEOPLE, query)["people"]) == count


PEOPLE_PARAMETERS = [
    ("pageSize", "501"), ("pageSize", "0"), ("pageSize", "ten"), ("pageSize", ""), ("page", "0"), ("page", "-1"),
    ("page", "1.5"), ("page", "٢"), ("page", "1" * 5000), ("userType", "staff"), ("userType", ""),
    ("orderBy", "email"), ("orderMode", "ascending"), ("showDeleted", "True"), ("skipCounts", "1"),
    ("includeClients", ""), ("updatedAfter", "2026-01-01"), ("updatedAfter", "2026-01-01T00:00:00"),
    ("updatedAfter", "2026-13-01T00:00:00Z"), ("lastLoginAfter", "yesterday"), ("ids", "1,x"), ("ids", "1;2"),
    ("teamIds", "1,,2"), ("include", "teams"), ("include", "companies,everything"), ("fields[people]", "id,timezone"),
    ("fields[ProjectPermissions]", "canEditWorkflows"), ("fields[companies]", "isOwner"), ("fields[teams]", "colour"),
]  # fmt: skip
LIST_PARAMETERS = [
    (PROJECTS, "projectStatuses", "archived"), (PROJECTS, "projectStatuses", "late,x"), (PROJECTS, "orderBy", "id"),
    (PROJECTS, "orderMode", "up"), (PROJECTS, "include", "people"), (PROJECTS, "fields[projects]", "id,status"),
    (PROJECTS, "fields[users]", "timezone"), (PROJECTS, "projectIds", "a"), (PROJECTS, "teamIds", "1,,2"),
    (PROJECTS, "userId", "1,2"), (PROJECTS, "includeArchivedProjects", "yes"),
    (PROJECTS, "onlyArchivedProjects", "1"), (PROJECTS, "updatedAfter", "2026-01-01"), (COMPANIES, "orderBy", "id"),
    (COMPANIES, "include", "companies"), (COMPANIES, "fields[companies]", "isOwner"),
    (COMPANIES, "createdAfter", "today"), (COMPANIES, "excludeOwnerCompany", "True"), (COMPANIES, "ids", "1;2"),
    (MEMBERS, "include", "workingHours"), (PEOPLE, "include", "permissions"),
    *((path, key, value) for path in (PEOPLE, MEMBERS) for key, value in PEOPLE_PARAMETERS),
    *((path, key, value) for path in (PROJECTS, COMPANIES) for key, value in (("pageSize", "501"), ("page", "0"))),
]  # fmt: skip


@pytest.mark.parametrize(("path", "key", "value"), LIST_PARAMETERS)
def test_invalid_parameter_is_400_and_names_it(caller, path, key, value):
    response = caller.send("teamwork", path, {key: value})
    assert response.status_code == 400
    assert response.json()["errors"][0]["detail"].startswith(key)


@pytest.mark.parametrize("project", ["1", "480125", "0480101", "-480101", "x", "480101.0", "9" * 5000])
def test_an_unknown_project_is_404(caller, project):
    response = caller.send("teamwork", f"/projects/api/v3/projects/{project}/people.json", {"page": "x"})
    assert response.status_code == 404


def test_me_is_the_site_owner(box, caller):
    body = caller.get("teamwork", "/projects/api/v3/me.json")
    assert body == {"person": caller.people(ids="391604")["people"][0], "included": {}}
    assert body["person"]["email"] == box.data.me.email


def test_records_of_people_equal_the_dataset(box, caller):
    sent = {p["id"]: p for p in caller.people(pageSize=500, **ALL)["people"]}
    for person in box.data.people:
        record = sent[person.id]
        assert record["companyId"] == person.company_id
        company = {"id": person.company_id, "type": "companies"}
        assert record["company"] == (None if person.company_id is None else company)
        names = (person.first_name, person.last_name, person.email)
        assert (record["firstName"], record["lastName"], record["email"]) == names
        assert record.get("userRate") == (None if "userRate" in person.omitted_keys else person.user_rate)
        assert record["isClientUser"] is person.is_client_user
        assert ("createdAt" in record) is ("createdAt" not in person.omitted_keys)
