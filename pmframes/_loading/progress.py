"""The progress bar of a load, which never depends on it: a stream may be missing, closed or broken."""

import sys
from threading import RLock
from typing import Any

from tqdm.auto import tqdm

from pmframes import _fork

# Another thread of the parent process may have drawn a bar, under the lock that all bars share.
_fork.call_in_child(lambda: tqdm.set_lock(RLock()))


class ProgressBar:
    """Shows how many rows were received; nothing where nobody would see it. A context manager.

    By default it is shown in a terminal and in a notebook.
    """

    def __init__(self, title: str, is_wanted: bool | None) -> None:
        self._bar: Any = None
        try:
            if _is_shown(is_wanted):
                self._bar = tqdm(desc=title, unit=" rows", delay=1, leave=False)
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
