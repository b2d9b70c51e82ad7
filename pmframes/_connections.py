"""Who am I to a service: the one place that knows which credential goes where, and whose store is whose."""

import os
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from requests import Response

from pmframes import _messages, _validation, errors
from pmframes._http import store
from pmframes._http.auth import Secret
from pmframes._http.client import Client, Endpoint, PageRequest, canonical_url, is_loopback, parse_response
from pmframes._http.prefetch import Prefetcher, RequestScope
from pmframes._version import __version__

AGENT = f"pmframes/{__version__}"
MAX_REQUESTS_PER_MINUTE = 1_000_000
"""The most requests a minute that make sense."""


def normalize_url(url: str, name: str) -> str:
    """Turn what people paste into a base URL: https unless it says otherwise, no query, no final slash.

    ``name`` is what an error calls it: the argument or the environment variable.
    """
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
        usable = bool(host) and parts.scheme in ("http", "https") and parts.username is None
        if not usable or any(map(str.isspace, url)):
            raise ValueError
        shown = f"[{host}]" if ":" in host else host
        tidied = canonical_url(f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path}")
    except ValueError:
        # What was given is not shown: it may hold a password.
        raise _messages.not_a_url(name) from None
    if parts.scheme == "http" and not is_loopback(host):
        raise _messages.insecure_url(name, host)
    return tidied


Environment = tuple[str | None, Secret | None]


@dataclass(frozen=True)
class Identity:
    """The cheapest call of a service; ``whoami`` reads off its answer who is asking, None where it can't."""

    path: str
    whoami: Callable[[bytes], str | None]
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """One of the four services, as far as a connection depends on it.

    ``url`` is None where every customer has an address of their own; ``name_header`` is the header that
    carries the name of the calling system.
    """

    name: str
    title: str
    credential: str
    identity: Identity
    url: str | None = None
    example: str = ""
    normalize_url: Callable[[str, str], str] = normalize_url
    auth: Literal["basic", "bearer"] = "bearer"
    requests_per_minute: int | None = None
    name_header: str | None = None
    ambiguous_401_403: bool = False

    @property
    def url_variable(self) -> str:
        """The environment variable of the base URL."""
        return f"PMFRAMES_{self.name.upper()}_URL"

    @property
    def token_variable(self) -> str:
        """The environment variable of the credential."""
        return f"PMFRAMES_{self.name.upper()}_TOKEN"

    @property
    def environment(self) -> Environment:
        """What the two variables hold now."""
        is_set = bool(os.environ.get(self.token_variable))
        return os.environ.get(self.url_variable), Secret(os.environ[self.token_variable]) if is_set else None

    def not_connected(self) -> errors.NotConnected:
        """Build the error for a service without a credential."""
        needed = [self.token_variable] if self.url else [self.url_variable, self.token_variable]
        held = [name for name in (self.url_variable, self.token_variable) if os.environ.get(name)]
        example = "" if self.url or self.url_variable in held else self.example
        return _messages.not_connected(self.name, self.title, self.credential, needed, held, example)


@dataclass(frozen=True, eq=False)
class Connection:
    """A service, asked with one credential, and the store of what it answered."""

    service: Service
    url: str
    account: str
    source: str
    client: Client
    store: store.Store
    is_named: bool = False

    def whoami(self) -> str:
        """Ask the service who is asking.

        Raises
        ------
        AuthenticationError, PermissionDenied, RateLimited, ServiceError, UnexpectedResponse, OfflineMiss
            The service does not say.
        """
        check, title = self.service.identity, self.service.title
        request = PageRequest(check.path, check.query, "the name behind the credential")

        def fetch(ref: str, scope: RequestScope, *, retry: bool) -> Response:
            return self.client.get(request, scope, retry=retry)

        with Prefetcher(fetch) as prefetcher:
            response = prefetcher.get(check.path)
        name = parse_response(lambda: check.whoami(response.content), title, title, response)
        if name is None:
            raise _messages.unexpected_shape(title)
        return self.client.clean_name(name)


class _Registry:
    """All connections of this process.

    ``_used`` says for which services the connection was made from the environment, and from what;
    ``_seen`` where a credential lay when it was last looked for;
    ``_left`` what the environment held when a service was disconnected, so that it is not used again;
    ``_earlier`` those that others took the place of, by the files of their stores.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._earlier: dict[str, dict[Path, Connection]] = {}
        self._open: dict[str, Connection] = {}
        self._used: dict[str, Environment] = {}
        self._seen: dict[str, str | None] = {}
        self._left: dict[str, Environment] = {}

    def set(self, connection: Connection) -> None:
        """Use a connection from now on."""
        with self._lock:
            self._left.pop(connection.service.name, None)
            self._replaced(connection.service.name)
            self.override(connection)

    def override(self, connection: Connection) -> Connection | None:
        """Use a connection for a while; give the one that was made by hand before it."""
        name = connection.service.name
        earlier = None if self._used.pop(name, None) else self._open.get(name)
        self._open[name] = connection
        return earlier

    def restore(self, ours: Connection, earlier: Connection | None) -> bool:
        """Undo a ``override``, and say so, unless another connection was made since."""
        if self._open.get(ours.service.name) is not ours:
            return False
        del self._open[ours.service.name]
        if earlier is not None:
            self._open[ours.service.name] = earlier
        return True

    def find(self, service: Service) -> Connection | None:
        """Give the connection that was made, else make one from a credential that lies ready."""
        with self._lock:
            variables = service.environment
            found = self._open.get(service.name)
            if found and self._used.get(service.name, variables) == variables:
                return found
            self._replaced(service.name)
            url, token = variables
            # What was put aside is not looked for; the keyring is asked only here, since it may ask the user.
            ready = None if self._left.get(service.name) == variables else find_credential(service)
            self._seen[service.name] = ready and ready[1]
            is_half = token is not None and not (url or service.url)
            if is_half or ready is None:
                return None
            secret, source = ready
            made = create(service, secret=secret, source=source)
            self.set(made)
            self._used[service.name] = variables
            return made

    def source(self, service: Service) -> str | None:
        """Say where ``find`` saw a credential that was not enough to connect; None if nowhere."""
        with self._lock:
            return self._seen.get(service.name)

    def available(self, services: Iterable[Service]) -> list[Connection]:
        """List the connections that there are, leaving out what the environment says wrongly."""
        found = []
        for service in services:
            with suppress(errors.InvalidArgument):
                found.append(self.find(service))
        return [one for one in found if one is not None]

    def related(self, service: Service) -> list[Connection]:
        """List the connection, and those before it that belong to the same account, as far as can be told."""
        with self._lock:
            found = self.available([service])
            paths, urls = {one.store.path for one in found}, {one.url for one in found}
            earlier = self._earlier.get(service.name, {})
            same = [one for path, one in earlier.items() if path in paths or self._may_be_of(one, urls)]
            return found + same

    def _may_be_of(self, earlier: Connection, urls: Collection[str]) -> bool:
        return not earlier.is_named and earlier.url in urls

    def remove(self, service: Service) -> None:
        """Forget the connection, and do not make it again from the same environment."""
        with self._lock:
            self._left[service.name] = service.environment
            self._open.pop(service.name, None)
            self._earlier.pop(service.name, None)

    def _replaced(self, name: str) -> None:
        if (earlier := self._open.pop(name, None)) is None:
            return
        earlier.client.close_idle()
        if earlier.store.path is None:
            earlier.store.clear()
        else:
            self._earlier.setdefault(name, {})[earlier.store.path] = earlier


registry = _Registry()


def get(service: Service) -> Connection:
    """Give the connection to a service.

    Raises
    ------
    NotConnected
        There is none, and the environment has no credential.
    InvalidArgument
        What the environment says cannot be used.
    """
    found = registry.find(service)
    if found is None:
        raise service.not_connected()
    return found


def create(
    service: Service,
    *,
    url: str | None = None,
    secret: Secret | None = None,
    account: str | None = None,
    oauth: bool = False,
    integration_name: str | None = None,
    requests_per_minute: int | None = None,
    source: str = "connect()",
    folder: Path | None = None,
) -> Connection:
    """Make a connection; what is not given is taken from the environment."""
    _validation.parse_bool("oauth", oauth)
    if oauth and service.auth != "basic":
        raise _messages.not_for_service("oauth", service.title)
    if secret is None:
        if (ready := find_credential(service)) is None:
            raise service.not_connected()
        secret, source = ready
    secret.validate(lambda: _messages.bad_token(service.title, service.credential))
    endpoint = Endpoint(
        name=service.name,
        title=service.title,
        secret=secret,
        url=_base_url(service, url),
        auth="bearer" if oauth else service.auth,
        headers=_headers(service, integration_name),
        requests_per_minute=_rate(requests_per_minute) or service.requests_per_minute,
        ambiguous_401_403=service.ambiguous_401_403,
    )
    label, path = _store(endpoint, account, folder or store.cache_folder())
    client, cached = Client(endpoint), store.Store(path, label)
    return Connection(service, endpoint.url, label, source, client, cached, account is not None)


def find_credential(service: Service) -> tuple[Secret, str] | None:
    """Find the credential that lies ready, and where: in the environment, else in the system's keyring."""
    if (secret := service.environment[1]) is not None:
        return secret, f"environment ({service.token_variable})"
    secret = _from_keyring(service.name)
    return (secret, f"keyring (pmframes, {service.name})") if secret else None


def _from_keyring(name: str) -> Secret | None:
    try:
        import keyring

        token = keyring.get_password("pmframes", name)
    except Exception:
        return None  # it is not installed, or this machine has none, or the user locked it: there is none
    return Secret(token) if token else None


def _base_url(service: Service, url: str | None) -> str:
    given = url if url is not None else service.environment[0] or service.url
    if given is None:
        raise _messages.url_missing(service.title, service.example, service.url_variable)
    if not isinstance(given, str):
        raise _messages.wrong_kind("url", given, f"the address of {service.title} as text")
    return service.normalize_url(given.strip(), service.url_variable if url is None else "url")


def _headers(service: Service, integration_name: str | None) -> dict[str, str]:
    if service.name_header is None:
        if integration_name is not None:
            raise _messages.not_for_service("integration_name", service.title)
        return {"User-Agent": AGENT}
    name = AGENT if integration_name is None else integration_name
    if not isinstance(name, str) or not name.strip() or not name.isascii() or not name.isprintable():
        raise _messages.wrong_kind("integration_name", name, "a short name in plain letters")
    return {"User-Agent": AGENT, service.name_header: name}


def _rate(requests_per_minute: int | None) -> int | None:
    if requests_per_minute is None:
        return None
    rate = _validation.parse_id("requests_per_minute", requests_per_minute)
    if rate > MAX_REQUESTS_PER_MINUTE:
        raise _messages.wrong_kind(
            "requests_per_minute", rate, f"a whole number up to {MAX_REQUESTS_PER_MINUTE:,}"
        )
    return rate


def _store(endpoint: Endpoint, account: Any, folder: Path) -> tuple[str, Path | None]:
    """Give the label of the account and the file of its store, shared with no other credential or address."""
    if account is not None and (not isinstance(account, str) or not account.strip()):
        raise _messages.wrong_kind("account", account, "a name as text, such as 'agency-a'")
    if account is None and endpoint.secret.is_refreshable:
        return "(in memory)", None
    whose = f"account {account}" if account else f"{endpoint.auth} {endpoint.secret.get()}"
    digest = store.account_hash(endpoint.url, whose)
    return account or digest[:8], folder / store.LAYOUT / endpoint.name / f"{digest}.sqlite"
