"""Days, months, quarters and years: the finest unit by which times take few bins."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

import numpy as np
import pandas as pd

MAX_BINS = 36
_MONTHS_BEFORE_1970 = 1970 * 12


@dataclass(frozen=True)
class Unit:
    """A unit of time that times are counted by: one day, or a number of months."""

    months: int = 0

    def numbers(self, times: np.ndarray) -> np.ndarray:
        """Return the number of the unit that each time is in."""
        if not self.months:
            return times.astype("datetime64[D]").astype("int64")
        return (times.astype("datetime64[M]").astype("int64") + _MONTHS_BEFORE_1970) // self.months

    def label(self, number: int) -> str:
        """Write the unit of this number, as 2026-03-31, 2026-03, 2026 Q1, 2026 or 2020–2029."""
        if not self.months:
            return str(np.datetime64(number, "D"))
        year, month = divmod(number * self.months, 12)
        if self.months == 1:
            return f"{year:04}-{month + 1:02}"
        if self.months == 3:
            return f"{year:04} Q{month // 3 + 1}"
        return f"{year:04}" if self.months == 12 else f"{year:04}–{year + self.months // 12 - 1:04}"

    def days(self, number: int) -> tuple[date, date] | None:
        """Return the first and the last day of the unit; None where the calendar does not have them."""
        try:
            if not self.months:
                day = date(1970, 1, 1) + timedelta(days=number)
                return day, day
            first, following = (divmod(place * self.months, 12) for place in (number, number + 1))
            end = date(following[0], following[1] + 1, 1) - timedelta(days=1) if following[0] < 10_000 else date.max
            return date(first[0], first[1] + 1, 1), end
        except (ValueError, OverflowError):
            return None


def bin_times(times: pd.Series) -> tuple[list[str], list[tuple[date, date] | None], np.ndarray]:
    """Return the labels and the days of few bins of the finest unit, and the bin of each time, or -1; one is no NaT."""
    # In seconds: NumPy counts the first days that fit into nanoseconds as the last ones.
    naive = times.dt.tz_localize(None).dt.as_unit("s").to_numpy()
    dated = ~np.isnat(naive)
    ends = np.array([naive[dated].min(), naive[dated].max()])
    for unit in _units():
        first, last = unit.numbers(ends).tolist()
        if last - first < MAX_BINS:
            break
    places = np.full(len(naive), -1, dtype=np.int16)
    places[dated] = unit.numbers(naive[dated]) - first
    numbers = range(first, last + 1)
    return [unit.label(number) for number in numbers], [unit.days(number) for number in numbers], places


def _units() -> Iterator[Unit]:
    yield from (Unit(), Unit(1), Unit(3), Unit(12))
    for power in count():
        yield from (Unit(12 * years) for years in (2 * 10**power, 5 * 10**power, 10 ** (power + 1)))
