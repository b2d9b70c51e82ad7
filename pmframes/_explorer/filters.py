"""What can be asked of rows: each filter is data that gives its mask and its line of pandas."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from pmframes._explorer.facets import ColumnRef, Facet, Mask, Value
from pmframes._text import fold


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

    def apply(self, frame: pd.DataFrame) -> tuple[Mask, str]:
        """Find the rows of the facet's frame with one of the values; say so in pandas."""
        is_chosen = np.array([value in self.values for value in self.facet.values])
        return is_chosen[self.facet.codes], self.code


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

    def apply(self, frame: pd.DataFrame) -> tuple[Mask, str]:
        """Find the rows within these days; without a moment a row is not. Say so in pandas."""
        moments = self.column.of(frame)
        kept = moments.notna()
        for sign, day in self._bounds:
            kept &= moments >= str(day) if sign == ">=" else moments < str(day)
        return kept.to_numpy(dtype=bool, na_value=False), self.code


@dataclass(frozen=True)
class Contains:
    """Any of these columns holds this text, or one that people take for the same: see ``fold``."""

    columns: tuple[ColumnRef, ...]
    text: str

    def apply(self, frame: pd.DataFrame) -> tuple[Mask, str]:
        """Find the rows that hold the text; the search in pandas names the texts that it would judge otherwise."""
        found = np.zeros(len(frame), dtype=bool)
        more: set[str] = set()
        fewer: set[str] = set()
        for texts in (column.of(frame) for column in self.columns):
            found_here, literal = self._found_in(texts), _contains(texts, self._wanted)
            found |= found_here
            more.update(texts[found_here & ~literal])
            fewer.update(texts[literal & ~found_here])
        test = f"column.str.contains({self._wanted!r}, case=False, regex=False, na=False)"
        test = f"({test} | column.isin({sorted(more)!r}))" if more else test
        test = f"({test} & ~column.isin({sorted(fewer)!r}))" if fewer else test
        columns = f"frame.iloc[:, {[column.position for column in self.columns]!r}]"
        if all(type(column.name) is str for column in self.columns):
            columns = f"frame[{[column.name for column in self.columns]!r}]"
        return found, f"{columns}.apply(lambda column: {test}).astype(bool).any(axis=1)"

    @property
    def _wanted(self) -> str:
        return fold(self.text)

    def _found_in(self, texts: pd.Series) -> Mask:
        # Folding takes time, and does nothing to most texts but to change their case.
        folds = _contains(texts, _FOLDED, regex=True)
        found = _contains(texts, self._wanted) & self._wanted.isascii()
        found[folds] = [self._is_in(text) for text in texts[folds]]
        return found

    def _is_in(self, text: str) -> bool:
        # Who looks for xn-- looks for international domains as they are written.
        typed = self.text.strip().lower()
        return self._wanted in fold(text) or ("xn--" in typed and typed in text.lower())


# Letters outside ASCII, and international domains.
_FOLDED = r"[^\x00-\x7f]|xn--"


def _contains(texts: pd.Series, part: str, regex: bool = False) -> Mask:
    return texts.str.contains(part, case=False, regex=regex, na=False).to_numpy(dtype=bool)


RowFilter = Choice | Between | Contains


def _join_tests(tests: Sequence[str], operator: str) -> str:
    return tests[0] if len(tests) == 1 else f"({f' {operator} '.join(tests)})"
