"""A sandbox that is called in this process answers as its server does."""

import re

import pytest
import requests

from pmframes.sandbox import Sandbox

PATHS = [
    ("teamwork", "GET", "/projects/api/v3/people.json?pageSize=5&page=2", b""),
    ("teamwork", "GET", "/projects/api/v3/projects.json?searchTerm=caf%C3%A9%20%2B&orderBy=id", b""),
    ("projectmanager", "GET", "/api/data/roles", b""), ("projectmanager", "GET", "/api/data/nothing", b""),
    ("outlign", "GET", "/api/v1/clients?per_page=2", b""), ("spirii", "GET", "/v2/customers?limit=3", b""),
    ("outlign", "POST", "/api/v1/clients", b'{"title": ""}'), ("outlign", "POST", "/api/v1/clients", b"{"),
    ("elsewhere", "GET", "/", b""),
]  # fmt: skip


def fields(headers) -> dict[str, str]:
    """Return the headers that do not change from one response to the next."""
    changing = re.compile("date|server|connection|x-rate-?limit-.*")
    return {name.lower(): value for name, value in headers if not changing.fullmatch(name.lower())}


@pytest.mark.parametrize("has_token", [True, False])
@pytest.mark.parametrize(("service", "method", "path", "body"), PATHS)
def test_a_response_is_that_of_the_server(service, method, path, body, has_token):
    with Sandbox(people=20) as box:
        token = box.token(service) if has_token and service != "elsewhere" else "wrong"
        auth = (token, "x") if service == "teamwork" else None
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if auth is None:
            headers["Authorization"] = f"Bearer {token}"
        url = box.url("teamwork").removesuffix("teamwork") + service + path
        prepared = requests.Request(method, url, headers, data=body, auth=auth).prepare()
        sent = requests.Session().send(prepared, timeout=60)
        called = box.call(method, prepared.url, prepared.headers, body)
    assert called[0] == sent.status_code
    assert called[2] == sent.content
    assert fields(called[1]) == fields(sent.headers.items())


@pytest.mark.parametrize("kind", ["short", "reset"])
def test_a_body_that_is_cut_is_shorter_than_its_header_says(kind):
    box = Sandbox(people=20, faults=[f"outlign:{kind}*1"])
    headers = {"Authorization": f"Bearer {box.token('outlign')}", "Accept": "application/json"}
    cut, whole = (box.call("GET", "http://localhost/outlign/api/v1/clients", headers, b"") for _ in range(2))
    assert (cut[0], whole[0]) == (200, 200)
    assert dict(cut[1])["Content-Length"] == dict(whole[1])["Content-Length"] == str(len(whole[2]))
    assert whole[2].startswith(cut[2])
    assert 0 < len(cut[2]) < len(whole[2])
