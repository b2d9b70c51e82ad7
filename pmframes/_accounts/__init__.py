"""``pm.accounts`` and ``pm.using``: what is declared in ``accounts.toml``, and speaking as one of these accounts."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import Any

import pandas as pd

from pmframes import _contexts, _fork, _registry
from pmframes._accounts.declarations import Declaration, find_account, read_accounts
from pmframes._connections import Connection
from pmframes._services import INTERRUPTED
from pmframes._signatures import checks_arguments
from pmframes._types import TEXT
from pmframes.errors import InvalidArgument

_DTYPES: dict[str, Any] = {**dict.fromkeys(("account", "service", "url", "source"), TEXT), "available": "boolean"}


class _OpenConnections:
    """The connections of declared accounts in this process: one for each login, with one rate limit and one cache."""

    def __init__(self) -> None:
        self._connections: dict[Declaration, Connection] = {}
        self.reset_after_fork()
        _fork.reset_in_child(self)

    def reset_after_fork(self) -> None:
        """Forget who held the lock in the parent process."""
        self._lock = Lock()

    def get(self, declaration: Declaration) -> Connection:
        """Return the connection of a login; a new one where it was closed."""
        with self._lock:
            connection = self._connections.get(declaration)
            if connection is None or connection.client.is_closed:
                connection = self._connections[declaration] = declaration.create_connection()
            return connection


_open = _OpenConnections()


@checks_arguments
def accounts(file: str | PathLike[str] | None = None) -> pd.DataFrame:
    """List the declared accounts (credentials are never in the file, nor shown).

    Parameters
    ----------
    file : path, optional
        The file; by default ``PMFRAMES_ACCOUNTS``, else ``accounts.toml`` in the platform's configuration folder.

    Returns
    -------
    DataFrame
        One row per account and service: account, service, url, source (str: where the credential is), available
        (boolean: whether it is there; a command is looked for and not run).

    Raises
    ------
    InvalidArgument
        The file cannot be read, is malformed, holds a credential, or may be written by others.
    """
    declared = read_accounts(None if file is None else Path(file).expanduser())
    logins = [login for account in declared.values() for login in account.values()]
    rows = [(login.account, login.service, login.url, login.source, login.is_available) for login in logins]
    return pd.DataFrame(rows, columns=list(_DTYPES), dtype="object").astype(_DTYPES)


@checks_arguments
@contextmanager
def using(account: str) -> Iterator[None]:
    """Speak as a declared account within a ``with`` block: this thread or task, and no other.

    Only the credentials of that account count: a service that it lacks is ``NotConnected``, whatever was
    connected before, and whatever the environment or the keyring holds.

    Parameters
    ----------
    account : str
        The name of the account; ``pm.accounts`` lists them.

    Raises
    ------
    InvalidArgument
        It is not declared, or the file cannot be used.
    """
    with _contexts.block(open_account(account), account=account):
        yield


def open_account(account: str, urls: Mapping[str, str] | None = None) -> dict[str, Connection]:
    """Return the connections of a declared account by service; raise where it is not declared with these urls."""
    logins = find_account(account, read_accounts())
    if urls is not None and urls != {name: login.url for name, login in logins.items()}:
        raise InvalidArgument(
            f"The account {account} is declared differently here than where the work was given out.",
            "Use the same accounts.toml on all machines.",
        )
    return {name: _open.get(login) for name, login in logins.items()}


def connect_account(account: str, *, check: bool) -> None:
    """Use the connections of a declared account, and no others, from now on."""
    connections = open_account(account)
    if check:
        connections = {name: checked(connection) for name, connection in connections.items()}
    _registry.registry.set_account(account, connections)


def checked(connection: Connection) -> Connection:
    """Return a connection once its service has accepted the credential; print whose it is."""
    try:
        identity = connection.whoami()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(INTERRUPTED) from None
    with suppress(OSError, ValueError):  # nobody reads it where the stream is closed
        print(f"Connected to {connection.definition.title} at {connection.url} as {identity}.")
    return replace(connection, is_checked=True)
