"""Spirii's validation of query parameters and bodies: 400 that names each field, and nothing is written."""

import pytest

PATH = "/v2/customers"


FIELDS = {
    "name": "Nordlys Ladning ApS", "type": "Business", "country": "DK", "ownerId": 10231,
    "contactDetails": {"name": "Zoë", "email": "zoe@example.org", "phone": None},
}  # fmt: skip
PARAMETERS = [
    ("limit", "0"), ("limit", "-1"), ("limit", "all"), ("limit", ""), ("offset", "-1"), ("offset", "1.0"),
    ("sortBy", "country"), ("sortBy", "ID"), ("sortDirection", "up"), ("types", "private"),
    ("types", "Private,Business"), ("customerIds", "1,2"), ("customerIds", "CU-1"), ("ownerId", "x"), ("cpoId", ""),
    ("createdAt", "2025-06-01"), ("createdAtFrom", "June"), ("updatedAtTo", "2025-06-31T00:00:00Z"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), PARAMETERS)
def test_invalid_parameter_is_400_and_names_it(caller, key, value):
    response = caller.send("spirii", "/v2/customers", {key: value})
    assert response.status_code == 400
    (message,) = response.json()["message"]
    assert message.startswith(key)


def create(fresh, **fields):
    return fresh.send("spirii", PATH, method="POST", json=fields)


def update(fresh, customer, **fields):
    return fresh.send("spirii", f"{PATH}/{customer}", method="PUT", json=fields)


def listed(fresh, customer):
    body = fresh.customers({"customerIds": customer})
    return body["data"][0] if body["count"] else None


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


def test_all_invalid_fields_are_listed(small):
    body = create(small, name="", country="Denmark").json()
    assert [message.split()[0] for message in body["message"]] == [
        *("type", "ownerId", "contactDetails", "name", "country")
    ]


@pytest.mark.parametrize(("body", "count"), [(b"{", 1), (b"[]", 1), (b"\xff\xfe", 1), (b"[" * 100_000, 1)])
def test_malformed_body_is_400(small, body, count):
    response = small.send("spirii", PATH, method="POST", data=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, len(response.json()["message"])) == (400, count)


def test_form_data_is_400(small):
    assert small.send("spirii", PATH, method="POST", data={"name": "x"}).status_code == 400


def test_longest_texts_are_accepted(fresh):
    made = create(fresh, **FIELDS | {"name": "é" * 80, "externalId": "x" * 40})
    assert made.status_code == 201


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
