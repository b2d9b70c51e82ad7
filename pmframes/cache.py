"""What is cached: ``pm.cache.info()`` and ``pm.cache.clear()``."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pandas as pd

from pmframes import accounts
from pmframes.http import cache as store
from pmframes.services import SERVICES, find_service

__all__ = ["clear", "info"]


def info() -> pd.DataFrame:
    """List the loads that are cached, on this machine's disk and in memory.

    Returns
    -------
    DataFrame
        One row per load: service, account, resource (str), rows (int64), size (int64, bytes), age
        (timedelta64[us]), expires (datetime64[us, UTC]).
    """
    now = datetime.now(UTC)
    entries = [(service, entry) for service, one in _stores() for entry in one.entries()]
    frame = pd.DataFrame(
        {
            "service": pd.Series([service for service, _ in entries], dtype="str"),
            "account": pd.Series([entry.account for _, entry in entries], dtype="str"),
            "resource": pd.Series([entry.resource for _, entry in entries], dtype="str"),
            "rows": pd.Series([entry.rows for _, entry in entries], dtype="int64"),
            "size": pd.Series([entry.size for _, entry in entries], dtype="int64"),
            "age": pd.Series([now - entry.fetched_at for _, entry in entries], dtype="timedelta64[us]"),
            "expires": pd.Series([entry.expires for _, entry in entries], dtype="datetime64[us, UTC]"),
        }
    )
    return frame.sort_values(["service", "account", "resource"], ignore_index=True)


def clear(service: str | None = None) -> None:
    """Remove what is cached for a service, of every account; with no name, for all services.

    Raises
    ------
    InvalidArgument
        The service is unknown.
    """
    wanted = set(SERVICES) if service is None else {find_service(service).name}
    for name, one in list(_stores()):
        if name in wanted:
            one.clear()


def _stores() -> Iterator[tuple[str, store.Store]]:
    """List every store: those of the connections, and the other files in the cache folder."""
    connected = {one.store.path: one for one in accounts.usable(SERVICES.values())}
    for connection in connected.values():
        yield connection.service.name, connection.store
    for name, path in store.stored(store.folder()):
        if path not in connected:
            yield name, store.Store(path, "")
