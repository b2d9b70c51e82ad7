"""A time limit for a whole response: the timeouts of requests and urllib3 hold for each read from the socket."""

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

CONNECT_AND_READ_TIMEOUT = (10, 60)
"""Seconds to connect, and for each read."""

TOTAL_TIMEOUT = 300.0
"""Seconds until a response must be complete, from the handshake to the end of the body."""

MAX_INTERIM_RESPONSES = 100


class _Watch:
    """Shuts the socket of one request down, so that no read of it goes on, however little it waits for."""

    def __init__(self) -> None:
        self.is_expired = False
        self._handles: list[socket.socket] | None = []
        self._lock = threading.Lock()

    def add(self, file_number: int) -> None:
        """Watch a socket, by a handle of its own: TLS and responses take over the original."""
        with self._lock:
            if self._handles is not None:
                self._handles.append(socket.fromfd(file_number, socket.AF_INET, socket.SOCK_STREAM))

    def expire(self) -> None:
        """Shut the sockets down, unless the request is over: they may serve another one."""
        with self._lock:
            self.is_expired = self._handles is not None
            for handle in self._handles or ():
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        with self._lock:
            for handle in self._handles or ():
                handle.close()
            self._handles = None


_watch: ContextVar[_Watch | None] = ContextVar("_watch", default=None)


@contextmanager
def total_timeout() -> Iterator[Callable[[], None]]:
    """Raise ``TimeoutError`` if the request and its response take longer than the total timeout.

    What is yielded ends them at once, from any thread.
    """
    watch = _Watch()
    timer = threading.Timer(TOTAL_TIMEOUT, watch.expire)
    timer.daemon = True
    with suppress(RuntimeError):  # without threads, as in Pyodide, each read has its timeout alone
        timer.start()
    token = _watch.set(watch)
    try:
        yield watch.expire
    except Exception:
        if watch.is_expired:
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
        watch.end()
        _watch.reset(token)
    # A body that ends where its connection does has no other sign that it was cut.
    if watch.is_expired:
        raise TimeoutError


class _Response(http.client.HTTPResponse):
    def begin(self) -> None:
        """Read the status and the headers, and skip the interim responses before them, such as 103."""
        super().begin()
        skipped = 0
        while HTTPStatus.CONTINUE <= self.status < HTTPStatus.OK and self.status != HTTPStatus.SWITCHING_PROTOCOLS:
            skipped += 1
            if skipped > MAX_INTERIM_RESPONSES:
                raise http.client.HTTPException("too many interim responses")
            self.headers = None  # type: ignore[assignment]
            super().begin()


class _HTTPConnection(HTTPConnection):
    # Otherwise that of http.client, which would print the credential.
    debuglevel = 0
    response_class = _Response

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        _add_to_watch(connected)
        return connected

    def request(self, *args: Any, **options: Any) -> None:
        _add_to_watch(self.sock)
        super().request(*args, **options)


def _add_to_watch(connected: socket.socket | None) -> None:
    if connected is not None and (watch := _watch.get()) is not None:
        watch.add(connected.fileno())


class _HTTPSConnection(_HTTPConnection, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


POOL_CLASSES = {"http": _HTTPPool, "https": _HTTPSPool}
"""The pool class for each scheme of a URL."""
