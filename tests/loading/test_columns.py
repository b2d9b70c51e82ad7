"""The contract of every loader: columns and dtypes, whatever the rows; which path fills which column; provenance."""

import json
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

import pmframes as pm
from pmframes._loading.loader import dry_run
from tests.support.cases import Case, case_of
from tests.support.frames import retyped
from tests.support.loaders import records
from tests.support.server import FakeServer

BEYOND_FLOAT = 2**53 + 1
BIGGEST = 2**63 - 1
BANK = ["iban", "swift_code", "bank_account_holder_name", "bank_registration_number", "bank_account"]


def load(case: Case, server: FakeServer, rows: list[Any], **arguments: Any) -> pd.DataFrame:
    case.connect(server)
    case.serve(server, rows)
    return case.load(**arguments)


@pytest.mark.filterwarnings("ignore:.* NA in all ")
def test_columns_dtypes_and_index_for_none_one_and_many_rows(case, server):
    """Also for rows with nothing but an id, and for rows with null everywhere."""
    case.connect(server)
    bare = {"id": case.row(9)["id"]}
    null = dict.fromkeys(case.row(9)) | bare
    dtypes = []
    for rows in ([], case.rows(1), case.rows(1200), [bare], [null], [case.row(1), bare, case.row(2)]):
        case.serve(server, rows)
        frame = case.load(refresh=True)
        assert type(frame) is pd.DataFrame
        assert list(frame.columns) == list(case.columns)
        allowed = {name: dtype if isinstance(dtype, tuple) else (dtype,) for name, dtype in case.columns.items()}
        assert {name: str(frame[name].dtype) for name in frame if str(frame[name].dtype) not in allowed[name]} == {}
        assert list(frame.index) == list(range(len(frame)))
        dtypes.append(frame.dtypes)
    for other in dtypes[1:]:  # categories included
        pd.testing.assert_series_equal(other, dtypes[0])


def test_fields_without_a_column_are_kept_only_as_extra_columns(case, server):
    case.connect(server)
    case.serve(server, [row | {"shoeSize": 40 + at, "zz_last": "x"} for at, row in enumerate(case.rows(3))])
    declared = list(case.columns)
    assert list(case.load().columns) == declared
    frame = case.load(extra_columns=True)
    assert list(frame.columns)[: len(declared)] == declared
    assert frame["shoe_size"].tolist() == [40, 41, 42]
    assert list(case.load().columns) == declared


@pytest.mark.parametrize("number", [0, 1])
def test_bank_details_are_columns_only_with_payout(number, server):
    case = case_of("spirii.customers")
    frame = load(case, server, case.rows(number), payout=True)
    assert list(frame.columns) == [*case.columns, *BANK]
    assert {str(frame[name].dtype) for name in BANK} == {"str"}


@pytest.mark.parametrize("number", [0, 5])
def test_parquet_keeps_a_frame_and_its_provenance(case, number, server, tmp_path):
    case.connect(server)
    case.serve(server, case.rows(number))
    frame = case.load()
    assert frame.attrs["pmframes"]["rows"] == number
    assert len(json.dumps(frame.attrs["pmframes"])) < 2000
    frame.to_parquet(tmp_path / "frame.parquet")
    again = pd.read_parquet(tmp_path / "frame.parquet")
    assert again.attrs["pmframes"] == frame.attrs["pmframes"]
    for name, dtype in case.columns.items():
        if dtype == "object":  # parquet gives lists back as arrays, as it does for everyone
            again[name] = pd.Series([None if items is None else list(items) for items in again[name]], dtype=object)
        elif not number and str(frame[name].dtype) == "category":
            again[name] = again[name].astype(frame[name].dtype)
    pd.testing.assert_frame_equal(retyped(again, frame), frame)


def test_a_changed_frame_changes_no_later_load(case, server):
    case.connect(server)
    case.serve(server, case.rows(3))
    first = case.load()
    unchanged = first.copy()
    first.attrs["pmframes"]["rows"] = -1
    first[case.text] = "changed"
    for name in (name for name, dtype in case.columns.items() if dtype == "object"):
        unchanged[name] = [items and [*items] for items in first[name]]
        [value.append(99) for value in first[name].iloc[:1] if value is not None]
    again = case.load()
    assert again.attrs["pmframes"]["rows"] == 3
    pd.testing.assert_frame_equal(again, unchanged)


USER = {"id": BEYOND_FLOAT, "type": "users", "meta": {}}
COMPANY = {"id": 8, "type": "companies"}
PATHS = {
    "teamwork.people": [
        ({"companyId": 8, "company": {"id": 9}}, "company_id", 8), ({"companyId": 8, "company": None}, "company_id", 8),
        ({"companyId": 0, "company": COMPANY}, "company_id", 8),
        ({"companyId": None, "company": COMPANY}, "company_id", 8),
        *[({"companyId": 0, "company": none}, "company_id", None) for none in (None, 0, {"id": 0}, {}, "")],
        *[({"companyId": 0, "company": none}, "company_name", None) for none in (None, 0, {"id": 0}, {}, "")],
        *[
            ({key: sent}, column, id_)
            for key, column in (("createdBy", "created_by_id"), ("updatedBy", "updated_by_id"))
            for sent, id_ in ((391604, 391604), (USER, BEYOND_FLOAT), (0, None), ({"id": 0}, None), (None, None))
        ],
        *[
            ({"firstName": first, "lastName": last}, "name", name)
            for first, last, name in [
                ("Ann", "Bee", "Ann Bee"),
                ("Ann", "", "Ann"),
                (None, "Bee", "Bee"),
                ("", "", None),
                (None, None, None),
                ("O'Brien", "<img src=x>", "O'Brien <img src=x>"),
                ("שלום", "子", "שלום 子"),
            ]
        ],
        ({"companyRoleId": 0}, "company_role_id", None), ({"companyRoleId": 12}, "company_role_id", 12),
        ({"workingHoursId": 0, "workingHour": {"id": 9}}, "working_hours_id", 9),
        ({"userRate": 12500}, "user_rate", 125.0), ({"userRate": 0}, "user_rate", 0.0),
        ({"userCost": 4050}, "user_cost", 40.5), ({"userCost": None}, "user_cost", None),
        ({"lengthOfDay": 8}, "length_of_day", 8.0), ({"isAdmin": True}, "is_admin", True),
        ({"isAdmin": None}, "is_admin", None), ({"isClientUser": True}, "is_client_user", True),
        ({"isServiceAccount": True}, "is_service_account", True), ({"deleted": True}, "deleted", True),
        ({"canAddProjects": None}, "can_add_projects", None), ({"isPlaceholderResource": True}, "is_placeholder", True),
        ({"type": "collaborator"}, "type", "collaborator"), ({"type": "robot"}, "type", "robot"),
        ({"teams": [{"id": 31, "type": "teams"}]}, "team_ids", [31]), ({"teams": None}, "team_ids", None),
        ({"createdAt": "0001-01-01T00:00:00Z"}, "created_at", None),
        *[({key: ""}, key, None) for key in ("email", "title", "type", "timezone")],
        ({"avatarUrl": ""}, "avatar_url", None), ({"updatedAt": None}, "updated_at", None),
    ],
    "projectmanager.customers": [({"name": ""}, "name", None), ({"name": "0012"}, "name", "0012")],
    "projectmanager.roles": [({"description": None}, "description", None)],
    "outlign.clients": [
        *[({"company": none}, "company_id", None) for none in (None, {}, {"id": 0}, {"id": 0, "title": ""})],
        *[({"company": none}, "company_title", None) for none in (None, {}, {"id": 0}, {"id": 0, "title": ""})],
        ({"company_id": 9, "company": None}, "company_id", 9),
        ({"company": {"id": BIGGEST, "title": "A"}}, "company_id", BIGGEST), ({"title": ""}, "title", None),
        ({"created_at": "2025-01-27 09:38:41"}, "created_at", "2025-01-27T09:38:41+00:00"),
        ({"updated_at": None}, "updated_at", None),
    ],
    "spirii.customers": [
        ({"owner": {"id": None}, "ownerId": 5}, "owner_id", 5),
        ({"owner": {"id": BEYOND_FLOAT, "name": "A"}}, "owner_id", BEYOND_FLOAT),
        *[({"cpo": none}, "cpo_id", None) for none in (None, {}, {"id": 0, "name": ""})],
        *[({"cpo": none}, "cpo_name", None) for none in (None, {}, {"id": 0, "name": ""})],
        *[({"owner": none}, column, None) for none in (None, {}, {"id": 0}) for column in ("owner_id", "owner_name")],
        *[
            ({key: none}, column, None)
            for none in (None, {})
            for key, columns in {
                "contactDetails": ("contact_name", "contact_email", "contact_phone"),
                "billingDetails": ("payment_method", "invoice_format", "vat_number", "gln", "zip_code"),
                "financialSetup": ("language", "currency"),
                "billingSettings": ("charge_key_document_aggregation", "company_car_reimbursement_method"),
            }.items()
            for column in columns
        ],
        ({"billingDetails": {"gln": "0012", "vatNumber": "007E5"}}, "gln", "0012"),
        ({"billingDetails": {"gln": "0012", "vatNumber": "007E5"}}, "vat_number", "007E5"),
        ({"locations": [3, BEYOND_FLOAT]}, "locations", [3, BEYOND_FLOAT]),
        ({"locations": [3, BEYOND_FLOAT]}, "location_count", 2), ({"locations": []}, "location_count", 0),
        ({"locations": None}, "location_count", None), ({"locations": None}, "locations", None),
        *[({"type": kind}, "type", kind) for kind in ("Private", "CPOSubsidiary", "Fleet")],
        ({"externalId": ""}, "external_id", None), ({"country": None}, "country", None),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", PATHS)
def test_each_path_fills_its_column(name, server):
    """All rows are in one page, so that values of every form are in one column."""
    case = case_of(name)
    rows = [case.row(1) | sent | {"id": case.key(at)} for at, (sent, _, _) in enumerate(PATHS[name], 1)]
    loaded = records(load(case, server, rows))
    filled = [(sent, column, loaded[at][column]) for at, (sent, column, _) in enumerate(PATHS[name])]
    assert filled == PATHS[name]
    assert [type(value) for _, _, value in filled] == [type(value) for _, _, value in PATHS[name]]


@pytest.mark.parametrize("included", [None, {}, [], {"companies": {}}, {"companies": None}, "absent"], ids=repr)
def test_companies_that_are_not_included_have_no_name(included, server):
    case = case_of("teamwork.people")
    body = case.body(case.rows(1)) | {"included": included}
    if included == "absent":
        del body["included"]
    case.start(server, body)
    frame = case.load()
    assert frame["company_id"].tolist() == [7]
    assert frame["company_name"].isna().all()


def test_permissions_that_a_role_does_not_send_are_na(server):
    case = case_of("projectmanager.roles")
    silent = {name: value for name, value in case.row(3).items() if name != "permissions"}
    sent = {"useMcp": {"value": False}, "editUsers": {"value": None}, "invitePeople": None}
    rows = [case.row(2), silent, case.row(6) | {"permissions": None}, case.row(4) | {"permissions": sent}]
    permissions = load(case, server, rows)[list(case.columns)[8:]]
    assert permissions.iloc[0].tolist() == [True] * 18
    assert permissions.iloc[1:3].isna().all(axis=None)
    assert permissions.iloc[3].dropna().to_dict() == {"use_mcp": False}


def test_provenance_of_every_loader(case, server):
    begun = datetime.now(UTC).replace(microsecond=0)
    case.start(server, case.honest(case.rows(9), most=4))
    provenance = case.load().attrs["pmframes"]
    assert begun <= datetime.fromisoformat(provenance["fetched_at"]) <= datetime.now(UTC)
    expected = {
        "service": case.service,
        "resource": case.name.split(".")[1].split("-")[0],
        "cached": False,
        "requests": len(server.requests),
        "rows": 9,
        "complete": True,
        "fictional": False,
        "version": pm.__version__,
    }
    assert expected.items() <= provenance.items()
    assert provenance.keys() - expected.keys() >= {"params", "fetched_at"}


@pytest.mark.parametrize(("name", "argument"), [
    ("teamwork.people", "search_term"), ("outlign.clients", "title"), ("spirii.customers", "search"),
])  # fmt: skip
def test_provenance_holds_no_search_text(name, argument, server):
    case = case_of(name)
    case.start(server, case.honest([row | {"name": "Anna", "title": "Anna"} for row in case.rows(1)]))
    provenance = case.load(**{argument: "Anna Andersen"}).attrs["pmframes"]
    assert "Anna" not in repr(provenance)
    assert "…" in provenance["params"].values()


def test_nothing_is_printed_without_a_terminal(each_service, server, capsys):
    each_service.start(server, each_service.honest(each_service.rows(9), most=4))
    each_service.load()
    assert capsys.readouterr() == ("", "")


def test_a_dry_run_requests_nothing_and_has_the_columns(case, server):
    case.start(server, case.honest(case.rows(3)))
    with dry_run():
        frame = case.load()
    assert (list(frame), len(frame), server.requests) == (list(case.columns), 0, [])
    assert len(case.load()) == 3
