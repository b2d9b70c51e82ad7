"""How fast a service may be asked."""

import threading
import time
from collections import deque

MINUTE_SECONDS = 60.0
MAX_IN_FLIGHT = 6


class RateLimiter:
    """Holds the requests of one connection back so that no more than so many are sent in any minute.

    A burst of all of them at once is allowed; None means that the service names no rate.
    """

    def __init__(self, per_minute: int | None) -> None:
        self.in_flight = threading.BoundedSemaphore(MAX_IN_FLIGHT)
        self._lock = threading.Lock()
        self._sent: deque[float] = deque(maxlen=per_minute or 1)
        self._is_limited = per_minute is not None
        self._paused_until = 0.0

    def acquire(self) -> None:
        """Wait until the next request may be sent."""
        moment = self._next()
        _sleep_until(moment)
        if self._paused_until > moment:  # it was held meanwhile
            _sleep_until(self._paused_until)

    def pause(self, seconds: float) -> None:
        """Send nothing for a while, as a service asked for."""
        with self._lock:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def _next(self) -> float:
        with self._lock:
            moment = max(time.monotonic(), self._paused_until)
            if self._is_limited and len(self._sent) == self._sent.maxlen:
                moment = max(moment, self._sent[0] + MINUTE_SECONDS)
            self._sent.append(moment)
            return moment


def _sleep_until(moment: float) -> None:
    if (seconds := moment - time.monotonic()) > 0:
        time.sleep(seconds)
