"""`read_csv` and `read_excel`: hostile values come back as they were; what is no export, or was damaged, is refused."""

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import pmframes as pm
from pmframes import errors
from pmframes._frames.schema import TIME_DTYPE
from pmframes._types import TEXT
from pmframes._writers.csv import csv_bytes
from pmframes._writers.excel import workbook_bytes
from tests.support import frames
from tests.unit._writers import sheets

HOSTILE = ("", "NA", "None", "nan", "007", "7", "true", "[]", "1; 2", '"a"', "'", "⟦⟧", "⟦U+202E⟧", *sheets.HOSTILE)
ANY_TEXT = st.none() | st.text() | st.sampled_from(HOSTILE)
FORMULAS = st.text(alphabet="=;'\"\t\r\n ⟦", max_size=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("exports")


def resources(names, titles, lists):
    """Make a hand-made frame of ``pm.projectmanager.resources``, with a list of texts in each row."""
    count = len(names)
    return pd.DataFrame({
        "id": pd.Series([f"id-{place}" for place in range(count)], dtype=TEXT),
        "name": pd.Series(names, dtype=TEXT),
        "team_ids": pd.Series(lists, dtype=object),
        "role_name": pd.Series(titles, dtype=TEXT),
        "last_online_at": pd.Series(pd.to_datetime(range(count), unit="us", utc=True), dtype=TIME_DTYPE),
    })  # fmt: skip


@given(
    st.lists(st.tuples(ANY_TEXT, ANY_TEXT | FORMULAS, st.none() | st.lists(st.text() | st.sampled_from(HOSTILE)))),
    st.sampled_from(["csv", "xlsx"]),
)
@example([(text, text, [text, "a"]) for text in HOSTILE], "csv")
@example([(text, text, [text]) for text in HOSTILE], "xlsx")
def test_every_text_comes_back(folder, rows, suffix):
    frame = resources(*(list(column) for column in zip(*rows, strict=True))) if rows else resources([], [], [])
    path = folder / f"resources.{suffix}"
    path.write_bytes(csv_bytes(frame) if suffix == "csv" else workbook_bytes({"a": frame}))
    read = pm.read_csv if suffix == "csv" else pm.read_excel
    pd.testing.assert_frame_equal(read(path, resource="projectmanager.resources"), frame)


@pytest.mark.parametrize("columns", [["id", "name"], ["name", "id", "deleted", "type"], ["id", "team_ids"]])
def test_some_columns_in_any_order_are_read(tmp_path, columns):
    frame = frames.people()[columns]
    path = tmp_path / "people.csv"
    path.write_bytes(csv_bytes(frame))
    pd.testing.assert_frame_equal(pm.read_csv(path, "teamwork.people"), frame)


REFUSED = {
    "no heading of a resource": ("a,b\n1,2\n", {}, "export.csv: The headings are those of no resource. Pass resource"),
    "headings of several": ("id,name,created_at\n", {}, "The headings fit several resources. Pass resource, one of: "),
    "an unknown resource": ("id\n1\n", {"resource": "teamwork.peple"}, "Did you mean 'teamwork.people'"),
    "a resource that is no text": ("id\n1\n", {"resource": 5}, 'Pass a name such as "teamwork.people"'),
    "a row of other length": (
        "id,is_admin\n1,true\n2\n", {"resource": "teamwork.people"},
        "export.csv, row 3: 1 cell under 2 headings. Write the file again.",
    ),
    "a heading twice": ("id,id\n1,2\n", {"resource": "teamwork.people"}, "two columns are named 'id'"),
    "no id": ("id,name\n,Ada\n", {"resource": "teamwork.people"}, "column 'id', row 2: the id is missing"),
    "no integer": ("id\n1.5\n", {"resource": "teamwork.people"}, "column 'id', row 2: the value is not an integer"),
    "a boolean for an integer": ("id\ntrue\n", {"resource": "teamwork.people"}, "the value is not an integer"),
    "no boolean": ("id,is_admin\n1,secret\n", {"resource": "teamwork.people"}, "'is_admin', row 2: the value is not"),
    "no time": ("id,created_at\n1,1/2/26\n", {"resource": "teamwork.people"}, "'created_at', row 2: the value is not"),
    "no list of integers": ("id,team_ids\n1,a; b\n", {"resource": "teamwork.people"}, "'team_ids', row 2"),
    "no CSV": ('id,name\n1,"a"b\n', {}, "cannot be read: a cell has a quotation mark that is not doubled. Pass a"),
    "no text": (b"\xff\xfe", {}, "export.csv cannot be read: it is not UTF-8."),
    "nothing": ("", {}, "The headings are those of no resource"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "named", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_export_is_refused(tmp_path, content, named, message):
    path = tmp_path / "export.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(errors.InvalidArgument) as raised:
        pm.read_csv(path, **named)
    assert message in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("read", [pm.read_csv, pm.read_excel])
def test_files_that_cannot_be_read_are_refused(tmp_path, read):
    with pytest.raises(errors.InvalidArgument, match=r"none\.csv cannot be read: No such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(errors.InvalidArgument, match="path is None"):
        read(None)


def write_workbook(folder, **named):
    path = folder / "book.xlsx"
    path.write_bytes(workbook_bytes(named))
    return path


def test_the_only_sheet_of_a_resource_is_read(tmp_path):
    people = frames.people()
    path = write_workbook(tmp_path, About=pd.DataFrame({"a": [1]}), people=people)
    pd.testing.assert_frame_equal(pm.read_excel(path), people)


def test_one_of_several_sheets_is_named(tmp_path):
    path = write_workbook(tmp_path, old=frames.people(), new=frames.people(("contact",)))
    with pytest.raises(errors.InvalidArgument, match=r"2 sheets are exports of a resource. Pass sheet, one of: 'old'"):
        pm.read_excel(path)
    pd.testing.assert_frame_equal(pm.read_excel(path, "new"), frames.people(("contact",)))
    with pytest.raises(errors.InvalidArgument, match=r"sheet is 'nw'. Did you mean 'new'"):
        pm.read_excel(path, "nw")


def test_no_workbook_is_refused(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(errors.InvalidArgument, match=r"book\.xlsx cannot be read: it is not an Excel workbook"):
        pm.read_excel(path)


def test_a_text_that_was_cut_is_told(tmp_path):
    long = frames.people(("contact",)).assign(name="x" * 40_000)
    with pytest.warns(UserWarning, match=r"book\.xlsx: 1 text was longer than a cell can hold, and cut"):
        pm.read_excel(write_workbook(tmp_path, a=long))
