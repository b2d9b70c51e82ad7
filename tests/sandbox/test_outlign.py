"""Outlign's clients and companies: filters, pages, validation, clients that are created, renamed and deleted."""

import pytest

CLIENTS = "/api/v1/clients"


def all_pages(caller, path, **query):
    rows, page = [], 0
    while True:
        page += 1
        body = caller.get("outlign", path, {**query, "page": page})
        rows += body["data"]
        assert body["data"] or page == 1
        if body["links"]["next"] is None:
            return rows


@pytest.mark.parametrize("size", [1000, 420, 419, 60])
def test_pages_hold_each_client_once(box, caller, size):
    rows = all_pages(caller, CLIENTS, per_page=size)
    assert [row["id"] for row in rows] == [client.id for client in box.data.clients]
    assert len({row["id"] for row in rows}) == 420


def test_company_filter(box, caller):
    for company in box.data.outlign_companies:
        rows = all_pages(caller, CLIENTS, company_id=company.id, per_page=13)
        assert {row["id"] for row in rows} == {c.id for c in box.data.clients if c.company_id == company.id}
        assert {row["company"]["title"] for row in rows} <= {company.title}
    assert caller.clients(company_id=999999)["data"] == []


@pytest.mark.parametrize("part", ["energi", "ENERGI", "É", "Ltd", "_", "%", "=HYPER", "onerror", "空"])
def test_title_filter(box, caller, part):
    rows = caller.clients(title=part, per_page=1000)["data"]
    assert {row["id"] for row in rows} == {
        client.id for client in box.data.clients if client.title and part.lower() in client.title.lower()
    }


def test_both_filters_combine_and_empty_ones_are_ignored(box, caller):
    studio = box.data.outlign_companies[0].id
    both = {row["id"] for row in caller.clients(company_id=studio, title="a", per_page=1000)["data"]}
    assert both == {c.id for c in box.data.clients if c.company_id == studio and "a" in (c.title or "").lower()}
    assert len(caller.clients(company_id="", title="", per_page="", page="")["data"]) == 15


def test_envelope_of_laravels_simple_paginate(box, caller):
    path = box.url("outlign") + CLIENTS
    body = caller.clients(per_page=100, page=2, title="a")
    assert list(body) == ["data", "links", "meta"]
    first = f"{path}?page=1"
    assert body["links"] == {"first": first, "last": None, "prev": first, "next": f"{path}?page=3"}
    here = {"current_page": 2, "current_page_url": f"{path}?page=2", "path": path}
    assert body["meta"] == here | {"from": 101, "per_page": 100, "to": 200}
    body = caller.clients(page=10**15)
    assert (body["data"], body["links"]["next"], body["meta"]["from"], body["meta"]["to"]) == ([], None, None, None)


def test_page_size_is_15_by_default_and_at_most_1000_and_the_last_one_counts(caller):
    assert len(caller.get("outlign", CLIENTS, [("per_page", "3"), ("per_page", "5")])["data"]) == 5
    assert caller.clients()["meta"]["per_page"] == 15
    assert caller.clients(per_page=1001)["meta"]["per_page"] == 1000
    assert len(caller.clients(per_page=100000)["data"]) == 420


@pytest.mark.parametrize(("key", "value"), [
    ("per_page", "0"), ("per_page", "-5"), ("per_page", "many"), ("page", "0"), ("page", "x"), ("company_id", "Acme"),
])  # fmt: skip
def test_invalid_parameter_is_422_and_names_the_field(caller, key, value):
    response = caller.send("outlign", CLIENTS, {key: value})
    assert response.status_code == 422
    body = response.json()
    assert body["errors"] == {key: [body["message"]]}


def test_companies_are_paginated(box, caller):
    assert len(caller.get("outlign", "/api/v1/companies")["data"]) == 15
    rows = all_pages(caller, "/api/v1/companies", per_page=9)
    assert [(row["id"], row["title"]) for row in rows] == [(c.id, c.title) for c in box.data.outlign_companies]


def test_a_client_without_a_company(box, caller):
    sent = {row["id"]: row["company"] for row in caller.clients(per_page=1000)["data"]}
    alone = [client for client in box.data.clients if client.company_id is None]
    assert alone
    assert all(sent[client.id] is None for client in alone)
    (zero,) = [client for client in box.data.clients if client.company_id == 0]
    assert sent[zero.id] == {"id": 0, "title": None}


def create(caller, **fields):
    return caller.send("outlign", CLIENTS, method="POST", json=fields)


def listed(caller, client):
    rows = caller.clients(per_page=1000)["data"]
    return next((row for row in rows if row["id"] == client), None)


def test_created_client_is_returned_and_listed_with_its_company(fresh_box, fresh):
    studio = fresh_box.data.outlign_companies[3]
    before = {client.id for client in fresh_box.data.clients}
    response = create(fresh, title="  Nordlys 空 ApS ", company_id=studio.id)
    assert response.status_code == 201
    made = response.json()["data"]
    assert set(response.json()) == {"data"}
    assert made["title"] == "Nordlys 空 ApS"
    assert made["company"] == {"id": studio.id, "title": studio.title}
    assert made["id"] not in before
    assert made["created_at"] == made["updated_at"] > "2026-09-01T08:00:00.000000Z"
    assert listed(fresh, made["id"]) == made
    assert made in fresh.clients(company_id=studio.id, title="nordlys")["data"]
    assert [client.title for client in fresh_box.data.clients if client.id not in before] == ["Nordlys 空 ApS"]


def test_form_data_is_accepted_like_json(fresh_box, fresh):
    studio = fresh_box.data.outlign_companies[0].id
    response = fresh.send("outlign", CLIENTS, method="POST", data={"title": "From a form", "company_id": str(studio)})
    assert response.status_code == 201
    path = f"{CLIENTS}/{response.json()['data']['id']}"
    renamed = fresh.send("outlign", path, method="PUT", data={"title": "Another"})
    assert renamed.json()["data"]["title"] == "Another"


def test_update_changes_only_the_title(fresh_box, fresh):
    client = fresh_box.data.clients[60]
    company, created, updated = client.company_id, client.created_at, client.updated_at
    path = f"{CLIENTS}/{client.id}"
    response = fresh.send("outlign", path, method="PUT", json={"title": "Renamed", "company_id": 1, "id": 5})
    assert response.status_code == 200
    shown = response.json()["data"]
    assert list(shown) == ["id", "title", "created_at", "updated_at"]
    assert (shown["title"], shown["created_at"]) == ("Renamed", created)
    assert shown["updated_at"] > updated
    assert fresh.get("outlign", path)["data"] == shown
    row = listed(fresh, client.id)
    assert (row["title"], row["company"]["id"]) == ("Renamed", company)
    assert fresh_box.data.clients[60].title == "Renamed"


@pytest.mark.parametrize("fields", [{}, {"company_id": 5}, {"title": None}])
def test_update_without_a_title_changes_nothing(fresh_box, fresh, fields):
    client = fresh_box.data.clients[60]
    before = listed(fresh, client.id)
    response = fresh.send("outlign", f"{CLIENTS}/{client.id}", method="PUT", json=fields)
    assert response.status_code == (422 if "title" in fields else 200)
    same = fresh.send("outlign", f"{CLIENTS}/{client.id}", method="PUT", json={"title": client.title})
    assert same.status_code == 200
    assert listed(fresh, client.id) == before


def test_deleted_client_is_gone_and_its_id_is_not_reused(fresh_box, fresh):
    made = create(fresh, title="Short-lived", company_id=fresh_box.data.outlign_companies[0].id).json()["data"]
    path = f"{CLIENTS}/{made['id']}"
    response = fresh.send("outlign", path, method="DELETE")
    assert (response.status_code, response.content) == (204, b"")
    for method in ("GET", "PUT", "DELETE"):
        missing = fresh.send("outlign", path, method=method, json={"title": "x"})
        assert missing.status_code == 404
        assert missing.json() == {"message": f"No query results for model [App\\Models\\Client] {made['id']}"}
    assert listed(fresh, made["id"]) is None
    assert len(fresh_box.data.clients) == 420
    again = create(fresh, title="Next", company_id=fresh_box.data.outlign_companies[0].id).json()["data"]
    assert again["id"] == made["id"] + 1


@pytest.mark.parametrize("client", ["0", "x", "-1", "999", "1201.0", "9" * 30])
def test_unknown_client_is_404(small, client):
    response = small.send("outlign", f"{CLIENTS}/{client}")
    assert response.status_code == 404
    assert response.json()["message"] == f"No query results for model [App\\Models\\Client] {client}"


# Wrong clients: 422 in Laravel's words, and nothing is written


REQUIRED = "The title field is required."
COMPANY = "The company id field is required."
REFUSED = {
    "nothing": ({}, {"title": REQUIRED, "company_id": COMPANY}), "no title": ({"company_id": 41}, {"title": REQUIRED}),
    "null title": ({"title": None, "company_id": 41}, {"title": REQUIRED}),
    "blank title": ({"title": "  ", "company_id": 41}, {"title": REQUIRED}),
    "a number for a title": ({"title": 5, "company_id": 41}, {"title": "The title field must be a string."}),
    "a long title": ({"title": "x" * 256, "company_id": 41},
        {"title": "The title field must not be greater than 255 characters."}),
    "no company": ({"title": "x"}, {"company_id": COMPANY}),
    "a word for a company": ({"title": "x", "company_id": "Acme"},
        {"company_id": "The company id field must be an integer."}),
    "true for a company": ({"title": "x", "company_id": True},
        {"company_id": "The company id field must be an integer."}),
    "an unknown company": ({"title": "x", "company_id": 1}, {"company_id": "The selected company id is invalid."}),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_invalid_client_is_422_and_not_created(small_box, small, case):
    fields, errors = REFUSED[case]
    response = create(small, **fields)
    assert response.status_code == 422
    first, *others = errors.values()
    assert response.json() == {
        "message": first + (" (and 1 more error)" if others else ""),
        "errors": {field: [reason] for field, reason in errors.items()},
    }
    assert len(small_box.data.clients) == 420


def test_longest_title_is_accepted(fresh_box, fresh):
    assert create(fresh, title="é" * 255, company_id=fresh_box.data.outlign_companies[0].id).status_code == 201


def test_invalid_title_of_an_update_is_422(small_box, small):
    path = f"{CLIENTS}/{small_box.data.clients[0].id}"
    for title in (None, "", " ", 5, ["x"], "x" * 256):
        response = small.send("outlign", path, method="PUT", json={"title": title})
        assert response.status_code == 422
        assert list(response.json()["errors"]) == ["title"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b"\xff", b"[" * 100_000])
def test_malformed_body_is_validated_as_an_empty_one(small, body):
    response = small.send("outlign", CLIENTS, method="POST", data=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, set(response.json()["errors"])) == (422, {"title", "company_id"})
