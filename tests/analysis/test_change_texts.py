"""Changes as people read them: texts in the cells of `changes`, and a sentence for each person."""

import pandas as pd
import pytest

from pmframes._analysis.change_texts import describe_changes
from pmframes._analysis.comparison import compare
from pmframes.report import changes
from tests.support import frames, reviews

NAMES = {"7": "Seven", "8": "Eight"}


def told(before, after, names=NAMES):
    table = describe_changes(compare(before, after), names)
    return dict(zip(table["who"], table["changes"], strict=True))


def without_rows(frame):
    return frames.whole(frame[:0])


@pytest.mark.parametrize(("column", "old", "new", "before", "after"), [
    ("is_admin", False, True, "no", "yes"),
    ("type", "account", "contact", "account", "contact"),
    ("company_name", None, "Acme", None, "Acme"),
    ("email", "a@example.com", None, "a@example.com", None),
])  # fmt: skip
def test_cells_hold_text_and_na(column, old, new, before, after):
    table = changes(reviews.people({column: old}), reviews.people({column: new}))
    assert table[["before", "after"]].dtypes.astype(str).tolist() == ["str", "str"]
    assert table[["before", "after"]].astype(object).where(lambda cells: cells.notna(), None).values.tolist() == [
        [before, after]
    ]


def test_of_who_joined_or_left_the_cells_say_what_is_granted_that_matters():
    members = reviews.members({"can_view_rates": True, "is_client_user": True, "type": "collaborator"})
    joined, left = changes(without_rows(members), members), changes(members, without_rows(members))
    text = "collaborator; Acme; client user; may see rates"
    assert joined["after"].tolist() == left["before"].tolist() == [text]
    assert joined["before"].isna().all()
    assert left["after"].isna().all()
    assert not any("{" in cell for cell in joined["after"])


def test_a_person_who_joined_is_told_in_a_sentence():
    members = reviews.members({"can_view_rates": True, "can_view_project_budget": True, "type": "collaborator"})
    assert told(without_rows(members), members) == {
        "Ada (1)": "joined Seven as a collaborator (Acme); may see rates and see budgets"
    }
    assert told(members, without_rows(members))["Ada (1)"].startswith("left Seven as a collaborator")


def test_permissions_that_are_not_sensitive_are_counted():
    members = reviews.members({"can_view_rates": True}).assign(add_tasks=True, view_time=True)
    sentence = told(without_rows(members), members)["Ada (1)"]
    assert sentence.endswith("; may see rates; 2 other permissions")
    members["can_view_rates"] = False
    assert told(without_rows(members), members)["Ada (1)"].endswith("(Acme); 2 permissions")


def test_of_a_role_every_permission_is_named():
    roles = reviews.roles({"edit_users": True, "use_mcp": True})
    assert told(without_rows(roles), roles) == {"Clerk (r1)": "joined; may edit users and use mcp"}


def test_what_is_the_same_on_several_projects_is_said_once():
    rows = [{}, {"project_id": 8, "project_name": "Eight"}]
    before = reviews.members(*rows)
    after = before.assign(can_view_rates=pd.array([True, True], "boolean"))
    assert told(before, after) == {"Ada (1)": "may now see rates on Seven and Eight"}
    assert told(after, before) == {"Ada (1)": "may no longer see rates on Seven and Eight"}
    assert told(before, after, {}) == {"Ada (1)": "may now see rates on project 7 and project 8"}


def test_states_and_values_are_told_in_words():
    before = reviews.people({"company_name": None, "email": "a@example.com"})
    after = reviews.people({"is_admin": True, "type": "contact", "company_name": "Beta", "email": None})
    (sentence,) = told(before, after).values()
    assert sentence.split("; ") == [
        "E-mail no longer known (was a@example.com) on Seven",
        "Type changed from account to contact on Seven",
        "Company name set to Beta on Seven",
        "now: site administrator",
    ]


def test_pay_is_not_told():
    before, after = (reviews.people({}).assign(user_rate=pd.array([rate], "Float64")) for rate in (70, 80))
    assert told(before, after) == {"Ada (1)": "User rate changed on Seven"}


def test_permissions_that_became_unknown_are_no_loss():
    before = reviews.members({"can_view_rates": True})
    after = before.assign(can_view_rates=pd.array([None], "boolean"))
    assert told(before, after) == {"Ada (1)": "Can view rates no longer known (was yes) on Seven"}


def test_the_most_severe_come_first():
    before = reviews.people({}, {"id": 2, "name": "Bo"}, {"id": 3, "name": None})
    after = before.assign(title=frames.text(["x", None, "y"]), is_admin=pd.array([False, True, False], "boolean"))
    table = describe_changes(compare(before.assign(title=frames.text([None] * 3)), after), NAMES)
    assert table["who"].tolist() == ["Bo (2)", "Ada (1)", "3"]
    assert table["severity"].tolist() == ["medium", "low", "low"]


def test_no_changes_are_no_rows_of_the_same_dtypes():
    people = reviews.people({})
    nothing = describe_changes(compare(people, people), NAMES)
    some = describe_changes(compare(people, people.assign(name="x")), NAMES)
    assert nothing.dtypes.to_dict() == some.dtypes.to_dict()
    assert len(nothing) == 0
