"""The HTTP server under the services: its connections, and what it refuses before a service sees it."""

from __future__ import annotations

import io
import socket
import sys
import time
from contextlib import suppress
from http import HTTPStatus
from ipaddress import ip_address
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from . import fault_injection
from ._json import encode
from .active_faults import TriggeredFault
from .service import MAX_BODY_BYTES, build_json_response

_CHUNK_BYTES = 2**16


class _Body(io.RawIOBase):
    """The body of a request; only what the handler reads is read from the connection."""

    def __init__(self, handler: _Handler, length: int) -> None:
        super().__init__()
        self._handler = handler
        self._deadline: float | None = None
        self.awaits_continue = handler.headers.get("Expect", "").lower() == "100-continue"
        self.bytes_left = length

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes; none if the body ends, or did not arrive in time."""
        handler = self._handler
        if self.awaits_continue:
            self.awaits_continue = False
            handler.send_response_only(HTTPStatus.CONTINUE)
            handler.end_headers()
        # One for the whole body: a client may send it byte by byte, for ever.
        self._deadline = self._deadline or time.monotonic() + handler.server.read_seconds
        handler.server.set_deadline(handler.connection, self._deadline)
        try:
            chunk = handler.rfile.read1(min(len(buffer), self.bytes_left))
        finally:
            handler.server.set_deadline(handler.connection, None)
        buffer[: len(chunk)] = chunk
        self.bytes_left -= len(chunk)
        return len(chunk)

    def discard(self) -> None:
        """Read to the end and keep nothing."""
        while self.bytes_left and self.read(_CHUNK_BYTES):
            pass


class _Handler(WSGIRequestHandler):
    """Keeps connections alive, which werkzeug's own handler does not, and logs nothing."""

    server: Server
    rfile: io.BufferedReader
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60.0
    """Seconds for which a client may leave a response unread."""

    def handle_one_request(self) -> None:
        """Handle a request whose head arrives in time."""
        self.server.set_deadline(self.connection, time.monotonic() + self.server.read_seconds)
        super().handle_one_request()

    def handle_expect_100(self) -> bool:
        """Leave ``100 Continue`` to the body, which may never be asked for."""
        return True

    def run_wsgi(self) -> None:
        """Respond. What is left of the body is discarded, or the next request could not be parsed."""
        self.server.set_deadline(self.connection, None)
        length = self._parse_length()
        body = _Body(self, length or 0)
        triggered: list[TriggeredFault] = []
        chunks, status, headers = run_wsgi_app(*self._prepare(length, body, triggered))
        is_body_too_long = body.bytes_left > MAX_BODY_BYTES
        is_end_unknown = length is None or "Transfer-Encoding" in self.headers or body.awaits_continue
        self.close_connection |= is_body_too_long or is_end_unknown
        code, _, phrase = status.partition(" ")
        self.send_response_only(int(code), phrase)
        for key, value in headers:
            self.send_header(key, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if not fault_injection.send_body(self.connection, b"".join(chunks), triggered):
            self.close_connection = True
            return
        if is_body_too_long:
            # A connection that is closed with unread bytes is reset, and the response may be lost.
            self.connection.shutdown(socket.SHUT_WR)
        if not body.awaits_continue:
            body.discard()

    def _prepare(self, length: int | None, body: _Body, triggered: list[TriggeredFault]) -> tuple[Any, dict[str, Any]]:
        """Return the application that responds, and its environment."""
        try:
            environ = self.make_environ()
        except ValueError:  # a URL that cannot be parsed
            environ, length = {"REQUEST_METHOD": self.command}, None
        if length is None:
            return _build_refusal(HTTPStatus.BAD_REQUEST, "The request is malformed."), environ
        if not self.server.is_own_name(environ.get("HTTP_HOST", "")):
            # A web page that has its own name resolve to this machine could otherwise read the responses.
            return _build_refusal(HTTPStatus.MISDIRECTED_REQUEST, "The sandbox answers to localhost only."), environ
        environ |= {"wsgi.input": body, "CONTENT_LENGTH": str(length)}
        environ[fault_injection.TRANSFER_FAULTS_KEY] = triggered
        return self.server.app, environ

    def _parse_length(self) -> int | None:
        """Return the length of the body, 0 where it is sent in chunks; None where it is malformed."""
        if "Transfer-Encoding" in self.headers:
            return 0
        lengths = set(self.headers.get_all("Content-Length", ["0"]))
        length = lengths.pop()
        if lengths or not (length.isascii() and length.isdecimal()):
            return None
        return int(length) if len(length) < 19 else sys.maxsize

    def log(self, *_: Any, **__: Any) -> None:
        """Log nothing: a request line may contain personal data, a header contains the token."""


def _build_refusal(status: HTTPStatus, message: str) -> Response:
    response = build_json_response(encode({"message": message}), status)
    response.headers["X-Fictional-Data"] = "yes"
    return response


class Server(ThreadedWSGIServer):
    """Serves one application on one port, in a thread.

    Raises
    ------
    OSError
        The port is in use, or not permitted.
    RuntimeError
        No thread can be started.
    """

    read_seconds = 15.0
    """Seconds within which the head of a request, and its body, have to arrive."""

    def __init__(self, host: str, port: int, app: Any) -> None:
        with socket.create_server((host, port)) as listening:
            address, self.port = listening.getsockname()[:2]
            super().__init__(address, self.port, app, _Handler, fd=listening.fileno())
        self._own_names = {host.lower(), "localhost"}
        self._deadlines: dict[socket.socket, float | None] = {}
        self._lock = Lock()
        self._thread = Thread(target=self.serve_forever, args=(0.02,), name="pmframes sandbox", daemon=True)
        try:
            self._thread.start()
        except BaseException:
            self.server_close()
            raise

    def is_own_name(self, host: str) -> bool:
        """Return whether a ``Host`` names this machine: an address does, which no name server can change."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        try:
            ip_address(name)
        except ValueError:
            return name in self._own_names
        return True

    def set_deadline(self, connection: socket.socket, deadline: float | None) -> None:
        """Have a connection closed at a time, in seconds of the monotonic clock; None for never."""
        with self._lock:
            self._deadlines[connection] = deadline

    def service_actions(self) -> None:
        """Shut down the connections that are past their deadlines."""
        now = time.monotonic()
        with self._lock:
            late = [each for each, deadline in self._deadlines.items() if deadline is not None and deadline < now]
        _shut_down(late)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Handle a new connection."""
        self.set_deadline(request, time.monotonic() + self.read_seconds)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        with self._lock:
            self._deadlines.pop(request, None)
        super().shutdown_request(request)

    def stop(self) -> None:
        """Close every connection that is still open, and release the port."""
        self.shutdown()
        self._thread.join()
        with self._lock:
            connections = list(self._deadlines)
        _shut_down(connections)


def _shut_down(connections: list[socket.socket]) -> None:
    for connection in connections:
        with suppress(OSError):  # the client closed it first
            connection.shutdown(socket.SHUT_RDWR)
