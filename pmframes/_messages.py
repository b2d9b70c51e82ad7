"""The wording of what goes wrong while something is loaded: arguments, connections, answers."""

import contextlib
import os
import sys
import warnings
from collections.abc import Iterable
from datetime import timedelta
from errno import EDQUOT, ENOSPC
from types import FrameType

from pmframes._text import format_age, join, pluralize, safe_repr, suggest
from pmframes.errors import (
    AuthenticationError,
    IncompleteLoad,
    InvalidArgument,
    NotFound,
    OfflineMiss,
    PermissionDenied,
    PmframesError,
    RateLimited,
    ServiceError,
    UnexpectedResponse,
)

__all__ = ["offline_miss"]


# Without the network


def offline_miss(label: str) -> OfflineMiss:
    """Build the error for what would have to be requested within ``pm.offline()``."""
    return OfflineMiss(
        f"{label} is not cached, and no request is sent while offline.",
        "Load it once outside of pm.offline(), with the same arguments and the same account.",
    )


# The cache


class CacheWarning(UserWarning):
    """The cache cannot be used; the cause and the remedy are apart, as in an error."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(f"{cause} {remedy}")
        self.cause = cause


__all__ = ["layered_columns", "missing_columns", "not_a_frame", "repeated_columns", "unsupported_provenance"]


_PACKAGE = os.path.join(os.path.dirname(__file__), "")
_DISK_FULL = (ENOSPC, EDQUOT)


# Frames that are given, and files that are written


def not_a_frame(argument: str, value: object) -> InvalidArgument:
    """Build the error for an argument that must be a DataFrame."""
    return InvalidArgument(
        f"{argument} must be a pandas DataFrame, not {type(value).__name__}.", "Pass the frame that a loader returned."
    )


def missing_columns(argument: str, missing: Iterable[object], loader: str) -> InvalidArgument:
    """Build the error for a frame that lacks columns; ``loader`` returns such a frame."""
    return InvalidArgument(
        f"{argument} lacks the columns: {join(missing)}.",
        f"Pass the frame that {loader} returns, or one with these columns.",
    )


def unsupported_provenance(argument: str) -> InvalidArgument:
    """Build the error for a frame, mostly of a baseline, whose provenance cannot be read."""
    return InvalidArgument(
        f"{argument} has provenance in an unknown format: a later version of pmframes wrote it, or another program.",
        "Update pmframes, or load the frame again.",
    )


# The explorer


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


def describe_os_error(error: OSError) -> str:
    """Describe an error of the operating system, such as a folder without write permission."""
    path = f": {error.filename}" if error.filename else ""
    if error.errno in _DISK_FULL:
        return f"The disk is full{path}. Free some space, or use another disk."
    cause = f"{error.strerror or type(error).__name__}{path}."
    return f"{cause} Check the permissions of the file and its folder, or use another folder."


__all__ = [
    "from_status",
    "incomplete",
    "not_json",
    "not_one_of",
    "param_twice",
    "unexpected_shape",
    "unreadable",
    "warn_user",
    "wrong_kind",
]


def warn_user(message: str | Warning) -> None:
    """Warn at the user's line, the innermost one outside pmframes."""
    level = 2
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_ours(frame.f_code.co_filename):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)


def _is_ours(file: str) -> bool:
    return file.startswith(_PACKAGE) or file == contextlib.__file__


# Arguments


def not_one_of(argument: str, value: object, allowed: Iterable[str]) -> InvalidArgument:
    """Build the error for a value outside a closed list."""
    options = list(allowed)
    hint = suggest(value, options)
    return InvalidArgument(f"{argument} is {safe_repr(value)}.", f"{hint} Use one of: {join(options)}.".lstrip())


def wrong_kind(argument: str, value: object, wanted: str) -> InvalidArgument:
    """Build the error for a value of the wrong kind; ``wanted`` completes "Pass …"."""
    return InvalidArgument(f"{argument} is {safe_repr(value)}.", f"Pass {wanted}.")


def param_twice(key: str) -> InvalidArgument:
    """Build the error for a query key that the loader sets."""
    return InvalidArgument(f"params has {safe_repr(key)}, which this loader sets itself.", "Leave it out of params.")


# Connecting


# What a service answers


_MAX_WAIT_SECONDS = 100 * 86_400.0
_AMBIGUITY = "; this service answers the same for a wrong credential and for a missing permission"


def from_status(
    status: int,
    service: str,
    title: str,
    *,
    label: str,
    explanation: str,
    is_ambiguous: bool,
    retry_after: float | None,
    attempts: int,
) -> PmframesError:
    """Build the error for a response with an error status; ``retry_after`` are seconds."""
    explained = f' It says: "{explanation.rstrip(".")}".' if explanation else ""
    ambiguity = _AMBIGUITY if is_ambiguous else ""
    if status == 401:
        return AuthenticationError(
            f"{title} does not accept the credential (status 401{ambiguity}).{explained}",
            f'Check that it is complete and has not expired, then call pm.connect("{service}", …) again.',
            variable=f"PMFRAMES_{service.upper()}_TOKEN",
        )
    if status == 403:
        return PermissionDenied(
            f"This credential is not allowed to read {label} from {title} (status 403{ambiguity}).{explained}",
            "Ask an administrator for the permission, or connect with another credential.",
        )
    if status == 404:
        return NotFound(
            f"{title} does not know {label} (status 404).{explained}",
            "Check the id, and leave it out if it was deleted. The credential may also not be allowed to see "
            "it, or the url may be that of another site.",
        )
    if status == 429:
        wait = _format_wait(retry_after)
        return RateLimited(f"{title} returned 429: too many requests.{explained}", f"{wait}, then load again.")
    if status >= 500:
        gave_up = f"gave up after {pluralize(attempts, 'attempt')}"
        return ServiceError(
            f"{title} returned {status} while loading {label}; {gave_up}.{explained}",
            "Try again later; what was cached before is still there.",
            status=status,
        )
    return ServiceError(
        f"{title} refused the request for {label} (status {status}).{explained}",
        "Check the arguments, those in params above all.",
        status=status,
    )


def _format_wait(retry_after: float | None) -> str:
    if retry_after is None or retry_after <= 60:
        return "Wait a minute"
    return f"Wait {format_age(timedelta(seconds=min(retry_after, _MAX_WAIT_SECONDS)))}, as it asks"


def not_json(title: str, kind: str, size: int) -> UnexpectedResponse:
    """Build the error for a body that is not JSON."""
    return UnexpectedResponse(
        f"{title} did not return JSON ({kind or 'no content type'}, {size:,} bytes): perhaps a login page "
        "or a page of a proxy.",
        "Check the url and the network, then load again.",
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
