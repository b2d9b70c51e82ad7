"""Times in the data set. All are relative to its present: equal seeds give equal bytes on the same day."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random

DATE_VARIABLE = "PMFRAMES_DEMO_DATE"
"""The environment variable with the day of the data set, such as 2026-09-01; by default it is today."""
_START_OF_WORK = time(8, tzinfo=UTC)


def _read_day() -> date:
    value = os.environ.get(DATE_VARIABLE, "")
    if not value:
        # The last day of which the work has begun: no time in the data set lies in the future.
        return (datetime.now(UTC) - timedelta(hours=_START_OF_WORK.hour)).date()
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = date.min
    if not 2000 <= day.year < 3000:
        raise ValueError(f"{DATE_VARIABLE} is {value[:40]!r}. Set it to a day, such as 2026-09-01, or unset it.")
    return day


NOW = datetime.combine(_read_day(), _START_OF_WORK)
"""The present of the data set, the same as long as the process runs."""

GO_ZERO_TIME = "0001-01-01T00:00:00Z"
"""The zero value of Go's ``time.Time``, which some services send for an unset time."""


def draw_days_ago(rng: Random, newest: float, oldest: float) -> datetime:
    """Draw a time between ``newest`` and ``oldest`` days before NOW, to the second."""
    seconds = int(newest * 86400 + rng.random() * (oldest - newest) * 86400)
    return NOW - timedelta(seconds=seconds)


def format_day(days_ago: int) -> str:
    """Format the day that is so many days before NOW as ``2026-09-01``."""
    return (NOW - timedelta(days=days_ago)).date().isoformat()


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
