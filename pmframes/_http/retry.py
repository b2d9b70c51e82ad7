"""Retries: which failures are transient, how long to wait for them, and when to give up."""

import re
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
MAX_BACKOFF_SECONDS = 60.0
MAX_WAIT_SECONDS = 300.0
"""The longest Retry-After that is waited for."""

_TRANSIENT_STATUSES = {408, 425, 429}
_PERMANENT_STATUSES = {501, 505}
_RESET_HEADERS = ("x-ratelimit-reset", "x-rate-limit-reset")

T = TypeVar("T")


class RequestError(Exception):
    """Carries the error of a request out of the retries; stamina logs its name and nothing else.

    With ``may_have_acted``, the service may have done what it was asked all the same.
    """

    def __init__(self, error: PmframesError, *, may_have_acted: bool = False) -> None:
        super().__init__(type(error).__name__)
        self.error = error
        self.may_have_acted = may_have_acted


class RetryableError(RequestError):
    """The error is transient; ``retry_after`` are the seconds to wait, None to back off exponentially."""

    def __init__(self, error: PmframesError, retry_after: float | None = None, *, may_have_acted: bool = True) -> None:
        super().__init__(error, may_have_acted=may_have_acted)
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


def is_transient(status: int) -> bool:
    """Return whether the same request may succeed later."""
    return status in _TRANSIENT_STATUSES or (status >= 500 and status not in _PERMANENT_STATUSES)


def wait_seconds(status: int, headers: Mapping[str, str], attempt: int) -> float | None:
    """Return how long to wait after a transient status; None to back off exponentially."""
    seconds = parse_retry_after(headers)
    if seconds is None and status == 429:
        seconds = _parse_reset(headers)
        # A quota refills by the minute: the usual first waits would be too short. Not all services mean the
        # same by a reset, so it is not trusted for longer than that.
        seconds = min(4.0 * 2**attempt if seconds is None else seconds, MAX_BACKOFF_SECONDS)
    return None if seconds is None else max(seconds, MIN_RETRY_AFTER_SECONDS)


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Parse Retry-After, seconds or a date, into seconds; None where it is missing or malformed.

    Several headers come as one, joined by commas; the longest wait counts.
    """
    waits = map(_parse_seconds, _RETRY_AFTER.findall(headers.get("Retry-After", "")))
    return max((seconds for seconds in waits if seconds is not None), default=None)


# A date has a comma of its own.
_RETRY_AFTER = re.compile(r"\s*((?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,)?[^,]+)", re.IGNORECASE)


def _parse_seconds(value: str) -> float | None:
    if re.fullmatch(r"[0-9]+(\.[0-9]*)?", value.strip()):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()


def _parse_reset(headers: Mapping[str, str]) -> float | None:
    """Parse when a quota refills; some services send the moment, some the seconds until then."""
    values = [seconds for name in _RESET_HEADERS if (seconds := _parse_seconds(headers.get(name, ""))) is not None]
    return max((seconds - time.time() if seconds > 1e9 else seconds for seconds in values), default=None)
