"""From the bytes of an answer to typed rows.

The type that a row is decoded into is derived from the record's declaration, so that what is not declared
is skipped while it is read. A page that typed decoding refuses is decoded once more generically and mended
by rule; what no rule covers is an error that names the row and the field.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec

from pmframes import errors
from pmframes.frames.columns import Column, Record, columns_of

Row = Any
Getter = Callable[[Row], Any]


@dataclass
class _Node:
    """One name in the JSON of a row: a value, an object, either of them, or a list of these."""

    value: Any = None
    members: dict[str, "_Node"] = field(default_factory=dict)
    many: bool = False

    def attribute(self, name: str) -> str:
        return f"m{list(self.members).index(name)}"

    def struct(self) -> type[msgspec.Struct]:
        names = {self.attribute(name): name for name in self.members}
        fields = [(self.attribute(name), node.hint(), None) for name, node in self.members.items()]
        return msgspec.defstruct("Row", fields, rename=names, gc=False)

    def hint(self) -> Any:
        one = self.struct() if self.members else self.value
        if self.members and self.value is not None:
            one = one | self.value
        return list[one | None] | None if self.many else one | None  # type: ignore[valid-type]


def _tree(columns: tuple[Column, ...]) -> _Node:
    root = _Node()
    for column in columns:
        for path in column.source.at or ():
            node = root
            for step in path.split("."):
                node = node.members.setdefault(step.removesuffix("[]"), _Node())
                node.many = node.many or step.endswith("[]")
            node.value = column.kind.json
            node.many = node.many or (column.kind.dtype == "list" and "[]" not in path)
    return root


def _getter(root: _Node, path: str) -> Getter:
    node, names = root, []
    for step in path.split("."):
        name = step.removesuffix("[]")
        names.append(node.attribute(name))
        node = node.members[name]
        if step.endswith("[]"):
            return _each(attrgetter(".".join(names)), _getter(node, path.split("[].", 1)[1]))
    if len(names) == 1 and not node.members:
        return attrgetter(names[0])
    return _chain(names, is_object=bool(node.members))


def _each(many: Getter, one: Getter) -> Getter:
    return lambda row: (
        None if (found := many(row)) is None else [one(item) for item in found if item is not None]
    )


def _chain(names: list[str], *, is_object: bool) -> Getter:
    def get(row: Row) -> Any:
        for name in names:
            row = getattr(row, name, None)
        return None if is_object and isinstance(row, msgspec.Struct) else row

    return get


class Wire:
    """How the rows of one record are read."""

    def __init__(self, record: type[Record]) -> None:
        self.columns = columns_of(record)
        self._root = _tree(self.columns)
        self._type = self._root.struct()
        self._kinds = {column.name: column.kind for column in self.columns}
        self._decoder = msgspec.json.Decoder(list[self._type])  # type: ignore[name-defined]
        self._getters = {
            column.name: [_getter(self._root, path) for path in column.source.at]
            for column in self.columns
            if column.source.at
        }

    def rows(self, body: bytes | msgspec.Raw, what: str) -> list[Row]:
        """Decode the JSON list of rows; ``what`` names service and resource in an error."""
        try:
            return self._decoder.decode(body)
        except msgspec.ValidationError:
            found = msgspec.json.decode(body)
        if not isinstance(found, list):
            raise errors.unexpected_shape(what)
        return [self._mended(row, what) for row in found]

    def values(self, rows: list[Row], column: str) -> list[Any]:
        """Take the values of one column, None where nothing was sent."""
        first, *others = self._getters[column]
        values = [first(row) for row in rows]
        nothing = (None, 0) if self._kinds[column].zero_is_missing else (None,)
        for other in others:
            values = [
                other(row) if value in nothing else value for row, value in zip(rows, values, strict=True)
            ]
        return values

    def undeclared(self, body: bytes | msgspec.Raw) -> list[dict[str, Any]]:
        """Give, for each row, what was sent beyond the declared columns, by its path in the JSON."""
        return [dict(_beyond(row, self._root)) for row in msgspec.json.decode(body)]

    def _mended(self, row: Any, what: str) -> Row:
        where = f"{what}, row {row.get('id')}" if isinstance(row, dict) else what
        return msgspec.convert(_mend_one(row, self._root, where, "the whole row"), self._type)


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


def _mend(value: Any, node: _Node, where: str, name: str) -> Any:
    if value is None or value in ("", [], {}):
        return None
    if node.many:
        if not isinstance(value, list):
            raise errors.unreadable(where, name)
        return [_mend_one(item, node, where, name) for item in value]
    return _mend_one(value, node, where, name)


def _mend_one(value: Any, node: _Node, where: str, name: str) -> Any:
    if isinstance(value, dict) and node.members:
        return {key: _mend(value.get(key), member, where, key) for key, member in node.members.items()}
    if value in ("", None) or (value == 0 and node.members):
        return None
    if node.value is None:
        raise errors.unreadable(where, name)
    try:
        return _RULES[node.value](value)
    except (KeyError, ValueError, TypeError):
        raise errors.unreadable(where, name) from None


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
