"""The four services by name: connections, check."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from types import ModuleType
from typing import Any

import pandas as pd

from pmframes import _registry, _validation, errors, outlign, projectmanager, spirii, teamwork
from pmframes._connections import Connection
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
INTERRUPTED = "The check was interrupted. Nothing was changed."


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
def connections() -> pd.DataFrame:
    """List connected services (credentials are never shown).

    Returns
    -------
    DataFrame
        One row per connected service: service, url, account, source (str: where the credential is from).
    """
    available = _registry.registry.available(SERVICES.values())
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
        raise KeyboardInterrupt(INTERRUPTED) from None
    return list(checks.values())


def _find_connection(service: Service, result: ServiceCheck) -> Connection | None:
    try:
        connection = _registry.get(service)
    except (errors.NotConnected, errors.InvalidArgument) as error:
        result.problem, result.source = error, _registry.registry.source(service)
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
