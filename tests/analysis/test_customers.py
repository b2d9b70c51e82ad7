"""Summaries of customers by company and by operator, and of projects by customer."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmframes import errors
from pmframes.report import customers_by_company, customers_by_operator, projects_by_customer
from tests.support import frames

COMPANY_DTYPES = {
    "service": "str", "company_id": "str", "company_name": "str", "customers": "int64", "share": "Float64",
    "first_created": "datetime64[us, UTC]", "last_updated": "datetime64[us, UTC]",
}  # fmt: skip


class TestCustomersByCompany:
    def test_counts_clients(self):
        table = customers_by_company(frames.clients())
        assert table["company_name"].tolist() == ["Acme", "Beta", "(none)"]
        assert table["company_id"].tolist()[:2] == ["1", "2"]
        assert table["company_id"].isna().tolist() == [False, False, True]
        assert table["customers"].tolist() == [2, 1, 1]
        assert table["share"].tolist() == [0.5, 0.25, 0.25]
        assert table["first_created"][0] == pd.Timestamp("2024-01-01", tz="UTC")
        assert table["last_updated"][0] == pd.Timestamp("2025-01-02", tz="UTC")
        assert set(table["service"]) == {"outlign"}

    def test_frames_as_others_keep_them(self):
        clients = frames.clients()
        renamed = clients.rename(columns={"title": "name", "company_title": "company_name"})
        assert customers_by_company(renamed)["company_name"].tolist() == ["Acme", "Beta", "(none)"]
        decimal = clients.astype({"company_id": "float64"}).assign(created_at=float("nan"))
        table = customers_by_company(decimal)
        assert table["company_id"].tolist()[:2] == ["1", "2"]
        assert table["first_created"].isna().all()
        clients.attrs = {}
        assert customers_by_company(clients)["service"].isna().all()
        table = customers_by_company(frames.plain_customers())
        assert table[["service", "company_name", "customers"]].to_numpy().tolist() == [["projectmanager", "(none)", 3]]
        assert table[["first_created", "last_updated"]].isna().all(axis=None)

    @pytest.mark.parametrize("make", [frames.clients, frames.owned_customers, frames.plain_customers, frames.portfolio])
    def test_same_dtypes_for_no_rows(self, make):
        for frame in (make(), make()[:0]):
            assert customers_by_company(frame).dtypes.astype(str).to_dict() == COMPANY_DTYPES
        assert customers_by_company(make()[:0]).empty

    def test_frames_of_several_services(self):
        parts = [frames.plain_customers(), frames.clients(), frames.owned_customers()]
        table = customers_by_company(parts)
        assert table["service"].tolist() == ["outlign"] * 3 + ["projectmanager"] + ["spirii"] * 2
        assert table.groupby("service")["share"].sum().tolist() == pytest.approx([1, 1, 1])
        assert table["customers"].sum() == sum(map(len, parts))
        assert [one["service"] for one in table.attrs["pmframes"]["sources"]] == ["projectmanager", "outlign", "spirii"]

    def test_portfolio(self):
        table = customers_by_company(frames.portfolio())
        rows = table[["service", "company_name", "customers"]].to_numpy().tolist()
        assert rows == [
            ["outlign", "Acme", 1],
            ["projectmanager", "(none)", 1],
            ["spirii", "Acme", 1],
            ["spirii", "Named only", 1],
        ]

    def test_companies_are_distinguished_by_id_else_by_name(self):
        rows = [(1, "Acme"), (2, "Acme"), (None, "Acme"), (None, "Acme"), (2, None), (3, None), (None, None)]
        table = customers_by_company(frames.clients(rows))
        found = [tuple(None if pd.isna(one) else one for one in row) for row in table.iloc[:, 1:4].to_numpy()]
        assert found == [("2", "Acme", 2), (None, "Acme", 2), ("1", "Acme", 1), ("3", None, 1), (None, "(none)", 1)]
        table = customers_by_company(frames.clients([(None, None)] * 5 + [(1, "Zed"), (2, "Acme")]))
        assert table["company_name"].tolist() == ["Acme", "Zed", "(none)"], "none is last also if it is the largest"

    @pytest.mark.parametrize("wrong", [None, 3, []])
    def test_anything_but_frames_of_customers_is_refused(self, wrong):
        with pytest.raises(errors.InvalidArgument, match="a frame of customers, or a list of such frames"):
            customers_by_company(wrong)

    @pytest.mark.parametrize("values", ["nonsense", 1_700_000_000, True])
    def test_times_in_another_format_are_refused(self, values):
        with pytest.raises(errors.InvalidArgument, match=r"created_at .*a column of times"):
            customers_by_company(frames.clients().assign(created_at=values))

    @pytest.mark.parametrize(("drop", "missing"), [
        ("company_title", "company_name or company_title"),
        ("company_id", "company_id"),
        (["company_id", "company_title", "id"], "id, name"),
    ])  # fmt: skip
    def test_columns_of_the_company_are_required(self, drop, missing):
        with pytest.raises(errors.InvalidArgument, match=f"customers lacks the columns: {missing}"):
            customers_by_company(frames.clients().drop(columns=drop))

    companies = st.tuples(st.none() | st.integers(1, 4), st.none() | st.sampled_from(["Acme", "Beta", "", "(none)"]))

    @given(st.lists(companies), st.lists(st.none() | st.sampled_from(["Acme", "Beta"])), st.integers(0, 3))
    def test_counts_add_up_to_the_rows(self, companies, owners, plain):
        parts = [frames.clients(companies), frames.owned_customers(owners), frames.plain_customers(plain)]
        table = customers_by_company(parts)
        assert table["customers"].sum() == sum(map(len, parts))
        for part in parts:
            rows = table[table["service"] == part.attrs["pmframes"]["service"]]
            assert rows["customers"].sum() == len(part)
            assert rows["share"].sum() == pytest.approx(1 if len(part) else 0)


@pytest.mark.parametrize("drop", [True, False])
@pytest.mark.parametrize(("summarise", "make"), [
    (customers_by_company, frames.clients),
    (customers_by_operator, frames.operated_customers),
    (projects_by_customer, frames.projects),
])  # fmt: skip
def test_ids_may_be_the_index(summarise, make, drop):
    frame = make()
    frame = frame.set_index("id", drop=drop) if "id" in frame else frame.rename_axis(index="id")
    pd.testing.assert_frame_equal(summarise(frame), summarise(make()))


class TestCustomersByOperator:
    def test_counts(self):
        table = customers_by_operator(frames.operated_customers())
        assert table["operator_id"].tolist()[:2] == ["3", "4"]
        assert table["operator_name"].tolist() == ["Volt", "Grid", "(none)"]
        assert table["customers"].tolist() == [2, 1, 1]
        assert table["share"].tolist() == [0.5, 0.25, 0.25]

    def test_same_dtypes_for_no_rows(self):
        expected = {**COMPANY_DTYPES, "operator_id": "str", "operator_name": "str"}
        for name in ("service", "company_id", "company_name"):
            del expected[name]
        for frame in (frames.operated_customers(), frames.operated_customers()[:0]):
            assert customers_by_operator(frame).dtypes.astype(str).to_dict() == expected

    operators = st.tuples(st.none() | st.integers(1, 4), st.none() | st.sampled_from(["Volt", "(none)"]))

    @given(st.lists(operators))
    def test_counts_add_up_to_the_rows(self, operators):
        table = customers_by_operator(frames.operated_customers(operators))
        assert table["customers"].sum() == len(operators)
        assert table["share"].sum() == pytest.approx(1 if operators else 0)


class TestProjectsByCustomer:
    def test_counts(self):
        table = projects_by_customer(frames.projects())
        assert table["customer_id"].tolist()[:2] == ["p0", "p1"]
        assert table["customer_name"].tolist() == ["Acme", "Beta", "(none)"]
        assert table["projects"].tolist() == [2, 1, 1]
        assert table["share"].tolist() == [0.5, 0.25, 0.25]
        assert table["first_created"][0] == pd.Timestamp("2024-01-01", tz="UTC")
        assert table["last_updated"][0] == pd.Timestamp("2025-01-02", tz="UTC")

    def test_customers_without_a_project_are_rows_too(self):
        table = projects_by_customer(frames.projects(), frames.plain_customers(4))
        assert table["customer_name"].tolist() == ["Acme", "Beta", "Customer 2", "Customer 3", "(none)"]
        assert table["projects"].tolist() == [2, 1, 0, 0, 1]
        assert table["first_created"].isna().tolist() == [False, False, True, True, False]
        assert [one["resource"] for one in table.attrs["pmframes"]["sources"]] == ["projects", "customers"]
        customers = frames.plain_customers(1)
        customers.attrs = {}
        assert len(projects_by_customer(frames.projects([("p0", None)]), customers)) == 1
        with pytest.raises(errors.InvalidArgument, match="DataFrame"):
            projects_by_customer(frames.projects(), [1])

    @pytest.mark.parametrize("customers", [None, frames.plain_customers(), frames.plain_customers(0)])
    def test_same_dtypes_for_no_rows(self, customers):
        expected = projects_by_customer(frames.projects()).dtypes.to_dict()
        table = projects_by_customer(frames.projects()[:0], customers)
        assert table.dtypes.to_dict() == expected
        assert len(table) == (0 if customers is None else len(customers))
        assert table["share"].isna().all(), "nothing of nothing is no share"

    customers = st.tuples(
        st.none() | st.sampled_from(["p0", "p1", "p7"]), st.none() | st.sampled_from(["Acme", "(none)"])
    )

    @given(st.lists(customers), st.integers(0, 4))
    def test_counts_add_up_to_the_rows_and_no_customer_is_missing(self, rows, count):
        table = projects_by_customer(frames.projects(rows), frames.plain_customers(count))
        assert table["projects"].sum() == len(rows)
        assert table["share"].sum() == pytest.approx(1 if rows else 0)
        known = {one for one, _ in rows if one} | {f"p{place}" for place in range(count)}
        assert sorted(table["customer_id"].dropna()) == sorted(known)
