"""The HTTP server: one loopback port for all four services, each below its own path."""

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
from .active_faults import ActiveFaults, TriggeredFault
from .dataset import Dataset, build_dataset
from .fault_spec import Fault, parse_fault
from .outlign import Outlign
from .projectmanager import ProjectManager
from .service import SandboxService, build_json_response
from .spirii import Spirii
from .teamwork import Teamwork

SERVICES: tuple[type[SandboxService], ...] = (Teamwork, ProjectManager, Outlign, Spirii)
UNLIMITED_REQUESTS = 1_000_000
"""Requests a minute that no client reaches."""


class Application:
    """Dispatches requests to services by the first segment of the path."""

    def __init__(self, services: Iterable[SandboxService], latency: float, faults: ActiveFaults) -> None:
        self.services = {service.name: service for service in services}
        self._latency = latency
        self._faults = faults

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Respond to one request (WSGI)."""
        response = self._respond(Request(environ))
        response.headers["X-Fictional-Data"] = "yes"
        time.sleep(self._latency)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        name, _, path = request.path.removeprefix("/").partition("/")
        service = self.services.get(name)
        if service is None:
            return build_json_response(encode({"message": "There is no such service in this sandbox."}), 404)
        if triggered := self._faults.trigger(name, f"/{path}"):
            return fault_injection.respond(service, request, f"/{path}", triggered)
        return service.respond(request, f"/{path}")


class _Handler(WSGIRequestHandler):
    """Keeps connections alive, which werkzeug's own handler does not, and logs nothing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Run the application. The body is read completely, or the next request could not be parsed."""
        environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(self._read_body())
        triggered: list[TriggeredFault] = []
        environ[fault_injection.TRANSFER_FAULTS_KEY] = triggered
        chunks, status, headers = run_wsgi_app(self.server.app, environ)
        code, _, phrase = status.partition(" ")
        self.send_response_only(int(code), phrase)
        for key, value in headers:
            self.send_header(key, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection |= not fault_injection.send_body(self.connection, b"".join(chunks), triggered)

    def _read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.close_connection = True
            return b""
        return self.rfile.read(int(length))

    def log(self, *_: Any, **__: Any) -> None:
        """Log nothing: a request line may contain personal data, a header contains the token."""


class _Server(ThreadedWSGIServer):
    """Tracks open connections, so that stopping the server closes them."""

    def __init__(self, listening: socket.socket, app: Application) -> None:
        host, port = listening.getsockname()[:2]
        super().__init__(host, port, app, _Handler, fd=listening.fileno())
        self._connections: set[socket.socket] = set()
        self._lock = Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Handle a new connection."""
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Close every connection that is still open."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client closed it first


class Sandbox:
    """A server on a loopback port that imitates Teamwork.com, ProjectManager.com, Outlign and Spirii.

    Parameters
    ----------
    people
        Number of people in Teamwork.
    seed
        Random seed; equal seeds give equal bytes.
    host, port
        Address of the server; port 0 chooses a free port.
    latency
        Seconds before each response.
    rate_limit
        Requests a minute per service; None for no limit.
    api_versions
        Older API versions to serve, by service: ``{"outlign": {"bare-list"}}``.
    faults
        Faults to inject from the start, each a ``Fault`` or its text; ``fault()`` and ``faults`` add more.

    Raises
    ------
    ValueError
        A service, API version or fault is unknown, or ``people`` is negative.

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
        versions = _check_api_versions(api_versions or {})
        self.faults = ActiveFaults(faults)
        self.data: Dataset = build_dataset(people, seed)
        self._address = (host, port)
        self._seed = seed
        self._token_generations = dict.fromkeys((service.name for service in SERVICES), 0)
        self._tokens = {service.name: _derive_token(service.name, seed, 0) for service in SERVICES}
        limit = UNLIMITED_REQUESTS if rate_limit is None else rate_limit
        services = [
            service(self.data, self._tokens[service.name], limit, versions[service.name]) for service in SERVICES
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
        """Start the server in a thread.

        Nothing happens if it runs already. A sandbox that was stopped keeps its port.
        """
        if self._server is not None:
            return
        with socket.create_server(self._address) as listening:
            self._server = _Server(listening, self._application)
        self._address = (self._address[0], self._server.port)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="pmframes sandbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close all connections and release the port. Nothing happens if the sandbox is stopped already."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.close_connections()
        self._server = self._thread = None

    def url(self, service: str) -> str:
        """Return the base URL of a service."""
        if service not in self._tokens:
            raise KeyError(service)
        if self._address[1] == 0:
            raise RuntimeError("The sandbox has no port yet. Call start() first.")
        return "http://{}:{}/{}".format(*self._address, service)

    def token(self, service: str) -> str:
        """Return the token that a service accepts."""
        return self._tokens[service]

    def renew_token(self, service: str) -> str:
        """Replace the token of a service and return the new one; the old one is rejected from now on."""
        self._token_generations[service] += 1
        token = _derive_token(service, self._seed, self._token_generations[service])
        self._application.services[service].renew_token(token)
        self._tokens[service] = token
        self.faults.reset_expiry(service)
        return token

    def fault(self, fault: Fault | str, *details: Any, **named: Any) -> AbstractContextManager[Fault]:
        """Inject a fault for the duration of a ``with`` block.

        Parameters
        ----------
        fault
            A ``Fault`` or its text; or the name of a service, followed by the other arguments of ``Fault``.
        *details, **named
            The arguments of ``Fault`` after the service.

        Raises
        ------
        ValueError
            An argument is invalid.

        Examples
        --------
        >>> with Sandbox(people=1) as box, box.fault("spirii", "status", value=503) as fault:
        ...     print(fault)
        spirii:status=503
        """
        parsed = Fault(str(fault), *details, **named) if details or named else parse_fault(fault)
        return self.faults.inject(parsed)


def _check_api_versions(api_versions: Mapping[str, Collection[str]]) -> dict[str, frozenset[str]]:
    """Return the API versions of every service; raise ValueError for one that it does not have."""
    known = {service.name: service.known_api_versions for service in SERVICES}
    for name, switches in api_versions.items():
        _check_choices("service", [name], known)
        _check_choices(f"API version of {name}", switches, known[name])
    return {name: frozenset(api_versions.get(name, ())) for name in known}


def _check_choices(label: str, values: Collection[str], allowed: Collection[str]) -> None:
    if unknown := sorted(set(values) - set(allowed)):
        raise ValueError(f"Unknown {label}: {', '.join(unknown)}. Use one of: {', '.join(sorted(allowed))}.")


def _derive_token(service: str, seed: int, generation: int) -> str:
    """Derive a token; equal seeds give equal tokens, also after renewals."""
    suffix = f" {generation}" if generation else ""
    digest = hashlib.sha256(f"pmframes sandbox {service} {seed}{suffix}".encode()).hexdigest()
    return f"sandbox-{service}-{digest[:24]}"
