"""One answer from a service, or an error that says what to do."""

import ipaddress
import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import requests
import stamina
import urllib3
from requests.utils import get_environ_proxies

from pmframes import _messages, errors
from pmframes._http.auth import RefusingAdapter, Secret, SigningAdapter, basic, bearer
from pmframes._http.offline import is_offline
from pmframes._http.prefetch import Errand
from pmframes._http.rate_limit import Pace
from pmframes._http.redaction import cleaned, decoded, discreetly, explained
from pmframes._http.retry import body_of

Query = Mapping[str, str | list[str]]
T = TypeVar("T")
TIMEOUT = (10, 60)
ATTEMPTS = 5
FIRST_WAIT = 0.5
LONGEST_RETRYING = 300.0
LONGEST_WAIT = 60.0
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
    as_basic: bool
    headers: Mapping[str, str]
    requests_per_minute: int | None = None
    confuses_401_and_403: bool = False


@dataclass(frozen=True)
class Question:
    """One thing to ask of a service; ``asked_for`` names it in errors.

    ``private`` are the query keys whose values a user typed, and which no error repeats.
    """

    path: str
    query: Query
    asked_for: str
    private: Collection[str] = ()

    @property
    def typed(self) -> list[str]:
        """What the user typed."""
        return typed_in(self.query, self.private)


def typed_in(query: Query, private: Collection[str]) -> list[str]:
    """Give the values of the private keys of a query."""
    values = [query.get(key, []) for key in private]
    return [one for value in values for one in ([value] if isinstance(value, str) else value)]


class _Failed(Exception):
    """Wraps an error while it may be tried again, so that the retrying library never logs more than this."""

    def __init__(self, error: errors.PmframesError, may_pass: bool | float = False) -> None:
        super().__init__(type(error).__name__)
        self.error = error
        self.may_pass = may_pass


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
        self._scheme = basic if endpoint.as_basic else bearer
        self._pace = Pace(endpoint.requests_per_minute)
        self._session = _Session()
        # A .netrc would replace our credential; proxies and certificates are read by hand instead.
        self._session.trust_env = False
        self._session.headers.update({"Accept": "application/json", **endpoint.headers})
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.mount("http://", RefusingAdapter())
        self._session.mount("https://", RefusingAdapter())
        self._session.mount(self._base, SigningAdapter(endpoint.secret, self._scheme))

    def get(self, question: Question, errand: Errand, *, patiently: bool = True) -> requests.Response:
        """Ask for one page.

        Where it has to be ``patiently``, a failure that may pass is waited for, and a function that gives the
        credential is asked once more where the service refuses what it gave.
        """
        if (closed := self._closed_to(question)) is not None:
            raise closed
        # A function that gives the credential is asked out here: its own troubles are not the service's.
        self._endpoint.secret.reveal()
        ask = self._patiently if patiently else self._once_in_turn
        try:
            with discreetly():
                return ask(question, errand)
        except _Failed as failed:
            error = failed.error
        # Raised out here, the error carries along neither what it was made from, requests with credentials,
        # nor the frames of the retrying library.
        raise error

    def explain(self, value: Any, typed: Iterable[str]) -> str:
        """Clean what a service says of an error, without a credential or what a user typed."""
        return cleaned(explained(value), hide=(*self._credential(), *typed))

    def name(self, text: str) -> str:
        """Clean a name that a service gives, which may well hold an ampersand."""
        return " & ".join(cleaned(part, hide=self._credential()) for part in text.split("&"))

    def _credential(self) -> tuple[str, str]:
        secret = self._endpoint.secret.reveal()
        return secret, self._scheme(secret).rpartition(" ")[2]

    def rest(self) -> None:
        """Close the connections that nothing uses."""
        self._session.close()

    def close(self) -> None:
        """Ask nothing more."""
        self.is_closed = True
        self.rest()

    def _patiently(self, question: Question, errand: Errand) -> requests.Response:
        for attempt in stamina.retry_context(
            on=_wait,
            attempts=ATTEMPTS,
            timeout=LONGEST_RETRYING,
            wait_initial=FIRST_WAIT,
            wait_max=LONGEST_WAIT,
        ):
            with attempt:
                renewals = self._endpoint.secret.renewals
                response = self._in_turn(question, errand)
                if response.status_code == 401 and self._endpoint.secret.is_renewable:
                    self._endpoint.secret.renew(renewals)
                    response = self._in_turn(question, errand)
                return self._checked(response, question, attempt.num)
        raise AssertionError("unreachable")

    def _once_in_turn(self, question: Question, errand: Errand) -> requests.Response:
        try:
            return self._checked(self._in_turn(question, errand), question, attempt=1)
        except _Failed as failed:
            if failed.may_pass:
                self._pace.hold(FIRST_WAIT if failed.may_pass is True else failed.may_pass)
            raise

    def _in_turn(self, question: Question, errand: Errand) -> requests.Response:
        self._pace.wait()
        with self._pace.in_flight:
            # Asked once more: it may have waited long.
            if (closed := self._closed_to(question)) is not None:
                raise _Failed(closed)
            if not errand.may_send():
                raise _Failed(_messages.disconnected(self._endpoint.title))
            return self._once(question)

    def _closed_to(self, question: Question) -> errors.PmframesError | None:
        if is_offline():
            return _messages.offline_miss(question.asked_for)
        return _messages.disconnected(self._endpoint.title) if self.is_closed else None

    def _once(self, question: Question) -> requests.Response:
        url = self._base + question.path.lstrip("/")
        # A proxy would read what goes to a server on this machine, and could not even reach it.
        proxies = {} if is_loopback(urlsplit(url).hostname or "") else get_environ_proxies(url)
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        try:
            response = self._session.get(
                url,
                params=question.query,
                timeout=TIMEOUT,
                allow_redirects=False,
                proxies=proxies,
                verify=bundle or True,
                stream=True,
            )
            response._content = b"".join(body_of(response))
        except requests.exceptions.SSLError:
            problem = _Failed(_messages.untrusted(self._endpoint.title))
        except (requests.RequestException, urllib3.exceptions.HTTPError, TimeoutError) as trouble:
            problem = _Failed(_messages.unreachable(self._endpoint.title, _reason(trouble)), may_pass=True)
        except OSError:
            problem = _Failed(_messages.bundle_missing(str(bundle)))
        else:
            return response
        raise problem

    def _checked(self, response: requests.Response, question: Question, attempt: int) -> requests.Response:
        status = response.status_code
        if status == 200 and response.content:
            return response
        if 200 <= status < 300:
            problem = _messages.not_json(self._endpoint.title, "", len(response.content))
            raise _Failed(problem, may_pass=status == 200)
        if 300 <= status < 400:
            raise _Failed(_messages.redirected(self._endpoint.title))
        error = _messages.from_status(
            status,
            service=self._endpoint.name,
            title=self._endpoint.title,
            asked_for=question.asked_for,
            explanation=self.explain(decoded(response.content), question.typed),
            either=self._endpoint.confuses_401_and_403,
            told=_seconds_told(response.headers),
        )
        raise _Failed(error, may_pass=_may_pass(response, attempt))


def readable(read: Callable[[], T], title: str, what: str, response: requests.Response) -> T:
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


def normalised(url: str) -> str:
    """Write a base URL in the one way in which requests are sent.

    Raises
    ------
    ValueError
        It is no URL.
    """
    return (requests.Request("GET", url).prepare().url or "").rstrip("/")


def _wait(problem: Exception) -> bool | float:
    return problem.may_pass if isinstance(problem, _Failed) else False


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
    return min(max(seconds, 1.0), LONGEST_WAIT)


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
