"""Whatever someone does, in whatever order: what is shown is what a plain reading of the frame gives."""

import json
import unicodedata
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pandas.testing import assert_frame_equal

from pmframes._text import fold
from tests.support.explorer_frames import people, permissions

from .page import Page
from .test_code import frames

DAYS, NUMBERS = st.dates().map(str) | st.just("2026-01-05"), st.integers(-5, 5) | st.floats(-5, 5)
EVENTS = st.sampled_from([
    *[("search", {"text": text}) for text in ("", "a", "A", "'", "\n", "ß", "da 1", "\u200b", "a ", "3")],
    *[("page", {"page": page}) for page in (-1, 1, 3)], *[("page_size", {"size": size}) for size in (25, 50, 100)],
    *[("tab", {"tab": tab}) for tab in ("time", "table")], ("first_columns", {}), ("select_none", {}),
    ("clear", {}),
])  # fmt: skip


def plain(text: str) -> str:
    """Write a text without what a search takes for nothing."""
    return "".join(one for one in unicodedata.normalize("NFD", fold(text)) if not "\u0300" <= one <= "\u036f")


def read(series: pd.Series) -> list[Any]:
    """Read the values as a state writes them."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        # By the categories: with a value missing, pandas gives whole intervals as fractions.
        return [None if code < 0 else str(series.cat.categories[code]) for code in series.cat.codes]
    kind = bool if pd.api.types.is_bool_dtype(series.dtype) else str
    return [None if missing else kind(value) for value, missing in zip(series, series.isna(), strict=True)]


def keeps(series: pd.Series, written: Any) -> list[bool]:
    """Say of each row whether a filter of a state keeps it."""
    if isinstance(written, list) or "not" in written:
        exclude, values = isinstance(written, dict), written["not"] if isinstance(written, dict) else written
        return [(value in values) is not exclude for value in read(series)]
    low, high = written["from"], written["to"]
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        low, high = (None if bound is None else date.fromisoformat(bound) for bound in (low, high))
        series = pd.Series([None if pd.isna(time) else time.date() for time in series], dtype=object)
    values = zip(series, series.isna(), strict=True)
    return [not none and (low is None or one >= low) and (high is None or one <= high) for one, none in values]


class ExplorerMachine(RuleBasedStateMachine):
    """What someone does on a page; rows that are selected, and the page in sight, are counted beside it."""

    @initialize(frame=frames() | st.sampled_from([people(70), permissions(30)]))
    def begin(self, frame):
        self.frame = frame
        self.open(Page(frame))

    def open(self, page: Page) -> None:
        self.page, self.sent, self.versions = page, list[dict[str, Any]](), list[tuple[int, list[int]]]()
        self.selected, self.first, self.size = set[int](), 0, 25

    def facet(self, data: st.DataObject, *kinds: str) -> dict[str, Any] | None:
        facets = [one for one in self.page.view["facets"] if one.get("kind") in kinds and one.get("values") != []]
        return data.draw(st.sampled_from(facets)) if facets else None

    def seen(self, facet: dict[str, Any]) -> dict[str, Any]:
        return next(one for one in self.page.view["facets"] if one["column"] == facet["column"])

    def written(self, facet: dict[str, Any]) -> Any:
        return self.page.x.state["filters"].get(self.page.x._columns[facet["column"]].label)

    def do(self, kind: str, column: int | None = None, **content: Any) -> None:
        """Send an event; other rows are shown from the first page on."""
        before = self.page.x.state
        self.versions.append((self.page.view["version"], self.positions))
        self.sent.append(self.page.event(kind, column, **content))
        self.page.deliver(self.sent[-1])
        assert self.page.notice == ""
        self.turn(before)

    def turn(self, before: dict[str, Any]) -> None:
        after = self.page.x.state
        self.first = self.first if all(before[key] == after[key] for key in ("filters", "search", "sort")) else 0

    @rule(data=st.data(), is_only=st.booleans(), checked=st.booleans())
    def choose_a_value(self, data, is_only, checked):
        facet = self.facet(data, "values")
        if facet:
            place = data.draw(st.sampled_from(facet["values"]))["value"]
            self.do("only" if is_only else "value", facet["column"], value=place, checked=checked, exclude=not checked)
            shown = {one["value"]: one["checked"] for one in self.seen(facet)["values"]}
            # One without rows, and not in the filter, is folded; where nothing is excluded, there is no filter.
            assert shown.pop(place, False) is (checked and self.written(facet) is not None)
            assert not is_only or {*shown.values()} <= {not checked}

    @rule(data=st.data(), checked=st.booleans(), exclude=st.booleans())
    def choose_missing_ones(self, data, checked, exclude):
        facet = self.facet(data, "time", "number")
        if facet:
            self.do("missing", facet["column"], checked=checked, exclude=exclude)
            facet = self.seen(facet)
            assert [facet["missingChecked"], facet["missingExcluded"]] == [checked and not exclude, checked and exclude]

    @rule(data=st.data(), end=st.sampled_from(["from", "to"]))
    def choose_a_bound(self, data, end):
        facet = self.facet(data, "time", "number")
        if facet:
            written, none = self.written(facet), {"from": None, "to": None}
            value = data.draw(st.none() | (DAYS if facet["kind"] == "time" else NUMBERS))
            wanted = {**(written if isinstance(written, dict) and "from" in written else none), end: value}
            if None in wanted.values() or wanted["from"] <= wanted["to"]:
                self.do("range", facet["column"], end=end, value=value)
                assert (self.written(facet) or none) == wanted

    @rule(data=st.data(), kind=st.sampled_from([{"open": True}, {"open": False}, {"all": True}, {"search": "a"}, None]))
    def fold_unfold_or_clear(self, data, kind):
        if facets := self.page.view["facets"]:
            column = data.draw(st.sampled_from(facets))["column"]
            self.do("clear", column) if kind is None else self.do("facet", column, **kind)

    @rule(event=EVENTS)
    def do_something_else(self, event):
        kind, content = event
        if kind != "search" or self.page.view["searchable"]:
            self.do(kind, **content)
        self.selected = set() if kind == "select_none" else self.selected
        self.first = max(0, content["page"]) * self.size if kind == "page" else self.first
        self.size = content.get("size", self.size)

    @rule(data=st.data(), direction=st.sampled_from(["ascending", "descending", None]), add=st.booleans())
    def order(self, data, direction, add):
        if columns := [one["column"] for one in self.page.view["columns"] if one.get("sortable")]:
            self.do("sort", data.draw(st.sampled_from(columns)), direction=direction, add=add)

    @rule(data=st.data(), checked=st.booleans())
    def select(self, data, checked):
        rows = data.draw(st.lists(st.sampled_from(self.page.ids), max_size=3)) if self.page.ids else []
        self.do("select", rows=rows, checked=checked)
        self.selected = self.selected | {*rows} if checked else self.selected - {*rows}

    @rule(data=st.data(), checked=st.booleans())
    def select_all_that_were_shown(self, data, checked):
        now = (self.page.view["version"], self.positions)
        version, rows = data.draw(st.sampled_from([now, *self.versions[-20:]]))
        self.do("select_shown", version=version, checked=checked)
        self.selected = self.selected | {*rows} if checked else self.selected - {*rows}

    @rule(data=st.data())
    def events_come_again_and_in_another_order(self, data):
        checked, rows = data.draw(st.lists(st.booleans(), max_size=4)), self.page.ids[:2]
        events = [self.page.event("select", rows=rows[at % 2 :], checked=one) for at, one in enumerate(checked)]
        self.page.deliver(*data.draw(st.permutations([*self.sent, *events, *events])))
        for event in events:
            self.selected = self.selected | {*event["rows"]} if event["checked"] else self.selected - {*event["rows"]}

    @rule(is_new=st.booleans())
    def begin_again(self, is_new):
        before = self.page.x
        if is_new:
            self.open(Page(self.frame, json.loads(json.dumps(before.state))))
            assert (self.page.x.state, self.page.x.code) == (before.state, before.code)
        else:
            state = before.state
            before.reset()
            self.turn(state)

    def mask(self, but: str | None = None) -> np.ndarray:
        """Say of each row whether the state keeps it, but for the filter of one column."""
        kept, state = np.ones(len(self.frame), dtype=bool), self.page.x.state
        for column in self.page.x._columns:
            if column.label in state["filters"] and column.label != but:
                kept &= np.array(keeps(column.of(self.frame), state["filters"][column.label]), dtype=bool)
        if wanted := plain(state["search"]):
            texts = [column.of(self.frame) for column in self.page.x._columns if column.kind == "text"]
            found = [[isinstance(one, str) and wanted in plain(one) for one in series] for series in texts]
            kept &= np.logical_or.reduce(np.array(found, dtype=bool).reshape(len(texts), len(self.frame)))
        return kept

    @property
    def positions(self) -> list[int]:
        rows, mask = self.frame.set_axis(range(len(self.frame))), self.mask()
        columns = {one["column"]: one["sorted"] for one in self.page.view["columns"] if "sorted" in one}
        keys = sorted(columns, key=lambda column: columns[column]["rank"])
        if keys:
            ascending = [columns[key]["direction"] == "ascending" for key in keys]
            rows = rows.sort_values([self.frame.columns[key] for key in keys], ascending=ascending, kind="stable")
        return [row for row in rows.index if mask[row]]

    @precondition(lambda self: hasattr(self, "page"))
    @invariant()
    def the_rows_are_those_that_were_chosen(self):
        positions, view, x = self.positions, self.page.view, self.page.x
        assert_frame_equal(x.frame, self.frame.iloc[positions])
        assert_frame_equal(eval(x.code, {"frame": self.frame}), x.frame)
        assert_frame_equal(x.selected, self.frame.iloc[sorted(self.selected)])
        page = min(self.first // self.size, max(0, len(positions) - 1) // self.size)
        self.first = page * self.size
        rows = positions[self.first : self.first + self.size] if view["panel"] is None else []
        assert [(row["id"], row["selected"]) for row in view["rows"]] == [(row, row in self.selected) for row in rows]
        numbers = [view[key] for key in ("shown", "total", "selected", "selectedShown", "page")]
        shown = len(self.selected & {*positions})
        assert numbers == [len(positions), len(self.frame), len(self.selected), shown, page]
        assert view["handled"].get("page", 0) == self.page.number

    @precondition(lambda self: hasattr(self, "page"))
    @invariant()
    def the_counts_are_those_of_the_rows_that_the_other_filters_keep(self):
        for one in [one for one in self.page.view["facets"] if one["open"]]:
            column = self.page.x._columns[one["column"]]
            facet = self.page.x._session.selection.facet(column)
            series = column.of(self.frame)[self.mask(but=column.label)]
            if one["kind"] == "values":
                has = [None if missing else True for missing in series.isna()] if facet.is_presence else read(series)
                counts = {value["value"]: value["count"] for value in one["values"]}
                assert counts == {place: has.count(facet.values[place]) for place in counts}
            else:
                assert one["missing"] == series.isna().sum()
                assert sum(each["count"] for each in one["bins"]) == series.count()


@pytest.mark.slow
class TestExplorer(ExplorerMachine.TestCase):
    settings = settings(max_examples=settings().max_examples, stateful_step_count=25)
