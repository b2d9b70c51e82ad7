"""The requests behind one load: how many were sent, and whether more may be."""

import threading


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
