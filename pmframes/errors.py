"""The kinds of errors, by what a user can do about them."""

from traceback import walk_tb
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pmframes._connect_hint import ConnectHint

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
    """Base of all errors that pmframes raises.

    A notebook shows the cell, the line and the message; ``%tb`` shows the traceback.

    Attributes
    ----------
    cause : str
        What went wrong.
    remedy : str
        What to do about it in Python; the command line words its own.
    """

    _shown_in: int | None = None

    def __init__(self, cause: str, remedy: str = "") -> None:
        super().__init__(f"{cause} {remedy}".rstrip())
        self.cause = cause
        self.remedy = remedy

    def _render_traceback_(self) -> list[str]:
        """Give IPython what it prints in place of its usual traceback."""
        from IPython import get_ipython

        shell: Any = get_ipython()
        # IPython asks in the cell that fails, maybe twice. Who asks from a later one wrote %tb.
        if self._shown_in is None:
            self._shown_in = shell.execution_count
        if self._shown_in == shell.execution_count:
            return [*_last_place(shell, self.__traceback__), f"{type(self).__name__}: {self}"]
        whole: list[str] = shell.InteractiveTB.structured_traceback(type(self), self, self.__traceback__)
        return whole


def _last_place(shell: Any, trace: TracebackType | None) -> list[str]:
    """Say which line of which cell or script came last; not what it says: that may be a credential."""
    places = []
    for frame, line in walk_tb(trace):
        file = frame.f_code.co_filename
        if cell := shell.compile.format_code_name(file):
            places.append(f"{' '.join(cell)}, line {line}")
        # A script that %run runs is no cell; what exec and the like run is of no file.
        elif frame.f_globals.get("__name__") == "__main__" and not file.startswith("<"):
            places.append(f"File {file}, line {line}")
    return places[-1:]


class NotConnected(PmframesError):
    """There is no credential for the service.

    Attributes
    ----------
    hint : optional
        What a notebook shows above the message: how to connect.
    """

    def __init__(self, cause: str, remedy: str = "", *, hint: "ConnectHint | None" = None) -> None:
        super().__init__(cause, remedy)
        self.hint = hint

    def _render_traceback_(self) -> list[str]:
        """Display the hint as well, in a notebook."""
        from IPython import get_ipython
        from IPython.display import display

        if self.hint and self._shown_in is None and getattr(get_ipython(), "kernel", None):
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
    """The credential is known but may not read this (status 403)."""


class NotFound(PmframesError):
    """The service does not know what was requested (status 404)."""


class RateLimited(PmframesError):
    """The service refused because there were too many requests (status 429)."""


class ServiceError(PmframesError):
    """The service failed, refused the request, or could not be reached.

    Attributes
    ----------
    status : int, optional
        The HTTP status of the response, None where there was none.
    """

    def __init__(self, cause: str, remedy: str = "", *, status: int | None = None) -> None:
        super().__init__(cause, remedy)
        self.status = status


class UnexpectedResponse(PmframesError):
    """The service answered with something that is not what its documentation promises."""


class IncompleteLoad(PmframesError):
    """Not all rows could be loaded, so none are returned."""


class OfflineMiss(PmframesError):
    """What was asked for is not stored and the network may not be used."""


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
