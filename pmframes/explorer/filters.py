"""What can be asked of rows: each filter is data that knows its mask and its line of pandas."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Column:
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


class Filter(Protocol):
    """Something that keeps some rows of a frame and leaves the others out."""

    @property
    def code(self) -> str:
        """The mask as a pandas expression over a variable called ``frame``."""

    def mask(self, frame: pd.DataFrame) -> pd.Series:
        """Say of each row whether it is kept."""


class Choice(Filter, Protocol):
    """A filter by one value of one column."""

    @property
    def column(self) -> Column:
        """The column that is chosen by."""

    @property
    def value(self) -> str | bool | None:
        """The value, in a form that can be kept as JSON."""


@dataclass(frozen=True)
class IsText:
    """The category, which is text, is this one."""

    column: Column
    value: str

    @property
    def code(self) -> str:
        """The comparison with the value."""
        return f"({self.column.code} == {self.value!r})"

    def mask(self, frame: pd.DataFrame) -> pd.Series:
        """Find the rows of this category."""
        return self.column.of(frame) == self.value


@dataclass(frozen=True)
class ReadsAs:
    """The category, which is no text, reads like this."""

    column: Column
    value: str

    @property
    def code(self) -> str:
        """The comparison with what each category reads like."""
        return f"({self.column.code}.map(str, na_action='ignore') == {self.value!r})"

    def mask(self, frame: pd.DataFrame) -> pd.Series:
        """Find the rows of the category that reads like this."""
        return self.column.of(frame).map(str, na_action="ignore") == self.value


@dataclass(frozen=True)
class IsFlag:
    """The flag is set, or is not set; a missing flag is neither."""

    column: Column
    value: bool

    @property
    def code(self) -> str:
        """The flag, or its contrary, with what is missing left out."""
        return f"{self.column.code}.fillna(False)" if self.value else f"~{self.column.code}.fillna(True)"

    def mask(self, frame: pd.DataFrame) -> pd.Series:
        """Find the rows where the flag is set, or is not set."""
        filled = self.column.of(frame).fillna(not self.value)
        return filled if self.value else ~filled


@dataclass(frozen=True)
class IsMissing:
    """There is no value."""

    column: Column
    value: None = None

    @property
    def code(self) -> str:
        """The test for a missing value."""
        return f"{self.column.code}.isna()"

    def mask(self, frame: pd.DataFrame) -> pd.Series:
        """Find the rows without a value."""
        return self.column.of(frame).isna()


@dataclass(frozen=True)
class Contains:
    """Any of these columns holds this text, in large or small letters."""

    columns: tuple[Column, ...]
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


def mask_of(filters: Iterable[Filter], frame: pd.DataFrame) -> Mask:
    """Say of each row whether all filters keep it."""
    kept = np.ones(len(frame), dtype=bool)
    for one in filters:
        kept &= one.mask(frame).to_numpy(dtype=bool)
    return kept


def code_of(filters: Iterable[Filter]) -> str:
    """Write the rows that all filters keep as a pandas expression over a variable called ``frame``."""
    tests = " & ".join(one.code for one in filters)
    return f"frame[{tests}]" if tests else "frame"
