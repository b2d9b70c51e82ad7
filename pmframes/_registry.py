"""Which connection a service has here: the defaults of the process, and those of a context."""

import threading
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from pmframes import _contexts, _fork
from pmframes._connections import Connection, create, no_credential
from pmframes._credentials import Environment, find_credential, read_environment
from pmframes._http.client import Client
from pmframes._http.service import Service
from pmframes._http.store import Store
from pmframes._text import join
from pmframes.errors import InvalidArgument, NotConnected


class CacheHandle(NamedTuple):
    """What is needed to clear the cache of a connection, also of one that was replaced.

    The client, with its sockets, is kept alive only by its connection and by loads that use it.
    """

    url: str
    store: Store
    is_named: bool
    client: "weakref.ref[Client]"


@dataclass
class _Slot:
    """The registry's entry for one service.

    ``environment`` is what an implicit connection was made from, None for one that was made by hand;
    ``disconnected`` is what the environment held at a disconnect, so that it is not used again;
    ``found_source`` is where a credential was found last.
    """

    connection: Connection | None = None
    environment: Environment | None = None
    disconnected: Environment | None = None
    found_source: str | None = None
    superseded: list[CacheHandle] = field(default_factory=list)


class _Registry:
    """The default connections of this process, one per service, and the caches of superseded ones."""

    def __init__(self) -> None:
        self._slots: defaultdict[str, _Slot] = defaultdict(_Slot)
        # Overriding connections that ended while they were overridden themselves, each with what it overrode.
        self._ended: dict[Connection | None, Connection | None] = {}
        # The declared account of the default connections: environment and keyring count for nothing then.
        self._account: str | None = None
        self.reset_after_fork()
        _fork.reset_in_child(self)

    def reset_after_fork(self) -> None:
        """Forget who held the lock in the parent process."""
        # One that the same thread may take again: finding a connection sets it.
        self._lock = threading.RLock()

    def set(self, connection: Connection) -> None:
        """Use a connection from now on: by default, or in the context that has connections of its own."""
        if _contexts.uses_default():
            self._set_default(connection)
            return
        own = _contexts.own_connections() or {}
        with self._lock:
            self._supersede(own.get(connection.service), self._slots[connection.service])
        _contexts.set_own_connections({**own, connection.service: connection}, _contexts.own_account())

    def set_account(self, account: str, connections: Mapping[str, Connection]) -> None:
        """Use the connections of a declared account, and no others, from now on: by default, or in this context."""
        if not _contexts.uses_default():
            with self._lock:
                for service, old in (_contexts.own_connections() or {}).items():
                    self._supersede(old, self._slots[service])
            _contexts.set_own_connections(dict(connections), account)
            return
        with self._lock:
            self._account = account
            for slot in self._slots.values():
                self._supersede_default(slot)
            for connection in connections.values():
                self._set_default(connection)

    @property
    def account(self) -> str | None:
        """The declared account as which this context speaks."""
        return _contexts.own_account() if _contexts.own_connections() is not None else self._account

    def _set_default(self, connection: Connection) -> None:
        with self._lock:
            slot = self._slots[connection.service]
            slot.disconnected = None
            self._supersede_default(slot)
            slot.connection = connection

    def override(self, connection: Connection) -> Connection | None:
        """Use a connection by default for a while; return the one that was made by hand before it."""
        with self._lock:
            slot = self._slots[connection.service]
            earlier = slot.connection if slot.environment is None else None
            slot.connection, slot.environment = connection, None
            return earlier

    def restore(self, ours: Connection, earlier: Connection | None) -> None:
        """Undo an ``override``; where it was overridden again, restore ``earlier`` when that ends."""
        with self._lock:
            while earlier in self._ended:
                earlier = self._ended[earlier]
            slot = self._slots[ours.service]
            if slot.connection is ours:
                slot.connection = earlier
            else:
                self._ended[ours] = earlier

    def find(self, service: Service) -> Connection | None:
        """Return the connection of this context, else the default one, else one from environment or keyring."""
        own = _contexts.own_connections()
        if own is not None:
            return own.get(service.name)
        return None if _contexts.is_ambiguous() else self._find_default(service)

    def _find_default(self, service: Service) -> Connection | None:
        with self._lock:
            slot, environment = self._slots[service.name], read_environment(service)
            if slot.connection and slot.environment in (None, environment):
                return slot.connection
            self._supersede_default(slot)
            if self._account is not None:
                return None
            # Under the lock, since a keyring may ask the user: once is enough.
            credential = None if slot.disconnected == environment else find_credential(service)
            slot.found_source = credential.source if credential else None
            is_half = environment.secret is not None and not (environment.url or service.url)
            if credential is None or is_half:
                return None
            self._set_default(create(service, credential=credential))
            slot.environment = environment
            return slot.connection

    def source(self, service: Service) -> str | None:
        """Return where ``find`` found a credential that was not enough to connect; None if nowhere."""
        if self.account is not None or _contexts.own_connections() is not None:
            return None
        with self._lock:
            return self._slots[service.name].found_source

    def was_disconnected(self, service: Service) -> bool:
        """Return whether the default connection to a service was removed."""
        return self._slots[service.name].disconnected is not None

    def available(self, services: Iterable[Service]) -> list[Connection]:
        """Return the connections to these services, without those that the environment sets wrongly."""
        connections = []
        for service in services:
            with suppress(InvalidArgument):
                connections.append(self.find(service))
        return [connection for connection in connections if connection is not None]

    def related(self, service: Service) -> list[CacheHandle]:
        """Return the caches of this context's connection, and of earlier ones to its account as far as is known."""
        if not self._is_owner():
            return []
        with self._lock:
            current = [_cache_handle(connection) for connection in self.available([service])]
            paths, urls = [cache.store.path for cache in current], [cache.url for cache in current]
            return current + [
                cache
                for cache in self._slots[service.name].superseded
                if cache.store.path in paths or (cache.url in urls and not cache.is_named)
            ]

    def remove(self, service: Service) -> None:
        """Remove the connection of this context, at the top level the default one.

        The default connection is not made again from the same environment.
        """
        own = _contexts.own_connections()
        if own is None and self._is_owner():
            with self._lock:
                self._slots[service.name] = _Slot(disconnected=read_environment(service))
                if not any(slot.connection for slot in self._slots.values()):
                    self._account = None
        else:
            kept = {name: connection for name, connection in (own or {}).items() if name != service.name}
            _contexts.set_own_connections(kept, _contexts.own_account())

    def _is_owner(self) -> bool:
        """Return whether the connections of this context are its own; other threads share the default one."""
        return _contexts.own_connections() is not None or _contexts.is_top_level()

    def _supersede_default(self, slot: _Slot) -> None:
        self._supersede(slot.connection, slot)
        slot.connection, slot.environment = None, None

    def _supersede(self, old: Connection | None, slot: _Slot) -> None:
        if old is None:
            return
        old.client.close_idle()
        if old.store.path is None:
            old.store.clear()
            return
        path = old.store.path
        slot.superseded = [other for other in slot.superseded if other.client() or other.store.path != path]
        slot.superseded.append(_cache_handle(old))


def _cache_handle(connection: Connection) -> CacheHandle:
    return CacheHandle(connection.url, connection.store, connection.is_named, weakref.ref(connection.client))


registry = _Registry()


def override(connections: Mapping[str, Connection]) -> Callable[[], None]:
    """Use connections for a while; the function that is returned ends it, unless others were made since."""
    if _contexts.uses_default():
        earlier = {connection: registry.override(connection) for connection in connections.values()}

        def restore() -> None:
            for connection, previous in earlier.items():
                registry.restore(connection, previous)

        return restore
    outer, account = _contexts.own_connections(), _contexts.own_account()
    used = {**(outer or {}), **connections}
    _contexts.set_own_connections(used, account)

    def restore_own() -> None:
        if _contexts.own_connections() is used:
            _contexts.set_own_connections(outer, account)

    return restore_own


def get(service: Service) -> Connection:
    """Return the connection to a service.

    Raises
    ------
    NotConnected
        There is none, and neither the environment nor the keyring has a credential.
    InvalidArgument
        An environment variable is wrong.
    """
    connection = registry.find(service)
    if connection is None:
        raise _not_connected(service)
    return connection


def _not_connected(service: Service) -> NotConnected:
    if _contexts.is_ambiguous():
        return NotConnected(
            f"It is not clear which connection to {service.title} this thread or task is to use: a with block of "
            "pm.using(), pm.demo() or pm.offline() is open elsewhere, and nothing was connected here.",
            "Run it by contextvars.copy_context().run from within the block, call pm.connect in it, or use pm.across.",
        )
    is_gone = _contexts.own_connections() is None and registry.was_disconnected(service)
    if (account := registry.account) and not is_gone:
        return NotConnected(
            f"The account {account} has no {service.title}: only its own credentials count here.",
            f"Declare [{account}.{service.name}] in accounts.toml, or use another account.",
        )
    own = _contexts.own_connections()
    if own is not None:
        services = join(sorted(own)) or "none"
        return NotConnected(
            f"There is no connection to {service.title} here: this thread, task or with block has connections of "
            f"its own ({services}).",
            f'Call pm.connect("{service.name}", …) here as well.',
        )
    return no_credential(service)
