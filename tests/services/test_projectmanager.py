"""ProjectManager.com: the documents' bodies, OData arguments, roles of resources, permissions, and the sandbox."""

import json
import urllib.request

import pandas as pd
import pytest

import pmframes as pm
from pmframes.sandbox import Sandbox
from tests.support.cases import PROJECT, case_of
from tests.support.columns import BODIES
from tests.support.loaders import records
from tests.support.rows import uuid_of
from tests.support.server import reply

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")

CUSTOMERS, ROLES = case_of("projectmanager.customers"), case_of("projectmanager.roles")
RESOURCES, PROJECTS = case_of("projectmanager.resources"), case_of("projectmanager.projects")
MEMBERS = case_of("projectmanager.members")
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


def _start_members(server, *numbers, resources=(), status=200):
    """Serve members, each on its own, of one project, and resources."""
    MEMBERS.start(server, MEMBERS.body([MEMBERS.row(n) for n in numbers]))
    body = RESOURCES.honest([RESOURCES.row(1) | one for one in resources])
    server.serve(RESOURCES.path, body if status == 200 else reply({}, status=status))


def test_member_has_the_permission_there_and_the_role_of_the_resource_with_its_id(server):
    here, away = MEMBERS.key(1), MEMBERS.key(9)
    resource = {"id": here, "email": "m@example.com", "role": "Guest", "isActive": False}
    # A resource of the same name is another one.
    _start_members(server, 1, 2, resources=[resource, {"id": away, "name": "Member 2"}])
    first, second = records(MEMBERS.load())
    project = {"project_id": uuid_of(PROJECT), "project_name": "Apollo"}
    known = {"email": "m@example.com", "role_name": "Guest", "is_active": False}
    assert first == project | {"id": here, "name": "Member 1", "permission": "Editor"} | known
    assert second == first | {"id": MEMBERS.key(2), "name": "Member 2"} | dict.fromkeys(known)


def test_unknown_permission_is_kept(server):
    MEMBERS.start(server, MEMBERS.body([MEMBERS.row(1) | {"permission": "Creator"}]))
    permission = MEMBERS.load()["permission"]
    assert permission.tolist() == ["Creator"]
    assert permission.cat.categories.tolist() == ["Guest", "Collaborate", "Editor", "Manager", "Creator"]


@pytest.mark.parametrize(("resources", "status", "warning"), [
    ([{"id": uuid_of(8)}], 200, "no member has the id of a resource"), ([], 200, "no member has the id of a resource"),
    ([], 403, r"could not be loaded \(PermissionDenied\)"),
], ids=["other ids", "no resources", "refused"])  # fmt: skip
def test_members_without_their_resources_are_one_warning(resources, status, warning, server):
    _start_members(server, 1, 2, resources=resources, status=status)
    with pytest.warns(UserWarning, match=warning) as caught:
        frame = MEMBERS.load()
    assert len(caught) == 1
    assert frame[["email", "role_name", "is_active"]].isna().all(axis=None)
    assert len(frame) == 2


def test_projects_without_members_load_no_resources(server, recwarn):
    _start_members(server)
    assert MEMBERS.load().empty
    assert pm.projectmanager.members([]).empty
    assert [request.path for request in server.requests] == [MEMBERS.path]
    assert not len(recwarn)


def _members_path(n):
    return MEMBERS.path.replace(uuid_of(PROJECT), uuid_of(n))


def test_members_of_all_projects_are_loaded_where_none_is_named(server):
    MEMBERS.connect(server)
    PROJECTS.serve(server, PROJECTS.rows(3))
    for n in (1, 2, 3):
        server.serve(_members_path(n), MEMBERS.body(MEMBERS.rows(n)))
    frame = pm.projectmanager.members()
    assert list(zip(frame["project_name"], frame["id"], strict=True)) == [
        (f"Project {n}", MEMBERS.key(m)) for n in (1, 2, 3) for m in range(1, n + 1)
    ]
    assert frame.attrs["pmframes"]["params"] == {"projects": [uuid_of(1), uuid_of(2), uuid_of(3)]}
    assert not [request for request in server.requests if "includeAllUsers" in request.args]
    server.forget()
    assert pm.projectmanager.members().equals(frame)
    assert server.requests == []
    assert pm.projectmanager.members(frame[frame["project_id"] == uuid_of(2)])["id"].tolist() == MEMBERS.keys(2)


def test_project_that_cannot_be_loaded_is_an_error_that_names_it(server):
    MEMBERS.connect(server)
    PROJECTS.serve(server, PROJECTS.rows(2))
    server.serve(_members_path(1), MEMBERS.body(MEMBERS.rows(1)))
    server.serve(_members_path(2), reply({}, status=404))
    with pytest.raises(pm.errors.NotFound, match=uuid_of(2)):
        pm.projectmanager.members()


def test_name_of_a_project_is_looked_up(server):
    MEMBERS.start(server, MEMBERS.body(MEMBERS.rows(1)))
    PROJECTS.serve(server, [PROJECTS.row(PROJECT)])
    for project in (uuid_of(PROJECT), [uuid_of(PROJECT).upper()]):
        frame = pm.projectmanager.members(project, refresh=True)
        assert frame[["project_id", "project_name"]].values.tolist() == [[uuid_of(PROJECT), f"Project {PROJECT}"]]


@pytest.mark.parametrize(("arguments", "message"), [
    ({"projects": 5}, "projects is 5.*ids such as .*pm.projectmanager.projects"),
    ({"projects": ["x"]}, "projects is 'x'"), ({"projects": {}}, "projects is of type dict"),
    ({"projects": pd.DataFrame({"name": ["a"]})}, "projects.* id"),
    ({"projects": pd.DataFrame({"id": [None]})}, "projects has rows without id"),
    ({"params": {"includeAllUsers": True}}, "includeAllUsers"), ({"params": {"x": None}}, "params"),
], ids=repr)  # fmt: skip
def test_wrong_arguments_of_members_are_refused_before_any_request(arguments, message, server):
    MEMBERS.connect(server)
    with pytest.raises(pm.errors.InvalidArgument, match=message):
        pm.projectmanager.members(**arguments)
    assert server.requests == []


def test_members_of_other_frames_are_refused(server):
    MEMBERS.connect(server)
    PROJECTS.serve(server, PROJECTS.rows(1))
    with pytest.raises(pm.errors.InvalidArgument, match=r"frame of ProjectManager.com resources\. Pass the frame that"):
        pm.projectmanager.members(pm.projectmanager.resources())


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


@pytest.mark.parametrize("versions", [[], ["user-ids"]], ids=["equal ids", "other ids"])
def test_members_of_the_sandbox_have_their_permissions(versions, recwarn):
    with Sandbox(people=50, api_versions={"projectmanager": versions}) as sandbox:
        _connect(sandbox)
        frame = pm.projectmanager.members()
        resources = {row["id"]: row for row in _raw(sandbox, "resources")}
        sent = [member for project in _raw(sandbox, "projects") for member in project["members"] or ()]
        wanted = {(row["projectId"], row["id"]): row["permission"] for row in sent}
    assert frame.set_index(["project_id", "id"])["permission"].to_dict() == wanted
    owners = [resources.get(id_, {}) for id_ in frame["id"]]
    found = [{key: row[key] for key in ("email", "role_name", "is_active")} for row in records(frame)]
    assert found == [{"email": r.get("email"), "role_name": r.get("role"), "is_active": r.get("isActive")}
        for r in owners]  # fmt: skip
    assert len(recwarn) == len(versions)


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
