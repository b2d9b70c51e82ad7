"""ProjectManager.com: envelopes, customers, roles, and the caller."""

import pytest

PERMISSION_COUNT = 18


@pytest.mark.parametrize("path", ["/api/data/projects/customers", "/api/data/users/roles", "/api/data/me"])
def test_the_envelope_of_a_success(caller, path):
    body = caller.get("projectmanager", path)
    assert list(body) == ["error", "success", "hasError", "statusCode", "data"]
    assert (body["error"], body["success"], body["hasError"], body["statusCode"]) == (None, True, False, "OK")


def test_customers_come_all_at_once_whatever_is_asked(box, caller):
    wanted = [{"id": c.id, "name": c.name} for c in box.data.projectmanager_customers]
    for query in ({}, {"$top": 1, "$skip": "x"}, {"$filter": "name eq 'nobody'", "pageSize": 2}):
        assert caller.get("projectmanager", "/api/data/projects/customers", query)["data"] == wanted
    assert len({row["id"] for row in wanted}) == len(wanted) == 380


def test_roles_come_with_their_18_permissions(box, caller):
    rows = caller.get("projectmanager", "/api/data/users/roles", {"$top": 1})["data"]
    assert len(rows) == 14
    for row, role in zip(rows, box.data.roles, strict=True):
        assert (row["id"], row["name"], row["description"]) == (role.id, role.name, role.description)
        assert len(row["permissions"]) == PERMISSION_COUNT
        for name, permission in row["permissions"].items():
            assert list(permission) == ["description", "value", "canBeModified"]
            assert (permission["value"], permission["canBeModified"]) == role.permissions[name]
            assert permission["description"]


def test_five_roles_come_with_the_service_and_nine_were_made(caller):
    rows = caller.get("projectmanager", "/api/data/users/roles")["data"]
    given = [row["name"] for row in rows if not row["isCustom"]]
    assert given == ["Global Admin", "Admin", "Manager", "Team member", "Guest"]
    for flag, count in (("isAdmin", 1), ("isGlobalAdmin", 1), ("isGuest", 1), ("isDefault", 1), ("isCustom", 9)):
        assert sum(row[flag] for row in rows) == count


def test_me_is_a_global_admin_of_the_agency(box, caller):
    me = caller.get("projectmanager", "/api/data/me")["data"]
    assert (me["emailAddress"], me["workSpaceName"]) == (box.data.me.email, "Hollis & Vane")
    assert me["isGlobalAdmin"] is True
    assert len(me["permissions"]) == 19
