"""Older API versions of each service, and API versions that do not exist."""

from collections.abc import Iterator

import pytest

from pmframes.sandbox import Sandbox
from tests.sandbox.client import Caller

PEOPLE = "/projects/api/v3/people.json"
PROJECTS = "/projects/api/v3/projects.json"
COMPANIES = "/projects/api/v3/companies.json"
ROLES = "/api/data/users/roles"
RESOURCES = "/api/data/resources"
CLIENTS = "/api/v1/clients"
TEAMWORK_VERSIONS = (
    "last-login, lower-bound-count, no-audit-fields, partial-permissions, project-permissions-key, teams, v1-people"
)
AUDIT_KEYS = {"createdAt", "createdBy", "updatedAt", "updatedBy", "isPlaceholderResource"}
# Every kind of person, and those that the defaults leave out.
ALL = {
    "pageSize": 500,
    "includeServiceAccounts": "true",
    "showDeleted": "true",
    "includePlaceholders": "true",
    "orderBy": "id",
}


@pytest.fixture(scope="module")
def old() -> Iterator[Caller]:
    api_versions = {"teamwork": {"lower-bound-count"}, "projectmanager": ["seventeen-permissions", "no-role-id"]}
    with Sandbox(people=60, api_versions=api_versions) as box:
        yield Caller(box)


@pytest.mark.parametrize("path", [PEOPLE, PROJECTS, COMPANIES])
@pytest.mark.parametrize("counts", [{}, {"skipCounts": "false"}, {"skipCounts": "true"}])
def test_lower_bound_count(old, path, counts):
    page, more, seen = 0, True, 0
    while more:
        page += 1
        body = old.get("teamwork", path, {"pageSize": 10, "page": page, **counts})
        seen += len(next(iter(body.values())))
        more = body["meta"]["page"]["hasMore"]
        assert body["meta"]["page"]["count"] == (page * 10 + 1 if more else seen)
    assert page > 2


@pytest.mark.parametrize("path", [PEOPLE, PROJECTS, COMPANIES])
def test_lower_bound_count_changes_nothing_else(old, path):
    with Sandbox(people=60) as new:
        one, other = (who.get("teamwork", path, {"pageSize": 10}) for who in (old, Caller(new)))
    assert one.pop("meta") != other.pop("meta")
    assert one == other


def test_seventeen_permissions(old):
    rows = old.get("projectmanager", ROLES)["data"]
    assert {len(row["permissions"]) for row in rows} == {17}
    assert not any("useMcp" in row["permissions"] for row in rows)
    assert "useMcp" not in old.get("projectmanager", "/api/data/me")["data"]["permissions"]


def test_no_role_id(old):
    rows = old.get("projectmanager", RESOURCES)["data"]
    assert {len(row) for row in rows} == {30}
    assert not any("roleId" in row for row in rows)
    names = {role.name for role in old.box.data.roles}
    assert sum(row["role"] in names for row in rows) > 100
    assert old.send("projectmanager", RESOURCES, {"$filter": "roleId eq null"}).status_code == 400
    assert old.get("projectmanager", RESOURCES, {"$filter": "role eq 'Guest'"})["data"]


@pytest.mark.parametrize("more", [set(), {"seventeen-permissions"}])
def test_two_field_roles(more):
    with Sandbox(people=5, api_versions={"projectmanager": {"two-field-roles"} | more}) as box:
        rows = Caller(box).get("projectmanager", ROLES)["data"]
        assert rows == [{"id": role.id, "name": role.name} for role in box.data.roles]
        assert len(Caller(box).get("projectmanager", "/api/data/me")["data"]["permissions"]) == 19 - len(more)


def test_business_roles_have_grants_and_entitlement():
    with Sandbox(people=5, api_versions={"projectmanager": {"business-roles"}}) as box:
        rows = Caller(box).get("projectmanager", ROLES)["data"]["roles"]
        for row, role in zip(rows, box.data.roles, strict=True):
            sent = {name: permission["isGranted"] for name, permission in row["permissions"].items()}
            assert sent == {name: granted for name, (granted, _) in role.permissions.items()}
        assert {each["isEntitled"] for row in rows for each in row["permissions"].values()} == {True, False}


def test_ids_of_users_that_are_not_those_of_resources():
    with Sandbox(people=5, api_versions={"projectmanager": {"user-ids"}}) as box:
        resources = {resource.id for resource in box.data.resources}
        project = next(project for project in box.data.projectmanager_projects if project.members)
        rows = Caller(box).get("projectmanager", f"/api/data/projects/{project.id}/members")["data"]
        assert len(rows) == len(project.members)
        assert not resources & {row["id"] for row in rows}
        assert Caller(box).get("projectmanager", "/api/data/me")["data"]["id"] not in resources


@pytest.mark.parametrize("api_versions", [None, {}, {"teamwork": ()}, {"projectmanager": set(), "spirii": []}])
def test_default_is_the_current_version(api_versions):
    with Sandbox(people=60, api_versions=api_versions) as box:
        caller = Caller(box)
        assert caller.people(pageSize=10)["meta"]["page"]["count"] > 40
        assert len(caller.get("projectmanager", ROLES)["data"][0]["permissions"]) == 18
        assert "roleId" in caller.get("projectmanager", RESOURCES)["data"][0]


@pytest.mark.parametrize(("api_versions", "known"), [
    ({"teamwork": {"bare-list"}}, TEAMWORK_VERSIONS),
    ({"teamwork": {"lower-bound-count", "v1"}}, TEAMWORK_VERSIONS),
    ({"projectmanager": {"x"}}, "business-roles, no-role-id, seventeen-permissions, two-field-roles, user-ids"),
    ({"outlign": "bare-list"}, "bare-list, company-id"),
    ({"spirii": {"no-type"}}, "page-count, replaced-objects, small-pages, with-type"),
    ({"basecamp": set()}, "outlign, projectmanager, spirii, teamwork"),
])  # fmt: skip
def test_unknown_version_is_refused_with_the_known_ones(api_versions, known):
    with pytest.raises(ValueError, match="Unknown") as refusal:
        Sandbox(people=1, api_versions=api_versions)
    assert str(refusal.value).endswith(f"Use one of: {known}.")


def started(service, *switches):
    return Sandbox(people=1, api_versions={service: set(switches)})


def write(caller, path, method, **fields):
    return caller.send("outlign", path, method=method, json=fields).json()


@pytest.mark.parametrize("path", [CLIENTS, "/api/v1/companies"])
def test_bare_list_with_times_in_seconds(path):
    with Sandbox(people=1) as now, started("outlign", "bare-list") as then:
        new = Caller(now).get("outlign", path, {"per_page": 1000})["data"]
        old = Caller(then).get("outlign", path, {"per_page": 1000})
    assert isinstance(old, list)
    assert len(old) == len(new)
    odd = 0
    for row, other in zip(old, new, strict=True):
        assert {key: row[key] for key in row if "_at" not in key} == {k: other[k] for k in other if "_at" not in k}
        for key in ("created_at", "updated_at"):
            if other[key] and other[key].count(".") == 1:
                assert row[key] == other[key].split(".")[0] + "Z"
            else:
                assert row[key] == other[key]
                odd += 1
    assert odd == (0 if path.endswith("companies") else 9)


def test_bare_list_is_filtered_and_paginated():
    with started("outlign", "bare-list") as box:
        caller = Caller(box)
        pages = [caller.clients(per_page=100, page=page) for page in range(1, 7)]
        assert [len(page) for page in pages] == [100, 100, 100, 100, 20, 0]
        assert [row["id"] for page in pages for row in page] == [client.id for client in box.data.clients]
        assert len(caller.clients()) == 15
        studio = box.data.outlign_companies[2].id
        assert {row["company"]["id"] for row in caller.clients(company_id=studio)} == {studio}


def test_company_id_replaces_the_company():
    with started("outlign", "company-id") as box:
        body = Caller(box).clients(per_page=1000)
        assert list(body["data"][0]) == ["id", "title", "company_id", "created_at", "updated_at"]
        assert [row["company_id"] for row in body["data"]] == [c.company_id for c in box.data.clients]


@pytest.mark.parametrize("switches", [["bare-list"], ["company-id"], ["bare-list", "company-id"]])
def test_single_clients_have_the_version_of_the_list(switches):
    bare, numbered = "bare-list" in switches, "company-id" in switches
    with started("outlign", *switches) as box:
        caller = Caller(box)
        studio = box.data.outlign_companies[0]
        made = write(caller, CLIENTS, "POST", title="New", company_id=studio.id)
        path = f"{CLIENTS}/{(made if bare else made['data'])['id']}"
        renamed = write(caller, path, "PUT", title="Newer")
        shown = caller.get("outlign", path)
    company = {"company_id": studio.id} if numbered else {"company": {"id": studio.id, "title": studio.title}}
    inner = company if numbered else {}
    for answer, inside in ((made, company), (renamed, inner), (shown, inner)):
        record = answer if bare else answer["data"]
        assert set(record) == {"id", "title", "created_at", "updated_at", *inside}
        assert inside.items() <= record.items()
        assert ("." in record["created_at"]) is not bare
    assert renamed == shown


def test_with_type():
    with started("spirii", "with-type") as box:
        caller = Caller(box)
        types = {row["id"]: row["type"] for row in caller.all_customers([])}
        assert types == {customer.id: customer.type for customer in box.data.spirii_customers}
        fields = {"name": "N", "type": "Private", "country": "DK", "contactDetails": {}, "ownerId": 10231}
        made = caller.send("spirii", "/v2/customers", method="POST", json=fields).json()
        assert made["type"] == "Private"
        changed = caller.send("spirii", f"/v2/customers/{made['id']}", method="PUT", json={"type": "Business"}).json()
        assert changed["type"] == "Business"


def test_version_of_one_service_leaves_the_others():
    with started("outlign", "bare-list", "company-id") as box:
        assert "type" not in Caller(box).customers()["data"][0]
    with started("spirii", "with-type") as box:
        assert set(Caller(box).clients()) == {"data", "links", "meta"}


def keys_of_people(*switches):
    """Return the keys of each person, and of ``included``, when all that may be included is requested."""
    with started_of_many("teamwork", *switches) as box:
        body = Caller(box).people(**ALL, include="companies,workingHours")
        return [set(person) for person in body["people"]], set(body["included"])


def started_of_many(service, *switches):
    return Sandbox(people=240, api_versions={service: set(switches)})


def test_people_have_by_default_what_no_parameter_asks_for():
    people, included = keys_of_people()
    assert included == {"companies", "workingHours"}
    assert not {"teams", "lastLogin", "jobRoles", "meta"} & set().union(*people)
    assert set.intersection(*people) | {"createdAt", "createdBy"} >= AUDIT_KEYS
    assert max(people, key=len) == set().union(*people)


@pytest.mark.parametrize(("switch", "key"), [("teams", "teams"), ("last-login", "lastLogin")])
def test_fields_of_people_that_a_version_adds(switch, key):
    plain, _ = keys_of_people()
    people, _ = keys_of_people(switch)
    assert sum(key in person for person in people) == 239  # One person of the data set lacks some keys.
    assert [person - {key} for person in people] == plain


def test_teams_are_included_where_they_are_asked_for():
    with started_of_many("teamwork", "teams") as box:
        caller = Caller(box)
        names = {str(team.id): team.name for team in box.data.teams}
        for project in (None, box.data.projects[0].id):
            body = caller.people(project, **ALL, include="companies,teams")
            needed = {str(team["id"]) for person in body["people"] for team in person.get("teams") or ()}
            assert {key: team["name"] for key, team in body["included"]["teams"].items()} == {
                key: names[key] for key in needed
            }
        assert "teams" not in caller.people(**ALL, include="companies")["included"]


def test_no_audit_fields():
    plain, _ = keys_of_people()
    people, _ = keys_of_people("no-audit-fields")
    assert people == [person - AUDIT_KEYS for person in plain]


def test_v1_people():
    with started_of_many("teamwork", "v1-people") as box:
        pages = [Caller(box).send("teamwork", PEOPLE, ALL | {"pageSize": 100, "page": page}) for page in range(1, 5)]
        people = sorted(box.data.people, key=lambda person: person.id)
    bodies = [page.json() for page in pages]
    assert {tuple(body) for body in bodies} == {("STATUS", "people")}
    assert [person["id"] for body in bodies for person in body["people"]] == [str(person.id) for person in people]
    assert [person["first-name"] for person in bodies[0]["people"]] == [one.first_name for one in people[:100]]
    told = [[page.headers[name] for name in ("X-Page", "X-Pages", "X-Records")] for page in pages]
    assert told == [[str(page), "3", "240"] for page in range(1, 5)]


def test_permissions_under_another_key_or_of_some_people():
    bodies = []
    for switches in ([], ["project-permissions-key"], ["partial-permissions"]):
        with started_of_many("teamwork", *switches) as box:
            bodies.append(Caller(box).people(box.data.projects[0].id, **ALL, include="companies,permissions"))
    default, other_key, partial = (body["included"] for body in bodies)
    assert bodies[0]["people"] == bodies[1]["people"] == bodies[2]["people"]
    assert other_key == {"companies": default["companies"], "projectPermissions": default["ProjectPermissions"]}
    shown = {str(person["id"]) for person in bodies[0]["people"][::2]}
    assert partial["ProjectPermissions"] == {
        key: value for key, value in default["ProjectPermissions"].items() if key in shown
    }


@pytest.mark.parametrize("is_page_counted", [False, True])
def test_small_pages_echo_the_limit_that_was_asked_for(is_page_counted):
    switches = ["small-pages", *(["page-count"] if is_page_counted else [])]
    with started("spirii", *switches) as box:
        pages = [Caller(box).customers({"limit": 100, "offset": offset}) for offset in (0, 10, 635, 640)]
        three = Caller(box).customers({"limit": 3})
    assert [len(page["data"]) for page in pages] == [10, 10, 5, 0]
    assert [page["count"] for page in pages] == ([10, 10, 5, 0] if is_page_counted else [640] * 4)
    assert {page["limit"] for page in pages} == {100}
    assert [page["offset"] for page in pages] == [0, 10, 635, 640]
    assert (len(three["data"]), three["limit"]) == (3, 3)


def test_page_count_counts_the_page():
    with started("spirii", "page-count") as box:
        pages = [Caller(box).customers({"limit": 100, "offset": offset}) for offset in (0, 600)]
    assert [(len(page["data"]), page["count"], page["limit"]) for page in pages] == [(100, 100, 100), (40, 40, 100)]
