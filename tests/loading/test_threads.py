"""Loads in many threads at once: every frame is complete, of one account, and nobody else's."""

import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

import pmframes as pm
from tests.support.loaders import LOADERS, ONE_EACH, OTHER, TOKEN, connect, digest, provenance
from tests.support.server import SERVICES

pytestmark = pytest.mark.slow  # 32 threads at once
THREADS = 32


def load_in_threads(*calls: Callable[[], pd.DataFrame]) -> list[pd.DataFrame]:
    """Run each call in a thread of its own, all from the same moment."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture
def no_warnings() -> None:
    """Fail where anything warns, such as a locked cache."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.usefixtures("no_warnings")
@pytest.mark.parametrize("refresh", [False, True])
@pytest.mark.parametrize("service", ["teamwork", "outlign"])
def test_threads_that_load_the_same_get_the_same_rows_and_then_share_the_cache(service, refresh, expected, server):
    frames = load_in_threads(*[lambda: ONE_EACH[service](refresh=refresh)] * THREADS)
    assert {digest(frame) for frame in frames} == {expected[service]}
    server.forget()
    cached = load_in_threads(*[ONE_EACH[service]] * THREADS)
    assert {digest(frame) for frame in cached} == {expected[service]}
    assert all(provenance(frame)["cached"] for frame in cached)
    assert server.requests == []


@pytest.mark.usefixtures("no_warnings", "expected")
def test_threads_that_load_different_things_get_their_own_rows():
    """All loaders, every third asked to refresh, cold and then warm."""
    alone = {name: digest(load()) for name, load in LOADERS.items()}
    pm.cache.clear()
    names = (list(LOADERS) * THREADS)[:THREADS]
    calls = [lambda name=name, at=at: LOADERS[name](refresh=at % 3 == 0) for at, name in enumerate(names)]
    for _ in range(2):
        assert [digest(frame) for frame in load_in_threads(*calls)] == [alone[name] for name in names]


@pytest.mark.parametrize("service", SERVICES)
def test_a_load_keeps_the_connection_it_began_with(service, server, tenants):
    """The connection changes at every request, in between two pages of a load."""
    tenants.page_size = 50
    known, lock, tokens = {}, threading.Lock(), [OTHER, TOKEN] * 1000
    for token in (TOKEN, OTHER):
        connect(server, service, token)
        known[token] = digest(ONE_EACH[service]())
    assert len(set(known.values())) == 2

    def answer(request):
        with lock:
            connect(server, service, tokens.pop())
        return tenants(request)

    server.serve(service, answer)
    frames = load_in_threads(*[lambda: ONE_EACH[service](refresh=True)] * 12)
    assert {digest(frame) for frame in frames} <= set(known.values())
    for token in (TOKEN, OTHER):
        connect(server, service, token)
        assert digest(ONE_EACH[service]()) == known[token]


def test_clearing_the_cache_takes_no_row_from_a_load_under_way(expected, server, tenants):
    """A load whose place in the cache is removed may warn; afterwards there is a cache as before."""

    def answer(request):
        pm.cache.clear("outlign")
        return tenants(request)

    server.serve("outlign", answer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frames = load_in_threads(*[ONE_EACH["outlign"]] * 12)
        assert {digest(frame) for frame in frames} == {expected["outlign"]}
    server.serve("outlign", tenants)
    ONE_EACH["outlign"]()
    assert provenance(ONE_EACH["outlign"]())["cached"] is True


def test_threads_connect_from_the_environment_at_once(server, tenants, monkeypatch):
    monkeypatch.setenv("PMFRAMES_PROJECTMANAGER_URL", server.url("projectmanager"))
    monkeypatch.setenv("PMFRAMES_PROJECTMANAGER_TOKEN", TOKEN)
    frames = load_in_threads(*[ONE_EACH["projectmanager"]] * THREADS)
    assert len({digest(frame) for frame in frames}) == 1
    assert len(frames[0]) > 0
    assert {request.token for request in server.requests} == {TOKEN}
