"""`access_review(before=…)`: what is new since the last review, and what cannot be compared."""

import re

import pandas as pd
import pytest

from pmframes import errors, report
from pmframes._analysis.baseline import find_scope_diff
from pmframes._analysis.review_input import ReviewInput
from pmframes._writers.parquet import parquet_bytes, read_frames
from pmframes.report._access_review import review_access
from tests.support import reviews
from tests.support.frames import retyped
from tests.support.report_text import read

BOSS = {"is_admin": True, "is_client_user": True}
GIVEN = ("people", "members", "roles")


def given(loaded):
    return [getattr(loaded, name) for name in GIVEN]


def review(people, permissions=None, roles=None, logged_in=None, **more):
    frames = {"people": people, "permissions": permissions, "roles": roles, "logged_in": logged_in}
    return review_access(ReviewInput(**frames), **more)


def novelty(found):
    return dict(zip(found.findings["who"], found.findings["status"], strict=True))


def test_against_itself_nothing_is_new_and_nothing_changed(loaded):
    found = review(*given(loaded), before=given(loaded))
    assert len(found.findings) > 3
    assert set(found.findings["status"]) == {"unchanged"}
    assert found.comparison.changes.empty
    assert found.new_findings.empty


def test_a_finding_is_new_if_it_was_not_found_then():
    before = reviews.people(BOSS, {"id": 2, "name": "Bo", "email": "bo@example.com"})
    after = reviews.people(BOSS, {"id": 2, "name": "Bo", "email": "bo@example.com", **BOSS})
    found = review(after, before=before)
    assert novelty(found) == {"Ada (1)": "unchanged", "Bo (2)": "new"}
    assert found.new_findings["who"].tolist() == ["Bo (2)"]
    assert found.comparison.changes[["data_set", "name", "column"]].values.tolist() == [
        ["people", "Bo", "is_admin"],
        ["people", "Bo", "is_client_user"],
    ]


def test_a_finding_that_got_worse_is_new_and_one_that_got_better_is_not():
    people, rates = reviews.people({}), {"type": "collaborator", "can_view_rates": True}
    less = reviews.members(rates)
    more = reviews.members({**rates, "can_view_project_budget": True})
    assert set(review(people, more, before=less).findings["status"]) == {"new"}
    assert set(review(people, less, before=more).findings["status"]) == {"unchanged"}
    guests = [reviews.roles({"is_guest": True, "use_mcp": True, "edit_users": one}) for one in (False, True)]
    assert set(review(people, roles=guests[1], before=guests[0]).findings["status"]) == {"new"}
    assert set(review(people, roles=guests[0], before=guests[1]).findings["status"]) == {"unchanged"}


def test_a_finding_on_another_project_is_new():
    gone = {"deleted": True}
    after = reviews.people(gone, {**gone, "project_id": 8, "project_name": "Eight"})
    found = review(after, before=reviews.people(gone))
    assert dict(zip(found.findings["where"], found.findings["status"], strict=True)) == {
        "Seven": "unchanged",
        "Eight": "new",
    }


def test_a_project_is_identified_by_its_id_and_not_by_its_name():
    runs_it = {"project_administrator": True, "is_client_user": True}
    one, other = {"project_id": 7, **runs_it}, {"project_id": 8, **runs_it}
    everyone = reviews.people({})
    found = review(everyone, reviews.members(one, other), before=reviews.members(one, {"project_id": 8}))
    assert found.findings[["where", "status"]].values.tolist() == [["Seven", "unchanged"], ["Seven", "new"]]
    moved = review(everyone, reviews.members(other), before=reviews.members(one))
    assert moved.findings["status"].tolist() == ["new"]


def test_another_project_among_many_is_new():
    def boss_of(*projects):
        return reviews.people(*({**BOSS, "project_id": one, "project_name": f"P{one}"} for one in projects))

    found = review(boss_of(1, 2, 3, 4, 6), before=boss_of(1, 2, 3, 4, 5))
    assert found.findings[["where", "status"]].values.tolist() == [["P1, P2 and 3 more", "new"]]
    assert review(boss_of(1, 2), before=boss_of(1, 2, 3)).new_findings.empty


def test_another_name_or_another_way_to_keep_an_id_makes_nothing_new():
    before = reviews.people(BOSS).astype({"id": "float64", "project_id": "float64"})
    after = reviews.people({**BOSS, "name": "Ada L.", "project_name": "Project seven"})
    assert novelty(review(after, before=before)) == {"Ada L. (1)": "unchanged"}


def test_whoever_comes_to_an_email_is_new_and_whoever_stays_is_not():
    def sharing(*ids):
        return reviews.people(*({"id": one, "name": f"N{one}"} for one in ids))

    assert novelty(review(sharing(1, 2, 3), before=sharing(1, 2))) == {"N1 (1), N2 (2), N3 (3)": "new"}
    assert review(sharing(1, 2), before=sharing(1, 2, 3)).new_findings.empty


def test_what_was_not_kept_cannot_be_compared(loaded):
    found = review(*given(loaded), before=loaded.people)
    about = {rule.name: rule.frame for rule in report.RULES}
    words = {(about[rule], word) for rule, word in found.findings[["rule", "status"]].itertuples(index=False)}
    assert {("people", "unchanged"), ("permissions", "not comparable")} <= words
    assert {word for kind, word in words if kind != "people"} == {"not comparable"}
    # Whoever asks for what is new would rather see too much than miss something.
    assert len(found.new_findings) == (found.findings["status"] == "not comparable").sum() > 0


def test_dormant_people_are_new_unless_they_were_kept(loaded):
    names = {"people": loaded.site, "logged_in": loaded.logged_in}
    alone = review(**names, before=loaded.site)
    both = review(**names, before=[loaded.logged_in, loaded.site])
    for found, word in ((alone, "not comparable"), (both, "unchanged")):
        dormant = found.findings[found.findings["rule"] == "dormant account"]
        assert set(dormant["status"]) == {word}


def test_rules_of_ones_own_are_looked_for_then_and_now(tmp_path):
    rule = report.Rule("has a company", "high", "people", ["company_id"], lambda one: one["company_id"] > 0, "!")
    before = reviews.people({"company_id": None})
    found = review(reviews.people({}), before=before, rules=iter([rule]))
    assert found.findings[["rule", "status"]].values.tolist() == [["has a company", "not comparable"]]
    kept = reviews.people({}, {"id": 2, "name": "Bo", "company_id": 0})
    found = review(reviews.people({}, {"id": 2, "name": "Bo"}), before=kept, rules=[rule])
    assert novelty(found) == {"Ada (1)": "unchanged", "Bo (2)": "new"}
    lines = read(report.access_review(reviews.people({}), rules=[rule]), tmp_path).findings
    assert [line["rule"] for line in lines] == ["has a company"]


def test_a_rule_on_a_permission_that_has_come_since_is_not_compared():
    needs = ["can_launch"]
    rule = report.Rule("may launch", "high", "permissions", needs, lambda one: one["can_launch"], "!")
    people, before = reviews.people({}), reviews.members({})
    after = before.assign(can_launch=pd.array([True], "boolean"))
    after.attrs = before.attrs | {"permissions": needs}
    found = review(people, after, before=before, rules=[rule])
    assert found.findings[["rule", "status"]].values.tolist() == [["may launch", "not comparable"]]
    assert found.comparison.changes["column"].tolist() == needs
    # Of now it is refused: it would look as if nobody may.
    with pytest.raises(errors.InvalidArgument, match="can_launch"):
        review(people, before, before=after, rules=[rule])


def test_the_report_says_what_is_new_and_of_which_frames(loaded, tmp_path):
    found = read(report.access_review(*given(loaded), before=[loaded.people, loaded.roles]), tmp_path)
    text = " ".join(found.paragraphs)
    unknown = [line["status"] for line in found.findings].count("not comparable")
    assert f"Findings that are new since the baseline: 0, {unknown} not comparable (baseline data missing)." in text
    assert re.search(r"People and roles since the baseline of [-0-9: ]+ UTC: 0 added, 0 removed, 0 changed\.", text)
    assert not any("status" in line for line in read(report.access_review(loaded.people), tmp_path).findings)


def test_changes_are_not_said_to_be_of_who_logged_in(loaded, tmp_path):
    kept = [loaded.site, loaded.logged_in]
    found = read(report.access_review(loaded.site, before=kept, logged_in=loaded.logged_in), tmp_path)
    assert ": 0 added, 0 removed, 0 changed." in " ".join(found.paragraphs)


def test_changes_of_all_frames_are_one_table(loaded, tmp_path):
    people, members, roles = given(loaded)
    flag = members.columns[-1]
    last = [people.iloc[1:], members.assign(**{flag: ~members[flag].fillna(False)}), roles]
    for frame, one in zip(last, (people, members, roles), strict=True):
        frame.attrs = one.attrs | {"pmframes": one.attrs["pmframes"] | {"rows": len(frame)}}
    lines = read(report.access_review(people, members, roles, before=last), tmp_path).table("Changes, value by value")
    of = lines.column("data_set")
    assert of.count("people") == 1
    assert of.count("permissions") == len(members)
    assert "roles" not in of


def test_a_change_in_both_people_and_permissions_is_listed_once():
    stays, leaves, comes = {}, {"id": 2, "name": "Bo"}, {"id": 3, "name": "Cy", "is_admin": True}
    as_members = [{"person_id": one.pop("id", 1), **one} for one in map(dict, (stays, leaves, comes))]
    boss = {"is_admin": True}
    before = [reviews.people(stays, leaves), reviews.members(as_members[0], as_members[1])]
    people = reviews.people({**stays, **boss, "email": "new@example.com"}, comes)
    members = reviews.members({**as_members[0], **boss, "can_view_rates": True}, as_members[2])
    found = review(people, members, before=before)
    told = (
        found.comparison.changes[["data_set", "change", "name", "column"]]
        .astype(object)
        .where(lambda one: one.notna(), None)
    )
    assert sorted(map(tuple, told.values.tolist()), key=str) == [
        ("people", "changed", "Ada", "email"),
        ("people", "changed", "Ada", "is_admin"),
        ("permissions", "changed", "Ada", "can_view_rates"),
        ("permissions", "joined", "Cy", None),
        ("permissions", "left", "Bo", None),
    ]


def test_one_file_keeps_all_frames(loaded, tmp_path):
    path = tmp_path / "kept.parquet"
    frames = [loaded.members, loaded.site, loaded.roles, loaded.logged_in]
    path.write_bytes(parquet_bytes(*frames))
    for one, frame in zip([*read_frames(path), pd.read_parquet(path)], [*frames, loaded.members], strict=True):
        pd.testing.assert_frame_equal(retyped(one, frame), frame)
        assert one.attrs == frame.attrs
    for frame in (loaded.members, loaded.site, loaded.roles):
        assert report.changes(path, frame).empty
        assert report.changes(frame, path).empty
    assert report.changes(path, path).empty
    found = review(loaded.site, loaded.members, loaded.roles, loaded.logged_in, before=str(path))
    assert set(found.findings["status"]) == {"unchanged"}


def test_a_damaged_file_is_refused(loaded, tmp_path):
    path = tmp_path / "kept.parquet"
    content = parquet_bytes(loaded.members, loaded.people)
    path.write_bytes(content.replace(b"UEFSMR", b"AAAAAA"))
    with pytest.raises(errors.InvalidArgument, match="cannot be read as a parquet file"):
        report.access_review(loaded.people, loaded.members, before=path)


class TestOtherProjects:
    """What was reviewed then and what is now, of which a project is deleted or another added."""

    @pytest.fixture
    def three(self):
        """Make people and permissions of any of three projects, one boss on each."""

        def of(*projects):
            rows = [{"project_id": one, "project_name": f"P{one}"} for one in projects]
            people = [{**row, "id": row["project_id"], "email": f"{row['project_id']}@x"} for row in rows]
            runs_it = {"project_administrator": True, "is_client_user": True}
            members = [{**row, **runs_it, "person_id": row["project_id"]} for row in rows]
            named = {"projects": [*projects]}
            return reviews.people(*people, **named), reviews.members(*members, **named)

        return of

    def test_a_removed_one_is_named_and_the_others_are_compared(self, three, tmp_path):
        path = tmp_path / "last.parquet"
        path.write_bytes(parquet_bytes(*three(7, 8)))
        people, members = three(7)
        found = review(people, members.assign(can_view_rates=True), before=path)
        # Who was on it did not leave: nobody looked.
        assert found.comparison.changes[["change", "id", "column"]].values.tolist() == [
            ["changed", "7", "can_view_rates"]
        ]
        assert str(found.comparison.scope_diff) == "Projects only in the baseline, not compared: P8 (8)."
        assert str(found.comparison.scope_diff) in " ".join(read(found.build_report(), tmp_path).paragraphs)
        assert set(review(people, members, before=path).findings["status"]) == {"unchanged"}

    def test_what_is_found_on_one_that_was_added_is_not_compared(self, three, tmp_path):
        found = review(*three(7, 9), before=[*three(7)])
        assert found.comparison.changes.empty
        words = found.findings[["where", "status"]].values.tolist()
        assert ["P7", "unchanged"] in words
        assert ["P9", "not comparable"] in words
        assert str(found.comparison.scope_diff) == "Projects only in this review, not compared: P9 (9)."
        assert set(found.new_findings["where"]) == {"P9"}

    def test_of_many_the_last_are_a_number(self, three):
        found = review(*three(1, *range(20, 40)), before=[*three(1)])
        assert str(found.comparison.scope_diff).endswith("P27 (27), P28 (28) and 11 more.")

    def test_they_are_in_the_order_of_their_ids_and_named_if_any_frame_has_the_name(self, three):
        current = ReviewInput(**dict(zip(("people", "permissions"), three(7), strict=True)))
        people, members = three(7, 9)[0], three(7, 8, 9)[1]
        for unnamed, projects in (("permissions", "8, P9 (9)"), ("people", "P8 (8), P9 (9)")):
            frames = {"people": people, "permissions": members}
            baseline = ReviewInput(**{**frames, unnamed: frames[unnamed].drop(columns="project_name")})
            assert str(find_scope_diff(baseline, current)).endswith(f"not compared: {projects}.")

    def test_what_is_new_on_one_of_both_is_new_whatever_was_added(self):
        boss, other = {**BOSS, "project_id": 7}, {**BOSS, "project_id": 9}
        before, no_boss = (reviews.people(one, projects=[7]) for one in (boss, {"project_id": 7}))
        after = reviews.people(boss, other, projects=[7, 9])
        assert novelty(review(after, before=before)) == {"Ada (1)": "not comparable"}
        assert novelty(review(after, before=no_boss)) == {"Ada (1)": "new"}

    def test_where_data_come_from_is_said_as_they_were_loaded(self, three, tmp_path):
        found = read(review(*three(7), before=[*three(7, 8)]).build_report(), tmp_path)
        asked = [one["params"].partition(", show")[0] for one in found.tables[-1].records()]
        assert sorted(asked) == ["projects=[7, 8]"] * 2 + ["projects=[7]"] * 2

    def test_a_source_that_does_not_say_for_what_it_was_loaded(self):
        before, after = (reviews.people(BOSS, projects=one) for one in ([7, 8], [7]))
        for frame in (before, after):
            frame.attrs["pmframes"] = {"sources": [frame.attrs["pmframes"], {"service": "of one's own"}]}
        assert review(after, before=before).comparison.changes.empty

    def test_none_of_both_is_refused(self, three):
        with pytest.raises(errors.InvalidArgument, match="projects"):
            review(*three(7), before=[*three(8)])

    def test_changes_alone_refuses_them_and_says_who_compares_them(self, three):
        with pytest.raises(errors.InvalidArgument, match="projects") as caught:
            report.changes(three(7, 8)[0], three(7)[0])
        assert "pm.report.access_review" in str(caught.value)


class TestRefused:
    def test_two_frames_of_one_kind(self, loaded):
        with pytest.raises(errors.InvalidArgument, match="only one can be compared"):
            report.access_review(loaded.people, before=[loaded.people, loaded.people])

    def test_a_frame_of_a_kind_that_was_not_given(self, loaded):
        with pytest.raises(errors.InvalidArgument, match="before contains roles, which is not part of this review"):
            report.access_review(loaded.people, before=[loaded.people, loaded.roles])
        found = review(loaded.people, roles=loaded.roles, before=[loaded.people, loaded.roles])
        assert found.comparison.changes.empty

    def test_no_frame_at_all(self, loaded):
        for before in ([], [loaded.people, 5], [None]):
            with pytest.raises(errors.InvalidArgument):
                report.access_review(loaded.people, before=before)

    def test_no_people(self, loaded):
        with pytest.raises(errors.InvalidArgument, match="DataFrame"):
            report.access_review(None, loaded.members)
