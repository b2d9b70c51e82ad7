"""Fault specifications: the class ``Fault`` and the parser of its text form."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

Value = float | str | None
SERVICE_NAMES = ("teamwork", "projectmanager", "outlign", "spirii")
"""The names of the services, repeated here because importing them would be a cycle."""
SERVICES_WITH_TOTAL = ("teamwork", "spirii")
MAX_DELAY_SECONDS = 600.0
SYNTAX = "SERVICE[/PATH]:KIND[=VALUE][*TIMES][+AFTER]"
_PATTERN = re.compile(
    r"(?P<service>[^/:]*)(?P<path>/[^:]*)?:(?P<kind>[^=*+]*)"
    r"(=(?P<value>.*?))?(\*(?P<times>[0-9]{1,9}))?(\+(?P<after>[0-9]{1,9}))?",
    re.DOTALL,
)


@dataclass(frozen=True)
class Fault:
    """A fault of one service: an error, a delay, a cut connection, changed rows.

    Parameters
    ----------
    service
        The service: teamwork, projectmanager, outlign or spirii.
    kind
        The kind of fault. Its value, and the default of the value in parentheses:

        - ``status``: an error in the service's own format. Value: the status, such as 503, or ``"429:5"`` for
          ``Retry-After: 5``.
        - ``delay``: a late response. Value: seconds.
        - ``drip``: a body in chunks. Value: seconds between chunks (0.1).
        - ``short``: half of the body, then the end of the connection.
        - ``reset``: a connection reset after half of the body.
        - ``html``: a login page with status 200.
        - ``empty``: status 200 without a body.
        - ``drift``: before each request, rows move from the end of a list to its start, as edited rows do;
          each page repeats rows of the previous one. Value: number of rows (1).
        - ``lose``: before each request, rows at the start of a list are deleted; rows between two pages are
          skipped. Value: number of rows (1).
        - ``edit``: each page ends with its first rows once more, under other names, as rows that are edited while a
          page is read. Value: number of rows (1).
        - ``count``: a total above the rows, as one that was cached before rows were deleted; for the services whose
          responses have a total, teamwork and spirii. Value: by how much (1).
        - ``repeat``: the first page, whichever page is requested. Like drift and lose, it affects paged lists
          only.
        - ``redirect``: status 302. Value: the URL.
        - ``expire``: the token is rejected until ``Sandbox.renew_token``. Value: number of requests before
          that.
    path
        A pattern for the path, without the service's prefix, such as ``/v2/*``.
    value
        The value of the kind; None for its default.
    times
        Number of requests to which the fault applies; None for all.
    after
        Number of matching requests to skip first.

    Raises
    ------
    ValueError
        An argument is invalid.

    Examples
    --------
    >>> str(Fault("teamwork", "status", value=503, times=2))
    'teamwork:status=503*2'
    """

    service: str
    kind: str
    path: str = "*"
    value: Value = None
    times: int | None = None
    after: int = 0

    def __post_init__(self) -> None:
        _check_choice("service", self.service, SERVICE_NAMES)
        _check_choice("kind of fault", self.kind, tuple(_VALUE_PARSERS))
        if self.kind == "count":
            _check_choice("service with a total", self.service, SERVICES_WITH_TOTAL)
        path = self.path if self.path == "*" or self.path.startswith("/") else f"/{self.path}"
        if ":" in path:
            raise ValueError(f"path of the fault is {path!r} and contains a colon. Use ? in its place.")
        if self.times is not None:
            _check_count("times", self.times, 1)
        _check_count("after", self.after, 0)
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "value", _VALUE_PARSERS[self.kind](self.kind, self.value))

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Parse ``SERVICE[/PATH]:KIND[=VALUE][*TIMES][+AFTER]``.

        Raises
        ------
        ValueError
            The text does not match, or a part of it is invalid.

        Examples
        --------
        >>> Fault.parse("spirii/v2/customers:drift=3+1")
        Fault(service='spirii', kind='drift', path='/v2/customers', value=3, times=None, after=1)
        """
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(f"Invalid fault {text!r}. Use {SYNTAX}, such as teamwork:status=503*2.")
        service, path, kind, value, times, after = match.group("service", "path", "kind", "value", "times", "after")
        return cls(service, kind, path or "*", value, int(times) if times else None, int(after or 0))

    def __str__(self) -> str:
        path = "" if self.path == "*" else self.path
        value = "" if self.value is None else f"={self.value}"
        times = "" if self.times is None else f"*{self.times}"
        after = f"+{self.after}" if self.after else ""
        return f"{self.service}{path}:{self.kind}{value}{times}{after}"


def _check_choice(label: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"Unknown {label} {value!r}. Use one of: {', '.join(allowed)}.")


def _check_count(name: str, count: int, minimum: int) -> None:
    if not _is_integer(count, minimum):
        raise ValueError(f"{name} of the fault is {count!r}. Use an integer of {minimum} or more.")


def _is_integer(value: object, minimum: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= minimum


def _invalid_value(kind: str, value: Value, expected: str) -> ValueError:
    problem = f"The fault {kind} needs a value" if value is None else f"The value of the fault {kind} is {value!r}"
    return ValueError(f"{problem}. Use {expected}, such as {_EXAMPLES[kind]}.")


def _parse_status(kind: str, value: Value) -> Value:
    text = str(value)
    code, _, retry_after = text.partition(":")
    if code not in _STATUSES or (text != code and not re.fullmatch("429:[0-9]{1,6}", text)):
        raise _invalid_value(kind, value, "a status from 400 to 599, or 429 with the seconds to wait")
    return text if retry_after else int(code)


def _parse_seconds(kind: str, value: Value) -> Value:
    try:
        seconds = float(value if value is not None else "")
    except ValueError:
        seconds = -1.0
    if isinstance(value, bool) or not 0 <= seconds <= MAX_DELAY_SECONDS:
        raise _invalid_value(kind, value, f"seconds from 0 to {MAX_DELAY_SECONDS:g}")
    return seconds


def _parse_pause(kind: str, value: Value) -> Value:
    return 0.1 if value is None else _parse_seconds(kind, value)


def _parse_row_count(kind: str, value: Value) -> Value:
    return _parse_integer(kind, 1 if value is None else value, 1)


def _parse_request_count(kind: str, value: Value) -> Value:
    return _parse_integer(kind, value, 0)


def _parse_integer(kind: str, value: Value, minimum: int) -> Value:
    number = int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value) else value
    if not _is_integer(number, minimum):
        raise _invalid_value(kind, value, f"an integer of {minimum} or more")
    return number


def _parse_url(kind: str, value: Value) -> Value:
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s*+]+", value, re.ASCII):
        raise _invalid_value(kind, value, "an http URL, with %2A for * and %2B for +")
    return value


def _parse_no_value(kind: str, value: Value) -> Value:
    if value is not None:
        raise ValueError(f"The fault {kind} takes no value, but {value!r} was passed. Omit it.")
    return None


_STATUSES = frozenset(str(status.value) for status in HTTPStatus if status >= 400)
_VALUE_PARSERS: dict[str, Callable[[str, Value], Value]] = {
    "status": _parse_status,
    "delay": _parse_seconds,
    "drip": _parse_pause,
    "short": _parse_no_value,
    "reset": _parse_no_value,
    "html": _parse_no_value,
    "empty": _parse_no_value,
    "drift": _parse_row_count,
    "lose": _parse_row_count,
    "edit": _parse_row_count,
    "count": _parse_row_count,
    "repeat": _parse_no_value,
    "redirect": _parse_url,
    "expire": _parse_request_count,
}
_EXAMPLES = {
    "status": "status=503 or status=429:5",
    "delay": "delay=0.5",
    "drip": "drip=0.1",
    "drift": "drift=3",
    "lose": "lose=1",
    "edit": "edit=2",
    "count": "count=5",
    "redirect": "redirect=http://other.example/login",
    "expire": "expire=10",
}


def parse_fault(fault: Fault | str) -> Fault:
    """Return a fault as it is, or parse its text."""
    if not isinstance(fault, Fault | str):
        raise ValueError(f"fault is of type {type(fault).__name__}. Use a Fault or its text, {SYNTAX}.")
    return fault if isinstance(fault, Fault) else Fault.parse(fault)
