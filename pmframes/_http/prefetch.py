"""Prefetching: pages that will probably be needed are requested while the one before is read.

Prefetching changes how long a load takes and nothing else. Each page that is used was requested exactly as it
would have been one after the other; a wrong guess is dropped. A prefetch is tried once; if it fails, the page
is requested again, with retries, when it turns out to be needed.
"""

import os
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Generic, TypeVar

from requests import Response

from pmframes.errors import IncompleteLoad, InvalidArgument, PmframesError

DRAIN_TIMEOUT = 1.0
"""Seconds to wait at the end for requests in flight, so that the service gets no more afterwards."""

MAX_PREFETCHED = 12


TIMEOUT_VARIABLE = "PMFRAMES_LOAD_TIMEOUT"
_POLL_SECONDS = 0.2
# The seconds that a load may take, and the end of them on the monotonic clock
_limit: ContextVar[tuple[float, float] | None] = ContextVar("_limit", default=None)


@contextmanager
def load_timeout() -> Iterator[None]:
    """Hold all requests within a ``with`` block to the time limit that the environment sets for a load.

    Raises
    ------
    InvalidArgument
        The variable is not a number of seconds.
    """
    value = os.environ.get(TIMEOUT_VARIABLE)
    if not value:
        yield
        return
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise InvalidArgument(f"{TIMEOUT_VARIABLE} is not a number of seconds above zero.", "Write it as 600.")
    token = _limit.set((seconds, time.monotonic() + seconds))
    try:
        yield
    finally:
        _limit.reset(token)


class Cancellation:
    """Ends loads from another thread: those that run within a ``with`` block of its ``watched()``."""

    def __init__(self) -> None:
        self.is_cancelled = False

    def cancel(self) -> None:
        """End the loads; they send no further request."""
        self.is_cancelled = True

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Let loads be ended within a ``with`` block."""
        token = _cancellation.set(self)
        try:
            yield
        finally:
            _cancellation.reset(token)


_cancellation: ContextVar[Cancellation | None] = ContextVar("_cancellation", default=None)


class RequestScope:
    """The requests of one load: counted, and cancelled together; ``notice`` says what they wait for.

    ``may_have_acted`` says that a service may have done what a failed one asked.
    """

    def __init__(self, count: int = 0) -> None:
        self.count = count
        self.notice = ""
        self.is_cancelled = False
        self.may_have_acted = False
        self._lock = threading.Lock()
        self._in_flight: set[Callable[[], None]] = set()

    def acquire(self) -> bool:
        """Count a request; False if the scope was cancelled and it must not be sent."""
        with self._lock:
            self.count += not self.is_cancelled
            return not self.is_cancelled

    def cancel(self) -> None:
        """Allow no further request."""
        with self._lock:
            self.is_cancelled = True

    @contextmanager
    def abortable(self, abort: Callable[[], None]) -> Iterator[None]:
        """Let ``abort`` end the request that is sent within a ``with`` block."""
        self._in_flight.add(abort)
        try:
            yield
        finally:
            self._in_flight.discard(abort)

    def abort(self) -> None:
        """End the requests in flight: nobody waits for them, and later loads wait for their places."""
        for abort in list(self._in_flight):
            abort()


T = TypeVar("T")
Ref = TypeVar("Ref", bound=Hashable)


class Prefetcher(Generic[Ref]):
    """Responses in flight, by the reference of their page; the end of a ``with`` block cancels them.

    Requests are sent from daemon threads, so that a service never delays an interrupt. ``fetch`` requests a
    page by its reference; it retries transient failures only where its last argument, ``retry``, is true.
    """

    def __init__(self, fetch: Callable[[Ref, RequestScope, bool], Response], count: int = 0) -> None:
        self.scope = RequestScope(count)
        self.on_notice: Callable[[str], None] | None = None
        self.on_wait: Callable[[], None] | None = None
        self._fetch = fetch
        self._pending: dict[Ref, Future[Response]] = {}

    def get(self, ref: Ref, upcoming: Iterable[Ref] = ()) -> Response:
        """Return the response for a page, and prefetch those that will probably be needed next.

        Raises
        ------
        IncompleteLoad
            The time limit for the whole load is over.
        """
        prefetched = self._pending.pop(ref, None)
        response = prefetched or self._start(ref, retry=True)
        for following in upcoming:
            # Wrong guesses stay pending, so they must not pile up.
            if following not in self._pending and len(self._pending) < MAX_PREFETCHED:
                self._pending[following] = self._start(following, retry=False)
        try:
            return self._await(response)
        except PmframesError:
            if prefetched is None or not response.done():
                raise
        return self._await(self._start(ref, retry=True))

    def _await(self, response: Future[Response]) -> Response:
        """Wait for a response, and hand on what the requests wait for: here, since a bar is drawn by one thread."""
        shown, limit, cancellation = "", _limit.get(), _cancellation.get()
        while not response.done():
            if cancellation is not None and cancellation.is_cancelled:
                raise PmframesError("The load was cancelled; nothing was returned or cached.")
            wait([response], timeout=_POLL_SECONDS)
            if self.on_wait is not None:
                self.on_wait()
            if self.on_notice is not None and self.scope.notice != shown:
                shown = self.scope.notice
                self.on_notice(shown)
            if limit is not None and time.monotonic() > limit[1]:
                break
        if shown and self.on_notice is not None:
            self.on_notice("")
        if limit is not None and time.monotonic() > limit[1]:
            raise IncompleteLoad(
                f"The load took longer than {TIMEOUT_VARIABLE} allows ({limit[0]:g} seconds). No rows are returned.",
                "Raise the limit, or load less at a time.",
            )
        return response.result()

    def _start(self, ref: Ref, *, retry: bool) -> Future[Response]:
        return run_in_daemon_thread(lambda: self._fetch(ref, self.scope, retry))

    def __enter__(self) -> "Prefetcher[Ref]":
        return self

    def __exit__(self, kind: type[BaseException] | None, *details: object) -> None:
        self.scope.cancel()
        if kind is None or issubclass(kind, Exception):
            wait(self._pending.values(), timeout=DRAIN_TIMEOUT)
        self._pending.clear()
        self.scope.abort()


def run_in_daemon_thread(work: Callable[[], T]) -> "Future[T]":
    """Run a function in a thread and context of its own and return its future.

    The thread pools of Python would keep an interrupted program alive until a service answers. Where no thread
    can be started, as in Pyodide, it runs here and now.
    """
    future: Future[T] = Future()
    context = copy_context()

    def run() -> None:
        try:
            future.set_result(context.run(work))
        except BaseException as error:
            future.set_exception(error)

    try:
        threading.Thread(target=run, name="pmframes", daemon=True).start()
    except RuntimeError:
        run()
    return future
