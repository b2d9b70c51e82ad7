"""The standard reports of odd frames: nobody is left out, and nothing is said that is not so."""

import pandas as pd
import pytest
from matplotlib import pyplot

from pmframes import report
from pmframes.errors import InvalidArgument
from pmframes.plot import customers_by_company
from pmframes.report._access_review import permission_summary
from tests.support import frames, reviews


def table(made, title):
    return next(part.table for part in made._parts if part.title == title and part.table is not None)


def texts(made):
    return [part.text for part in made._parts if part.text is not None]


def resources(frame):
    return [one["resource"] for one in frame.attrs["pmframes"]["sources"]]


PEOPLE = reviews.people({}, {"id": 2, "name": "Bo"})
MEMBERS = reviews.members({"person_id": 2, "name": "Bo"}, {"person_id": 3, "name": "Cy"})


def test_everyone_is_there_also_who_is_in_only_one_of_the_frames():
    everyone = table(report.access_review(PEOPLE, MEMBERS), "Everyone")
    assert everyone["name"].tolist() == ["Bo", "Cy", "Ada"]
    assert everyone["granted"].tolist()[2] == "(not in the permissions)"
    assert resources(everyone) == ["people", "permissions"]
    assert texts(report.access_review(PEOPLE, MEMBERS))[0].startswith("3 people on Seven.")


def test_who_is_on_another_project_is_a_line_of_its_own():
    elsewhere = reviews.people({"id": 2, "name": "Bo", "project_id": 8, "project_name": "Eight"})
    everyone = table(report.access_review(elsewhere, MEMBERS), "Everyone")
    assert everyone["project_name"].tolist() == ["Seven", "Seven", "Eight"]


def test_people_of_the_site_are_not_said_to_be_on_the_project_of_the_permissions():
    site = PEOPLE.assign(project_id=pd.array([None] * 2, dtype="Int64"), project_name=frames.text([None] * 2))
    made = report.access_review(site, MEMBERS)
    assert texts(made)[0].startswith("3 people. ")
    assert table(made, "Everyone")["name"].tolist() == ["Bo", "Cy", "Ada"]


def test_an_email_and_a_placeholder_are_known_from_people():
    people = reviews.people({"email": None}, {"id": 2, "email": "bo@example.com", "is_placeholder": True})
    everyone = table(report.access_review(people, MEMBERS), "Everyone")
    assert everyone["email"].fillna("").tolist() == ["bo@example.com", "", ""]
    assert everyone["flags"].tolist() == ["placeholder", "", ""]


@pytest.mark.parametrize("column", ["project_name", "project_id", "name", "company_name"])
def test_permissions_may_lack_what_no_summary_needs(column):
    everyone = table(report.access_review(PEOPLE, MEMBERS.drop(columns=column)), "Everyone")
    assert len(everyone) >= 2


def test_no_picture_stays_open():
    pyplot.close("all")
    report.access_review(PEOPLE, MEMBERS, reviews.roles({}))
    report.customer_portfolio(frames.clients())
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("given", [PEOPLE, MEMBERS, reviews.roles({})], ids=["people", "permissions", "roles"])
def test_what_is_kept_without_its_source_is_compared_with_what_it_is_like(given):
    before = given.iloc[1:].copy()
    before.attrs = {}
    made = report.access_review(PEOPLE, MEMBERS, reviews.roles({}), before=before)
    assert table(made, "Changes")["change"].tolist() == ["joined"]


def test_customers_of_no_known_service_are_said_to_be_so():
    made = report.customer_portfolio(pd.DataFrame({"id": [1], "name": ["Acme"]}))
    assert texts(made) == ["1 customers and clients: 1 from an unknown service."]


@pytest.mark.parametrize("given", [None, 3, []])
@pytest.mark.parametrize("made", [report.customer_portfolio, report.customers_by_company, customers_by_company])
def test_what_is_no_frame_of_customers_is_refused(made, given):
    with pytest.raises(InvalidArgument, match="frame of customers"):
        made(given)


def test_changes_say_how_severe_they_are_and_keep_pay_to_themselves():
    before = PEOPLE.assign(user_cost=[70.5, None])
    after = PEOPLE.assign(user_cost=[81.5, 92.5], is_admin=pd.array([True, False], dtype="boolean"))
    changed = table(report.access_review(after, before=before), "Changes")
    assert changed[["column", "severity"]].values.tolist() == [
        ["is_admin", "medium"],
        ["user_cost", "low"],
        ["user_cost", "low"],
    ]
    assert changed["before"].tolist() == ["no", "…", ""]
    assert changed["after"].tolist() == ["yes", "…", "…"]


def test_the_portfolio_hands_on_neither_contacts_nor_bank_details(tmp_path):
    secrets = dict.fromkeys(("iban", "bank_account", "contact_email"), "CANARY")
    made = report.customer_portfolio(frames.owned_customers().assign(**secrets))
    assert "CANARY" not in made.to_html(tmp_path / "portfolio.html").read_text()
    assert table(made, "Spirii customers")["owner_name"].tolist()[:2] == ["Acme", "Acme"]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ([None, None, None, None], "unknown"),
        ([True, None, None, None], "a; unknown: b, c, d"),
        ([True, True, True, None], "all; unknown: d"),
        ([True, True, False, None], "all but c; unknown: d"),
        ([False, None, None, None], "nothing; unknown: b, c, d"),
        ([True, False, False, True], "a, d"),
    ],
)
def test_what_was_not_sent_is_neither_granted_nor_refused(row, text):
    assert permission_summary(pd.DataFrame([row], columns=list("abcd")).astype("boolean")) == [text]
