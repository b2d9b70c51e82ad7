"""What can be asked of rows: each filter is data that knows its mask and its line of pandas."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from pmframes._explorer.facets import ColumnRef, Facet, Mask, Value


@dataclass(frozen=True)
class Choice:
    """The value of a facet is one of these; ``None`` is no value, so a missing flag is neither set nor not set."""

    facet: Facet
    values: tuple[Value, ...]

    @property
    def code(self) -> str:
        """The tests for the values, as a pandas expression over a variable called ``frame``."""
        column = self.facet.column.code
        if self.facet.has_texts:
            return _join_tests(self._text_tests(column), "|")
        if self.facet.kind == "presence":
            tests: dict[Value, str] = {True: f"{column}.notna()", False: f"{column}.isna()"}
        else:
            tests = {True: f"{column}.fillna(False)", False: f"~{column}.fillna(True)", None: f"{column}.isna()"}
        return _join_tests([tests[value] for value in self.values], "|")

    def _text_tests(self, column: str) -> list[str]:
        texts = [value for value in self.values if value is not None]
        read = column if self.facet.kind == "text" else f"{column}.map(str, na_action='ignore')"
        # Not ==, which gives NA for a missing text of some dtypes, and NA cannot be combined with all others.
        tests = [f"{read}.isin({texts!r})"] if texts else []
        return [*tests, f"{column}.isna()"] if None in self.values else tests

    def mask(self, frame: pd.DataFrame) -> Mask:
        """Find the rows of the facet's frame with one of the values."""
        is_chosen = np.array([value in self.values for value in self.facet.values])
        kept: Mask = is_chosen[self.facet.codes]
        return kept


@dataclass(frozen=True)
class Between:
    """The moment is on one of these days, both included, in the time zone of the column."""

    column: ColumnRef
    first: date | None
    last: date | None

    @property
    def code(self) -> str:
        """The comparison with the first day, and with the day after the last."""
        moments = f"{self.column.code}{self.column.conversion}"
        tests = [f"({moments} {sign} {str(day)!r})" for sign, day in self._bounds]
        return _join_tests(tests or [f"{self.column.code}.notna()"], "&")

    @property
    def _bounds(self) -> list[tuple[str, date]]:
        first = [] if self.first is None else [(">=", self.first)]
        # No moment is after the last day there is.
        last = [] if self.last in (None, date.max) else [("<", self.last + timedelta(days=1))]
        return first + last

    def mask(self, frame: pd.DataFrame) -> Mask:
        """Find the rows within these days; without a moment a row is not."""
        moments = self.column.of(frame)
        kept = moments.notna()
        for sign, day in self._bounds:
            kept &= moments >= str(day) if sign == ">=" else moments < str(day)
        return kept.to_numpy(dtype=bool, na_value=False)


@dataclass(frozen=True)
class Contains:
    """Any of these columns holds this text, in large or small letters."""

    columns: tuple[ColumnRef, ...]
    text: str

    @property
    def code(self) -> str:
        """The search of all columns at once."""
        columns = f"frame.iloc[:, {[column.position for column in self.columns]!r}]"
        if all(type(column.name) is str for column in self.columns):
            columns = f"frame[{[column.name for column in self.columns]!r}]"
        test = f"lambda column: column.str.contains({self.text!r}, case=False, regex=False, na=False)"
        return f"{columns}.apply({test}).astype(bool).any(axis=1)"

    def mask(self, frame: pd.DataFrame) -> Mask:
        """Find the rows that hold the text."""
        texts = frame.iloc[:, [column.position for column in self.columns]]
        found: pd.DataFrame = texts.apply(self._found_in)
        # Without rows pandas does not call the function, so what comes back is still text.
        return found.astype(bool).any(axis=1).to_numpy(dtype=bool)

    def _found_in(self, texts: pd.Series) -> pd.Series:
        return texts.str.contains(self.text, case=False, regex=False, na=False)


RowFilter = Choice | Between | Contains


def _join_tests(tests: Sequence[str], operator: str) -> str:
    return tests[0] if len(tests) == 1 else f"({f' {operator} '.join(tests)})"
