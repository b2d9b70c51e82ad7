"""A sheet to draw on, measured in CSS pixels from its top left corner, and what becomes of it: a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import pack
from typing import Any
from zlib import compress, crc32

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from pmframes._explorer.lettering import DPI, FINENESS, PAD, POINT, TEXT, fitted, lettering, width_of

WIDTH = 560
MARGIN = 8
TITLE_BASE = 20
INK, PAPER, RULE = "#1F2933", "#FFFFFF", "#D5DAE0"
_INK = np.multiply(255, to_rgb(INK))


@dataclass(frozen=True)
class Picture:
    """A picture, and in words all that it says."""

    png: bytes
    width: int
    height: int
    text: str


@dataclass(frozen=True)
class Look:
    """How an area is filled: told apart by its hatch as well as by its colour."""

    fill: str
    hatch: str = ""


@dataclass(frozen=True)
class _Line:
    text: str
    x: float
    y: float
    size: int
    weight: str
    upward: bool


class Sheet:
    """A white sheet with a title."""

    def __init__(self, title: str, height: int, width: int = WIDTH, tail: str = "") -> None:
        self.width, self.height = width, height
        self._figure = Figure(figsize=(width / 96, height / 96), dpi=DPI, facecolor=PAPER, edgecolor=PAPER)
        self._pixels = Affine2D().scale(FINENESS, -FINENESS).translate(0, FINENESS * height)
        self._lines: list[_Line] = []
        room = width - 2 * MARGIN - width_of(tail, weight="bold")
        self.write(fitted(title, room, weight="bold") + tail, MARGIN, TITLE_BASE, weight="bold")

    def write(
        self, line: str, x: float, y: float, size: int = TEXT, weight: str = "normal", upward: bool = False
    ) -> None:
        """Write a line of drawable text that begins and stands at this point, to the right or upward."""
        self._lines.append(_Line(line, x, y, size, weight, upward))

    def fill(self, boxes: Sequence[Sequence[float]], look: Look) -> None:
        """Fill boxes, each given by its left, top, right and bottom."""
        corners = [[(left, top), (right, top), (right, low), (left, low)] for left, top, right, low in boxes]
        # One path for all of them: a hatch is made anew for each.
        path = Path.make_compound_path_from_polys(np.array(corners))
        style: dict[str, Any] = {"facecolor": look.fill, "edgecolor": INK, "hatch": look.hatch}
        self._figure.add_artist(PathPatch(path, transform=self._pixels, linewidth=0.6, **style))

    def draw_line(self, xs: Sequence[float], ys: Sequence[float], width: float, color: str = INK) -> None:
        """Draw a line from point to point, under all else."""
        style: dict[str, Any] = {"color": color, "linewidth": width * POINT}
        # Under the boxes and the Axes.
        self._figure.add_artist(Line2D(xs, ys, transform=self._pixels, zorder=-1, **style))

    def axes(self) -> Axes:
        """Give Axes that cover the sheet, have its measures, and show nothing by themselves."""
        axes = self._figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, self.width), ylim=(self.height, 0))
        axes.set_axis_off()
        return axes

    def picture(self, text: str) -> Picture:
        """Draw it all."""
        canvas: Any = FigureCanvasAgg(self._figure)
        canvas.draw()
        page = np.array(canvas.buffer_rgba())[..., :3]
        for line in self._lines:
            _write(page, line)
        return Picture(_png(page), self.width, self.height, text)


def _write(page: np.ndarray, line: _Line) -> None:
    ink, base = lettering(line.text, line.size, line.weight)
    x, y = round(line.x * FINENESS), round(line.y * FINENESS)
    if line.upward:
        ink, left, top = np.rot90(ink), x - base, y + PAD - ink.shape[1]
    else:
        left, top = x - PAD, y - base
    ink = ink[max(0, -top) :, max(0, -left) :, None]
    part = page[max(0, top) :, max(0, left) :][: ink.shape[0], : ink.shape[1]]
    ink = ink[: part.shape[0], : part.shape[1]] / 255
    part[:] = part * (1 - ink) + _INK * ink


def _png(page: np.ndarray) -> bytes:
    """Pack without a filter: half the time of a general encoder, and smaller for areas of one colour."""
    height, width, _ = page.shape
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 1:] = page.reshape(height, -1)
    head = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", compress(rows.data, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + kind + data + pack(">I", crc32(kind + data))
