"""Comparison with a baseline: which frames are compared, which findings are new, projects that only one covers."""

import pandas as pd
import pytest

from pmframes import errors
from pmframes._analysis import baseline as of_baseline
from pmframes._analysis.baseline import ProjectScopeDiff, find_scope_diff, read_baseline, restrict_to_common
from pmframes._analysis.findings import find
from pmframes._analysis.review_input import ReviewInput
from pmframes.report import RULES, Rule
from tests.support.reviews import logins, members, people, roles

BOSS = {"is_admin": True, "is_client_user": True}
RATES = {"type": "collaborator", "can_view_rates": True}
GUEST = {"is_guest": True, "use_mcp": True}
RUNS_IT = {"project_administrator": True, "is_client_user": True}


def compare(before, after, rules=RULES):
    """Compare two reviews, each by the names of its frames."""
    baseline, current = ReviewInput(**before), ReviewInput(**after)
    return of_baseline.compare_with_baseline(baseline, current, find(current, rules), rules)


def statuses(before, after, rules=RULES):
    return compare(before, after, rules).findings["status"].tolist()


def on(*projects, make=people, named=True, **row):
    """Return a row per project, loaded for these projects."""
    names = [{"project_id": one, "project_name": f"P{one}" if named else None} for one in projects]
    return make(*({**one, **row} for one in names), projects=[*projects])


def changed(comparison):
    table = comparison.changes[["data_set", "change", "id", "column"]]
    return [tuple(None if pd.isna(one) else one for one in row) for row in table.values.tolist()]


class TestStatus:
    def test_is_the_third_column(self):
        table = compare({"people": people(BOSS)}, {"people": people(BOSS)}).findings
        assert table.columns.tolist()[:4] == ["rule", "severity", "status", "who"]
        assert table["status"].dtype == "str"
        assert compare({"people": people()}, {"people": people({})}).findings.empty

    @pytest.mark.parametrize(("before", "after", "status"), [
        ({}, BOSS, "new"),
        (BOSS, BOSS, "unchanged"),
        (BOSS, {**BOSS, "name": "Ada L.", "project_name": "Renamed", "company_name": "B"}, "unchanged"),
        ({**BOSS, "id": 2}, BOSS, "new"),
    ], ids=["rights gained", "same", "renamed", "another person"])  # fmt: skip
    def test_people(self, before, after, status):
        before = people(before).astype({"id": "float64", "project_id": "float64"})
        assert statuses({"people": before}, {"people": people(after)}) == [status]

    @pytest.mark.parametrize(("name", "less", "more"), [
        ("permissions", members(RATES), members({**RATES, "can_view_project_budget": True})),
        ("roles", roles(GUEST), roles({**GUEST, "edit_users": True})),
        ("people", people({"id": 0}, {"id": 1}), people({"id": 0}, {"id": 1}, {"id": 2})),
    ])  # fmt: skip
    def test_one_more_permission_or_person_with_an_address_is_new_and_one_less_is_not(self, name, less, more):
        assert statuses({name: less}, {name: more}) == ["new"]
        assert statuses({name: more}, {name: less}) == ["unchanged"]

    def test_project_is_known_by_its_id(self):
        before = members({"project_id": 7, **RUNS_IT}, {"project_id": 8})
        after = members({"project_id": 7, **RUNS_IT}, {"project_id": 8, **RUNS_IT})
        found = compare({"permissions": before}, {"permissions": after}).findings
        assert found[["where", "status"]].values.tolist() == [["Seven", "unchanged"], ["Seven", "new"]]

    def test_rule_that_was_not_checked_in_the_baseline_is_not_comparable(self):
        both = {"people": people(BOSS), "permissions": members(RUNS_IT)}
        found = compare({"people": people(BOSS)}, both).findings
        assert found[["rule", "status"]].values.tolist() == [
            ["client with administrator rights", "unchanged"],
            ["client who administers a project", "not comparable"],
        ]
        unknown = people({**BOSS, "is_admin": None})
        assert statuses({"people": unknown}, {"people": people(BOSS)}) == ["not comparable"]
        mine = Rule("mine\x07", "low", "people", ["company_id"], lambda frame: frame["company_id"] > 0, "To see.")
        unknown = people({"company_id": None})
        assert statuses({"people": unknown}, {"people": people({})}, [mine]) == ["not comparable"], "name as written"

    def test_finding_on_a_project_that_the_baseline_does_not_cover_is_not_comparable(self):
        added = on(7, 9, make=members, **RUNS_IT)
        assert statuses({"permissions": on(7, make=members, **RUNS_IT)}, {"permissions": added}) == [
            "unchanged", "not comparable",
        ]  # fmt: skip
        assert statuses({"people": on(7, **BOSS)}, {"people": on(7, 9, **BOSS)}) == ["not comparable"]
        assert statuses({"people": on(7)}, {"people": on(7, 9, **BOSS)}) == ["new"]


class TestChanges:
    def test_table_of_all_frames_without_logged_in(self):
        before = {"people": people(), "roles": roles({}), "logged_in": logins()}
        after = {"people": people({}), "roles": roles({"use_mcp": True}), "logged_in": logins({})}
        comparison = compare(before, after)
        assert changed(comparison) == [("people", "joined", "1", None), ("roles", "changed", "r1", "use_mcp")]
        assert comparison.frame_names == ["people", "roles"]
        assert comparison.changes["data_set"].dtype == "str"
        sources = comparison.changes.attrs["pmframes"]["sources"]
        assert [one["resource"] for one in sources] == ["people", "people", "roles"]
        assert comparison.changes.index.tolist() == [0, 1]

    def test_only_frames_of_both_are_compared(self):
        comparison = compare({"people": people({})}, {"people": people({}), "roles": roles({})})
        assert comparison.frame_names == ["people"]
        full = compare({"people": people()}, {"people": people({})}).changes
        assert comparison.changes.dtypes.to_dict() == full.dtypes.to_dict()

    def test_change_of_people_and_permissions_is_listed_once(self):
        def both(*rows):
            return {
                "people": people(*({"id": one, **row} for one, row in rows)),
                "permissions": members(*({"person_id": one, **row} for one, row in rows)),
            }

        before, after = both((1, {}), (2, {})), both((1, {"is_admin": True}), (3, {}))
        after["people"]["email"] = "new@example.com"
        after["permissions"]["can_view_rates"] = True
        assert changed(compare(before, after)) == [
            ("people", "changed", "1", "email"),
            ("people", "changed", "1", "is_admin"),
            ("permissions", "joined", "3", None),
            ("permissions", "left", "2", None),
            ("permissions", "changed", "1", "can_view_rates"),
        ]

    def test_change_to_another_value_in_each_frame_is_listed_twice(self):
        before = {"people": people({}), "permissions": members({})}
        after = {"people": people({"company_name": "B"}), "permissions": members({"company_name": "C"})}
        assert [one[:2] for one in changed(compare(before, after))] == [
            ("people", "changed"),
            ("permissions", "changed"),
        ]
        after = {"people": people({}, {"id": 2}), "permissions": members({})}
        assert changed(compare(before, after)) == [("people", "joined", "2", None)]


class TestRestriction:
    def test_rows_and_provenance_of_the_projects_of_both(self):
        before, after = restrict_to_common(on(7, 8), on(7, 9))
        for frame in (before, after):
            assert frame["project_id"].tolist() == [7]
            (source,) = frame.attrs["pmframes"]["sources"]
            assert source["params"]["projects"] == [7]
            assert source["params"]["showDeleted"] == "true"

    def test_frames_without_other_or_any_common_projects_stay_as_they_are(self):
        site = people({})
        del site.attrs["pmframes"]["params"]["projects"]
        for before, after in ((on(7), on(8)), (site, on(7))):
            assert restrict_to_common(before, after)[0] is before
            assert restrict_to_common(before, after)[1] is after
        without = on(7, 8).drop(columns="project_id")
        assert restrict_to_common(without, on(7))[0] is without
        exact = on(7)
        as_text, same = restrict_to_common(on(7, 8).astype({"project_id": "str"}), exact)
        assert as_text["project_id"].tolist() == ["7"]
        assert same is exact

    def test_source_without_projects_keeps_its_provenance(self):
        before = on(7, 8)
        before.attrs["pmframes"] = {"sources": [before.attrs["pmframes"], {"service": "mine"}]}
        assert restrict_to_common(before, on(7))[0].attrs["pmframes"]["sources"][1] == {"service": "mine"}


class TestScopeDiff:
    @pytest.mark.parametrize(("only_in_baseline", "only_in_current", "text"), [
        ({}, {}, ""),
        ({"8": "P8 (8)"}, {}, "Projects only in the baseline, not compared: P8 (8)."),
        ({}, {"9": "9"}, "Projects only in this review, not compared: 9."),
        ({"8": "P8 (8)"}, {"9": "9"},
            "Projects only in the baseline, not compared: P8 (8). Projects only in this review, not compared: 9."),
    ])  # fmt: skip
    def test_as_text(self, only_in_baseline, only_in_current, text):
        assert str(ProjectScopeDiff(only_in_baseline, only_in_current)) == text
        for count, ending in ((10, "8, 9."), (11, "8 and 2 more.")):
            assert str(ProjectScopeDiff({str(one): str(one) for one in range(count)}, {})).endswith(ending)

    def test_projects_of_any_frame_in_the_order_of_their_ids(self):
        current = ReviewInput(people=on(7), permissions=on(7, make=members))
        baseline = ReviewInput(people=on(7, 10), permissions=on(7, 10, 8, make=members), roles=roles())
        diff = find_scope_diff(baseline, current)
        assert diff == ProjectScopeDiff({"8": "P8 (8)", "10": "P10 (10)"}, {})
        assert find_scope_diff(current, baseline) == ProjectScopeDiff({}, diff.only_in_baseline)

    def test_first_frame_that_has_a_name_gives_it(self):
        current = ReviewInput(people=on(7), permissions=on(7, make=members))
        renamed = on(8, make=members).assign(project_name="Other")
        assert find_scope_diff(ReviewInput(people=on(8), permissions=renamed), current).only_in_baseline == {
            "8": "P8 (8)"
        }
        for unnamed in (on(8).drop(columns="project_name"), on(8, named=False), on(8).drop(columns="project_id")):
            baseline = ReviewInput(people=unnamed, permissions=renamed)
            assert find_scope_diff(baseline, current).only_in_baseline == {"8": "Other (8)"}
            assert find_scope_diff(ReviewInput(people=unnamed), current).only_in_baseline == {"8": "8"}


class TestRead:
    CURRENT = ReviewInput(people=people({}), permissions=members({}), roles=roles({}), logged_in=logins({}))

    def names(self, *frames):
        return [*read_baseline(list(frames), self.CURRENT).frames]

    def test_frames_are_matched_by_resource_or_columns(self):
        for name, frame in (("people", people()), ("permissions", members()), ("roles", roles())):
            frame.attrs = {}
            assert self.names(frame) == [name]
        assert self.names(roles(), members(), people()) == ["people", "permissions", "roles"]

    def test_people_filtered_by_login_beside_others_are_logged_in(self):
        assert self.names(logins(), people()) == ["people", "logged_in"]
        assert self.names(logins()) == ["people"]
        filtered = ReviewInput(people=logins({}))
        assert [*read_baseline([logins()], filtered).frames] == ["people"]

    def test_other_frames_are_refused(self):
        with pytest.raises(errors.InvalidArgument, match=r"two frames of people, and only one.*Leave one out"):
            self.names(people(), people())
        filtered = ReviewInput(people=logins({}))
        with pytest.raises(errors.InvalidArgument, match="two frames of people"):
            read_baseline([logins(), logins()], filtered)
        message = r"before contains roles, which is not part of this review\. Pass that frame"
        with pytest.raises(errors.InvalidArgument, match=message):
            read_baseline([people(), roles()], ReviewInput(people=people()))
        with pytest.raises(errors.InvalidArgument, match="before: people lacks the columns: id"):
            read_baseline(people().drop(columns="id"), self.CURRENT)
