"""What can be chosen by: a facet is one column, its values, and how many rows have each."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from pmframes._explorer.filters import Choice, ColumnRef, HasValue, IsFlag, Mask, OneOfTexts, ReadsAsOneOf

Value = str | bool | None


class Facet(Protocol):
    """One column to choose by."""

    @property
    def column(self) -> ColumnRef:
        """The column."""

    @property
    def values(self) -> tuple[Value, ...]:
        """What can be chosen; ``None``, no value at all, comes last."""

    def counts(self, kept: Mask) -> list[int]:
        """Count the kept rows of each value."""

    def choice(self, values: tuple[Any, ...]) -> Choice:
        """Give the filter that keeps the rows with one of these values."""


@dataclass(frozen=True, eq=False)
class Values:
    """A facet of a category, or of a text that many rows share.

    ``codes`` gives for each row the place of its value in ``values``.
    """

    column: ColumnRef
    values: tuple[str | None, ...]
    codes: npt.NDArray[np.int32]
    is_text: bool

    def counts(self, kept: Mask) -> list[int]:
        """Count the kept rows of each value."""
        counted: list[int] = np.bincount(self.codes[kept], minlength=len(self.values)).tolist()
        return counted

    def choice(self, values: tuple[Any, ...]) -> Choice:
        """Give the filter that keeps the rows with one of these values."""
        return (OneOfTexts if self.is_text else ReadsAsOneOf)(self.column, values)


@dataclass(frozen=True, eq=False)
class Flag:
    """A facet of a yes or no, which may be missing."""

    column: ColumnRef
    series: pd.Series
    values: tuple[bool | None, ...] = (True, False, None)

    def counts(self, kept: Mask) -> list[int]:
        """Count the kept rows where the flag is set, is not set, and is missing."""
        yes, no = (int(np.count_nonzero(rows & kept)) for rows in self._set)
        return [yes, no, int(np.count_nonzero(kept)) - yes - no]

    @cached_property
    def _set(self) -> tuple[Mask, Mask]:
        missing = self.series.isna().to_numpy(dtype=bool)
        filled = self.series.fillna(False).to_numpy(dtype=bool)
        return filled, ~(filled | missing)

    def choice(self, values: tuple[Any, ...]) -> Choice:
        """Give the filter that keeps the rows where the flag is one of these."""
        return IsFlag(self.column, values)


@dataclass(frozen=True, eq=False)
class Presence:
    """A facet of whether there is a value at all, where the values themselves say nothing to a person."""

    column: ColumnRef
    series: pd.Series
    values: tuple[bool, ...] = (True, False)

    def counts(self, kept: Mask) -> list[int]:
        """Count the kept rows with a value and without."""
        there = int(np.count_nonzero(self.series.notna().to_numpy() & kept))
        return [there, int(np.count_nonzero(kept)) - there]

    def choice(self, values: tuple[Any, ...]) -> Choice:
        """Give the filter that keeps the rows with a value, or those without."""
        return HasValue(self.column, values)


def of_category(column: ColumnRef, series: pd.Series) -> Values:
    """Make a facet of a category, its values in their declared order."""
    categories = series.cat.categories
    # Two values of an open list may read alike (1 and "1"): they are one choice.
    read = [str(value) for value in categories]
    places = {text: place for place, text in enumerate(dict.fromkeys(read))}
    by_code = np.array([*(places[text] for text in read), len(places)], dtype=np.int32)
    is_text = isinstance(categories.dtype, pd.StringDtype)
    return Values(column, (*places, None), by_code[series.cat.codes.to_numpy()], is_text)


def of_text(column: ColumnRef, series: pd.Series) -> Values:
    """Make a facet of a text, its values by how many rows have them, the most frequent first."""
    codes, found = pd.factorize(series)
    often = np.bincount(codes[codes >= 0], minlength=len(found))
    texts = [str(text) for text in found]
    order = sorted(range(len(texts)), key=lambda place: (-often[place], texts[place].casefold()))
    places = np.empty(len(texts) + 1, dtype=np.int32)
    places[order] = np.arange(len(order))
    places[-1] = len(order)
    return Values(column, (*(texts[place] for place in order), None), places[codes], is_text=True)


def repeats(series: pd.Series, most: int) -> bool:
    """Whether a text has few values for its rows: at most ``most``, each in two rows on average."""
    return 0 < series.nunique() <= min(most, len(series) // 2)
