"""What goes into a report comes out of it: every sheet, and every finding."""

from io import BytesIO

import openpyxl
import pandas as pd

from pmframes.report import Report, Rule, findings
from tests.support import frames, reviews


def sheets(made, tmp_path):
    return openpyxl.load_workbook(BytesIO(made.to_excel(tmp_path / "r.xlsx").read_bytes()))


def numbers(*values):
    return frames.stamp(pd.DataFrame({"number": values}), "teamwork", "people")


def test_no_sheet_takes_the_place_of_another(tmp_path):
    titles = ["About", "A (part-3)", "A", "A", "Provenance", "A (2)"]
    made = Report("Same names")
    for place, title in enumerate(titles):
        made = made.add_table(numbers(place), title)
    book = sheets(made, tmp_path)
    found = [sheet["A2"].value for sheet in book if sheet["A1"].value == "number"]
    assert found == list(range(len(titles)))
    assert len(book.sheetnames) == len(titles) + 2


def test_a_workbook_says_of_which_tables_the_source_is_not_known(tmp_path):
    made = Report("Mine").add_table(pd.DataFrame({"a": [1]}), "Of my own").add_table(numbers(1), "Theirs")
    book = sheets(made, tmp_path)
    said = [row[0].value for row in book["About"]]
    assert said[-1] == "No provenance (not loaded by pmframes, or dropped by a later step): Of my own"


def test_findings_by_rule_add_up_also_where_the_reason_was_taken_out():
    rule = Rule("everyone", "low", "people", (), lambda people: [True] * len(people), "Why not.")
    found = findings(reviews.people({}, {"id": 2}), rules=[rule]).assign(rationale=frames.text([None, None]))
    by_rule = Report("Mine").add_findings(found)._parts[0].table
    assert by_rule["findings"].sum() == len(found) == 2


def test_holds_the_findings_that_were_added():
    found = findings(reviews.people({"is_admin": True}, {"id": 2}))
    made = Report("Mine").add_text("Mine.").add_findings(found)
    pd.testing.assert_frame_equal(made.findings, found)
    assert made.findings.attrs == found.attrs
    assert Report("Mine").add_text("Mine.").findings is None
    assert len(made.add_findings(found).findings) == 2 * len(found)
    del made.findings["rule"]
    assert "rule" in made.findings
