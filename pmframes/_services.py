"""The four services by name: connecting, disconnecting, and what is connected."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from types import ModuleType
from typing import Any

import pandas as pd

from pmframes import _connections, _messages, _validation, errors, outlign, projectmanager, spirii, teamwork
from pmframes._connections import Service
from pmframes._http.auth import Secret, Token
from pmframes._http.prefetch import run_in_daemon_thread

_MODULES: tuple[ModuleType, ...] = (teamwork, projectmanager, outlign, spirii)
SERVICES: dict[str, Service] = {module.SERVICE.name: module.SERVICE for module in _MODULES}


def find_service(name: str) -> Service:
    """Give a service by its name, or raise ``InvalidArgument``."""
    if not isinstance(name, str) or name not in SERVICES:
        raise _messages.unknown_service(name, SERVICES)
    return SERVICES[name]


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
) -> None:
    """Set the credential for a service; nothing is sent yet, unless it is to be checked.

    Parameters
    ----------
    service : {"teamwork", "projectmanager", "outlign", "spirii"}
        The service.
    url : str, optional
        Its address; needed for Teamwork.com, in any form ("acme", "acme.eu.teamwork.com", a pasted link). By
        default ``PMFRAMES_<SERVICE>_URL``, else the service's own address.
    token : str or function that returns one, optional
        The credential; by default ``PMFRAMES_<SERVICE>_TOKEN``, else what the system's keyring holds
        (``keyring set pmframes teamwork``, with the extra ``keyring``). A function is asked when a load needs
        it, and once more when the service no longer accepts what it gave.
    account : str, optional
        The name under which this account's data are cached. Without one they are cached by a digest of the
        credential, or, where the credential is a function, in memory only. Give one where you pass a new
        token each time: else each leaves a cache of its own until ``pm.cache.clear()``.
    oauth : bool, default False
        For Teamwork.com: the token is an OAuth token, not an API key.
    integration_name : str, optional
        For ProjectManager.com: how pmframes calls itself in the header ``x-integration-name``; by default
        ``pmframes/<version>``.
    requests_per_minute : int, optional
        How many requests a minute may be sent, all at once if need be; by default what the service documents:
        150 (Teamwork.com), 60 (Outlign), 120 (Spirii), no limit (ProjectManager.com).
    check : bool, default False
        Make the service's cheapest call and print to which site, and as whom, you are connected. Where that
        fails, an earlier connection stays as it was.

    Raises
    ------
    InvalidArgument
        The service is unknown, the address is no address or plain http to another machine, or the token is
        malformed.
    NotConnected
        No token was given, and neither the environment nor the system's keyring has one.
    AuthenticationError, PermissionDenied, RateLimited, ServiceError, UnexpectedResponse, OfflineMiss
        The check failed.
    """
    secret, token = None if token is None else Secret(token), None
    found = find_service(service)
    _validation.parse_bool("check", check)
    made = _connections.create(
        found,
        url=url,
        secret=secret,
        account=account,
        oauth=oauth,
        integration_name=integration_name,
        requests_per_minute=requests_per_minute,
    )
    if check:
        print(f"Connected to {found.title} at {made.url} as {_whoami(made)}.")
    _connections.registry.set(made)


def disconnect(service: str) -> None:
    """Forget the credential for a service, and remove what was cached with it, or with one before it.

    A credential in the environment is not used again either, until it changes or ``connect`` is called.

    Raises
    ------
    InvalidArgument
        The service is unknown.
    PmframesError
        What was cached could not be removed. The connection is closed; call it again to remove the rest.
    """
    found = find_service(service)
    leaving = _connections.registry.related(found)
    for connection in leaving:
        connection.client.close()
    for connection in leaving:
        connection.store.close()
    _connections.registry.remove(found)


def connections() -> pd.DataFrame:
    """List the services that there is a credential for; never the credential.

    Returns
    -------
    DataFrame
        One row per service: service, url, account, credential_from (str).
    """
    found = _connections.registry.available(SERVICES.values())
    columns = {
        "service": [one.service.name for one in found],
        "url": [one.url for one in found],
        "account": [one.account for one in found],
        "credential_from": [one.source for one in found],
    }
    return pd.DataFrame(columns, dtype="str")


def check(services: str | Iterable[str] | None = None) -> pd.DataFrame:
    """Ask each service, by its cheapest call, whether the credential works and whose it is.

    Parameters
    ----------
    services : str or list of str, optional
        The services to ask; by default all four.

    Returns
    -------
    DataFrame
        One row per service: service, url, credential_from (str; NA without a credential), works (boolean; NA
        where there is none, or nothing may be asked), as_whom (str), cache_age (timedelta64[us], whole
        seconds, of the oldest load that is stored), problem (str: the cause, and what to do).

    Raises
    ------
    InvalidArgument
        A service is unknown.
    """
    checks = check_services(services)
    kinds = {"works": "boolean", "cache_age": "timedelta64[us]"}
    columns: dict[str, list[Any]] = {
        "service": [one.service for one in checks],
        "url": [one.url for one in checks],
        "credential_from": [one.source for one in checks],
        "works": [one.ok for one in checks],
        "as_whom": [one.identity for one in checks],
        "cache_age": [one.cache_age for one in checks],
        "problem": [one.problem and str(one.problem) for one in checks],
    }
    frame = pd.DataFrame(
        {name: pd.Series(values, dtype=kinds.get(name, "str")) for name, values in columns.items()}
    )
    return frame.assign(cache_age=frame["cache_age"].dt.floor("s"))


@dataclass
class ServiceCheck:
    """Whether a service accepts the credential, and whose it is; ``ok`` is None where it was not asked."""

    service: str
    url: str | None = None
    source: str | None = None
    ok: bool | None = None
    identity: str | None = None
    cache_age: timedelta | None = None
    problem: errors.PmframesError | None = None


def check_services(services: str | Iterable[str] | None = None) -> list[ServiceCheck]:
    """Ask each service whether the credential works, all at once.

    Raises
    ------
    InvalidArgument
        A service is unknown.
    """
    names = SERVICES if services is None else _validation.parse_choices("services", services, SERVICES)
    try:
        pending = [run_in_daemon_thread(partial(_check_service, SERVICES[name])) for name in names]
        return [one.result() for one in pending]
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_messages.check_stopped()) from None


def _whoami(connection: _connections.Connection) -> str:
    try:
        return connection.whoami()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_messages.check_stopped()) from None


def _check_service(service: Service) -> ServiceCheck:
    result = ServiceCheck(service.name)
    try:
        connection = _connections.get(service)
        result.url, result.source = connection.url, connection.source
        if loads := connection.store.entries():
            result.cache_age = datetime.now(UTC) - min(load.fetched_at for load in loads)
        result.identity, result.ok = connection.whoami(), True
    except errors.OfflineMiss as error:
        result.problem = error
    except (errors.NotConnected, errors.InvalidArgument) as error:
        result.problem = error
        result.source = result.source or _connections.registry.source(service)
        result.ok = False if result.source else None
    except errors.PmframesError as error:
        result.problem, result.ok = error, False
    except Exception as error:
        result.problem, result.ok = _messages.token_function_failed(error), False
    return result
