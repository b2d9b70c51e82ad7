"""What every summary promises, and what each one counts."""

import copy

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmframes import errors, report

from . import frames

SUMMARIES = {
    "people_by_type": (report.people_by_type, frames.people, "is_admin"),
    "people_by_type, by": (lambda people: report.people_by_type(people, by="id"), frames.people, "type"),
    "roles_by_permission": (report.roles_by_permission, frames.roles, "name"),
    "role_differences": (lambda roles: report.role_differences(roles, "r0", "r1"), frames.roles, "name"),
    "customers_by_company, clients": (report.customers_by_company, frames.clients, "company_title"),
    "customers_by_company, owners": (report.customers_by_company, frames.owned_customers, "owner_id"),
    "customers_by_company, portfolio": (report.customers_by_company, frames.portfolio, "company_name"),
    "customers_by_company, plain": (report.customers_by_company, frames.plain_customers, "name"),
}
COMPANY_DTYPES = {
    "service": "str",
    "company_id": "str",
    "company_name": "str",
    "customers": "int64",
    "share": "Float64",
    "first_created": "datetime64[us, UTC]",
    "last_updated": "datetime64[us, UTC]",
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
        with pytest.raises(errors.InvalidArgument, match=f"{needed}.*Give the frame that"):
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
        assert report.people_by_type(people, by="is_admin").columns.unique(0).tolist() == [
            False,
            True,
            "(none)",
        ]

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

    @settings(deadline=None)
    @given(
        st.lists(st.sampled_from([*frames.TYPES, None, "(none)", "odd"])),
        st.sampled_from([None, "company_name"]),
    )
    def test_adds_up_to_the_rows(self, types, by):
        people = frames.people(types)
        table = report.people_by_type(people, by=by)
        blocks = [table] if by is None else [table[value] for value in table.columns.unique(0)]
        for block in blocks:
            counts = block.drop(columns="share")
            assert (counts[:-1].sum() == counts.iloc[-1]).all()
            assert block["share"][:-1].sum() == pytest.approx(1 if counts["people"].any() else 0)
        assert sum(block["people"].iloc[-1] for block in blocks) == len(people)


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


class TestCustomersByCompany:
    def test_clients(self):
        table = report.customers_by_company(frames.clients())
        assert table["company_name"].tolist() == ["Acme", "Beta", "(none)"]
        assert table["company_id"].tolist()[:2] == ["1", "2"]
        assert table["company_id"].isna().tolist() == [False, False, True]
        assert table["customers"].tolist() == [2, 1, 1]
        assert table["share"].tolist() == [0.5, 0.25, 0.25]
        assert table["first_created"][0] == pd.Timestamp("2024-01-01", tz="UTC")
        assert table["last_updated"][0] == pd.Timestamp("2025-01-02", tz="UTC")
        assert set(table["service"]) == {"outlign"}

    @pytest.mark.parametrize(
        "make", [frames.clients, frames.owned_customers, frames.plain_customers, frames.portfolio]
    )
    def test_dtypes_are_the_same_for_no_rows(self, make):
        for frame in (make(), make()[:0]):
            assert report.customers_by_company(frame).dtypes.astype(str).to_dict() == COMPANY_DTYPES
        assert report.customers_by_company(make()[:0]).empty

    def test_no_company_at_all(self):
        table = report.customers_by_company(frames.plain_customers())
        assert table[["service", "company_name", "customers"]].to_numpy().tolist() == [
            ["projectmanager", "(none)", 3]
        ]
        assert table[["first_created", "last_updated"]].isna().all(axis=None)

    def test_several_services(self):
        parts = [frames.plain_customers(), frames.clients(), frames.owned_customers()]
        table = report.customers_by_company(parts)
        assert table["service"].tolist() == ["outlign"] * 3 + ["projectmanager"] + ["spirii"] * 2
        assert table.groupby("service")["share"].sum().tolist() == pytest.approx([1, 1, 1])
        assert table["customers"].sum() == sum(map(len, parts))
        assert [one["service"] for one in table.attrs["pmframes"]["sources"]] == [
            "projectmanager",
            "outlign",
            "spirii",
        ]

    def test_portfolio(self):
        table = report.customers_by_company(frames.portfolio())
        rows = table[["service", "company_name", "customers"]].to_numpy().tolist()
        assert rows == [
            ["outlign", "Acme", 1],
            ["projectmanager", "(none)", 1],
            ["spirii", "Acme", 1],
            ["spirii", "Named only", 1],
        ]

    def test_service_is_not_made_up(self):
        clients = frames.clients()
        clients.attrs = {}
        assert report.customers_by_company(clients)["service"].isna().all()

    def test_companies_are_told_apart_by_id_then_by_name(self):
        rows = [(1, "Acme"), (2, "Acme"), (None, "Acme"), (None, "Acme"), (2, None), (3, None), (None, None)]
        table = report.customers_by_company(frames.clients(rows))
        found = [tuple(None if pd.isna(one) else one for one in row) for row in table.iloc[:, 1:4].to_numpy()]
        assert found == [
            ("2", "Acme", 2),
            (None, "Acme", 2),
            ("1", "Acme", 1),
            ("3", None, 1),
            (None, "(none)", 1),
        ]

    def test_none_comes_last_though_it_is_the_largest(self):
        table = report.customers_by_company(frames.clients([(None, None)] * 5 + [(1, "Zed"), (2, "Acme")]))
        assert table["company_name"].tolist() == ["Acme", "Zed", "(none)"]

    def test_an_empty_list_is_refused(self):
        with pytest.raises(errors.InvalidArgument, match="a list of such frames"):
            report.customers_by_company([])

    companies = st.tuples(
        st.none() | st.integers(1, 4), st.none() | st.sampled_from(["Acme", "Beta", "", "(none)"])
    )

    @settings(deadline=None)
    @given(st.lists(companies), st.lists(st.none() | st.sampled_from(["Acme", "Beta"])), st.integers(0, 3))
    def test_adds_up_to_the_rows(self, companies, owners, plain):
        parts = [frames.clients(companies), frames.owned_customers(owners), frames.plain_customers(plain)]
        table = report.customers_by_company(parts)
        assert table["customers"].sum() == sum(map(len, parts))
        for part in parts:
            rows = table[table["service"] == part.attrs["pmframes"]["service"]]
            assert rows["customers"].sum() == len(part)
            assert rows["share"].sum() == pytest.approx(1 if len(part) else 0)
