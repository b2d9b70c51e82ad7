"""Connections: the credential and the cache of each service."""

import os
import threading
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pmframes import _contexts, _fork, _messages, _validation
from pmframes._connect_hint import ConnectHint
from pmframes._credentials import Credential, Environment, find_credential, read_environment
from pmframes._http.auth import Secret, Transport
from pmframes._http.client import Client, Query, Request, parse_response
from pmframes._http.prefetch import Prefetcher
from pmframes._http.service import Service
from pmframes._http.store import LAYOUT_FOLDER, Store, account_hash, cache_folder
from pmframes._text import join
from pmframes._version import __version__
from pmframes.errors import InvalidArgument, NotConnected

USER_AGENT = f"pmframes/{__version__}"
MAX_REQUESTS_PER_MINUTE = 1_000_000
"""As good as no limit."""


@dataclass(frozen=True, eq=False, repr=False)
class Connection:
    """A service with one credential, and the cache of what was loaded with it.

    Attributes
    ----------
    service, url : str
        The service and its base URL.
    account : str
        The name of the account, else a hash of the credential.
    source : str
        Where the credential is from: ``connect()``, ``demo()``, an environment variable or the keyring.
    is_checked : bool
        Whether the service accepted the credential when the connection was made.
    refused_params : dict
        The default parameters that the service refused, by resource; they are not tried again.
    """

    definition: Service
    url: str
    account: str
    source: str
    client: Client
    store: Store
    is_named: bool = False
    is_checked: bool = False
    refused_params: dict[str, list[Query]] = field(default_factory=dict)

    @property
    def service(self) -> str:
        """The name of the service."""
        return self.definition.name

    def __repr__(self) -> str:
        shown = (self.service, self.url, self.account, self.is_checked)
        return "Connection(service={!r}, url={!r}, account={!r}, checked={!r})".format(*shown)

    def whoami(self) -> str:
        """Return whose credential it is, as the service says.

        Raises
        ------
        AuthenticationError, PermissionDenied, RateLimited, ServiceError, UnexpectedResponse, OfflineMiss
            The service does not say.
        """
        identity, title = self.definition.identity, self.definition.title
        page = Request(identity.path, identity.query, "the identity behind the credential")

        # In the background like every request, so that it can be interrupted.
        with Prefetcher(self.client.send) as prefetcher:
            response = prefetcher.get(page)
        name = parse_response(lambda: identity.whoami(response.content), title, title, response)
        if name is None:
            raise _messages.unexpected_shape(title)
        return self.client.clean_name(name)


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
        _contexts.set_own_connections({**own, connection.service: connection})

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
        with self._lock:
            return self._slots[service.name].found_source

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
        else:
            kept = {name: connection for name, connection in (own or {}).items() if name != service.name}
            _contexts.set_own_connections(kept)

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
    outer = _contexts.own_connections()
    used = {**(outer or {}), **connections}
    _contexts.set_own_connections(used)

    def restore_own() -> None:
        if _contexts.own_connections() is used:
            _contexts.set_own_connections(outer)

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


def create(
    service: Service,
    *,
    url: Secret | None = None,
    credential: Credential | None = None,
    account: str | None = None,
    oauth: bool = False,
    integration_name: str | None = None,
    requests_per_minute: int | None = None,
    folder: Path | None = None,
    transport: Transport | None = None,
) -> Connection:
    """Return a new connection; what is None comes from the environment or the service.

    A ``transport`` takes the place of the network.
    """
    _validation.parse_bool("oauth", oauth)
    if oauth and service.auth != "basic":
        raise _not_for_service("oauth", service)
    credential = credential or find_credential(service)
    if credential is None:
        raise _not_connected(service)
    secret, source, label = credential
    secret.validate(label, service.credential)
    auth = "bearer" if oauth else service.auth
    base_url = _base_url(service, url)
    client = Client(
        service,
        base_url,
        secret,
        auth=auth,
        headers=_headers(service, integration_name),
        requests_per_minute=_rate_limit(requests_per_minute) or service.requests_per_minute,
        is_offline=_contexts.is_offline,
        transport=transport,
    )
    if account is not None and (not isinstance(account, str) or not account.strip()):
        raise _messages.wrong_kind("account", account, "a name as text, such as 'agency-a'")
    if account is None and secret.is_refreshable:
        # Nothing tells its account apart from others before the token function is called.
        return Connection(service, base_url, "(in memory)", source, client, Store(None, "(in memory)"))
    key = account_hash(base_url, f"account {account}" if account else f"{auth} {secret.get()}")
    label = account or key[:8]
    path = (folder or cache_folder()) / LAYOUT_FOLDER / service.name / f"{key}.sqlite"
    return Connection(service, base_url, label, source, client, Store(path, label), account is not None)


def _base_url(service: Service, url: Secret | None) -> str:
    source = url or read_environment(service).url or (Secret(service.url) if service.url else None)
    if source is None:
        raise InvalidArgument(
            f"{service.title} needs the address of your site.",
            f'Pass it, such as url="{service.example_url}", or set {service.url_variable}.',
            variable=service.url_variable,
        )
    if not isinstance(source.candidate, str):
        raise _messages.wrong_kind("url", source.candidate, f"the address of {service.title} as text")
    base_url = service.normalize_url(source.candidate.strip(), service.url_variable if url is None else "url")
    # Raised here: the frames of a traceback that have the address in their variables are over.
    if isinstance(base_url, InvalidArgument):
        raise base_url
    return base_url


def _headers(service: Service, integration_name: str | None) -> dict[str, str]:
    if service.integration_header is None:
        if integration_name is not None:
            raise _not_for_service("integration_name", service)
        return {"User-Agent": USER_AGENT}
    name = USER_AGENT if integration_name is None else integration_name
    if not isinstance(name, str) or not name.strip() or not name.isascii() or not name.isprintable():
        raise _messages.wrong_kind("integration_name", name, "a short name in ASCII letters")
    return {"User-Agent": USER_AGENT, service.integration_header: name}


def _rate_limit(requests_per_minute: int | None) -> int | None:
    if requests_per_minute is None:
        return None
    wanted = f"a whole number from 1 to {MAX_REQUESTS_PER_MINUTE:,}"
    rate = _validation.parse_positive_integer("requests_per_minute", requests_per_minute, wanted)
    if rate > MAX_REQUESTS_PER_MINUTE:
        raise _messages.wrong_kind("requests_per_minute", rate, wanted)
    return rate


def _not_for_service(argument: str, service: Service) -> InvalidArgument:
    return InvalidArgument(f"{service.title} has no use for {argument}.", "Leave it out.")


def _not_connected(service: Service) -> NotConnected:
    own = _contexts.own_connections()
    if own is not None:
        services = join(sorted(own)) or "none"
        return NotConnected(
            f"There is no connection to {service.title} here: this thread, task or with block has connections of "
            f"its own ({services}).",
            f'Call pm.connect("{service.name}", …) here as well.',
        )
    if _contexts.is_ambiguous():
        return NotConnected(
            f"It is not clear which connection to {service.title} this thread or task is to use: a with block of "
            "pm.demo() or pm.offline() is open elsewhere, and nothing was connected here.",
            "Run it by contextvars.copy_context().run from within the block, or call pm.connect in it.",
        )
    variables = [service.token_variable] if service.url else [service.url_variable, service.token_variable]
    held = [name for name in (service.url_variable, service.token_variable) if os.environ.get(name)]
    if not held:
        reason = "no credential is known"
    elif set(variables) <= set(held):
        reason = "it was disconnected"
    else:
        reason = f"{join(held)} alone is not enough"
    cause, needs = f"There is no connection to {service.title}: {reason}.", f"It needs {service.credential}."
    example_url = "" if service.url or service.url_variable in held else service.example_url
    return NotConnected(
        cause,
        f'{needs} Call pm.connect("{service.name}", …) with it, or set {" and ".join(variables)} in the '
        "environment; to try pmframes without an account, call pm.demo().",
        hint=ConnectHint(cause, needs, {service.name: example_url}, variables),
    )
