"""``pm.cache``: list the cached loads with ``info()``, remove them with ``clear()``."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from pmframes import _messages, _registry
from pmframes._http import store
from pmframes._services import SERVICES, find_services
from pmframes._signatures import checks_arguments
from pmframes._text import pluralize, refuse_other_names, strip_control
from pmframes._types import TEXT

__all__ = ["clear", "info"]

if not TYPE_CHECKING:  # so that a type checker reports a misspelt name
    __getattr__ = refuse_other_names("pm.cache", __all__)

_DTYPES: dict[str, Any] = {
    **dict.fromkeys(("service", "account", "resource", "parameters"), TEXT),
    **dict.fromkeys(("rows", "bytes"), "int64"),
    "age": "timedelta64[us]",
    "expires": "datetime64[us, UTC]",
}


@checks_arguments
def info() -> pd.DataFrame:
    """List the loads that are cached, on disk and in memory.

    Returns
    -------
    DataFrame
        One row per load: service, account, resource, parameters (str; free text as "…", empty without
        parameters), rows, bytes (int64), age (timedelta64[us]; NA where the clock was changed), expires
        (datetime64[us, UTC]); times in whole seconds.

    Warns
    -----
    UserWarning
        A file cannot be read, is not one of pmframes, or is one of pmframes 0.1: it is not listed.
    """
    now = datetime.now(UTC)
    rows = [
        {"service": service, "bytes": entry.size, "age": now - entry.fetched_at, **vars(entry)}
        for service, cached in _stores()
        for entry in cached.entries()
    ]
    frame = pd.DataFrame(rows, columns=list(_DTYPES)).astype(_DTYPES)
    for moment in ("age", "expires"):
        frame[moment] = frame[moment].dt.floor("s")
    frame["age"] = frame["age"].where(frame["age"] >= pd.Timedelta(0))
    _warn_of_unknown_files()
    folder = store.cache_folder()
    if old := store.old_files(folder, SERVICES):
        path = strip_control(str(folder / store.OLD_LAYOUT_FOLDER))
        _messages.warn_user(
            f"{path} has {pluralize(len(old), 'file')} of pmframes 0.1, which this version does not read. "
            "Clearing the whole cache removes them."
        )
    return frame.sort_values(["service", "account", "resource", "parameters"], ignore_index=True)


@checks_arguments
def clear(services: str | Iterable[str] | None = None) -> None:
    """Remove what is cached for one service, several, or all, of every account.

    For all services it also removes the files of pmframes 0.1, and prints how many there were.

    Parameters
    ----------
    services : str or list of str, optional
        The services; by default all four.

    Raises
    ------
    InvalidArgument
        A service is unknown.
    PmframesError
        A file could not be removed.

    Warns
    -----
    UserWarning
        For all services: a file that is not one of pmframes was left.
    """
    names = {service.name for service in find_services(services)}
    for name, cached in list(_stores()):
        if name in names:
            cached.clear()
    if services is None:
        if removed := store.remove_old_files(store.cache_folder(), SERVICES):
            print(f"Removed {pluralize(removed, 'file')} of pmframes 0.1.")
        _warn_of_unknown_files()


def _warn_of_unknown_files() -> None:
    if unknown := store.unknown_files(store.cache_folder(), SERVICES):
        more = f" and {len(unknown) - 1:,} more" if len(unknown) > 1 else ""
        _messages.warn_user(
            f"Not a file of pmframes, so neither listed nor removed: {strip_control(str(unknown[0]))}{more}. "
            "Remove what nobody needs by hand, or set PMFRAMES_CACHE_DIR to a folder for the cache alone."
        )


def _stores() -> Iterator[tuple[str, store.Store]]:
    """Return every store with its service: those of the connections, and the others in the cache folder."""
    connected = {connection.store.path: connection for connection in _registry.registry.available(SERVICES.values())}
    for connection in connected.values():
        yield connection.service, connection.store
    for path in store.store_files(store.cache_folder(), SERVICES):
        if path not in connected:
            yield path.parent.name, store.Store(path, "")
