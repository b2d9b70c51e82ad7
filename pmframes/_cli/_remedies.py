"""Errors and warnings in a shell: the same cause, and a remedy that can be followed without Python."""

from pmframes._messages import CacheWarning
from pmframes._text import join
from pmframes.errors import (
    AccountsFailed,
    AuthenticationError,
    InvalidArgument,
    NotConnected,
    OfflineMiss,
    PmframesError,
    ServiceError,
)


def shell_message(error: PmframesError) -> str:
    """Join the cause and the remedy for a shell."""
    return f"{error.cause} {_error_remedy(error)}".rstrip()


def shell_warning(warning: Warning | str) -> str:
    """Return the text of a warning for a shell."""
    if isinstance(warning, CacheWarning):
        return f"{warning.cause} Run pmframes cache clear, or set PMFRAMES_CACHE_DIR to another folder."
    return str(warning)


def _error_remedy(error: PmframesError) -> str:
    match error:
        case NotConnected(hint=hint) if hint is not None:
            variables = " and ".join(hint.variables)
            if len(hint.example_urls) > 1:
                variables = f"one of {join(hint.variables)}"
            demo = "to run this on fictional data, write pmframes sandbox -- before it"
            return f"{hint.needs} Set {variables} in the environment; {demo}."
        case AccountsFailed(failed=failed):
            remedies = [_error_remedy(problem) for problem in failed.values() if isinstance(problem, PmframesError)]
            return " ".join(dict.fromkeys(filter(None, remedies)))
        case OfflineMiss():
            return "Run this once without --offline, with the same arguments and the same account."
        case AuthenticationError(variable=str(variable)):
            return f"Check that it is complete and has not expired, then set {variable} anew."
        case ServiceError(status=int(status)) if 400 <= status < 500:
            return "Check the arguments."
        case InvalidArgument(argument="overwrite"):
            return "Choose another name, or replace it with --force."
        case InvalidArgument(variable=str(variable)):
            return f"Set {variable} to it."
        case _:
            return error.remedy
