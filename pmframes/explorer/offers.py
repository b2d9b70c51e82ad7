"""What a frame offers to choose by and to search in."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_bool_dtype, is_object_dtype, is_string_dtype

from pmframes import errors
from pmframes.explorer.filters import Choice, Column, IsFlag, IsMissing, IsText, ReadsAs

FEW = 12


@dataclass(frozen=True)
class Offer:
    """One column to choose by: its choices, and how many rows of the whole frame each would keep."""

    column: Column
    counts: dict[Choice, int]

    @property
    def is_named(self) -> bool:
        """Whether this is a category, or a flag of the row's own and not one of many permissions."""
        if any(isinstance(choice, IsFlag) for choice in self.counts):
            return self.column.label.startswith("is_") or self.column.label == "deleted"
        return True


def require_explorable(frame: object) -> pd.DataFrame:
    """Give the frame back if it can be explored, and raise InvalidArgument if not."""
    if not isinstance(frame, pd.DataFrame):
        raise errors.not_a_frame("pm.explore", frame)
    if frame.columns.nlevels > 1:
        raise errors.layered_columns("pm.explore", frame.columns.nlevels)
    names = Counter(str(name) for name in frame.columns)
    if repeated := [name for name, times in names.items() if times > 1]:
        raise errors.repeated_columns("pm.explore", repeated)
    return frame


def offers(frame: pd.DataFrame) -> list[Offer]:
    """Give an offer for each category and each flag, in the order of the columns."""
    return [
        Offer(
            column, _category_counts(column, series) if _is_category(series) else _flag_counts(column, series)
        )
        for column, series in _columns(frame)
        if _is_category(series) or is_bool_dtype(series.dtype)
    ]


def first_and_rest(offered: list[Offer]) -> tuple[list[Offer], list[Offer]]:
    """Part the offers into the few that are always in sight and the many that are folded away."""
    if len(offered) <= FEW:
        return offered, []
    first = [offer for offer in offered if offer.is_named][:FEW]
    return first, [offer for offer in offered if offer not in first]


def text_columns(frame: pd.DataFrame) -> tuple[Column, ...]:
    """Give the columns that can be searched: those that hold text and nothing else."""
    return tuple(column for column, series in _columns(frame) if _is_text(series))


def _columns(frame: pd.DataFrame) -> Iterator[tuple[Column, pd.Series]]:
    for position, name in enumerate(frame.columns):
        yield Column(position, name), frame.iloc[:, position]


def _is_category(series: pd.Series) -> bool:
    return isinstance(series.dtype, pd.CategoricalDtype)


def _is_text(series: pd.Series) -> bool:
    if is_object_dtype(series.dtype):
        return infer_dtype(series, skipna=True) == "string"
    return is_string_dtype(series.dtype) and not _is_category(series)


def _category_counts(column: Column, series: pd.Series) -> dict[Choice, int]:
    kind = IsText if isinstance(series.cat.categories.dtype, pd.StringDtype) else ReadsAs
    missing, *rows = np.bincount(series.cat.codes + 1, minlength=len(series.cat.categories) + 1).tolist()
    counts: Counter[Choice] = Counter()
    for value, times in zip(series.cat.categories, rows, strict=True):
        # Two values of an open list may read alike (1 and "1"): they are one choice.
        counts[kind(column, str(value))] += times
    return {**counts, IsMissing(column): missing}


def _flag_counts(column: Column, series: pd.Series) -> dict[Choice, int]:
    missing, yes = int(series.isna().sum()), int(series.fillna(False).sum())
    return {
        IsFlag(column, True): yes,
        IsFlag(column, False): len(series) - yes - missing,
        IsMissing(column): missing,
    }
