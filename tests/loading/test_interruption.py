"""Ctrl-C during a load or a check, and a load under way when its connection ends; without a process of its own."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator

import pytest
import stamina

import pmframes as pm
from pmframes._http.rate_limit import MAX_IN_FLIGHT
from tests.support import transfers
from tests.support.cases import ONE_EACH, TOKEN, case_of
from tests.support.server import Answer, Reply, Request, reply
from tests.support.top_level import TopLevel

PEOPLE = case_of("teamwork.people")
CLIENTS = case_of("outlign.clients")
every_service = pytest.mark.parametrize("case", ONE_EACH, ids=lambda case: case.service)
# What a server does that keeps a load waiting.
WAITS = {
    "no answer": reply(transfer=transfers.no_answer),
    "slow body": reply(b" " * 100_000, transfer=transfers.slow_body(0.1)),
    "retry in a minute": reply({}, 429, Retry_After="60"),
}
every_wait = pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)


@pytest.fixture
def interrupt() -> Iterator[Callable[[Reply], Answer]]:
    """Return a function that makes an answer: Ctrl-C for this process once a request came, and then a wait."""
    ended, threads = threading.Event(), []
    earlier = signal.signal(signal.SIGUSR1, lambda *_: None)

    def wake() -> None:
        # Python sees a signal that comes just before it begins to wait only when the next one comes.
        while not ended.wait(0.1):
            signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

    def interrupt_with(wait: Reply) -> Answer:
        lock = threading.Lock()

        def answer(request: Request) -> Reply:
            with lock:
                if not threads:
                    thread = threading.Thread(target=wake)
                    thread.start()
                    threads.append(thread)
                    os.kill(os.getpid(), signal.SIGINT)
            return wait

        return answer

    yield interrupt_with
    ended.set()
    for thread in threads:
        thread.join()
    signal.signal(signal.SIGUSR1, earlier)


def from_page(first: int, good: Answer, bad: Answer) -> Answer:
    """Answer earlier pages well."""
    return lambda request: (good if request.position[0] < first else bad)(request)


@every_wait
@pytest.mark.parametrize("page", [1, 3])
def test_ctrl_c_stops_a_load_that_waits_and_the_next_load_is_complete(page, wait, server, interrupt):
    """Nothing of it is cached; the same connection can be used again, as in a notebook."""
    good = PEOPLE.honest(PEOPLE.rows(9), most=2)
    PEOPLE.start(server, from_page(page, good, interrupt(wait)))
    with (
        stamina.set_testing(False),
        pytest.raises(KeyboardInterrupt, match=r"^Interrupted; nothing was returned or cached\.$"),
    ):
        PEOPLE.load()
    assert pm.cache.info().empty
    server.serve(PEOPLE.path, good)
    assert PEOPLE.load()["id"].tolist() == PEOPLE.keys(9)


def test_requests_that_are_under_way_keep_no_place_from_the_next_load(server, interrupt, monkeypatch):
    """As many as may be in flight at a time wait for bodies that never end."""
    many, slow, waiting = PEOPLE.rows(6_000), interrupt(WAITS["slow body"]), []
    good = PEOPLE.honest(many)

    def wait(request: Request) -> Reply:
        waiting.append(request)
        return slow(request) if len(waiting) == MAX_IN_FLIGHT else WAITS["slow body"]

    PEOPLE.start(server, from_page(3, good, wait))
    with pytest.raises(KeyboardInterrupt):
        PEOPLE.load()
    server.serve(PEOPLE.path, good)
    monkeypatch.setenv("PMFRAMES_LOAD_TIMEOUT", "60")
    assert len(PEOPLE.load()) == len(many)


def test_requests_that_an_interrupt_ends_are_not_sent_again(server, interrupt, caplog):
    """A retry would import what stamina reports to, and Python forgets that SIGINT ended it."""
    caplog.set_level(logging.INFO, "pmframes.waits")
    CLIENTS.start(server, interrupt(WAITS["no answer"]))
    with stamina.set_testing(False), pytest.raises(KeyboardInterrupt):
        CLIENTS.load()
    for thread in threading.enumerate():
        if thread.name == "pmframes":
            thread.join(30)
    assert "retrying" not in caplog.text


def test_ctrl_c_during_a_refresh_leaves_the_cached_load(server, interrupt):
    good = CLIENTS.honest(CLIENTS.rows(9), most=4)
    CLIENTS.start(server, good)
    loaded = CLIENTS.load()
    server.serve(CLIENTS.path, from_page(2, good, interrupt(WAITS["no answer"])))
    with pytest.raises(KeyboardInterrupt):
        CLIENTS.load(refresh=True)
    source = CLIENTS.load().attrs["pmframes"]
    assert (source["cached"], source["fetched_at"]) == (True, loaded.attrs["pmframes"]["fetched_at"])


@every_wait
@pytest.mark.parametrize("check", [
    lambda url: pm.connect("outlign", url=url, token=TOKEN, check=True), lambda url: pm.check(),
], ids=["connect", "check"])  # fmt: skip
def test_ctrl_c_stops_a_check_that_waits(check, wait, server, interrupt):
    CLIENTS.connect(server, account="before")
    before = pm.connections()
    server.serve("outlign", interrupt(wait))
    with (
        stamina.set_testing(False),
        pytest.raises(KeyboardInterrupt, match=r"^The check was interrupted\. Nothing was changed\.$"),
    ):
        check(server.url("outlign"))
    assert pm.connections().equals(before)


def test_a_load_that_fails_does_not_wait_for_other_pages(server):
    """Page 2 is refused while the pages after it never come."""
    asked = threading.Event()

    def refuse(request: Request) -> Reply:
        if request.position[0] == 2:
            assert asked.wait(60)
            return reply({}, 403)
        asked.set()
        return WAITS["no answer"]

    PEOPLE.start(server, from_page(2, PEOPLE.honest(PEOPLE.rows(90), most=2), refuse))
    with pytest.raises(pm.errors.PermissionDenied):
        PEOPLE.load()


@every_service
def test_nothing_is_requested_after_disconnect(case, server):
    top_level = TopLevel()

    def answer(request: Request) -> Reply:
        top_level.call(lambda: pm.disconnect(case.service))
        return reply({"message": "later"}, 503)

    case.start(server, answer)
    with pytest.raises(pm.errors.NotConnected, match="was closed while a load was under way"):
        top_level.load(case.load)
    assert case.loads(server) == 1


def test_disconnect_stops_the_loads_of_a_replaced_connection(server, cache_dir):
    good, replaced, top_level = PEOPLE.honest(PEOPLE.rows(9), most=2), threading.Event(), TopLevel()

    def replace() -> None:
        PEOPLE.connect(server, token="another")
        pm.disconnect("teamwork")

    def answer(request: Request) -> Reply:
        if not replaced.is_set():
            replaced.set()
            top_level.call(replace)
        return good(request)

    PEOPLE.start(server, answer)
    with pytest.raises(pm.errors.NotConnected, match="was closed while a load was under way"):
        top_level.load(PEOPLE.load)
    assert list(cache_dir.rglob("*.sqlite*")) == []
