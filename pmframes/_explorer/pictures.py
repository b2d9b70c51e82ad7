"""The pictures of an explorer: data in, a picture and its words out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from pmframes._cell_text import display_cell, format_cell
from pmframes._explorer.lettering import SMALL, fitted, width_of
from pmframes._explorer.moments import Spread, spread
from pmframes._explorer.sheet import MARGIN, RULE, WIDTH, Look, Picture, Sheet
from pmframes._explorer.words import NONE, isolated
from pmframes._text import pluralize
from pmframes.plot._matrix import classify_cells, format_state, marker_style

__all__ = ["ROW", "TOP", "Picture", "ValueBar", "bars", "matrix", "over_time"]

# Row i of a picture of bars covers the pixels from TOP + i * ROW to TOP + (i + 1) * ROW.
TOP, ROW = 32, 24

_NOTHING = "nothing to show"
_LABELS, _BARS, _BARS_END = 26, 212, WIDTH - 92
_FULL, _HOLLOW, _HATCHED = Look("#0072B2"), Look("white"), Look("white", "/////")
_GROUPS = (
    Look("#0072B2"),
    Look("white", "//////"),
    Look("#BFDDF0", "....."),
    Look("#E69F00", "xxxxx"),
    Look("white", "-----"),
)
_OTHERS = Look("white")
_LEFT, _RIGHT, _TALL = 64, WIDTH - 28, 150
_LEGEND_COLUMNS, _LEGEND_ROW = 3, 20
_DRAWN, _LINES, _CELL, _NAMES_ROOM, _PERMISSIONS_ROOM = 40, 80, 18, 130, 220
_SCALE = 0.45


@dataclass(frozen=True)
class ValueBar:
    """A value, how many rows have it, and whether it is chosen."""

    label: str
    count: int
    chosen: bool


def bars(title: str, found: Sequence[ValueBar], others: tuple[int, int] | None = None, note: str = "") -> Picture:
    """Draw a bar for each value, and one for how many other values there are and how many rows have them.

    ``note`` is one line below, which says why these.
    """
    if not found and others is None:
        return _nothing(title)
    rest = [] if others is None else [ValueBar(pluralize(others[0], "other"), others[1], chosen=False)]
    rows = [*found, *rest]
    most = max(1, *(one.count for one in rows))
    sheet = Sheet(title, TOP + ROW * (len(rows) + bool(note)) + MARGIN)
    any_chosen = any(one.chosen for one in found)
    looks = [*(_FULL if one.chosen or not any_chosen else _HOLLOW for one in found), *(_HATCHED for _ in rest)]
    for place, (one, look) in enumerate(zip(rows, looks, strict=True)):
        _draw_bar(sheet, TOP + ROW * place, one, look, one.count / most)
    sheet.write(note, MARGIN, TOP + ROW * len(rows) + 16)
    return sheet.picture(" ".join(filter(None, [_bars_text(title, rows), note])))


def _draw_bar(sheet: Sheet, top: int, one: ValueBar, look: Look, share: float) -> None:
    base, end = top + 16, _BARS + max(1, share * (_BARS_END - _BARS)) if one.count else _BARS
    weight = "bold" if one.chosen else "normal"
    if one.chosen:
        sheet.draw_line([MARGIN + 1, MARGIN + 5, MARGIN + 12], [top + 12, top + 16, top + 7], width=2)
    sheet.write(fitted(one.label, _BARS - _LABELS - 8, weight=weight), _LABELS, base, weight=weight)
    if one.count:
        sheet.fill([(_BARS, top + 4, end, top + ROW - 4)], look)
    sheet.write(f"{one.count:,}", end + 6, base)


def _bars_text(title: str, rows: Sequence[ValueBar]) -> str:
    numbers = [f"{_said(one.label)}: {one.count:,}{', chosen' if one.chosen else ''}" for one in rows]
    return f"{_said(title)}. {'; '.join(numbers)}. Together {sum(one.count for one in rows):,}."


@dataclass(frozen=True)
class _StackedGroup:
    """One group of rows: what it is called, how it looks, and how many there are in each column."""

    label: str
    look: Look
    counts: np.ndarray

    @property
    def total(self) -> int:
        return int(self.counts.sum())


def over_time(title: str, moments: pd.Series, groups: pd.Series | None) -> Picture:
    """Draw how many rows there are in each day, month, quarter or year, those of a group in one look."""
    undated = f"{int(moments.isna().sum()):,} without a date"
    if moments.isna().all():
        return _nothing(title, undated)
    found = spread(moments)
    by_unit = f", by {found.unit.name}"
    stacked = _groups(found, groups)
    top = TOP + MARGIN + (0 if groups is None else _LEGEND_ROW * -(-len(stacked) // _LEGEND_COLUMNS))
    sheet = Sheet(title, top + _TALL + 52, tail=by_unit)
    _draw_scale(sheet, top, stacked)
    _draw_columns(sheet, top, found, stacked)
    if groups is not None:
        _draw_legend(sheet, stacked)
    note = f"{sum(one.total for one in stacked):,} with a date, {undated}"
    sheet.write(note, MARGIN, top + _TALL + 42)
    return sheet.picture(f"{_said(title)}{by_unit}. {_time_text(found, stacked)} {note}.")


def _groups(found: Spread, groups: pd.Series | None) -> list[_StackedGroup]:
    """Part the rows that have a date into groups, the largest first, all after the fifth in one."""
    if groups is None:
        return [_StackedGroup("", _FULL, _table(found, np.zeros(len(found.places), dtype=int), 1)[0])]
    codes, values = pd.factorize(groups)
    # The code of a missing value is -1, which is the last name.
    names = [*map(display_cell, values), NONE]
    table = _table(found, codes % len(names), len(names))
    order = np.argsort(-table.sum(axis=1), kind="stable")
    order = order[table.sum(axis=1)[order] > 0]
    first, rest = order[: len(_GROUPS)], order[len(_GROUPS) :]
    named = [_StackedGroup(names[place], look, table[place]) for place, look in zip(first, _GROUPS, strict=False)]
    others = _StackedGroup(pluralize(len(rest), "other"), _OTHERS, table[rest].sum(axis=0))
    return [*named, *([others] if len(rest) else [])]


def _table(found: Spread, codes: np.ndarray, groups: int) -> np.ndarray:
    """Count rows by group and column."""
    dated = found.places >= 0
    cells = codes[dated] * len(found.labels) + found.places[dated]
    return np.bincount(cells, minlength=groups * len(found.labels)).reshape(groups, len(found.labels))


def _scale(stacked: Sequence[_StackedGroup]) -> list[int]:
    """Give the round numbers beside the columns, from 0 to the tallest column or above."""
    tallest = float(np.sum([one.counts for one in stacked], axis=0).max())
    return [int(one) for one in MaxNLocator(3, integer=True, steps=[1, 2, 5, 10]).tick_values(0, tallest)]


def _draw_scale(sheet: Sheet, top: int, stacked: Sequence[_StackedGroup]) -> None:
    numbers = _scale(stacked)
    for number in numbers:
        y = top + _TALL * (1 - number / numbers[-1])
        sheet.draw_line([_LEFT, _RIGHT], [y, y], width=1, color=RULE)
        text = f"{number:,}"
        sheet.write(text, _LEFT - 6 - width_of(text, SMALL), y + 4, SMALL)


def _draw_columns(sheet: Sheet, top: int, found: Spread, stacked: Sequence[_StackedGroup]) -> None:
    step = (_RIGHT - _LEFT) / len(found.labels)
    middles = _LEFT + step * (np.arange(len(found.labels)) + 0.5)
    half = min(0.4 * step, 24)
    low, pixels = np.full(len(found.labels), float(top + _TALL)), _TALL / _scale(stacked)[-1]
    for one in stacked:
        high = low - one.counts * pixels
        corners = np.column_stack([middles - half, high, middles + half, low])
        sheet.fill(corners[one.counts > 0].tolist(), one.look)
        low = high
    _draw_dates(sheet, top + _TALL + 16, found.labels, middles)


def _draw_dates(sheet: Sheet, base: int, labels: Sequence[str], middles: np.ndarray) -> None:
    apart = max(width_of(label, SMALL) for label in labels) + MARGIN
    every = ceil(apart * len(labels) / (_RIGHT - _LEFT))
    for label, middle in zip(labels[::every], middles[::every], strict=True):
        wide = width_of(label, SMALL)
        sheet.write(label, min(middle - wide / 2, WIDTH - MARGIN - wide), base, SMALL)


def _draw_legend(sheet: Sheet, stacked: Sequence[_StackedGroup]) -> None:
    room = (WIDTH - 2 * MARGIN) // _LEGEND_COLUMNS
    for place, one in enumerate(stacked):
        left = MARGIN + place % _LEGEND_COLUMNS * room
        base = TOP + place // _LEGEND_COLUMNS * _LEGEND_ROW + 10
        number = f"{one.total:,}"
        name = fitted(one.label, room - 44 - width_of(number))
        sheet.fill([(left, base - 11, left + 22, base + 1)], one.look)
        sheet.write(name, left + 28, base)
        sheet.write(number, left + 34 + width_of(name), base)


def _time_text(found: Spread, stacked: Sequence[_StackedGroup]) -> str:
    numbers = [
        f"{label}: {sum(one.counts[place] for one in stacked):,}{_parts(place, stacked)}"
        for place, label in enumerate(found.labels)
    ]
    return "; ".join(numbers) + "."


def _parts(place: int, stacked: Sequence[_StackedGroup]) -> str:
    parts = [f"{_said(one.label)} {one.counts[place]:,}" for one in stacked if one.label and one.counts[place]]
    return f" ({', '.join(parts)})" if parts else ""


@dataclass(frozen=True)
class _Axis:
    """The columns or the lines of a matrix: what is written at each, and where the first begins."""

    labels: Sequence[str]
    start: int

    @property
    def end(self) -> int:
        return self.start + _CELL * len(self.labels)

    @property
    def middles(self) -> np.ndarray:
        return self.start + _CELL * (np.arange(len(self.labels)) + 0.5)


def matrix(title: str, names: Sequence[str], permissions: pd.DataFrame, locked: np.ndarray | None) -> Picture:
    """Draw which row has which permission, and what is locked: a column for each of the first rows.

    The words count all permissions, of which the first have a line.
    """
    if permissions.empty:
        return _nothing(title)
    heads = [fitted(name, _NAMES_ROOM) for name in names[:_DRAWN]]
    labels = [fitted(name, _PERMISSIONS_ROOM) for name in permissions.columns[:_LINES]]
    columns = _Axis(heads, int(2 * MARGIN + max(map(width_of, labels))))
    lines = _Axis(labels, int(TOP + MARGIN + max(map(width_of, heads))))
    states = classify_cells(permissions[:_DRAWN], None if locked is None else locked[:_DRAWN])
    part = _part(permissions)
    height = lines.end + MARGIN + (ROW if locked is None else 2 * ROW)
    sheet = Sheet(title, height, max(WIDTH, columns.end + MARGIN), tail=part)
    _draw_matrix(sheet, columns, lines, {state: where[:, :_LINES] for state, where in states.items()})
    return sheet.picture(". ".join([_said(title) + part, *_sentences(names, states)]) + ".")


def _part(permissions: pd.DataFrame) -> str:
    rows, columns = permissions.shape
    drawn = f": the first {_DRAWN:,} of {rows:,}" if rows > _DRAWN else ""
    return f"{drawn}, {_LINES} of {columns:,} permissions" if columns > _LINES else drawn


def _draw_matrix(sheet: Sheet, columns: _Axis, lines: _Axis, states: dict[str, np.ndarray]) -> None:
    for name, middle in zip(columns.labels, columns.middles, strict=True):
        sheet.write(name, middle + 4, lines.start - 4, upward=True)
        sheet.draw_line([middle, middle], [lines.start, lines.end], width=1, color=RULE)
    for name, middle in zip(lines.labels, lines.middles, strict=True):
        sheet.write(name, columns.start - MARGIN - width_of(name), middle + 4)
        sheet.draw_line([columns.start, columns.end], [middle, middle], width=1, color=RULE)
    axes = sheet.axes()
    left, middle = 2.0 * MARGIN, lines.end + MARGIN + ROW / 2
    for name, where in states.items():
        across, down = where.nonzero()
        style = marker_style(name, _SCALE)
        axes.scatter(columns.middles[across], lines.middles[down], **style)
        label = format_state(name, where)
        axes.scatter([left], [middle], **style)
        sheet.write(label, left + 12, middle + 4)
        left += width_of(label) + 42
    if "locked" in states:
        sheet.write("locked: cannot be modified", MARGIN, middle + ROW + 4)


def _sentences(names: Sequence[str], states: dict[str, np.ndarray]) -> Iterator[str]:
    permissions = states["granted"].shape[1]
    numbers = {name: where.sum(axis=1) for name, where in states.items()}
    for place, name in enumerate(names[:_DRAWN]):
        locked = f", {numbers['locked'][place]:,} locked" if "locked" in numbers else ""
        granted, unknown = numbers["granted"][place], numbers["unknown"][place]
        yield f"{_said(name)}: {granted:,} of {permissions:,} granted, {unknown:,} unknown{locked}"


def _nothing(title: str, note: str = "") -> Picture:
    sheet = Sheet(title, TOP + 2 * ROW)
    told = ", ".join(filter(None, [_NOTHING, note]))
    sheet.write(told, MARGIN, TOP + ROW)
    return sheet.picture(f"{_said(title)}: {told}.")


def _said(name: str) -> str:
    """Write a name within a text: on one line, and quoted if there is nothing to read."""
    return isolated(" ".join(format_cell(name).split())) or '""'
