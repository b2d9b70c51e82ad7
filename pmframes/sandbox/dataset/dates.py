"""Times in the data set. Its present is fixed, not read from the clock: equal seeds give equal bytes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
"""The fixed present of the data set."""

GO_ZERO_TIME = "0001-01-01T00:00:00Z"
"""The zero value of Go's ``time.Time``, which some services send for an unset time."""


def draw_days_ago(rng: Random, newest: float, oldest: float) -> datetime:
    """Draw a time between ``newest`` and ``oldest`` days before NOW, to the second."""
    seconds = int(newest * 86400 + rng.random() * (oldest - newest) * 86400)
    return NOW - timedelta(seconds=seconds)


def iterate_write_times() -> Iterator[datetime]:
    """Yield the times of successive writes: one second apart, after NOW."""
    return (NOW + timedelta(seconds=number) for number in count(1))


def draw_after(rng: Random, start: datetime) -> datetime:
    """Draw a time between ``start`` and NOW."""
    return start + timedelta(seconds=int(rng.random() * (NOW - start).total_seconds()))


def format_seconds(time: datetime) -> str:
    """Format as ``2026-09-01T08:00:00Z``: Teamwork, ProjectManager.com and most times of Spirii."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def format_milliseconds(time: datetime) -> str:
    """Format as ``2026-09-01T08:00:00.000Z``: some times of Spirii."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def format_microseconds(time: datetime) -> str:
    """Format as ``2026-09-01T08:00:00.000000Z``: Laravel's default, which Outlign sends."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
