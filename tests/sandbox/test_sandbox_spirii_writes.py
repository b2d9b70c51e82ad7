"""Spirii: customers made and changed, and what is refused on the way."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pmframes.sandbox import Sandbox
from tests.support.sandbox_client import Caller

PATH = "/v2/customers"
FIELDS = {
    "name": "Nordlys Ladning ApS",
    "type": "Business",
    "country": "DK",
    "ownerId": 10231,
    "contactDetails": {"name": "Zoë", "email": "zoe@example.org", "phone": None},
}
MORE = {
    "externalId": "0000099",
    "billingDetails": {"gln": "0000000000017", "zipCode": "01067", "paymentMethod": "CreditCard"},
    "payoutInformation": {"iban": "DK00", "bankAccount": "0012"},
    "financialSetup": {"language": "DA", "currency": "DKK"},
    "billingSettings": {"chargeKeyLineAggregation": "location"},
}


@pytest.fixture
def box():
    with Sandbox(people=1) as sandbox:
        yield sandbox


@pytest.fixture
def caller(box):
    return Caller(box)


def create(caller, **fields):
    return caller.send("spirii", PATH, method="POST", json=fields)


def update(caller, customer, **fields):
    return caller.send("spirii", f"{PATH}/{customer}", method="PUT", json=fields)


def listed(caller, customer):
    body = caller.customers({"customerIds": customer})
    return body["data"][0] if body["count"] else None


def test_a_new_customer_is_shown_bare_and_listed(box, caller):
    response = create(caller, **FIELDS)
    assert response.status_code == 201
    made = response.json()
    assert set(made) == {
        *("id", "name", "externalId", "country", "createdAt", "updatedAt"),
        *("owner", "cpo", "locations", "contactDetails"),
    }
    operator = box.data.spirii_customers[0]
    assert made["owner"] == made["cpo"] == {"id": operator.id, "name": operator.name}
    assert (made["locations"], made["externalId"]) == ([], None)
    assert made["contactDetails"] == FIELDS["contactDetails"]
    assert made["createdAt"] == made["updatedAt"] > "2026-09-01T08:00:00Z"
    assert listed(caller, made["id"]) == made
    assert caller.customers()["count"] == len(box.data.spirii_customers) == 641
    assert box.data.spirii_customers[-1].name == FIELDS["name"]


def test_a_new_customer_is_found_by_every_filter(caller):
    made = create(caller, **FIELDS, externalId="XYZ-77").json()
    for query in (
        {"search": "nordlys ladning"},
        {"search": "xyz-77"},
        {"search": str(made["id"])},
        {"types": "Business"},
        {"ownerId": 10231},
        {"cpoId": 10231},
        {"createdAt": made["createdAt"]},
        {"createdAtFrom": made["createdAt"]},
        {"updatedAtFrom": made["updatedAt"]},
    ):
        assert made in caller.all_customers(list(query.items())), query
    assert made not in caller.all_customers([("types", "Private")])


def test_everything_that_can_be_given_is_kept(box, caller):
    made = create(caller, **FIELDS, **MORE).json()
    assert made["externalId"] == "0000099"
    assert made["billingDetails"] == {"paymentMethod": "Invoice", "gln": "0000000000017", "zipCode": "01067"}
    for key in ("payoutInformation", "financialSetup", "billingSettings"):
        assert made[key] == MORE[key]
    assert listed(caller, made["id"]) == made


def test_the_operator_is_that_of_the_owner(box, caller):
    for owner in [c for c in box.data.spirii_customers if c.type == "Business" and c.cpo_id][:5]:
        made = create(caller, **FIELDS | {"ownerId": owner.id, "type": "Private"}).json()
        assert (made["owner"]["id"], made["cpo"]["id"]) == (owner.id, owner.cpo_id)


@pytest.mark.parametrize("kind", ["Private", "Business", "CPOSubsidiary"])
def test_any_type_but_an_operator_can_be_made(box, caller, kind):
    made = create(caller, **FIELDS | {"type": kind}).json()
    assert box.data.spirii_customers[-1].type == kind
    assert made in caller.all_customers([("types", kind), ("search", "Nordlys Ladning")])


REFUSED = {
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


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_400_with_an_explanation_and_makes_nothing(standing, asker, case):
    change, explanation = REFUSED[case]
    fields = {key: value for key, value in (FIELDS | change).items() if value is not ...}
    response = create(asker, **fields)
    assert response.status_code == 400
    body = response.json()
    assert (body["statusCode"], body["error"]) == (400, "Bad Request")
    (message,) = body["message"]
    assert explanation in message
    assert len(standing.data.spirii_customers) == 640


def test_everything_that_is_wrong_is_explained_at_once(asker):
    body = create(asker, name="", country="Denmark").json()
    assert [message.split()[0] for message in body["message"]] == [
        *("type", "ownerId", "contactDetails", "name", "country")
    ]


@pytest.mark.parametrize(("body", "count"), [(b"{", 1), (b"[]", 1), (b"\xff\xfe", 1), (b"[" * 100_000, 1)])
def test_a_body_that_is_no_object_is_400(asker, body, count):
    response = asker.send("spirii", PATH, method="POST", data=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, len(response.json()["message"])) == (400, count)


def test_a_form_is_no_json(asker):
    assert asker.send("spirii", PATH, method="POST", data={"name": "x"}).status_code == 400


def test_the_longest_texts_are_taken(caller):
    made = create(caller, **FIELDS | {"name": "é" * 80, "externalId": "x" * 40})
    assert made.status_code == 201


def test_an_update_changes_what_is_sent_and_nothing_else(box, caller):
    customer = next(c for c in box.data.spirii_customers if c.type == "Private")
    before = listed(caller, customer.id)
    response = update(caller, customer.id, name="Renamed", contactDetails={"phone": "+45 00"})
    assert response.status_code == 200
    after = response.json()
    assert after["updatedAt"] > before["updatedAt"]
    assert after == before | {
        "name": "Renamed",
        "updatedAt": after["updatedAt"],
        "contactDetails": before["contactDetails"] | {"phone": "+45 00"},
    }
    assert listed(caller, customer.id) == after
    assert next(c for c in box.data.spirii_customers if c.id == customer.id).name == "Renamed"


def test_an_update_that_changes_nothing_leaves_the_time(box, caller):
    customer = box.data.spirii_customers[40]
    before = listed(caller, customer.id)
    for fields in ({}, {"name": customer.name}, {"unknown": 5}, {"locations": [1]}):
        assert update(caller, customer.id, **fields).json() == before
    assert listed(caller, customer.id) == before


def test_null_takes_an_object_away_and_keeps_the_others(box, caller):
    made = create(caller, **FIELDS, **MORE).json()
    after = update(caller, made["id"], payoutInformation=None, externalId=None).json()
    assert (after["payoutInformation"], after["externalId"]) == (None, None)
    assert after["billingDetails"] == made["billingDetails"]


def test_a_new_name_shows_wherever_the_customer_owns(box, caller):
    operator = box.data.spirii_customers[0]
    owned = {c.id for c in box.data.spirii_customers if c.owner_id == operator.id}
    led = {c.id for c in box.data.spirii_customers if c.cpo_id == operator.id}
    update(caller, operator.id, name="Renamed Operator")
    rows = caller.all_customers([])
    owner_name = {row["id"] for row in rows if row["owner"] and row["owner"]["name"] == "Renamed Operator"}
    cpo_name = {row["id"] for row in rows if row["cpo"] and row["cpo"]["name"] == "Renamed Operator"}
    assert (owner_name, cpo_name) == (owned, led)
    assert owned


def test_whoever_moves_to_another_owner_takes_along_what_is_below(box, caller):
    subsidiary = next(c for c in box.data.spirii_customers if c.type == "CPOSubsidiary" and c.cpo_id == 10231)
    below = {row["id"] for row in caller.all_customers([("ownerId", subsidiary.id)])}
    assert below
    update(caller, subsidiary.id, ownerId=10234)
    assert {row["id"] for row in caller.all_customers([("ownerId", subsidiary.id)])} == below
    moved = {row["id"]: row["cpo"]["id"] for row in caller.all_customers([("ownerId", 10234)])}
    assert {moved[customer] for customer in below | {subsidiary.id}} == {10234}


def test_nobody_is_its_own_owner(standing, asker):
    operator = standing.data.spirii_customers[0]
    child = next(c for c in standing.data.spirii_customers if c.owner_id == operator.id)
    grandchild = next(c for c in standing.data.spirii_customers if c.owner_id == child.id)
    for owner in (operator, child, grandchild):
        response = update(asker, operator.id, ownerId=owner.id)
        assert response.status_code == 400
        assert "below it" in response.json()["message"][0]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": None},
        {"name": "x" * 81},
        {"type": "CPO"},
        {"country": ""},
        {"ownerId": None},
        {"ownerId": 1},
        {"contactDetails": None},
        {"externalId": "x" * 41},
    ],
)
def test_an_update_refuses_what_a_new_customer_may_not_have(standing, asker, fields):
    customer = standing.data.spirii_customers[50]
    before = listed(asker, customer.id)
    response = update(asker, customer.id, **fields)
    assert response.status_code == 400
    assert response.json()["message"][0].startswith(next(iter(fields)))
    assert listed(asker, customer.id) == before


def test_an_unknown_customer_is_404_and_a_word_is_400(asker):
    for customer, status in (("1", 404), ("9" * 30, 404), ("CU-1", 400), ("-1", 400), ("٣", 400)):
        response = update(asker, customer, name="x")
        assert (response.status_code, response.json()["statusCode"]) == (status, status)


def test_one_customer_can_be_neither_read_nor_deleted(standing, asker):
    for method in ("GET", "DELETE", "PATCH"):
        response = asker.send("spirii", f"{PATH}/10231", method=method)
        assert (response.status_code, response.headers["Allow"]) == (405, "PUT")


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_nothing_is_written_without_the_token(standing, asker, method):
    path = PATH if method == "POST" else f"{PATH}/10231"
    assert asker.send("spirii", path, method=method, token="no", json=FIELDS).status_code == 401
    assert len(standing.data.spirii_customers) == 640
    assert standing.data.spirii_customers[0].name != FIELDS["name"]


def test_many_threads_at_once_make_one_customer_each(box):
    def make(number):
        caller = Caller(box)
        made = create(caller, **FIELDS | {"name": f"Customer {number}"}).json()
        update(caller, made["id"], externalId=f"T-{number}")
        return made["id"]

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(make, range(40)))
    assert len(set(made)) == 40
    kept = {c.id: c.external_id for c in box.data.spirii_customers}
    assert len(kept) == len(box.data.spirii_customers) == 680
    assert [kept[customer] for customer in made] == [f"T-{number}" for number in range(40)]
