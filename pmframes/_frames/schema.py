"""Declare the columns of a record.

A record is a ``Record`` with one field per column. The field's type is one of the column types below and
decides the dtype; what stands beside it (``field``, ``included``, ``computed``, ``constant`` or ``flag_set``)
says where the values come from and what they mean::

    class Client(Record):
        id: Annotated[Id, field("Id of the client")]
        company_id: Annotated[OptionalId, field("Id of its company", path=("company_id", "company.id"))]
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

import msgspec

Values = Mapping[str, Sequence[Any]]
TIME_DTYPE = "datetime64[us, UTC]"
# What services send instead of a time, or of an id, that is not set.
ZERO_DATES = ("0001-01-01", "0000-00-00", "-0001-11-30")
EMPTY_GUID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class ColumnType:
    """The type of a value in JSON, and the dtype of the column that holds it."""

    json_type: type
    dtype: str
    required: bool = False
    zero_is_missing: bool = False
    divisor: int = 1

    @property
    def is_list(self) -> bool:
        return self.dtype in ("list", "joined")

    def is_missing(self, value: Any) -> bool:
        """Return whether a value stands for none: a list that was sent empty does not."""
        if self.is_list or value is None:
            return value is None
        if self.zero_is_missing and value == 0:
            return True
        return isinstance(value, str) and (not value or value == EMPTY_GUID or self._is_zero_time(value))

    def _is_zero_time(self, text: str) -> bool:
        return self.dtype == TIME_DTYPE and text.startswith(ZERO_DATES)


Id = Annotated[int, ColumnType(int, "int64", required=True)]
OptionalId = Annotated[int | None, ColumnType(int, "Int64", zero_is_missing=True)]
Count = Annotated[int | None, ColumnType(int, "Int64")]
TextId = Annotated[str, ColumnType(str, "str", required=True)]
Text = Annotated[str | None, ColumnType(str, "str")]
Flag = Annotated[bool | None, ColumnType(bool, "boolean")]
Number = Annotated[float | None, ColumnType(float, "Float64")]
MinorUnits = Annotated[float | None, ColumnType(float, "Float64", divisor=100)]
Time = Annotated[str | None, ColumnType(str, TIME_DTYPE)]
IntList = Annotated[list[int] | None, ColumnType(int, "list")]
TextList = Annotated[list[str] | None, ColumnType(str, "list")]
JoinedNames = Annotated[list[str] | None, ColumnType(str, "joined")]
Flags = Annotated[dict[str, bool | None], ColumnType(dict, "flags")]

CATEGORY = ColumnType(str, "category")


class Record(msgspec.Struct):
    """Base of every record."""


class Lookup(NamedTuple):
    """The place of a value among what a response includes, ``included[collection][value of by][attribute]``.

    Where ``by`` names several columns, the key is their values with a space between.
    """

    collection: str
    by: str | tuple[str, ...]
    attribute: str


class FlagMembers(NamedTuple):
    """The members of a flag that is itself an object; the first of ``values`` that holds one wins."""

    values: tuple[str, ...]
    description: str
    modifiable: str

    def value_of(self, flag: Any) -> Any:
        """Return the value of a flag, which may be an object or a plain value."""
        if not isinstance(flag, dict):
            return flag
        return next((flag[name] for name in self.values if flag.get(name) is not None), None)


@dataclass(frozen=True)
class ColumnSource:
    """The source of a column's values; at most one of ``paths``, ``lookup`` and ``compute`` is set."""

    doc: str
    unit: str | None = None
    is_always_sent: bool = False
    paths: tuple[str, ...] | None = None
    lookup: Lookup | None = None
    compute: Callable[[Values], Sequence[Any]] | None = None
    known_flags: tuple[str, ...] = ()
    members: FlagMembers | None = None

    @property
    def sent_names(self) -> tuple[str, ...]:
        """Return where the service sends the values: the paths in a row, or what it includes beside the rows."""
        return (f"included.{self.lookup.collection}",) if self.lookup else self.paths or ()


def field(
    doc: str, *, path: str | tuple[str, ...] = (), unit: str | None = None, is_always_sent: bool = False
) -> ColumnSource:
    """Declare a column that the service sends, under the field's own name or at these paths of the JSON.

    The first path that holds a value wins. ``a.b`` goes into an object, ``a[].b`` into a list of objects. With
    ``is_always_sent``, the service documents that every row has it.
    """
    return ColumnSource(doc, unit, is_always_sent, paths=(path,) if isinstance(path, str) else path)


def included(
    doc: str, collection: str, by: str | tuple[str, ...], attribute: str, known: Sequence[str] = ()
) -> ColumnSource:
    """Declare a column, or an open set of flags, that is looked up in what the response includes; see ``Lookup``.

    Where the values of ``by`` are lists, the texts are joined by commas. ``known`` are the flags as in ``flag_set``.
    """
    return ColumnSource(doc, lookup=Lookup(collection, by, attribute), known_flags=tuple(known))


def computed(doc: str, compute: Callable[[Values], Sequence[Any]]) -> ColumnSource:
    """Declare a column that is computed from columns that the service sends."""
    return ColumnSource(doc, compute=compute)


def constant(doc: str) -> ColumnSource:
    """Declare a column that the loader fills with one value per listing, such as the requested project."""
    return ColumnSource(doc)


def flag_set(doc: str, known: Sequence[str], *, members: FlagMembers | None = None) -> ColumnSource:
    """Declare an open set of flags: an object of booleans that becomes one column per key.

    The known keys always have a column, in this order; others follow, sorted. Where each flag is itself an
    object, ``members`` names its members.
    """
    return ColumnSource(doc, paths=(), known_flags=tuple(known), members=members)


@dataclass(frozen=True)
class Column:
    """A declared column, resolved."""

    name: str
    type: ColumnType
    source: ColumnSource
    choices: tuple[str, ...] = ()

    @property
    def is_sent(self) -> bool:
        """Whether the service itself sends the values."""
        return self.source.paths is not None


@cache
def columns_of(record: type[Record]) -> tuple[Column, ...]:
    """Resolve the columns that a record declares, in order."""
    return tuple(map(_resolve, msgspec.structs.fields(record)))


def _resolve(info: msgspec.structs.FieldInfo) -> Column:
    hint, *annotations = get_args(info.type)
    source = next(note for note in annotations if isinstance(note, ColumnSource))
    if source.paths == ():
        source = replace(source, paths=(info.encode_name,))
    choices = next((get_args(part) for part in get_args(hint) if get_origin(part) is Literal), ())
    column_type = CATEGORY if choices else next(note for note in annotations if isinstance(note, ColumnType))
    return Column(info.name, column_type, source, choices)


def snake_case(name: str) -> str:
    """Convert a name in the JSON to the name of a column: ``canViewRates`` becomes ``can_view_rates``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^\w]+", "_", spaced).strip("_").lower()


def flag_column(key: str, taken: Collection[str]) -> str:
    """Return the column name of a flag; on a collision with a column, it has the prefix ``permission_``."""
    name = snake_case(key)
    return f"permission_{name}" if name in taken else name
