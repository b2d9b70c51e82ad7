"""The four services by name: connect, disconnect, connections, check."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import ModuleType
from typing import Any

import pandas as pd

from pmframes import _connections, _validation, errors, outlign, projectmanager, spirii, teamwork
from pmframes._connections import Connection
from pmframes._credentials import Credential
from pmframes._http.auth import Secret, Token
from pmframes._http.prefetch import run_in_daemon_thread
from pmframes._http.service import Service
from pmframes._signatures import checks_arguments
from pmframes._text import join, safe_repr, suggest
from pmframes._types import TEXT

_MODULES: tuple[ModuleType, ...] = (teamwork, projectmanager, outlign, spirii)
SERVICES: dict[str, Service] = {module.SERVICE.name: module.SERVICE for module in _MODULES}
_CHECK_DTYPES: dict[str, Any] = {
    **dict.fromkeys(("service", "url", "account"), TEXT),
    "ok": "boolean",
    **dict.fromkeys(("identity", "problem"), TEXT),
    "cache_age": "timedelta64[us]",
}
_INTERRUPTED = "The check was interrupted. Nothing was changed."


def find_service(name: str) -> Service:
    """Return a service by its name, or raise ``InvalidArgument``."""
    if not isinstance(name, str) or name not in SERVICES:
        remedy = f"{suggest(name, SERVICES)} Use one of: {join(SERVICES)}.".lstrip()
        raise errors.InvalidArgument(f"Unknown service {safe_repr(name)}.", remedy)
    return SERVICES[name]


def find_services(names: str | Iterable[str] | None) -> list[Service]:
    """Return one service or several by name, all of them for None, or raise ``InvalidArgument``."""
    if names is None:
        return list(SERVICES.values())
    several = _validation.as_list(names)
    if not several:
        raise errors.InvalidArgument("services is empty.", "Leave it out for all services.")
    return list({service.name: service for service in map(find_service, several)}.values())


@checks_arguments
def connect(
    service: str,
    *,
    url: str | None = None,
    token: Token | None = None,
    account: str | None = None,
    oauth: bool = False,
    integration_name: str | None = None,
    requests_per_minute: int | None = None,
    check: bool = False,
) -> Connection:
    """Connect to a service; nothing is sent yet, unless ``check=True``.

    Parameters
    ----------
    service : {"teamwork", "projectmanager", "outlign", "spirii"}
        The service.
    url : str, optional
        Its address; needed for Teamwork.com, in any form ("acme", "acme.eu.teamwork.com", a pasted link). By
        default ``PMFRAMES_<SERVICE>_URL``, else the service's own address.
    token : str or function that returns one, optional
        The credential; by default ``PMFRAMES_<SERVICE>_TOKEN``, else the one in the system's keyring
        (``keyring set pmframes teamwork``, with the extra ``keyring``). A function is called when a load
        needs the token, and again when the service rejects it. It may not load from the same service.
    account : str, optional
        The name of the account; each has a cache of its own. By default accounts are distinguished by a hash
        of the credential; with a token function the cache is in memory only. Set it if your token changes
        between sessions: otherwise each token leaves a cache until ``pm.cache.clear()``.
    oauth : bool, default False
        For Teamwork.com: the token is an OAuth token, not an API key.
    integration_name : str, optional
        For ProjectManager.com: the value of the header ``x-integration-name``; by default
        ``pmframes/<version>``.
    requests_per_minute : int, optional
        The rate limit; all of them may be sent at once. By default the documented limit: 150 (Teamwork.com),
        60 (Outlign), 120 (Spirii), none (ProjectManager.com).
    check : bool, default False
        Send the service's cheapest request, and print the site and your identity there. If it fails, an
        earlier connection stays as it was.

    Returns
    -------
    Connection
        The connection; it prints its service, url, account and whether it was checked, never the credential.

    Raises
    ------
    InvalidArgument
        The service is unknown, the address is malformed or plain HTTP to another machine, or the token is
        malformed.
    NotConnected
        There is no token, neither as an argument nor in the environment or the keyring.
    AuthenticationError, PermissionDenied, RateLimited, ServiceError, UnexpectedResponse, OfflineMiss
        The check failed.
    """
    # At once, so that no traceback shows them; an address may hold a credential.
    secret, token = None if token is None else Secret(token), None
    address, url = None if url is None else Secret(url), None
    definition = find_service(service)
    _validation.parse_bool("check", check)
    label = f"The token for {definition.title}"
    connection = _connections.create(
        definition,
        url=address,
        credential=None if secret is None else Credential(secret, "connect()", label),
        account=account,
        oauth=oauth,
        integration_name=integration_name,
        requests_per_minute=requests_per_minute,
    )
    if check:
        try:
            identity = connection.whoami()
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_INTERRUPTED) from None
        with suppress(OSError, ValueError):  # nobody reads it where the stream is closed
            print(f"Connected to {definition.title} at {connection.url} as {identity}.")
        connection = replace(connection, is_checked=True)
    _connections.registry.set(connection)
    return connection


@checks_arguments
def disconnect(services: str | Iterable[str] | None = None) -> None:
    """Forget the credentials for one service, several, or all, and remove what was cached with them.

    The cache of earlier connections to the same account is removed as well. A credential in the environment
    or the keyring is not used again, until the environment changes or ``connect`` is called.

    Parameters
    ----------
    services : str or list of str, optional
        The services; by default all four.

    Raises
    ------
    InvalidArgument
        A service is unknown.
    PmframesError
        A file of the cache could not be removed. The connections are closed; call it again to remove the
        rest.
    """
    related = {service.name: _connections.registry.related(service) for service in find_services(services)}
    for caches in related.values():
        for cache in caches:
            if (client := cache.client()) is not None:
                client.close()
    for name, caches in related.items():
        for cache in caches:
            cache.store.discard()
        _connections.registry.remove(SERVICES[name])


@checks_arguments
def connections() -> pd.DataFrame:
    """List connected services (credentials are never shown).

    Returns
    -------
    DataFrame
        One row per connected service: service, url, account, source (str: where the credential is from).
    """
    available = _connections.registry.available(SERVICES.values())
    columns = ("service", "url", "account", "source")
    values = {name: [getattr(connection, name) for connection in available] for name in columns}
    return pd.DataFrame(values, dtype=TEXT)


@checks_arguments
def check(services: str | Iterable[str] | None = None) -> pd.DataFrame:
    """Check whether each credential is valid and whose it is, by the service's cheapest request.

    Parameters
    ----------
    services : str or list of str, optional
        The services; by default all four.

    Returns
    -------
    DataFrame
        One row per service: service, url, account (str; NA without a credential), ok (boolean; NA without a
        credential, or offline), identity (str), problem (str: cause and remedy), cache_age (timedelta64[us],
        whole seconds: of the oldest cached load).

    Raises
    ------
    InvalidArgument
        A service is unknown.
    """
    return build_check_frame(check_services(services))


def build_check_frame(checks: "Sequence[ServiceCheck]") -> pd.DataFrame:
    """Build the frame that ``check`` returns."""
    rows = [vars(result) | {"problem": result.problem and str(result.problem)} for result in checks]
    frame = pd.DataFrame(rows, columns=list(_CHECK_DTYPES), dtype="object").astype(_CHECK_DTYPES)
    return frame.assign(cache_age=frame["cache_age"].dt.floor("s"))


@dataclass
class ServiceCheck:
    """Whether a service accepts the credential, and whose it is; ``ok`` is None where it was not asked."""

    service: str
    url: str | None = None
    account: str | None = None
    source: str | None = None
    ok: bool | None = None
    identity: str | None = None
    cache_age: timedelta | None = None
    problem: errors.PmframesError | None = None


def check_services(services: str | Iterable[str] | None = None) -> list[ServiceCheck]:
    """Check the credentials of services, all at once.

    Raises
    ------
    InvalidArgument
        A service is unknown.
    """
    checks = {service.name: ServiceCheck(service.name) for service in find_services(services)}
    try:
        # The connections here, so that a warning about a cache points at the user's line.
        connected = [_find_connection(SERVICES[name], result) for name, result in checks.items()]
        pending = [
            run_in_daemon_thread(partial(_check_identity, connection, checks[connection.service]))
            for connection in connected
            if connection is not None
        ]
        for future in pending:
            future.result()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_INTERRUPTED) from None
    return list(checks.values())


def _find_connection(service: Service, result: ServiceCheck) -> Connection | None:
    try:
        connection = _connections.get(service)
    except (errors.NotConnected, errors.InvalidArgument) as error:
        result.problem, result.source = error, _connections.registry.source(service)
        result.ok = False if result.source else None
        return None
    result.url, result.account, result.source = connection.url, connection.account, connection.source
    if loads := connection.store.entries():
        age = datetime.now(UTC) - min(load.fetched_at for load in loads)
        result.cache_age = age if age >= timedelta(0) else None  # the clock was changed
    return connection


def _check_identity(connection: Connection, result: ServiceCheck) -> None:
    try:
        result.identity, result.ok = connection.whoami(), True
    except errors.OfflineMiss as error:
        result.problem = error
    except errors.PmframesError as error:
        result.problem, result.ok = error, False
    except Exception as error:
        # What a token function raises may say anything, the token included.
        failure = f"The token function failed ({type(error).__name__})."
        result.problem = errors.PmframesError(failure, "Call it by itself to see why, then connect again.")
        result.ok = False
