"""Building frames from pages: constants, look-ups, flags, extra columns, and the row that an error names."""

import gc
import json
import threading
from collections.abc import Iterable
from typing import Annotated, Any

import pandas as pd
import pytest

from pmframes import errors
from pmframes._frames import schema
from pmframes._frames.builder import BATCH_ROWS, Builder, gc_paused


class Item(schema.Record):
    """A record with a column of each kind that can be refused."""

    shelf: Annotated[schema.OptionalId, schema.constant("Where it stands")]
    id: Annotated[schema.Id, schema.field("Number")]
    name: Annotated[schema.Text, schema.field("Name")]
    name_length: Annotated[
        schema.Count, schema.computed("Length of its name", lambda values: [len(n or "") for n in values["name"]])
    ]
    maker_id: Annotated[schema.OptionalId, schema.field("Who made it", path=("maker.id", "maker"))]
    maker_name: Annotated[schema.Text, schema.included("Name of who made it", "makers", "maker_id", "name")]
    price: Annotated[schema.MinorUnits, schema.field("Price")]
    made_at: Annotated[schema.Time, schema.field("When it was made")]
    part_ids: Annotated[schema.IntList, schema.field("Its parts", path="parts[].id")]
    parts: Annotated[schema.Text, schema.included("Names of its parts", "parts", "part_ids", "name")]
    may: Annotated[schema.Flags, schema.flag_set("What it may do", ["fly"])]


class Seat(schema.Record):
    """A record without a column that a row must have."""

    room: Annotated[schema.OptionalId, schema.constant("Which room it is in")]
    number: Annotated[schema.OptionalId, schema.field("Which seat of the room")]
    tag_ids: Annotated[schema.TextList, schema.field("Its tags", path="tags[].id")]
    tags: Annotated[schema.JoinedNames, schema.field("Names of its tags", path="tags[].name")]
    has: Annotated[schema.Flags, schema.included("What it has", "things", ("room", "number"), "flags", ["desk"])]


class Role(schema.Record):
    """A record whose flags are objects, and whose id is a text."""

    id: Annotated[schema.TextId, schema.field("Id")]
    name: Annotated[schema.Text, schema.field("Name")]
    permissions: Annotated[
        schema.Flags,
        schema.flag_set(
            "Permissions",
            ["invitePeople", "useMcp"],
            members=schema.FlagMembers(("value", "isGranted"), "about", "isOpen"),
        ),
    ]


INCLUDED = {"makers": {"5": {"name": "Ann"}}, "parts": {"1": {"name": "wheel"}, "2": {"name": "bell"}}}


def _build(
    record: type[schema.Record], rows: list[Any], *, keep_extra: bool = False, page: int = 7, **constants: Any
) -> Any:
    builder = Builder(record, "A service", keep_extra=keep_extra)
    for start in range(0, len(rows), page):
        builder.add(builder.decode(json.dumps(rows[start : start + page]).encode()), constants)
    builder.include(INCLUDED)
    return builder.build()


def _rows(number: int) -> list[dict[str, Any]]:
    return [{"id": n, "name": f"item {n}", "maker": {"id": 5}} for n in range(1, number + 1)]


def _list(column: pd.Series) -> list[Any]:
    return [value if isinstance(value, list) else None if pd.isna(value) else value for value in column]


@pytest.mark.parametrize("number", [0, 1, BATCH_ROWS - 1, BATCH_ROWS, 2 * BATCH_ROWS + 5])
def test_every_row_once_in_order_whatever_the_batches(number):
    frame = _build(Item, _rows(number), page=300, shelf=9)
    assert frame["id"].tolist() == list(range(1, number + 1))
    assert list(frame.index) == list(range(number))
    assert frame["name_length"].tolist() == [len(f"item {n}") for n in range(1, number + 1)]
    assert set(frame["shelf"]) == ({9} if number else set())
    assert set(frame["maker_name"]) == ({"Ann"} if number else set())
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        "shelf": "Int64", "id": "int64", "name": "str", "name_length": "Int64", "maker_id": "Int64",
        "maker_name": "str", "price": "Float64", "made_at": "datetime64[us, UTC]", "part_ids": "object",
        "parts": "str", "fly": "boolean",
    }  # fmt: skip


@pytest.mark.parametrize(("field", "value", "named"), [
    ("name", ["a"], "name"), ("maker", 2**63, "maker_id"), ("maker", {"id": "x"}, "id"), ("price", "1,50", "price"),
    ("made_at", "now", "made_at"), ("made_at", "2024-02-30T00:00:00Z", "made_at"),
    ("parts", [{"id": 2**64}], "part_ids"), ("may", {"fly": "perhaps"}, "may.fly"), ("may", ["fly"], "may"),
])  # fmt: skip
@pytest.mark.parametrize("number", [3, 2 * BATCH_ROWS + 5])
def test_an_error_names_the_row_and_the_field(field, value, named, number):
    rows = _rows(number)
    rows[-2][field] = value
    with pytest.raises(errors.UnexpectedResponse) as raised:
        _build(Item, rows, page=500)
    assert f"A service, row {number - 1}: the value of {named} is" in str(raised.value)


@pytest.mark.parametrize(("record", "nothing"), [
    (Item, "absent"), (Item, None), (Item, 0), (Item, ""), (Role, "absent"), (Role, None), (Role, ""),
])  # fmt: skip
def test_a_row_without_its_id_is_named_by_its_number(record, nothing):
    rows = [{"id": str(n) if record is Role else n} for n in range(1, BATCH_ROWS + 10)]
    rows[-2] = {} if nothing == "absent" else {"id": nothing}
    message = f"A service, row {BATCH_ROWS + 8} of the response: the value of id"
    with pytest.raises(errors.UnexpectedResponse, match=message):
        _build(record, rows)
    builder = Builder(record, "A service")
    builder.add(builder.decode(json.dumps(rows[:-2]).encode()), {})
    with pytest.raises(errors.UnexpectedResponse, match=message):
        builder.keys(builder.decode(json.dumps(rows[-2:]).encode()))


def _from(record: type[schema.Record], *pages: bytes, included: Iterable[dict[str, Any]] = ()) -> Builder:
    builder = Builder(record, "A service")
    for page in pages:
        builder.add(builder.decode(page), {})
    for one in included:
        builder.include(one)
    return builder


def test_keys_are_the_ids_of_a_page():
    builder = _from(Item)
    assert builder.keys(builder.decode(b'[{"id":3},{"id":1}]')) == [3, 1]
    assert builder.keys(builder.decode(b'[{"id":3},{"id":1}]'), None) == [None, None]


def test_constants_fill_what_was_not_sent():
    rows = [{"id": 1, "name": "a"}, {"id": 2, "name": ""}, {"id": 3, "maker": 0}]
    frame = _build(Item, rows, shelf=9, name="unnamed", maker_id=5)
    assert frame["shelf"].tolist() == [9, 9, 9]
    assert frame["name"].tolist() == ["a", "unnamed", "unnamed"]
    assert frame["maker_name"].tolist() == ["Ann", "Ann", "Ann"]
    # They fill only the rows of their listing.
    builder = _from(Item)
    for number, constants in enumerate([{}, {"shelf": 3}, {"name": "x"}], 1):
        builder.add(builder.decode(b'[{"id":%d}]' % number), constants)
    frame = builder.build()
    assert [_list(frame[name]) for name in ("shelf", "name")] == [[None, 3, None], [None, None, "x"]]


def test_names_of_lists_are_joined():
    parts = [[{"id": 1}, {"id": 2}], None, [], [{"id": 3}, None, {"id": None}, {"id": 2}]]
    frame = _build(Item, [{"id": n, "parts": some} for n, some in enumerate(parts, 1)])
    assert frame["part_ids"].tolist() == [[1, 2], None, [], [3, 2]]
    assert _list(frame["parts"]) == ["wheel, bell", None, None, "bell"]


def test_rows_do_not_share_a_list():
    frame = _build(Item, [{"id": n, "parts": some} for n, some in enumerate([[{"id": 1}], [], [], None], 1)])
    *lists, missing = frame["part_ids"].tolist()
    assert (lists, missing) == ([[1], [], []], None)
    assert len(set(map(id, lists))) == 3
    for name in frame.columns.drop("part_ids"):  # every cell can be changed; until pandas 3.1 not to a list
        frame.loc[0, name] = frame[name].iloc[1]
    assert frame["id"].tolist() == [2, 2, 3, 4]


def test_names_come_from_what_any_page_included():
    more = [{"makers": {"6": {"name": "Bo"}}}]
    more += [{"makers": {"5": {"name": "Ann"}, "6": {"name": "Bob"}, "9": {}}, "others": {}}]
    builder = _from(Item, b'[{"id":1,"maker":5},{"id":2,"maker":6},{"id":3,"maker":7}]', included=more)
    assert _list(builder.build()["maker_name"]) == ["Ann", "Bob", None]


def test_nothing_included_leaves_names_missing_and_what_is_no_text_is_an_error():
    builder = _from(Item, b'[{"id":1,"maker":5,"parts":[{"id":1}]}]')
    frame = builder.build()
    assert frame["maker_id"].tolist() == [5]
    assert frame[["maker_name", "parts"]].isna().all(axis=None)
    with pytest.raises(errors.UnexpectedResponse, match="A service, included makers: the value of name"):
        _from(Item, b'[{"id":1,"maker":5}]', included=[{"makers": {"5": {"name": 7}}}]).build()


def test_extra_columns_stay_with_their_rows():
    rows = [{"id": 1, "deep": {"er": 1}}, {"id": 3, "(undeclared)": 7, "x": "y"}]
    frame = _build(Item, rows, keep_extra=True)
    assert list(frame.columns)[-3:] == ["deep_er", "undeclared", "x"]
    assert _list(frame["deep_er"]) == [1, None]
    assert _list(frame["undeclared"]) == [None, 7]
    assert _list(frame["x"]) == [None, "y"]
    assert list(_build(Item, rows).columns) == list(_build(Item, []).columns)
    # Those that collide get a prefix.
    frame = _build(Item, [{"id": 1, "Shelf": 5, "a": {"b": 1}, "a-b": 2, "a b": 3}], keep_extra=True)
    assert frame.iloc[:, -4:].to_dict("records") == [{"sent_shelf": 5, "a_b": 1, "sent_a_b": 3, "sent_sent_a_b": 2}]


def test_rows_without_a_key():
    builder = Builder(Seat, "A service")
    tags = [{"id": "0012", "name": "old"}, None, {"id": None, "name": ""}, {"id": "b", "name": "red"}]
    for room, rows in [(1, [{"number": 1, "tags": tags}, {"number": 2}]), (2, [{"number": 1}])]:
        builder.add(builder.decode(json.dumps(rows).encode()), {"room": room})
    builder.include({"things": {"1 1": {"flags": {"desk": True}}, "2 1": {"flags": {"lamp": False}}}})
    frame = builder.build()
    assert frame["tag_ids"].tolist() == [["0012", "b"], None, None]
    assert _list(frame["tags"]) == ["old, red", None, None]
    assert _list(frame["desk"]) == [True, None, None]
    assert _list(frame["lamp"]) == [None, None, False]
    builder.add(builder.decode(b'[{"number":%d}]' % 2**63), {})
    with pytest.raises(errors.UnexpectedResponse, match="A service, row 4: the value of number"):
        builder.build()


@pytest.mark.parametrize("fields", [
    {"may": {f"flag{n}": True for n in range(1001)}}, {f"field{n}": 1 for n in range(1001)},
], ids=["flags", "fields"])  # fmt: skip
def test_names_without_end_are_no_columns(fields):
    with pytest.raises(errors.UnexpectedResponse, match=r"1,001 names .* no more than 1,000"):
        _build(Item, [{"id": 1} | fields], keep_extra=True)


def test_known_flags_come_first_and_others_follow_sorted():
    rows = [{"id": 1, "may": {"zoom": True, "fly": False, "dive": None}}, {"id": 2}, {"id": 3, "may": {"name": True}}]
    frame = _build(Item, rows)
    assert list(frame.columns)[-4:] == ["fly", "dive", "permission_name", "zoom"]
    assert [_list(frame[name]) for name in ("fly", "dive")] == [[False, None, None], [None, None, None]]
    assert [_list(frame[name]) for name in ("permission_name", "zoom")] == [[None, None, True], [True, None, None]]
    assert {str(frame[name].dtype) for name in ("fly", "dive", "permission_name", "zoom")} == {"boolean"}
    assert _build(Item, _rows(1)).attrs == {"may": {"fly": {"description": None, "fixed": []}}}


def test_flags_in_other_forms():
    for sent, value in [("true", True), ("0", False), ("", None), (1, True), (0, False)]:
        rows = [{"id": 1, "may": {"fly": sent}}, {"id": 2, "may": {"fly": True}}]
        assert _list(_build(Item, rows)["fly"]) == [value, True]
    with pytest.raises(errors.UnexpectedResponse, match=r"^A service: the value of may is"):  # two of one name
        _build(Item, [{"id": 1, "may": {"canFly": True, "can_fly": False}}])


def test_flags_that_are_objects_and_what_is_noted_of_them():
    held, later = {"value": True, "about": "Add people", "isOpen": False}, {"about": "Later", "isOpen": False}
    rows = [
        {"id": "a", "permissions": {"invitePeople": held, "useMcp": False}},
        {"id": "b"},
        {"id": "c", "permissions": {"invitePeople": {"value": None, "isOpen": True}, "useMcp": None}},
        {"id": "d", "permissions": {"invitePeople": later, "fly": {"value": "1", "about": ""}}},
    ]
    frame = _build(Role, rows)
    assert list(frame.columns) == ["id", "name", "invite_people", "use_mcp", "fly"]
    assert _list(frame["invite_people"]) == [True, None, None, None]
    assert _list(frame["use_mcp"]) == [False, None, None, None]
    assert _list(frame["fly"]) == [None, None, None, True]
    assert frame.attrs["permissions"] == {
        "invite_people": {"description": "Add people", "fixed": ["a", "d"]},
        "use_mcp": {"description": None, "fixed": []},
        "fly": {"description": None, "fixed": []},
    }


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_restored(enabled):
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with pytest.raises(ZeroDivisionError, match="by zero"), gc_paused(), gc_paused():
            1 / gc.isenabled()
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_threads_that_overlap_leave_the_garbage_collector_on():
    assert gc.isenabled()
    inside, leave = threading.Event(), threading.Event()

    def pause() -> None:
        with gc_paused():
            inside.set()
            leave.wait(60)

    thread = threading.Thread(target=pause)
    with gc_paused():
        thread.start()
        inside.wait(60)
    assert not gc.isenabled()
    leave.set()
    thread.join()
    assert gc.isenabled()
