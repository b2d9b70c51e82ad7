"""The declaration of a service: everything in which services differ, as data."""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import requests

from pmframes._text import service_title
from pmframes.errors import InvalidArgument


def normalize_url(url: str, name: str) -> str:
    """Return the base URL for what people paste: https unless it says otherwise, no query, no final slash.

    ``name`` is what an error calls it: the argument or the environment variable.
    """
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
        is_valid = bool(host) and parts.scheme in ("http", "https") and parts.username is None
        if not is_valid or any(map(str.isspace, url)):
            raise ValueError
        netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
        # As requests will send it, so that its adapter is found by this prefix.
        prepared = requests.Request("GET", f"{parts.scheme}://{netloc}{parts.path}").prepare()
    except ValueError:
        # The address is not repeated: it may hold a password.
        raise InvalidArgument(
            f"{name} is not a valid address.", "Write it as https://host, without user name, password or spaces."
        ) from None
    if parts.scheme == "http" and not is_loopback(host):
        raise InvalidArgument(
            f"{name} is plain HTTP to {host}: the credential would be sent unencrypted.",
            "Use https; plain HTTP is allowed for localhost only.",
        )
    return (prepared.url or "").rstrip("/")


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
    and for a missing permission.
    """

    name: str
    credential: str
    identity: Identity
    url: str | None = None
    example_url: str = ""
    normalize_url: Callable[[str, str], str] = normalize_url
    auth: Literal["basic", "bearer"] = "bearer"
    requests_per_minute: int | None = None
    integration_header: str | None = None
    ambiguous_401_403: bool = False

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
