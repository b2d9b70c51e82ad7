"""A server of plain sockets, which can break an answer off in every way that a network can.

Every answer here is made by hand from the fact sheets of the services; none was recorded.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

REASONS = {200: "OK", 204: "No Content", 302: "Found", 401: "Unauthorized", 502: "Bad Gateway"}
WITHOUT_BODY = {204, 304}


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it."""

    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]

    @property
    def args(self) -> dict[str, str]:
        return dict(self.query)

    @property
    def place(self) -> tuple[int, int]:
        """Return the page's number and offset, as far as they were asked for."""
        return int(self.args.get("page", 1)), int(self.args.get("offset", 0))


class Line:
    """A connection on its way out: bytes can be sent, time can pass, and it can end badly."""

    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self._connection = connection
        self._closing = closing

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def wait(self, seconds: float | None = None) -> None:
        """Let time pass; tests that patch ``time.sleep`` do not shorten it, the end of the test does."""
        self._closing.wait(seconds)

    def reset(self) -> None:
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()

    def drip(self, data: bytes, every: float) -> None:
        for byte in data:
            if self._closing.is_set():
                return
            self.send(bytes([byte]))
            self.wait(every)


# How an answer travels; True where the connection stays open

Manner = Callable[[Line, bytes, bytes], bool]


def whole(line: Line, head: bytes, body: bytes) -> bool:
    line.send(head + body)
    return True


def cut_short(line: Line, head: bytes, body: bytes) -> bool:
    line.send(head + body[: len(body) // 2])
    return False


def cut_to_nothing(line: Line, head: bytes, body: bytes) -> bool:
    line.send(head)
    return False


def hung_up(line: Line, head: bytes, body: bytes) -> bool:
    return False


def reset_in_the_middle(line: Line, head: bytes, body: bytes) -> bool:
    line.send(head + body[: len(body) // 2])
    line.wait(0.01)
    line.reset()
    return False


def reset_at_once(line: Line, head: bytes, body: bytes) -> bool:
    line.reset()
    return False


def never(line: Line, head: bytes, body: bytes) -> bool:
    line.wait()
    return False


def stalled_in_the_headers(line: Line, head: bytes, body: bytes) -> bool:
    line.send(head[: len(head) // 2])
    line.wait()
    return False


def stalled_in_the_body(line: Line, head: bytes, body: bytes) -> bool:
    line.send(head + body[: len(body) // 2])
    line.wait()
    return False


def in_chunks(line: Line, head: bytes, body: bytes) -> bool:
    middle = len(body) // 2
    for piece in filter(None, (body[:middle], body[middle:])):
        head += b"%x\r\n%b\r\n" % (len(piece), piece)
    line.send(head + b"0\r\n\r\n")
    return True


def chunks_cut_short(line: Line, head: bytes, body: bytes) -> bool:
    line.send(head + b"%x\r\n%b\r\n" % (len(body), body))
    return False


def a_chunk_cut_short(line: Line, head: bytes, body: bytes) -> bool:
    line.send(head + b"%x\r\n%b" % (len(body), body[: len(body) // 2]))
    return False


def dripping_headers(every: float) -> Manner:
    def send(line: Line, head: bytes, body: bytes) -> bool:
        line.drip(head, every)
        line.send(body)
        return True

    return send


def dripping_body(every: float) -> Manner:
    def send(line: Line, head: bytes, body: bytes) -> bool:
        line.send(head)
        line.drip(body, every)
        return True

    return send


CHUNKED = (in_chunks, chunks_cut_short, a_chunk_cut_short)


# What is answered


@dataclass(frozen=True)
class Reply:
    """One answer: what it says and how it travels; ``length`` is a Content-Length that lies."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    manner: Manner = whole
    length: int | None = None

    def head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Something')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.manner in CHUNKED:
            lines.append("Transfer-Encoding: chunked")
        elif self.status not in WITHOUT_BODY:
            lines.append(f"Content-Length: {len(self.body) if self.length is None else self.length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def send(self, line: Line) -> bool:
        return self.manner(line, self.head(), self.body)


Answer = Callable[[Asked], Reply]


def encoded(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def reply(
    body: Any = b"",
    status: int = 200,
    kind: str = "application/json",
    manner: Manner = whole,
    length: int | None = None,
    **headers: str,
) -> Reply:
    """Make an answer; bytes go out as they are, text as UTF-8, the rest as JSON."""
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Reply(encoded(body), status, (("Content-Type", kind), *named), manner, length)


def in_turn(*answers: Reply | Answer) -> Answer:
    """Answer one after the other, the last one again and again."""
    left, lock = list(answers), threading.Lock()

    def answer(asked: Asked) -> Reply:
        with lock:
            one = left.pop(0) if len(left) > 1 else left[0]
        return one(asked) if callable(one) else one

    return answer


@dataclass
class Wire:
    """A listening server; what it was asked, and how much of that at one time."""

    requests: list[Asked] = field(default_factory=list)
    routes: dict[str, Answer] = field(default_factory=dict)
    connections: int = 0
    in_flight: int = 0
    most_in_flight: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self.base = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, service: str) -> str:
        return f"{self.base}/{service}"

    def serve(self, path: str, answer: Answer | Reply) -> None:
        self.routes[path] = answer if callable(answer) else lambda asked: answer

    def asked(self, path: str) -> list[Asked]:
        with self._lock:
            return [request for request in self.requests if request.path == path]

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
        line = Line(connection, self._closing)
        with suppress(OSError, ValueError), connection, connection.makefile("rb") as heard:
            while (asked := _hear(heard)) and self._answer(asked, line):
                pass
        with self._lock:
            self._open.discard(connection)

    def _answer(self, asked: Asked, line: Line) -> bool:
        with self._lock:
            self.requests.append(asked)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            answer = self.routes.get(asked.path, lambda asked: reply({"message": "no such path"}, 404))
        try:
            said = answer(asked)
        finally:
            # Before it is sent: else the next request could be counted while this one is being tidied up.
            with self._lock:
                self.in_flight -= 1
        return said.send(line)


def _hear(heard: Any) -> Asked | None:
    first = heard.readline().decode("latin-1").split()
    if len(first) != 3:
        return None
    headers = {}
    while line := heard.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.title()] = value.strip()
    heard.read(int(headers.get("Content-Length", 0)))
    parts = urlsplit(first[1])
    return Asked(parts.path, parse_qsl(parts.query, keep_blank_values=True), headers)
