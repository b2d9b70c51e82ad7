"""The docstring and signature of each loader against its declaration: what ``pm.teamwork.people?`` shows is true."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest
from IPython.core.oinspect import _render_signature

import pmframes as pm
from pmframes._frames.schema import Column, Record, columns_of
from pmframes._loading.filters import Filter, Filters
from pmframes._loading.resource import Resource
from pmframes.teamwork import _permissions
from tests.support.loaders import WRITES

HIDDEN = _permissions.INTERMEDIATE_COLUMNS
COMMON = ("refresh", "progress", "params", "extra_columns")


@dataclass(frozen=True)
class Declared:
    """A loader, and what it is declared by; ``hidden`` are columns that only others are made of."""

    loader: Callable[..., Any]
    record: type[Record]
    filters: Filters = field(default_factory=dict)
    hidden: tuple[str, ...] = ()

    def columns(self) -> list[Column]:
        return [column for column in columns_of(self.record) if column.name not in self.hidden]


def _declared(loader: Callable[..., Any]) -> Declared:
    """Find what a loader uses of its module: its resource, the one with most columns, and its filters."""
    used = inspect.getclosurevars(inspect.unwrap(loader)).globals
    records = [one.record for one in used.values() if isinstance(one, Resource)]
    tables = [one for one in used.values() if isinstance(one, dict) and {*map(type, one.values())} == {Filter}]
    own = inspect.signature(loader).parameters.keys() - {*COMMON, "id", "projects"}
    assert len(tables) == bool(own), f"{loader.__name__} parses its arguments by one table of filters"
    record = max(records, key=lambda record: len(columns_of(record)))
    return Declared(loader, record, *tables, hidden=HIDDEN if loader is pm.teamwork.permissions else ())


SERVICES = (pm.teamwork, pm.projectmanager, pm.outlign, pm.spirii)
FUNCTIONS = [getattr(service, name) for service in SERVICES for name in service.__all__]
LOADERS = [_declared(function) for function in FUNCTIONS if not function.__name__.startswith(WRITES)]


@pytest.fixture(params=LOADERS, ids=lambda one: f"{one.loader.__module__}.{one.loader.__name__}")
def declared(request: pytest.FixtureRequest) -> Declared:
    """Every loader in turn."""
    return request.param


def _section(loader: Callable[..., Any], name: str) -> str:
    """Return one section of a docstring, its lines joined where they run on."""
    text = inspect.getdoc(loader) or ""
    found = re.search(rf"^{name}\n-+\n(.*?)(?=^[A-Z]\w+\n-+\n|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {name}"
    return found[1]


def _listed(loader: Callable[..., Any]) -> dict[str, str]:
    """Read "one, two (dtype, unit), three (dtype)" into a dtype, with what follows it, for each name."""
    text = re.sub(r"\s+", " ", _section(loader, "Returns")).partition(": ")[2]
    found: dict[str, str] = {}
    for names, what in re.findall(r"([a-z0-9_, ]+?(?:``\S+`` also [a-z0-9_, ]+?)?) \(([^()]+)\)", text):
        last = re.sub(r".*`` also ", "", names)
        found |= dict.fromkeys(re.findall(r"[a-z][a-z0-9_]*", last.replace(" and ", ", ")), what)
    return found


def _dtype(column: Column) -> str:
    kinds = {"list": f"lists of {column.type.json_type.__name__}", "joined": "str, joined by commas"}
    dtype = kinds.get(column.type.dtype, column.type.dtype)
    return f"{dtype}, {column.source.unit}" if column.source.unit else dtype


def test_columns_with_their_dtypes_and_units_in_their_order(declared):
    plain = [column for column in declared.columns() if column.type.dtype != "flags"]
    listed = _listed(declared.loader)
    assert [name for name in listed if name in {column.name for column in plain}] == [c.name for c in plain]
    for column in plain:
        assert re.match(re.escape(_dtype(column)) + r"(?=$|[;:,])", listed[column.name]), column.name
    returns = re.sub(r"\s+", " ", _section(declared.loader, "Returns"))
    for column in declared.columns():
        if column.type.dtype == "flags":
            assert "one boolean column per permission, NA where it was not sent" in returns
            assert f"the {len(column.source.known_flags)} that are known in documented order" in returns


def test_arguments_are_those_of_the_signature(declared):
    text = _section(declared.loader, "Parameters")
    described = [name for line in re.findall(r"^([a-z_, ]+) : ", text, re.MULTILINE) for name in line.split(", ")]
    parameters = inspect.signature(declared.loader).parameters
    assert sorted(described) == sorted(parameters)
    assert list(parameters)[-4:] == [*COMMON]
    assert set(declared.filters) <= set(parameters)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_the_signature_is_short_where_it_is_shown(function):
    """In IPython ``?`` shows a line per parameter; aliases of types are not expanded."""
    signature = inspect.signature(function)
    shown = _render_signature(signature, function.__name__)
    limit = 1_300 if function is pm.teamwork.people else 900
    assert max(len(shown), len(str(signature))) <= limit
    assert len(shown.splitlines()) <= len(signature.parameters) + 4
    assert not re.search(r"Iterable|Mapping|Sequence|Literal|Union|Optional", shown)


def test_all_but_the_subject_are_keywords_and_a_dataframe_is_returned(declared):
    signature = inspect.signature(declared.loader, eval_str=True)
    positional = [name for name, one in signature.parameters.items() if one.kind is not one.KEYWORD_ONLY]
    assert positional == [name for name in signature.parameters if name in ("projects", "id")]
    assert signature.return_annotation is pd.DataFrame


def test_every_filter_names_its_query_key(declared):
    text = _section(declared.loader, "Parameters")
    described = re.findall(r"^([a-z_, ]+) : .*\n((?:    .*\n?)+)", text, re.MULTILINE)
    about = {name: what for names, what in described for name in names.split(", ")}
    for name, one in declared.filters.items():
        assert f"``{one.key}``" in about[name], name


def test_defaults_and_allowed_values_are_told(declared):
    text = _section(declared.loader, "Parameters")
    for name, parameter in inspect.signature(declared.loader, eval_str=True).parameters.items():
        if parameter.default is False:
            assert re.search(rf"^{name} : bool, default False$", text, re.MULTILINE), name
        for value in re.findall(r"'(\w+)'", str(parameter.annotation)):
            assert value in text, f"{name}: {value}"


def test_errors_and_the_page_of_the_documentation(declared):
    raised = _section(declared.loader, "Raises")
    for name in ("InvalidArgument", "NotConnected", "AuthenticationError", "PermissionDenied", "RateLimited"):
        assert name in raised
    for name in re.findall(r"\b[A-Z]\w+[a-z][A-Z]\w+\b", raised):
        assert issubclass(getattr(pm.errors, name), pm.errors.PmframesError)
    assert re.match(r"https://\S+", _section(declared.loader, "Notes"))


def test_every_column_says_what_it_is(declared):
    for column in declared.columns():
        assert re.fullmatch(r"[A-Z][^.]*", column.source.doc), column.name
        assert declared.record.__doc__
