"""What faults change in a list: hooks for its rows, before a page is cut from them, and a wrong total."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Row = TypeVar("Row")
RowHook = Callable[[list[Any]], list[Any]]
# A context variable, because the services that list rows know nothing of faults.
_hooks: ContextVar[Sequence[RowHook]] = ContextVar("row_hooks", default=())


_surplus: ContextVar[int] = ContextVar("surplus", default=0)


@contextmanager
def use_row_hooks(hooks: Sequence[RowHook], surplus: int = 0) -> Iterator[None]:
    """Apply hooks to the lists of the request that is handled within the ``with`` block.

    ``surplus`` is by how much the totals of these lists exceed their rows.
    """
    tokens = _hooks.set(hooks), _surplus.set(surplus)
    try:
        yield
    finally:
        _hooks.reset(tokens[0])
        _surplus.reset(tokens[1])


def apply_row_hooks(rows: list[Row]) -> list[Row]:
    """Return the rows as the hooks of the current request leave them."""
    for hook in _hooks.get():
        rows = hook(rows)
    return rows


def apply_surplus(total: int) -> int:
    """Return a total, changed by the faults of the current request."""
    return total + _surplus.get()
