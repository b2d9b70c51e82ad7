"""Declared columns and dtypes, the same for many rows and for none; missing is missing, exact stays exact."""

import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pmframes as pm

BEYOND_FLOAT = 2**53 + 1
BIGGEST = 2**63 - 1


def _load(case: Any, site: Any, rows: list[Any], **arguments: Any) -> pd.DataFrame:
    """Serve rows as the only page and load them."""
    case.connect(site)
    site.serve(case.path, case.body(rows))
    return case.load(**arguments)


def _allowed(wanted: str | tuple[str, ...]) -> tuple[str, ...]:
    return (wanted,) if isinstance(wanted, str) else wanted


# Columns


@pytest.mark.product
@pytest.mark.parametrize("number", [0, 1, 2, 1200])
def test_columns_and_dtypes(number, case, site):
    case.connect(site)
    case.serve(site, case.rows(number))
    frame = case.load()
    assert len(frame) == number
    assert list(frame.columns) == list(case.columns)
    wrong = {
        name: str(frame[name].dtype)
        for name, wanted in case.columns.items()
        if str(frame[name].dtype) not in _allowed(wanted)
    }
    assert wrong == {}
    assert list(frame.index) == list(range(number))
    assert type(frame) is pd.DataFrame


def test_dtypes_do_not_depend_on_the_rows(case, site):
    """Category columns included: the same categories for many rows as for none."""
    case.connect(site)
    found = []
    for number in (0, 1, 30):
        case.serve(site, case.rows(number))
        found.append(case.load(refresh=True).dtypes)
    none, one, many = found
    pd.testing.assert_series_equal(none, many)
    pd.testing.assert_series_equal(one, many)


def test_dtypes_do_not_depend_on_what_is_missing(case, site):
    """A row of nothing but its id has the dtypes of a full one."""
    case.connect(site)
    case.serve(site, case.rows(3))
    full = case.load().dtypes
    for bare in ({"id": case.row(9)["id"]}, dict.fromkeys(case.row(9)) | {"id": case.row(9)["id"]}):
        case.serve(site, [bare])
        pd.testing.assert_series_equal(case.load(refresh=True).dtypes, full)
        case.serve(site, [case.row(1), bare, case.row(2)])
        pd.testing.assert_series_equal(case.load(refresh=True).dtypes, full)


def test_payout_columns_follow_the_declared(site, loader):
    case = loader("spirii.customers")
    bank = ["iban", "swift_code", "bank_account_holder_name", "bank_registration_number", "bank_account"]
    for rows in ([], case.rows(1)):
        frame = _load(case, site, rows, payout=True, refresh=True)
        assert list(frame.columns) == [*case.columns, *bank]
        assert {str(frame[name].dtype) for name in bank} == {"str"}


def test_an_unknown_field_is_skipped_unless_asked_for(case, site):
    case.connect(site)
    rows = [row | {"shoeSize": 40 + at, "zz_last": "x"} for at, row in enumerate(case.rows(3))]
    case.serve(site, rows)
    assert list(case.load().columns) == list(case.columns)
    frame = case.load(extra_columns=True)
    declared = list(case.columns)
    assert list(frame.columns)[: len(declared)] == declared
    assert [int(size) for size in frame["shoe_size"]] == [40, 41, 42]
    assert list(case.load(extra_columns=False).columns) == declared


# Missing is missing


@pytest.mark.parametrize("company", [None, 0, {"id": 0}, {"id": 0, "type": "companies"}, {}, ""], ids=repr)
@pytest.mark.parametrize("company_id", ["absent", None, 0], ids=repr)
def test_a_person_without_a_company(company, company_id, site, loader):
    case = loader("teamwork.people")
    row = case.row(1) | {"company": company, "companyId": company_id}
    if company_id == "absent":
        del row["companyId"]
    frame = _load(case, site, [row, case.row(2)])
    assert frame["company_id"].isna().tolist() == [True, False]
    assert frame["company_name"].isna().tolist() == [True, False]
    assert frame["company_id"].iloc[1] == 7


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"companyId": 8, "company": {"id": 8, "type": "companies"}}, 8),
        ({"companyId": 8, "company": None}, 8),
        ({"companyId": 8}, 8),
        ({"company": {"id": 8, "type": "companies"}}, 8),
        ({"companyId": 0, "company": {"id": 8, "type": "companies"}}, 8),
        ({"companyId": None, "company": {"id": 8, "type": "companies", "meta": {}}}, 8),
    ],
    ids=repr,
)
def test_a_persons_company_in_every_form(sent, expected, site, loader):
    case = loader("teamwork.people")
    row = {name: value for name, value in case.row(1).items() if name not in {"companyId", "company"}} | sent
    case.connect(site)
    body = case.body([row]) | {"included": {"companies": {"8": {"id": 8, "name": "Beta"}}}}
    site.serve(case.path, body)
    frame = case.load()
    assert frame["company_id"].tolist() == [expected]
    assert frame["company_name"].tolist() == ["Beta"]


@pytest.mark.parametrize("included", [None, {}, {"companies": {}}, {"companies": None}, "absent"], ids=repr)
def test_companies_that_are_not_included_have_no_name(included, site, loader):
    case = loader("teamwork.people")
    body = case.body(case.rows(1)) | {"included": included}
    if included == "absent":
        del body["included"]
    case.connect(site)
    site.serve(case.path, body)
    frame = case.load()
    assert frame["company_id"].tolist() == [7]
    assert frame["company_name"].isna().all()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (391604, 391604),
        ({"id": 391604, "type": "users"}, 391604),
        ({"id": 391604, "type": "users", "meta": {}}, 391604),
        ({"id": BEYOND_FLOAT, "type": "users"}, BEYOND_FLOAT),
        (0, None),
        ({"id": 0, "type": "users"}, None),
        (None, None),
        ("absent", None),
    ],
    ids=repr,
)
@pytest.mark.parametrize(("key", "column"), [("createdBy", "created_by_id"), ("updatedBy", "updated_by_id")])
def test_who_made_a_person(key, column, sent, expected, site, loader, records_of):
    case = loader("teamwork.people")
    row = case.row(1) if sent == "absent" else case.row(1) | {key: sent}
    assert records_of(_load(case, site, [row]))[0][column] == expected


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("Ann", "Bee", "Ann Bee"),
        ("Ann", "", "Ann"),
        ("", "Bee", "Bee"),
        (None, "Bee", "Bee"),
        ("", "", None),
        (None, None, None),
        ("O'Brien", "<img src=x onerror=alert(1)>", "O'Brien <img src=x onerror=alert(1)>"),
        ("=HYPERLINK(1)", "$x^$", "=HYPERLINK(1) $x^$"),
        ("שלום", "子", "שלום 子"),
    ],
)
def test_a_persons_name(first, last, name, site, loader, records_of):
    case = loader("teamwork.people")
    record = records_of(_load(case, site, [case.row(1) | {"firstName": first, "lastName": last}]))[0]
    assert record["name"] == name
    assert record["first_name"] == (first or None)
    assert record["last_name"] == (last or None)


@pytest.mark.parametrize(
    ("name", "key", "column"),
    [
        *[
            ("teamwork.people", key, column)
            for key, column in [
                ("email", "email"),
                ("title", "title"),
                ("type", "type"),
                ("timezone", "timezone"),
                ("avatarUrl", "avatar_url"),
                ("createdAt", "created_at"),
                ("updatedAt", "updated_at"),
            ]
        ],
        ("projectmanager.customers", "name", "name"),
        ("projectmanager.roles", "description", "description"),
        ("outlign.clients", "title", "title"),
        ("outlign.clients", "created_at", "created_at"),
        ("outlign.clients", "updated_at", "updated_at"),
        ("spirii.customers", "name", "name"),
        ("spirii.customers", "type", "type"),
        ("spirii.customers", "externalId", "external_id"),
        ("spirii.customers", "country", "country"),
        ("spirii.customers", "createdAt", "created_at"),
    ],
)
@pytest.mark.parametrize("nothing", ["", None, "absent"], ids=repr)
def test_empty_text_null_and_absent_are_missing(name, key, column, nothing, site, loader):
    case = loader(name)
    row = case.row(2) | {key: nothing}
    if nothing == "absent":
        del row[key]
    frame = _load(case, site, [case.row(1), row])
    assert frame[column].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("name", "key", "columns", "nothing"),
    [
        ("outlign.clients", "company", ["company_id", "company_title"], [None, {}, {"id": 0}, {"id": 0, "title": ""}]),
        ("spirii.customers", "owner", ["owner_id", "owner_name"], [None, {}, {"id": 0}, {"id": None, "name": None}]),
        ("spirii.customers", "cpo", ["cpo_id", "cpo_name"], [None, {}, {"id": 0, "name": ""}]),
        (
            "spirii.customers",
            "contactDetails",
            ["contact_name", "contact_email", "contact_phone"],
            [None, {}, {"name": ""}],
        ),
        (
            "spirii.customers",
            "billingDetails",
            ["payment_method", "invoice_format", "invoice_email", "vat_number", "gln", "address", "city", "zip_code"],
            [None, {}, {"gln": "", "zipCode": None}],
        ),
        ("spirii.customers", "financialSetup", ["language", "currency"], [None, {}, {"language": ""}]),
        (
            "spirii.customers",
            "billingSettings",
            ["charge_key_document_aggregation", "charge_key_line_aggregation", "company_car_reimbursement_method"],
            [None, {}],
        ),
    ],
)
def test_a_nested_object_that_is_not_there(name, key, columns, nothing, site, loader):
    case = loader(name)
    without = [case.row(n + 2) | {key: value} for n, value in enumerate(nothing)]
    absent = {other: value for other, value in case.row(99).items() if other != key}
    frame = _load(case, site, [case.row(1), *without, absent])
    expected = [False] + [True] * (len(nothing) + 1)
    for column in columns:
        assert (column, frame[column].isna().tolist()) == (column, expected)


@pytest.mark.parametrize(
    ("name", "key", "column", "full", "expected"),
    [
        ("spirii.customers", "locations", "locations", [3, 1, BEYOND_FLOAT], [3, 1, BEYOND_FLOAT]),
        ("teamwork.people", "teams", "team_ids", [{"id": 31, "type": "teams"}], [31]),
    ],
)
def test_lists_are_python_lists_and_empty_where_missing(name, key, column, full, expected, site, loader):
    case = loader(name)
    rows = [case.row(n) | {key: value} for n, value in [(1, full), (2, []), (3, None)]]
    absent = {other: value for other, value in case.row(4).items() if other != key}
    frame = _load(case, site, [*rows, absent])
    assert frame[column].tolist() == [expected, [], [], []]
    assert {type(value) for value in frame[column]} == {list}
    lists = frame[column].tolist()
    assert len({id(value) for value in lists}) == 4, "rows share one list: a change in one shows in another"


@pytest.mark.parametrize(
    ("key", "column", "sent", "expected"),
    [
        ("companyRoleId", "company_role_id", 0, None),
        ("companyRoleId", "company_role_id", None, None),
        ("companyRoleId", "company_role_id", 12, 12),
        ("workingHoursId", "working_hours_id", 0, None),
        ("workingHoursId", "working_hours_id", 9, 9),
        ("userRate", "user_rate", 12500, 125.0),
        ("userRate", "user_rate", 1, 0.01),
        ("userRate", "user_rate", 0, 0.0),
        ("userRate", "user_rate", None, None),
        ("userCost", "user_cost", 4050, 40.5),
        ("userCost", "user_cost", None, None),
        ("lengthOfDay", "length_of_day", 7.5, 7.5),
        ("lengthOfDay", "length_of_day", 8, 8.0),
        ("lengthOfDay", "length_of_day", None, None),
        ("isAdmin", "is_admin", True, True),
        ("isAdmin", "is_admin", False, False),
        ("isAdmin", "is_admin", None, None),
        ("isClientUser", "is_client_user", True, True),
        ("isServiceAccount", "is_service_account", True, True),
        ("deleted", "deleted", True, True),
        ("canAddProjects", "can_add_projects", None, None),
        ("isPlaceholderResource", "is_placeholder", True, True),
        ("type", "type", "collaborator", "collaborator"),
        ("type", "type", "robot", "robot"),
        ("createdAt", "created_at", "0001-01-01T00:00:00Z", None),
        ("updatedAt", "updated_at", "0001-01-01T00:00:00Z", None),
        ("createdAt", "created_at", "2024-10-25T20:56:48Z", "2024-10-25T20:56:48+00:00"),
    ],
)
def test_a_persons_values(key, column, sent, expected, site, loader, records_of):
    case = loader("teamwork.people")
    frame = _load(case, site, [case.row(1) | {key: sent}])
    value = records_of(frame)[0][column]
    assert value == expected
    assert type(value) is type(expected)
    assert str(frame[column].dtype) in _allowed(case.columns[column])


@pytest.mark.parametrize("sent", ["false", "true", "0", 1, 0])
def test_a_boolean_of_another_type_is_never_misread(sent, site, loader, records_of):
    case = loader("teamwork.people")
    try:
        value = records_of(_load(case, site, [case.row(1) | {"isAdmin": sent}]))[0]["is_admin"]
    except pm.errors.UnexpectedResponse:
        return
    assert value is (sent in {"true", 1})


def test_an_unknown_type_is_kept_beside_the_known(site, loader):
    case = loader("spirii.customers")
    kinds = ["Private", "Business", "CPO", "CPOSubsidiary", "Fleet"]
    frame = _load(case, site, [case.row(n) | {"type": kind} for n, kind in enumerate(kinds, 1)])
    assert frame["type"].tolist() == kinds
    assert str(frame["type"].dtype) == "category"


def test_roles_whose_permissions_are_not_sent(site, loader):
    case = loader("projectmanager.roles")
    silent = {name: value for name, value in case.row(3).items() if name != "permissions"}
    partly = case.row(4) | {
        "permissions": {"useMcp": {"value": False}, "editUsers": {"value": None}, "invitePeople": None}
    }
    frame = _load(case, site, [case.row(2), silent, case.row(6) | {"permissions": None}, partly])
    permissions = list(case.columns)[8:]
    assert frame[permissions].iloc[0].tolist() == [True] * 18
    assert frame[permissions].iloc[1].isna().all()
    assert frame[permissions].iloc[2].isna().all()
    assert frame["use_mcp"].tolist()[3] is False
    assert frame[permissions].iloc[3].isna().sum() == 17


# Times


TIMES = [
    ("2023-01-01T12:00:00Z", "2023-01-01T12:00:00+00:00"),
    ("2023-01-01T12:00:00.000001Z", "2023-01-01T12:00:00.000001+00:00"),
    ("2023-11-07T05:31:56.123Z", "2023-11-07T05:31:56.123000+00:00"),
    ("2025-01-27 09:38:41", "2025-01-27T09:38:41+00:00"),
    ("2026-03-04T04:58:14+02:00", "2026-03-04T02:58:14+00:00"),
    ("2024-02-29", "2024-02-29T00:00:00+00:00"),
    ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59+00:00"),
    ("", None),
    (None, None),
    ("0001-01-01T00:00:00Z", None),
]
TIMED = [
    ("teamwork.people", "createdAt", "created_at"),
    ("outlign.clients", "created_at", "created_at"),
    ("spirii.customers", "updatedAt", "updated_at"),
]


@pytest.mark.parametrize(("name", "key", "column"), TIMED)
def test_times_of_every_form_in_one_column(name, key, column, site, loader, records_of):
    case = loader(name)
    frame = _load(case, site, [case.row(n) | {key: sent} for n, (sent, _) in enumerate(TIMES, 1)])
    expected = [None if told is None else pd.Timestamp(told) for _, told in TIMES]
    found = [None if told is None else pd.Timestamp(told) for told in (row[column] for row in records_of(frame))]
    assert found == expected
    assert str(frame[column].dtype) == "datetime64[us, UTC]"


@pytest.mark.parametrize(("name", "key", "column"), TIMED)
@pytest.mark.parametrize("sent", [sent for sent, _ in TIMES], ids=repr)
def test_a_time_alone_has_the_dtype_of_many(name, key, column, sent, site, loader):
    case = loader(name)
    frame = _load(case, site, [case.row(1) | {key: sent}])
    assert str(frame[column].dtype) == "datetime64[us, UTC]"


# What is exact stays exact


@pytest.mark.parametrize(
    ("name", "key", "column", "form"),
    [
        ("teamwork.people", "companyId", "company_id", lambda n: n),
        ("teamwork.people", "createdBy", "created_by_id", lambda n: {"id": n, "type": "users"}),
        ("teamwork.people", "companyRoleId", "company_role_id", lambda n: n),
        ("outlign.clients", "company_id", "company_id", lambda n: n),
        ("outlign.clients", "company", "company_id", lambda n: {"id": n, "title": "A"}),
        ("spirii.customers", "owner", "owner_id", lambda n: {"id": n, "name": "A"}),
        ("spirii.customers", "cpo", "cpo_id", lambda n: {"id": n, "name": "A"}),
    ],
)
@pytest.mark.parametrize("big", [BEYOND_FLOAT, BIGGEST])
def test_a_big_id_beside_a_null(name, key, column, form, big, site, loader):
    case = loader(name)
    rows = []
    for n, value in [(big - 1, form(big)), (big, None)]:
        row = {other: held for other, held in case.row(1).items() if other not in {"company", "companyId"}}
        rows.append(row | {"id": n, key: value})
    frame = _load(case, site, rows)
    assert frame["id"].tolist() == [big - 1, big]
    assert frame[column].isna().tolist() == [False, True]
    assert int(frame[column].iloc[0]) == big


@pytest.mark.product
@pytest.mark.parametrize(
    ("name", "path", "column"),
    [
        ("projectmanager.customers", ["name"], "name"),
        ("projectmanager.customers", ["id"], "id"),
        ("outlign.clients", ["title"], "title"),
        ("teamwork.people", ["title"], "title"),
        ("spirii.customers", ["externalId"], "external_id"),
        ("spirii.customers", ["billingDetails", "gln"], "gln"),
        ("spirii.customers", ["billingDetails", "vatNumber"], "vat_number"),
        ("spirii.customers", ["billingDetails", "zipCode"], "zip_code"),
        ("spirii.customers", ["contactDetails", "phone"], "contact_phone"),
        ("spirii.customers", ["payoutInformation", "bankAccount"], "bank_account"),
        ("spirii.customers", ["payoutInformation", "bankRegistrationNumber"], "bank_registration_number"),
    ],
)
@pytest.mark.parametrize("text", ["0012", "007E5", "1e5", "NaN", "null", "None", "true", " x "])
def test_text_that_looks_like_something_else_stays_text(name, path, column, text, site, loader):
    case = loader(name)
    row = case.row(1)
    inner: Any = row
    for key in path[:-1]:
        inner = inner.setdefault(key, {})
    inner[path[-1]] = text
    arguments = {"payout": True} if path[0] == "payoutInformation" else {}
    frame = _load(case, site, [row], **arguments)
    assert frame[column].tolist() == [text]
    assert str(frame[column].dtype) == "str"


AGAIN = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@AGAIN
@given(titles=st.lists(TEXT, max_size=8))
def test_any_text_comes_through(titles, site, loader):
    case = loader("outlign.clients")
    rows = [case.row(n) | {"title": title} for n, title in enumerate(titles, 1)]
    frame = _load(case, site, rows, refresh=True)
    found = ["" if pd.isna(title) else title for title in frame["title"]]
    assert found == titles


@AGAIN
@given(ids=st.lists(st.integers(1, BIGGEST), unique=True, max_size=8))
def test_any_id_comes_through(ids, site, loader):
    case = loader("spirii.customers")
    rows = [case.row(1) | {"id": n, "owner": {"id": n, "name": "A"}, "cpo": None} for n in ids]
    frame = _load(case, site, rows, refresh=True)
    assert frame["id"].tolist() == ids
    assert [int(n) for n in frame["owner_id"]] == ids


# Handing on


def _listed(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Parquet gives list columns back as arrays, as it does for everyone: compare what they hold."""
    return frame.assign(
        **{
            name: [json.dumps([n if isinstance(n, str) else int(n) for n in cell]) for cell in frame[name]]
            for name in names
        }
    )


def test_to_parquet_and_back(case, site, tmp_path):
    case.connect(site)
    case.serve(site, case.rows(5))
    frame = case.load()
    frame.to_parquet(tmp_path / "frame.parquet")
    back = pd.read_parquet(tmp_path / "frame.parquet")
    lists = [name for name, dtype in case.columns.items() if dtype == "object"]
    pd.testing.assert_frame_equal(_listed(back, lists), _listed(frame, lists))
    assert back.attrs["pmframes"] == frame.attrs["pmframes"]
    assert back.attrs["pmframes"]["rows"] == 5


def test_an_empty_frame_to_parquet_and_back(case, site, tmp_path):
    case.connect(site)
    case.serve(site, [])
    frame = case.load()
    frame.to_parquet(tmp_path / "frame.parquet")
    back = pd.read_parquet(tmp_path / "frame.parquet")
    assert list(back.columns) == list(case.columns)
    assert back.attrs["pmframes"] == frame.attrs["pmframes"]
    kept = [name for name in case.columns if str(frame[name].dtype) not in {"category", "object"}]
    pd.testing.assert_series_equal(back[kept].dtypes, frame[kept].dtypes)


def test_provenance_is_a_small_plain_dict(case, site):
    case.connect(site)
    case.serve(site, case.rows(200))
    about = case.load().attrs["pmframes"]
    assert type(about) is dict
    assert json.loads(json.dumps(about)) == about
    assert len(json.dumps(about)) < 2000


def test_a_load_is_the_callers_own(case, site):
    """A change in one frame, or in its attrs, does not show in the next one from the cache."""
    case.connect(site)
    case.serve(site, case.rows(3))
    first = case.load()
    first.attrs["pmframes"]["rows"] = -1
    first[case.text] = "changed"
    for name, dtype in case.columns.items():
        if dtype == "object":
            first[name].iloc[0].append(99)
    again = case.load()
    assert again.attrs["pmframes"]["rows"] == 3
    assert "changed" not in set(again[case.text])
    for name, dtype in case.columns.items():
        if dtype == "object":
            assert 99 not in again[name].iloc[0]
