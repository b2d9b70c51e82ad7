"""Asking ahead: pages that will probably be needed are on their way while the one before is read.

What is asked for ahead changes how long a load takes and nothing else: each page that is used was asked for
just as it would have been one after the other, and what turns out not to be needed is dropped. It is asked
for once only; where that fails, the page is asked for again, patiently, if it turns out to be needed.
"""

import threading
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future, wait
from types import TracebackType
from typing import Generic, Protocol, TypeVar

from requests import Response

from pmframes.errors import PmframesError


class Errand:
    """Counts the requests of a load, and ends them all at once."""

    def __init__(self, sent: int = 0) -> None:
        self.sent = sent
        self._lock = threading.Lock()
        self._is_over = False

    def may_send(self) -> bool:
        """Tell whether a request may be sent, and count it if so."""
        with self._lock:
            self.sent += not self._is_over
            return not self._is_over

    def end(self) -> None:
        """Let nothing more be sent."""
        with self._lock:
            self._is_over = True


GRACE = 1.0
"""Seconds that the end waits for what is under way, so that a service is left in peace afterwards."""

MOST_KEPT = 12

T = TypeVar("T")
Place = TypeVar("Place", bound=Hashable)
Asked = TypeVar("Asked", bound=Hashable, contravariant=True)


class Ask(Protocol[Asked]):
    """How the page at a place is asked for."""

    def __call__(self, place: Asked, errand: Errand, *, patiently: bool) -> Response:
        """Ask for it."""


class Ahead(Generic[Place]):
    """Answers that are under way, by the place they are asked for at; the end of a ``with`` block stops them.

    The asking is done in the background, so that an interrupt is never held up by a service.
    """

    def __init__(self, ask: Ask[Place], sent: int = 0) -> None:
        self.errand = Errand(sent)
        self._ask = ask
        self._under_way: dict[Place, Future[Response]] = {}

    def get(self, wanted: Place, likely: Iterable[Place] = ()) -> Response:
        """Give the answer for a place, and have those under way that will probably be wanted next."""
        answer = self._under_way.pop(wanted, None)
        asked_ahead = answer is not None
        answer = answer or self._begin(wanted, patiently=True)
        for place in likely:
            # What was guessed wrong stays, and must not become more and more.
            if place not in self._under_way and len(self._under_way) < MOST_KEPT:
                self._under_way[place] = self._begin(place, patiently=False)
        try:
            return answer.result()
        except PmframesError:
            if not asked_ahead:
                raise
        return self._begin(wanted, patiently=True).result()

    def _begin(self, place: Place, *, patiently: bool) -> Future[Response]:
        return in_background(lambda: self._ask(place, self.errand, patiently=patiently))

    def __enter__(self) -> "Ahead[Place]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.errand.end()
        if kind is None or issubclass(kind, Exception):
            wait(self._under_way.values(), timeout=GRACE)
        self._under_way.clear()


def in_background(work: Callable[[], T]) -> "Future[T]":
    """Do some work in a thread of its own.

    It is a daemon: Python's own pools would keep an interrupted program from ending until a service answers.
    """
    future: Future[T] = Future()

    def do() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=do, name="pmframes", daemon=True).start()
    return future
