"""What every picture shares: axes, titles, legends, notes, and text that is drawn as it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from textwrap import fill
from typing import Any
from unicodedata import east_asian_width

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.layout_engine import ConstrainedLayoutEngine

from pmframes import _messages
from pmframes._frames.provenance import KEY, is_fictional, sources

# Three that the colour-blind tell apart, of Okabe and Ito.
BLUE, RED, GREY = "#0072B2", "#D55E00", "#8C8C8C"
_LABEL_WIDTH = 36
# So that a title stays on the picture where the labels beside it take their full width.
_TITLE_WIDTH = 54
_LEGEND_WIDTH, _LEGEND_COLUMNS = 84, 4
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


def prepare_axes(ax: Axes | None, width: float, height: float) -> Axes:
    """Give the Axes to draw on: the one given, or one on a new figure of this size in inches."""
    if ax is None:
        # pyplot shows the figure in a notebook, and is the slow part of matplotlib.
        from matplotlib import pyplot

        layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
        return pyplot.subplots(figsize=(width, height), layout=layout)[1]
    if not isinstance(ax, Axes):
        raise _messages.wrong_kind("ax", ax, "a matplotlib Axes, or nothing")
    return ax


def label_ticks(axes: Axes, side: str, labels: Sequence[str], **style: Any) -> None:
    """Write labels along one side, ``x`` or ``y``."""
    axis = axes.yaxis if side == "y" else axes.xaxis
    axis.set_ticks(range(len(labels)), labels, **style, **plain())


def write_title(axes: Axes, *sentences: str) -> None:
    """Write the title, each sentence on a line of its own."""
    lines = "\n".join(fill(drawable(sentence, "bold"), _TITLE_WIDTH) for sentence in sentences)
    axes.set_title(lines, loc="left", fontsize="large", fontweight="bold", pad=12, **plain())


def write_legend(axes: Axes, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Write the legend below a picture."""
    legend = axes.legend(
        handles,
        ["?"] * len(labels),
        loc="upper left",
        bbox_to_anchor=(0, 0),
        ncols=_legend_columns(labels),
        columnspacing=1.2,
        frameon=False,
    )
    # Afterwards, because matplotlib would read a formula in them, and leave out those that begin with "_".
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set(text=label, **plain())


def legend_rows(labels: Sequence[str]) -> int:
    """Say how many rows the legend of these labels has."""
    return -(-len(labels) // _legend_columns(labels))


def _legend_columns(labels: Sequence[str]) -> int:
    """Find how many columns of the legend fit beside each other, each with its mark before it."""
    for count in range(min(_LEGEND_COLUMNS, len(labels)), 1, -1):
        columns = np.array_split([width_of(label) + 8 for label in labels], count)
        if sum(max(column) for column in columns) <= _LEGEND_WIDTH:
            return count
    return 1


def draw_nothing(ax: Axes | None, sentence: str, *frames: pd.DataFrame) -> Axes:
    """Draw the picture of frames that hold nothing to draw."""
    axes = prepare_axes(ax, width=9, height=2)
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, "nothing to show", ha="center", va="center", transform=axes.transAxes, **plain())
    write_title(axes, sentence)
    return finish(axes, [], *frames)


def finish(axes: Axes, notes: list[str], *frames: pd.DataFrame) -> Axes:
    """Write the notes below a picture, and note on it what it was drawn from."""
    told = ["fictional data", *notes] if is_fictional(*frames) else notes
    legend = axes.get_legend()
    # Below the legend, where there is one.
    labels = [] if legend is None else [one.get_text() for one in legend.get_texts()]
    pad = 8 + (2 + 20 * legend_rows(labels) if labels else 0)
    axes.set_xlabel("\n".join(told), loc="left", labelpad=pad, linespacing=1.5, **plain())
    # For reports, which say of each picture where its data come from.
    setattr(axes, KEY, sources(*frames))
    return axes


def short(text: object, width: int = _LABEL_WIDTH) -> str:
    """Bring a text onto one line of at most ``width`` columns (a Chinese character takes two)."""
    line = drawable(" ".join(str(text).split()))
    ends = np.cumsum(_widths(line))
    return line if not len(ends) or ends[-1] <= width else line[: int((ends < width).sum())].rstrip() + "…"


def width_of(text: str) -> int:
    """Say how many columns a text takes (a Chinese character takes two)."""
    return sum(_widths(text))


def _widths(text: str) -> list[int]:
    return [2 if east_asian_width(one) in "WF" else 1 for one in text]


def drawable(text: str, weight: str = "normal") -> str:
    """Put a box where no font has the character, as matplotlib does, but without a warning for each."""
    glyphs = _glyphs(_families(), weight)
    return "".join(one if ord(one) in glyphs else _MISSING_GLYPH for one in text)


def plain() -> dict[str, Any]:
    """Give the properties of text that is drawn as it is."""
    return {"parse_math": False, "usetex": False, "fontfamily": _families()}


def _families() -> tuple[str, ...]:
    return (*mpl.rcParams["font.family"], *_cjk_fonts())


@cache
def _cjk_fonts() -> tuple[str, ...]:
    installed = set(font_manager.get_font_names())
    return tuple(name for name in _CJK_FONTS if name in installed)


@cache
def _glyphs(families: tuple[str, ...], weight: str) -> frozenset[int]:
    files = {font_manager.findfont(FontProperties(family=[one], weight=weight)) for one in families}
    return frozenset(code for file in files for code in FT2Font(file).get_charmap())
