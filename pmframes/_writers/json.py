"""Frames as JSON: every text, number and list as it is, null where a value is missing.

Times are ISO 8601, durations are seconds.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from pmframes._cell_text import is_missing
from pmframes._frames.arrow import without_arrow
from pmframes._text import replace_surrogates
from pmframes._writers.cells import format_utc


def json_bytes(frame: pd.DataFrame) -> bytes:
    """Write a list of objects, one per row, each on a line of its own."""
    return b"[\n" + b",\n".join(_encode_rows(frame)) + b"\n]\n"


def json_lines_bytes(frame: pd.DataFrame) -> bytes:
    """Write an object per row, each on a line of its own, without a list around them."""
    return b"".join(row + b"\n" for row in _encode_rows(frame))


def _encode_rows(frame: pd.DataFrame) -> Iterator[bytes]:
    return map(msgspec.json.encode, json_records(frame))


def json_records(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Return a dict per row, of values that JSON has."""
    names = [replace_surrogates(str(column)) for column in frame.columns]
    columns = [map(_to_json, without_arrow(frame.iloc[:, at]).tolist()) for at in range(len(names))]
    for row in zip(*columns, strict=True):
        yield dict(zip(names, row, strict=True))


def _to_json(value: Any) -> Any:
    if isinstance(value, str):
        return replace_surrogates(value)
    if isinstance(value, list | tuple | np.ndarray):
        return [_to_json(item) for item in value]
    if isinstance(value, dict):
        return {replace_surrogates(str(key)): _to_json(item) for key, item in value.items()}
    if is_missing(value):
        return None
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value if isinstance(value, bool | int | float) else format_utc(value)
