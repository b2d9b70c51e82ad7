"""One answer from a service, or an error that says what to do."""

import ipaddress
import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec
import requests
import stamina
import urllib3
from requests.utils import get_environ_proxies

from pmframes import _messages, errors
from pmframes._http.auth import AuthAdapter, DenyAllAdapter, Secret, basic_header, bearer_header
from pmframes._http.offline import is_offline
from pmframes._http.prefetch import RequestScope
from pmframes._http.rate_limit import RateLimiter
from pmframes._http.redaction import cleaned, decoded, discreetly, explained
from pmframes._http.retry import read_body

Query = Mapping[str, str | list[str]]
T = TypeVar("T")
TIMEOUT = (10, 60)
ATTEMPTS = 5
FIRST_WAIT_SECONDS = 0.5
MAX_RETRY_SECONDS = 300.0
MAX_WAIT_SECONDS = 60.0
TRANSIENT = {429, 500, 502, 503, 504}
BROKEN_OFF = (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError)
TOO_SLOW = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)


@dataclass(frozen=True)
class Endpoint:
    """A service as the client needs to know it: its names, where it is, and how it wants to be asked."""

    name: str
    title: str
    url: str
    secret: Secret
    auth: Literal["basic", "bearer"]
    headers: Mapping[str, str]
    requests_per_minute: int | None = None
    ambiguous_401_403: bool = False


@dataclass(frozen=True)
class PageRequest:
    """One thing to ask of a service; ``label`` names it in errors.

    ``sensitive_keys`` are the query keys whose values a user typed, and which no error repeats.
    """

    path: str
    query: Query
    label: str
    sensitive_keys: Collection[str] = ()

    @property
    def sensitive_values(self) -> list[str]:
        """What the user typed."""
        return sensitive_values(self.query, self.sensitive_keys)


def sensitive_values(query: Query, sensitive_keys: Collection[str]) -> list[str]:
    """Give the values of the sensitive_keys keys of a query."""
    values = [query.get(key, []) for key in sensitive_keys]
    return [one for value in values for one in ([value] if isinstance(value, str) else value)]


class _RetryableError(Exception):
    """Wraps an error while it may be tried again, so that the retrying library never logs more than this."""

    def __init__(self, error: errors.PmframesError, retry_after: bool | float = False) -> None:
        super().__init__(type(error).__name__)
        self.error = error
        self.retry_after = retry_after


class _Session(requests.Session):
    """Takes no notice of where a redirect leads: requests reads it even where it is not followed."""

    def get_redirect_target(self, response: requests.Response) -> None:
        return None


class Client:
    """Asks one service."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.is_closed = False
        self._endpoint = endpoint
        self._base = endpoint.url + "/"
        self._scheme = basic_header if endpoint.auth == "basic" else bearer_header
        self._rate_limiter = RateLimiter(endpoint.requests_per_minute)
        self._session = _Session()
        # A .netrc would replace our credential; proxies and certificates are read by hand instead.
        self._session.trust_env = False
        self._session.headers.update({"Accept": "application/json", **endpoint.headers})
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.mount("http://", DenyAllAdapter())
        self._session.mount("https://", DenyAllAdapter())
        self._session.mount(self._base, AuthAdapter(endpoint.secret, self._scheme))

    def get(self, page: PageRequest, scope: RequestScope, *, retry: bool = True) -> requests.Response:
        """Ask for one page.

        Where it has to be ``retry``, a failure that may pass is waited for, and a function that gives the
        credential is asked once more where the service refuses what it gave.
        """
        if (closed := self._closed_to(page)) is not None:
            raise closed
        # A function that gives the credential is asked out here: its own troubles are not the service's.
        self._endpoint.secret.get()
        ask = self._patiently if retry else self._once_in_turn
        try:
            with discreetly():
                return ask(page, scope)
        except _RetryableError as failed:
            error = failed.error
        # Raised out here, the error carries along neither what it was made from, requests with credentials,
        # nor the frames of the retrying library.
        raise error

    def clean_error(self, value: Any, typed: Iterable[str]) -> str:
        """Clean what a service says of an error, without a credential or what a user typed."""
        return cleaned(explained(value), hide=(*self._credential(), *typed))

    def clean_name(self, text: str) -> str:
        """Clean a name that a service gives, which may well hold an ampersand."""
        return " & ".join(cleaned(part, hide=self._credential()) for part in text.split("&"))

    def _credential(self) -> tuple[str, str]:
        secret = self._endpoint.secret.get()
        return secret, self._scheme(secret).rpartition(" ")[2]

    def close_idle(self) -> None:
        """Close the connections that nothing uses."""
        self._session.close()

    def close(self) -> None:
        """Ask nothing more."""
        self.is_closed = True
        self.close_idle()

    def _patiently(self, page: PageRequest, scope: RequestScope) -> requests.Response:
        for attempt in stamina.retry_context(
            on=_wait,
            attempts=ATTEMPTS,
            timeout=MAX_RETRY_SECONDS,
            wait_initial=FIRST_WAIT_SECONDS,
            wait_max=MAX_WAIT_SECONDS,
        ):
            with attempt:
                generation = self._endpoint.secret.generation
                response = self._in_turn(page, scope)
                if response.status_code == 401 and self._endpoint.secret.is_refreshable:
                    self._endpoint.secret.refresh(generation)
                    response = self._in_turn(page, scope)
                return self._checked(response, page, attempt.num)
        raise AssertionError("unreachable")

    def _once_in_turn(self, page: PageRequest, scope: RequestScope) -> requests.Response:
        try:
            return self._checked(self._in_turn(page, scope), page, attempt=1)
        except _RetryableError as failed:
            if failed.retry_after:
                self._rate_limiter.pause(
                    FIRST_WAIT_SECONDS if failed.retry_after is True else failed.retry_after
                )
            raise

    def _in_turn(self, page: PageRequest, scope: RequestScope) -> requests.Response:
        self._rate_limiter.acquire()
        with self._rate_limiter.in_flight:
            # Asked once more: it may have waited long.
            if (closed := self._closed_to(page)) is not None:
                raise _RetryableError(closed)
            if not scope.acquire():
                raise _RetryableError(_messages.disconnected(self._endpoint.title))
            return self._once(page)

    def _closed_to(self, page: PageRequest) -> errors.PmframesError | None:
        if is_offline():
            return _messages.offline_miss(page.label)
        return _messages.disconnected(self._endpoint.title) if self.is_closed else None

    def _once(self, page: PageRequest) -> requests.Response:
        url = self._base + page.path.lstrip("/")
        # A proxy would read what goes to a server on this machine, and could not even reach it.
        proxies = {} if is_loopback(urlsplit(url).hostname or "") else get_environ_proxies(url)
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        try:
            response = self._session.get(
                url,
                params=page.query,
                timeout=TIMEOUT,
                allow_redirects=False,
                proxies=proxies,
                verify=bundle or True,
                stream=True,
            )
            response._content = b"".join(read_body(response))
        except requests.exceptions.SSLError:
            problem = _RetryableError(_messages.untrusted(self._endpoint.title))
        except (requests.RequestException, urllib3.exceptions.HTTPError, TimeoutError) as trouble:
            problem = _RetryableError(
                _messages.unreachable(self._endpoint.title, _reason(trouble)), retry_after=True
            )
        except OSError:
            problem = _RetryableError(_messages.bundle_missing(str(bundle)))
        else:
            return response
        raise problem

    def _checked(self, response: requests.Response, page: PageRequest, attempt: int) -> requests.Response:
        status = response.status_code
        if status == 200 and response.content:
            return response
        if 200 <= status < 300:
            problem = _messages.not_json(self._endpoint.title, "", len(response.content))
            raise _RetryableError(problem, retry_after=status == 200)
        if 300 <= status < 400:
            raise _RetryableError(_messages.redirected(self._endpoint.title))
        error = _messages.from_status(
            status,
            service=self._endpoint.name,
            title=self._endpoint.title,
            asked_for=page.label,
            explanation=self.clean_error(decoded(response.content), page.sensitive_values),
            either=self._endpoint.ambiguous_401_403,
            told=_seconds_told(response.headers),
        )
        raise _RetryableError(error, retry_after=_may_pass(response, attempt))


def parse_response(read: Callable[[], T], title: str, what: str, response: requests.Response) -> T:
    """Read an answer of a service, or raise what says why it cannot be read."""
    try:
        return read()
    except msgspec.ValidationError:
        raise _messages.unexpected_shape(what) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        raise _messages.not_json(title, kind, len(response.content)) from None


def _may_pass(response: requests.Response, attempt: int) -> bool | float:
    """Tell whether to try again, or after how many seconds."""
    if response.status_code not in TRANSIENT:
        return False
    told = wait_told(response.headers)
    if told is None and response.status_code == 429:
        return _until_quota(response, attempt)
    return True if told is None else told


def is_loopback(host: str) -> bool:
    """Whether an address is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def canonical_url(url: str) -> str:
    """Write a base URL in the one way in which requests are sent.

    Raises
    ------
    ValueError
        It is no URL.
    """
    return (requests.Request("GET", url).prepare().url or "").rstrip("/")


def _wait(problem: Exception) -> bool | float:
    return problem.retry_after if isinstance(problem, _RetryableError) else False


def wait_told(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After as a wait between 1 and 60 s; None where it says nothing."""
    seconds = _seconds_told(headers)
    return None if seconds is None else _bounded(seconds)


def _seconds_told(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After, in seconds or as a date."""
    value = headers.get("Retry-After", "").strip()
    try:
        return (float(value) if value.isdigit() else _until(value)) if value else None
    except (ValueError, TypeError, OverflowError):
        return None


def _until_quota(response: requests.Response, attempt: int) -> float:
    """Tell how long a quota takes to fill again: as the headers say, else longer each time."""
    for name in ("x-ratelimit-reset", "x-rate-limit-reset"):
        value = response.headers.get(name, "")
        if value.isascii() and value.isdigit():
            # Some services send the moment, some the seconds until then.
            return _bounded(float(value) - time.time() if float(value) > 1e9 else float(value))
    return _bounded(4.0 * 2**attempt)


def _bounded(seconds: float) -> float:
    return min(max(seconds, 1.0), MAX_WAIT_SECONDS)


def _until(date: str) -> float:
    moment = parsedate_to_datetime(date)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - datetime.now(
        UTC
    ).timestamp()


def _reason(trouble: Exception) -> str:
    # The text of these exceptions holds the URL with its query, so only their kind is told.
    if isinstance(trouble, TOO_SLOW):
        return "it did not answer in time"
    return "its answer broke off" if isinstance(trouble, BROKEN_OFF) else "no connection could be made"
