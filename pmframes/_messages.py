"""Messages that several modules raise or warn with, and the line that a warning points at."""

import contextlib
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from errno import EDQUOT, ENOSPC
from types import FrameType

from pmframes._text import clean_message, join, pluralize, safe_repr, suggest
from pmframes.errors import IncompleteLoad, InvalidArgument, NotConnected, OfflineMiss, UnexpectedResponse

_PACKAGE = os.path.join(os.path.dirname(__file__), "")
_DISK_FULL = (ENOSPC, EDQUOT)
_receiver: "Callable[[str | Warning], None] | None" = None


# Warnings


class CacheWarning(UserWarning):
    """The cache cannot be used; the cause and the remedy are apart, as in an error."""

    def __init__(self, cause: str, remedy: str) -> None:
        self.cause = clean_message(cause)
        super().__init__(f"{self.cause} {clean_message(remedy)}")


@contextlib.contextmanager
def messages_to(receive: Callable[[str | Warning], None]) -> Iterator[None]:
    """Give messages to ``receive``, in all threads: the user of a command has no line of Python to be warned at."""
    global _receiver
    previous, _receiver = _receiver, receive
    try:
        yield
    finally:
        _receiver = previous


def warn_user(message: str | Warning) -> None:
    """Warn at the user's line, the innermost one outside pmframes."""
    message = clean_message(message) if isinstance(message, str) else message
    if _receiver is not None:
        _receiver(message)
        return
    level = 2
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_ours(frame.f_code.co_filename):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)


def _is_ours(file: str) -> bool:
    return file.startswith(_PACKAGE) or file == contextlib.__file__


# Arguments


def wrong_kind(argument: str, value: object, wanted: str) -> InvalidArgument:
    """Build the error for a value of the wrong kind; ``wanted`` completes "Pass …"."""
    return InvalidArgument(f"{argument} is {safe_repr(value)}.", f"Pass {wanted}.")


def not_one_of(argument: str, value: object, allowed: Iterable[str]) -> InvalidArgument:
    """Build the error for a value outside a closed list."""
    options = list(allowed)
    hint = suggest(value, options)
    return InvalidArgument(f"{argument} is {safe_repr(value)}.", f"{hint} Use one of: {join(options)}.".lstrip())


def param_twice(key: str) -> InvalidArgument:
    """Build the error for a query key that the loader sets."""
    return InvalidArgument(f"params has {safe_repr(key)}, which this loader sets itself.", "Leave it out of params.")


# Frames


def not_a_frame(argument: str, value: object, origin: str = "a loader returned") -> InvalidArgument:
    """Build the error for an argument that must be a DataFrame; ``origin`` completes "the frame that …"."""
    lazy = next((name for name in ("collect", "compute") if hasattr(value, name)), None)
    remedy = f"Call .{lazy}() on it." if lazy else f"Pass the frame that {origin}."
    return InvalidArgument(f"{argument} must be a DataFrame, not {type(value).__name__}.", remedy)


def missing_columns(argument: str, missing: Iterable[object], loader: str) -> InvalidArgument:
    """Build the error for a frame that lacks columns; ``loader`` returns such a frame."""
    return InvalidArgument(
        f"{argument} lacks the columns: {join(missing)}.",
        f"Pass the frame that {loader} returns, or one with these columns.",
    )


def layered_columns(name: str, levels: int) -> InvalidArgument:
    """Build the error for a frame whose columns are a MultiIndex."""
    return InvalidArgument(
        f"{name} needs one name per column, but the columns of this frame have {levels} levels.",
        "Join them: frame.columns = [' '.join(map(str, names)) for names in frame.columns].",
    )


def repeated_columns(name: str, columns: Iterable[str]) -> InvalidArgument:
    """Build the error for a frame in which several columns have one name."""
    return InvalidArgument(
        f"{name} needs unique column names, but this frame repeats: {join(columns)}.",
        "Rename these columns, or keep one of each.",
    )


def unsupported_provenance(argument: str) -> InvalidArgument:
    """Build the error for a frame, mostly of a baseline, whose provenance cannot be read."""
    return InvalidArgument(
        f"{argument} has provenance in an unknown format: a later version of pmframes wrote it, or another program.",
        "Update pmframes, or load the frame again.",
    )


# Responses and loads


def not_json(title: str, kind: str, size: int) -> UnexpectedResponse:
    """Build the error for a body that is not JSON."""
    return UnexpectedResponse(
        f"{title} did not return JSON ({kind or 'no content type'}, {size:,} bytes): perhaps a login page "
        "or a page of a proxy.",
        "Check the url and the network, then load again.",
    )


def unreadable_body(title: str, label: str, problem: str) -> UnexpectedResponse:
    """Build the error for a body that is not read; ``problem`` completes "the response …"."""
    return UnexpectedResponse(
        f"{label}: the response of {title} {problem}.",
        "Check the url and the network; if they are right, load less at a time, or report it to the service.",
    )


def too_many_names(label: str, count: int, limit: int) -> UnexpectedResponse:
    """Build the error for a response with more names than a frame has columns."""
    return UnexpectedResponse(
        f"{label}: the response has {count:,} names that would be columns; no more than {limit:,} are accepted.",
        "Check that url is the address of this service; if it is, leave out extra_columns.",
    )


def malformed_json(title: str, problem: str) -> UnexpectedResponse:
    """Build the error for a body that begins as JSON and is not; ``problem`` completes "it …"."""
    return UnexpectedResponse(
        f"{title} returned malformed JSON: it {problem}.",
        "Load again; if it fails at the same place, report it to the service.",
    )


def unexpected_shape(label: str) -> UnexpectedResponse:
    """Build the error for JSON of another shape than documented."""
    return UnexpectedResponse(
        f"{label}: the response is JSON, but not of the shape that the service documents.",
        "Check that url is the address of this service; if it is, report a bug of pmframes.",
    )


def unreadable(location: str, field: str) -> UnexpectedResponse:
    """Build the error for a value that is not of the type that its column declares."""
    return UnexpectedResponse(
        f"{location}: the value of {field} is not of the type that the service documents.",
        "No value was changed or dropped. Report this as a bug of pmframes, with the name of the field.",
    )


def incomplete(label: str, pages: int, rows: int, reason: str, narrowing_hint: str = "") -> IncompleteLoad:
    """Build the error for a load that cannot be completed; ``narrowing_hint`` completes "Load …"."""
    received = f"{pluralize(rows, 'row')} in {pluralize(pages, 'page')} received"
    remedy = f"Load {narrowing_hint}." if narrowing_hint else ""
    return IncompleteLoad(
        f"{label} could not be loaded completely: {reason} ({received}). No rows are returned; what was "
        "cached before is still there.",
        remedy or "Load again; if it keeps failing, load in smaller parts.",
    )


def connection_closed(title: str) -> NotConnected:
    """Build the error for a load whose connection was closed, or ended with its block."""
    return NotConnected(f"The connection to {title} was closed while a load was under way.", "Connect and load again.")


def offline_miss(label: str) -> OfflineMiss:
    """Build the error for what would have to be requested within ``pm.offline()``."""
    return OfflineMiss(
        f"{label} is not cached, and no request is sent while offline.",
        "Load it once outside of pm.offline(), with the same arguments and the same account.",
    )


def offline_write() -> OfflineMiss:
    """Build the error for a change within ``pm.offline()``."""
    return OfflineMiss("Nothing is written to a service while offline.", "Do it outside of pm.offline().")


# The operating system


def describe_os_error(error: OSError) -> str:
    """Describe an error of the operating system, such as a folder without write permission."""
    path = f": {error.filename}" if error.filename else ""
    if error.errno in _DISK_FULL:
        return f"The disk is full{path}. Free some space, or use another disk."
    cause = f"{error.strerror or type(error).__name__}{path}."
    return f"{cause} Check the permissions of the file and its folder, or use another folder."
