"""ProjectManager.com: the documents' bodies, OData arguments, roles of resources, permissions, and the sandbox."""

import json
import urllib.request

import pytest

import pmframes as pm
from pmframes.sandbox import Sandbox
from tests.support.cases import case_of
from tests.support.columns import BODIES
from tests.support.loaders import records
from tests.support.server import reply

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")

CUSTOMERS, ROLES = case_of("projectmanager.customers"), case_of("projectmanager.roles")
RESOURCES, PROJECTS = case_of("projectmanager.resources"), case_of("projectmanager.projects")
ROLE_PERMISSIONS = case_of("projectmanager.role_permissions")


@pytest.mark.parametrize(("name", "expected"), [
    ("sheet_projectmanager_customers_shape.json", [{"id": "<uuid>", "name": "Acme"}]),
    ("handmade_projectmanager_customers_as_seed_000.json",
        [{"id": "7d3a1f0e-58a1-4c8e-9f3b-0a6d2c4b1e55", "name": "Acme Corporation"},
        {"id": "00000000-0000-0000-0000-00000000a001", "name": "0012"},
        {"id": "1e1f0d3c-77aa-4a52-8c37-2f9f5f6f7a10", "name": "株式会社 & <b>Søn</b>"}]),
])  # fmt: skip
def test_documented_customers_become_the_exact_frame(name, expected, server):
    CUSTOMERS.start(server, (BODIES / name).read_bytes())
    assert records(CUSTOMERS.load()) == expected


def test_documented_roles_become_the_exact_frame(server):
    ROLES.start(server, (BODIES / "handmade_projectmanager_roles_as_seed_004.json").read_bytes())
    frame = ROLES.load()
    permissions = list(ROLES.columns)[8:]
    assert len(permissions) == 18
    assert records(frame) == [
        {"id": "7d3a1f0e-58a1-4c8e-9f3b-0a6d2c4b1e55", "name": "Global Admin", "description": "May do everything",
            "is_admin": False, "is_custom": False, "is_global_admin": True, "is_guest": False, "is_default": False,
            **dict.fromkeys(permissions[:17], True), "use_mcp": None},
        {"id": "00000000-0000-0000-0000-00000000a002", "name": "Every third", "description": None, "is_admin": False,
            "is_custom": True, "is_global_admin": False, "is_guest": False, "is_default": True,
            **{name: at % 3 == 0 for at, name in enumerate(permissions[:17])}, "use_mcp": None},
    ]  # fmt: skip
    assert list(frame.columns) == list(ROLES.columns)


@pytest.mark.parametrize(("case", "name"), [
    (CUSTOMERS, "seed_000_projectmanager_customers_example.json"),
    (ROLES, "seed_004_projectmanager_roles_example.json"),
], ids=["customers", "roles"])  # fmt: skip
def test_documents_placeholders_say_that_the_request_failed(case, name, server):
    case.start(server, (BODIES / name).read_bytes())
    with pytest.raises(pm.errors.ServiceError):
        case.load()


def test_resource_becomes_the_exact_row(server):
    row = RESOURCES.row(1)
    without = [RESOURCES.row(n) | {"teams": one} for n, one in enumerate((None, [], [None], [{"id": None}], 0), 2)]
    del without[-1]["teams"]
    RESOURCES.start(server, RESOURCES.honest([row, *without]))
    record, *others = records(RESOURCES.load())
    teams = [(one["team_ids"], one["teams"]) for one in others]
    assert teams == [(None, None), *[([], None)] * 3, (None, None)], "no list, and an empty one, are told apart"
    assert record["team_ids"] == [team["id"] for team in row["teams"]]
    assert (record["teams"], record["skills"]) == ("Design, Build", "Ink")
    assert (record["role_name"], record["role_id"]) == ("Manager", row["roleId"])
    assert (record["approver_name"], record["hourly_rate"], record["state"]) == ("Ann", 62.5, None)


@pytest.mark.parametrize("case", [RESOURCES, PROJECTS], ids=lambda case: case.name)
def test_filter_and_one_stable_order_are_sent_with_every_page(case, server):
    case.start(server, case.honest(case.rows(9), most=4))
    with pytest.raises(pm.errors.InvalidArgument, match="orderby"):
        case.load(params={"$orderby": "name"})
    expression = "isActive eq true and name ne 'O''Brien'"
    frame = case.load(filter=expression, order_by="created_at")
    assert len(frame) == 9
    assert [request.one("$skip") for request in server.requests] == ["0", "4", "8", "9"]
    assert {(request.one("$orderby"), request.one("$filter")) for request in server.requests} == {("id", expression)}
    assert frame.attrs["pmframes"]["params"] == {"$filter": "…"}


@pytest.mark.parametrize("case", [CUSTOMERS, ROLES], ids=lambda case: case.name)
def test_integration_name_header(case, server):
    for options, sent in (({}, f"pmframes/{pm.__version__}"), ({"integration_name": "Access review"}, "Access review")):
        server.forget()
        case.start(server, case.honest(case.rows(1)), **options)
        case.load(refresh=True)
        assert [request.headers["X-Integration-Name"] for request in server.requests] == [sent]


def _with_role_names(*names):
    return [RESOURCES.row(n) | {"role": name, "roleId": None} for n, name in enumerate(names, 1)]


def test_role_ids_are_looked_up_by_name_once_and_cached(server):
    rows = [*_with_role_names("Role 2", "role 2", None, "Twice", "Gone"), RESOURCES.row(6)]
    RESOURCES.start(server, RESOURCES.honest(rows))
    roles = [ROLES.row(n) for n in (1, 2)] + [ROLES.row(n) | {"name": "Twice"} for n in (3, 4)]
    server.serve(ROLES.path, ROLES.body(roles))
    frame = RESOURCES.load()
    found = [record["role_id"] for record in records(frame)]
    assert found == [ROLES.key(2), None, None, None, None, RESOURCES.row(6)["roleId"]]
    assert len(server.asked(ROLES.path)) == 1
    assert frame.attrs["pmframes"]["requests"] == len(server.requests)
    server.forget()
    assert RESOURCES.load().equals(frame)
    assert not server.requests
    for names in ((), (None, "")):
        RESOURCES.serve(server, [RESOURCES.row(9), *_with_role_names(*names)])
        assert len(RESOURCES.load(refresh=True)) == 1 + len(names)
    assert not server.asked(ROLES.path), "nothing can be looked up"


@pytest.mark.parametrize("status", [403, 404, 500])
def test_failure_of_the_role_lookup_leaves_its_column_na(status, server):
    RESOURCES.start(server, RESOURCES.honest(_with_role_names("Role 1")))
    server.serve(ROLES.path, reply({"error": {"message": "no"}}, status=status))
    with pytest.warns(UserWarning, match="role_id is NA") as caught:
        (record,) = records(RESOURCES.load())
    assert (record["role_name"], record["role_id"], len(caught)) == ("Role 1", None, 1)


def test_unknown_permissions_follow_sorted_and_never_replace_a_column(server):
    first, second = ROLES.row(1), ROLES.row(2)
    second["permissions"] = {
        "zebraCrossing": {"description": "", "value": True, "canBeModified": True},
        "name": {"description": "", "value": False, "canBeModified": True},
        "aardvark": {"description": "", "value": True, "canBeModified": True}, **second["permissions"],
    }  # fmt: skip
    ROLES.start(server, ROLES.body([first, second]))
    frame = ROLES.load()
    assert list(frame.columns) == [*ROLES.columns, "aardvark", "permission_name", "zebra_crossing"]
    assert list(frame["name"]) == ["Role 1", "Role 2"]
    more = frame[["aardvark", "permission_name", "zebra_crossing"]]
    assert {str(dtype) for dtype in more.dtypes} == {"boolean"}
    assert records(more) == [dict.fromkeys(more), {"aardvark": True, "permission_name": False, "zebra_crossing": True}]


def test_one_row_per_role_and_permission(server):
    case = ROLE_PERMISSIONS
    draw = {"description": "Draw maps", "value": False, "canBeModified": None, "seenBy": 3}
    rows = [
        case.row(1) | {"permissions": {"useMcp": {"value": True}, "drawMaps": draw, "name": True}},
        case.row(2) | {"permissions": None}, {"id": case.key(3), "name": "Old", "permissions": []},
    ]  # fmt: skip
    case.start(server, case.body(rows))
    role, unsent = {"role_id": case.key(1), "role_name": "Role 1"}, {"can_be_modified": None, "is_entitled": None}
    assert records(case.load()) == [
        role | {"permission": "use_mcp", "description": None, "granted": True, **unsent},
        role | {"permission": "draw_maps", "description": "Draw maps", "granted": False, **unsent},
        role | {"permission": "permission_name", "description": None, "granted": True, **unsent},
    ]
    more = records(case.load(extra_columns=True))
    assert [row["seen_by"] for row in more] == [None, 3, None]
    assert [row["role_description"] for row in more] == ["What role 1 may do"] * 3


@pytest.mark.parametrize("permissions", ["all", 5, ["invitePeople"], {"useMcp": {"value": "perhaps"}}], ids=repr)
def test_permissions_of_another_shape_are_an_error(permissions, server):
    ROLE_PERMISSIONS.start(server, ROLE_PERMISSIONS.body([ROLE_PERMISSIONS.row(1) | {"permissions": permissions}]))
    with pytest.raises(pm.errors.UnexpectedResponse):
        ROLE_PERMISSIONS.load()


def _feature(value, **more):
    return {"isGranted": value, "isEntitled": False, "isFeatureEnabled": True, "featureId": None} | more


BUSINESS_ROLE = {"permissions": {"useMcp": _feature(True, featureName="MCP"), "drawMaps": _feature(False)}}


@pytest.mark.parametrize("enveloped", [True, False], ids=["object", "list"])
def test_roles_in_the_shape_of_business_roles_have_their_grants(enveloped, server):
    rows = [ROLES.row(1) | BUSINESS_ROLE]
    ROLES.start(server, ROLES.body({"roles": rows} if enveloped else rows))
    (record,) = records(ROLES.load())
    assert (record["use_mcp"], record["draw_maps"], record["invite_people"]) == (True, False, None)
    case, unsent = ROLE_PERMISSIONS, {"description": None, "can_be_modified": None}
    role = {"role_id": case.key(1), "role_name": "Role 1"}
    assert records(case.load()) == [
        role | {"permission": "use_mcp", "granted": True, **unsent, "is_entitled": False},
        role | {"permission": "draw_maps", "granted": False, **unsent, "is_entitled": False},
    ]
    assert "unknown_fields" not in case.load().attrs["pmframes"]


def test_permissions_without_a_known_value_are_a_warning(server):
    row = ROLE_PERMISSIONS.row(1) | {"permissions": {"useMcp": {"state": "on"}}}
    ROLE_PERMISSIONS.start(server, ROLE_PERMISSIONS.body([row]))
    with pytest.warns(UserWarning, match="NA in all 1 row: granted"):
        assert ROLE_PERMISSIONS.load()["granted"].isna().all()


def test_object_without_business_roles_is_an_error(server):
    ROLES.start(server, ROLES.body({"items": []}))
    with pytest.raises(pm.errors.UnexpectedResponse):
        ROLES.load()


def _connect(sandbox):
    pm.connect("projectmanager", url=sandbox.url("projectmanager"), token=sandbox.token("projectmanager"))


def _raw(sandbox, path):
    headers = {"Authorization": f"Bearer {sandbox.token('projectmanager')}"}
    request = urllib.request.Request(f"{sandbox.url('projectmanager')}/api/data/{path}", headers=headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)["data"]


@pytest.fixture(
    params=[[], ["no-role-id"], ["no-role-id", "seventeen-permissions"], ["two-field-roles"]], ids=lambda v: "+".join(v)
)
def versioned_sandbox(request):
    """A sandbox, to which the loaders are connected, in each API version."""
    with Sandbox(people=50, api_versions={"projectmanager": request.param}) as sandbox:
        _connect(sandbox)
        yield sandbox


def test_resources_and_permissions_of_the_sandbox_in_every_api_version(versioned_sandbox):
    roles = _raw(versioned_sandbox, "users/roles")
    ids = {role["name"]: role["id"] for role in roles}
    sent = {
        row["id"]: (row.get("roleId") or ids.get(row["role"]), [team["id"] for team in row["teams"]])
        for row in _raw(versioned_sandbox, "resources")
    }
    rows = records(pm.projectmanager.resources())
    assert len(rows) == len(sent)
    assert {row["id"]: (row["role_id"], row["team_ids"]) for row in rows} == sent
    permissions = pm.projectmanager.role_permissions()
    assert list(zip(permissions["role_id"], permissions["granted"], strict=True)) == [
        (role["id"], permission["value"]) for role in roles for permission in role.get("permissions", {}).values()
    ]


def test_projects_of_the_sandbox_have_their_customers(our_sandbox):
    _connect(our_sandbox)
    raw = {row["id"]: row for row in _raw(our_sandbox, "projects")}
    customers = [row["customer"] for row in raw.values()]
    assert None in customers
    rows = records(pm.projectmanager.projects())
    assert {row["id"]: (row["customer_id"], row["customer_name"]) for row in rows} == {
        id_: (row["customer"]["id"], row["customer"]["name"]) if row["customer"] else (None, None)
        for id_, row in raw.items()
    }
    names = {row["id"]: row["name"] for row in records(pm.projectmanager.customers())}
    assert {row["id"]: row["name"] for row in customers if row}.items() <= names.items()
    some = pm.projectmanager.projects(filter="isTemplate eq false", order_by=["status", "name"])
    assert set(some["id"]) == {key for key, row in raw.items() if not row["isTemplate"]} < raw.keys()
    assert some["status"].is_monotonic_increasing


@pytest.mark.parametrize("echoed", ["Zebulon Quux", "zebulon quux", "ZEBULON+QUUX"])
def test_a_failure_with_status_200_does_not_repeat_the_parameters(echoed, server):
    CUSTOMERS.start(server, {"success": False, "error": {"message": f"no {echoed} here"}, "data": None})
    with pytest.raises(pm.errors.ServiceError) as raised:
        CUSTOMERS.load(params={"filter": "Zebulon Quux"})
    assert "quux" not in str(raised.value).lower()
    assert "no ••• here" in str(raised.value)
