"""Whether the network may be used."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_blocks = 0


def is_offline() -> bool:
    """Whether any thread is within a block of ``offline()``."""
    return _blocks > 0


@contextmanager
def offline() -> Iterator[None]:
    """Use what is cached, at any age, and touch no network within a ``with`` block.

    It holds for the whole process, also for loads that other threads begin meanwhile. Each load says how old
    what it serves is; what is not cached, and ``refresh=True``, raises ``OfflineMiss``. No token function is
    called.
    """
    global _blocks
    with _lock:
        _blocks += 1
    try:
        yield
    finally:
        with _lock:
            _blocks -= 1
