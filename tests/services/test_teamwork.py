"""Teamwork.com: people and permissions of several projects, projects, companies, the address, and the sandbox."""

import json
import urllib.request
import warnings

import numpy as np
import pandas as pd
import pytest

import pmframes as pm
from tests.support.cases import case_of
from tests.support.server import reply

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")

PEOPLE, PERMISSIONS = case_of("teamwork.people"), case_of("teamwork.permissions")
PROJECTS, COMPANIES = case_of("teamwork.projects"), case_of("teamwork.companies")
LAST_PAGE = {"meta": {"page": {"hasMore": False}}}


def people_path(project):
    return f"/teamwork/projects/api/v3/projects/{project}/people.json"


def serve_names(server, names):
    server.serve(PROJECTS.path, {"projects": [{"id": id_, "name": name} for id_, name in names.items()]} | LAST_PAGE)


ACME = [
    "acme", "ACME", "acme.teamwork.com", "Acme.Teamwork.com", "acme.teamwork.com.", "acme.teamwork.com/",
    " acme.teamwork.com \n", "https://acme.teamwork.com", "https://acme.teamwork.com/", "https://Acme.Teamwork.com./",
    "HTTPS://ACME.TEAMWORK.COM", "https://acme.teamwork.com/app/projects/1", "acme.teamwork.com/app/projects/1",
    "https://acme.teamwork.com/#/projects/1/people?x=1",
]  # fmt: skip
EUROPE = ["acme.eu.teamwork.com", "https://Acme.EU.teamwork.com/app"]


@pytest.mark.parametrize("pasted", [*ACME, *EUROPE])
def test_address_of_a_site_in_any_form(pasted):
    host = "acme.eu.teamwork.com" if pasted in EUROPE else "acme.teamwork.com"
    assert pm.connect("teamwork", url=pasted, token="t").url == f"https://{host}"


def _serve_two_projects(server):
    PEOPLE.connect(server)
    for project, first in [(1, 1), (2, 3)]:
        server.serve(people_path(project), PEOPLE.honest(PEOPLE.rows(3, first)))
    serve_names(server, {2: "Beta", 1: "Alpha"})


@pytest.mark.parametrize("projects", [
    [1, 2],
    [2, 1],
    [1, 2, 1],
    [np.int64(1), np.int64(2)],
    pd.DataFrame({"id": [1, 2], "name": ["Alpha", "Beta"]}),
    pd.DataFrame({"id": pd.array([1, 2], dtype="Int64"), "name": ["Alpha", "Beta"]}),
], ids=["list", "another order", "one named twice", "numpy ids", "frame", "frame of Int64"])  # fmt: skip
def test_one_row_per_person_and_project(projects, server):
    _serve_two_projects(server)
    frame = pm.teamwork.people(projects)
    pairs = sorted(zip(frame["project_id"], frame["id"], strict=True))
    assert pairs == [(1, 1), (1, 2), (1, 3), (2, 3), (2, 4), (2, 5)]
    assert str(frame["project_id"].dtype) == "Int64"


@pytest.mark.parametrize(("names", "requested"), [
    (["One", "Two"], []), (["One", None], ["2"]), ([None, None], ["1,2"]), (None, ["1,2"]),
], ids=repr)  # fmt: skip
def test_unknown_names_of_projects_cost_one_request_and_are_cached(names, requested, server):
    _serve_two_projects(server)
    projects = pd.DataFrame({"id": [1, 2], "name": names}) if names else [1, 2]
    first, second = names or [None, None]
    frame = pm.teamwork.people(projects)
    known = dict(zip(frame["project_id"], frame["project_name"], strict=True))
    assert known == {1: first or "Alpha", 2: second or "Beta"}
    assert [request.one("projectIds") for request in server.asked(PROJECTS.path)] == requested
    assert frame.attrs["pmframes"]["requests"] == len(server.requests) == 2 + len(requested)
    server.forget()
    pd.testing.assert_frame_equal(pm.teamwork.people(projects), frame)
    with pm.offline(), pytest.warns(UserWarning, match="Offline"):
        pd.testing.assert_frame_equal(pm.teamwork.people(projects), frame)
    assert not server.requests


def test_frame_is_sorted_by_names_of_projects_that_were_looked_up(server):
    _serve_two_projects(server)
    serve_names(server, {1: "Zeus", 2: "Apollo"})
    frame = pm.teamwork.people([1, 2], order_by="project_name")
    assert frame["project_name"].tolist() == ["Apollo"] * 3 + ["Zeus"] * 3


def test_names_of_many_projects_are_requested_in_batches_of_500(server):
    PEOPLE.connect(server)
    ids = list(range(1, 502))
    for id_ in ids:
        server.serve(people_path(id_), PEOPLE.honest(PEOPLE.rows(1)))
    serve_names(server, {})
    frame = pm.teamwork.people(ids)
    assert (frame["project_name"].isna().all(), str(frame["project_name"].dtype)) == (True, "str"), "none is listed"
    batches = [request.one("projectIds").split(",") for request in server.asked(PROJECTS.path)]
    assert batches == [[str(id_) for id_ in ids[:500]], ["501"]]


@pytest.mark.parametrize("status", [403, 404])
def test_names_of_projects_that_cannot_be_loaded_are_a_warning(status, server):
    PEOPLE.start(server, PEOPLE.honest(PEOPLE.rows(3)))
    server.serve(PROJECTS.path, reply({"errors": []}, status=status))
    for _ in range(2):
        with pytest.warns(UserWarning, match="project_name is NA") as warned:
            frame = pm.teamwork.people(12345)
        assert warned[0].filename == __file__
        assert frame["id"].tolist() == PEOPLE.keys(3)
        assert frame["project_name"].isna().all()
    assert frame.attrs["pmframes"]["cached"] is True


@pytest.mark.parametrize("none", [[], pd.DataFrame({"id": pd.Series([], dtype="int64")})], ids=["list", "frame"])
def test_no_projects_are_an_empty_frame_and_not_the_whole_site(none, server):
    site = case_of("teamwork.people-of-the-site")
    site.start(server, site.honest(site.rows(3)))
    frame = pm.teamwork.people(none)
    assert len(frame) == 0
    assert list(frame.columns) == list(site.columns)
    assert frame.attrs["pmframes"]["params"] == {"projects": []}
    assert server.requests == []


EVERYONE = ("showDeleted", "includeServiceAccounts", "includePlaceholders")


@pytest.mark.parametrize("case", [PEOPLE, PERMISSIONS], ids=lambda case: case.name)
@pytest.mark.parametrize(("arguments", "sent"), [
    ({}, [None, None, None]),
    ({"everyone": True}, ["true", "true", "true"]),
    ({"everyone": True, "show_deleted": False}, ["false", "true", "true"]),
    ({"everyone": False, "include_placeholders": True}, [None, None, "true"]),
], ids=repr)  # fmt: skip
def test_everyone_includes_whom_the_service_leaves_out(case, arguments, sent, server):
    case.start(server, case.honest(case.rows(1)))
    frame = case.load(**arguments)
    query = server.requests[0].args
    assert [query.get(key) for key in EVERYONE] == sent
    assert {key for key in EVERYONE if key in frame.attrs["pmframes"]["params"]} == {*EVERYONE} & {*query}


APOLLO_GEMINI = pd.DataFrame({"id": [1, 2], "name": ["Apollo", "Gemini"]})


def _serve_permissions(server, project, *pages):
    """Serve the people of a project in pages, each with the permissions that come with it."""

    def answer(request):
        number = int(request.one("page"))
        people, permissions = pages[number - 1]
        body = PERMISSIONS.body([PERMISSIONS.row(n) for n in people], number=number, more=number < len(pages))
        body["included"]["ProjectPermissions"] = permissions
        return reply(body)

    PERMISSIONS.connect(server)
    server.serve(people_path(project), answer)


def test_person_has_other_permissions_on_another_project(server):
    _serve_permissions(server, 1, ([1, 2], {"1": {"addTasks": True}, "2": {"addTasks": False}}))
    _serve_permissions(server, 2, ([1], {"1": {"addTasks": False, "fliesToTheMoon": True, "name": True}}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = pm.teamwork.permissions(APOLLO_GEMINI)
    rows = list(zip(frame["project_id"], frame["person_id"], frame["add_tasks"], strict=True))
    assert rows == [(1, 1, True), (1, 2, False), (2, 1, False)]
    assert list(frame.columns) == [*PERMISSIONS.columns, "flies_to_the_moon", "permission_name"]
    assert frame["flies_to_the_moon"].isna().tolist() == [True, True, False]
    assert frame["project_name"].tolist() == ["Apollo", "Apollo", "Gemini"]
    assert list(frame.attrs["permissions"]) == list(frame.columns[10:])
    assert {request.one("include") for request in server.requests} == {"companies,permissions"}


def test_permissions_of_one_page_belong_to_people_of_another(server):
    _serve_permissions(server, 1, ([1], {"2": {"addTasks": True}}), ([2], {"1": {"addTasks": False}}))
    assert pm.teamwork.permissions(APOLLO_GEMINI[:1])["add_tasks"].tolist() == [False, True]


@pytest.mark.parametrize("permissions", [
    {"1": {"addTasks": True}, "77": {"addTasks": True}}, {"1": {"addTasks": True}}, {"x": {"addTasks": True}},
], ids=["one is nobody's", "the id of the project, which is somebody's too", "no number"])  # fmt: skip
def test_permissions_under_other_keys_than_people_are_na_with_a_warning(permissions, server):
    _serve_permissions(server, 1, ([1, 2], permissions))
    _serve_permissions(server, 2, ([1], {"1": {"addTasks": True}}))
    for _ in range(2):
        with pytest.warns(UserWarning, match="permissions of project 1 are NA: their keys") as warned:
            frame = pm.teamwork.permissions(APOLLO_GEMINI)
        assert warned[0].filename == __file__
        assert frame["add_tasks"].isna().tolist() == [True, True, False]
        assert str(frame["add_tasks"].dtype) == "boolean"
        assert frame.attrs["permissions_by_key"] == {"1": permissions}
    with pytest.raises(pm.errors.InvalidArgument, match="projects"):
        pm.teamwork.permissions(None)


@pytest.mark.parametrize("included", [
    {}, [], None, {"ProjectPermissions": {}}, {"ProjectPermissions": []}, {"ProjectPermissions": None},
    {"permissions": {"1": {"addTasks": True}}}, {"projectPermissions": {"1": {"addTasks": True}}},
    {"ProjectPermissions": [{"id": 1, "addTasks": True}]}, {"companies": {"1": {"name": "Acme"}}},
    {"ProjectPermissions": {"1": None, "2": {}}},
], ids=json.dumps)  # fmt: skip
def test_a_load_without_any_permissions_is_an_error(included, server):
    body = {"people": [PERMISSIONS.row(1), PERMISSIONS.row(2)], "meta": {"page": {"hasMore": False}}}
    PERMISSIONS.connect(server)
    server.serve(people_path(1), reply(body | {"included": included}))
    server.serve(people_path(2), reply(body | {"people": []}))
    for _ in range(2):  # it is not cached as an answer
        with pytest.raises(pm.errors.UnexpectedResponse) as raised:
            pm.teamwork.permissions(APOLLO_GEMINI)
        assert raised.value.cause == (
            "Teamwork.com permissions: the service sent 2 people and permissions of none of them, although "
            'include="permissions" was requested.'
        )
        assert raised.value.remedy.startswith("Ask an administrator whether this credential may see permissions;")


@pytest.mark.parametrize(("first", "second", "lacking"), [
    ({"1": {"addTasks": True}, "2": {"addTasks": False}}, {}, [3, 4]),
    ({"2": {"addTasks": True}}, {"3": {"addTasks": False}}, [1, 4]),
    ({"1": {"addTasks": True}, "2": None}, {"3": {}, "4": {"addTasks": True}}, [2, 3]),
    ({"1": {"addTasks": None}, "2": {"addTasks": True}}, {"3": {"addTasks": True}, "4": {"addTasks": True}}, [1]),
])  # fmt: skip
def test_people_without_permissions_are_counted_in_a_warning(first, second, lacking, server):
    _serve_permissions(server, 7, ([1, 2], first))
    _serve_permissions(server, 8, ([3, 4], second))
    for _ in range(2):  # from the cache too
        with pytest.warns(UserWarning, match="the service sent no permissions") as warned:
            frame = pm.teamwork.permissions(pd.DataFrame({"id": [7, 8], "name": ["Apollo", "Gemini"]}))
        assert [str(warning.message) for warning in warned] == [
            f"Teamwork.com permissions: the service sent no permissions of {len(lacking)} of 4 people; theirs are NA, "
            "which is unknown."
        ]
        assert warned[0].filename == __file__
        assert frame.loc[frame["add_tasks"].isna(), "person_id"].tolist() == lacking


def test_projects_without_people_need_no_permissions(server):
    _serve_permissions(server, 1, ([], {}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(pm.teamwork.permissions(1).columns) == list(PERMISSIONS.columns)


@pytest.mark.parametrize(("case", "arguments", "row"), [
    (PROJECTS, {"project_ids": [1]}, {}),
    (PROJECTS, {"exclude_project_ids": [2]}, {}),
    (PROJECTS, {"project_company_ids": [7]}, {"companyId": 8}),
    (COMPANIES, {"ids": [1]}, {}),
    (COMPANIES, {"exclude_ids": [2]}, {}),
    (COMPANIES, {"exclude_owner_company": True}, {"isOwner": True}),
], ids=repr)  # fmt: skip
def test_filter_that_the_service_ignored_is_an_error(case, arguments, row, server):
    case.start(server, case.honest([case.row(1), case.row(2) | row]))
    with pytest.raises(pm.errors.UnexpectedResponse, match=f"ignored the filter {next(iter(arguments))}:"):
        case.load(**arguments)


def _connect(sandbox):
    token = sandbox.token("teamwork")
    pm.connect("teamwork", url=sandbox.url("teamwork"), token=token, requests_per_minute=10_000)


def _raw(sandbox, path):
    """Read every page by hand, with the permissions of each person beside it."""
    found = []
    number = 1
    while True:
        url = f"{sandbox.url('teamwork')}/projects/api/v3/{path}pageSize=100&page={number}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {sandbox.token('teamwork')}"})
        with urllib.request.urlopen(request) as response:
            body = json.load(response)
        permissions = body["included"].get("ProjectPermissions", {})
        found += [row | {"permissions": permissions.get(str(row["id"]))} for row in body[next(iter(body))]]
        if not body["meta"]["page"]["hasMore"]:
            return found
        number += 1


def test_permissions_are_those_that_the_sandbox_sends(our_sandbox):
    _connect(our_sandbox)
    projects = [project.id for project in our_sandbox.data.projects[:3]]
    frame = pm.teamwork.permissions(projects)
    sent = {
        (project, row["id"]): row["permissions"]
        for project in projects
        for row in _raw(our_sandbox, f"projects/{project}/people.json?include=permissions&")
    }
    loaded = {(row.project_id, row.person_id): row for row in frame.itertuples()}
    assert loaded.keys() == sent.keys()
    for key, permissions in sent.items():
        assert loaded[key].can_manage_people == permissions["canManagePeople"]
        assert loaded[key].is_observing == permissions["isObserving"]
    granted = sum(flag for permissions in sent.values() for flag in permissions.values())
    assert int(frame[frame.columns[10:]].sum().sum()) == granted


def test_projects_and_companies_are_those_that_the_sandbox_sends(our_sandbox):
    _connect(our_sandbox)
    projects = pm.teamwork.projects(include_archived_projects=True, order_by="id")
    sent = sorted(_raw(our_sandbox, "projects.json?includeArchivedProjects=true&"), key=lambda row: row["id"])
    assert projects["id"].tolist() == [row["id"] for row in sent]
    assert projects["name"].tolist() == [row["name"] for row in sent]
    assert projects["owner_id"].fillna(0).tolist() == [row["ownerId"] or 0 for row in sent]
    companies = pm.teamwork.companies(order_by="id")
    sent = sorted(_raw(our_sandbox, "companies.json?"), key=lambda row: row["id"])
    assert companies["id"].tolist() == [row["id"] for row in sent]
    assert companies["accounts"].tolist() == [row["accounts"] for row in sent]
    assert companies["email"].fillna("").tolist() == [row["emailOne"] or "" for row in sent]
