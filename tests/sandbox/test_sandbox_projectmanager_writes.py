"""ProjectManager.com's customers: created, renamed and deleted, and what is read afterwards."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from pmframes.sandbox import Sandbox
from tests.support.sandbox_client import Caller

PATH = "/api/data/projects/customers"
EMPTY = {"error": {"message": "Input Validation Failed", "validationErrors": {"name": ["'name' must not be empty."]}}}
NOBODY = str(uuid.UUID(int=7, version=4))
BODIES = [b"", b"null", b"[]", b'"x"', b'{"name"', b'{"name": "\xff"}', b"\x00", b'{"name": 5}', b'{"name": ["x"]}']


@pytest.fixture
def box():
    with Sandbox(people=5) as sandbox:
        yield sandbox


@pytest.fixture
def caller(box):
    return Caller(box)


@pytest.fixture(scope="module")
def standing():
    """Give one box to all that is refused, and so changes nothing."""
    with Sandbox(people=5) as sandbox:
        yield sandbox


def write(caller, method, path, **body):
    return caller.send("projectmanager", path, method=method, **body)


def listed(caller):
    return {row["id"]: row["name"] for row in caller.get("projectmanager", PATH)["data"]}


@pytest.mark.parametrize("name", ["Nordlys Energi A/S", "青空 🌅", "<img src=x onerror=alert(1)>", " padded ", "0042"])
def test_a_customer_that_is_created_is_answered_with_200_and_read_next(box, caller, name):
    before = listed(caller)
    response = write(caller, "POST", PATH, json={"name": name, "code": "ignored"})
    body = response.json()
    assert response.status_code == 200
    assert (body["error"], body["success"], body["hasError"], body["statusCode"]) == (None, True, False, "OK")
    made = body["data"]
    assert made == {"id": str(uuid.UUID(made["id"])), "name": name}
    assert listed(caller) == before | {made["id"]: name}
    assert made["id"] not in before
    assert [c.name for c in box.data.projectmanager_customers if c.id == made["id"]] == [name]


def test_two_customers_may_have_one_name(caller):
    ids = {write(caller, "POST", PATH, json={"name": "Twice"}).json()["data"]["id"] for _ in range(2)}
    assert len(ids) == 2


def test_what_is_created_is_the_same_in_every_sandbox_of_a_seed(caller):
    with Sandbox(people=5) as other:
        bodies = [write(who, "POST", PATH, json={"name": "x"}).content for who in (caller, Caller(other))]
    assert bodies[0] == bodies[1]


def test_a_customer_gets_another_name_also_on_its_projects(box, caller):
    project = next(p for p in box.data.projectmanager_projects if p.customer_id)
    response = write(caller, "PUT", f"{PATH}/{project.customer_id.upper()}", json={"name": "Renamed"})
    assert (response.status_code, response.json()["data"]) == (200, {"id": project.customer_id, "name": "Renamed"})
    assert listed(caller)[project.customer_id] == "Renamed"
    rows = caller.get("projectmanager", "/api/data/projects", {"$filter": "customer/name eq 'Renamed'"})["data"]
    assert [row["id"] for row in rows] == [
        p.id for p in box.data.projectmanager_projects if p.customer_id == project.customer_id
    ]


def test_a_deleted_customer_is_gone_also_from_its_projects_and_the_answer_has_no_data(box, caller):
    customer = next(p.customer_id for p in box.data.projectmanager_projects if p.customer_id)
    projects = [p.id for p in box.data.projectmanager_projects if p.customer_id == customer]
    before = listed(caller)
    response = write(caller, "DELETE", f"{PATH}/{customer}")
    assert response.status_code == 200
    assert response.json() == {"error": None, "success": True, "hasError": False, "statusCode": "OK"}
    assert listed(caller) == {key: name for key, name in before.items() if key != customer}
    assert customer not in {c.id for c in box.data.projectmanager_customers}
    for row in caller.get("projectmanager", "/api/data/projects")["data"]:
        assert row["customer"] is None or row["customer"]["id"] != customer
        assert row["id"] not in projects or row["customer"] is None
    assert write(caller, "DELETE", f"{PATH}/{customer}").status_code == 404


@pytest.mark.parametrize("body", [{"name": ""}, {"name": "  \t"}, {"name": None}, {}, {"Name": "x"}])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_empty_name_is_400_with_the_documented_body_and_changes_nothing(standing, asker, method, body):
    before = listed(asker)
    path = PATH if method == "POST" else f"{PATH}/{standing.data.projectmanager_customers[0].id}"
    response = write(asker, method, path, json=body)
    assert (response.status_code, response.json()) == (400, EMPTY)
    assert listed(asker) == before


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_is_no_customer_is_400_in_the_same_shape(asker, body):
    response = write(asker, "POST", PATH, data=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    error = response.json()
    assert set(error) == {"error"}
    assert error["error"]["message"] == "Input Validation Failed"
    assert set(error["error"]["validationErrors"]) <= {"name", "-"}


@pytest.mark.parametrize("identity", [NOBODY, "1", "x", "null"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_an_unknown_customer_is_404(asker, method, identity):
    response = write(asker, method, f"{PATH}/{identity}", json={"name": ""})
    assert response.status_code == 404
    assert response.json()["statusCode"] == "NotFound"


def test_one_customer_cannot_be_read(standing, asker):
    response = asker.send("projectmanager", f"{PATH}/{standing.data.projectmanager_customers[0].id}")
    assert (response.status_code, response.headers["Allow"]) == (405, "DELETE, PUT")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", PATH), ("PUT", f"{PATH}/{NOBODY}"), ("DELETE", f"{PATH}/{NOBODY}")]
)
def test_nothing_is_written_without_the_token(asker, method, path):
    before = listed(asker)
    response = asker.send("projectmanager", path, method=method, token="no", json={"name": "x"})
    assert response.status_code == 401
    assert listed(asker) == before


def test_many_at_once_are_all_kept(box, caller):
    def create(number):
        return write(Caller(box), "POST", PATH, json={"name": f"n{number}"}).json()["data"]["id"]

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(create, range(40)))
    assert len(ids) == 40
    assert ids <= set(listed(caller))
    assert len(box.data.projectmanager_customers) == 420


def test_writes_stay_in_the_box_that_took_them(box, caller):
    write(caller, "DELETE", f"{PATH}/{box.data.projectmanager_customers[3].id}")
    assert len(box.data.projectmanager_customers) == 379
    assert len(Sandbox(people=5).data.projectmanager_customers) == 380
