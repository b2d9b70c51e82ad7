"""Reading all pages of a list: each way of paging, and one walk that notices what is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from pmframes import errors

MOST_PAGES = 20_000


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
    """A way of paging: the queries of the pages, one after the other."""

    @property
    def size(self) -> int | None:
        """The page size to ask for."""

    def query(self, number: int, rows_so_far: int) -> dict[str, str]:
        """Give the query keys of page ``number`` (from 0), after so many rows."""

    def is_last(self, page: Page, rows_so_far: int) -> bool:
        """Tell whether nothing can follow this page; ``rows_so_far`` counts its rows too."""


@dataclass(frozen=True)
class OneAnswer:
    """The service sends all rows at once."""

    size: int | None = None

    def query(self, number: int, rows_so_far: int) -> dict[str, str]:
        """Ask for nothing in particular."""
        return {}

    def is_last(self, page: Page, rows_so_far: int) -> bool:
        """Tell that the first page is the last."""
        return True


@dataclass(frozen=True)
class ByNumber:
    """Pages with a number, from 1, and a service that may say whether there is more.

    Where it says nothing, a short page proves nothing (it may have made the pages smaller than asked for):
    only an empty one, or one that brings nothing new, ends the list.
    """

    number: str
    size_key: str
    size: int

    def query(self, number: int, rows_so_far: int) -> dict[str, str]:
        """Ask for the page by its number."""
        return {self.number: str(number + 1), self.size_key: str(self.size)}

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

    def query(self, number: int, rows_so_far: int) -> dict[str, str]:
        """Ask for what follows the rows so far."""
        return {self.offset: str(rows_so_far), self.size_key: str(self.size)}

    def is_last(self, page: Page, rows_so_far: int) -> bool:
        """Tell by an empty page, by the total, or by a page shorter than the size the service used."""
        if not page.rows:
            return True
        if page.total is not None and page.total > len(page.rows):
            return rows_so_far >= page.total
        return page.size is not None and len(page.rows) < page.size


@dataclass
class Walk:
    """What has come so far, ``new`` rows of it with the last page."""

    rows: list[Any] = field(default_factory=list, repr=False)
    new: int = 0
    pages: int = 0


def walk(paging: Paging, fetch: Callable[[int, dict[str, str]], Page], what: str) -> Iterator[Walk]:
    """Read page after page, and give what has come so far after each; the last is complete.

    Raises
    ------
    IncompleteLoad
        Pages repeat, end too early, or never end. What had come is not returned.
    """
    so_far, seen, came, total, promised = Walk(), set[Any](), 0, None, False
    while True:
        page = fetch(so_far.pages, paging.query(so_far.pages, came))
        new = _new_rows(page, seen)
        came += len(page.rows)
        so_far.pages += 1
        so_far.rows += new
        so_far.new = len(new)
        if total is not None and page.total is not None and page.total < total:
            why = f"the service's count fell from {total:,} to {page.total:,}: rows were removed meanwhile"
            raise errors.incomplete(what, so_far.pages, len(so_far.rows), why)
        if page.total is not None and page.total > len(page.rows):
            total = page.total
        ends = paging.is_last(page, came) or _ignores_paging(page, new, so_far, paging)
        if ends and not (promised and page.more is None):
            break
        _check_progress(page, new, so_far, what)
        promised = bool(page.more)
        yield so_far
    if total is not None and len(so_far.rows) != total:
        raise errors.incomplete(what, so_far.pages, len(so_far.rows), f"the service counts {total:,} rows")
    yield so_far


def _new_rows(page: Page, seen: set[Any]) -> list[Any]:
    new = []
    for row, key in zip(page.rows, page.keys, strict=True):
        if key is None or key not in seen:
            seen.add(key)
            new.append(row)
    return new


def _ignores_paging(page: Page, new: list[Any], so_far: Walk, paging: Paging) -> bool:
    """Tell whether a service that says nothing of pages sent all rows at once, and now sends them again.

    A first page exactly as long as was asked for may have been cut there, so it does not count.
    """
    said_nothing = page.more is None and page.total is None
    return said_nothing and so_far.pages == 2 and not new and len(page.rows) != paging.size


def _check_progress(page: Page, new: list[Any], so_far: Walk, what: str) -> None:
    why = None
    if not page.rows:
        why = "an empty page came though more was promised"
    elif not new:
        why = "a page came a second time"
    elif so_far.pages >= MOST_PAGES:
        why = f"there were more than {MOST_PAGES:,} pages"
    if why:
        raise errors.incomplete(what, so_far.pages, len(so_far.rows), why)
