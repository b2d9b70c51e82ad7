"""A recording front of sandboxes: the token alone decides which of them answers."""

import base64
import binascii
import http.client
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from pmframes.sandbox import Sandbox

SERVICES = ("teamwork", "projectmanager", "outlign", "spirii")


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it; ``path`` has its query and no service."""

    service: str
    path: str
    token: str
    headers: dict[str, str]


def token_of(authorization: str) -> str:
    """Return the token of a Bearer header, or the user name of a Basic one."""
    scheme, _, value = authorization.partition(" ")
    if scheme != "Basic":
        return value
    try:
        return base64.b64decode(value).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


class Front:
    """Four services on one port.

    ``tenants`` says which sandbox a token sees, ``trouble`` what a service does instead of answering.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.times: list[float] = []
        self.tenants: dict[str, Sandbox] = {}
        self.trouble: dict[str, Callable[[Handler, Asked], None]] = {}
        self.delay = 0.0
        self.page_size = 500
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.kept: dict[Any, tuple[int, str, bytes]] = {}
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.front = self
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> "Front":
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{service}"

    def tokens(self, service: str) -> list[str]:
        """Return the tokens with which a service was asked, in order."""
        return [asked.token for asked in self.asked if asked.service == service]

    def answer(self, asked: Asked) -> tuple[int, str, bytes]:
        """Ask the sandbox that the token sees, once for each question."""
        box = self.tenants.get(asked.token)
        path = re.sub(r"\bpageSize=\d+", f"pageSize={self.page_size}", asked.path)
        key = (id(box), asked.service, path)
        if box is None or key not in self.kept:
            answer = _forward(box or next(iter(self.tenants.values())), asked, path, known=box is not None)
            if answer[0] != 200:
                return answer
            self.kept[key] = answer
        return self.kept[key]


def _forward(box: Sandbox, asked: Asked, path: str, *, known: bool) -> tuple[int, str, bytes]:
    there = urlsplit(box.url(asked.service))
    token = box.token(asked.service) if known else "of-nobody"
    connection = http.client.HTTPConnection(there.hostname, there.port, timeout=60)
    try:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
        connection.request("GET", there.path + path, headers=headers)
        response = connection.getresponse()
        return response.status, response.getheader("Content-Type", ""), response.read()
    finally:
        connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    front: Front

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients of these tests are killed while they read."""


class Handler(BaseHTTPRequestHandler):
    """Record the request, then do what is wrong or forward it."""

    protocol_version = "HTTP/1.1"
    # In one piece, so that no answer waits for an acknowledgement of its head.
    wbufsize = -1
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def do_GET(self) -> None:
        front = self.server.front
        _, service, rest = self.path.split("/", 2)
        headers = dict(self.headers)
        asked = Asked(service, f"/{rest}", token_of(headers.get("Authorization", "")), headers)
        with front.lock:
            front.asked.append(asked)
            front.times.append(time.monotonic())
        if front.delay:
            front.over.wait(front.delay)
        wrong = front.trouble.get(service)
        if wrong:
            wrong(self, asked)
        else:
            self.reply(*front.answer(asked))

    def reply(self, status: int, kind: str = "text/plain", body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


# What goes wrong


def refuse(handler: Handler, asked: Asked) -> None:
    """401, with the credential quoted in the explanation, as some services do."""
    told = f"token {asked.token} ({asked.headers.get('Authorization')}) is not known"
    body = {"message": told, "errors": [{"title": told, "detail": told}], "error": {"message": told}}
    handler.reply(401, "application/json", json.dumps(body).encode())


def break_down(handler: Handler, asked: Asked) -> None:
    """500, with a debug page that quotes the request."""
    told = f"{handler.path} {asked.headers}"
    handler.reply(500, "application/json", json.dumps({"message": told, "error": told}).encode())


def show_login(handler: Handler, asked: Asked) -> None:
    page = f"<!DOCTYPE html><title>Log in</title><p>{asked.headers}</p>"
    handler.reply(200, "text/html", page.encode())


def redirect(handler: Handler, _: Asked) -> None:
    handler.reply(302, Location="http://127.0.0.1:9/elsewhere")


def redirect_nowhere(handler: Handler, _: Asked) -> None:
    """An address that no library can read."""
    handler.reply(302, Location="http://[")


def reset(handler: Handler, _: Asked) -> None:
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    for stream in (handler.rfile, handler.wfile, handler.connection):
        stream.close()


def answer_nonsense(handler: Handler, asked: Asked) -> None:
    """200 and JSON of another shape."""
    handler.reply(200, "application/json", json.dumps({"path": asked.path}).encode())


def stall(handler: Handler, _: Asked) -> None:
    """Nothing comes until the front ends."""
    handler.server.front.over.wait(120)
    handler.close_connection = True


def wait_a_minute(handler: Handler, _: Asked) -> None:
    handler.reply(429, "application/json", b"{}", **{"Retry-After": "60"})


def drip(handler: Handler, _: Asked) -> None:
    """A body that comes so slowly that no time limit between two bytes ends it."""
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not handler.server.front.over.wait(0.1):
        handler.wfile.write(b" ")
        handler.wfile.flush()
