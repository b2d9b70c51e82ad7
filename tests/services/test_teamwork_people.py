"""Teamwork.com, people: the documents' bodies, what each argument sends, ignored filters, order and fields."""

from datetime import datetime, timedelta, timezone

import pandas as pd
import pytest

import pmframes as pm
from tests.support.cache_files import stored_bytes
from tests.support.cases import case_of
from tests.support.columns import BODIES
from tests.support.loaders import records
from tests.support.server import changed, reply

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")

PEOPLE, SITE = case_of("teamwork.people"), case_of("teamwork.people-of-the-site")


PHP_API = {
    "project_id": 12345, "project_name": "Apollo", "id": 391604, "name": "Php Api", "first_name": "Php",
    "last_name": "Api", "email": "test@example.com", "type": "account", "title": None, "company_id": 1370007,
    "company_name": "…", "is_admin": True, "is_client_user": False, "is_service_account": False, "deleted": False,
    "can_add_projects": True, "user_rate": 125.0, "user_cost": None, "timezone": None, "length_of_day": 8.0,
    "working_hours_id": 1, "company_role_id": None, "team_ids": None, "teams": None, "is_placeholder": None,
    "avatar_url": "…", "created_at": None, "created_by_id": None, "updated_at": None, "updated_by_id": None,
}  # fmt: skip


@pytest.mark.parametrize(("case", "expected"), [
    (PEOPLE, PHP_API),
    (SITE, PHP_API | {"project_id": None, "project_name": None}),
], ids=["project", "site"])  # fmt: skip
def test_documented_person_becomes_the_exact_frame(case, expected, server):
    case.start(server, (BODIES / "sheet_teamwork_people_shape.json").read_bytes())
    frame = case.load()
    assert records(frame) == [expected]
    assert list(frame.columns) == list(expected)


def test_body_with_every_documented_key_becomes_the_exact_frame(server):
    PEOPLE.start(server, (BODIES / "handmade_teamwork_people_as_seed_002.json").read_bytes())
    frame = PEOPLE.load()
    unsent = dict.fromkeys(["is_placeholder", "created_at", "created_by_id", "updated_at", "updated_by_id"])
    unsent |= {"project_name": "Apollo"}
    first, second = records(frame)
    assert set(first.pop("teams").split(", ")) == {"Design", "Build"}
    assert first == unsent | {
        "project_id": 12345, "id": 391604, "name": "Áine O'Brien", "first_name": "Áine", "last_name": "O'Brien",
        "email": "aine@example.com", "type": "account", "title": "Lead", "company_id": 1370007, "company_name": "Acme",
        "is_admin": True, "is_client_user": False, "is_service_account": False, "deleted": False,
        "can_add_projects": True, "user_rate": 125.0, "user_cost": 40.5, "timezone": "Europe/Dublin",
        "length_of_day": 7.5, "working_hours_id": 9, "company_role_id": 12, "team_ids": [31, 32],
        "avatar_url": "https://s3.amazonaws.com/TWFiles/1.png",
    }  # fmt: skip
    assert second == unsent | {
        "project_id": 12345, "id": 391605, "name": "Bo", "first_name": "Bo", "last_name": None, "email": None,
        "type": "contact", "title": None, "company_id": 1370008, "company_name": "Beta & Søn", "is_admin": False,
        "is_client_user": True, "is_service_account": False, "deleted": True, "can_add_projects": False,
        "user_rate": 0.01, "user_cost": None, "timezone": None, "length_of_day": 0.0, "working_hours_id": None,
        "company_role_id": None, "team_ids": [], "teams": None, "avatar_url": None,
    }  # fmt: skip
    assert list(frame.columns) == list(PEOPLE.columns)


def test_documents_placeholders_promise_pages_without_end(server):
    PEOPLE.start(server, (BODIES / "seed_002_teamwork_people_example.json").read_bytes())
    with pytest.raises((pm.errors.IncompleteLoad, pm.errors.UnexpectedResponse)):
        PEOPLE.load()
    assert len(server.requests) < 50


def test_companies_included_in_one_page_name_the_people_of_another(server):
    people = [
        PEOPLE.row(n) | {"companyId": c, "company": {"id": c, "type": "companies"}} for n, c in [(1, 7), (2, 8), (3, 7)]
    ]
    included = {"1": {"7": {"id": 7, "name": "Acme"}}, "2": {"8": {"id": 8, "name": "Beta"}}}

    def answer(request):
        companies = included.get(request.one("page"), {})
        return changed(PEOPLE.honest(people, most=1), lambda body: body | {"included": {"companies": companies}})(
            request
        )

    PEOPLE.start(server, answer)
    frame = PEOPLE.load()
    assert dict(zip(frame["id"], frame["company_name"], strict=True)) == {1: "Acme", 2: "Beta", 3: "Acme"}


FLAGS = {
    "search_user_job_role": "searchUserJobRole", "show_deleted": "showDeleted", "exclude_contacts": "excludeContacts",
    "include_service_accounts": "includeServiceAccounts", "include_placeholders": "includePlaceholders",
    "include_clients": "includeClients", "include_collaborators": "includeCollaborators",
    "include_observers": "includeObservers", "only_owner_company": "onlyOwnerCompany",
    "only_site_owner": "onlySiteOwner", "filter_by_no_cost_rate": "filterByNoCostRate",
    "order_prioritise_current_user": "orderPrioritiseCurrentUser",
}  # fmt: skip
ANOTHER_ZONE = datetime(2026, 3, 4, 4, 58, 14, tzinfo=timezone(timedelta(hours=2)))
SENT = [
    ({}, {}),
    ({"user_type": "account"}, {"userType": "account"}),
    ({"search_term": "First"}, {"searchTerm": "First"}),
    ({"search_term": "Ann & Søn"}, {"searchTerm": "Ann & Søn"}),
    ({"ids": [1, 2]}, {"ids": "1,2"}),
    ({"exclude_ids": [9, 8, 9]}, {"excludeIds": "9,8"}),
    ({"company_ids": {7: None}.keys()}, {"companyIds": "7"}),
    ({"team_ids": (31, 32)}, {"teamIds": "31,32"}),
    ({"ids": 9, "inclusive_filter": True}, {"ids": "9", "inclusiveFilter": "true"}),
    ({"project_ids": 4}, {"projectIds": "4"}),
    ({"exclude_project_ids": [4, 5]}, {"excludeProjectIds": "4,5"}),
    ({"updated_after": "2026-03-04"}, {"updatedAfter": "2026-03-04T00:00:00Z"}),
    ({"updated_after": ANOTHER_ZONE}, {"updatedAfter": "2026-03-04T02:58:14Z"}),
    ({"last_login_after": "2026-03-04T02:58:14+02:00"}, {"lastLoginAfter": "2026-03-04T00:58:14Z"}),
    ({"fields": "email"}, {"fields[people]": "id,email"}),
    ({"fields": ["name", "company_name"]}, {"fields[people]": "id,firstName,lastName,companyId,company"}),
    ({"fields": ["project_name", "working_hours_id"]}, {"fields[people]": "id,workingHoursId,workingHour"}),
    ({"params": {"xFuture": "1"}}, {"xFuture": "1"}),
    *(({name: not name.startswith("include_c")}, {FLAGS[name]: str(not name.startswith("include_c")).lower()})
        for name in FLAGS),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "query"), SENT, ids=repr)
def test_each_argument_is_one_query_parameter(arguments, query, server):
    PEOPLE.start(server, PEOPLE.honest(PEOPLE.rows(2)))
    PEOPLE.load(**arguments)
    (request,) = server.requests
    always = {"include": "companies", "orderBy": "id", "page": "1", "pageSize": "500"}
    assert sorted(request.query) == sorted((always | query).items())


WRONG = [
    {"order_by": "shoe_size"}, {"fields": "timezone"}, {"fields": []}, {"fields": "firstName"},
    {"fields": ["name"], "order_by": "email"},
]  # fmt: skip


@pytest.mark.parametrize("arguments", WRONG, ids=repr)
def test_invalid_argument_is_refused_before_any_request(arguments, server):
    PEOPLE.connect(server)
    with pytest.raises(pm.errors.InvalidArgument, match=next(iter(reversed(arguments)))):
        PEOPLE.load(**arguments)
    assert not server.requests


@pytest.mark.parametrize("case", [PEOPLE, SITE], ids=["project", "site"])
def test_order_by_name_is_the_fallback_of_a_server_that_refuses_undocumented_orders(case, server):
    honest = case.honest(case.rows(7), most=3)
    refusal = reply({"errors": [{"id": "1", "title": "bad value", "detail": "unknown"}]}, status=400)
    documented = {"name", "namecaseinsensitive", "company"}
    case.start(server, lambda request: honest(request) if request.one("orderBy") in documented else refusal)
    frame = case.load()
    assert sorted(frame["id"]) == case.keys(7)
    assert set(frame["company_name"]) == {"Acme"}


IGNORED = [
    ({"user_type": "contact"}, {}), ({"ids": [1, 3]}, {}), ({"exclude_ids": 2}, {}), ({"company_ids": [8]}, {}),
    ({"show_deleted": False}, {"deleted": True}), ({"include_service_accounts": False}, {"isServiceAccount": True}),
    ({"include_placeholders": False}, {"isPlaceholderResource": True}),
    ({"include_clients": False}, {"isClientUser": True}),
    ({"include_collaborators": False}, {"type": "collaborator"}), ({"exclude_contacts": True}, {"type": "contact"}),
    ({"only_owner_company": True}, {"companyId": 8}),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "row"), IGNORED, ids=repr)
def test_filter_that_the_service_ignored_is_an_error_and_not_cached(arguments, row, server, cache_dir):
    PEOPLE.start(server, PEOPLE.honest([PEOPLE.row(1), PEOPLE.row(2) | row]))
    with pytest.raises(pm.errors.UnexpectedResponse, match=f"ignored the filter {next(iter(arguments))}:"):
        PEOPLE.load(**arguments)
    assert b"First1" not in stored_bytes(cache_dir)
    assert len(PEOPLE.load()) == 2


NOT_PROVEN = [
    ({"user_type": "contact"}, {"type": "Contact"}, "an unknown spelling"),
    ({"user_type": "contact"}, {"type": None}, "no type"),
    ({"company_ids": 8}, {"companyId": None, "company": None}, "no company"),
    ({"company_ids": 8, "only_owner_company": True}, {}, "the owner company goes before the others"),
    ({"company_ids": 8, "params": {"onlyOwnerCompany": True}}, {}, "in params too"),
    ({"company_ids": 8, "ids": [1, 2], "inclusive_filter": True}, {}, "one of them is enough"),
    ({"ids": [1], "params": {"inclusiveFilter": "true"}}, {}, "in params too"),
    ({"user_type": "contact", "order_prioritise_current_user": True}, {}, "the current user is always included"),
    ({"show_deleted": True}, {"deleted": True}, "requested"),
    ({"show_deleted": False}, {"deleted": None}, "not sent"),
    ({"only_owner_company": False}, {"companyId": 8}, "off"),
    ({"exclude_contacts": False}, {"type": "contact"}, "off"), ({"ids": [1, 2], "fields": "id"}, {}, "only ids"),
    ({"search_term": "Ann"}, {}, "what a search finds is up to the service"),
    ({"updated_after": "2030-01-01"}, {}, "what counts as an update is too"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "row", "why"), NOT_PROVEN, ids=repr)
def test_rows_that_do_not_prove_an_ignored_filter_are_kept(arguments, row, why, server):
    PEOPLE.start(server, PEOPLE.honest([PEOPLE.row(n) | row for n in (1, 2)]))
    assert len(PEOPLE.load(**arguments)) == 2, why


def test_checks_of_filters_agree_with_the_filters_of_the_sandbox(our_sandbox):
    token = our_sandbox.token("teamwork")
    pm.connect("teamwork", url=our_sandbox.url("teamwork"), token=token, requests_per_minute=10_000)
    everyone = pm.teamwork.people(include_placeholders=True, include_service_accounts=True)
    some = everyone["id"].tolist()[:7]
    companies = everyone["company_id"].dropna().unique()[:3].tolist()
    project = our_sandbox.data.projects[0].id
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
        of_project, of_site = pm.teamwork.people(project, **arguments), pm.teamwork.people(**arguments)
        assert set(of_project["id"]) <= set(of_site["id"]) < set(everyone["id"]), arguments


def test_the_frame_is_sorted_and_the_requests_are_not(server):
    firsts = ["b", "a", "", "a", "c"]
    rows = [PEOPLE.row(n) | {"firstName": name} for n, name in enumerate(firsts, 1)]
    PEOPLE.start(server, PEOPLE.honest(rows, most=2))
    frame = PEOPLE.load(order_by="first_name")
    assert frame["id"].tolist() == [2, 4, 1, 5, 3]
    assert frame.index.tolist() == [0, 1, 2, 3, 4]
    assert frame.attrs["pmframes"]["rows"] == 5
    descending = PEOPLE.load(order_by=["first_name", "id"], order_mode="desc")
    assert descending["id"].tolist() == [5, 1, 4, 2, 3]
    assert descending.attrs["pmframes"]["cached"]
    assert {request.one("orderBy") for request in server.requests} == {"id"}


def test_columns_of_fields_that_were_not_requested_are_na(server):
    rows = [{key: PEOPLE.row(n)[key] for key in ("id", "firstName", "lastName")} for n in (1, 2)]
    PEOPLE.start(server, PEOPLE.honest(rows))
    frame = PEOPLE.load(fields="name", order_by="name")
    assert frame["name"].tolist() == ["First1 Last1", "First2 Last2"]
    assert list(frame.columns) == list(PEOPLE.columns)
    assert (
        frame[["email", "type", "company_id", "company_name", "is_admin", "user_rate", "created_at"]]
        .isna()
        .all(axis=None)
    )


def test_people_of_the_whole_site_name_no_projects():
    # Hand-made: people of the site have no project.
    people = pd.DataFrame({"project_id": pd.array([None], "Int64"), "id": [1]})
    with pytest.raises(pm.errors.InvalidArgument, match="rows without project_id"):
        pm.teamwork.people(people)
