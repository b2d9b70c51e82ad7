"""Where credentials are read: the environment variables of a service, and the system's keyring."""

import os
from typing import NamedTuple

from pmframes._http.auth import Secret
from pmframes._http.service import Service


class Credential(NamedTuple):
    """A credential that was found, and where."""

    secret: Secret
    source: str
    label: str


class Environment(NamedTuple):
    """The two environment variables of a service."""

    url: Secret | None
    secret: Secret | None


def find_credential(service: Service) -> Credential | None:
    """Return the credential in the environment, else in the system's keyring."""
    variable = service.token_variable
    if (secret := read_environment(service).secret) is not None:
        return Credential(secret, f"environment ({variable})", variable)
    if (token := read_keyring(service.name)) is not None:
        source = f"keyring (pmframes, {service.name})"
        return Credential(Secret(token), source, f"The token for {service.title} in the keyring")
    return None


def read_environment(service: Service) -> Environment:
    """Return the service's variables; an empty one counts as none. The address too may hold a credential."""
    url, secret = (
        Secret(os.environ[name]) if os.environ.get(name) else None
        for name in (service.url_variable, service.token_variable)
    )
    return Environment(url, secret)


def read_keyring(user: str) -> str | None:
    """Return the credential of a user name in the system's keyring, if there is one."""
    try:
        import keyring

        return keyring.get_password("pmframes", user) or None
    except Exception:
        return None  # it is not installed, this machine has none, or the user locked it
