"""Pagination: the ways in which services page, and one loop that notices what is wrong."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pmframes import _messages

MAX_PAGES = 20_000
PREFETCH_DEPTH = 5
"""How many pages beyond the next one are requested before it is known that they are needed."""


@dataclass
class Page:
    """One parsed page.

    ``has_more`` is what the service says about further pages, ``total`` its count of the rows on all pages,
    ``size`` the page size that it used; None where it does not say.
    """

    rows: list[Any] = field(repr=False)
    keys: list[Any] = field(repr=False)
    has_more: bool | None = None
    total: int | None = None
    size: int | None = None


class Paging:
    """A way of paging: the query of each page; without overrides, one page with all rows.

    ``size`` is the page size to request. ``narrowing_hint`` says how to load less where there are more than
    ``max_pages``; it completes "Load …", empty where nothing helps. With ``is_total_exact``, rows that do not
    add up to the total are an error. Else the total of the last page is a lower bound: fewer rows are an error,
    more are not.
    """

    size: int | None
    is_total_exact = True
    max_pages = MAX_PAGES
    narrowing_hint = ""

    def query(self, index: int, received: int) -> dict[str, str]:
        """Return the paging keys of a page, by its index (from 0) and the rows received before it."""
        return {}

    def upcoming(self, index: int, received: int, page: Page) -> list[dict[str, str]]:
        """Return the paging keys of the pages to prefetch, those after the one that follows this page."""
        return []

    def is_last(self, page: Page, received: int) -> bool:
        """Return whether no page can follow this one; its rows count as received."""
        return True


@dataclass(frozen=True)
class SinglePage(Paging):
    """The service returns all rows at once."""

    size = None


@dataclass(frozen=True)
class PageNumber(Paging):
    """Pages with a number, from 1; the service may say whether there are more.

    Where it does not, a short page proves nothing, since the service may use a smaller page size: only an
    empty page, or one without new rows, ends the list.
    """

    number_key: str
    size_key: str
    size: int
    prefetch_depth: int = 0
    max_pages: int = MAX_PAGES
    narrowing_hint: str = ""
    is_total_exact = False

    def query(self, index: int, received: int) -> dict[str, str]:
        """Return the number and the size of the page."""
        return {self.number_key: str(index + 1), self.size_key: str(self.size)}

    def upcoming(self, index: int, received: int, page: Page) -> list[dict[str, str]]:
        """Return the pages up to the total; without a usable total, as many as are prefetched."""
        if not page.has_more:
            return []
        end = min(index + 1 + self.prefetch_depth, self.max_pages - 1)
        # A total of one more row only says that there are more.
        if page.total is not None and page.total > received + 1:
            end = min(end, (page.total - 1) // self.size)
        return [self.query(following, 0) for following in range(index + 2, end + 1)]

    def is_last(self, page: Page, received: int) -> bool:
        """Return whether the service says so, or else whether the page is empty."""
        return page.has_more is False or (page.has_more is None and not page.rows)


@dataclass(frozen=True)
class Offset(Paging):
    """Pages by the number of rows to skip; the service may count the rows.

    The next page starts after the rows that were received, not those that were requested: a service may
    return fewer.
    """

    offset_key: str
    size_key: str
    size: int

    def query(self, index: int, received: int) -> dict[str, str]:
        """Return the offset and the size of the page."""
        return {self.offset_key: str(received), self.size_key: str(self.size)}

    def upcoming(self, index: int, received: int, page: Page) -> list[dict[str, str]]:
        """Return the pages up to the total, if they are all as long as this one."""
        step, total = len(page.rows), page.total or 0
        starts = [received + step * count for count in range(1, PREFETCH_DEPTH + 1)]
        return [self.query(0, start) for start in starts if start < total and step]

    def is_last(self, page: Page, received: int) -> bool:
        """Return whether the page is empty, or reaches the total.

        A total that is not above the rows of the page may count these alone, and a short page may be due to a
        smaller page size than the service says: neither ends the list.
        """
        if not page.rows:
            return True
        return page.total is not None and page.total > len(page.rows) and received >= page.total


@dataclass
class PageProgress:
    """The progress within a list: the distinct rows so far, and what the last page brought.

    ``total`` is what the service counted last, None where it does not. ``keys`` holds the index of the page from
    which each row is. ``new_rows`` and ``repeated`` are those of the last page, the latter with their keys.
    ``received`` counts repeated rows too. ``inconsistency`` says, at the end, why rows may be missing though the
    service announced no further page; ``lacks_rows`` whether it counts more rows than it sent.
    """

    rows: int = 0
    total: int | None = None
    keys: dict[Any, int] = field(default_factory=dict, repr=False)
    new_rows: list[Any] = field(default_factory=list, repr=False)
    repeated: list[tuple[Any, Any]] = field(default_factory=list, repr=False)
    received: int = 0
    pages: int = 0
    inconsistency: str | None = None
    lacks_rows: bool = False


FetchByQuery = Callable[[dict[str, str], list[dict[str, str]]], Page]
"""Takes the paging keys of a page, and of those to prefetch."""


def iterate_pages(
    paging: Paging, fetch_page: FetchByQuery, label: str, known_rows: Sequence[int] = ()
) -> Iterator[PageProgress]:
    """Read page after page, and yield the progress after each; the last one is complete.

    ``known_rows`` are the rows of the first pages at the last time: these pages are prefetched from the start.

    Raises
    ------
    IncompleteLoad
        Pages repeat, end too early, or never end.
    """
    progress, totals, has_announced_more = PageProgress(), list[int](), False
    upcoming = [paging.query(index, sum(known_rows[:index])) for index in range(1, len(known_rows))]
    while True:
        page = fetch_page(paging.query(progress.pages, progress.received), upcoming)
        _add_page(page, progress)
        # Even a service with exact totals may send 0, or count the rows of the page alone.
        if page.total is not None and not (paging.is_total_exact and page.total in (0, len(page.rows))):
            totals.append(page.total)
            progress.total = page.total
        is_last = paging.is_last(page, progress.received) or _ignores_paging(page, progress, paging)
        if is_last and not (has_announced_more and page.has_more is None):
            break
        _check_progress(page, progress, paging, label)
        has_announced_more = bool(page.has_more)
        upcoming = paging.upcoming(progress.pages - 1, progress.received, page)
        yield progress
    progress.lacks_rows = bool(totals) and totals[-1] > progress.rows
    progress.inconsistency = _find_inconsistency(totals, progress, paging)
    yield progress


def _add_page(page: Page, progress: PageProgress) -> None:
    """Count the rows that no page had before; a row without a key is always new."""
    progress.new_rows, progress.repeated = [], []
    for row, key in zip(page.rows, page.keys, strict=True):
        if key is None or key not in progress.keys:
            progress.keys[key] = progress.pages
            progress.new_rows.append(row)
        else:
            progress.repeated.append((key, row))
    progress.rows += len(progress.new_rows)
    progress.received += len(page.rows)
    progress.pages += 1


def _find_inconsistency(totals: list[int], progress: PageProgress, paging: Paging) -> str | None:
    if progress.lacks_rows and not paging.is_total_exact:
        return f"the service counts {totals[-1]:,} rows, a number that it may have cached"
    for before, after in pairwise(totals):
        if after < before:
            return f"the service's count fell from {before:,} to {after:,}, so rows were removed meanwhile"
    if totals and totals[-1] != progress.rows and paging.is_total_exact:
        return f"the service counts {totals[-1]:,} rows"
    return None


def _ignores_paging(page: Page, progress: PageProgress, paging: Paging) -> bool:
    """Return whether a service that says nothing about pages returned all rows, and now returns some again.

    A page exactly as long as was requested may have been cut there, so it does not count.
    """
    has_usable_total = page.total is not None and page.total > len(page.rows)
    says_nothing = page.has_more is None and not has_usable_total
    is_repeated = progress.pages > 1 and not progress.new_rows
    return says_nothing and is_repeated and len(page.rows) != paging.size


def _check_progress(page: Page, progress: PageProgress, paging: Paging, label: str) -> None:
    reason, narrowing_hint = None, ""
    if not page.rows:
        reason = "a page is empty although the service announced more"
    elif not progress.new_rows:
        reason = "the service returned a page twice"
    elif progress.pages >= paging.max_pages:
        reason = f"the limit of {paging.max_pages:,} pages was reached"
        narrowing_hint = paging.narrowing_hint
    if reason:
        raise _messages.incomplete(label, progress.pages, progress.rows, reason, narrowing_hint)
