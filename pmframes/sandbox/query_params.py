"""Reading query values strictly: each function gives a value of one type or refuses by name."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime

_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)


class Refused(Exception):
    """A query value that the service does not take."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key} {reason}")
        self.key = key
        self.reason = reason


def integer(key: str, text: str, *, low: int | None = None, high: int | None = None) -> int:
    """Read a whole number within bounds."""
    if not _INTEGER.fullmatch(text):
        raise Refused(key, "must be an integer")
    value = int(text)
    if low is not None and value < low:
        raise Refused(key, f"must be at least {low}")
    if high is not None and value > high:
        raise Refused(key, f"must be at most {high}")
    return value


def boolean(key: str, text: str) -> bool:
    """Read ``true`` or ``false``, in lower case."""
    if text not in ("true", "false"):
        raise Refused(key, "must be true or false")
    return text == "true"


def member(key: str, text: str, allowed: Collection[str]) -> str:
    """Read one of a closed list of words."""
    if text not in allowed:
        raise Refused(key, f"must be one of {', '.join(allowed)}")
    return text


def moment(key: str, text: str) -> datetime:
    """Read an RFC 3339 date and time with a zone."""
    found = _instant(text)
    if found is None:
        raise Refused(key, "must be an RFC 3339 date and time")
    return found


def when(text: str | None) -> datetime | None:
    """Read the time of a record: None where it is unset, in any of the ways of being unset."""
    found = _instant(text) if text else None
    return found if found and found.year > 1 else None


def _instant(text: str) -> datetime | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
