"""What every summary promises, and what each one counts."""

import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmframes import errors, report
from tests.support import frames

SUMMARIES = {
    "people_by_type": (report.people_by_type, frames.people, "is_admin"),
    "people_by_type, by": (lambda people: report.people_by_type(people, by="id"), frames.people, "type"),
    "people_by_permission": (report.people_by_permission, frames.permissions, "person_id"),
    "roles_by_permission": (report.roles_by_permission, frames.roles, "name"),
    "role_differences": (lambda roles: report.role_differences(roles, "r0", "r1"), frames.roles, "name"),
    "customers_by_company, clients": (report.customers_by_company, frames.clients, "company_title"),
    "customers_by_company, owners": (report.customers_by_company, frames.owned_customers, "owner_id"),
    "customers_by_company, portfolio": (report.customers_by_company, frames.portfolio, "company_name"),
    "customers_by_company, plain": (report.customers_by_company, frames.plain_customers, "name"),
    "customers_by_operator": (report.customers_by_operator, frames.operated_customers, "cpo_name"),
    "projects_by_customer": (report.projects_by_customer, frames.projects, "customer_id"),
}

every_summary = pytest.mark.parametrize(("summary", "make", "needed"), SUMMARIES.values(), ids=SUMMARIES)


@every_summary
class TestEverySummary:
    def test_names_the_sources(self, summary, make, needed):
        frame = make()
        stamp = frame.attrs["pmframes"]
        assert summary(frame).attrs == {"pmframes": {"sources": stamp.get("sources", [stamp])}}

    def test_has_no_source_where_the_frame_has_none(self, summary, make, needed):
        frame = make()
        frame.attrs = {}
        assert summary(frame).attrs == {"pmframes": {"sources": []}}

    def test_leaves_its_input_alone(self, summary, make, needed):
        frame = make()
        before, attrs = frame.copy(deep=True), copy.deepcopy(frame.attrs)
        summary(frame)
        pd.testing.assert_frame_equal(frame, before)
        assert frame.attrs == attrs

    def test_names_what_is_missing(self, summary, make, needed):
        with pytest.raises(errors.InvalidArgument, match=f"{needed}.*Pass the frame that"):
            summary(make().drop(columns=needed))

    def test_wants_a_frame(self, summary, make, needed):
        for wrong in ([{"id": 1}], [None]):
            with pytest.raises(errors.InvalidArgument, match="DataFrame"):
                summary(wrong)

    def test_takes_any_index(self, summary, make, needed):
        frame = make()
        twisted = frame.set_axis([5] * len(frame))
        pd.testing.assert_frame_equal(summary(twisted), summary(frame))

    def test_takes_plain_object_columns(self, summary, make, needed):
        frame = make()
        plain = {name: values.astype(object).where(values.notna(), None) for name, values in frame.items()}
        # Only a category can declare a type of no one.
        plain = frame.assign(**{name: values for name, values in plain.items() if name != "type"})
        pd.testing.assert_frame_equal(summary(plain), summary(frame))

    def test_survives_parquet(self, summary, make, needed, tmp_path):
        frame = make().drop(columns="team_ids", errors="ignore")
        frame.to_parquet(tmp_path / "frame.parquet")
        pd.testing.assert_frame_equal(summary(pd.read_parquet(tmp_path / "frame.parquet")), summary(frame))


class TestPeopleByType:
    def test_counts(self):
        people = frames.people(["contact", "robot", None, "account", "account", "alien"])
        table = report.people_by_type(people)
        assert table.index.tolist() == [*frames.TYPES, "alien", "robot", "(none)", "total"]
        assert table["people"].tolist() == [2, 0, 1, 1, 1, 1, 6]
        assert table["share"].tolist() == pytest.approx([2 / 6, 0, 1 / 6, 1 / 6, 1 / 6, 1 / 6, 1])
        assert table["admins"].tolist() == [1, 0, 1, 0, 0, 0, 2], "missing is not True"

    def test_dtypes_are_the_same_for_no_rows(self):
        full, empty = report.people_by_type(frames.people()), report.people_by_type(frames.people()[:0])
        assert full.dtypes.to_dict() == empty.dtypes.to_dict()
        assert full.dtypes.astype(str).tolist() == ["int64", "Float64", *["int64"] * 4]
        assert empty.index.tolist() == [*frames.TYPES, "total"]
        assert empty["people"].sum() == 0
        assert empty["share"].isna().all()
        assert full.index.dtype == empty.index.dtype == "str"

    def test_declared_order_is_kept(self):
        people = frames.people(["account", "contact"])
        people["type"] = people["type"].astype(pd.CategoricalDtype(["contact", "owner", "account"]))
        assert report.people_by_type(people).index.tolist() == ["contact", "owner", "account", "total"]

    def test_by_a_column(self):
        table = report.people_by_type(frames.people(), by="company_name")
        assert table.columns.names == ["company_name", "measure"]
        assert table.columns.unique(0).tolist() == ["Acme", "Beta", "(none)"]
        assert table["Acme"].columns.tolist() == report.people_by_type(frames.people()).columns.tolist()
        assert table[("Acme", "people")].tolist() == [1, 0, 0, 1, 2]
        assert table[("Acme", "share")].tolist() == [0.5, 0, 0, 0.5, 1]
        assert table.dtypes.astype(str).tolist() == ["int64", "Float64", *["int64"] * 4] * 3

    def test_by_keeps_the_values_as_they_are(self):
        people = frames.people(project_id=pd.Series([12, 7, 12, None], dtype="Int64"))
        assert report.people_by_type(people, by="project_id").columns.unique(0).tolist() == [7, 12, "(none)"]
        assert report.people_by_type(people, by="is_admin").columns.unique(0).tolist() == [False, True, "(none)"]

    @pytest.mark.parametrize("by", frames.people().columns)
    def test_by_any_column(self, by):
        table = report.people_by_type(frames.people(), by=by)
        assert table.xs("people", axis=1, level=1).loc["total"].sum() == len(frames.people())

    def test_by_of_no_rows(self):
        table = report.people_by_type(frames.people()[:0], by="company_name")
        assert table.shape == (4, 0)
        assert table.columns.names == ["company_name", "measure"]

    def test_by_needs_its_column(self):
        with pytest.raises(errors.InvalidArgument, match="colour"):
            report.people_by_type(frames.people(), by="colour")

    @pytest.mark.parametrize("wrong", [["type"], 5, pd.Series(["type"])])
    def test_by_is_the_name_of_a_column(self, wrong):
        with pytest.raises(errors.InvalidArgument, match="name of a column"):
            report.people_by_type(frames.people(), by=wrong)

    anything = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.sampled_from(frames.AWKWARD),
        st.lists(st.integers(1, 3) | st.none(), max_size=2),
        st.tuples(st.integers(1, 3)),
        st.dictionaries(st.sampled_from(["a"]), st.integers(1, 2)),
        st.dates().map(pd.Timestamp),
        st.just(pd.NaT),
        st.lists(st.integers(1, 3), max_size=2).map(np.array),
    )

    @settings(deadline=None)
    @given(st.lists(anything, min_size=1, max_size=6))
    def test_by_anything_adds_up_to_the_rows(self, values):
        people = frames.people(["account"] * len(values), odd=pd.Series(values, dtype=object))
        table = report.people_by_type(people, by="odd")
        assert table.xs("people", axis=1, level=1).loc["total"].sum() == len(values)

    def test_by_lists_is_the_same_after_parquet(self, tmp_path):
        frames.people().to_parquet(tmp_path / "people.parquet")
        kept = report.people_by_type(pd.read_parquet(tmp_path / "people.parquet"), by="team_ids")
        pd.testing.assert_frame_equal(kept, report.people_by_type(frames.people(), by="team_ids"))

    @settings(deadline=None)
    @given(st.lists(st.sampled_from([*frames.TYPES, None, "(none)", "odd"])), st.sampled_from([None, "company_name"]))
    def test_adds_up_to_the_rows(self, types, by):
        people = frames.people(types)
        table = report.people_by_type(people, by=by)
        blocks = [table] if by is None else [table[value] for value in table.columns.unique(0)]
        for block in blocks:
            counts = block.drop(columns="share")
            assert (counts[:-1].sum() == counts.iloc[-1]).all()
            assert block["share"][:-1].sum() == pytest.approx(1 if counts["people"].any() else 0)
        assert sum(block["people"].iloc[-1] for block in blocks) == len(people)


class TestPeopleByPermission:
    def test_counts(self):
        table = report.people_by_permission(frames.permissions())
        assert table.index.tolist() == ["active", "view_time"]
        assert table.index.name == "permission"
        assert table.loc["active"].tolist() == [3, 2, 0, 1, pytest.approx(2 / 3), 1, 1, 1, 1]
        assert table.loc["view_time"].tolist() == [3, 0, 1, 2, 0, 0, 0, 0, 0]
        assert table.columns.tolist() == [
            *("people", "granted", "not_granted", "unknown", "share"),
            *("admins", "client_users", "service_accounts", "deleted"),
        ]

    @pytest.mark.parametrize("frame", [frames.permissions()[:0], frames.permissions(names=())])
    def test_dtypes_are_the_same_for_no_rows(self, frame):
        full, empty = report.people_by_permission(frames.permissions()), report.people_by_permission(frame)
        assert full.dtypes.to_dict() == empty.dtypes.to_dict()
        assert full.dtypes.astype(str).tolist() == [*["int64"] * 4, "Float64", *["int64"] * 4]
        assert full.index.dtype == empty.index.dtype == "str"
        assert empty["people"].sum() == 0
        assert empty["share"].isna().all()

    def test_counts_the_permissions_that_the_frame_names(self):
        permissions = frames.permissions(can_add_projects=pd.Series([True] * 3, dtype="boolean"))
        assert len(report.people_by_permission(permissions)) == 3
        permissions.attrs["permissions"] = {"active": {}, "view_time": {}}
        assert report.people_by_permission(permissions).index.tolist() == ["active", "view_time"]

    def test_leaves_out_what_is_no_permission(self):
        permissions = frames.permissions().assign(colour="red", rank=1)
        assert report.people_by_permission(permissions).index.tolist() == ["active", "view_time"]

    def test_people_are_refused(self):
        with pytest.raises(errors.InvalidArgument, match=r"person_id.*pm\.teamwork\.permissions"):
            report.people_by_permission(frames.people())

    @settings(deadline=None)
    @given(st.data())
    def test_adds_up_to_the_rows(self, data):
        names = data.draw(st.lists(st.text() | st.sampled_from(frames.AWKWARD), unique=True, max_size=4))
        names = [name for name in names if name not in frames.permissions(names=())]
        cell = st.sampled_from([True, False, None])
        granted = data.draw(st.lists(st.tuples(*[cell for _ in names]), max_size=6))
        table = report.people_by_permission(frames.permissions(granted, names))
        assert table.index.tolist() == names
        assert (table["people"] == len(granted)).all()
        assert (table["granted"] + table["not_granted"] + table["unknown"] == len(granted)).all()
        everything = [one for line in granted for one in line]
        assert table["granted"].sum() == everything.count(True)
        assert table["unknown"].sum() == everything.count(None)
        assert (table.iloc[:, 5:].max(axis=1) <= table["granted"]).all()


class TestRolesByPermission:
    def test_matrix(self):
        table = report.roles_by_permission(frames.roles())
        assert table.columns.tolist() == ["description", "roles", "Admin", "Member", "Guest", "fixed"]
        assert table.index.tolist() == ["invitePeople", "useMcp"]
        assert table.index.name == "permission"
        assert table.dtypes.astype(str).tolist() == ["str", "int64", *["boolean"] * 3, "Int64"]
        assert table["roles"].tolist() == [1, 1]
        assert table.loc["useMcp", ["Admin", "Member"]].tolist() == [True, False]
        assert table["Guest"].isna().all(), "not sent is not no"
        assert table["description"].isna().all()
        assert table["fixed"].isna().all()

    def test_what_is_known_of_permissions(self):
        roles = frames.roles()
        roles.attrs["permissions"] = {
            "invitePeople": {"description": "Add people", "fixed": ["r0", "r1", "not here"]},
            "useMcp": {"description": None},
        }
        table = report.roles_by_permission(roles)
        assert table["description"].tolist()[0] == "Add people"
        assert table["fixed"].tolist() == [2, pd.NA]
        assert report.roles_by_permission(roles[1:]).loc["invitePeople", "fixed"] == 1

    @pytest.mark.parametrize(
        ("names", "columns"),
        [
            (["Admin", "Admin"], ["Admin (r0)", "Admin (r1)"]),
            (["roles", "fixed"], ["roles (r0)", "fixed (r1)"]),
            (["description", "permission"], ["description (r0)", "permission (r1)"]),
            (["A (r1)", "A", "A"], ["A (r1)", "A (r1) (r1)", "A (r2)"]),
            ([None, ""], ["(none)", ""]),
        ],
    )
    def test_names_of_roles(self, names, columns):
        table = report.roles_by_permission(frames.roles(names))
        assert table.columns.drop(["description", "roles", "fixed"]).tolist() == columns
        assert table.reset_index().columns.is_unique

    def test_of_no_roles(self):
        table = report.roles_by_permission(frames.roles()[:0])
        assert table.columns.tolist() == ["description", "roles", "fixed"]
        assert table.dtypes.astype(str).tolist() == ["str", "int64", "Int64"]
        assert table["roles"].tolist() == [0, 0]

    def test_of_no_permissions(self):
        table = report.roles_by_permission(frames.roles(permissions=()))
        assert table.shape == (0, 6)
        assert table.dtypes.astype(str).tolist() == ["str", "int64", *["boolean"] * 3, "Int64"]

    def test_leaves_out_what_is_no_permission(self):
        roles = frames.roles().assign(colour="red", rank=1, note=frames.text([None] * 3))
        assert report.roles_by_permission(roles).index.tolist() == ["invitePeople", "useMcp"]

    @settings(deadline=None)
    @given(st.data())
    def test_adds_up_to_what_was_sent(self, data):
        cell = st.sampled_from([True, False, None])
        names = data.draw(st.lists(st.sampled_from(["A", "B", "roles", "A (r1)", None]), max_size=6))
        granted = [[data.draw(cell) for _ in frames.PERMISSIONS] for _ in names]
        table = report.roles_by_permission(frames.roles(names, list(frames.PERMISSIONS), granted))
        cells = table.drop(columns=["description", "roles", "fixed"])
        assert cells.shape == (len(frames.PERMISSIONS), len(names))
        assert cells.columns.is_unique
        everything = [one for line in granted for one in line]
        assert table["roles"].sum() == everything.count(True)
        assert cells.isna().to_numpy().sum() == everything.count(None)
