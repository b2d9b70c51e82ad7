"""What can be chosen by: a facet is one column, its values, and how many rows have each."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Value = str | bool | None
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ColumnRef:
    """One column of a frame; ``conversion`` is the pandas that makes of it the one that is explored."""

    position: int
    name: Hashable
    conversion: str = ""

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


@dataclass(frozen=True, eq=False)
class Facet:
    """One column to choose by.

    ``values`` can be chosen; ``None``, no value at all, comes last. ``codes`` gives for each row the place of
    its value in ``values``. A "category" is one that is no text.
    """

    kind: Literal["text", "category", "flag", "presence"]
    column: ColumnRef
    values: tuple[Value, ...]
    codes: npt.NDArray[np.integer[Any]]

    @property
    def has_texts(self) -> bool:
        """Whether the values are texts, of a category or of a text that many rows share."""
        return self.kind in ("text", "category")

    def counts(self, kept: Mask) -> list[int]:
        """Count the kept rows of each value."""
        if not self.has_texts:
            # For two or three values this is faster than to sort the rows into bins.
            return [int(np.count_nonzero((self.codes == code) & kept)) for code in range(len(self.values))]
        counted: list[int] = np.bincount(self.codes[kept], minlength=len(self.values)).tolist()
        return counted


def of_category(column: ColumnRef, series: pd.Series) -> Facet:
    """Make a facet of a category, its values in their declared order."""
    categories = series.cat.categories
    # Two values of an open list may read alike (1 and "1"): they are one choice.
    read = [str(value) for value in categories]
    places = {text: place for place, text in enumerate(dict.fromkeys(read))}
    by_code = np.array([*(places[text] for text in read), len(places)], dtype=np.int32)
    is_text = isinstance(categories.dtype, pd.StringDtype)
    return Facet("text" if is_text else "category", column, (*places, None), by_code[series.cat.codes.to_numpy()])


def of_text(column: ColumnRef, series: pd.Series) -> Facet:
    """Make a facet of a text, its values by how many rows have them, the most frequent first."""
    codes, found = pd.factorize(series)
    often = np.bincount(codes[codes >= 0], minlength=len(found))
    texts = [str(text) for text in found]
    order = sorted(range(len(texts)), key=lambda place: (-often[place], texts[place].casefold()))
    places = np.empty(len(texts) + 1, dtype=np.int32)
    places[order] = np.arange(len(order))
    places[-1] = len(order)
    return Facet("text", column, (*(texts[place] for place in order), None), places[codes])


def of_flag(column: ColumnRef, series: pd.Series) -> Facet:
    """Make a facet of a yes or no, which may be missing."""
    missing = series.isna().to_numpy(dtype=bool)
    is_set = series.fillna(False).to_numpy(dtype=bool)
    codes = np.select([is_set, missing], [0, 2], 1).astype(np.int8)
    return Facet("flag", column, (True, False, None), codes)


def of_presence(column: ColumnRef, series: pd.Series) -> Facet:
    """Make a facet of whether there is a value at all, where the values themselves say nothing to a person."""
    return Facet("presence", column, (True, False), series.isna().to_numpy().astype(np.int8))
