"""Connections: the credential and the cache of each service."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from pmframes import _contexts, _messages, _validation
from pmframes._connect_hint import ConnectHint
from pmframes._credentials import Credential, find_credential, read_environment
from pmframes._http.auth import Secret, Transport
from pmframes._http.client import Client, Query, Request, parse_response
from pmframes._http.prefetch import Prefetcher
from pmframes._http.service import Service
from pmframes._http.store import LAYOUT_FOLDER, Store, account_hash, cache_folder
from pmframes._text import join
from pmframes._version import __version__
from pmframes.errors import InvalidArgument, NotConnected

_ID = re.compile(rb'"id"\s*:\s*("[^"]+"|\d+)')
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
        return self._ask_identity()[0]

    def identity_key(self) -> tuple[str, bytes] | None:
        """Return what only the same login has in common: who it is, and the first id that it sees; None without one."""
        name, content = self._ask_identity()
        first_id = _ID.search(content)
        return None if first_id is None else (name, first_id[1])

    def credential_hash(self) -> str:
        """Return what only the same credential has in common; it does not lead back to it."""
        return account_hash(self.url, self.client.credential)

    def _ask_identity(self) -> tuple[str, bytes]:
        identity, title = self.definition.identity, self.definition.title
        page = Request(identity.path, identity.query, "the identity behind the credential")

        # In the background like every request, so that it can be interrupted.
        with Prefetcher(self.client.send) as prefetcher:
            response = prefetcher.get(page)
        name = parse_response(lambda: identity.whoami(response.content), title, title, response)
        if name is None:
            raise _messages.unexpected_shape(title)
        return self.client.clean_name(name), response.content


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
        raise no_credential(service)
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


def no_credential(service: Service) -> NotConnected:
    """Build the error for a service without a credential in the environment and the keyring."""
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
