"""Python's garbage collector, which otherwise walks over all rows again and again while they are read."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class _Pause:
    """How many threads want the collector to pause, and whether it ran before the first of them."""

    lock = Lock()
    wanted = 0
    ran_before = False


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the collector; the last thread that leaves restores what the first one found."""
    with _Pause.lock:
        if not _Pause.wanted:
            _Pause.ran_before = gc.isenabled()
            gc.disable()
        _Pause.wanted += 1
    try:
        yield
    finally:
        with _Pause.lock:
            _Pause.wanted -= 1
            if not _Pause.wanted and _Pause.ran_before:
                gc.enable()
