"""The controls of an explorer: each shows a part of the state, and says what changes when someone uses it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from html import escape
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]

from pmframes._explorer.facets import ColumnRef, Facet, Value
from pmframes._explorer.rows import Rows
from pmframes._explorer.showing import Showing
from pmframes._explorer.state import Change, State
from pmframes._explorer.words import GRANTS, value_label, value_text
from pmframes._html import NO_FORMULAS
from pmframes._text import fold, format_label

ROWS_OF_LIST = 6
SEARCHED_FROM = 13
# Above that a list is searched rather than read, and sending it would hold up the grid.
MOST_LISTED = 300
ALL = -1


class Listed:
    """A list of which several things can be chosen, with "all" on top, and a search where it is long."""

    def __init__(self, name: str, length: int, chosen: Callable[[tuple[int, ...]], None]) -> None:
        self._say = chosen
        self._labels: list[str] = []
        self._chosen: tuple[int, ...] = ()
        self._showing = Showing()
        self._list = widgets.SelectMultiple(rows=min(length + 1, ROWS_OF_LIST), **named(name))
        self._list.observe(self._on_list, names="value")
        self._search = widgets.Text(placeholder=f"search in {length:,}", **named(f"search in {format_label(name)}"))
        self._search.observe(lambda change: self._fill(), names="value")
        self._search.add_class("pmframes-list-search")
        searched = [self._search] if length >= SEARCHED_FROM else []
        self.widget = widgets.VBox([self._list, *searched])

    def show(self, labels: list[str], chosen: tuple[int, ...]) -> None:
        """Show these labels, those at the places ``chosen`` as chosen; the first label is "all"."""
        self._labels, self._chosen = labels, chosen
        self._fill()

    def _fill(self) -> None:
        options = [(self._labels[place + 1], place) for place in self._listed()]
        with self._showing, self._list.hold_sync():
            if tuple(self._list.options) != tuple(options):
                self._list.options = options
            self._list.value = self._chosen or (ALL,)

    def _listed(self) -> Iterator[int]:
        wanted, left, chosen = fold(self._search.value), MOST_LISTED, set(self._chosen)
        yield ALL
        for place, label in enumerate(self._labels[1:]):
            found = left > 0 and wanted in fold(label)
            left -= found
            if found or place in chosen:
                yield place

    def _on_list(self, change: Any) -> None:
        if self._showing:
            return
        had_all, has_all = ALL in change["old"], ALL in change["new"]
        places = tuple(sorted(place for place in change["new"] if place != ALL))
        self._say(() if has_all and not had_all else places)


class FacetControl:
    """The values of one column."""

    def __init__(self, facet: Facet, rows: Rows, change: Change) -> None:
        self._facet = facet
        self._change = change
        self._listed = Listed(facet.column.label, len(rows.offered(facet)), self._chosen)
        self.widget = self._listed.widget

    def show(self, rows: Rows) -> None:
        """Show how many rows each value would keep, and which are chosen."""
        offered = rows.offered(self._facet)
        labels = [value_label(value_text(self._facet, value), count) for value, count in offered]
        values = self._facet.values
        chosen = tuple(values.index(value) for value in rows.state.choices.get(self._facet.column.label, ()))
        self._listed.show([value_label("all", sum(count for _, count in offered)), *labels], chosen)

    def _chosen(self, places: tuple[int, ...]) -> None:
        values = tuple(self._facet.values[place] for place in places)
        self._change(lambda state: state.choose(self._facet.column.label, values))


class PermissionControl:
    """All permissions in one list: those chosen are all granted, or all not granted, or all not sent."""

    def __init__(self, permissions: Sequence[Facet], change: Change) -> None:
        self._permissions = permissions
        self._change = change
        options = [(text, value) for value, text in GRANTS.items()]
        self._grant = widgets.Dropdown(options=options, **named("permissions that are"))
        self._grant.observe(lambda _: self._change(lambda state: state), names="value")
        self._listed = Listed("permissions", len(permissions), self._chosen)
        self.widget = widgets.VBox([self._grant, self._listed.widget])

    def show(self, rows: Rows) -> None:
        """Show how many rows hold each permission in this way, and which are chosen in this way."""
        grant, labels, chosen = self._grant.value, [], []
        for place, flag in enumerate(self._permissions):
            count = flag.counts(rows.kept)[flag.values.index(grant)]
            labels.append(value_label(format_label(flag.column.name), count))
            if rows.state.choices.get(flag.column.label) == (grant,):
                chosen.append(place)
        self._listed.show([f"any of {len(labels)}", *labels], tuple(chosen))

    def _chosen(self, places: tuple[int, ...]) -> None:
        wanted: tuple[Value, ...] = (self._grant.value,)

        def changed(state: State) -> State:
            for place, flag in enumerate(self._permissions):
                label = flag.column.label
                if place in places:
                    state = state.choose(label, wanted)
                elif state.choices.get(label) == wanted:
                    state = state.choose(label, ())
            return state

        self._change(changed)


class DaysControl:
    """The first and the last day of a column of moments."""

    def __init__(self, column: ColumnRef, change: Change) -> None:
        self._column = column
        self._change = change
        self._showing = Showing()
        # Browsers would take years of six digits, which Python has no dates for.
        self._first = widgets.DatePicker(max=date.max, **named(f"{format_label(column.name)} from"))
        self._last = widgets.DatePicker(max=date.max, **named(f"{format_label(column.name)} to"))
        for picker in (self._first, self._last):
            picker.observe(self._chosen, names="value")
        self.widget = widgets.VBox([self._first, self._last])

    def show(self, rows: Rows) -> None:
        """Show the days that are chosen."""
        with self._showing:
            self._first.value, self._last.value = rows.state.dates.get(self._column.label, (None, None))

    def _chosen(self, change: object) -> None:
        if not self._showing:
            first, last = self._first.value, self._last.value
            self._change(lambda state: state.between(self._column.label, first, last))


Control = FacetControl | PermissionControl | DaysControl


def named(name: object) -> dict[str, Any]:
    """Give a control its visible name, which is also its accessible one."""
    return {
        "description": f'<span class="{NO_FORMULAS}">{escape(format_label(name))}</span>',
        "description_allow_html": True,
        "tooltip": format_label(name),
    }
