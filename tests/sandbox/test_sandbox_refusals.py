"""Credentials, errors in the shape of each service, and rate limits."""

import base64

import pytest
import requests

from pmframes.sandbox import Sandbox
from tests.support.sandbox_client import PATHS, SERVICES, Caller


def message_of(service, response):
    """Check the shape of an error and give what it says."""
    body = response.json()
    if service == "teamwork":
        (error,) = body["errors"]
        assert set(body) == {"errors"}
        assert set(error) == {"id", "title", "detail"}
        return error["detail"]
    if service == "projectmanager":
        assert (body["success"], body["hasError"]) == (False, True)
        assert body["statusCode"].casefold() == response.reason.replace(" ", "").casefold()
        assert "data" not in body
        return body["error"]["message"]
    if service == "outlign":
        assert set(body) == {"message"}
        return body["message"]
    assert (body["statusCode"], body["error"]) == (response.status_code, response.reason.title())
    return body["message"]


def bad_credentials(box, service):
    token = box.token(service)
    others = [box.token(other) for other in SERVICES if other != service]
    wrong = base64.b64encode(f"{token}x:x".encode()).decode()
    swapped = base64.b64encode(f"x:{token}".encode()).decode()
    return [
        None,
        "",
        "Bearer",
        "Bearer ",
        token,
        f"Bearer {token[:-1]}",
        f"Bearer {token}x",
        f"Token {token}",
        *(f"Bearer {other}" for other in others),
        f"Basic {wrong}",
        f"Basic {swapped}",
        "Basic §§§".encode("latin-1"),
        "Bearer tökén".encode("latin-1"),
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_any_but_the_right_token_is_401(box, service):
    for credential in bad_credentials(box, service):
        headers = {"Accept": "application/json"} | ({} if credential is None else {"Authorization": credential})
        response = requests.get(box.url(service) + PATHS[service], headers=headers, timeout=60)
        assert response.status_code == 401, credential
        assert message_of(service, response)


def test_teamwork_takes_the_key_as_the_user_of_basic_whatever_the_password(box):
    for password in ("", "x", "xxx", "a:b"):
        answer = requests.get(
            box.url("teamwork") + PATHS["teamwork"], auth=(box.token("teamwork"), password), timeout=60
        )
        assert answer.status_code == 200


@pytest.mark.parametrize("service", ["projectmanager", "outlign", "spirii"])
def test_the_others_do_not_take_basic(box, service):
    answer = requests.get(
        box.url(service) + PATHS[service],
        auth=(box.token(service), "x"),
        headers={"Accept": "application/json"},
        timeout=60,
    )
    assert answer.status_code == 401


def test_outlign_takes_a_caller_that_does_not_ask_for_json_for_a_browser(box):
    url = box.url("outlign")
    response = requests.get(f"{url}/api/v1/clients", timeout=60, allow_redirects=False)
    assert (response.status_code, response.headers["Location"]) == (302, f"{url}/login")
    page = requests.get(f"{url}/api/v1/clients", timeout=60)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    with_token = {"Authorization": f"Bearer {box.token('outlign')}"}
    assert requests.get(f"{url}/api/v1/clients", headers=with_token, timeout=60).json()["data"]


@pytest.mark.parametrize("service", SERVICES)
def test_an_unknown_path_is_404_in_the_shape_of_the_service(caller, service):
    for path in ("/nowhere", "", f"{PATHS[service]}/x/y"):
        response = caller.send(service, path)
        assert response.status_code == 404, path
        assert message_of(service, response)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method_is_405(caller, service, method):
    response = caller.send(service, PATHS[service], method=method, json={"title": "x"})
    assert response.status_code == 405
    writable = {"outlign", "projectmanager", "spirii"}
    assert response.headers["Allow"] == ("GET, HEAD, POST" if service in writable else "GET, HEAD")
    assert message_of(service, response)


@pytest.mark.parametrize(
    ("service", "status", "name"),
    [
        ("projectmanager", 401, "Unauthorized"),
        ("projectmanager", 404, "NotFound"),
        ("projectmanager", 405, "MethodNotAllowed"),
    ],
)
def test_projectmanager_names_a_status_as_dotnet_does(caller, service, status, name):
    asked = {401: {"token": "no"}, 404: {}, 405: {"method": "PATCH"}}[status]
    path = "/nowhere" if status == 404 else PATHS[service]
    response = caller.send(service, path, **asked)
    assert (response.status_code, response.json()["statusCode"]) == (status, name)


@pytest.fixture(scope="module")
def strict():
    with Sandbox(people=5, rate_limit=2) as box:
        for service in SERVICES:
            for _ in range(2):
                assert Caller(box).send(service, PATHS[service]).status_code == 200
        yield Caller(box)


@pytest.mark.parametrize("service", SERVICES)
def test_one_request_too_many_is_429(strict, service):
    response = strict.send(service, PATHS[service])
    assert response.status_code == 429
    assert message_of(service, response)


def test_teamwork_spells_its_rate_limit_in_both_ways(caller, strict):
    headers = caller.send("teamwork", PATHS["teamwork"]).headers
    assert headers["X-Rate-Limit-Limit"] == headers["x-ratelimit-limit"]
    assert headers["X-Rate-Limit-Remaining"] == headers["x-ratelimit-remaining"]
    assert int(headers["X-Rate-Limit-Reset"]) > 1_000_000_000
    assert 1 <= int(headers["x-ratelimit-reset"]) <= 60
    spent = strict.send("teamwork", PATHS["teamwork"]).headers
    assert (spent["x-ratelimit-limit"], spent["x-ratelimit-remaining"]) == ("2", "0")
    assert "Retry-After" not in spent


def test_outlign_tells_when_to_come_back_only_to_who_came_too_often(caller, strict):
    headers = caller.send("outlign", PATHS["outlign"]).headers
    assert {"X-RateLimit-Limit", "X-RateLimit-Remaining"} <= set(headers)
    assert not {"X-RateLimit-Reset", "Retry-After"} & set(headers)
    spent = strict.send("outlign", PATHS["outlign"])
    assert 1 <= int(spent.headers["Retry-After"]) <= 60
    assert spent.json() == {"message": "Too Many Attempts."}


def test_spirii_resets_at_a_second_of_the_epoch(caller, strict):
    headers = caller.send("spirii", PATHS["spirii"]).headers
    assert int(headers["X-RateLimit-Reset"]) > 1_000_000_000
    assert int(headers["X-RateLimit-Limit"]) > int(headers["X-RateLimit-Remaining"]) > 0
    assert 1 <= int(strict.send("spirii", PATHS["spirii"]).headers["Retry-After"]) <= 60


def test_projectmanager_sends_no_rate_limit_headers(caller, strict):
    for answer in (caller.send("projectmanager", "/api/data/me"), strict.send("projectmanager", "/api/data/me")):
        assert not [name for name in answer.headers if "limit" in name.lower() or name == "Retry-After"]
