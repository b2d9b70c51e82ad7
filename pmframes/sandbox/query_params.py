"""Strict parsing of query parameters: each function returns one type or raises ``InvalidParameter``."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime

_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_RFC_3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")


class InvalidParameter(Exception):
    """A query parameter that the service rejects."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key} {reason}")
        self.key = key
        self.reason = reason


def parse_integer(key: str, text: str, *, minimum: int | None = None, maximum: int | None = None) -> int:
    """Parse an integer within bounds."""
    if not _INTEGER.fullmatch(text):
        raise InvalidParameter(key, "must be an integer")
    value = int(text)
    if minimum is not None and value < minimum:
        raise InvalidParameter(key, f"must be at least {minimum}")
    if maximum is not None and value > maximum:
        raise InvalidParameter(key, f"must be at most {maximum}")
    return value


def parse_boolean(key: str, text: str) -> bool:
    """Parse ``true`` or ``false``, in lower case."""
    if text not in ("true", "false"):
        raise InvalidParameter(key, "must be true or false")
    return text == "true"


def parse_choice(key: str, text: str, allowed: Collection[str]) -> str:
    """Return the text if it is allowed."""
    if text not in allowed:
        raise InvalidParameter(key, f"must be one of {', '.join(allowed)}")
    return text


def parse_time(key: str, text: str) -> datetime:
    """Parse an RFC 3339 date and time with a zone."""
    time = _parse_rfc_3339(text)
    if time is None:
        raise InvalidParameter(key, "must be an RFC 3339 date and time")
    return time


def parse_record_time(text: str | None) -> datetime | None:
    """Parse the time of a record; None for every representation of an unset time."""
    time = _parse_rfc_3339(text) if text else None
    return time if time and time.year > 1 else None


def _parse_rfc_3339(text: str) -> datetime | None:
    if not _RFC_3339.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
