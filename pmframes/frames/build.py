"""From typed rows to a frame with the declared columns, in their order, with their dtypes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pmframes import errors
from pmframes.frames.columns import Column, Record, snake_case
from pmframes.frames.wire import Row, Wire, as_flag, wire_of

Included = Mapping[str, Mapping[str, Mapping[str, Any]]]


@dataclass
class Rows:
    """What came for one frame.

    Typed rows; what the answers included beside them; what the loader knows by itself, which fills what was
    not sent; and, where asked for, what was sent beyond the declared columns, one mapping per row.
    """

    rows: list[Row] = field(repr=False)
    included: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    given: dict[str, list[Any]] = field(default_factory=dict)
    beyond: list[dict[str, Any]] | None = None

    def add(self, rows: Sequence[Row], given: Mapping[str, Any], beyond: Sequence[dict[str, Any]]) -> None:
        """Add what came for one part of the frame."""
        for name in given.keys() | self.given.keys():
            self.given.setdefault(name, [None] * len(self.rows)).extend([given.get(name)] * len(rows))
        self.rows.extend(rows)
        if self.beyond is not None:
            self.beyond.extend(beyond)

    def include(self, included: Included) -> None:
        """Add what an answer included: each page brings only what its own rows refer to."""
        for kind, objects in included.items():
            self.included.setdefault(kind, {}).update(objects)


def build(record: type[Record], came: Rows, what: str) -> pd.DataFrame:
    """Build the frame of a record's rows.

    Parameters
    ----------
    record : type[Record]
        The declaration.
    came : Rows
        What came.
    what : str
        Service and resource, for errors.

    Raises
    ------
    UnexpectedResponse
        A value cannot be read as what its column declares.
    """
    wire = wire_of(record)
    values: dict[str, list[Any]] = {c.name: _sent(wire, c, came) for c in wire.columns if c.is_sent}
    for column in wire.columns:
        if not column.is_sent:
            values[column.name] = list(_found(column, values, came))
    frame, notes = dict[str, Any](), dict[str, Any]()
    for column in wire.columns:
        if column.kind.dtype == "flags":
            spread = _flag_columns(column, values[column.name], set(frame), what)
            frame |= {
                name: _flag_values(column, values[column.name], key, what) for key, name in spread.items()
            }
            notes[column.name] = _flag_notes(column, values, spread)
        else:
            frame[column.name] = _typed(column, values[column.name], what)
    if came.beyond is not None:
        frame |= _undeclared(came.beyond, set(frame))
    built = pd.DataFrame(frame, index=pd.RangeIndex(len(came.rows)), copy=False)
    built.attrs.update(notes)
    return built


def _sent(wire: Wire, column: Column, came: Rows) -> list[Any]:
    values = wire.values(came.rows, column.name)
    if (known := came.given.get(column.name)) is None:
        return values
    return [other if value in (None, "", 0) else value for value, other in zip(values, known, strict=True)]


def _found(column: Column, values: Mapping[str, Sequence[Any]], came: Rows) -> Sequence[Any]:
    source = column.source
    if source.derive is not None:
        return source.derive(values)
    if source.lookup is not None:
        included, by, take = source.lookup
        names = {key: one.get(take) for key, one in came.included.get(included, {}).items()}
        return [_look_up(names, key) for key in values[by]]
    return came.given.get(column.name) or [None] * len(came.rows)


def _look_up(names: Mapping[str, Any], key: Any) -> Any:
    if isinstance(key, list):
        return ", ".join(name for one in key if (name := names.get(str(one))))
    return names.get(str(key))


def _typed(column: Column, values: list[Any], what: str) -> Any:
    if column.kind.required and (missing := {None, "", 0} & set(values)):
        row = next(number for number, value in enumerate(values, 1) if value in missing)
        raise errors.unreadable(f"{what}, row {row} of the answer", column.name)
    try:
        return _CONVERT[column.kind.dtype](column, values)
    except (ValueError, TypeError, OverflowError):
        raise errors.unreadable(what, column.name) from None


def _ids(column: Column, values: list[Any]) -> Any:
    return np.array(values, dtype="int64")


def _integers(column: Column, values: list[Any]) -> Any:
    missing = (None, 0) if column.kind.zero_is_missing else (None,)
    return pd.array([None if value in missing else value for value in values], dtype="Int64")


def _texts(column: Column, values: list[Any]) -> Any:
    return pd.array([value or None for value in values], dtype="str")


def _booleans(column: Column, values: list[Any]) -> Any:
    return pd.array(values, dtype="boolean")


def _numbers(column: Column, values: list[Any]) -> Any:
    return pd.Series(values, dtype="Float64") / column.kind.per_unit


def _times(column: Column, values: list[Any]) -> Any:
    known = [value if value and not value.startswith("0001-01-01") else None for value in values]
    if not all(value[:1].isdigit() for value in known if value):
        raise ValueError  # pandas also reads words, and "now" would be a different moment each time
    return pd.to_datetime(pd.Series(known, dtype="str"), format="ISO8601", utc=True).dt.as_unit("us")


def _choices(column: Column, values: list[Any]) -> Any:
    unknown = sorted({value for value in values if value} - set(column.choices))
    return pd.Categorical([value or None for value in values], categories=[*column.choices, *unknown])


def _lists(column: Column, values: list[Any]) -> Any:
    return pd.Series([[item for item in value or () if item is not None] for value in values], dtype=object)


_CONVERT: dict[str, Callable[[Column, list[Any]], Any]] = {
    "int64": _ids,
    "Int64": _integers,
    "str": _texts,
    "boolean": _booleans,
    "Float64": _numbers,
    "datetime64[us, UTC]": _times,
    "category": _choices,
    "list": _lists,
}


def _flag_columns(
    column: Column, sets: list[dict[str, Any] | None], taken: set[str], what: str
) -> dict[str, str]:
    """Name the column of each flag: the known ones first, then the others, sorted."""
    known = column.source.known
    unknown = sorted({key for flags in sets for key in flags or ()} - set(known))
    names = {key: flag_column(key, taken) for key in (*known, *unknown)}
    if len(set(names.values())) < len(names):
        raise errors.unreadable(what, column.name)
    return names


def flag_column(key: str, taken: Iterable[str]) -> str:
    """Name the column of a permission; one that would collide with a column gets a prefix."""
    name = snake_case(key)
    return f"permission_{name}" if name in taken else name


def _flag_values(column: Column, sets: list[dict[str, Any] | None], key: str, what: str) -> Any:
    values = [(flags or {}).get(key) for flags in sets]
    if (members := column.source.members) is not None:
        values = [one.get(members.value) if isinstance(one, dict) else one for one in values]
    try:
        return pd.array([as_flag(value) for value in values], dtype="boolean")
    except (KeyError, TypeError):
        raise errors.unreadable(what, f"{column.name}.{key}") from None


def _flag_notes(column: Column, values: Mapping[str, list[Any]], names: Mapping[str, str]) -> dict[str, Any]:
    """Say what each flag is for, and in which rows it is fixed: what a column of booleans cannot hold."""
    notes: dict[str, Any] = {name: {"description": None, "fixed": []} for name in names.values()}
    members = column.source.members
    for row, flags in zip(values["id"], values[column.name], strict=True):
        for key, flag in (flags or {}).items():
            if members is None or not isinstance(flag, dict):
                continue
            note = notes[names[key]]
            note["description"] = note["description"] or flag.get(members.description) or None
            if flag.get(members.changeable) is False:
                note["fixed"].append(row)
    return notes


def _undeclared(rows: list[dict[str, Any]], taken: set[str]) -> dict[str, Any]:
    frame: dict[str, Any] = {}
    for path in dict.fromkeys(path for row in rows for path in row):
        name = snake_case(path)
        while name in taken or name in frame:
            name = f"sent_{name}"
        frame[name] = _inferred([row.get(path) for row in rows])
    return frame


def _inferred(values: list[Any]) -> Any:
    """Choose a dtype that holds every value exactly: none turns integers into floats."""
    kinds = {type(value) for value in values if value is not None}
    exact = not any(isinstance(value, int) and abs(value) > 2**53 for value in values)
    for allowed, dtype in (({bool}, "boolean"), ({int}, "Int64"), ({int, float}, "Float64"), ({str}, "str")):
        if kinds and kinds <= allowed and (exact or dtype != "Float64"):
            try:
                return pd.array(values, dtype=dtype)  # type: ignore[call-overload]
            except (OverflowError, TypeError):
                break
    return pd.Series(values, dtype=object).array
