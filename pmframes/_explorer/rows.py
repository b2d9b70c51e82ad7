"""Which rows of a frame a state shows, in which order, and how many each value would have."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from pmframes._explorer.facets import Facet, Mask, Value
from pmframes._explorer.filters import RowFilter
from pmframes._explorer.offers import Offer
from pmframes._explorer.state import State


class Rows:
    """The rows of one frame under one state after the other; what did not change is not worked out again.

    ``whole`` is the frame, ``state`` the state, ``kept`` says of each row whether it is shown,
    ``count`` how many are.
    """

    def __init__(self, frame: pd.DataFrame, offer: Offer) -> None:
        self.whole = frame
        self._offer = offer
        self._applied: dict[RowFilter, tuple[Mask, str]] = {}
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
        self.state = state
        self._filters = state.filters(self._offer)
        known = self._applied
        self._applied = {one: known[one] if one in known else one.apply(self.whole) for one in self._filters.values()}
        self.kept = self._all(self._filters)
        self.count = int(np.count_nonzero(self.kept))

    @property
    def positions(self) -> npt.NDArray[np.intp]:
        """Where the rows that are shown are in the frame, in the order in which they are shown."""
        if self.state.sort is None:
            return np.flatnonzero(self.kept)
        order = self._order(self.state.sort, self.state.descending)
        return order[self.kept[order]]

    @property
    def frame(self) -> pd.DataFrame:
        """The rows that are shown."""
        if self.state.sort is None:
            return self.whole[self.kept]
        return self.whole.iloc[self.positions]

    @property
    def code(self) -> str:
        """The rows that are shown, as a pandas expression over a variable called ``frame``."""
        tests = " & ".join(self._applied[one][1] for one in self._filters.values())
        rows = f"frame[{tests}]" if tests else "frame"
        if self.state.sort is None:
            return rows
        downward = ", ascending=False" if self.state.descending else ""
        return f"{rows}.sort_values({self.state.sort!r}{downward}, kind='stable')"

    def counts(self, facet: Facet) -> list[int]:
        """Count for each value of a facet the rows that all filters but its own keep."""
        others = [label for label in self._filters if label != facet.column.label]
        return facet.counts(self.kept if len(others) == len(self._filters) else self._all(others))

    def offered(self, facet: Facet) -> list[tuple[Value, int]]:
        """Give the values that a facet offers, each with its count.

        No value at all is not offered where every row of the whole frame has one, unless a state from another
        frame has chosen it.
        """
        label = facet.column.label
        left_out = label in self._complete and None not in self.state.choices.get(label, ())
        pairs = zip(facet.values, self.counts(facet), strict=True)
        return [(value, count) for value, count in pairs if value is not None or not left_out]

    def _all(self, keys: Iterable[str | None]) -> Mask:
        kept = np.ones(len(self.whole), dtype=bool)
        for key in keys:
            kept &= self._applied[self._filters[key]][0]
        return kept

    def _order(self, label: str, descending: bool) -> npt.NDArray[np.intp]:
        if self._ordered != (label, descending):
            numbered = self.whole[[label]].set_axis(range(len(self.whole)))
            sorted_rows = numbered.sort_values(label, ascending=not descending, kind="stable")
            self._order_found = sorted_rows.index.to_numpy()
            self._ordered = (label, descending)
        return self._order_found
