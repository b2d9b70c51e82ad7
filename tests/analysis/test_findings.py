"""Findings: how rows are grouped into findings, the table, which rules were not checked, refused arguments."""

import copy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import pmframes as pm
from pmframes import errors
from pmframes._analysis.findings import FindingPart, find
from pmframes._analysis.review_input import ReviewInput
from pmframes.report import RULES, Report, Rule, findings
from tests.support import frames
from tests.support.reviews import MEMBER_RULES, PERSON, about, found, logins, members, people, roles, rule, unchecked

COLUMNS = ["rule", "severity", "who", "where", "detail", "rationale"]
BOSS = {"is_admin": True, "is_client_user": True}
# Who and where, per person and per membership.
PER_PERSON = [("a (1)", "Seven"), ("b (2)", "Seven"), ("c (0)", "Seven, A")]
PER_PROJECT = [("a (1)", "Seven"), ("b (2)", "Seven"), ("c (0)", "A"), ("c (0)", "Seven")]


def projects(count):
    names = ["One", "Two", "Three", "Four", "Five"]
    return [{**BOSS, "project_id": place, "project_name": names[place - 1]} for place in range(1, count + 1)]


class TestGrouping:
    @pytest.mark.parametrize(
        ("count", "where"), [(1, "One"), (3, "One, Two, Three"), (4, "One, Two and 2 more"), (5, "One, Two and 3 more")]
    )
    def test_rule_about_a_person_gives_one_finding_with_the_first_projects(self, count, where):
        assert findings(people(*projects(count) * 2))["where"].tolist() == [where]

    def test_rule_about_a_membership_gives_one_finding_per_project(self):
        rows = [{"deleted": True, "project_id": one, "project_name": name} for one, name in ((9, "B"), (8, None))]
        assert [where for *_, where in found(findings(people(*rows)))] == ["8", "B"]
        row = {**BOSS, "project_id": None}
        assert findings(people(row))["where"].tolist() == ["Seven"], "by the name"
        assert findings(people({**row, "project_name": None}))["where"].isna().all()
        rows = [{"project_administrator": True, "is_client_user": True, "project_id": one} for one in (7, 8)]
        assert findings(permissions=members(*rows))["where"].tolist() == ["Seven", "Seven"], "of one name"

    @pytest.mark.parametrize(("count", "ending"), [(10, "Ada (9)"), (11, "Ada (8) and 2 more")])
    def test_first_ten_people_of_an_address_are_listed(self, count, ending):
        who = findings(people(*({"id": number} for number in range(count))))["who"].item()
        assert who.endswith(ending)

    def test_blank_name_is_replaced_by_the_id(self):
        for name in (None, "", "  "):
            frame = people({"name": name, "company_id": None})
            assert findings(frame)["who"].tolist() == findings(frame.drop(columns="name"))["who"].tolist() == ["1"]
        unknown = frame.astype({"id": "Int64"}).assign(id=pd.NA)
        assert findings(unknown)["who"].tolist() == ["(none)"]

    def test_parts_of_a_finding_are_its_rows_and_true_flags(self):
        row = {"type": "collaborator", "can_view_rates": True, "can_manage_rates": None}
        (parts,) = find(ReviewInput(permissions=members(row)), RULES).parts
        name = "collaborator who sees rates or budgets"
        assert parts == {FindingPart(name, ("1", "7"), "1", "7", flag) for flag in (None, "can_view_rates")}
        (parts,) = find(ReviewInput(people=people(*projects(2))), RULES).parts
        assert parts == {
            FindingPart("client with administrator rights", "1", "1", project, flag)
            for project in ("1", "2")
            for flag in (None, "is_admin", "is_client_user")
        }


class TestTable:
    def test_same_columns_and_dtypes_for_no_rows(self):
        full = findings(people({"company_id": None}))
        for empty in (findings(people()), findings(permissions=members()), findings(roles=roles())):
            assert empty.columns.tolist() == COLUMNS
            assert empty.dtypes.to_dict() == full.dtypes.to_dict()
            assert isinstance(empty.index, pd.RangeIndex)
        assert full["severity"].dtype == pd.CategoricalDtype(["low", "medium", "high"], ordered=True)
        assert full.drop(columns="severity").dtypes.astype(str).unique().tolist() == ["str"]

    def test_sorted_by_severity_then_rule_then_who_then_where(self):
        rows = [{"id": number, "name": name, "email": name} for number, name in enumerate("cab")]
        wrong = {"company_id": None, **BOSS, "deleted": True}
        given = people(*({**row, **wrong} for row in rows), {**rows[0], **wrong, "project_name": "A", "project_id": 8})
        expected = [
            *(("client with administrator rights", one, where) for one, where in PER_PERSON),
            *(("deleted person still on a project", one, where) for one, where in PER_PROJECT),
            *(("person without a company", one, where) for one, where in PER_PERSON),
        ]
        assert found(findings(given)) == expected
        pd.testing.assert_frame_equal(findings(given, rules=RULES), findings(given))
        low_first = findings(given, rules=reversed(RULES))
        assert low_first["severity"].tolist() == ["high"] * 3 + ["medium"] * 4 + ["low"] * 3

    def test_input_is_not_changed(self):
        given = {
            "people": people({"deleted": True}), "permissions": members({}),
            "roles": roles({"is_guest": True, "use_mcp": True}), "logged_in": logins({}),
        }  # fmt: skip
        before = copy.deepcopy(given)
        findings(**given)
        for one, other in zip(given.values(), before.values(), strict=True):
            pd.testing.assert_frame_equal(one, other)
            assert one.attrs == other.attrs

    def test_any_index_object_columns_and_parquet_give_the_same(self, tmp_path):
        frame = people({"deleted": True}, {"id": 2, "company_id": None}, {"id": 3, "is_admin": None})
        plain = {name: values.astype(object).where(values.notna(), None) for name, values in frame.items()}
        frame.to_parquet(tmp_path / "people.parquet")
        stored = pd.read_parquet(tmp_path / "people.parquet")
        for same in (frame.set_axis([5, 5, 5]), frame.assign(**plain), stored):
            table = findings(same)
            pd.testing.assert_frame_equal(table, findings(frame))
            assert table.attrs == findings(frame).attrs

    def test_markup_in_names_stays_text(self, tmp_path):
        rows = [
            {"id": place, "name": text, "project_name": text, "email": text, "deleted": True}
            for place, text in enumerate(frames.AWKWARD)
        ]
        table = findings(people(*rows), rules=[rule("deleted person still on a project")])
        assert sorted(table["where"]) == sorted(frames.AWKWARD)
        assert sorted(table["who"]) == sorted(f"{text} ({place})" for place, text in enumerate(frames.AWKWARD))
        text = Report("x").add_table(table, "Findings").to_html(tmp_path / "x.html").read_text("utf-8")
        assert "<img src=x" not in text
        assert "<script>document" not in text

    def test_sandbox_has_findings_of_most_rules(self):
        with pm.demo(people=400, seed=7):
            everyone = {"show_deleted": True, "include_service_accounts": True}
            given = {
                "people": pm.teamwork.people(480101, **everyone),
                "permissions": pm.teamwork.permissions(480101, **everyone), "roles": pm.projectmanager.roles(),
                "logged_in": pm.teamwork.people(480101, last_login_after="2026-01-01"),
            }  # fmt: skip
        table = findings(**given)
        assert table.attrs["pmframes"]["sources"] == [one.attrs["pmframes"] for one in given.values()]
        assert table["rule"].nunique() >= 6
        dormant = table[table["rule"] == "dormant account"]
        assert dormant["detail"].str.startswith("no login since: 2026-01-01").all()
        assert 0 < len(dormant) < given["people"]["id"].nunique()


class TestNotChecked:
    PEOPLE_RULES = tuple(one for one in RULES if one.frame == "people" and one.name not in MEMBER_RULES)

    def test_rules_whose_columns_are_missing(self):
        table = findings(people({"company_id": None}).drop(columns="is_service_account"), rules=self.PEOPLE_RULES)
        assert unchecked(table) == ["service account with administrator rights"]
        assert found(table) == [("person without a company", "Ada (1)", "Seven")]
        table = findings(people({"company_id": None}, **{"fields[people]": "id,isAdmin,isClientUser"}))
        assert table.empty
        assert "person without a company" in unchecked(table)

    @pytest.mark.parametrize(("key", "names"), [
        ("showDeleted", ["deleted person still on a project"]),
        ("includeServiceAccounts", ["service account with administrator rights"]),
        ("includePlaceholders", []),
    ])  # fmt: skip
    def test_rules_about_people_whom_the_load_did_not_request(self, key, names):
        assert unchecked(findings(people({}, **{key: "false"}), rules=self.PEOPLE_RULES)) == names
        frame = people({})
        del frame.attrs["pmframes"]["params"][key]
        assert unchecked(findings(frame, rules=self.PEOPLE_RULES)) == names

    def test_rule_that_found_something_was_checked_and_lists_no_unknown_row(self):
        frame = people({"deleted": True}, {"id": 2, "deleted": None}, showDeleted="false")
        table = about("deleted person still on a project", frame)
        assert unchecked(table) == []
        assert table["who"].tolist() == ["Ada (1)"]

    def test_none_if_all_were_checked(self):
        assert unchecked(findings(people({}))) == [one.name for one in RULES if one.frame != "people"]
        table = findings(people({}), members({}), roles({}), logged_in=logins({}))
        assert table.empty
        assert unchecked(table) == []
        assert len(table.attrs["pmframes"]["sources"]) == 4


class TestRefused:
    def test_frame_on_which_no_rule_can_be_checked(self):
        with pytest.raises(errors.InvalidArgument, match=r"edit_users.*is_guest.*pm\.projectmanager\.roles"):
            findings(roles=pd.DataFrame({"id": ["r1"]}))
        assert find(ReviewInput(roles=pd.DataFrame({"id": ["r1"]})), RULES, is_baseline=True).table.empty
        with pytest.raises(errors.InvalidArgument, match="need boolean columns as a loader returns them, not text"):
            findings(people({}).assign(is_admin="true"))
        with pytest.raises(errors.InvalidArgument, match="repeats: email"):
            findings(people({})[[*PERSON, "email"]])

    @pytest.mark.parametrize(("wrong", "cause"), [
        (5, "rules is 5, not a list of rules"),
        ([], "rules is empty"),
        (rule("dormant account"), "rules is of type Rule, not a list of rules"),
        ("dormant account", "rules is 'dormant account', not a list of rules"),
        (["shrug"], "rules contains 'shrug', which is not a Rule"),
        ([*RULES, print], "rules contains a value of type builtin_function_or_method, which is not a Rule"),
    ])  # fmt: skip
    def test_anything_but_a_list_of_rules(self, wrong, cause):
        with pytest.raises(errors.InvalidArgument, match=rf"{cause}.* \[\*pm\.report\.RULES, my_rule\]"):
            findings(people({}), rules=wrong)

    @pytest.mark.parametrize("name", ["dormant account", "dormant acount", "Dormant Account", "dormant"])
    def test_the_name_of_a_rule_shows_how_to_take_it(self, name):
        with pytest.raises(errors.InvalidArgument) as raised:
            findings(people({}), rules=[*RULES, name])
        assert raised.value.cause == f"rules contains {name!r}, which is not a Rule."
        shown = "[rule for rule in pm.report.RULES if rule.name == 'dormant account']"
        assert raised.value.remedy == f"Pass rules, not their names: {shown}."

    @pytest.mark.parametrize(("wrong", "why"), [
        ({"predicate": lambda people: people["nothing"]}, "its predicate raised KeyError"),
        ({"predicate": lambda people: people["name"]}, "returned values that are not boolean"),
        ({"predicate": lambda people: [True]}, "1 values for 2 rows"),
        ({"detail": lambda people: [""]}, "1 texts for 2 rows"),
        ({"detail": lambda people: 1 / 0}, "its detail raised ZeroDivisionError"),
        ({"flag_columns": lambda people: 1 / 0}, "its flag_columns raised ZeroDivisionError"),
    ])  # fmt: skip
    def test_rule_that_fails_is_named(self, wrong, why):
        broken = replace(RULES[0], **wrong)
        with pytest.raises(errors.InvalidArgument, match=f"client with administrator rights.*{why}"):
            findings(people(BOSS, BOSS), rules=[broken])


@pytest.mark.parametrize("answer", [np.array([True]), [True], pd.Series([True], index=[9]), pd.array([True])])
def test_predicate_may_answer_in_any_form_and_unknown(answer):
    mine = Rule("mine", "low", "people", [], lambda people: answer, "To see.")
    assert found(findings(people({}), rules=[mine])) == [("mine", "Ada (1)", "Seven")]
    unsure = replace(mine, predicate=lambda people: [None])
    assert unchecked(findings(people({}), rules=[unsure])) == ["mine"]
