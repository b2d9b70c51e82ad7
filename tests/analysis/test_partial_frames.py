"""Frames that are not the load as it was, and frames of which it is not known: never taken for the whole."""

import pandas as pd
import pytest

import pmframes as pm
from pmframes import errors, report
from tests.support import frames, reviews
from tests.support.report_text import read
from tests.support.reviews import members, people, unchecked

TWELVE = people(*({"id": number, "type": "collaborator" if number % 2 else "account"} for number in range(12)))
HALF = TWELVE[TWELVE["type"] == "collaborator"]
DEPENDENT = {
    "service account with administrator rights",
    "service account that administers a project",
    "deleted person still on a project",
}


def incomplete():
    frame = people({})
    frame.attrs["pmframes"]["complete"] = False
    return frame


@pytest.mark.parametrize("part", [HALF, TWELVE[:0], TWELVE.head(11), incomplete(), pd.concat([TWELVE] * 2)])
def test_what_compares_refuses(part):
    for before, after in ((part, TWELVE), (TWELVE, part)):
        with pytest.raises(errors.InvalidArgument, match="is not the load as it was"):
            report.changes(before, after)
        with pytest.raises(errors.InvalidArgument, match="is not the load as it was"):
            report.access_review(after, before=before)


def test_filtered_logins_are_refused():
    logged_in = reviews.logins({}, {"id": 2})
    with pytest.raises(errors.InvalidArgument, match="logged_in is not the load as it was: 1 of 2 rows"):
        report.findings(people({}), logged_in=logged_in[:1])


def test_portfolio_that_was_filtered_is_refused():
    with pm.demo(people=20):
        whole = pm.customers()
    assert report.changes(whole, whole.iloc[::-1]).empty
    spirii = whole[whole["service"] == "spirii"]
    with pytest.raises(errors.InvalidArgument, match=r"0 of \d+ rows"):
        report.changes(whole, spirii)


def test_report_and_source_say_it_first(tmp_path):
    found = read(report.access_review(HALF), tmp_path)
    note = "Not all of Teamwork.com people as loaded (6 of 12 rows): Findings, "
    assert found.paragraphs[2].startswith(note)
    assert str(HALF.pm.source).splitlines()[1] == "Not all of Teamwork.com people as loaded: 6 of 12 rows."
    assert "6 of 12 rows" in read(report.Report("x").add_table(report.people_by_type(HALF), "t"), tmp_path).text
    assert "of 12 rows" not in read(report.access_review(TWELVE), tmp_path).text


def test_nothing_found_in_a_part_is_no_all_clear():
    found = report.findings(HALF)
    assert {*unchecked(found), *found["rule"]} == {rule.name for rule in pm.report.RULES} - {*reviews.MEMBER_RULES}
    table = report.findings(TWELVE, members({}), reviews.roles({}), logged_in=reviews.logins({}))
    assert unchecked(table) == []


@pytest.mark.parametrize("lose", [lambda frame: frame.merge(pd.DataFrame({"id": [1]}), on="id"), pd.DataFrame])
def test_unknown_how_it_was_loaded_is_no_all_clear(lose, tmp_path):
    given, granted = lose(people({})), members({})
    given.attrs, granted.attrs = {}, {}
    assert set(unchecked(report.findings(given, granted))) >= DEPENDENT
    assert not DEPENDENT & set(unchecked(report.findings(people({}), members({}))))
    found = read(report.access_review(given, members({})), tmp_path)
    assert "Unknown provenance" in " ".join(found.paragraphs[:4])
    assert "unknown" in str(given.pm.source)


def test_a_summary_of_a_part_is_one_too():
    (source,) = report.people_by_type(HALF).attrs["pmframes"]["sources"]
    assert (source["rows"], source["rows_used"]) == (12, 6)
    assert "rows_used" not in report.people_by_type(frames.people()).attrs["pmframes"]["sources"][0]
