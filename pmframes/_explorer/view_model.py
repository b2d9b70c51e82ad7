"""The view model: all that the page shows of an explorer, as JSON."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pmframes._analysis.permissions import permission_columns
from pmframes._cell_text import display_cell
from pmframes._explorer import grid
from pmframes._explorer.columns import Column
from pmframes._explorer.facets import RangeFacet, ValueFacet, rank_columns
from pmframes._explorer.filters import Range, Values, fold_text
from pmframes._explorer.selection import Selection
from pmframes._explorer.tabs import find_tabs
from pmframes._frames import provenance
from pmframes._text import (
    format_age,
    format_label,
    format_time,
    join_limited,
    replace_surrogates,
    show_hidden,
    truncate,
)
from pmframes._writers.cells import index_levels
from pmframes._writers.csv import escape

MAX_OPEN = 12
FIRST_VALUES = 8
FEW_VALUES = 3
MAX_VALUES = 200
PAGE_SIZES = (25, 50, 100)
MANY_FLAGS = 12
MAX_CHIP = 60


@dataclass
class Display:
    """What is folded and turned on the page; no filter, and in no state."""

    page: int = 0
    page_size: int = PAGE_SIZES[0]
    tab: str = "table"
    unfolded: dict[int, bool] = field(default_factory=dict)
    all_values: set[int] = field(default_factory=set)
    value_search: dict[int, str] = field(default_factory=dict)


class ViewModel:
    """Builds what the page shows of a selection."""

    def __init__(self, selection: Selection, frame: pd.DataFrame) -> None:
        self._selection = selection
        self._frame = frame
        self.columns = selection.columns
        self.headings = grid.headings(self.columns)
        granted = {name for name in permission_columns(frame) if not name.startswith("is_")}
        others = [column for column in self.columns if column.kind == "flag" and column.label in granted]
        self.permissions = others if len(others) > MANY_FLAGS else []
        names = [column.label for column in self.permissions]
        self.facet_columns = rank_columns(self.columns, frame, names)
        self.first_columns = grid.first_columns(self.columns, frame, names)
        self.tabs = find_tabs(self.columns, self.headings, frame, self.permissions)
        self._times = {
            column.position: grid.has_times(column.of(frame)) for column in self.columns if column.kind == "time"
        }
        self._index = [(_index_heading(level.name), level) for level in index_levels(frame)]
        self.source = _describe_source(frame)
        self.is_fictional = provenance.is_fictional(frame)

    @property
    def shown_columns(self) -> list[Column]:
        """The columns that are painted, those that are pinned first."""
        state, by_label = self._selection.state, {column.label: column for column in self.columns}
        labels = self.first_columns if state.columns is None else state.columns
        pinned = self.pinned
        return [by_label[label] for label in sorted(labels, key=lambda label: label not in pinned)]

    @property
    def pinned(self) -> tuple[str, ...]:
        """The labels of the columns that stay in sight."""
        state = self._selection.state
        return tuple({*self.first_columns} & {"name"}) if state.pinned is None else state.pinned

    def build(self, display: Display, selected: np.ndarray) -> dict[str, Any]:
        """Build the view of the page in sight; ``selected`` says of each row whether it is selected."""
        rows, size = self._selection, display.page_size
        pages = max(1, -(-rows.count // size))
        display.page = min(display.page, pages - 1)
        places = rows.positions[display.page * size : (display.page + 1) * size]
        tab = self.tabs.get(display.tab)
        return {
            "shown": rows.count,
            "total": len(self._frame),
            "selected": int(np.count_nonzero(selected)),
            "selectedShown": int(np.count_nonzero(selected & rows.kept)),
            "source": self.source,
            "age": _describe_age(self._frame),
            "fictional": self.is_fictional,
            "search": replace_surrogates(rows.state.search),
            "searchable": any(column.kind == "text" for column in self.columns),
            "chips": [self._chip(label) for label in rows.state.filters],
            "facets": self.facets(display),
            "columns": [*self._index_headings(), *map(self._heading, self.shown_columns)],
            "chooser": self._chooser(),
            "rows": self._rows(places, selected) if tab is None else [],
            "page": display.page,
            "pages": pages,
            "pageSize": size,
            "pageSizes": PAGE_SIZES,
            "tabs": [{"id": "table", "title": "Table"}]
            + [{"id": key, "title": title} for key, (title, _) in self.tabs.items()],
            "tab": display.tab,
            "panel": None if tab is None else tab[1](rows, np.flatnonzero(selected).tolist()),
        }

    def facets(self, display: Display) -> list[dict[str, Any]]:
        """Build the facets; the first are unfolded and counted, and those with a filter."""
        filters, found = self._selection.state.filters, []
        for place, column in enumerate(self.facet_columns):
            is_open = display.unfolded.get(column.position, place < MAX_OPEN or column.label in filters)
            facet = {**self._names(column), "open": is_open, "filtered": column.label in filters}
            found.append(facet | (self._contents(column, display) if is_open else {}))
        return found

    def _contents(self, column: Column, display: Display) -> dict[str, Any]:
        facet, row_filter = self._selection.facet(column), self._selection.state.filters.get(column.label)
        counts = self._selection.counts(facet)
        if isinstance(facet, RangeFacet):
            return _range_contents(facet, counts, row_filter)
        return _value_contents(facet, counts, row_filter, display)

    def _chip(self, label: str) -> dict[str, Any]:
        row_filter = self._selection.state.filters[label]
        column = row_filter.column
        return {"column": column.position, "text": f"{self.headings[column.position]}: {describe_filter(row_filter)}"}

    def _index_headings(self) -> list[dict[str, Any]]:
        # Levels of the index have negative numbers.
        return [{"column": -1 - at, "heading": heading, "name": "index"} for at, (heading, _) in enumerate(self._index)]

    def _names(self, column: Column) -> dict[str, Any]:
        name = show_hidden(format_label(column.name))
        return {"column": column.position, "heading": self.headings[column.position], "name": name}

    def _heading(self, column: Column) -> dict[str, Any]:
        keys = [label for label, _ in self._selection.state.sort]
        zone = grid.zone(column, self._frame)
        heading = {**self._names(column), "sortable": column.is_sortable, "searched": column.kind == "text"}
        heading["heading"] += f" ({zone})" if zone else ""
        heading |= {"pinned": column.label in self.pinned, "number": column.kind == "number"}
        if column.label in keys:
            place = keys.index(column.label)
            descends = self._selection.state.sort[place][1]
            heading["sorted"] = {"direction": "descending" if descends else "ascending", "rank": place + 1}
        return heading

    def _chooser(self) -> list[dict[str, Any]]:
        shown = {column.position for column in self.shown_columns}
        return [{**self._names(column), "shown": column.position in shown} for column in self.columns]

    def _rows(self, places: np.ndarray, selected: np.ndarray) -> list[dict[str, Any]]:
        cells = [_cut([display_cell(value) for value in level[places]]) for _, level in self._index]
        cells += [_cut(self.texts(column, places)) for column in self.shown_columns]
        lines = zip(*cells, strict=True) if cells else ((),) * len(places)
        return [
            {"id": place, "selected": bool(selected[place]), "cells": list(line)}
            for place, line in zip(places.tolist(), lines, strict=True)
        ]

    def texts(self, column: Column, places: npt.NDArray[np.intp] | list[int]) -> list[str]:
        """Write the cells of a column in these rows, in full."""
        series = column.of(self._frame).iloc[places]
        return grid.column_texts(column, series, has_times=self._times.get(column.position, False))

    def cell(self, position: int, place: int) -> tuple[str, str]:
        """Return the heading and the whole text of a cell."""
        if position < 0:
            heading, level = self._index[-1 - position]
            return heading, display_cell(level[place])
        [text] = self.texts(self.columns[position], [place])
        return self.headings[position], text

    def tsv(self, places: np.ndarray) -> str:
        """Write these rows, in the columns that are painted, with tabs between the cells."""
        columns = self.shown_columns
        lines = [[self._heading(column)["heading"] for column in columns]]
        lines += map(list, zip(*(self.texts(column, places) for column in columns), strict=True))
        # What is pasted into a spreadsheet would be a formula.
        return "\n".join("\t".join(escape(" ".join(cell.split())) for cell in line) for line in lines)


def _index_heading(name: Any) -> str:
    return "Index" if name is None else display_cell(str(name))


def describe_filter(row_filter: Values | Range) -> str:
    """Write what a filter keeps."""
    if isinstance(row_filter, Values):
        texts = [grid.value_text(value, row_filter.column) for value in row_filter.values]
        return truncate(("not " if row_filter.exclude else "") + join_limited(texts, 3), MAX_CHIP)
    low, high = (_format_bound(bound) for bound in (row_filter.low, row_filter.high))
    return f"{low} to {high}" if low and high else f"from {low}" if low else f"up to {high}"


def _format_bound(bound: float | date | None) -> str:
    return "" if bound is None else f"{bound:,.6g}" if isinstance(bound, float) else str(bound)


def _describe_age(frame: pd.DataFrame) -> str:
    times = [source.fetched_at for source in provenance.read_sources(frame) if source.fetched_at is not None]
    return f"{format_age(datetime.now(UTC) - min(times))} old" if times else ""


def _describe_source(frame: pd.DataFrame) -> str:
    titles: dict[str, dict[str, None]] = {}
    for source in provenance.read_sources(frame):
        titles.setdefault(format_time(source.fetched_at), {})[source.title] = None
    texts = [", fetched ".join(filter(None, (join_limited([*of], 3), time))) for time, of in titles.items()]
    return join_limited(texts, 3) or "Unknown source"


def _range_contents(facet: RangeFacet, counts: list[int], row_filter: Values | Range | None) -> dict[str, Any]:
    *binned, missing = counts
    of_missing = row_filter if isinstance(row_filter, Values) and row_filter.values == (None,) else None
    low, high = (row_filter.low, row_filter.high) if isinstance(row_filter, Range) else (None, None)
    bins = [
        {"label": label, "count": count, "within": facet.overlaps(place, low, high)}
        for place, (label, count) in enumerate(zip(facet.labels, binned, strict=True))
    ]
    return {
        "kind": "time" if facet.column.kind == "time" else "number",
        "bins": bins,
        "from": _to_json(low),
        "to": _to_json(high),
        "missing": missing,
        "missingChecked": of_missing is not None and not of_missing.exclude,
        "missingExcluded": of_missing is not None and of_missing.exclude,
    }


def _to_json(bound: float | date | None) -> float | str | None:
    return str(bound) if isinstance(bound, date) else float(f"{bound:.6g}") if isinstance(bound, float) else bound


def _value_contents(
    facet: ValueFacet, counts: list[int], row_filter: Values | Range | None, display: Display
) -> dict[str, Any]:
    """Build the list of values: the largest first, then those without rows; a filtered value is always there."""
    position = facet.column.position
    excluded = isinstance(row_filter, Values) and row_filter.exclude
    checked, is_whole = _checked(facet, row_filter), position in display.all_values
    wanted = fold_text(display.value_search.get(position, ""))
    texts = [grid.value_text(value, facet.column, is_presence=facet.is_presence) for value in facet.values]
    # A missing value is offered where there is one; a value without rows only on request, or when it is checked.
    named = [is_checked != excluded for is_checked in checked]
    places = [place for place, value in enumerate(facet.values) if counts[place] or named[place]]
    listed = {*places}
    zeros = [place for place, value in enumerate(facet.values) if place not in listed and value is not None]
    offered = places + zeros if is_whole or len(facet.values) <= FEW_VALUES else places
    if wanted:
        offered = [place for place in [*places, *zeros] if named[place] or wanted in fold_text(texts[place])]
    # What has an order keeps it, so that yes and no do not swap.
    offered.sort(key=None if facet.has_order else lambda place: (-counts[place], facet.values[place] is None))
    limit = MAX_VALUES if wanted or is_whole else FIRST_VALUES
    first = [place for at, place in enumerate(offered) if at < limit or named[place]]
    values = [
        {"value": place, "text": texts[place], "count": counts[place], "checked": checked[place]} for place in first
    ]
    return {
        "kind": "values",
        "values": values,
        "largest": max(counts, default=0),
        "more": len(offered) - len(first),
        "zeros": len({*zeros} - {*offered}),
        "all": is_whole,
        "search": display.value_search.get(position, ""),
        "long": len(facet.values) > FIRST_VALUES + 1,
    }


def _checked(facet: ValueFacet, row_filter: Values | Range | None) -> list[bool]:
    if not isinstance(row_filter, Values):
        return [False] * len(facet.values)
    if facet.is_presence:
        of_missing = None in row_filter.values
        return [of_missing and row_filter.exclude, of_missing and not row_filter.exclude]
    known = {*row_filter.values}
    return [(value in known) != row_filter.exclude for value in facet.values]


def _cut(texts: list[str]) -> list[str]:
    return [text if len(text) <= grid.MAX_CELL else text[: grid.MAX_CELL] + "…" for text in texts]
