"""The builder: which row an error names, what is the caller's own, and the collector as it was."""

import gc
import json
import threading
from typing import Annotated, Any

import pandas as pd
import pytest

from pmframes import errors
from pmframes._frames.builder import BATCH_ROWS, Builder, gc_paused
from pmframes._frames.schema import (
    Flags,
    Id,
    IntList,
    JoinedNames,
    MinorUnits,
    OptionalId,
    Record,
    Text,
    TextList,
    Time,
    constant,
    field,
    flag_set,
    included,
)


class Thing(Record):
    """A record with a column of each kind that can go wrong."""

    shelf: Annotated[OptionalId, constant("Where it stands")]
    id: Annotated[Id, field("Number")]
    name: Annotated[Text, field("Name")]
    maker_id: Annotated[OptionalId, field("Who made it", path=("maker.id", "maker"))]
    maker_name: Annotated[Text, included("Name of who made it", "makers", "maker_id", "name")]
    price: Annotated[MinorUnits, field("Price")]
    made_at: Annotated[Time, field("When it was made")]
    part_ids: Annotated[IntList, field("Its parts", path="parts[].id")]
    parts: Annotated[Text, included("Names of its parts", "parts", "part_ids", "name")]
    may: Annotated[Flags, flag_set("What it may do", ["fly"])]


class Seat(Record):
    """A record without a column that a row must have."""

    room: Annotated[OptionalId, constant("Which room it is in")]
    number: Annotated[OptionalId, field("Which seat of the room")]
    tag_ids: Annotated[TextList, field("Its tags", path="tags[].id")]
    tags: Annotated[JoinedNames, field("Names of its tags", path="tags[].name")]
    has: Annotated[Flags, included("What it has", "things", ("room", "number"), "flags", ["desk"])]


def _build(rows: list[Any], *, everything: bool = False, page: int = 7, **known: Any) -> pd.DataFrame:
    builder = Builder(Thing, "A service", keep_extra=everything)
    for start in range(0, len(rows), page):
        read = builder.decode(json.dumps(rows[start : start + page]).encode())
        assert builder.keys(read) == [row.get("id") for row in rows[start : start + page]]
        builder.add(read, known)
    related = {"makers": {"5": {"name": "Ann"}}, "parts": {"1": {"name": "wheel"}, "2": {"name": "bell"}}}
    builder.include(related)
    return builder.build()


def _rows(number: int) -> list[dict[str, Any]]:
    return [{"id": n, "name": f"thing {n}", "maker": {"id": 5}} for n in range(1, number + 1)]


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("name", ["a"], "name"),
        ("maker", 2**63, "maker_id"),
        ("maker", {"id": "x"}, "id"),
        ("price", "1,50", "price"),
        ("made_at", "now", "made_at"),
        ("made_at", "2024-02-30T00:00:00Z", "made_at"),
        ("parts", [{"id": 2**64}], "part_ids"),
        ("may", {"fly": "perhaps"}, "may.fly"),
        ("may", ["fly"], "may"),
    ],
)
@pytest.mark.parametrize("number", [3, 2 * BATCH_ROWS + 5])
def test_an_error_names_the_row_and_the_field(field, value, named, number):
    rows = _rows(number)
    rows[-2][field] = value
    with pytest.raises(errors.UnexpectedResponse) as raised:
        _build(rows, page=500)
    assert f"A service, row {number - 1}: the value of {named} is" in str(raised.value)


def test_a_row_without_its_id_is_named_by_its_number():
    rows = _rows(BATCH_ROWS + 9)
    del rows[-2]["id"]
    with pytest.raises(errors.UnexpectedResponse, match=f"row {BATCH_ROWS + 8} of the response: the value of id"):
        _build(rows)


def test_names_that_are_no_text_are_refused():
    builder = Builder(Thing, "A service")
    builder.add(builder.decode(b'[{"id":1,"maker":5}]'), {})
    builder.include({"makers": {"5": {"name": 7}}})
    with pytest.raises(errors.UnexpectedResponse, match="included makers: the value of name"):
        builder.build()


def test_what_is_known_fills_what_was_not_sent():
    rows = [{"id": 1, "name": "a"}, {"id": 2, "name": ""}, {"id": 3, "maker": 0}]
    frame = _build(rows, shelf=9, name="unnamed", maker_id=5)
    assert frame["shelf"].tolist() == [9, 9, 9]
    assert frame["name"].tolist() == ["a", "unnamed", "unnamed"]
    assert frame["maker_name"].tolist() == ["Ann", "Ann", "Ann"]


def test_what_is_known_of_some_rows_only():
    builder = Builder(Thing, "A service")
    for number, known in enumerate([{}, {"shelf": 3}, {"name": "x"}], 1):
        builder.add(builder.decode(b'[{"id":%d}]' % number), known)
    frame = builder.build()
    assert frame["shelf"].isna().tolist() == [True, False, True]
    assert frame["name"].isna().tolist() == [True, True, False]


def test_names_of_lists():
    parts = [[{"id": 1}, {"id": 2}], None, [], [{"id": 3}, None, {"id": None}, {"id": 2}]]
    frame = _build([{"id": n, "parts": some} for n, some in enumerate(parts, 1)])
    assert frame["part_ids"].tolist() == [[1, 2], [], [], [3, 2]]
    assert frame["parts"].fillna("-").tolist() == ["wheel, bell", "-", "-", "bell"]


def test_what_was_sent_beyond_the_declared_columns_stays_with_its_row():
    rows = [{"id": 1, "deep": {"er": 1}}, {"id": "2", "may": None}, {"id": 3, "(undeclared)": 7, "x": "y"}]
    frame = _build([*rows[:1], *rows[2:]], everything=True)
    assert frame["deep_er"].tolist() == [1, pd.NA]
    assert frame["undeclared"].tolist() == [pd.NA, 7]
    assert frame["x"].fillna("-").tolist() == ["-", "y"]
    assert "undeclared" not in _build([rows[2]])


def test_every_cell_can_be_changed():
    frame = _build(_rows(3), shelf=1)
    for name in frame:
        frame.loc[0, name] = frame[name].iloc[1]
    assert frame["id"].tolist() == [2, 2, 3]


def test_rows_without_a_key():
    builder = Builder(Seat, "A service")
    tags = [{"id": "0012", "name": "old"}, None, {"id": None, "name": ""}, {"id": "b", "name": "red"}]
    for room, rows in [(1, [{"number": 1, "tags": tags}, {"number": 2}]), (2, [{"number": 1}])]:
        read = builder.decode(json.dumps(rows).encode())
        assert builder.keys(read, None) == [None] * len(rows)
        builder.add(read, {"room": room})
    builder.include({"things": {"1 1": {"flags": {"desk": True}}, "2 1": {"flags": {"lamp": False}}}})
    frame = builder.build()
    assert frame["tag_ids"].tolist() == [["0012", "b"], [], []]
    assert frame["tags"].fillna("-").tolist() == ["old, red", "-", "-"]
    assert frame["desk"].tolist() == [True, pd.NA, pd.NA]
    assert frame["lamp"].tolist() == [pd.NA, pd.NA, False]
    builder.add(builder.decode(b'[{"number":%d}]' % 2**63), {})
    with pytest.raises(errors.UnexpectedResponse, match="A service, row 4: the value of number"):
        builder.build()


# The collector


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_as_it_was(enabled):
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with pytest.raises(ZeroDivisionError, match="by zero"), gc_paused(), gc_paused():
            1 / gc.isenabled()
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_threads_that_overlap_leave_the_collector_on():
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
