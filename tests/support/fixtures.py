"""The fixtures of the folders whose tests load: servers, a cache folder, each loader in turn, no real waits."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

import pmframes as pm
from pmframes._http.rate_limit import RateLimiter
from pmframes.sandbox import Sandbox

from . import loaders
from .cases import CASES, ONE_EACH, PAGED, Case
from .commands import CommandLine
from .loaders import OTHER, TOKEN
from .report_inputs import Loaded, load
from .server import FakeServer
from .tenants import Tenants


@pytest.fixture(scope="session")
def loaded() -> Loaded:
    """The frames of one sandbox that reports are made from; only read."""
    return load()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """The server that the services are on."""
    with FakeServer() as server:
        yield server


@pytest.fixture
def other_host() -> Iterator[FakeServer]:
    """Another host, which nothing may reach."""
    with FakeServer() as server:
        yield server
    assert server.connections == 0, "another host was reached"


@pytest.fixture(scope="session")
def our_sandbox() -> Iterator[Sandbox]:
    """The services of the account whose token is ``loaders.TOKEN``; only read."""
    with Sandbox(people=120, seed=7) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def their_sandbox() -> Iterator[Sandbox]:
    """The services of the account whose token is ``loaders.OTHER``; only read."""
    with Sandbox(people=150, seed=8) as sandbox:
        yield sandbox


@pytest.fixture
def tenants(server: FakeServer, our_sandbox: Sandbox, their_sandbox: Sandbox) -> Tenants:
    """Four services on ``server`` that know two accounts."""
    tenants = Tenants({TOKEN: our_sandbox, OTHER: their_sandbox})
    tenants.serve(server)
    return tenants


@pytest.fixture
def command_line(server: FakeServer, tenants: Tenants, tmp_path: Path) -> CommandLine:
    """``pmframes …`` in an empty folder, with the credentials of all services in the environment."""
    folder = tmp_path / "folder"
    folder.mkdir()
    return CommandLine(folder, server, tenants)


@pytest.fixture
def expected(server: FakeServer, tenants: Tenants) -> dict[str, str]:
    """Connect, and return the digest of each service's rows; nothing is cached."""
    loaders.connect_all(server)
    found = {service: loaders.digest(load()) for service, load in loaders.ONE_EACH.items()}
    pm.cache.clear()
    return found


@pytest.fixture
def cache_dir(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home folder without a netrc file, and no keyring."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One retry, at once, and no wait for a service's rate limit."""
    monkeypatch.setattr(RateLimiter, "_seconds_left", lambda limiter: 0.0)
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def waits(no_waits: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The waits of the real retries in this test, in seconds, recorded and not waited for."""
    recorded: list[float] = []
    # An earlier test may have left a thread that waits for its turn: its waits are none of this test's.
    earlier, really_sleep = {*threading.enumerate()} - {threading.current_thread()}, time.sleep

    def sleep(seconds: float) -> None:
        (really_sleep if threading.current_thread() in earlier else recorded.append)(seconds)

    monkeypatch.setattr(time, "sleep", sleep)
    with stamina.set_testing(False):
        yield recorded


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    """Every loader in turn."""
    return request.param


@pytest.fixture(params=PAGED, ids=lambda case: case.name)
def paged(request: pytest.FixtureRequest) -> Case:
    """Every loader that reads pages, in turn."""
    return request.param


@pytest.fixture(params=[case for case in PAGED if case.says_more], ids=lambda case: case.name)
def says_more(request: pytest.FixtureRequest) -> Case:
    """Every loader whose answers say whether there are more pages, in turn."""
    return request.param


@pytest.fixture(params=ONE_EACH, ids=lambda case: case.service)
def each_service(request: pytest.FixtureRequest) -> Case:
    """One loader of each service, in turn."""
    return request.param
