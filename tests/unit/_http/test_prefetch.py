"""Which pages are requested ahead, which of them are used, and what becomes of the others."""

import threading
from contextvars import ContextVar
from typing import Any

import pytest

from pmframes import errors
from pmframes._http import prefetch
from pmframes._http.prefetch import MAX_PREFETCHED, Prefetcher, RequestScope, run_in_daemon_thread

DOWN = errors.ServiceError("It is down.", "Wait.")
PATIENT = 60.0


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end, wait for the requests in flight as long as a busy machine may need."""
    monkeypatch.setattr(prefetch, "DRAIN_TIMEOUT", PATIENT)


class Service:
    """Answers pages by their number; ``fails`` has the errors of a page, raised one after the other."""

    def __init__(self, **fails: list[Exception]) -> None:
        self.fails = {int(page.strip("_")): errors for page, errors in fails.items()}
        self.calls: list[tuple[int, bool]] = []
        self._lock = threading.Lock()

    def fetch(self, page: int, scope: RequestScope, retry: bool) -> Any:
        with self._lock:
            self.calls.append((page, retry))
            scope.acquire()
            left = self.fails.get(page)
            error = left.pop(0) if left else None
        if error:
            raise error
        return f"page {page}"


def test_a_page_is_requested_with_retries_and_the_upcoming_ones_without() -> None:
    service = Service()
    with Prefetcher(service.fetch) as pages:
        assert pages.get(1, [2, 3]) == "page 1"
    assert sorted(service.calls) == [(1, True), (2, False), (3, False)]


def test_a_prefetched_page_is_not_requested_again() -> None:
    service = Service()
    with Prefetcher(service.fetch) as pages:
        assert [pages.get(1, [2]), pages.get(2, [3]), pages.get(3)] == ["page 1", "page 2", "page 3"]
    assert sorted(page for page, _ in service.calls) == [1, 2, 3]


def test_a_page_that_is_already_prefetched_is_not_prefetched_again() -> None:
    service = Service()
    with Prefetcher(service.fetch) as pages:
        pages.get(1, [3, 4])
        pages.get(2, [3, 4, 5])
    assert sorted(page for page, _ in service.calls) == [1, 2, 3, 4, 5]


def test_a_page_is_prefetched_again_after_it_was_used() -> None:
    service = Service()
    with Prefetcher(service.fetch) as pages:
        pages.get(1, [2])
        pages.get(2)
        pages.get(3, [2])
    assert sorted(page for page, _ in service.calls) == [1, 2, 2, 3]


def test_wrong_guesses_do_not_pile_up() -> None:
    service = Service()
    with Prefetcher(service.fetch) as pages:
        pages.get(0, range(1, 100))
        pages.get(200, range(100, 150))
    assert MAX_PREFETCHED == 12
    assert sorted(page for page, _ in service.calls) == [*range(13), 200]


def test_a_prefetch_that_failed_is_requested_again_with_retries() -> None:
    service = Service(_2=[DOWN])
    with Prefetcher(service.fetch) as pages:
        pages.get(1, [2])
        assert pages.get(2) == "page 2"
    assert sorted(service.calls) == [(1, True), (2, False), (2, True)]


def test_a_page_that_fails_twice_fails() -> None:
    service = Service(_2=[errors.NotFound("First.", "x"), DOWN])
    with Prefetcher(service.fetch) as pages:
        pages.get(1, [2])
        with pytest.raises(errors.ServiceError) as raised:
            pages.get(2)
    assert raised.value is DOWN


def test_a_page_that_was_not_prefetched_is_requested_once() -> None:
    service = Service(_1=[DOWN])
    with Prefetcher(service.fetch) as pages, pytest.raises(errors.ServiceError):
        pages.get(1)
    assert service.calls == [(1, True)]


def test_an_error_of_the_users_code_is_not_retried() -> None:
    """A token function may raise anything; that is no failure of the service."""
    service = Service(_2=[LookupError("the vault is shut")])
    with Prefetcher(service.fetch) as pages:
        pages.get(1, [2])
        with pytest.raises(LookupError, match="the vault is shut"):
            pages.get(2)
    assert sorted(service.calls) == [(1, True), (2, False)]


def test_a_failed_prefetch_that_nobody_needs_is_no_error() -> None:
    service = Service(_2=[DOWN])
    with Prefetcher(service.fetch) as pages:
        assert pages.get(1, [2]) == "page 1"


# The end of a load


@pytest.fixture
def drained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float | None]]:
    """How many requests were waited for at the end, and for how long at most."""
    calls: list[tuple[int, float | None]] = []

    def wait(futures: Any, timeout: float | None = None) -> None:
        calls.append((len(futures), timeout))

    monkeypatch.setattr(prefetch, "wait", wait)
    return calls


@pytest.mark.parametrize(("error", "expected"), [
    (None, [(2, PATIENT)]), (DOWN, [(2, PATIENT)]), (KeyboardInterrupt(), []), (SystemExit(), []),
], ids=repr)  # fmt: skip
def test_requests_in_flight_are_waited_for_at_the_end_but_not_after_an_interrupt(
    error: BaseException | None, expected: list[Any], drained: list[Any]
) -> None:
    def load() -> None:
        with Prefetcher(Service().fetch) as pages:
            pages.get(1, [2, 3])
            if error:
                raise error

    if error:
        with pytest.raises(type(error)):
            load()
    else:
        load()
    assert drained == expected


def test_the_end_cancels_what_was_not_sent_yet() -> None:
    with Prefetcher(Service().fetch) as pages:
        pages.get(1)
        assert not pages.scope.is_cancelled
    assert pages.scope.is_cancelled
    assert not pages.scope.acquire()


def test_requests_are_counted_on_from_those_before() -> None:
    with Prefetcher(Service().fetch, 4) as pages:
        pages.get(1)
        pages.get(2)
        assert pages.scope.count == 6


def test_a_cancelled_scope_counts_no_further_request() -> None:
    scope = RequestScope()
    assert [scope.acquire(), scope.acquire()] == [True, True]
    scope.cancel()
    assert [scope.acquire(), scope.acquire()] == [False, False]
    assert (scope.count, RequestScope(3).count) == (2, 3)


# Threads

setting = ContextVar("setting", default="unset")


def test_work_runs_in_a_daemon_thread_with_a_copy_of_the_context() -> None:
    def work() -> tuple[str, bool, str]:
        inherited = setting.get()
        setting.set("changed in the thread")
        return inherited, threading.current_thread().daemon, threading.current_thread().name

    token = setting.set("ours")
    try:
        assert run_in_daemon_thread(work).result(timeout=60) == ("ours", True, "pmframes")
        assert setting.get() == "ours"
    finally:
        setting.reset(token)


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_what_work_raises_is_raised_by_its_result(error: BaseException) -> None:
    def work() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        run_in_daemon_thread(work).result(timeout=60)
    assert raised.value is error
