"""How long a request waits for the rate limit of its connection, on a clock that only the waits move."""

import queue
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from pmframes._http import rate_limit
from pmframes._http.prefetch import run_in_daemon_thread
from pmframes._http.rate_limit import MAX_IN_FLIGHT, RateLimiter


class Clock:
    """A monotonic clock that stands still; a wait moves it on, or calls ``when_blocked`` if it has no end."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float | None] = []
        self.when_blocked: Callable[[], object] = lambda: pytest.fail("a request waits for ever")

    def monotonic(self) -> float:
        return self.now

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:
        self.waits.append(seconds)
        if seconds is None:
            self.when_blocked()
        else:
            assert seconds > 0
            self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(rate_limit, "time", SimpleNamespace(monotonic=clock.monotonic))
    monkeypatch.setattr(rate_limit, "_wait", clock.wait)
    return clock


def wanted() -> None:
    """Any request is wanted."""


def send(limiter: RateLimiter, clock: Clock) -> float:
    """Send a request, and return how long it waited."""
    before = clock.now
    with limiter.acquire(wanted):
        return clock.now - before


@pytest.mark.parametrize(("per_minute", "expected"), [
    (1, [0, 60, 60, 60, 60]), (2, [0, 0, 60, 0, 60]), (4, [0, 0, 0, 0, 60]), (5, [0, 0, 0, 0, 0]), (None, [0] * 5),
])  # fmt: skip
def test_requests_of_a_minute_are_sent_in_a_burst(per_minute: int | None, expected: list[float], clock: Clock) -> None:
    limiter = RateLimiter(per_minute)
    assert [send(limiter, clock) for _ in range(5)] == expected


def test_the_minute_slides_and_a_request_that_waits_counts_from_when_it_was_sent(clock: Clock) -> None:
    limiter, waits = RateLimiter(3), []
    for _ in range(6):
        waits.append(send(limiter, clock))
        clock.now += 10
    # Sent at 0, 10, 20, then a minute after each of these, though 10 seconds pass between them.
    assert waits == [0, 0, 0, 30, 0, 0]
    limiter = RateLimiter(2)
    assert [send(limiter, clock) for _ in range(3)] == [0, 0, 60]
    clock.now += 59
    assert [send(limiter, clock) for _ in range(2)] == [0, 1]


@pytest.mark.parametrize(("per_minute", "sent", "pauses", "passed", "expected"), [
    # A pause holds every request until it is over; the longest counts; a full minute is waited for at the same time.
    (None, 0, [5], 2, [3, 0]), (10, 0, [5, 20], 0, [20, 0]), (10, 0, [20, 5], 0, [20, 0]),
    (1, 1, [10], 0, [60, 60]), (1, 1, [90], 0, [90, 60]),
])  # fmt: skip
def test_pauses(
    per_minute: int | None, sent: int, pauses: list[float], passed: float, expected: list[float], clock: Clock
) -> None:
    limiter = RateLimiter(per_minute)
    assert [send(limiter, clock) for _ in range(sent)] == [0] * sent
    for seconds in pauses:
        limiter.pause(seconds)
    clock.now += passed
    assert [send(limiter, clock) for _ in expected] == expected


def test_a_pause_that_is_set_during_a_wait_is_waited_for_too(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = RateLimiter(1)
    send(limiter, clock)

    def wait(changed: threading.Condition, seconds: float | None) -> None:
        if not clock.waits:
            limiter.pause(100)
        clock.wait(changed, seconds)

    monkeypatch.setattr(rate_limit, "_wait", wait)
    assert send(limiter, clock) == 100
    assert clock.waits == [60, 40]


def test_six_requests_are_in_flight_and_each_further_one_waits_for_one_to_end(clock: Clock) -> None:
    limiter = RateLimiter(None)
    with ExitStack() as in_flight:
        others = [ExitStack() for _ in range(MAX_IN_FLIGHT)]
        for other in others:
            in_flight.enter_context(other)
            other.enter_context(limiter.acquire(wanted))
        assert (MAX_IN_FLIGHT, clock.waits) == (6, [])
        clock.when_blocked = others[3].close
        in_flight.enter_context(limiter.acquire(wanted))
        assert clock.waits == [None]
        clock.when_blocked = others[1].close
        in_flight.enter_context(limiter.acquire(wanted))
        assert clock.waits == [None, None]


class Unwanted(Exception):
    """The load of a request is over."""


@pytest.mark.parametrize(("error", "is_wanted"), [(OSError("no answer"), True), (Unwanted(), False)], ids=repr)
def test_a_request_that_fails_or_is_not_wanted_takes_no_slot(error: Exception, is_wanted: bool, clock: Clock) -> None:
    def check() -> None:
        if not is_wanted:
            raise error

    limiter = RateLimiter(MAX_IN_FLIGHT + 1)
    for _ in range(MAX_IN_FLIGHT + 1):
        with pytest.raises(type(error)), limiter.acquire(check):
            raise error if is_wanted else AssertionError("it was sent")
    assert clock.waits == []
    assert send(limiter, clock) == (60 if is_wanted else 0)


def test_a_request_is_not_wanted_any_more_after_its_wait(clock: Clock) -> None:
    limiter = RateLimiter(1)
    send(limiter, clock)

    def wanted_at_first() -> None:
        if clock.waits:
            raise Unwanted

    with pytest.raises(Unwanted), limiter.acquire(wanted_at_first):
        pytest.fail("it was sent")
    assert clock.waits == [60]
    assert send(limiter, clock) == 0, "the minute is over, and nothing else was sent in it"


def test_requests_are_sent_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter, order = RateLimiter(None), queue.Queue[str]()
    waiting, really_wait, may_end = queue.Queue[str](), rate_limit._wait, threading.Event()

    def wait(changed: threading.Condition, seconds: float | None) -> None:
        waiting.put("one more")
        really_wait(changed, seconds)

    monkeypatch.setattr(rate_limit, "_wait", wait)

    def request(name: str) -> None:
        with limiter.acquire(wanted):
            order.put(name)
            may_end.wait(60)

    in_flight = [ExitStack() for _ in range(MAX_IN_FLIGHT)]
    for one in in_flight:
        one.enter_context(limiter.acquire(wanted))
    requests = []
    for name in ("first", "second", "third"):
        requests.append(run_in_daemon_thread(lambda name=name: request(name)))
        waiting.get(timeout=60)
    sent = []
    for one in in_flight[:3]:
        one.close()
        sent.append(order.get(timeout=60))
    may_end.set()
    for future in requests:
        future.result(timeout=60)
    assert sent == ["first", "second", "third"]
