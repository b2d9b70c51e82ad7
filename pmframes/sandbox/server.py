"""The sandbox: all four services on one loopback port, each below its own path or also on a port of its own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Request, Response

from . import fault_injection, in_process
from ._json import encode
from .active_faults import ActiveFaults
from .dataset import Dataset, build_dataset
from .fault_spec import Fault, parse_fault
from .http_server import Server
from .outlign import Outlign
from .projectmanager import ProjectManager
from .service import MAX_BODY_BYTES, SandboxService, build_json_response
from .spirii import Spirii
from .teamwork import Teamwork

SERVICES: tuple[type[SandboxService], ...] = (Teamwork, ProjectManager, Outlign, Spirii)
UNLIMITED_REQUESTS = 1_000_000
"""Requests a minute that no client reaches."""
_ALL = ""
"""Name of the port on which each service has a path."""


class _Request(Request):
    max_content_length = MAX_BODY_BYTES


class Application:
    """One service as a WSGI application; without a service, the response to every other path."""

    def __init__(self, service: SandboxService | None, latency: float, faults: ActiveFaults) -> None:
        self._service = service
        self._latency = latency
        self._faults = faults

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Respond to one request (WSGI)."""
        response = self._respond(_Request(environ))
        response.headers["X-Fictional-Data"] = "yes"
        time.sleep(self._latency)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        service = self._service
        if service is None:
            return build_json_response(encode({"message": "There is no such service in this sandbox."}), 404)
        if triggered := self._faults.trigger(service.name, request.path):
            return fault_injection.respond(service, request, request.path, triggered)
        return service.respond(request, request.path)


class Sandbox:
    """A server on a loopback port that imitates Teamwork.com, ProjectManager.com, Outlign and Spirii.

    Parameters
    ----------
    people
        Number of people in Teamwork.
    seed
        Random seed; equal seeds give equal responses. Tokens are random always.
    host, port
        Address of the server; port 0 chooses a free port.
    ports_per_service
        Serve each service also at the root of a port of its own, as vendors' own clients need it: the ports after
        ``port``, in the order Teamwork.com, ProjectManager.com, Outlign, Spirii, or free ones. ``url()`` returns
        these then.
    latency
        Seconds before each response.
    rate_limit
        Requests a minute per service; None for no limit.
    api_versions
        Other API versions to serve, by service: ``{"outlign": {"bare-list"}}``.
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
        ports_per_service: bool = False,
    ) -> None:
        versions = _check_api_versions(api_versions or {})
        self.faults = ActiveFaults(faults)
        self.data: Dataset = build_dataset(people, seed)
        self._tokens = {service.name: _create_token(service.name) for service in SERVICES}
        limit = UNLIMITED_REQUESTS if rate_limit is None else rate_limit
        self._services = {
            service.name: service(self.data, self._tokens[service.name], limit, versions[service.name])
            for service in SERVICES
        }
        applications = {name: Application(service, latency, self.faults) for name, service in self._services.items()}
        mounts: dict[str, Any] = {f"/{name}": application for name, application in applications.items()}
        others = Application(None, latency, self.faults)
        self._applications: dict[str, Any] = {_ALL: DispatcherMiddleware(others, mounts)}
        if ports_per_service:
            self._applications |= applications
        self._host = host
        self._ports = {name: port and port + index for index, name in enumerate(self._applications)}
        self._servers: dict[str, Server] = {}

    def __repr__(self) -> str:
        state = f"http://{self._host}:{self._ports[_ALL]}" if self._servers else "stopped"
        return f"<Sandbox of {len(self.data.people)} fictional people, {state}>"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start to serve, in threads.

        Nothing happens if it runs already. A sandbox that was stopped keeps its ports.
        """
        if self._servers:
            return
        try:
            for name, application in self._applications.items():
                self._servers[name] = Server(self._host, self._ports[name], application)
        except BaseException:
            self.stop()
            raise
        self._ports = {name: server.port for name, server in self._servers.items()}

    def stop(self) -> None:
        """Close all connections and release the ports. Nothing happens if the sandbox is stopped already."""
        while self._servers:
            self._servers.popitem()[1].stop()

    def url(self, service: str) -> str:
        """Return the base URL of a service."""
        if service not in self._services:
            raise KeyError(service)
        if not self._ports[_ALL]:
            raise RuntimeError("The sandbox has no port yet. Call start() first.")
        if service in self._ports:
            return f"http://{self._host}:{self._ports[service]}"
        return f"http://{self._host}:{self._ports[_ALL]}/{service}"

    def call(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Iterable[tuple[str, str]], bytes]:
        """Respond to one request in this process: status, headers, body. The path of ``url`` begins with the service.

        It needs neither ``start()`` nor sockets nor threads.
        """
        return in_process.call(self._applications[_ALL], method, url, headers, body)

    def token(self, service: str) -> str:
        """Return the token that a service accepts."""
        return self._tokens[service]

    def renew_token(self, service: str) -> str:
        """Replace the token of a service and return the new one; the old one is rejected from now on."""
        token = _create_token(service)
        self._services[service].renew_token(token)
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


def _create_token(service: str) -> str:
    # Not derived from the seed, which everybody can know.
    return f"sandbox-{service}-{secrets.token_hex(12)}"
