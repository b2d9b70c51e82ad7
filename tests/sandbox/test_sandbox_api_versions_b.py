"""Outlign and Spirii as they were: bare lists, numbers of companies, types in customers."""

import pytest

from pmframes.sandbox import Sandbox
from tests.support.sandbox_client import Caller

CLIENTS = "/api/v1/clients"


def started(service, *switches):
    return Sandbox(people=1, api_versions={service: set(switches)})


def write(caller, path, method, **fields):
    return caller.send("outlign", path, method=method, json=fields).json()


@pytest.mark.parametrize("path", [CLIENTS, "/api/v1/companies"])
def test_the_bare_list_is_a_list_with_seconds_in_its_times(path):
    with Sandbox(people=1) as now, started("outlign", "bare-list") as then:
        new = Caller(now).get("outlign", path, {"per_page": 1000})["data"]
        old = Caller(then).get("outlign", path, {"per_page": 1000})
    assert isinstance(old, list)
    assert len(old) == len(new)
    odd = 0
    for row, other in zip(old, new, strict=True):
        assert {key: row[key] for key in row if "_at" not in key} == {
            key: other[key] for key in other if "_at" not in key
        }
        for key in ("created_at", "updated_at"):
            if other[key] and other[key].count(".") == 1:
                assert row[key] == other[key].split(".")[0] + "Z"
            else:
                assert row[key] == other[key]
                odd += 1
    assert odd == (0 if path.endswith("companies") else 9)


def test_the_bare_list_is_filtered_and_paged_all_the_same():
    with started("outlign", "bare-list") as box:
        caller = Caller(box)
        pages = [caller.clients(per_page=100, page=page) for page in range(1, 7)]
        assert [len(page) for page in pages] == [100, 100, 100, 100, 20, 0]
        assert [row["id"] for page in pages for row in page] == [client.id for client in box.data.clients]
        assert len(caller.clients()) == 15
        studio = box.data.outlign_companies[2].id
        assert {row["company"]["id"] for row in caller.clients(company_id=studio)} == {studio}


def test_the_number_of_the_company_stands_in_place_of_the_company():
    with started("outlign", "company-id") as box:
        body = Caller(box).clients(per_page=1000)
        assert list(body) == ["data", "links", "meta"]
        assert list(body["data"][0]) == ["id", "title", "company_id", "created_at", "updated_at"]
        assert [row["company_id"] for row in body["data"]] == [c.company_id for c in box.data.clients]
        one = box.data.clients[0]
        single = Caller(box).get("outlign", f"{CLIENTS}/{one.id}")["data"]
        assert single["company_id"] == one.company_id


@pytest.mark.parametrize("switches", [["bare-list"], ["company-id"], ["bare-list", "company-id"]])
def test_single_answers_are_of_the_same_age_as_the_list(switches):
    bare, numbered = "bare-list" in switches, "company-id" in switches
    with started("outlign", *switches) as box:
        caller = Caller(box)
        studio = box.data.outlign_companies[0]
        made = write(caller, CLIENTS, "POST", title="New", company_id=studio.id)
        path = f"{CLIENTS}/{(made if bare else made['data'])['id']}"
        renamed = write(caller, path, "PUT", title="Newer")
        shown = caller.get("outlign", path)
    company = {"company_id": studio.id} if numbered else {"company": {"id": studio.id, "title": studio.title}}
    for answer, inside in (
        (made, company),
        (renamed, company if numbered else {}),
        (shown, company if numbered else {}),
    ):
        record = answer if bare else answer["data"]
        assert set(record) == {"id", "title", "created_at", "updated_at", *inside}
        assert inside.items() <= record.items()
        assert ("." in record["created_at"]) is not bare
    assert renamed == shown


def test_spirii_tells_the_type():
    with started("spirii", "with-type") as box:
        caller = Caller(box)
        types = {row["id"]: row["type"] for row in caller.all_customers([])}
        assert types == {customer.id: customer.type for customer in box.data.spirii_customers}
        fields = {"name": "N", "type": "Private", "country": "DK", "contactDetails": {}, "ownerId": 10231}
        made = caller.send("spirii", "/v2/customers", method="POST", json=fields).json()
        assert made["type"] == "Private"
        changed = caller.send("spirii", f"/v2/customers/{made['id']}", method="PUT", json={"type": "Business"}).json()
        assert changed["type"] == "Business"


def test_one_service_of_an_old_age_leaves_the_others_new():
    with started("outlign", "bare-list", "company-id") as box:
        assert "type" not in Caller(box).customers()["data"][0]
    with started("spirii", "with-type") as box:
        assert set(Caller(box).clients()) == {"data", "links", "meta"}
