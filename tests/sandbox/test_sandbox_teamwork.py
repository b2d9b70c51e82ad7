"""Teamwork: each filter against a count of the data made another way; order, pages, includes, refusals."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.sandbox_client import instant

PROJECT = 480101
EVERYONE = {"showDeleted": "true", "includeServiceAccounts": "true", "includePlaceholders": "true"}


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
    "nothing": (lambda box: {}, lambda box, p: True),
    "accounts": (lambda box: {"userType": "account"}, lambda box, p: p.type == "account"),
    "collaborators": (lambda box: {"userType": "collaborator"}, lambda box, p: p.type == "collaborator"),
    "contacts": (lambda box: {"userType": "contact"}, lambda box, p: p.type == "contact"),
    "no collaborators": (
        lambda box: {"includeCollaborators": "false"},
        lambda box, p: p.type in ("account", "contact"),
    ),
    "no clients": (lambda box: {"includeClients": "false"}, lambda box, p: p.is_client_user is False),
    "no contacts": (lambda box: {"excludeContacts": "true"}, lambda box, p: p.type in ("account", "collaborator")),
    "site owner": (lambda box: {"onlySiteOwner": "true"}, lambda box, p: p.id == 391604),
    "owner company": (lambda box: {"onlyOwnerCompany": "true"}, lambda box, p: p.company_id == owner(box)),
    "owner company replaces companies": (
        lambda box: {"onlyOwnerCompany": "true", "companyIds": "1370018,1370029"},
        lambda box, p: p.company_id == owner(box),
    ),
    "companies": (lambda box: {"companyIds": "1370018,1370029"}, lambda box, p: p.company_id in (1370018, 1370029)),
    "ids": (
        lambda box: {"ids": "391604,391625,9007199254740993,7"},
        lambda box, p: p.id in (391604, 391625, 2**53 + 1),
    ),
    "other ids": (lambda box: {"excludeIds": "391604,391625"}, lambda box, p: p.id not in (391604, 391625)),
    "teams": (lambda box: {"teamIds": "701,705"}, lambda box, p: bool({701, 705} & set(p.team_ids or []))),
    "projects": (lambda box: {"projectIds": "480102,480119"}, lambda box, p: p.id in on(box, 480102) | on(box, 480119)),
    "other projects": (
        lambda box: {"excludeProjectIds": "480102,480119"},
        lambda box, p: p.id not in on(box, 480102) | on(box, 480119),
    ),
    "updated": (
        lambda box: {"updatedAfter": "2026-01-01T00:00:00Z"},
        lambda box, p: (instant(p.updated_at) or datetime.min.replace(tzinfo=UTC)) > datetime(2026, 1, 1, tzinfo=UTC),
    ),
    "logged in": (
        lambda box: {"lastLoginAfter": "2026-08-01T02:00:00+02:00"},
        lambda box, p: (instant(p.last_login) or datetime.min.replace(tzinfo=UTC)) > datetime(2026, 8, 1, tzinfo=UTC),
    ),
    "no cost rate": (lambda box: {"filterByNoCostRate": "true"}, lambda box, p: p.user_cost is None),
    "name": (
        lambda box: {"searchTerm": "ANNA"},
        lambda box, p: "anna" in f"{p.first_name or ''} {p.last_name or ''}".lower() or "anna" in (p.email or ""),
    ),
    "address": (
        lambda box: {"searchTerm": "@example.inv"},
        lambda box, p: (p.email or "").endswith("@example.invalid"),
    ),
    "two at once": (
        lambda box: {"userType": "account", "companyIds": "1370018", "includeClients": "true"},
        lambda box, p: p.type == "account" and p.company_id == 1370018,
    ),
}


@pytest.mark.parametrize("case", FILTERS)
@pytest.mark.parametrize("project", [None, PROJECT])
def test_each_filter_finds_whom_the_data_name(box, caller, case, project):
    query, test = FILTERS[case]
    members = ids(box.data.people) if project is None else on(box, project)
    expected = {p.id for p in box.data.people if p.id in members and shown(p) and test(box, p)}
    found = caller.people_ids(project, **query(box))
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert expected or case == "site owner"


@pytest.mark.parametrize(("key", "attribute"), [("updatedAfter", "updated_at"), ("lastLoginAfter", "last_login")])
def test_after_means_later_than_that_second(box, caller, key, attribute):
    latest = max(getattr(p, attribute) or "" for p in box.data.people if shown(p))
    earlier = (instant(latest) - timedelta(seconds=0.5)).isoformat()
    assert caller.people_ids(**{key: latest}) == []
    assert caller.people_ids(**{key: earlier})


@pytest.mark.parametrize(
    ("key", "mark"),
    [
        ("showDeleted", "deleted"),
        ("includeServiceAccounts", "is_service_account"),
        ("includePlaceholders", "is_placeholder"),
    ],
)
def test_who_is_hidden_comes_out_when_asked_for(box, caller, key, mark):
    before, after = (set(caller.people_ids(**query)) for query in ({}, {key: "true"}))
    assert before < after
    assert set(caller.people_ids(**{key: "false"})) == before
    assert all(getattr(p, mark) for p in box.data.people if p.id in after - before)


def test_everyone_comes_out_when_all_are_asked_for(box, caller):
    assert set(caller.people_ids(**EVERYONE)) == ids(box.data.people)


def test_observers_of_a_project_can_be_left_out_and_mean_nothing_on_the_site(box, caller):
    watching = {m.person_id for m in box.data.memberships if m.project_id == PROJECT and m.permissions["isObserving"]}
    everyone = set(caller.people_ids(PROJECT))
    assert watching & everyone
    assert set(caller.people_ids(PROJECT, includeObservers="false")) == everyone - watching
    assert len(caller.people_ids(includeObservers="false")) == len(caller.people_ids())


def name_of(person):
    return " ".join(part for part in (person.first_name, person.last_name) if part)


ORDERS = {
    "name": lambda box, p: (name_of(p), p.id),
    "namecaseinsensitive": lambda box, p: (name_of(p).casefold(), p.id),
    "id": lambda box, p: p.id,
    "company": lambda box, p: (
        next((c.name for c in box.data.companies if c.id == p.company_id), ""),
        name_of(p),
        p.id,
    ),
}


@pytest.mark.parametrize("order", ORDERS)
def test_people_come_in_the_order_asked_for(box, caller, order):
    people = sorted(filter(shown, box.data.people), key=lambda p: ORDERS[order](box, p))
    assert caller.people_ids(orderBy=order) == [p.id for p in people]
    assert caller.people_ids(orderBy=order, orderMode="desc") == [p.id for p in reversed(people)]


def test_without_an_order_people_come_by_name(caller):
    assert caller.people_ids() == caller.people_ids(orderBy="name", orderMode="asc")


def test_the_caller_comes_first_when_asked_to(caller):
    ordinary = caller.people_ids()
    assert ordinary[0] != 391604
    assert caller.people_ids(orderPrioritiseCurrentUser="true") == [391604, *(i for i in ordinary if i != 391604)]


@pytest.mark.parametrize("size", [1, 7, 50, 239, 240, 500])
def test_paging_to_the_end_gives_each_person_once(box, caller, size):
    found, page, more = [], 0, True
    while more:
        page += 1
        body = caller.people(pageSize=size, page=page, orderBy="id", **EVERYONE)
        meta = body["meta"]["page"]
        assert meta == {"pageOffset": page - 1, "pageSize": size, "count": 240, "hasMore": page * size < 240}
        assert set(body["meta"]) == {"page"}
        found += [person["id"] for person in body["people"]]
        more = meta["hasMore"]
    assert found == sorted(ids(box.data.people))


def test_a_page_holds_fifty_unless_asked_and_one_past_the_end_is_empty(caller):
    assert len(caller.people()["people"]) == 50
    beyond = caller.people(page=99)
    assert (beyond["people"], beyond["meta"]["page"]["hasMore"]) == ([], False)


def test_without_counts_the_count_is_a_lower_bound_until_the_last_page(caller):
    total = caller.people()["meta"]["page"]["count"]
    first = caller.people(skipCounts="true", pageSize=100)["meta"]["page"]
    last = caller.people(skipCounts="true", pageSize=100, page=(total + 99) // 100)["meta"]["page"]
    assert (first["count"], first["hasMore"]) == (101, True)
    assert (last["count"], last["hasMore"]) == (total, False)


def test_nothing_is_included_unless_asked_for(caller):
    assert caller.people(PROJECT)["included"] == {}
    assert set(caller.people(PROJECT, include="permissions")["included"]) == {"ProjectPermissions"}


def test_what_is_included_belongs_to_the_page(box, caller):
    for page in (1, 2):
        body = caller.people(PROJECT, include="companies,permissions", pageSize=20, page=page)
        people = body["people"]
        assert set(body["included"]["ProjectPermissions"]) == {str(person["id"]) for person in people}
        assert set(body["included"]["companies"]) == {str(p["companyId"]) for p in people if p["companyId"]}
        for company in body["included"]["companies"].values():
            (known,) = [c for c in box.data.companies if c.id == company["id"]]
            assert (company["name"], company["isOwner"]) == (known.name, known.is_owner)


def test_permissions_are_the_46_of_each_person_on_that_project(box, caller):
    sent = caller.people(PROJECT, include="permissions", pageSize=500, **EVERYONE)["included"]["ProjectPermissions"]
    told = {str(m.person_id): m.permissions for m in box.data.memberships if m.project_id == PROJECT}
    assert sent == told
    assert {len(rights) for rights in sent.values()} == {46}
    assert {type(value) for rights in sent.values() for value in rights.values()} == {bool}


def test_the_site_includes_working_hours_where_a_project_includes_permissions(caller):
    included = caller.people(include="companies,workingHours")["included"]
    assert set(included) == {"companies", "workingHours"}
    assert {week["name"] for week in included["workingHours"].values()} <= {"Standard week", "Short week", "Part time"}


def test_fields_cut_records_down(caller):
    body = caller.people(
        PROJECT,
        **{
            "include": "companies,permissions",
            "fields[people]": "firstName,id,userCost",
            "fields[companies]": "name,id",
            "fields[ProjectPermissions]": "active",
        },
    )
    assert {tuple(person) for person in body["people"]} <= {("id", "firstName", "userCost"), ("id", "firstName")}
    assert {tuple(company) for company in body["included"]["companies"].values()} == {("id", "name")}
    assert {tuple(rights) for rights in body["included"]["ProjectPermissions"].values()} == {("active",)}


def test_keys_that_mean_nothing_here_are_passed_over(caller):
    everything = caller.people_ids()
    for key, value in (("fields[person]", "nonsense"), ("usertype", "contact"), ("includes", "x"), ("limit", "1")):
        assert caller.people_ids(**{key: value}) == everything


def test_of_a_repeated_key_only_the_first_counts(caller):
    path = "/projects/api/v3/people.json"
    one = caller.get("teamwork", path, [("ids", "391604"), ("ids", "391639")])
    both = caller.get("teamwork", path, [("ids", "391604,391639")])
    assert [len(page["people"]) for page in (one, both)] == [1, 2]


REFUSED = [
    ("pageSize", "501"),
    ("pageSize", "0"),
    ("pageSize", "ten"),
    ("pageSize", ""),
    ("page", "0"),
    ("page", "-1"),
    ("page", "1.5"),
    ("page", "٢"),
    ("page", "1" * 5000),
    ("userType", "staff"),
    ("userType", ""),
    ("orderBy", "email"),
    ("orderMode", "ascending"),
    ("showDeleted", "True"),
    ("skipCounts", "1"),
    ("includeClients", ""),
    ("updatedAfter", "2026-01-01"),
    ("updatedAfter", "2026-01-01T00:00:00"),
    ("updatedAfter", "2026-13-01T00:00:00Z"),
    ("lastLoginAfter", "yesterday"),
    ("ids", "1,x"),
    ("ids", "1;2"),
    ("teamIds", "1,,2"),
    ("include", "teams"),
    ("include", "companies,everything"),
    ("fields[people]", "id,timezone"),
    ("fields[ProjectPermissions]", "canEditWorkflows"),
    ("fields[companies]", "isOwner"),
    ("fields[teams]", "colour"),
]


@pytest.mark.parametrize(("key", "value"), REFUSED)
def test_what_is_refused_is_400_and_names_the_key(caller, key, value):
    for path in (f"projects/{PROJECT}/people.json", "people.json"):
        response = caller.send("teamwork", f"/projects/api/v3/{path}", {key: value})
        assert response.status_code == 400
        assert response.json()["errors"][0]["detail"].startswith(key)


def test_each_list_refuses_what_only_the_other_includes(caller):
    for path, value in ((f"projects/{PROJECT}/people.json", "workingHours"), ("people.json", "permissions")):
        assert caller.send("teamwork", f"/projects/api/v3/{path}", {"include": value}).status_code == 400


def test_one_list_reaches_fifty_thousand_records_and_no_further(caller):
    path = "/projects/api/v3/people.json"
    assert caller.send("teamwork", path, {"pageSize": 500, "page": 100}).status_code == 200
    assert caller.send("teamwork", path, {"pageSize": 500, "page": 101}).status_code == 400


@pytest.mark.parametrize("project", ["1", "480125", "0480101", "-480101", "x", "480101.0", "9" * 5000])
def test_an_unknown_project_is_404(caller, project):
    response = caller.send("teamwork", f"/projects/api/v3/projects/{project}/people.json", {"page": "x"})
    assert response.status_code == 404


def test_me_is_the_site_owner(box, caller):
    body = caller.get("teamwork", "/projects/api/v3/me.json")
    assert body == {"person": caller.people(ids="391604")["people"][0], "included": {}}
    assert body["person"]["email"] == box.data.me.email


def test_a_record_says_what_the_data_say(box, caller):
    sent = {p["id"]: p for p in caller.people(pageSize=500, **EVERYONE)["people"]}
    for person in box.data.people:
        record = sent[person.id]
        assert record["companyId"] == person.company_id
        assert record["company"] == (
            None if person.company_id is None else {"id": person.company_id, "type": "companies"}
        )
        assert (record["firstName"], record["lastName"], record["email"]) == (
            person.first_name,
            person.last_name,
            person.email,
        )
        assert record.get("userRate") == (None if "userRate" in person.omitted_keys else person.user_rate)
        assert record["isClientUser"] is person.is_client_user
        assert ("teams" in record) is ("teams" not in person.omitted_keys)
