"""So many requests a minute, counted for each service."""

from __future__ import annotations

import time
from threading import Lock
from typing import NamedTuple

_MINUTE = 60.0


class Allowance(NamedTuple):
    """What is left after a request was counted."""

    allowed: bool
    limit: int
    remaining: int
    wait: int
    """Whole seconds until the minute is over."""
    reset: int
    """The same moment in seconds of the epoch."""


class RateLimit:
    """Counts requests in minutes that begin with the first request."""

    def __init__(self, per_minute: int) -> None:
        self._limit = per_minute
        self._lock = Lock()
        self._started = float("-inf")
        self._taken = 0

    def take(self) -> Allowance:
        """Count one request."""
        with self._lock:
            now = time.monotonic()
            if now - self._started >= _MINUTE:
                self._started, self._taken = now, 0
            self._taken += 1
            taken, wait = self._taken, max(1, round(self._started + _MINUTE - now))
        left = self._limit - taken
        return Allowance(left >= 0, self._limit, max(left, 0), wait, int(time.time()) + wait)
