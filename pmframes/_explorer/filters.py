"""Filters of rows: each gives its mask, and its expression in pandas."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_object_dtype

from pmframes._explorer.columns import Column
from pmframes._text import fold, replace_surrogates

Value = str | bool | int | float | None
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Values:
    """The column has one of these values, or with ``exclude`` none of them; ``None`` is a missing value."""

    column: Column
    values: tuple[Value, ...]
    exclude: bool = False

    @property
    def code(self) -> str:
        """The tests for the values, as a pandas expression over a variable called ``frame``."""
        tests = _join_tests(self._tests(self.column.code), "|")
        return f"~{tests}" if self.exclude else tests

    def _tests(self, column: str) -> list[str]:
        if self.column.kind == "flag":
            flags: dict[Value, str] = {
                True: f"{column}.fillna(False)",
                False: f"~{column}.fillna(True)",
                None: f"{column}.isna()",
            }
            return [flags[value] for value in self.values]
        values = [value for value in self.values if value is not None]
        read = f"{column}.map(str, na_action='ignore')" if self._is_read_as_text else column
        # Not ==, which gives NA for a missing value of some dtypes, and NA cannot be combined with all others.
        tests = [f"{read}.isin({values!r})"] if values else []
        return [*tests, f"{column}.isna()"] if None in self.values else tests

    @property
    def _is_read_as_text(self) -> bool:
        return self.column.kind == "category" and not self.column.has_texts

    def mask(self, series: pd.Series) -> Mask:
        """Find the rows of the column."""
        values = [value for value in self.values if value is not None]
        read = series.map(str, na_action="ignore") if self._is_read_as_text else series
        found = read.isin(values).to_numpy(dtype=bool)
        if None in self.values:
            found = found | series.isna().to_numpy(dtype=bool)
        return ~found if self.exclude else found


@dataclass(frozen=True)
class Range:
    """The value is within both bounds, which count as within; times are on these days, in their own time zone.

    A missing value is in no range.
    """

    column: Column
    low: float | date | None
    high: float | date | None

    @property
    def code(self) -> str:
        """The comparisons with the bounds; of the last day, with the day after it."""
        value = f"{self.column.code}{self.column.conversion}"
        tests = [f"({value} {sign} {bound!r})" for sign, bound in self._bounds]
        return _join_tests(tests or [f"{self.column.code}.notna()"], "&")

    @property
    def _bounds(self) -> list[tuple[str, float | str]]:
        bounds: list[tuple[str, float | str]] = []
        if self.low is not None:
            bounds.append((">=", str(self.low) if isinstance(self.low, date) else self.low))
        if isinstance(self.high, date):
            # No time is after the last day there is.
            bounds += [("<", str(self.high + timedelta(days=1)))] if self.high != date.max else []
        elif self.high is not None:
            bounds.append(("<=", self.high))
        return bounds

    def mask(self, series: pd.Series) -> Mask:
        """Find the rows of the column."""
        kept = series.notna()
        if isinstance(series.dtype, pd.DatetimeTZDtype):
            series = series.dt.tz_localize(None)
        for sign, bound in self._bounds:
            kept &= series >= bound if sign == ">=" else series < bound if sign == "<" else series <= bound
        return kept.to_numpy(dtype=bool, na_value=False)


class SearchIndex:
    """The texts of a frame as a search reads them: folded, and each different one once."""

    def __init__(self, frame: pd.DataFrame, columns: Sequence[Column]) -> None:
        self.columns = tuple(column for column in columns if column.kind == "text")
        self._frame = frame
        self._folded: dict[int, tuple[npt.NDArray[np.int32], pd.Series]] = {}

    def build_next(self) -> bool:
        """Read the texts of one more column; False if all are read."""
        rest = [column for column in self.columns if column.position not in self._folded]
        if rest:
            self._fold(rest[0])
        return bool(rest)

    def mask(self, text: str) -> Mask:
        """Find the rows in which a column contains the text, whatever its case and accents."""
        found = np.zeros(len(self._frame), dtype=bool)
        for column in self.columns:
            found |= self._find(column, text)
        return found

    def code(self, text: str) -> str:
        """Return the search as pandas code; texts that ``str.contains`` would judge otherwise are listed."""
        wanted = fold(replace_surrogates(text))
        more: set[str] = set()
        fewer: set[str] = set()
        for column in self.columns:
            texts, here = column.of(self._frame), self._find(column, text)
            literal = texts.str.contains(wanted, case=False, regex=False, na=False).to_numpy(dtype=bool)
            more.update(texts[here & ~literal])
            fewer.update(texts[literal & ~here])
        test = f"column.str.contains({wanted!r}, case=False, regex=False, na=False)"
        test = f"({test} | column.isin({sorted(more)!r}))" if more else test
        test = f"({test} & ~column.isin({sorted(fewer)!r}))" if fewer else test
        columns = f"frame.iloc[:, {[column.position for column in self.columns]!r}]"
        if all(type(column.name) is str for column in self.columns):
            columns = f"frame[{[column.name for column in self.columns]!r}]"
        return f"{columns}.apply(lambda column: {test}).astype(bool).any(axis=1)"

    def _find(self, column: Column, text: str) -> Mask:
        codes, folded = self._fold(column)
        text = replace_surrogates(text)
        found = folded.str.contains(fold_text(text), regex=False).to_numpy(dtype=bool)
        if "xn--" in text.lower():
            # Who looks for xn-- looks for international domains as they are written.
            literal = folded.index.to_series().str.lower()
            found = found | literal.str.contains(text.strip().lower(), regex=False).to_numpy(dtype=bool)
        # A missing text has the code -1.
        by_code: Mask = np.append(found, False)[codes]
        return by_code

    def _fold(self, column: Column) -> tuple[npt.NDArray[np.int32], pd.Series]:
        """Return the codes of the rows, and the different texts: folded, with the texts themselves as index."""
        if column.position not in self._folded:
            texts = column.of(self._frame)
            if is_object_dtype(texts.dtype):
                texts = texts.map(replace_surrogates, na_action="ignore")
            codes, uniques = pd.factorize(texts.astype("str"))
            folded = pd.Series(uniques, index=uniques, dtype="str").str.lower()
            special = folded.str.contains(_SPECIAL, regex=True).to_numpy(dtype=bool)
            folded[special] = folded.index[special].map(fold_text)
            self._folded[column.position] = codes.astype(np.int32), folded
        return self._folded[column.position]


class _Folds(dict[int, str]):
    """What each letter is folded to: accents and invisible characters to nothing."""

    def __missing__(self, code: int) -> str:
        folded = unicodedata.normalize("NFKD", "." if chr(code) in _DOTS else fold(f"|{chr(code)}|")[1:-1])
        self[code] = _ACCENTS.sub("", folded)
        return self[code]


def fold_text(text: str) -> str:
    """Return what texts have in common that a search takes for the same: as ``fold``, and without accents."""
    return (fold(text) if "xn--" in text.lower() else text.strip()).translate(_FOLDS)


_FOLDS = _Folds()
_DOTS = "\u3002\uff0e\uff61"
_ACCENTS = re.compile("[\u0300-\u036f]")
# Letters outside ASCII, and international domains.
_SPECIAL = r"[^\x00-\x7f]|xn--"


def _join_tests(tests: Sequence[str], operator: str) -> str:
    return tests[0] if len(tests) == 1 else f"({f' {operator} '.join(tests)})"
