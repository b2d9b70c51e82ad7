"""The token is nowhere: neither on disk nor in frames, errors with all local variables, logs, output or objects."""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

import pmframes as pm
from tests.support.loaders import LOADERS, ONE_EACH, connect, connect_all
from tests.support.secret_scan import SecretScan, listening, shown_nowhere
from tests.support.server import SERVICES, FakeServer, in_turn, reply
from tests.support.tenants import FAULTS, Tenants

each_service = pytest.mark.parametrize("service", SERVICES)

CANARY = "cnry-9d1c+Zw/=~7QxLm"
FAST_FAULTS = ("refused", "broken", "login page", "other JSON", "redirect", "reset")


@pytest.fixture
def tenants(server: FakeServer, our_sandbox: Any) -> Tenants:
    tenants = Tenants({CANARY: our_sandbox})
    tenants.serve(server)
    return tenants


@pytest.fixture
def scan(
    server: FakeServer, tenants: Tenants, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Iterator[SecretScan]:
    """Connect with the canary, which must be nowhere at the end."""
    with shown_nowhere(CANARY, tmp_path, capfd) as scan:
        connect_all(server, CANARY)
        yield scan


def fails(scan: SecretScan, call: Callable[[], object], *kinds: type[BaseException]) -> None:
    """Run what must fail, and search the error."""
    with pytest.raises(kinds or pm.errors.PmframesError) as raised:
        call()
    scan.search_error(raised.value)


@each_service
def test_a_load_shows_it_nowhere(service, scan, server, cache_dir, tmp_path):
    frames = [ONE_EACH[service](progress=True), ONE_EACH[service](progress=False), ONE_EACH[service](refresh=True)]
    for frame in [*frames, pm.connections(), pm.cache.info(), pm.check()]:
        scan.search_frame("a frame", frame)
    scan.search("modules", repr([vars(module) for name, module in sys.modules.items() if name.startswith("pmframes")]))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if cache_dir not in path.parents] == []


@each_service
def test_a_retry_shows_it_nowhere(service, scan, server, tenants):
    server.serve(service, in_turn(reply({"message": "down"}, status=503), tenants))
    scan.search_frame("a frame", ONE_EACH[service]())


@pytest.mark.parametrize("fault", FAST_FAULTS)
@each_service
def test_an_error_shows_it_nowhere(service, fault, scan, server):
    """Also where the service quotes the credential."""
    server.serve(service, FAULTS[fault])
    fails(scan, ONE_EACH[service])
    fails(scan, lambda: ONE_EACH[service](refresh=True, extra_columns=True))


def test_a_token_function_that_is_refused_shows_neither_token(scan, server):
    """It is called once more after a 401; both tokens are secret."""
    other, tokens = SecretScan(CANARY[::-1]), cycle([CANARY, CANARY[::-1]])
    connect(server, "outlign", lambda: next(tokens), account="agency-a")
    with listening(other):
        for fault in FAST_FAULTS:
            server.serve("outlign", FAULTS[fault])
            fails(scan, ONE_EACH["outlign"])
            fails(other, ONE_EACH["outlign"])
    other.search_objects()
    assert {request.token for request in server.asked("outlign")} == {CANARY, CANARY[::-1]}
    assert other.found == []


WRONG: dict[str, Callable[[], object]] = {
    "an unknown service": lambda: pm.connect("basecamp", token=CANARY),
    "no address": lambda: pm.connect("teamwork", url="http://[", token=CANARY),
    "as the user name of the address": lambda: pm.connect("teamwork", url=f"https://{CANARY}@acme.teamwork.com"),
    "as the password of the address": lambda: pm.connect("spirii", url=f"https://me:{CANARY[:9]}@x.com/{CANARY}"),
    "as the address": lambda: pm.connect("teamwork", url=CANARY, token="abc"),
    "as a site": lambda: pm.connect("teamwork", url=f"https://{CANARY}", token="abc", account="a"),
    "as an address that is no text": lambda: pm.connect("spirii", url=[CANARY], token="abc"),
    "in an address that is not needed yet": lambda: pm.connect("asana", url=f"https://{CANARY}@acme.teamwork.com"),
    "plain http": lambda: pm.connect("teamwork", url="http://acme.example.com", token=CANARY),
    "a token with a line break": lambda: pm.connect("spirii", token=f"{CANARY}\r\nX-More: 1"),
    "a token with a space": lambda: pm.connect("spirii", token=f"Bearer {CANARY}"),
    "a token that is not ASCII": lambda: pm.connect("spirii", token=f"{CANARY}\u5b50"),
    "bytes": lambda: pm.connect("spirii", token=CANARY.encode()),
    "a list": lambda: pm.connect("spirii", token=[CANARY]),
    "an account that is no text": lambda: pm.connect("spirii", token=CANARY, account=5),
    "an unknown type": lambda: pm.spirii.customers(types="Nobody"),
    "by position": lambda: pm.connect("spirii", "acme", CANARY),
    "under a misspelt name": lambda: pm.connect("spirii", tokn=CANARY),
    "without a service": lambda: pm.connect(token=CANARY),
    "paging": lambda: pm.teamwork.people(params={"page": 2}),
    "extra_columns that is no bool": lambda: pm.outlign.clients(extra_columns="some"),
}


@pytest.mark.slow
@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_argument_shows_it_nowhere(wrong, scan):
    fails(scan, WRONG[wrong], pm.errors.PmframesError)


@pytest.mark.parametrize("url", [CANARY, f"https://{CANARY}@acme.teamwork.com", f"https:/{CANARY}"])
def test_an_address_in_the_environment_shows_it_nowhere(url, scan, monkeypatch):
    pm.disconnect()
    monkeypatch.setenv("PMFRAMES_TEAMWORK_URL", url)
    monkeypatch.setenv("PMFRAMES_TEAMWORK_TOKEN", "abc")
    fails(scan, pm.teamwork.people)
    scan.search_frame("a frame", pm.check())


@pytest.mark.parametrize("returned", [f"{CANARY}\n", CANARY.encode(), [CANARY], {"access_token": CANARY}], ids=type)
def test_a_token_function_that_returns_something_else_shows_it_nowhere(returned, scan, server):
    connect(server, "outlign", lambda: returned)
    with suppress(pm.errors.PmframesError):
        pm.outlign.clients()
    fails(scan, lambda: pm.outlign.clients(company_id="x"))
    if not isinstance(returned, str):
        fails(scan, pm.outlign.clients)


def test_an_offline_miss_shows_it_nowhere(scan):
    with pm.offline():
        for load in LOADERS.values():
            fails(scan, load, pm.errors.OfflineMiss)


def test_a_damaged_cache_shows_it_nowhere(scan, cache_dir):
    for load in ONE_EACH.values():
        load()
        for path in cache_dir.rglob("*.sqlite"):
            path.write_bytes(b"not a database" * 500)
        scan.search_frame("a frame", load())
