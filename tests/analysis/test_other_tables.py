"""Tables of polars, Arrow and DuckDB are accepted wherever a frame is, and mean the same."""

from collections.abc import Callable
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import pmframes as pm
from tests.support import frames

# Of each type, since only pandas and Arrow know of categories without rows.
PEOPLE = frames.people((*frames.TYPES, "account"))
PERMISSIONS, ROLES, CLIENTS = frames.permissions(), frames.roles(), frames.clients()
TABLES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "polars": lambda frame: pl.from_arrow(pa.Table.from_pandas(frame)),
    "arrow": pa.Table.from_pandas,
    "batches": lambda frame: pa.Table.from_pandas(frame).to_reader(),
    "duckdb": lambda frame: duckdb.from_arrow(pa.Table.from_pandas(frame)),
}
CALLS: dict[str, Callable[[Callable[[pd.DataFrame], Any]], Any]] = {
    "people_by_type": lambda of: pm.report.people_by_type(of(PEOPLE)),
    "people_by_permission": lambda of: pm.report.people_by_permission(permissions=of(PERMISSIONS)),
    "roles_by_permission": lambda of: pm.report.roles_by_permission(of(ROLES)),
    "customers_by_company": lambda of: pm.report.customers_by_company([of(CLIENTS)]).drop(columns="service"),
    "findings": lambda of: pm.report.findings(of(PEOPLE), roles=of(ROLES)),
    "changes": lambda of: pm.report.changes(of(CLIENTS), of(CLIENTS.assign(title="x"))),
    "explore": lambda of: pm.explore(of(CLIENTS)).frame["title"].to_frame(),
    "plot": lambda of: pd.DataFrame([bar.get_width() for bar in pm.plot.people_by_type(of(PEOPLE)).patches]),
    "report": lambda of: pm.report.Report("x").add_findings(of(pm.report.findings(PEOPLE))).findings,
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.filterwarnings("ignore::UserWarning")  # of rules that were not checked: asserted by their rows
def test_the_result_is_that_of_the_pandas_frame(table, call):
    expected, result = CALLS[call](lambda frame: frame), CALLS[call](TABLES[table])
    pd.testing.assert_frame_equal(result, expected, check_dtype=False, check_categorical=False, check_column_type=False)


def test_lists_and_the_provenance_of_an_arrow_table_stay():
    people = PEOPLE.assign(team_ids=pd.Series([[1, None]] * len(PEOPLE), dtype=object))
    table = pa.Table.from_pandas(people)
    shown = pm.explore(table).frame
    assert shown["team_ids"].tolist() == [[1, None]] * len(PEOPLE)
    # Not every pyarrow keeps it.
    assert shown.attrs == (people.attrs if "attributes" in table.schema.pandas_metadata else {})
    assert people.attrs != {}


@pytest.mark.parametrize(
    "value", [pl.Series([1]), pa.chunked_array([[1]]), pa.array([1])], ids=lambda value: type(value).__name__
)
def test_a_single_column_is_no_frame(value):
    with pytest.raises(pm.errors.InvalidArgument, match="people must be a DataFrame, not"):
        pm.report.people_by_type(value)
