"""Trying pmframes without an account: the only place that knows both the public face and the sandbox."""

import atexit
import importlib.util
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from pmframes import _connections, _messages
from pmframes._http.auth import Secret
from pmframes._services import SERVICES

# A demo that nobody keeps goes on until it is stopped or Python ends, like the server in it.
_RUNNING: "list[Demo]" = []
# Connections of demos that ended while a later one was running, each with the one that was there before it.
_ENDED: dict[_connections.Connection | None, _connections.Connection | None] = {}


class Demo:
    """A running sandbox that all four services are connected to.

    ``stop()``, or the end of a ``with`` block, ends it, removes its cache and brings back the connections
    that there were before.
    """

    def __init__(self, box: Any) -> None:
        self._box = box
        self._folder = Path(tempfile.mkdtemp(prefix="pmframes-demo-"))
        self._connected = [self._connect(name) for name in SERVICES]
        _RUNNING.append(self)

    def url(self, service: str) -> str:
        """Give the base URL of a service in the sandbox."""
        return str(self._box.url(service))

    def token(self, service: str) -> str:
        """Give the credential that the sandbox accepts for a service."""
        return str(self._box.token(service))

    @property
    def data(self) -> Any:
        """The fictional agency itself, as the sandbox holds it."""
        return self._box.data

    def fault(self, fault: Any, *details: Any, **named: Any) -> AbstractContextManager[Any]:
        """Let something go wrong at a service within a ``with`` block.

        Parameters
        ----------
        fault : str
            The text of a fault, ``SERVICE[/PATH]:KIND[=VALUE][*TIMES][+AFTER]``, such as
            ``"teamwork:status=503*2"``. Or the name of a service, followed by the rest, such as
            ``"teamwork", "status", value=503, times=2``. The kinds: status, delay, drip, short, reset, html,
            empty, drift, lose, repeat, redirect, expire; ``help(pmframes.sandbox.Fault)`` tells of each.
        *details, **named
            What follows the name of a service: kind, path, value, times, after.

        Raises
        ------
        InvalidArgument
            There is no such fault.
        """
        try:
            return cast("AbstractContextManager[Any]", self._box.fault(fault, *details, **named))
        except (TypeError, ValueError) as error:
            raise _messages.wrong_for_sandbox(error) from None

    def renew_token(self, service: str) -> str:
        """Give a service of the sandbox a new credential and return it; the old one is refused from now on.

        The connection keeps the old one, as one to a real service does.
        """
        return str(self._box.renew_token(service))

    def stop(self) -> None:
        """End the sandbox."""
        for ours, earlier in self._connected:
            while earlier in _ENDED:
                earlier = _ENDED[earlier]
            if not _connections.registry.restore(ours, earlier):
                _ENDED[ours] = earlier
            ours.client.close()
        self._connected.clear()
        if self in _RUNNING:
            _RUNNING.remove(self)
        self._box.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _connect(self, name: str) -> tuple[_connections.Connection, _connections.Connection | None]:
        made = _connections.create(
            SERVICES[name],
            url=self.url(name),
            secret=Secret(self.token(name)),
            account="sandbox",
            # The sandbox belongs to whoever asks it; with rate_limit= it says itself when it is too much.
            requests_per_minute=_connections.MAX_REQUESTS_PER_MINUTE,
            source="demo()",
            folder=self._folder,
        )
        return made, _connections.registry.override(made)

    def __enter__(self) -> "Demo":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        where = self.url("teamwork").removesuffix("/teamwork")
        state = f"running at {where}" if self._connected else "stopped"
        return f"<pmframes sandbox, fictional data, {state}>"


@atexit.register
def _stop_all() -> None:
    for running in reversed(_RUNNING):
        running.stop()


def check_installed() -> None:
    """Refuse where the extra that the sandbox needs is not installed."""
    if importlib.util.find_spec("werkzeug") is None:
        raise _messages.demo_extra_missing()


def environment(box: Any) -> list[str]:
    """Give the lines by which a shell connects pmframes to a running sandbox."""
    lines = ["# pmframes sandbox: all data are fictional. Interrupt (Ctrl-C) to stop."]
    for name, service in SERVICES.items():
        lines += [f"{service.url_variable}={box.url(name)}", f"{service.token_variable}={box.token(name)}"]
    return lines


def sandbox(
    *,
    people: int = 1200,
    seed: int = 7,
    port: int = 0,
    latency: float = 0.0,
    faults: Iterable[Any] = (),
    api_versions: Mapping[str, Collection[str]] | None = None,
    rate_limit: int | None = None,
) -> Any:
    """Make a sandbox and start it.

    Raises
    ------
    InvalidArgument
        An argument is wrong, or the port is taken.
    PmframesError
        The extra that the sandbox needs is not installed.
    """
    check_installed()
    _check_whole("people", people, 0, 100_000)
    _check_whole("seed", seed, 0, 2**63)
    _check_whole("port", port, 0, 65_535)
    _check_whole("rate_limit", 1 if rate_limit is None else rate_limit, 1, 10**9)
    if isinstance(latency, bool) or not isinstance(latency, int | float) or not 0 <= latency <= 60:
        raise _messages.wrong_kind("latency", latency, "seconds from 0 to 60")
    if isinstance(faults, str) or not isinstance(faults, Iterable):
        raise _messages.wrong_kind("faults", faults, 'a list of faults, such as ["teamwork:status=503*2"]')
    if api_versions is not None and not isinstance(api_versions, Mapping):
        raise _messages.wrong_kind("api_versions", api_versions, 'a dict such as {"outlign": ["bare-list"]}')
    from pmframes.sandbox import Sandbox

    try:
        box = Sandbox(
            people=people,
            seed=seed,
            port=port,
            latency=latency,
            rate_limit=rate_limit,
            api_versions=api_versions,
            faults=faults,
        )
    except ValueError as error:
        raise _messages.wrong_for_sandbox(error) from None
    try:
        box.start()
    except OSError:
        raise _messages.port_taken(port) from None
    return box


def _check_whole(name: str, value: Any, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _messages.wrong_kind(name, value, f"a whole number from {least} to {most:,}")


def demo(
    people: int = 1200,
    seed: int = 7,
    *,
    faults: Iterable[Any] = (),
    api_versions: Mapping[str, Collection[str]] | None = None,
    rate_limit: int | None = None,
) -> Demo:
    """Start the sandbox, a server on this machine with fictional data, and connect all four services to it.

    Each start has an empty cache of its own, which is removed when it stops or Python ends.

    Parameters
    ----------
    people : int, default 1200
        How many people the Teamwork.com site has, 0 to 100,000.
    seed : int, default 7
        The same seed makes the same data.
    faults : list of str, default ()
        What goes wrong, such as ``["teamwork:status=503*2"]``; see ``Demo.fault``.
    api_versions : dict of list of str, optional
        Older API versions to serve, such as ``{"outlign": ["bare-list"]}``. Allowed values:
        lower-bound-count (teamwork), two-field-roles, seventeen-permissions, no-role-id (projectmanager),
        bare-list, company-id (outlign), with-type (spirii).
    rate_limit : int, optional
        How many requests a minute each service answers; by default more than anyone sends.

    Returns
    -------
    Demo
        The running sandbox, also a context manager: ``stop()``, ``url(service)``, ``token(service)``.

    Raises
    ------
    InvalidArgument
        An argument is wrong.
    PmframesError
        The extra that the sandbox needs is not installed: ``pip install "pmframes[demo]"``.
    """
    return Demo(
        sandbox(people=people, seed=seed, faults=faults, api_versions=api_versions, rate_limit=rate_limit)
    )
