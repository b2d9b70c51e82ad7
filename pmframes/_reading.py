"""Read exports back: CSV and workbooks that pmframes wrote, by the schema of their resource."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from itertools import chain
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, cast

import pandas as pd

from pmframes import _customers, _messages, outlign, projectmanager, spirii, teamwork
from pmframes._frames import arrays
from pmframes._frames.schema import TIME_DTYPE, columns_of
from pmframes._loading.resource import Resource
from pmframes._signatures import checks_arguments
from pmframes._text import join, pluralize, restore_hidden, safe_repr
from pmframes._types import TEXT, Frame
from pmframes._writers.cells import Cell, cell_text, split_items
from pmframes._writers.csv import parse_csv
from pmframes._writers.excel import UTC_SUFFIX, is_cut, parse_workbook
from pmframes.errors import InvalidArgument

Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class _ColumnType:
    """The dtype of a column; ``item`` is the type of the items of its lists, ``choices`` those of a category."""

    dtype: str
    item: type = str
    choices: tuple[str, ...] = ()
    required: bool = False


_FLAG = _ColumnType("boolean")


@dataclass(frozen=True)
class _Schema:
    """The columns of a resource; where ``has_flags``, any other column is a permission, and boolean."""

    name: str
    columns: Mapping[str, _ColumnType]
    has_flags: bool = False

    def has_ids(self, headings: Set[str], first_row: Mapping[str, Cell]) -> bool:
        """Whether the ids of a row have headings, and are numbers or text as they should be."""
        ids = {name: column.dtype == "int64" for name, column in self.columns.items() if column.required}
        return headings >= ids.keys() and all(
            isinstance(first_row[name], int) == is_number for name, is_number in ids.items() if name in first_row
        )

    def find(self, heading: str) -> tuple[str, _ColumnType | None]:
        """Return the name of the column under a heading, and its type if it is known."""
        name = heading.removesuffix(UTC_SUFFIX)
        if heading in self.columns or self.columns.get(name, _FLAG).dtype != TIME_DTYPE:
            name = heading
        return name, self.columns.get(name, _FLAG if self.has_flags else None)


def _of_resource(resource: Resource) -> _Schema:
    columns = columns_of(resource.record)
    types = {
        column.name: _ColumnType(column.type.dtype, column.type.json_type, column.choices, column.type.required)
        for column in columns
    }
    flags = [column for column in columns if column.type.dtype == "flags"]
    for column in flags:
        del types[column.name]
    return _Schema(f"{resource.service.name}.{resource.name}", types, bool(flags))


def _declared() -> dict[str, _Schema]:
    """Find the resources that the services declare; of those with one name, the one with the most columns."""
    schemas = dict[str, _Schema]()
    for service in (teamwork, projectmanager, outlign, spirii):
        modules = [service.__name__]
        modules += [f"{service.__name__}.{found.name}" for found in iter_modules(getattr(service, "__path__", []))]
        for resource in chain.from_iterable(vars(import_module(name)).values() for name in modules):
            if isinstance(resource, Resource):
                schema = _of_resource(resource)
                schemas[schema.name] = max(schemas.get(schema.name, schema), schema, key=lambda one: len(one.columns))
    return schemas


_ALL_CUSTOMERS = {
    name: _ColumnType(dtype, required=name in ("service", "id")) for name, dtype in _customers.DTYPES.items()
} | {"type": _ColumnType("category", choices=spirii.TYPES), "match": _ColumnType("Int64")}
_SCHEMAS = _declared() | {"customers": _Schema("customers", _ALL_CUSTOMERS)}


@checks_arguments
def read_csv(path: str | os.PathLike[str], resource: str | None = None) -> Frame:
    """Read a CSV that pmframes wrote.

    Parameters
    ----------
    path : str or path
        The file.
    resource : str, optional
        What the rows are, such as "teamwork.people"; needed where the headings do not tell. The frame of
        ``pm.customers`` is "customers".

    Returns
    -------
    DataFrame
        The columns of the file in its order, equal in every cell to the frame that was written, with the dtypes
        that the loader gives; the escapes of formulas and of hidden characters are undone. Columns that pmframes
        does not know are numbers, booleans or text. There is no ``attrs["pmframes"]``: summaries and reports say
        that it is unknown how the rows were loaded.

    Raises
    ------
    InvalidArgument
        If the file cannot be read, is not the export of a resource, or has a value that its column cannot hold.
        No message repeats a value.
    """
    rows = _parse(path, lambda content: list(parse_csv(content)))
    return _build(Path(path).name, rows, _parse_resource(resource))


@checks_arguments
def read_excel(path: str | os.PathLike[str], sheet: str | None = None, resource: str | None = None) -> Frame:
    """Read a sheet of a workbook that pmframes wrote.

    Parameters
    ----------
    path : str or path
        The file.
    sheet : str, optional
        The name of the sheet; by default the only one whose headings are those of a resource.
    resource : str, optional
        What the rows are; see ``read_csv``.

    Returns
    -------
    DataFrame
        As from ``read_csv``. Excel keeps 16 digits of a number, and 32,767 characters of a text.

    Warns
    -----
    UserWarning
        If a text was cut when it was written.

    Raises
    ------
    InvalidArgument
        As from ``read_csv``, and if there is no such sheet, or none or several are exports of a resource.
    """
    schema = _parse_resource(resource)
    sheets = _parse(path, parse_workbook)
    name = _choose_sheet(Path(path).name, sheets, schema) if sheet is None else sheet
    if name not in sheets:
        raise _messages.not_one_of("sheet", sheet, sheets)
    frame = _build(f"{Path(path).name}, sheet {safe_repr(name)}", sheets[name], schema)
    _warn_of_cut_texts(Path(path).name, sheets[name])
    return frame


def _parse(path: str | os.PathLike[str], parse: Callable[[bytes], Any]) -> Any:
    if not isinstance(path, str | os.PathLike):
        raise _messages.wrong_kind("path", path, "the path of a file")
    try:
        return parse(Path(path).expanduser().read_bytes())
    except OSError as error:
        problem = _messages.describe_os_error(error)
    except UnicodeDecodeError:
        problem = "it is not UTF-8"
    except ValueError as error:
        problem = str(error)
    raise InvalidArgument(
        f"{Path(path).name} cannot be read: {problem}.", "Pass a file that pmframes wrote.", argument="path"
    )


def _parse_resource(resource: str | None) -> _Schema | None:
    if resource is None:
        return None
    if not isinstance(resource, str):
        raise _messages.wrong_kind("resource", resource, 'a name such as "teamwork.people"')
    if resource not in _SCHEMAS:
        raise _messages.not_one_of("resource", resource, _SCHEMAS)
    return _SCHEMAS[resource]


def _headings(rows: Rows) -> list[str]:
    return [restore_hidden("" if cell is None else cell_text(cell)) for cell in rows[0]] if rows else []


def _choose_sheet(file: str, sheets: Mapping[str, Rows], schema: _Schema | None) -> str:
    fitting = [name for name, rows in sheets.items() if _fitting_schemas(rows, schema)]
    if len(fitting) == 1:
        return fitting[0]
    cause = f"{len(fitting)} sheets are exports" if fitting else "No sheet is an export"
    raise InvalidArgument(
        f"{file}: {cause} of a resource.", f"Pass sheet, one of: {join(map(safe_repr, sheets))}.", argument="sheet"
    )


def _fitting_schemas(rows: Rows, schema: _Schema | None = None) -> list[_Schema]:
    """Return the schemas that know most of the headings, and have ids of the kind of the first row's."""
    headings = _headings(rows)
    known = {heading.removesuffix(UTC_SUFFIX) for heading in headings}
    first_row = dict(zip(headings, rows[1] if len(rows) > 1 else (), strict=False))
    fitting = [one for one in ([schema] if schema else _SCHEMAS.values()) if one.has_ids(known, first_row)]
    most = max((len(one.columns.keys() & known) for one in fitting), default=0)
    return [one for one in fitting if len(one.columns.keys() & known) == most]


def _find_schema(file: str, rows: Rows) -> _Schema:
    headings, fitting = _headings(rows), _fitting_schemas(rows)
    # Several resources may have the same columns: those of an export of few columns.
    if fitting and all(one.find(name) == fitting[0].find(name) for name in headings for one in fitting):
        return fitting[0]
    cause = "The headings fit several resources" if fitting else "The headings are those of no resource"
    names = join(schema.name for schema in fitting or _SCHEMAS.values())
    raise InvalidArgument(f"{file}: {cause}.", f"Pass resource, one of: {names}.", argument="resource")


def _build(file: str, rows: Rows, schema: _Schema | None) -> Frame:
    headings = _headings(rows)
    schema = schema or _find_schema(file, rows)
    body = rows[1:]
    for number, row in enumerate(body, 2):
        if len(row) != len(headings):
            raise InvalidArgument(
                f"{file}, row {number}: {pluralize(len(row), 'cell')} under {pluralize(len(headings), 'heading')}.",
                "Write the file again.",
            )
    columns = dict[str, Any]()
    for position, heading in enumerate(headings):
        name, column_type = schema.find(heading)
        if name in columns:
            raise InvalidArgument(f"{file}: two columns are named {safe_repr(name)}.", "Rename one of them.")
        cells = [row[position] for row in body]
        columns[name] = _build_column(f"{file}, column {safe_repr(name)}", column_type, cells)
    return cast("Frame", pd.DataFrame(columns, index=pd.RangeIndex(len(body)), copy=False))


def _build_column(label: str, column_type: _ColumnType | None, cells: Sequence[Cell]) -> Any:
    if column_type is None:
        return arrays.infer_array([restore_hidden(cell) if isinstance(cell, str) else cell for cell in cells])
    convert, wanted = _CONVERTERS[column_type.dtype]
    values = list[Any]()
    for number, cell in enumerate(cells, 2):
        try:
            values.append(None if cell is None else convert(cell, column_type))
        except (ValueError, TypeError, OverflowError):
            raise InvalidArgument(f"{label}, row {number}: the value is not {wanted}.", "Correct it.") from None
        if cell is None and column_type.required:
            raise InvalidArgument(f"{label}, row {number}: the id is missing.", "Restore it, or delete the row.")
    if column_type.dtype == "category":
        unknown = sorted({*values} - {None, *column_type.choices})
        categories = pd.Index([*column_type.choices, *unknown], dtype=TEXT)
        return pd.Categorical(values, categories=categories)
    return pd.Series(values, dtype=_DTYPES.get(column_type.dtype, column_type.dtype))


def _to_text(cell: Cell, _: _ColumnType) -> str:
    return restore_hidden(cell_text(cell))


def _to_integer(cell: Cell, _: _ColumnType) -> int:
    if isinstance(cell, bool) or (isinstance(cell, float) and not cell.is_integer()):
        raise ValueError
    return int(cell)  # type: ignore[arg-type]


def _to_number(cell: Cell, _: _ColumnType) -> float:
    if isinstance(cell, bool):
        raise ValueError
    return float(cell)  # type: ignore[arg-type]


def _to_bool(cell: Cell, _: _ColumnType) -> bool:
    if not isinstance(cell, bool):
        raise ValueError
    return cell


def _to_time(cell: Cell, _: _ColumnType) -> pd.Timestamp:
    if not isinstance(cell, str | pd.Timestamp):
        raise ValueError
    time = pd.Timestamp(cell) if isinstance(cell, pd.Timestamp) else pd.Timestamp(datetime.fromisoformat(cell))
    return time.tz_localize("UTC") if time.tzinfo is None else time.tz_convert("UTC")


def _to_list(cell: Cell, column_type: _ColumnType) -> list[Any]:
    return [column_type.item(restore_hidden(item)) for item in split_items(cell_text(cell))]


_CONVERTERS: dict[str, tuple[Callable[[Cell, _ColumnType], Any], str]] = {
    "int64": (_to_integer, "an integer"),
    "Int64": (_to_integer, "an integer"),
    "Float64": (_to_number, "a number"),
    "boolean": (_to_bool, "true or false"),
    "str": (_to_text, "a text"),
    "joined": (_to_text, "a text"),
    "category": (_to_text, "a text"),
    TIME_DTYPE: (_to_time, "a time as 2026-01-31T12:00:00Z"),
    "list": (_to_list, "a list as 1; 2"),
}
_DTYPES: dict[str, Any] = {"str": TEXT, "joined": TEXT, "list": object}


def _warn_of_cut_texts(file: str, rows: Rows) -> None:
    cut = sum(isinstance(cell, str) and is_cut(cell) for row in rows for cell in row)
    if cut:
        texts = pluralize(cut, "text was", "texts were")
        _messages.warn_user(f"{file}: {texts} longer than a cell can hold, and cut when it was written.")
