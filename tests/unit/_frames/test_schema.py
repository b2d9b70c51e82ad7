"""Declarations of columns: what each form of declaration resolves to, and the names of columns."""

from typing import Annotated, Literal

import pytest

from pmframes._frames import schema


def _count_tags(values):
    return [len(tags) for tags in values["tag_ids"]]


Kind, Source = schema.ColumnType, schema.ColumnSource
LOOKUP = schema.Lookup("items", ("project_id", "id"), "flags")
MEMBERS = schema.FlagMembers(("value", "isGranted"), description="about", modifiable="canBeModified")


@pytest.mark.parametrize(("flag", "value"), [
    (True, True), (None, None), ({}, None), ({"value": False, "isGranted": True}, False),
    ({"value": None, "isGranted": True}, True), ({"isGranted": False}, False),
], ids=repr)  # fmt: skip
def test_value_of_a_flag_is_the_first_that_an_object_holds(flag, value):
    assert MEMBERS.value_of(flag) is value


class Item(schema.Record, rename="camel"):
    """A record with a column of each form of declaration."""

    project_id: Annotated[schema.OptionalId, schema.constant("Id of the project")]
    id: Annotated[schema.Id, schema.field("Id of the item")]
    unit_price: Annotated[schema.MinorUnits, schema.field("Price", unit="euro")]
    kind: Annotated[Literal["small", "large"] | None, schema.field("Kind")]
    maker_id: Annotated[schema.OptionalId, schema.field("Id of its maker", path=("makerId", "maker.id"))]
    maker_name: Annotated[schema.Text, schema.included("Name of its maker", "makers", "maker_id", "name")]
    tag_ids: Annotated[schema.IntList, schema.field("Ids of its tags", path="tags[].id")]
    tag_count: Annotated[schema.Count, schema.computed("Number of tags", _count_tags)]
    may: Annotated[schema.Flags, schema.flag_set("What it may do", ["fly", "canSwim"], members=MEMBERS)]
    has: Annotated[schema.Flags, schema.included("What it has", "items", ("project_id", "id"), "flags", ["wings"])]


RESOLVED = {
    "project_id": (Kind(int, "Int64", zero_is_missing=True), Source("Id of the project"), ()),
    "id": (Kind(int, "int64", required=True), Source("Id of the item", paths=("id",)), ()),
    "unit_price": (Kind(float, "Float64", divisor=100), Source("Price", "euro", paths=("unitPrice",)), ()),
    "kind": (schema.CATEGORY, Source("Kind", paths=("kind",)), ("small", "large")),
    "maker_id": (
        Kind(int, "Int64", zero_is_missing=True), Source("Id of its maker", paths=("makerId", "maker.id")), (),
    ),
    "maker_name": (
        Kind(str, "str"), Source("Name of its maker", lookup=schema.Lookup("makers", "maker_id", "name")), (),
    ),
    "tag_ids": (Kind(int, "list"), Source("Ids of its tags", paths=("tags[].id",)), ()),
    "tag_count": (Kind(int, "Int64"), Source("Number of tags", compute=_count_tags), ()),
    "may": (
        Kind(dict, "flags"),
        Source("What it may do", paths=("may",), known_flags=("fly", "canSwim"), members=MEMBERS), (),
    ),
    "has": (
        Kind(dict, "flags"), Source("What it has", lookup=LOOKUP, known_flags=("wings",)), (),
    ),
}  # fmt: skip


def test_columns_resolve_in_the_order_of_the_declaration():
    columns = schema.columns_of(Item)
    assert [column.name for column in columns] == list(RESOLVED)
    assert {column.name: (column.type, column.source, column.choices) for column in columns} == RESOLVED
    sent = [column.name for column in columns if column.is_sent]
    assert sent == ["id", "unit_price", "kind", "maker_id", "tag_ids", "may"]


def test_a_record_inherits_the_columns_of_its_base():
    class Special(Item, rename="camel"):
        """An item with one more column."""

        is_special: Annotated[schema.Flag, schema.field("Whether it is special")]

    assert [column.name for column in schema.columns_of(Special)] == [*RESOLVED, "is_special"]


# Annotation, JSON type, dtype, required, zero is missing, divisor, list
TYPES = {
    "id": (schema.Id, int, "int64", True, False, 1, False),
    "optional_id": (schema.OptionalId, int, "Int64", False, True, 1, False),
    "count": (schema.Count, int, "Int64", False, False, 1, False),
    "text_id": (schema.TextId, str, "str", True, False, 1, False),
    "text": (schema.Text, str, "str", False, False, 1, False),
    "flag": (schema.Flag, bool, "boolean", False, False, 1, False),
    "number": (schema.Number, float, "Float64", False, False, 1, False),
    "minor_units": (schema.MinorUnits, float, "Float64", False, False, 100, False),
    "time": (schema.Time, str, "datetime64[us, UTC]", False, False, 1, False),
    "int_list": (schema.IntList, int, "list", False, False, 1, True),
    "text_list": (schema.TextList, str, "list", False, False, 1, True),
    "joined_names": (schema.JoinedNames, str, "joined", False, False, 1, True),
    "flags": (schema.Flags, dict, "flags", False, False, 1, False),
}


@pytest.mark.parametrize(("name", "kind"), TYPES.items(), ids=TYPES)
def test_column_types(name, kind):
    source = schema.flag_set("", []) if name == "flags" else schema.field("")
    namespace = {"__annotations__": {name: Annotated[kind[0], source]}, "__module__": __name__}
    (column,) = schema.columns_of(type("Values", (schema.Record,), namespace))
    found = column.type
    assert column.name == name
    assert (found.json_type, found.dtype, found.required, found.zero_is_missing) == kind[1:5]
    assert (found.divisor, found.is_list) == kind[5:]


@pytest.mark.parametrize(("name", "column"), [
    ("canViewRates", "can_view_rates"), ("name", "name"), ("isAdmin2Go", "is_admin2_go"),
    ("useMCPServer", "use_mcp_server"), ("useMCP", "use_mcp"), ("HTTPStatus", "http_status"),
    ("deep.er-key name", "deep_er_key_name"), ("(extra)", "extra"), ("already_snake", "already_snake"),
    ("größeÄndern", "größeändern"),
])  # fmt: skip
def test_snake_case(name, column):
    assert schema.snake_case(name) == column


def test_a_flag_that_collides_with_a_column_gets_a_prefix():
    assert schema.flag_column("isAdmin", {"name", "is_admin"}) == "permission_is_admin"
    assert schema.flag_column("isAdmin", {"name"}) == "is_admin"
    assert schema.flag_column("canFly", set()) == "can_fly"
