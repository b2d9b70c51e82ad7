"""A server of plain sockets for each test, waits that are written down, and a home of its own."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from pmframes._http.rate_limit import RateLimiter
from pmframes.sandbox import Sandbox

from .front import Front
from .loads import OTHER, TOKEN
from .services import CASES, ONE_EACH, PAGED, Case
from .wire import Wire


@pytest.fixture
def wire() -> Iterator[Wire]:
    """The server that the services are on."""
    server = Wire()
    yield server
    server.close()


@pytest.fixture
def elsewhere() -> Iterator[Wire]:
    """Another host, which nothing may reach."""
    server = Wire()
    yield server
    server.close()
    assert server.connections == 0, "another host was reached"


@pytest.fixture(scope="session")
def ours() -> Iterator[Sandbox]:
    """The site of the tenant that most tests are."""
    with Sandbox(people=120, seed=7) as box:
        yield box


@pytest.fixture(scope="session")
def theirs() -> Iterator[Sandbox]:
    with Sandbox(people=150, seed=8) as box:
        yield box


@pytest.fixture
def front(ours: Sandbox, theirs: Sandbox) -> Iterator[Front]:
    """Four services that know the tokens of two tenants."""
    with Front() as front:
        front.tenants = {TOKEN: ours, OTHER: theirs}
        yield front


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name == "NETRC":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def cache_dir(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Every wait of the real retries, in seconds, written down and not waited for."""
    told: list[float] = []
    # An earlier test may have left a request that waits for its turn: its waits are none of this one's.
    others, really_sleep = {*threading.enumerate()} - {threading.current_thread()}, time.sleep

    def sleep(seconds: float) -> None:
        (really_sleep if threading.current_thread() in others else told.append)(seconds)

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(RateLimiter, "_seconds_left", lambda limiter: 0.0)
    with stamina.set_testing(False):
        yield told


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    """Every loader in turn."""
    return request.param


@pytest.fixture(params=ONE_EACH, ids=lambda case: case.service)
def each_service(request: pytest.FixtureRequest) -> Case:
    """One loader of each service, in turn."""
    return request.param


@pytest.fixture(params=PAGED, ids=lambda case: case.name)
def paged(request: pytest.FixtureRequest) -> Case:
    """Every loader that reads pages, in turn."""
    return request.param
