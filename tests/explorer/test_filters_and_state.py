"""Which rows filters, search and order keep, and the state and the code that they are written as."""

import json
import re
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

import pmframes as pm
from pmframes._explorer import Explorer
from pmframes.errors import InvalidArgument
from tests.support.explorer_frames import CANARY, people

from .page import EMPTY, Page

STATE = {"filters": {"type": ["contact"]}, "search": "p", "sort": ["-name"], "columns": ["name"], "pinned": ["type"]}
DAILY = people(84).assign(created_at=pd.date_range("2026-01-01T23:59", periods=84, tz="UTC", unit="us"))


def evaluated(x: Explorer, frame: pd.DataFrame) -> pd.DataFrame:
    return eval(x.code, {"frame": frame})


@pytest.mark.parametrize(("filters", "search", "kept"), [
    ({}, "", lambda f: f["id"] > 0), ({"type": [CANARY]}, "", lambda f: f["type"] == CANARY),
    ({"type": [None]}, "", lambda f: f["type"].isna()), ({"teams": [None]}, "", lambda f: f["teams"].isna()),
    ({"type": ["contact", None]}, "", lambda f: f["type"].isna() | (f["type"] == "contact")),
    ({"type": {"not": ["contact"]}}, "", lambda f: f["type"].isna() | (f["type"] != "contact")),
    ({"type": {"not": ["contact", None]}}, "", lambda f: f["type"].notna() & (f["type"] != "contact")),
    ({"name": ["Ada 4", "Ada 6"]}, "", lambda f: f["name"].isin(["Ada 4", "Ada 6"])),
    ({"email": {"not": [None]}}, "", lambda f: f["email"].notna()),
    ({"is_admin": [True]}, "", lambda f: f["is_admin"].fillna(False)),
    ({"is_admin": [False]}, "", lambda f: ~f["is_admin"].fillna(True)),
    ({"is_admin": [None]}, "", lambda f: f["is_admin"].isna()), ({"deleted": [False]}, "", lambda f: ~f["deleted"]),
    ({"is_admin": {"not": [True, None]}}, "", lambda f: ~f["is_admin"].fillna(True)),
    ({"is_admin": [True, None]}, "", lambda f: f["is_admin"].fillna(True)),
    ({"deleted": [None]}, "", lambda f: f["deleted"].isna()), ({"id": [2**53 + 3]}, "", lambda f: f.index == 2),
    ({"id": {"from": 2**53 + 2, "to": 2**53 + 4}}, "", lambda f: (f.index >= 1) & (f.index <= 3)),
    ({"created_at": {"from": "2026-01-03", "to": "2026-01-04"}}, "", lambda f: f.index.isin([2, 3])),
    ({"created_at": {"from": "2026-02-01", "to": None}}, "", lambda f: f["created_at"].dt.month >= 2),
    ({"created_at": {"from": None, "to": "9999-12-31"}}, "", lambda f: f["created_at"].notna()),
    ({}, "aDA 1", lambda f: f["name"].str.startswith("Ada 1")), ({}, "@EXAMPLE.com", lambda f: f["email"].notna()),
    ({}, ".*", lambda f: f.index < 0), ({}, "'Neil & \"", lambda f: f["name"].str.startswith("O'Neil")),
    ({"type": ["account"], "deleted": [True]}, "ada", lambda f: (f["type"] == "account") & f["deleted"]),
])  # fmt: skip
def test_the_rows_are_those_that_every_filter_and_the_search_keep(filters, search, kept):
    x = pm.explore(DAILY, {"filters": filters, "search": search})
    assert_frame_equal(x.frame, DAILY[kept(DAILY)])
    assert_frame_equal(evaluated(x, DAILY), x.frame)
    assert x.frame.attrs == DAILY.attrs


@pytest.mark.parametrize("dtype", ["str", "string", object, pd.ArrowDtype(pa.string())])
@pytest.mark.parametrize(("search", "rows"), [
    ("zoe", [0, 1, 2, 3]), ("zoë@", [0, 1, 2, 3]), ("ZOE\u0308", [0, 1, 2, 3]), ("zo\u00adë", [0, 1, 2, 3]),
    (" zoë ", [0, 1, 2, 3]), ("bücher", [0, 3]), ("bucher", [0, 3]), ("ＢÜcher。de", [0, 3]), ("xn--", [0, 3]),
    ("xn--bcher-kva", [0, 3]), ("xn--bü", []), ("straße I", [4]), ("STRASSE", [4]), ("ı", []), ("_", []),
    ("\u200b", [0, 1, 2, 3, 4, 5]), ("x.de", [1, 2]),
])  # fmt: skip
def test_a_search_finds_what_people_take_for_the_same(search, rows, dtype):
    emails = ["zoë@xn--bcher-kva.de", "ZOE\u0308@x.de", "zo\u200bë@x.de", "zoe@xn--bcher-kva.de", "Straße I", None]
    frame = pd.DataFrame({"email": pd.Series(emails, dtype=dtype), "id": range(6)})
    for x in (pm.explore(frame).filter(search), pm.explore(frame).filter(search[:1]).filter("q").filter(search)):
        assert x.frame["id"].tolist() == rows
        assert_frame_equal(evaluated(x, frame), x.frame)


def test_neither_the_frame_nor_the_explorer_watches_the_other():
    frame = people()
    page = Page(frame, STATE).send("select", rows=[1], checked=True)
    for kept in (page.x.frame, page.x.selected):
        kept["name"] = "changed"
    assert_frame_equal(frame, people())
    frame["name"] = "changed"
    page.x.state["filters"]["type"].append("account")
    assert "changed" not in {*page.x.frame["name"], *page.x.selected["name"]}
    assert page.x.state == STATE


def test_code_reads_as_a_person_would_write_it():
    assert pm.explore(people()).filter("ada", type="account", is_admin=True).sort("name").code == (
        "frame[frame['type'].isin(['account']) & frame['is_admin'].fillna(False)"
        " & frame[['name', 'email']].apply(lambda column: column.str.contains"
        "('ada', case=False, regex=False, na=False)).astype(bool).any(axis=1)]"
        ".sort_values('name', kind='stable')"
    )


@pytest.mark.parametrize(("conditions", "filters"), [
    ({"type": "contact"}, {"type": ["contact"]}), ({"type": ["contact", "account"]}, {"type": ["contact", "account"]}),
    ({"type": [None, "contact", "contact"]}, {"type": ["contact", None]}), ({"type": {"a"}}, {"type": ["a"]}),
    ({"type": pd.Series(["a", "b"])}, {"type": ["a", "b"]}), ({"type": np.array(["a"])}, {"type": ["a"]}),
    *[({"email": missing}, {"email": [None]}) for missing in (pd.NA, None, np.nan, pd.NaT, [pd.NA])],
    ({"created_at": pd.NA, "teams": None}, {"created_at": [None], "teams": [None]}),
    ({"name__not": "Ann", "email__not": pd.NA}, {"name": {"not": ["Ann"]}, "email": {"not": [None]}}),
    ({"is_admin": np.True_, "deleted": False}, {"is_admin": [True], "deleted": [False]}),
    ({"id": np.int64(5)}, {"id": [5]}), ({"id": [1, 2.5]}, {"id": [1, 2.5]}),
    ({"id": (1, None)}, {"id": {"from": 1, "to": None}}),
    ({"created_at": ("2026-01-01", None)}, {"created_at": {"from": "2026-01-01", "to": None}}),
    ({"created_at": (pd.NaT, date(2026, 1, 2))}, {"created_at": {"from": None, "to": "2026-01-02"}}),
    ({"created_at": pd.Timestamp("2026-01-02 09:00")}, {"created_at": {"from": "2026-01-02", "to": "2026-01-02"}}),
])  # fmt: skip
def test_filter_takes_values_lists_ranges_and_exclusions(conditions, filters):
    x = pm.explore(people())
    assert x.filter(**conditions) is x
    assert json.loads(json.dumps(x.state)) == {**EMPTY, "filters": filters}
    assert_frame_equal(x.frame, pm.explore(people(), x.state).frame)


def test_columns_may_be_called_as_exclusions_and_arguments_are():
    x = pm.explore(pd.DataFrame({name: ["a", "b"] for name in ("x", "x__not", "search", "self")}))
    x.filter(x__not="a", search="a", self="b")
    assert x.state["filters"] == {"x__not": ["a"], "search": ["a"], "self": ["b"]}
    assert x.filter(x__not__not="a").state["filters"]["x__not"] == {"not": ["a"]}


@pytest.mark.parametrize(("call", "changed"), [
    (lambda x: x.filter(is_admin=True), {"filters": {"type": ["contact"], "is_admin": [True]}}),
    (lambda x: x.filter("", type="account"), {"filters": {"type": ["account"]}, "search": ""}),
    (lambda x: x.sort("id", "-type"), {"sort": ["id", "-type"]}), (lambda x: x.sort(), {"sort": []}),
    (lambda x: x.reset("type", "id"), {"filters": {}}),
    (lambda x: x.reset(), {"filters": {}, "search": "", "sort": []}),
])  # fmt: skip
def test_a_call_changes_what_it_names_and_returns_the_explorer(call, changed):
    page = Page(people(), STATE).send("select", rows=[1], checked=True)
    assert call(page.x) is page.x
    assert page.x.state == {**STATE, **changed}
    assert page.x.selected.index.tolist() == [1]


@pytest.mark.parametrize(("keys", "by", "ascending"), [
    (["name"], ["name"], [True]), (["-name"], ["name"], [False]), (["created_at"], ["created_at"], [True]),
    (["is_admin", "-name"], ["is_admin", "name"], [True, False]), (["-type", "id"], ["type", "id"], [False, True]),
    (["-created_at", "deleted"], ["created_at", "deleted"], [False, True]),
])  # fmt: skip
def test_sort_is_of_all_rows_and_rows_that_are_equal_stay_in_their_order(keys, by, ascending):
    frame = people(200)
    x = pm.explore(frame).sort(*keys)
    assert_frame_equal(x.frame, frame.sort_values(by, ascending=ascending, kind="stable"))
    assert_frame_equal(evaluated(x, frame), x.frame)
    assert_frame_equal(x.sort().frame, frame)


@pytest.mark.parametrize(("key", "direction", "rows"), [
    ("a", "descending", [1, 0]), ("a", "ascending", [0, 1]), ("-a", "ascending", [0, 1]), ("-a", "descending", [1, 0]),
])  # fmt: skip
def test_a_state_tells_a_descending_column_from_one_whose_name_begins_with_a_minus(key, direction, rows):
    frame = pd.DataFrame({"a": [1, 2], "-a": [3, 4]})
    x = Page(frame).send("sort", key, direction=direction, add=False).x
    assert x.frame.index.tolist() == pm.explore(frame, x.state).frame.index.tolist() == rows


@pytest.mark.parametrize("filters", [
    {}, {"type": [None], "is_admin": [False]}, {"type": ["株式会社テスト"]}, {"name": {"not": ["Ada 2", None]}},
    {"created_at": {"from": "2026-01-01", "to": None}, "id": {"from": 1, "to": 2**60}}, {"id": [2**60, 0.5]},
])  # fmt: skip
def test_a_state_is_json_and_begins_where_it_was_left(filters):
    x = pm.explore(people(), {**STATE, "filters": filters})
    again = pm.explore(people(), json.loads(json.dumps(x.state)))
    assert again.state == x.state == {**STATE, "filters": filters}
    assert_frame_equal(again.frame, x.frame)


def test_a_state_may_be_partial_and_fits_a_later_frame():
    x = pm.explore(people().dropna(subset="is_admin"), {"filters": {"is_admin": [None], "type": ["robot"]}})
    assert (len(x.frame), pm.explore(people(), {}).state) == (0, EMPTY)


@pytest.mark.parametrize(("state", "message"), [
    ("type", "state is 'type'"), ([("filters", {})], "state is of type list"), ({"descending": True}, "'descending'"),
    ({"choices": {"type": ["account"]}}, "state has the key 'choices'. Use keys of: filters, search, sort,"),
    ({"filter": {}}, "state has the key 'filter'. Did you mean 'filters'?"), ({"search": None}, "state['search'] is"),
    ({"filters": ["type"]}, "state['filters'] is of type list"), ({"filters": {"tpye": ["a"]}}, "Did you mean 'type'?"),
    ({"filters": {"type": "account"}}, "state['filters']['type'] is 'account'"),
    ({"filters": {"type": []}}, "state['filters']['type'] is empty"), ({"filters": {"type": {"to": 1}}}, "['type'] is"),
    ({"filters": {"type": {"not": []}}}, "state['filters']['type'] is empty"), ({"search": 5}, "state['search'] is 5"),
    ({"filters": {"type": {"from": None, "to": None}}}, "no order"), ({"filters": {"type": [["a"]]}}, "['type'] is of"),
    ({"filters": {"created_at": {"from": None, "to": None}}}, "has no bound"), ({"pinned": ["nmae"]}, "'name'?"),
    ({"filters": {"created_at": {"from": "soon", "to": None}}}, "state['filters']['created_at'] is 'soon'"),
    ({"filters": {"created_at": ["2026-01-01"]}}, "created_at"), ({"filters": {"is_admin": [1]}}, "['is_admin'] is 1"),
    ({"filters": {"is_admin": ["yes"]}}, "'yes'. Pass True, False or pd.NA"), ({"sort": "name"}, "['sort'] is 'name'"),
    ({"sort": ["nmae"]}, "Did you mean 'name'?"), ({"sort": ["teams"]}, "the column teams cannot be sorted by"),
    ({"sort": ["name", "-name"]}, "names name twice"), ({"columns": ["nmae"]}, "state['columns']"),
    ({"columns": "name"}, "state['columns'] is 'name'"),
])  # fmt: skip
def test_a_state_that_does_not_fit_is_refused(state, message):
    with pytest.raises(InvalidArgument, match=re.escape(message)):
        pm.explore(people(), state)


@pytest.mark.parametrize(("call", "message"), [
    (lambda x: x.filter(tpye="a"), "filter(): the frame has no column 'tpye'. Did you mean 'type'?"),
    (lambda x: x.filter(tpye__not="a"), "'tpye'. Did you mean 'type'?"), (lambda x: x.filter(type=[]), "type is empty"),
    (lambda x: x.filter(type=("a", "b")), "type is a range, and type has no order"), (lambda x: x.filter(type=5), "5"),
    (lambda x: x.filter(is_admin=(1, 2)), "is_admin has no order"), (lambda x: x.filter(is_admin=1), "is_admin is 1"),
    (lambda x: x.filter(id=(None, None)), "id has no bound"), (lambda x: x.filter(id=(2, 1)), "id begins after it"),
    (lambda x: x.filter(id=(1, 2, 3)), "id is of type tuple"), (lambda x: x.filter(id=(1, np.inf)), "id is inf"),
    (lambda x: x.filter(id="1"), "id is '1'. Pass finite numbers"), (lambda x: x.filter(id=np.inf), "id is inf"),
    (lambda x: x.filter(created_at=(None, pd.NaT)), "has no bound"), (lambda x: x.filter(5), "search is 5"),
    (lambda x: x.filter(created_at=("2026-02-01", "2026-01-01")), "begins after it ends. Swap the two bounds."),
    (lambda x: x.filter(created_at=("soon", None)), "is 'soon'"), (lambda x: x.filter(created_at=5), "created_at is 5"),
    (lambda x: x.filter(created_at=["2026-01-01"]), "such as ('2026-01-01', '2026-01-31')"),
    (lambda x: x.filter(created_at__not="2026-01-01"), "created_at__not is"), (lambda x: x.sort(["name"]), "sort() is"),
    (lambda x: x.filter(teams="Nord"), "teams is 'Nord'. Pass"), (lambda x: x.filter(id__not=(1, 2)), "is a range"),
    (lambda x: x.filter(type="a", type__not="b"), "type twice"), (lambda x: x.filter(deleted=True, type=5), "is 5"),
    (lambda x: x.sort("nmae"), "sort(): the frame has no column 'nmae'. Did you mean 'name'?"),
    (lambda x: x.sort("teams"), "cannot be sorted by. Use: id, name, email, type, is_admin, deleted, created_at."),
    (lambda x: x.reset("tpye"), "reset(): the frame has no column 'tpye'. Did you mean 'type'?"),
])  # fmt: skip
def test_a_wrong_call_says_what_is_wrong_and_changes_nothing(call, message):
    x = pm.explore(people(), STATE)
    with pytest.raises(InvalidArgument, match=re.escape(message)):
        call(x)
    assert x.state == STATE
    assert_frame_equal(x.frame, pm.explore(people(), STATE).frame)


@pytest.mark.parametrize("call", [lambda x: x.filter(zzz=1), lambda x: x.sort("zzz"), lambda x: x.reset("zzz")])
def test_the_remedy_for_a_column_that_is_not_there_is_about_the_call(call):
    with pytest.raises(InvalidArgument) as caught:
        call(pm.explore(people()))
    assert caught.value.remedy
    assert "state" not in caught.value.remedy


@pytest.mark.parametrize(("call", "message"), [
    *[(lambda wrong=wrong: pm.explore(wrong), "frame must be a DataFrame") for wrong in (None, [1], pd.Series([1]))],
    *[(lambda names=names: pm.explore(pd.DataFrame([[1, 2]], columns=pd.Index(names, dtype=object))), "repeats: ")
      for names in (["a", "a"], ["1", 1])],
    (lambda: pm.explore(pd.DataFrame({"id": [1]}), {"search": "ada"}), "no column of text to search in"),
    (lambda: pm.explore(pd.DataFrame({"id": [1]})).filter("ada"), "no column of text to search in"),
])  # fmt: skip
def test_a_frame_that_cannot_be_explored_or_searched_is_refused(call, message):
    with pytest.raises(InvalidArgument, match=message):
        call()


def test_layered_columns_are_refused_with_a_remedy_that_works():
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)]))
    with pytest.raises(InvalidArgument, match="2 levels") as caught:
        pm.explore(frame)
    exec(caught.value.remedy.removeprefix("Join them: ").removesuffix("."), {"frame": frame})
    assert list(pm.explore(frame).frame) == ["a 1", "a 2"]
