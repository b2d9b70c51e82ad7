"""The credential: kept out of sight, and added to a request at the last moment, for one base URL only."""

import threading
from base64 import b64encode
from collections.abc import Callable
from typing import Any, NoReturn

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from pmframes._http.retry import POOLS

DOTS = "•••"
Token = str | Callable[[], str]


class Secret:
    """A credential that prints as dots: a string, or a function that gives one.

    It takes the place of the plain text as early as can be, so that no variable holds that when an error is
    shown with its variables. ``validate`` says whether it can be a credential at all.
    """

    __slots__ = ("_lock", "_malformed", "_provide", "_value", "generation")

    def __init__(self, token: object) -> None:
        self.generation = 0
        self._lock = threading.Lock()
        self._malformed: Callable[[], Exception] = ValueError
        self._provide = token if callable(token) else None
        self._value: object = None if callable(token) else token

    def validate(self, malformed: Callable[[], Exception]) -> None:
        """Refuse a string that can be no credential; what a function gives is checked when it is asked."""
        self._malformed = malformed
        if self._provide is None:
            self._store()

    @property
    def is_refreshable(self) -> bool:
        """Whether the credential comes from a function that can be asked again."""
        return self._provide is not None

    def get(self) -> str:
        """Give the credential itself, asking for it if need be."""
        with self._lock:
            if self._value is None:
                self._fetch()
            return str(self._value)

    def refresh(self, generation: int) -> None:
        """Ask the function once more, unless that was done since there were so many ``generation``."""
        with self._lock:
            if self.generation == generation:
                self._fetch()
                self.generation += 1

    def _fetch(self) -> None:
        if self._provide is not None:
            self._value = self._provide()
            self._store()

    def _store(self) -> None:
        self._value = self._value.strip() if isinstance(self._value, str) else None
        if not _is_token(self._value):
            self._value = None
            raise self._malformed()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self._value, self._provide) == (other._value, other._provide)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return DOTS

    def __format__(self, spec: str) -> str:
        return format(DOTS, spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A credential is not pickled. Connect again where you need it.")


def _is_token(value: str | None) -> bool:
    return bool(value) and str(value).isascii() and str(value).isprintable() and " " not in str(value)


def basic_header(credential: str) -> str:
    """Make the Authorization header of an API key that is sent as the user name of Basic."""
    return "Basic " + b64encode(f"{credential}:x".encode()).decode()


def bearer_header(credential: str) -> str:
    """Make the Authorization header of a token."""
    return f"Bearer {credential}"


class AuthAdapter(HTTPAdapter):
    """Sends a signed copy of a request, and gives back the response with the unsigned one.

    So the credential is in no request that is logged, cached or shown, and since the adapter is mounted on
    the base URL of one service, it goes to no other host.
    """

    def __init__(self, secret: Secret, scheme: Callable[[str], str]) -> None:
        self._secret = secret
        self._scheme = scheme
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Have connections that wait for headers no longer than they may."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Have the same through a proxy."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Send the request, signed."""
        signed = request.copy()
        signed.headers["Authorization"] = self._scheme(self._secret.get())
        response = super().send(signed, *args, **kwargs)
        response.request = request
        return response


class DenyAllAdapter(HTTPAdapter):
    """Stands on every other address, so that nothing is sent anywhere but to the service."""

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AssertionError("a request that is not for the service's base URL")
