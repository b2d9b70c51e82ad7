"""The HTTP server: one loopback port, four services below it."""

from __future__ import annotations

import hashlib
import io
import socket
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request, Response

from . import fault_injection
from ._json import encode
from .dataset import Dataset, build_dataset
from .faults import Fault, Faults, Strike, read_fault
from .outlign import Outlign
from .projectmanager import ProjectManager
from .service import Service, json_response
from .spirii import Spirii
from .teamwork import Teamwork

SERVICES: tuple[type[Service], ...] = (Teamwork, ProjectManager, Outlign, Spirii)
GENEROUS = 1_000_000
"""Requests a minute that no test comes near."""


class Application:
    """Hands each request to the service that its path begins with."""

    def __init__(self, services: Iterable[Service], latency: float, faults: Faults) -> None:
        self.services = {service.name: service for service in services}
        self._latency = latency
        self._faults = faults

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer one request, as WSGI has it."""
        response = self._respond(Request(environ))
        response.headers["X-Fictional-Data"] = "yes"
        time.sleep(self._latency)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        name, _, path = request.path.removeprefix("/").partition("/")
        service = self.services.get(name)
        if service is None:
            return json_response(encode({"message": "There is no such service in this sandbox."}), 404)
        if strikes := self._faults.strike(name, f"/{path}"):
            return fault_injection.respond(service, request, f"/{path}", strikes)
        return service.respond(request, f"/{path}")


class _Handler(WSGIRequestHandler):
    """Keeps connections open, which werkzeug's own handler does not, and says nothing about requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Read the request whole, so that the next one on the connection starts where this one ends."""
        environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(self._read_body())
        strikes: list[Strike] = []
        environ[fault_injection.SENDING] = strikes
        chunks, status, headers = run_wsgi_app(self.server.app, environ)
        code, _, phrase = status.partition(" ")
        self.send_response_only(int(code), phrase)
        for key, value in headers:
            self.send_header(key, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection |= not fault_injection.send(self.connection, b"".join(chunks), strikes)

    def _read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.close_connection = True
            return b""
        return self.rfile.read(int(length))

    def log(self, *_: Any, **__: Any) -> None:
        """Nothing: a request line may hold what is searched for, a header holds the token."""


class _Server(ThreadedWSGIServer):
    """Remembers its open connections, so that stopping ends them."""

    def __init__(self, listening: socket.socket, app: Application) -> None:
        host, port = listening.getsockname()[:2]
        super().__init__(host, port, app, _Handler, fd=listening.fileno())
        self._open: set[socket.socket] = set()
        self._lock = Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin a connection."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End every connection that a client keeps open."""
        with self._lock:
            waiting = list(self._open)
        for connection in waiting:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was faster


class Sandbox:
    """A server on a loopback port that speaks Teamwork.com, ProjectManager.com, Outlign and Spirii.

    Parameters
    ----------
    people
        How many people Teamwork has.
    seed
        The same seed tells the same story, byte for byte.
    host, port
        Where to listen; port 0 takes a free one.
    latency
        Seconds added to each response.
    rate_limit
        Requests a minute that each service allows; None allows more than a test ever sends.
    api_versions
        Older API versions to serve, by service: ``{"outlign": {"bare-list"}}``.
    faults
        What goes wrong from the start, each a ``Fault`` or its text; ``fault()`` and ``faults`` change it.

    Raises
    ------
    ValueError
        There is no such service, trait or fault, or less than nobody is asked for.

    Examples
    --------
    >>> with Sandbox(people=20) as box:
    ...     box.url("teamwork").endswith("/teamwork")
    True
    """

    def __init__(
        self,
        people: int = 1200,
        seed: int = 7,
        host: str = "127.0.0.1",
        port: int = 0,
        latency: float = 0.0,
        rate_limit: int | None = None,
        api_versions: Mapping[str, Collection[str]] | None = None,
        faults: Iterable[Fault | str] = (),
    ) -> None:
        chosen = _check_api_versions(api_versions or {})
        self.faults = Faults(faults)
        self.data: Dataset = build_dataset(people, seed)
        self._address = (host, port)
        self._seed = seed
        self._renewals = dict.fromkeys((service.name for service in SERVICES), 0)
        self._tokens = {service.name: _token(service.name, seed, 0) for service in SERVICES}
        limit = GENEROUS if rate_limit is None else rate_limit
        services = [
            service(self.data, self._tokens[service.name], limit, chosen[service.name])
            for service in SERVICES
        ]
        self._application = Application(services, latency, self.faults)
        self._server: _Server | None = None
        self._thread: Thread | None = None

    def __repr__(self) -> str:
        state = "stopped" if self._server is None else "http://{}:{}".format(*self._address)
        return f"<Sandbox of {len(self.data.people)} fictional people, {state}>"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen and answer, in a thread.

        A sandbox that runs already is left alone; one that was stopped keeps its port.
        """
        if self._server is not None:
            return
        with socket.create_server(self._address) as listening:
            self._server = _Server(listening, self._application)
        self._address = (self._address[0], self._server.port)
        self._thread = Thread(
            target=self._server.serve_forever, args=(0.02,), name="pmframes sandbox", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End all connections and give the port back; a sandbox that is stopped is left alone."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server = self._thread = None

    def url(self, service: str) -> str:
        """Return the base URL of a service."""
        if service not in self._tokens:
            raise KeyError(service)
        if self._address[1] == 0:
            raise RuntimeError("The sandbox has no port yet: call start() first.")
        return "http://{}:{}/{}".format(*self._address, service)

    def token(self, service: str) -> str:
        """Return the one token that a service accepts."""
        return self._tokens[service]

    def renew_token(self, service: str) -> str:
        """Give a service a new token in place of the old one, and return it."""
        self._renewals[service] += 1
        token = _token(service, self._seed, self._renewals[service])
        self._application.services[service].renew_token(token)
        self._tokens[service] = token
        self.faults.renew(service)
        return token

    def fault(self, fault: Fault | str, *details: Any, **named: Any) -> AbstractContextManager[Fault]:
        """Let something go wrong within a ``with`` block.

        Parameters
        ----------
        fault
            A ``Fault``, or its text; or the name of a service, with everything else that ``Fault`` takes.
        *details, **named
            What ``Fault`` takes beside the service.

        Raises
        ------
        ValueError
            Some part is wrong.

        Examples
        --------
        >>> with Sandbox(people=1) as box, box.fault("spirii", "status", value=503) as fault:
        ...     print(fault)
        spirii:status=503
        """
        made = Fault(str(fault), *details, **named) if details or named else read_fault(fault)
        return self.faults.during(made)


def _check_api_versions(api_versions: Mapping[str, Collection[str]]) -> dict[str, frozenset[str]]:
    """Return the API versions of every service; raise ValueError for one that it does not have."""
    known = {service.name: service.known_api_versions for service in SERVICES}
    for name, switches in api_versions.items():
        _check_known("service", [name], known)
        _check_known(f"API version of {name}", switches, known[name])
    return {name: frozenset(api_versions.get(name, ())) for name in known}


def _check_known(kind: str, names: Collection[str], known: Collection[str]) -> None:
    if unknown := sorted(set(names) - set(known)):
        raise ValueError(f"unknown {kind}: {', '.join(unknown)}; known: {', '.join(sorted(known))}")


def _token(service: str, seed: int, renewals: int) -> str:
    """Make a token that tells nothing; the first is the same for the same seed, and so is each later one."""
    again = f" {renewals}" if renewals else ""
    digest = hashlib.sha256(f"pmframes sandbox {service} {seed}{again}".encode()).hexdigest()
    return f"sandbox-{service}-{digest[:24]}"
