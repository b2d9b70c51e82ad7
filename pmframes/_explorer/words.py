"""The text of what is shown: cells, choices, and the line that says how much and where from."""

from collections.abc import Hashable, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from pmframes._cell_text import display_cell, format_cell
from pmframes._explorer.facets import Facet, Mask, Value
from pmframes._frames import provenance
from pmframes._text import format_label, format_time
from pmframes._writers.cells import index_levels

NONE = "(none)"
FLAGS: dict[Value, str] = {True: "yes", False: "no", None: "not known"}
GRANTS: dict[Value, str] = {True: "granted", False: "not granted", None: "not sent"}


def readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Write a frame as a table of text: ids keep every digit, what is missing is empty."""
    levels = index_levels(frame)
    columns = [frame.iloc[:, position] for position in range(len(frame.columns))]
    names = [format_label(level.name, missing="") for level in levels]
    labels = [*names, *map(format_label, frame.columns)]
    cells = dict(enumerate(texts(column) for column in [*levels, *columns]))
    return pd.DataFrame(cells, dtype=object).set_axis(labels, axis="columns")


def as_table(table: pd.DataFrame) -> str:
    """Write a table of text as HTML."""
    heads = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in table.columns)
    lines = table.itertuples(index=False, name=None)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in lines)
    return f'<table class="pmframes-table"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def texts(column: Any, missing: str = "") -> list[str]:
    """Write each value of a column as text; ``missing`` stands for what is not there."""
    values = np.asarray(column.array, dtype=object).tolist()
    return [display_cell(value, missing=missing) for value in values]


def value_text(facet: Facet, value: Value) -> str:
    """Name a value that can be chosen."""
    if facet.kind == "flag":
        return FLAGS[value]
    if facet.kind == "presence":
        return "with" if value else "without"
    return display_cell(value, missing=NONE)


def value_label(text: str, rows: int) -> str:
    """Put the number of rows that a value would keep behind its name."""
    return f"{isolated(text)} ({rows:,})"


def isolated(text: str) -> str:
    """Mark a name off from the number beside it, which one written from right to left would carry away."""
    return text if text.isascii() else f"\u2068{text}\u2069"


def shown_of(rows: int, of: int) -> str:
    """Say how many rows are shown."""
    return f"{rows:,} of {of:,} shown"


def origin(frame: pd.DataFrame) -> str:
    """Say where a frame came from, and whether that is fictional; empty if pmframes does not know."""
    found = [_source(source) for source in provenance.read_sources(frame)]
    return " · ".join([*found, *(["fictional data"] if provenance.is_fictional(frame) else [])])


def _source(source: provenance.Source) -> str:
    fetched = format_time(source.fetched_at)
    return f"from {source.title}, fetched {fetched}" if fetched else f"from {source.title}"


def empty_columns(frame: pd.DataFrame) -> Mask:
    """Say of each column whether no row has anything to read in it; of none if that is so of all."""
    empty = [not any(map(format_cell, column.dropna())) for _, column in frame.items()]
    return np.array(empty, dtype=bool) & (not all(empty))


def empty_said(names: Sequence[Hashable]) -> str:
    """Name the columns without any value."""
    return f"without any value: {', '.join(map(format_label, names))}"


def status(rows: int, frame: pd.DataFrame, ticked: int, ticked_shown: int) -> str:
    """Write the line above the grid as HTML."""
    said = [f"<b>{shown_of(rows, len(frame))}</b>"]
    if not rows:
        said.append("no row matches")
    if ticked:
        hidden = f", {ticked - ticked_shown:,} of them not shown" if ticked > ticked_shown else ""
        said.append(f"{ticked:,} ticked{hidden}")
    if where_from := origin(frame):
        said.append(escape(where_from))
    return " · ".join(said)
