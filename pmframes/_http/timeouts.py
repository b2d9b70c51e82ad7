"""Timeouts for a whole response: those of requests and urllib3 hold only for each read from the socket."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

from requests import Response
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

CONNECT_AND_READ_TIMEOUT = (10, 60)
"""Seconds to connect, and for each read."""

TOTAL_TIMEOUT = 300.0
"""Seconds until the headers, and after them the body, must be complete."""


def read_body(response: Response) -> Iterator[bytes]:
    """Read a body piece by piece, within the total timeout."""
    deadline = time.monotonic() + TOTAL_TIMEOUT
    while piece := response.raw.read1(2**20, decode_content=True):
        yield piece
        if time.monotonic() > deadline:
            raise TimeoutError


class _HTTPConnection(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        is_timed_out = threading.Event()
        timer = threading.Timer(TOTAL_TIMEOUT, self._shut_down, [is_timed_out])
        timer.daemon = True
        timer.start()
        try:
            return super().getresponse()
        except Exception:
            if is_timed_out.is_set():
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()

    def _shut_down(self, is_timed_out: threading.Event) -> None:
        is_timed_out.set()
        # Not the method of a TLS socket, which would take the encryption away from the reading thread.
        with suppress(OSError, TypeError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class _HTTPSConnection(_HTTPConnection, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


POOL_CLASSES = {"http": _HTTPPool, "https": _HTTPSPool}
"""The pool class for each scheme of a URL."""
