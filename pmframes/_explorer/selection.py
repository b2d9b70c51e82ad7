"""Which rows of a frame a state shows, in which order, and how many each value has."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from pmframes._explorer.columns import Column
from pmframes._explorer.facets import Facet, build_facet
from pmframes._explorer.filters import Mask, Range, SearchIndex, Values, fold_text
from pmframes._explorer.state import State

_SEARCH = None


class Selection:
    """The rows of one frame under one state after the other; what did not change is not computed again.

    ``kept`` says of each row whether it is shown, ``count`` how many are.
    """

    def __init__(self, frame: pd.DataFrame, columns: Sequence[Column]) -> None:
        self.frame = frame
        self.columns = columns
        self.search_index = SearchIndex(frame, columns)
        self._facets: dict[int, Facet] = {}
        self._masks: dict[Values | Range | str, Mask] = {}
        self._order: tuple[tuple[tuple[str, bool], ...], npt.NDArray[np.intp]] | None = None
        self.set_state(State())

    def set_state(self, state: State) -> None:
        """Find the rows of a state."""
        filters: dict[str | None, Values | Range | str] = {label: one for label, one in state.filters.items()}  # noqa: C416
        if fold_text(state.search):
            filters[_SEARCH] = state.search
        known = self._masks
        # A filter that cannot be applied leaves all as it was.
        self._masks = {one: known[one] if one in known else self._mask(one) for one in filters.values()}
        self.state, self._filters = state, filters
        self.kept = self._all(filters)
        self.count = int(np.count_nonzero(self.kept))

    def facet(self, column: Column) -> Facet:
        """Return the facet of a column, built when it is first asked for."""
        if column.position not in self._facets:
            self._facets[column.position] = build_facet(column, self.frame)
        return self._facets[column.position]

    def _mask(self, row_filter: Values | Range | str) -> Mask:
        if isinstance(row_filter, str):
            return self.search_index.mask(row_filter)
        return row_filter.mask(row_filter.column.of(self.frame))

    @property
    def positions(self) -> npt.NDArray[np.intp]:
        """The places of the rows that are shown, in the order in which they are shown."""
        if not self.state.sort:
            return np.flatnonzero(self.kept)
        order = self._sorted()
        return order[self.kept[order]]

    @property
    def code(self) -> str:
        """The rows that are shown, as a pandas expression over a variable called ``frame``."""
        tests = " & ".join(
            self.search_index.code(one) if isinstance(one, str) else one.code for one in self._filters.values()
        )
        rows = f"frame[{tests}]" if tests else "frame"
        if not self.state.sort:
            return rows
        labels, descends = zip(*self.state.sort, strict=True)
        if len(labels) == 1:
            downward = ", ascending=False" if descends[0] else ""
            return f"{rows}.sort_values({labels[0]!r}{downward}, kind='stable')"
        downward = f", ascending={[not one for one in descends]!r}" if any(descends) else ""
        return f"{rows}.sort_values({list(labels)!r}{downward}, kind='stable')"

    def counts(self, facet: Facet) -> list[int]:
        """Count for each value of a facet the rows that all filters but its own keep."""
        others = [label for label in self._filters if label != facet.column.label]
        return facet.counts(self.kept if len(others) == len(self._filters) else self._all(others))

    def _all(self, keys: Iterable[str | None]) -> Mask:
        kept = np.ones(len(self.frame), dtype=bool)
        for key in keys:
            kept &= self._masks[self._filters[key]]
        return kept

    def _sorted(self) -> npt.NDArray[np.intp]:
        if self._order is None or self._order[0] != self.state.sort:
            labels, descends = zip(*self.state.sort, strict=True)
            keys = self.frame[list(labels)].set_axis(range(len(self.frame)))
            ascending = [not one for one in descends]
            found = keys.sort_values(list(labels), ascending=ascending, kind="stable")
            self._order = (self.state.sort, found.index.to_numpy())
        return self._order[1]
