"""ProjectManager.com: OData, roles by identifier or by name, permissions one by one, and the sandbox."""

import json
import urllib.request
from typing import Any

import pytest

import pmframes as pm

ROLES = "/projectmanager/api/data/users/roles"
LISTS = ("projectmanager.resources", "projectmanager.projects")


@pytest.mark.parametrize("name", LISTS)
def test_pages_are_asked_for_in_one_stable_order(name, site, loader):
    case = loader(name)
    case.connect(site)
    case.serve(site, case.rows(9), clamp=4)
    frame = case.load(filter="isActive eq true and name ne 'O''Brien'", order_by="created_at")
    assert len(frame) == 9
    assert [request.one("$skip") for request in site.requests] == ["0", "4", "8", "9"]
    assert {request.one("$orderby") for request in site.requests} == {"id"}
    assert {request.one("$filter") for request in site.requests} == {"isActive eq true and name ne 'O''Brien'"}
    assert frame.attrs["pmframes"]["params"] == {"$filter": "…"}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "arguments",
    [
        {"filter": ""},
        {"filter": 5},
        {"order_by": "createDate"},
        {"params": {"$top": 5}},
        {"params": {"$skip": 5}},
        {"params": {"$orderby": "name"}},
    ],
    ids=repr,
)
def test_a_wrong_argument_is_refused_before_anything_is_sent(name, arguments, site, loader):
    case = loader(name)
    case.connect(site)
    with pytest.raises(pm.errors.InvalidArgument):
        case.load(**arguments)
    assert not site.requests


def test_a_resource_in_full(site, loader, records_of):
    case = loader("projectmanager.resources")
    case.connect(site)
    case.serve(site, case.rows(1))
    (record,) = records_of(case.load())
    assert record["team_ids"] == [one["id"] for one in case.row(1)["teams"]]
    assert (record["teams"], record["skills"]) == ("Design, Build", "Ink")
    assert (record["role_name"], record["role_id"]) == ("Manager", case.row(1)["roleId"])
    assert (record["approver_name"], record["hourly_rate"], record["state"]) == ("Ann", 62.5, None)


NOTHING = [None, [], "absent", [None], [{"id": None, "name": ""}]]


@pytest.mark.parametrize("teams", NOTHING, ids=repr)
def test_a_resource_without_teams(teams, site, loader, records_of):
    case = loader("projectmanager.resources")
    case.connect(site)
    row = case.row(1) | {"teams": teams}
    if teams == "absent":
        del row["teams"]
    case.serve(site, [row])
    (record,) = records_of(case.load())
    assert (record["team_ids"], record["teams"]) == ([], None)


# Roles of resources


def _without_ids(case: Any, *names: str | None) -> list[Any]:
    return [case.row(n) | {"role": name, "roleId": None} for n, name in enumerate(names, 1)]


def test_a_role_known_by_name_is_found_with_one_more_request(site, loader, records_of):
    case, roles = loader("projectmanager.resources"), loader("projectmanager.roles")
    case.connect(site)
    rows = [*_without_ids(case, "Role 2", "role 2", None, "Twice", "Gone"), case.row(6)]
    case.serve(site, rows)
    listed = [roles.row(n) for n in (1, 2)] + [roles.row(n) | {"name": "Twice"} for n in (3, 4)]
    site.serve(ROLES, roles.body(listed))
    frame = case.load()
    found = [record["role_id"] for record in records_of(frame)]
    assert found == [roles.key(2), None, None, None, None, case.row(6)["roleId"]]
    assert len(site.asked(ROLES)) == 1
    assert frame.attrs["pmframes"]["requests"] == len(site.requests)
    asked = len(site.requests)
    again = case.load()
    assert len(site.requests) == asked, "the roles are stored with the resources"
    assert again.equals(frame)


@pytest.mark.parametrize("names", [(), (None, "")], ids=["all have one", "none has a name"])
def test_roles_are_not_asked_for_where_nothing_is_to_be_found(names, site, loader):
    case = loader("projectmanager.resources")
    case.connect(site)
    case.serve(site, [case.row(9), *_without_ids(case, *names)])
    case.load()
    assert not site.asked(ROLES)


def test_roles_that_are_refused_are_an_error(site, loader, answer_with):
    case = loader("projectmanager.resources")
    case.connect(site)
    case.serve(site, _without_ids(case, "Role 1"))
    site.serve(ROLES, answer_with({"error": {"message": "no"}}, status=403))
    with pytest.raises(pm.errors.PermissionDenied, match="roles"):
        case.load()


# Permissions one by one


def test_one_row_per_role_and_permission_that_was_sent(site, loader, records_of):
    case = loader("projectmanager.role_permissions")
    case.connect(site)
    may = {"description": "Draw maps", "value": False, "canBeModified": None, "seenBy": 3}
    rows = [
        case.row(1) | {"permissions": {"useMcp": {"value": True}, "drawMaps": may, "name": True}},
        case.row(2) | {"permissions": None},
        {"id": case.key(3), "name": "Old", "permissions": []},
    ]
    case.serve(site, rows)
    expected = [
        ("use_mcp", None, True, None),
        ("draw_maps", "Draw maps", False, None),
        ("permission_name", None, True, None),
    ]
    records = records_of(case.load())
    kept = ("permission", "description", "granted", "can_be_modified")
    assert [tuple(record[name] for name in kept) for record in records] == expected
    assert {(record["role_id"], record["role_name"]) for record in records} == {(case.key(1), "Role 1")}
    more = case.load(extra_columns=True)
    assert [None if n != n else n for n in more["seen_by"].astype("float")] == [None, 3, None]
    assert more["role_description"].tolist() == ["What role 1 may do"] * 3


@pytest.mark.parametrize("permissions", ["all", 5, ["invitePeople"], {"useMcp": {"value": "perhaps"}}], ids=repr)
def test_permissions_of_another_shape_are_an_error(permissions, site, loader):
    case = loader("projectmanager.role_permissions")
    case.connect(site)
    case.serve(site, [case.row(1) | {"permissions": permissions}])
    with pytest.raises(pm.errors.UnexpectedResponse):
        case.load()


# Against the sandbox


def _raw(box: Any, path: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {box.token('projectmanager')}"}
    request = urllib.request.Request(f"{box.url('projectmanager')}/api/data/{path}", headers=headers)
    with urllib.request.urlopen(request) as answer:
        found: list[dict[str, Any]] = json.load(answer)["data"]
        return found


@pytest.mark.parametrize("age", [[], ["no-role-id"], ["no-role-id", "seventeen-permissions"], ["two-field-roles"]])
def test_what_the_sandbox_sends_at_every_age(age):
    with pm.demo(people=50, api_versions={"projectmanager": age}) as box:
        roles = {role["name"]: role["id"] for role in _raw(box, "users/roles")}
        raw = {row["id"]: row for row in _raw(box, "resources")}
        frame = pm.projectmanager.resources()
        assert set(frame["id"]) == raw.keys()
        assert len(frame) == len(raw)
        for row in frame.itertuples():
            sent = raw[row.id]
            expected = sent.get("roleId") or roles.get(sent["role"])
            assert (None if row.role_id != row.role_id else row.role_id) == expected
            assert row.team_ids == [team["id"] for team in sent["teams"]]
        flags = [(r["id"], f["value"]) for r in _raw(box, "users/roles") for f in r.get("permissions", {}).values()]
        permissions = pm.projectmanager.role_permissions()
        assert list(zip(permissions["role_id"], permissions["granted"], strict=True)) == flags


def test_projects_of_the_sandbox_with_their_customers():
    with pm.demo(people=50) as box:
        raw = {row["id"]: row for row in _raw(box, "projects")}
        frame = pm.projectmanager.projects()
        customers = pm.projectmanager.customers().set_index("id")["name"]
        assert set(frame["id"]) == raw.keys()
        for row in frame[frame["customer_id"].notna()].itertuples():
            assert (row.customer_id, row.customer_name) == tuple(raw[row.id]["customer"].values())
            assert customers[row.customer_id] == row.customer_name
        assert frame["customer_id"].isna().sum() == sum(row["customer"] is None for row in raw.values())
        open_ones = pm.projectmanager.projects(filter="isTemplate eq false", order_by=["status", "name"])
        assert set(open_ones["id"]) == {key for key, row in raw.items() if not row["isTemplate"]}
        assert open_ones["status"].is_monotonic_increasing
