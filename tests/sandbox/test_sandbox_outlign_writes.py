"""Outlign: one client shown, made, renamed and deleted, and what is refused on the way."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pmframes.sandbox import Sandbox
from tests.support.sandbox_client import Caller

CLIENTS = "/api/v1/clients"


@pytest.fixture
def box():
    with Sandbox(people=1) as sandbox:
        yield sandbox


@pytest.fixture
def caller(box):
    return Caller(box)


def create(caller, **fields):
    return caller.send("outlign", CLIENTS, method="POST", json=fields)


def listed(caller, client):
    rows = caller.clients(per_page=1000)["data"]
    return next((row for row in rows if row["id"] == client), None)


def test_one_client_comes_without_its_company(standing, asker):
    for client in standing.data.clients[:40]:
        assert asker.get("outlign", f"{CLIENTS}/{client.id}") == {
            "data": {
                "id": client.id,
                "title": client.title,
                "created_at": client.created_at,
                "updated_at": client.updated_at,
            }
        }


def test_a_new_client_is_shown_and_listed_with_its_company(box, caller):
    studio = box.data.outlign_companies[3]
    before = {client.id for client in box.data.clients}
    response = create(caller, title="  Nordlys 空 ApS ", company_id=studio.id)
    assert response.status_code == 201
    made = response.json()["data"]
    assert set(response.json()) == {"data"}
    assert made["title"] == "Nordlys 空 ApS"
    assert made["company"] == {"id": studio.id, "title": studio.title}
    assert made["id"] not in before
    assert made["created_at"] == made["updated_at"] > "2026-09-01T08:00:00.000000Z"
    assert listed(caller, made["id"]) == made
    assert made in caller.clients(company_id=studio.id, title="nordlys")["data"]
    assert [client.title for client in box.data.clients if client.id not in before] == ["Nordlys 空 ApS"]


def test_a_form_does_as_well_as_json(box, caller):
    studio = box.data.outlign_companies[0].id
    response = caller.send("outlign", CLIENTS, method="POST", data={"title": "From a form", "company_id": str(studio)})
    assert response.status_code == 201
    path = f"{CLIENTS}/{response.json()['data']['id']}"
    renamed = caller.send("outlign", path, method="PUT", data={"title": "Another"})
    assert renamed.json()["data"]["title"] == "Another"


def test_a_new_title_is_all_that_an_update_changes(box, caller):
    client = box.data.clients[60]
    company, created, updated = client.company_id, client.created_at, client.updated_at
    path = f"{CLIENTS}/{client.id}"
    response = caller.send("outlign", path, method="PUT", json={"title": "Renamed", "company_id": 1, "id": 5})
    assert response.status_code == 200
    shown = response.json()["data"]
    assert list(shown) == ["id", "title", "created_at", "updated_at"]
    assert (shown["title"], shown["created_at"]) == ("Renamed", created)
    assert shown["updated_at"] > updated
    assert caller.get("outlign", path)["data"] == shown
    row = listed(caller, client.id)
    assert (row["title"], row["company"]["id"]) == ("Renamed", company)
    assert box.data.clients[60].title == "Renamed"


@pytest.mark.parametrize("fields", [{}, {"company_id": 5}, {"title": None}])
def test_an_update_without_a_title_changes_nothing(box, caller, fields):
    client = box.data.clients[60]
    before = listed(caller, client.id)
    response = caller.send("outlign", f"{CLIENTS}/{client.id}", method="PUT", json=fields)
    assert response.status_code == (422 if "title" in fields else 200)
    same = caller.send("outlign", f"{CLIENTS}/{client.id}", method="PUT", json={"title": client.title})
    assert same.status_code == 200
    assert listed(caller, client.id) == before


def test_a_deleted_client_is_gone_and_its_number_is_not_given_again(box, caller):
    made = create(caller, title="Short-lived", company_id=box.data.outlign_companies[0].id).json()["data"]
    path = f"{CLIENTS}/{made['id']}"
    response = caller.send("outlign", path, method="DELETE")
    assert (response.status_code, response.content) == (204, b"")
    for method in ("GET", "PUT", "DELETE"):
        missing = caller.send("outlign", path, method=method, json={"title": "x"})
        assert missing.status_code == 404
        assert missing.json() == {"message": f"No query results for model [App\\Models\\Client] {made['id']}"}
    assert listed(caller, made["id"]) is None
    assert len(box.data.clients) == 420
    again = create(caller, title="Next", company_id=box.data.outlign_companies[0].id).json()["data"]
    assert again["id"] == made["id"] + 1


@pytest.mark.parametrize("client", ["0", "x", "-1", "999", "1201.0", "9" * 30])
def test_an_unknown_client_is_404(asker, client):
    response = asker.send("outlign", f"{CLIENTS}/{client}")
    assert response.status_code == 404
    assert response.json()["message"] == f"No query results for model [App\\Models\\Client] {client}"


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


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_422_in_laravels_words_and_makes_nothing(standing, asker, case):
    fields, errors = REFUSED[case]
    response = create(asker, **fields)
    assert response.status_code == 422
    first, *others = errors.values()
    assert response.json() == {
        "message": first + (" (and 1 more error)" if others else ""),
        "errors": {field: [reason] for field, reason in errors.items()},
    }
    assert len(standing.data.clients) == 420


def test_the_longest_title_is_taken(box, caller):
    assert create(caller, title="é" * 255, company_id=box.data.outlign_companies[0].id).status_code == 201


def test_an_update_refuses_the_same_titles(standing, asker):
    path = f"{CLIENTS}/{standing.data.clients[0].id}"
    for title in (None, "", " ", 5, ["x"], "x" * 256):
        response = asker.send("outlign", path, method="PUT", json={"title": title})
        assert response.status_code == 422
        assert list(response.json()["errors"]) == ["title"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_counts_as_empty(asker, body):
    response = asker.send("outlign", CLIENTS, method="POST", data=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, set(response.json()["errors"])) == (422, {"title", "company_id"})


def test_other_methods_name_those_that_there_are(standing, asker):
    one = f"{CLIENTS}/{standing.data.clients[0].id}"
    for path, method, allowed in ((CLIENTS, "DELETE", "GET, HEAD, POST"), (one, "POST", "DELETE, GET, HEAD, PUT")):
        response = asker.send("outlign", path, method=method)
        assert (response.status_code, response.headers["Allow"]) == (405, allowed)
        assert response.json()["message"].endswith(f"Supported methods: {allowed}.")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_is_written_without_the_token(standing, asker, method):
    path = CLIENTS if method == "POST" else f"{CLIENTS}/{standing.data.clients[0].id}"
    studio = standing.data.outlign_companies[0].id
    response = asker.send("outlign", path, method=method, token="no", json={"title": "x", "company_id": studio})
    assert response.status_code == 401
    assert len(standing.data.clients) == 420
    assert standing.data.clients[0].title != "x"


def test_many_threads_at_once_make_one_client_each(box):
    studio = box.data.outlign_companies[0].id

    def make(number):
        caller = Caller(box)
        made = create(caller, title=f"Client {number}", company_id=studio).json()["data"]
        assert len(caller.clients(per_page=1000)["data"]) > 420
        return made["id"]

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(make, range(40)))
    assert len(set(made)) == 40
    assert {client.id for client in box.data.clients} >= set(made)
    assert len(box.data.clients) == 460


def test_the_same_writes_give_the_same_bytes(box, caller):
    with Sandbox(people=1) as other:
        answers = [
            create(one, title="Same", company_id=box.data.outlign_companies[0].id).content
            for one in (caller, Caller(other))
        ]
    assert answers[0] == answers[1]
