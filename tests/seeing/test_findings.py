"""What deserves a look: each rule against hand-made frames, and what every table of findings promises."""

import copy

import pandas as pd
import pytest

from pmframes import errors
from pmframes.report import RULES, Report, findings
from tests.support import frames
from tests.support.reviews import MONEY, about, found, logins, members, people, roles, rule, unchecked

COLUMNS = ["rule", "severity", "who", "where", "detail", "rationale"]

# For each rule: what makes the frame, a row that it finds, and changes each of which alone it does not find.
CASES = {
    "client with administrator rights": (
        people,
        {"is_admin": True, "is_client_user": True},
        [{"is_admin": False}, {"is_client_user": False}, {"is_admin": None}, {"is_client_user": None}],
    ),
    "service account with administrator rights": (
        people,
        {"is_admin": True, "is_service_account": True},
        [{"is_admin": False}, {"is_service_account": False}, {"is_service_account": None}],
    ),
    "client who administers a project": (
        members,
        {"project_administrator": True, "is_client_user": True},
        [{"project_administrator": False}, {"is_client_user": False}, {"project_administrator": None}],
    ),
    "service account that administers a project": (
        members,
        {"project_administrator": True, "is_service_account": True},
        [{"project_administrator": False}, {"is_service_account": None}],
    ),
    "collaborator who sees rates or budgets": (
        members,
        {"type": "collaborator", "can_view_rates": True},
        [{"type": "account"}, {"type": None}, {"can_view_rates": None}, {"can_view_rates": False}],
    ),
    "deleted person still on a project": (
        people,
        {"deleted": True},
        [{"deleted": False}, {"deleted": None}, {"project_id": None}],
    ),
    "person without a company": (people, {"company_id": None, "company_name": None}, [{"company_id": 3}]),
    "role that edits users and approves time": (
        roles,
        {"edit_users": True, "approve_timesheets": True},
        [{"edit_users": False}, {"approve_timesheets": None}],
    ),
    "permission granted to guests": (
        roles,
        {"is_guest": True, "use_mcp": True},
        [{"is_guest": False}, {"is_guest": None}, {"use_mcp": False}, {"use_mcp": None}],
    ),
}


@pytest.mark.parametrize("name", CASES)
class TestARule:
    def test_finds_the_row(self, name):
        make, row, _ = CASES[name]
        table = about(name, make({}, row))
        (one,) = table.itertuples()
        assert one.rule == name
        assert one.who in ("Ada (1)", "Clerk (r1)")
        assert (pd.isna(one.where) if make is roles else one.where == "Seven") or name.startswith("person")
        assert one.severity == rule(name).severity
        assert one.rationale == rule(name).rationale
        assert unchecked(table) == []

    def test_finds_nothing_else(self, name):
        make, row, changes = CASES[name]
        for change in [*changes, None]:
            table = about(name, make({} if change is None else row | change))
            assert table.empty, change

    def test_is_checked_where_the_answer_is_no_and_not_where_it_is_unknown(self, name):
        make, row, changes = CASES[name]
        for change in changes:
            is_unknown = None in change.values()
            assert unchecked(about(name, make(row | change))) == ([name] if is_unknown else []), change

    def test_cannot_be_checked_without_its_columns(self, name):
        make, row, _ = CASES[name]
        for column in rule(name).columns:
            with pytest.raises(errors.InvalidArgument, match=f"{column}.*Pass the frame that pm"):
                about(name, make(row).drop(columns=column))


def test_every_rule_has_a_case():
    others = {"several accounts with one e-mail address", "dormant account"}
    assert {one.name for one in RULES} == CASES.keys() | others
    assert len({one.name for one in RULES}) == len(RULES)


@pytest.mark.parametrize("column", MONEY)
def test_a_collaborator_who_sees_any_of_rates_and_budgets_is_found(column):
    table = findings(permissions=members({"type": "collaborator", column: True}))
    assert found(table) == [("collaborator who sees rates or budgets", "Ada (1)", "Seven")]
    assert table["detail"].tolist() == [f"{column.replace('_', ' ')}; company name: Acme"]


def test_a_rule_about_a_person_gives_one_finding_with_the_projects():
    rights = {"is_admin": True, "is_client_user": True}
    names = ["Nordic rebrand", "Website relaunch", "Third", "Fourth", "Fifth"]
    rows = [{**rights, "project_id": place, "project_name": one} for place, one in enumerate(names, 1)]
    assert findings(people(*rows))["where"].tolist() == ["Nordic rebrand, Website relaunch and 3 more"]
    assert findings(people(*rows[:3]))["where"].tolist() == ["Nordic rebrand, Website relaunch, Third"]
    assert findings(people(rows[0], rows[0]))["where"].tolist() == ["Nordic rebrand"]


def test_a_rule_about_a_membership_gives_one_finding_per_project():
    rows = [{"deleted": True, "project_id": one, "project_name": None} for one in (8, 9)]
    assert [where for *_, where in found(findings(people(*rows)))] == ["8", "9"]


def test_the_nameless_are_shown_by_their_id():
    for name in (None, "", "  "):
        assert findings(people({"name": name, "company_id": None}))["who"].tolist() == ["1"]
    assert findings(people({"company_id": None}).drop(columns="name"))["who"].tolist() == ["1"]


class TestSharedEmail:
    def test_one_finding_lists_the_people(self):
        table = findings(
            people(
                {"id": 1, "name": "Ada"},
                {"id": 1, "name": "Ada", "project_id": 8, "project_name": "Eight"},
                {"id": 2, "name": None, "email": " ADA@example.com"},
                {"id": 3, "email": "other@example.com"},
            )
        )
        assert found(table) == [("several accounts with one e-mail address", "Ada (1), 2", "Seven, Eight")]

    def test_nobody_shares_no_address(self):
        rows = [{"id": number, "email": email} for number, email in enumerate([None, None, "", " ", ""])]
        assert findings(people(*rows)).empty

    def test_a_deleted_account_is_none(self):
        assert found(findings(people({"id": 1}, {"id": 2, "deleted": True}))) == [
            ("deleted person still on a project", "Ada (2)", "Seven")
        ]
        assert len(findings(people({"id": 1}, {"id": 2, "deleted": None}))) == 1

    def test_many_are_shortened(self):
        table = findings(people(*({"id": number} for number in range(1, 31))))
        assert table["who"].item().endswith("Ada (9) and 21 more")


class TestTheTable:
    def test_is_the_same_for_no_rows(self):
        full = findings(people({"company_id": None}), rules=RULES)
        for empty in (findings(people()), findings(permissions=members()), findings(roles=roles())):
            assert empty.columns.tolist() == COLUMNS
            assert empty.dtypes.to_dict() == full.dtypes.to_dict()
            assert isinstance(empty.index, pd.RangeIndex)
        assert full["severity"].dtype == pd.CategoricalDtype(["low", "medium", "high"], ordered=True)
        assert full.drop(columns="severity").dtypes.astype(str).unique().tolist() == ["str"]

    def test_is_sorted_by_severity_then_rule_then_who(self):
        rows = [{"id": number, "name": name, "email": name} for number, name in enumerate("cab")]
        all_wrong = {"company_id": None, "is_admin": True, "is_client_user": True, "deleted": True}
        table = findings(people(*({**row, **all_wrong} for row in rows)))
        order = ["client with administrator rights", "deleted person still on a project"]
        order += ["person without a company"]
        assert table["rule"].drop_duplicates().tolist() == order
        assert table["who"].tolist() == ["a (1)", "b (2)", "c (0)"] * 3
        backwards = findings(people(*rows, {**rows[0], **all_wrong}), rules=reversed(RULES))
        assert backwards["severity"].is_monotonic_decreasing

    def test_leaves_its_input_alone(self):
        given = {
            "people": people({"deleted": True}),
            "permissions": members({}),
            "roles": roles({"is_guest": True, "use_mcp": True}),
            "logged_in": logins({}),
        }
        before = copy.deepcopy(given)
        findings(**given)
        for one, other in zip(given.values(), before.values(), strict=True):
            pd.testing.assert_frame_equal(one, other)
            assert one.attrs == other.attrs

    def test_takes_any_index_plain_columns_and_parquet(self, tmp_path):
        frame = people({"deleted": True}, {"id": 2, "company_id": None}, {"id": 3, "is_admin": None})
        plain = {name: values.astype(object).where(values.notna(), None) for name, values in frame.items()}
        frame.to_parquet(tmp_path / "people.parquet")
        stored = pd.read_parquet(tmp_path / "people.parquet")
        for same in (frame.set_axis([5, 5, 5]), frame.assign(**plain), stored):
            table = findings(same)
            pd.testing.assert_frame_equal(table, findings(frame))
            assert table.attrs == findings(frame).attrs

    def test_hostile_text_stays_text(self, tmp_path):
        rows = [
            {"id": place, "name": text, "project_name": text, "email": text, "deleted": True}
            for place, text in enumerate(frames.AWKWARD)
        ]
        table = findings(people(*rows))
        assert sorted(table["where"]) == sorted(frames.AWKWARD)
        assert sorted(table["who"]) == sorted(f"{text} ({place})" for place, text in enumerate(frames.AWKWARD))
        text = Report("x").add_table(table, "Findings").to_html(tmp_path / "x.html").read_text("utf-8")
        assert "<img src=x" not in text
        assert "<script" not in text
