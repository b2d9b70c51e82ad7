"""Handle the events of the page. Each states the new value, so that late or repeated events are harmless."""

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pmframes import _messages
from pmframes._explorer.columns import Column
from pmframes._explorer.export import FORMATS, export
from pmframes._explorer.facets import RangeFacet, ValueFacet
from pmframes._explorer.filters import Range, Value, Values
from pmframes._explorer.selection import Selection
from pmframes._explorer.state import State, parse_conditions
from pmframes._explorer.view_model import PAGE_SIZES, Display, ViewModel
from pmframes._text import pluralize
from pmframes.errors import InvalidArgument, PmframesError

_LOG = logging.getLogger("pmframes")
MAX_VERSIONS = 50
MAX_COPIED = 10_000

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Action:
    """A button and a key of the grid; ``run`` gets the ids of rows: the selected ones, else the one in focus."""

    label: str
    key: str
    run: Callable[[list[int]], None]


class Session:
    """What an explorer shows, and what is selected in it; a row id is the place of a row in the frame.

    ``given`` is the frame as it was passed, ``notice`` what the page says of the last event.
    """

    def __init__(
        self, selection: Selection, view_model: ViewModel, given: pd.DataFrame, actions: tuple[Action, ...]
    ) -> None:
        self.selection = selection
        self.view_model = view_model
        self.given = given
        self.actions = actions
        self.display = Display()
        self.selected = np.zeros(len(given), dtype=bool)
        self.notice: dict[str, str] = {}
        self.version = 0
        self._versions: dict[int, State] = {}
        self._files: dict[str, Path] = {}
        self.set_state(selection.state)

    def set_state(self, state: State) -> None:
        """Show the rows of a state, from the first page on."""
        before = self.selection.state
        self.selection.set_state(state)
        if (state.filters, state.search, state.sort) != (before.filters, before.search, before.sort):
            self.display.page = 0
        self.version += 1
        self._versions[self.version] = state
        self._versions.pop(self.version - MAX_VERSIONS, None)

    def view(self) -> dict[str, Any]:
        """Return what the page shows."""
        view = self.view_model.build(self.display, self.selected)
        actions = [{"label": action.label, "key": action.key} for action in self.actions]
        return {**view, "version": self.version, "notice": self.notice, "actions": actions, "formats": [*FORMATS]}

    def handle(self, event: Event) -> dict[str, Any] | None:
        """Do what an event says; return what only its sender gets."""
        self.notice = {}
        handle = getattr(self, f"_on_{event.get('type')}", None)
        try:
            if handle is None:
                raise InvalidArgument("The page is of another version of pmframes.", "Reload it.")
            answer: dict[str, Any] | None = handle(event)
        except (PmframesError, OSError) as error:
            text = _messages.describe_os_error(error) if isinstance(error, OSError) else str(error)
            self.notice = {"text": text, "kind": "error"}
            return None
        except Exception as error:
            self.notice = {"text": "This failed. The log of the kernel says where.", "kind": "error"}
            # Not the message: it may quote a cell.
            where = "".join(traceback.format_tb(error.__traceback__))
            _LOG.error("%s in the event %s of the explorer:\n%s", type(error).__name__, event.get("type"), where)
            return None
        return answer

    def _column(self, event: Event) -> Column:
        return self.view_model.columns[event["column"]]

    def _filter_values(self, column: Column, values: list[Value], *, exclude: bool) -> None:
        row_filter = Values(column, tuple(values), exclude) if values else None
        self.set_state(self.selection.state.with_filter(column.label, row_filter))

    def _on_value(self, event: Event) -> None:
        """Check or uncheck one value; with a filter that excludes, what is unchecked is excluded."""
        column, facet, value = self._value(event)
        row_filter = self.selection.state.filters.get(column.label)
        if facet.is_presence:
            self._filter_values(column, [None] if event["checked"] else [], exclude=value is not None)
            return
        exclude = isinstance(row_filter, Values) and row_filter.exclude
        named = {*row_filter.values} if isinstance(row_filter, Values) else set()
        (named.add if event["checked"] != exclude else named.discard)(value)
        values = sorted(named, key=lambda value: (value is None, str(value)))
        self._filter_values(column, values, exclude=exclude)

    def _value(self, event: Event) -> tuple[Column, ValueFacet, Value]:
        column = self._column(event)
        facet = self.selection.facet(column)
        if not isinstance(facet, ValueFacet):
            raise InvalidArgument(f"The column {column.label} has no list of values.", "Reload the page.")
        return column, facet, facet.values[event["value"]]

    def _on_only(self, event: Event) -> None:
        """Show the rows of one value only, or with ``exclude`` all others."""
        column, facet, value = self._value(event)
        is_present = facet.is_presence and value is not None
        self._filter_values(column, [None if is_present else value], exclude=event["exclude"] != is_present)

    def _on_missing(self, event: Event) -> None:
        column = self._column(event)
        self._filter_values(column, [None] if event["checked"] else [], exclude=event["exclude"])

    def _on_range(self, event: Event) -> None:
        """Set one bound of a range, "from" or "to"; the other one stays as it is."""
        column = self._column(event)
        row_filter = self.selection.state.filters.get(column.label)
        low, high = (row_filter.low, row_filter.high) if isinstance(row_filter, Range) else (None, None)
        bounds = (event["value"], high) if event["end"] == "from" else (low, event["value"])
        is_all = bounds == (None, None)
        new = None if is_all else parse_conditions({column.label: bounds}, [column])[column.label]
        self.set_state(self.selection.state.with_filter(column.label, new))

    def _on_bins(self, event: Event) -> None:
        """Show the rows of the bins from the first to the last."""
        column, first, last = self._column(event), event["first"], event["last"]
        facet = self.selection.facet(column)
        if isinstance(facet, RangeFacet):
            low, high = facet.bounds[first], facet.bounds[last]
            row_filter = Range(
                column,
                low[0] if low and first > 0 else None,
                high[1] if high and last < len(facet.bounds) - 1 else None,
            )
            is_all = row_filter.low is None and row_filter.high is None
            self.set_state(self.selection.state.with_filter(column.label, None if is_all else row_filter))

    def _on_clear(self, event: Event) -> None:
        """Remove the filter of a column, or all filters and the search."""
        state = self.selection.state
        if event["column"] is None:
            self.set_state(replace(state, filters={}, search=""))
        else:
            self.set_state(state.with_filter(self._column(event).label, None))

    def _on_search(self, event: Event) -> None:
        self.set_state(replace(self.selection.state, search=event["text"]))

    def _on_sort(self, event: Event) -> None:
        """Sort by a column, by itself or with ``add`` beside the others; without a direction no more by it."""
        label = self._column(event).label
        keys = dict(self.selection.state.sort) if event["add"] else {}
        keys[label] = event["direction"] == "descending"
        if event["direction"] is None:
            del keys[label]
        self.set_state(replace(self.selection.state, sort=tuple(keys.items())))

    def _on_column(self, event: Event) -> None:
        """Paint a column after the others, or no more."""
        label = self._column(event).label
        others = [column.label for column in self.view_model.shown_columns if column.label != label]
        columns = tuple([*others, label] if event["checked"] else others)
        self.set_state(replace(self.selection.state, columns=columns))

    def _on_first_columns(self, event: Event) -> None:
        self.set_state(replace(self.selection.state, columns=None))

    def _on_pin(self, event: Event) -> None:
        label = self._column(event).label
        others = [one for one in self.view_model.pinned if one != label]
        pinned = tuple([*others, label] if event["checked"] else others)
        self.set_state(replace(self.selection.state, pinned=pinned))

    def _on_page(self, event: Event) -> None:
        self.display.page = max(0, event["page"])

    def _on_page_size(self, event: Event) -> None:
        first = self.display.page * self.display.page_size
        if event["size"] in PAGE_SIZES:
            self.display.page_size = event["size"]
        self.display.page = first // self.display.page_size

    def _on_tab(self, event: Event) -> None:
        self.display.tab = event["tab"]

    def _on_facet(self, event: Event) -> None:
        position, display = event["column"], self.display
        if "open" in event:
            display.unfolded[position] = event["open"]
        if "all" in event:
            (display.all_values.add if event["all"] else display.all_values.discard)(position)
        if "search" in event:
            display.value_search[position] = event["search"]

    def _on_select(self, event: Event) -> None:
        self.selected[event["rows"]] = event["checked"]

    def _on_select_shown(self, event: Event) -> None:
        """Select all rows of the version that was on the screen, whatever is shown by now."""
        state, now = self._versions.get(event["version"]), self.selection.state
        if state is None:
            raise InvalidArgument("The rows that were on the screen are no longer available.", "Select them again.")
        self.selection.set_state(state)
        self.selected[self.selection.kept] = event["checked"]
        self.selection.set_state(now)

    def _on_select_none(self, event: Event) -> None:
        self.selected[:] = False

    def places(self, which: str) -> npt.NDArray[np.intp]:
        """Return the places of the rows that are shown, in their order, or of those that are selected."""
        return np.flatnonzero(self.selected) if which == "selected" else self.selection.positions

    def _on_export(self, event: Event) -> None:
        frame = self.given.iloc[self.places(event["rows"])]
        path = export(frame, event["format"], event["rows"])
        self._files[path.name] = path.absolute()
        self.notice = {"text": f"Wrote {pluralize(len(frame), 'row')} to {path.name}", "download": path.name}

    def _on_download(self, event: Event) -> dict[str, Any]:
        return {"name": event["name"], "content": self._files[event["name"]].read_bytes()}

    def _on_copy_code(self, event: Event) -> dict[str, Any]:
        self.notice = {"text": "Copied the code"}
        return {"text": self.selection.code}

    def _on_copy_rows(self, event: Event) -> dict[str, Any]:
        places = self.places(event["rows"])
        if len(places) > MAX_COPIED:
            raise InvalidArgument(f"{len(places):,} rows are too many for the clipboard.", "Export them.")
        self.notice = {"text": f"Copied {pluralize(len(places), 'row')}"}
        return {"text": self.view_model.tsv(places)}

    def _on_cell(self, event: Event) -> dict[str, Any]:
        """Return the whole text of a cell, to be shown, or with ``copy`` to be copied."""
        heading, text = self.view_model.cell(event["column"], event["row"])
        if event["copy"]:
            self.notice = {"text": "Copied the cell"}
            return {"text": text}
        return {"cell": text, "heading": heading}

    def _on_action(self, event: Event) -> None:
        """Run an action on the rows that an event names, or else on the selected ones."""
        rows = event["rows"]
        self.actions[event["action"]].run(np.flatnonzero(self.selected).tolist() if rows is None else list(rows))
