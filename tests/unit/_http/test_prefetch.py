"""Which pages are requested ahead, which of them are used, and what becomes of the others."""

import threading
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from contextvars import ContextVar
from typing import Any

import pytest

from pmframes import errors
from pmframes._http import prefetch
from pmframes._http.prefetch import MAX_PREFETCHED, Prefetcher, RequestScope, load_timeout, run_in_daemon_thread

DOWN = errors.ServiceError("It is down.", "Wait.")
PATIENT = 60.0


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end, wait for the requests in flight as long as a busy machine may need."""
    monkeypatch.setattr(prefetch, "DRAIN_TIMEOUT", PATIENT)


class Service:
    """Answers pages by their number; ``fails`` has the errors of a page, raised one after the other."""

    def __init__(self, fails: dict[int, list[Exception]] | None = None) -> None:
        self.fails = {page: list(errors) for page, errors in (fails or {}).items()}
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


# Pages and those to come after each; which page fails how; then each request: the page, and whether with retries.
REQUESTS: list[tuple[list[tuple[int, Sequence[int]]], dict[int, list[Exception]], list[tuple[int, bool]]]] = [
    ([(1, [2, 3])], {}, [(1, True), (2, False), (3, False)]),
    # A prefetched page is not requested again, and one that is already prefetched not prefetched again
    ([(1, [2]), (2, [3]), (3, [])], {}, [(1, True), (2, False), (3, False)]),
    ([(1, [3, 4]), (2, [3, 4, 5])], {}, [(1, True), (2, True), (3, False), (4, False), (5, False)]),
    # It is after it was used
    ([(1, [2]), (2, []), (3, [2])], {}, [(1, True), (2, False), (2, False), (3, True)]),
    # Wrong guesses do not pile up
    ([(0, range(1, 100)), (200, range(100, 150))], {}, [(0, True), *((n, False) for n in range(1, 13)), (200, True)]),
    # A prefetch that failed is requested again with retries, and is no error if nobody needs the page
    ([(1, [2]), (2, [])], {2: [DOWN]}, [(1, True), (2, False), (2, True)]),
    ([(1, [2])], {2: [DOWN]}, [(1, True), (2, False)]),
]


@pytest.mark.parametrize(("gets", "fails", "calls"), REQUESTS)
def test_what_is_requested_ahead(gets: list[Any], fails: dict[int, Any], calls: list[tuple[int, bool]]) -> None:
    service = Service(fails)
    with Prefetcher(service.fetch) as pages:
        assert [pages.get(*one) for one in gets] == [f"page {page}" for page, _ in gets]
    assert sorted(service.calls) == calls
    assert MAX_PREFETCHED == 12


@pytest.mark.parametrize(("page", "fails", "calls"), [
    (2, [errors.NotFound("First.", "x"), DOWN], [(1, True), (2, False), (2, True)]), (1, [DOWN], [(1, True)]),
    # A token function may raise anything; that is no failure of the service.
    (2, [LookupError("the vault is shut")], [(1, True), (2, False)]),
])  # fmt: skip
def test_the_last_error_of_a_page_is_raised(page: int, fails: list[Exception], calls: list[tuple[int, bool]]) -> None:
    service = Service({page: fails})
    with Prefetcher(service.fetch) as pages:
        if page == 2:
            pages.get(1, [2])
        with pytest.raises(type(fails[-1])) as raised:
            pages.get(page)
    assert raised.value is fails[-1]
    assert sorted(service.calls) == calls


@pytest.mark.parametrize("error", [None, DOWN, KeyboardInterrupt(), SystemExit()], ids=repr)
def test_requests_in_flight_are_waited_for_at_the_end_but_not_after_an_interrupt(
    error: BaseException | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    drained: list[tuple[int, float | None]] = []
    monkeypatch.setattr(prefetch, "wait", lambda futures, timeout=None: drained.append((len(futures), timeout)))
    with suppress(type(error)) if error else nullcontext(), Prefetcher(Service().fetch) as pages:
        pages.get(1, [2, 3])
        if error:
            raise error
    assert drained == ([] if isinstance(error, KeyboardInterrupt | SystemExit) else [(2, PATIENT)])


def test_the_end_cancels_what_was_not_sent_yet() -> None:
    with Prefetcher(Service().fetch) as pages:
        pages.get(1)
        assert not pages.scope.is_cancelled
    assert pages.scope.is_cancelled
    assert not pages.scope.acquire()


def test_requests_are_counted_on_from_those_before_until_the_scope_is_cancelled() -> None:
    with Prefetcher(Service().fetch, 4) as pages:
        pages.get(1)
        pages.get(2)
        assert pages.scope.count == 6
    scope = RequestScope()
    assert [scope.acquire(), scope.acquire()] == [True, True]
    scope.cancel()
    assert [scope.acquire(), scope.acquire()] == [False, False]
    assert (scope.count, RequestScope(3).count) == (2, 3)


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


# What is waited for, and how long


def test_what_the_requests_wait_for_is_handed_on_by_the_thread_that_loads() -> None:
    is_shown, notices = threading.Event(), list[tuple[str, int]]()

    def fetch(page: int, scope: RequestScope, retry: bool) -> Any:
        scope.notice = "rate limit, retrying in 12 s (attempt 2 of 5)"
        assert is_shown.wait(PATIENT)
        scope.notice = ""
        return "page"

    def show(notice: str) -> None:
        notices.append((notice, threading.get_ident()))
        is_shown.set()

    with Prefetcher(fetch) as pages:
        pages.on_notice = show
        assert pages.get(1) == "page"
    here = threading.get_ident()
    assert notices == [("rate limit, retrying in 12 s (attempt 2 of 5)", here), ("", here)]


def test_a_load_that_takes_longer_than_the_environment_allows_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefetch, "DRAIN_TIMEOUT", 0.0)
    monkeypatch.setenv("PMFRAMES_LOAD_TIMEOUT", "0.05")
    may_end = threading.Event()
    told = r"longer than PMFRAMES_LOAD_TIMEOUT allows \(0.05 seconds\)"
    slow = Prefetcher(lambda *_: may_end.wait(PATIENT))
    with load_timeout(), slow as pages, pytest.raises(errors.IncompleteLoad, match=told):
        pages.get(1)
    with load_timeout(), Prefetcher(Service().fetch) as pages:
        assert pages.get(1) == "page 1"
    may_end.set()


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "1 h"])
def test_a_time_limit_is_a_number_of_seconds(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PMFRAMES_LOAD_TIMEOUT", value)
    with (
        pytest.raises(errors.InvalidArgument, match="PMFRAMES_LOAD_TIMEOUT is not a number of seconds"),
        load_timeout(),
    ):
        pass
