"""The credential: kept out of sight, and added to a request at the last moment, for one base URL only."""

from base64 import b64encode
from collections.abc import Callable
from typing import Any, NoReturn

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

DOTS = "•••"


class Secret:
    """A credential that prints as dots: a string, or a function that gives one."""

    __slots__ = ("_provide", "_value")

    def __init__(self, value: str | Callable[[], str]) -> None:
        self._provide = value if callable(value) else None
        self._value = None if callable(value) else value

    @property
    def is_renewable(self) -> bool:
        """Whether the credential comes from a function that can be asked again."""
        return self._provide is not None

    def reveal(self) -> str:
        """Give the credential itself, asking for it if need be."""
        if self._value is None and self._provide is not None:
            self._value = self._provide()
        return self._value or ""

    def renew(self) -> None:
        """Forget what the function gave, so that it is asked once more."""
        if self._provide is not None:
            self._value = None

    def __repr__(self) -> str:
        return DOTS

    def __format__(self, spec: str) -> str:
        return format(DOTS, spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A credential is not pickled. Connect again where you need it.")


def basic(credential: str) -> str:
    """Make the Authorization header of an API key that is sent as the user name of Basic."""
    return "Basic " + b64encode(f"{credential}:x".encode()).decode()


def bearer(credential: str) -> str:
    """Make the Authorization header of a token."""
    return f"Bearer {credential}"


class SigningAdapter(HTTPAdapter):
    """Sends a signed copy of a request, and gives back the response with the unsigned one.

    So the credential is in no request that is logged, cached or shown, and since the adapter is mounted on
    the base URL of one service, it goes to no other host.
    """

    def __init__(self, secret: Secret, scheme: Callable[[str], str]) -> None:
        self._secret = secret
        self._scheme = scheme
        super().__init__()

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Send the request; where a function gives the credential, ask it once more after a 401."""
        response = self._signed(request, *args, **kwargs)
        if response.status_code == 401 and self._secret.is_renewable:
            response.close()
            self._secret.renew()
            response = self._signed(request, *args, **kwargs)
        return response

    def _signed(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        signed = request.copy()
        signed.headers["Authorization"] = self._scheme(self._secret.reveal())
        response = super().send(signed, *args, **kwargs)
        response.request = request
        return response


class RefusingAdapter(HTTPAdapter):
    """Stands on every other address, so that nothing is sent anywhere but to the service."""

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AssertionError("a request that is not for the service's base URL")
