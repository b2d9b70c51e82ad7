"""Frames that no loader gives, but people have: whatever is offered works, and gives the rows it says."""

from dataclasses import replace
from datetime import date
from functools import partial
from itertools import product

import ipywidgets as widgets
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

import pmframes as pm
from pmframes._explorer import Explorer
from pmframes._explorer.drawings import Drawing
from pmframes._explorer.state import _day
from tests.support.explorer_frames import people, permissions
from tests.support.frames import in_arrow, many_roles

from .test_explore import grid_of, grid_rows, labelled, parts, static, unfold

NAMES = pd.Categorical(["a", None, "b", "a"])


def drawn(frame: pd.DataFrame, picture: str, ticked: list[int] | None = None) -> Drawing:
    x = pm.explore(frame, state={"picture": picture})
    grid_of(x).selected_rows = ticked or []
    return x._drawing()


def press(x: Explorer, name: str) -> None:
    [button] = [one for one in x._panel._buttons if one.description.startswith(f"{name}: ")]
    button.click()


def moments(*times: str | None, unit: str = "ns", zone: str | None = None) -> pd.DataFrame:
    naive = pd.Series(np.array(times, dtype=f"datetime64[{unit}]"))
    return pd.DataFrame({"a": naive if zone is None else naive.dt.tz_localize("UTC").dt.tz_convert(zone)})


def roles(**columns: object) -> pd.DataFrame:
    flags = {f"may_{place}": [True, False, True, False] for place in range(14)}
    usual = {"id": ["a", "b", "c", "d"], "name": ["w", "x", "y", "z"], "is_custom": True}
    return pd.DataFrame({**usual, **flags, **columns})


def matching(**columns: object) -> pd.DataFrame:
    usual = {"match": pd.array([2, 1, 2, None], dtype="Int64"), "name": ["a", "b", "c", "d"]}
    return pd.DataFrame({**usual, **columns})


FRAMES = {
    "a category of flags": pd.DataFrame({"a": pd.Categorical([True, None, False])}),
    "a category of one flag": pd.DataFrame({"a": pd.Categorical([True, None, True])}),
    "many flags, one a category": permissions().astype({"permission_1": "category"}),
    "matches that are a category": pd.DataFrame({"match": pd.Categorical(["a", "a", None]), "name": "b"}),
    "matches that are text": pd.DataFrame({"match": pd.Series(["a", "a", None], dtype="str"), "name": "b"}),
    "matches that are flags": pd.DataFrame({"match": pd.array([True, None, False]), "name": "b"}),
    "a name that is NA": pd.DataFrame([[True, "a"]], columns=pd.Index([pd.NA, "b"], dtype=object)),
    "moments of Arrow": pd.DataFrame({"a": pd.to_datetime(["2026-01-05"])}).convert_dtypes(dtype_backend="pyarrow"),
    "days of Arrow": pd.DataFrame({"a": pd.array([date(2026, 1, 5)], dtype=pd.ArrowDtype(pa.date32()))}),
    "first moments": moments("1677-09-22", "2024-01-01", None),
    "very first moment": moments("1677-09-21T00:12:43.145224193", "2262-04-11T23:47:16.854775807"),
    "first moments, west": moments("0001-01-01", "2026-01-05", None, unit="us", zone="Pacific/Honolulu"),
    "last moments, east": moments("9999-12-31T23:59", "2026-01-05", unit="us", zone="Pacific/Auckland"),
    "last nanoseconds, east": moments("2262-04-11T23:00", "2026-01-05", zone="Pacific/Auckland"),
    "moments without a calendar": moments("-9999-01-01", "29999-01-01", "2026-01-05", unit="s"),
    "people of Arrow": in_arrow(people()),
    "roles of Arrow": in_arrow(many_roles()),
    "moments of Arrow with a zone": in_arrow(moments("0001-01-01", "2026-01-05", None, unit="us", zone="Asia/Tokyo")),
    "moments of Arrow, west": in_arrow(moments("0001-01-01", "2026-01-05", unit="us", zone="Pacific/Honolulu")),
    "spans of time": pd.DataFrame({"a": pd.to_timedelta(["1 days", None, "-3 days"])}),
    "longest spans of time": pd.DataFrame({"a": pd.Series([2**63 - 1, -(2**63) + 1]).astype("timedelta64[ns]")}),
    "dates": pd.DataFrame({"a": pd.Series([date.min, date.max, None], dtype=object)}),
    "months": pd.DataFrame({"a": pd.PeriodIndex(["2024-01", None], freq="M")}),
}
if pd.__version__.startswith("3.0"):  # which compares no day of the year 1 in such zones
    del FRAMES["first moments, west"], FRAMES["moments of Arrow with a zone"]
DAYS = [None, "0001-01-01", "1677-09-21", "2026-01-05", "2262-04-11", "9999-12-30", "9999-12-31"]


@pytest.fixture(params=FRAMES.values(), ids=FRAMES)
def frame(request: pytest.FixtureRequest) -> pd.DataFrame:
    return request.param


@pytest.mark.slow
def test_every_value_offered_can_be_chosen_and_keeps_the_rows_it_says(frame):
    x = pm.explore(frame)
    for label, facet in x._offer.facets.items():
        for value, rows in zip(facet.values, x._rows.counts(facet), strict=True):
            chosen = pm.explore(frame, state={"choices": {label: [value]}})
            assert len(chosen.frame) == rows
            assert_frame_equal(eval(chosen.code, {"frame": frame}), chosen.frame)


@pytest.mark.slow
def test_all_days_offered_can_be_chosen(frame):
    x = pm.explore(frame)
    for column in x._offer.moments:
        for days in product(DAYS, DAYS):
            x._change(lambda state, label=column.label, days=days: state.between(label, *map(_day, days)))
            assert_frame_equal(eval(x.code, {"frame": frame}), x.frame)
            if any(days):
                assert x.frame.iloc[:, column.position].notna().all()


@pytest.mark.slow
def test_all_that_is_sortable_can_be_sorted_by(frame):
    x = pm.explore(frame)
    for column in x._offer.sortable[:20]:  # more are alike
        for descending in (False, True):
            x._change(partial(replace, sort=column.label, descending=descending))
            assert_frame_equal(eval(x.code, {"frame": frame}), x.frame)


def test_every_picture_can_be_drawn(frame, monkeypatch):
    x = pm.explore(frame)
    for draw in x._drawers.values():
        draw(x._rows, [0, 1][: len(frame)])
    assert "shown" in static(x, monkeypatch)


@pytest.mark.parametrize("frame", [people(), permissions(), many_roles(), moments("2026-01-05", None, zone="UTC")])
def test_a_frame_of_arrow_offers_what_the_frame_offers_that_was_loaded(frame):
    x, loaded = pm.explore(in_arrow(frame)), pm.explore(frame)
    for label, facet in loaded._offer.facets.items():
        assert x._offer.facets[label].values == facet.values
        assert x._rows.counts(x._offer.facets[label]) == loaded._rows.counts(facet)
    for name in ("facets", "first", "rest", "permissions", "texts", "moments"):
        assert len(getattr(x._offer, name)) == len(getattr(loaded._offer, name))
    assert grid_rows(x) == grid_rows(loaded)
    assert list(x._drawers) == list(loaded._drawers)
    for name, draw in x._drawers.items():
        assert draw(x._rows, [0, 1]).picture == loaded._drawers[name](loaded._rows, [0, 1]).picture
    assert_frame_equal(x.frame, in_arrow(frame))


def test_a_column_is_chosen_by_in_one_way(frame):
    offer = pm.explore(frame)._offer
    labels = [facet.column.label for facet in (*offer.first, *offer.rest, *offer.permissions)]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(("frame", "names"), [
    (matching(), ["a; c", "b"]), (matching(match=[2.0, 1.0, 2.0, None]), ["a; c", "b"]),
    (matching(name=NAMES), ["a; b", "(none)"]),
    (matching(name=pd.array([1, None, 2, 3], dtype="Int64")), ["1; 2", "(none)"]),
    (matching(service=pd.array(["x", "x", None, None], dtype="string")), ["a (x); c", "b (x)"]),
    (matching(service=pd.Series(["x", "x", None, None], dtype="str")), ["a (x); c", "b (x)"]),
    (matching().rename_axis("match"), ["a; c", "b"]), (matching().set_axis([0, 0, 0, 0]), ["a; c", "b"]),
])  # fmt: skip
def test_matches_of_any_dtype_are_drawn(frame, names):
    html = drawn(frame, "matches").html
    assert "2 suggestions" in html
    assert all(f"<td>{name}</td></tr>" in html for name in names)


def test_matches_are_those_of_which_a_row_is_shown():
    x = pm.explore(matching(type=pd.Categorical(["s", "t", "t", "t"])), state={"choices": {"type": ["s"]}})
    assert "1 suggestion, by" in (html := x._drawers["matches"](x._rows, []).html)
    assert "<td>2</td><td>a; c</td>" in html


def test_matches_that_are_no_numbers_are_no_picture():
    assert "matches" not in pm.explore(matching(match=[["a"], ["a"], None, None]))._drawers


def test_two_ticked_roles_are_compared_even_where_their_ids_are_the_same():
    assert drawn(roles(id=["a", "a", "a", "a"]), "difference of two roles", [0, 1]).html.count("<tr>") == 15


@pytest.mark.parametrize("identifier", [1, None])
def test_roles_are_compared_whatever_their_ids_are(identifier):
    assert drawn(roles(id=identifier), "difference of two roles", [0, 1]).html.count("<tr>") == 15


def test_permissions_may_have_any_name():
    frame = roles().rename(columns={"may_1": 1, "may_2": None, "may_3": ("a", "b"), "may_4": True})
    assert "<td>no</td>" in drawn(frame, "difference of two roles", [0, 1]).html
    assert "w: 14 of 14 granted" in drawn(frame, "matrix").picture.text


def test_a_role_without_a_name_is_none():
    assert "(none): 0 of 14 granted" in drawn(roles(name=NAMES), "matrix").picture.text


def test_a_matrix_of_very_many_permissions_has_a_line_for_the_first():
    frame = pd.DataFrame({"name": ["a"], **{f"may_{place}": [True] for place in range(2000)}})
    picture = drawn(frame, "matrix").picture
    assert "80 of 2,000 permissions" in picture.text
    assert "a: 2,000 of 2,000 granted" in picture.text
    assert picture.height < 2000


def test_a_source_without_a_resource_gives_rows():
    frame = pd.DataFrame({"type": pd.Categorical(["a"])})
    frame.attrs["pmframes"] = {"service": "teamwork"}
    assert drawn(frame, "by type").picture.text.startswith("Rows by type.")


def test_bars_that_are_pressed_make_a_state_that_begins_there_again():
    frame = pd.DataFrame({"type": pd.Categorical(["a", "b", "c"])})
    x = pm.explore(frame)
    press(x, "c")
    press(x, "a")
    assert x.state["choices"] == {"type": ["a", "c"]}
    assert pm.explore(frame, state=x.state).code == x.code


def test_permissions_are_drawn_from_the_rarest_and_no_filter_moves_them():
    def granted(number: int) -> list[bool]:
        return [place < number for place in range(20)]

    frame = pd.DataFrame({f"may_{number}": granted(number) for number in range(20, -1, -1)})
    frame["type"] = pd.Categorical(["a", "b"] * 10)
    x = pm.explore(frame)
    rare = [f"may_{number}" for number in range(1, 13)]
    assert [bar.name for bar in x._drawing().bars] == [f"{name}: {number}" for number, name in enumerate(rare, start=1)]
    note = "The rarest first, counted over all 20 rows; 9 other permissions not drawn."
    assert x._drawing().picture.text.endswith(note)
    press(x, "may_3")
    assert [bar.name.partition(":")[0] for bar in x._drawing().bars] == rare
    labelled(x, "permissions").label = ("may_20 (3)",)
    names = [bar.name for bar in x._drawing().bars]
    assert names[:-1] == [f"{name}: {number}" for number, name in enumerate(rare[:-1], start=1)]
    assert names[-1] == "may_20: 20, chosen"


def test_a_permission_that_is_pressed_is_granted_whatever_was_chosen_of_it():
    x = pm.explore(permissions(), state={"choices": {"permission_1": [False]}, "picture": "by permission"})
    press(x, "permission_1")
    assert x.state["choices"] == {"permission_1": [True]}
    press(x, "permission_1")
    assert x.state["choices"] == {}


def test_a_picture_over_time_is_parted_by_values_and_not_by_numbers_of_groups():
    frame = matching(created_at=pd.to_datetime(["2026-01-05"] * 4))
    assert drawn(frame, "over time: created_at").picture.text.endswith(
        "2026-01-05: 4. 4 with a date, 0 without a date."
    )


def test_a_column_called_as_loaded_can_be_sorted_by_and_left_again():
    x = pm.explore(pd.DataFrame({"as loaded": [2, 1]}))
    for place, sort in ((1, "as loaded"), (0, None)):
        labelled(x, "sort by").set_state({"index": place})
        assert x.state["sort"] == sort
        assert labelled(x, "sort by").index == place


def test_one_click_too_many_does_not_leave_the_rows():
    x = pm.explore(people(1000))
    back, forth = (one for one in parts(x, widgets.Button) if one.description.endswith(" rows"))
    while not forth.disabled:
        forth.click()
    last = grid_rows(x)
    forth.click()
    assert grid_rows(x) == last
    back.click()
    assert int(grid_rows(x)[-1][0]) == int(last[0][0]) - 1


def test_a_tick_of_a_row_that_the_table_does_not_hold_is_dropped():
    frame = people()
    x = pm.explore(frame)
    labelled(x, "search").value = "p3@"
    grid_of(x).selected_rows = [0, 9]
    assert x.selected["id"].tolist() == [frame["id"].iloc[3]]


def test_a_picture_that_cannot_be_drawn_leaves_none_of_other_rows(monkeypatch):
    x = pm.explore(people())
    monkeypatch.setattr("pmframes._explorer.pictures.bars", None)
    with pytest.raises(TypeError):
        labelled(x, "search").value = "ada"
    assert "cannot be drawn" in x._panel._image.value
    assert not any(one.description for one in x._panel._buttons)


@pytest.mark.parametrize(("name", "value"), [("search", "ada"), ("created_at from", date(2026, 1, 4))])
def test_a_control_that_could_not_be_shown_is_heard_again(name, value):
    def fail(change: object) -> None:
        raise ZeroDivisionError

    x = pm.explore(people())
    unfold(x)
    box, [reset] = labelled(x, name), [one for one in parts(x, widgets.Button) if one.description == "Reset"]
    box.value = value
    wanted = x.state
    box.observe(fail, names="value")
    reset.click()
    box.unobserve(fail, names="value")
    assert x.state != wanted
    box.value = value
    assert x.state == wanted


def test_a_missing_text_does_not_keep_the_code_from_being_run():
    texts = pd.Series(["a", None, "b", None], dtype="string")
    frame = pd.DataFrame({"flag": pd.array([True, None, True, False], dtype="boolean"), "type": texts})
    x = pm.explore(frame, state={"choices": {"flag": [True], "type": ["a"]}})
    assert_frame_equal(eval(x.code, {"frame": frame}), frame.iloc[:1])


def test_facts_of_a_membership_are_no_permissions():
    facts = ["active", "in_owner_company", "is_archived", "is_observing", "receive_email_notifications"]
    frame = permissions()
    frame = frame.assign(**dict.fromkeys(facts, frame["is_admin"]))
    offer = pm.explore(frame)._offer
    assert [flag.column.label for flag in offer.permissions] == [f"permission_{at}" for at in range(46)]
    assert {*facts} <= {facet.column.label for facet in (*offer.first, *offer.rest)}
