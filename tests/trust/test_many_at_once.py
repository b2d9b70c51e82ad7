"""Many threads, several processes, a lock that is never given back: every frame is whole, nothing hangs."""

import gc
import json
import logging
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pmframes as pm
from pmframes.sandbox import Sandbox
from tests.support.processes import ended, run, start

from .front import SERVICES, Front
from .loads import LOADERS, ONE_EACH, OTHER, TOKEN, about, connect, connect_all, digest

pytestmark = pytest.mark.slow

THREADS = 32
BUSY = 5.0


def _all_at_once(*calls: Callable[[], pd.DataFrame]) -> list[pd.DataFrame]:
    """Run each call in a thread of its own, all from the same moment."""
    gate = threading.Barrier(len(calls))

    def run_one(call: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run_one, calls))


@pytest.fixture(scope="module")
def alone(ours: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what each loader gives when it is alone."""
    with pytest.MonkeyPatch.context() as change, Front() as front:
        change.setenv("PMFRAMES_CACHE_DIR", str(tmp_path_factory.mktemp("alone")))
        front.tenants = {TOKEN: ours}
        connect_all(front)
        found = {name: digest(load()) for name, load in LOADERS.items()}
        for service in SERVICES:
            pm.disconnect(service)
    return found


@pytest.fixture
def expected(alone: dict[str, str], front: Front) -> dict[str, str]:
    """Connect, and return what each loader should give."""
    connect_all(front)
    return alone


@pytest.fixture
def untroubled(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail where anything warned, or where the cache was in trouble and said so in a log only."""
    caplog.set_level(logging.DEBUG)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        yield
    assert [str(one.message) for one in told] == []
    assert "locked" not in caplog.text
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


# Threads


@pytest.mark.usefixtures("untroubled")
@pytest.mark.parametrize("refresh", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "name", ["teamwork.people", "outlign.clients", *(pytest.param(name, marks=pytest.mark.slow) for name in LOADERS)]
)
def test_threads_load_the_same(name, refresh, expected, front):
    """Cold, then warm, from one connection."""
    frames = _all_at_once(*[lambda: LOADERS[name](refresh=refresh)] * THREADS)
    assert {digest(frame) for frame in frames} == {expected[name]}
    asked = len(front.asked)
    warm = _all_at_once(*[LOADERS[name]] * THREADS)
    assert {digest(frame) for frame in warm} == {expected[name]}
    assert all(about(frame)["cached"] for frame in warm)
    assert len(front.asked) == asked


@pytest.mark.usefixtures("untroubled")
def test_threads_load_different_things(expected):
    """All loaders, some asked to refresh, in 32 threads: each gets its own rows."""
    names = (list(LOADERS) * THREADS)[:THREADS]
    calls = [lambda name=name, at=at: LOADERS[name](refresh=at % 3 == 0) for at, name in enumerate(names)]
    for _ in range(2):
        frames = _all_at_once(*calls)
        assert [digest(frame) for frame in frames] == [expected[name] for name in names]


@pytest.mark.usefixtures("untroubled")
def test_frames_of_threads_are_not_one_frame(expected):
    """Two loads from the cache give two frames; what is done to one is not seen in the other."""
    first, other = _all_at_once(*[ONE_EACH["outlign"]] * 2)
    first["title"] = "changed"
    first.attrs["pmframes"]["service"] = "changed"
    assert digest(other) == expected["outlign.clients"]
    assert about(other)["service"] == about(ONE_EACH["outlign"]())["service"] == "outlign"


@pytest.mark.parametrize(
    "service", [SERVICES[0], *(pytest.param(service, marks=pytest.mark.slow) for service in SERVICES[1:])]
)
def test_a_load_that_began_before_a_new_connection_keeps_its_own(service, front):
    """While threads load, the connection changes to and fro: each frame is of one tenant, wholly."""
    known = {}
    for token in (TOKEN, OTHER):
        connect(front, service, token)
        known[token] = digest(ONE_EACH[service]())
    front.delay, over = 0.002, threading.Event()

    def change() -> None:
        while not over.is_set():
            for token in (TOKEN, OTHER):
                connect(front, service, token)

    with ThreadPoolExecutor(1) as other:
        changing = other.submit(change)
        frames = _all_at_once(*[lambda: ONE_EACH[service](refresh=True)] * 12)
        over.set()
        changing.result()
    assert {digest(frame) for frame in frames} <= set(known.values())
    for token in (TOKEN, OTHER):
        connect(front, service, token)
        assert digest(ONE_EACH[service]()) == known[token]


def test_clearing_while_threads_load_takes_no_row_from_them(expected):
    """A load whose place in the cache is taken away may warn; afterwards there is a cache as before."""
    over = threading.Event()

    def clear() -> None:
        while not over.wait(0.01):
            pm.cache.clear("outlign")

    with warnings.catch_warnings(), ThreadPoolExecutor(1) as other:
        warnings.simplefilter("ignore")
        clearing = other.submit(clear)
        frames = _all_at_once(*[ONE_EACH["outlign"]] * 12)
        over.set()
        clearing.result()
    assert {digest(frame) for frame in frames} == {expected["outlign.clients"]}
    ONE_EACH["outlign"]()
    assert about(ONE_EACH["outlign"]())["cached"] is True


def test_threads_connect_by_the_environment_at_once(alone, front, monkeypatch):
    for name, value in _environment(front).items():
        monkeypatch.setenv(name, value)
    frames = _all_at_once(*[ONE_EACH["projectmanager"]] * THREADS)
    assert {digest(frame) for frame in frames} == {alone["projectmanager.customers"]}
    assert set(front.tokens("projectmanager")) == {TOKEN}


def test_connecting_again_and_again_leaves_nothing_open(front):
    """The cell that connects is run often; the connections before it are not kept."""

    def open_after(times: int) -> int:
        for _ in range(times):
            connect(front, "outlign")
            ONE_EACH["outlign"](refresh=True)
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir()))

    before = open_after(5)
    assert open_after(30) < before + 15


# Processes

LOAD_OFTEN = """
import hashlib, json, sys, warnings
import pmframes as pm

loaders = {
    "teamwork.people": pm.teamwork.people,
    "outlign.clients": pm.outlign.clients,
    "spirii.customers": pm.spirii.customers,
}
for service in ("teamwork", "outlign", "spirii"):
    pm.connect(service, requests_per_minute=100_000)
print("ready", flush=True)
for line in sys.stdin:
    seen = {}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for name, load in loaders.items():
            frame = load(refresh=line.strip() == "refresh")
            seen[name] = hashlib.sha256(frame.to_csv().encode()).hexdigest()
    print(json.dumps({"seen": seen, "told": [str(one.message) for one in told]}), flush=True)
"""


def _environment(front: Front) -> dict[str, str]:
    urls = {f"PMFRAMES_{service.upper()}_URL": front.url(service) for service in SERVICES}
    return urls | {f"PMFRAMES_{service.upper()}_TOKEN": TOKEN for service in SERVICES}


def test_two_processes_share_a_cache(front, expected, tmp_path):
    """Both cold at once, then both refreshing at once, five times."""
    shared = tmp_path / "shared"
    pair = [start(LOAD_OFTEN, folder=tmp_path, cache=shared, **_environment(front)) for _ in range(2)]
    try:
        assert [child.stdout.readline() for child in pair] == ["ready\n"] * 2
        for how in ("cold", *["refresh"] * 5, "warm"):
            for child in pair:
                child.stdin.write(how + "\n")
                child.stdin.flush()
            for child in pair:
                answer = json.loads(child.stdout.readline())
                assert answer["told"] == []
                assert answer["seen"] == {name: expected[name] for name in answer["seen"]}
        for child in pair:
            _, err = ended(child, 60)
            assert (child.returncode, err) == (0, "")
    finally:
        for child in pair:
            child.kill()
            child.communicate()


def test_a_cache_that_is_cleared_in_another_process_is_a_miss(front, expected, tmp_path, cache_dir):
    ONE_EACH["outlign"]()
    run("import pmframes as pm\npm.cache.clear()", folder=tmp_path, cache=cache_dir)
    asked = len(front.asked)
    assert digest(ONE_EACH["outlign"]()) == expected["outlign.clients"]
    assert len(front.asked) > asked


# A lock that nobody gives back

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


@pytest.fixture
def lock(cache_dir: Path, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Let another process hold every database of the cache until the test ends."""
    children = []

    def hold(mode: str) -> None:
        children.append(start(HOLD, str(cache_dir), mode, folder=tmp_path, cache=cache_dir))
        assert children[0].stdout.readline() == "1\n", "the lock was not had"

    yield hold
    for child in children:
        child.kill()
        child.communicate()


def _told(load: Callable[..., pd.DataFrame], **options: Any) -> tuple[pd.DataFrame, list[str]]:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        frame = load(**options)
    return frame, [str(one.message) for one in told]


def test_a_writer_that_never_ends_costs_a_refresh_its_place_in_the_cache(front, expected, cache_dir, lock):
    """What is stored can still be read; what is fetched anew is returned, and not stored, with a warning."""
    connect(front, "spirii")
    was = ONE_EACH["spirii"]()
    lock("normal")
    warm, told = _told(ONE_EACH["spirii"])
    assert about(warm)["fetched_at"] == about(was)["fetched_at"]
    assert told == []
    fresh, told = _told(ONE_EACH["spirii"], refresh=True)
    assert digest(fresh) == expected["spirii.customers"]
    assert about(fresh)["cached"] is False
    assert len(told) == 1


def test_an_exclusive_lock_is_a_miss(front, expected, cache_dir, lock, tmp_path):
    """A file that not even readers may open: the rows come from the service, within the busy timeout."""
    run(
        "import pmframes as pm\npm.connect('spirii')\npm.spirii.customers()",
        folder=tmp_path,
        cache=cache_dir,
        **_environment(front),
    )
    lock("exclusive")
    connect(front, "spirii")
    frame, told = _told(ONE_EACH["spirii"])
    assert digest(frame) == expected["spirii.customers"]
    assert about(frame)["cached"] is False
    assert len(told) == 1


@pytest.mark.slow
def test_threads_do_not_queue_up_behind_a_lock(front, expected, cache_dir, lock):
    """Eight loads at once wait for a lock as long as one does, not eight times as long; none is stored."""
    pm.cache.clear()
    ONE_EACH["spirii"]()
    lock("normal")
    began = time.monotonic()
    with pytest.warns(UserWarning, match="The cache could not be written"):
        frames = _all_at_once(*[lambda: ONE_EACH["spirii"](refresh=True)] * 8)
    assert time.monotonic() - began < 7 * BUSY
    assert {digest(frame) for frame in frames} == {expected["spirii.customers"]}
