"""``frame.pm.source``: where a frame came from, as people read it."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

import pmframes as pm

STAMP = {
    "service": "teamwork",
    "resource": "people",
    "account": "agency-a",
    "params": {"projects": [12345], "showDeleted": "true"},
    "fetched_at": "2026-03-01T12:34:56+00:00",
    "cached": False,
    "requests": 3,
    "rows": 1200,
    "complete": True,
    "fictional": False,
    "version": "0.1.0",
}
HOSTILE = "<img src=x onerror=alert(1)>'\"&$x^$\n\x1b[2J\u202egnp\ud800"


class _Read(HTMLParser):
    """Collects the tags of a page, and the texts of its cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def made(*stamps: dict, rows: int = 1200) -> pd.DataFrame:
    frame = pd.DataFrame({"id": range(rows)})
    frame.attrs["pmframes"] = stamps[0] if len(stamps) == 1 else {"sources": list(stamps)}
    return frame


def read(frame: pd.DataFrame) -> _Read:
    page = _Read()
    page.feed(frame.pm.source._repr_html_())
    return page


def test_one_line_says_everything():
    line = (
        "Teamwork.com people (account agency-a): 1,200 rows, complete, from the service, "
        "fetched 2026-03-01 12:34 UTC, projects=[12345], showDeleted=true, pmframes 0.1.0"
    )
    assert [str(made(STAMP).pm.source), repr(made(STAMP).pm.source)] == [line, line]


def test_the_table_says_the_same():
    heads, cells = read(made(STAMP)).rows
    assert dict(zip(heads, cells, strict=True)) == {
        "service": "Teamwork.com",
        "account": "agency-a",
        "resource": "people",
        "parameters": "projects=[12345], showDeleted=true",
        "fetched": "2026-03-01 12:34 UTC",
        "from": "the service",
        "rows": "1,200",
        "complete": "yes",
        "fictional": "no",
        "pmframes": "0.1.0",
    }


def test_an_id_among_the_parameters_is_written_as_it_is():
    stamp = {**STAMP, "service": "outlign", "resource": "client", "params": {"id": 1201}, "rows": 1}
    assert "id=1201," in repr(made(stamp, rows=1).pm.source)
    assert "id=1201" in read(made(stamp, rows=1)).rows[1]


def test_what_came_from_the_cache_and_what_is_not_complete_says_so():
    frame = made({**STAMP, "cached": True, "complete": False})
    assert "not complete, from the cache, fetched" in str(frame.pm.source)
    assert {"the cache", "no"} <= set(read(frame).rows[1])


def test_rows_that_were_taken_out_are_told():
    frame = made(STAMP).head(7)
    assert str(frame.pm.source).endswith("This frame has 7 rows now.")
    assert "This frame has 7 rows now." in read(frame).text
    assert "now" not in str(made(STAMP).pm.source)


def test_several_sources_are_a_line_each():
    other = {**STAMP, "service": "outlign", "resource": "clients"}
    frame = made(STAMP, other, rows=5)
    assert [line.split(" (")[0] for line in str(frame.pm.source).splitlines()] == [
        "Teamwork.com people",
        "Outlign clients",
    ]
    assert [row[0] for row in read(frame).rows[1:]] == ["Teamwork.com", "Outlign"]


def test_what_is_fictional_is_said_clearly():
    with pm.demo(people=30):
        frame = pm.outlign.clients()
        portfolio = pm.customers()
    assert "Fictional data from the pmframes sandbox." in str(frame.pm.source)
    assert "Fictional data from the pmframes sandbox." in read(portfolio).text
    assert "Fictional" not in str(made(STAMP).pm.source) + read(made(STAMP)).text


@pytest.mark.parametrize(
    "attrs", [{}, *({"pmframes": value} for value in (None, {}, "x", ["x"], {"sources": "x"}, {"sources": [1, "x"]}))]
)
def test_a_frame_that_pmframes_did_not_load_says_so(attrs):
    frame = pd.DataFrame({"type": ["account"]})
    frame.attrs = attrs
    assert "No provenance: not loaded by pmframes" in str(frame.pm.source)
    assert "No provenance: not loaded by pmframes" in read(frame).text


def test_text_of_others_is_shown_and_never_run():
    stamp = dict.fromkeys(STAMP, HOSTILE) | {"params": {HOSTILE: [HOSTILE]}}
    frame = made(stamp)
    page = read(frame)
    assert "img" not in page.tags
    assert "<img src=x onerror=alert(1)>" in page.text
    for text in (str(frame.pm.source), page.text):
        assert re.search(r"[\x00-\x09\x0b-\x1f\u202e\ud800]", text) is None
        text.encode()
    assert len(str(frame.pm.source).splitlines()) == 2
    assert "mathjax_ignore" in frame.pm.source._repr_html_()


def test_a_space_of_another_kind_is_a_space():
    for space in "\u00a0\u3000\u202f":
        assert "(account 山田 太郎)" in repr(made({**STAMP, "account": f"山田{space}太郎"}).pm.source)


def test_it_survives_parquet(tmp_path):
    made(STAMP).to_parquet(tmp_path / "kept.parquet")
    assert str(pd.read_parquet(tmp_path / "kept.parquet").pm.source) == str(made(STAMP).pm.source)
