"""Tables and paragraphs for a terminal."""

import shutil
import textwrap
from collections.abc import Collection, Sequence
from typing import Any

from pmframes._text import display_width, strip_control, truncate

DEFAULT_WIDTH = 100
MAX_CELL_WIDTH = 32
MIN_LAST_COLUMN_WIDTH = 20
# So that an address can still be copied.
_WHOLE_WORDS: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}


def print_paragraph(text: str) -> None:
    """Print a text, wrapped to the terminal."""
    print(textwrap.fill(strip_control(text), terminal_width(), **_WHOLE_WORDS), flush=True)


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], right_aligned: Collection[int] = ()) -> None:
    """Print columns of text; the last one is wrapped where the terminal is too narrow for it."""
    lines = [[strip_control(cell) for cell in row] for row in (headings, *rows)]
    fixed = [[truncate(cell, MAX_CELL_WIDTH) for cell in line[:-1]] for line in lines]
    widths = [max(map(display_width, column)) for column in zip(*fixed, strict=True)]
    indent = sum(widths) + 2 * len(widths)
    last_width = max(terminal_width() - indent, MIN_LAST_COLUMN_WIDTH)
    for cells, line in zip(fixed, lines, strict=True):
        padded = [
            _pad(cell, width, number in right_aligned)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        last = textwrap.wrap(line[-1], last_width, **_WHOLE_WORDS)
        print("  ".join([*padded, *last[:1]]).rstrip())
        for continuation in last[1:]:
            print(" " * indent + continuation)
    print(end="", flush=True)


def _pad(text: str, width: int, is_right_aligned: bool) -> str:
    padding = " " * (width - display_width(text))
    return padding + text if is_right_aligned else text + padding


def terminal_width() -> int:
    """Return how many characters a line has."""
    return shutil.get_terminal_size((DEFAULT_WIDTH, 24)).columns
