"""Times of the fictional agency, which has a day of its own and never asks the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

TODAY = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
"""The moment at which everything the sandbox tells is true."""

GO_ZERO = "0001-01-01T00:00:00Z"
"""How an unset time looks when Go sends it."""


def days_ago(draw: Random, newest: float, oldest: float) -> datetime:
    """Draw a moment so many days ago, to the second."""
    seconds = int(newest * 86400 + draw.random() * (oldest - newest) * 86400)
    return TODAY - timedelta(seconds=seconds)


def moments() -> Iterator[datetime]:
    """Give the moments at which something is written: after TODAY, a second apart."""
    return (TODAY + timedelta(seconds=number) for number in count(1))


def after(draw: Random, start: datetime) -> datetime:
    """Draw a moment between a start and TODAY."""
    return start + timedelta(seconds=int(draw.random() * (TODAY - start).total_seconds()))


def seconds(moment: datetime) -> str:
    """Write ``2026-09-01T08:00:00Z``, as Teamwork and most of Spirii do."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def milliseconds(moment: datetime) -> str:
    """Write ``2026-09-01T08:00:00.000Z``, as some of Spirii is."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def microseconds(moment: datetime) -> str:
    """Write ``2026-09-01T08:00:00.000000Z``, Laravel's way."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
