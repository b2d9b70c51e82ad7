"""Connecting again: the connection before is not kept, but what it cached can still be removed."""

import gc
import threading
from pathlib import Path

import pytest

import pmframes as pm
from pmframes import _registry
from pmframes._http.client import Client
from pmframes._http.prefetch import run_in_daemon_thread
from pmframes._services import SERVICES
from tests.support.cases import TOKEN, case_of

CLIENTS = case_of("outlign.clients")


def count_clients() -> int:
    gc.collect()
    return sum(isinstance(one, Client) for one in gc.get_objects())


@pytest.mark.slow
@pytest.mark.parametrize(("tokens", "files"), [(1, 1), (50, 5)])
def test_connecting_again_and_again_keeps_one_client_and_all_caches(tokens, files, server, cache_dir):
    """Until ``disconnect``, which removes the caches of all earlier connections too."""
    before = count_clients()
    for number in range(50):
        CLIENTS.start(server, CLIENTS.honest(CLIENTS.rows(2)), token=f"{TOKEN}-{number % tokens}")
        if number % 10 == 0:
            CLIENTS.load()
    assert count_clients() - before <= 1
    assert len(list(cache_dir.rglob("*.sqlite"))) == files
    pm.disconnect("outlign")
    assert list(cache_dir.rglob("*.sqlite")) == []
    assert count_clients() - before <= 0


def test_connecting_again_and_again_leaves_no_file_or_socket_open(server):
    def open_after(times: int) -> int:
        for _ in range(times):
            CLIENTS.start(server, CLIENTS.honest(CLIENTS.rows(2)))
            CLIENTS.load(refresh=True)
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir()))

    before = open_after(5)
    assert open_after(30) < before + 15


@pytest.mark.parametrize("action", ["override", "restore"])
def test_a_connection_is_replaced_for_a_while_in_one_step(action, server, monkeypatch):
    """A thread that looks for a connection meanwhile finds the one or the other, never none."""
    CLIENTS.connect(server)
    registry, service = _registry.registry, SERVICES["outlign"]
    ours = _registry.get(service)
    act = {"override": lambda: registry.override(ours), "restore": lambda: registry.restore(ours, ours)}[action]
    looking, found = threading.Event(), threading.Event()

    def find_credential(service):
        looking.set()
        assert found.wait(60)

    monkeypatch.setattr(_registry, "find_credential", find_credential)
    monkeypatch.setenv("PMFRAMES_SPIRII_TOKEN", f"{TOKEN}-{action}")
    finding = run_in_daemon_thread(lambda: registry.find(SERVICES["spirii"]))
    assert looking.wait(60)
    acting = run_in_daemon_thread(act)
    with pytest.raises(TimeoutError):
        acting.result(timeout=0.2)
    found.set()
    acting.result(timeout=60)
    assert finding.result(timeout=60) is None
    assert _registry.get(service) is ours
