"""The explorer: a state and a selection in Python, and a widget that shows them."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.resources import files as resources
from typing import Any

import anywidget
import pandas as pd
import traitlets
from IPython.display import display
from wrapt import synchronized

from pmframes import _fork, _messages
from pmframes._explorer.columns import check_frame, read_columns, simplify
from pmframes._explorer.events import Action, Session
from pmframes._explorer.selection import Selection
from pmframes._explorer.state import State, find_column, parse_conditions, parse_search, parse_sort, parse_state
from pmframes._explorer.static import render_static
from pmframes._explorer.view_model import Display, ViewModel

_WIDGET = "application/vnd.jupyter.widget-view+json"
_RESOURCES = resources("pmframes._explorer")
_PAUSE_SECONDS = 0.5


class _Widget(anywidget.AnyWidget):
    """Shows a view, and sends events as messages; ``view`` says which event of each page was the last one handled."""

    _esm = _RESOURCES.joinpath("widget.js").read_text("utf-8")
    _css = _RESOURCES.joinpath("widget.css").read_text("utf-8")
    view = traitlets.Dict().tag(sync=True)


class Explorer:
    """A frame to filter and search; made by ``pm.explore``.

    Show it as the last expression of a cell. Later cells read what was done there from ``frame``, ``selected``,
    ``code`` and ``state``. Events of the page may come in a thread of their own, beside the cell that runs.
    """

    def __init__(
        self, frame: pd.DataFrame, state: Mapping[str, Any] | None = None, actions: Sequence[Action] = ()
    ) -> None:
        # A shallow copy: pandas copies on write, so later changes to the caller's frame do not reach it.
        given = check_frame(frame).copy(deep=False)
        simple = simplify(given)
        self._columns = read_columns(given, simple)
        begun = State() if state is None else parse_state(state, self._columns)
        selection = Selection(simple, self._columns)
        self._session = Session(selection, ViewModel(selection, simple), given, tuple(actions))
        self._handled: dict[str, int] = {}
        self._waiting: dict[str, dict[int, dict[str, Any]]] = {}
        self._session.set_state(begun)

    @property
    def frame(self) -> pd.DataFrame:
        """The rows that are shown: all columns, with the index, dtypes and attrs of the frame explored."""
        with synchronized(self):
            return self._session.given.iloc[self._session.selection.positions]

    @property
    def selected(self) -> pd.DataFrame:
        """The rows that are selected, in the order of the frame explored, whether they are shown or not."""
        return self._session.given.iloc[self._session.places("selected")]

    @property
    def code(self) -> str:
        """The rows that are shown, as a pandas expression over a variable called ``frame``."""
        with synchronized(self):
            return self._session.selection.code

    @property
    def state(self) -> dict[str, Any]:
        """The filters, search, order and columns; ``pm.explore(frame, state=…)`` begins there again."""
        with synchronized(self):
            return self._session.selection.state.to_dict()

    @synchronized
    def filter(self, search: str | None = None, /, **conditions: Any) -> "Explorer":
        """Set filters of columns, as a click does; those of other columns stay.

        Parameters
        ----------
        search
            A text to search for in all columns of text; an empty one removes the search.
        **conditions
            For a column, a value or a list of values, of which ``pd.NA`` is a missing one, or a tuple of two
            bounds, numbers or days, of which one may be None. ``name__not=`` excludes the values.

        Returns
        -------
        Explorer
            This explorer, so that a call can follow.

        Raises
        ------
        InvalidArgument
            If the frame has no such column, or the column no such values. Nothing is changed.

        Examples
        --------
        >>> x.filter(type=["contact"], created_at=("2026-01-01", None), email=pd.NA, name__not="Ann Lee")
        """
        state = self._session.selection.state
        filters = {**state.filters, **parse_conditions(conditions, self._columns)}
        if search is not None and not isinstance(search, str):
            raise _messages.wrong_kind("search", search, "the text to search for, or conditions by name")
        text = state.search if search is None else parse_search(search, self._columns)
        return self._set_state(replace(state, filters=filters, search=text))

    @synchronized
    def sort(self, *columns: str) -> "Explorer":
        """Sort the rows by these columns, the first one before all others; ``"-created_at"`` descends.

        Without columns the rows are shown in the order of the frame.

        Raises
        ------
        InvalidArgument
            If the frame has no such column, or it has no order. Nothing is changed.
        """
        state = self._session.selection.state
        keys = parse_sort("sort()", columns, self._columns)
        return self._set_state(replace(state, sort=keys))

    @synchronized
    def reset(self, *columns: str) -> "Explorer":
        """Remove the filters of these columns; without columns all filters, the search and the order.

        What is selected stays selected.
        """
        state = self._session.selection.state
        if not columns:
            return self._set_state(State(columns=state.columns, pinned=state.pinned))
        for label in columns:
            state = state.with_filter(find_column("reset()", label, self._columns).label, None)
        return self._set_state(state)

    def _set_state(self, state: State) -> "Explorer":
        self._session.notice = {}
        self._session.set_state(state)
        self._paint()
        return self

    @_fork.cached_property
    def _widget(self) -> _Widget:
        widget = _Widget(view=self._view())
        widget.on_msg(self._receive)
        with suppress(RuntimeError):  # Without a kernel nothing runs in the background.
            asyncio.get_running_loop().call_later(_PAUSE_SECONDS, self._read_next_column)
        return widget

    def _read_next_column(self) -> None:
        """Read the texts before someone searches, column by column, so that nothing waits for long."""
        if self._session.selection.search_index.build_next():
            asyncio.get_running_loop().call_later(_PAUSE_SECONDS, self._read_next_column)

    def _view(self) -> dict[str, Any]:
        return {**self._session.view(), "handled": self._handled}

    def _paint(self) -> None:
        if "_widget" in self.__dict__:
            self._widget.view = self._view()

    @synchronized
    def _receive(self, widget: _Widget, event: dict[str, Any], buffers: object) -> None:
        """Handle the events of a page once each, in the order of their numbers; one that comes early waits."""
        client = event["client"]
        waiting = self._waiting.setdefault(client, {})
        if event["number"] > self._handled.get(client, 0):
            waiting[event["number"]] = event
        while (number := self._handled.get(client, 0) + 1) in waiting:
            self._handled = {**self._handled, client: number}
            answer = self._session.handle(waiting.pop(number))
            self._paint()
            if answer is not None:
                content = answer.pop("content", None)
                widget.send({"client": client, **answer}, None if content is None else [content])

    def __repr__(self) -> str:
        selection = self._session.selection
        return f"<Explorer: {selection.count:,} of {len(selection.frame):,} rows: {self.code}>"

    def _ipython_display_(self) -> None:
        is_untouched = self._session.display == Display()
        static = self._render_static(self._widget.view) if is_untouched else self._repr_html_()
        display({"text/html": static, "text/plain": repr(self)}, raw=True)  # type: ignore[no-untyped-call]
        # Without the text that a widget stands for elsewhere: the static form says it better.
        display({_WIDGET: self._widget.get_view_spec()}, raw=True)  # type: ignore[no-untyped-call]

    def _display_(self) -> _Widget:
        """Return the widget, which marimo shows."""
        return self._widget

    def _repr_html_(self) -> str:
        """Return the static form, also for front ends without widgets."""
        return self._render_static(self._session.view_model.build(Display(), self._session.selected))

    def _render_static(self, view: dict[str, Any]) -> str:
        return render_static(view, len(self._columns) - len(self._session.view_model.shown_columns))
