"""Reading all pages of a list: each way of paging, and one walk that notices what is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

from pmframes import _messages

MOST_PAGES = 20_000
AHEAD = 5
"""How many pages beyond the next one are asked for before it is known that they are needed."""


@dataclass
class Page:
    """One page as it was read.

    ``more`` is what the service says of further pages, None where it says nothing; ``total`` how many rows
    it counts over all pages; ``size`` the page size it used.
    """

    rows: list[Any] = field(repr=False)
    keys: list[Any] = field(repr=False)
    more: bool | None = None
    total: int | None = None
    size: int | None = None


class Paging(Protocol):
    """A way of paging: the queries of the pages, one after the other.

    Where ``total_is_firm``, rows that do not make up the total are an error; else the total may be out of
    date, and is taken for a sign that the list should be read once more.
    """

    @property
    def size(self) -> int | None:
        """The page size to ask for."""

    @property
    def total_is_firm(self) -> bool:
        """Whether the service's total can be relied on."""

    @property
    def most_pages(self) -> int:
        """How many pages can be asked for."""

    @property
    def narrower(self) -> str:
        """How to ask for less where there are more; completes "Load …", empty where nothing helps."""

    def query(self, number: int, rows_so_far: int) -> dict[str, str]:
        """Give the query keys of page ``number`` (from 0), after so many rows."""

    def likely(self, number: int, rows_so_far: int, last: Page) -> list[dict[str, str]]:
        """Give the queries of pages that will probably follow page ``number``, to be asked for ahead."""

    def is_last(self, page: Page, rows_so_far: int) -> bool:
        """Tell whether nothing can follow this page; ``rows_so_far`` counts its rows too."""


@dataclass(frozen=True)
class OneAnswer:
    """The service sends all rows at once."""

    size: int | None = None
    total_is_firm: bool = True
    most_pages: int = 1
    narrower: str = ""

    def query(self, number: int, rows_so_far: int) -> dict[str, str]:
        """Ask for nothing in particular."""
        return {}

    def likely(self, number: int, rows_so_far: int, last: Page) -> list[dict[str, str]]:
        """Expect nothing more."""
        return []

    def is_last(self, page: Page, rows_so_far: int) -> bool:
        """Tell that the first page is the last."""
        return True


@dataclass(frozen=True)
class ByNumber:
    """Pages with a number, from 1, and a service that may say whether there is more.

    Where it says nothing, a short page proves nothing (it may have made the pages smaller than asked for):
    only an empty one, or one that brings nothing new, ends the list. A total is a hint only.
    """

    number: str
    size_key: str
    size: int
    ahead: int = 0
    most_pages: int = MOST_PAGES
    narrower: str = ""
    total_is_firm: bool = False

    def query(self, number: int, rows_so_far: int) -> dict[str, str]:
        """Ask for the page by its number."""
        return {self.number: str(number + 1), self.size_key: str(self.size)}

    def likely(self, number: int, rows_so_far: int, last: Page) -> list[dict[str, str]]:
        """Expect pages up to the total; as many as may be where that says only that there is more."""
        if not last.more:
            return []
        end = min(number + 1 + self.ahead, self.most_pages - 1)
        if last.total is not None and last.total > rows_so_far + 1:
            end = min(end, (last.total - 1) // self.size)
        return [self.query(after, 0) for after in range(number + 2, end + 1)]

    def is_last(self, page: Page, rows_so_far: int) -> bool:
        """Tell by what the service says, or by an empty page."""
        return page.more is False or (page.more is None and not page.rows)


@dataclass(frozen=True)
class ByOffset:
    """Pages by the number of rows to skip, and a service that may count them.

    The next page starts after the rows that came, not after those asked for: a service may send fewer.
    """

    offset: str
    size_key: str
    size: int
    ahead: int = AHEAD
    most_pages: int = MOST_PAGES
    narrower: str = ""
    total_is_firm: bool = True

    def query(self, number: int, rows_so_far: int) -> dict[str, str]:
        """Ask for what follows the rows so far."""
        return {self.offset: str(rows_so_far), self.size_key: str(self.size)}

    def likely(self, number: int, rows_so_far: int, last: Page) -> list[dict[str, str]]:
        """Expect pages as long as the last one, up to the total."""
        step, total = len(last.rows), last.total or 0
        starts = [rows_so_far + step * after for after in range(1, self.ahead + 1)]
        return [self.query(0, start) for start in starts if start < total and step]

    def is_last(self, page: Page, rows_so_far: int) -> bool:
        """Tell by an empty page, by the total, or by a page shorter than the size the service used."""
        if not page.rows:
            return True
        if page.total is not None and page.total > len(page.rows):
            return rows_so_far >= page.total
        return page.size is not None and len(page.rows) < page.size


@dataclass
class Walk:
    """How many rows have come so far, and which were ``new`` with the last page.

    ``doubt`` says why these may not be all rows though the service says so; it is set at the end.
    """

    rows: int = 0
    keys: set[Any] = field(default_factory=set, repr=False)
    new: list[Any] = field(default_factory=list, repr=False)
    came: int = 0
    pages: int = 0
    doubt: str | None = None


Turn = Callable[[dict[str, str], list[dict[str, str]]], Page]


def walk(paging: Paging, turn: Turn, what: str) -> Iterator[Walk]:
    """Read page after page, and give what has come so far after each; the last is complete.

    ``turn`` is called with the query of a page and those that will probably follow.

    Raises
    ------
    IncompleteLoad
        Pages repeat, end too early, or never end. What had come is not returned.
    """
    so_far, totals, promised = Walk(), list[int](), False
    likely: list[dict[str, str]] = []
    while True:
        page = turn(paging.query(so_far.pages, so_far.came), likely)
        new = _take(page, so_far)
        # Where it can be relied on, it may still be left at 0, or count the rows of the page alone.
        if page.total is not None and not (paging.total_is_firm and page.total in (0, len(page.rows))):
            totals.append(page.total)
        ends = paging.is_last(page, so_far.came) or _ignores_paging(page, new, so_far, paging)
        if ends and not (promised and page.more is None):
            break
        _check_progress(page, new, so_far, paging, what)
        promised = bool(page.more)
        likely = paging.likely(so_far.pages - 1, so_far.came, page)
        yield so_far
    so_far.doubt = _doubt(totals, so_far.rows)
    yield so_far


def _take(page: Page, so_far: Walk) -> list[Any]:
    """Take the rows of a page that were not there before; a row without a key always counts."""
    new = []
    for row, key in zip(page.rows, page.keys, strict=True):
        if key is None or key not in so_far.keys:
            so_far.keys.add(key)
            new.append(row)
    so_far.rows += len(new)
    so_far.new = new
    so_far.came += len(page.rows)
    so_far.pages += 1
    return new


def _doubt(totals: list[int], rows: int) -> str | None:
    for before, after in pairwise(totals):
        if after < before:
            return f"the service's count fell from {before:,} to {after:,}: rows were removed meanwhile"
    if totals and totals[-1] != rows:
        return f"the service counts {totals[-1]:,} rows"
    return None


def _ignores_paging(page: Page, new: list[Any], so_far: Walk, paging: Paging) -> bool:
    """Tell whether a service that says nothing of pages sent all rows at once, and now sends them again.

    A first page exactly as long as was asked for may have been cut there, so it does not count.
    """
    said_nothing = page.more is None and page.total is None
    return said_nothing and so_far.pages == 2 and not new and len(page.rows) != paging.size


def _check_progress(page: Page, new: list[Any], so_far: Walk, paging: Paging, what: str) -> None:
    why, narrower = None, ""
    if not page.rows:
        why = "an empty page came though more was promised"
    elif not new:
        why = "a page came a second time"
    elif so_far.pages >= paging.most_pages:
        why, narrower = f"the limit of {paging.most_pages:,} pages was reached", paging.narrower
    if why:
        raise _messages.incomplete(what, so_far.pages, so_far.rows, why, narrower)
