"""The rules of an access review: the rows that each finds, does not find and cannot decide; rules of one's own."""

import doctest
from dataclasses import replace
from typing import ClassVar

import pandas as pd
import pytest

from pmframes import errors
from pmframes._analysis import rules
from pmframes._analysis.rules import SEVERITY, email_keys, severity_counts, show
from pmframes.report import RULES, Rule, findings
from tests.support import frames
from tests.support.reviews import MEMBER_RULES, MONEY, about, found, logins, members, people, roles, rule, unchecked

# Severity, frame, grouping, name and columns of every rule, in the order of a report.
DECLARED = [
    ("high", "people", "person", "client with administrator rights", ("is_admin", "is_client_user")),
    ("high", "people", "person", "service account with administrator rights", ("is_admin", "is_service_account")),
    (*("high", "permissions", "project", "client who administers a project"),
        ("project_administrator", "is_client_user")),
    (*("high", "permissions", "project", "service account that administers a project"),
        ("project_administrator", "is_service_account")),
    ("high", "permissions", "project", "collaborator who sees rates or budgets", ("type", *MONEY)),
    ("high", "people", "project", "guest who may edit", ("permission", "is_guest")),
    (*("high", "people", "project", "manager who is no employee"),
        ("permission", "email", "role_name", "is_active", "is_guest")),
    ("medium", "people", "project", "deleted person still on a project", ("deleted", "project_id")),
    ("medium", "people", "email", "several accounts with one e-mail address", ("email",)),
    ("medium", "people", "person", "name with hidden direction marks", ("name",)),
    ("medium", "logged_in", "person", "dormant account", ("type",)),
    ("medium", "roles", "person", "role that edits users and approves time", ("edit_users", "approve_timesheets")),
    ("medium", "roles", "person", "permission granted to guests", ("is_guest",)),
    ("low", "people", "person", "person without a company", ("company_id",)),
]  # fmt: skip
IDENTITY = "type: account; company: Acme; e-mail: ada@example.com"
MEMBER = "type: account; company: Acme"
# For each rule: the frame, a row that it finds, the detail of the finding; changes of the row with which the answer
# is no, and changes with which it is unknown.
CASES = {
    "client with administrator rights": (people, {"is_admin": True, "is_client_user": True}, IDENTITY,
        [{"is_admin": False}, {"is_client_user": False}, {"is_admin": False, "is_client_user": None}],
        [{"is_admin": None}, {"is_client_user": None}]),
    "service account with administrator rights": (people, {"is_admin": True, "is_service_account": True}, IDENTITY,
        [{"is_admin": False}, {"is_service_account": False}, {"is_admin": None, "is_service_account": False}],
        [{"is_admin": None}, {"is_service_account": None}]),
    "client who administers a project": (members, {"project_administrator": True, "is_client_user": True}, MEMBER,
        [{"project_administrator": False}, {"is_client_user": False}],
        [{"project_administrator": None}, {"is_client_user": None}]),
    "service account that administers a project": (members, {"project_administrator": True, "is_service_account": True},
        MEMBER, [{"project_administrator": False}, {"is_service_account": False}],
        [{"project_administrator": None}, {"is_service_account": None}]),
    "collaborator who sees rates or budgets": (members, {"type": "collaborator", "can_view_rates": True},
        "can view rates; company: Acme",
        [{"type": "account"}, {"type": "contact"}, {"can_view_rates": False}, {"type": None, "can_view_rates": False}],
        [{"type": None}, {"can_view_rates": None}]),
    "deleted person still on a project": (people, {"deleted": True}, IDENTITY,
        [{"deleted": False}, {"deleted": False, "project_id": None}], [{"deleted": None}, {"project_id": None}]),
    "name with hidden direction marks": (people, {"email": "\u202emoc.elpmaxe@ada"}, "email",
        [{"email": "ada@example.com"}, {"email": None}, {"email": "שלום@example.com"}], []),
    "person without a company": (people, {"company_id": None, "company_name": None},
        "type: account; e-mail: ada@example.com", [{"company_id": 3}, {"company_id": 0}], []),
    "role that edits users and approves time": (roles, {"edit_users": True, "approve_timesheets": True},
        "edit users; approve timesheets",
        [{"edit_users": False}, {"approve_timesheets": False}, {"edit_users": False, "approve_timesheets": None}],
        [{"edit_users": None}, {"approve_timesheets": None}]),
    "permission granted to guests": (roles, {"is_guest": True, "use_mcp": True}, "use mcp",
        [{"is_guest": False}, {"use_mcp": False}, {"is_guest": None, "use_mcp": False}],
        [{"is_guest": None}, {"use_mcp": None}]),
}  # fmt: skip
every_case = pytest.mark.parametrize("name", CASES)


def test_built_in_rules():
    assert [(one.severity, one.frame, one.group_by, one.name, one.columns) for one in RULES] == DECLARED
    assert all(one.rationale.endswith(".") for one in RULES)


def test_every_rule_about_single_rows_has_a_case():
    others = {"several accounts with one e-mail address", "dormant account", *MEMBER_RULES}
    assert {one.name for one in RULES} == CASES.keys() | others


@every_case
def test_finds_only_the_matching_row(name):
    make, row, detail, _, _ = CASES[name]
    other = {"id": "r2", "name": "Other"} if make is roles else {}
    table = about(name, make(other, row))
    who, where = ("Clerk (r1)", "") if make is roles else ("Ada (1)", "Seven")
    assert found(table) == [(name, who, where)]
    assert table[["severity", "detail", "rationale"]].values.tolist() == [
        [rule(name).severity, detail, rule(name).rationale]
    ]
    assert unchecked(table) == []


@pytest.mark.parametrize(
    ("name", "change", "counted"),
    [(name, one, [] if at == 3 else [name]) for name, case in CASES.items() for at in (3, 4) for one in case[at]],
)
def test_answer_no_is_checked_and_an_unknown_one_is_not(name, change, counted):
    make, row, *_ = CASES[name]
    table = about(name, make(row | change))
    assert (found(table), unchecked(table)) == ([], counted)


@every_case
def test_each_column_of_a_rule_is_required(name):
    make, row, *_ = CASES[name]
    for column in rule(name).columns:
        with pytest.raises(errors.InvalidArgument, match=f"lacks the columns: {column}.*Pass the frame that pm"):
            about(name, make(row).drop(columns=column))


@pytest.mark.parametrize("column", MONEY)
def test_collaborator_with_any_of_the_rates_and_budgets_permissions_is_found(column):
    others = dict.fromkeys(set(MONEY) - {column})
    for rest in ({}, others):
        table = about("collaborator who sees rates or budgets", members({"type": "collaborator", column: True, **rest}))
        assert table["detail"].tolist() == [f"{column.replace('_', ' ')}; company: Acme"]


def test_guest_role_lists_all_granted_permissions_also_if_others_are_unknown():
    row = {"is_guest": True, "edit_users": True, "approve_timesheets": True, "use_mcp": None}
    assert about("permission granted to guests", roles(row))["detail"].tolist() == ["edit users; approve timesheets"]
    bare = about("permission granted to guests", roles({"is_guest": True})[["id", "name", "is_guest"]])
    assert (found(bare), unchecked(bare)) == ([], []), "no permission columns"


class TestMembersOfProjectManager:
    """Members have the role by name; whose role is the guest role is known by the roles."""

    GUEST, MANAGER = MEMBER_RULES
    ROLES = roles({"id": "g", "name": "Visitor", "is_guest": True}, {"id": "m", "name": "Member", "is_guest": False})
    KNOWN: ClassVar = {"id": "k", "name": "Kim", "permission": "Guest", "role_name": "Member", "is_active": True}
    NOBODY: ClassVar = {"email": None, "role_name": None, "is_active": None}

    def review(self, name, row, *others, roles=ROLES):
        member = self.KNOWN | {"id": "a", "name": "Ada", "permission": "Manager"} | row
        columns = ("id", "name", "email", "permission", "role_name", "is_active")
        project = {"project_id": "p1", "project_name": "Seven"}
        table = pd.DataFrame([project | dict.fromkeys(columns) | one for one in (member, *others)])
        return findings(frames.stamp(table, "projectmanager", "members"), roles=roles, rules=[rule(name)])

    @pytest.mark.parametrize(("name", "row", "detail"), [
        (GUEST, {"role_name": "Visitor", "permission": "Editor"}, "permission: Editor"),
        (GUEST, {"role_name": "Visitor", "email": "a@x.com"}, "permission: Manager; e-mail: a@x.com"),
        (MANAGER, {"is_active": False}, "inactive; role: Member"),
        (MANAGER, {"role_name": "Visitor"}, "guest; role: Visitor"),
        (MANAGER, {"is_active": False, "role_name": "Gone"}, "inactive; role: Gone"),
        (MANAGER, NOBODY, "no resource"),
    ])  # fmt: skip
    def test_finds_the_member_and_the_project(self, name, row, detail):
        table = self.review(name, row, self.KNOWN)
        assert found(table) == [(name, "Ada (a)", "Seven")]
        assert (table["detail"].tolist(), unchecked(table)) == ([detail], [])

    @pytest.mark.parametrize(("name", "row"), [
        (GUEST, {}), (GUEST, {"role_name": "Visitor", "permission": "Guest"}),
        (GUEST, {"role_name": "Visitor", "permission": "Collaborate"}), (GUEST, {"role_name": "Member"}),
        (MANAGER, {}), (MANAGER, {"permission": "Editor", "is_active": False}),
        (MANAGER, {"permission": "Guest", "role_name": None}),
    ])  # fmt: skip
    def test_answer_no_is_checked(self, name, row):
        table = self.review(name, row)
        assert (found(table), unchecked(table)) == ([], [])

    @pytest.mark.parametrize(("name", "row"), [
        (GUEST, {"role_name": None}), (GUEST, {"role_name": "visitor"}),
        (GUEST, {"role_name": "Visitor", "permission": None}),
        (GUEST, {"role_name": "Visitor", "permission": "Creator"}),
        (MANAGER, NOBODY), (MANAGER, {"is_active": None}), (MANAGER, {"role_name": "Gone"}),
        (MANAGER, {"permission": "Creator", "is_active": False}),
    ])  # fmt: skip
    def test_unknown_is_not_checked(self, name, row):
        table = self.review(name, row)
        assert (found(table), unchecked(table)) == ([], [name])

    @pytest.mark.parametrize("name", MEMBER_RULES)
    @pytest.mark.parametrize("listed", [None, pd.concat([ROLES, ROLES]), ROLES.drop(columns="is_guest")],
        ids=["none", "two of a name", "without the flag"])  # fmt: skip
    def test_without_roles_nobody_is_known_as_a_guest(self, name, listed):
        table = self.review(name, {"role_name": "Visitor"}, roles=listed)
        assert (found(table), unchecked(table)) == ([], [name])

    def test_people_who_logged_in_are_those_of_another_service(self):
        frame = frames.stamp(pd.DataFrame([self.KNOWN]), "projectmanager", "members")
        with pytest.raises(errors.InvalidArgument, match="differ in service, resource"):
            findings(frame, logged_in=logins({}))


class TestSharedEmail:
    NAME = "several accounts with one e-mail address"

    def test_one_finding_lists_the_people_and_their_projects(self):
        frame = people(
            {"id": 1, "name": "Ada"},
            {"id": 1, "name": "Ada", "project_id": 8, "project_name": "Eight"},
            {"id": 2, "name": None, "email": " ADA@example.com"},
            {"id": 3, "email": "other@example.com"},
        )
        table = about(self.NAME, frame)
        assert found(table) == [(self.NAME, "Ada (1), 2", "Seven, Eight")]
        assert table["detail"].tolist() == ["e-mail: ada@example.com"]

    @pytest.mark.parametrize(("rows", "who"), [
        ([{}, {"project_id": 8}], []),
        ([{"id": number, "email": email} for number, email in enumerate([None, None, "", " ", ""])], []),
        ([{"id": 1}, {"id": 2, "deleted": True}], []),
        ([{"id": 1}, {"id": 2, "deleted": None}], ["Ada (1), Ada (2)"]),
        ([{"id": 1}, {"id": 2}, {"id": 3, "deleted": True}], ["Ada (1), Ada (2)"]),
    ], ids=["one account", "blank", "deleted", "unknown", "deleted beside two"])  # fmt: skip
    def test_addresses_of_several_accounts_that_are_not_deleted(self, rows, who):
        assert about(self.NAME, people(*rows))["who"].tolist() == who

    def test_nobody_is_deleted_without_that_column(self):
        frame = people({"id": 1}, {"id": 2, "deleted": True}).drop(columns="deleted")
        assert len(about(self.NAME, frame)) == 1

    def test_email_keys(self):
        emails = pd.DataFrame({"email": [" A@X ", "a@x", "", "  ", None, "STRASSE@x", "straße@x"]})
        keys = email_keys(emails)
        assert keys.isna().tolist() == [False, False, True, True, True, False, False]
        assert keys.dropna().tolist() == ["a@x", "a@x", "strasse@x", "strasse@x"]


class TestDormant:
    NAME = "dormant account"

    def dormant(self, frame, *who_logged_in):
        return findings(frame, logged_in=logins(*who_logged_in), rules=[rule(self.NAME)])

    def test_who_is_not_among_the_logins_is_dormant(self):
        frame = people({"id": 1}, {"id": 2, "email": "b"}, {"id": 3, "email": "c"})
        table = self.dormant(frame.assign(created_at=pd.Timestamp("2025-12-31 23:59", tz="UTC")), {})
        assert found(table) == [(self.NAME, f"Ada ({one})", "Seven") for one in (2, 3)]
        assert table["detail"][0] == ("no login since: 2026-03-01; created at: 2025-12-31; company: Acme")

    @pytest.mark.parametrize(("type_", "count"), [("contact", 0), ("account", 1), ("collaborator", 1), (None, 1)])
    def test_contacts_cannot_log_in(self, type_, count):
        table = self.dormant(people({"type": type_}))
        assert (len(table), unchecked(table)) == (count, [])

    @pytest.mark.parametrize("flag", ["deleted", "is_service_account", "is_placeholder"])
    def test_whoever_has_a_flag_cannot_log_in(self, flag):
        frame = people({flag: True})
        table = self.dormant(frame)
        assert (found(table), unchecked(table)) == ([], [])
        assert len(self.dormant(people({flag: None}))) == len(self.dormant(frame.drop(columns=flag))) == 1


class TestDetails:
    def test_formats_each_value_with_its_column(self):
        frame = pd.DataFrame(
            {
                "is_admin": pd.array([True, False, None], "boolean"),
                "company_name": pd.Series(["Acme", None, ""], dtype="str"),
                "created_at": pd.to_datetime(["2026-03-01T23:59Z", None, None], utc=True),
                "user_rate": [90.0, None, 0.5],
                "team_ids": [[1, 2], [], None],
            }
        )
        assert show("user_rate", "is_admin", "absent", "company_name", "created_at", "team_ids")(frame) == [
            "user rate: 90.0; admin; company: Acme; created at: 2026-03-01; team ids: 1, 2", "team ids: ",
            "user rate: 0.5; company: ",
        ]  # fmt: skip
        assert show("absent")(frame[:2]) == show()(frame[:2]) == ["", ""]

    def test_function_of_the_rule_goes_before_its_columns(self):
        base = replace(RULES[0], detail=None)
        frame = people({"is_admin": True, "is_client_user": False})
        assert base.details(frame) == ["admin"]
        assert replace(base, detail=lambda rows: iter(["mine"])).details(frame) == ["mine"]


def test_true_flags_are_those_of_the_columns_or_of_the_function():
    frame = people({"is_admin": True, "deleted": None}, {"is_client_user": True})
    base = replace(RULES[0], columns=["name", "is_client_user", "is_admin", "deleted", "absent"])
    assert base.true_flags(frame) == [["is_admin"], ["is_client_user"]]
    chosen = replace(base, flag_columns=lambda rows: ["is_client_user", "email", "absent"])
    assert chosen.true_flags(frame) == [[], ["is_client_user"]]


def test_severity_counts_start_with_the_highest():
    values = pd.Series(["low"] * 1200 + ["high"], dtype=SEVERITY)
    assert severity_counts(values) == "1 high, 0 medium, 1,200 low"


ARGUMENTS = {
    "name": "mine", "severity": "low", "frame": "people", "columns": (),
    "predicate": lambda people: [True] * len(people), "rationale": "To see.",
}  # fmt: skip


class TestARuleOfOnesOwn:
    @pytest.mark.parametrize(("wrong", "message"), [
        ({"name": 3}, "name is 3.*Pass a string"),
        ({"rationale": None}, "rationale is None.*Pass a string"),
        ({"severity": "urgent"}, "severity is 'urgent'"),
        ({"frame": "customers"}, "frame is 'customers'"),
        ({"group_by": "company"}, "group_by is 'company'"),
        ({"columns": "email"}, "columns is 'email'.*Pass a list of column names"),
        ({"columns": ["email", 3]}, "columns is of type list.*Pass a list of column names"),
        ({"group_by": "email"}, "group_by is 'email'.*columns that include \"email\""),
    ])  # fmt: skip
    def test_wrong_argument_is_refused(self, wrong, message):
        with pytest.raises(errors.InvalidArgument, match=message):
            Rule(**ARGUMENTS | wrong)

    def test_grouping_by_email_needs_only_that_column(self):
        mine = Rule(**ARGUMENTS | {"group_by": "email", "columns": ["email"]})
        table = findings(people({}, {"id": 2}, {"id": 3, "email": None}), rules=[mine])
        assert table["who"].tolist() == ["Ada (1), Ada (2)", "Ada (3)"]

    def test_example_of_the_docstring(self):
        results = doctest.testmod(rules)
        assert results.failed == 0
        assert results.attempted >= 6
