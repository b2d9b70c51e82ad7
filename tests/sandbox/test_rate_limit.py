"""Rate limits: the headers of each service; which there are and when is in tests/contract."""

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


def test_one_request_too_many_is_429_with_an_error_of_the_service(strict):
    for service in SERVICES:
        response = strict.send(service, PATHS[service])
        assert response.status_code == 429
        assert error_message(service, response)


def test_values_of_the_headers(caller, strict):
    headers = {service: caller.send(service, PATHS[service]).headers for service in SERVICES}
    spent = {service: strict.send(service, PATHS[service]).headers for service in SERVICES}
    both = headers["teamwork"]
    for what in ("Limit", "Remaining"):
        assert both[f"X-Rate-Limit-{what}"] == both[f"x-ratelimit-{what.lower()}"]
    assert int(both["X-Rate-Limit-Reset"]) > 1_000_000_000
    assert 1 <= int(both["x-ratelimit-reset"]) <= 60
    assert (spent["teamwork"]["x-ratelimit-limit"], spent["teamwork"]["x-ratelimit-remaining"]) == ("2", "0")
    assert int(headers["spirii"]["X-RateLimit-Reset"]) > 1_000_000_000
    assert int(headers["spirii"]["X-RateLimit-Limit"]) > int(headers["spirii"]["X-RateLimit-Remaining"]) > 0
    given = {service: spent[service].get("Retry-After") for service in SERVICES}
    assert given["teamwork"] is given["projectmanager"] is None
    assert all(1 <= int(given[service]) <= 60 for service in ("outlign", "spirii"))
    assert not {"Retry-After", "X-RateLimit-Reset"} & set(headers["outlign"])
    for answer in (headers["projectmanager"], spent["projectmanager"]):
        assert not [name for name in answer if "limit" in name.lower()]
