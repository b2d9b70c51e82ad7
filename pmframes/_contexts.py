"""Which connections apply: those of a ``with`` block, of this thread or task, or the default of the process.

The top level is the main thread outside of asyncio tasks; in a notebook also the task that runs a cell. What it
connects is the default of the process. Any other thread or task that connects has connections of its own.
"""

import sys
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pmframes import _fork
from pmframes._signatures import checks_arguments

if TYPE_CHECKING:
    from pmframes._connections import Connection


@dataclass(frozen=True)
class _Scope:
    """The state of a context; ``connections`` is None where the default of the process applies.

    ``account`` is the declared account as which the context speaks. ``blocks`` is the number of ``with`` blocks
    that the context is in, ``block`` the innermost of them.
    """

    connections: "Mapping[str, Connection] | None" = None
    account: str | None = None
    is_offline: bool = False
    blocks: int = 0
    block: "_Block | None" = None


@dataclass(eq=False)
class _Block:
    """A ``with`` block: the thread and the task that it began in, and their state before it."""

    place: tuple[Any, Any]
    outer: _Scope
    is_open: bool = True


_NO_SCOPE = _Scope()
_scope: ContextVar[_Scope] = ContextVar("_scope", default=_NO_SCOPE)
_inherited: ContextVar["Mapping[str, Connection] | None"] = ContextVar("_inherited", default=None)
_cell_task: "weakref.ref[Any] | None" = None
_outside_cell = _NO_SCOPE


class _OpenBlocks:
    """The number of ``with`` blocks that are open in the process."""

    lock = threading.Lock()
    count = 0


def is_offline() -> bool:
    """Return whether this context is within a block of ``offline()``."""
    return _current().is_offline


@contextmanager
def block(
    connections: "Mapping[str, Connection] | None" = None, *, account: str | None = None, is_offline: bool = False
) -> Iterator[None]:
    """Use these connections, and no others, within a ``with`` block; by default those of the context."""
    outer = _current()
    begun = _Block(_place(), outer)
    if connections is None:
        connections, account = outer.connections, outer.account
    _scope.set(_Scope(connections, account, outer.is_offline or is_offline, outer.blocks + 1, begun))
    with _OpenBlocks.lock:
        _OpenBlocks.count += 1
    try:
        yield
    finally:
        begun.is_open = False
        with _OpenBlocks.lock:
            _OpenBlocks.count -= 1
        # Not by a token: the block may end in another context, such as another task's, which keeps its state.
        if _scope.get().block is begun:
            _scope.set(outer)


@checks_arguments
@contextmanager
def offline() -> Iterator[None]:
    """Load from the cache, at any age, and send no request within a ``with`` block.

    It holds for this thread or task. Others need connections of their own meanwhile, or ``NotConnected`` is
    raised: it is not known whether they belong to the block. Each load warns how old its data are. What is not
    cached, and ``refresh=True``, raises ``OfflineMiss``. No token function is called.
    """
    with block(is_offline=True):
        yield


def own_connections() -> "Mapping[str, Connection] | None":
    """Return the connections of this context; None where it has none of its own."""
    return _current().connections


def own_account() -> str | None:
    """Return the declared account as which this context speaks, if it has connections of its own."""
    return _current().account


def set_own_connections(connections: "Mapping[str, Connection] | None", account: str | None) -> None:
    """Use these connections in this context, until the end of the block if it is in one."""
    _scope.set(replace(_current(), connections=connections, account=account))


def uses_default() -> bool:
    """Return whether a new connection is to be the default of the process."""
    return is_top_level() and not _current().blocks


def is_ambiguous() -> bool:
    """Return whether this thread or task may belong to a block that is open elsewhere in the process."""
    scope = _current()
    return scope.connections is None and not is_top_level() and _OpenBlocks.count > scope.blocks


def is_top_level() -> bool:
    """Return whether this is the main thread, and no asyncio task but the one that runs a notebook's cell."""
    if threading.current_thread() is not threading.main_thread():
        return False
    task = _current_task()
    return task is None or (_cell_task is not None and task is _cell_task())


def _place() -> tuple[Any, Any]:
    return threading.current_thread(), _current_task()


def _current() -> _Scope:
    scope = _scope.get()
    # A block that another context ended is over where it began. What was started within it stays within it.
    while scope.block is not None and not scope.block.is_open and scope.block.place == _place():
        scope = scope.block.outer
        _scope.set(scope)  # what is started from now on is not within it
    # A notebook's context lasts: what a callback connected there does not concern the top level.
    return _NO_SCOPE if scope.connections is not None and not scope.blocks and is_top_level() else scope


def _current_task() -> Any:
    # Without asyncio there is no task; it is not imported for that.
    if (asyncio := sys.modules.get("asyncio")) is None:
        return None
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def _begin_cell(*_: Any) -> None:
    global _cell_task, _outside_cell
    task, _outside_cell = _current_task(), _scope.get()
    _cell_task = None if task is None else weakref.ref(task)
    if not _outside_cell.blocks:
        # A notebook's context lasts: what a callback connected there is nothing to the threads and tasks of a cell.
        _scope.set(_NO_SCOPE)


def _end_cell(*_: Any) -> None:
    if not _scope.get().blocks:
        _scope.set(_outside_cell)


def _watch_cells() -> None:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        shell.events.register("pre_run_cell", _begin_cell)
        shell.events.register("post_run_cell", _end_cell)
        _begin_cell()


def _before_fork() -> None:
    _inherited.set({} if is_ambiguous() else own_connections())


def _reset_after_fork() -> None:
    # The thread that forked is the main thread of the child: it keeps the connections that it had, or had not.
    if (connections := _inherited.get()) is not None:
        scope = _scope.get()
        _scope.set(replace(scope, connections=connections, blocks=scope.blocks or 1))
    _OpenBlocks.lock, _OpenBlocks.count = threading.Lock(), _scope.get().blocks


_watch_cells()
_fork.call_in_child(_reset_after_fork, before=_before_fork)
