"""A load that is under way when its connection ends, or the network may not be used any more."""

import gc
import threading

import pytest

import pmframes as pm
from pmframes import _connections
from pmframes._http.client import Client
from pmframes._http.prefetch import run_in_daemon_thread
from pmframes._services import SERVICES

from .services import BY_NAME, TOKEN, connect, first_asked, honest, start
from .wire import reply


def test_nothing_is_sent_after_disconnect(each_service, wire):
    def answer(asked):
        pm.disconnect(each_service.service)
        return reply({"message": "later"}, status=503)

    start(each_service, wire, answer)
    with pytest.raises(pm.errors.NotConnected, match="closed while"):
        each_service.load()
    assert first_asked(each_service, wire) == 1


def test_nothing_is_sent_once_the_network_may_not_be_used(each_service, wire):
    block = pm.offline()

    def answer(asked):
        block.__enter__()
        return reply({"message": "later"}, status=503)

    start(each_service, wire, answer)
    try:
        with pytest.raises(pm.errors.OfflineMiss):
            each_service.load()
    finally:
        block.__exit__(None, None, None)
    assert first_asked(each_service, wire) == 1


def test_what_disconnect_removed_does_not_come_back(each_service, wire, cache_dir):
    good = honest(each_service, each_service.rows(3))

    def answer(asked):
        pm.disconnect(each_service.service)
        return good(asked)

    start(each_service, wire, answer)
    assert len(each_service.load()) == 3
    assert list(cache_dir.rglob("*.sqlite*")) == []


def test_pages_of_irregular_lengths_are_not_asked_for_in_vain_without_end(wire):
    case = BY_NAME["spirii.customers"]
    rows = case.rows(600)

    def answer(asked):
        offset = int(dict(asked.query).get("offset", "0"))
        shown = rows[offset : offset + 17 + offset % 4]
        return reply({"data": shown, "count": len(rows), "limit": 100, "offset": offset})

    start(case, wire, answer)
    assert case.load()["id"].tolist() == case.keys(600)
    pages = 600 // 17
    assert len(wire.requests) < pages + 20


@pytest.mark.parametrize("echoed", ["Zebulon Quux", "zebulon quux", "ZEBULON+QUUX"])
def test_a_failure_with_status_200_does_not_repeat_what_was_typed(echoed, wire):
    case = BY_NAME["projectmanager.customers"]
    start(case, wire, reply({"success": False, "error": {"message": f"no {echoed} here"}, "data": None}))
    with pytest.raises(pm.errors.ServiceError) as raised:
        case.load(params={"filter": "Zebulon Quux"})
    assert "quux" not in str(raised.value).lower()
    assert "no ••• here" in str(raised.value)


# Connections that others replaced


def _clients() -> int:
    gc.collect()
    return sum(isinstance(held, Client) for held in gc.get_objects())


@pytest.mark.parametrize("tokens", ["one", "several"])
def test_connecting_again_and_again_keeps_one_client(tokens, wire, cache_dir):
    """What the others cached can still be removed."""
    case, before = BY_NAME["outlign.clients"], _clients()
    for number in range(50):
        token = f"token-{number}" if tokens == "several" else TOKEN
        start(case, wire, honest(case, case.rows(2)), token=token)
        if number % 10 == 0:
            case.load()
    assert _clients() - before <= 1
    assert len(list(cache_dir.rglob("*.sqlite"))) == (5 if tokens == "several" else 1)
    pm.disconnect("outlign")
    assert list(cache_dir.rglob("*.sqlite")) == []
    assert _clients() - before <= 0


def test_a_load_of_a_replaced_connection_is_stopped_by_disconnect(wire, cache_dir):
    """It uses the client of a connection that is not the current one any more, and caches nothing."""
    case, replaced = BY_NAME["teamwork.people"], threading.Event()
    good = honest(case, case.rows(9), clamp=2)

    def answer(asked):
        if not replaced.is_set():
            replaced.set()
            connect(case, wire, token="another")
            pm.disconnect("teamwork")
        return good(asked)

    start(case, wire, answer)
    with pytest.raises(pm.errors.NotConnected, match="closed while"):
        case.load()
    assert list(cache_dir.rglob("*.sqlite*")) == []


def test_overriding_and_restoring_wait_for_the_lock(wire):
    """Another thread that looks for a connection meanwhile sees the one or the other, and never none."""
    case = start(BY_NAME["outlign.clients"], wire, honest(BY_NAME["outlign.clients"], []))
    registry, first = _connections.registry, _connections.get(SERVICES["outlign"])
    for act in (lambda: registry.override(first), lambda: registry.restore(first, first)):
        with registry._lock:
            acting = run_in_daemon_thread(act)
            with pytest.raises(TimeoutError):
                acting.result(timeout=0.2)
        acting.result(timeout=20)
    assert case.load().empty
