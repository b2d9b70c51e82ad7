"""What a child process made by ``os.fork()`` must not inherit; real forks are in ``tests/e2e/test_forks.py``."""

import threading

from pmframes import _fork
from pmframes._http.prefetch import run_in_daemon_thread


class Slow:
    """Has a property that waits for an event."""

    def __init__(self) -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()

    @_fork.cached_property
    def value(self) -> object:
        self.begun.set()
        self.may_end.wait(60)
        return object()


def test_computing_a_cached_property_takes_no_lock():
    """A child process would inherit it from another thread, taken for ever, as on Python 3.11."""
    slow, other = Slow(), Slow()
    other.may_end.set()
    first = run_in_daemon_thread(lambda: slow.value)
    assert slow.begun.wait(60)
    try:
        run_in_daemon_thread(lambda: other.value).result(timeout=60)
    finally:
        slow.may_end.set()
    assert first.result(timeout=60) is slow.value
