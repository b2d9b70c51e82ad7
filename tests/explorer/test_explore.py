import json
import re
from html import escape
from typing import Any

import ipywidgets as widgets
import pandas as pd
import pytest
from itables.widget import ITable
from pandas.testing import assert_frame_equal

import pmframes as pm
from pmframes.errors import InvalidArgument
from pmframes.explorer import Explorer

from .frames import CANARY, HOSTILE, people, permissions

EMPTY = {"choices": {}, "search": ""}


def parts(x: Explorer, kind: type) -> list[Any]:
    """Give the widgets of one kind that the explorer shows."""
    return [one for one in _under(x._live) if isinstance(one, kind)]


def _under(widget: Any) -> list[Any]:
    return [widget, *(one for child in getattr(widget, "children", ()) for one in _under(child))]


def grid_rows(x: Explorer) -> list[list[str]]:
    [grid] = parts(x, ITable)
    return json.loads(grid._dt_args["data_json"])


def bundles(x: Explorer, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    published: list[dict[str, Any]] = []
    monkeypatch.setattr("pmframes.explorer.view._publish", published.append)
    x._ipython_display_()
    return published


def static(x: Explorer, monkeypatch: pytest.MonkeyPatch) -> str:
    return bundles(x, monkeypatch)[0]["text/html"]


def evaluated(x: Explorer, frame: pd.DataFrame) -> pd.DataFrame:
    return eval(x.code, {"frame": frame})


# Choosing and searching


def test_at_first_everything_is_shown():
    frame = people()
    x = pm.explore(frame)
    assert_frame_equal(x.frame, frame)
    assert x.frame is not frame
    assert (x.code, x.state) == ("frame", EMPTY)


@pytest.mark.parametrize(
    ("choices", "search", "kept"),
    [
        ({"type": "contact"}, "", lambda f: f["type"] == "contact"),
        ({"type": CANARY}, "", lambda f: f["type"] == CANARY),
        ({"type": None}, "", lambda f: f["type"].isna()),
        ({"is_admin": True}, "", lambda f: f["is_admin"].fillna(False)),
        ({"is_admin": False}, "", lambda f: ~f["is_admin"].fillna(True)),
        ({"is_admin": None}, "", lambda f: f["is_admin"].isna()),
        ({"deleted": False}, "", lambda f: ~f["deleted"]),
        ({"deleted": None}, "", lambda f: f["deleted"].isna()),
        ({}, "aDA 1", lambda f: f["name"].str.startswith("Ada 1")),
        ({}, "@EXAMPLE.com", lambda f: f["email"].notna()),
        ({}, ".*", lambda f: f["deleted"] & ~f["deleted"]),
        ({}, "'Neil & \"", lambda f: f["name"].str.startswith("O'Neil")),
        ({"type": "account", "deleted": True}, "ada", lambda f: (f["type"] == "account") & f["deleted"]),
    ],
)
def test_the_rows_are_those_that_every_choice_and_the_search_keep(choices, search, kept):
    frame = people(84)
    x = pm.explore(frame, state={"choices": choices, "search": search})
    assert_frame_equal(x.frame, frame[kept(frame)])
    assert_frame_equal(evaluated(x, frame), x.frame)
    assert x.frame.attrs == frame.attrs


def test_code_reads_as_a_person_would_write_it():
    state = {"choices": {"type": "account", "is_admin": True}, "search": "ada"}
    assert pm.explore(people(), state=state).code == (
        "frame[(frame['type'] == 'account') & frame['is_admin'].fillna(False)"
        " & frame[['name', 'email']].apply(lambda column: column.str.contains"
        "('ada', case=False, regex=False, na=False)).astype(bool).any(axis=1)]"
    )


def test_the_widgets_move_frame_code_state_grid_and_line_together():
    frame = people()
    x = pm.explore(frame)
    [search] = parts(x, widgets.Text)
    kind, *_ = parts(x, widgets.Dropdown)
    kind.label = "account (9)"
    search.value = "ada"
    assert x.state == {"choices": {"type": "account"}, "search": "ada"}
    assert x.frame["type"].tolist() == ["account"] * len(x.frame)
    assert len(grid_rows(x)) == len(x.frame) == len(evaluated(x, frame)) > 0
    assert any(f"{len(x.frame)} of 60 shown" in one.value for one in parts(x, widgets.HTML))
    kind.index = 0
    search.value = ""
    assert_frame_equal(x.frame, frame)


def test_the_frame_explored_is_neither_changed_nor_watched():
    frame = people()
    before = frame.copy()
    x = pm.explore(frame, state={"choices": {"type": "account"}})
    kept = x.frame
    kept["name"] = "changed"
    assert_frame_equal(frame, before)
    frame["name"] = "changed"
    assert "changed" not in set(x.frame["name"])


# State


@pytest.mark.parametrize("choices", [{}, {"type": None, "is_admin": False}, {"type": "株式会社テスト"}])
def test_a_state_is_json_and_begins_where_it_was_left(choices):
    frame = people()
    x = pm.explore(frame, state={"choices": choices, "search": "p1"})
    again = pm.explore(frame, state=json.loads(json.dumps(x.state)))
    assert again.state == x.state == {"choices": choices, "search": "p1"}
    assert_frame_equal(again.frame, x.frame)


def test_a_state_may_be_partial_and_fits_a_later_frame():
    x = pm.explore(people(), state={"choices": {"is_admin": None}})
    assert len(pm.explore(people().dropna(subset="is_admin"), state=x.state).frame) == 0
    assert pm.explore(people(), state={}).state == EMPTY


@pytest.mark.parametrize(
    ("state", "named"),
    [
        ("type", "state"),
        ([("choices", {})], "state"),
        ({"choice": {}}, "the key 'choice'"),
        ({"choices": ["type"]}, "state['choices']"),
        ({"choices": {"kind": "account"}}, "the column 'kind'"),
        ({"choices": {"name": "Ada"}}, "the column 'name'"),
        ({"choices": {"type": "robot"}}, "chooses 'robot', which type does not"),
        ({"choices": {"type": ["account"]}}, "which type does not offer"),
        ({"choices": {"is_admin": 1}}, "chooses 1, which is_admin"),
        ({"choices": {"is_admin": "yes"}}, "chooses 'yes', which is_admin"),
        ({"search": None}, "state['search']"),
        ({"search": 5}, "state['search']"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(state, named):
    with pytest.raises(InvalidArgument, match=re.escape(named)):
        pm.explore(people(), state=state)


def test_a_search_is_refused_where_there_is_no_text():
    with pytest.raises(InvalidArgument, match="a search for 'ada'"):
        pm.explore(pd.DataFrame({"id": [1]}), state={"search": "ada"})


# Frames of every kind


@pytest.mark.parametrize("wrong", [None, [1], {"a": [1]}, pd.Series([1])])
def test_what_is_no_frame_is_refused(wrong):
    with pytest.raises(InvalidArgument, match="DataFrame"):
        pm.explore(wrong)


def test_layered_columns_are_refused_with_a_remedy_that_works():
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)]))
    with pytest.raises(InvalidArgument, match="2 levels") as caught:
        pm.explore(frame)
    exec(str(caught.value).partition("Join them first: ")[2].rstrip("."), {"frame": frame})
    assert list(pm.explore(frame).frame) == ["a 1", "a 2"]


@pytest.mark.parametrize("names", [["a", "a"], ["1", 1]])
def test_columns_that_read_alike_are_refused(names):
    with pytest.raises(InvalidArgument, match="repeats: "):
        pm.explore(pd.DataFrame([[1, 2]], columns=pd.Index(names, dtype=object)))


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame(index=range(3)),
        pd.DataFrame({"id": [1, 2]}),
        people(0),
        permissions(0),
        people().set_index("type"),
        people().set_index(["type", "name"]),
        people().set_axis([1, 1] * 30),
        people().iloc[::-1],
        pd.DataFrame({"mixed": [1, "a", None, ["b"], {"c": 1}, pd.NaT]}),
    ],
)
def test_any_frame_can_be_explored(frame, monkeypatch):
    x = pm.explore(frame)
    assert_frame_equal(x.frame, frame)
    assert len(grid_rows(x)) == (len(frame) if len(frame.columns) else 0)
    assert f"{len(frame)} of {len(frame)} shown" in static(x, monkeypatch)


def test_labels_that_repeat_do_not_multiply_rows():
    frame = people().set_axis(["same"] * 60)
    x = pm.explore(frame, state={"choices": {"type": "account"}, "search": "ada"})
    assert_frame_equal(x.frame, frame[(frame["type"] == "account").array & frame["name"].str.contains("Ada")])


# What is seen


def test_choices_carry_their_counts():
    x = pm.explore(people())
    labels = {box.tooltip: box._options_labels for box in parts(x, widgets.Dropdown)}
    assert labels["is_admin"] == ("all (60)", "yes (20)", "no (20)", "(none) (20)")
    assert labels["deleted"] == ("all (60)", "yes (15)", "no (45)", "(none) (0)")
    assert labels["type"][:3] == ("all (60)", "account (9)", "contact (9)")
    assert labels["type"][-1] == "(none) (9)"


def test_of_many_flags_only_the_named_ones_are_in_sight():
    x = pm.explore(permissions())
    [folded] = parts(x, widgets.Accordion)
    hidden = [one for one in _under(folded) if isinstance(one, widgets.Dropdown)]
    seen = [box.tooltip for box in parts(x, widgets.Dropdown) if box not in hidden]
    assert seen == ["is_admin", "is_client_user", "deleted", "type"]
    assert len(hidden) == 46
    assert (folded.selected_index, folded.titles) == (None, ("46 more choices",))


def test_a_choice_that_is_folded_away_is_announced():
    x = pm.explore(permissions(), state={"choices": {"permission_7": True}})
    [folded] = parts(x, widgets.Accordion)
    assert (folded.selected_index, folded.titles) == (0, ("46 more choices, 1 in use",))


def test_cells_are_text_that_loses_nothing():
    first, second, third = grid_rows(pm.explore(people(3)))
    assert first[0] == "9007199254740993"
    assert [row[2] for row in (first, second)] == ["", "p1@example.com"]
    assert [row[4] for row in (first, second, third)] == ["yes", "no", ""]
    assert third[6] == f"Nord, {CANARY}".replace("<", "&lt;").replace(">", "&gt;")


def test_choosing_all_again_selects_it():
    x = pm.explore(people())
    box = next(box for box in parts(x, widgets.Dropdown) if "contact (9)" in box._options_labels)
    for index in (box._options_labels.index("contact (9)"), 0):
        box.set_state({"index": index})
        assert box.index == index
    assert len(x.frame) == 60
    assert x.code == "frame"


def test_a_search_without_a_match_says_so():
    x = pm.explore(people(), state={"search": "nobody has this in their name"})
    assert len(x.frame) == 0
    assert any("no row matches" in one.value for one in parts(x, widgets.HTML))


def test_the_grid_says_when_it_holds_less_than_is_shown():
    x = pm.explore(people(3000))
    assert len(grid_rows(x)) == 1000
    assert any(
        "<b>3,000 of 3,000 shown</b> · the grid holds the first 1,000 and sorts only these" in one.value
        for one in parts(x, widgets.HTML)
    )


def test_where_the_data_came_from_is_said():
    [line] = [one.value for one in parts(pm.explore(people()), widgets.HTML) if "shown" in one.value]
    assert line == (
        "<b>60 of 60 shown</b> · from teamwork people, fetched 2026-01-05 09:12 UTC · fictional data"
    )


def test_text_from_a_service_is_nowhere_html(monkeypatch):
    frame = people()[1::2]
    frame[CANARY] = frame["type"]
    frame.attrs["pmframes"]["service"] = CANARY
    x = pm.explore(frame)
    shown = [static(x, monkeypatch), json.dumps(grid_rows(x))]
    shown += [one.value for one in parts(x, widgets.HTML)]
    shown += [box.description for box in parts(x, widgets.Dropdown)]
    assert not [text for text in shown if "<img" in text]
    assert all(escape(text) in shown[0] for text in HOSTILE)


def test_half_a_surrogate_pair_can_be_sent_to_a_browser(monkeypatch):
    x = pm.explore(pd.DataFrame({"name": pd.Series(["half \ud83d"], dtype=object)}))
    assert b"half ?" in static(x, monkeypatch).encode()
    assert grid_rows(x) == [["half ?"]]


def test_it_is_shown_as_a_static_form_and_then_as_a_widget(monkeypatch):
    form, widget = bundles(pm.explore(people(), state={"choices": {"type": "contact"}}), monkeypatch)
    assert '<div class="pmframes-static">' in form["text/html"]
    assert ".pmframes-live" in form["text/html"]
    assert "<b>contact (9)</b>" in form["text/html"]
    assert form["text/plain"] == "<Explorer: 9 of 60 shown: frame[(frame['type'] == 'contact')]>"
    assert list(widget) == ["application/vnd.jupyter.widget-view+json"]


def test_the_static_form_stays_short(monkeypatch):
    frame = pd.DataFrame({"company": pd.Categorical([f"company {i}" for i in range(5000)])})
    form = static(pm.explore(frame), monkeypatch)
    assert "and 4,981 more" in form
    assert "The first 10 rows." in form
    assert len(form) < 5000
