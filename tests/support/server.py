"""The one fake server: four services on one port of plain sockets, with any answer and any fault.

``FakeServer.serve(path, answer)`` says what a path answers: a ``Reply``, a function from the ``Request`` to one, or a
value that is sent as JSON. Every answer in these tests is made by hand, unless it says otherwise.
"""

import base64
import binascii
import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .transfers import CHUNKED, Connection, Transfer, whole

SERVICES = ("teamwork", "projectmanager", "outlign", "spirii")
REASONS = {200: "OK", 204: "No Content", 302: "Found", 401: "Unauthorized", 502: "Bad Gateway"}
WITHOUT_BODY = {204, 304}


@dataclass(frozen=True)
class Request:
    """One request as the server saw it; ``at`` is a time of the monotonic clock."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes = b""
    at: float = field(default_factory=time.monotonic)

    @property
    def service(self) -> str:
        return self.path.split("/")[1]

    @property
    def args(self) -> dict[str, str]:
        """The query, with the last value of a repeated key."""
        return dict(self.query)

    def all(self, key: str) -> list[str]:
        return [value for name, value in self.query if name == key]

    def one(self, key: str) -> str:
        """Return the single value of a query key; a repeated or an absent key fails the test."""
        (value,) = self.all(key)
        return value

    @property
    def position(self) -> tuple[int, int]:
        """The page's number and offset, as far as they were asked for."""
        return int(self.args.get("page", 1)), int(self.args.get("offset", 0))

    @property
    def token(self) -> str:
        """The token of a Bearer header, or the user name of a Basic one."""
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic":
            return value
        try:
            return base64.b64decode(value).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""


@dataclass(frozen=True)
class Reply:
    """One answer: what it says and how it travels; ``length`` is a Content-Length that lies."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    transfer: Transfer = whole
    length: int | None = None

    def head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Something')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.transfer in CHUNKED:
            lines.append("Transfer-Encoding: chunked")
        elif self.status not in WITHOUT_BODY:
            lines.append(f"Content-Length: {len(self.body) if self.length is None else self.length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


Answer = Callable[[Request], Reply]


def encoded(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def reply(
    body: Any = b"",
    status: int = 200,
    content_type: str = "application/json",
    transfer: Transfer = whole,
    length: int | None = None,
    **headers: str,
) -> Reply:
    """Make an answer; bytes are sent as they are, text as UTF-8, other values as JSON."""
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Reply(encoded(body), status, (("Content-Type", content_type), *named), transfer, length)


def in_turn(*answers: Reply | Answer) -> Answer:
    """Answer one after the other, the last one again and again."""
    left, lock = list(answers), threading.Lock()

    def answer(request: Request) -> Reply:
        with lock:
            one = left.pop(0) if len(left) > 1 else left[0]
        return one(request) if callable(one) else one

    return answer


def changed(answer: Answer, change: Callable[[Any], Any]) -> Answer:
    """Change the JSON of every answer; what ``change`` returns, if anything, takes its place."""

    def changing(request: Request) -> Reply:
        honest = answer(request)
        body = json.loads(honest.body)
        instead = change(body)
        return replace(honest, body=encoded(body if instead is None else instead))

    return changing


NOT_FOUND = reply({"message": "no such path"}, status=404)


@dataclass
class FakeServer:
    """A listening server; what it was asked, and how much of that at one time."""

    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    in_flight: int = 0
    most_in_flight: int = 0

    def __post_init__(self) -> None:
        self._answers: dict[str, Answer] = {}
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self.base = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "FakeServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, service: str) -> str:
        return f"{self.base}/{service}"

    def serve(self, path: str, answer: Any) -> None:
        """Answer requests for a path, or for a whole service by its name; the path comes first."""
        if not callable(answer):
            constant = answer if isinstance(answer, Reply) else reply(answer)
            self._answers[path] = lambda request: constant
        else:
            self._answers[path] = answer

    def asked(self, path: str) -> list[Request]:
        """Return the requests for a path, or for a service by its name, in order."""
        with self._lock:
            return [request for request in self.requests if path in (request.path, request.service)]

    def forget(self) -> None:
        with self._lock:
            self.requests, self.connections, self.most_in_flight = [], 0, 0

    def close(self) -> None:
        """Stop listening and end what is under way; nothing is reached here from now on."""
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            left = list(self._open)
        for connection in left:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                self._open.add(connection)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection, connection.makefile("rb") as stream:
            while (request := _read(stream)) and self._answer(request, Connection(connection, self._closing)):
                pass
        with self._lock:
            self._open.discard(connection)

    def _answer(self, request: Request, connection: Connection) -> bool:
        with self._lock:
            self.requests.append(request)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            answer = self._answers.get(request.path) or self._answers.get(request.service)
        try:
            made = answer(request) if answer else NOT_FOUND
        finally:
            # Before it is sent: else the next request could be counted while this one is being tidied up.
            with self._lock:
                self.in_flight -= 1
        return made.transfer(connection, made.head(), made.body)


def _read(stream: Any) -> Request | None:
    first = stream.readline().decode("latin-1").split()
    if len(first) != 3 or not first[2].startswith("HTTP/"):  # the beginning of TLS may look like three words
        return None
    headers = {}
    while line := stream.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.title()] = value.strip()
    body = stream.read(int(headers.get("Content-Length", 0)))
    parts = urlsplit(first[1])
    return Request(first[0], parts.path, parse_qsl(parts.query, keep_blank_values=True), headers, body)
