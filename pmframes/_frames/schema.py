"""The words in which a record declares its columns.

A record is a ``Record`` with one field per column. The field's type is one of the kinds below, and says
which dtype the column has; what stands beside it (``sent``, ``looked_up``, ``derived``, ``given`` or
``open_flags``) says where the values come from, and what they mean::

    class Client(Record):
        id: Annotated[Id, sent("Number of the client")]
        company_id: Annotated[Ref, sent("Number of its company", at=("company_id", "company.id"))]
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

Values = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Kind:
    """What a column holds: the type of a value in JSON, and the dtype of the column."""

    json: type
    dtype: str
    required: bool = False
    zero_is_missing: bool = False
    per_unit: int = 1

    @property
    def is_many(self) -> bool:
        """Whether a value is a list."""
        return self.dtype in ("list", "names")


Id = Annotated[int, Kind(int, "int64", required=True)]
Ref = Annotated[int | None, Kind(int, "Int64", zero_is_missing=True)]
Count = Annotated[int | None, Kind(int, "Int64")]
TextId = Annotated[str, Kind(str, "str", required=True)]
Text = Annotated[str | None, Kind(str, "str")]
Flag = Annotated[bool | None, Kind(bool, "boolean")]
Number = Annotated[float | None, Kind(float, "Float64")]
Cents = Annotated[float | None, Kind(float, "Float64", per_unit=100)]
Time = Annotated[str | None, Kind(str, "datetime64[us, UTC]")]
Numbers = Annotated[list[int], Kind(int, "list")]
Texts = Annotated[list[str], Kind(str, "list")]
Names = Annotated[list[str], Kind(str, "names")]
Flags = Annotated[dict[str, bool | None], Kind(dict, "flags")]

CHOICE = Kind(str, "category")


class Record(msgspec.Struct):
    """Base of every record."""


@dataclass(frozen=True)
class Source:
    """Where the values of one column come from; exactly one of the origins is set."""

    doc: str
    unit: str | None = None
    at: tuple[str, ...] | None = None
    lookup: tuple[str, str | tuple[str, ...], str] | None = None
    derive: Callable[[Values], Sequence[Any]] | None = None
    known: tuple[str, ...] = ()
    members: "Members | None" = None


def sent(doc: str, *, at: str | tuple[str, ...] = (), unit: str | None = None) -> Source:
    """Declare a column the service sends, under the field's own name or else at these paths of the JSON.

    The first path that holds a value wins. ``a.b`` goes into an object, ``a[].b`` into a list of objects.
    """
    return Source(doc, unit, at=(at,) if isinstance(at, str) else at)


def looked_up(doc: str, included: str, by: str, take: str) -> Source:
    """Declare a column found in what the answer includes: ``included[<included>][<value of by>][<take>]``.

    Where the values of ``by`` are lists, the texts found are joined by commas.
    """
    return Source(doc, lookup=(included, by, take))


def derived(doc: str, derive: Callable[[Values], Sequence[Any]]) -> Source:
    """Declare a column computed from the columns that were sent."""
    return Source(doc, derive=derive)


def given(doc: str) -> Source:
    """Declare a column whose one value the loader gives, such as the project that was asked for."""
    return Source(doc)


@dataclass(frozen=True)
class Members:
    """The members of a flag that is itself an object: what it says, what it is for, whether it may change."""

    value: str
    description: str
    changeable: str


def open_flags(doc: str, known: Sequence[str], *, members: Members | None = None) -> Source:
    """Declare an open set of flags: an object of booleans that becomes one column per key.

    The known keys are always there, in this order; others follow, sorted. Where each flag is itself an
    object, ``members`` names what is in it.
    """
    return Source(doc, at=(), known=tuple(known), members=members)


def included_flags(doc: str, known: Sequence[str], included: str, by: tuple[str, ...], take: str) -> Source:
    """Declare an open set of flags found in what the answer includes, under the values of these columns.

    That is ``included[<included>]["<value> <value>"][<take>]``.
    """
    return Source(doc, lookup=(included, by, take), known=tuple(known))


@dataclass(frozen=True)
class Column:
    """One declared column, resolved."""

    name: str
    kind: Kind
    source: Source
    choices: tuple[str, ...] = ()

    @property
    def is_sent(self) -> bool:
        """Whether the service itself sends the values."""
        return self.source.at is not None


@cache
def columns_of(record: type[Record]) -> tuple[Column, ...]:
    """Resolve the columns that a record declares, in order."""
    return tuple(_column(field) for field in msgspec.structs.fields(record))


def _column(field: msgspec.structs.FieldInfo) -> Column:
    hint, *notes = get_args(field.type)
    source = next(note for note in notes if isinstance(note, Source))
    if source.at == ():
        source = Source(**{**vars(source), "at": (field.encode_name,)})
    choices = next((get_args(one) for one in get_args(hint) if get_origin(one) is Literal), ())
    kind = CHOICE if choices else next(note for note in notes if isinstance(note, Kind))
    return Column(field.name, kind, source, choices)


def snake_case(name: str) -> str:
    """Turn a name of the JSON into the name of a column: ``canViewRates`` becomes ``can_view_rates``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^\w]+", "_", spaced).strip("_").lower()
