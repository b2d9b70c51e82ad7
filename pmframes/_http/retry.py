"""An answer that comes as a whole within a time: a timeout of Python only holds for each piece of it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

from requests import Response
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

TOTAL_TIMEOUT = 300.0
"""Seconds in which the headers, and then the body, have to be there."""


def read_body(response: Response) -> Iterator[bytes]:
    """Read a body as it comes, and not for ever."""
    deadline = time.monotonic() + TOTAL_TIMEOUT
    while piece := response.raw.read1(2**20, decode_content=True):
        yield piece
        if time.monotonic() > deadline:
            raise TimeoutError


class _Connection(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        given_up = threading.Event()
        timer = threading.Timer(TOTAL_TIMEOUT, self._give_up, [given_up])
        timer.daemon = True
        timer.start()
        try:
            return super().getresponse()
        except Exception:
            if given_up.is_set():
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()

    def _give_up(self, given_up: threading.Event) -> None:
        given_up.set()
        # Not the method of an encrypted socket: it would take the encryption from the reader.
        with suppress(OSError, TypeError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class _TlsConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


POOLS = {"http": _Pool, "https": _TlsPool}
"""What a pool manager is to make its pools of, by the scheme of the URL."""
