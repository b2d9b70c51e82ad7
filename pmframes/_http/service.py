"""The declaration of a service: everything in which services differ, as data."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import requests

from pmframes._text import service_title
from pmframes.errors import InvalidArgument

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*\.?"
# A slash, a colon or a scheme that is mistyped must not make the rest of it a host name.
_ADDRESS = re.compile(
    rf"(?:(https?)://)?({_HOST}|\[[0-9a-f:.]+\])(?::(\d{{1,5}}))?((?:/(?!/)|[?#]|$)[^\s\\]*)", re.IGNORECASE
)
_SCHEMES = ("http", "https")
_KEY_LENGTH = 20


def normalize_url(url: str, name: str) -> str | InvalidArgument:
    """Return the base URL for what people paste: https unless it says otherwise, no query, no final slash.

    ``name`` is what an error calls it: the argument or the environment variable. The error is returned, not
    raised, and does not repeat the address, which may hold a credential.
    """
    match = _ADDRESS.fullmatch(url)
    scheme, host, port, rest = match.groups(default="") if match else ("",) * 4
    host = host.rstrip(".").lower()
    if looks_like_key(host.rpartition(".")[2]):
        return InvalidArgument(f"{name} looks like a credential, not like an address.", "Write it as https://host.")
    is_complete = bool(scheme) or "." in host or host.startswith("[") or is_loopback(host)
    if not match or host in _SCHEMES or not is_complete:
        return _not_an_address(name)
    try:
        address = f"{scheme or 'https'}://{host}{port and ':' + port}{urlsplit(rest).path}"
        # As requests will send it, so that its adapter is found by this prefix.
        prepared = (requests.Request("GET", address).prepare().url or "").rstrip("/")
        parts = urlsplit(prepared)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return _not_an_address(name)
    if parts.scheme == "http" and not is_loopback(host):
        return InvalidArgument(
            f"{name} is plain HTTP to {host}: the credential would be sent unencrypted.",
            "Use https; plain HTTP is allowed for localhost only.",
        )
    return prepared


def _not_an_address(name: str) -> InvalidArgument:
    return InvalidArgument(
        f"{name} is not a valid address.", "Write it as https://host, without user name, password, quotes or spaces."
    )


def looks_like_key(name: str) -> bool:
    """Return whether a name without dots may be a credential that was passed as an address."""
    return len(name) >= _KEY_LENGTH and any(map(str.isdigit, name)) and not name.lower().startswith("xn--")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True)
class Identity:
    """The cheapest request of a service.

    ``whoami`` reads from its response whose credential it is; None where the response does not say.
    """

    path: str
    whoami: Callable[[bytes], str | None]
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """One service.

    ``url`` is None where every customer has an address of their own, such as ``example_url``. ``credential``
    says in errors what kind of credential it takes. ``integration_header`` is the header that carries the
    name of the calling system. With ``ambiguous_401_403`` the service answers alike for a wrong credential
    and for a missing permission. ``credential_place`` is where a declared account has its credential.
    """

    name: str
    credential: str
    identity: Identity
    url: str | None = None
    example_url: str = ""
    normalize_url: Callable[[str, str], str | InvalidArgument] = normalize_url
    auth: Literal["basic", "bearer"] = "bearer"
    requests_per_minute: int | None = None
    integration_header: str | None = None
    ambiguous_401_403: bool = False
    credential_place: str | None = None

    @property
    def title(self) -> str:
        """The name of the service as people write it."""
        return service_title(self.name)

    @property
    def url_variable(self) -> str:
        """The environment variable of the base URL."""
        return f"PMFRAMES_{self.name.upper()}_URL"

    @property
    def token_variable(self) -> str:
        """The environment variable of the credential."""
        return f"PMFRAMES_{self.name.upper()}_TOKEN"
