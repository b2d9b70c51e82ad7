"""What an explorer shows beside the grid: a matrix of permissions, differences, rows over time, and matches."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from pmframes._analysis.frame_kinds import ROLES
from pmframes._analysis.roles import differences_at, fixed_cells
from pmframes._cell_text import display_cell, is_missing
from pmframes._explorer.columns import Column
from pmframes._explorer.facets import RangeFacet
from pmframes._explorer.selection import Selection
from pmframes._text import pluralize, service_title

MAX_ROWS = 40
MAX_PERMISSIONS = 200
MAX_MATCHES = 30
MARKS = {"granted": "●", "not granted": "○", "unknown": "?"}


# A title, and what builds tables of the rows that are shown and of the places of the selected ones.
Tab = tuple[str, Callable[[Selection, Sequence[int]], list[dict[str, Any]]]]


def find_tabs(
    columns: Sequence[Column], headings: Sequence[str], frame: pd.DataFrame, permissions: Sequence[Column]
) -> dict[str, Tab]:
    """Return the tabs that fit a frame, by their ids."""
    tabs: dict[str, Tab] = {}
    if permissions:
        tabs["matrix"] = ("Permissions", lambda rows, selected: _matrix(rows, headings, permissions))
    if permissions and ROLES.has_signature(frame):
        tabs["differences"] = ("Differences", _differences)
    if "match" in frame and "name" in frame and is_numeric_dtype(frame["match"].dtype):
        tabs["matches"] = ("Matches", _matches)
    times = [column for column in columns if column.kind == "time" and column.of(frame).notna().any()]
    if times:
        tabs["time"] = ("Over time", lambda rows, selected: _over_time(rows, headings, times))
    return tabs


def _table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[dict[str, Any]]]) -> dict[str, Any]:
    return {"caption": caption, "columns": list(columns), "rows": [list(row) for row in rows]}


def _cell(value: object) -> dict[str, str]:
    return {"text": display_cell(value)}


def _mark(name: str) -> dict[str, str]:
    return {"text": MARKS[name], "title": name, "mark": name.replace(" ", "-")}


def _matrix(rows: Selection, headings: Sequence[str], permissions: Sequence[Column]) -> list[dict[str, Any]]:
    """Tabulate which of the first rows has which permission: a line for each permission."""
    places, columns = rows.positions[:MAX_ROWS], permissions[:MAX_PERMISSIONS]
    shown = rows.frame.iloc[places]
    names = [display_cell(name, missing="(none)") for name in shown.get("name", shown.index.to_series())]
    locked = fixed_cells(shown, [column.label for column in columns]) if ROLES.has_signature(rows.frame) else None
    lines = []
    for at, column in enumerate(columns):
        values = np.asarray(column.of(shown).array, dtype=object)
        is_locked = [False] * len(shown) if locked is None else locked[:, at]
        marks = [_mark(_state(value)) for value in values]
        for mark, fixed in zip(marks, is_locked, strict=True):
            if fixed:
                mark |= {"title": f"{mark['title']}, locked", "mark": f"{mark['mark']} locked"}
        lines.append([{"text": headings[column.position], "title": column.label}, *marks])
    caption = pluralize(len(permissions), "permission")
    caption += f", the first {MAX_PERMISSIONS} shown" if len(permissions) > MAX_PERMISSIONS else ""
    caption += f" · the first {len(places):,} of {rows.count:,} rows" if rows.count > len(places) else ""
    legend = [*map(_mark, MARKS)]
    legend += [] if locked is None else [{"text": "●", "mark": "granted locked", "title": "cannot be changed"}]
    return [{**_table(caption, ["Permission", *names], lines), "legend": legend}]


def _state(value: object) -> str:
    return "unknown" if is_missing(value) else "granted" if value else "not granted"


def _differences(rows: Selection, selected: Sequence[int]) -> list[dict[str, Any]]:
    """Tabulate the permissions in which the two selected roles differ."""
    if len(selected) != 2:
        return [_table(f"Select two roles in the table to compare them. Selected now: {len(selected):,}.", [], [])]
    table = differences_at(rows.frame, *selected)
    if table.empty:
        return [_table("These two roles grant the same.", [], [])]
    names = [display_cell(name) for name in table.columns[1:-1]]
    lines = [
        [
            _mark(_state(value)) if isinstance(value, bool | np.bool_) or value is pd.NA else _cell(value)
            for value in (name, *line)
        ]
        for name, *line in table.itertuples(name=None)
    ]
    return [_table(pluralize(len(table), "difference"), ["Permission", "Description", *names, "Locked in"], lines)]


def _over_time(rows: Selection, headings: Sequence[str], times: Sequence[Column]) -> list[dict[str, Any]]:
    """Count the rows of each day, month, quarter or year, for each column of times."""
    tables = []
    for column in times:
        facet = rows.facet(column)
        if isinstance(facet, RangeFacet):
            *counts, missing = facet.counts(rows.kept)
            caption = f"{headings[column.position]}: {sum(counts):,} with a date, {missing:,} without"
            largest = max(1, *counts)
            lines: list[list[dict[str, Any]]] = [
                [{"text": label}, {"text": f"{count:,}", "share": 100 * count / largest}]
                for label, count in zip(facet.labels, counts, strict=True)
            ]
            tables.append(_table(caption, [headings[column.position], "Rows"], lines))
    return tables


def _matches(rows: Selection, selected: Sequence[int]) -> list[dict[str, Any]]:
    """Set the rows that may be the same customer side by side: a line for each match of which a row is shown."""
    frame = rows.frame
    codes, numbers = pd.factorize(frame["match"], sort=True)
    groups = np.unique(codes[rows.kept & (codes >= 0)])
    services = (
        frame["service"].astype(object).fillna("No service") if "service" in frame else pd.Series("Names", frame.index)
    )
    known = [*dict.fromkeys(services)]
    lines = []
    for group in groups[:MAX_MATCHES]:
        is_in = codes == group
        names = [display_cell(name, missing="(none)") for name in frame["name"][is_in]]
        pairs = [*zip(services[is_in], names, strict=True)]
        cells = ["; ".join(name for service, name in pairs if service == wanted) for wanted in known]
        lines.append([_cell(numbers[group]), *map(_cell, cells)])
    caption = pluralize(len(groups), "suggestion") + ", by names that are alike"
    caption += f"; the first {MAX_MATCHES}" if len(groups) > MAX_MATCHES else ""
    return [_table(caption, ["Match", *[service_title(display_cell(one)) for one in known]], lines)]
