"""The exception classes, by what a user can do about them."""

from traceback import walk_tb
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pmframes._text import clean_message, refuse_other_names

if TYPE_CHECKING:
    from pmframes._connect_hint import ConnectHint

__all__ = [
    "AccountsFailed",
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

if not TYPE_CHECKING:  # so that a type checker reports a misspelt name
    __getattr__ = refuse_other_names("pm.errors", __all__)


class PmframesError(Exception):
    """Base of all errors that pmframes raises.

    A notebook shows the cell, the line and the message; ``%tb`` shows the traceback.

    Attributes
    ----------
    cause : str
        What went wrong.
    remedy : str
        What to do about it in Python; the command line words its own.
    """

    _first_shown_in: int | None = None

    def __init__(self, cause: str, remedy: str = "") -> None:
        # Either may quote a service, a file or an argument.
        self.cause, self.remedy = clean_message(cause), clean_message(remedy)
        super().__init__(f"{self.cause} {self.remedy}".rstrip())

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints in place of its usual traceback."""
        from IPython import get_ipython

        shell: Any = get_ipython()
        # IPython calls this in the cell that fails, maybe twice. A call from a later cell is %tb.
        if self._first_shown_in is None:
            self._first_shown_in = shell.execution_count
        if self._first_shown_in == shell.execution_count:
            return [*_last_location(shell, self.__traceback__), f"{type(self).__name__}: {self}"]
        traceback: list[str] = shell.InteractiveTB.structured_traceback(type(self), self, self.__traceback__)
        return traceback


def _last_location(shell: Any, trace: TracebackType | None) -> list[str]:
    """Return the last line number in a cell or script, without the code there: it may hold a credential."""
    locations = []
    for frame, line in walk_tb(trace):
        file = frame.f_code.co_filename
        if cell := shell.compile.format_code_name(file):
            locations.append(f"{' '.join(cell)}, line {line}")
        # A script run by %run has no cell; code run by exec has no file.
        elif frame.f_globals.get("__name__") == "__main__" and not file.startswith("<"):
            locations.append(f"File {file}, line {line}")
    return locations[-1:]


class NotConnected(PmframesError):
    """There is no credential for the service.

    Attributes
    ----------
    hint : optional
        How to connect; a notebook shows it above the message.
    """

    def __init__(self, cause: str, remedy: str = "", *, hint: "ConnectHint | None" = None) -> None:
        super().__init__(cause, remedy)
        self.hint = hint

    def _render_traceback_(self) -> list[str]:
        """Display the hint as well, in a notebook."""
        from IPython import get_ipython
        from IPython.display import display

        if self.hint and self._first_shown_in is None and getattr(get_ipython(), "kernel", None):
            display(self.hint)  # type: ignore[no-untyped-call]
        return super()._render_traceback_()


class AuthenticationError(PmframesError):
    """The service does not accept the credential (status 401).

    Attributes
    ----------
    variable : str, optional
        The environment variable that sets this credential.
    """

    def __init__(self, cause: str, remedy: str = "", *, variable: str | None = None) -> None:
        super().__init__(cause, remedy)
        self.variable = variable


class PermissionDenied(PmframesError):
    """The credential is not allowed to read this (status 403)."""


class NotFound(PmframesError):
    """The service does not know what was requested (status 404)."""


class RateLimited(PmframesError):
    """The service refused: too many requests (status 429)."""


class ServiceError(PmframesError):
    """The service failed, refused the request, or could not be reached.

    Attributes
    ----------
    status : int, optional
        The HTTP status of the response, None where there was none.
    may_have_acted : bool
        Whether the service may have written a row all the same; False for all that only reads.
    """

    def __init__(
        self, cause: str, remedy: str = "", *, status: int | None = None, may_have_acted: bool = False
    ) -> None:
        super().__init__(cause, remedy)
        self.status = status
        self.may_have_acted = may_have_acted


class UnexpectedResponse(PmframesError):
    """The response is not what the service's documentation says."""


class IncompleteLoad(PmframesError):
    """Not all rows could be loaded, so none are returned."""


class OfflineMiss(PmframesError):
    """The data is not cached, and no request is sent while offline."""


class InvalidArgument(PmframesError, ValueError):
    """An argument is wrong; nothing was sent and nothing was written.

    Attributes
    ----------
    argument : str, optional
        The argument that the remedy is about, where the command line has an option for it.
    variable : str, optional
        The environment variable that sets the argument, where there is one.
    """

    def __init__(
        self, cause: str, remedy: str = "", *, argument: str | None = None, variable: str | None = None
    ) -> None:
        super().__init__(cause, remedy)
        self.argument = argument
        self.variable = variable


class AccountsFailed(PmframesError):
    """Some of several accounts could not be loaded.

    Attributes
    ----------
    frames : dict
        What was loaded, by the name of the account.
    failed : dict of Exception
        What went wrong, by the name of the account: ``pm.across(list(error.failed), load)`` asks only these again.
    """

    def __init__(
        self,
        cause: str,
        remedy: str = "",
        frames: dict[str, Any] | None = None,
        failed: dict[str, Exception] | None = None,
    ) -> None:
        super().__init__(cause, remedy)
        self.frames = frames or {}
        self.failed = failed or {}
