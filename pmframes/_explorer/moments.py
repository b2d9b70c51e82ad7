"""Days, months, quarters and years: how finely moments can be counted so that the columns stay few."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
import pandas as pd

COLUMNS = 36
_MONTHS_BEFORE_1970 = 1970 * 12


@dataclass(frozen=True)
class Unit:
    """A span of time that moments are counted by: one day, or a number of months."""

    name: str
    months: int = 0

    def numbers(self, moments: np.ndarray) -> np.ndarray:
        """Say of each moment which unit it is in, by number."""
        if not self.months:
            return moments.astype("datetime64[D]").astype("int64")
        return (moments.astype("datetime64[M]").astype("int64") + _MONTHS_BEFORE_1970) // self.months

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


@dataclass(frozen=True)
class Spread:
    """The unit that fits the moments, the columns in words, and in which column each row is, or -1."""

    unit: Unit
    labels: list[str]
    places: np.ndarray


def spread(moments: pd.Series) -> Spread:
    """Find the finest unit by which the moments take few columns; one at least is no NaT."""
    # In seconds: NumPy counts the first days that fit into nanoseconds as the last ones.
    naive = moments.dt.tz_localize(None).dt.as_unit("s").to_numpy()
    dated = ~np.isnat(naive)
    ends = np.array([naive[dated].min(), naive[dated].max()])
    for unit in _units():
        first, last = unit.numbers(ends).tolist()
        if last - first < COLUMNS:
            break
    places = np.full(len(naive), -1)
    places[dated] = unit.numbers(naive[dated]) - first
    return Spread(unit, [unit.label(number) for number in range(first, last + 1)], places)


def _units() -> Iterator[Unit]:
    yield from (Unit("day"), Unit("month", 1), Unit("quarter", 3), Unit("year", 12))
    for power in count():
        yield from (Unit(f"{years} years", 12 * years) for years in (2 * 10**power, 5 * 10**power, 10 ** (power + 1)))
