"""Calls at the top level, where the default of the process is set, while a load is under way in another thread."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

SECONDS = 60


class TopLevel:
    """Loads in a thread, and calls here, in the main thread, what the threads of a server ask for."""

    def __init__(self) -> None:
        self._calls: queue.Queue[tuple[Callable[[], Any], threading.Event] | None] = queue.Queue()

    def call(self, work: Callable[[], Any]) -> None:
        """Let the main thread call this, and wait until it has."""
        done = threading.Event()
        self._calls.put((work, done))
        assert done.wait(SECONDS)

    def load(self, load: Callable[[], Any]) -> Any:
        """Load in a thread that has no connection of its own; return or raise what the load does."""
        with ThreadPoolExecutor(1) as pool:
            loading = pool.submit(load)
            loading.add_done_callback(lambda _: self._calls.put(None))
            while call := self._calls.get(timeout=SECONDS):
                work, done = call
                work()
                done.set()
            return loading.result()
