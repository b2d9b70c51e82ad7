"""What a loader returned is equal, in every cell and dtype, when its CSV or its workbook is read back."""

import pandas as pd
import pytest

import pmframes as pm
from pmframes._writers.csv import csv_bytes
from pmframes._writers.excel import workbook_bytes
from tests.support.cases import ONE_EACH, case_of
from tests.support.loaders import connect_all

WRITERS = {"csv": csv_bytes, "xlsx": lambda frame: workbook_bytes({"About": pd.DataFrame({"a": ["b"]}), "rows": frame})}
each_format = pytest.mark.parametrize("suffix", WRITERS)


def written_and_read(frame, folder, suffix, **named):
    path = folder / f"export.{suffix}"
    path.write_bytes(WRITERS[suffix](frame))
    return pm.read_csv(path, **named) if suffix == "csv" else pm.read_excel(path, **named)


@each_format
def test_a_load_is_equal(case, server, tmp_path, suffix):
    case.connect(server)
    case.serve(server, case.rows(7))
    frame = case.load()
    pd.testing.assert_frame_equal(written_and_read(frame, tmp_path, suffix), frame)


@each_format
def test_a_load_without_rows_is_equal_where_the_resource_is_named(case, server, tmp_path, suffix):
    case.connect(server)
    case.serve(server, [])
    frame = case.load()
    resource = case.name.removesuffix("-of-the-site")
    pd.testing.assert_frame_equal(written_and_read(frame, tmp_path, suffix, resource=resource), frame)


@each_format
def test_the_customers_of_all_services_are_equal(server, tmp_path, suffix):
    connect_all(server)
    for case in ONE_EACH:
        case.serve(server, case.rows(3))
    frame = pm.customers()
    pd.testing.assert_frame_equal(written_and_read(frame, tmp_path, suffix), frame)


@each_format
def test_extra_columns_are_numbers_booleans_and_text(server, tmp_path, suffix):
    case = case_of("spirii.customers")
    case.connect(server)
    extra = [{"size": 1, "share": 1.5, "code": "007", "digits": "12", "on": True, "word": ""}, {"word": "NA"}]
    case.serve(server, [row | more for row, more in zip(case.rows(2), extra, strict=True)])
    frame = case.load(extra_columns=True)
    assert [str(frame[name].dtype) for name in extra[0]] == ["Int64", "Float64", "str", "str", "boolean", "str"]
    pd.testing.assert_frame_equal(written_and_read(frame, tmp_path, suffix), frame)


def test_pandas_reads_back_the_same_times_and_lists(server, tmp_path):
    """But for text that is escaped, and what pandas takes for a number or a missing value."""
    case = case_of("teamwork.people")
    case.connect(server)
    case.serve(server, [row | {"teams": [{"id": 1}, {"id": 2}][:at]} for at, row in enumerate(case.rows(3))])
    frame = case.load()
    path = tmp_path / "people.csv"
    path.write_bytes(csv_bytes(frame))
    assert pm.report.changes(pd.read_csv(path), frame).empty
    assert pm.report.changes(frame, pd.read_csv(path, parse_dates=["created_at"])).empty
    later = frame.assign(created_at=frame["created_at"] + pd.Timedelta("1s"))
    assert len(pm.report.changes(pd.read_csv(path), later)) == len(frame)
