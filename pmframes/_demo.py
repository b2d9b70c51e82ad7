"""``pm.demo``: start the sandbox, and connect all services to it."""

import atexit
import importlib.util
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import requests
import urllib3

from pmframes import _connections, _contexts, _fork, _messages, _registry
from pmframes._credentials import Credential
from pmframes._http.auth import Secret
from pmframes._services import SERVICES, find_service
from pmframes._signatures import checks_arguments
from pmframes.errors import InvalidArgument, PmframesError

# A demo that is not assigned to a name keeps running until it is stopped or Python ends, as its server does.
_RUNNING: "list[Demo]" = []


class Demo:
    """A running sandbox to which all four services are connected; ``pm.demo()`` returns it.

    Within a block ``with pm.demo():`` only this thread or task is connected to it. The end of the block
    disconnects, as ``stop()`` does: the server ends, its cache is removed, and the connections that were there
    before are restored.
    """

    def __init__(self, box: Any) -> None:
        self._box = box
        self._is_served = _serve(box)
        self._folder = Path(tempfile.mkdtemp(prefix="pmframes-demo-"))
        self._process = os.getpid()
        self._connections = {name: self._create_connection(name) for name in SERVICES}
        self._use = ExitStack()
        self._use.callback(_registry.override(self._connections))
        _RUNNING.append(self)

    @checks_arguments
    def url(self, service: str) -> str:
        """Return the base URL of a service in the sandbox."""
        name = find_service(service).name
        return str(self._box.url(name)) if self._is_served else f"http://localhost/{name}"

    @checks_arguments
    def token(self, service: str) -> str:
        """Return the credential that the sandbox accepts for a service."""
        return str(self._box.token(find_service(service).name))

    @property
    def data(self) -> Any:
        """The sandbox's data set: the records that its services serve."""
        return self._box.data

    def fault(self, fault: Any, *details: Any, **named: Any) -> AbstractContextManager[Any]:
        """Inject a fault into a service within a ``with`` block.

        Parameters
        ----------
        fault : str
            The fault as text, ``SERVICE[/PATH]:KIND[=VALUE][*TIMES][+AFTER]``, such as
            ``"teamwork:status=503*2"``; or the name of a service, followed by the details, such as
            ``"teamwork", "status", value=503, times=2``. The kinds are status, delay, drip, short, reset,
            html, empty, drift, lose, edit, count, repeat, redirect, expire; see ``help(pmframes.sandbox.Fault)``.
        *details, **named
            After the name of a service: kind, path, value, times, after.

        Raises
        ------
        InvalidArgument
            The fault is unknown or malformed.
        """
        try:
            return cast("AbstractContextManager[Any]", self._box.fault(fault, *details, **named))
        except (TypeError, ValueError) as error:
            raise _sandbox_refusal(error) from None

    @checks_arguments
    def renew_token(self, service: str) -> str:
        """Return a new credential for a service; the sandbox refuses the old one from now on.

        The connection keeps the old one, as a connection to a real service would.
        """
        return str(self._box.renew_token(find_service(service).name))

    @checks_arguments
    def stop(self) -> None:
        """Stop the server, disconnect, and remove the cache of this demo."""
        self._use.close()
        for connection in self._connections.values():
            connection.client.close()
        self._connections = {}
        # A child process only disconnects: the server belongs to its parent.
        if self in _RUNNING and self._process == os.getpid():
            _RUNNING.remove(self)
            self._box.stop()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _create_connection(self, name: str) -> _connections.Connection:
        credential = Credential(Secret(self.token(name)), "demo()", "The token")
        return _connections.create(
            SERVICES[name],
            url=Secret(self.url(name)),
            credential=credential,
            account="sandbox",
            # The sandbox needs no protection; with rate_limit= it answers 429 itself.
            requests_per_minute=_connections.MAX_REQUESTS_PER_MINUTE,
            folder=self._folder,
            transport=None if self._is_served else self._send,
        )

    def _send(self, request: requests.PreparedRequest) -> urllib3.HTTPResponse:
        """Answer a request in this process, in place of a server."""
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        status, headers, content = self._box.call(request.method, request.url, request.headers, body)
        return urllib3.HTTPResponse(
            BytesIO(content), urllib3.HTTPHeaderDict(headers), status=status, preload_content=False
        )

    def __enter__(self) -> "Demo":
        self._use.close()
        self._use.enter_context(_contexts.block(self._connections))
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        url = self.url("teamwork").removesuffix("/teamwork")
        place = f"at {url}" if self._is_served else "in this process"
        state = f"running {place}" if self._connections else "stopped"
        return f"<pmframes sandbox, fictional data, {state}>"


def _serve(box: Any) -> bool:
    """Start the server; return False where this process cannot serve, or not connect to what it serves."""
    try:
        box.start()
        address = urlsplit(box.url("teamwork"))
        socket.create_connection((address.hostname, address.port), timeout=10).close()
    except (OSError, RuntimeError):
        box.stop()
        return False
    return True


@atexit.register
def _stop_running() -> None:
    for running in reversed(_RUNNING):
        running.stop()


# The server belongs to the parent process: a child that ends must not stop it.
_fork.call_in_child(_RUNNING.clear)


def check_installed() -> None:
    """Raise where the extra that the sandbox needs is not installed."""
    if importlib.util.find_spec("werkzeug") is None:
        raise PmframesError(
            "The sandbox is not installed.",
            f'Install it: {sys.executable} -m pip install "pmframes[demo]" '
            '(in a clone of the repository: -e ".[demo]")',
        )


def environment_lines(box: Any) -> list[str]:
    """Return the environment variables that connect pmframes to a running sandbox, a line each."""
    lines = ["# pmframes sandbox: all data are fictional. Interrupt (Ctrl-C) to stop."]
    for name, service in SERVICES.items():
        lines += [f"{service.url_variable}={box.url(name)}", f"{service.token_variable}={box.token(name)}"]
    return lines


def create_sandbox(
    *,
    people: int = 1200,
    seed: int = 7,
    port: int = 0,
    latency: float = 0.0,
    faults: Iterable[Any] = (),
    api_versions: Mapping[str, Collection[str]] | None = None,
    rate_limit: int | None = None,
    ports_per_service: bool = False,
) -> Any:
    """Return a sandbox that does not serve yet.

    Raises
    ------
    InvalidArgument
        An argument is wrong.
    PmframesError
        The extra that the sandbox needs is not installed.
    """
    check_installed()
    _require_integer("people", people, 0, 100_000)
    _require_integer("seed", seed, 0, 2**63)
    _require_integer("port", port, 0, 65_535 - len(SERVICES) * ports_per_service)
    _require_integer("rate_limit", 1 if rate_limit is None else rate_limit, 1, 10**9)
    if isinstance(latency, bool) or not isinstance(latency, int | float) or not 0 <= latency <= 60:
        raise _messages.wrong_kind("latency", latency, "seconds from 0 to 60")
    if isinstance(faults, str) or not isinstance(faults, Iterable):
        raise _messages.wrong_kind("faults", faults, 'a list of faults, such as ["teamwork:status=503*2"]')
    if api_versions is not None and not isinstance(api_versions, Mapping):
        raise _messages.wrong_kind("api_versions", api_versions, 'a dict such as {"outlign": ["bare-list"]}')
    try:
        # It reads the day of its data.
        from pmframes.sandbox import Sandbox

        return Sandbox(
            people,
            seed,
            port=port,
            latency=latency,
            rate_limit=rate_limit,
            api_versions=api_versions,
            faults=faults,
            ports_per_service=ports_per_service,
        )
    except ValueError as error:
        raise _sandbox_refusal(error) from None


def _sandbox_refusal(error: Exception) -> InvalidArgument:
    return InvalidArgument(f"The sandbox refuses this: {error}")


def _require_integer(name: str, value: Any, minimum: int, maximum: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
        raise _messages.wrong_kind(name, value, f"a whole number from {minimum} to {maximum:,}")


@checks_arguments
def demo(
    people: int = 1200,
    seed: int = 7,
    *,
    faults: Iterable[Any] = (),
    api_versions: Mapping[str, Collection[str]] | None = None,
    rate_limit: int | None = None,
) -> Demo:
    """Start a local server with fictional data, the sandbox, and connect all four services to it.

    ``with pm.demo():`` connects this thread or task only, and disconnects at the end of the block; otherwise
    the demo runs until ``stop()`` or until Python ends. Each demo has an empty cache of its own, which is removed
    with it. Where there are no sockets or threads, as in Pyodide, it answers within this process.

    Parameters
    ----------
    people : int, default 1200
        Number of people on the Teamwork.com site, 0 to 100,000.
    seed : int, default 7
        Random seed: the same seed gives the same data. The tokens are random always.
    faults : list of str, default ()
        Faults to inject, such as ``["teamwork:status=503*2"]``; see ``Demo.fault``.
    api_versions : dict of list of str, optional
        Other API versions to serve, such as ``{"outlign": ["bare-list"]}``; by default what each service sends
        by default. Allowed values:

        - teamwork: lower-bound-count; teams, last-login (fields of people that are not sent otherwise),
          no-audit-fields (without times, authors and placeholder flags of people), v1-people (people as version 1
          sends them), project-permissions-key (permissions under another key), partial-permissions (of every
          second person)
        - projectmanager: two-field-roles, seventeen-permissions, no-role-id, business-roles (permissions with
          ``isGranted`` and entitlement), user-ids (the ids of users are not those of their resources)
        - outlign: bare-list, company-id
        - spirii: with-type, small-pages (10 customers, whatever ``limit`` is), page-count (``count`` of the page),
          replaced-objects (an update replaces the nested objects that it names, whole)
    rate_limit : int, optional
        Requests per minute that each service allows; by default there is no limit.

    Returns
    -------
    Demo
        The running sandbox, also a context manager, with ``url(service)``, ``token(service)``, ``data``,
        ``fault(…)``, ``renew_token(service)`` and ``stop()``.

    Raises
    ------
    InvalidArgument
        An argument is wrong.
    PmframesError
        The extra that the sandbox needs is not installed: ``pip install "pmframes[demo]"``.
    """
    return Demo(
        create_sandbox(people=people, seed=seed, faults=faults, api_versions=api_versions, rate_limit=rate_limit)
    )
