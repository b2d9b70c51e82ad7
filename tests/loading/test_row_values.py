"""Values inside the rows: nulls, missing and unknown fields, wrong types, and text of every kind."""

import json
from typing import Any

import pandas as pd
import pytest

import pmframes as pm
from tests.support.cache_files import stored_bytes
from tests.support.cases import ONE_EACH, Case, case_of
from tests.support.server import FakeServer, reply

PEOPLE, CLIENTS, CUSTOMERS = map(case_of, ("teamwork.people", "outlign.clients", "spirii.customers"))
WHOLE_IDS = (PEOPLE, CLIENTS, CUSTOMERS)
SHAPES = (*ONE_EACH, case_of("teamwork.projects"), case_of("projectmanager.roles"))
each_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda case: case.name)


def load(case: Case, server: FakeServer, rows: list[Any], **options: Any) -> pd.DataFrame:
    """Load these rows, and check that the frame has the declared columns in their order and dtypes."""
    case.start(server, case.body(rows))
    frame = case.load(**options)
    if not options:
        assert list(frame.columns) == list(case.columns)
        for name, allowed in case.columns.items():
            assert str(frame[name].dtype) in (allowed if isinstance(allowed, tuple) else (allowed,)), name
    return frame


def refused(case: Case, server: FakeServer, rows: list[Any], name: str) -> None:
    """Load these rows: an error names the value, nothing is cached, and the next load is good."""
    case.start(server, case.body(rows))
    with pytest.raises(pm.errors.UnexpectedResponse, match=name):
        case.load()
    assert pm.cache.info().empty
    case.serve(server, case.rows(2))
    assert len(case.load()) == 2


@each_shape
def test_rows_of_nothing_but_an_id(shape, server):
    with pytest.warns(UserWarning, match="NA in all 2 rows"):
        frame = load(shape, server, [{"id": key} for key in shape.keys(2)])
    assert frame[shape.id_column].tolist() == shape.keys(2)
    filled = {name for name in frame if frame[name].dtype != object and frame[name].notna().any()}
    assert filled <= {"id", "project_id", "project_name", "location_count"}
    assert all(frame[name].isna().all() for name in frame if frame[name].dtype == object)


@each_shape
@pytest.mark.parametrize("lost", ["absent", "null"])
@pytest.mark.filterwarnings("ignore:.* NA in all 1 row")
def test_each_field_may_be_missing(lost, shape, server):
    """Row n lacks its n-th field; the others are as they were."""
    fields = [name for name in shape.row(1) if name != "id"]
    rows = shape.rows(len(fields))
    for row, name in zip(rows, fields, strict=True):
        row[name] = None
        if lost == "absent":
            del row[name]
    frame = load(shape, server, rows)
    assert frame[shape.id_column].tolist() == shape.keys(len(fields))
    text = {"lastName": "last_name"}.get(shape.text_key, shape.text)
    assert frame[text].isna().tolist() == [name == shape.text_key for name in fields]


UNKNOWN = [7, "text", None, True, 0.5, [], [1, {"a": []}], {}, {"id": 1, "deep": {"er": [None]}}]


def test_unknown_fields_change_nothing(each_service, server):
    rows = each_service.rows(len(UNKNOWN))
    expected = load(each_service, server, rows)
    body = each_service.body([row | {"brandNew": value} for row, value in zip(rows, UNKNOWN, strict=True)])
    server.serve(each_service.path, body | {f"brandNew{at}": value for at, value in enumerate(UNKNOWN)})
    pd.testing.assert_frame_equal(each_service.load(refresh=True), expected)


@pytest.mark.parametrize("sent", ["", None, "absent"], ids=repr)
def test_a_missing_type_is_the_one_that_was_asked_for(sent, server):
    rows = [row | {"type": "Private"} for row in CUSTOMERS.rows(3)]
    rows[1]["type"] = sent
    if sent == "absent":
        del rows[1]["type"]
    assert load(CUSTOMERS, server, rows, types="Private")["type"].tolist() == ["Private"] * 3


@pytest.mark.parametrize("sent", [0, None, "", "0"], ids=repr)
@pytest.mark.parametrize("company", [{"id": 0, "title": ""}, None, {}], ids=repr)
def test_a_missing_company_is_the_one_that_was_asked_for(company, sent, server):
    rows = CLIENTS.rows(3)
    rows[1] |= {"company_id": sent, "company": company}
    assert load(CLIENTS, server, rows, company_id=456)["company_id"].tolist() == [456] * 3


@pytest.mark.parametrize("number", [0, "0", 0.0, -0.0], ids=repr)
@pytest.mark.parametrize("case", WHOLE_IDS, ids=lambda case: case.name)
def test_an_id_of_0_is_refused(case, number, server):
    rows = case.rows(3)
    rows[1]["id"] = number
    refused(case, server, rows, "the value of id")


@pytest.mark.parametrize("word", ["now", "today", "Now", " today", "NaT", "yesterday", "1 day ago", "infinity"])
def test_a_word_is_no_time(word, server):
    refused(CLIENTS, server, [*CLIENTS.rows(2), CLIENTS.row(3) | {"created_at": word}], "created_at")


NO_AMOUNTS = ["1_000", "Infinity", "-inf", "NaN", "nan", "1,5", "0x10", "１２", " 5", "+5", ".5", True]


@pytest.mark.parametrize("amount", NO_AMOUNTS, ids=repr)
@pytest.mark.parametrize("field", ["userRate", "lengthOfDay"])
def test_a_word_is_no_amount(field, amount, server):
    refused(PEOPLE, server, [PEOPLE.row(1) | {field: amount}, PEOPLE.row(2)], field)


@pytest.mark.parametrize("large", [2**53 + 1, -(2**53) - 1, 2**63 - 1, 2**64 - 1])
def test_large_numbers_beside_a_fraction_stay_exact(large, server):
    sent = [large, 0.5, None]
    rows = [row | {"legacyNumber": value} for row, value in zip(CLIENTS.rows(3), sent, strict=True)]
    CLIENTS.start(server, CLIENTS.body(rows))
    for is_cached in (False, True):
        frame = CLIENTS.load(extra_columns=True)
        values = frame["legacy_number"].tolist()
        assert values[:2] == sent[:2]
        assert isinstance(values[0], int)
        assert frame.attrs["pmframes"]["cached"] is is_cached


TEXTS = [
    "Ærøskøbing – Ñandú", "株式会社サンプル", "中文姓名 한국어", "שלום עולם", "مرحبا بالعالم", "left \u202eright\u202c",
    "e\u0301 is not \u00e9", "👩🏽\u200d💻 🇩🇰", 'O\'Brien "the" <img src=x onerror=alert(1)> & co',
    '=HYPERLINK("http://x")', "$x^$ _under", "line\nfeed\ttab", "nul \x00 inside", "\U0010ffff", "0012", "null", "NaN",
    "x" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("escaped", [True, False], ids=["escaped", "as it is"])
def test_text_comes_as_it_was_sent(escaped, each_service, server):
    rows = each_service.rows(len(TEXTS))
    for row, text in zip(rows, TEXTS, strict=True):
        row[each_service.text_key] = text
    each_service.start(server, reply(json.dumps(each_service.body(rows), ensure_ascii=escaped)))
    column = {"lastName": "last_name"}.get(each_service.text_key, each_service.text)
    for is_cached in (False, True):
        frame = each_service.load()
        assert frame[column].tolist() == TEXTS
        assert frame.attrs["pmframes"]["cached"] is is_cached


IBAN, HOLDER = "DK5000400440116243", "Holder Holdersen"
HIDDEN: list[dict[str, Any]] = [
    {"payout": {"iban": IBAN, "holder": HOLDER}}, {"payoutDetails": [{"number": IBAN, "holder": HOLDER}]},
    {"bankDetails": {"number": IBAN, "holder": HOLDER}}, {"iban": IBAN, "bankAccountHolderName": HOLDER},
    {"financialSetup": {"currency": "EUR", "IBAN": IBAN, "swift_code": HOLDER}},
    {"contactDetails": {"name": "Ann", "banking": {"a": {"b": [IBAN, HOLDER]}}}},
    {"locations": [], "PayoutInformation": IBAN, "the_bank": HOLDER},
]  # fmt: skip


@pytest.mark.parametrize("extra_columns", [False, True])
@pytest.mark.parametrize("hidden", HIDDEN, ids=lambda hidden: ",".join(hidden))
def test_bank_details_under_another_key_are_dropped(hidden, extra_columns, server, cache_dir):
    body = CUSTOMERS.body([CUSTOMERS.row(1) | {"name": "MARK-OF-A-ROW"} | hidden]) | {"payouts": [hidden]}
    CUSTOMERS.start(server, body)
    for _ in range(2):
        frame = CUSTOMERS.load(extra_columns=extra_columns)
        text = frame.to_csv() + repr(frame.attrs)
        assert IBAN not in text
        assert HOLDER not in text
        assert not [name for name in frame.columns if "bank" in name or "payout" in name or "iban" in name]
    cached = stored_bytes(cache_dir)
    assert b"MARK-OF-A-ROW" in cached
    assert IBAN.encode() not in cached
    assert HOLDER.encode() not in cached
