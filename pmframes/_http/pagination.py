"""Reading all pages of a list: each way of paging, and one iterate_pages that notices what is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

from pmframes import _messages

MAX_PAGES = 20_000
PREFETCH_DEPTH = 5
"""How many pages beyond the next one are asked for before it is known that they are needed."""


@dataclass
class Page:
    """One page as it was read.

    ``has_more`` is what the service says of further pages, None where it says nothing; ``total`` how many
    rows it counts over all pages; ``size`` the page size it used.
    """

    rows: list[Any] = field(repr=False)
    keys: list[Any] = field(repr=False)
    has_more: bool | None = None
    total: int | None = None
    size: int | None = None


class Paging(Protocol):
    """A way of paging: the queries of the pages, one after the other.

    Where ``is_total_exact``, rows that do not make up the total are an error; else the total may be out of
    date, and is taken for a sign that the list should be read once more.
    """

    @property
    def size(self) -> int | None:
        """The page size to ask for."""

    @property
    def is_total_exact(self) -> bool:
        """Whether the service's total can be relied on."""

    @property
    def max_pages(self) -> int:
        """How many pages can be asked for."""

    @property
    def narrowing_hint(self) -> str:
        """How to ask for less where there are more; completes "Load …", empty where nothing helps."""

    def query(self, number: int, rows_so_far: int) -> dict[str, str]:
        """Give the query keys of page ``number`` (from 0), after so many rows."""

    def upcoming(self, number: int, rows_so_far: int, last: Page) -> list[dict[str, str]]:
        """Give the queries of pages that will probably follow page ``number``, to be asked for ahead."""

    def is_last(self, page: Page, rows_so_far: int) -> bool:
        """Tell whether nothing can follow this page; ``rows_so_far`` counts its rows too."""


@dataclass(frozen=True)
class SinglePage:
    """The service sends all rows at once."""

    size: int | None = None
    is_total_exact: bool = True
    max_pages: int = 1
    narrowing_hint: str = ""

    def query(self, number: int, rows_so_far: int) -> dict[str, str]:
        """Ask for nothing in particular."""
        return {}

    def upcoming(self, number: int, rows_so_far: int, last: Page) -> list[dict[str, str]]:
        """Expect nothing more."""
        return []

    def is_last(self, page: Page, rows_so_far: int) -> bool:
        """Tell that the first page is the last."""
        return True


@dataclass(frozen=True)
class PageNumber:
    """Pages with a number, from 1, and a service that may say whether there is more.

    Where it says nothing, a short page proves nothing (it may have made the pages smaller than asked for):
    only an empty one, or one that brings nothing new, ends the list. A total is a hint only.
    """

    number: str
    size_key: str
    size: int
    prefetch_depth: int = 0
    max_pages: int = MAX_PAGES
    narrowing_hint: str = ""
    is_total_exact: bool = False

    def query(self, number: int, rows_so_far: int) -> dict[str, str]:
        """Ask for the page by its number."""
        return {self.number: str(number + 1), self.size_key: str(self.size)}

    def upcoming(self, number: int, rows_so_far: int, last: Page) -> list[dict[str, str]]:
        """Expect pages up to the total; as many as may be where that says only that there is more."""
        if not last.has_more:
            return []
        end = min(number + 1 + self.prefetch_depth, self.max_pages - 1)
        if last.total is not None and last.total > rows_so_far + 1:
            end = min(end, (last.total - 1) // self.size)
        return [self.query(after, 0) for after in range(number + 2, end + 1)]

    def is_last(self, page: Page, rows_so_far: int) -> bool:
        """Tell by what the service says, or by an empty page."""
        return page.has_more is False or (page.has_more is None and not page.rows)


@dataclass(frozen=True)
class Offset:
    """Pages by the number of rows to skip, and a service that may count them.

    The next page starts after the rows that came, not after those asked for: a service may send fewer.
    """

    offset: str
    size_key: str
    size: int
    prefetch_depth: int = PREFETCH_DEPTH
    max_pages: int = MAX_PAGES
    narrowing_hint: str = ""
    is_total_exact: bool = True

    def query(self, number: int, rows_so_far: int) -> dict[str, str]:
        """Ask for what follows the rows so far."""
        return {self.offset: str(rows_so_far), self.size_key: str(self.size)}

    def upcoming(self, number: int, rows_so_far: int, last: Page) -> list[dict[str, str]]:
        """Expect pages as long as the last one, up to the total."""
        step, total = len(last.rows), last.total or 0
        starts = [rows_so_far + step * after for after in range(1, self.prefetch_depth + 1)]
        return [self.query(0, start) for start in starts if start < total and step]

    def is_last(self, page: Page, rows_so_far: int) -> bool:
        """Tell by an empty page, by the total, or by a page shorter than the size the service used."""
        if not page.rows:
            return True
        if page.total is not None and page.total > len(page.rows):
            return rows_so_far >= page.total
        return page.size is not None and len(page.rows) < page.size


@dataclass
class PageProgress:
    """How many rows have come so far, and which were ``new`` with the last page.

    ``inconsistency`` says why these may not be all rows though the service says so; it is set at the end.
    """

    rows: int = 0
    keys: set[Any] = field(default_factory=set, repr=False)
    new: list[Any] = field(default_factory=list, repr=False)
    received: int = 0
    pages: int = 0
    inconsistency: str | None = None


FetchByQuery = Callable[[dict[str, str], list[dict[str, str]]], Page]


def iterate_pages(paging: Paging, fetch_page: FetchByQuery, what: str) -> Iterator[PageProgress]:
    """Read page after page, and give what has come so far after each; the last is complete.

    ``fetch_page`` is called with the query of a page and those that will probably follow.

    Raises
    ------
    IncompleteLoad
        Pages repeat, end too early, or never end. What had come is not returned.
    """
    progress, totals, promised = PageProgress(), list[int](), False
    upcoming: list[dict[str, str]] = []
    while True:
        page = fetch_page(paging.query(progress.pages, progress.received), upcoming)
        new = _take(page, progress)
        # Where it can be relied on, it may still be left at 0, or count the rows of the page alone.
        if page.total is not None and not (paging.is_total_exact and page.total in (0, len(page.rows))):
            totals.append(page.total)
        ends = paging.is_last(page, progress.received) or _ignores_paging(page, new, progress, paging)
        if ends and not (promised and page.has_more is None):
            break
        _check_progress(page, new, progress, paging, what)
        promised = bool(page.has_more)
        upcoming = paging.upcoming(progress.pages - 1, progress.received, page)
        yield progress
    progress.inconsistency = _find_inconsistency(totals, progress.rows)
    yield progress


def _take(page: Page, progress: PageProgress) -> list[Any]:
    """Take the rows of a page that were not there before; a row without a key always counts."""
    new = []
    for row, key in zip(page.rows, page.keys, strict=True):
        if key is None or key not in progress.keys:
            progress.keys.add(key)
            new.append(row)
    progress.rows += len(new)
    progress.new = new
    progress.received += len(page.rows)
    progress.pages += 1
    return new


def _find_inconsistency(totals: list[int], rows: int) -> str | None:
    for before, after in pairwise(totals):
        if after < before:
            return f"the service's count fell from {before:,} to {after:,}: rows were removed meanwhile"
    if totals and totals[-1] != rows:
        return f"the service counts {totals[-1]:,} rows"
    return None


def _ignores_paging(page: Page, new: list[Any], progress: PageProgress, paging: Paging) -> bool:
    """Tell whether a service that says nothing of pages sent all rows at once, and now sends them again.

    A first page exactly as long as was asked for may have been cut there, so it does not count.
    """
    said_nothing = page.has_more is None and page.total is None
    return said_nothing and progress.pages == 2 and not new and len(page.rows) != paging.size


def _check_progress(page: Page, new: list[Any], progress: PageProgress, paging: Paging, what: str) -> None:
    why, narrowing_hint = None, ""
    if not page.rows:
        why = "an empty page came though more was promised"
    elif not new:
        why = "a page came a second time"
    elif progress.pages >= paging.max_pages:
        why, narrowing_hint = f"the limit of {paging.max_pages:,} pages was reached", paging.narrowing_hint
    if why:
        raise _messages.incomplete(what, progress.pages, progress.rows, why, narrowing_hint)
