"""Print an HTML report as PDF, and measure its pages."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pypdfium2
from playwright.sync_api import Page

# Below this share of the height of a page is its number, which is no content.
FOOTER_STARTS = 0.95
DARK = 245


@dataclass(frozen=True)
class PrintedPage:
    """A page: its text, whether it lies on its side, and the share of its height below the last content."""

    text: str
    is_landscape: bool
    blank: float


def print_pages(page: Page, report: Path, paper: Literal["A4", "Letter"] = "A4") -> list[PrintedPage]:
    page.goto(report.as_uri())
    file = report.with_suffix(".pdf")
    # The report sets margins and direction, the printer the paper.
    page.pdf(path=file, format=paper, prefer_css_page_size=False)
    with pypdfium2.PdfDocument(file) as document:
        return [_measure(printed) for printed in document]


def _measure(printed: pypdfium2.PdfPage) -> PrintedPage:
    shades = np.asarray(printed.render(scale=0.8).to_pil().convert("L"))
    end = int(len(shades) * FOOTER_STARTS)
    inked = np.flatnonzero((shades[:end] < DARK).any(axis=1))
    blank = 1 - (inked[-1] + 1) / end if len(inked) else 1.0
    return PrintedPage(printed.get_textpage().get_text_bounded(), printed.get_width() > printed.get_height(), blank)
