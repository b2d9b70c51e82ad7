"""The credential: never shown, and added to a request when it is sent, for one base URL only."""

import re
import threading
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from typing import Any, NoReturn
from urllib.parse import quote, quote_plus

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse

from pmframes._http.timeouts import POOL_CLASSES
from pmframes._text import REDACTED, keep_out_of_messages
from pmframes.errors import InvalidArgument, PmframesError

Token = str | Callable[[], str]
Transport = Callable[[PreparedRequest], BaseHTTPResponse]
# The ids of the secrets with a token function that runs now, also in the threads that it leads to.
_running: ContextVar[frozenset[int]] = ContextVar("_running", default=frozenset())


class Secret:
    """A credential that prints as dots: a string, or a token function that returns one.

    It replaces the plain text as early as possible, so that a traceback with local variables does not show
    it. ``generation`` counts the calls of the token function.
    """

    __slots__ = ("__weakref__", "_call", "_candidate", "_function", "_hint", "_label", "_lock", "_value", "generation")

    def __init__(self, token: object) -> None:
        self.generation = 0
        self.reset_after_fork()
        self._label, self._hint = "The token", "a token"
        self._function = token if callable(token) else None
        # Slots, since a traceback would show local variables.
        self._candidate: object = None if callable(token) else token
        self._value: object = self._candidate

    def reset_after_fork(self) -> None:
        """Forget a call of the token function that is under way: it is the parent process's."""
        self._lock = threading.Lock()
        self._call: Future[None] | None = None

    def validate(self, label: str, hint: str) -> None:
        """Raise if a string is no credential; a token function is called, and its token checked, when needed.

        ``label`` is what errors call the token, ``hint`` says which credential the service takes.
        """
        self._label, self._hint = label, hint
        if self._function is None:
            self._accept()

    @property
    def candidate(self) -> object:
        """What was given, as it was given."""
        return self._candidate

    @property
    def is_refreshable(self) -> bool:
        """Whether the credential comes from a token function."""
        return self._function is not None

    def get(self) -> str:
        """Return the credential; call the token function if there is none yet."""
        if self._value is None:
            self.refresh(0)
        return str(self._value)

    def refresh(self, generation: int) -> None:
        """Call the token function again, unless that was done since this ``generation``.

        It is the user's code, so it runs under no lock; threads that need the token wait for one call.
        """
        if id(self) in _running.get():
            raise PmframesError(
                f"{self._label} is needed by its own token function, which loads from the same service.",
                "Get the token without pmframes, or pass it as a string.",
            )
        with self._lock:
            if self.generation != generation:
                return
            call, is_running = self._call or Future[None](), self._call is not None
            self._call = call
        if not is_running:
            self._run(call)
        call.result()

    def _run(self, call: "Future[None]") -> None:
        context = _running.set(_running.get() | {id(self)})
        try:
            self._candidate = self._function() if self._function else self._value
            self._accept()
        except BaseException as error:
            self._call = None
            call.set_exception(error)
        else:
            with self._lock:
                self.generation += 1
                self._call = None
            call.set_result(None)
        finally:
            _running.reset(context)

    def _accept(self) -> None:
        if isinstance(self._candidate, str):
            self._candidate = self._candidate.strip()
        if problem := _find_problem(self._candidate):
            cause, remedy = problem
            raise InvalidArgument(f"{self._label} {cause}.", remedy or f"Use {self._hint}.")
        self._value = self._candidate
        keep_out_of_messages(self)

    def spellings(self) -> list[str]:
        """Return the credential as it is, as the Basic scheme sends it, and as an address holds it."""
        plain = "" if self._value is None else str(self._value)
        return [plain, basic_header(plain).partition(" ")[2], quote(plain, safe=""), quote_plus(plain)]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self._value, self._function) == (other._value, other._function)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return REDACTED

    def __format__(self, spec: str) -> str:
        return format(REDACTED, spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A credential is not pickled. Connect again where you need it.")


_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"
_SCHEME = re.compile(r"(bearer|basic|token|authorization:?)\s.*", re.IGNORECASE | re.DOTALL)
_KINDS = "api|access|auth|oauth|bearer|personal|secret|key|apikey|token|credential|password"
_PLACEHOLDER = re.compile(
    # Nothing but words that stand for a credential, or a variable that was not replaced
    rf"(?:(?:your|my|the|insert|paste|enter|put|replace|add)[\W_]*){{0,2}}(?:(?:{_KINDS})[\W_]*){{1,4}}(?:here|value|goes)*[\W_]*"
    r"|change[\W_]*me|placeholder|todo|x{3,}|[.*\u2022\u2026]+|<.*>|\$?\{.*\}|\$\w+|%\w+%",
    re.IGNORECASE,
)


def _find_problem(token: object) -> tuple[str, str] | None:
    """Return why a token is not valid, and what to do unless to use another; None where it is valid."""
    if not isinstance(token, str):
        return "must be a string", ""
    if not token:
        return "is empty", ""
    if token[0] in _QUOTES or token[-1] in _QUOTES:
        return "has quotes around it", "Remove them; the --env-file of Docker keeps quotes."
    if _SCHEME.fullmatch(token):
        return "begins with the name of an authentication scheme", "Leave that out; pmframes adds it."
    if _PLACEHOLDER.fullmatch(token):
        return "is a placeholder", ""
    if " " in token:
        return "contains a space", ""
    if not token.isascii():
        return "contains a character that is not ASCII", ""
    return None if token.isprintable() else ("contains a control character", "")


def basic_header(credential: str) -> str:
    """Return the Authorization header for an API key, sent as the user name of Basic."""
    return "Basic " + b64encode(f"{credential}:x".encode()).decode()


def bearer_header(credential: str) -> str:
    """Return the Authorization header for a token."""
    return f"Bearer {credential}"


class AuthAdapter(HTTPAdapter):
    """Sends a copy of a request with the credential, and returns the response with the request without it.

    So no request that is logged, cached or shown has the credential. The adapter is mounted on the base URL
    of one service, so that it is sent to no other host. A ``transport`` takes the place of the network.
    """

    def __init__(self, secret: Secret, header: Callable[[str], str], transport: Transport | None = None) -> None:
        self._secret = secret
        self._header = header
        self._transport = transport
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Create the pools with a total timeout."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOL_CLASSES

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Create the pools of a proxy with a total timeout."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = POOL_CLASSES
        return manager

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        authorized = request.copy()
        authorized.headers["Authorization"] = self._header(self._secret.get())
        if self._transport is None:
            response = super().send(authorized, *args, **kwargs)
        else:
            response = self.build_response(authorized, self._transport(authorized))
        response.request = request
        return response


class DenyAllAdapter(HTTPAdapter):
    """Refuses to send; mounted on every address but the service's base URL."""

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> NoReturn:
        raise AssertionError("a request that is not for the service's base URL")
