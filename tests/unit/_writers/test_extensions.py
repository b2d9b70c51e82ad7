"""A name whose extension is of another format is refused before anything is computed, with the right name."""

from pathlib import Path

import pandas as pd
import pytest

from pmframes import errors
from pmframes._writers.atomic import EXCEL, HTML, PARQUET, require_writable
from pmframes.report import Report


@pytest.mark.parametrize(("formats", "given", "suggested"), [
    ((HTML,), "x.pdf", "x.html"),
    ((HTML,), "x.xlsx", "x.html"),
    ((HTML,), "x.html.bak", "x.html"),
    ((HTML,), "review 2026.11.pdf", "review 2026.11.html"),
    ((EXCEL,), "x.csv", "x.xlsx"),
    ((EXCEL,), "x.xls", "x.xlsx"),
    ((EXCEL,), "x.xlsm", "x.xlsx"),
    ((EXCEL,), "x.HTML", "x.xlsx"),
    ((PARQUET,), "kept.csv", "kept.parquet"),
    ((HTML, EXCEL), "x.pdf", "x.html or {folder}/x.xlsx"),
    ((HTML, EXCEL), "x", "x.html or {folder}/x.xlsx"),
    ((HTML, EXCEL), "review 2026.11", "review 2026.11.html or {folder}/review 2026.11.xlsx"),
    ((HTML, EXCEL), "x.html.", "x.html"),
    ((HTML, EXCEL), "x.html.bak", "x.html"),
])  # fmt: skip
def test_the_nearest_right_name_is_suggested(formats, given: str, suggested: str, tmp_path: Path):
    with pytest.raises(errors.InvalidArgument, match="nothing was written") as caught:
        require_writable(tmp_path / given, True, *formats)
    assert str(tmp_path / given) in caught.value.cause
    assert caught.value.remedy == f"Use {tmp_path}/{suggested}.".format(folder=tmp_path)


@pytest.mark.parametrize(("formats", "names"), [
    ((HTML,), ["x.html", "x.HTM", "x.pdf.html", "~x.html"]),
    ((EXCEL,), ["x.xlsx", "x.XlSx"]),
    ((PARQUET,), ["x.parquet", "x.pq"]),
    ((HTML, EXCEL), ["x.html", "x.xlsx"]),
    # Nothing in these contradicts the one format.
    ((HTML,), ["x", "review 2026.11", "Acme Inc. review", ".html", "x."]),
])  # fmt: skip
def test_right_names_are_accepted(formats, names: list[str], tmp_path: Path):
    for name in names:
        require_writable(tmp_path / name, False, *formats)


@pytest.mark.parametrize("name", ["x.pdf", "there", "no/x"])
@pytest.mark.parametrize("write", ["to_html", "to_excel"])
def test_a_report_is_not_rendered_for_a_wrong_name(write: str, name: str, tmp_path: Path, monkeypatch):
    (tmp_path / "there").write_text("mine")
    for part in ("render_html", "build_sheets"):
        monkeypatch.setattr(f"pmframes.report._report.{part}", lambda *_, **__: pytest.fail("rendered"))
    report = Report("One").add_table(pd.DataFrame({"a": [1]}), "t")
    with pytest.raises(errors.InvalidArgument):
        getattr(report, write)(tmp_path / name)
    right = tmp_path / f"there.{'html' if write == 'to_html' else 'xlsx'}"
    right.write_text("mine")
    with pytest.raises(errors.InvalidArgument, match="already exists"):
        getattr(report, write)(right)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there", right.name]
