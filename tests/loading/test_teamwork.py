"""Teamwork: what each argument sends, whose permissions are whose, and frames against the sandbox."""

import json
import urllib.request
import warnings
from typing import Any

import pandas as pd
import pytest
from werkzeug import Response

import pmframes as pm

PEOPLE = "/teamwork/projects/api/v3/projects/{}/people.json"
PROJECTS = "/teamwork/projects/api/v3/projects.json"
APOLLO = pd.DataFrame({"id": [1, 2], "name": ["Apollo", "Gemini"]})


# Arguments

SENT = [
    ({"user_type": "account"}, {"userType": "account"}),
    ({"search_term": "First"}, {"searchTerm": "First"}),
    ({"search_user_job_role": True}, {"searchUserJobRole": "true"}),
    ({"ids": [1, 2]}, {"ids": "1,2"}),
    ({"exclude_ids": [9, 8, 9]}, {"excludeIds": "9,8"}),
    ({"company_ids": {7: None}.keys()}, {"companyIds": "7"}),
    ({"team_ids": (31, 32)}, {"teamIds": "31,32"}),
    ({"ids": 9, "inclusive_filter": True}, {"ids": "9", "inclusiveFilter": "true"}),
    ({"project_ids": 4}, {"projectIds": "4"}),
    ({"exclude_project_ids": [4, 5]}, {"excludeProjectIds": "4,5"}),
    ({"updated_after": "2026-03-04"}, {"updatedAfter": "2026-03-04T00:00:00Z"}),
    ({"last_login_after": "2026-03-04T02:58:14+02:00"}, {"lastLoginAfter": "2026-03-04T00:58:14Z"}),
    ({"show_deleted": True}, {"showDeleted": "true"}),
    ({"include_service_accounts": True}, {"includeServiceAccounts": "true"}),
    ({"include_placeholders": False}, {"includePlaceholders": "false"}),
    ({"include_clients": False}, {"includeClients": "false"}),
    ({"include_collaborators": False}, {"includeCollaborators": "false"}),
    ({"include_observers": False}, {"includeObservers": "false"}),
    ({"exclude_contacts": True}, {"excludeContacts": "true"}),
    ({"only_owner_company": True}, {"onlyOwnerCompany": "true"}),
    ({"only_site_owner": False}, {"onlySiteOwner": "false"}),
    ({"filter_by_no_cost_rate": True}, {"filterByNoCostRate": "true"}),
    ({"order_prioritise_current_user": True}, {"orderPrioritiseCurrentUser": "true"}),
    ({"fields": "email"}, {"fields[people]": "id,email"}),
    ({"fields": ["name", "company_name"]}, {"fields[people]": "id,firstName,lastName,companyId,company"}),
    ({"fields": ["project_name", "working_hours_id"]}, {"fields[people]": "id,workingHoursId,workingHour"}),
]


@pytest.mark.parametrize(("arguments", "query"), SENT, ids=repr)
def test_each_argument_is_one_query_key(arguments, query, site, loader):
    case = loader("teamwork.people")
    case.connect(site)
    case.serve(site, case.rows(2))
    case.load(**arguments)
    (request,) = site.requests
    plain = {"include", "orderBy", "page", "pageSize"}
    assert {key: request.one(key) for key in request.query.keys() - plain} == query
    assert (request.one("orderBy"), request.one("include")) == ("id", "companies")


WRONG = [
    {"user_type": "robot"},
    {"ids": []},
    {"exclude_ids": "x"},
    {"team_ids": 0},
    {"inclusive_filter": "yes"},
    {"search_user_job_role": 1},
    {"updated_after": "yesterday"},
    {"order_by": "shoe_size"},
    {"order_by": ["name", "team_ids"]},
    {"order_mode": "up"},
    {"order_mode": None},
    {"fields": "timezone"},
    {"fields": []},
    {"fields": "firstName"},
    {"fields": ["name"], "order_by": "email"},
]


@pytest.mark.parametrize("arguments", WRONG, ids=repr)
def test_a_wrong_argument_is_refused_before_anything_is_sent(arguments, site, loader):
    case = loader("teamwork.people")
    case.connect(site)
    with pytest.raises(pm.errors.InvalidArgument, match=next(iter(reversed(arguments)))):
        case.load(**arguments)
    assert not site.requests


# Filters that are passed over

PASSED_OVER = [
    ({"user_type": "contact"}, {}),
    ({"ids": [1, 3]}, {}),
    ({"exclude_ids": 2}, {}),
    ({"company_ids": [8]}, {}),
    ({"show_deleted": False}, {"deleted": True}),
    ({"include_service_accounts": False}, {"isServiceAccount": True}),
    ({"include_placeholders": False}, {"isPlaceholderResource": True}),
    ({"include_clients": False}, {"isClientUser": True}),
    ({"include_collaborators": False}, {"type": "collaborator"}),
    ({"exclude_contacts": True}, {"type": "contact"}),
    ({"only_owner_company": True}, {"companyId": 8}),
]


@pytest.mark.parametrize(("arguments", "row"), PASSED_OVER, ids=repr)
def test_a_filter_that_is_passed_over_is_an_error(arguments, row, site, loader, cached_bytes):
    case = loader("teamwork.people")
    case.connect(site)
    case.serve(site, [case.row(1), case.row(2) | row])
    with pytest.raises(pm.errors.UnexpectedResponse, match=f"ignored the filter {next(iter(arguments))}:"):
        case.load(**arguments)
    assert b"First1" not in cached_bytes(), "it is not stored either"
    rest = case.load(**dict.fromkeys(arguments), params={"xFuture": "1"})
    assert len(rest) == 2, "the remedy: without the filter"


RIGHT = [
    ({"user_type": "contact"}, {"type": "Contact"}, "an unknown spelling"),
    ({"user_type": "contact"}, {"type": None}, "no type"),
    ({"company_ids": 8}, {"companyId": None, "company": None}, "no company"),
    ({"company_ids": 8, "only_owner_company": True}, {}, "the owner company goes before the others"),
    ({"company_ids": 8, "params": {"onlyOwnerCompany": True}}, {}, "in params too"),
    ({"company_ids": 8, "ids": [1, 2], "inclusive_filter": True}, {}, "one of them is enough"),
    ({"ids": [1], "params": {"inclusiveFilter": "true"}}, {}, "in params too"),
    ({"user_type": "contact", "order_prioritise_current_user": True}, {}, "who asks is always there"),
    ({"show_deleted": True}, {"deleted": True}, "asked for"),
    ({"show_deleted": False}, {"deleted": None}, "not said"),
    ({"only_owner_company": False}, {"companyId": 8}, "off"),
    ({"exclude_contacts": False}, {"type": "contact"}, "off"),
    ({"ids": [1, 2], "fields": "id"}, {}, "nothing but ids"),
    ({"search_term": "Ann"}, {}, "a search is the service's own affair"),
    ({"updated_after": "2030-01-01"}, {}, "what counts as a change is too"),
]


@pytest.mark.parametrize(("arguments", "row", "why"), RIGHT, ids=lambda value: repr(value))
def test_what_the_rows_do_not_prove_is_no_error(arguments, row, why, site, loader):
    case = loader("teamwork.people")
    case.connect(site)
    case.serve(site, [case.row(n) | row for n in (1, 2)])
    assert len(case.load(**arguments)) == 2, why


@pytest.mark.parametrize(
    ("name", "arguments", "row"),
    [
        ("teamwork.projects", {"project_ids": [1]}, {}),
        ("teamwork.projects", {"exclude_project_ids": [2]}, {}),
        ("teamwork.projects", {"project_company_ids": [7]}, {"companyId": 8}),
        ("teamwork.companies", {"ids": [1]}, {}),
        ("teamwork.companies", {"exclude_ids": [2]}, {}),
        ("teamwork.companies", {"exclude_owner_company": True}, {"isOwner": True}),
    ],
    ids=repr,
)
def test_a_filter_of_projects_or_companies_that_is_passed_over(name, arguments, row, site, loader):
    case = loader(name)
    case.connect(site)
    case.serve(site, [case.row(1), case.row(2) | row])
    with pytest.raises(pm.errors.UnexpectedResponse, match="ignored the filter"):
        case.load(**arguments)


EVERYONE = ("showDeleted", "includeServiceAccounts", "includePlaceholders")


@pytest.mark.parametrize("name", ["teamwork.people", "teamwork.permissions"])
@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        ({}, [None, None, None]),
        ({"everyone": True}, ["true", "true", "true"]),
        ({"everyone": True, "show_deleted": False}, ["false", "true", "true"]),
        ({"everyone": False, "include_placeholders": True}, [None, None, "true"]),
    ],
    ids=repr,
)
def test_everyone_is_whom_the_service_leaves_out(name, arguments, sent, site, loader):
    case = loader(name)
    case.connect(site)
    case.serve(site, case.rows(1))
    frame = case.load(**arguments)
    query = site.requests[0].query
    assert [query.get(key, [None])[0] for key in EVERYONE] == sent
    assert {key for key in EVERYONE if key in frame.attrs["pmframes"]["params"]} == {*EVERYONE} & {*query}


# Order and fields


def test_the_finished_frame_is_sorted_and_the_wire_is_not(site, loader):
    case = loader("teamwork.people")
    case.connect(site)
    firsts = ["b", "a", "", "a", "c"]
    case.serve(site, [case.row(n) | {"firstName": name} for n, name in enumerate(firsts, 1)], clamp=2)
    frame = case.load(order_by="first_name")
    assert frame["id"].tolist() == [2, 4, 1, 5, 3]
    assert frame.index.tolist() == [0, 1, 2, 3, 4]
    assert frame.attrs["pmframes"]["rows"] == 5
    down = case.load(order_by=["first_name", "id"], order_mode="desc")
    assert down["id"].tolist() == [5, 1, 4, 2, 3]
    assert down.attrs["pmframes"]["cached"], "the order is not part of what is asked for"
    assert {request.one("orderBy") for request in site.requests} == {"id"}


def test_offline_the_names_come_from_the_store_with_the_people(site, loader):
    case = loader("teamwork.people")
    case.connect(site)
    site.serve(PEOPLE.format(1), case.honest(case.rows(3)))
    site.serve(PROJECTS, {"projects": [{"id": 1, "name": "Zeus"}], "meta": {"page": {"hasMore": False}}})
    frame = pm.teamwork.people(1)
    with pm.offline(), pytest.warns(UserWarning, match="Offline"):
        again = pm.teamwork.people(1)
    assert again.equals(frame)
    assert again["project_name"].tolist() == ["Zeus"] * 3
    assert len(site.requests) == 2


def test_sorting_by_the_names_of_projects_that_had_to_be_asked_for(site, loader):
    case = loader("teamwork.people")
    case.connect(site)
    for project in (1, 2):
        site.serve(PEOPLE.format(project), case.honest(case.rows(1)))
    listed = [{"id": 1, "name": "Zeus"}, {"id": 2, "name": "Apollo"}]
    site.serve(PROJECTS, {"projects": listed, "meta": {"page": {"hasMore": False}}})
    frame = pm.teamwork.people([1, 2], order_by="project_name")
    assert frame["project_name"].tolist() == ["Apollo", "Zeus"]


def test_columns_that_are_not_fetched_stay_as_missing(site, loader):
    case = loader("teamwork.people")
    case.connect(site)
    case.serve(site, [{key: case.row(n)[key] for key in ("id", "firstName", "lastName")} for n in (1, 2)])
    frame = case.load(fields="name", order_by="name")
    assert frame["name"].tolist() == ["First1 Last1", "First2 Last2"]
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()}.keys() == case.columns.keys()
    empty = ["email", "type", "company_id", "company_name", "is_admin", "user_rate", "created_at"]
    assert frame[empty].isna().all(axis=None)


def test_many_names_are_asked_for_in_batches(site, loader):
    case = loader("teamwork.people")
    case.connect(site, requests_per_minute=10_000)
    numbers = list(range(1, 502))
    for number in numbers:
        site.serve(PEOPLE.format(number), case.honest(case.rows(1)))
    site.serve(PROJECTS, {"projects": [], "meta": {"page": {"hasMore": False}}})
    pm.teamwork.people(numbers)
    batches = [request.one("projectIds").split(",") for request in site.asked(PROJECTS)]
    assert [len(batch) for batch in batches] == [500, 1]
    assert [number for batch in batches for number in batch] == list(map(str, numbers))


# Whose permissions


def _serve(site: Any, case: Any, project: int, pages: list[tuple[list[int], dict[str, Any]]]) -> None:
    """Serve the people of a project in pages, each with the permissions that come with it."""

    def answer(request: Any) -> Any:
        at = int(request.args["page"]) - 1
        people, permissions = pages[at]
        body = case.body([case.row(n) for n in people], number=at + 1, more=at + 1 < len(pages))
        body["included"]["ProjectPermissions"] = permissions
        return Response(json.dumps(body), content_type="application/json")

    site.serve(PEOPLE.format(project), answer)


def test_a_person_has_other_permissions_on_another_project(site, loader):
    case = loader("teamwork.permissions")
    case.connect(site)
    _serve(site, case, 1, [([1, 2], {"1": {"addTasks": True}, "2": {"addTasks": False}})])
    _serve(site, case, 2, [([1], {"1": {"addTasks": False, "fliesToTheMoon": True, "name": True}})])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = pm.teamwork.permissions(APOLLO)
    rows = list(zip(frame["project_id"], frame["person_id"], frame["add_tasks"], strict=True))
    assert rows == [(1, 1, True), (1, 2, False), (2, 1, False)]
    assert list(frame.columns) == [*case.columns, "flies_to_the_moon", "permission_name"]
    assert frame["flies_to_the_moon"].isna().tolist() == [True, True, False]
    assert frame["project_name"].tolist() == ["Apollo", "Apollo", "Gemini"]
    assert list(frame.attrs["permissions"]) == list(frame.columns[10:])
    assert {request.one("include") for request in site.requests} == {"companies,permissions"}


def test_permissions_of_one_page_are_those_of_people_of_another(site, loader):
    case = loader("teamwork.permissions")
    case.connect(site)
    _serve(site, case, 1, [([1], {"2": {"addTasks": True}}), ([2], {"1": {"addTasks": False}})])
    frame = pm.teamwork.permissions(APOLLO[:1])
    assert frame["add_tasks"].tolist() == [False, True]


STRAYS = [
    ({"1": {"addTasks": True}, "77": {"addTasks": True}}, "one of them is nobody"),
    ({"1": {"addTasks": True}}, "the number of the project, which is somebody's too"),
    ({"x": {"addTasks": True}}, "no number"),
]


@pytest.mark.parametrize(("permissions", "why"), STRAYS, ids=lambda value: str(value)[:40])
def test_permissions_under_other_keys_are_kept_apart_with_a_warning(permissions, why, site, loader):
    case = loader("teamwork.permissions")
    case.connect(site)
    _serve(site, case, 1, [([1, 2], permissions)])
    _serve(site, case, 2, [([1], {"1": {"addTasks": True}})])
    for _ in range(2):
        with pytest.warns(UserWarning, match="permissions of project 1 are NA: their keys") as warned:
            frame = pm.teamwork.permissions(APOLLO)
        assert warned[0].filename == __file__
        assert frame["add_tasks"].isna().tolist() == [True, True, False], why
        assert str(frame["add_tasks"].dtype) == "boolean"
        assert frame.attrs["permissions_by_key"] == {"1": permissions}


def test_a_site_has_no_permissions(site, loader):
    loader("teamwork.permissions").connect(site)
    with pytest.raises(pm.errors.InvalidArgument, match="projects"):
        pm.teamwork.permissions(None)


# Against the sandbox


def _raw(box: Any, path: str) -> list[dict[str, Any]]:
    """Read every page by hand, with the permissions of each person beside it."""
    found: list[dict[str, Any]] = []
    while True:
        url = f"{box.url('teamwork')}/projects/api/v3/{path}pageSize=500&page={len(found) // 500 + 1}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {box.token('teamwork')}"})
        with urllib.request.urlopen(request) as answer:
            body = json.load(answer)
        kind = next(iter(body))
        permissions = body["included"].get("ProjectPermissions", {})
        found += [row | {"permissions": permissions.get(str(row["id"]))} for row in body[kind]]
        if not body["meta"]["page"]["hasMore"]:
            return found


def test_permissions_are_those_that_the_sandbox_sends():
    with pm.demo(people=900) as box:
        numbers = [project.id for project in box.data.projects[:3]]
        frame = pm.teamwork.permissions(numbers)
        raw = {
            (number, row["id"]): row["permissions"]
            for number in numbers
            for row in _raw(box, f"projects/{number}/people.json?include=permissions&")
        }
    came = {(row.project_id, row.person_id): row for row in frame.itertuples()}
    assert came.keys() == raw.keys()
    for key, permissions in raw.items():
        assert came[key].can_manage_people == permissions["canManagePeople"]
        assert came[key].is_observing == permissions["isObserving"]
    granted = sum(flag for permissions in raw.values() for flag in permissions.values())
    assert int(frame[frame.columns[10:]].sum().sum()) == granted


def test_projects_and_companies_are_those_that_the_sandbox_sends():
    with pm.demo(people=50) as box:
        frame = pm.teamwork.projects(include_archived_projects=True, order_by="id")
        raw = sorted(_raw(box, "projects.json?includeArchivedProjects=true&"), key=lambda row: row["id"])
        assert frame["id"].tolist() == [row["id"] for row in raw]
        assert frame["name"].tolist() == [row["name"] for row in raw]
        assert frame["owner_id"].fillna(0).tolist() == [row["ownerId"] or 0 for row in raw]
        people = pm.teamwork.people(frame)
        assert people.attrs["pmframes"]["requests"] == len(raw), "the frame has the names"
        companies = pm.teamwork.companies(order_by="id")
        raw = sorted(_raw(box, "companies.json?"), key=lambda row: row["id"])
        assert companies["id"].tolist() == [row["id"] for row in raw]
        assert companies["accounts"].tolist() == [row["accounts"] for row in raw]
        assert companies["email"].fillna("").tolist() == [row["emailOne"] or "" for row in raw]


def test_every_filter_of_the_sandbox_keeps_its_promise():
    """Whatever the sandbox filters by, the checks on the finished frame agree with it."""
    with pm.demo(people=400) as box:
        everyone = pm.teamwork.people(include_placeholders=True, include_service_accounts=True)
        some = everyone["id"].tolist()[:7]
        companies = everyone["company_id"].dropna().unique()[:3].tolist()
        project = box.data.projects[0].id
        for arguments in (
            {"user_type": "collaborator"},
            {"ids": some},
            {"exclude_ids": some},
            {"company_ids": companies},
            {"company_ids": companies, "only_owner_company": True},
            {"include_clients": False},
            {"include_collaborators": False},
            {"exclude_contacts": True},
            {"show_deleted": False, "include_placeholders": False, "include_service_accounts": False},
        ):
            assert len(pm.teamwork.people(project, **arguments)) <= len(pm.teamwork.people(**arguments))


@pytest.mark.parametrize("status", [403, 404])
def test_people_come_though_the_names_of_projects_do_not(status, site, loader, answer_with):
    case = loader("teamwork.people")
    case.connect(site)
    site.serve(case.path, case.honest(case.rows(3)))
    site.serve(PROJECTS, answer_with({"errors": []}, status=status))
    for _ in range(2):
        with pytest.warns(UserWarning, match="project_name is NA") as told:
            frame = pm.teamwork.people(12345)
        assert told[0].filename == __file__
        assert frame["id"].tolist() == case.keys(3)
        assert frame["project_name"].isna().all()
    assert frame.attrs["pmframes"]["cached"] is True
