"""JSON to typed rows: paths, fallbacks, coercion of other forms by rule, and fields without a column."""

import json
from typing import Annotated, Any

import msgspec
import pytest

from pmframes import errors
from pmframes._frames import schema
from pmframes._frames.decoder import RowDecoder, as_flag, decoder_for

BEYOND_FLOAT = 2**53 + 1


class Item(schema.Record, rename="camel"):
    """A record with a column of each JSON type, and paths of each form."""

    shelf: Annotated[schema.OptionalId, schema.constant("Id of its shelf")]
    id: Annotated[schema.Id, schema.field("Id")]
    full_name: Annotated[schema.Text, schema.field("Name")]
    is_new: Annotated[schema.Flag, schema.field("Whether it is new")]
    price: Annotated[schema.Number, schema.field("Price")]
    count: Annotated[schema.Count, schema.field("Number", path=("count", "stock.count"))]
    maker_id: Annotated[schema.OptionalId, schema.field("Id of its maker", path=("makerId", "maker.id", "maker"))]
    maker_name: Annotated[schema.Text, schema.field("Name of its maker", path="maker.name")]
    size: Annotated[schema.Text, schema.field("Size", path="(size)-in cm")]
    depth: Annotated[schema.Count, schema.field("Depth", path="box.inner.depth")]
    tag_ids: Annotated[schema.IntList, schema.field("Ids of its tags", path="tags[].id")]
    tag_names: Annotated[schema.JoinedNames, schema.field("Names of its tags", path="tags[].name")]
    numbers: Annotated[schema.IntList, schema.field("Numbers")]
    words: Annotated[schema.TextList, schema.field("Words")]
    may: Annotated[schema.Flags, schema.flag_set("What it may do", ["fly"])]
    length: Annotated[schema.Count, schema.computed("Length of its name", lambda values: [])]


SENT = [
    *("id", "full_name", "is_new", "price", "count", "maker_id", "maker_name", "size", "depth"),
    *("tag_ids", "tag_names", "numbers", "words", "may"),
]
NOTHING = dict.fromkeys(SENT) | {"id": 1}


def _values(*rows: dict[str, Any], record: type[schema.Record] = Item) -> dict[str, list[Any]]:
    decoder = RowDecoder(record)
    decoded = decoder.decode(json.dumps(rows).encode(), "Items")
    return {name: list(values) for name, values in decoder.values(decoded).items()}


def _row(**sent: Any) -> dict[str, Any]:
    """Return the values of one row with these fields, as far as they are not None."""
    values = {name: column[0] for name, column in _values({"id": 1, **sent}).items()}
    assert list(values) == SENT
    return {name: value for name, value in values.items() if value is not None and name != "id"}


def test_a_row_without_any_field_has_none_everywhere():
    assert _values({"id": 1}) == {name: [value] for name, value in NOTHING.items()}


@pytest.mark.parametrize(("sent", "values"), [
    ({"fullName": "Ann"}, {"full_name": "Ann"}), ({"full_name": "Ann"}, {}), ({"fullName": ""}, {"full_name": ""}),
    ({"isNew": False}, {"is_new": False}), ({"price": 2.5}, {"price": 2.5}), ({"price": 0}, {"price": 0}),
    ({"(size)-in cm": "7"}, {"size": "7"}), ({"numbers": [3, BEYOND_FLOAT]}, {"numbers": [3, BEYOND_FLOAT]}),
    ({"numbers": []}, {"numbers": []}), ({"words": ["a", None]}, {"words": ["a", None]}),
    ({"may": {"fly": True, "swim": None}}, {"may": {"fly": True, "swim": None}}),
    ({"unknown": {"a": 1}, "id2": 5}, {}),
    # An object inside, a list of objects.
    ({"maker": {"name": "Bo"}}, {"maker_name": "Bo"}), ({"box": {"inner": {"depth": 4}}}, {"depth": 4}),
    ({"box": {"inner": {}}}, {}),
    ({"tags": [{"id": 1, "name": "red"}, {"id": 2}]}, {"tag_ids": [1, 2], "tag_names": ["red", None]}),
    ({"tags": [None, {"name": "red"}]}, {"tag_ids": [None], "tag_names": ["red"]}),
    ({"tags": []}, {"tag_ids": [], "tag_names": []}), ({"tags": None}, {}),
], ids=repr)  # fmt: skip
def test_values_are_read_at_their_paths(sent, values):
    assert _row(**sent) == values


@pytest.mark.parametrize(("sent", "maker_id"), [
    ({"makerId": 5, "maker": {"id": 6}}, 5), ({"makerId": 0, "maker": {"id": 6}}, 6),
    ({"makerId": None, "maker": {"id": 6}}, 6), ({"maker": 7}, 7), ({"makerId": 0, "maker": 7}, 7),
    ({"maker": {"id": 0}}, None), ({"maker": {}}, None), ({"makerId": 0}, None),
], ids=repr)  # fmt: skip
def test_an_id_is_the_first_path_that_holds_one_and_0_is_none(sent, maker_id):
    assert _row(**sent).get("maker_id") == maker_id


@pytest.mark.parametrize(("sent", "count"), [
    ({"count": 3, "stock": {"count": 4}}, 3), ({"count": 0, "stock": {"count": 4}}, 0),
    ({"count": None, "stock": {"count": 4}}, 4), ({"stock": {"count": 0}}, 0), ({"stock": None}, None),
], ids=repr)  # fmt: skip
def test_a_count_of_0_is_a_value(sent, count):
    assert _row(**sent).get("count") == count


def test_rows_do_not_share_values():
    rows = [
        {"id": 1, "maker": {"id": 3}, "tags": [{"id": 1}]},
        {"id": 2, "maker": 4, "tags": None},
        {"id": 3, "makerId": 5, "tags": [None, {"id": 2}, {"id": 3}]},
        {"id": 4},
    ]
    values = _values(*rows)
    assert values["id"] == [1, 2, 3, 4]
    assert values["maker_id"] == [3, 4, 5, None]
    assert values["tag_ids"] == [[1], None, [2, 3], None]


def test_keys_are_the_values_of_one_column():
    decoder = decoder_for(Item)
    assert decoder_for(Item) is decoder, "it is built once"
    rows = decoder.decode(b'[{"id":3,"maker":{"id":8}},{"id":4,"makerId":9}]', "Items")
    assert decoder.keys(rows, "id") == [3, 4]
    assert decoder.keys(rows, "maker_id") == [8, 9]
    assert decoder.keys([], "id") == []


FIELDS = {"int": "count", "float": "price", "str": "fullName", "bool": "isNew"}
COLUMNS = {"count": "count", "price": "price", "fullName": "full_name", "isNew": "is_new"}


@pytest.mark.parametrize(("kind", "sent", "value"), [
    ("int", "7", 7), ("int", "-7", -7), ("int", "0", 0), ("int", 7.0, 7), ("int", str(BEYOND_FLOAT), BEYOND_FLOAT),
    ("float", "2.5", 2.5), ("float", "-3", -3.0), ("float", "1e3", 1000.0), ("float", "1.5E-2", 0.015),
    ("str", 7, "7"), ("str", BEYOND_FLOAT, str(BEYOND_FLOAT)), ("bool", "true", True), ("bool", "false", False),
    ("bool", "1", True), ("bool", "0", False), ("bool", 1, True), ("bool", 0, False),
    *[(kind, nothing, None) for kind in ("int", "float", "bool") for nothing in ("", [], {})],
    *[("str", nothing, None) for nothing in ([], {})],
])  # fmt: skip
def test_another_form_of_the_same_value_is_coerced(kind, sent, value):
    """The whole page is decoded again, also the rows that were in the declared form."""
    rows = [{"id": 1, FIELDS[kind]: sent, "maker": {"id": 5, "name": "Bo"}, "tags": [{"id": 2}], "words": ["a"]}]
    rows += [{"id": 2, "isNew": False, "price": 0.5, "numbers": [1, None], "may": {"fly": "yes"}, "maker": 6}]
    # This makes sure that the first attempt fails, whatever is sent.
    rows += [{"id": "3", "maker": None}]
    values = _values(*rows)
    column = COLUMNS[FIELDS[kind]]
    assert (values[column][0], type(values[column][0])) == (value, type(value))
    assert values["id"] == [1, 2, 3]
    assert values["maker_id"] == [5, 6, None]
    assert values["maker_name"] == ["Bo", None, None]
    assert values["tag_ids"] == [[2], None, None]
    assert values["words"] == [["a"], None, None]
    assert values["numbers"] == [None, [1, None], None]
    assert values["may"] == [None, {"fly": "yes"}, None]


@pytest.mark.parametrize(("sent", "values"), [
    ({"maker": "6"}, {"maker_id": 6}), ({"maker": {"id": "6", "name": 7}}, {"maker_id": 6, "maker_name": "7"}),
    ({"maker": 0, "id": "1"}, {}), ({"maker": "", "id": "1"}, {}), ({"stock": 0}, {}), ({"stock": ""}, {}),
    ({"stock": []}, {}), ({"stock": {"count": "4"}}, {"count": 4}),
    ({"tags": [{"id": "2"}, {"id": "3", "name": ""}]}, {"tag_ids": [2, 3], "tag_names": [None, None]}),
    ({"tags": [0, "", {"id": "2"}]}, {"tag_ids": [2], "tag_names": [None]}), ({"tags": ""}, {}),
    ({"numbers": ["1", 2, ""]}, {"numbers": [1, 2, None]}), ({"words": [1, "b"]}, {"words": ["1", "b"]}),
], ids=repr)  # fmt: skip
def test_objects_and_lists_are_coerced_inside(sent, values):
    assert _row(**sent) == values


@pytest.mark.parametrize(("sent", "name"), [
    *[({"count": value}, "count") for value in ("x", "7.5", 7.5, True, [7], {"id": 7}, "٧", "1_0")],
    *[({"price": value}, "price") for value in ("x", "1,5", "nan", "1e", True, [1], "٣", "1.", "+1")],
    *[({"fullName": value}, "fullName") for value in (True, 2.5, ["a"], {"a": 1})],
    *[({"isNew": value}, "isNew") for value in ("yes", 2, [True], {"a": 1}, "TRUE")],
    *[({"may": value}, "may") for value in ("fly", ["fly"], 1)],
    *[({"maker": value}, "maker") for value in ("x", [5])], ({"maker": {"id": "x"}}, "id"),
    *[({"stock": value}, "stock") for value in (5, "x", ["x"])],
    *[({"tags": value}, "tags") for value in (5, "x", {"id": 1}, [5], ["x"])], ({"tags": [{"id": "x"}]}, "id"),
    *[({"numbers": value}, "numbers") for value in (5, "5", [[5]], [{"id": 5}], ["x"])],
], ids=repr)  # fmt: skip
def test_a_value_that_no_rule_covers_is_an_error_with_row_and_field(sent, name):
    with pytest.raises(errors.UnexpectedResponse) as raised:
        _values({"id": 7}, {"id": 8, **sent})
    assert raised.value.cause == (f"Items, row 8: the value of {name} is not of the type that the service documents.")
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("rows", [[5], ["x"], [[]], [[{"id": 1}]]], ids=repr)
def test_a_row_that_is_not_an_object_is_an_error(rows):
    with pytest.raises(errors.UnexpectedResponse, match=r"^Items: the value of the whole row is not of the type"):
        _values({"id": 7}, *rows)


def test_rows_that_are_not_a_list_are_an_error_and_what_is_not_json_is_left_to_the_caller():
    for body in (b"{}", b'{"id":1}', b"5", b'"x"', b"null"):
        with pytest.raises(errors.UnexpectedResponse, match=r"^Items: the response is JSON, but not of the shape"):
            RowDecoder(Item).decode(body, "Items")
    with pytest.raises(msgspec.DecodeError):
        RowDecoder(Item).decode(b'[{"id":1', "Items")


class Named(schema.Record):
    """A record whose id is a text."""

    id: Annotated[schema.TextId, schema.field("Id")]


def test_a_text_id_sent_as_a_number_is_its_digits():
    assert _values({"id": 42}, {"id": "0042"}, record=Named) == {"id": ["42", "0042"]}


def test_flags_in_all_forms():
    forms = {True: [True, 1, "true", "1"], False: [False, 0, "false", "0"], None: [None, ""]}
    for flag, values in forms.items():
        assert [as_flag(value) for value in values] == [flag] * len(values)
        assert {type(as_flag(value)) for value in values} == {type(flag)}
    for value, error in [("yes", KeyError), (2, KeyError), ([], TypeError), ({}, TypeError)]:
        with pytest.raises(error):
            as_flag(value)


def _extra(row: dict[str, Any]) -> dict[tuple[str, ...], Any]:
    decoder = RowDecoder(Item)
    (decoded,) = decoder.decode(json.dumps([row]).encode(), "Items", keep_extra=True)
    return decoded.extra


@pytest.mark.parametrize(("sent", "extra"), [
    ({"fullName": "Ann"}, {}), ({"color": "red", "none": None}, {("color",): "red", ("none",): None}),
    ({"deep": {"er": {"est": 1}, "b": [2]}}, {("deep", "er", "est"): 1, ("deep", "b"): [2]}),
    ({"maker": {"id": 5, "city": "Bonn", "at": {"x": 1}}}, {("maker", "city"): "Bonn", ("maker", "at", "x"): 1}),
    ({"maker": 5}, {}), ({"may": {"swim": True}}, {}), ({"tags": [{"id": 1, "color": "red"}]}, {}),
    ({"(extra)": 7}, {("(extra)",): 7}), ({"x.y": 1, "x": {"y": 2}}, {("x.y",): 1, ("x", "y"): 2}),
], ids=repr)  # fmt: skip
def test_extra_fields_are_kept_by_their_path(sent, extra):
    assert _extra({"id": 1, **sent}) == extra


def test_extra_fields_are_kept_of_coerced_rows_too_and_only_if_asked_for():
    sent = {"id": "1", "color": "red", "maker": {"city": "Aarhus"}}
    assert _extra(sent) == {("color",): "red", ("maker", "city"): "Aarhus"}
    (row,) = RowDecoder(Item).decode(b'[{"id":1,"color":"red"}]', "Items")
    assert row.extra is None
