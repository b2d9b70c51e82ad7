"""The progress bar of a load, which never depends on it: a stream may be missing, closed or broken."""

import sys
from threading import RLock
from typing import Any

from tqdm.auto import tqdm

from pmframes import _fork


class _Bar(tqdm):  # type: ignore[type-arg]
    """A bar with a lock that only loads use.

    The one of tqdm is shared with child processes, and stays taken where an interrupt, or the end of a child,
    comes while it is being taken: the loads of all other threads would wait for ever.
    """

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

    By default it is shown in a terminal and in a notebook.
    """

    def __init__(self, title: str, is_wanted: bool | None) -> None:
        self._bar: Any = None
        try:
            if _is_shown(is_wanted):
                self._bar = _Bar(desc=title, unit=" rows", delay=1, leave=False)
        except Exception:
            self._bar = None  # as below

    def update(self, rows: int) -> None:
        """Count rows."""
        self._call("update", rows)

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
    return (sys.stderr.isatty() or "ipykernel" in sys.modules) if is_wanted is None else is_wanted
