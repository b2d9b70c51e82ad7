"""Why there is no complete response: the errors for failures below HTTP."""

import http.client
import ssl
from collections.abc import Callable, Iterator
from re import search
from urllib.parse import urlsplit

import requests
import urllib3
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from pmframes._http.retry import RequestError, RetryableError, is_transient
from pmframes._text import pluralize
from pmframes.errors import PmframesError, ServiceError


def outcome_unknown(error: PmframesError, title: str, done: str) -> ServiceError:
    """Build the error for a row that a service may have written all the same; ``done`` completes "it may have …"."""
    return ServiceError(
        f"{error.cause} {title} may have {done} all the same.",
        "Load the list to see whether it did, before you try again.",
        status=getattr(error, "status", None),
        may_have_acted=True,
    )


def transport_failure(
    error: Exception, title: str, attempt: int, ca_bundle: str | None, proxy: str | None
) -> RequestError:
    """Build the failure for a request without a complete response.

    The texts of these exceptions hold the URL with its query, so only their kind is repeated.
    """
    causes = list(_causes(error))

    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        untrusted = ServiceError(
            f"The certificate of {title} is not trusted, so nothing was sent.",
            "Check the url. If your organisation uses a proxy that inspects traffic, set "
            "REQUESTS_CA_BUNDLE to the file with its certificate.",
        )
        return RequestError(untrusted)
    known = requests.RequestException | urllib3.exceptions.HTTPError | TimeoutError
    if isinstance(error, OSError) and not isinstance(error, known):
        cause = f"The CA bundle {ca_bundle} cannot be read, so nothing was sent."
        remedy = "Correct REQUESTS_CA_BUNDLE (or CURL_CA_BUNDLE), or remove it from the environment."
        return RequestError(ServiceError(cause, remedy))
    was_sent = not any(isinstance(cause, NewConnectionError | ConnectTimeoutError) for cause in causes)
    if proxy and isinstance(error, requests.exceptions.ProxyError | ValueError | TypeError):
        return _proxy_failure(error, causes, title, attempt, proxy, was_sent)
    reasons = (reason for reason, matches in _REASONS.items() if any(map(matches, causes)))
    reason = next(reasons, "no connection could be made")
    cause = f"{title} could not be reached: {reason}; gave up after {pluralize(attempt, 'attempt')}."
    failure = ServiceError(cause, "Check the network and the url, then load again.")
    return RetryableError(failure, may_have_acted=was_sent)


def _proxy_failure(
    error: Exception, causes: list[BaseException], title: str, attempt: int, proxy: str, was_sent: bool
) -> RequestError:
    host = urlsplit(proxy if "://" in proxy else f"//{proxy}").netloc.rpartition("@")[2]
    found = [match for cause in causes if (match := search(r"Tunnel connection failed: (\d{3})", str(cause)))]
    status = int(found[0][1]) if found else None
    cause = f"{title} could not be reached: the proxy {host} "
    cause += f"answered with status {status}" if status else "cannot be used"
    remedy = "Check the proxy, which HTTPS_PROXY or the system sets."
    if status == 407:
        remedy = "Add your name and password for the proxy to its address in HTTPS_PROXY."
    if not isinstance(error, requests.exceptions.ProxyError) or (status is not None and not is_transient(status)):
        return RequestError(ServiceError(f"{cause}.", remedy))
    failure = ServiceError(f"{cause}; gave up after {pluralize(attempt, 'attempt')}.", remedy)
    return RetryableError(failure, may_have_acted=was_sent and status is None)


def _is_one_of(*kinds: type[BaseException]) -> Callable[[BaseException], bool]:
    return lambda cause: isinstance(cause, kinds)


def _is_timeout(cause: BaseException) -> bool:
    # To urllib3 any failure to connect is a timeout.
    kinds = requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError
    return isinstance(cause, kinds) and not isinstance(cause, NewConnectionError)


def _is_malformed(cause: BaseException) -> bool:
    is_cut = isinstance(cause, http.client.RemoteDisconnected | http.client.IncompleteRead)
    return isinstance(cause, http.client.HTTPException) and not is_cut


# The first one that any of the causes matches
_REASONS: dict[str, Callable[[BaseException], bool]] = {
    "the response timed out": _is_timeout,
    "no secure connection could be made": _is_one_of(ssl.SSLError),
    "the name of its host was not found": _is_one_of(NameResolutionError),
    "the response is not valid HTTP": _is_malformed,
    "no connection could be made": _is_one_of(requests.ConnectionError),
    "the response was cut off": _is_one_of(urllib3.exceptions.HTTPError),
}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it wraps, in any of the ways of requests and urllib3."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        wrapped = (*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__)
        waiting += [other for other in wrapped if isinstance(other, BaseException)]
