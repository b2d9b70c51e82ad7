"""Several processes and one cache: loads at once, clearing, and a lock that is never released."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.cache_files import warnings_of
from tests.support.loaders import ONE_EACH, TOKEN, digest, provenance
from tests.support.processes import ended, run, start
from tests.support.server import SERVICES, FakeServer

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")
LOAD_OFTEN = """
import hashlib, json, sys, warnings
import pmframes as pm

loaders = {"teamwork": pm.teamwork.people, "outlign": pm.outlign.clients, "spirii": pm.spirii.customers}
for service in loaders:
    pm.connect(service, requests_per_minute=100_000)
print("ready", flush=True)
for line in sys.stdin:
    digests = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for service, load in loaders.items():
            frame = load(refresh=line.strip() == "refresh")
            digests[service] = hashlib.sha256(frame.to_csv().encode()).hexdigest()
    print(json.dumps({"digests": digests, "warnings": [str(one.message) for one in caught]}), flush=True)
"""
HOLD = """
import pathlib, sqlite3, sys
held = []
for path in pathlib.Path(sys.argv[1]).rglob("*.sqlite"):
    opened = sqlite3.connect(path, timeout=0, isolation_level=None)
    opened.execute(f"pragma locking_mode={sys.argv[2]}")
    opened.execute("begin exclusive")
    opened.execute("create table if not exists held (x)")
    held.append(opened)
print(len(held), flush=True)
sys.stdin.read()
"""


def variables(server: FakeServer) -> dict[str, str]:
    urls = {f"PMFRAMES_{service.upper()}_URL": server.url(service) for service in SERVICES}
    return urls | {f"PMFRAMES_{service.upper()}_TOKEN": TOKEN for service in SERVICES}


@pytest.fixture
def lock(cache_dir: Path, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Let another process hold the one database of the cache until the test ends."""
    children = []

    def hold(mode: str) -> None:
        children.append(start(HOLD, str(cache_dir), mode, folder=tmp_path, cache=cache_dir))
        assert children[0].stdout.readline() == "1\n", "the lock was not had"

    yield hold
    for child in children:
        child.kill()
        child.communicate()


def test_two_processes_that_load_at_once_share_a_cache(expected, server, tmp_path):
    """Both cold, then both refreshing, five times, then both from the cache."""
    cache = tmp_path / "shared"
    pair = [start(LOAD_OFTEN, folder=tmp_path, cache=cache, **variables(server)) for _ in range(2)]
    try:
        assert [child.stdout.readline() for child in pair] == ["ready\n"] * 2
        for how in ("cold", *["refresh"] * 5, "warm"):
            server.forget()
            for child in pair:
                child.stdin.write(how + "\n")
                child.stdin.flush()
            for child in pair:
                answer = json.loads(child.stdout.readline())
                assert answer["warnings"] == []
                assert answer["digests"] == {service: expected[service] for service in answer["digests"]}
        assert server.requests == []
        for child in pair:
            _, err = ended(child, 60)
            assert (child.returncode, err) == (0, "")
    finally:
        for child in pair:
            child.kill()
            child.communicate()


def test_a_cache_that_another_process_clears_is_loaded_again(expected, server, tmp_path, cache_dir):
    ONE_EACH["outlign"]()
    run("import pmframes as pm\npm.cache.clear()", folder=tmp_path, cache=cache_dir)
    server.forget()
    assert digest(ONE_EACH["outlign"]()) == expected["outlign"]
    assert server.requests != []


def test_a_write_lock_that_is_never_released_costs_a_refresh_its_place_in_the_cache(expected, lock):
    """What is cached can still be read; what is loaded again is returned, and not cached, with a warning."""
    loaded = ONE_EACH["spirii"]()
    lock("normal")
    cached, warned = warnings_of(ONE_EACH["spirii"])
    assert provenance(cached)["fetched_at"] == provenance(loaded)["fetched_at"]
    assert warned == []
    fresh, warned = warnings_of(lambda: ONE_EACH["spirii"](refresh=True))
    assert digest(fresh) == expected["spirii"]
    assert provenance(fresh)["cached"] is False
    assert len(warned) == 1


def test_a_read_lock_that_is_never_released_is_a_load_without_the_cache(expected, server, lock, tmp_path, cache_dir):
    load = "import pmframes as pm\npm.connect('spirii')\npm.spirii.customers()"
    run(load, folder=tmp_path, cache=cache_dir, **variables(server))
    lock("exclusive")
    frame, warned = warnings_of(ONE_EACH["spirii"])
    assert digest(frame) == expected["spirii"]
    assert provenance(frame)["cached"] is False
    assert len(warned) == 1


def test_threads_that_meet_a_lock_all_return_their_rows(expected, lock):
    ONE_EACH["spirii"]()
    lock("normal")
    with pytest.warns(UserWarning, match="The cache could not be written"), ThreadPoolExecutor(8) as pool:
        frames = list(pool.map(lambda _: ONE_EACH["spirii"](refresh=True), range(8)))
    assert {digest(frame) for frame in frames} == {expected["spirii"]}
