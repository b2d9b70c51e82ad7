"""What findings refuse, which rules could not be checked, dormant accounts, rules of one's own."""

import doctest
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pmframes import errors
from pmframes._analysis import rules
from pmframes.report import RULES, Rule, findings
from tests.support.reviews import MONEY, PERSON, about, found, logins, members, people, roles, rule, unchecked


class TestDormant:
    def test_who_is_missing_among_the_logins_is_dormant(self):
        table = findings(people({"id": 1}, {"id": 2, "email": "b"}, {"id": 3, "email": "c"}), logged_in=logins({}))
        assert found(table) == [("dormant account", f"Ada ({one})", "Seven") for one in (2, 3)]
        assert table["detail"][0].startswith("no login since: 2026-03-01; type: account")
        assert len(table.attrs["pmframes"]["sources"]) == 2

    @pytest.mark.parametrize(
        "row", [{"type": "contact"}, *({flag: True} for flag in ("deleted", "is_service_account", "is_placeholder"))]
    )
    def test_who_cannot_log_in_is_not_dormant(self, row):
        table = findings(people(row), logged_in=logins(), rules=[rule("dormant account")])
        assert table.empty
        assert unchecked(table) == []

    @pytest.mark.parametrize(
        "row", [{"type": None}, {"type": "collaborator"}, {"deleted": None}, {"is_placeholder": None}]
    )
    def test_missing_is_not_a_reason(self, row):
        assert len(findings(people(row), logged_in=logins(), rules=[rule("dormant account")])) == 1

    def test_a_time_of_day_is_told(self):
        some = logins(lastLoginAfter="2026-03-01T10:30:00Z")
        detail = findings(people({}), logged_in=some)["detail"].item()
        assert detail.startswith("no login since: 2026-03-01 10:30:00 UTC")

    def test_a_frame_of_unknown_origin_is_taken_at_its_word(self):
        some = logins()
        some.attrs = {}
        assert findings(people({}), logged_in=some)["detail"].item().startswith("type: account")

    def test_without_people_it_is_refused(self):
        with pytest.raises(errors.InvalidArgument, match=r"people: .*Pass both"):
            findings(logged_in=logins({}))

    def test_a_load_without_last_login_after_is_refused(self):
        with pytest.raises(errors.InvalidArgument, match="without last_login_after"):
            findings(people({}), logged_in=people({}))

    @pytest.mark.parametrize(
        ("other", "what"),
        [
            ({"projects": [7, 8]}, "projects"),
            ({"companyIds": "3"}, "companyIds"),
            ({"userType": "account"}, "userType"),
        ],
    )
    def test_a_load_of_others_is_refused(self, other, what):
        with pytest.raises(errors.InvalidArgument, match=f"differ in {what}"):
            findings(people({}), logged_in=logins({}, **other))

    def test_a_load_of_the_whole_site_is_not_one_of_a_project(self):
        some = logins({})
        del some.attrs["pmframes"]["params"]["projects"]
        with pytest.raises(errors.InvalidArgument, match="differ in projects"):
            findings(people({}), logged_in=some)

    def test_the_order_of_projects_and_who_cannot_log_in_do_not_matter(self):
        both = {"projects": [8, 7]}
        some = logins({}, projects=[7, 8], excludeContacts="true")
        assert findings(people({}, **both), logged_in=some).empty

    def test_the_ids_are_wanted(self):
        with pytest.raises(errors.InvalidArgument, match="lacks the columns: id"):
            findings(people({}), logged_in=logins({}).drop(columns="id"))


class TestNotChecked:
    def test_names_the_rules_whose_frame_was_not_given(self):
        about_people = [one.name for one in RULES if one.frame == "people"]
        table = findings(people({}))
        assert table.empty
        assert unchecked(table) == [one.name for one in RULES if one.name not in about_people]

    def test_names_the_rules_whose_columns_are_missing(self):
        table = findings(people({"company_id": None}).drop(columns="is_service_account"))
        assert "service account with administrator rights" in unchecked(table)
        assert "client with administrator rights" not in unchecked(table)
        assert found(table) == [("person without a company", "Ada (1)", "Seven")]

    @pytest.mark.parametrize(
        ("key", "names"),
        [
            ("showDeleted", ["deleted person still on a project"]),
            ("includeServiceAccounts", ["service account with administrator rights"]),
        ],
    )
    def test_names_the_rules_about_people_who_were_not_asked_for(self, key, names):
        about_people = [one for one in RULES if one.frame == "people"]
        assert unchecked(findings(people({}, **{key: "false"}), rules=about_people)) == names
        frame = people({})
        del frame.attrs["pmframes"]["params"][key]
        assert unchecked(findings(frame, rules=about_people)) == names

    def test_what_was_found_was_checked(self):
        frame = people({"deleted": True}, {"deleted": None}, showDeleted="false")
        name = "deleted person still on a project"
        assert unchecked(about(name, frame)) == []
        assert len(about(name, frame)) == 1

    def test_deleted_people_of_the_whole_site_may_be_on_projects(self):
        frame = people({"deleted": True, "project_id": None})
        assert unchecked(about("deleted person still on a project", frame)) == ["deleted person still on a project"]

    def test_what_the_load_left_out_is_not_missing(self):
        frame = people({"company_id": None}, **{"fields[people]": "id,isAdmin,isClientUser"})
        table = findings(frame)
        assert table.empty
        assert "person without a company" in unchecked(table)

    def test_permissions_that_were_not_sent(self):
        frame = members({"type": "collaborator", **dict.fromkeys(MONEY)})
        assert "collaborator who sees rates or budgets" in unchecked(findings(permissions=frame))

    def test_is_empty_where_all_was_checked(self):
        table = findings(people({}), members({}), roles({}), logged_in=logins({}))
        assert table.empty
        assert table.attrs["pmframes"]["not_checked"] == []
        assert len(table.attrs["pmframes"]["sources"]) == 4


class TestWrongArguments:
    def test_no_frame_at_all(self):
        with pytest.raises(errors.InvalidArgument, match=r"no frame.*Pass at least one"):
            findings()

    @pytest.mark.parametrize("name", ["people", "permissions", "roles"])
    def test_no_frame_but_something_else(self, name):
        with pytest.raises(errors.InvalidArgument, match="DataFrame, not list"):
            findings(**{name: [{"id": 1}]})

    def test_another_frame_than_is_meant(self):
        with pytest.raises(errors.InvalidArgument, match=r"lacks the columns: id.*pm\.teamwork\.people"):
            findings(members({}))
        with pytest.raises(errors.InvalidArgument, match=r"edit_users.*is_guest.*pm\.projectmanager\.roles"):
            findings(roles=people({}))

    def test_columns_of_one_name_or_of_two_levels(self):
        with pytest.raises(errors.InvalidArgument, match="repeats: email"):
            findings(people({})[[*PERSON, "email"]])
        layered = pd.DataFrame({("id", ""): [1], ("deleted", "x"): [True]})
        with pytest.raises(errors.InvalidArgument, match="2 levels"):
            findings(layered)

    @pytest.mark.parametrize("params", [[1], None, {"projects": 7}])
    def test_a_provenance_of_another_form(self, params):
        later = people({})
        later.attrs["pmframes"]["params"] = params
        unknown = "has provenance in an unknown format.*Update pmframes"
        with pytest.raises(errors.InvalidArgument, match=f"people {unknown}"):
            findings(later)
        with pytest.raises(errors.InvalidArgument, match=f"logged_in {unknown}"):
            findings(people({}), logged_in=later)

    @pytest.mark.parametrize(
        ("wrong", "cause"),
        [
            (5, "rules is 5, not a list of rules"),
            ([], "rules is empty"),
            (rule("dormant account"), "rules is of type Rule, not a list of rules"),
            ("dormant account", "rules is 'dormant account', not a list of rules"),
            (["deleted"], "rules contains 'deleted', which is not a Rule"),
            ([*RULES, print], "rules contains a builtin_function_or_method, which is not a Rule"),
        ],
    )
    def test_rules_that_are_none(self, wrong, cause):
        with pytest.raises(errors.InvalidArgument, match=rf"{cause}.* \[\*pm\.report\.RULES, my_rule\]"):
            findings(people({}), rules=wrong)

    def test_the_name_of_a_rule_is_refused_with_the_nearest(self):
        with pytest.raises(errors.InvalidArgument, match="Did you mean 'dormant account'"):
            findings(people({}), rules=["dormant acount"])

    @pytest.mark.parametrize(
        "wrong", [{"severity": "urgent"}, {"frame": "customers"}, {"group_by": "company"}, {"columns": "email"}]
    )
    def test_a_rule_of_other_words(self, wrong):
        with pytest.raises(errors.InvalidArgument, match=next(iter(wrong))):
            replace(RULES[0], **wrong)

    def test_a_rule_per_address_needs_addresses(self):
        with pytest.raises(errors.InvalidArgument, match=r"group_by is 'email'.*columns"):
            replace(RULES[0], group_by="email")

    @pytest.mark.parametrize(
        ("wrong", "why"),
        [
            ({"predicate": lambda people: people["nothing"]}, "its predicate raised KeyError"),
            ({"predicate": lambda people: people["name"]}, "returned values that are not boolean"),
            ({"predicate": lambda people: [True]}, "1 values for 2 rows"),
            ({"detail": lambda people: [""]}, "1 texts for 2 rows"),
            ({"detail": lambda people: 1 / 0}, "its detail raised ZeroDivisionError"),
        ],
    )
    def test_a_rule_that_fails_is_named(self, wrong, why):
        rights = {"is_admin": True, "is_client_user": True}
        broken = replace(RULES[0], **wrong)
        with pytest.raises(errors.InvalidArgument, match=f"client with administrator rights.*{why}"):
            findings(people(rights, rights), rules=[broken])


class TestARuleOfOnesOwn:
    def test_none_at_all_are_the_built_in_ones(self):
        table = findings(people({"deleted": True}), rules=None)
        pd.testing.assert_frame_equal(table, findings(people({"deleted": True}), rules=RULES))

    def test_the_cell_in_the_docstring(self):
        assert doctest.run_docstring_examples(Rule, {}, name="Rule") is None
        results = doctest.testmod(rules)
        assert results.failed == 0
        assert results.attempted >= 6

    def test_may_cannot_tell(self):
        unsure = Rule("unsure", "low", "people", [], lambda people: [None] * len(people), "To see.")
        assert unchecked(findings(people({}), rules=[unsure])) == ["unsure"]

    def test_an_answer_is_taken_in_any_form(self):
        for answer in (np.array([True]), [True], pd.Series([True], index=[9]), pd.array([True])):
            mine = Rule("mine", "low", "people", [], lambda people, answer=answer: answer, "To see.")
            assert found(findings(people({}), rules=[mine])) == [("mine", "Ada (1)", "Seven")]
