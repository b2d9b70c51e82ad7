"""What can be made to go wrong, and the count that tells when it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from http import HTTPStatus
from threading import Lock
from typing import NamedTuple

Value = float | str | None
NAMES = ("teamwork", "projectmanager", "outlign", "spirii")
"""The services, written here once more, because each of them would need this module."""
LONGEST = 600.0
"""Seconds that a fault may keep a client waiting at a time."""
FORM = "SERVICE[/PATH]:KIND[=VALUE][*TIMES][+AFTER]"
_TEXT = re.compile(
    r"(?P<service>[^/:]*)(?P<path>/[^:]*)?:(?P<kind>[^=*+]*)"
    r"(=(?P<value>.*?))?(\*(?P<times>[0-9]{1,9}))?(\+(?P<after>[0-9]{1,9}))?",
    re.DOTALL,
)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong at one service.

    Parameters
    ----------
    service
        The service: teamwork, projectmanager, outlign or spirii.
    kind
        What goes wrong, with the value that it takes:

        - ``status``: an error, in the service's own shape; the code, such as 503, or ``"429:5"``, which says
          in Retry-After to come back in 5 seconds.
        - ``delay``: the answer waits; seconds.
        - ``drip``: the body comes in pieces; seconds between them (0.1).
        - ``short``: half of the body comes, then the connection ends.
        - ``reset``: the connection is reset in the middle of the body.
        - ``html``: a login page with status 200.
        - ``empty``: status 200 and no body.
        - ``drift``: before each request, so many rows (1) move from the end of a list to its front, as rows
          do that someone changes; each page then repeats rows of the one before.
        - ``lose``: before each request, so many rows (1) at the front of a list are deleted; between two
          pages, rows are then passed over.
        - ``repeat``: the first page comes, whichever was asked for.
          Like drift and lose it strikes only lists that come in pages.
        - ``redirect``: status 302; the address.
        - ``expire``: after so many requests the token is refused, until ``Sandbox.renew_token``.
    path
        A pattern of paths below the service's own, such as ``/v2/*``.
    value
        What the kind takes; None takes what stands in brackets above.
    times
        How often it goes wrong; None means always.
    after
        So many requests that match go well first.

    Raises
    ------
    ValueError
        Some part is wrong.

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
        _check_word("service", self.service, NAMES)
        _check_word("kind of fault", self.kind, tuple(_READERS))
        path = self.path if self.path == "*" or self.path.startswith("/") else f"/{self.path}"
        if ":" in path:
            raise ValueError(f"A fault's path holds no colon, as {path!r} does. Write ? in its place.")
        if self.times is not None:
            _check_count("times", self.times, 1)
        _check_count("after", self.after, 0)
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "value", _READERS[self.kind](self.kind, self.value))

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read ``SERVICE[/PATH]:KIND[=VALUE][*TIMES][+AFTER]``.

        Raises
        ------
        ValueError
            The text is not of that form, or some part is wrong.

        Examples
        --------
        >>> Fault.parse("spirii/v2/customers:drift=3+1")
        Fault(service='spirii', kind='drift', path='/v2/customers', value=3, times=None, after=1)
        """
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError(
                f"The fault {text!r} cannot be read. Write {FORM}, such as teamwork:status=503*2."
            )
        service, path, kind, value, times, after = found.group(
            "service", "path", "kind", "value", "times", "after"
        )
        return cls(service, kind, path or "*", value, int(times) if times else None, int(after or 0))

    def __str__(self) -> str:
        path = "" if self.path == "*" else self.path
        value = "" if self.value is None else f"={self.value}"
        times = "" if self.times is None else f"*{self.times}"
        after = f"+{self.after}" if self.after else ""
        return f"{self.service}{path}:{self.kind}{value}{times}{after}"


def _check_word(what: str, word: str, known: tuple[str, ...]) -> None:
    if word not in known:
        raise ValueError(f"There is no {what} {word!r}. Use one of: {', '.join(known)}.")


def _check_count(name: str, count: int, low: int) -> None:
    if not _is_whole(count, low):
        raise ValueError(f"{name} of a fault is {count!r}. Give a whole number from {low}.")


def _is_whole(value: object, low: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= low


def _wrong(kind: str, value: Value, wanted: str) -> ValueError:
    got = "has no value" if value is None else f"has the value {value!r}"
    return ValueError(f"The fault {kind} {got}. Give {wanted}, such as {_EXAMPLES[kind]}.")


def _read_status(kind: str, value: Value) -> Value:
    text = str(value)
    code, _, wait = text.partition(":")
    if code not in _STATUSES or (text != code and not re.fullmatch("429:[0-9]{1,6}", text)):
        raise _wrong(kind, value, "a status from 400 to 599, or 429 with the seconds to wait")
    return text if wait else int(code)


def _read_seconds(kind: str, value: Value) -> Value:
    try:
        seconds = float(value if value is not None else "")
    except ValueError:
        seconds = -1.0
    if isinstance(value, bool) or not 0 <= seconds <= LONGEST:
        raise _wrong(kind, value, f"seconds from 0 to {LONGEST:g}")
    return seconds


def _read_pause(kind: str, value: Value) -> Value:
    return 0.1 if value is None else _read_seconds(kind, value)


def _read_rows(kind: str, value: Value) -> Value:
    return _read_whole(kind, 1 if value is None else value, 1)


def _read_requests(kind: str, value: Value) -> Value:
    return _read_whole(kind, value, 0)


def _read_whole(kind: str, value: Value, low: int) -> Value:
    number = int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value) else value
    if not _is_whole(number, low):
        raise _wrong(kind, value, f"a whole number from {low}")
    return number


def _read_address(kind: str, value: Value) -> Value:
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s*+]+", value, re.ASCII):
        raise _wrong(kind, value, "an http address, with %2A for * and %2B for +")
    return value


def _read_nothing(kind: str, value: Value) -> Value:
    if value is not None:
        raise ValueError(f"The fault {kind} takes no value, and was given {value!r}. Leave it out.")
    return None


_STATUSES = frozenset(str(status.value) for status in HTTPStatus if status >= 400)
_READERS: dict[str, Callable[[str, Value], Value]] = {
    "status": _read_status,
    "delay": _read_seconds,
    "drip": _read_pause,
    "short": _read_nothing,
    "reset": _read_nothing,
    "html": _read_nothing,
    "empty": _read_nothing,
    "drift": _read_rows,
    "lose": _read_rows,
    "repeat": _read_nothing,
    "redirect": _read_address,
    "expire": _read_requests,
}
_EXAMPLES = {
    "status": "status=503 or status=429:5",
    "delay": "delay=0.5",
    "drip": "drip=0.1",
    "drift": "drift=3",
    "lose": "lose=1",
    "redirect": "redirect=http://other.example/login",
    "expire": "expire=10",
}


class Strike(NamedTuple):
    """A fault that befalls a request."""

    fault: Fault
    turn: int
    """1 for the first request that it befalls."""


class _Running:
    """A fault that is switched on, with the requests that it has seen."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._pass = fault.after + (int(fault.value or 0) if fault.kind == "expire" else 0)
        self._seen = 0

    def matches(self, service: str, path: str) -> bool:
        return self.fault.service == service and fnmatchcase(path, self.fault.path)

    def count(self) -> Iterator[Strike]:
        """Count one request that matches; give a strike where the fault befalls it."""
        self._seen += 1
        turn = self._seen - self._pass
        if turn >= 1 and (self.fault.times is None or turn <= self.fault.times):
            yield Strike(self.fault, turn)

    def renew(self) -> None:
        """Begin to count again."""
        self._seen = 0


class Faults:
    """The faults that are switched on, in the order in which they were.

    Each counts the requests that match it by itself, whatever another one does to them.
    """

    def __init__(self, faults: Iterable[Fault | str] = ()) -> None:
        self._lock = Lock()
        self._running: list[_Running] = [_Running(read_fault(fault)) for fault in faults]

    def __iter__(self) -> Iterator[Fault]:
        with self._lock:
            return iter([running.fault for running in self._running])

    def __len__(self) -> int:
        return len(self._running)

    def __repr__(self) -> str:
        return f"<Faults: {', '.join(map(str, self)) or 'none'}>"

    def add(self, fault: Fault | str) -> Fault:
        """Switch a fault on."""
        return self._add(fault).fault

    def remove(self, fault: Fault | str) -> None:
        """Switch a fault off; of several that are alike, the one that was switched on first."""
        wanted = read_fault(fault)
        with self._lock:
            for running in self._running:
                if running.fault == wanted:
                    return self._running.remove(running)
        raise ValueError(f"The fault {wanted} is not switched on. Those that are: {self!r}.")

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._running.clear()

    @contextmanager
    def during(self, fault: Fault | str) -> Iterator[Fault]:
        """Have a fault switched on within a ``with`` block."""
        running = self._add(fault)
        try:
            yield running.fault
        finally:
            with self._lock:
                self._running = [other for other in self._running if other is not running]

    def _add(self, fault: Fault | str) -> _Running:
        running = _Running(read_fault(fault))
        with self._lock:
            self._running.append(running)
        return running

    def strike(self, service: str, path: str) -> list[Strike]:
        """Count one request, and tell which faults befall it."""
        with self._lock:
            matching = [running for running in self._running if running.matches(service, path)]
            return [strike for running in matching for strike in running.count()]

    def renew(self, service: str) -> None:
        """Let the requests with a new token be counted from nothing."""
        with self._lock:
            for running in self._running:
                if (running.fault.service, running.fault.kind) == (service, "expire"):
                    running.renew()


def read_fault(fault: Fault | str) -> Fault:
    """Take a fault as it is, or read its text."""
    if not isinstance(fault, Fault | str):
        raise ValueError(f"A fault is no {type(fault).__name__}. Give a Fault or its text, {FORM}.")
    return fault if isinstance(fault, Fault) else Fault.parse(fault)
