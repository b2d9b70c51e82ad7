"""Whatever someone does, in whatever order: what is shown is what a plain reading of the frame gives."""

import json
from datetime import date
from typing import Any
from unittest import mock

import ipywidgets as widgets
import numpy as np
import pandas as pd
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pandas.testing import assert_frame_equal

import pmframes as pm
from pmframes._explorer.drawings import BARS
from pmframes._text import fold
from tests.support.explorer_frames import people, permissions

from .test_code import frames
from .test_explore import grid_of, grid_rows, labelled, parts, unfold

GRANTS = (True, False, None)
PERMISSIONS = "all permissions in one list"
days = st.none() | st.dates() | st.just(date(2026, 1, 5))


def read(column: pd.Series, values: tuple[Any, ...]) -> list[Any]:
    """Say of each row which of the values it has."""
    if values == (True, False):
        return [bool(there) for there in column.notna()]
    kind = bool if values == GRANTS else str
    if isinstance(column.dtype, pd.CategoricalDtype):
        # By the categories: with a value missing, pandas gives whole intervals as fractions.
        texts = [kind(value) for value in column.cat.categories]
        return [None if code < 0 else texts[code] for code in column.cat.codes]
    return [None if pd.isna(value) else kind(value) for value in column]


def on_days(column: pd.Series, first: date | None, last: date | None) -> list[bool]:
    return [not pd.isna(moment) and (first or date.min) <= moment.date() <= (last or date.max) for moment in column]


class Someone(RuleBasedStateMachine):
    """What someone does with the widgets, and beside it what they should see."""

    @initialize(
        frame=frames() | st.sampled_from([people(30), permissions(30)]),
        cells=st.sampled_from([5, 3_000]),
        matched=st.booleans(),
    )
    def begin(self, frame, cells, matched):
        self.few_rows = mock.patch("pmframes._explorer.pager.CELLS", cells)
        self.few_rows.start()
        if matched and "match" not in frame:
            frame = frame.assign(match=pd.array([1, None, 2] * len(frame), dtype="Int64")[: len(frame)])
        self.frame, self.x = frame, pm.explore(frame)
        unfold(self.x)
        self.offered = {label: facet.values for label, facet in self.x._offer.facets.items()}
        self.columns = {str(name): frame.iloc[:, place] for place, name in enumerate(frame.columns)}
        self.ticked: set[int] = set()
        self.forget()

    def teardown(self):
        if hasattr(self, "few_rows"):
            self.few_rows.stop()

    def forget(self):
        self.chosen: dict[str, set[Any]] = {}
        self.days: dict[str, tuple[date | None, date | None]] = {}
        self.search, self.sort, self.descending, self.first = "", None, False, 0

    # What someone does

    @rule(data=st.data())
    def choose(self, data):
        lists = {label: box for label, box in self.lists.items() if label != PERMISSIONS}
        if lists:
            label = data.draw(st.sampled_from(sorted(lists)))
            places = self._choose(lists[label], data)
            self.chosen[label] = {self.offered[label][place] for place in places}
            self.first = 0

    @property
    def lists(self) -> dict[str, widgets.SelectMultiple]:
        offer = self.x._offer
        labels = [facet.column.label for facet in (*offer.first, *offer.rest)]
        labels = [PERMISSIONS, *labels] if offer.permissions else labels
        return dict(zip(labels, parts(self.x, widgets.SelectMultiple), strict=True))

    @rule(data=st.data(), grant=st.sampled_from(["granted", "not granted", "not sent"]))
    def choose_permissions(self, data, grant):
        if self.x._offer.permissions:
            labelled(self.x, "permissions that are").label = grant
            places = self._choose(self.lists[PERMISSIONS], data)
            for place, flag in enumerate(self.x._offer.permissions):
                label, value = flag.column.label, {self.grant}
                if place in places:
                    self.chosen[label] = value
                elif self.chosen.get(label) == value:
                    self.chosen[label] = set()
            self.first = 0

    @property
    def grant(self) -> bool | None:
        return labelled(self.x, "permissions that are").value

    def _choose(self, box: widgets.SelectMultiple, data: st.DataObject) -> set[int]:
        before, offered = box.value, [place for _, place in box.options]
        seen = data.draw(st.sets(st.integers(0, len(offered) - 1), max_size=3))
        box.set_state({"index": sorted(seen)})
        places = {offered[one] for one in seen}
        return set() if -1 in places and -1 not in before else places - {-1}

    @rule(data=st.data(), text=st.sampled_from(["", "a", "3", "("]))
    def search_in_a_list(self, data, text):
        boxes = [one for one in parts(self.x, widgets.Text) if one.placeholder.startswith("search in")]
        if boxes:
            data.draw(st.sampled_from(boxes)).set_state({"value": text})

    @rule(text=st.sampled_from(["", "a", "A", "'", "\n", "ß", "da 1"]))
    def look_for(self, text):
        box = labelled(self.x, "search")
        if not box.disabled:
            box.set_state({"value": text})
            self.search, self.first = text, 0

    @rule(data=st.data(), first=days, last=days)
    def choose_days(self, data, first, last):
        labels, pickers = ([column.label for column in self.x._offer.moments], parts(self.x, widgets.DatePicker))
        if labels:
            place = data.draw(st.integers(0, len(labels) - 1))
            pickers[2 * place].value, pickers[2 * place + 1].value = first, last
            self.days[labels[place]], self.first = (first, last), 0

    @rule(data=st.data(), descending=st.booleans())
    def order(self, data, descending):
        box = labelled(self.x, "sort by")
        box.set_state({"index": data.draw(st.integers(0, len(box.options) - 1))})
        [checkbox] = parts(self.x, widgets.Checkbox)
        checkbox.set_state({"value": descending})
        self.sort = box.options[box.index][1] if box.index else None
        self.descending, self.first = descending, 0

    @rule(data=st.data())
    def draw_another_picture(self, data):
        box = labelled(self.x, "picture")
        box.set_state({"index": data.draw(st.integers(0, len(box.options) - 1))})

    @rule(data=st.data())
    def press_a_bar(self, data):
        name, buttons = self.picture, self.bars
        if name.startswith("by ") and name != "by permission" and buttons:
            label = name.removeprefix("by ")
            if len(self.offered[label]) <= BARS:
                place = data.draw(st.integers(0, len(buttons) - 1))
                value = self.with_bars(label)[place]
                buttons[place].click()
                self.chosen[label] = self.chosen.get(label, set()) ^ {value}
                self.first = 0

    def with_bars(self, label) -> list:
        """Give the values of a column that have a bar: those of any row, and those that are chosen."""
        chosen = self.chosen.get(label, ())
        values = enumerate(self.offered[label])
        return [value for place, value in values if value in chosen or self.expected(label, place)]

    @property
    def picture(self) -> str:
        return labelled(self.x, "picture").value

    @property
    def bars(self) -> list[widgets.Button]:
        return [one for one in self.x._panel._buttons if one.description]

    @rule(name=st.sampled_from(["Previous rows", "Next rows"]))
    def turn_the_page(self, name):
        next(one for one in parts(self.x, widgets.Button) if one.description == name).click()
        first = self.first + {"Previous rows": -1, "Next rows": 1}[name] * self.x._grid._pager.size
        self.first = first if 0 <= first < len(self.positions) else self.first

    @rule(data=st.data())
    def tick(self, data):
        held = self.held
        if held:
            places = data.draw(st.sets(st.integers(0, len(held) - 1), max_size=3))
            grid_of(self.x).set_state({"selected_rows": sorted(places)})
            self.ticked = (self.ticked - set(held)) | {held[place] for place in places}

    @rule()
    def untick_all(self):
        next(one for one in parts(self.x, widgets.Button) if one.description == "Untick all").click()
        self.ticked = set()

    @rule()
    def show_or_hide_empty_columns(self):
        button = parts(self.x, widgets.ToggleButton)[-1]
        button.value = not button.value

    @rule(data=st.data())
    def choose_a_page(self, data):
        pages = -(-len(self.positions) // self.x._grid._pager.size)
        page = data.draw(st.integers(0, max(0, pages - 1)))
        parts(self.x, widgets.BoundedIntText)[0].set_state({"value": page + 1})
        self.first = page * self.x._grid._pager.size

    @rule(data=st.data())
    def choose_rows_per_page(self, data):
        box = next(one for one in parts(self.x, widgets.Dropdown) if one.description == "rows per page")
        box.set_state({"index": data.draw(st.integers(0, len(box.options) - 1))})
        self.first -= self.first % box.value

    @rule()
    def reset(self):
        next(one for one in parts(self.x, widgets.Button) if one.description == "Reset").click()
        self.forget()

    @rule()
    def begin_again(self):
        before = self.x
        self.x = pm.explore(self.frame, state=json.loads(json.dumps(before.state)))
        assert (self.x.state, self.x.code) == (before.state, before.code)
        unfold(self.x)
        self.ticked, self.first = set(), 0

    # What they should see

    def mask(self, but: str | None = None) -> np.ndarray:
        kept = np.ones(len(self.frame), dtype=bool)
        for label, values in self.chosen.items():
            if values and label != but:
                has = [value in values for value in read(self.columns[label], self.offered[label])]
                kept &= np.array(has, dtype=bool)
        for label, (first, last) in self.days.items():
            if first or last:
                kept &= np.array(on_days(self.columns[label], first, last), dtype=bool)
        return kept & self._found() if self.search else kept

    def _found(self) -> np.ndarray:
        found = np.zeros(len(self.frame), dtype=bool)
        for column in self.x._offer.texts:
            texts = self.columns[column.label].astype(object)
            found |= texts.map(lambda text: isinstance(text, str) and fold(self.search) in fold(text)).to_numpy(bool)
        return found

    @property
    def positions(self) -> list[int]:
        kept = self.frame.set_axis(range(len(self.frame)))[self.mask()]
        if self.sort is not None:
            kept = kept.sort_values(self.sort, ascending=not self.descending, kind="stable")
        return kept.index.tolist()

    @property
    def held(self) -> list[int]:
        return self.positions[self.first : self.first + self.x._grid._pager.size]

    @precondition(lambda self: hasattr(self, "x"))
    @invariant()
    def rows_are_those_chosen(self):
        wanted = self.frame.iloc[self.positions]
        assert_frame_equal(self.x.frame, wanted)
        assert_frame_equal(eval(self.x.code, {"frame": self.frame}), wanted)
        assert_frame_equal(self.x.selected, self.frame.iloc[sorted(self.ticked)])
        status = self.x._status.value
        assert status.startswith(f"<b>{len(wanted)} of {len(self.frame)} shown</b>")
        assert len(grid_rows(self.x)) == (len(self.held) if len(self.frame.columns) else 0)
        assert grid_of(self.x).selected_rows == [place for place, row in enumerate(self.held) if row in self.ticked]

    @precondition(lambda self: hasattr(self, "x"))
    @invariant()
    def numbers_are_those_of_the_rows(self):
        for name, box in self.lists.items():
            for label, place in box.options:
                assert number(label) == self.expected(name, place), (name, label)

    def expected(self, name: str, place: int) -> int:
        if name == PERMISSIONS:
            if place == -1:
                return len(self.x._offer.permissions)
            name = self.x._offer.permissions[place].column.label
            values, kept = {self.grant}, self.mask()
        else:
            values = {self.offered[name][place]} if place >= 0 else set(self.offered[name])
            kept = self.mask(but=name)
        has = [value in values for value in read(self.columns[name], self.offered[name])]
        return sum(one and other for one, other in zip(kept, has, strict=True))

    @precondition(lambda self: hasattr(self, "x"))
    @invariant()
    def no_value_is_offered_where_there_are_such_rows_or_it_is_chosen(self):
        for name, box in self.lists.items():
            places = {place for _, place in box.options}
            if name != PERMISSIONS and self.offered[name][-1] is None and -1 in places:
                last = len(self.offered[name]) - 1
                there = None in read(self.columns[name], self.offered[name])
                assert last not in places or there or None in self.chosen[name]

    @precondition(lambda self: hasattr(self, "x"))
    @invariant()
    def bars_are_those_of_the_rows(self):
        label = self.picture.removeprefix("by ")
        if self.picture.startswith("by ") and label in self.offered and len(self.offered[label]) <= BARS:
            values = self.with_bars(label)
            places = [self.offered[label].index(value) for value in values]
            counted = [number(one.description.removesuffix(", chosen")) for one in self.bars]
            assert counted == [self.expected(label, place) for place in places]
            chosen = [one.description.endswith(", chosen") for one in self.bars]
            assert chosen == [value in self.chosen.get(label, ()) for value in values]


def number(label: str) -> int:
    """Read the number at the end of a label."""
    return int(label.replace("any of ", " ").rstrip(")").rpartition("(")[2].rpartition(" ")[2].replace(",", ""))


TestSomeone = Someone.TestCase
# Each example is a dozen actions.
TestSomeone.settings = settings(max_examples=settings().max_examples // 5, stateful_step_count=12)
