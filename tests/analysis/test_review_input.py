"""The frames of an access review: which are refused, and what rules are told about their loads."""

import pandas as pd
import pytest

from pmframes import errors
from pmframes._analysis.review_input import ReviewInput, is_filtered_by_login
from tests.support.reviews import logins, members, people, roles


def refused(message, **frames):
    with pytest.raises(errors.InvalidArgument, match=message):
        ReviewInput(**frames)


def rule_input(name="people", **frames):
    return ReviewInput(**frames).rule_inputs[name]


class TestFrames:
    def test_present_frames_in_a_fixed_order(self):
        given = ReviewInput(logged_in=logins(), roles=roles(), people=people())
        assert [*given.frames] == ["people", "roles", "logged_in"]

    @pytest.mark.parametrize("name", ["people", "permissions", "roles", "logged_in"])
    def test_anything_but_a_frame_is_refused(self, name):
        refused("DataFrame, not list", **{"people": people(), name: [{"id": 1}]})

    @pytest.mark.parametrize(("given", "message"), [
        ({}, r"There is no frame to review\. Pass at least one of people, permissions and roles"),
        ({"people": members({})}, r"people was given a frame of permissions.*pm\.projectmanager\.members"),
        ({"permissions": people({})}, r"permissions was given a frame of people.*pm\.teamwork\.permissions"),
        ({"roles": members({})}, r"roles was given a frame of permissions.*pm\.projectmanager\.roles"),
        ({"logged_in": members({})}, r"logged_in was given a frame of permissions.*pm\.teamwork\.people"),
        ({"people": pd.DataFrame({("id", ""): [1], ("deleted", "x"): [True]})}, "2 levels"),
        ({"logged_in": logins({})}, "logged_in needs people: it names who logged in.*Pass both"),
        ({"logged_in": logins({}), "permissions": members({})}, "logged_in needs people"),
        ({"logged_in": people({}), "people": people({})}, "logged_in was loaded without last_login_after"),
    ])  # fmt: skip
    def test_frames_that_cannot_be_reviewed_are_refused(self, given, message):
        refused(message, **given)

    @pytest.mark.parametrize("params", [[1], None, {"projects": 7}])
    def test_provenance_in_an_unknown_format_is_refused(self, params):
        frame = people({})
        frame.attrs["pmframes"]["params"] = params
        refused("people has provenance in an unknown format.*Update pmframes", people=frame)
        refused("logged_in has provenance in an unknown format", people=people({}), logged_in=frame)


class TestLoggedIn:
    @pytest.mark.parametrize(("other", "what"), [
        ({"projects": [7, 8]}, "projects"),
        ({"companyIds": "3"}, "companyIds"),
        ({"userType": "account", "companyIds": "3"}, "userType, companyIds"),
    ])  # fmt: skip
    def test_load_with_other_arguments_is_refused(self, other, what):
        message = rf"logged_in and people were loaded with different parameters: they differ in {what}\. Load both"
        refused(message, people=people({}), logged_in=logins({}, **other))
        site = logins({})
        del site.attrs["pmframes"]["params"]["projects"]
        refused("differ in projects", people=people({}), logged_in=site)

    @pytest.mark.parametrize("neutral", [
        {"projects": [7, 8]}, {"excludeContacts": "true"}, {"fields[people]": "id"},
        {"showDeleted": "false", "includeServiceAccounts": "false", "includePlaceholders": "false"},
    ])  # fmt: skip
    def test_order_of_projects_columns_and_who_cannot_log_in_do_not_matter(self, neutral):
        logged_in = logins({}, **{"projects": [7, 8], **neutral})
        table = rule_input("logged_in", people=people({}, projects=[8, 7]), logged_in=logged_in)
        assert table.frame["logged_in"].tolist() == [True]

    def test_frame_without_provenance_passes_and_its_day_is_unknown(self):
        logged_in = logins({"id": 2})
        logged_in.attrs = {}
        table = rule_input("logged_in", people=people({}, {"id": 2}), logged_in=logged_in)
        assert table.frame["logged_in"].tolist() == [False, True]
        assert table.frame["no_login_since"].isna().all()

    @pytest.mark.parametrize(("time", "day"), [
        ("2026-03-01T00:00:00Z", "2026-03-01"),
        ("2026-03-01T10:30:00Z", "2026-03-01 10:30:00 UTC"),
        ("2026-03-01", "2026-03-01"),
    ])  # fmt: skip
    def test_day_of_the_load(self, time, day):
        table = rule_input("logged_in", people=people({}, {"id": 2}), logged_in=logins(lastLoginAfter=time))
        assert table.frame["no_login_since"].tolist() == [day, day]
        assert {"logged_in", "no_login_since", "type"} <= table.available
        assert table.not_requested == frozenset()

    def test_latest_day_of_several_loads_counts(self):
        entries = [logins(lastLoginAfter=f"2026-0{month}-01").attrs["pmframes"] for month in (2, 3, 1)]
        logged_in = logins()
        logged_in.attrs["pmframes"] = {"sources": entries}
        table = rule_input("logged_in", people=people({}), logged_in=logged_in)
        assert table.frame["no_login_since"].tolist() == ["2026-03-01"]

    def test_filtered_by_login_if_all_sources_are(self):
        assert is_filtered_by_login(logins({}))
        assert not is_filtered_by_login(people({}))
        assert not is_filtered_by_login(pd.DataFrame())
        both = logins({})
        both.attrs["pmframes"] = {"sources": [logins().attrs["pmframes"], people().attrs["pmframes"]]}
        assert not is_filtered_by_login(both)


class TestRuleInputs:
    def test_plain_index_and_no_attrs(self):
        frame = people({}, {"id": 2}).set_axis([5, 5])
        table = rule_input(people=frame).frame
        assert table.index.tolist() == [0, 1]
        assert table.attrs == {}
        assert frame.attrs["pmframes"]["resource"] == "people"

    @pytest.mark.parametrize(("key", "flag"), [
        ("showDeleted", "deleted"),
        ("includeServiceAccounts", "is_service_account"),
        ("includePlaceholders", "is_placeholder"),
    ])  # fmt: skip
    def test_flags_of_people_whom_the_load_did_not_request(self, key, flag):
        assert rule_input(people=people({})).not_requested == frozenset()
        assert rule_input(people=people({}, **{key: "false"})).not_requested == {flag}
        without = people({})
        del without.attrs["pmframes"]["params"][key]
        assert rule_input(people=without).not_requested == {flag}
        without.attrs = {}
        assert rule_input(people=without).not_requested == {"deleted", "is_service_account", "is_placeholder"}

    def test_columns_that_the_load_did_not_select_are_not_available(self):
        frame = people({"company_id": None})
        assert rule_input(people=frame).available == {*frame}
        selected = people({"company_id": None, "email": None}, {"company_id": 3, "email": None, "id": 2})
        selected.attrs["pmframes"]["params"]["fields[people]"] = "id"
        assert rule_input(people=selected).available == {*frame} - {"email"}
