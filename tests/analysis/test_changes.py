"""Changes between two frames: joined, left and changed rows, parquet files, and the severity of each change."""

import copy
import doctest
import importlib

import numpy as np
import pandas as pd
import pytest

import pmframes as pm
from pmframes import errors
from pmframes._analysis.changes import read_snapshots
from pmframes._analysis.comparison import compare, severities
from pmframes._writers.parquet import parquet_bytes
from pmframes.report import changes
from tests.support import frames

COLUMNS = ["change", "project_id", "id", "name", "column", "before", "after"]
NOT_A_FRAME = r", not a frame\. Pass a pandas DataFrame, or the path of a parquet file\."
WRONG_FILE = r"Pass a file that was written with frame\.to_parquet\(path\), or a frame\."


def rows(table):
    return list(table.astype(object).where(table.notna(), None).itertuples(index=False, name=None))


def with_column(values, name="view_time", dtype="boolean"):
    """Return permissions of project 7 with one column besides the key and the name."""
    columns = {
        "project_id": pd.Series([7] * len(values), dtype="Int64"), "person_id": range(1, len(values) + 1),
        "name": frames.text([f"Person {place}" for place in range(1, len(values) + 1)]),
        name: pd.array(values, dtype=dtype),
    }  # fmt: skip
    return frames.stamp(pd.DataFrame(columns), "teamwork", "permissions")


class TestTable:
    def test_joined_then_left_then_changed_in_the_order_of_after(self):
        before = frames.people(["account"] * 4)
        after = before.iloc[[2, 1, 0]].assign(
            id=[9, 2, 1], name=["New", "B", "A"], company_name=["Acme", "Gamma", "Acme"]
        )
        table = compare(before, frames.whole(after))
        assert table.columns.tolist() == COLUMNS
        joined, third, fourth, *changed = rows(table)
        assert joined[:6] == ("joined", 7, "9", "New", None, None)
        assert third[:5] == ("left", 7, "3", "Person 2", None)
        assert fourth[:5] == ("left", 7, "4", "Person 3", None)
        assert (joined[6]["name"], third[5]["name"], third[6]) == ("New", "Person 2", None)
        assert changed == [
            ("changed", 7, "2", "B", "name", "Person 1", "B"),
            ("changed", 7, "2", "B", "company_name", None, "Gamma"),
            ("changed", 7, "1", "A", "name", "Person 0", "A"),
        ]

    def test_joined_and_left_have_all_compared_columns(self):
        people = frames.people(["account"]).assign(avatar_url="x", updated_at=pd.Timestamp("2026-01-01"))
        values = {"name": "Person 0", "type": "account", "company_name": "Acme", "team_ids": []}
        values |= dict.fromkeys(frames.FLAGS, True)
        nobody = frames.whole(people[:0])
        joined, left = compare(nobody, people), compare(people, nobody)
        assert rows(joined) == [("joined", 7, "1", "Person 0", None, None, values)]
        assert rows(left) == [("left", 7, "1", "Person 0", None, values, None)]
        one = pd.DataFrame({"id": [1]})
        assert compare(one[:0], one)["after"].tolist() == [{}], "nothing but a key"
        assert compare(one, one).empty

    def test_values_are_plain_python(self):
        before = pd.DataFrame({"id": [1], "a": pd.array([None], "Int64"), "b": [[1]], "c": [1.5], "d": [(1,)]})
        columns = {"a": pd.array([5], "Int64"), "b": [np.array([1, 2])], "c": [np.nan], "d": [(2, 3)]}
        table = compare(before, before.assign(**columns, e=1)[[*before]])
        assert [type(one) for one in table["after"]] == [int, list, type(None), list]
        assert list(zip(table["column"], table["before"], table["after"], strict=True)) == [
            *(("a", None, 5), ("b", [1], [1, 2]), ("c", 1.5, None), ("d", [1], [2, 3]))
        ]
        of_object = pd.DataFrame({"id": [1], "n": pd.Series([np.int64(3)], dtype=object)})
        assert type(compare(of_object, of_object.assign(n=4))["before"].item()) is int

    @pytest.mark.parametrize(("old", "new"), [
        (pd.array([1, None], "Int64"), np.array([1.0, np.nan])),
        (pd.array([True, None], "boolean"), np.array([True, None], object)),
        (pd.Categorical(["a", None]), frames.text(["a", None])),
        (pd.Categorical(["a", "b"]), pd.Categorical(["a", "b"], ["b", "a", "c"])),
        (np.array([None, [1, 2]], object), np.array([np.nan, (1, 2)], object)),
        (pd.to_datetime(["2026-01-01", None]).as_unit("s"), pd.to_datetime(["2026-01-01", None]).as_unit("ns")),
    ], ids=["number", "flag", "category", "categories", "list", "time"])  # fmt: skip
    def test_dtype_is_no_change(self, old, new):
        before, after = pd.DataFrame({"id": [1, 2], "x": old}), pd.DataFrame({"id": [1, 2], "x": new})
        assert changes(before, after).empty
        assert changes(after, before).empty

    @pytest.mark.parametrize("dtype", ["boolean", object])
    def test_missing_and_any_value_differ(self, dtype):
        values = [True, False, None]
        before = with_column([one for one in values for _ in values], dtype=dtype)
        table = compare(before, before.assign(view_time=pd.array(values * 3, dtype)))
        pairs = list(zip(table["before"], table["after"], strict=True))
        assert pairs == [(one, other) for one in values for other in values if one is not other]

    def test_same_columns_and_dtypes_for_no_rows(self):
        full, empty = (
            changes(frames.people(), frames.whole(frames.people()[:1])),
            changes(frames.people(), frames.people()),
        )
        assert empty.columns.tolist() == COLUMNS
        assert empty.dtypes.to_dict() == full.dtypes.to_dict()
        assert full.dtypes.astype(str).tolist() == ["category", "Int64", *["str"] * 5]
        assert full["change"].cat.categories.tolist() == ["joined", "left", "changed"]
        nobody = frames.whole(frames.people()[:0])
        assert changes(nobody, nobody).dtypes.to_dict() == full.dtypes.to_dict()
        for table in (full, empty, changes(frames.people(), frames.whole(frames.people()[1:].assign(name="x")))):
            assert isinstance(table.index, pd.RangeIndex)

    def test_sources_are_recorded_and_input_is_not_changed(self):
        before, after = frames.people(), frames.people()[1:]
        after.attrs = {"pmframes": {**before.attrs["pmframes"], "rows": 3}}
        kept = copy.deepcopy((before, after))
        table = changes(before, after)
        assert table.attrs == {"pmframes": {"sources": [one.attrs["pmframes"] for one in kept]}}
        for one, other in zip((before, after), kept, strict=True):
            pd.testing.assert_frame_equal(one, other)
            assert one.attrs == other.attrs
        before.attrs = after.attrs = {}
        assert changes(before, after).attrs == {"pmframes": {"sources": []}}


def test_report_exports_the_function_not_the_module():
    module = importlib.import_module("pmframes._analysis.changes")
    assert pm.report.changes is module.changes
    assert doctest.testmod(module).failed == 0


class TestSnapshots:
    def test_file_equals_its_frame(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        before, after = frames.many_people(40), frames.whole(frames.many_people(50, seed=8)[5:])
        before.to_parquet(tmp_path / "before.parquet")
        after.to_parquet(tmp_path / "after.parquet")
        table = changes(before, after)
        for one in (tmp_path / "before.parquet", str(tmp_path / "before.parquet"), "~/before.parquet"):
            same = changes(one, tmp_path / "after.parquet")
            pd.testing.assert_frame_equal(same, table)
            assert same.attrs == table.attrs
        assert changes(tmp_path / "before.parquet", before).empty

    def test_file_with_several_frames_gives_the_one_of_the_same_resource(self, tmp_path):
        path = tmp_path / "all.parquet"
        path.write_bytes(parquet_bytes(frames.people(), frames.roles()))
        assert changes(path, frames.roles()).empty
        assert changes(frames.roles(), path).empty
        assert [one["service"] for one in changes(path, path).attrs["pmframes"]["sources"]] == ["teamwork"]
        with pytest.raises(errors.InvalidArgument, match="differ in service or resource"):
            changes(path, frames.clients())
        for snapshots in ([path, frames.clients()], (path, frames.clients())):
            read = read_snapshots("before", snapshots)
            assert [one.attrs["pmframes"]["resource"] for one in read] == ["people", "roles", "clients"]
        assert len(read_snapshots("before", frames.people())) == 1

    @pytest.mark.parametrize("content", [b"", b"id,name\n1,Ada\n", b"PAR1" + bytes(range(40)) + b"PAR1"])
    def test_file_in_another_format_is_refused(self, tmp_path, content):
        (tmp_path / "x.parquet").write_bytes(content)
        message = rf"before: .*x\.parquet cannot be read as a parquet file\. {WRONG_FILE}"
        with pytest.raises(errors.InvalidArgument, match=message):
            changes(tmp_path / "x.parquet", frames.people())

    @pytest.mark.parametrize(("name", "reason"), [
        ("missing.parquet", "file not found"),
        (".", "not a file"),
        ("https://example.com/x.parquet", "file not found"),
    ])  # fmt: skip
    def test_path_without_a_file_is_refused(self, tmp_path, monkeypatch, name, reason):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(errors.InvalidArgument, match=rf"before: {reason}: .*\. {WRONG_FILE}"):
            changes(name, frames.people())

    @pytest.mark.parametrize(("wrong", "shown"), [(None, "None"), (5, "5"), ([], "of type list"), ({}, "of type dict")])
    def test_neither_frame_nor_path_is_refused(self, wrong, shown):
        people = frames.people()
        for name, call in {
            "after": lambda: changes(people, wrong),
            "before": lambda: changes(wrong, people),
            "old": lambda: read_snapshots("old", [people, wrong]),
        }.items():
            with pytest.raises(errors.InvalidArgument, match=f"{name} is {shown}{NOT_A_FRAME}"):
                call()

    def test_repeated_columns_are_refused(self):
        people = frames.people()
        with pytest.raises(errors.InvalidArgument, match=r"after .*repeats: name"):
            changes(people, people[[*people, "name"]])

    @pytest.mark.parametrize("params", [[1], "x", None, {"projects": 7}, {"projects": [[7]]}])
    def test_provenance_in_an_unknown_format_is_refused(self, params):
        other = frames.people()
        other.attrs["pmframes"]["params"] = params
        for name, pair in (("before", (other, frames.people())), ("after", (frames.people(), other))):
            with pytest.raises(errors.InvalidArgument, match=f"{name} has provenance in an unknown format.*Update"):
                changes(*pair)


class TestSeverities:
    def rate(self, before, after):
        return severities(compare(before, after)).tolist()

    @pytest.mark.parametrize("flag", ["view_time", "is_admin", "is_global_admin", "project_administrator"])
    def test_granted_permission_is_medium(self, flag):
        old = [False, None, True, True, False, None]
        new = [True, True, False, None, None, False]
        assert self.rate(with_column(old, flag), with_column(new, flag)) == ["medium"] * 2 + ["low"] * 4

    @pytest.mark.parametrize("flag", [
        *("active", "can_be_modified", "deleted", "in_owner_company", "is_active", "is_archived"),
        *("is_billable", "is_client_user", "is_custom", "is_default", "is_guest", "is_observing"),
        *("is_owner", "is_placeholder", "is_service_account", "is_template", "receive_email_notifications"),
    ])  # fmt: skip
    def test_state_is_low(self, flag):
        assert self.rate(with_column([False], flag), with_column([True], flag)) == ["low"]

    @pytest.mark.parametrize("column", ["type", "role_id"])
    def test_other_type_or_role_is_medium(self, column):
        before, after = with_column(["a", "a", None], column, "str"), with_column(["b", None, "b"], column, "str")
        assert self.rate(before, after) == ["medium"] * 3

    @pytest.mark.parametrize(("old", "new", "dtype"), [("a", "b", "str"), (0, 1, "Int64"), (1, None, "Int64")])
    def test_other_value_is_low(self, old, new, dtype):
        assert self.rate(with_column([old], "title", dtype), with_column([new], "title", dtype)) == ["low"]

    @pytest.mark.parametrize("flag", ["is_admin", "is_global_admin", "project_administrator", "view_time"])
    def test_joined_with_administrator_rights_is_medium(self, flag):
        nobody, everyone = with_column([], flag), with_column([True, False, None], flag)
        assert self.rate(nobody, everyone) == ["low" if flag == "view_time" else "medium", "low", "low"]
        assert self.rate(everyone, nobody) == ["low"] * 3

    def test_dtype_and_index(self):
        table = compare(frames.people(), frames.whole(frames.people()[:2])).set_axis([9, 9])
        rated = severities(table)
        assert rated.dtype == pd.CategoricalDtype(["low", "medium", "high"], ordered=True)
        assert rated.index.tolist() == [9, 9]
        assert rated.name == "severity"
        assert severities(table[:0]).dtype == rated.dtype

    @pytest.mark.parametrize("column", ["change", "column", "before", "after"])
    def test_columns_are_required(self, column):
        table = compare(frames.people(), frames.whole(frames.people()[:2])).drop(columns=column)
        with pytest.raises(errors.InvalidArgument, match=rf"changes lacks the columns: {column}.*pm\.report\.changes"):
            severities(table)
