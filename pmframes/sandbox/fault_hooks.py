"""The rows of a list, before a page is cut out of them, as faults may have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Row = TypeVar("Row")
Rearrangement = Callable[[list[Any]], list[Any]]
_rearrangements: ContextVar[Sequence[Rearrangement]] = ContextVar("rearrangements", default=())


@contextmanager
def rearranging(rearrangements: Sequence[Rearrangement]) -> Iterator[None]:
    """Have the lists of one request rearranged."""
    token = _rearrangements.set(rearrangements)
    try:
        yield
    finally:
        _rearrangements.reset(token)


def rearranged(rows: list[Row]) -> list[Row]:
    """Give the rows as the faults of this request have them; without any, as they are."""
    for rearrange in _rearrangements.get():
        rows = rearrange(rows)
    return rows
