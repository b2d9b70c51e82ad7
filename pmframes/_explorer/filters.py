"""What can be asked of rows: each filter is data that knows its mask and its line of pandas."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ColumnRef:
    """One column of a frame."""

    position: int
    name: Hashable

    @property
    def label(self) -> str:
        """The name as text, which tells the columns of an explored frame apart."""
        return str(self.name)

    @property
    def code(self) -> str:
        """The column in pandas: by name, or by position where the name is not plain text."""
        return f"frame[{self.name!r}]" if type(self.name) is str else f"frame.iloc[:, {self.position}]"

    def of(self, frame: pd.DataFrame) -> pd.Series:
        """Take the column from a frame."""
        return frame.iloc[:, self.position]


class RowFilter(Protocol):
    """Something that keeps some rows of a frame and leaves the others out."""

    @property
    def code(self) -> str:
        """The mask as a pandas expression over a variable called ``frame``."""

    def mask(self, frame: pd.DataFrame) -> pd.Series:
        """Say of each row whether it is kept."""


class Choice(RowFilter, Protocol):
    """A filter by some values of one column, each of a kind that JSON has; ``None`` is no value."""

    @property
    def values(self) -> tuple[str | bool | None, ...]:
        """The values that are kept."""


@dataclass(frozen=True)
class OneOfTexts:
    """The text, or the category that is text, is one of these."""

    column: ColumnRef
    values: tuple[str | None, ...]

    @property
    def code(self) -> str:
        """The comparison with the values."""
        return _either(self.column, _texts(self.values), self.column.code, missing=None in self.values)

    def mask(self, frame: pd.DataFrame) -> pd.Series:
        """Find the rows with one of the values."""
        column = self.column.of(frame)
        found = column.isin(_texts(self.values))
        return found | column.isna() if None in self.values else found


@dataclass(frozen=True)
class ReadsAsOneOf:
    """The category, which is no text, reads like one of these."""

    column: ColumnRef
    values: tuple[str | None, ...]

    @property
    def code(self) -> str:
        """The comparison with what each category reads like."""
        texts = [value for value in self.values if value is not None]
        read = f"{self.column.code}.map(str, na_action='ignore')"
        return _either(self.column, texts, read, missing=None in self.values)

    def mask(self, frame: pd.DataFrame) -> pd.Series:
        """Find the rows of the categories that read like this."""
        column = self.column.of(frame)
        found = column.map(str, na_action="ignore").isin([value for value in self.values if value is not None])
        return found | column.isna() if None in self.values else found


@dataclass(frozen=True)
class IsFlag:
    """The flag is one of these; a missing flag is neither set nor not set."""

    column: ColumnRef
    values: tuple[bool | None, ...]

    @property
    def code(self) -> str:
        """The test for each of the values."""
        tests = {
            True: f"{self.column.code}.fillna(False)",
            False: f"~{self.column.code}.fillna(True)",
            None: f"{self.column.code}.isna()",
        }
        chosen = [tests[value] for value in self.values]
        return chosen[0] if len(chosen) == 1 else f"({' | '.join(chosen)})"

    def mask(self, frame: pd.DataFrame) -> pd.Series:
        """Find the rows where the flag is one of the values."""
        flag = self.column.of(frame)
        found = pd.Series(False, index=flag.index)
        for value in self.values:
            found |= flag.isna() if value is None else (flag == value).fillna(False).astype(bool)
        return found


@dataclass(frozen=True)
class HasValue:
    """There is a value, whatever it is, or there is none."""

    column: ColumnRef
    values: tuple[bool, ...]

    @property
    def code(self) -> str:
        """The test for a value, or for none."""
        tests = {True: f"{self.column.code}.notna()", False: f"{self.column.code}.isna()"}
        chosen = [tests[value] for value in self.values]
        return chosen[0] if len(chosen) == 1 else f"({' | '.join(chosen)})"

    def mask(self, frame: pd.DataFrame) -> pd.Series:
        """Find the rows with a value, or those without."""
        return self.column.of(frame).notna().isin(self.values)


@dataclass(frozen=True)
class Between:
    """The moment is on one of these days, both included, in the time zone of the column."""

    column: ColumnRef
    first: date | None
    last: date | None

    @property
    def code(self) -> str:
        """The comparison with the first day, and with the day after the last."""
        tests = [f"({self.column.code} {sign} {str(day)!r})" for sign, day in self._bounds]
        return tests[0] if len(tests) == 1 else f"({' & '.join(tests)})"

    @property
    def _bounds(self) -> list[tuple[str, date]]:
        first = [] if self.first is None else [(">=", self.first)]
        # No moment is after the last day there is.
        last = [] if self.last in (None, date.max) else [("<", self.last + timedelta(days=1))]
        return first + last

    def mask(self, frame: pd.DataFrame) -> pd.Series:
        """Find the rows within these days; without a moment a row is not."""
        moments = self.column.of(frame)
        kept = pd.Series(True, index=moments.index)
        for sign, day in self._bounds:
            kept &= moments >= str(day) if sign == ">=" else moments < str(day)
        return kept


@dataclass(frozen=True)
class Contains:
    """Any of these columns holds this text, in large or small letters."""

    columns: tuple[ColumnRef, ...]
    text: str

    @property
    def code(self) -> str:
        """The search of all columns at once."""
        test = f"lambda column: column.str.contains({self.text!r}, case=False, regex=False, na=False)"
        return f"{self._columns_code}.apply({test}).astype(bool).any(axis=1)"

    @property
    def _columns_code(self) -> str:
        if all(type(column.name) is str for column in self.columns):
            return f"frame[{[column.name for column in self.columns]!r}]"
        return f"frame.iloc[:, {[column.position for column in self.columns]!r}]"

    def mask(self, frame: pd.DataFrame) -> pd.Series:
        """Find the rows that hold the text."""
        texts = frame.iloc[:, [column.position for column in self.columns]]
        found: pd.DataFrame = texts.apply(self._found_in)
        # Without rows pandas does not call the function, so what comes back is still text.
        return found.astype(bool).any(axis=1)

    def _found_in(self, texts: pd.Series) -> pd.Series:
        return texts.str.contains(self.text, case=False, regex=False, na=False)


def _texts(values: tuple[str | None, ...]) -> list[str]:
    return [value for value in values if value is not None]


def _either(column: ColumnRef, texts: list[str], read: str, missing: bool) -> str:
    # Not ==, which gives NA for a missing text of some dtypes, and NA cannot be combined with all others.
    found = f"{read}.isin({texts!r})"
    if missing:
        return f"({found} | {column.code}.isna())" if texts else f"{column.code}.isna()"
    return found
