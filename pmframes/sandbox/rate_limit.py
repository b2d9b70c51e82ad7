"""A rate limit per service, counted in fixed windows of a minute."""

from __future__ import annotations

import time
from threading import Lock
from typing import NamedTuple

_WINDOW_SECONDS = 60.0


class RateLimitStatus(NamedTuple):
    """The state of the rate limit after a request was counted."""

    is_allowed: bool
    limit: int
    remaining: int
    wait_seconds: int
    """Whole seconds until the window ends."""
    reset_at: int
    """End of the window, in seconds since the epoch."""


class FixedWindowLimit:
    """Counts requests in windows of a minute; a window begins with its first request."""

    def __init__(self, per_minute: int) -> None:
        self._limit = per_minute
        self._lock = Lock()
        self._started = float("-inf")
        self._requests = 0

    def acquire(self) -> RateLimitStatus:
        """Count one request."""
        with self._lock:
            now = time.monotonic()
            if now - self._started >= _WINDOW_SECONDS:
                self._started, self._requests = now, 0
            self._requests += 1
            remaining = self._limit - self._requests
            wait_seconds = max(1, round(self._started + _WINDOW_SECONDS - now))
        return RateLimitStatus(
            remaining >= 0, self._limit, max(remaining, 0), wait_seconds, int(time.time()) + wait_seconds
        )
