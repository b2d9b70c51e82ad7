"""Reports of frames that lack people, columns or provenance: nobody is left out, and nothing is made up."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

import pmframes as pm
from pmframes import report
from pmframes._explorer.export import FORMATS
from pmframes.errors import InvalidArgument
from pmframes.plot import customers_by_company, people_by_type
from pmframes.report import Report
from pmframes.report._memberships import permission_sets
from tests.support import frames, reviews
from tests.support.report_text import Read, Table, read

PEOPLE = reviews.people({}, {"id": 2, "name": "Bo"})
MEMBERS = reviews.members({"person_id": 2, "name": "Bo"}, {"person_id": 3, "name": "Cy"})


@pytest.fixture
def review(tmp_path: Path) -> Any:
    """Return a function that reads an access review of these frames."""

    def make(*given: pd.DataFrame, **options: Any) -> Read:
        return read(report.access_review(*given, **options), tmp_path)

    return make


def everyone(review: Read) -> Table:
    return review.table("Everyone")


def test_people_of_only_one_frame_are_listed(review):
    found = review(PEOPLE, MEMBERS)
    assert everyone(found).column("name") == ["Bo", "Cy", "Ada"]
    assert everyone(found).column("permission_set")[2] == "(not in the permissions)"
    assert any(text.startswith("3 people on Seven.") for text in found.paragraphs)


def test_person_on_another_project_is_a_row_of_its_own(review):
    elsewhere = reviews.people({"id": 2, "name": "Bo", "project_id": 8, "project_name": "Eight"})
    assert everyone(review(elsewhere, MEMBERS)).column("project_name") == ["Seven", "Seven", "Eight"]


def test_people_of_the_site_are_not_put_on_the_project_of_the_permissions(review):
    site = PEOPLE.assign(project_id=pd.array([None] * 2, dtype="Int64"), project_name=frames.text([None] * 2))
    found = review(site, MEMBERS)
    assert any(text == "3 people." for text in found.paragraphs)
    assert everyone(found).column("name") == ["Bo", "Cy", "Ada"]


def test_email_and_placeholder_come_from_people(review):
    people = reviews.people({"email": None}, {"id": 2, "email": "bo@example.com", "is_placeholder": True})
    table = everyone(review(people, MEMBERS))
    assert table.column("email") == ["bo@example.com", "", ""]
    assert table.column("flags") == ["placeholder", "", ""]


@pytest.mark.parametrize("column", ["project_name", "project_id", "name", "company_name"])
def test_permissions_may_lack_columns_that_no_summary_needs(review, column):
    assert len(everyone(review(PEOPLE, MEMBERS.drop(columns=column))).rows) >= 2


@pytest.mark.parametrize("given", [PEOPLE, MEMBERS, reviews.roles({})], ids=["people", "permissions", "roles"])
def test_baseline_without_provenance_is_compared_with_the_frame_of_its_columns(review, given):
    before = given.iloc[1:].copy()
    before.attrs = {}
    found = review(PEOPLE, MEMBERS, reviews.roles({}), before=before)
    assert found.table("Changes, value by value").column("change") == ["joined"]


def test_changes_have_a_severity_and_hide_pay(review):
    before = PEOPLE.assign(user_cost=[70.5, None])
    after = PEOPLE.assign(user_cost=[81.5, 92.5], is_admin=pd.array([True, False], dtype="boolean"))
    table = review(after, before=before).table("Changes, value by value")
    assert table.column("column") == ["is_admin", "user_cost", "user_cost"]
    assert table.column("severity") == ["medium", "low", "low"]
    assert table.column("before") == ["no", "…", ""]
    assert table.column("after") == ["yes", "…", "…"]


def test_no_figure_stays_open():
    pyplot.close("all")
    report.access_review(PEOPLE, MEMBERS, reviews.roles({}))
    report.customer_portfolio(frames.clients())
    assert pyplot.get_fignums() == []


def test_portfolio_names_an_unknown_service(tmp_path):
    found = read(report.customer_portfolio(pd.DataFrame({"id": [1], "name": ["Acme"]})), tmp_path)
    assert "1 customers and clients: 1 from an unknown service." in found.paragraphs


def test_portfolio_has_neither_contacts_nor_bank_details(tmp_path):
    secrets = dict.fromkeys(("iban", "bank_account", "contact_email"), "CANARY")
    found = read(report.customer_portfolio(frames.owned_customers().assign(**secrets)), tmp_path)
    assert "CANARY" not in found.text
    assert found.table("Spirii customers, by company").column("company") == ["Acme", "(none)"]


@pytest.mark.parametrize("given", [None, 3, []])
@pytest.mark.parametrize("make", [report.customer_portfolio, customers_by_company])
def test_anything_but_frames_of_customers_is_refused(make, given):
    with pytest.raises(InvalidArgument, match="frame of customers"):
        make(given)


@pytest.mark.parametrize(("make", "frame"), [
    (people_by_type, frames.people()), (report.access_review, reviews.people({})),
    (report.customer_portfolio, frames.clients()),
])  # fmt: skip
def test_repeated_columns_are_refused(make, frame):
    with pytest.raises(InvalidArgument, match="repeats: "):
        make(pd.concat([frame, frame], axis=1))


@pytest.mark.parametrize(("row", "text"), [
    ([None, None, None, None], "(unknown)"), ([True, None, None, None], "a"),
    ([True, True, True, None], "a, b, c"), ([True, True, False, None], "a, b"),
    ([False, None, None, None], "(nothing)"), ([True, False, False, True], "a, d"),
])  # fmt: skip
def test_unknown_permissions_are_neither_granted_nor_refused(row, text):
    sets = permission_sets(pd.DataFrame([row], columns=list("abcd")).astype("boolean"))
    assert sets["granted"].tolist() == [text]
    unknown = ", ".join(name for name, value in zip("abcd", row, strict=True) if value is None)
    assert sets.get("unknown", pd.Series([""])).tolist() == [unknown]


class _Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError

    __bool__ = __str__ = __eq__ = __repr__
    __hash__ = None


UNREADABLE = [
    *[{"params": value} for value in (None, [1], {1: _Unprintable()}, {"projects": {"x": 1}})],
    *[
        {"service": value, "rows": value, "complete": value, "fictional": value, "fetched_at": value}
        for value in (_Unprintable(), np.array([1, 2]), pd.NA, 10**5000, "\ud800")
    ],
]


@pytest.mark.parametrize("fields", UNREADABLE)
def test_unreadable_provenance_is_shown_as_far_as_possible(fields, tmp_path):
    frame = frames.people()
    frame.attrs["pmframes"] |= fields
    made = Report("Odd").add_table(frame.pm.summary(), "People").add_figure(frame.pm.plot(), "Drawn")
    pyplot.close("all")
    made.to_html(tmp_path / "odd.html").read_text("utf-8").encode()
    assert made.to_excel(tmp_path / "odd.xlsx").stat().st_size
    assert FORMATS["Excel"][1](frame)
    assert pm.explore(frame)._view()["source"].isprintable()
    assert str(frame.pm.source).encode()
    assert frame.pm.source._repr_html_().encode()


@pytest.mark.parametrize("not_checked", [None, "x", ["x", None, _Unprintable()], {"x": 1}])
def test_findings_with_unreadable_provenance_are_added(not_checked):
    findings = pm.report.findings(frames.people(email=None))
    findings.attrs["pmframes"] = {"not_checked": not_checked}
    assert Report("Odd").add_findings(findings)
    findings.attrs["pmframes"] = not_checked
    assert Report("Odd").add_findings(findings)
