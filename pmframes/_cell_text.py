"""The value of a cell as text."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from pmframes._text import join, replace_surrogates, show_hidden

# Built once: these functions are called for every cell of a frame.
_BOOL, _FLOAT, _LIST = bool | np.bool_, float | np.floating, list | tuple | set | frozenset | np.ndarray


def format_cell(
    value: Any,
    *,
    booleans: tuple[str, str] = ("yes", "no"),
    missing: str = "",
    format_time: Callable[[datetime], str] = str,
) -> str:
    """Write the value of a cell as text.

    ``booleans`` are the texts for True and False; the items of a list are joined by commas.
    """
    if isinstance(value, str):
        return replace_surrogates(value)
    if is_missing(value):
        return missing
    if isinstance(value, _BOOL):
        return booleans[0 if value else 1]
    if isinstance(value, _LIST):
        return join(format_cell(item, booleans=booleans, format_time=format_time) for item in value)
    return replace_surrogates(format_time(value) if isinstance(value, datetime) else str(value))


def display_cell(value: Any, missing: str = "") -> str:
    """Write the value of a cell where people read it: no character is hidden."""
    return show_hidden(format_cell(value, missing=missing))


def is_missing(value: Any) -> bool:
    """Whether a single value, of any type, stands for a missing one."""
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, _FLOAT) and value != value)
