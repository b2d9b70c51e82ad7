"""Parse arguments before any request: each function returns the value or raises InvalidArgument."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from numbers import Integral
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
import pandas as pd

from pmframes import _messages
from pmframes._text import is_encodable

T = TypeVar("T")
_INTEGER = "a whole number above zero, such as 12345"


def parse_positive_integer(name: str, value: Any, wanted: str = _INTEGER) -> int:
    """Parse a whole number above zero, such as an id, or its digits as a string; ``wanted`` completes "Pass …"."""
    if isinstance(value, str) and value.isascii() and value.strip().isdigit() and len(value) < 20:
        value = int(value)
    number = int(value) if isinstance(value, Integral) and not isinstance(value, bool) else 0
    if not 0 < number < 2**63:
        raise _messages.wrong_kind(name, value, wanted)
    return number


def parse_ids(name: str, values: Any, *, wanted: str = "") -> list[int]:
    """Parse one id or an iterable of them into a list without duplicates.

    An empty list is refused for a filter: services ignore an empty filter and return everything.
    """
    if isinstance(values, pd.DataFrame):
        raise _messages.wrong_kind(name, values, "its column of ids, such as frame['id']")
    ids = parse_each(name, values, parse_positive_integer, wanted or _INTEGER)
    if not ids:
        raise _messages.wrong_kind(name, ids, "at least one id, or leave it out")
    return ids


def parse_each(name: str, values: Any, parse: Callable[[str, Any, str], T], wanted: str) -> list[T]:
    """Parse one id or an iterable of them into a list without duplicates, which may be empty."""
    if isinstance(values, Mapping | bytes) or values is None:
        raise _messages.wrong_kind(name, values, wanted)
    return list(dict.fromkeys(parse(name, value, wanted) for value in as_list(values)))


def parse_text(name: str, value: Any) -> str:
    """Parse a string; an empty one is refused, since it would filter nothing."""
    if not isinstance(value, str) or not value.strip() or not is_encodable(value):
        raise _messages.wrong_kind(name, value, "a non-empty string, or leave it out")
    return value


def parse_name(name: str, value: Any, max_length: int | None = None) -> str:
    """Parse the name of something that is written; the length is in characters."""
    wanted = f"a text of at most {max_length} characters" if max_length else "a text"
    is_valid = isinstance(value, str) and bool(value.strip()) and is_encodable(value)
    if not is_valid or (max_length and len(value) > max_length):
        raise _messages.wrong_kind(name, value, f"{wanted} that is not empty")
    return str(value)


def parse_uuid(name: str, value: Any, wanted: str) -> str:
    """Parse an id such as 8f14e45f-ceea-467f-a1d2-000000000001 into its usual form."""
    try:
        return str(UUID(value))
    except (ValueError, TypeError, AttributeError):
        raise _messages.wrong_kind(name, value, wanted) from None


def parse_bool(name: str, value: Any) -> bool:
    """Parse True or False."""
    if not isinstance(value, bool | np.bool_):
        raise _messages.wrong_kind(name, value, "True or False")
    return bool(value)


def parse_choice(name: str, value: Any, allowed: Iterable[str]) -> str:
    """Parse one of the allowed values."""
    choices = tuple(allowed)
    if not isinstance(value, str) or value not in choices:
        raise _messages.not_one_of(name, value, choices)
    return value


def parse_choices(name: str, values: Any, allowed: Iterable[str]) -> list[str]:
    """Parse one or several of the allowed values into a list without duplicates."""
    choices = tuple(allowed)
    return list(dict.fromkeys(parse_choice(name, value, choices) for value in as_list(values) or [None]))


def parse_datetime(name: str, value: Any) -> datetime:
    """Parse a datetime, a date or an ISO string into UTC; a value without a zone is taken as UTC."""
    expected = 'a date or a time, such as "2026-03-04" or a datetime'
    if not isinstance(value, str | date):
        raise _messages.wrong_kind(name, value, expected)
    try:
        time = datetime.fromisoformat(value.strip() if isinstance(value, str) else value.isoformat())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _messages.wrong_kind(name, value, expected) from None


def as_list(values: Any) -> list[Any]:
    """Return several values, or a single one, as a list."""
    # The items of a frame are the names of its columns.
    is_single = isinstance(values, str | pd.DataFrame) or not isinstance(values, Iterable)
    return [values] if is_single else list(values)
