"""Which pictures an explorer offers, and what each shows of the rows: bars that are filters, and tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from pmframes._analysis.frame_kinds import ROLES
from pmframes._analysis.roles import differences_at, fixed_cells
from pmframes._explorer import pictures
from pmframes._explorer.facets import ColumnRef, Facet, Value
from pmframes._explorer.offers import Offer
from pmframes._explorer.rows import Rows
from pmframes._explorer.state import State
from pmframes._explorer.words import NONE, as_table, readable, texts, value_text
from pmframes._frames.provenance import resource_names
from pmframes._text import format_label, pluralize

BARS = 12
MATCHES = 30
# Where the name of the resource is not what a row is.
NOUNS = {"permissions": "people on projects"}


@dataclass(frozen=True)
class BarAction:
    """A bar that is a filter: what it is called, and what a press on it does to the state."""

    name: str
    press: Callable[[State], State]


@dataclass(frozen=True)
class Drawing:
    """What is shown: a picture, whose first rows may be bars to press, or else a table as HTML."""

    picture: pictures.Picture | None = None
    html: str = ""
    bars: tuple[BarAction, ...] = ()


Drawer = Callable[[Rows, Sequence[int]], Drawing]


def drawers(offer: Offer, frame: pd.DataFrame) -> dict[str, Drawer]:
    """Give the pictures that a frame allows by their names, the one that is drawn first at the beginning.

    Each draws the rows that are shown; it also takes the positions of the ticked rows in the whole frame.
    """
    are_roles = ROLES.has_signature(frame)
    facets = [facet for facet in offer.first if facet.kind != "flag"]
    found: list[tuple[str, Drawer]] = []
    if offer.permissions:
        matrix = ("matrix", partial(_draw_matrix, offer.permissions))
        by_permission = ("by permission", partial(_draw_permissions, offer.permissions))
        found += [matrix, by_permission] if are_roles else [by_permission, matrix]
    found += [(f"by {facet.column.label}", partial(_draw_values, facet)) for facet in facets]
    if are_roles and offer.permissions:
        found.append(("difference of two roles", _draw_difference))
    if "match" in frame and "name" in frame and is_numeric_dtype(frame["match"].dtype):
        found.append(("matches", _draw_matches))
    groups = next((facet for facet in facets if facet.has_texts), None)
    found += [(f"over time: {column.label}", partial(_draw_over_time, column, groups)) for column in offer.moments]
    return dict(found)


def _draw_values(facet: Facet, rows: Rows, ticked: Sequence[int]) -> Drawing:
    """Draw a bar for each of the values with the most rows, and those that are chosen.

    Each counts as many rows as the filters of other columns keep.
    """
    chosen, counts = rows.state.choices.get(facet.column.label, ()), rows.counts(facet)
    places = _largest(counts, [value in chosen for value in facet.values])
    bars, presses = [], []
    for place in places:
        value = facet.values[place]
        bars.append(pictures.ValueBar(value_text(facet, value), counts[place], value in chosen))
        presses.append(BarAction(_said(bars[-1]), _toggle(facet, value)))
    picture = pictures.bars(_title(rows, facet.column), bars, _others(counts, places))
    return Drawing(picture, bars=tuple(presses))


def _draw_permissions(permissions: Sequence[Facet], rows: Rows, ticked: Sequence[int]) -> Drawing:
    """Draw to how many rows each permission is granted.

    They are those that are rarest in the whole frame, so that no filter moves a bar.
    """
    counts = [flag.counts(rows.kept)[0] for flag in permissions]
    labels = [flag.column.label for flag in permissions]
    chosen = [rows.state.choices.get(label) == (True,) for label in labels]
    everyone = np.ones(len(rows.whole), dtype=bool)
    places = _rarest([flag.counts(everyone)[0] for flag in permissions], chosen)
    bars = [pictures.ValueBar(labels[place], counts[place], chosen[place]) for place in places]
    presses = [BarAction(_said(bar), _grant(labels[place])) for bar, place in zip(bars, places, strict=True)]
    title, left = f"{noun(rows.whole).capitalize()} by what is granted", len(counts) - len(places)
    note = f"The rarest first, counted over all {len(rows.whole):,} rows"
    note += f"; {pluralize(left, 'other permission')} not drawn." if left else "."
    return Drawing(pictures.bars(title, bars, note=note), bars=tuple(presses))


def _draw_matrix(flags: Sequence[Facet], rows: Rows, ticked: Sequence[int]) -> Drawing:
    """Draw which of the first rows holds which permission."""
    shown_rows = rows.frame
    permissions = shown_rows.iloc[:, [flag.column.position for flag in flags]]
    names = texts(shown_rows.get("name", shown_rows.index.to_series()), missing=NONE)
    title = f"{noun(rows.whole).capitalize()} and their permissions"
    locked = fixed_cells(shown_rows, map(str, permissions)) if ROLES.has_signature(rows.whole) else None
    return Drawing(pictures.matrix(title, names, permissions, locked))


def _draw_over_time(column: ColumnRef, groups: Facet | None, rows: Rows, ticked: Sequence[int]) -> Drawing:
    """Draw how many rows there are of each time, parted by the first thing to choose by."""
    shown_rows = rows.frame
    values = None if groups is None else groups.column.of(shown_rows)
    return Drawing(pictures.over_time(_title(rows, column), column.of(shown_rows), values))


def _draw_difference(rows: Rows, ticked: Sequence[int]) -> Drawing:
    """Draw the permissions in which the two ticked roles differ."""
    if len(ticked) != 2:
        now = f" Ticked now: {len(ticked):,}." if ticked else ""
        return Drawing(html=f"<p>Tick two roles in the grid, and see here how they differ.{now}</p>")
    table = differences_at(rows.whole, *ticked)
    if table.empty:
        return Drawing(html="<p>These two roles do not differ in what they are granted.</p>")
    return Drawing(html=as_table(readable(table)))


def _draw_matches(rows: Rows, ticked: Sequence[int]) -> Drawing:
    """Draw which customers may be one and the same: a line for each group of which a row is shown."""
    codes, numbers = pd.factorize(rows.whole["match"], sort=True)
    groups = np.unique(codes[rows.kept & (codes >= 0)])
    said = f"<p>{pluralize(len(groups), 'suggestion')}, by names that are alike"
    said += f"; the first {MATCHES}:</p>" if len(groups) > MATCHES else "</p>"
    lines = [_match(numbers[group], rows.whole.iloc[codes == group]) for group in groups[:MATCHES]]
    table = pd.DataFrame(lines, columns=["match", "rows", "names"])
    return Drawing(html=said + as_table(readable(table)))


def _title(rows: Rows, column: ColumnRef) -> str:
    return f"{noun(rows.whole).capitalize()} by {format_label(column.name)}"


def noun(frame: pd.DataFrame) -> str:
    """Say what the rows of a frame are."""
    kinds = resource_names(frame)
    if kinds == {"customers", "clients"}:
        return "customers"
    kind = kinds.pop() if len(kinds) == 1 else "rows"
    return NOUNS.get(kind, kind.replace("_", " "))


def _rarest(counts: Sequence[int], chosen: Sequence[bool]) -> list[int]:
    """Find what few hold, which is what deserves a look; what nobody holds comes last."""
    order = sorted(range(len(counts)), key=lambda place: (not counts[place], counts[place]))
    drawn = set(sorted(order, key=lambda place: not chosen[place])[:BARS])
    return [place for place in order if place in drawn]


def _largest(counts: Sequence[int], chosen: Sequence[bool]) -> list[int]:
    worth = [place for place, count in enumerate(counts) if count or chosen[place]]
    return sorted(sorted(worth, key=lambda place: (not chosen[place], -counts[place]))[:BARS])


def _others(counts: Sequence[int], places: Sequence[int]) -> tuple[int, int] | None:
    left = [count for place, count in enumerate(counts) if count and place not in places]
    return (len(left), sum(left)) if left else None


def _said(bar: pictures.ValueBar) -> str:
    return f"{bar.label}: {bar.count:,}{', chosen' if bar.chosen else ''}"


def _toggle(facet: Facet, value: Value) -> Callable[[State], State]:
    def press(state: State) -> State:
        chosen = {*state.choices.get(facet.column.label, ())} ^ {value}
        return state.choose(facet.column.label, tuple(one for one in facet.values if one in chosen))

    return press


def _grant(label: str) -> Callable[[State], State]:
    def press(state: State) -> State:
        return state.choose(label, () if state.choices.get(label) == (True,) else (True,))

    return press


def _match(number: object, group: pd.DataFrame) -> tuple[object, int, str]:
    names = texts(group["name"], missing=NONE)
    services = texts(group["service"]) if "service" in group else [""] * len(group)
    pairs = zip(names, services, strict=True)
    said = "; ".join(f"{name} ({service})" if service else name for name, service in pairs)
    return number, len(group), said
