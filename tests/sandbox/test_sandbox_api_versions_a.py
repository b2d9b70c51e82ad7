"""Older api_versions of Teamwork.com and ProjectManager.com, and how an age is asked for."""

import pytest

from pmframes.sandbox import Sandbox
from tests.support.sandbox_client import Caller

PEOPLE = "/projects/api/v3/people.json"
PROJECTS = "/projects/api/v3/projects.json"
COMPANIES = "/projects/api/v3/companies.json"
ROLES = "/api/data/users/roles"
RESOURCES = "/api/data/resources"


@pytest.fixture(scope="module")
def old():
    api_versions = {"teamwork": {"lower-bound-count"}, "projectmanager": ["seventeen-permissions", "no-role-id"]}
    with Sandbox(people=60, api_versions=api_versions) as box:
        yield Caller(box)


@pytest.mark.parametrize("path", [PEOPLE, PROJECTS, COMPANIES])
@pytest.mark.parametrize("counts", [{}, {"skipCounts": "false"}, {"skipCounts": "true"}])
def test_the_count_was_a_lower_bound_until_the_last_page(old, path, counts):
    page, more, seen = 0, True, 0
    while more:
        page += 1
        body = old.get("teamwork", path, {"pageSize": 10, "page": page, **counts})
        seen += len(next(iter(body.values())))
        more = body["meta"]["page"]["hasMore"]
        assert body["meta"]["page"]["count"] == (page * 10 + 1 if more else seen)
    assert page > 2


@pytest.mark.parametrize("path", [PEOPLE, PROJECTS, COMPANIES])
def test_an_older_count_changes_nothing_else(old, path):
    with Sandbox(people=60) as new:
        one, other = (who.get("teamwork", path, {"pageSize": 10}) for who in (old, Caller(new)))
    assert one.pop("meta") != other.pop("meta")
    assert one == other


def test_roles_had_17_permissions(old):
    rows = old.get("projectmanager", ROLES)["data"]
    assert {len(row["permissions"]) for row in rows} == {17}
    assert not any("useMcp" in row["permissions"] for row in rows)
    assert "useMcp" not in old.get("projectmanager", "/api/data/me")["data"]["permissions"]


def test_resources_had_a_role_by_name_alone(old):
    rows = old.get("projectmanager", RESOURCES)["data"]
    assert {len(row) for row in rows} == {30}
    assert not any("roleId" in row for row in rows)
    names = {role.name for role in old.box.data.roles}
    assert sum(row["role"] in names for row in rows) > 100
    assert old.send("projectmanager", RESOURCES, {"$filter": "roleId eq null"}).status_code == 400
    assert old.get("projectmanager", RESOURCES, {"$filter": "role eq 'Guest'"})["data"]


@pytest.mark.parametrize("more", [set(), {"seventeen-permissions"}])
def test_roles_had_two_fields(more):
    with Sandbox(people=5, api_versions={"projectmanager": {"two-field-roles"} | more}) as box:
        rows = Caller(box).get("projectmanager", ROLES)["data"]
        assert rows == [{"id": role.id, "name": role.name} for role in box.data.roles]
        assert len(Caller(box).get("projectmanager", "/api/data/me")["data"]["permissions"]) == 19 - len(more)


@pytest.mark.parametrize("api_versions", [None, {}, {"teamwork": ()}, {"projectmanager": set(), "spirii": []}])
def test_without_an_age_each_service_is_of_today(api_versions):
    with Sandbox(people=60, api_versions=api_versions) as box:
        caller = Caller(box)
        assert caller.people(pageSize=10)["meta"]["page"]["count"] > 40
        assert len(caller.get("projectmanager", ROLES)["data"][0]["permissions"]) == 18
        assert "roleId" in caller.get("projectmanager", RESOURCES)["data"][0]


@pytest.mark.parametrize(
    ("api_versions", "known"),
    [
        ({"teamwork": {"bare-list"}}, "lower-bound-count"),
        ({"teamwork": {"lower-bound-count", "v1"}}, "lower-bound-count"),
        ({"projectmanager": {"x"}}, "no-role-id, seventeen-permissions, two-field-roles"),
        ({"outlign": "bare-list"}, "bare-list, company-id"),
        ({"spirii": {"no-type"}}, "with-type"),
        ({"basecamp": set()}, "outlign, projectmanager, spirii, teamwork"),
    ],
)
def test_an_age_that_there_never_was_is_refused_with_those_that_there_were(api_versions, known):
    with pytest.raises(ValueError, match="Unknown") as refusal:
        Sandbox(people=1, api_versions=api_versions)
    assert str(refusal.value).endswith(f"Use one of: {known}.")
