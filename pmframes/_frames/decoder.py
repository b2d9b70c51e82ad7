"""From the bytes of an answer to typed rows.

The type that a row is decoded into is derived from the record's declaration, so that what is not declared
is skipped while it is read. A page that typed decoding refuses is decoded once more generically and mended
by rule; what no rule covers is an error that names the row and the field.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from operator import attrgetter
from typing import Any

import msgspec

from pmframes import _messages
from pmframes._frames.schema import Column, Record, columns_of

Row = Any


@dataclass
class _Node:
    """One name in the JSON of a row: a value, an object, either of them, or a list of these."""

    value: Any = None
    members: dict[str, "_Node"] = field(default_factory=dict)
    many: bool = False

    def attribute(self, name: str) -> str:
        return f"m{list(self.members).index(name)}"

    @cached_property
    def struct(self) -> type[msgspec.Struct]:
        names = {self.attribute(name): name for name in self.members}
        fields = [(self.attribute(name), node.hint, None) for name, node in self.members.items()]
        return msgspec.defstruct("Object", fields, rename=names, gc=False)

    @cached_property
    def hint(self) -> Any:
        one: Any = self.struct if self.members else self.value
        if self.members and self.value is not None:
            one = one | self.value
        return list[one | None] | None if self.many else one | None

    def follow(self, values: Sequence[Any], steps: Sequence[str]) -> Sequence[Any]:
        """Go from what stands under this name, row by row, to what stands under a path below it."""
        if not steps:
            object_type = self.struct
            return [None if type(one) is object_type else one for one in values] if self.members else values
        if not self.many:
            return self._below(values, steps)
        items = [item for many in values for item in many or () if item is not None]
        found = iter(self._below(items, steps))
        return [many and [next(found) for item in many if item is not None] for many in values]

    def _below(self, values: Sequence[Any], steps: Sequence[str]) -> Sequence[Any]:
        name, object_type = steps[0], self.struct
        nothing = object_type()
        objects = [one if type(one) is object_type else nothing for one in values]
        return self.members[name].follow(list(map(attrgetter(self.attribute(name)), objects)), steps[1:])


def _tree(columns: tuple[Column, ...]) -> _Node:
    root = _Node()
    for column in columns:
        for path in column.source.at or ():
            node = root
            for step in path.split("."):
                node = node.members.setdefault(step.removesuffix("[]"), _Node())
                node.many = node.many or step.endswith("[]")
            node.value = column.kind.json
            node.many = node.many or (column.kind.is_many and "[]" not in path)
    return root


class Wire:
    """How the rows of one record are read."""

    def __init__(self, record: type[Record]) -> None:
        self.columns = columns_of(record)
        self._root = _tree(self.columns)
        # No service sends this name; one that did would find it written over, or not read.
        row = msgspec.defstruct(
            "Row",
            [("undeclared", Any, None)],
            rename={"undeclared": "(undeclared)"},
            bases=(self._root.struct,),
            gc=False,
        )
        self._decoder = msgspec.json.Decoder(list[row])  # type: ignore[valid-type]

    def rows(self, body: bytes | msgspec.Raw, what: str, *, everything: bool = False) -> list[Row]:
        """Decode the JSON list of rows; ``what`` names service and resource in an error.

        With ``everything``, the attribute ``undeclared`` of each row holds what was sent beyond the declared
        columns, by its path in the JSON.
        """
        rows: list[Row]
        try:
            rows = self._decoder.decode(body)
        except msgspec.ValidationError:
            rows = self._mended(msgspec.json.decode(body), what)
        if everything:
            for row, sent in zip(rows, msgspec.json.decode(body), strict=True):
                row.undeclared = dict(_beyond(sent, self._root))
        return rows

    def keys(self, rows: Sequence[Row], name: str) -> list[Any]:
        """Give the values of one column that is sent."""
        column = next(column for column in self.columns if column.name == name)
        return list(self._values(column, lambda name: [*map(attrgetter(self._root.attribute(name)), rows)]))

    def values(self, rows: Sequence[Row]) -> dict[str, Sequence[Any]]:
        """Turn rows into columns: the values of each column that is sent, None where nothing was."""
        columns = zip(*map(msgspec.structs.astuple, rows), strict=True)
        taken = dict(zip(self._root.members, columns, strict=False))
        return {
            column.name: self._values(column, taken.__getitem__) for column in self.columns if column.is_sent
        }

    def _values(self, column: Column, take: Callable[[str], Sequence[Any]]) -> Sequence[Any]:
        """Give the values at the first of the column's paths that holds one, row by row."""
        first, *others = column.source.at or ()
        values = self._at(first, take)
        for other in others:
            if all(values):
                break
            pairs = zip(values, self._at(other, take), strict=True)
            if column.kind.zero_is_missing:
                values = [value or instead for value, instead in pairs]
            else:
                values = [instead if value is None else value for value, instead in pairs]
        return values

    def _at(self, path: str, take: Callable[[str], Sequence[Any]]) -> Sequence[Any]:
        name, *steps = path.replace("[]", "").split(".")
        return self._root.members[name].follow(take(name), steps)

    def _mended(self, found: Any, what: str) -> list[Row]:
        if not isinstance(found, list):
            raise _messages.unexpected_shape(what)
        mended = [_mend_row(row, self._root, what) for row in found]
        rows: list[Row] = msgspec.convert(mended, self._decoder.type)
        return rows


@cache
def wire_of(record: type[Record]) -> Wire:
    """Derive how the rows of a record are read, once."""
    return Wire(record)


def _beyond(row: dict[str, Any], node: _Node, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        declared = node.members.get(name)
        if isinstance(value, dict) and (declared is None or declared.members):
            yield from _beyond(value, declared or _Node(), f"{path}{name}.")
        elif declared is None:
            yield f"{path}{name}", value


def _mend_row(row: Any, root: _Node, what: str) -> Any:
    where = f"{what}, row {row.get('id')}" if isinstance(row, dict) else what
    return _mend_one(row, root, where, "the whole row")


def _mend(value: Any, node: _Node, where: str, name: str) -> Any:
    if value is None or value in ("", [], {}):
        return None
    if node.many:
        if not isinstance(value, list):
            raise _messages.unreadable(where, name)
        return [_mend_one(item, node, where, name) for item in value]
    return _mend_one(value, node, where, name)


def _mend_one(value: Any, node: _Node, where: str, name: str) -> Any:
    if isinstance(value, dict) and node.members:
        return {key: _mend(value.get(key), member, where, key) for key, member in node.members.items()}
    if value in ("", None) or (value == 0 and node.members):
        return None
    if node.value is None:
        raise _messages.unreadable(where, name)
    try:
        return _RULES[node.value](value)
    except (KeyError, ValueError, TypeError):
        raise _messages.unreadable(where, name) from None


def _as_int(value: Any) -> int:
    if isinstance(value, bool) or str(int(value)) != str(value).removesuffix(".0"):
        raise ValueError
    return int(value)


def _as_float(value: Any) -> float:
    if isinstance(value, bool) or not re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", str(value), re.ASCII):
        raise ValueError
    return float(value)


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


_TRUTH = {True: True, False: False, "true": True, "false": False, "1": True, "0": False}


def as_flag(value: Any) -> bool | None:
    """Read a boolean in any of the forms that these services send; None and ``""`` are missing."""
    return None if value in (None, "") else _TRUTH[value]


_RULES: dict[type, Callable[[Any], Any]] = {
    int: _as_int,
    float: _as_float,
    str: _as_text,
    bool: as_flag,
    dict: _as_dict,
}
