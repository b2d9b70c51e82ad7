"""Who am I to a service: the one place that knows which credential goes where, and whose store is whose."""

import ipaddress
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pmframes import __version__, errors
from pmframes.http import cache
from pmframes.http.auth import Secret
from pmframes.http.client import Client, Endpoint

AGENT = f"pmframes/{__version__}"
Token = str | Callable[[], str]


def tidy_url(url: str) -> str:
    """Turn what people paste into a base URL: https unless it says otherwise, no query, no final slash."""
    parts = urlsplit(url if "://" in url else f"https://{url}")
    try:
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise errors.not_a_url(url) from None
    if (
        not host
        or parts.scheme not in ("http", "https")
        or parts.username is not None
        or any(map(str.isspace, url))
    ):
        raise errors.not_a_url(host)
    if parts.scheme == "http" and not is_loopback(host):
        raise errors.insecure_url(host)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether an address is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True)
class Service:
    """One of the four services, as far as a connection depends on it.

    ``url`` is None where every customer has an address of their own; ``name_header`` is the header that
    carries the name of the calling system.
    """

    name: str
    title: str
    credential: str
    url: str | None = None
    tidy_url: Callable[[str], str] = tidy_url
    as_basic: bool = False
    name_header: str | None = None
    confuses_401_and_403: bool = False

    @property
    def url_variable(self) -> str:
        """The environment variable of the base URL."""
        return f"PMFRAMES_{self.name.upper()}_URL"

    @property
    def token_variable(self) -> str:
        """The environment variable of the credential."""
        return f"PMFRAMES_{self.name.upper()}_TOKEN"


@dataclass(frozen=True)
class Connection:
    """A service, asked with one credential, and the store of what it answered."""

    service: Service
    url: str
    account: str
    credential_from: str
    client: Client
    store: cache.Store


class _Connections:
    """All connections of this process."""

    def __init__(self) -> None:
        self._open: dict[str, Connection] = {}
        self._used: dict[str, tuple[str | None, str | None]] = {}
        self._left: dict[str, tuple[str | None, str | None]] = {}

    def put(self, connection: Connection) -> Connection | None:
        """Use a connection from now on; give the one that was made by hand before it."""
        name = connection.service.name
        earlier = None if self._used.pop(name, None) else self._open.get(name)
        self._open[name] = connection
        return earlier

    def restore(self, ours: Connection, earlier: Connection | None) -> None:
        """Undo a ``put``, unless another connection was made since."""
        if self._open.get(ours.service.name) is ours:
            del self._open[ours.service.name]
            if earlier is not None:
                self.put(earlier)

    def find(self, service: Service) -> Connection | None:
        """Give the connection that was made, else make one from the environment where it has a credential."""
        variables = os.environ.get(service.url_variable), os.environ.get(service.token_variable)
        found = self._open.get(service.name)
        if found and self._used.get(service.name, variables) == variables:
            return found
        self._open.pop(service.name, None)
        if not variables[1] or self._left.get(service.name) == variables or not (variables[0] or service.url):
            return None
        made = make(service, credential_from=f"environment ({service.token_variable})")
        self.put(made)
        self._used[service.name] = variables
        return made

    def take(self, service: Service) -> Connection | None:
        """Forget the connection, and do not make it again from the same environment."""
        try:
            found = self.find(service)
        except errors.InvalidArgument:
            found = None  # what the environment says could never be used
        self._left[service.name] = (
            os.environ.get(service.url_variable),
            os.environ.get(service.token_variable),
        )
        self._open.pop(service.name, None)
        return found


_connections = _Connections()
put, restore, find, take = _connections.put, _connections.restore, _connections.find, _connections.take


def current(service: Service) -> Connection:
    """Give the connection to a service.

    Raises
    ------
    NotConnected
        There is none, and the environment has no credential.
    """
    found = find(service)
    if found is None:
        variables = (
            [service.token_variable] if service.url else [service.url_variable, service.token_variable]
        )
        raise errors.not_connected(service.name, service.title, service.credential, variables)
    return found


def make(
    service: Service,
    *,
    url: str | None = None,
    token: Token | None = None,
    account: str | None = None,
    oauth: bool = False,
    integration_name: str | None = None,
    credential_from: str = "connect()",
    folder: Path | None = None,
) -> Connection:
    """Make a connection; what is not given is taken from the environment."""
    base = _base_url(service, url)
    secret = Secret(_checked_token(service, token))
    headers = _headers(service, integration_name)
    if oauth and not service.as_basic:
        raise errors.not_for_service("oauth", service.title)
    endpoint = Endpoint(
        name=service.name,
        title=service.title,
        url=base,
        secret=secret,
        as_basic=service.as_basic and not oauth,
        headers=headers,
        confuses_401_and_403=service.confuses_401_and_403,
    )
    label, path = _store(endpoint, account, folder or cache.folder())
    return Connection(service, base, label, credential_from, Client(endpoint), cache.Store(path, label))


def _base_url(service: Service, url: str | None) -> str:
    given = url if url is not None else os.environ.get(service.url_variable) or service.url
    if given is None:
        raise errors.url_missing(service.title, service.url_variable)
    if not isinstance(given, str):
        raise errors.wrong_kind("url", given, f"the address of {service.title} as text")
    return service.tidy_url(given.strip())


def _checked_token(service: Service, token: Any) -> Token:
    if token is None:
        token = os.environ.get(service.token_variable)
    if token is None:
        variables = (
            [service.token_variable] if service.url else [service.url_variable, service.token_variable]
        )
        raise errors.not_connected(service.name, service.title, service.credential, variables)
    if isinstance(token, str):
        token = token.strip()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise errors.bad_token(service.title, service.credential)
    elif not callable(token):
        raise errors.bad_token(service.title, service.credential)
    return token  # type: ignore[no-any-return]


def _headers(service: Service, integration_name: str | None) -> dict[str, str]:
    if service.name_header is None:
        if integration_name is not None:
            raise errors.not_for_service("integration_name", service.title)
        return {"User-Agent": AGENT}
    name = AGENT if integration_name is None else integration_name
    if not isinstance(name, str) or not name.strip() or not name.isascii() or not name.isprintable():
        raise errors.wrong_kind("integration_name", name, "a short name in plain letters")
    return {"User-Agent": AGENT, service.name_header: name}


def _store(endpoint: Endpoint, account: Any, folder: Path) -> tuple[str, Path | None]:
    """Give the label of the account and the file of its store, shared with no other credential or address."""
    if account is not None and (not isinstance(account, str) or not account.strip()):
        raise errors.wrong_kind("account", account, "a name as text, such as 'agency-a'")
    if account is None and endpoint.secret.is_renewable:
        return "(in memory)", None
    scheme = "basic" if endpoint.as_basic else "bearer"
    whose = f"account {account}" if account else f"{scheme} {endpoint.secret.reveal()}"
    digest = cache.label_of(endpoint.url, whose)
    return account or digest[:8], folder / cache.LAYOUT / endpoint.name / f"{digest}.sqlite"
