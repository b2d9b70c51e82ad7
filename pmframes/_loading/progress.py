"""The progress bar of a load, which never depends on it: a stream may be missing, closed or broken."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import RLock
from typing import Any

from tqdm.auto import tqdm

from pmframes import _fork

REFRESH_SECONDS = 1.0
_are_hidden = ContextVar("_are_hidden", default=False)


@contextmanager
def bars_hidden() -> Iterator[None]:
    """Show no bar within a ``with`` block, unless a load asks for it."""
    token = _are_hidden.set(True)
    try:
        yield
    finally:
        _are_hidden.reset(token)


class _Bar(tqdm):  # type: ignore[type-arg]
    """A bar with a lock that only loads use, and without the thread that watches other bars.

    The one of tqdm is shared with child processes, and stays taken where an interrupt, or the end of a child,
    comes while it is being taken: the loads of all other threads would wait for ever.
    """

    monitor_interval = 0

    def refresh(self, *_: Any, **__: Any) -> None:
        """Draw the bar; without ``with``, the lock would stay taken when the terminal is gone."""
        with self.get_lock():  # type: ignore[no-untyped-call]
            super().refresh(nolock=True)


def _renew_lock() -> None:
    _Bar.set_lock(RLock())


_renew_lock()
# Another thread of the parent process may have drawn a bar just then.
_fork.call_in_child(_renew_lock)


class ProgressBar:
    """Shows how many rows were received; nothing where nobody would see it. A context manager.

    By default it is shown in a terminal, from the first request on, and in a notebook where a load takes longer than
    a second: there a bar stays, empty, in the saved output.
    """

    def __init__(self, title: str, is_wanted: bool | None, unit: str = " rows") -> None:
        self._title = title
        self._rows_before = 0  # of the lists that are complete
        self._refresh_at = time.monotonic() + REFRESH_SECONDS
        self._bar: Any = None
        try:
            if _is_shown(is_wanted):
                delay = 0 if sys.stderr.isatty() else REFRESH_SECONDS
                self._bar = _Bar(desc=title, unit=unit, leave=False, miniters=1, delay=delay)
        except Exception:
            self._bar = None  # as below

    def begin(self, position: int, lists: int) -> None:
        """Say which of several lists the rows that follow are on."""
        if lists > 1 and self._bar is not None:
            self._rows_before = self._bar.n
            self._bar.total = None
            self._call("set_description_str", f"{self._title} ({position + 1} of {lists})")

    def update(self, rows: int, total: int | None = None) -> None:
        """Count rows, of so many on the list where that is known."""
        # A total of one more row only says that there are more.
        if self._bar is not None and total is not None and total > self._bar.n - self._rows_before + rows + 1:
            self._bar.total = self._rows_before + total
        self._call("update", rows)

    def wait(self) -> None:
        """Count the seconds although no rows come; show the bar where it is late by now."""
        if time.monotonic() > self._refresh_at:
            self._refresh_at = time.monotonic() + REFRESH_SECONDS
            self._call("refresh")

    def show(self, notice: str) -> None:
        """Show at once why no rows come, until the notice is empty."""
        self._call("set_postfix_str", notice)

    def _call(self, method: str, *arguments: Any) -> None:
        if self._bar is not None:
            try:
                getattr(self._bar, method)(*arguments)
            except Exception:
                self._bar = None  # what a stream raises is up to the program that set it

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: object) -> None:
        self._call("close")


def _is_shown(is_wanted: bool | None) -> bool:
    if sys.stderr is None or sys.stderr.closed:
        return False
    if is_wanted is None:
        return not _are_hidden.get() and (sys.stderr.isatty() or "ipykernel" in sys.modules)
    return is_wanted
