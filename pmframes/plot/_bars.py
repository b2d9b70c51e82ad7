"""Bars: one for each of the largest, one for all others together, in segments that need no colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from pmframes.plot._style import BLUE, GREY, label_ticks, plain, short, write_legend

# Colours of Okabe and Ito; the hatches are told apart without them.
_STYLES = (
    {"facecolor": BLUE},
    {"facecolor": "#E69F00", "hatch": "///"},
    {"facecolor": "#56B4E9", "hatch": "..."},
    {"facecolor": "#009E73", "hatch": "xxx"},
    {"facecolor": "#CC79A7", "hatch": "\\\\\\"},
    {"facecolor": "#F0E442", "hatch": "ooo"},
)
SEGMENTS = len(_STYLES) - 1
_REST = {"facecolor": "#D9D9D9", "hatch": "---"}
_NONE = {"facecolor": "white", "hatch": "|||"}


@dataclass(frozen=True)
class Bar:
    """What one bar shows: its label, its counts (several where it has segments), what it stands for."""

    label: str
    counts: np.ndarray
    kind: str = "one"

    @property
    def total(self) -> int:
        """The length of the bar."""
        return int(self.counts.sum())


@dataclass(frozen=True)
class Segment:
    """One part of every bar: what it is called, how long it is in each, and how it is drawn."""

    label: str
    lengths: np.ndarray
    style: dict[str, Any]


def with_rest(bars: Sequence[Bar], shown: int, others: str) -> list[Bar]:
    """Keep the largest, in their order; then one for all others, which says how many; then those of none."""
    named, none = [[bar for bar in bars if (bar.kind == "none") is last] for last in (False, True)]
    if len(named) <= shown + 1:
        return named + none
    by_size = np.argsort([-bar.total for bar in named], kind="stable")
    counts = np.sum([named[place].counts for place in by_size[shown:]], axis=0)
    rest = Bar(f"{len(named) - shown:,} other {others}", counts, "rest")
    return [*(named[place] for place in sorted(by_size[:shown])), rest, *none]


def draw_bars(axes: Axes, bars: Sequence[Bar], texts: list[str]) -> None:
    """Draw one bar after the other, the first at the top; what is not one thing is grey."""
    colours = [BLUE if bar.kind == "one" else GREY for bar in bars]
    drawn = axes.barh(range(len(bars)), [bar.total for bar in bars], height=0.7, color=colours)
    axes.bar_label(drawn, texts, padding=5, **plain())
    _finish_bars(axes, [bar.label for bar in bars])


def draw_segments(axes: Axes, labels: list[str], segments: Sequence[Segment], texts: list[str]) -> None:
    """Draw one bar after the other, the first at the top, each made of segments."""
    left = np.zeros(len(labels))
    for segment in segments:
        style = {"height": 0.7, "edgecolor": "black", "linewidth": 0.5, **segment.style}
        drawn = axes.barh(range(len(labels)), segment.lengths, left=left, **style)
        left = left + segment.lengths
    axes.bar_label(drawn, texts, padding=5, **plain())
    _finish_bars(axes, labels)
    write_legend(axes, list(axes.containers), [segment.label for segment in segments])


def segments_of(parts: Sequence[Bar]) -> list[Segment]:
    """Give the segments for parts that each have a count in every bar; there is a style for no more."""
    styles = iter(_STYLES)
    fixed = {"rest": _REST, "none": _NONE}
    return [Segment(short(one.label, 21), one.counts, fixed.get(one.kind) or next(styles)) for one in parts]


def _finish_bars(axes: Axes, labels: list[str]) -> None:
    axes.margins(x=0.2)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xticks([])
    label_ticks(axes, "y", labels)
