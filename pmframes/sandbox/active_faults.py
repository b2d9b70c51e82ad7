"""The faults that are active, with the requests that each has counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from threading import Lock
from typing import NamedTuple

from .fault_spec import Fault, parse_fault


class TriggeredFault(NamedTuple):
    """A fault that applies to one request."""

    fault: Fault
    occurrence: int
    """1 for the first request to which the fault applies."""


class _ActiveFault:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._skipped = fault.after + (int(fault.value or 0) if fault.kind == "expire" else 0)
        self._requests = 0

    def matches(self, service: str, path: str) -> bool:
        return self.fault.service == service and fnmatchcase(path, self.fault.path)

    def count_request(self) -> TriggeredFault | None:
        """Count a matching request; return the fault if it applies to this request."""
        self._requests += 1
        occurrence = self._requests - self._skipped
        if occurrence < 1 or (self.fault.times is not None and occurrence > self.fault.times):
            return None
        return TriggeredFault(self.fault, occurrence)

    def reset(self) -> None:
        self._requests = 0


class ActiveFaults:
    """The active faults, in the order of activation.

    Each counts its matching requests independently of the others.
    """

    def __init__(self, faults: Iterable[Fault | str] = ()) -> None:
        self._lock = Lock()
        self._active: list[_ActiveFault] = [_ActiveFault(parse_fault(fault)) for fault in faults]

    def __iter__(self) -> Iterator[Fault]:
        with self._lock:
            return iter([active.fault for active in self._active])

    def __len__(self) -> int:
        return len(self._active)

    def __repr__(self) -> str:
        return f"<ActiveFaults: {', '.join(map(str, self)) or 'none'}>"

    def add(self, fault: Fault | str) -> Fault:
        """Activate a fault and return it."""
        return self._add(fault).fault

    def remove(self, fault: Fault | str) -> None:
        """Deactivate a fault; of several equal ones, the one that was activated first."""
        unwanted = parse_fault(fault)
        with self._lock:
            for active in self._active:
                if active.fault == unwanted:
                    return self._active.remove(active)
        raise ValueError(f"The fault {unwanted} is not active. Active: {', '.join(map(str, self)) or 'none'}.")

    def clear(self) -> None:
        """Deactivate all faults."""
        with self._lock:
            self._active.clear()

    @contextmanager
    def inject(self, fault: Fault | str) -> Iterator[Fault]:
        """Activate a fault for the duration of a ``with`` block."""
        active = self._add(fault)
        try:
            yield active.fault
        finally:
            with self._lock:
                # By identity: an equal fault may have been activated elsewhere.
                self._active = [other for other in self._active if other is not active]

    def _add(self, fault: Fault | str) -> _ActiveFault:
        active = _ActiveFault(parse_fault(fault))
        with self._lock:
            self._active.append(active)
        return active

    def trigger(self, service: str, path: str) -> list[TriggeredFault]:
        """Count a request and return the faults that apply to it."""
        with self._lock:
            counted = [active.count_request() for active in self._active if active.matches(service, path)]
        return [triggered for triggered in counted if triggered is not None]

    def reset_expiry(self, service: str) -> None:
        """Restart the count of expire faults, because the service has a new token."""
        with self._lock:
            for active in self._active:
                if (active.fault.service, active.fault.kind) == (service, "expire"):
                    active.reset()
