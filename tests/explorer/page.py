"""A page without a browser: it numbers its events as widget.js does, and keeps the answers."""

from types import SimpleNamespace
from typing import Any

import pandas as pd

from pmframes._explorer import Explorer

EMPTY = {"filters": {}, "search": "", "sort": [], "columns": None, "pinned": None}


class Page:
    """A page of an explorer; tests name columns, and values of facets by their texts, and it sends their places."""

    def __init__(self, shown: pd.DataFrame | Explorer, state: dict[str, Any] | None = None, client: str = "page"):
        self.x = shown if isinstance(shown, Explorer) else Explorer(shown, state)
        self.client, self.number, self.answers = client, 0, list[dict[str, Any]]()

    @property
    def view(self) -> dict[str, Any]:
        return self.x._view()

    @property
    def notice(self) -> str:
        return self.view["notice"].get("text", "")

    @property
    def ids(self) -> list[int]:
        return [row["id"] for row in self.view["rows"]]

    def event(self, kind: str, column: str | int | None = None, **content: Any) -> dict[str, Any]:
        """Make the next event."""
        if kind in ("value", "only") and isinstance(content["value"], str):
            places = {one["text"]: one["value"] for one in self.facet(column)["values"]}
            content["value"] = places[content["value"]]
        self.number += 1
        column = self.position(column) if isinstance(column, str) else column
        return {"client": self.client, "number": self.number, "type": kind, "column": column, **content}

    def deliver(self, *events: dict[str, Any]) -> "Page":
        widget = SimpleNamespace(send=lambda content, buffers: self.answers.append({**content, "buffers": buffers}))
        for event in events:
            self.x._receive(widget, event, [])
        return self

    def send(self, kind: str, column: str | int | None = None, **content: Any) -> "Page":
        return self.deliver(self.event(kind, column, **content))

    def range(self, column: str | int, first: Any, last: Any) -> "Page":
        self.send("clear", column)
        for end, value in (("from", first), ("to", last)):
            self.send("range", column, end=end, value=value)
        return self

    def position(self, name: str) -> int:
        return next(one["column"] for one in self.view["chooser"] if one["name"] == name)

    def facet(self, name: str) -> dict[str, Any]:
        return next(one for one in self.view["facets"] if one["name"] == name)

    def counts(self, name: str) -> dict[str, int]:
        """Return the texts of the values, or of the bins, with their counts, in the order of the page."""
        facet = self.facet(name)
        return {one.get("text", one.get("label")): one["count"] for one in facet.get("values", facet.get("bins"))}

    def open_all(self) -> "Page":
        for facet in self.view["facets"]:
            self.send("facet", facet["column"], open=True, all=True)
        return self
