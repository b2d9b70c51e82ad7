"""What the four services share: credentials, errors in the format of each, and methods."""

import base64
import pickle

import pytest
import requests

from tests.sandbox.client import PATHS, SERVICES, error_message

CUSTOMER = "/api/data/projects/customers/7d3a1f0e-58a1-4c8e-9f3b-0a6d2c4b1e55"
CLIENT = "/api/v1/clients/1201"
# What each service takes to create a record.
CREATED = {
    "projectmanager": {"name": "Nordlys"}, "outlign": {"title": "Nordlys", "company_id": 41},
    "spirii": {"name": "Nordlys", "type": "Business", "country": "DK", "ownerId": 10231, "contactDetails": {}},
}  # fmt: skip


def bad_credentials(box, service):
    token = box.token(service)
    others = [box.token(other) for other in SERVICES if other != service]
    wrong = base64.b64encode(f"{token}x:x".encode()).decode()
    swapped = base64.b64encode(f"x:{token}".encode()).decode()
    basic = base64.b64encode(f"{token}:x".encode()).decode()
    return [
        *([f"Basic {basic}"] if service != "teamwork" else []), None, "", "Bearer", "Bearer ", token,
        f"Bearer {token[:-1]}", f"Bearer {token}x", f"Token {token}", *(f"Bearer {other}" for other in others),
        f"Basic {wrong}", f"Basic {swapped}", "Basic §§§".encode("latin-1"), "Bearer tökén".encode("latin-1"),
]  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_wrong_credential_is_401(box, service):
    for credential in bad_credentials(box, service):
        headers = {"Accept": "application/json"} | ({} if credential is None else {"Authorization": credential})
        response = requests.get(box.url(service) + PATHS[service], headers=headers, timeout=60)
        assert response.status_code == 401, credential
        assert error_message(service, response)


def test_teamwork_accepts_the_key_as_basic_user_with_any_password(box):
    for password in ("", "x", "xxx", "a:b"):
        answer = requests.get(
            box.url("teamwork") + PATHS["teamwork"], auth=(box.token("teamwork"), password), timeout=60
        )
        assert answer.status_code == 200


def test_outlign_redirects_to_its_login_page_where_json_is_not_accepted(box):
    url = box.url("outlign")
    response = requests.get(f"{url}/api/v1/clients", timeout=60, allow_redirects=False)
    assert (response.status_code, response.headers["Location"]) == (302, f"{url}/login")
    page = requests.get(f"{url}/api/v1/clients", timeout=60)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    with_token = {"Authorization": f"Bearer {box.token('outlign')}"}
    assert requests.get(f"{url}/api/v1/clients", headers=with_token, timeout=60).json()["data"]


@pytest.mark.parametrize("service", SERVICES)
def test_unknown_path_is_404(caller, service):
    for path in ("/nowhere", "", f"{PATHS[service]}/x/y"):
        response = caller.send(service, path)
        assert response.status_code == 404, path
        assert error_message(service, response)


LIST, WRITABLE = "GET, HEAD", "GET, HEAD, POST"
METHODS = [
    ("teamwork", PATHS["teamwork"], "PUT", LIST), ("teamwork", PATHS["teamwork"], "POST", LIST),
    ("projectmanager", PATHS["projectmanager"], "PATCH", WRITABLE),
    ("projectmanager", CUSTOMER, "GET", "DELETE, PUT"), ("outlign", PATHS["outlign"], "DELETE", WRITABLE),
    ("outlign", CLIENT, "POST", "DELETE, GET, HEAD, PUT"), ("spirii", PATHS["spirii"], "OPTIONS", WRITABLE),
    ("spirii", f"{PATHS['spirii']}/10231", "GET", "PUT"), ("spirii", f"{PATHS['spirii']}/10231", "DELETE", "PUT"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "path", "method", "allowed"), METHODS)
def test_other_method_is_405_with_those_that_are_allowed(small, service, path, method, allowed):
    response = small.send(service, path, method=method, json={"title": "x"})
    assert (response.status_code, response.headers["Allow"]) == (405, allowed)
    message = error_message(service, response)
    assert message.endswith(f"Supported methods: {allowed}.") or service != "outlign"


WRITES = [
    *((service, PATHS[service], "POST") for service in CREATED),
    *(
        (service, path, method)
        for service, path in (("projectmanager", CUSTOMER), ("outlign", CLIENT))
        for method in ("PUT", "DELETE")
    ),
    ("spirii", f"{PATHS['spirii']}/10231", "PUT"),
]


@pytest.mark.parametrize(("service", "path", "method"), WRITES)
def test_nothing_is_written_without_the_token(small_box, small, service, path, method):
    before = pickle.dumps(small_box.data)
    assert small.send(service, path, method=method, token="no", json=CREATED[service]).status_code == 401
    assert pickle.dumps(small_box.data) == before
