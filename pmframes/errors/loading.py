"""The wording of what goes wrong while something is loaded: arguments, connections, answers."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from pmframes.errors.kinds import (
    AuthenticationError,
    IncompleteLoad,
    InvalidArgument,
    NotConnected,
    NotFound,
    PermissionDenied,
    PmframesError,
    RateLimited,
    ServiceError,
    UnexpectedResponse,
)
from pmframes.errors.panel import WaysOn
from pmframes.errors.words import age_of, listed, quoted, said

__all__ = [
    "bad_token",
    "bundle_missing",
    "check_stopped",
    "disconnected",
    "filter_ignored",
    "from_status",
    "incomplete",
    "insecure_url",
    "names_missing",
    "none_connected",
    "not_a_url",
    "not_connected",
    "not_for_service",
    "not_json",
    "not_one_of",
    "paging_is_ours",
    "param_twice",
    "permissions_unjoined",
    "redirected",
    "refused",
    "stopped",
    "token_function_failed",
    "unexpected_shape",
    "unknown_service",
    "unreachable",
    "unreadable",
    "untrusted",
    "url_missing",
    "was_not_there",
    "wrong_kind",
]

# Arguments


def unknown_service(name: object, known: Iterable[str]) -> InvalidArgument:
    """Build the error for a service that pmframes does not know."""
    return InvalidArgument(f"pmframes knows no service {quoted(name)}. Use one of: {listed(known)}.")


def not_one_of(argument: str, value: object, allowed: Iterable[str]) -> InvalidArgument:
    """Build the error for a value outside a closed list."""
    return InvalidArgument(f"{argument} is {quoted(value)}. Use one of: {listed(allowed)}.")


def wrong_kind(argument: str, value: object, wanted: str) -> InvalidArgument:
    """Build the error for a value of the wrong kind; ``wanted`` completes "Give …"."""
    return InvalidArgument(f"{argument} is {quoted(value)}. Give {wanted}.")


def paging_is_ours(key: object) -> InvalidArgument:
    """Build the error for paging in ``params``."""
    return InvalidArgument(
        f"params has {quoted(key)}, but a load always reads all pages by itself. "
        "Leave it out, and cut the finished frame instead, for example with .head()."
    )


def param_twice(key: str) -> InvalidArgument:
    """Build the error for a query key that the loader sets."""
    return InvalidArgument(
        f"params has {quoted(key)}, which this loader sets itself. Leave it out of params."
    )


# Connecting


def not_connected(
    name: str,
    title: str,
    credential: str,
    variables: Sequence[str],
    held: Iterable[str] = (),
    example: str = "",
) -> NotConnected:
    """Build the error for a service without a connection.

    ``held`` are the variables that are set already; ``example`` is an address, where it needs one.
    """
    set_already = listed(held)
    why = (
        f"{set_already} alone is not enough{said(', or was put aside by disconnect', '')}"
        if set_already
        else "no credential is known"
    )
    cause, needs = f"There is no connection to {title}: {why}.", f"It needs {credential}."
    connect = said(f'Call pm.connect("{name}", …) with it, or set', "Set")
    error = NotConnected(
        f"{cause} {needs} {connect} {' and '.join(variables)} in the environment; {_to_try()}"
    )
    error.ways_on = WaysOn(cause, needs, {name: example}, variables)
    return error


def none_connected(names: Iterable[str], variables: Sequence[str]) -> NotConnected:
    """Build the error for a load over all connected services where there is none."""
    cause = f"None of the services with customers is connected: {listed(names)}."
    connect = said("Call pm.connect for one of them", f"Set one of {listed(variables)} in the environment")
    error = NotConnected(f"{cause} {connect}; {_to_try()}")
    error.ways_on = WaysOn(
        cause, "The credential of one of them is enough.", dict.fromkeys(names, ""), variables
    )
    return error


def _to_try() -> str:
    return f"to try pmframes without an account, {said('call pm.demo()', 'run pmframes demo')}."


def disconnected(title: str) -> NotConnected:
    """Build the error for a load whose connection was ended while it was under way."""
    return NotConnected(
        f"The connection to {title} was ended while a load was under way. Connect and load again."
    )


def url_missing(title: str, example: str, variable: str) -> InvalidArgument:
    """Build the error for a service that needs an address."""
    remedy = said(
        f'Pass it, such as url="{example}", or set {variable}.', f"Set {variable} to it, such as {example}."
    )
    return InvalidArgument(f"{title} needs the address of your site. {remedy}")


def not_a_url() -> InvalidArgument:
    """Build the error for an address that is none; it is not shown, since it may hold a password."""
    return InvalidArgument(
        f"{_url()} is no address that can be used. "
        "Give it as https://host, without user name, password or spaces."
    )


def _url() -> str:
    return said("url", "The address in PMFRAMES_…_URL")


def insecure_url(host: str) -> InvalidArgument:
    """Build the error for plain http to another machine."""
    return InvalidArgument(
        f"{_url()} is plain http to {host}: the credential would travel readable by others. "
        "Use https; plain http is only allowed to this machine itself."
    )


def bad_token(title: str, credential: str) -> InvalidArgument:
    """Build the error for a malformed credential, which is not shown."""
    return InvalidArgument(
        f"The token for {title} cannot be used: it is no text, or empty, or holds spaces or letters that no "
        f"token has. Give {credential}."
    )


def token_function_failed(error: Exception) -> str:
    """Word what a function that gives a credential raised; its own words may hold what they like."""
    return (
        f"The function that gives the credential failed ({type(error).__name__}). "
        "Call it by itself to see why, then connect again."
    )


def not_for_service(argument: str, title: str) -> InvalidArgument:
    """Build the error for an argument of connect that another service has."""
    return InvalidArgument(f"{argument} means nothing to {title}. Leave it out.")


# What a service answers


LONGEST_TOLD = 100 * 86_400.0
_KEY_OR_RIGHT = " (this service answers alike where a key is wrong and where it lacks the right)"


def from_status(
    status: int,
    *,
    service: str,
    title: str,
    asked_for: str,
    explanation: str,
    either: bool,
    told: float | None,
) -> PmframesError:
    """Build the error for an answer with an error status; ``told`` are the seconds it says to wait."""
    says = f' It says: "{explanation}".' if explanation else ""
    doubt = _KEY_OR_RIGHT if either else ""
    if status == 401:
        again = said(f'call pm.connect("{service}", …) again', f"set PMFRAMES_{service.upper()}_TOKEN anew")
        return AuthenticationError(
            f"{title} does not accept the credential (status 401){doubt}.{says} "
            f"Check that it is complete and has not expired, then {again}."
        )
    if status == 403:
        return PermissionDenied(
            f"{title} does not let this credential read {asked_for} (status 403){doubt}.{says} "
            "Ask an administrator for the right, or connect with another credential."
        )
    if status == 404:
        return NotFound(
            f"{title} does not know {asked_for} (status 404).{says} Check the number, and leave it "
            "out if it was deleted; the credential may also not be allowed to see it, or the url may be of "
            "another site."
        )
    if status == 429:
        return RateLimited(
            f"{title} refuses more requests for now (status 429).{says} {_wait(told)} and load again."
        )
    error = ServiceError(
        f"{title} failed while it was asked for {asked_for} (status {status}).{says} "
        "It was asked several times. Try again later; what was stored before is still there."
        if status >= 500
        else f"{title} refused the request for {asked_for} (status {status}).{says} "
        f"{said('Check the arguments, those in params above all', 'Check the arguments')}."
    )
    error.status = status
    return error


def _wait(told: float | None) -> str:
    if told is None or told <= 60:
        return "Wait a minute"
    return f"Wait {age_of(timedelta(seconds=min(told, LONGEST_TOLD)))}, as it asks,"


def refused(title: str, explanation: str) -> ServiceError:
    """Build the error for a failure that a service reports with status 200."""
    says = f' It says: "{explanation}".' if explanation else ""
    return ServiceError(f"{title} reports that the request failed.{says} Try again later.")


def unreachable(title: str, reason: str) -> ServiceError:
    """Build the error for a service that could not be asked."""
    return ServiceError(
        f"{title} could not be reached: {reason}. It was tried several times. "
        "Check the network and the url, then load again."
    )


def untrusted(title: str) -> ServiceError:
    """Build the error for a certificate that is not trusted."""
    return ServiceError(
        f"The certificate of {title} is not trusted, so nothing was sent. Check the url; where your "
        "organisation puts a proxy in between, set REQUESTS_CA_BUNDLE to the file of its certificate."
    )


def bundle_missing(path: str) -> ServiceError:
    """Build the error for a file of certificates that cannot be read."""
    return ServiceError(
        f"The file of certificates {path} cannot be read, so nothing was sent. "
        "Correct REQUESTS_CA_BUNDLE (or CURL_CA_BUNDLE), or remove it from the environment."
    )


def redirected(title: str) -> UnexpectedResponse:
    """Build the error for a redirect."""
    return UnexpectedResponse(
        f"{title} answered with a redirect. It was not followed, so that the credential goes nowhere else. "
        "Check the url; a redirect to a login page also means that the credential is not accepted."
    )


def not_json(title: str, kind: str, size: int) -> UnexpectedResponse:
    """Build the error for a body that is not JSON."""
    return UnexpectedResponse(
        f"{title} answered with something that is no JSON ({kind or 'no content type'}, {size:,} bytes): "
        "perhaps a login page, or a page of a proxy. Check the url and the network, then load again."
    )


def unexpected_shape(what: str) -> UnexpectedResponse:
    """Build the error for JSON of another shape than documented."""
    return UnexpectedResponse(
        f"{what}: the answer is JSON, but not of a shape that the service documents. Check that url is the "
        "address of this service; if it is, report it as a bug of pmframes."
    )


def unreadable(where: str, field: str) -> UnexpectedResponse:
    """Build the error for a value that cannot be read as what its column declares."""
    return UnexpectedResponse(
        f"{where}: the value of {field} is not of the kind that the service documents. "
        "Nothing was changed or left out to make it fit; report it as a bug of pmframes, naming the field."
    )


def names_missing(error: Exception) -> str:
    """Word what comes of names of projects that could not be loaded."""
    return (
        f"The names of the projects could not be loaded ({type(error).__name__}), so project_name is NA. "
        "Give a frame of projects that has them, or ask an administrator for the right to list projects."
    )


def was_not_there(what: str) -> NotFound:
    """Build the error for a list that was not to be had when a load was stored."""
    return NotFound(
        f"{what}: there was none when this was stored. Load again with {said('refresh=True', '--refresh')}."
    )


def filter_ignored(what: str, argument: str, wrong: int, rows: int) -> UnexpectedResponse:
    """Build the error for rows that a filter excludes, and that came all the same."""
    return UnexpectedResponse(
        f"{what}: the filter {argument} was passed over: {wrong:,} of the {rows:,} rows that came are rows "
        f"that it excludes. None are returned. Load without {argument}, and filter the finished frame."
    )


def permissions_unjoined(what: str, projects: Iterable[object]) -> str:
    """Word the warning for permissions that stand under other keys than the numbers of people."""
    return (
        f"{what}: those of project {listed(projects)} stand under keys that are not the numbers of people, "
        'so whose they are is not known, and they are NA. attrs["permissions_by_key"] has them as they came.'
    )


def incomplete(what: str, pages: int, rows: int, why: str, narrower: str = "") -> IncompleteLoad:
    """Build the error for a load that cannot be completed; ``narrower`` completes "Load …"."""
    remedy = f"Load {narrower}." if narrower else "Load again; if it stays so, load in smaller parts."
    return IncompleteLoad(
        f"{what} could not be loaded completely: {rows:,} rows had come in {pages:,} pages when {why}. "
        f"No rows are returned, and what was stored before is still there. {remedy}"
    )


def check_stopped() -> str:
    """Word what an interrupted check leaves behind."""
    return "The check was stopped. Nothing was changed."


def stopped(what: str) -> str:
    """Word what an interrupted load leaves behind."""
    return f"The load of {what} was stopped. No rows are returned; the cache holds only whole loads, as ever."
