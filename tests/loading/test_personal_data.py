"""Nothing that was searched for, no person and no bank details are in a log, an error, attrs or the cache."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pmframes as pm
from tests.support.cache_files import stored_bytes
from tests.support.cases import Case, case_of
from tests.support.loaders import LOADERS, connect_all
from tests.support.secret_scan import SecretScan, listening
from tests.support.secrets import shown
from tests.support.server import SERVICES, FakeServer, changed
from tests.support.tenants import FAULTS, Tenants

TERM = "Zebulon Quux"
FAST_FAULTS = ("refused", "broken", "login page", "other JSON", "redirect", "reset")
SEARCHES: dict[str, Callable[..., pd.DataFrame]] = {
    "search_term": lambda **options: pm.teamwork.people(search_term=TERM, **options),
    "title": lambda **options: pm.outlign.clients(title=TERM, **options),
    "search": lambda **options: pm.spirii.customers(search=TERM, **options),
    "params": lambda **options: pm.teamwork.people(params={"searchTerm": TERM}, **options),
    "unknown params": lambda **options: pm.projectmanager.customers(params={"who": TERM}, **options),
}


@pytest.fixture
def scanning(server: FakeServer, tenants: Tenants, tmp_path: Path) -> Iterator[Callable[..., SecretScan]]:
    """Connect, and listen for the words that are asked for; at the end, search all files."""
    scan = SecretScan()
    connect_all(server)

    def scan_for(*words: str) -> SecretScan:
        scan.spellings |= SecretScan(*words).spellings
        return scan

    with listening(scan) as heard:
        yield scan_for
    assert heard.records > 0
    scan.search_files(tmp_path)
    assert scan.found == []


def load_or_fail(scan: SecretScan, load: Callable[..., pd.DataFrame], **options: Any) -> None:
    try:
        scan.search("attrs", repr(load(**options).attrs))
    except pm.errors.PmframesError as error:
        scan.search("error", shown(error))


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_term_is_in_no_attrs_log_file_or_error(name, scanning, server):
    scan, load = scanning(*TERM.split()), SEARCHES[name]
    for options in ({}, {}, {"refresh": True}, {"extra_columns": True}):
        load_or_fail(scan, load, **options)
    with pm.offline():
        load_or_fail(scan, load)
        load_or_fail(scan, load, refresh=True)
    assert any(TERM in dict(request.query).values() for request in server.requests)
    scan.search("cache.info", pm.cache.info().to_csv())
    for fault in FAST_FAULTS:  # also where the service quotes the query
        for service in SERVICES:
            server.serve(service, FAULTS[fault])
        with pytest.raises(pm.errors.PmframesError) as raised:
            load(refresh=True)
        scan.search("error", shown(raised.value))


def people_of(frame: pd.DataFrame) -> set[str]:
    """Return the names and addresses of persons in a frame; what is one word may be another's."""
    named = ["name"] if "email" in frame else []
    named += [name for name in frame if name.endswith("email") or name == "contact_name"]
    texts = {text for name in named for text in frame[name].dropna() if isinstance(text, str)}
    return {text for text in texts if " " in text or "@" in text}


@pytest.mark.slow
def test_no_person_is_named_outside_a_frame(scanning, server):
    people = set().union(*(people_of(load()) for load in LOADERS.values()))
    assert len(people) > 200
    scan = scanning(*people)
    for load in LOADERS.values():
        for options in ({}, {"refresh": True}, {"extra_columns": True}):
            load_or_fail(scan, load, **options)
    for fault in FAST_FAULTS:
        for service in SERVICES:
            server.serve(service, FAULTS[fault])
        for load in LOADERS.values():
            load_or_fail(scan, load, refresh=True)
    scan.search("cache.info", pm.cache.info().to_csv())
    pm.cache.clear()


def misplaced(key: str) -> Callable[[Any], Any]:
    """Put a person's name and address into one value of each row, where neither belongs."""

    def spoil(value: Any) -> Any:
        if isinstance(value, list):
            return [spoil(item) for item in value]
        if not isinstance(value, dict):
            return value
        spoilt = {name: spoil(item) for name, item in value.items()}
        return spoilt | ({key: f"{TERM} <zebulon@quux.example>"} if key in value else {})

    return spoil


@pytest.mark.parametrize(("key", "name"), [
    ("companyId", "teamwork.people"), ("createdAt", "teamwork.people"), ("isAdmin", "projectmanager.roles"),
    ("created_at", "outlign.clients"), ("company", "outlign.clients"), ("locations", "spirii.customers"),
    ("createdAt", "spirii.customers"),
])  # fmt: skip
def test_a_value_in_a_wrong_place_is_not_quoted(key, name, scanning, server, tenants):
    """The error names the row and the field; what stood there may be a person."""
    scan = scanning(*TERM.split(), "zebulon@quux.example")
    is_changed: list[bool] = []

    def misplace(body: Any) -> Any:
        spoilt = misplaced(key)(body)
        is_changed.append(spoilt != body)
        return spoilt

    server.serve(name.split(".")[0], changed(tenants, misplace))
    for options in ({}, {"extra_columns": True}):
        with pytest.raises(pm.errors.UnexpectedResponse) as raised:
            LOADERS[name](**options)
        scan.search("error", shown(raised.value))
    assert any(is_changed)
    pm.cache.clear()


SPIRII = case_of("spirii.customers")
MARK = b"MARK-OF-A-ROW"
PAYOUT = {
    "iban": "DK5000400440116243", "swiftCode": "ROYCCAT2XXX", "bankAccountHolderName": "Holder Holdersen",
    "bankRegistrationNumber": "0040118877", "bankAccount": "0440116243",
}  # fmt: skip
either = pytest.mark.parametrize("extra_columns", [False, True])


def bank_details_in(where: str | bytes) -> list[str]:
    held = where if isinstance(where, bytes) else where.encode()
    return [value for value in PAYOUT.values() if value.encode() in held]


@pytest.fixture
def paying(server: FakeServer) -> Case:
    """Customers with bank details."""
    rows = [row | {"payoutInformation": PAYOUT, "name": MARK.decode()} for row in SPIRII.rows(9)]
    SPIRII.start(server, SPIRII.honest(rows, most=4))
    return SPIRII


@either
def test_bank_details_are_dropped_before_anything_is_cached(extra_columns, paying, cache_dir, caplog):
    caplog.set_level(logging.DEBUG)
    for refresh in (False, False, True):
        frame = paying.load(extra_columns=extra_columns, refresh=refresh)
        assert len(frame) == 9
        assert bank_details_in(frame.to_csv() + repr(frame.attrs)) == []
        assert not {"iban", "payout_information", "payoutInformation"} & set(frame.columns)
    stored = stored_bytes(cache_dir)
    assert MARK in stored
    assert bank_details_in(stored) == []
    assert b"iban" not in stored
    assert bank_details_in(caplog.text) == []


@either
def test_bank_details_are_loaded_by_name_only(extra_columns, paying):
    paying.load(extra_columns=extra_columns)
    frame = paying.load(extra_columns=extra_columns, payout=True)
    assert frame["iban"].tolist() == [PAYOUT["iban"]] * 9
    assert frame["bank_account"].tolist() == [PAYOUT["bankAccount"]] * 9
    assert frame["bank_registration_number"].tolist() == ["0040118877"] * 9
    without = paying.load(extra_columns=extra_columns)
    assert "iban" not in without.columns
    assert bank_details_in(without.to_csv()) == []


def test_bank_details_are_dropped_from_json_of_another_form(server, cache_dir):
    """Written with escapes, with spaces, before the id, or twice, they are the same details."""
    iban = PAYOUT["iban"].encode()
    body = (
        b'{ "count" : 2, "data" : [ {"\\u0070ayoutInformation" : {"iban" : "' + iban + b'"}, "id" : 1,'
        b' "name" : "MARK-OF-A-ROW"},\n{"id":2,"name":"MARK-OF-A-ROW","payoutInformation":null,'
        b'"payoutInformation":{"iban":"' + iban + b'"}} ], "limit" : 50, "offset" : 0 }'
    )
    SPIRII.start(server, body)
    with pytest.warns(UserWarning, match="NA in all 2 rows: country, created_at"):
        assert SPIRII.load(extra_columns=True)["id"].tolist() == [1, 2]
    stored = stored_bytes(cache_dir)
    assert MARK in stored
    assert bank_details_in(stored) == []


def test_bank_details_are_in_no_error(server, cache_dir):
    rows = [row | {"payoutInformation": PAYOUT} for row in SPIRII.rows(9)]
    rows[3]["id"] = "not a number"
    SPIRII.start(server, SPIRII.body(rows))
    with pytest.raises(pm.errors.UnexpectedResponse) as raised:
        SPIRII.load()
    assert bank_details_in(shown(raised.value)) == []
    assert not list(cache_dir.rglob("*.sqlite"))
