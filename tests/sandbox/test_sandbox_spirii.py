"""Spirii: filters, order with its switching defaults, limit and offset, and what is refused."""

import pytest

from tests.support.sandbox_client import instant

EDGE = "2025-06-01T00:00:00.000Z"


def known(box):
    return {customer.id: customer for customer in box.data.spirii_customers}


def below(box, top):
    """Everything in the tree below one customer, found from the top downwards."""
    found, fresh = set(), {top}
    while fresh:
        fresh = {c.id for c in box.data.spirii_customers if c.owner_id in fresh} - found
        found |= fresh
    return found


FILTERS = {
    "nothing": ([], lambda c: True),
    "ids": ([("customerIds", 10231), ("customerIds", 10234), ("customerIds", 1)], lambda c: c.id in (10231, 10234)),
    "one type": ([("types", "CPO")], lambda c: c.type == "CPO"),
    "two types": ([("types", "CPOSubsidiary"), ("types", "Private")], lambda c: c.type in ("CPOSubsidiary", "Private")),
    "name": ([("search", "ENERGI")], lambda c: "energi" in (c.name or "").lower()),
    "number": ([("search", "1023")], lambda c: "1023" in f"{c.id} {c.external_id}"),
    "external id": ([("search", "cu-00")], lambda c: (c.external_id or "").startswith("CU-00")),
    "cpo": ([("cpoId", 10231)], lambda c: c.cpo_id == 10231),
    "created from": ([("createdAtFrom", EDGE)], lambda c: (c.created_at or "") >= EDGE),
    "created to": ([("createdAtTo", EDGE)], lambda c: "2" < (c.created_at or "") <= EDGE),
    "updated from": ([("updatedAtFrom", EDGE)], lambda c: (c.updated_at or "") >= EDGE),
    "updated to": ([("updatedAtTo", EDGE)], lambda c: "2" < (c.updated_at or "") <= EDGE),
    "all at once": (
        [("types", "Business"), ("search", "a"), ("createdAtFrom", EDGE), ("cpoId", 10234)],
        lambda c: (
            c.type == "Business"
            and "a" in (c.name or "").lower()
            and (c.created_at or "") >= EDGE
            and c.cpo_id == 10234
        ),
    ),
}


@pytest.mark.parametrize("case", FILTERS)
def test_each_filter_finds_whom_the_data_name_and_paging_gives_each_once(box, caller, case):
    query, test = FILTERS[case]
    rows = caller.all_customers(query)
    expected = {c.id for c in box.data.spirii_customers if test(c)}
    assert {row["id"] for row in rows} == expected
    assert len(rows) == len(expected) > 0


def test_an_owner_has_all_that_is_below_it(box, caller):
    for top in ("CPO", "CPOSubsidiary", "Business", "Private"):
        for customer in [c for c in box.data.spirii_customers if c.type == top][:6]:
            found = {row["id"] for row in caller.all_customers([("ownerId", customer.id)])}
            assert found == below(box, customer.id)
            assert customer.id not in found
    assert caller.customers({"ownerId": 1})["count"] == 0


@pytest.mark.parametrize("key", ["createdAt", "updatedAt"])
def test_an_exact_time(box, caller, key):
    attribute = {"createdAt": "created_at", "updatedAt": "updated_at"}[key]
    for customer in box.data.spirii_customers[:5]:
        rows = caller.customers({key: getattr(customer, attribute)})["data"]
        assert [row["id"] for row in rows] == [customer.id]
    there = getattr(box.data.spirii_customers[0], attribute)
    assert caller.customers({f"{key}From": there, f"{key}To": there})["count"] == 1


SORTS = {
    "id": lambda box, c: c.id,
    "name": lambda box, c: c.name or "",
    "type": lambda box, c: c.type,
    "ownerName": lambda box, c: (known(box)[c.owner_id].name or "") if c.owner_id else "",
    "cpoName": lambda box, c: (known(box)[c.cpo_id].name or "") if c.cpo_id else "",
    "createdAt": lambda box, c: instant(c.created_at).timestamp() if instant(c.created_at) else -1,
    "updatedAt": lambda box, c: instant(c.updated_at).timestamp() if instant(c.updated_at) else -1,
}


@pytest.mark.parametrize("key", SORTS)
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_customers_come_in_the_order_asked_for(box, caller, key, direction):
    rows = caller.all_customers([("sortBy", key), ("sortDirection", direction)])
    wanted = sorted(box.data.spirii_customers, key=lambda c: (SORTS[key](box, c), c.id), reverse=direction == "desc")
    assert [row["id"] for row in rows] == [c.id for c in wanted]


@pytest.mark.parametrize(
    ("query", "key", "direction"),
    [
        ({}, "id", "desc"),
        ({"sortBy": "name"}, "name", "desc"),
        ({"createdAtFrom": EDGE}, "createdAt", "asc"),
        ({"createdAtTo": EDGE}, "createdAt", "desc"),
        ({"updatedAtFrom": EDGE}, "updatedAt", "asc"),
        ({"updatedAtTo": EDGE}, "updatedAt", "desc"),
        ({"createdAtFrom": EDGE, "updatedAtTo": "2026-08-01T00:00:00Z"}, "updatedAt", "asc"),
        ({"createdAtFrom": EDGE, "sortBy": "id"}, "id", "asc"),
        ({"updatedAtFrom": EDGE, "sortDirection": "desc"}, "updatedAt", "desc"),
    ],
)
def test_the_defaults_of_the_order_depend_on_the_filters(caller, query, key, direction):
    plain = caller.customers({"limit": 100, **query})
    spelled_out = caller.customers({"limit": 100, **query, "sortBy": key, "sortDirection": direction})
    assert plain == spelled_out
    assert plain["count"] > 20


def test_limit_and_offset(caller):
    assert (caller.customers()["limit"], caller.customers()["offset"], caller.customers()["count"]) == (50, 0, 640)
    assert len(caller.customers({"limit": 101})["data"]) == caller.customers({"limit": 5000})["limit"] == 100
    tail = caller.customers({"limit": 100, "offset": 635})
    assert (len(tail["data"]), tail["count"], tail["limit"], tail["offset"]) == (5, 640, 100, 635)
    beyond = caller.customers({"offset": 640})
    assert (beyond["data"], beyond["count"]) == ([], 640)


REFUSED = [
    ("limit", "0"),
    ("limit", "-1"),
    ("limit", "all"),
    ("limit", ""),
    ("offset", "-1"),
    ("offset", "1.0"),
    ("sortBy", "country"),
    ("sortBy", "ID"),
    ("sortDirection", "up"),
    ("types", "private"),
    ("types", "Private,Business"),
    ("customerIds", "1,2"),
    ("customerIds", "CU-1"),
    ("ownerId", "x"),
    ("cpoId", ""),
    ("createdAt", "2025-06-01"),
    ("createdAtFrom", "June"),
    ("updatedAtTo", "2025-06-31T00:00:00Z"),
]


@pytest.mark.parametrize(("key", "value"), REFUSED)
def test_what_is_refused_is_400_and_names_the_key(caller, key, value):
    response = caller.send("spirii", "/v2/customers", {key: value})
    assert response.status_code == 400
    (message,) = response.json()["message"]
    assert message.startswith(key)


def test_unknown_keys_are_passed_over(caller):
    assert caller.customers({"customerIds[]": "10231", "type": "CPO", "q": "x"})["count"] == 640


def test_a_record_says_what_the_data_say_and_never_its_type(box, caller):
    customers = known(box)
    for row in caller.all_customers([]):
        customer = customers[row["id"]]
        assert "type" not in row
        assert (row["name"], row["externalId"], row["locations"]) == (
            customer.name,
            customer.external_id,
            customer.locations,
        )
        for key, owner in (("owner", customer.owner_id), ("cpo", customer.cpo_id)):
            name = customers[owner].name if owner else None
            assert row[key] == (None if owner is None else {"id": owner, "name": name})
        assert {key: row[key] for key in customer.details} == customer.details


def test_bank_details_are_there_for_some_and_no_account_could_be_real(caller):
    rows = caller.all_customers([])
    banks = [row["payoutInformation"] for row in rows if row.get("payoutInformation")]
    assert 100 < len(banks) < 400
    assert all(bank["iban"][2:4] == "00" for bank in banks)
    assert any("payoutInformation" in row and row["payoutInformation"] is None for row in rows)
    assert any(bank["bankAccount"].startswith("0") for bank in banks)
