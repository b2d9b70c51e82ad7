"""The report: what it says, and that it stands alone."""

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import pmframes
from pmframes import errors, plot, report
from pmframes.report import Report
from pmframes.report._html_table import build_table
from tests.support import frames


def html(made, tmp_path):
    return made.to_html(tmp_path / "report.html", overwrite=True).read_text("utf-8")


def picture():
    return plot.people_by_type(frames.people(), ax=Figure().subplots())


def tiny():
    when = pd.Series(["2026-03-01T12:30:00Z", None]).astype("datetime64[us, UTC]")
    cells = {"share": pd.array([0.125, None], dtype="Float64"), "sent": pd.array([None, True]), "when": when}
    customers = frames.clients()[:2].assign(**cells)
    return (
        Report("Ours & theirs")
        .add_text("First <b>paragraph</b>.\n\nSecond.")
        .add_table(report.people_by_type(frames.people(), by="company_name"), "People")
        .add_table(report.roles_by_permission(frames.roles()), "Roles")
        .add_table(customers, "Clients")
        .add_figure(picture(), 'A "picture"')
        .add_table(pd.DataFrame({"mine": []}), "Of my own")
    )


def test_snapshot(snapshot, tmp_path):
    text = html(tiny(), tmp_path).replace(pmframes.__version__, "VERSION")
    text = re.sub(r"base64,[\w+/=]+", "base64,PICTURE", text)
    text = re.sub(r"<style>.*</style>", "<style>STYLE</style>", text, flags=re.DOTALL)
    assert re.sub(r"'sha256-[^']+'", "'sha256-HASH'", text) == snapshot


def test_stands_alone(tmp_path):
    text = html(tiny(), tmp_path)
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
    assert not re.search(r"<script|<link|<iframe|url\(|@import|\son\w+=|style=", text)
    assert re.findall(r'\bsrc="([^"]{10})', text) == ["data:image"]
    assert f'<meta name="generator" content="pmframes {pmframes.__version__}">' in text
    assert "<title>Ours &amp; theirs</title>" in text
    assert 'alt="A &#34;picture&#34;"' in text


def test_equal_reports_are_equal_files(tmp_path):
    assert html(tiny(), tmp_path) == html(tiny(), tmp_path)


def test_every_method_returns_a_new_report():
    first = Report("One")
    frame = pd.DataFrame({"a": [1]})
    for second in (first.add_text("x"), first.add_table(frame, "t"), first.add_figure(picture(), "p")):
        assert second is not first
        assert repr(second) == "Report('One', 1 part)"
    assert repr(first) == "Report('One', 0 parts)"


def test_what_is_added_is_taken_as_it_is(tmp_path):
    frame = pd.DataFrame({"a": ["before"]})
    figure = Figure()
    axes = figure.subplots()
    made = Report("One").add_table(frame, "t").add_figure(axes, "p")
    before = html(made, tmp_path)
    frame.loc[0, "a"] = "after"
    frame.attrs["pmframes"] = {"service": "late"}
    axes.set_title("after")
    assert html(made, tmp_path) == before


def test_refuses_what_it_cannot_show():
    empty = Report("One")
    for call in (
        lambda: Report(1),
        lambda: empty.add_text(None),
        lambda: empty.add_table([1], "t"),
        lambda: empty.add_table(pd.DataFrame(), None),
        lambda: empty.add_figure("p.png", "p"),
        lambda: empty.add_figure(Figure(), None),
    ):
        with pytest.raises(errors.InvalidArgument):
            call()


def test_leaves_a_file_that_is_there(tmp_path):
    path = Report("One").to_html(tmp_path / "report.html")
    with pytest.raises(errors.InvalidArgument, match="already exists"):
        Report("Two").to_html(path)
    assert "One" in Report("One").to_html(str(path), overwrite=True).read_text()


class TestProvenance:
    def test_every_source_is_named_once(self, tmp_path):
        text = html(tiny(), tmp_path)
        section = text[text.index("Provenance") :]
        for one in ("teamwork", "projectmanager", "outlign"):
            assert section.count(one) == 1
        assert "2026-09-01 08:30 UTC" in section
        assert "No provenance (not loaded by pmframes, or dropped by a later step)" in section
        assert "Of my own" in section

    def test_what_was_asked_is_shown(self, tmp_path):
        frame = frames.stamp(frames.clients(), "outlign", "clients", params={"title": "…", "company_id": [1, 2]})
        assert "title=…, company_id=[1, 2]" in html(Report("One").add_table(frame, "t"), tmp_path)

    def test_fictional_data_are_called_so(self, tmp_path):
        real = frames.stamp(frames.clients(), "outlign", "clients", fictional=False)
        banner = "Fictional data from the pmframes sandbox"
        assert banner not in html(Report("One").add_table(real, "t"), tmp_path)
        assert banner in html(Report("One").add_table(real, "t").add_table(frames.people(), "u"), tmp_path)
        assert banner in html(Report("One").add_figure(picture(), "a picture alone"), tmp_path)

    def test_a_time_that_cannot_be_read_is_no_reason_to_fail(self, tmp_path):
        for odd in (None, "yesterday"):
            frame = frames.stamp(frames.clients(), "outlign", "clients", fetched_at=odd)
            assert "Provenance" in html(Report("One").add_table(frame, "t"), tmp_path)
        frame.attrs["pmframes"] = {"service": "outlign"}
        assert "Provenance" in html(Report("One").add_table(frame, "t"), tmp_path)


SHARES = [0.125, 0, 1, 0.0001, 0.9999, None]
MOMENTS = ["2026-03-01T12:30:59+02:00", None]
CELLS = {
    "share": (pd.array(SHARES, dtype="Float64"), ["12.5%", "0.0%", "100.0%", "<0.1%", ">99.9%", ""]),
    "people": (pd.array([1234567, None], dtype="Int64"), ["1,234,567", ""]),
    "owner_id": (pd.array([1234567, None], dtype="Int64"), ["1234567", ""]),
    "budget": (pd.array([1234.5, None], dtype="Float64"), ["1,234.50", ""]),
    "rate": (np.array([1 / 3, np.nan]), ["0.3333333333", ""]),
    "granted": (pd.array([True, False, None], dtype="boolean"), ["✓", "–", "<i>unknown</i>"]),
    "sure": (np.array([True, False]), ["✓", "–"]),
    "created_at": (pd.to_datetime(MOMENTS), ["2026-03-01 10:30 UTC", ""]),
    "start_date": (pd.to_datetime(["2026-03-01", None]), ["2026-03-01 00:00", ""]),
    "name": (pd.array(["<b>", None], dtype="str"), ["<b>", ""]),
    "zip_code": (pd.array(["0012"], dtype="str"), ["0012"]),
    "type": (pd.Categorical(["contact", None]), ["contact", ""]),
    "team_ids": ([[1, 2], [], None], ["1, 2", "", ""]),
}


@pytest.mark.parametrize(("name", "values", "shown"), [(name, *rest) for name, rest in CELLS.items()], ids=CELLS)
def test_cells(name, values, shown):
    table = build_table(pd.DataFrame({name: values}), "t")
    assert [cells[0][1] for _, cells in table.rows()] == shown


class TestIndex:
    def test_one_that_only_numbers_is_not_shown(self):
        frame = pd.DataFrame({"a": [1, 2, 3]})
        for index in ([0, 1, 2], [7, 3, 5]):
            assert build_table(frame.set_axis(index), "t").row_headers == []

    def test_one_with_a_name_or_with_text_is(self):
        frame = pd.DataFrame({"a": [1]})
        assert [one.cells for one in build_table(frame.set_axis(["x"]), "t").row_headers] == [["x"]]
        assert [one.cells for one in build_table(frame.rename_axis("id"), "t").row_headers] == [["0"]]
        several = frame.set_index(pd.MultiIndex.from_tuples([("x", 1)], names=["p", "q"]))
        assert [one.cells for one in build_table(several, "t").row_headers] == [["x"], ["1"]]


def test_headings_of_levels_span_their_columns():
    columns = pd.MultiIndex.from_tuples([("A", "x"), ("A", "y"), ("B", "x")])
    top, below = build_table(pd.DataFrame([[1, 2, 3]], columns=columns), "t").header
    assert [(one.text, one.span, one.scope) for one in top] == [("A", 2, "colgroup"), ("B", 1, "colgroup")]
    assert [one.text for one in below] == ["x", "y", "x"]


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame(index=["a"]), pd.DataFrame(columns=["a", "a"])])
def test_odd_frames_are_shown(frame, tmp_path):
    assert "<caption>" in html(Report("One").add_table(frame, "t"), tmp_path)


def test_columns_of_one_name_are_all_shown(tmp_path):
    frame = pd.DataFrame([["left", "right"]], columns=["a", "a"])
    text = html(Report("One").add_table(frame, "t"), tmp_path)
    assert "left" in text
    assert "right" in text


def test_in_a_notebook_it_keeps_to_itself():
    shown = tiny()._repr_html_()
    assert shown.startswith("<p>Report(&#x27;Ours &amp; theirs&#x27;, 6 parts)")
    assert shown.count('<iframe sandbox="allow-scripts" ') == 1
    assert "<style" not in shown
    assert "<table" not in shown


def test_summaries_wait_for_neither_matplotlib_nor_a_loader():
    code = "import sys, pmframes.report; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"matplotlib", "requests", "pmframes._loading.loader"} & set(done.stdout.split())


def test_ten_thousand_people_make_a_handy_file(tmp_path):
    people = frames.many_people(10_000)
    path = Report("Large").add_table(people, "People").to_html(tmp_path / "report.html")
    assert path.stat().st_size < 5_000_000
