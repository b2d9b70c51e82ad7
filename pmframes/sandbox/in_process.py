"""Calls the sandbox without a server: for systems without sockets or threads, such as Pyodide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import EnvironBuilder, run_wsgi_app

from .active_faults import TriggeredFault
from .fault_injection import TRANSFER_FAULTS_KEY, send_body


class _Connection:
    """Takes the place of a socket, and keeps what is sent."""

    def __init__(self) -> None:
        self.sent = b""

    def sendall(self, data: bytes) -> None:
        self.sent += data

    def setsockopt(self, *_: int | bytes) -> None:
        pass

    def close(self) -> None:
        pass


def call(
    application: Any, method: str, url: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, Iterable[tuple[str, str]], bytes]:
    """Return the status, the headers and the body of a response; a body that a fault cuts is too short."""
    address = urlsplit(url)
    builder = EnvironBuilder(
        path=address.path,
        base_url=f"{address.scheme}://{address.netloc}/",
        query_string=address.query,
        method=method,
        headers=[*headers.items()],
        input_stream=BytesIO(body),
        content_length=len(body),
    )
    triggered: list[TriggeredFault] = []
    environ = builder.get_environ() | {TRANSFER_FAULTS_KEY: triggered}
    chunks, status, response_headers = run_wsgi_app(application, environ)
    connection: Any = _Connection()
    send_body(connection, b"".join(chunks), triggered)
    return int(status.partition(" ")[0]), list(response_headers), connection.sent
