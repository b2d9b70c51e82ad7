"""Any JSON that fits a record of the services makes a frame of its declared dtypes, the same again from parquet."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pmframes as pm
from pmframes._frames.builder import Builder
from pmframes._frames.schema import Column, Record, columns_of, snake_case

SERVICES = (pm.teamwork, pm.projectmanager, pm.outlign, pm.spirii)
PROVENANCE = {"pmframes": {"service": "none", "rows": 1, "complete": True, "params": {"search": "…"}}}


def _records(base: type[Record] = Record) -> Iterator[type[Record]]:
    for record in base.__subclasses__():
        if record.__module__.startswith(tuple(module.__name__ for module in SERVICES)):
            yield record
        yield from _records(record)


RECORDS = sorted(_records(), key=lambda record: (record.__module__, record.__name__))

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBER = st.integers(-(2**63), 2**63 - 1)
TIME = st.datetimes().map(lambda time: time.isoformat())
VALUES = {
    "int64": st.integers(1, 2**63 - 1), "Int64": st.none() | st.just(0) | NUMBER, "str": st.none() | TEXT,
    "boolean": st.none() | st.booleans(),
    "Float64": st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**9), 10**9),
    "datetime64[us, UTC]": st.one_of(
        st.none(),
        st.sampled_from(["", "0001-01-01T00:00:00Z", "2024-02-29", "2025-01-27 09:38:41"]),
        st.builds(lambda time, zone: time + zone, TIME, st.sampled_from(["", "Z", "+02:00", "-0530"])),
    ),
}  # fmt: skip
ABSENT = object()


def _values(column: Column) -> st.SearchStrategy[Any]:
    kind = column.type
    if kind.dtype == "category":
        return st.none() | st.sampled_from(["", *column.choices]) | TEXT
    if kind.is_list:
        return st.lists(st.none() | (NUMBER if kind.json_type is int else TEXT), max_size=3)
    if kind.dtype == "flags":
        # Known keys, and others that become columns of their own.
        keys = st.sampled_from(column.source.known_flags) | st.from_regex(r"zz[a-z]{1,4}", fullmatch=True)
        return st.none() | st.dictionaries(keys, _flags(column), max_size=5)
    return VALUES[kind.dtype].filter(bool) if kind.required else VALUES[kind.dtype]


def _flags(column: Column) -> st.SearchStrategy[Any]:
    flag = st.none() | st.booleans()
    if (members := column.source.members) is None:
        return flag
    optional = dict.fromkeys(members.values, flag) | {members.description: st.none() | TEXT, members.modifiable: flag}
    return st.none() | st.fixed_dictionaries({}, optional=optional)


@st.composite
def rows_of(draw: st.DrawFn, record: type[Record]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 4))):
        row: dict[str, Any] = {}
        for column in columns_of(record):
            if paths := column.source.paths:
                value = draw(_values(column) if column.type.required else st.just(ABSENT) | _values(column))
                _put(row, draw(st.sampled_from(paths)).split("."), value)
        rows.append(row)
    return rows


def _put(into: dict[str, Any], steps: list[str], value: Any) -> None:
    """Put a value at a path, unless another value is in the way."""
    name = steps[0].removesuffix("[]")
    if value is ABSENT or not isinstance(into.get(name, {}), dict):
        return
    if len(steps) == 1:
        into[name] = value
    elif steps[0].endswith("[]"):
        into[name] = value and [{steps[1]: item} for item in value]
    else:
        _put(into.setdefault(name, {}), steps[1:], value)


def _build(record: type[Record], rows: list[dict[str, Any]]) -> pd.DataFrame:
    builder = Builder(record, "A service")
    for row in rows:
        builder.add(builder.decode(json.dumps([row]).encode()), {})
    for column in columns_of(record):
        if column.source.lookup:
            kind, _, attribute = column.source.lookup
            builder.include({kind: {"1": {attribute: "One"}, "2": {attribute: None}}})
    return builder.build()


def _declared_dtypes(record: type[Record]) -> dict[str, str]:
    dtypes: dict[str, str] = {}
    for column in columns_of(record):
        if column.type.dtype == "flags":
            dtypes |= dict.fromkeys(map(snake_case, column.source.known_flags), "boolean")
        else:
            dtypes[column.name] = {"list": "object", "joined": "str"}.get(column.type.dtype, column.type.dtype)
    return dtypes


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: f"{record.__module__}.{record.__name__}")
@settings(max_examples=settings().max_examples // 4)
@given(data=st.data())
def test_dtypes_are_declared_and_survive_parquet(record, data):
    rows = data.draw(rows_of(record))
    frame = _build(record, rows)
    declared = _declared_dtypes(record)
    dtypes = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    assert {name: dtypes.get(name) for name in declared} == declared
    assert set(dtypes.values()) <= {*declared.values(), "boolean"}
    assert [name for name in dtypes if name in declared] == list(declared)
    assert list(frame.index) == list(range(len(rows)))

    frame.attrs |= PROVENANCE
    buffer = io.BytesIO(frame.to_parquet())
    again = pd.read_parquet(buffer)
    assert again.attrs == frame.attrs
    for name, dtype in frame.dtypes.items():
        if str(dtype) == "object":  # parquet gives lists back as arrays, as it does for everyone
            again[name] = pd.Series([None if items is None else list(items) for items in again[name]], dtype=object)
        elif (dtype == "category" and frame.empty) or pd.Series([""]).dtype == object:
            again[name] = again[name].astype(dtype)  # or pandas gives text back as objects
    pd.testing.assert_frame_equal(again, frame, check_column_type=False)
