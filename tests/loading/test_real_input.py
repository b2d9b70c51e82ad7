"""What the documents print, served byte for byte from a real socket, becomes the right frame."""

import base64
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from werkzeug import Request, Response

import pmframes as pm

SHARED = Path(__file__).resolve().parents[3] / "shared"
UTC_2023 = "2023-01-01T12:00:00+00:00"


# The bodies are the documents' own


def _unnumbered(line: bytes) -> bytes:
    return re.sub(rb"^\d+", b"", line)


def _left_half(line: bytes) -> bytes:
    return line[:46].rstrip()


@pytest.mark.parametrize(
    ("name", "document", "cut"),
    [
        ("seed_000_projectmanager_customers_example", "seeds/000_e031509f7a1cdca1.txt", _unnumbered),
        ("seed_001_outlign_clients_list", "seeds/001_bba84633bac6a2d5.txt", bytes),
        ("seed_002_teamwork_people_example", "seeds/002_c43b471a2bf7f079.txt", bytes),
        ("seed_004_projectmanager_roles_example", "seeds/004_778a218527c19f59.txt", _unnumbered),
        ("sheet_teamwork_people_shape", "api/teamwork.md", bytes),
        ("sheet_outlign_clients_envelope", "api/outlign.md", bytes),
        ("sheet_spirii_customers_example", "api/spirii.md", bytes),
        ("sheet_projectmanager_customers_shape", "api/projectmanager.md", _left_half),
        ("sheet_projectmanager_400", "api/projectmanager.md", bytes),
    ],
)
def test_a_body_is_the_documents_own(name, document, cut, body_of):
    source = SHARED / document
    if not source.exists():
        pytest.skip(f"{source} is not at hand to compare with")
    body = body_of(f"{name}.json")
    assert len(body) > 80
    assert body in b"\n".join(cut(line) for line in source.read_bytes().split(b"\n"))


# Outlign: bare or in an envelope, with company_id or with company

ACME = {"id": 123, "title": "Acme Corporation", "company_id": 456, "created_at": UTC_2023, "updated_at": UTC_2023}
BETA = {
    "id": 124,
    "title": "Beta Industries",
    "company_id": 456,
    "company_title": None,
    "created_at": "2023-01-02T10:30:00+00:00",
    "updated_at": "2023-01-02T10:30:00+00:00",
}
ACME_BY_ID = ACME | {"company_title": None}
ACME_BY_COMPANY = ACME | {"company_title": "Design Studio Inc"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("seed_001_outlign_clients_list.json", [ACME_BY_ID, BETA]),
        ("handmade_outlign_bare_list_with_company.json", [ACME_BY_COMPANY]),
        ("sheet_outlign_clients_envelope.json", [ACME_BY_COMPANY]),
        ("handmade_outlign_envelope_with_company_id.json", [ACME_BY_ID, BETA]),
        ("handmade_outlign_data_without_links.json", [ACME_BY_COMPANY]),
    ],
)
def test_outlign_clients(name, expected, site, loader, body_of, records_of):
    case = loader("outlign.clients")
    case.connect(site)
    site.serve(case.path, body_of(name))
    assert records_of(case.load()) == expected


# Spirii: its example with the nested objects

JOHN = {
    "id": 123,
    "name": "John Smith",
    "type": None,
    "external_id": "CU-12345",
    "country": "DK",
    "owner_id": 234,
    "owner_name": "Company Inc.",
    "cpo_id": 123,
    "cpo_name": "Charge Point Operator Inc.",
    "location_count": 3,
    "locations": [1, 2, 3],
    "contact_name": "...",
    "contact_email": "...",
    "contact_phone": "+11 22 33 44",
    "payment_method": "Invoice",
    "invoice_format": "Email",
    "invoice_email": "...",
    "vat_number": "87687766",
    "gln": "0799439112768",
    "address": "Street Avenue, 123",
    "city": "Copenhagen",
    "zip_code": "2300",
    "language": "EN",
    "currency": "EUR",
    "charge_key_document_aggregation": "customer",
    "charge_key_line_aggregation": "location",
    "company_car_reimbursement_method": "MANUAL",
    "created_at": "2023-11-07T05:31:56+00:00",
    "updated_at": "2023-11-07T05:31:56+00:00",
}
JOHNS_BANK = {
    "iban": "DK50...",
    "swift_code": "ROYCCAT2XXX",
    "bank_account_holder_name": "...",
    "bank_registration_number": "1234",
    "bank_account": "1234567890",
}


@pytest.mark.parametrize(("payout", "expected"), [(False, JOHN), (True, JOHN | JOHNS_BANK)])
def test_spirii_customers(payout, expected, site, loader, body_of, records_of):
    case = loader("spirii.customers")
    case.connect(site)
    site.serve(case.path, body_of("handmade_spirii_example_as_the_only_page.json"))
    frame = case.load(payout=payout)
    (record,) = records_of(frame)
    assert record == expected
    assert list(frame.columns) == list(expected)


def test_spiriis_printed_example_announces_rows_that_never_come(site, loader, body_of):
    case = loader("spirii.customers")
    case.connect(site)
    site.serve(case.path, body_of("sheet_spirii_customers_example.json"))
    with pytest.raises(pm.errors.IncompleteLoad):
        case.load()


# Teamwork: its example with included companies and ProjectPermissions

PHP_API = {
    "project_id": 12345,
    "project_name": "Apollo",
    "id": 391604,
    "name": "Php Api",
    "first_name": "Php",
    "last_name": "Api",
    "email": "test@example.com",
    "type": "account",
    "title": None,
    "company_id": 1370007,
    "company_name": "…",
    "is_admin": True,
    "is_client_user": False,
    "is_service_account": False,
    "deleted": False,
    "can_add_projects": True,
    "user_rate": 125.0,
    "user_cost": None,
    "timezone": None,
    "length_of_day": 8.0,
    "working_hours_id": 1,
    "company_role_id": None,
    "team_ids": [],
    "teams": None,
    "is_placeholder": None,
    "avatar_url": "…",
    "created_at": None,
    "created_by_id": None,
    "updated_at": None,
    "updated_by_id": None,
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("teamwork.people", PHP_API),
        ("teamwork.people-of-the-site", PHP_API | {"project_id": None, "project_name": None}),
    ],
)
def test_teamwork_people(name, expected, site, loader, body_of, records_of):
    case = loader(name)
    case.connect(site)
    site.serve(case.path, body_of("sheet_teamwork_people_shape.json"))
    frame = case.load()
    assert records_of(frame) == [expected]
    assert list(frame.columns) == list(expected)


def test_teamwork_people_with_every_key_of_the_document(site, loader, body_of, records_of):
    case = loader("teamwork.people")
    case.connect(site)
    site.serve(case.path, body_of("handmade_teamwork_people_as_seed_002.json"))
    frame = case.load()
    aine, bo = records_of(frame)
    unsent = dict.fromkeys(["is_placeholder", "created_at", "created_by_id", "updated_at", "updated_by_id"])
    unsent |= {"project_name": "Apollo"}
    teams = aine.pop("teams")
    assert "Design" in teams
    assert "Build" in teams
    assert aine == unsent | {
        "project_id": 12345,
        "id": 391604,
        "name": "Áine O'Brien",
        "first_name": "Áine",
        "last_name": "O'Brien",
        "email": "aine@example.com",
        "type": "account",
        "title": "Lead",
        "company_id": 1370007,
        "company_name": "Acme",
        "is_admin": True,
        "is_client_user": False,
        "is_service_account": False,
        "deleted": False,
        "can_add_projects": True,
        "user_rate": 125.0,
        "user_cost": 40.5,
        "timezone": "Europe/Dublin",
        "length_of_day": 7.5,
        "working_hours_id": 9,
        "company_role_id": 12,
        "team_ids": [31, 32],
        "avatar_url": "https://s3.amazonaws.com/TWFiles/1.png",
    }
    assert bo == unsent | {
        "project_id": 12345,
        "id": 391605,
        "name": "Bo",
        "first_name": "Bo",
        "last_name": None,
        "email": None,
        "type": "contact",
        "title": None,
        "company_id": 1370008,
        "company_name": "Beta & Søn",
        "is_admin": False,
        "is_client_user": True,
        "is_service_account": False,
        "deleted": True,
        "can_add_projects": False,
        "user_rate": 0.01,
        "user_cost": None,
        "timezone": None,
        "length_of_day": 0.0,
        "working_hours_id": None,
        "company_role_id": None,
        "team_ids": [],
        "teams": None,
        "avatar_url": None,
    }
    assert list(frame.columns) == list(case.columns)


def test_teamworks_printed_example_promises_a_page_for_ever(site, loader, body_of):
    case = loader("teamwork.people")
    case.connect(site)
    site.serve(case.path, body_of("seed_002_teamwork_people_example.json"))
    with pytest.raises((pm.errors.IncompleteLoad, pm.errors.UnexpectedResponse)):
        case.load()
    assert len(site.requests) < 50


# ProjectManager.com: two envelopes


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sheet_projectmanager_customers_shape.json", [{"id": "<uuid>", "name": "Acme"}]),
        (
            "handmade_projectmanager_customers_as_seed_000.json",
            [
                {"id": "7d3a1f0e-58a1-4c8e-9f3b-0a6d2c4b1e55", "name": "Acme Corporation"},
                {"id": "00000000-0000-0000-0000-00000000a001", "name": "0012"},
                {"id": "1e1f0d3c-77aa-4a52-8c37-2f9f5f6f7a10", "name": "株式会社 & <b>Søn</b>"},
            ],
        ),
    ],
)
def test_projectmanager_customers(name, expected, site, loader, body_of, records_of):
    case = loader("projectmanager.customers")
    case.connect(site)
    site.serve(case.path, body_of(name))
    assert records_of(case.load()) == expected


def test_projectmanager_roles(site, loader, body_of, records_of):
    case = loader("projectmanager.roles")
    case.connect(site)
    site.serve(case.path, body_of("handmade_projectmanager_roles_as_seed_004.json"))
    frame = case.load()
    everything, third = records_of(frame)
    permissions = list(case.columns)[8:]
    assert len(permissions) == 18
    assert everything == {
        "id": "7d3a1f0e-58a1-4c8e-9f3b-0a6d2c4b1e55",
        "name": "Global Admin",
        "description": "May do everything",
        "is_admin": False,
        "is_custom": False,
        "is_global_admin": True,
        "is_guest": False,
        "is_default": False,
        **dict.fromkeys(permissions[:17], True),
        "use_mcp": None,
    }
    assert third == {
        "id": "00000000-0000-0000-0000-00000000a002",
        "name": "Every third",
        "description": None,
        "is_admin": False,
        "is_custom": True,
        "is_global_admin": False,
        "is_guest": False,
        "is_default": True,
        **{name: at % 3 == 0 for at, name in enumerate(permissions[:17])},
        "use_mcp": None,
    }
    assert list(frame.columns) == list(case.columns)


@pytest.mark.parametrize(
    ("loads", "name"),
    [
        ("projectmanager.customers", "seed_000_projectmanager_customers_example.json"),
        ("projectmanager.roles", "seed_004_projectmanager_roles_example.json"),
    ],
)
def test_projectmanagers_printed_example_says_that_the_call_failed(loads, name, site, loader, body_of):
    case = loader(loads)
    case.connect(site)
    site.serve(case.path, body_of(name))
    with pytest.raises((pm.errors.ServiceError, pm.errors.UnexpectedResponse)):
        case.load()


def test_an_envelope_without_success_is_no_error(site, loader, records_of):
    case = loader("projectmanager.customers")
    case.connect(site)
    site.serve(case.path, {"data": [{"id": "a", "name": "Acme"}]})
    assert records_of(case.load()) == [{"id": "a", "name": "Acme"}]


def test_unknown_permissions_follow_sorted_and_never_hide_a_column(site, loader):
    case = loader("projectmanager.roles")
    case.connect(site)
    plain, odd = case.row(1), case.row(2)
    odd["permissions"] = {
        "zebraCrossing": {"description": "", "value": True, "canBeModified": True},
        "name": {"description": "", "value": False, "canBeModified": True},
        "aardvark": {"description": "", "value": True, "canBeModified": True},
        **odd["permissions"],
    }
    site.serve(case.path, case.body([plain, odd]))
    frame = case.load()
    assert list(frame.columns) == [*case.columns, "aardvark", "permission_name", "zebra_crossing"]
    assert list(frame["name"]) == ["Role 1", "Role 2"]
    for name, value in [("aardvark", True), ("permission_name", False), ("zebra_crossing", True)]:
        assert str(frame[name].dtype) == "boolean"
        assert frame[name].isna().tolist() == [True, False]
        assert frame[name].iloc[1] == value


# To the last page


def test_every_row_of_every_page(paged, site):
    number = 2 * paged.most + 1 if paged.most <= 500 else 2101
    paged.connect(site)
    paged.serve(site, paged.rows(number))
    frame = paged.load()
    assert sorted(frame[paged.id_column]) == paged.keys(number)
    sizes = [int(request.one(paged.size_key)) for request in site.asked(paged.path)]
    assert sizes
    assert all(1 <= size <= paged.most for size in sizes)
    assert len(sizes) <= number // min(sizes) + 10


def test_every_row_of_a_server_that_sends_less_than_was_asked_for(paged, site):
    paged.connect(site)
    paged.serve(site, paged.rows(11), clamp=4)
    frame = paged.load()
    assert sorted(frame[paged.id_column]) == paged.keys(11)
    assert frame.attrs["pmframes"]["rows"] == 11


def test_pages_are_numbered_from_one(site, loader):
    for name in ("teamwork.people", "outlign.clients"):
        case = loader(name)
        case.connect(site)
        case.serve(site, case.rows(11), clamp=4)
        case.load()
        pages = [int(request.query.get("page", ["1"])[0]) for request in site.asked(case.path)]
        assert {1, 2, 3} <= set(pages)
        assert min(pages) == 1


def test_spiriis_offset_advances_by_what_came(site, loader):
    case = loader("spirii.customers")
    case.connect(site)
    case.serve(site, case.rows(11), clamp=4)
    case.load()
    offsets = [int(request.query.get("offset", ["0"])[0]) for request in site.asked(case.path)]
    assert {0, 4, 8} <= set(offsets)
    assert all(request.one("sortBy") == "id" for request in site.asked(case.path))
    assert all(request.one("sortDirection") == "asc" for request in site.asked(case.path))


def test_every_client_of_a_bare_list_in_pages(site, loader, answer_with):
    case = loader("outlign.clients")
    case.connect(site)
    rows = case.rows(2101)

    def bare(request: Request) -> Response:
        size, number = int(request.args.get("per_page", 15)), int(request.args.get("page", 1))
        return answer_with(rows[(number - 1) * size : number * size])(request)

    site.serve(case.path, bare)
    assert sorted(case.load()["id"]) == case.keys(2101)


def test_a_server_as_strict_as_the_document_of_teamwork(site, loader, answer_with):
    """Unknown values of an enum and pages above 500 are refused; the document has three values of orderBy."""
    for name, includes in [
        ("teamwork.people", {"companies", "permissions"}),
        ("teamwork.people-of-the-site", {"companies", "workingHours"}),
    ]:
        case = loader(name)
        case.connect(site)
        honest = case.honest(case.rows(7), clamp=3)

        def strict(request: Request, honest: Any = honest, includes: set[str] = includes) -> Response:
            asked = set(request.args.get("include", "companies").split(","))
            order = request.args.get("orderBy", "name")
            if asked - includes or order not in {"name", "namecaseinsensitive", "company"}:
                return answer_with({"errors": [{"id": "1", "title": "bad value", "detail": "unknown"}]}, status=400)(
                    request
                )
            return honest(request)

        site.serve(case.path, strict)
        frame = case.load()
        assert sorted(frame["id"]) == case.keys(7)
        assert set(frame["company_name"]) == {"Acme"}


def test_companies_of_one_page_name_the_people_of_another(site, loader, answer_with, records_of):
    case = loader("teamwork.people")
    case.connect(site)
    people = [
        case.row(n) | {"companyId": c, "company": {"id": c, "type": "companies"}} for n, c in [(1, 7), (2, 8), (3, 7)]
    ]

    def answer(request: Request) -> Response:
        first = request.args.get("page", "1") == "1"
        page = {"pageOffset": 0, "pageSize": 2, "count": 3, "hasMore": first}
        held = {"7": {"id": 7, "name": "Acme"}} if first else {"8": {"id": 8, "name": "Beta"}}
        part = people[:1] if first else people[1:]
        return answer_with({"people": part, "meta": {"page": page}, "included": {"companies": held}})(request)

    site.serve(case.path, answer)
    names = {row["id"]: row["company_name"] for row in records_of(case.load())}
    assert names == {1: "Acme", 2: "Beta", 3: "Acme"}


# Several projects

PROJECTS = "/teamwork/projects/api/v3/projects.json"
LAST_PAGE = {"meta": {"page": {"hasMore": False}}}


def _two_projects(site: Any, case: Any) -> None:
    for project, first in [(1, 1), (2, 3)]:
        site.serve(f"/teamwork/projects/api/v3/projects/{project}/people.json", case.honest(case.rows(3, first)))
    listed = [{"id": 2, "name": "Beta"}, {"id": 1, "name": "Alpha"}]
    site.serve(PROJECTS, {"projects": listed} | LAST_PAGE)


@pytest.mark.parametrize(
    "projects",
    [
        [1, 2],
        [2, 1],
        [1, 2, 1],
        [np.int64(1), np.int64(2)],
        pd.DataFrame({"id": [1, 2], "name": ["Alpha", "Beta"]}),
        pd.DataFrame({"id": pd.array([1, 2], dtype="Int64"), "name": ["Alpha", "Beta"]}),
    ],
    ids=["list", "another order", "one named twice", "numpy ids", "frame", "frame of Int64"],
)
def test_one_row_per_person_and_project(projects, site, loader):
    case = loader("teamwork.people")
    case.connect(site)
    _two_projects(site, case)
    frame = pm.teamwork.people(projects)
    pairs = sorted(zip(frame["project_id"], frame["id"], strict=True))
    assert pairs == [(1, 1), (1, 2), (1, 3), (2, 3), (2, 4), (2, 5)]
    assert dict(frame.dtypes.astype(str))["project_id"] == "Int64"


@pytest.mark.parametrize(
    ("names", "asked_for"),
    [(["One", "Two"], []), (["One", None], ["2"]), ([None, None], ["1,2"]), (None, ["1,2"])],
    ids=repr,
)
def test_names_of_projects_that_are_not_known_cost_one_request(names, asked_for, site, loader):
    case = loader("teamwork.people")
    case.connect(site)
    _two_projects(site, case)
    projects = pd.DataFrame({"id": [1, 2], "name": names}) if names else [1, 2]
    known = dict(zip([1, 2], names or [None, None], strict=True))
    expected = {number: known[number] or name for number, name in [(1, "Alpha"), (2, "Beta")]}
    frame = pm.teamwork.people(projects)
    assert dict(zip(frame["project_id"], frame["project_name"], strict=True)) == expected
    assert [request.one("projectIds") for request in site.asked(PROJECTS)] == asked_for
    assert frame.attrs["pmframes"]["requests"] == len(site.requests) == 2 + len(asked_for)
    again = pm.teamwork.people(projects)
    assert len(site.requests) == 2 + len(asked_for), "the names are stored with the people"
    pd.testing.assert_frame_equal(frame, again)


def test_a_project_that_is_not_in_the_list_has_no_name(site, loader):
    case = loader("teamwork.people")
    case.connect(site)
    case.serve(site, case.rows(2))
    site.serve(PROJECTS, {"projects": []} | LAST_PAGE)
    frame = pm.teamwork.people(12345)
    assert frame["project_name"].isna().tolist() == [True, True]
    assert str(frame["project_name"].dtype) == "str"


def test_no_projects_are_never_the_whole_site(site, loader):
    case = loader("teamwork.people-of-the-site")
    case.connect(site)
    case.serve(site, case.rows(3))
    for none in ([], pd.DataFrame({"id": pd.Series([], dtype="int64"), "name": pd.Series([], dtype="str")})):
        try:
            frame = pm.teamwork.people(none)
        except pm.errors.InvalidArgument:
            continue
        assert len(frame) == 0
        assert list(frame.columns) == list(case.columns)
        assert frame.attrs["pmframes"]["params"] == {"projects": []}
    assert site.requests == []


# What is asked for


def _instant(text: str) -> datetime:
    assert text.endswith("Z")
    return datetime.fromisoformat(text)


MOMENT = datetime(2026, 3, 4, 2, 58, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "arguments", "query", "like"),
    [
        ("teamwork.people", {}, {}, {}),
        ("teamwork.people", {"user_type": "contact"}, {"userType": "contact"}, {"type": "contact"}),
        ("teamwork.people", {"search_term": "Ann & Søn"}, {"searchTerm": "Ann & Søn"}, {}),
        ("teamwork.people", {"include_service_accounts": True}, {"includeServiceAccounts": "true"}, {}),
        ("teamwork.people", {"include_service_accounts": False}, {"includeServiceAccounts": "false"}, {}),
        ("teamwork.people", {"show_deleted": True}, {"showDeleted": "true"}, {}),
        ("teamwork.people", {"company_ids": [1, 2, 3]}, {"companyIds": "1,2,3"}, {"companyId": 3}),
        ("teamwork.people", {"company_ids": [4]}, {"companyIds": "4"}, {"companyId": 4}),
        ("teamwork.people-of-the-site", {"company_ids": [1, 2]}, {"companyIds": "1,2"}, {"companyId": 2}),
        ("teamwork.people-of-the-site", {"params": {"xFuture": "1"}}, {"xFuture": "1"}, {}),
        ("teamwork.people", {"params": {"xFuture": "1"}}, {"xFuture": "1"}, {}),
        ("outlign.clients", {"company_id": 456}, {"company_id": "456"}, {}),
        ("outlign.clients", {"title": "Acme & 子"}, {"title": "Acme & 子"}, {}),
        ("outlign.clients", {"company_id": 456, "title": "C"}, {"company_id": "456", "title": "C"}, {}),
        ("outlign.clients", {"params": {"x_future": "1"}}, {"x_future": "1"}, {}),
        ("spirii.customers", {"search": "CU-007"}, {"search": "CU-007"}, {}),
        ("spirii.customers", {"params": {"ownerId": "12"}}, {"ownerId": "12"}, {}),
    ],
    ids=repr,
)
def test_an_argument_goes_out_with_every_page(name, arguments, query, like, site, loader):
    """The rows are ``like`` those that the filter keeps."""
    case = loader(name)
    case.connect(site)
    case.serve(site, [row | like for row in case.rows(9)], clamp=4)
    assert len(case.load(**arguments)) == 9
    asked = site.asked(case.path)
    assert len(asked) >= 3
    for request in asked:
        assert {key: request.one(key) for key in query} == query
        assert all(len(values) == 1 for values in request.query.values())


def test_what_is_not_asked_for_is_not_sent(site, loader):
    case = loader("teamwork.people")
    case.connect(site)
    case.serve(site, case.rows(1))
    case.load()
    for request in site.requests:
        filters = {"userType", "searchTerm", "companyIds", "updatedAfter", "teamIds", "ids", "projectIds"}
        assert not filters & set(request.query)


def test_teamwork_is_asked_for_companies_in_one_include(site, loader):
    for name in ("teamwork.people", "teamwork.people-of-the-site"):
        case = loader(name)
        case.connect(site)
        case.serve(site, case.rows(1))
        case.load()
        for request in site.asked(case.path):
            assert "companies" in request.one("include").split(",")


@pytest.mark.parametrize(
    "moment",
    [
        MOMENT,
        MOMENT.astimezone(timezone(timedelta(hours=2))),
        pd.Timestamp("2026-03-04T04:58:14+02:00"),
        "2026-03-04T02:58:14Z",
    ],
    ids=["UTC", "another zone", "Timestamp", "text"],
)
def test_a_time_goes_out_as_utc(moment, site, loader):
    case = loader("teamwork.people")
    case.connect(site)
    case.serve(site, case.rows(1))
    case.load(updated_after=moment)
    assert site.requests
    assert {_instant(request.one("updatedAfter")) for request in site.asked(case.path)} == {MOMENT}


@pytest.mark.parametrize(
    ("arguments", "key", "expected"),
    [
        ({"types": ["Private", "CPOSubsidiary"]}, "types", ["Private", "CPOSubsidiary"]),
        ({"types": ["Business"]}, "types", ["Business"]),
        ({"customer_ids": [1, 2]}, "customerIds", ["1", "2"]),
    ],
    ids=repr,
)
def test_lists_of_spirii(arguments, key, expected, site, loader):
    """No document says whether the key is repeated or the values are joined by commas."""
    case = loader("spirii.customers")
    case.connect(site)
    rows = [row | {"type": expected[0]} for row in case.rows(2)]
    other = [case.row(n) | {"type": "CPOSubsidiary"} for n in (3, 4)]
    first, second = case.honest(rows), case.honest(other)
    site.serve(case.path, lambda request: (second if "CPOS" in request.args.get("types", "") else first)(request))
    case.load(**arguments)
    sent = [",".join(request.query[key]).split(",") for request in site.asked(case.path) if key in request.query]
    assert sent
    assert len(sent) == len(site.requests)
    assert sorted({value for values in sent for value in values}) == sorted(expected)


# Who asks


def _basic(header: str) -> str:
    scheme, _, rest = header.partition(" ")
    assert scheme == "Basic"
    return base64.b64decode(rest).decode().partition(":")[0]


def test_teamworks_key_goes_out_as_basic(site, loader):
    case = loader("teamwork.people")
    case.connect(site, token="twp_ABC")
    case.serve(site, case.rows(9), clamp=4)
    case.load()
    assert {_basic(request.headers["Authorization"]) for request in site.requests} == {"twp_ABC"}


def test_teamworks_oauth_token_goes_out_as_bearer(site, loader):
    case = loader("teamwork.people")
    case.connect(site, token="twp_ABC", oauth=True)
    case.serve(site, case.rows(1))
    case.load()
    assert {request.headers["Authorization"] for request in site.requests} == {"Bearer twp_ABC"}


@pytest.mark.parametrize("name", ["projectmanager.customers", "outlign.clients", "spirii.customers"])
def test_the_others_send_bearer(name, site, loader):
    case = loader(name)
    case.connect(site, token="abc")
    case.serve(site, case.rows(1))
    case.load()
    assert {request.headers["Authorization"] for request in site.requests} == {"Bearer abc"}


def test_json_is_asked_for(case, site):
    case.connect(site)
    case.serve(site, case.rows(1))
    case.load()
    assert all("application/json" in request.headers["Accept"] for request in site.requests)


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, f"pmframes/{pm.__version__}"), ({"integration_name": "Access review 2"}, "Access review 2")],
)
@pytest.mark.parametrize("name", ["projectmanager.customers", "projectmanager.roles"])
def test_projectmanager_learns_who_calls(name, options, expected, site, loader):
    case = loader(name)
    case.connect(site, **options)
    case.serve(site, case.rows(1))
    case.load()
    assert site.requests
    assert {request.headers["X-Integration-Name"] for request in site.requests} == {expected}


def test_a_netrc_changes_nothing(each_service, site, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password stolen\ndefault login other password stolen\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    each_service.connect(site, token="mine")
    each_service.serve(site, each_service.rows(1))
    each_service.load()
    for request in site.requests:
        header = request.headers["Authorization"]
        assert header == "Bearer mine" or _basic(header) == "mine"


@pytest.mark.parametrize("call_at", ["first", "second page"])
def test_outligns_token_may_run_out(call_at, site, loader, answer_with):
    """A token of one hour is a function; on 401 it is called once more and the request is repeated."""
    case = loader("outlign.clients")
    handed: list[str] = []

    def token() -> str:
        handed.append(f"token-{len(handed)}")
        return handed[-1]

    honest = case.honest(case.rows(9), clamp=4)
    refused: list[str] = []

    def answer(request: Request) -> Response:
        at_fault = call_at == "first" or request.args.get("page") == "2"
        if at_fault and (not refused or request.headers["Authorization"] in refused):
            refused.append(request.headers["Authorization"])
            return answer_with({"message": "Unauthenticated."}, status=401)(request)
        return honest(request)

    case.connect(site, token=token, account="agency-a")
    site.serve(case.path, answer)
    frame = case.load()
    assert sorted(frame["id"]) == case.keys(9)
    assert len(handed) >= 2


# Teamwork's host in every form that people paste


@pytest.mark.parametrize(
    ("pasted", "url"),
    [
        ("acme", "https://acme.teamwork.com"),
        ("ACME", "https://acme.teamwork.com"),
        ("acme.teamwork.com", "https://acme.teamwork.com"),
        ("Acme.Teamwork.com", "https://acme.teamwork.com"),
        ("acme.teamwork.com.", "https://acme.teamwork.com"),
        ("acme.teamwork.com/", "https://acme.teamwork.com"),
        (" acme.teamwork.com \n", "https://acme.teamwork.com"),
        ("https://acme.teamwork.com", "https://acme.teamwork.com"),
        ("https://acme.teamwork.com/", "https://acme.teamwork.com"),
        ("https://Acme.Teamwork.com./", "https://acme.teamwork.com"),
        ("HTTPS://ACME.TEAMWORK.COM", "https://acme.teamwork.com"),
        ("https://acme.teamwork.com/app/projects/1", "https://acme.teamwork.com"),
        ("https://acme.teamwork.com/#/projects/1/people?x=1", "https://acme.teamwork.com"),
        ("acme.teamwork.com/app/projects/1", "https://acme.teamwork.com"),
        ("acme.eu.teamwork.com", "https://acme.eu.teamwork.com"),
        ("https://Acme.EU.teamwork.com/app", "https://acme.eu.teamwork.com"),
    ],
)
def test_teamworks_host(pasted, url):
    pm.connect("teamwork", url=pasted, token="t")
    known = pm.connections().set_index("service")["url"]
    assert known["teamwork"].removesuffix("/") == url


@pytest.mark.parametrize(
    ("service", "url"),
    [
        ("projectmanager", "https://api.projectmanager.com"),
        ("outlign", "https://go.outlign.co"),
        ("spirii", "https://api.spirii.com"),
    ],
)
def test_the_others_know_their_host(service, url):
    pm.connect(service, token="t")
    known = pm.connections().set_index("service")["url"]
    assert known[service].startswith(url)


def test_spiriis_own_sandbox():
    pm.connect("spirii", url="https://sandbox.api.spirii.com", token="t")
    assert pm.connections().set_index("service").loc["spirii", "url"] == "https://sandbox.api.spirii.com"


# Where the credential is from


def test_the_environment_connects(each_service, site, monkeypatch):
    name = each_service.service.upper()
    monkeypatch.setenv(f"PMFRAMES_{name}_URL", site.url(each_service.service))
    monkeypatch.setenv(f"PMFRAMES_{name}_TOKEN", "from-the-shell")
    each_service.serve(site, each_service.rows(2))
    assert len(each_service.load()) == 2
    header = site.requests[0].headers["Authorization"]
    assert header == "Bearer from-the-shell" or _basic(header) == "from-the-shell"
    known = pm.connections().set_index("service").loc[each_service.service]
    assert known["url"] == site.url(each_service.service)
    assert any("PMFRAMES_" in str(value) or "environ" in str(value).lower() for value in known)


def test_connect_goes_before_the_environment(each_service, site, monkeypatch):
    name = each_service.service.upper()
    monkeypatch.setenv(f"PMFRAMES_{name}_URL", "https://elsewhere.example.com")
    monkeypatch.setenv(f"PMFRAMES_{name}_TOKEN", "from-the-shell")
    each_service.connect(site, token="by-hand")
    each_service.serve(site, each_service.rows(2))
    assert len(each_service.load()) == 2
    header = site.requests[0].headers["Authorization"]
    assert header == "Bearer by-hand" or _basic(header) == "by-hand"


def test_connections_name_the_account(each_service, site):
    each_service.connect(site, account="agency-a")
    known = pm.connections().set_index("service").loc[each_service.service]
    assert known["account"] == "agency-a"
    assert known["url"] == site.url(each_service.service)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_plain_http_to_this_machine_is_allowed(host):
    for service in ("teamwork", "projectmanager", "outlign", "spirii"):
        pm.connect(service, url=f"http://{host}:8765/{service}", token="t")
        assert pm.connections().set_index("service").loc[service, "url"] == f"http://{host}:8765/{service}"


# What a frame says of itself


def test_provenance(case, site):
    begun = datetime.now(UTC).replace(microsecond=0)  # as it is told
    case.connect(site)
    case.serve(site, case.rows(9), clamp=4)
    about = case.load().attrs["pmframes"]
    assert set(about) >= {
        "service",
        "resource",
        "params",
        "fetched_at",
        "cached",
        "requests",
        "rows",
        "complete",
        "fictional",
        "version",
    }
    assert about["service"] == case.service
    assert about["resource"] == case.name.split(".")[1].split("-")[0]
    assert about["cached"] is False
    assert about["requests"] == len(site.requests)
    assert about["rows"] == 9
    assert about["complete"] is True
    assert about["fictional"] is False
    assert about["version"] == pm.__version__
    assert begun <= datetime.fromisoformat(about["fetched_at"]) <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("teamwork.people", {"search_term": "Anna Andersen"}),
        ("outlign.clients", {"title": "Anna Andersen"}),
        ("spirii.customers", {"search": "Anna Andersen"}),
    ],
)
def test_provenance_holds_no_free_text(name, arguments, site, loader):
    case = loader(name)
    case.connect(site)
    case.serve(site, [row | {"name": "Anna", "title": "Anna"} for row in case.rows(1)])
    about = case.load(**arguments).attrs["pmframes"]
    assert "Anna" not in repr(about)
    assert "…" in about["params"].values()


def test_progress_is_quiet_where_there_is_no_terminal(case, site, capsys):
    case.connect(site)
    case.serve(site, case.rows(9), clamp=4)
    case.load()
    shown = capsys.readouterr()
    assert shown.out + shown.err == ""
