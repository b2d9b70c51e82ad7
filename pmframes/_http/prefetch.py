"""Prefetching: pages that will probably be needed are requested while the one before is read.

Prefetching changes how long a load takes and nothing else. Each page that is used was requested exactly as it
would have been one after the other; a wrong guess is dropped. A prefetch is tried once; if it fails, the page
is requested again, with retries, when it turns out to be needed.
"""

import threading
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future, wait
from contextvars import copy_context
from typing import Generic, TypeVar

from requests import Response

from pmframes.errors import PmframesError

DRAIN_TIMEOUT = 1.0
"""Seconds to wait at the end for requests in flight, so that the service gets no more afterwards."""

MAX_PREFETCHED = 12


class RequestScope:
    """The requests of one load: counted, and cancelled together."""

    def __init__(self, count: int = 0) -> None:
        self.count = count
        self.is_cancelled = False
        self._lock = threading.Lock()

    def acquire(self) -> bool:
        """Count a request; False if the scope was cancelled and it must not be sent."""
        with self._lock:
            self.count += not self.is_cancelled
            return not self.is_cancelled

    def cancel(self) -> None:
        """Allow no further request."""
        with self._lock:
            self.is_cancelled = True


T = TypeVar("T")
Ref = TypeVar("Ref", bound=Hashable)


class Prefetcher(Generic[Ref]):
    """Responses in flight, by the reference of their page; the end of a ``with`` block cancels them.

    Requests are sent from daemon threads, so that a service never delays an interrupt. ``fetch`` requests a
    page by its reference; it retries transient failures only where its last argument, ``retry``, is true.
    """

    def __init__(self, fetch: Callable[[Ref, RequestScope, bool], Response], count: int = 0) -> None:
        self.scope = RequestScope(count)
        self._fetch = fetch
        self._pending: dict[Ref, Future[Response]] = {}

    def get(self, ref: Ref, upcoming: Iterable[Ref] = ()) -> Response:
        """Return the response for a page, and prefetch those that will probably be needed next."""
        prefetched = self._pending.pop(ref, None)
        response = prefetched or self._start(ref, retry=True)
        for following in upcoming:
            # Wrong guesses stay pending, so they must not pile up.
            if following not in self._pending and len(self._pending) < MAX_PREFETCHED:
                self._pending[following] = self._start(following, retry=False)
        try:
            return response.result()
        except PmframesError:
            if prefetched is None:
                raise
        return self._start(ref, retry=True).result()

    def _start(self, ref: Ref, *, retry: bool) -> Future[Response]:
        return run_in_daemon_thread(lambda: self._fetch(ref, self.scope, retry))

    def __enter__(self) -> "Prefetcher[Ref]":
        return self

    def __exit__(self, kind: type[BaseException] | None, *details: object) -> None:
        self.scope.cancel()
        if kind is None or issubclass(kind, Exception):
            wait(self._pending.values(), timeout=DRAIN_TIMEOUT)
        self._pending.clear()


def run_in_daemon_thread(work: Callable[[], T]) -> "Future[T]":
    """Run a function in a thread and context of its own and return its future.

    The thread pools of Python would keep an interrupted program alive until a service answers.
    """
    future: Future[T] = Future()
    context = copy_context()

    def run() -> None:
        try:
            future.set_result(context.run(work))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="pmframes", daemon=True).start()
    return future
