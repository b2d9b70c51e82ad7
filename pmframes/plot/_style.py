"""Shared by all charts: axes, title, legend, notes, and text that is drawn literally."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.layout_engine import ConstrainedLayoutEngine

from pmframes import _messages
from pmframes._frames.provenance import ATTRS_KEY, is_fictional, read_sources
from pmframes._text import display_width, show_hidden, truncate
from pmframes.errors import PmframesError

# From the palette of Okabe and Ito, which colour-blind readers can distinguish.
BLUE, RED, GREY = "#0072B2", "#D55E00", "#8C8C8C"
_MAX_LABEL_WIDTH = 36
# Narrow enough that a title stays on the chart where the labels beside it take their full width.
_MAX_TITLE_WIDTH = 54
_MAX_LEGEND_WIDTH, _MAX_LEGEND_COLUMNS = 84, 4
_MISSING_GLYPH = "□"
_CJK_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Noto Sans JP",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "PingFang SC",
    "Hiragino Sans",
    "Apple SD Gothic Neo",
    "WenQuanYi Micro Hei",
    "Arial Unicode MS",
)


_without_pyplot = ContextVar("without_pyplot", default=False)


@contextmanager
def without_pyplot() -> Iterator[None]:
    """Draw on figures that pyplot does not know: none stays open, and its backend is not needed."""
    token = _without_pyplot.set(True)
    try:
        yield
    finally:
        _without_pyplot.reset(token)


def get_axes(ax: Axes | None, width: float, height: float) -> Axes:
    """Return ``ax``, or Axes on a new figure of this size in inches."""
    if ax is None:
        return _make_figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)).subplots()
    if not isinstance(ax, Axes):
        raise _messages.wrong_kind("ax", ax, "a matplotlib Axes, or nothing")
    return ax


def _make_figure(**options: Any) -> Figure:
    if _without_pyplot.get():
        return Figure(**options)
    # pyplot shows the figure in a notebook. It is slow to import, so only where it is needed.
    from matplotlib import pyplot

    try:
        return pyplot.figure(**options)
    except ImportError as error:
        raise PmframesError(
            f"matplotlib cannot use the backend {mpl.get_backend(auto_select=False)}: {error}.",
            "Set MPLBACKEND to agg, or install what the backend needs.",
        ) from None


def set_ticks(axes: Axes, side: str, labels: Sequence[str], **style: Any) -> None:
    """Label the ticks of an axis, ``x`` or ``y``."""
    axis = axes.yaxis if side == "y" else axes.xaxis
    axis.set_ticks(range(len(labels)), labels, **style, **literal_text())


def set_title(axes: Axes, *sentences: str) -> None:
    """Set the title, one sentence per line."""
    lines = "\n".join(fill(replace_missing_glyphs(sentence, "bold"), _MAX_TITLE_WIDTH) for sentence in sentences)
    axes.set_title(lines, loc="left", fontsize="large", fontweight="bold", pad=12, **literal_text())


def add_legend(axes: Axes, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Add the legend below a chart."""
    legend = axes.legend(
        handles,
        ["?"] * len(labels),
        loc="upper left",
        bbox_to_anchor=(0, 0),
        ncols=_count_legend_columns(labels),
        columnspacing=1.2,
        frameon=False,
    )
    # Set afterwards: legend() parses labels as formulas and drops those that begin with "_".
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set(text=label, **literal_text())


def count_legend_rows(labels: Sequence[str]) -> int:
    return -(-len(labels) // _count_legend_columns(labels))


def _count_legend_columns(labels: Sequence[str]) -> int:
    for count in range(min(_MAX_LEGEND_COLUMNS, len(labels)), 1, -1):
        # Each label has its marker in front, which takes about 8 columns with its padding.
        columns = np.array_split([display_width(label) + 8 for label in labels], count)
        if sum(max(column) for column in columns) <= _MAX_LEGEND_WIDTH:
            return count
    return 1


def draw_empty(ax: Axes | None, sentence: str, *frames: pd.DataFrame) -> Axes:
    """Draw the chart of frames without data."""
    axes = get_axes(ax, width=9, height=2)
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, "No data", ha="center", va="center", transform=axes.transAxes, **literal_text())
    set_title(axes, sentence)
    return add_notes(axes, [], *frames)


def add_notes(axes: Axes, notes: list[str], *frames: pd.DataFrame) -> Axes:
    """Add the notes below a chart, and attach the sources of the frames that it shows."""
    lines = ["fictional data", *notes] if is_fictional(*frames) else notes
    legend = axes.get_legend()
    labels = [] if legend is None else [text.get_text() for text in legend.get_texts()]
    # The notes are the label of the x axis, pushed below the legend.
    pad = 8 + (2 + 20 * count_legend_rows(labels) if labels else 0)
    axes.set_xlabel("\n".join(lines), loc="left", labelpad=pad, linespacing=1.5, **literal_text())
    # Report.add_figure reads them for the provenance section.
    setattr(axes, ATTRS_KEY, read_sources(*frames))
    return axes


def shorten(text: object, width: int = _MAX_LABEL_WIDTH) -> str:
    """Return a text on one line of at most ``width`` columns (a Chinese character takes two)."""
    return truncate(replace_missing_glyphs(" ".join(show_hidden(str(text)).split())), width)


def replace_missing_glyphs(text: str, weight: str = "normal") -> str:
    """Replace characters that no font has by a box, as matplotlib does, but without its warnings."""
    glyphs = _available_glyphs(_font_families(), weight)
    return "".join(character if ord(character) in glyphs else _MISSING_GLYPH for character in text)


def literal_text() -> dict[str, Any]:
    """Return the properties of text that is drawn literally, not parsed as a formula."""
    return {"parse_math": False, "usetex": False, "fontfamily": _font_families()}


def _font_families() -> tuple[str, ...]:
    return (*mpl.rcParams["font.family"], *_installed_cjk_fonts())


@cache
def _installed_cjk_fonts() -> tuple[str, ...]:
    installed = set(font_manager.get_font_names())
    return tuple(name for name in _CJK_FONTS if name in installed)


@cache
def _available_glyphs(families: tuple[str, ...], weight: str) -> frozenset[int]:
    files = {font_manager.findfont(FontProperties(family=[family], weight=weight)) for family in families}
    return frozenset(code for file in files for code in FT2Font(file).get_charmap())
