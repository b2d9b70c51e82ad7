"""Sending: one response from a service, or an error."""

import logging
import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from math import ceil
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec
import requests
import urllib3
from requests.utils import get_environ_proxies, select_proxy

from pmframes import _fork, _messages, errors
from pmframes._http import redaction
from pmframes._http.auth import AuthAdapter, DenyAllAdapter, Secret, Transport, basic_header, bearer_header
from pmframes._http.body import ACCEPT_ENCODING, UnreadableBody, read_body, repair_json
from pmframes._http.failures import outcome_unknown, transport_failure
from pmframes._http.prefetch import RequestScope
from pmframes._http.rate_limit import RateLimiter
from pmframes._http.retry import (
    FIRST_WAIT_SECONDS,
    MAX_ATTEMPTS,
    MAX_WAIT_SECONDS,
    RequestError,
    RetryableError,
    call_with_retries,
    is_transient,
    parse_retry_after,
    wait_seconds,
)
from pmframes._http.service import Service, is_loopback
from pmframes._http.timeouts import CONNECT_AND_READ_TIMEOUT, total_timeout
from pmframes._text import format_age, format_time, pluralize

Query = Mapping[str, str | list[str]]
T = TypeVar("T")
_LOG = logging.getLogger("pmframes")
_WAITS = logging.getLogger("pmframes.waits")
_MAX_WAIT_SECONDS = 100 * 86_400.0


Method = Literal["GET", "POST", "PUT", "DELETE"]
_VERBS: dict[Method, tuple[str, str, str]] = {
    "GET": ("read", "loading", "loaded"),
    "POST": ("create", "creating", "created"),
    "PUT": ("update", "updating", "updated"),
    "DELETE": ("delete", "deleting", "deleted"),
}


@dataclass(frozen=True, eq=False)
class Request:
    """A request for one page, or to change one row; ``label`` says in errors of what.

    ``sensitive_keys`` are the query keys with values that a user typed, ``sensitive_values`` such values of the
    body; no error repeats them.
    """

    path: str
    query: Query
    label: str
    sensitive_keys: Collection[str] = ()
    method: Method = "GET"
    body: Mapping[str, Any] | None = None
    sensitive_values: Collection[str] = ()

    @property
    def is_write(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET"

    @property
    def summary(self) -> str:
        """The request as a log may have it: without its body, and without what a user typed."""
        shown = [f"{key}={'…' if key in self.sensitive_keys else value}" for key, value in self.query.items()]
        return f"{self.method} /{self.path.lstrip('/')}{'?' if shown else ''}{'&'.join(shown)}"

    @property
    def description(self) -> str:
        """What was done, as "created a client"."""
        return f"{_VERBS[self.method][2]} {self.label}"


def sensitive_values(query: Query, sensitive_keys: Collection[str]) -> list[str]:
    """Return the values of a query that a user typed."""
    values = [query.get(key, []) for key in sensitive_keys]
    return [text for value in values for text in ([value] if isinstance(value, str) else value)]


class _Session(requests.Session):
    """A session without redirects: requests would parse their target even where it does not follow them."""

    def get_redirect_target(self, response: requests.Response) -> None:
        return None


class Client:
    """Sends the requests of one connection to a service."""

    def __init__(
        self,
        service: Service,
        url: str,
        secret: Secret,
        *,
        auth: Literal["basic", "bearer"],
        headers: Mapping[str, str],
        requests_per_minute: int | None,
        is_offline: Callable[[], bool],
        transport: Transport | None = None,
    ) -> None:
        self.is_closed = False
        self._service = service
        self._base_url = url + "/"
        self._secret = secret
        self._header = basic_header if auth == "basic" else bearer_header
        self._rate_limiter = RateLimiter(requests_per_minute)
        self._is_offline = is_offline
        self._transport = transport
        self._headers = {"Accept": "application/json", "Accept-Encoding": ACCEPT_ENCODING, **headers}
        self._session = self._create_session()
        _fork.reset_in_child(self)

    def reset_after_fork(self) -> None:
        """Leave sockets and locks to the parent process: a shared socket would mix up its responses and ours."""
        self._session = self._create_session()
        self._rate_limiter.reset_after_fork()
        self._secret.reset_after_fork()

    def _create_session(self) -> _Session:
        session = _Session()
        # With trust_env a .netrc would replace the credential; proxies and CA bundles are read below.
        session.trust_env = False
        session.headers.update(self._headers)
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.mount("http://", DenyAllAdapter())
        session.mount("https://", DenyAllAdapter())
        session.mount(self._base_url, AuthAdapter(self._secret, self._header, self._transport))
        return session

    def send(self, request: Request, scope: RequestScope, retry: bool = True) -> requests.Response:
        """Return the response to a request.

        With ``retry``, transient failures are waited for, and a token function is called again if the service
        rejects its token. A POST is repeated only if the service did nothing: else there might be two rows.

        Raises
        ------
        ServiceError
            With ``may_have_acted``: the service may have written the row all the same.
        """
        if (error := self._closed_error(request)) is not None:
            raise error
        # Out here, so that what a token function raises is not taken for a failure of the service.
        self._secret.get()
        try:
            with redaction.redacted_logs():
                if retry:
                    return call_with_retries(lambda attempt: self._send_with_notice(request, scope, attempt))
                return self._send_once(request, scope)
        except RequestError as failure:
            error = failure.error
            if request.is_write and failure.may_have_acted:
                error = outcome_unknown(error, self._service.title, request.description)
        # Raised out here, it carries neither requests with credentials nor the frames of stamina.
        raise error

    def clean_error(self, value: Any, sensitive: Iterable[str]) -> str:
        """Return what a service says about an error, without the credential and what a user typed."""
        return redaction.clean_text(redaction.find_explanation(value), (*self._credential(), *sensitive))

    def clean_name(self, text: str) -> str:
        """Return a name as a service sends it, cleaned but with its ampersands."""
        return " & ".join(redaction.clean_text(part, self._credential()) for part in text.split("&"))

    def _credential(self) -> tuple[str, str]:
        secret = self._secret.get()
        return secret, self._header(secret).rpartition(" ")[2]

    @property
    def credential(self) -> str:
        """The credential; a token function is called if there is none yet."""
        return self._secret.get()

    def close_idle(self) -> None:
        """Close the sockets that no request uses."""
        self._session.close()

    def close(self) -> None:
        """Send no further request."""
        self.is_closed = True
        self.close_idle()

    def _send_with_notice(self, request: Request, scope: RequestScope, attempt: int) -> requests.Response:
        try:
            return self._send_or_refresh(request, scope, attempt)
        except RetryableError as failure:
            scope.may_have_acted |= failure.may_have_acted
            # Nobody waits for what was cancelled.
            if scope.is_cancelled or (request.method == "POST" and failure.may_have_acted):
                raise RequestError(failure.error, may_have_acted=failure.may_have_acted) from None
            if attempt < MAX_ATTEMPTS:
                when = f" in {ceil(failure.retry_after)} s" if failure.retry_after else ""
                self._notify(
                    scope, f"{_reason(failure.error)}, retrying{when} (attempt {attempt + 1} of {MAX_ATTEMPTS})"
                )
            raise

    def _notify(self, scope: RequestScope, notice: str) -> None:
        scope.notice = notice
        _WAITS.info("%s: %s", self._service.title, notice)

    def _send_or_refresh(self, request: Request, scope: RequestScope, attempt: int) -> requests.Response:
        generation = self._secret.generation
        response = self._send_in_turn(request, scope, attempt)
        if response.status_code == 401 and self._secret.is_refreshable:
            self._secret.refresh(generation)
            response = self._send_in_turn(request, scope, attempt)
        return self._check(response, request, attempt)

    def _send_once(self, request: Request, scope: RequestScope) -> requests.Response:
        try:
            return self._check(self._send_in_turn(request, scope), request)
        except RetryableError as failure:
            # Nothing waits here, but the other requests of the connection should.
            self._rate_limiter.pause(failure.retry_after or FIRST_WAIT_SECONDS)
            raise

    def _send_in_turn(self, request: Request, scope: RequestScope, attempt: int = 1) -> requests.Response:
        def check_wanted() -> None:
            error = self._closed_error(request)
            if error is not None or scope.is_cancelled:
                raise RequestError(error or _messages.connection_closed(self._service.title))

        if (seconds := ceil(self._rate_limiter.seconds_left())) > 1:
            self._notify(scope, f"rate limit, next request in {seconds} s")
        with self._rate_limiter.acquire(check_wanted):
            scope.notice = ""
            if not scope.acquire():
                raise RequestError(_messages.connection_closed(self._service.title))
            return self._send(request, scope, attempt)

    def _closed_error(self, request: Request) -> errors.PmframesError | None:
        if self._is_offline():
            return _messages.offline_write() if request.is_write else _messages.offline_miss(request.label)
        return _messages.connection_closed(self._service.title) if self.is_closed else None

    def _send(self, request: Request, scope: RequestScope, attempt: int) -> requests.Response:
        url = self._base_url + request.path.lstrip("/")
        # A proxy would read what goes to a server on this machine, and could not even reach it.
        proxies = {} if is_loopback(urlsplit(url).hostname or "") else get_environ_proxies(url)
        ca_bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        started = time.monotonic()
        try:
            with total_timeout() as abort, scope.abortable(abort):
                response = self._session.request(
                    request.method,
                    url,
                    params=request.query,
                    json=request.body,
                    timeout=CONNECT_AND_READ_TIMEOUT,
                    allow_redirects=False,
                    proxies=proxies,
                    verify=ca_bundle or True,
                    stream=True,
                )
                body = read_body(response)
        except UnreadableBody as problem:
            unreadable = _messages.unreadable_body(self._service.title, request.label, str(problem))
            failure = RequestError(unreadable, may_have_acted=True)
        # requests raises a TypeError for some addresses of proxies.
        except (OSError, urllib3.exceptions.HTTPError, ValueError, TypeError) as error:
            proxy = select_proxy(url, proxies)
            failure = transport_failure(error, self._service.title, attempt, ca_bundle, proxy)
        else:
            seconds = time.monotonic() - started
            _LOG.info("%s: %s, %s, %.2f s", self._service.title, request.summary, _outcome(response, body), seconds)
            # requests offers no way to replace a body.
            response._content = repair_json(body)
            return response
        raise failure

    def _check(self, response: requests.Response, request: Request, attempt: int = 1) -> requests.Response:
        status, title = response.status_code, self._service.title
        if (status == 200 and response.content) or (request.is_write and 200 <= status < 300):
            return response
        if 200 <= status < 300:
            no_body = _messages.not_json(title, "", len(response.content))
            raise RetryableError(no_body) if status == 200 else RequestError(no_body)
        if 300 <= status < 400:
            redirect = errors.UnexpectedResponse(
                f"{title} answered with a redirect, which was not followed: the credential goes to no other address.",
                "Check the url. A redirect to a login page also means that the credential is not accepted.",
            )
            raise RequestError(redirect)
        error = self._status_error(response, request, attempt)
        if not is_transient(status):
            raise RequestError(error)
        seconds, may_have_acted = wait_seconds(status, response.headers, attempt), status != 429
        if seconds is None:
            raise RetryableError(error, may_have_acted=may_have_acted)
        if seconds > MAX_WAIT_SECONDS:
            raise RequestError(error, may_have_acted=may_have_acted)
        # For all requests of the connection: a service may start to count anew with each that comes too early.
        self._rate_limiter.pause(seconds)
        raise RetryableError(error, seconds, may_have_acted=may_have_acted)

    def _status_error(self, response: requests.Response, request: Request, attempt: int) -> errors.PmframesError:
        """Build the error for a response with an error status."""
        service, status, title = self._service, response.status_code, self._service.title
        label, (verb, gerund, _) = request.label.removeprefix(f"{title} "), _VERBS[request.method]
        typed_values = [*sensitive_values(request.query, request.sensitive_keys), *request.sensitive_values]
        explanation = self.clean_error(redaction.decode_body(response.content), typed_values).rstrip(".")
        explained = f' It says: "{explanation}".' if explanation else ""
        ambiguity = ""
        if service.ambiguous_401_403:
            ambiguity = "; this service answers the same for a wrong credential and for a missing permission"
        if status == 401:
            place, variable = service.credential_place, service.token_variable
            renewal = f"replace it: {place}" if place else f'call pm.connect("{service.name}", …) again'
            return errors.AuthenticationError(
                f"{title} does not accept the credential (status 401{ambiguity}).{explained}",
                f"Check that it is complete and has not expired, then {renewal}.",
                variable=None if place else variable,
            )
        if status == 403:
            place = f"at {title}" if request.is_write else f"from {title}"
            return errors.PermissionDenied(
                f"This credential is not allowed to {verb} {label} {place} (status 403{ambiguity}).{explained}",
                "Ask an administrator for the permission, or connect with another credential.",
            )
        if status == 404:
            return errors.NotFound(
                f"{title} does not know {label} (status 404).{explained}",
                "Check the id, and leave it out if it was deleted. The credential may also not be allowed to see "
                "it, or the url may be that of another site.",
            )
        gave_up = f"gave up after {pluralize(attempt, 'attempt')}"
        wait = _format_wait(parse_retry_after(response.headers))
        if status == 429:
            cause = f"{title} returned 429: too many requests; {gave_up}.{explained}"
            return errors.RateLimited(
                cause, f"{wait or 'Wait a minute'}, then {'try' if request.is_write else 'load'} again."
            )
        if is_transient(status) or status >= 500:
            cause = f"{title} returned {status} while {gerund} {label}; {gave_up}.{explained}"
            remedy = wait or "Try again later"
            remedy += "." if request.is_write else "; what was cached before is still there."
            return errors.ServiceError(cause, remedy, status=status)
        if status == 407:
            cause = f"A proxy before {title} asks for a credential of its own (status 407)."
            return errors.ServiceError(cause, "Add it to the address of the proxy in HTTPS_PROXY.", status=status)
        refused = f"to {verb} {label}" if request.is_write else f"the request for {label}"
        remedy = "Correct the values." if request.is_write else "Check the arguments, those in params above all."
        return errors.ServiceError(f"{title} refused {refused} (status {status}).{explained}", remedy, status=status)


def _outcome(response: requests.Response, body: bytes) -> str:
    return f"status {response.status_code}, {len(body):,} bytes"


def _reason(error: errors.PmframesError) -> str:
    if isinstance(error, errors.RateLimited):
        return "rate limit"
    status = getattr(error, "status", None)
    return f"status {status}" if status else "no complete response"


def _format_wait(retry_after_seconds: float | None) -> str:
    """Return when to come back, as a service asks; empty where it does not ask for more than a minute."""
    if retry_after_seconds is None or retry_after_seconds <= 60:
        return ""
    wait = timedelta(seconds=min(retry_after_seconds, _MAX_WAIT_SECONDS))
    limit = f"; pmframes waits {format_age(timedelta(seconds=MAX_WAIT_SECONDS))} at most"
    limit = limit if retry_after_seconds > MAX_WAIT_SECONDS else ""
    return f"Wait {format_age(wait)}, as it asks (until {format_time(datetime.now(UTC) + wait)}{limit})"


def parse_response(parse: Callable[[], T], title: str, label: str, response: requests.Response) -> T:
    """Return what ``parse`` makes of a response, or raise if the body is malformed."""
    try:
        return parse()
    except msgspec.ValidationError:
        raise _messages.unexpected_shape(label) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        kind, size = response.headers.get("Content-Type", "").partition(";")[0], len(response.content)
        if response.content.lstrip()[:1] not in (b"{", b"["):
            raise _messages.not_json(title, kind, size) from None
        raise _messages.malformed_json(title, _describe_malformed(error, size)) from None


def _describe_malformed(error: Exception, size: int) -> str:
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    position = re.search(r"(?:byte|position) (\d+)\b", str(error))
    return f"cannot be read at byte {int(position[1]):,} of {size:,}" if position else "ends too early"
