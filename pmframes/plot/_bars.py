"""Bar charts: one bar for each of the largest values, one for all others, in segments that need no colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes

from pmframes.plot._style import BLUE, GREY, add_legend, literal_text, set_ticks, shorten

BarKind = Literal["value", "others", "missing"]

# The palette of Okabe and Ito; the hatches distinguish the segments without it.
_STYLES = (
    {"facecolor": BLUE},
    {"facecolor": "#E69F00", "hatch": "///"},
    {"facecolor": "#56B4E9", "hatch": "..."},
    {"facecolor": "#009E73", "hatch": "xxx"},
    {"facecolor": "#CC79A7", "hatch": "\\\\\\"},
    {"facecolor": "#F0E442", "hatch": "ooo"},
)
MAX_SEGMENTS = len(_STYLES) - 1
_OTHERS_STYLE = {"facecolor": "#D9D9D9", "hatch": "---"}
_MISSING_STYLE = {"facecolor": "white", "hatch": "|||"}


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its counts (several where it has segments), and what it stands for."""

    label: str
    counts: np.ndarray
    kind: BarKind = "value"

    @property
    def total(self) -> int:
        """The length of the bar."""
        return int(self.counts.sum())


@dataclass(frozen=True)
class Segment:
    """The same part of every bar: its label, its length in each bar, and its style."""

    label: str
    lengths: np.ndarray
    style: dict[str, Any]


def limit_bars(bars: Sequence[Bar], max_bars: int, noun: str) -> list[Bar]:
    """Return the largest bars in their order, then one for all others, then the one for missing values."""
    values, missing = [[bar for bar in bars if (bar.kind == "missing") is last] for last in (False, True)]
    # One bar too many is shown: the bar for the others would take its place anyway.
    if len(values) <= max_bars + 1:
        return values + missing
    by_size = np.argsort([-bar.total for bar in values], kind="stable")
    counts = np.sum([values[place].counts for place in by_size[max_bars:]], axis=0)
    others = Bar(f"{len(values) - max_bars:,} other {noun}", counts, "others")
    return [*(values[place] for place in sorted(by_size[:max_bars])), others, *missing]


def draw_bars(axes: Axes, bars: Sequence[Bar], texts: list[str]) -> None:
    """Draw horizontal bars from the top, each with a text at its end; only single values are blue."""
    colours = [BLUE if bar.kind == "value" else GREY for bar in bars]
    drawn = axes.barh(range(len(bars)), [bar.total for bar in bars], height=0.7, color=colours)
    axes.bar_label(drawn, texts, padding=5, **literal_text())
    _finish_bars(axes, [bar.label for bar in bars])


def draw_segments(axes: Axes, labels: list[str], segments: Sequence[Segment], texts: list[str]) -> None:
    """Draw stacked horizontal bars from the top, each with a text at its end, and a legend."""
    left = np.zeros(len(labels))
    for segment in segments:
        style = {"height": 0.7, "edgecolor": "black", "linewidth": 0.5, **segment.style}
        drawn = axes.barh(range(len(labels)), segment.lengths, left=left, **style)
        left = left + segment.lengths
    axes.bar_label(drawn, texts, padding=5, **literal_text())
    _finish_bars(axes, labels)
    add_legend(axes, list(axes.containers), [segment.label for segment in segments])


def make_segments(parts: Sequence[Bar]) -> list[Segment]:
    """Build a segment from each part, whose counts are its lengths; there are styles for ``MAX_SEGMENTS``."""
    styles = iter(_STYLES)
    fixed = {"others": _OTHERS_STYLE, "missing": _MISSING_STYLE}
    return [Segment(shorten(part.label, 21), part.counts, fixed.get(part.kind) or next(styles)) for part in parts]


def _finish_bars(axes: Axes, labels: list[str]) -> None:
    axes.margins(x=0.2)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xticks([])
    set_ticks(axes, "y", labels)
