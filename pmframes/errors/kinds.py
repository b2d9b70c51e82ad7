"""The kinds of errors, by what a user can do about them."""

from pmframes.errors.panel import WaysOn

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
    """There is no credential for the service.

    ``ways_on`` is what a notebook shows with it, None where there is no more to say than the message does.
    """

    ways_on: WaysOn | None = None
    _is_shown = False

    def _render_traceback_(self) -> list[str]:
        """Give IPython what it prints in place of a traceback, and show a notebook the ways on."""
        from IPython import get_ipython
        from IPython.display import display

        # IPython asks twice: once to print it, and once to keep it with the history.
        is_new, self._is_shown = not self._is_shown, True
        if self.ways_on and is_new and getattr(get_ipython(), "kernel", None):
            shown = {"text/html": self.ways_on.as_html(), "text/plain": self.ways_on.as_text()}
            display(shown, raw=True)  # type: ignore[no-untyped-call]
        return [f"{type(self).__name__}: {self}"]


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
