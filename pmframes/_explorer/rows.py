"""Which rows of a frame a state shows, in which order, and how many each value would have."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from pmframes._explorer.facets import Facet, Value
from pmframes._explorer.filters import Mask, RowFilter
from pmframes._explorer.offers import Offer
from pmframes._explorer.state import State


class Rows:
    """The rows of one frame under one state after the other; what did not change is not worked out again."""

    def __init__(self, frame: pd.DataFrame, offer: Offer) -> None:
        self._frame = frame
        self._offer = offer
        self._masks: dict[RowFilter, Mask] = {}
        self._ordered: tuple[str, bool] | None = None
        everything = np.ones(len(frame), dtype=bool)
        self._complete = {
            label
            for label, facet in offer.facets.items()
            if facet.values[-1] is None and not facet.counts(everything)[-1]
        }
        self.show(State())

    def show(self, state: State) -> None:
        """Take up a state."""
        self._state = state
        self._filters = state.filters(self._offer)
        self._masks = {one: self._mask(one) for one in self._filters.values()}
        self._kept = self._all(self._filters)

    @property
    def kept(self) -> Mask:
        """Say of each row whether it is shown."""
        return self._kept

    @property
    def count(self) -> int:
        """How many rows are shown."""
        return int(np.count_nonzero(self._kept))

    @property
    def positions(self) -> npt.NDArray[np.intp]:
        """Where the rows that are shown are in the frame, in the order in which they are shown."""
        if self._state.sort is None:
            return np.flatnonzero(self._kept)
        order = self._order(self._state.sort, self._state.descending)
        return order[self._kept[order]]

    @property
    def frame(self) -> pd.DataFrame:
        """The rows that are shown."""
        if self._state.sort is None:
            return self._frame[self._kept]
        return self._frame.iloc[self.positions]

    @property
    def code(self) -> str:
        """The rows that are shown, as a pandas expression over a variable called ``frame``."""
        tests = " & ".join(one.code for one in self._filters.values())
        rows = f"frame[{tests}]" if tests else "frame"
        if self._state.sort is None:
            return rows
        downward = ", ascending=False" if self._state.descending else ""
        return f"{rows}.sort_values({self._state.sort!r}{downward}, kind='stable')"

    def counts(self, facet: Facet) -> list[int]:
        """Count for each value of a facet the rows that all filters but its own keep."""
        return facet.counts(self.under_others(facet.column.label))

    def offered(self, facet: Facet) -> list[tuple[Value, int]]:
        """Give the values that a facet offers, each with its count.

        No value at all is not offered where every row of the whole frame has one, unless a state from another
        frame has chosen it.
        """
        label = facet.column.label
        left_out = label in self._complete and None not in self._state.choices.get(label, ())
        pairs = zip(facet.values, self.counts(facet), strict=True)
        return [(value, count) for value, count in pairs if value is not None or not left_out]

    def under_others(self, label: str) -> Mask:
        """Say of each row whether the filters of all other columns keep it."""
        if label not in self._filters:
            return self._kept
        return self._all(key for key in self._filters if key != label)

    def _all(self, keys: Iterable[str | None]) -> Mask:
        kept = np.ones(len(self._frame), dtype=bool)
        for key in keys:
            kept &= self._masks[self._filters[key]]
        return kept

    def _mask(self, one: RowFilter) -> Mask:
        known = self._masks.get(one)
        return one.mask(self._frame).to_numpy(dtype=bool, na_value=False) if known is None else known

    def _order(self, label: str, descending: bool) -> npt.NDArray[np.intp]:
        if self._ordered != (label, descending):
            numbered = self._frame[[label]].set_axis(range(len(self._frame)))
            sorted_rows = numbered.sort_values(label, ascending=not descending, kind="stable")
            self._order_found = sorted_rows.index.to_numpy()
            self._ordered = (label, descending)
        return self._order_found
