import asyncio
import json
import re
from datetime import date
from html import escape
from typing import Any

import ipywidgets as widgets
import pandas as pd
import pyarrow as pa
import pytest
from itables.widget import ITable
from pandas.testing import assert_frame_equal

import pmframes as pm
from pmframes._explorer import Explorer, pictures
from pmframes._explorer.pager import USUAL
from pmframes._explorer.tables import MOST_WAITING
from pmframes._explorer.view import BEFORE_THE_PICTURE
from pmframes.errors import InvalidArgument
from tests.support.explorer_frames import CANARY, HOSTILE, people, permissions

EMPTY = {"choices": {}, "dates": {}, "search": "", "sort": None, "descending": False, "picture": None}


def parts(x: Explorer, kind: type) -> list[Any]:
    """Give the widgets of one kind that the explorer shows."""
    return [one for one in _under(x._live) if isinstance(one, kind)]


def _under(widget: Any) -> list[Any]:
    return [widget, *(one for child in getattr(widget, "children", ()) for one in _under(child))]


def labelled(x: Explorer, name: str) -> Any:
    """Give the one control with this name."""
    [control] = [one for one in _under(x._live) if name in (getattr(one, "tooltip", None),)]
    return control


def unfold(x: Explorer) -> None:
    """Press the button that shows the other filters."""
    parts(x, widgets.ToggleButton)[0].value = True


def grid_of(x: Explorer) -> ITable:
    [grid] = parts(x, ITable)
    return grid


def grid_rows(x: Explorer) -> list[list[str]]:
    """Give the cells of the grid, without the column to tick rows in."""
    return [row[1:] for row in json.loads(grid_of(x)._dt_args["data_json"])]


def said(x: Explorer) -> str:
    """Give all that is written beside the controls."""
    return " ".join(one.value for one in parts(x, widgets.HTML))


def bundles(x: Explorer, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    published: list[dict[str, Any]] = []
    monkeypatch.setattr("pmframes._explorer.view._publish", published.append)
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


@pytest.mark.parametrize(("choices", "search", "kept"), [
    ({"type": ["contact"]}, "", lambda f: f["type"] == "contact"),
    ({"type": [CANARY]}, "", lambda f: f["type"] == CANARY), ({"type": [None]}, "", lambda f: f["type"].isna()),
    ({"type": ["contact", None]}, "", lambda f: f["type"].isna() | (f["type"] == "contact")),
    ({"type": ["contact", "account"]}, "", lambda f: f["type"].isin(["account", "contact"])),
    ({"is_admin": [True]}, "", lambda f: f["is_admin"].fillna(False)),
    ({"is_admin": [False]}, "", lambda f: ~f["is_admin"].fillna(True)),
    ({"is_admin": [None]}, "", lambda f: f["is_admin"].isna()), ({"deleted": [False]}, "", lambda f: ~f["deleted"]),
    ({"deleted": [None]}, "", lambda f: f["deleted"].isna()),
    ({"is_admin": [True, None]}, "", lambda f: f["is_admin"].fillna(True)),
    ({}, "aDA 1", lambda f: f["name"].str.startswith("Ada 1")), ({}, "@EXAMPLE.com", lambda f: f["email"].notna()),
    ({}, ".*", lambda f: f["deleted"] & ~f["deleted"]),
    ({}, "'Neil & \"", lambda f: f["name"].str.startswith("O'Neil")),
    ({"type": ["account"], "deleted": [True]}, "ada", lambda f: (f["type"] == "account") & f["deleted"]),
])  # fmt: skip
def test_the_rows_are_those_that_every_choice_and_the_search_keep(choices, search, kept):
    frame = people(84)
    x = pm.explore(frame, state={"choices": choices, "search": search})
    assert_frame_equal(x.frame, frame[kept(frame)])
    assert_frame_equal(evaluated(x, frame), x.frame)
    assert x.frame.attrs == frame.attrs


@pytest.mark.parametrize("dtype", ["str", "string", object, pd.ArrowDtype(pa.string())])
@pytest.mark.parametrize(("search", "rows"), [
    ("zoë@", [0, 1, 2]), ("ZOE\u0308", [0, 1, 2]), ("zo\u00adë", [0, 1, 2]), ("zoe", [3]), (" zoë ", [0, 1, 2]),
    ("bücher", [0, 3]), ("ＢÜcher。de", [0, 3]), ("xn--", [0, 3]), ("xn--bcher-kva", [0, 3]), ("xn--bü", []),
    ("straße", [4]), ("STRASSE", [4]), ("ı", []), ("_", []), ("\u200b", [0, 1, 2, 3, 4, 5]), ("x.de", [1, 2]),
])  # fmt: skip
def test_a_search_finds_what_people_take_for_the_same(search, rows, dtype):
    emails = ["zoë@xn--bcher-kva.de", "ZOE\u0308@x.de", "zo\u200bë@x.de", "zoe@xn--bcher-kva.de", "Straße I", None]
    frame = pd.DataFrame({"email": pd.Series(emails, dtype=dtype), "id": range(6)})
    x = pm.explore(frame, state={"search": search})
    assert x.frame["id"].tolist() == rows
    assert_frame_equal(evaluated(x, frame), x.frame)


def test_the_search_in_a_list_finds_what_people_take_for_the_same():
    names = [f"Company {number}" for number in range(20)] + ["Zoe\u0308 & Söhne"]
    x = pm.explore(pd.DataFrame({"company_name": names * 2}))
    labelled(x, "search in company_name").value = "ZOË\u00ad & sö"
    assert [name.partition(" (")[0] for name in labelled(x, "company_name")._options_labels][1:] == [
        f"\u2068{names[-1]}\u2069"
    ]


def test_code_reads_as_a_person_would_write_it():
    state = {"choices": {"type": ["account"], "is_admin": [True]}, "search": "ada", "sort": "name"}
    assert pm.explore(people(), state=state).code == (
        "frame[frame['type'].isin(['account']) & frame['is_admin'].fillna(False)"
        " & frame[['name', 'email']].apply(lambda column: column.str.contains"
        "('ada', case=False, regex=False, na=False)).astype(bool).any(axis=1)]"
        ".sort_values('name', kind='stable')"
    )


def test_the_widgets_move_frame_code_state_grid_and_line_together():
    frame = people()
    x = pm.explore(frame)
    search = labelled(x, "search")
    kind = labelled(x, "type")
    kind.label = ("account (9)",)
    search.value = "ada"
    assert x.state == {**EMPTY, "choices": {"type": ["account"]}, "search": "ada"}
    assert x.frame["type"].tolist() == ["account"] * len(x.frame)
    assert len(grid_rows(x)) == len(x.frame) == len(evaluated(x, frame)) > 0
    assert any(f"{len(x.frame)} of 60 shown" in one.value for one in parts(x, widgets.HTML))
    kind.index = (0,)
    search.value = ""
    assert_frame_equal(x.frame, frame)


def test_the_frame_explored_is_neither_changed_nor_watched():
    frame = people()
    before = frame.copy()
    x = pm.explore(frame, state={"choices": {"type": ["account"]}})
    kept = x.frame
    kept["name"] = "changed"
    assert_frame_equal(frame, before)
    frame["name"] = "changed"
    assert "changed" not in set(x.frame["name"])


# State


@pytest.mark.parametrize("choices", [{}, {"type": [None], "is_admin": [False]}, {"type": ["株式会社テスト"]}])
def test_a_state_is_json_and_begins_where_it_was_left(choices):
    frame = people()
    x = pm.explore(frame, state={"choices": choices, "search": "p1"})
    again = pm.explore(frame, state=json.loads(json.dumps(x.state)))
    assert again.state == x.state == {**EMPTY, "choices": choices, "search": "p1"}
    assert_frame_equal(again.frame, x.frame)


def test_a_state_may_be_partial_and_fits_a_later_frame():
    x = pm.explore(people(), state={"choices": {"is_admin": [None]}})
    assert len(pm.explore(people().dropna(subset="is_admin"), state=x.state).frame) == 0
    assert pm.explore(people(), state={}).state == EMPTY


@pytest.mark.parametrize(("state", "named"), [
    ("type", "state"), ([("choices", {})], "state"),
    ({"choice": {}}, "the key 'choice'. Did you mean 'choices'? Use keys of: choices, dates, "),
    ({"choices": ["type"]}, "state['choices']"), ({"choices": {"kind": ["account"]}}, "the column 'kind'"),
    ({"choices": {"name": ["Ada"]}}, "the column 'name'"),
    ({"choices": {"type": "account"}}, "state['choices']['type']"),
    ({"choices": {"tpye": ["account"]}}, "the column 'tpye', which this frame does not offer. Did you mean 'type'?"),
    ({"sort": "nmae"}, "sorting by 'nmae', which this frame does not offer. Did you mean 'name'?"),
    ({"dates": {"created": [None, None]}}, "Did you mean 'created_at'?"),
    ({"choices": {"type": ["robot"]}}, "chooses 'robot', which type does not"),
    ({"dates": {"type": [None, None]}}, "the days of 'type'"),
    ({"dates": {"created_at": ["soon", None]}}, "state['dates']['created_at']"),
    ({"dates": {"created_at": "2026-01-01"}}, "state['dates']['created_at']"),
    ({"dates": {"created_at": [5, None]}}, "state['dates']['created_at']"), ({"sort": "teams"}, "sorting by 'teams'"),
    ({"descending": 1}, "state['descending']"), ({"picture": "by magic"}, "the picture 'by magic'"),
    ({"choices": {"type": [["account"]]}}, "which type does not offer"),
    ({"choices": {"is_admin": [1]}}, "chooses 1, which is_admin"),
    ({"choices": {"is_admin": ["yes"]}}, "chooses 'yes', which is_admin"), ({"search": None}, "state['search']"),
    ({"search": 5}, "state['search']"),
])  # fmt: skip
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
    exec(caught.value.remedy.removeprefix("Join them: ").removesuffix("."), {"frame": frame})
    assert list(pm.explore(frame).frame) == ["a 1", "a 2"]


@pytest.mark.parametrize("names", [["a", "a"], ["1", 1]])
def test_columns_that_read_alike_are_refused(names):
    with pytest.raises(InvalidArgument, match="repeats: "):
        pm.explore(pd.DataFrame([[1, 2]], columns=pd.Index(names, dtype=object)))


@pytest.mark.parametrize("frame", [
    pd.DataFrame(), pd.DataFrame(index=range(3)), pd.DataFrame({"id": [1, 2]}), people(0), permissions(0),
    people().set_index("type"), people().set_index(["type", "name"]), people().set_axis([1, 1] * 30),
    people().iloc[::-1], pd.DataFrame({"mixed": [1, "a", None, ["b"], {"c": 1}, pd.NaT]}),
])  # fmt: skip
def test_any_frame_can_be_explored(frame, monkeypatch):
    x = pm.explore(frame)
    assert_frame_equal(x.frame, frame)
    assert len(grid_rows(x)) == (min(len(frame), USUAL) if len(frame.columns) else 0)
    assert f"{len(frame)} of {len(frame)} shown" in static(x, monkeypatch)


def test_labels_that_repeat_do_not_multiply_rows():
    frame = people().set_axis(["same"] * 60)
    x = pm.explore(frame, state={"choices": {"type": ["account"]}, "search": "ada"})
    assert_frame_equal(x.frame, frame[(frame["type"] == "account").array & frame["name"].str.contains("Ada")])


# What is seen


def test_choices_carry_their_counts():
    x = pm.explore(people())
    labels = {box.tooltip: box._options_labels for box in parts(x, widgets.SelectMultiple)}
    assert labels["is_admin"] == ("all (60)", "yes (20)", "no (20)", "not known (20)")
    assert labels["deleted"] == ("all (60)", "yes (15)", "no (45)")
    assert labels["type"][:3] == ("all (60)", "account (9)", "contact (9)")
    assert labels["type"][-1] == "(none) (9)"


def test_no_value_is_offered_where_some_row_has_none_whatever_the_other_filters_keep(monkeypatch):
    frame = people()
    x = pm.explore(frame, state={"search": "p1@", "choices": {"deleted": [False]}})
    assert labelled(x, "type")._options_labels[-1] == "(none) (0)"
    assert labelled(x, "is_admin")._options_labels[-1] == "not known (0)"
    whole = frame.dropna(subset=["type", "is_admin"])
    x = pm.explore(whole)
    assert labelled(x, "is_admin").rows == 3
    assert "(none)" not in static(x, monkeypatch)
    assert "not known" not in static(x, monkeypatch)


def test_no_value_that_another_frame_had_is_offered_as_long_as_it_is_chosen(monkeypatch):
    x = pm.explore(people().dropna(subset="type"), state={"choices": {"type": [None]}})
    kind = labelled(x, "type")
    assert kind.label == ("(none) (0)",)
    assert "<b>(none) (0)</b>" in static(x, monkeypatch)
    kind.index = (0,)
    assert "(none) (0)" not in kind._options_labels
    assert x.code == "frame"


def test_counts_are_those_under_the_other_filters():
    frame = people()
    x = pm.explore(frame, state={"choices": {"type": ["account"], "is_admin": [True]}})
    labels = {box.tooltip: box._options_labels for box in parts(x, widgets.SelectMultiple)}
    accounts = frame[frame["type"] == "account"]
    admins = frame[frame["is_admin"].fillna(False)]
    assert labels["is_admin"][1] == f"yes ({accounts['is_admin'].sum()})"
    assert labels["type"][:2] == (f"all ({len(admins)})", f"account ({(admins['type'] == 'account').sum()})")
    assert labels["deleted"][0] == f"all ({len(x.frame)})"


def test_several_values_are_chosen_and_all_takes_them_back():
    x = pm.explore(people())
    kind = labelled(x, "type")
    kind.index = (1, 2)
    assert x.state["choices"] == {"type": ["account", "contact"]}
    kind.index = (0, 1, 2)
    assert (x.state["choices"], kind.index) == ({}, (0,))
    # With "all" still marked, what is added to it is meant alone.
    kind.index = (0, 3)
    assert (x.state["choices"], kind.index) == ({"type": [CANARY]}, (3,))


def test_many_permissions_are_one_list():
    frame = permissions()
    x = pm.explore(frame)
    assert [box.tooltip for box in parts(x, widgets.SelectMultiple)] == [
        "permissions",
        "type",
        "is_admin",
        "is_client_user",
        "deleted",
    ]
    held = labelled(x, "permissions")
    held.label = ("permission_3 (4)", "permission_7 (4)")
    assert x.state["choices"] == {"permission_3": [True], "permission_7": [True]}
    assert_frame_equal(x.frame, frame[frame["permission_3"].fillna(False)])
    labelled(x, "permissions that are").label = "not granted"
    held.label = ("permission_5 (0)",)
    assert x.state["choices"] == {"permission_3": [True], "permission_7": [True], "permission_5": [False]}
    assert len(x.frame) == 0


def test_a_choice_that_is_folded_away_is_announced():
    x = pm.explore(people(), state={"dates": {"created_at": ["2026-01-05", None]}})
    folded = parts(x, widgets.ToggleButton)[0]
    assert (folded.value, folded.description) == (True, "Hide 1 more filter, 1 in use")


def test_days_are_within_both_bounds():
    frame = people()
    frame["created_at"] = pd.date_range("2026-01-01T23:59", periods=60, freq="D", tz="UTC", unit="us")
    x = pm.explore(frame)
    unfold(x)
    labelled(x, "created_at from").value = date(2026, 1, 3)
    labelled(x, "created_at to").value = date(2026, 1, 4)
    assert x.frame["created_at"].dt.day.tolist() == [3, 4]
    assert x.state["dates"] == {"created_at": ["2026-01-03", "2026-01-04"]}
    assert_frame_equal(evaluated(x, frame), x.frame)


def test_a_long_list_can_be_searched_and_keeps_what_is_chosen():
    companies = [f"Company {number}" for number in range(400)]
    frame = pd.DataFrame({"company_name": pd.Series(companies * 2, dtype="str")})
    x = pm.explore(frame)
    listed, search = labelled(x, "company_name"), labelled(x, "search in company_name")
    listed.label = ("Company 0 (2)",)
    search.value = "comPANY 39"
    assert listed._options_labels[:3] == ("all (800)", "Company 0 (2)", "Company 39 (2)")
    assert len(listed._options_labels) == 13
    listed.index = (1, 2)
    assert x.state["choices"] == {"company_name": ["Company 0", "Company 39"]}


def test_sorting_is_over_all_rows_and_part_of_what_is_shown():
    frame = people(2000)
    x = pm.explore(frame)
    labelled(x, "sort by").label = "name"
    [descending] = parts(x, widgets.Checkbox)
    descending.value = True
    wanted = frame.sort_values("name", ascending=False, kind="stable")
    assert_frame_equal(x.frame, wanted)
    assert_frame_equal(evaluated(x, frame), wanted)
    assert grid_rows(x)[0][0] == str(wanted["id"].iloc[0])


def test_rows_that_are_ticked_stay_the_same_rows():
    frame = people(25)
    x = pm.explore(frame)
    grid_of(x).selected_rows = [3, 5]
    ids = frame["id"].iloc[[3, 5]].tolist()
    labelled(x, "search").value = "p3@"
    assert x.selected["id"].tolist() == ids
    assert "2 ticked, 1 of them not shown" in said(x)
    labelled(x, "search").value = ""
    assert grid_of(x).selected_rows == [3, 5]
    labelled(x, "sort by").label = "name"
    assert x.selected["id"].tolist() == ids
    shown_ids = [row[0] for row in grid_rows(x)]
    assert [shown_ids[place] for place in grid_of(x).selected_rows] == sorted(map(str, ids), key=shown_ids.index)
    grid_of(x).selected_rows = []
    assert_frame_equal(x.selected, frame.iloc[[]])


def test_a_tick_that_comes_late_is_of_the_rows_that_were_seen():
    frame = people()
    x = pm.explore(frame)
    seen = grid_of(x)
    labelled(x, "type").label = ("contact (9)",)
    assert grid_of(x) is not seen
    seen.selected_rows = [1]
    assert x.selected["id"].tolist() == [frame["id"].iloc[1]]


def test_reset_shows_all_rows_again():
    frame = people()
    state = {"choices": {"type": ["contact"]}, "search": "ada", "sort": "name", "descending": True}
    x = pm.explore(frame, state={**state, "dates": {"created_at": [None, "2026-02-01"]}})
    next(one for one in parts(x, widgets.Button) if one.description == "Reset").click()
    assert_frame_equal(x.frame, frame)
    assert x.state == EMPTY
    assert labelled(x, "search").value == ""


def test_cells_are_text_that_loses_nothing():
    first, second, third = grid_rows(pm.explore(people(3)))
    assert first[0] == "9007199254740993"
    assert [row[2] for row in (first, second)] == ["", "p1@example.com"]
    assert [row[4] for row in (first, second, third)] == ["yes", "no", ""]
    assert third[6] == f"Nord, {CANARY}".replace("<", "&lt;").replace(">", "&gt;")


def test_choosing_all_again_selects_it():
    x = pm.explore(people())
    box = labelled(x, "type")
    for index in (box._options_labels.index("contact (9)"), 0):
        box.set_state({"index": [index]})
        assert box.index == (index,)
    assert len(x.frame) == 60
    assert x.code == "frame"


def test_a_search_without_a_match_says_so():
    x = pm.explore(people(), state={"search": "nobody has this in their name"})
    assert len(x.frame) == 0
    assert any("no row matches" in one.value for one in parts(x, widgets.HTML))


def test_the_grid_holds_some_rows_says_which_and_turns_to_the_others():
    frame = people(1000)
    x = pm.explore(frame)
    back, forth = (one for one in parts(x, widgets.Button) if one.description.endswith(" rows"))
    held = len(grid_rows(x))
    assert f"rows 1 to {held} of 1,000" in said(x)
    seen = [row[0] for row in grid_rows(x)]
    while not forth.disabled:
        forth.click()
        seen += [row[0] for row in grid_rows(x)]
    assert seen == [str(one) for one in frame["id"]]
    while not back.disabled:
        back.click()
    assert [row[0] for row in grid_rows(x)] == seen[:held]


def test_a_page_is_chosen_by_its_number_and_has_as_many_rows_as_are_wanted():
    x = pm.explore(people(1000))
    [page] = parts(x, widgets.BoundedIntText)
    page.value = 3
    assert [row[0] for row in grid_rows(x)] == [str(one) for one in x.frame["id"][50:75]]
    [sizes] = [one for one in parts(x, widgets.Dropdown) if one.description == "rows per page"]
    sizes.value = 100
    assert [row[0] for row in grid_rows(x)] == [str(one) for one in x.frame["id"][:100]]
    assert "of 10: rows 1 to 100 of 1,000" in said(x)
    labelled(x, "type").label = ("contact (143)",)
    assert (page.value, page.max) == (1, 2)


def test_another_picture_leaves_the_page_as_it_is():
    x = pm.explore(people(1000))
    [page] = parts(x, widgets.BoundedIntText)
    page.value = 3
    picture = labelled(x, "picture")
    for _, name in picture.options[::-1]:
        picture.value = name
        assert (page.value, grid_rows(x)[0][0]) == (3, str(x.frame["id"][50]))


@pytest.mark.parametrize(("columns", "sizes"), [(1, [10, 25, 50, 100]), (200, [10, 25]), (2000, [4])])
def test_pages_of_many_columns_have_fewer_rows(columns, sizes):
    x = pm.explore(pd.DataFrame([range(columns)] * 30))
    [box] = [one for one in parts(x, widgets.Dropdown) if one.description == "rows per page"]
    assert [size for _, size in box.options] == sizes
    assert len(grid_rows(x)) <= max(sizes)


def test_a_single_page_has_no_pager():
    x = pm.explore(people(26))
    pager = x._grid._pager.widget
    assert pager.layout.display is None
    labelled(x, "search").value = "ada"
    assert pager.layout.display == "none"


def test_columns_without_any_value_are_folded_away_and_come_back_with_one_click(monkeypatch):
    frame = people(30).assign(nothing=None, teams=[[]] * 30, blank="")
    x = pm.explore(frame)
    button = parts(x, widgets.ToggleButton)[-1]
    assert button.description == "3 empty columns hidden: show"
    assert button.tooltip == "without any value: teams, nothing, blank"
    assert {len(row) for row in grid_rows(x)} == {7}
    assert "Left out, without any value: teams, nothing, blank." in static(x, monkeypatch)
    button.value = True
    assert button.description == "Hide 3 empty columns"
    assert {len(row) for row in grid_rows(x)} == {10}
    assert_frame_equal(x.frame, frame)


def test_what_other_filters_leave_empty_is_not_folded_away():
    frame = people(30)
    frame["email"] = [*["a@example.com"], *[None] * 29]
    x = pm.explore(frame, state={"search": "Ada 4"})
    assert x.frame["email"].isna().all()
    assert {len(row) for row in grid_rows(x)} == {8}


@pytest.mark.parametrize("frame", [people(0), pd.DataFrame({"a": [None], "b": [None]})])
def test_where_nothing_has_a_value_no_column_is_folded_away(frame):
    x = pm.explore(frame)
    assert parts(x, widgets.ToggleButton)[-1].layout.display == "none"
    assert {len(row) for row in grid_rows(x)} <= {len(frame.columns)}


def test_filters_that_are_folded_away_are_made_when_they_are_shown():
    frame = pd.DataFrame({f"c{number}": pd.Categorical(["a", "b"]) for number in range(40)})
    x = pm.explore(frame, state={"search": ""})
    assert len(parts(x, widgets.SelectMultiple)) == 8
    labelled(x, "c0").label = ("a (1)",)
    unfold(x)
    assert len(parts(x, widgets.SelectMultiple)) == 40
    assert labelled(x, "c30")._options_labels == ("all (1)", "a (1)", "b (0)")
    assert len(parts(pm.explore(frame, x.state), widgets.SelectMultiple)) == 8
    labelled(x, "c30").label = ("b (0)",)
    assert len(parts(pm.explore(frame, x.state), widgets.SelectMultiple)) == 40


def test_where_the_data_came_from_is_said():
    [line] = [one.value for one in parts(pm.explore(people()), widgets.HTML) if "shown" in one.value]
    assert line == ("<b>60 of 60 shown</b> · from Teamwork.com people, fetched 2026-01-05 09:12 UTC · fictional data")


def test_text_from_a_service_is_nowhere_html(monkeypatch):
    frame = people()[1::2]
    frame[CANARY] = frame["type"]
    frame.attrs["pmframes"]["service"] = CANARY
    x = pm.explore(frame)
    shown = [static(x, monkeypatch), json.dumps(grid_rows(x))]
    shown += [one.value for one in parts(x, widgets.HTML)]
    shown += [box.description for box in parts(x, widgets.SelectMultiple)]
    assert not [text for text in shown if "<img src=x" in text]
    assert all(escape(text) in shown[0] for text in HOSTILE)


def test_half_a_surrogate_pair_can_be_sent_to_a_browser(monkeypatch):
    x = pm.explore(pd.DataFrame({"name": pd.Series(["half \ud83d"], dtype=object)}))
    assert b"half \\ud83d" in static(x, monkeypatch).encode()
    assert grid_rows(x) == [["half \\ud83d"]]


def test_it_is_shown_as_a_static_form_and_then_as_a_widget(monkeypatch):
    form, widget = bundles(pm.explore(people(), state={"choices": {"type": ["contact"]}}), monkeypatch)
    assert '<div class="pmframes-static">' in form["text/html"]
    assert ".pmframes-live" in form["text/html"]
    assert "<b>contact (9)</b>" in form["text/html"]
    assert form["text/plain"] == "<Explorer: 9 of 60 shown: frame[frame['type'].isin(['contact'])]>"
    assert list(widget) == ["application/vnd.jupyter.widget-view+json"]


def test_a_picture_is_drawn_once_for_both_forms(monkeypatch):
    drawn, bars = [], pictures.bars

    def counted(*arguments, **more):
        drawn.append(bars(*arguments, **more))
        return drawn[-1]

    async def shown() -> tuple[Explorer, str]:
        x = pm.explore(people())
        form = static(x, monkeypatch)
        await asyncio.sleep(2 * BEFORE_THE_PICTURE)
        return x, form

    monkeypatch.setattr(pictures, "bars", counted)
    x, form = asyncio.run(shown())
    assert len(drawn) == 1
    assert x._panel.html in form
    labelled(x, "type").label = ("contact (9)",)
    assert len(drawn) == 2
    assert "contact: 9, chosen" in x._panel.html
    assert x._panel.html in static(x, monkeypatch)
    assert len(drawn) == 2


def test_the_static_form_stays_short(monkeypatch):
    frame = pd.DataFrame({"company": pd.Categorical([f"company {i}" for i in range(5000)])})
    form = static(pm.explore(frame), monkeypatch)
    assert "and 4,980 more" in form
    assert "The first 10 rows." in form
    assert len(re.sub('base64,[^"]*', "", form)) < 6000


def test_ticks_are_of_the_rows_that_were_seen_also_before_the_page_has_said_what_it_sees():
    frame = people()
    x = pm.explore(frame)
    seen = grid_of(x)
    for column in ("name", "email", "id", "type", "name"):
        labelled(x, "sort by").value = column
    seen.selected_rows = [3, 4, 8]
    assert_frame_equal(x.selected, frame.iloc[[3, 4, 8]])


def test_without_a_page_there_are_not_more_tables_with_every_repaint():
    x = pm.explore(people())
    tables = set()
    for place in range(100):
        labelled(x, "sort by").value = ["name", "id"][place % 2]
        tables.add(grid_of(x).model_id)
    assert len(tables) <= MOST_WAITING + 1
