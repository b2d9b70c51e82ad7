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

    url: str | None
    secret: Secret | None


def find_credential(service: Service) -> Credential | None:
    """Return the credential in the environment, else in the system's keyring."""
    variable = service.token_variable
    if (secret := read_environment(service).secret) is not None:
        return Credential(secret, f"environment ({variable})", variable)
    if (secret := _read_keyring(service.name)) is not None:
        source = f"keyring (pmframes, {service.name})"
        return Credential(secret, source, f"The token for {service.title} in the keyring")
    return None


def read_environment(service: Service) -> Environment:
    """Return the service's variables; an empty token counts as none."""
    is_set = bool(os.environ.get(service.token_variable))
    secret = Secret(os.environ[service.token_variable]) if is_set else None
    return Environment(os.environ.get(service.url_variable), secret)


def _read_keyring(name: str) -> Secret | None:
    try:
        import keyring

        token = keyring.get_password("pmframes", name)
    except Exception:
        return None  # it is not installed, this machine has none, or the user locked it
    return Secret(token) if token else None
