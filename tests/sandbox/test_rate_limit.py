"""Rate limits: one request too many is 429, and the headers of each service."""

from collections.abc import Iterator

import pytest

from pmframes.sandbox import Sandbox
from tests.sandbox.client import PATHS, SERVICES, Caller, error_message


@pytest.fixture(scope="module")
def strict() -> Iterator[Caller]:
    with Sandbox(people=5, rate_limit=2) as box:
        for service in SERVICES:
            for _ in range(2):
                assert Caller(box).send(service, PATHS[service]).status_code == 200
        yield Caller(box)


@pytest.mark.parametrize("service", SERVICES)
def test_one_request_too_many_is_429(strict, service):
    response = strict.send(service, PATHS[service])
    assert response.status_code == 429
    assert error_message(service, response)


def test_teamwork_sends_both_spellings_of_its_headers(caller, strict):
    headers = caller.send("teamwork", PATHS["teamwork"]).headers
    assert headers["X-Rate-Limit-Limit"] == headers["x-ratelimit-limit"]
    assert headers["X-Rate-Limit-Remaining"] == headers["x-ratelimit-remaining"]
    assert int(headers["X-Rate-Limit-Reset"]) > 1_000_000_000
    assert 1 <= int(headers["x-ratelimit-reset"]) <= 60
    spent = strict.send("teamwork", PATHS["teamwork"]).headers
    assert (spent["x-ratelimit-limit"], spent["x-ratelimit-remaining"]) == ("2", "0")
    assert "Retry-After" not in spent


def test_outlign_sends_retry_after_with_429_only(caller, strict):
    headers = caller.send("outlign", PATHS["outlign"]).headers
    assert {"X-RateLimit-Limit", "X-RateLimit-Remaining"} <= set(headers)
    assert not {"X-RateLimit-Reset", "Retry-After"} & set(headers)
    spent = strict.send("outlign", PATHS["outlign"])
    assert 1 <= int(spent.headers["Retry-After"]) <= 60
    assert spent.json() == {"message": "Too Many Attempts."}


def test_spirii_sends_its_reset_as_a_time_and_retry_after_with_429(caller, strict):
    headers = caller.send("spirii", PATHS["spirii"]).headers
    assert int(headers["X-RateLimit-Reset"]) > 1_000_000_000
    assert int(headers["X-RateLimit-Limit"]) > int(headers["X-RateLimit-Remaining"]) > 0
    assert 1 <= int(strict.send("spirii", PATHS["spirii"]).headers["Retry-After"]) <= 60


def test_projectmanager_sends_no_rate_limit_headers(caller, strict):
    for answer in (caller.send("projectmanager", "/api/data/me"), strict.send("projectmanager", "/api/data/me")):
        assert not [name for name in answer.headers if "limit" in name.lower() or name == "Retry-After"]
