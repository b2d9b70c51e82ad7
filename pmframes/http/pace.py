"""How fast a service may be asked."""

import threading
import time
from collections import deque

from pmframes.http.errand import Errand

MINUTE = 60.0
MOST_IN_FLIGHT = 6


class Pace:
    """Holds requests back so that no more than so many are sent in any minute.

    A burst of all of them at once is allowed; None means that the service names no rate.
    """

    def __init__(self, per_minute: int | None) -> None:
        self._lock = threading.Lock()
        self._sent: deque[float] = deque(maxlen=per_minute or 1)
        self._is_limited = per_minute is not None
        self.in_flight = threading.BoundedSemaphore(MOST_IN_FLIGHT)

    def wait(self, errand: Errand) -> None:
        """Wait until the next request may be sent, or its errand ends."""
        if self._is_limited:
            errand.pause(self._next() - time.monotonic())

    def _next(self) -> float:
        with self._lock:
            now = time.monotonic()
            is_full = len(self._sent) == self._sent.maxlen
            moment = max(now, self._sent[0] + MINUTE) if is_full else now
            self._sent.append(moment)
            return moment
