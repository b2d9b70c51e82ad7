"""One answer from a service, or an error that says what to do."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import msgspec
import requests
import stamina
from requests.utils import get_environ_proxies

from pmframes import errors
from pmframes.http.auth import DOTS, RefusingAdapter, Secret, SigningAdapter, basic, bearer

TIMEOUT = (10, 60)
ATTEMPTS = 5
LONGEST_WAIT = 60.0
TRANSIENT = {429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Endpoint:
    """A service as the client needs to know it: its names, where it is, and how it wants to be asked."""

    name: str
    title: str
    url: str
    secret: Secret
    as_basic: bool
    headers: Mapping[str, str]
    confuses_401_and_403: bool = False


class _Again(Exception):
    """Wraps what may pass, so that the retrying library never logs more than this."""

    def __init__(self, error: errors.PmframesError, wait: float | None = None) -> None:
        super().__init__(type(error).__name__)
        self.error = error
        self.wait = wait


class Client:
    """Asks one service."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._base = endpoint.url.rstrip("/") + "/"
        self._session = requests.Session()
        # A .netrc would replace our credential; proxies and certificates are read by hand instead.
        self._session.trust_env = False
        self._session.headers.update({"Accept": "application/json", **endpoint.headers})
        self._session.mount("http://", RefusingAdapter())
        self._session.mount("https://", RefusingAdapter())
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._scheme = basic if endpoint.as_basic else bearer
        self._session.mount(self._base, SigningAdapter(endpoint.secret, self._scheme))

    def get(self, path: str, query: Mapping[str, str | list[str]], asked_for: str) -> requests.Response:
        """Ask for one page, trying again where that may help; ``asked_for`` names it in errors."""
        try:
            for attempt in stamina.retry_context(
                on=_wait, attempts=ATTEMPTS, timeout=300, wait_initial=0.5, wait_max=LONGEST_WAIT
            ):
                with attempt:
                    return self._once(self._base + path.lstrip("/"), query, asked_for)
        except _Again as again:
            raise again.error from None
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _once(self, url: str, query: Mapping[str, str | list[str]], asked_for: str) -> requests.Response:
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        try:
            response = self._session.get(
                url,
                params=query,
                timeout=TIMEOUT,
                allow_redirects=False,
                proxies=get_environ_proxies(url),
                verify=bundle or True,
            )
        except requests.exceptions.SSLError:
            raise errors.untrusted(self._endpoint.title) from None
        except requests.RequestException as problem:
            raise _Again(errors.unreachable(self._endpoint.title, _reason(problem))) from None
        return self._checked(response, asked_for)

    def _checked(self, response: requests.Response, asked_for: str) -> requests.Response:
        status = response.status_code
        if status == 200 and response.content:
            return response
        if status == 200:
            raise _Again(errors.not_json(self._endpoint.title, "", 0))
        if 300 <= status < 400:
            raise errors.redirected(self._endpoint.title)
        error = errors.from_status(
            status,
            service=self._endpoint.name,
            title=self._endpoint.title,
            asked_for=asked_for,
            explanation=self._explanation(response),
            either=self._endpoint.confuses_401_and_403,
        )
        if status in TRANSIENT:
            raise _Again(error, retry_after(response.headers))
        raise error

    def _explanation(self, response: requests.Response) -> str:
        secret = self._endpoint.secret.reveal()
        return explanation(response.content, hide=(secret, self._scheme(secret).rpartition(" ")[2]))


def _wait(problem: Exception) -> bool | float:
    if not isinstance(problem, _Again):
        return False
    return True if problem.wait is None else problem.wait


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After, in seconds or as a date, as a wait between 1 and 60 s; None where it says nothing."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        seconds = float(value) if value.isdigit() else _until(value)
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 1.0), LONGEST_WAIT)


def _until(date: str) -> float:
    moment = parsedate_to_datetime(date)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - datetime.now(
        UTC
    ).timestamp()


def _reason(problem: requests.RequestException) -> str:
    # The text of these exceptions holds the URL with its query, so only their kind is told.
    if isinstance(problem, requests.Timeout):
        return "it did not answer in time"
    if isinstance(
        problem, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError
    ):
        return "its answer broke off"
    return "no connection could be made, or it was cut"


def explanation(body: bytes, hide: tuple[str, ...]) -> str:
    """Find the short explanation in an error body, in any of the shapes that services use; or ``""``.

    Some services repeat what they were sent, so what is to be hidden is.
    """
    try:
        found = _explained(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    for secret in filter(None, hide):
        found = found.replace(secret, DOTS)
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s.,:;'()/•-]", " ", found)).strip()[:160]


def _explained(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, map(_explained, value[:3])))
    if isinstance(value, dict):
        keys = ("detail", "message", "MESSAGE", "error", "errors", "title")
        return next((text for key in keys if (text := _explained(value.get(key)))), "")
    return ""
