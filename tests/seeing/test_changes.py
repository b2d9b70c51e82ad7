"""What changed between two frames: what is told, what is refused, and how much it matters."""

import copy
import importlib

import numpy as np
import pandas as pd
import pytest

import pmframes as pm
from pmframes import errors
from pmframes._analysis.alignment import IGNORED_COLUMNS
from pmframes._analysis.changes import severities
from pmframes.report import changes
from tests.support import frames

COLUMNS = ["change", "project_id", "id", "name", "column", "before", "after"]


def text(values):
    return pd.Series(values, dtype="str")


def told(table):
    return list(table.astype(object).where(table.notna(), None).itertuples(index=False, name=None))


def with_flag(values, resource="permissions", flag="view_time"):
    """Give members of project 7 with one permission each."""
    columns = {
        "project_id": pd.Series([7] * len(values), dtype="Int64"),
        "person_id": range(1, len(values) + 1),
        "name": text([f"Person {place}" for place in range(1, len(values) + 1)]),
        flag: pd.array(values, dtype="boolean"),
    }
    return frames.stamp(pd.DataFrame(columns), "teamwork", resource)


class TestWhatIsTold:
    def test_who_joined_who_left_and_what_changed(self):
        before = frames.people()
        after = frames.people().iloc[[0, 1, 2]].assign(id=[1, 2, 9], company_name=["Acme", "Beta", None])
        table = changes(before, after)
        assert table.columns.tolist() == COLUMNS
        assert table["change"].tolist() == ["joined", "left", "left", "changed"]
        joined, first, second, changed = told(table)
        assert joined[:6] == ("joined", 7, "9", "Person 2", None, None)
        assert first[1:5] == (7, "3", "Person 2", None)
        assert second[2] == "4"
        assert changed == ("changed", 7, "2", "Person 1", "company_name", None, "Beta")

    def test_who_joined_has_all_compared_columns(self):
        people = frames.people(["account"]).assign(avatar_url="x", updated_at=pd.Timestamp("2026-01-01"))
        table = changes(people[:0], people)
        assert table["after"].item() == {
            "name": "Person 0",
            "type": "account",
            "company_name": "Acme",
            "team_ids": [],
            **dict(zip(frames.FLAGS, [True] * 4, strict=True)),
        }
        assert table["before"].item() is None
        assert changes(people, people[:0])["before"].item() == table["after"].item()

    def test_values_are_those_of_python(self):
        before = pd.DataFrame({"id": [1], "a": pd.array([None], dtype="Int64"), "b": [[1]], "c": [1.5]})
        after = pd.DataFrame({"id": [1], "a": pd.array([5], dtype="Int64"), "b": [[1, 2]], "c": [np.nan]})
        table = changes(before, after)
        assert [type(one) for one in table["after"]] == [int, list, type(None)]
        assert list(zip(table["column"], table["before"], table["after"], strict=True)) == [
            ("a", None, 5),
            ("b", [1], [1, 2]),
            ("c", 1.5, None),
        ]

    def test_nothing_changes_by_itself(self):
        assert {"updated_at", "updated_by_id", "avatar_url"} <= IGNORED_COLUMNS
        people = frames.people()
        for column in IGNORED_COLUMNS:
            assert changes(people.assign(**{column: 1}), people.assign(**{column: 2})).empty
            assert changes(people.assign(**{column: 1}), people).empty
            assert changes(people, people.assign(**{column: 1})).empty

    def test_the_name_is_the_one_after(self):
        before, after = frames.people(["account"]), frames.people(["account"], name=text(["New name"]))
        assert changes(before, after)["name"].tolist() == ["New name"]

    def test_rows_in_another_order_are_the_same(self):
        people = frames.many_people(50)
        assert changes(people, people.sample(frac=1, random_state=1)).empty

    def test_dtypes_are_the_same_for_no_rows(self):
        full, empty = changes(frames.people(), frames.people()[:1]), changes(frames.people(), frames.people())
        assert empty.columns.tolist() == COLUMNS
        assert empty.dtypes.to_dict() == full.dtypes.to_dict()
        assert full.dtypes.astype(str).tolist() == ["category", "Int64", *["str"] * 3, "object", "object"]
        assert isinstance(empty.index, pd.RangeIndex)
        nobody = frames.people()[:0]
        assert changes(nobody, nobody).dtypes.to_dict() == full.dtypes.to_dict()

    def test_names_the_sources_and_leaves_its_input_alone(self):
        before, after = frames.people(), frames.people()[1:]
        after.attrs = {"pmframes": {**before.attrs["pmframes"], "rows": 3}}
        kept = copy.deepcopy((before, after))
        table = changes(before, after)
        assert table.attrs == {"pmframes": {"sources": [one.attrs["pmframes"] for one in kept]}}
        for one, other in zip((before, after), kept, strict=True):
            pd.testing.assert_frame_equal(one, other)
            assert one.attrs == other.attrs

    def test_hostile_text_stays_text(self):
        names = list(frames.AWKWARD)
        before = frames.people(["account"] * len(names))
        table = changes(before, before.assign(name=text(names)))
        assert table["after"].tolist() == names
        assert table["name"].tolist() == names


def test_stays_a_function_whatever_was_imported():
    module = importlib.import_module("pmframes._analysis.changes")
    assert pm.report.changes is module.changes


class TestKeys:
    def test_a_person_on_two_projects_is_two_rows(self):
        both = pd.concat([frames.people(["account"]).assign(project_id=one) for one in (7, 8)])
        table = changes(both, both.assign(title=[None, "x"]).drop(columns="title").iloc[:1])
        assert table[["change", "project_id", "id"]].values.tolist() == [["left", 8, "1"]]

    def test_people_of_the_whole_site_have_no_project(self):
        site = frames.people(project_id=pd.array([pd.NA] * 4, dtype="Int64"))
        table = changes(site, site[1:])
        assert table["project_id"].isna().all()
        assert table["id"].tolist() == ["1"]

    def test_permissions_by_project_and_person(self):
        table = changes(with_flag([True, False]), with_flag([True, True]))
        assert told(table) == [("changed", 7, "2", "Person 2", "view_time", False, True)]

    def test_roles_by_id(self):
        table = changes(frames.roles(), frames.roles(granted=[[True, True], [True, False], [None, None]]))
        assert told(table) == [("changed", None, "r1", "Member", "invitePeople", False, True)]

    def test_role_permissions_by_role_and_permission(self):
        columns = {"role_id": ["r1", "r1"], "role_name": ["A", "A"], "permission": ["p", "q"]}
        before = frames.stamp(pd.DataFrame({**columns, "granted": [True, False]}), "projectmanager", "role_permissions")
        table = changes(before, before.assign(granted=[True, True]))
        assert told(table) == [("changed", None, "r1 q", "A", "granted", False, True)]

    def test_the_portfolio_by_service_and_id(self):
        before = frames.portfolio()
        table = changes(before, before.iloc[[0, 1, 3]])
        assert told(table)[0][:4] == ("left", None, "spirii c2", "Three")

    def test_clients_by_id_and_title(self):
        table = changes(frames.clients(), frames.clients()[:-1])
        assert told(table)[0][:4] == ("left", None, "3", "Client 3")

    def test_a_frame_that_says_nothing_is_compared_by_its_columns(self):
        stamped = [with_flag([True]), with_flag([False])]
        plain = copy.deepcopy(stamped)
        for one in plain:
            one.attrs = {}
        expected = told(changes(*stamped))
        assert told(changes(*plain)) == told(changes(stamped[0], plain[1])) == expected
        assert changes(*plain).attrs == {"pmframes": {"sources": []}}

    def test_ids_are_the_same_in_any_dtype(self):
        people = frames.people()
        for dtype in ("Int64", "float64", "str", object, "category"):
            assert changes(people, people.astype({"id": dtype})).empty
        assert changes(people.astype({"project_id": "float64"}), people).empty

    def test_large_ids_stay_apart(self):
        before = pd.DataFrame({"id": [9007199254740993], "name": ["a"]})
        assert len(changes(before, before.assign(id=[9007199254740992]))) == 2

    def test_two_texts_are_not_taken_for_one_key(self):
        columns = ["role_id", "permission", "granted"]
        before = pd.DataFrame([("a b", "c", True)], columns=columns)
        after = pd.DataFrame([("a", "b c", True)], columns=columns)
        assert changes(before, after)["change"].tolist() == ["joined", "left"]


class TestRefused:
    @pytest.mark.parametrize(
        ("more", "what"),
        [
            ({"service": "projectmanager"}, "service or resource"),
            ({"resource": "companies"}, "service or resource"),
            ({"params": {"projects": [7]}}, "projects"),
            ({"params": {"userType": "account"}}, "userType"),
        ],
    )
    def test_frames_that_were_not_loaded_alike(self, more, what):
        before, after = frames.people(), frames.people()
        after.attrs["pmframes"] |= more
        for one, other in ((before, after), (after, before)):
            with pytest.raises(errors.InvalidArgument, match=f"differ in {what}.*Load one of them again"):
                changes(one, other)

    def test_other_accounts_where_both_are_known(self):
        before, after = frames.people(), frames.people()
        before.attrs["pmframes"]["account"] = "agency-a"
        assert changes(before, after).empty
        after.attrs["pmframes"]["account"] = "agency-b"
        with pytest.raises(errors.InvalidArgument, match="differ in account"):
            changes(before, after)

    @pytest.mark.parametrize("params", [[1], "x", None, {"projects": 7}, {"projects": [[7]]}])
    def test_a_provenance_of_another_form(self, params):
        before = frames.people()
        before.attrs["pmframes"]["params"] = params
        for one, other in ((before, frames.people()), (frames.people(), before)):
            with pytest.raises(errors.InvalidArgument, match=r"in an unknown format.*Update pmframes"):
                changes(one, other)

    def test_portfolios_of_other_services(self):
        after = frames.portfolio()
        after.attrs["pmframes"]["sources"].pop()
        with pytest.raises(errors.InvalidArgument, match="differ in service"):
            changes(frames.portfolio(), after)

    def test_the_order_of_projects_and_services_does_not_matter(self):
        before, after = frames.people(), frames.people()
        before.attrs["pmframes"]["params"] = {"projects": [7, 8]}
        after.attrs["pmframes"]["params"] = {"projects": [8, 7]}
        assert changes(before, after).empty
        turned = frames.portfolio()
        turned.attrs["pmframes"]["sources"].reverse()
        assert changes(frames.portfolio(), turned).empty

    def test_columns_that_only_one_has(self):
        with pytest.raises(errors.InvalidArgument, match=r"only before has 'type'\. Drop these columns"):
            changes(frames.people(), frames.people().drop(columns="type"))
        with pytest.raises(errors.InvalidArgument, match="only after has 'more'"):
            changes(frames.people(), frames.people().assign(more=1))

    def test_a_permission_that_only_one_has_was_not_sent_in_the_other(self):
        before, after = with_flag([True]), with_flag([True]).assign(use_more=[True])
        after.attrs["permissions"] = {"view_time": {}, "use_more": {}}
        assert told(changes(before, after)) == [("changed", 7, "1", "Person 1", "use_more", None, True)]
        assert told(changes(after, before)) == [("changed", 7, "1", "Person 1", "use_more", True, None)]

    def test_rows_that_share_a_key(self):
        twice = pd.concat([frames.people(), frames.people()[:1]])
        twice.attrs = frames.people().attrs
        with pytest.raises(errors.InvalidArgument, match="after has 2 rows that share their project_id, id"):
            changes(frames.people(), twice)
        with pytest.raises(errors.InvalidArgument, match="before has 2 rows") as caught:
            changes(twice, frames.people())
        assert ".drop_duplicates(['project_id', 'id'])" in str(caught.value)
        assert changes(twice.drop_duplicates(["project_id", "id"]), frames.people()).empty

    def test_nothing_tells_the_rows_apart(self):
        summary = pm.report.people_by_type(frames.people())
        with pytest.raises(errors.InvalidArgument, match="no id column"):
            changes(summary, summary)

    def test_projects_without_numbers(self):
        people = frames.people().astype({"project_id": object}).assign(project_id="seven")
        with pytest.raises(errors.InvalidArgument, match=r"project_id of before .* whole numbers"):
            changes(people, people)

    @pytest.mark.parametrize("wrong", [None, 5, [], {"id": [1]}])
    def test_what_is_neither_frame_nor_path(self, wrong):
        with pytest.raises(errors.InvalidArgument, match=r"after is .* the path of a parquet file"):
            changes(frames.people(), wrong)
        with pytest.raises(errors.InvalidArgument, match="before is "):
            changes(wrong, frames.people())

    def test_columns_of_one_name(self):
        people = frames.people()
        with pytest.raises(errors.InvalidArgument, match="repeats: name"):
            changes(people, people[[*people, "name"]])


class TestParquet:
    def test_a_file_is_as_good_as_its_frame(self, tmp_path):
        before, after = frames.many_people(40), frames.many_people(50, seed=8)[5:]
        before.to_parquet(tmp_path / "before.parquet")
        after.to_parquet(tmp_path / "after.parquet")
        table = changes(before, after)
        for one in (tmp_path / "before.parquet", str(tmp_path / "before.parquet")):
            same = changes(one, tmp_path / "after.parquet")
            pd.testing.assert_frame_equal(same, table)
            assert same.attrs == table.attrs
        assert changes(tmp_path / "before.parquet", before).empty

    def test_its_provenance_counts(self, tmp_path):
        before, after = frames.people(), frames.people()
        before.attrs["pmframes"]["params"] = {"projects": [7]}
        before.to_parquet(tmp_path / "before.parquet")
        with pytest.raises(errors.InvalidArgument, match="differ in projects"):
            changes(tmp_path / "before.parquet", after)

    @pytest.mark.parametrize("content", [b"", b"id,name\n1,Ada\n", b"PAR1" + bytes(range(40)) + b"PAR1"])
    def test_a_file_that_is_none(self, tmp_path, content):
        (tmp_path / "x.parquet").write_bytes(content)
        with pytest.raises(errors.InvalidArgument, match=r"x\.parquet cannot be read as a parquet file"):
            changes(tmp_path / "x.parquet", frames.people())

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("missing.parquet", "file not found"),
            (".", "not a file"),
            ("https://example.com/x.parquet", "file not found"),
        ],
    )
    def test_a_file_that_is_not_there(self, tmp_path, monkeypatch, name, reason):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(errors.InvalidArgument, match=f"before: {reason}: "):
            changes(name, frames.people())


class TestSeverities:
    def words(self, before, after):
        return severities(changes(before, after)).tolist()

    def test_a_permission_gained(self):
        assert self.words(with_flag([False]), with_flag([True])) == ["medium"]
        assert self.words(with_flag([None]), with_flag([True])) == ["medium"]
        assert self.words(with_flag([True]), with_flag([False])) == ["low"]
        assert (
            self.words(frames.roles(granted=[[True, False]] * 3), frames.roles(granted=[[True, True]] * 3))
            == ["medium"] * 3
        )

    @pytest.mark.parametrize("flag", ["is_archived", "receive_email_notifications", "deleted"])
    def test_a_state_is_no_permission(self, flag):
        assert self.words(with_flag([False], flag=flag), with_flag([True], flag=flag)) == ["low"]

    @pytest.mark.parametrize("flag", ["is_admin", "project_administrator", "is_global_admin"])
    def test_administrator_rights(self, flag):
        assert self.words(with_flag([False], flag=flag), with_flag([True], flag=flag)) == ["medium"]
        assert self.words(with_flag([], flag=flag), with_flag([True, False, None], flag=flag)) == [
            "medium",
            "low",
            "low",
        ]
        assert self.words(with_flag([True], flag=flag), with_flag([], flag=flag)) == ["low"]

    def test_another_type_or_role(self):
        before = frames.people(["account"])
        assert self.words(before, frames.people(["collaborator"])) == ["medium"]
        assert self.words(before.assign(role_id="a"), before.assign(role_id="b")) == ["medium"]
        assert self.words(before, before.assign(name="x")) == ["low"]

    def test_is_of_the_same_category_as_findings(self):
        table = changes(frames.people(), frames.people()[:2]).set_axis([9, 9])
        words = severities(table)
        assert words.dtype == pd.CategoricalDtype(["low", "medium", "high"], ordered=True)
        assert words.index.tolist() == [9, 9]
        assert severities(table[:0]).dtype == words.dtype

    def test_wants_changes(self):
        with pytest.raises(errors.InvalidArgument, match="lacks the columns: change"):
            severities(frames.people())
