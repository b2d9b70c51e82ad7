"""Every way of paging: the query of each page, the last one, what is prefetched, and when rows are missing."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmframes import errors
from pmframes._http import pagination
from pmframes._http.pagination import Offset, Page, PageNumber, PageProgress, Paging, SinglePage, iterate_pages

Fetch = Callable[[int, dict[str, str]], Page]
ROWS = st.lists(st.integers(1, 400), unique=True, max_size=60)
NUMBERED = PageNumber("page", "size", 10)
BY_OFFSET = Offset("offset", "limit", 10)


def page(rows: Sequence[Any], **says: Any) -> Page:
    """Return a page of rows that are their own keys."""
    return Page(rows=list(rows), keys=list(rows), **says)


def read(paging: Paging, fetch: Fetch | Sequence[Page]) -> tuple[list[Any], PageProgress]:
    """Read all pages, a sequence of them or what ``fetch`` returns for a page's index and query: rows, and the end."""
    indices, rows, so_far = count(), [], PageProgress()

    def answer(query: dict[str, str], upcoming: list[dict[str, str]]) -> Page:
        index = next(indices)
        return fetch(index, query) if callable(fetch) else fetch[index]

    for so_far in iterate_pages(paging, answer, "the list"):
        rows += so_far.new_rows
    assert so_far.rows == len(rows)
    return rows, so_far


@given(rows=ROWS, asked=st.integers(1, 20), served=st.integers(1, 20), says=st.booleans())
def test_numbered_pages_of_any_size_give_every_row_once(rows: list[int], asked: int, served: int, says: bool) -> None:
    size = min(asked, served)

    def fetch(index: int, query: dict[str, str]) -> Page:
        assert query == {"page": str(index + 1), "size": str(asked)}
        end = (index + 1) * size
        return page(rows[index * size : end], has_more=end < len(rows) if says else None)

    assert read(PageNumber("page", "size", asked), fetch)[0] == rows


@given(rows=ROWS, served=st.lists(st.integers(1, 20), min_size=1), counts=st.booleans(), echoes=st.booleans())
def test_offset_pages_of_any_size_give_every_row_once(
    rows: list[int], served: list[int], counts: bool, echoes: bool
) -> None:
    def fetch(index: int, query: dict[str, str]) -> Page:
        start, size = int(query["offset"]), min(served[index % len(served)], 10)
        return page(rows[start : start + size], total=len(rows) if counts else None, size=size if echoes else None)

    assert read(BY_OFFSET, fetch)[0] == rows


@given(rows=ROWS.filter(lambda rows: len(rows) > 1), back=st.integers(1, 3))
def test_rows_that_moved_to_the_next_page_are_dropped(rows: list[int], back: int) -> None:
    def fetch(index: int, query: dict[str, str]) -> Page:
        start = max(0, index * 5 - back)
        return page(rows[start : start + 5], has_more=start + 5 < len(rows))

    assert read(PageNumber("page", "size", 5), fetch)[0] == rows


def test_the_queries_of_pages() -> None:
    assert [NUMBERED.query(index, 99) for index in (0, 1, 7)] == [{"page": n, "size": "10"} for n in ("1", "2", "8")]
    assert [BY_OFFSET.query(7, row) for row in (0, 23)] == [{"offset": n, "limit": "10"} for n in ("0", "23")]
    assert SinglePage().query(0, 0) == {}
    assert SinglePage().upcoming(0, 2, page([1, 2], has_more=True, total=100)) == []


LAST: list[tuple[Paging, Page, int, bool]] = [
    (SinglePage(), page([1], has_more=True), 1, True), (NUMBERED, page([1], has_more=True), 1, False),
    (NUMBERED, page([1], has_more=False), 1, True), (NUMBERED, page([], has_more=True), 10, False),
    (NUMBERED, page([], has_more=False), 10, True), (NUMBERED, page([]), 10, True),
    (NUMBERED, page([1]), 1, False),  # the service may use a smaller page size
    (BY_OFFSET, page([], total=50), 10, True),
    # The total is reached
    (BY_OFFSET, page([1, 2], total=5), 4, False), (BY_OFFSET, page([1, 2], total=5), 5, True),
    (BY_OFFSET, page([1, 2], total=5), 6, True), (BY_OFFSET, page([1, 2], total=5, size=10), 4, False),
    # A total that counts the rows of the page alone, or none, says nothing
    (BY_OFFSET, page([1, 2], total=2), 2, False), (BY_OFFSET, page([1, 2], total=0), 2, False),
    (BY_OFFSET, page([1, 2]), 2, False),
    # Nor is a page that is shorter than the size that the service says: it may have used another one
    (BY_OFFSET, page([1, 2], size=3), 2, False), (BY_OFFSET, page([1, 2], size=2), 2, False),
    (BY_OFFSET, page([1, 2], total=2, size=3), 2, False), (BY_OFFSET, page([], total=2, size=3), 2, True),
]  # fmt: skip


@pytest.mark.parametrize(("paging", "answer", "received", "expected"), LAST)
def test_the_last_page(paging: Paging, answer: Page, received: int, expected: bool) -> None:
    assert paging.is_last(answer, received) is expected


DEEP = PageNumber("page", "size", 10, prefetch_depth=pagination.PREFETCH_DEPTH)
FEW = PageNumber("page", "size", 10, prefetch_depth=pagination.PREFETCH_DEPTH, max_pages=4)
TEN = list(range(10))
UPCOMING: list[tuple[PageNumber, int, Page, list[int]]] = [
    # After the first page (index 0), page 2 follows; those after it are prefetched.
    (DEEP, 0, page(TEN, has_more=True), [3, 4, 5, 6, 7]), (DEEP, 3, page(TEN, has_more=True), [6, 7, 8, 9, 10]),
    (DEEP, 0, page(TEN, has_more=False), []), (DEEP, 0, page(TEN), []), (NUMBERED, 0, page(TEN, has_more=True), []),
    # Up to the total, unless it is one more row, which only says that there are more
    (DEEP, 0, page(TEN, has_more=True, total=11), [3, 4, 5, 6, 7]), (DEEP, 0, page(TEN, has_more=True, total=12), []),
    (DEEP, 0, page(TEN, has_more=True, total=20), []), (DEEP, 0, page(TEN, has_more=True, total=21), [3]),
    (DEEP, 0, page(TEN, has_more=True, total=30), [3]), (DEEP, 0, page(TEN, has_more=True, total=31), [3, 4]),
    (DEEP, 0, page(TEN, has_more=True, total=10**6), [3, 4, 5, 6, 7]),
    # Not beyond the limit of pages
    (FEW, 0, page(TEN, has_more=True), [3, 4]), (FEW, 1, page(TEN, has_more=True), [4]),
    (FEW, 2, page(TEN, has_more=True), []),
]  # fmt: skip


@pytest.mark.parametrize(("paging", "index", "answer", "expected"), UPCOMING)
def test_numbered_pages_to_prefetch(paging: PageNumber, index: int, answer: Page, expected: list[int]) -> None:
    received = (index + 1) * 10
    assert paging.upcoming(index, received, answer) == [{"page": str(one), "size": "10"} for one in expected]


@pytest.mark.parametrize(("answer", "received", "expected"), [
    (page([1, 2], total=100), 2, [4, 6, 8, 10, 12]), (page([1, 2], total=100), 90, [92, 94, 96, 98]),
    (page([1, 2], total=9), 2, [4, 6, 8]), (page([1, 2], total=8), 2, [4, 6]), (page([1, 2], total=4), 2, []),
    (page([1, 2], total=0), 2, []), (page([1, 2]), 2, []), (page([], total=100), 2, []),
])  # fmt: skip
def test_offset_pages_to_prefetch(answer: Page, received: int, expected: list[int]) -> None:
    upcoming = BY_OFFSET.upcoming(0, received, answer)
    assert upcoming == [{"offset": str(start), "limit": "10"} for start in expected]


def test_each_page_is_asked_for_with_what_is_prefetched_after_the_page_before() -> None:
    calls = []

    def answer(query: dict[str, str], upcoming: list[dict[str, str]]) -> Page:
        calls.append((query["page"], [one["page"] for one in upcoming]))
        start = len(calls) * 10
        return page(range(start, start + 10), has_more=len(calls) < 3, total=30)

    assert [so_far.rows for so_far in iterate_pages(DEEP, answer, "the list")] == [10, 20, 30]
    assert calls == [("1", []), ("2", ["3"]), ("3", [])]


def test_progress_counts_repeated_rows_and_new_ones_apart() -> None:
    pages = [page([1, 2, 3], has_more=True), page([3, 4], has_more=True), page([5, 1], has_more=False)]
    seen = [
        (so_far.pages, so_far.new_rows, so_far.rows, so_far.received)
        for so_far in iterate_pages(NUMBERED, lambda query, upcoming: pages[int(query["page"]) - 1], "the list")
    ]
    assert seen == [(1, [1, 2, 3], 3, 3), (2, [4], 4, 5), (3, [5], 5, 7)]


def sized(size: int) -> PageNumber:
    return PageNumber("page", "size", size)


ANNOUNCED = page([1, 2], has_more=True)
LIMITED = PageNumber("page", "size", 10, max_pages=3, narrowing_hint="only what is new")
KEYLESS = [
    Page(["a", "a"], [None, None], has_more=True), Page(["a", "b"], [None, 1], has_more=True),
    Page(["c"], [1], has_more=False),
]  # fmt: skip
# All rows, the number of pages, and that of all rows received
COMPLETE: list[tuple[Paging, list[Page], list[Any], int, int]] = [
    *((paging, [page([])], [], 1, 0) for paging in (NUMBERED, BY_OFFSET, SinglePage())),
    (SinglePage(), [page([1, 2])], [1, 2], 1, 2),
    # Rows without a key are always new
    (NUMBERED, KEYLESS, ["a", "a", "a", "b"], 3, 5),
    # A repeated page that ends the list is no error
    (NUMBERED, [ANNOUNCED, page([1, 2], has_more=False)], [1, 2], 2, 4),
    (NUMBERED, [ANNOUNCED, page([3]), page([])], [1, 2, 3], 3, 3),
    (NUMBERED, [ANNOUNCED, page([], has_more=False)], [1, 2], 2, 2),
    (LIMITED, [page([0], has_more=True), page([1], has_more=True), page([9], has_more=False)], [0, 1, 9], 3, 3),
    # A service that ignores paging and says nothing about pages: the same rows again are the whole list
    (NUMBERED, [page([1, 2, 3])] * 2, [1, 2, 3], 2, 6), (sized(2), [page([1, 2, 3])] * 2, [1, 2, 3], 2, 6),
    (sized(4), [page([1, 2, 3])] * 2, [1, 2, 3], 2, 6),
    # So is a page without new rows the end, and a total of the page alone says nothing
    (NUMBERED, [page([1, 2]), page([3]), page([1])], [1, 2, 3], 3, 4),
    (NUMBERED, [page([1, 2, 3], total=3)] * 2, [1, 2, 3], 2, 6),
]  # fmt: skip


@pytest.mark.parametrize(("paging", "pages", "rows", "number", "received"), COMPLETE)
def test_lists_that_are_complete(
    paging: Paging, pages: list[Page], rows: list[Any], number: int, received: int
) -> None:
    found, end = read(paging, pages)
    assert (found, end.pages, end.received, end.inconsistency) == (rows, number, received, None)


TWICE = "the service returned a page twice"
EMPTY = "a page is empty although the service announced more"
INCOMPLETE: list[tuple[Paging, list[Page], str]] = [
    (NUMBERED, [page([1, 2, 3], has_more=True)] * 2, f"{TWICE} (3 rows in 2 pages received)"),
    (BY_OFFSET, [page([1, 2, 3], total=9)] * 2, f"{TWICE} (3 rows in 2 pages received)"),
    (NUMBERED, [page([1], has_more=True), page([], has_more=True)], f"{EMPTY} (1 row in 2 pages received)"),
    # More was announced by one page, and the next one says nothing
    (NUMBERED, [ANNOUNCED, page([])], EMPTY), (NUMBERED, [ANNOUNCED, page([1, 2])], TWICE),
    (LIMITED, [page([n], has_more=True) for n in range(4)], "limit of 3 pages was reached (3 rows in 3 pages "),
    # A repeated page of the requested size may have been cut
    (sized(3), [page([1, 2, 3])] * 2, TWICE), (NUMBERED, [page([1, 2, 3], total=4)] * 2, TWICE),
    (LIMITED, [page([1], has_more=True)] * 2, TWICE),
]  # fmt: skip


@pytest.mark.parametrize(("paging", "pages", "message"), INCOMPLETE)
def test_lists_that_are_incomplete(paging: Paging, pages: list[Page], message: str) -> None:
    with pytest.raises(errors.IncompleteLoad) as raised:
        read(paging, pages)
    assert message in str(raised.value)
    # The hint how to load less is for the limit of pages only.
    assert ("Load only what is new." in str(raised.value)) is ("limit of 3 pages" in message)
    assert "only what is new" not in str(raised.value) or "limit of 3 pages" in message


def test_the_default_limit_of_pages_and_that_as_many_keys_as_rows_are_needed() -> None:
    with pytest.raises(ValueError, match="shorter"):
        read(SinglePage(), [Page(["a", "b"], [1])])
    with pytest.raises(errors.IncompleteLoad) as raised:
        read(BY_OFFSET, lambda index, query: page([index]))
    assert f"the limit of 20,000 pages was reached (20,000 rows in {pagination.MAX_PAGES:,} pages received)" in str(
        raised.value
    )


HINT, EXACT = NUMBERED, BY_OFFSET
TOTALS: list[tuple[Paging, list[Page], str | None]] = [
    (EXACT, [page([1, 2], total=3), page([3], total=3)], None),
    (EXACT, [page([1, 2], total=4), page([3], total=4), page([], total=4)], "the service counts 4 rows"),
    (EXACT, [page([1, 2, 3], total=5000), page([], total=5000)], "the service counts 5,000 rows"),
    (EXACT, [page([1, 2], total=4), page([2, 3], total=4)], "the service counts 4 rows"),
    (EXACT, [page([1, 2], total=3), page([3, 4], total=4)], None),
    (
        EXACT,
        [page([1, 2], total=1004), page([3], total=1003), page([], total=1003)],
        "the service's count fell from 1,004 to 1,003, so rows were removed meanwhile",
    ),
    # 0, or the rows of the page alone, is no total where totals are exact
    (EXACT, [page([1, 2], total=0), page([3], total=0), page([], total=0)], None),
    (EXACT, [page([1, 2], total=2), page([3, 4], total=2), page([5], total=1), page([], total=0)], None),
    (EXACT, [page([1, 2], total=1), page([3], total=0), page([], total=0)], "the service counts 1 rows"),
    # A count that is a lower bound may be below the rows, and not above them
    (HINT, [page([1, 2], has_more=False, total=2)], None),
    (HINT, [page([1, 2], has_more=False, total=0)], None),
    (HINT, [page([1, 2], has_more=False, total=3)], "the service counts 3 rows, a number that it may have cached"),
    (HINT, [page([1, 2], has_more=True, total=3), page([3], has_more=False, total=3)], None),
    (HINT, [page([1, 2], has_more=True, total=2), page([3], has_more=False, total=3)], None),
    (HINT, [page([1, 2], has_more=True), page([3], has_more=False, total=3)], None),
    (
        HINT,
        [page([1, 2], has_more=True, total=4), page([3], has_more=False, total=3)],
        "the service's count fell from 4 to 3, so rows were removed meanwhile",
    ),
]


@pytest.mark.parametrize(("paging", "pages", "inconsistency"), TOTALS)
def test_totals_that_do_not_agree_with_the_rows(paging: Paging, pages: list[Page], inconsistency: str | None) -> None:
    assert read(paging, pages)[1].inconsistency == inconsistency
