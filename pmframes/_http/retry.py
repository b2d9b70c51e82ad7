"""Retries: which failures are transient, how long to wait for them, and when to give up."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import stamina

from pmframes.errors import PmframesError

MAX_ATTEMPTS = 5
MAX_RETRY_SECONDS = 300.0
FIRST_WAIT_SECONDS = 0.5
MIN_RETRY_AFTER_SECONDS = 1.0
MAX_WAIT_SECONDS = 60.0
TRANSIENT_STATUSES = {429, 500, 502, 503, 504}
_RESET_HEADERS = ("x-ratelimit-reset", "x-rate-limit-reset")

T = TypeVar("T")


class RequestError(Exception):
    """Carries the error of a request out of the retries; stamina logs its name and nothing else."""

    def __init__(self, error: PmframesError) -> None:
        super().__init__(type(error).__name__)
        self.error = error


class RetryableError(RequestError):
    """The error is transient; ``retry_after`` are the seconds to wait, None to back off exponentially."""

    def __init__(self, error: PmframesError, retry_after: float | None = None) -> None:
        super().__init__(error)
        self.retry_after = retry_after


def call_with_retries(send: Callable[[int], T]) -> T:
    """Call a function with the number of the attempt, from 1, until it raises nothing retryable."""
    for attempt in stamina.retry_context(
        on=_backoff,
        attempts=MAX_ATTEMPTS,
        timeout=MAX_RETRY_SECONDS,
        wait_initial=FIRST_WAIT_SECONDS,
        wait_max=MAX_WAIT_SECONDS,
    ):
        with attempt:
            return send(attempt.num)
    raise AssertionError("unreachable")


def _backoff(error: Exception) -> bool | float:
    return isinstance(error, RetryableError) and (error.retry_after or True)


def wait_seconds(status: int, headers: Mapping[str, str], attempt: int) -> float | None:
    """Return how long to wait after a transient status; None to back off exponentially."""
    seconds = parse_retry_after(headers)
    if seconds is None and status == 429:
        seconds = _parse_reset(headers)
        # A quota refills by the minute: the usual first waits would be too short.
        seconds = 4.0 * 2**attempt if seconds is None else seconds
    return None if seconds is None else min(max(seconds, MIN_RETRY_AFTER_SECONDS), MAX_WAIT_SECONDS)


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Parse Retry-After, seconds or a date, into seconds; None where it is missing or malformed."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()


def _parse_reset(headers: Mapping[str, str]) -> float | None:
    """Parse when a quota refills; some services send the moment, some the seconds until then."""
    for name in _RESET_HEADERS:
        value = headers.get(name, "")
        if value.isascii() and value.isdigit():
            seconds = float(value)
            return seconds - time.time() if seconds > 1e9 else seconds
    return None
