"""`Report.add_findings` and `Report.findings`."""

import pandas as pd

from pmframes.report import Report, Rule, findings
from tests.support import frames, reviews
from tests.support.report_text import read


def test_findings_are_counted_by_rule_also_without_a_rationale(tmp_path):
    rule = Rule("everyone", "low", "people", (), lambda people: [True] * len(people), "Why not.")
    found = findings(reviews.people({}, {"id": 2}), rules=[rule]).assign(rationale=frames.text([None, None]))
    assert read(Report("Mine").add_findings(found), tmp_path).table("Everyone").count == "2"


def test_holds_the_findings_that_were_added():
    found = findings(reviews.people({"is_admin": True}, {"id": 2}))
    made = Report("Mine").add_text("Mine.").add_findings(found)
    pd.testing.assert_frame_equal(made.findings, found)
    assert made.findings.attrs == found.attrs
    assert Report("Mine").add_text("Mine.").findings is None
    assert len(made.add_findings(found).findings) == 2 * len(found)
    del made.findings["rule"]
    assert "rule" in made.findings
