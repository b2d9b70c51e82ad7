"""Which failures are retried, how many seconds are waited for each, and when it is given up."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from pmframes import errors
from pmframes._http import retry
from pmframes._http.retry import (
    RequestError,
    RetryableError,
    call_with_retries,
    is_transient,
    parse_retry_after,
    wait_seconds,
)

NOW = datetime(2026, 10, 21, 7, 0, 0, tzinfo=UTC)
DOWN = errors.ServiceError("It is down.", "Wait.")


@pytest.fixture(autouse=True)
def fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of day is ``NOW``."""

    class Fixed(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return NOW.astimezone(tz)

    monkeypatch.setattr(retry, "datetime", Fixed)
    monkeypatch.setattr(time, "time", NOW.timestamp)


RETRY_AFTER = {
    "0": 0.0, "5": 5.0, " 5 ": 5.0, "86400": 86400.0, "9" * 400: float("inf"), "Wed, 21 Oct 2026 07:00:50 GMT": 50.0,
    "Wed, 21 Oct 2026 07:00:50 -0000": 50.0, "Wed, 21 Oct 2026 09:00:50 +0200": 50.0,
    "Wed, 21 Oct 2026 06:00:00 GMT": -3600.0, "": None, "soon": None, "-5": None, "5²": None, "٥": None,
    "1.5": 1.5, "20.": 20.0, "5, 20.5": 20.5, "30, 20": 30.0, "soon, 20": 20.0,
    "5, Wed, 21 Oct 2026 07:00:50 GMT, 7": 50.0, "5 s": None, "1e3": None,
    ",": None, "Mon, 01 Jan 99999999999999999999 00:00:00 GMT": None, "Mon, 01 Jan 99999 00:00:00 GMT": None,
    "Mon, 99 Foo 2026 99:99:99 GMT": None, "Wed, 21 Oct 2026 07:28:00 +99999999999999": None,
}  # fmt: skip


@pytest.mark.parametrize(("value", "seconds"), RETRY_AFTER.items(), ids=lambda value: repr(value)[:40])
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert parse_retry_after({"Retry-After": value}) == seconds


def test_retry_after_may_be_missing_and_at_the_end_of_the_calendar() -> None:
    assert parse_retry_after({}) is None
    for date in ("Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2359"):
        seconds = wait_seconds(503, CaseInsensitiveDict({"Retry-After": date}), 1)
        assert seconds == 1.0 or seconds > 1e11


def test_statuses_after_which_the_same_request_may_succeed_and_those_that_another_attempt_cannot_change() -> None:
    assert all(map(is_transient, [408, 425, 429, 500, 502, 503, 504, 507, 520, 522, 524, 530, 598, 599]))
    assert not any(map(is_transient, [200, 204, 302, 400, 401, 403, 404, 407, 409, 410, 422, 501, 505]))


SOON = str(int(NOW.timestamp()) + 20)
WAITS: list[tuple[int, dict[str, str], int, float | None]] = [
    # No header: a short outage is left to the exponential backoff, a rate limit is waited for longer.
    (500, {}, 1, None), (502, {}, 1, None), (503, {}, 4, None), (429, {}, 1, 8.0), (429, {}, 2, 16.0),
    (429, {}, 3, 32.0), (429, {}, 4, 60.0),
    # Retry-After, at least 1 second
    (429, {"Retry-After": "0"}, 1, 1.0), (429, {"Retry-After": "1"}, 1, 1.0), (429, {"Retry-After": "5"}, 4, 5.0),
    (429, {"Retry-After": "60"}, 1, 60.0), (429, {"Retry-After": "75"}, 1, 75.0),
    (429, {"Retry-After": "7200"}, 1, 7200.0), (503, {"Retry-After": "20.5"}, 1, 20.5),
    (503, {"Retry-After": "5"}, 1, 5.0), (503, {"Retry-After": "0"}, 1, 1.0),
    (503, {"Retry-After": "9" * 400}, 1, float("inf")),
    (503, {"Retry-After": "soon"}, 1, None), (503, {"Retry-After": "Wed, 21 Oct 2026 06:00:00 GMT"}, 1, 1.0),
    # The reset of a quota, which only 429 is about; seconds or a moment
    (429, {"X-RateLimit-Reset": "7"}, 3, 7.0), (429, {"X-Rate-Limit-Reset": "7"}, 3, 7.0),
    (503, {"X-RateLimit-Reset": "7"}, 1, None), (429, {"X-RateLimit-Reset": "0"}, 1, 1.0),
    (429, {"X-RateLimit-Reset": "86400"}, 1, 60.0), (429, {"X-RateLimit-Reset": "9" * 400}, 1, 60.0),
    (429, {"X-RateLimit-Reset": SOON}, 1, 20.0), (429, {"X-RateLimit-Reset": "1000000000"}, 1, 60.0),
    (429, {"X-RateLimit-Reset": "1000000001"}, 1, 1.0), (429, {"X-RateLimit-Reset": "soon"}, 2, 16.0),
    (429, {"X-RateLimit-Reset": "²"}, 1, 8.0), (429, {"X-RateLimit-Reset": "٥"}, 1, 8.0),
    (429, {"X-RateLimit-Reset": "soon", "X-Rate-Limit-Reset": "9"}, 1, 9.0),
    (429, {"X-RateLimit-Reset": "7", "X-Rate-Limit-Reset": "9"}, 1, 9.0),
    (429, {"X-RateLimit-Reset": "7.5"}, 1, 7.5),
    (429, {"X-RateLimit-Reset": "7", "Retry-After": "12"}, 1, 12.0),
    (429, {"X-RateLimit-Reset": "7", "Retry-After": "soon"}, 1, 7.0),
]  # fmt: skip


@pytest.mark.parametrize(("status", "headers", "attempt", "seconds"), WAITS, ids=lambda value: repr(value)[:50])
def test_seconds_to_wait(status: int, headers: dict[str, str], attempt: int, seconds: float | None) -> None:
    assert wait_seconds(status, CaseInsensitiveDict(headers), attempt) == seconds


def failing(*failures: Exception) -> tuple[Callable[[int], str], list[int]]:
    """Return a function that raises these and then answers, and the list of the attempts it was called with."""
    left, attempts = list(failures), list[int]()

    def send(attempt: int) -> str:
        attempts.append(attempt)
        if left:
            raise left.pop(0)
        return "answer"

    return send, attempts


@pytest.mark.parametrize("seconds", [[], [7.0, 60.0]])
def test_retryable_errors_are_waited_for_as_they_ask(seconds: list[float], waits: list[float]) -> None:
    send, attempts = failing(*(RetryableError(DOWN, each) for each in seconds))
    assert call_with_retries(send) == "answer"
    assert (attempts, waits) == ([1, 2, 3][: len(seconds) + 1], seconds)


def test_backoff_doubles_and_the_fifth_failure_is_raised(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda least, most: least)
    failures = [RetryableError(DOWN) for _ in range(6)]
    send, attempts = failing(*failures)
    with pytest.raises(RetryableError) as raised:
        call_with_retries(send)
    assert raised.value is failures[4]
    assert (attempts, waits) == ([1, 2, 3, 4, 5], [0.5, 1.0, 2.0, 4.0])


@pytest.mark.parametrize("error", [RequestError(DOWN), DOWN, OSError("no"), KeyboardInterrupt()], ids=repr)
def test_other_errors_are_not_retried(error: Any, waits: list[float]) -> None:
    send, attempts = failing(error)
    with pytest.raises(type(error)) as raised:
        call_with_retries(send)
    assert raised.value is error
    assert (attempts, waits) == ([1], [])


@pytest.mark.parametrize(("seconds_per_attempt", "attempts"), [(0.0, 5), (11.0, 5), (12.0, 5), (60.0, 3), (301.0, 1)])
def test_no_attempt_begins_after_five_minutes(
    seconds_per_attempt: float, attempts: int, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four waits of a minute fit in, if the attempts are short."""
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    called = []

    def send(attempt: int) -> None:
        called.append(attempt)
        clock[0] += seconds_per_attempt
        raise RetryableError(DOWN, 60.0)

    with pytest.raises(RetryableError):
        call_with_retries(send)
    assert len(called) == attempts


def test_an_error_of_a_request_is_logged_by_its_name_only() -> None:
    error = RetryableError(DOWN, 7.0)
    assert (str(error), error.error, error.retry_after) == ("ServiceError", DOWN, 7.0)
    assert RetryableError(DOWN).retry_after is None
