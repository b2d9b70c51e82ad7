"""The kinds of errors, by what a user can do about them."""

__all__ = [
    "AuthenticationError",
    "IncompleteLoad",
    "InvalidArgument",
    "NotConnected",
    "NotFound",
    "OfflineMiss",
    "PermissionDenied",
    "PmframesError",
    "RateLimited",
    "ServiceError",
    "UnexpectedResponse",
]


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
    """The service failed, refused the request, or could not be reached.

    ``status`` is the HTTP status it answered with, None where it gave none.
    """

    status: int | None = None


class UnexpectedResponse(PmframesError):
    """The service answered with something that is not what its documentation promises."""


class IncompleteLoad(PmframesError):
    """Not all rows could be loaded, so none are returned."""


class OfflineMiss(PmframesError):
    """What was asked for is not stored and the network may not be used."""


class InvalidArgument(PmframesError, ValueError):
    """An argument is wrong; nothing was sent and nothing was written."""
