"""Every error that pmframes raises, and the only place where their wording is made.

Each message gives the cause and then the remedy. No message holds a credential, and none holds more of
what a service sent than a short, cleaned piece of its own explanation.
"""

from collections.abc import Iterable


class PmframesError(Exception):
    """Base of every error that pmframes raises."""


class NotConnected(PmframesError):
    """There is no credential for the service."""


class AuthenticationError(PmframesError):
    """The service does not accept the credential (status 401)."""


class PermissionDenied(PmframesError):
    """The credential is known but may not read this (status 403)."""


class NotFound(PmframesError):
    """The service does not know what was asked for (status 404)."""


class RateLimited(PmframesError):
    """The service refused because there were too many requests (status 429)."""


class ServiceError(PmframesError):
    """The service failed, refused the request, or could not be reached."""


class UnexpectedResponse(PmframesError):
    """The service answered with something that is not what its documentation promises."""


class IncompleteLoad(PmframesError):
    """Not all rows could be loaded, so none are returned."""


class OfflineMiss(PmframesError):
    """What was asked for is not stored and the network may not be used."""


class InvalidArgument(PmframesError, ValueError):
    """An argument is wrong; nothing was sent and nothing was written."""


# Arguments


def _listed(values: Iterable[object]) -> str:
    return ", ".join(str(value) for value in values)


def _quoted(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def unknown_service(name: object, known: Iterable[str]) -> InvalidArgument:
    """Build the error for a service that pmframes does not know."""
    return InvalidArgument(f"pmframes knows no service {_quoted(name)}. Use one of: {_listed(known)}.")


def not_one_of(argument: str, value: object, allowed: Iterable[str]) -> InvalidArgument:
    """Build the error for a value outside a closed list."""
    return InvalidArgument(f"{argument} is {_quoted(value)}. Use one of: {_listed(allowed)}.")


def wrong_kind(argument: str, value: object, wanted: str) -> InvalidArgument:
    """Build the error for a value of the wrong kind; ``wanted`` completes "Give …"."""
    return InvalidArgument(f"{argument} is {_quoted(value)} ({type(value).__name__}). Give {wanted}.")


# The seeing wing: frames that lack what is needed, files


def missing_columns(what: str, missing: Iterable[str], made_by: str) -> InvalidArgument:
    """Build the error for a frame that lacks columns; ``made_by`` names what makes such a frame."""
    return InvalidArgument(
        f"{what} needs columns that this frame does not have: {_listed(missing)}. "
        f"Give the frame that {made_by} returns, or one with these columns."
    )


def not_a_frame(what: str, value: object) -> InvalidArgument:
    """Build the error for something that is no DataFrame."""
    return InvalidArgument(f"{what} needs a pandas DataFrame, not {type(value).__name__}. Load one first.")


def file_exists(path: object) -> InvalidArgument:
    """Build the error for a file that would be overwritten."""
    return InvalidArgument(
        f"{path} exists already and was left as it is. Choose another name, or pass overwrite=True."
    )
