"""Spirii: the documents' bodies, offset pagination, the type of each customer, filters, and the sandbox."""

import json
import urllib.parse
import urllib.request
from datetime import UTC, date, datetime

import pytest

import pmframes as pm
from pmframes.sandbox import Sandbox
from tests.support.cache_files import stored_bytes
from tests.support.cases import case_of
from tests.support.columns import BODIES
from tests.support.loaders import records
from tests.support.server import reply

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")

CUSTOMERS = case_of("spirii.customers")

JOHN = {
    "id": 123, "name": "John Smith", "type": None, "external_id": "CU-12345", "country": "DK", "owner_id": 234,
    "owner_name": "Company Inc.", "cpo_id": 123, "cpo_name": "Charge Point Operator Inc.", "location_count": 3,
    "locations": [1, 2, 3], "contact_name": "...", "contact_email": "...", "contact_phone": "+11 22 33 44",
    "payment_method": "Invoice", "invoice_format": "Email", "invoice_email": "...", "vat_number": "87687766",
    "gln": "0799439112768", "address": "Street Avenue, 123", "city": "Copenhagen", "zip_code": "2300", "language": "EN",
    "currency": "EUR", "charge_key_document_aggregation": "customer", "charge_key_line_aggregation": "location",
    "company_car_reimbursement_method": "MANUAL", "created_at": "2023-11-07T05:31:56+00:00",
    "updated_at": "2023-11-07T05:31:56+00:00",
}  # fmt: skip
BANK_DETAILS = {
    "iban": "DK50...", "swift_code": "ROYCCAT2XXX", "bank_account_holder_name": "...",
    "bank_registration_number": "1234", "bank_account": "1234567890",
}  # fmt: skip


@pytest.mark.parametrize(("payout", "expected"), [(False, JOHN), (True, JOHN | BANK_DETAILS)])
def test_documented_customer_becomes_the_exact_frame(payout, expected, server):
    CUSTOMERS.start(server, (BODIES / "handmade_spirii_example_as_the_only_page.json").read_bytes())
    frame = CUSTOMERS.load(payout=payout)
    assert records(frame) == [expected]
    assert list(frame.columns) == list(expected)


def test_documents_example_announces_more_rows_than_it_holds(server):
    CUSTOMERS.start(server, (BODIES / "sheet_spirii_customers_example.json").read_bytes())
    with pytest.raises(pm.errors.IncompleteLoad):
        CUSTOMERS.load()


def test_offset_advances_by_the_rows_received_in_one_stable_order(server):
    CUSTOMERS.start(server, CUSTOMERS.honest(CUSTOMERS.rows(11), most=4))
    CUSTOMERS.load(search="CU", params={"ownerId": "12"})
    assert sorted(request.args.get("offset", "0") for request in server.requests) == ["0", "4", "8"]
    rest = [{key: request.one(key) for key in request.args if key != "offset"} for request in server.requests]
    assert rest == [{"limit": "100", "sortBy": "id", "sortDirection": "asc", "search": "CU", "ownerId": "12"}] * 3


TYPES = ["Private", "Business", "CPO", "CPOSubsidiary"]
KINDS = {1: "Business", 2: "Private", 3: "CPO", 4: "Private", 5: "Fleet"}


@pytest.fixture
def by_type(server):
    """Serve five customers of a service that filters by type and, like the real one, does not send it."""

    def answer(request):
        wanted = request.all("types")
        numbers = [number for number, kind in KINDS.items() if not wanted or kind in wanted]
        rows = [{k: v for k, v in CUSTOMERS.row(number).items() if k != "type"} for number in numbers]
        return CUSTOMERS.honest(rows)(request)

    CUSTOMERS.start(server, answer)


def _types(frame):
    return {row["id"]: row["type"] for row in records(frame[["id", "type"]])}


@pytest.mark.usefixtures("by_type")
def test_type_is_known_where_one_was_requested_and_several_are_one_request_each(server):
    assert _types(CUSTOMERS.load()) == dict.fromkeys(KINDS)
    assert _types(CUSTOMERS.load(types="Private")) == {2: "Private", 4: "Private"}
    assert CUSTOMERS.loads(server) == 2
    server.forget()
    frame = CUSTOMERS.load(types=["Private", "CPO"])
    assert _types(frame) == {2: "Private", 4: "Private", 3: "CPO"}
    assert sorted(request.one("types") for request in server.requests if not request.position[1]) == ["CPO", "Private"]
    source = frame.attrs["pmframes"]
    assert (source["params"], source["requests"]) == ({"types": ["Private", "CPO"]}, len(server.requests))
    assert CUSTOMERS.load(types=["Private", "CPO"]).attrs["pmframes"]["cached"]
    assert not CUSTOMERS.load(types=["CPO", "Private"]).attrs["pmframes"]["cached"]


@pytest.mark.usefixtures("by_type")
def test_with_type_requests_every_type_and_loses_no_customer_of_an_unknown_one(server):
    frame = CUSTOMERS.load(with_type=True, search="Customer")
    assert _types(frame) == KINDS | {5: None}
    first_pages = [request.all("types") for request in server.requests if not request.position[1]]
    assert sorted(first_pages) == sorted([[], *([kind] for kind in TYPES)])
    assert {request.one("search") for request in server.requests} == {"Customer"}
    assert frame.dtypes.equals(CUSTOMERS.load().dtypes)
    server.forget()
    CUSTOMERS.load(with_type=True, types=["CPO"])
    assert CUSTOMERS.loads(server) == 1
    with pytest.raises(pm.errors.InvalidArgument, match="types"):
        CUSTOMERS.load(with_type=True, params={"types": "CPO"})


def test_types_that_the_service_sends_are_kept(server):
    all_, none = CUSTOMERS.honest([CUSTOMERS.row(1) | {"type": "Fleet"}]), CUSTOMERS.honest([])
    CUSTOMERS.start(server, lambda request: (none if request.all("types") else all_)(request))
    assert _types(CUSTOMERS.load(with_type=True)) == {1: "Fleet"}


@pytest.mark.parametrize(("moment", "sent"), [
    (date(2026, 3, 4), "00:00:00.000Z"), (datetime(2026, 3, 4, 12, 30, 0, 250_000, UTC), "12:30:00.250Z"),
])  # fmt: skip
def test_times_are_sent_as_utc_with_milliseconds_and_ids_as_a_repeated_key(moment, sent, server):
    CUSTOMERS.start(server, CUSTOMERS.honest([CUSTOMERS.row(1) | {"createdAt": "", "updatedAt": None}]))
    names = ("created_at_from", "created_at_to", "updated_at_from", "updated_at_to")
    CUSTOMERS.load(**dict.fromkeys(names, moment), customer_ids=[1, 2])
    keys = ("createdAtFrom", "createdAtTo", "updatedAtFrom", "updatedAtTo")
    assert len(server.requests) == 2
    for request in server.requests:
        assert {key: request.one(key) for key in keys} == dict.fromkeys(keys, f"2026-03-04T{sent}")
        assert request.all("customerIds") == ["1", "2"]


# Row 1 was created on 2023-11-07 at 05:31:56, and updated a day later.
IGNORED = [
    {"types": "Private"}, {"types": ["Business", "Private"]}, {"customer_ids": [2, 3]}, {"search": "acme"},
    {"created_at_from": "2023-11-09"}, {"created_at_to": "2023-11-05"}, {"updated_at_from": "2024-01-01"},
    {"updated_at_to": "2023-01-01"},
]  # fmt: skip


@pytest.mark.parametrize("arguments", IGNORED, ids=repr)
def test_filter_that_the_service_ignored_is_an_error_and_not_cached(arguments, server, cache_dir):
    CUSTOMERS.start(server, CUSTOMERS.honest(CUSTOMERS.rows(1)))
    with pytest.raises(pm.errors.UnexpectedResponse, match=f"ignored the filter {next(iter(arguments))}:"):
        CUSTOMERS.load(**arguments)
    assert b"Customer 1" not in stored_bytes(cache_dir)


@pytest.mark.parametrize("arguments", [{"types": ["CPO", "Private"]}, {"with_type": True}], ids=repr)
def test_ignored_types_are_an_error_where_no_type_is_sent(arguments, server):
    CUSTOMERS.start(server, CUSTOMERS.honest([row | {"type": None} for row in CUSTOMERS.rows(3)]))
    with pytest.raises(pm.errors.UnexpectedResponse, match="the service ignored the filter types"):
        CUSTOMERS.load(**arguments)


NOT_PROVEN = [
    ({"types": "Private"}, {"type": "private"}), ({"search": "CU-1"}, {"name": None}),
    ({"search": "1"}, {"name": None, "externalId": None}), ({"search": "customer 1 holding"}, {}),
    ({"search": "Company Inc"}, {}), ({"search": "x"}, {"name": "子", "externalId": "", "owner": None, "cpo": None}),
    ({"created_at_to": "2023-11-07"}, {}),
    ({"created_at_from": "2023-11-07T07:00:00Z"}, {"createdAt": "2023-11-07 05:31:56"}),
    ({"created_at_from": "2030-01-01"}, {"createdAt": None}),
    ({"updated_at_to": "2020-01-01"}, {"updatedAt": "0001-01-01T00:00:00Z"}),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "row"), NOT_PROVEN, ids=repr)
def test_rows_that_do_not_prove_an_ignored_filter_are_kept(arguments, row, server):
    CUSTOMERS.start(server, CUSTOMERS.honest([CUSTOMERS.row(1) | row]))
    assert len(CUSTOMERS.load(**arguments)) == 1


def _connect(sandbox):
    pm.connect("spirii", url=sandbox.url("spirii"), token=sandbox.token("spirii"), requests_per_minute=10_000)


def _raw_ids(sandbox, query):
    found = []
    while True:
        sent = urllib.parse.urlencode(query | {"limit": 100, "offset": len(found)}, doseq=True)
        headers = {"Authorization": f"Bearer {sandbox.token('spirii')}"}
        request = urllib.request.Request(f"{sandbox.url('spirii')}/v2/customers?{sent}", headers=headers)
        with urllib.request.urlopen(request) as response:
            body = json.load(response)
        found += [row["id"] for row in body["data"]]
        if len(found) >= body["count"]:
            return set(found)


@pytest.mark.parametrize("versions", [[], ["with-type"]], ids=repr)
def test_types_are_those_of_the_sandbox_in_every_api_version(versions):
    with Sandbox(people=10, api_versions={"spirii": versions}) as sandbox:
        _connect(sandbox)
        known = {customer.id: customer.type for customer in sandbox.data.spirii_customers}
        frame = pm.spirii.customers(with_type=True)
        assert _types(frame) == known
        assert frame["id"].is_monotonic_increasing
        for kinds in (["CPO"], ["Private", "CPOSubsidiary"]):
            some = {number: kind for number, kind in known.items() if kind in kinds}
            assert _types(pm.spirii.customers(types=kinds)) == some


MOMENT = "2024-06-01T00:00:00.000Z"


@pytest.mark.parametrize(("arguments", "query"), [
    ({"search": "nordlys"}, {"search": "nordlys"}),
    ({"search": "CU-0"}, {"search": "CU-0"}),
    ({"customer_ids": [10231, 10234]}, {"customerIds": [10231, 10234]}),
    ({"created_at_from": MOMENT}, {"createdAtFrom": MOMENT}),
    ({"created_at_to": MOMENT}, {"createdAtTo": MOMENT}),
    ({"updated_at_from": MOMENT, "types": "CPO"}, {"updatedAtFrom": MOMENT, "types": "CPO"}),
    ({"updated_at_to": MOMENT, "payout": True}, {"updatedAtTo": MOMENT}),
    ({"params": {"cpoId": 10231}, "types": "Private"}, {"cpoId": 10231, "types": "Private"}),
], ids=repr)  # fmt: skip
def test_filters_keep_the_rows_that_the_sandbox_keeps(arguments, query, our_sandbox):
    _connect(our_sandbox)
    ids = set(pm.spirii.customers(**arguments)["id"])
    assert ids == _raw_ids(our_sandbox, query)
    assert 0 < len(ids) < len(our_sandbox.data.spirii_customers)


def test_pages_of_irregular_lengths_cost_few_requests_in_vain(server):
    """Prefetched offsets are wrong where pages differ in length; wrong guesses do not go on without end."""
    rows = CUSTOMERS.rows(600)

    def answer(request):
        offset = int(request.args.get("offset", "0"))
        page = rows[offset : offset + 17 + offset % 4]
        return reply({"data": page, "count": len(rows), "limit": 100, "offset": offset})

    CUSTOMERS.start(server, answer)
    assert CUSTOMERS.load()["id"].tolist() == CUSTOMERS.keys(600)
    assert len(server.requests) < 600 // 17 + 20
