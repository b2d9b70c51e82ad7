"""Hooks that reorder or remove the rows of a list before a page is cut from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Row = TypeVar("Row")
RowHook = Callable[[list[Any]], list[Any]]
# A context variable, because the services that list rows know nothing of faults.
_hooks: ContextVar[Sequence[RowHook]] = ContextVar("row_hooks", default=())


@contextmanager
def use_row_hooks(hooks: Sequence[RowHook]) -> Iterator[None]:
    """Apply hooks to the lists of the request that is handled within the ``with`` block."""
    token = _hooks.set(hooks)
    try:
        yield
    finally:
        _hooks.reset(token)


def apply_row_hooks(rows: list[Row]) -> list[Row]:
    """Return the rows as the hooks of the current request leave them."""
    for hook in _hooks.get():
        rows = hook(rows)
    return rows
