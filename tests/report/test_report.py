"""`Report`: the parts that are added, the HTML file, and the provenance that it names."""

import re
from base64 import b64encode
from hashlib import sha256

import pandas as pd
import pytest
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.figure import Figure

import pmframes
from pmframes import errors, plot, report
from pmframes.report import Report
from tests.support import frames
from tests.support.report_text import read_file


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


def test_the_html_loads_and_runs_nothing(tmp_path):
    text = html(tiny(), tmp_path)
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
    assert not re.search(r"<script [^>]*src|<link|<iframe|url\(|@import|\son\w+=|style=", text)
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


def test_later_changes_of_what_was_added_do_not_show(tmp_path):
    frame = pd.DataFrame({"a": ["before"]})
    figure = Figure()
    axes = figure.subplots()
    made = Report("One").add_table(frame, "t").add_figure(axes, "p")
    before = html(made, tmp_path)
    frame.loc[0, "a"] = "after"
    frame.attrs["pmframes"] = {"service": "late"}
    axes.set_title("after")
    assert html(made, tmp_path) == before


def test_a_figure_is_drawn_whatever_its_own_canvas_writes():
    class OddCanvas(FigureCanvasBase):
        def print_svg(self, *_, **__):
            raise OSError("not this one")

    figure = Figure()
    OddCanvas(figure)
    figure.subplots()
    assert repr(Report("One").add_figure(figure, "p")) == "Report('One', 1 part)"


def test_arguments_of_the_wrong_type_are_refused():
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


def test_an_existing_file_is_kept_unless_overwrite_is_true(tmp_path):
    path = Report("One").to_html(tmp_path / "report.html")
    with pytest.raises(errors.InvalidArgument, match="already exists"):
        Report("Two").to_html(path)
    assert "One" in Report("One").to_html(str(path), overwrite=True).read_text()


class TestProvenance:
    def test_every_source_is_named_once(self, tmp_path):
        text = html(tiny(), tmp_path)
        section = text[text.index("<footer>") :]
        for one in ("Teamwork.com", "ProjectManager.com", "Outlign"):
            assert section.count(one) == 1
        assert "2026-09-01 08:30 UTC" in section
        top = text[: text.index("</header>")]
        assert (
            "Unknown provenance: not loaded by pmframes, or dropped by a later step, so whom the load left out is not "
            "known: Of my own" in top
        )

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


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame(index=["a"]), pd.DataFrame(columns=["a", "a"])])
def test_frames_without_rows_or_columns_are_shown(frame, tmp_path):
    assert "<caption>" in html(Report("One").add_table(frame, "t"), tmp_path)


def test_columns_of_one_name_are_all_shown(tmp_path):
    frame = pd.DataFrame([["left", "right"]], columns=["a", "a"])
    text = html(Report("One").add_table(frame, "t"), tmp_path)
    assert "left" in text
    assert "right" in text


def test_a_notebook_shows_it_in_a_sandboxed_iframe():
    shown = tiny()._repr_html_()
    assert shown.startswith("<p>Report(&#x27;Ours &amp; theirs&#x27;, 6 parts)")
    assert shown.count('<iframe sandbox="allow-scripts" ') == 1
    assert "<style" not in shown
    assert "<table" not in shown


def test_ten_thousand_people_make_a_file_of_less_than_5_mb(tmp_path):
    people = frames.many_people(10_000)
    path = Report("Large").add_table(people, "People").to_html(tmp_path / "report.html")
    assert path.stat().st_size < 5_000_000


def test_the_content_security_policy_allows_its_own_script_and_style_only(loaded, tmp_path):
    path = report.access_review(loaded.site).to_html(tmp_path / "review.html")
    found = read_file(path)
    assert "unsafe" not in found.policy
    assert "*" not in found.policy
    rules = dict(one.strip().split(" ", 1) for one in found.policy.split(";"))
    (script,) = re.findall(r"<script>(.*?)</script>", found.text, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", found.text, re.DOTALL)
    for content, rule in ((script, "script-src"), (style, "style-src")):
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert rules["default-src"] == "'none'"
    assert rules["form-action"] == rules["base-uri"] == "'none'"


def test_every_table_has_a_caption_and_scopes(loaded, tmp_path):
    given = (loaded.people, loaded.members, loaded.roles)
    review = report.access_review(*given, before=loaded.people)
    found = read_file(review.to_html(tmp_path / "review.html"))
    assert len(found.tables) > 8
    for one in found.tables:
        assert one.captions == 1
        assert one.title
        assert set(one.scopes) <= {"col", "row", "colgroup"}
