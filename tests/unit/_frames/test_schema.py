"""Declarations of columns: what each form of declaration resolves to, and the names of columns."""

from typing import Annotated, Literal

import pytest

from pmframes._frames.schema import (
    CATEGORY,
    ColumnSource,
    ColumnType,
    Count,
    Flag,
    FlagMembers,
    Flags,
    Id,
    IntList,
    JoinedNames,
    Lookup,
    MinorUnits,
    Number,
    OptionalId,
    Record,
    Text,
    TextId,
    TextList,
    Time,
    columns_of,
    computed,
    constant,
    field,
    flag_column,
    flag_set,
    included,
    snake_case,
)


def _count_tags(values):
    return [len(tags) for tags in values["tag_ids"]]


MEMBERS = FlagMembers("value", description="about", modifiable="canBeModified")


class Item(Record, rename="camel"):
    """A record with a column of each form of declaration."""

    project_id: Annotated[OptionalId, constant("Id of the project")]
    id: Annotated[Id, field("Id of the item")]
    unit_price: Annotated[MinorUnits, field("Price", unit="euro")]
    kind: Annotated[Literal["small", "large"] | None, field("Kind")]
    maker_id: Annotated[OptionalId, field("Id of its maker", path=("makerId", "maker.id"))]
    maker_name: Annotated[Text, included("Name of its maker", "makers", "maker_id", "name")]
    tag_ids: Annotated[IntList, field("Ids of its tags", path="tags[].id")]
    tag_count: Annotated[Count, computed("Number of tags", _count_tags)]
    may: Annotated[Flags, flag_set("What it may do", ["fly", "canSwim"], members=MEMBERS)]
    has: Annotated[Flags, included("What it has", "items", ("project_id", "id"), "flags", ["wings"])]


RESOLVED = {
    "project_id": (ColumnType(int, "Int64", zero_is_missing=True), ColumnSource("Id of the project"), ()),
    "id": (ColumnType(int, "int64", required=True), ColumnSource("Id of the item", paths=("id",)), ()),
    "unit_price": (ColumnType(float, "Float64", divisor=100), ColumnSource("Price", "euro", ("unitPrice",)), ()),
    "kind": (CATEGORY, ColumnSource("Kind", paths=("kind",)), ("small", "large")),
    "maker_id": (
        ColumnType(int, "Int64", zero_is_missing=True),
        ColumnSource("Id of its maker", paths=("makerId", "maker.id")),
        (),
    ),
    "maker_name": (
        ColumnType(str, "str"),
        ColumnSource("Name of its maker", lookup=Lookup("makers", "maker_id", "name")),
        (),
    ),
    "tag_ids": (ColumnType(int, "list"), ColumnSource("Ids of its tags", paths=("tags[].id",)), ()),
    "tag_count": (ColumnType(int, "Int64"), ColumnSource("Number of tags", compute=_count_tags), ()),
    "may": (
        ColumnType(dict, "flags"),
        ColumnSource("What it may do", paths=("may",), known_flags=("fly", "canSwim"), members=MEMBERS),
        (),
    ),
    "has": (
        ColumnType(dict, "flags"),
        ColumnSource("What it has", lookup=Lookup("items", ("project_id", "id"), "flags"), known_flags=("wings",)),
        (),
    ),
}


def test_columns_resolve_in_the_order_of_the_declaration():
    columns = columns_of(Item)
    assert [column.name for column in columns] == list(RESOLVED)
    assert {column.name: (column.type, column.source, column.choices) for column in columns} == RESOLVED


def test_only_columns_with_paths_are_sent_by_the_service():
    sent = [column.name for column in columns_of(Item) if column.is_sent]
    assert sent == ["id", "unit_price", "kind", "maker_id", "tag_ids", "may"]


def test_a_record_inherits_the_columns_of_its_base():
    class Special(Item, rename="camel"):
        """An item with one more column."""

        is_special: Annotated[Flag, field("Whether it is special")]

    assert [column.name for column in columns_of(Special)] == [*RESOLVED, "is_special"]


KINDS = {
    "id": Id, "optional_id": OptionalId, "count": Count, "text_id": TextId, "text": Text, "flag": Flag,
    "number": Number, "minor_units": MinorUnits, "time": Time, "int_list": IntList, "text_list": TextList,
    "joined_names": JoinedNames,
}  # fmt: skip
# JSON type, dtype, required, zero is missing, divisor, list
TYPES = {
    "id": (int, "int64", True, False, 1, False), "optional_id": (int, "Int64", False, True, 1, False),
    "count": (int, "Int64", False, False, 1, False), "text_id": (str, "str", True, False, 1, False),
    "text": (str, "str", False, False, 1, False), "flag": (bool, "boolean", False, False, 1, False),
    "number": (float, "Float64", False, False, 1, False), "minor_units": (float, "Float64", False, False, 100, False),
    "time": (str, "datetime64[us, UTC]", False, False, 1, False), "int_list": (int, "list", False, False, 1, True),
    "text_list": (str, "list", False, False, 1, True), "joined_names": (str, "joined", False, False, 1, True),
    "flags": (dict, "flags", False, False, 1, False),
}  # fmt: skip


def test_column_types():
    annotations = {name: Annotated[kind, field("")] for name, kind in KINDS.items()}
    annotations["flags"] = Annotated[Flags, flag_set("", [])]
    columns = columns_of(type("Values", (Record,), {"__annotations__": annotations, "__module__": __name__}))
    types = {column.name: column.type for column in columns}
    assert {
        name: (one.json_type, one.dtype, one.required, one.zero_is_missing, one.divisor, one.is_list)
        for name, one in types.items()
    } == TYPES


@pytest.mark.parametrize(("name", "column"), [
    ("canViewRates", "can_view_rates"), ("name", "name"), ("isAdmin2Go", "is_admin2_go"),
    ("useMCPServer", "use_mcp_server"), ("useMCP", "use_mcp"), ("HTTPStatus", "http_status"),
    ("deep.er-key name", "deep_er_key_name"), ("(extra)", "extra"), ("already_snake", "already_snake"),
    ("größeÄndern", "größeändern"),
])  # fmt: skip
def test_snake_case(name, column):
    assert snake_case(name) == column


def test_a_flag_that_collides_with_a_column_gets_a_prefix():
    assert flag_column("isAdmin", {"name", "is_admin"}) == "permission_is_admin"
    assert flag_column("isAdmin", {"name"}) == "is_admin"
    assert flag_column("canFly", set()) == "can_fly"
