"""ProjectManager.com: customers, roles, resources, projects, members; customers that are created, renamed, deleted."""

import uuid

import pytest

from pmframes.sandbox import Sandbox
from tests.sandbox.client import pm_customer_name, resource_name

PATH = "/api/data/projects/customers"
RESOURCES = "/api/data/resources"
PROJECTS = "/api/data/projects"


EMPTY = {"error": {"message": "Input Validation Failed", "validationErrors": {"name": ["'name' must not be empty."]}}}
NOBODY = str(uuid.UUID(int=7, version=4))
BODIES = [b"", b"null", b"[]", b'"x"', b'{"name"', b'{"name": "\xff"}', b"\x00", b'{"name": 5}', b'{"name": ["x"]}']


def test_customers_are_not_filtered_or_paginated(box, caller):
    wanted = [{"id": c.id, "name": c.name} for c in box.data.projectmanager_customers]
    for query in ({}, {"$top": 1, "$skip": "x"}, {"$filter": "name eq 'nobody'", "pageSize": 2}):
        assert caller.get("projectmanager", "/api/data/projects/customers", query)["data"] == wanted
    assert len({row["id"] for row in wanted}) == len(wanted) == 380


def test_five_default_roles_and_nine_custom_ones_have_their_18_permissions(box, caller):
    rows = caller.get("projectmanager", "/api/data/users/roles", {"$top": 1})["data"]
    assert len(rows) == 14
    for row, role in zip(rows, box.data.roles, strict=True):
        assert (row["id"], row["name"], row["description"]) == (role.id, role.name, role.description)
        assert len(row["permissions"]) == 18
        for name, permission in row["permissions"].items():
            assert list(permission) == ["description", "value", "canBeModified"]
            assert (permission["value"], permission["canBeModified"]) == role.permissions[name]
            assert permission["description"]
    given = [row["name"] for row in rows if not row["isCustom"]]
    assert given == ["Global Admin", "Admin", "Manager", "Team member", "Guest"]
    for flag, count in (("isAdmin", 1), ("isGlobalAdmin", 1), ("isGuest", 1), ("isDefault", 1), ("isCustom", 9)):
        assert sum(row[flag] for row in rows) == count


def test_me_is_a_global_admin_of_the_agency(box, caller):
    me = caller.get("projectmanager", "/api/data/me")["data"]
    assert (me["emailAddress"], me["workSpaceName"]) == (box.data.me.email, "Hollis & Vane")
    assert me["isGlobalAdmin"] is True
    assert len(me["permissions"]) == 19


def test_resource_records_equal_the_dataset(box, caller):
    sent = {row["id"]: row for row in caller.get("projectmanager", RESOURCES)["data"]}
    for resource in box.data.resources:
        row = sent[resource.id]
        assert (row["role"], row["roleId"]) == (resource.role, resource.role_id)
        assert [team["name"] for team in row["teams"]] == [team.name for team in resource.teams]
        assert (row["approver"] or {}).get("name") == resource_name(box, resource.approver_id)
        assert (row["hourlyRate"], row["isActive"]) == (resource.hourly_rate, resource.is_active)


def test_project_records_equal_the_dataset(box, caller):
    sent = {row["id"]: row for row in caller.get("projectmanager", PROJECTS)["data"]}
    for project in box.data.projectmanager_projects:
        row = sent[project.id]
        customer = {"id": project.customer_id, "name": pm_customer_name(box, project)}
        assert row["customer"] == (customer if project.customer_id else None)
        assert (row["manager"] or {}).get("name") == resource_name(box, project.manager_id)
        assert row["status"]["name"] == project.status.name
        members = None if project.members is None else [m.resource_id for m in project.members]
        assert (row["members"] and [m["id"] for m in row["members"]]) == members


def members(caller, project, query=None):
    return caller.get("projectmanager", f"{PROJECTS}/{project.id}/members", query)["data"]


def test_members_of_each_project_equal_the_dataset_and_have_the_ids_of_resources(box, caller):
    names = {resource.id: resource.name for resource in box.data.resources}
    for project in box.data.projectmanager_projects:
        sent = [(row["projectId"], row["id"], row["name"], row["permission"]) for row in members(caller, project)]
        wanted = [(m.resource_id, m.permission) for m in project.members or ()]
        assert sent == [(project.id, id_, names[id_], permission) for id_, permission in wanted]
    assert any(project.members is None for project in box.data.projectmanager_projects), "a template has none"


def test_all_users_are_sent_when_asked_for_and_have_no_permission_where_they_are_no_members(box, caller):
    project = next(project for project in box.data.projectmanager_projects if project.members)
    rows = members(caller, project, {"includeAllUsers": "true"})
    assert {row["id"] for row in rows} == {resource.id for resource in box.data.resources if resource.role}
    assert [row for row in rows if row["permission"]] == members(caller, project)


@pytest.mark.parametrize("identity", [NOBODY, "1", "x"])
def test_members_of_an_unknown_project_are_404(small, identity):
    assert small.send("projectmanager", f"{PROJECTS}/{identity}/members").status_code == 404


@pytest.mark.parametrize("expand", ["files", "Files", "tasks, files"])
def test_files_are_sent_when_expanded(caller, expand):
    assert {row["files"] is None for row in caller.get("projectmanager", PROJECTS)["data"]} == {True}
    rows = caller.get("projectmanager", PROJECTS, {"$expand": expand})["data"]
    assert all(row["files"] == [] for row in rows)


def write(caller, method, path, **body):
    return caller.send("projectmanager", path, method=method, **body)


def listed(caller):
    return {row["id"]: row["name"] for row in caller.get("projectmanager", PATH)["data"]}


@pytest.mark.parametrize("name", ["Nordlys Energi A/S", "青空 🌅", "<img src=x onerror=alert(1)>", " padded ", "0042"])
def test_created_customer_is_returned_and_listed(fresh_box, fresh, name):
    before = listed(fresh)
    response = write(fresh, "POST", PATH, json={"name": name, "code": "ignored"})
    body = response.json()
    assert response.status_code == 200
    assert (body["error"], body["success"], body["hasError"], body["statusCode"]) == (None, True, False, "OK")
    made = body["data"]
    assert made == {"id": str(uuid.UUID(made["id"])), "name": name}
    assert listed(fresh) == before | {made["id"]: name}
    assert made["id"] not in before
    assert [c.name for c in fresh_box.data.projectmanager_customers if c.id == made["id"]] == [name]
    assert write(fresh, "POST", PATH, json={"name": name}).json()["data"]["id"] != made["id"]


def test_renamed_customer_has_the_new_name_on_its_projects(fresh_box, fresh):
    project = next(p for p in fresh_box.data.projectmanager_projects if p.customer_id)
    response = write(fresh, "PUT", f"{PATH}/{project.customer_id.upper()}", json={"name": "Renamed"})
    assert (response.status_code, response.json()["data"]) == (200, {"id": project.customer_id, "name": "Renamed"})
    assert listed(fresh)[project.customer_id] == "Renamed"
    rows = fresh.get("projectmanager", "/api/data/projects", {"$filter": "customer/name eq 'Renamed'"})["data"]
    assert [row["id"] for row in rows] == [
        p.id for p in fresh_box.data.projectmanager_projects if p.customer_id == project.customer_id
    ]


def test_deleted_customer_is_removed_from_its_projects(fresh_box, fresh):
    customer = next(p.customer_id for p in fresh_box.data.projectmanager_projects if p.customer_id)
    projects = [p.id for p in fresh_box.data.projectmanager_projects if p.customer_id == customer]
    before = listed(fresh)
    response = write(fresh, "DELETE", f"{PATH}/{customer}")
    assert response.status_code == 200
    assert response.json() == {"error": None, "success": True, "hasError": False, "statusCode": "OK"}
    assert listed(fresh) == {key: name for key, name in before.items() if key != customer}
    assert customer not in {c.id for c in fresh_box.data.projectmanager_customers}
    for row in fresh.get("projectmanager", "/api/data/projects")["data"]:
        assert row["customer"] is None or row["customer"]["id"] != customer
        assert row["id"] not in projects or row["customer"] is None
    assert write(fresh, "DELETE", f"{PATH}/{customer}").status_code == 404


@pytest.mark.parametrize("body", [{"name": ""}, {"name": "  \t"}, {"name": None}, {}, {"Name": "x"}])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_empty_name_is_400_and_changes_nothing(small_box, small, method, body):
    before = listed(small)
    path = PATH if method == "POST" else f"{PATH}/{small_box.data.projectmanager_customers[0].id}"
    response = write(small, method, path, json=body)
    assert (response.status_code, response.json()) == (400, EMPTY)
    assert listed(small) == before


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_malformed_body_is_400(small, body):
    response = write(small, "POST", PATH, data=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    error = response.json()
    assert set(error) == {"error"}
    assert error["error"]["message"] == "Input Validation Failed"
    assert set(error["error"]["validationErrors"]) <= {"name", "-"}


@pytest.mark.parametrize("identity", [NOBODY, "1", "x", "null"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_unknown_customer_is_404(small, method, identity):
    response = write(small, method, f"{PATH}/{identity}", json={"name": ""})
    assert response.status_code == 404
    assert response.json()["statusCode"] == "NotFound"


def test_writes_do_not_reach_another_sandbox(fresh_box, fresh):
    write(fresh, "DELETE", f"{PATH}/{fresh_box.data.projectmanager_customers[3].id}")
    assert len(fresh_box.data.projectmanager_customers) == 379
    assert len(Sandbox(people=5).data.projectmanager_customers) == 380
