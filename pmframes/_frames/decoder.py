"""Decode the bytes of a response to typed rows.

The type that a row is decoded into is derived from the record, so that fields without a column are skipped
while the JSON is parsed. A page that typed decoding refuses is decoded once more generically and coerced by
rule; a value that no rule covers is an error that names the row and the field.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec

from pmframes import _messages
from pmframes._fork import cached_property
from pmframes._frames.schema import Column, Record, columns_of

Row = Any
SAMPLED_ROWS = 100
"""How many rows of a page are searched for fields that no column declares: this costs more than the rest."""
FIRST_ROUNDED_FLOAT = 2.0**53


@dataclass
class _JsonNode:
    """One name in the JSON of a row: a value, an object, either of them, or a list of these."""

    value_type: Any = None
    members: dict[str, "_JsonNode"] = field(default_factory=dict)
    is_list: bool = False

    def attribute(self, name: str) -> str:
        # Names in the JSON need not be identifiers.
        return f"m{list(self.members).index(name)}"

    @cached_property
    def nested(self) -> "dict[str, _JsonNode]":
        """The members that are objects."""
        return {name: member for name, member in self.members.items() if member.members}

    @cached_property
    def struct(self) -> type[msgspec.Struct]:
        names = {self.attribute(name): name for name in self.members}
        fields = [(self.attribute(name), node.hint, None) for name, node in self.members.items()]
        return msgspec.defstruct("Object", fields, rename=names, gc=False)

    @cached_property
    def hint(self) -> Any:
        item: Any = self.struct if self.members else self.value_type
        if self.members and self.value_type is not None:
            item = item | self.value_type
        return list[item | None] | None if self.is_list else item | None

    def follow(self, values: Sequence[Any], steps: Sequence[str]) -> Sequence[Any]:
        """Return, row by row, the values at a path below this node, from the values of the node."""
        if not steps:
            object_type = self.struct
            return [None if type(v) is object_type else v for v in values] if self.members else values
        if not self.is_list:
            return self._follow_member(values, steps)
        items = [item for row in values for item in row or () if item is not None]
        results = iter(self._follow_member(items, steps))
        return [row and [next(results) for item in row if item is not None] for row in values]

    def _follow_member(self, values: Sequence[Any], steps: Sequence[str]) -> Sequence[Any]:
        name, object_type = steps[0], self.struct
        empty = object_type()
        objects = [value if type(value) is object_type else empty for value in values]
        return self.members[name].follow(list(map(attrgetter(self.attribute(name)), objects)), steps[1:])


def _build_tree(columns: tuple[Column, ...]) -> _JsonNode:
    root = _JsonNode()
    for column in columns:
        for path in column.source.paths or ():
            node = root
            for step in path.split("."):
                node = node.members.setdefault(step.removesuffix("[]"), _JsonNode())
                node.is_list = node.is_list or step.endswith("[]")
            node.value_type = column.type.json_type
            node.is_list = node.is_list or (column.type.is_list and "[]" not in path)
    return root


class RowDecoder:
    """Decodes the rows of one record."""

    def __init__(self, record: type[Record]) -> None:
        self.columns = columns_of(record)
        self._root = _build_tree(self.columns)
        # No service sends a field of this name, which would be overwritten.
        row = msgspec.defstruct(
            "Row", [("extra", Any, None)], rename={"extra": "(extra)"}, bases=(self._root.struct,), gc=False
        )
        self._decoder = msgspec.json.Decoder(list[row])  # type: ignore[valid-type]

    def decode(self, body: bytes | msgspec.Raw, label: str, *, keep_extra: bool = False) -> list[Row]:
        """Decode the JSON list of rows; ``label`` names service and resource in an error.

        With ``keep_extra``, the attribute ``extra`` of each row is a dict of the fields without a column, by
        their path in the JSON, a tuple of names.
        """
        rows: list[Row]
        try:
            rows = self._decoder.decode(body)
        except msgspec.ValidationError:
            rows = self._coerce_rows(_decode_generic(body, label), label)
        if keep_extra:
            for row, generic_row in zip(rows, _decode_generic(body, label), strict=True):
                row.extra = dict(_extra_fields(generic_row, self._root))
        return rows

    def keys(self, rows: Sequence[Row], name: str) -> list[Any]:
        """Return the values of one column that the service sends."""
        column = next(column for column in self.columns if column.name == name)
        return list(self._values(column, lambda name: [*map(attrgetter(self._root.attribute(name)), rows)]))

    def values(self, rows: Sequence[Row]) -> dict[str, Sequence[Any]]:
        """Return the values of each column that the service sends; None where a row has no value."""
        transposed = zip(*map(msgspec.structs.astuple, rows), strict=True)
        by_name = dict(zip(self._root.members, transposed, strict=False))
        return {column.name: self._values(column, by_name.__getitem__) for column in self.columns if column.is_sent}

    def _values(self, column: Column, read_field: Callable[[str], Sequence[Any]]) -> Sequence[Any]:
        """Return, row by row, the value at the first of the column's paths that holds one."""
        first, *others = column.source.paths or ()
        values = self._values_at(first, read_field)
        for path in others:
            if not any(map(column.type.is_missing, values)):
                break
            is_missing = column.type.is_missing
            pairs = zip(values, self._values_at(path, read_field), strict=True)
            values = [fallback if is_missing(value) else value for value, fallback in pairs]
        return values

    def _values_at(self, path: str, read_field: Callable[[str], Sequence[Any]]) -> Sequence[Any]:
        name, *steps = path.replace("[]", "").split(".")
        return self._root.members[name].follow(read_field(name), steps)

    def field_names(self, body: bytes | msgspec.Raw) -> tuple[set[str], set[str]]:
        """Return the fields of the first rows: those with a column by their own name, the others by their path."""
        declared, others = set[str](), set[str]()
        for row in msgspec.json.decode(body, type=list[msgspec.Raw])[:SAMPLED_ROWS]:
            with suppress(msgspec.ValidationError):  # a number that no float holds
                sent = msgspec.json.decode(row)
                if isinstance(sent, dict):
                    declared |= sent.keys() & self._root.members.keys()
                    others |= _undeclared_fields(sent, self._root)
        return declared, others

    def _coerce_rows(self, decoded: Any, label: str) -> list[Row]:
        if not isinstance(decoded, list):
            raise _messages.unexpected_shape(label)
        coerced = [_coerce_row(row, self._root, label) for row in decoded]
        rows: list[Row] = msgspec.convert(coerced, self._decoder.type)
        return rows


# The decoder of a record is built once.
decoder_for = cache(RowDecoder)


def _decode_generic(body: bytes | msgspec.Raw, label: str) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.ValidationError:
        pass
    try:
        # The slower decoder accepts a number that no float holds; it stays a text, for an error that names its row.
        return json.loads(bytes(body), parse_float=lambda text: text if math.isinf(float(text)) else float(text))
    except ValueError:
        raise _messages.unexpected_shape(label) from None


def _extra_fields(
    row: dict[str, Any], node: _JsonNode, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in row.items():
        declared = node.members.get(name)
        if isinstance(value, dict) and (declared is None or declared.members):
            yield from _extra_fields(value, declared or _JsonNode(), (*path, name))
        elif declared is None:
            yield (*path, name), value


def _undeclared_fields(row: dict[str, Any], node: _JsonNode, prefix: str = "") -> set[str]:
    undeclared = {prefix + name for name in row.keys() - node.members.keys()}
    for name, member in node.nested.items():
        value = row.get(name)
        if isinstance(value, dict):
            undeclared |= _undeclared_fields(value, member, f"{prefix}{name}.")
    return undeclared


def _coerce_row(row: Any, root: _JsonNode, label: str) -> Any:
    location = f"{label}, row {row.get('id')}" if isinstance(row, dict) else label
    return _coerce_item(row, root, location, "the whole row")


def _coerce(value: Any, node: _JsonNode, location: str, name: str) -> Any:
    if value is None or value in ("", {}) or (value == [] and not node.is_list):
        return None
    if node.is_list:
        if not isinstance(value, list):
            raise _messages.unreadable(location, name)
        return [_coerce_item(item, node, location, name) for item in value]
    return _coerce_item(value, node, location, name)


def _coerce_item(value: Any, node: _JsonNode, location: str, name: str) -> Any:
    if isinstance(value, dict) and node.members:
        return {key: _coerce(value.get(key), member, location, key) for key, member in node.members.items()}
    if value in ("", None) or (value == 0 and node.members):
        return None
    if node.value_type is None:
        raise _messages.unreadable(location, name)
    try:
        return _COERCIONS[node.value_type](value)
    except (KeyError, ValueError, TypeError):
        raise _messages.unreadable(location, name) from None


def _as_int(value: Any) -> int:
    if isinstance(value, bool) or str(int(value)) != str(value).removesuffix(".0"):
        raise ValueError
    if isinstance(value, float) and abs(value) >= FIRST_ROUNDED_FLOAT:
        raise ValueError
    return int(value)


def _as_float(value: Any) -> float:
    if isinstance(value, bool) or not re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", str(value), re.ASCII):
        raise ValueError
    number = float(value)
    if math.isinf(number):
        raise ValueError
    return number


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError


def _as_dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


_BOOLEANS = {True: True, False: False, "true": True, "false": False, "1": True, "0": False}


def as_flag(value: Any) -> bool | None:
    """Return a boolean from any of the forms that the services send; None and ``""`` are missing."""
    return None if value in (None, "") else _BOOLEANS[value]


_COERCIONS: dict[type, Callable[[Any], Any]] = {
    int: _as_int,
    float: _as_float,
    str: _as_text,
    bool: as_flag,
    dict: _as_dict,
}
