"""`Report.to_excel`: a sheet per table with the values of the frame, and no formula."""

import os
import stat
import zipfile

import openpyxl
import pandas as pd
import pytest

from pmframes import errors, report
from pmframes.report import Report
from tests.support import frames, reviews
from tests.support import report_inputs as made


def opened(built, tmp_path):
    path = built.to_excel(tmp_path / "report.xlsx", overwrite=True)
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def review(loaded):
    given = (loaded.people, loaded.members, loaded.roles)
    return report.access_review(*given, before=made.later(loaded.people))


@pytest.fixture(scope="module")
def book(review, tmp_path_factory):
    return opened(review, tmp_path_factory.mktemp("book"))


def column(sheet, name):
    heads = [cell.value for cell in sheet[1]]
    return [row[heads.index(name)].value for row in sheet.iter_rows(min_row=2)]


def test_has_a_sheet_per_table_between_summary_and_provenance(book):
    (matrix,) = [name for name in book.sheetnames if "sensitive" in name]
    assert book.sheetnames == [
        "Summary",
        "Findings",
        "By person",
        "Site administrators",
        "Projects",
        matrix,
        "People by type",
        "Changes, value by value",
        "Everyone",
        "Permission sets",
        "People by permission",
        "Roles by permission",
        "Provenance",
    ]


def test_cells_have_the_values_of_the_frames(book, loaded):
    # Excel would round an id of more than 15 digits, which is therefore text.
    ids = loaded.people["id"].tolist()
    assert sorted(map(str, column(book["Everyone"], "id"))) == sorted(map(str, ids))
    assert {type(one) for one in column(book["Everyone"], "id") if int(one) < 10**15} == {int}
    found = report.findings(loaded.people, loaded.members, loaded.roles)
    assert column(book["Findings"], "who") == found["who"].tolist()
    assert column(book["People by type"], "people") == report.people_by_type(loaded.people)["people"].tolist()
    rows = {one["resource"]: one["rows"] for one in _stamps(loaded.people, loaded.members, loaded.roles)}
    sources = book["Provenance"]
    assert dict(zip(column(sources, "resource"), column(sources, "rows"), strict=True)) == rows


def _stamps(*given):
    return [one.attrs["pmframes"] for one in given]


def test_a_portfolio_has_every_customer(loaded, tmp_path):
    book = opened(report.customer_portfolio(loaded.customers), tmp_path)
    sheet = book["All customers"]
    assert column(sheet, "id") == loaded.customers["id"].tolist()
    assert column(sheet, "match") == [None if pd.isna(one) else one for one in loaded.customers["match"]]
    created = [None if pd.isna(one) else one.tz_localize(None) for one in loaded.customers["created_at"]]
    assert [None if one is None else pd.Timestamp(one) for one in column(sheet, "created_at (UTC)")] == [
        None if one is None else one.round("s") for one in created
    ]


def test_cells_have_types(tmp_path):
    columns = {"n": pd.array([1234, None], "Int64"), "yes": pd.array([True, None], "boolean")}
    columns |= {"last": ["a", "b"]}
    columns |= {"zip": ["0012", None], "share": pd.array([0.5, None], "Float64")}
    columns["at"] = pd.to_datetime(["2026-03-01T10:30:00Z", None])
    sheet = opened(Report("One").add_table(pd.DataFrame(columns), "t"), tmp_path)["t"]
    first, second = list(sheet.iter_rows(min_row=2))
    assert [cell.data_type for cell in first] == ["n", "b", "s", "s", "n", "d"]
    assert [cell.value for cell in second] == [None, None, "b", None, None, None]


def test_every_table_has_a_frozen_header_with_filters(book):
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions


def test_shares_are_percentages(book):
    cells = [row[2] for row in book["People by type"].iter_rows(min_row=2)]
    assert {cell.number_format for cell in cells} == {"0.0%"}


def test_the_first_sheet_is_the_first_page(book, tmp_path):
    sheet = book["Summary"]
    assert sheet.auto_filter.ref is None
    assert sheet["A5"].alignment.wrap_text
    texts = [cell.value for cell in sheet["A"]]
    assert texts[0] == "Access review"
    assert texts[2] == "Fictional data from the pmframes sandbox"
    assert {"people", "site administrators", "outsiders with access"} <= set(texts)
    assert any(text.startswith("High: ") for text in texts)
    unchecked = report.findings(made.hostile_people()).attrs["pmframes"]["not_checked"]
    odd = opened(report.access_review(made.hostile_people()), tmp_path)
    assert all(one in " ".join(cell.value for cell in odd["Summary"]["A"]) for one in unchecked)


def test_untrusted_text_is_no_formula_and_no_link(tmp_path):
    people, members, roles = made.hostile_people(), made.hostile_members(), made.hostile_roles()
    people.attrs["pmframes"] |= {"account": "=1+1", "resource": "=2+2", "params": {"=a": "=b"}}
    built = report.access_review(people, members, roles, before=people.assign(company_name="=3"))
    for text in ("=1+1", *frames.AWKWARD):
        built = built.add_text(text).add_table(people, text)
    path = built.to_excel(tmp_path / "hostile.xlsx")
    seen = 0
    for sheet in openpyxl.load_workbook(path):
        for row in sheet.iter_rows():
            seen += len(row)
            assert [cell.coordinate for cell in row if cell.data_type == "f" or cell.hyperlink] == []
    assert seen > 1000
    with zipfile.ZipFile(path) as book:
        assert not [name for name in book.namelist() if "external" in name or "vba" in name.lower()]
        assert not any(b"<f>" in book.read(name) for name in book.namelist() if "worksheets" in name)


TITLES = ("Summary", "A (part-3)", "A", "A", "Provenance", "provenance", "A (2)", "a/b:c", "x" * 40)


def test_every_table_has_a_sheet_whatever_its_title(tmp_path):
    built = Report("Titles")
    for place, title in enumerate(TITLES):
        built = built.add_table(frames.people().assign(place=place), title)
    book = opened(built, tmp_path)
    found = [column(sheet, "place")[0] for sheet in book.worksheets[1:-1]]
    assert found == list(range(len(TITLES)))
    assert "service" in [cell.value for cell in book.worksheets[-1][1]]


def test_the_first_sheet_names_the_tables_without_provenance(tmp_path):
    built = Report("Mine").add_table(pd.DataFrame({"a": [1]}), "Of my own").add_table(frames.people(), "Theirs")
    about = [row[0].value for row in opened(built, tmp_path)["Summary"]]
    assert any(text.startswith("Unknown provenance: ") and text.endswith(": Of my own.") for text in about[:4])


class TestTheFile:
    @pytest.mark.parametrize("write", ["to_html", "to_excel"])
    def test_is_readable_by_its_owner_only(self, write, review, tmp_path):
        before = os.umask(0)
        try:
            path = getattr(review, write)(tmp_path / "report")
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    @pytest.mark.parametrize("write", ["to_html", "to_excel"])
    def test_is_kept_unless_overwrite_is_true(self, write, review, tmp_path):
        path = tmp_path / "report"
        path.write_text("mine")
        with pytest.raises(errors.InvalidArgument, match="exists"):
            getattr(review, write)(path)
        assert path.read_text() == "mine"
        getattr(review, write)(path, overwrite=True)
        assert path.read_bytes() != b"mine"

    @pytest.mark.parametrize("write", ["to_html", "to_excel"])
    def test_is_as_before_when_the_disk_is_full(self, write, review, tmp_path, monkeypatch):
        path = tmp_path / "report"
        path.write_text("mine")

        def full(handle):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="space"):
            getattr(review, write)(path, overwrite=True)
        assert [one.name for one in tmp_path.iterdir()] == ["report"]
        assert path.read_text() == "mine"

    def test_of_equal_reports_is_equal(self, tmp_path):
        given = reviews.people({}, {"id": 2}), reviews.members({}), frames.roles()
        made_of = [report.access_review(*given) for _ in range(2)]
        books = [one.to_excel(tmp_path / f"{place}.xlsx") for place, one in enumerate(made_of)]
        pages = [one.to_html(tmp_path / f"{place}.html") for place, one in enumerate(made_of)]
        for one, other in (books, pages):
            assert one.read_bytes() == other.read_bytes()
