"""Checks of a user's arguments, before anything is sent: each gives what the query needs, or raises."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from numbers import Integral
from typing import Any

from pmframes import _messages

Query = dict[str, str | list[str]]


def query(**values: str | list[str] | None) -> Query:
    """Collect the query keys that have a value."""
    return {key: value for key, value in values.items() if value is not None}


def whole_number(name: str, value: Any) -> int:
    """Check an id: a whole number above zero, or its digits as text."""
    if isinstance(value, str) and value.isascii() and value.strip().isdigit() and len(value) < 20:
        value = int(value)
    found = int(value) if isinstance(value, Integral) and not isinstance(value, bool) else 0
    if not 0 < found < 2**63:
        raise _messages.wrong_kind(name, value, "a whole number above zero, such as 12345")
    return found


def whole_numbers(name: str, values: Any) -> list[int]:
    """Check one id or several (any iterable of them), each once, in the order given."""
    if isinstance(values, Mapping | bytes) or values is None:
        raise _messages.wrong_kind(name, values, "a whole number or a list of them")
    several = [values] if isinstance(values, str) or not isinstance(values, Iterable) else values
    return list(dict.fromkeys(whole_number(name, value) for value in several))


def number(name: str, value: Any) -> str | None:
    """Check one id for a query."""
    return None if value is None else str(whole_number(name, value))


def numbers(name: str, values: Any) -> list[str] | None:
    """Check one id or several for a query; none at all would be no filter, so it is refused."""
    if values is None:
        return None
    found = [str(value) for value in whole_numbers(name, values)]
    if not found:
        raise _messages.wrong_kind(name, [], "at least one number, or leave it out")
    return found


def comma(values: list[str] | None) -> str | None:
    """Join several values into the one that a service wants."""
    return None if values is None else ",".join(values)


def text(name: str, value: Any) -> str | None:
    """Check a text; an empty one would be no filter at all, so it is refused."""
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or not is_sendable(value):
        raise _messages.wrong_kind(name, value, "a text that is not empty, or leave it out")
    return value


def is_sendable(value: str) -> bool:
    """Whether a text can be sent at all: half of a surrogate pair cannot."""
    return value.encode("utf-8", "ignore").decode() == value


def flag(name: str, value: Any) -> str | None:
    """Check a yes or no."""
    if value is None:
        return None
    if not isinstance(value, bool):
        raise _messages.wrong_kind(name, value, "True or False")
    return "true" if value else "false"


def one_of(name: str, value: Any, allowed: tuple[str, ...]) -> str | None:
    """Check a value of a closed list."""
    if value is None:
        return None
    if not isinstance(value, str) or value not in allowed:
        raise _messages.not_one_of(name, value, allowed)
    return value


def several_of(name: str, values: Any, allowed: tuple[str, ...]) -> list[str] | None:
    """Check one or several values of a closed list."""
    if values is None:
        return None
    several = [values] if isinstance(values, str) or not isinstance(values, Iterable) else list(values)
    for value in several or [None]:
        if one_of(name, value, allowed) is None:
            raise _messages.not_one_of(name, value, allowed)
    return list(dict.fromkeys(several))


def names(name: str, values: Any, allowed: Iterable[str]) -> list[str]:
    """Check one name or several, such as those of columns; None is none."""
    return [] if values is None else several_of(name, values, tuple(allowed)) or []


def comma_numbers(name: str, values: Any) -> str | None:
    """Check one id or several, for a service that wants them in one value with commas between."""
    return comma(numbers(name, values))


def comma_words(name: str, values: Any, allowed: tuple[str, ...]) -> str | None:
    """Check one or several values of a closed list, for a service that wants commas between."""
    return comma(several_of(name, values, allowed))


def moment(name: str, value: Any, *, to: str = "seconds") -> str | None:
    """Check a moment: a datetime, a date or ISO text; without a zone it is meant in UTC."""
    if value is None:
        return None
    if not isinstance(value, str | date):
        raise _messages.wrong_kind(name, value, _MOMENT)
    try:
        stamp = datetime.fromisoformat(value.strip() if isinstance(value, str) else value.isoformat())
    except ValueError:
        raise _messages.wrong_kind(name, value, _MOMENT) from None
    utc = stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(timespec=to) + "Z"


_MOMENT = 'a date or a time, such as "2026-03-04" or a datetime'
