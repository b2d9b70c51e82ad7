"""The text of what is shown: cells, choices, and the line that says how much and where from."""

from html import escape
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_integer_dtype

from pmframes.explorer.filters import Choice, IsMissing
from pmframes.frames import provenance

NONE = "(none)"


def shown(value: object) -> str:
    """Write one value as text; the items of a list are parted by commas."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return ", ".join(shown(item) for item in value)
    # Half of a surrogate pair cannot be sent to a browser.
    return str(value).encode("utf-8", "replace").decode("utf-8")


def readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Write a frame as a table of text: ids keep every digit, what is missing is empty."""
    parts = [(shown(name), column) for name, column in frame.items()]
    if not _is_row_number(frame.index):
        levels = [frame.index.get_level_values(level) for level in range(frame.index.nlevels)]
        parts = [
            ("" if level.name is None else shown(level.name), level.to_series()) for level in levels
        ] + parts
    texts = {place: _texts(column) for place, (_, column) in enumerate(parts)}
    table = pd.DataFrame(texts, dtype=object)
    return table.set_axis([name for name, _ in parts], axis="columns")


def _is_row_number(index: pd.Index) -> bool:
    return index.nlevels == 1 and index.name is None and is_integer_dtype(index.dtype)


def _texts(column: pd.Series) -> list[str]:
    values = zip(column.astype(object).tolist(), column.isna().tolist(), strict=True)
    return ["" if missing else shown(value) for value, missing in values]


def choice_label(choice: Choice, rows: int) -> str:
    """Name a choice and the rows it would keep."""
    text = NONE if isinstance(choice, IsMissing) else shown(choice.value)
    if not text.isascii():
        # Isolated, so that a name written from right to left does not carry the number away.
        text = f"\u2068{text}\u2069"
    return f"{text} ({rows:,})"


def counted(rows: int, of: int) -> str:
    """Say how many rows are shown."""
    return f"{rows:,} of {of:,} shown"


def origin(frame: pd.DataFrame) -> str:
    """Say where a frame came from, and whether that is fictional; empty if pmframes does not know."""
    found = [_source(one) for one in provenance.sources(frame)["sources"]]
    return " · ".join([*found, *(["fictional data"] if provenance.is_fictional(frame) else [])])


def _source(one: dict[str, Any]) -> str:
    what = " ".join(shown(one[key]) for key in ("service", "resource") if key in one)
    fetched = shown(one.get("fetched_at", ""))[:16].replace("T", " ")
    return f"from {what}, fetched {fetched} UTC" if fetched else f"from {what}"


def status(rows: int, frame: pd.DataFrame, in_grid: int) -> str:
    """Write the line above the grid as HTML."""
    said = [f"<b>{counted(rows, len(frame))}</b>"]
    if rows > in_grid:
        said.append(f"the grid holds the first {in_grid:,} and sorts only these")
    if not rows:
        said.append("no row matches")
    if where_from := origin(frame):
        said.append(escape(where_from))
    return " · ".join(said)
