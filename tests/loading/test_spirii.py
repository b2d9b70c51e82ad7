"""Spirii: the type of each customer, the bounds of times, filters that are passed over; and the sandbox."""

import json
import urllib.parse
import urllib.request
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pytest

import pmframes as pm

TYPES = ["Private", "Business", "CPO", "CPOSubsidiary"]
KINDS = {1: "Business", 2: "Private", 3: "CPO", 4: "Private", 5: "Fleet"}


@pytest.fixture
def customers(site, loader) -> Any:
    """Serve five customers of a service that filters by type and, as the real one, does not send it."""
    case = loader("spirii.customers")
    case.connect(site)

    def answer(request: Any) -> Any:
        wanted = request.args.getlist("types")
        numbers = [number for number, kind in KINDS.items() if not wanted or kind in wanted]
        rows = [{k: v for k, v in case.row(number).items() if k != "type"} for number in numbers]
        return case.honest(rows)(request)

    site.serve(case.path, answer)
    return case


# Types


def _types(frame: pd.DataFrame) -> dict[int, str | None]:
    found = zip(frame["id"], frame["type"], strict=True)
    return {number: None if pd.isna(kind) else kind for number, kind in found}


def test_a_type_that_is_not_sent_is_not_known(customers, site):
    assert set(_types(customers.load()).values()) == {None}
    assert len(site.requests) == 1


def test_one_type_that_was_asked_for_is_known(customers, site):
    assert _types(customers.load(types="Private")) == {2: "Private", 4: "Private"}
    assert len(site.requests) == 1


def test_several_types_are_asked_for_one_by_one(customers, site):
    frame = customers.load(types=["Private", "CPO"])
    assert _types(frame) == {2: "Private", 4: "Private", 3: "CPO"}
    assert sorted(request.one("types") for request in site.requests) == ["CPO", "Private"]
    about = frame.attrs["pmframes"]
    assert (about["params"], about["requests"]) == ({"types": ["Private", "CPO"]}, 2)
    assert customers.load(types=["Private", "CPO"]).attrs["pmframes"]["cached"]
    assert not customers.load(types=["CPO", "Private"]).attrs["pmframes"]["cached"]


def test_with_type_every_type_is_known_and_nobody_is_left_out(customers, site):
    """A type that is new to pmframes cannot be asked for: its customers come, and their type is not known."""
    frame = customers.load(with_type=True, search="Customer")
    assert _types(frame) == KINDS | {5: None}
    asked = [request.query.get("types", ["any"]) for request in site.requests]
    assert sorted(asked) == sorted([["any"], *([kind] for kind in TYPES)])
    assert {request.one("search") for request in site.requests} == {"Customer"}
    assert frame.dtypes.equals(customers.load().dtypes)
    assert customers.load(with_type=True, types=["CPO"]).attrs["pmframes"]["requests"] == 1


def test_types_that_are_sent_stay(site, loader):
    case = loader("spirii.customers")
    case.connect(site)
    case.serve(site, [case.row(1) | {"type": "Fleet"}])
    site.serve(case.path, lambda request: case.honest([] if "types" in request.args else case.rows(1))(request))
    assert _types(case.load(with_type=True)) == {1: "Business"}


@pytest.mark.parametrize(
    "arguments", [{"with_type": 1}, {"with_type": True, "params": {"types": "CPO"}}, {"types": "cpo"}], ids=repr
)
def test_a_wrong_argument_is_refused_before_anything_is_sent(arguments, customers, site):
    with pytest.raises(pm.errors.InvalidArgument):
        customers.load(**arguments)
    assert not site.requests


# Times

MOMENTS = [
    ("2026-03-04", "2026-03-04T00:00:00.000Z"),
    (date(2026, 3, 4), "2026-03-04T00:00:00.000Z"),
    (datetime(2026, 3, 4, 12, 30, 0, 250_000, UTC), "2026-03-04T12:30:00.250Z"),
    ("2026-03-04T02:58:14+02:00", "2026-03-04T00:58:14.000Z"),
    (pd.Timestamp("2026-03-04 12:00"), "2026-03-04T12:00:00.000Z"),
]


@pytest.mark.parametrize("name", ["created_at_from", "created_at_to", "updated_at_from", "updated_at_to"])
@pytest.mark.parametrize(("moment", "sent"), MOMENTS, ids=repr)
def test_a_bound_goes_out_as_utc_with_milliseconds(name, moment, sent, site, loader):
    case = loader("spirii.customers")
    case.connect(site)
    case.serve(site, [case.row(1) | {"createdAt": "", "updatedAt": None}])
    case.load(**{name: moment})
    key = "".join(word.title() if at else word for at, word in enumerate(name.split("_")))
    assert site.requests[0].one(key) == sent


# Filters that are passed over: row 1 was created on 2023-11-07 at 05:31:56, and changed a day later

PASSED_OVER = [
    {"types": "Private"},
    {"types": ["Business", "Private"]},
    {"customer_ids": [2, 3]},
    {"search": "acme"},
    {"created_at_from": "2023-11-09"},
    {"created_at_to": "2023-11-05"},
    {"updated_at_from": "2024-01-01"},
    {"updated_at_to": "2023-01-01"},
]


@pytest.mark.parametrize("arguments", PASSED_OVER, ids=repr)
def test_a_filter_that_is_passed_over_is_an_error(arguments, site, loader, cached_bytes):
    case = loader("spirii.customers")
    case.connect(site)
    case.serve(site, case.rows(1))
    with pytest.raises(pm.errors.UnexpectedResponse, match=f"ignored the filter {next(iter(arguments))}:"):
        case.load(**arguments)
    assert b"Customer 1" not in cached_bytes()


def test_a_type_filter_that_is_passed_over_where_no_type_is_sent(site, loader):
    case = loader("spirii.customers")
    case.connect(site)
    case.serve(site, [row | {"type": None} for row in case.rows(3)])
    for arguments in ({"types": ["CPO", "Private"]}, {"with_type": True}):
        with pytest.raises(pm.errors.UnexpectedResponse, match="the service ignored the filter types"):
            case.load(**arguments)


RIGHT = [
    ({"types": "Private"}, {"type": "private"}),
    ({"types": "Private"}, {"type": "Fleet"}),
    ({"types": ["Private"]}, {"type": None}),
    ({"customer_ids": 1}, {}),
    ({"search": "CU-1"}, {"name": None}),
    ({"search": "1"}, {"name": None, "externalId": None}),
    ({"search": "customer 1 holding"}, {}),
    ({"search": "Company Inc"}, {}),
    ({"search": "x"}, {"name": "子", "externalId": "", "owner": None, "cpo": None}),
    ({"search": "Løve"}, {}),
    ({"created_at_from": "2023-11-07T05:31:56.000Z"}, {}),
    ({"created_at_to": "2023-11-07T05:31:56Z"}, {"createdAt": "2023-11-07T05:31:56.999Z"}),
    ({"created_at_to": "2023-11-07"}, {}),
    ({"created_at_from": "2023-11-07T07:00:00Z"}, {"createdAt": "2023-11-07 05:31:56"}),
    ({"created_at_from": "2030-01-01"}, {"createdAt": None}),
    ({"updated_at_to": "2020-01-01"}, {"updatedAt": "0001-01-01T00:00:00Z"}),
]


@pytest.mark.parametrize(("arguments", "row"), RIGHT, ids=repr)
def test_what_the_rows_do_not_prove_is_no_error(arguments, row, site, loader):
    case = loader("spirii.customers")
    case.connect(site)
    case.serve(site, [case.row(1) | row])
    assert len(case.load(**arguments)) == 1


# Against the sandbox


def _raw(box: Any, query: dict[str, Any]) -> set[int]:
    """Read every page by hand; give the ids."""
    found: list[int] = []
    while True:
        asked = urllib.parse.urlencode(query | {"limit": 100, "offset": len(found)}, doseq=True)
        headers = {"Authorization": f"Bearer {box.token('spirii')}"}
        request = urllib.request.Request(f"{box.url('spirii')}/v2/customers?{asked}", headers=headers)
        with urllib.request.urlopen(request) as answer:
            body = json.load(answer)
        found += [row["id"] for row in body["data"]]
        if len(found) >= body["count"]:
            return set(found)


@pytest.mark.parametrize("age", [[], ["with-type"]])
def test_the_types_are_those_of_the_sandbox(age):
    with pm.demo(people=10, api_versions={"spirii": age}) as box:
        frame = pm.spirii.customers(with_type=True)
        known = {customer.id: customer.type for customer in box.data.spirii_customers}
        assert _types(frame) == known
        assert frame["id"].is_monotonic_increasing
        for kinds in (["CPO"], ["Private", "CPOSubsidiary"]):
            some = pm.spirii.customers(types=kinds)
            assert _types(some) == {number: kind for number, kind in known.items() if kind in kinds}
            assert set(some["id"]) == _raw(box, {"types": kinds})


def test_the_filters_keep_the_rows_that_the_sandbox_keeps():
    with pm.demo(people=10) as box:
        moment = "2024-06-01T00:00:00.000Z"
        for arguments, query in [
            ({"search": "nordlys"}, {"search": "nordlys"}),
            ({"search": "CU-0"}, {"search": "CU-0"}),
            ({"customer_ids": [10231, 10234]}, {"customerIds": [10231, 10234]}),
            ({"created_at_from": moment}, {"createdAtFrom": moment}),
            ({"created_at_to": moment}, {"createdAtTo": moment}),
            ({"updated_at_from": moment, "types": "CPO"}, {"updatedAtFrom": moment, "types": "CPO"}),
            ({"updated_at_to": moment, "payout": True}, {"updatedAtTo": moment}),
            ({"params": {"cpoId": 10231}, "types": "Private"}, {"cpoId": 10231, "types": "Private"}),
        ]:
            frame = pm.spirii.customers(**arguments)
            assert set(frame["id"]) == _raw(box, query), arguments
            assert 0 < len(frame) < 640
