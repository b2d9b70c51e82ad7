"""What is cached: ``pm.cache.info()`` and ``pm.cache.clear()``."""

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime

import pandas as pd

from pmframes import _connections, _messages
from pmframes._http import store
from pmframes._services import SERVICES, find_service

__all__ = ["clear", "info"]


def info() -> pd.DataFrame:
    """List the loads that are cached, on this machine's disk and in memory.

    Returns
    -------
    DataFrame
        One row per load: service, account, resource, parameters (str; free text as "…", nothing where none
        were given), rows (int64), size (int64, bytes), age (timedelta64[us]), expires (datetime64[us, UTC]);
        both in whole seconds.

    Warns
    -----
    UserWarning
        A file could not be read, or is not of this pmframes: it is not listed.
    """
    now = datetime.now(UTC)
    entries = [(service, entry) for service, one in _stores() for entry in one.entries()]
    frame = pd.DataFrame(
        {
            "service": pd.Series([service for service, _ in entries], dtype="str"),
            "account": pd.Series([entry.account for _, entry in entries], dtype="str"),
            "resource": pd.Series([entry.resource for _, entry in entries], dtype="str"),
            "parameters": pd.Series([entry.parameters for _, entry in entries], dtype="str"),
            "rows": pd.Series([entry.rows for _, entry in entries], dtype="int64"),
            "size": pd.Series([entry.size for _, entry in entries], dtype="int64"),
            "age": pd.Series([now - entry.fetched_at for _, entry in entries], dtype="timedelta64[us]"),
            "expires": pd.Series([entry.expires for _, entry in entries], dtype="datetime64[us, UTC]"),
        }
    )
    for moment in ("age", "expires"):
        frame[moment] = frame[moment].dt.floor("s")
    _tell_foreign()
    return frame.sort_values(["service", "account", "resource", "parameters"], ignore_index=True)


def clear(service: str | None = None) -> None:
    """Remove what is cached for a service, of every account; with no name, for all services.

    Raises
    ------
    InvalidArgument
        The service is unknown.
    PmframesError
        A file could not be removed.

    Warns
    -----
    UserWarning
        With no name: a file that is not of this pmframes was left.
    """
    wanted = set(SERVICES) if service is None else {find_service(service).name}
    for name, one in list(_stores()):
        if name in wanted:
            one.clear()
    if service is None:
        _tell_foreign()


def _tell_foreign() -> None:
    if found := store.unknown_files(store.cache_folder(), SERVICES):
        warnings.warn(_messages.cache_foreign(found), stacklevel=3)


def _stores() -> Iterator[tuple[str, store.Store]]:
    """List every store: those of the connections, and the others in the cache folder."""
    connected = {one.store.path: one for one in _connections.registry.available(SERVICES.values())}
    for connection in connected.values():
        yield connection.service, connection.store
    for name, path in store.store_files(store.cache_folder(), SERVICES):
        if path not in connected:
            yield name, store.Store(path, "")
