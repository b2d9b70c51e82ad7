"""Outlign's validation of clients that are created or updated: 422 in Laravel's words, and nothing is written."""

import pytest

CLIENTS = "/api/v1/clients"


REQUIRED = "The title field is required."
COMPANY = "The company id field is required."
REFUSED = {
    "nothing": ({}, {"title": REQUIRED, "company_id": COMPANY}),
    "no title": ({"company_id": 41}, {"title": REQUIRED}),
    "null title": ({"title": None, "company_id": 41}, {"title": REQUIRED}),
    "blank title": ({"title": "  ", "company_id": 41}, {"title": REQUIRED}),
    "a number for a title": ({"title": 5, "company_id": 41}, {"title": "The title field must be a string."}),
    "a long title": (
        {"title": "x" * 256, "company_id": 41},
        {"title": "The title field must not be greater than 255 characters."},
    ),
    "no company": ({"title": "x"}, {"company_id": COMPANY}),
    "a word for a company": (
        {"title": "x", "company_id": "Acme"},
        {"company_id": "The company id field must be an integer."},
    ),
    "true for a company": (
        {"title": "x", "company_id": True},
        {"company_id": "The company id field must be an integer."},
    ),
    "an unknown company": ({"title": "x", "company_id": 1}, {"company_id": "The selected company id is invalid."}),
}


def create(fresh, **fields):
    return fresh.send("outlign", CLIENTS, method="POST", json=fields)


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
