"""Lines of text for a sheet, each measured and drawn once: most come again at every change."""

from functools import cache, lru_cache
from math import ceil
from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from pmframes.plot._style import literal_text, replace_missing_glyphs, shorten

TEXT, SMALL = 12, 10
# Twice as fine as a CSS pixel, of which there are 96 to the inch, and 72 points.
FINENESS = 2
DPI = 96 * FINENESS
POINT = 72 / 96
# More than fit on any line: only so much of a text is measured.
_COLUMNS = 200
# Room for letters that reach beyond what was measured, in fine pixels.
PAD = 8


def fitted(text: object, room: float, size: int = TEXT, weight: str = "normal") -> str:
    """Bring a text onto one line that can be drawn and takes at most ``room`` pixels."""
    columns = _COLUMNS
    line = replace_missing_glyphs(shorten(text, columns), weight)
    while columns > 0 and (width := width_of(line, size, weight)) > room:
        columns = min(columns - 1, int(columns * room / width))
        line = shorten(line, columns)
    return line


def width_of(line: str, size: int = TEXT, weight: str = "normal") -> float:
    """Measure a line of drawable text."""
    return _measured(line, size, weight, literal_text()["fontfamily"])[0] / FINENESS


def lettering(line: str, size: int = TEXT, weight: str = "normal") -> tuple[np.ndarray, int]:
    """Give the ink of a line, 0 to 255 per fine pixel, with ``PAD`` around it, and its base row."""
    return _drawn(line, size, weight, literal_text()["fontfamily"])


@lru_cache(10_000)
def _measured(line: str, size: int, weight: str, families: tuple[str, ...]) -> tuple[float, float, float]:
    font = _font(size, weight, families)
    width, height, descent = _renderer(1, 1).get_text_width_height_descent(line, font, ismath=False)
    return float(width), float(height), float(descent)


@lru_cache(2_000)
def _drawn(line: str, size: int, weight: str, families: tuple[str, ...]) -> tuple[np.ndarray, int]:
    width, height, descent = _measured(line, size, weight, families)
    base = PAD + ceil(height - descent)
    renderer = _renderer(ceil(width) + 2 * PAD, ceil(height) + 2 * PAD)
    renderer.draw_text(GraphicsContextBase(), PAD, base, line, _font(size, weight, families), 0)
    return np.array(renderer.buffer_rgba())[..., 3], base


@cache
def _font(size: int, weight: str, families: tuple[str, ...]) -> FontProperties:
    return FontProperties(family=families, size=size * POINT, weight=weight)


def _renderer(width: int, height: int) -> Any:
    return RendererAgg(width, height, DPI)  # type: ignore[no-untyped-call]
