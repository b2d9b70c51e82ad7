"""Outlign: filters, Laravel's envelope, and what is refused."""

import pytest


def all_pages(caller, path, **query):
    rows, page = [], 0
    while True:
        page += 1
        body = caller.get("outlign", path, {**query, "page": page})
        rows += body["data"]
        assert body["data"] or page == 1
        if body["links"]["next"] is None:
            return rows


@pytest.mark.parametrize("size", [1000, 419, 420, 60, 7])
def test_paging_to_the_end_gives_each_client_once(box, caller, size):
    rows = all_pages(caller, "/api/v1/clients", per_page=size)
    assert [row["id"] for row in rows] == [client.id for client in box.data.clients]
    assert len({row["id"] for row in rows}) == 420


def test_clients_of_one_company(box, caller):
    for company in box.data.outlign_companies:
        rows = all_pages(caller, "/api/v1/clients", company_id=company.id, per_page=13)
        assert {row["id"] for row in rows} == {c.id for c in box.data.clients if c.company_id == company.id}
        assert {row["company"]["title"] for row in rows} <= {company.title}
    assert caller.clients(company_id=999999)["data"] == []


@pytest.mark.parametrize("part", ["energi", "ENERGI", "É", "Ltd", "_", "%", "=HYPER", "onerror", "空"])
def test_clients_with_a_part_of_a_title(box, caller, part):
    rows = caller.clients(title=part, per_page=1000)["data"]
    assert {row["id"] for row in rows} == {
        client.id for client in box.data.clients if client.title and part.lower() in client.title.lower()
    }


def test_both_filters_at_once_and_empty_ones_as_if_they_were_not_there(box, caller):
    studio = box.data.outlign_companies[0].id
    both = {row["id"] for row in caller.clients(company_id=studio, title="a", per_page=1000)["data"]}
    assert both == {c.id for c in box.data.clients if c.company_id == studio and "a" in (c.title or "").lower()}
    assert len(caller.clients(company_id="", title="", per_page="", page="")["data"]) == 15


def test_the_envelope_is_that_of_simple_paginate(box, caller):
    path = box.url("outlign") + "/api/v1/clients"
    body = caller.clients(per_page=100, page=2, title="a")
    assert list(body) == ["data", "links", "meta"]
    assert body["links"] == {
        "first": f"{path}?page=1",
        "last": None,
        "prev": f"{path}?page=1",
        "next": f"{path}?page=3",
    }
    assert body["meta"] == {
        "current_page": 2,
        "current_page_url": f"{path}?page=2",
        "from": 101,
        "path": path,
        "per_page": 100,
        "to": 200,
    }


def test_a_page_beyond_the_last_is_empty(caller):
    body = caller.clients(page=10**15)
    assert (body["data"], body["links"]["next"], body["meta"]["from"], body["meta"]["to"]) == ([], None, None, None)


def test_a_page_is_fifteen_unless_asked_and_never_more_than_a_thousand(caller):
    assert caller.clients()["meta"]["per_page"] == 15
    assert caller.clients(per_page=1001)["meta"]["per_page"] == 1000
    assert len(caller.clients(per_page=100000)["data"]) == 420


def test_of_a_repeated_key_the_last_counts(caller):
    body = caller.get("outlign", "/api/v1/clients", [("per_page", "3"), ("per_page", "5")])
    assert len(body["data"]) == 5


@pytest.mark.parametrize(
    ("key", "value"),
    [("per_page", "0"), ("per_page", "-5"), ("per_page", "many"), ("page", "0"), ("page", "x"), ("company_id", "Acme")],
)
def test_what_is_refused_is_422_and_names_the_field(caller, key, value):
    response = caller.send("outlign", "/api/v1/clients", {key: value})
    assert response.status_code == 422
    body = response.json()
    assert body["errors"] == {key: [body["message"]]}


def test_companies_come_in_pages_too(box, caller):
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
