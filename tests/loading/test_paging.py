"""Any rows, cut into pages in any way that a service may: the same rows, or an error."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmframes import errors
from pmframes._http.pagination import PREFETCH_DEPTH, Offset, Page, PageNumber, PageProgress, SinglePage, iterate_pages

ROWS = st.lists(st.integers(1, 400), unique=True, max_size=60)


@dataclass
class _All:
    rows: list[Any]
    inconsistency: str | None
    pages: int


def _all(paging, fetch) -> _All:
    """Read every page; ``fetch`` is given the page's number and query."""
    numbers, rows, so_far = count(), [], PageProgress()
    for so_far in iterate_pages(paging, lambda query, upcoming: fetch(next(numbers), query), "the rows"):
        rows += so_far.new_rows
    assert so_far.rows == len(rows)
    return _All(rows, so_far.inconsistency, so_far.pages)


def _page(rows, **says) -> Page:
    return Page(rows=list(rows), keys=list(rows), **says)


@given(rows=ROWS, asked=st.integers(1, 20), served=st.integers(1, 20), says=st.booleans())
def test_numbered_pages_of_any_size_give_every_row_once(rows, asked, served, says):
    size = min(asked, served)

    def fetch(number, query):
        assert query == {"page": str(number + 1), "size": str(asked)}
        return _page(
            rows[number * size : (number + 1) * size], has_more=(number + 1) * size < len(rows) if says else None
        )

    assert _all(PageNumber("page", "size", asked), fetch).rows == rows


@given(rows=ROWS, served=st.lists(st.integers(1, 20), min_size=1), counts=st.booleans(), echoes=st.booleans())
def test_offset_pages_that_are_cut_short_give_every_row_once(rows, served, counts, echoes):
    def fetch(number, query):
        start, size = int(query["offset"]), min(served[number % len(served)], 10)
        return _page(rows[start : start + size], total=len(rows) if counts else None, size=size if echoes else None)

    assert _all(Offset("offset", "limit", 10), fetch).rows == rows


@given(rows=ROWS.filter(lambda rows: len(rows) > 1), back=st.integers(1, 3))
def test_rows_that_drift_onto_the_next_page_are_dropped(rows, back):
    def fetch(number, query):
        start = max(0, number * 5 - back)
        return _page(rows[start : start + 5], has_more=start + 5 < len(rows))

    assert _all(PageNumber("page", "size", 5), fetch).rows == rows


@given(rows=ROWS.filter(lambda rows: len(rows) > 20), lost=st.integers(1, 9))
def test_fewer_rows_than_the_service_counts_leave_a_doubt(rows, lost):
    def fetch(number, query):
        start = int(query["offset"])
        return _page(rows[:-lost][start : start + 10], total=len(rows))

    assert _all(Offset("offset", "limit", 10), fetch).inconsistency == f"the service counts {len(rows)} rows"


def test_rows_that_are_removed_meanwhile_leave_a_doubt():
    def fetch(number, query):
        start = int(query["offset"])
        return _page(range(number, 30)[start : start + 10], total=30 - number)

    assert "fell from 30 to 29" in _all(Offset("offset", "limit", 10), fetch).inconsistency


def test_a_service_that_ignores_paging_and_says_nothing_sent_everything_at_once():
    assert _all(PageNumber("page", "size", 10), lambda number, query: _page([1, 2, 3])).rows == [1, 2, 3]


def test_but_a_page_as_long_as_was_asked_for_may_have_been_cut():
    with pytest.raises(errors.IncompleteLoad, match="a page twice"):
        _all(PageNumber("page", "size", 3), lambda number, query: _page([1, 2, 3]))


@pytest.mark.parametrize("says", [{"has_more": True}, {"total": 9}])
def test_a_page_that_comes_for_ever_is_an_error(says):
    paging = PageNumber("page", "size", 10) if "has_more" in says else Offset("offset", "limit", 10)
    with pytest.raises(errors.IncompleteLoad, match="a page twice"):
        _all(paging, lambda number, query: _page([1, 2, 3], **says))


def test_an_empty_page_though_more_is_promised_is_an_error():
    with pytest.raises(errors.IncompleteLoad, match="page is empty"):
        _all(PageNumber("page", "size", 10), lambda number, query: _page([1] if number == 0 else [], has_more=True))


def test_pages_without_end_are_an_error_that_says_how_to_ask_for_less():
    paging = PageNumber("page", "size", 10, max_pages=5, narrowing_hint="only what is new")
    with pytest.raises(errors.IncompleteLoad, match=r"limit of 5 pages .* Load only what is new"):
        _all(paging, lambda number, query: _page([number], has_more=True))


@given(
    rows=st.integers(0, 200),
    asked=st.integers(1, 20),
    served=st.integers(1, 20),
    total=st.sampled_from(["exact", "lower bound", "none", "nonsense"]),
)
def test_what_is_likely_is_what_follows(rows, asked, served, total):
    """Where pages are as long as they were, and as many as is said, each upcoming query is one to come."""
    size = min(asked, served)

    def said(shown, more):
        return {"exact": rows, "lower bound": shown + 1 if more else rows, "none": None, "nonsense": 7}[total]

    def fetch(paging):
        queries, expected = [], []

        def turn(query, upcoming):
            queries.append(query)
            expected.extend(upcoming)
            assert len(upcoming) <= PREFETCH_DEPTH
            start = int(query.get("offset", (int(query.get("page", 1)) - 1) * size))
            came = list(range(start, min(start + size, rows)))
            more = start + size < rows
            is_offset = "offset" in query
            return _page(came, has_more=None if is_offset else more, total=said(start + len(came), more))

        found = [row for so_far in iterate_pages(paging, turn, "the rows") for row in so_far.new_rows]
        return found, queries, expected

    numbered, queries, upcoming = fetch(PageNumber("page", "size", size, prefetch_depth=PREFETCH_DEPTH))
    assert numbered == list(range(rows))
    if total == "exact" and rows % size != 1 % size:  # one more row may also be said for "there is more"
        assert [one for one in upcoming if one not in queries] == []
    if total in ("exact", "none"):
        by_offset, queries, upcoming = fetch(Offset("offset", "limit", asked))
        assert by_offset == list(range(rows))
        assert [one for one in upcoming if one not in queries] == []


def test_one_answer_is_one_page():
    assert _all(SinglePage(), lambda number, query: _page([1, 2])).pages == 1
