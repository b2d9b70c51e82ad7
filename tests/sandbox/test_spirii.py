"""Spirii's customers: filters, order, limit and offset, records, what is created and updated, validation."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox.client import Caller, instant

PATH = "/v2/customers"
EDGE = "2025-06-01T00:00:00.000Z"


FIELDS = {
    "name": "Nordlys Ladning ApS", "type": "Business", "country": "DK", "ownerId": 10231,
    "contactDetails": {"name": "Zoë", "email": "zoe@example.org", "phone": None},
}  # fmt: skip
MORE = {
    "externalId": "0000099",
    "billingDetails": {"gln": "0000000000017", "zipCode": "01067", "paymentMethod": "CreditCard"},
    "payoutInformation": {"iban": "DK00", "bankAccount": "0012"},
    "financialSetup": {"language": "DA", "currency": "DKK"},
    "billingSettings": {"chargeKeyLineAggregation": "location"},
}


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
    "all at once": ([("types", "Business"), ("search", "a"), ("createdAtFrom", EDGE), ("cpoId", 10234)],
        lambda c: (c.type, c.cpo_id) == ("Business", 10234) and "a" in (c.name or "").lower() and c.created_at >= EDGE),
}  # fmt: skip


@pytest.mark.parametrize("case", FILTERS)
def test_filter_and_pagination_give_each_customer_once(box, caller, case):
    query, test = FILTERS[case]
    rows = caller.all_customers(query)
    expected = {c.id for c in box.data.spirii_customers if test(c)}
    assert {row["id"] for row in rows} == expected
    assert len(rows) == len(expected) > 0


def test_owner_filter_includes_the_whole_tree_below(box, caller):
    for top in ("CPO", "CPOSubsidiary", "Business", "Private"):
        for customer in [c for c in box.data.spirii_customers if c.type == top][:6]:
            found = {row["id"] for row in caller.all_customers([("ownerId", customer.id)])}
            assert found == below(box, customer.id)
            assert customer.id not in found
    assert caller.customers({"ownerId": 1})["count"] == 0


@pytest.mark.parametrize("key", ["createdAt", "updatedAt"])
def test_exact_time_filter(box, caller, key):
    attribute = {"createdAt": "created_at", "updatedAt": "updated_at"}[key]
    for customer in box.data.spirii_customers[:5]:
        rows = caller.customers({key: getattr(customer, attribute)})["data"]
        assert [row["id"] for row in rows] == [customer.id]
    there = getattr(box.data.spirii_customers[0], attribute)
    assert caller.customers({f"{key}From": there, f"{key}To": there})["count"] == 1


SORTS = {
    "id": lambda box, c: c.id, "name": lambda box, c: c.name or "", "type": lambda box, c: c.type,
    "ownerName": lambda box, c: (known(box)[c.owner_id].name or "") if c.owner_id else "",
    "cpoName": lambda box, c: (known(box)[c.cpo_id].name or "") if c.cpo_id else "",
    "createdAt": lambda box, c: instant(c.created_at).timestamp() if instant(c.created_at) else -1,
    "updatedAt": lambda box, c: instant(c.updated_at).timestamp() if instant(c.updated_at) else -1,
}  # fmt: skip


@pytest.mark.parametrize("key", SORTS)
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_order(box, caller, key, direction):
    rows = caller.all_customers([("sortBy", key), ("sortDirection", direction)])
    wanted = sorted(box.data.spirii_customers, key=lambda c: (SORTS[key](box, c), c.id), reverse=direction == "desc")
    assert [row["id"] for row in rows] == [c.id for c in wanted]


@pytest.mark.parametrize(("query", "key", "direction"), [
    ({}, "id", "desc"), ({"sortBy": "name"}, "name", "desc"), ({"createdAtFrom": EDGE}, "createdAt", "asc"),
    ({"createdAtTo": EDGE}, "createdAt", "desc"), ({"updatedAtFrom": EDGE}, "updatedAt", "asc"),
    ({"updatedAtTo": EDGE}, "updatedAt", "desc"),
    ({"createdAtFrom": EDGE, "updatedAtTo": "2026-08-01T00:00:00Z"}, "updatedAt", "asc"),
    ({"createdAtFrom": EDGE, "sortBy": "id"}, "id", "asc"),
    ({"updatedAtFrom": EDGE, "sortDirection": "desc"}, "updatedAt", "desc"),
])  # fmt: skip
def test_default_order_depends_on_the_filters(caller, query, key, direction):
    plain = caller.customers({"limit": 100, **query})
    spelled_out = caller.customers({"limit": 100, **query, "sortBy": key, "sortDirection": direction})
    assert plain == spelled_out
    assert plain["count"] > 20


def test_limit_and_offset_and_parameters_that_are_ignored(caller):
    assert caller.customers({"customerIds[]": "10231", "type": "CPO", "q": "x"})["count"] == 640
    assert (caller.customers()["limit"], caller.customers()["offset"], caller.customers()["count"]) == (50, 0, 640)
    assert len(caller.customers({"limit": 101})["data"]) == caller.customers({"limit": 5000})["limit"] == 100
    tail = caller.customers({"limit": 100, "offset": 635})
    assert (len(tail["data"]), tail["count"], tail["limit"], tail["offset"]) == (5, 640, 100, 635)
    beyond = caller.customers({"offset": 640})
    assert (beyond["data"], beyond["count"]) == ([], 640)


def test_records_equal_the_dataset_without_the_type(box, caller):
    customers = known(box)
    for row in caller.all_customers([]):
        customer = customers[row["id"]]
        assert "type" not in row
        told = (customer.name, customer.external_id, customer.locations)
        assert (row["name"], row["externalId"], row["locations"]) == told
        for key, owner in (("owner", customer.owner_id), ("cpo", customer.cpo_id)):
            name = customers[owner].name if owner else None
            assert row[key] == (None if owner is None else {"id": owner, "name": name})
        assert {key: row[key] for key in customer.details} == customer.details


def test_some_customers_have_bank_details_of_no_real_account(caller):
    rows = caller.all_customers([])
    banks = [row["payoutInformation"] for row in rows if row.get("payoutInformation")]
    assert 100 < len(banks) < 400
    assert all(bank["iban"][2:4] == "00" for bank in banks)
    assert any("payoutInformation" in row and row["payoutInformation"] is None for row in rows)
    assert any(bank["bankAccount"].startswith("0") for bank in banks)


def create(caller, **fields):
    return caller.send("spirii", PATH, method="POST", json=fields)


def update(caller, customer, **fields):
    return caller.send("spirii", f"{PATH}/{customer}", method="PUT", json=fields)


def listed(caller, customer):
    body = caller.customers({"customerIds": customer})
    return body["data"][0] if body["count"] else None


def test_created_customer_is_returned_and_listed(fresh_box, fresh):
    response = create(fresh, **FIELDS)
    assert response.status_code == 201
    made = response.json()
    assert set(made) == {
        *("id", "name", "externalId", "country", "createdAt", "updatedAt"),
        *("owner", "cpo", "locations", "contactDetails"),
    }
    operator = fresh_box.data.spirii_customers[0]
    assert made["owner"] == made["cpo"] == {"id": operator.id, "name": operator.name}
    assert (made["locations"], made["externalId"]) == ([], None)
    assert made["contactDetails"] == FIELDS["contactDetails"]
    assert made["createdAt"] == made["updatedAt"] > "2026-09-01T08:00:00Z"
    assert listed(fresh, made["id"]) == made
    assert fresh.customers()["count"] == len(fresh_box.data.spirii_customers) == 641
    assert fresh_box.data.spirii_customers[-1].name == FIELDS["name"]


def test_created_customer_is_found_by_every_filter(fresh):
    made = create(fresh, **FIELDS, externalId="XYZ-77").json()
    queries = [("search", word) for word in ("nordlys ladning", "xyz-77", str(made["id"]))]
    queries += [("types", "Business"), ("ownerId", 10231), ("cpoId", 10231), ("createdAt", made["createdAt"])]
    for query in (*queries, ("createdAtFrom", made["createdAt"]), ("updatedAtFrom", made["updatedAt"])):
        assert made in fresh.all_customers([query]), query
    assert made not in fresh.all_customers([("types", "Private")])


def test_created_customer_keeps_all_its_fields_until_null_removes_one(fresh):
    made = create(fresh, **FIELDS, **MORE).json()
    assert made["externalId"] == "0000099"
    assert made["billingDetails"] == {"paymentMethod": "Invoice", "gln": "0000000000017", "zipCode": "01067"}
    for key in ("payoutInformation", "financialSetup", "billingSettings"):
        assert made[key] == MORE[key]
    assert listed(fresh, made["id"]) == made
    after = update(fresh, made["id"], payoutInformation=None, externalId=None).json()
    assert (after["payoutInformation"], after["externalId"]) == (None, None)
    assert after["billingDetails"] == made["billingDetails"]


def test_created_customer_has_the_operator_of_its_owner(fresh_box, fresh):
    for owner in [c for c in fresh_box.data.spirii_customers if c.type == "Business" and c.cpo_id][:5]:
        made = create(fresh, **FIELDS | {"ownerId": owner.id, "type": "Private"}).json()
        assert (made["owner"]["id"], made["cpo"]["id"]) == (owner.id, owner.cpo_id)


def test_update_changes_only_what_is_sent(fresh_box, fresh):
    customer = next(c for c in fresh_box.data.spirii_customers if c.type == "Private")
    before = listed(fresh, customer.id)
    response = update(fresh, customer.id, name="Renamed", contactDetails={"phone": "+45 00"})
    assert response.status_code == 200
    after = response.json()
    assert after["updatedAt"] > before["updatedAt"]
    contact = before["contactDetails"] | {"phone": "+45 00"}
    assert after == before | {"name": "Renamed", "updatedAt": after["updatedAt"], "contactDetails": contact}
    assert listed(fresh, customer.id) == after
    assert next(c for c in fresh_box.data.spirii_customers if c.id == customer.id).name == "Renamed"


def test_update_that_changes_nothing_keeps_the_time(fresh_box, fresh):
    customer = fresh_box.data.spirii_customers[40]
    before = listed(fresh, customer.id)
    for fields in ({}, {"name": customer.name}, {"unknown": 5}, {"locations": [1]}):
        assert update(fresh, customer.id, **fields).json() == before
    assert listed(fresh, customer.id) == before


def test_new_name_of_an_owner_is_shown_with_its_customers(fresh_box, fresh):
    operator = fresh_box.data.spirii_customers[0]
    owned = {c.id for c in fresh_box.data.spirii_customers if c.owner_id == operator.id}
    led = {c.id for c in fresh_box.data.spirii_customers if c.cpo_id == operator.id}
    update(fresh, operator.id, name="Renamed Operator")
    rows = fresh.all_customers([])
    owner_name = {row["id"] for row in rows if row["owner"] and row["owner"]["name"] == "Renamed Operator"}
    cpo_name = {row["id"] for row in rows if row["cpo"] and row["cpo"]["name"] == "Renamed Operator"}
    assert (owner_name, cpo_name) == (owned, led)
    assert owned


def test_new_owner_is_the_operator_of_the_whole_tree_below(fresh_box, fresh):
    subsidiary = next(c for c in fresh_box.data.spirii_customers if c.type == "CPOSubsidiary" and c.cpo_id == 10231)
    below = {row["id"] for row in fresh.all_customers([("ownerId", subsidiary.id)])}
    assert below
    update(fresh, subsidiary.id, ownerId=10234)
    assert {row["id"] for row in fresh.all_customers([("ownerId", subsidiary.id)])} == below
    moved = {row["id"]: row["cpo"]["id"] for row in fresh.all_customers([("ownerId", 10234)])}
    assert {moved[customer] for customer in below | {subsidiary.id}} == {10234}


def test_concurrent_writes_are_all_kept(fresh_box):
    def make(number):
        fresh = Caller(fresh_box)
        made = create(fresh, **FIELDS | {"name": f"Customer {number}"}).json()
        update(fresh, made["id"], externalId=f"T-{number}")
        return made["id"]

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(make, range(40)))
    assert len(set(made)) == 40
    kept = {c.id: c.external_id for c in fresh_box.data.spirii_customers}
    assert len(kept) == len(fresh_box.data.spirii_customers) == 680
    assert [kept[customer] for customer in made] == [f"T-{number}" for number in range(40)]


# Wrong parameters and bodies: 400 that names each field, and nothing is written


PARAMETERS = [
    ("limit", "0"), ("limit", "-1"), ("limit", "all"), ("limit", ""), ("offset", "-1"), ("offset", "1.0"),
    ("sortBy", "country"), ("sortBy", "ID"), ("sortDirection", "up"), ("types", "private"),
    ("types", "Private,Business"), ("customerIds", "1,2"), ("customerIds", "CU-1"), ("ownerId", "x"), ("cpoId", ""),
    ("createdAt", "2025-06-01"), ("createdAtFrom", "June"), ("updatedAtTo", "2025-06-31T00:00:00Z"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), PARAMETERS)
def test_invalid_parameter_is_400_and_names_it(caller, key, value):
    response = caller.send("spirii", PATH, {key: value})
    assert response.status_code == 400
    (message,) = response.json()["message"]
    assert message.startswith(key)


INVALID = {
    **{f"no {key}": ({key: ...}, f"{key} is required") for key in FIELDS},
    "an operator": ({"type": "CPO"}, "a CPO cannot be created"),
    "an unknown type": ({"type": "private"}, "type must be one of Private, Business, CPOSubsidiary"),
    "a list for a type": ({"type": ["Private"]}, "type must be one of"),
    "an empty name": ({"name": ""}, "name must be a string of 1 to 80 characters"),
    "a long name": ({"name": "x" * 81}, "name must be a string of 1 to 80 characters"),
    "no text for a name": ({"name": 5}, "name must be a string"),
    "null for a name": ({"name": None}, "name must be a string"),
    "a short country": ({"country": "D"}, "country must be a string of exactly 2 characters"),
    "a long country": ({"country": "DNK"}, "country must be a string of exactly 2 characters"),
    "a long external id": ({"externalId": "x" * 41}, "externalId must be a string of at most 40 characters"),
    "a number for an external id": ({"externalId": 5}, "externalId must be a string of at most 40"),
    "text for an owner": ({"ownerId": "10231"}, "ownerId must be an integer"),
    "true for an owner": ({"ownerId": True}, "ownerId must be an integer"),
    "an unknown owner": ({"ownerId": 1}, "ownerId must be the id of a customer"),
    "no contact": ({"contactDetails": None}, "contactDetails must be an object"),
    "text for a contact": ({"contactDetails": "Zoë"}, "contactDetails must be an object"),
    "a number in a contact": ({"contactDetails": {"phone": 5}}, "contactDetails.phone must be a string"),
    "a list for bank details": ({"payoutInformation": []}, "payoutInformation must be an object"),
}


@pytest.mark.parametrize("case", INVALID)
def test_invalid_customer_is_400_and_not_created(small_box, small, case):
    change, explanation = INVALID[case]
    fields = {key: value for key, value in (FIELDS | change).items() if value is not ...}
    response = create(small, **fields)
    assert response.status_code == 400
    body = response.json()
    assert (body["statusCode"], body["error"]) == (400, "Bad Request")
    (message,) = body["message"]
    assert explanation in message
    assert len(small_box.data.spirii_customers) == 640


def test_longest_texts_are_accepted(fresh):
    assert create(fresh, **FIELDS | {"name": "é" * 80, "externalId": "x" * 40}).status_code == 201


def test_all_invalid_fields_are_listed(small):
    body = create(small, name="", country="Denmark").json()
    fields = ["type", "ownerId", "contactDetails", "name", "country"]
    assert [message.split()[0] for message in body["message"]] == fields


def test_malformed_body_and_form_data_are_400(small):
    for body in (b"{", b"[]", b"\xff\xfe", b"[" * 100_000):
        response = small.send("spirii", PATH, method="POST", data=body, headers={"Content-Type": "application/json"})
        assert (response.status_code, len(response.json()["message"])) == (400, 1)
    assert small.send("spirii", PATH, method="POST", data={"name": "x"}).status_code == 400


def test_owner_from_the_own_tree_is_400(small_box, small):
    operator = small_box.data.spirii_customers[0]
    child = next(c for c in small_box.data.spirii_customers if c.owner_id == operator.id)
    grandchild = next(c for c in small_box.data.spirii_customers if c.owner_id == child.id)
    for owner in (operator, child, grandchild):
        response = update(small, operator.id, ownerId=owner.id)
        assert response.status_code == 400
        assert "below it" in response.json()["message"][0]


@pytest.mark.parametrize("fields", [
    {"name": None}, {"name": "x" * 81}, {"type": "CPO"}, {"country": ""}, {"ownerId": None}, {"ownerId": 1},
    {"contactDetails": None}, {"externalId": "x" * 41},
])  # fmt: skip
def test_invalid_update_is_400_and_changes_nothing(small_box, small, fields):
    customer = small_box.data.spirii_customers[50]
    before = listed(small, customer.id)
    response = update(small, customer.id, **fields)
    assert response.status_code == 400
    assert response.json()["message"][0].startswith(next(iter(fields)))
    assert listed(small, customer.id) == before


def test_unknown_customer_is_404_and_malformed_id_400(small):
    for customer, status in (("1", 404), ("9" * 30, 404), ("CU-1", 400), ("-1", 400), ("٣", 400)):
        response = update(small, customer, name="x")
        assert (response.status_code, response.json()["statusCode"]) == (status, status)
