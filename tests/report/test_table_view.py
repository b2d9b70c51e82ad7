"""`frame.pm.table()`: a frame as people read it, as text and as HTML."""

import pandas as pd
import pytest

from pmframes import report
from tests.support import frames

CANARY = "<img src=x onerror=alert(1)>"


def test_shares_flags_and_headings_are_for_people():
    table = report.people_by_type(frames.people()).pm.table()
    assert "Client users" in repr(table)
    assert "25.0%" in repr(table)
    assert '<th scope="col" title="client_users" class="n">' in table._repr_html_()


def test_the_frame_stays_as_it_is():
    people = frames.people()
    before = people.copy(deep=True)
    people.pm.table()._repr_html_()
    pd.testing.assert_frame_equal(people, before)


def test_unknown_is_told_apart_from_no():
    flags = pd.DataFrame({"granted": pd.array([True, False, None], "boolean")})
    assert repr(flags.pm.table()).split()[1:] == ["✓", "–", "unknown"]


def test_text_is_escaped():
    html = pd.DataFrame({CANARY: [CANARY]}).pm.table()._repr_html_()
    assert "<img" not in html


@pytest.mark.parametrize(("rows", "note"), [(10, ""), (11, "10 of 11 rows")])
def test_as_many_rows_are_shown_as_pandas_shows(rows, note):
    with pd.option_context("display.max_rows", 10):
        table = pd.DataFrame({"a": range(rows)}).pm.table()
        assert repr(table).endswith(note or "9")
        assert (f"<p>{note}</p>" in table._repr_html_()) is bool(note)


def test_without_a_limit_all_rows_are_shown():
    for limit in (0, None):
        with pd.option_context("display.max_rows", limit):
            assert len(repr(pd.DataFrame({"a": range(200)}).pm.table()).splitlines()) == 201


@pytest.mark.parametrize("frame", [
    pd.DataFrame(), pd.DataFrame({"a": []}), pd.DataFrame({"service": [["a"], ["b"]]}),
    pd.DataFrame([[1, 2]], columns=["a", "a"]), frames.people().pivot_table("id", "type", ["deleted", "is_admin"]),
    frames.people().groupby(["type", "name"])[["id"]].sum(),
], ids=["nothing", "no rows", "lists", "repeated", "layers", "index"])  # fmt: skip
def test_odd_frames_are_shown(frame):
    assert isinstance(repr(frame.pm.table()), str)
    assert "<table>" in frame.pm.table()._repr_html_()


def test_whole_ids_have_no_decimals():
    assert repr(pd.DataFrame({"person_id": [7.0, None]}).pm.table()).split()[2] == "7"
