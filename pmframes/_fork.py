"""A child process made by ``os.fork()`` uses no lock, socket or database handle of its parent."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet

if TYPE_CHECKING:
    from functools import cached_property as cached_property
else:

    class cached_property:  # noqa: N801
        """As ``functools.cached_property`` from Python 3.12 on.

        The one of 3.11 has a lock for all objects: a child would wait for ever where another thread had it.
        """

        def __init__(self, function: Callable[[Any], Any]) -> None:
            self.function = function
            self.__doc__ = function.__doc__

        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            if instance is None:
                return self
            return instance.__dict__.setdefault(self.function.__name__, self.function(instance))


MAX_WAIT_SECONDS = 5.0
"""How long a fork waits for databases to be closed."""


class Resettable(Protocol):
    """Holds locks, sockets or threads, and sets them up anew in a child process."""

    def reset_after_fork(self) -> None:
        """Forget what belongs to the parent process."""


_objects: "WeakSet[Resettable]" = WeakSet()


def reset_in_child(resettable: Resettable) -> None:
    """Reset an object in every child process, as long as the object exists."""
    _objects.add(resettable)


def call_in_child(function: Callable[[], None], before: Callable[[], None] = lambda: None) -> None:
    """Call a function in every child process, and ``before`` in the thread that makes one."""
    if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
        os.register_at_fork(before=before, after_in_child=function)


class _DatabaseGate:
    """Delays a fork while another thread has a database open.

    SQLite keeps in memory which locks the process holds. A child that inherits them would wait for ever, or
    write although another process does.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._threads: Counter[int] = Counter()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Let no fork happen within a ``with`` block."""
        thread = threading.get_ident()
        with self._changed:
            self._threads[thread] += 1
        try:
            yield
        finally:
            with self._changed:
                self._threads[thread] -= 1
                self._threads += Counter()  # without those that are 0
                self._changed.notify_all()

    def before_fork(self) -> None:
        """Wait until no other thread has a database open, and keep them from opening one."""
        self._changed.acquire()
        self._changed.wait_for(lambda: self._threads.keys() <= {threading.get_ident()}, MAX_WAIT_SECONDS)

    def after_fork(self) -> None:
        """Let databases be opened again."""
        self._changed.release()


database_gate = _DatabaseGate()


def _reset_objects() -> None:
    database_gate.__init__()  # type: ignore[misc]
    for resettable in list(_objects):
        resettable.reset_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=database_gate.before_fork, after_in_parent=database_gate.after_fork)
    call_in_child(_reset_objects)
