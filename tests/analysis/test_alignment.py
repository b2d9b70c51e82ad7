"""Alignment of two frames: the keys by which rows are matched, and which frames cannot be compared."""

import pandas as pd
import pytest

from pmframes import errors
from pmframes._analysis.alignment import IGNORED_COLUMNS, align
from pmframes.report import changes, people_by_type
from tests.support import frames

HERE, THERE = "8f14e45f-ceea-467f-a1d2-000000000001", "8f14e45f-ceea-467f-a1d2-000000000002"


def refused(before, after, message):
    with pytest.raises(errors.InvalidArgument, match=message):
        align(before, after)


def keys(before, after):
    return align(before, after).keys.astype(object).where(lambda one: one.notna(), None).values.tolist()


def permission_rows(*granted):
    columns = {"role_id": ["r1", "r1"], "role_name": ["A", "A"], "permission": ["p", "q"], "granted": granted}
    return frames.stamp(pd.DataFrame(columns), "projectmanager", "role_permissions")


class TestKeys:
    def test_rows_of_after_come_first_then_those_that_only_before_has(self):
        people = frames.people(["account"] * 3)
        alignment = align(people, frames.whole(people.iloc[[2, 0]]))
        assert alignment.keys["id"].tolist() == ["3", "1", "2"]
        assert alignment.before_rows.tolist() == [2, 0, 1]
        assert alignment.after_rows.tolist() == [0, 1, -1]
        assert align(frames.whole(people[:0]), people).before_rows.tolist() == [-1, -1, -1]
        both = frames.whole(pd.concat([people.assign(project_id=one)[:1] for one in (7, 8)]))
        assert [row[0] for row in keys(both, both)] == [7, 8], "a person on two projects"

    @pytest.mark.parametrize(("frame", "key"), [
        (frames.people(["account"]), [7, "1", "Person 0"]),
        (frames.permissions([(True, None)]), [7, "1", "Person 0"]),
        (frames.roles(["Admin"]), [None, "r0", "Admin"]),
        (frames.whole(permission_rows(True, False)[1:]), [None, "r1 q", "A"]),
        (frames.portfolio()[1:2], [None, "spirii c1", "Two"]),
        (frames.clients([(1, "Acme")]), [None, "0", "Client 0"]),
        (frames.whole(frames.projects()[:1]), [None, "j0", "Project 0"]),
        (frames.people(["account"], project_id=pd.array([pd.NA], dtype="Int64")), [None, "1", "Person 0"]),
        (pd.DataFrame({"id": [1], "city": ["Oslo"]}), [None, "1", None]),
    ])  # fmt: skip
    def test_by_resource_and_without_provenance_by_the_columns(self, frame, key):
        plain = frame.copy()
        plain.attrs = {}
        for before, after in ((frame, frame), (plain, plain), (frame, plain), (plain, frame)):
            assert keys(before, after) == [key]

    def test_columns_of_the_key_and_those_that_change_by_themselves_are_not_compared(self):
        people = frames.people(["account"]).assign(**dict.fromkeys(IGNORED_COLUMNS, "x"))
        assert align(people, people).columns == ["name", "type", "company_name", "team_ids", *frames.FLAGS]
        assert {"updated_at", "updated_by_id", "avatar_url", "match"} == IGNORED_COLUMNS

    def test_name_is_the_one_after_if_there_is_one(self):
        before = frames.people(["account"])
        assert keys(before, before.assign(name=frames.text(["New"]))) == [[7, "1", "New"]]
        assert keys(before, before.assign(name=frames.text([None]))) == [[7, "1", "Person 0"]]

    @pytest.mark.parametrize("dtype", ["Int64", "float64", "str", object, "category"])
    def test_ids_match_in_any_dtype(self, dtype):
        people = frames.people()
        assert len(align(people, people.astype({"id": dtype})).keys) == len(people)
        assert len(align(people.astype({"project_id": "float64"}), people).keys) == len(people)

    def test_large_ids_stay_apart(self):
        before = pd.DataFrame({"id": [9007199254740993], "name": ["a"]})
        assert len(align(before, before.assign(id=[9007199254740992])).keys) == 2

    def test_keys_of_two_texts_are_not_joined_before_they_match(self):
        columns = ["role_id", "permission", "granted"]
        before = pd.DataFrame([("a b", "c", True)], columns=columns)
        after = pd.DataFrame([("a", "b c", True)], columns=columns)
        assert align(before, after).before_rows.tolist() == [-1, 0]

    def test_rows_that_share_a_key_or_have_none_are_refused(self):
        twice = pd.concat([frames.people(), frames.people()[:1]])
        twice = frames.whole(frames.stamp(twice, "teamwork", "people"))
        refused(frames.people(), twice, "after has 2 rows that share their project_id, id with another row")
        refused(twice, frames.people(), r"before has 2 rows.*\.drop_duplicates\(\['project_id', 'id'\]\)")
        assert changes(frames.whole(twice.drop_duplicates(["project_id", "id"])), frames.people()).empty
        summary = people_by_type(frames.people())
        refused(summary, summary, "before and after have no id column by which to match their rows")
        people = frames.people().astype({"project_id": object}).assign(project_id="seven")
        refused(people, people, r"project_id of before has dtype .*, not whole numbers.*Convert it to Int64")
        refused(frames.people(), people, r"project_id of after has dtype")


MEMBERS = frames.whole(frames.stamp(
    pd.DataFrame({"project_id": [HERE, THERE, THERE], "id": ["u", "u", "v"], "name": ["Ada", "Ada", "Bo"],
        "permission": ["Guest", "Editor", "Manager"]}), "projectmanager", "members"))  # fmt: skip


class TestMembers:
    def test_rows_are_matched_by_project_and_user(self):
        after = MEMBERS.assign(permission=["Manager", "Editor", "Manager"])
        table = changes(MEMBERS, after)
        assert table[["project_id", "id", "column", "before", "after"]].values.tolist() == [
            [HERE, "u", "permission", "Guest", "Manager"]
        ]

    def test_the_first_members_are_joiners(self):
        table = changes(frames.whole(MEMBERS.iloc[:0]), MEMBERS)
        assert list(zip(table["change"], table["project_id"], strict=True)) == [
            ("joined", HERE), ("joined", THERE), ("joined", THERE)
        ]  # fmt: skip

    def test_other_projects_are_refused(self):
        one, other = (
            frames.stamp(MEMBERS.copy(), "projectmanager", "members", params={"projects": [id_]})
            for id_ in (HERE, THERE)
        )
        refused(one, other, f"differ in projects .{HERE} before, {THERE} after")


class TestColumns:
    def test_columns_that_only_one_frame_has_are_refused(self):
        people = frames.people()
        message = r"before and after have different columns: only before has 'type'\. Drop these columns"
        refused(people, people.drop(columns="type"), message)
        refused(people.drop(columns="type"), people.assign(more=1), "different columns: only after has 'type', 'more'")
        refused(people.assign(a=1), people.assign(b=1), "only before has 'a'; only after has 'b'")
        for column in IGNORED_COLUMNS:
            more = people.assign(**{column: 1})
            assert column not in {*align(more, people).columns, *align(people, more).columns}

    def test_permission_that_only_one_frame_has_is_missing_in_the_other(self):
        before = frames.permissions([(True,)], ["view_time"])
        after = frames.permissions([(True, True)], ["view_time", "use_more"])
        after.attrs["permissions"] = {"view_time": {}, "use_more": {}}
        assert align(before, after).before["use_more"].isna().tolist() == [True]
        assert align(after, before).after["use_more"].isna().tolist() == [True]
        assert align(before, after).before["use_more"].dtype == "boolean"


class TestSources:
    @pytest.mark.parametrize(("more", "what"), [
        ({"service": "projectmanager"}, "service or resource"),
        ({"resource": "companies"}, "service or resource"),
        ({"params": {"userType": "account"}}, "userType"),
        ({"params": {"userType": "account", "companyIds": "3"}}, "userType, companyIds"),
        ({"params": {"projects": [7]}}, r"projects \(7 before, the whole site after\)"),
    ])  # fmt: skip
    def test_different_loads_are_refused(self, more, what):
        before, after = frames.people(), frames.people()
        before.attrs["pmframes"] |= more
        message = rf"loaded with different parameters: they differ in {what}\. Load one of them again with the argu"
        refused(before, after, message)

    @pytest.mark.parametrize(("old", "new", "remedy"), [
        ([8, 7], [7], r"other; pm\.report\.access_review compares the projects that both have\.$"),
        ([8], [7], r"other\.$"),
    ])  # fmt: skip
    def test_different_projects_are_named(self, old, new, remedy):
        before, after = frames.people(), frames.people()
        before.attrs["pmframes"]["params"] = {"projects": old}
        after.attrs["pmframes"]["params"] = {"projects": new}
        scope = ", ".join(map(str, sorted(old)))
        refused(before, after, rf"differ in projects \({scope} before, 7 after\)\. Load one.*{remedy}")

    def test_accounts_if_both_are_known_and_services_of_portfolios_are_compared(self):
        before, after = frames.people(), frames.people()
        before.attrs["pmframes"]["account"] = "agency-a"
        assert len(align(before, after).keys) == 4
        after.attrs["pmframes"]["account"] = "agency-b"
        refused(before, after, "differ in account")
        after = frames.portfolio()
        after.attrs["pmframes"]["sources"].pop()
        refused(frames.portfolio(), after, "differ in service")

    def test_order_of_projects_and_sources_does_not_matter(self):
        before, after = frames.people(), frames.people()
        before.attrs["pmframes"]["params"] = {"projects": [7, 8]}
        after.attrs["pmframes"]["params"] = {"projects": [8, 7]}
        assert len(align(before, after).keys) == 4
        reversed_portfolio = frames.portfolio()
        reversed_portfolio.attrs["pmframes"]["sources"].reverse()
        assert len(align(frames.portfolio(), reversed_portfolio).keys) == 4
