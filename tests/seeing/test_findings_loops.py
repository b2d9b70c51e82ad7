"""Findings against plain loops, on the sandbox, and against the clock."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import pmframes as pm
from pmframes.report import RULES, findings
from tests.support import frames
from tests.support.reviews import FLAGS, MONEY, ROLE, logins, members, people, roles, unchecked

ANY_FLAG = st.sampled_from([True, False, None])
PEOPLE_ROWS = st.fixed_dictionaries(
    {
        "id": st.integers(1, 5),
        "project_id": st.sampled_from([None, 7, 8]),
        "name": st.sampled_from(["Ada", None, " "]),
        "email": st.sampled_from([None, "", "a@x", "A@x ", "b@x"]),
        "type": st.sampled_from([None, *frames.TYPES]),
        "company_id": st.sampled_from([None, 3]),
        **dict.fromkeys(FLAGS, ANY_FLAG),
    }
)
MEMBER_ROWS = st.fixed_dictionaries(
    {
        "person_id": st.integers(1, 4),
        "project_id": st.sampled_from([7, 8]),
        "type": st.sampled_from([None, *frames.TYPES]),
        **dict.fromkeys((*FLAGS[:3], "project_administrator", *MONEY), ANY_FLAG),
    }
)
ROLE_ROWS = st.fixed_dictionaries({"id": st.sampled_from("abc"), **dict.fromkeys(list(ROLE)[2:], ANY_FLAG)})


def _of_person(row, logged_in):
    one, where = row["id"], row["project_id"]
    cannot = [row["type"] == "contact", row["deleted"], row["is_service_account"], row["is_placeholder"]]
    yield "client with administrator rights", one, None, row["is_admin"] and row["is_client_user"]
    yield ("service account with administrator rights", one, None, row["is_admin"] and row["is_service_account"])
    yield "deleted person still on a project", one, where, row["deleted"] and where is not None
    yield "person without a company", one, None, row["company_id"] is None
    yield "dormant account", one, None, one not in logged_in and not any(cannot)


def _of_email(people_rows, email):
    same = [row for row in people_rows if (row["email"] or "").strip().lower() == email]
    accounts = {row["id"] for row in same if not row["deleted"]}
    yield "several accounts with one e-mail address", email, None, len(accounts) > 1


def _of_member(row):
    place = (row["person_id"], row["project_id"])
    administers = row["project_administrator"]
    sees = any(row[one] for one in MONEY)
    yield "client who administers a project", *place, administers and row["is_client_user"]
    yield "service account that administers a project", *place, administers and row["is_service_account"]
    yield "collaborator who sees rates or budgets", *place, row["type"] == "collaborator" and sees


def _of_role(row):
    both = row["edit_users"] and row["approve_timesheets"]
    some = row["edit_users"] or row["approve_timesheets"] or row["use_mcp"]
    yield "role that edits users and approves time", row["id"], None, both
    yield "permission granted to guests", row["id"], None, row["is_guest"] and some


def naive(people_rows, member_rows, role_rows, logged_in):
    """Give rule, id and project of all findings, by loops."""
    answers = [answer for row in people_rows for answer in _of_person(row, logged_in)]
    answers += [answer for email in ("a@x", "b@x") for answer in _of_email(people_rows, email)]
    answers += [answer for row in member_rows for answer in _of_member(row)]
    answers += [answer for row in role_rows for answer in _of_role(row)]
    return {(rule, one, where) for rule, one, where, is_found in answers if is_found}


def _told(table):
    """Read back from a table what ``naive`` gives."""
    per = {one.name: one.group_by for one in RULES}
    seen = set()
    for row in table.itertuples():
        who = row.who.rpartition(" ")[2].strip("()")
        who = row.detail.removeprefix("email: ").strip().lower() if per[row.rule] == "email" else who
        where = int(row.where) if per[row.rule] == "project" else None
        seen.add((row.rule, int(who) if who.isdigit() else who, where))
    return seen


@settings(deadline=None)
@given(
    st.lists(PEOPLE_ROWS, max_size=8),
    st.lists(MEMBER_ROWS, max_size=6),
    st.lists(ROLE_ROWS, max_size=4),
    st.sets(st.integers(1, 5)),
)
def test_findings_are_those_of_plain_loops(people_rows, member_rows, role_rows, logged_in):
    table = findings(
        people(*({**row, "project_name": None} for row in people_rows)),
        members(*({**row, "project_name": None} for row in member_rows)),
        roles(*role_rows),
        logged_in=logins(*({"id": one} for one in logged_in)),
    )
    expected = naive(people_rows, member_rows, role_rows, logged_in)
    assert _told(table) == expected
    assert len(table) == len(expected), "nothing is found twice"
    assert table["severity"].is_monotonic_decreasing
    assert not set(unchecked(table)) & set(table["rule"])


def test_the_sandbox_has_something_for_most_rules():
    with pm.demo(people=1200, seed=7):
        everyone = {"show_deleted": True, "include_service_accounts": True}
        projects = pm.teamwork.projects()[:3]
        given = {
            "people": pm.teamwork.people(projects, **everyone),
            "permissions": pm.teamwork.permissions(projects, **everyone),
            "roles": pm.projectmanager.roles(),
            "logged_in": pm.teamwork.people(projects, last_login_after="2026-01-01"),
        }
        table = findings(**given)
    assert table.attrs["pmframes"]["sources"] == [one.attrs["pmframes"] for one in given.values()]
    assert table["rule"].nunique() >= 6
    assert table["who"].str.fullmatch(r".*\(?[\w-]+\)?", flags=16).all()
    dormant = table[table["rule"] == "dormant account"]
    assert dormant["detail"].str.startswith("no login since: 2026-01-01").all()
    assert 0 < len(dormant) < given["people"]["id"].nunique()


def test_ten_thousand_people_on_three_projects():
    rows = frames.many_people(30_000).assign(
        project_id=np.repeat([7, 8, 9], 10_000),
        project_name=np.repeat(["Seven", "Eight", "Nine"], 10_000),
        id=np.tile(np.arange(10_000), 3),
        company_id=pd.array([pd.NA] * 30_000, dtype="Int64"),
        email="shared@example.com",
    )
    table = findings(rows)
    assert (table["rule"] == "person without a company").sum() == 10_000
