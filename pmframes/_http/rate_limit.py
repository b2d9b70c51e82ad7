"""The rate limit for the requests of a connection."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WINDOW_SECONDS = 60.0
MAX_IN_FLIGHT = 6


class RateLimiter:
    """Lets a connection send so many requests in any minute, few at a time, and in their order.

    All requests of a minute may be sent in a burst. None is for a service that documents no rate limit.
    """

    def __init__(self, requests_per_minute: int | None) -> None:
        self._sent_at: deque[float] = deque(maxlen=requests_per_minute or 1)
        self._is_limited = requests_per_minute is not None
        self._paused_until = 0.0
        self.reset_after_fork()

    def reset_after_fork(self) -> None:
        """Forget the requests that wait or are in flight: they are the parent process's."""
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()
        self._in_flight = 0

    @contextmanager
    def acquire(self, check_wanted: Callable[[], None]) -> Iterator[None]:
        """Wait until a request may be sent, and count it as in flight within a ``with`` block.

        ``check_wanted`` raises if the request is not to be sent any more; it then takes no slot.
        """
        self._wait_for_slot(check_wanted)
        try:
            yield
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Send nothing for a while, as a service asked for."""
        with self._changed:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def seconds_left(self) -> float:
        """Return how long the next request has to wait, as far as is known."""
        with self._changed:
            return max(self._seconds_left(), 0.0)

    def _wait_for_slot(self, check_wanted: Callable[[], None]) -> None:
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            try:
                check_wanted()
                while not self._is_next(ticket) or self._seconds_left() > 0:
                    _wait(self._changed, self._seconds_left() if self._is_next(ticket) else None)
                    check_wanted()
                # Taken only now: a slot reserved before the wait would count for a minute that is over.
                self._sent_at.append(time.monotonic())
                self._in_flight += 1
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()

    def _is_next(self, ticket: object) -> bool:
        return self._queue[0] is ticket and self._in_flight < MAX_IN_FLIGHT

    def _seconds_left(self) -> float:
        ready_at = self._paused_until
        if self._is_limited and len(self._sent_at) == self._sent_at.maxlen:
            ready_at = max(ready_at, self._sent_at[0] + WINDOW_SECONDS)
        return ready_at - time.monotonic()


def _wait(changed: threading.Condition, seconds: float | None) -> None:
    changed.wait(seconds)
