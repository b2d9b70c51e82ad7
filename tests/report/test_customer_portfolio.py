"""`customer_portfolio`: every customer, company and match of the frames is in the report."""

from collections import Counter

import pandas as pd
import pytest

from pmframes import errors, report
from pmframes._text import service_title, show_hidden
from tests.support import frames
from tests.support.report_text import counted, read, shown


def portfolio_of(tmp_path, customers):
    return read(report.customer_portfolio(customers), tmp_path)


@pytest.fixture(scope="module")
def whole(loaded, tmp_path_factory):
    """Give the portfolio of every customer."""
    return portfolio_of(tmp_path_factory.mktemp("whole"), loaded.customers)


def test_every_customer_is_named_as_often_as_in_the_frame(loaded, whole):
    lines = whole.table("All customers, by company").records()
    names = Counter(name.strip() for line in lines for name in line["names"].split("; "))
    assert names == Counter(
        show_hidden(name).strip() for name in loaded.customers["name"].fillna(loaded.customers["id"])
    )
    assert sum(int(line["customers"]) for line in lines) == len(loaded.customers)


def test_all_rows_are_in_the_workbook_and_the_page_says_so(loaded, whole, tmp_path):
    assert (
        f"Only in the workbook, which report.to_excel(path) writes: All customers ({len(loaded.customers):,})."
        in whole.paragraphs
    )
    path = report.customer_portfolio(loaded.customers, appendix=False).to_excel(tmp_path / "portfolio.xlsx")
    assert len(pd.read_excel(path, "All customers", engine="openpyxl")) == len(loaded.customers)
    assert len(pd.read_excel(path, "Customers by company", engine="openpyxl")) == len(
        report.customers_by_company(loaded.customers)
    )


def test_companies_are_counted_as_in_the_frame(loaded, whole):
    table = whole.table("Customers by company")
    expected = report.customers_by_company(loaded.customers)
    assert table.count == f"{len(expected):,} rows"
    ranked = expected.assign(none=expected["company_name"] == "(none)")
    order = ranked.sort_values(["none", "customers"], ascending=[True, False], kind="stable").index
    first = expected.loc[order][: len(table.rows)]
    for name in ("company_id", "company_name"):
        assert table.column(name) == shown(first[name])
    assert table.column("customers") == counted(first["customers"])


def test_the_first_page_counts_customers_services_and_duplicates(loaded, whole):
    text = " ".join(whole.paragraphs)
    for service, count in loaded.customers["service"].value_counts().items():
        assert f"{count:,} from {service_title(service)}" in text
    groups = loaded.customers.groupby("match")["service"]
    across, within = (groups.nunique() > 1).sum(), (groups.size() > groups.nunique()).sum()
    assert whole.figures == {
        "customers and clients": f"{len(loaded.customers):,}",
        "services": "3",
        "companies": f"{(report.customers_by_company(loaded.customers)['company_name'] != '(none)').sum():,}",
        "probable duplicates across services": f"{across:,}",
        "probable duplicates within a service": f"{within:,}",
    }
    assert f"Probable duplicates across services ({across:,})" in " ".join(whole.headlines)


def test_matches_have_a_row_each_with_a_column_per_service(loaded, whole):
    matched = loaded.customers[loaded.customers["match"].notna()]
    lines = whole.table("Suggested matches: all rows").records()
    assert [*map(len, (lines, whole.table("Suggested matches").rows))] == [matched["match"].nunique(), 40]
    names = Counter(
        (line["match"], service, name)
        for line in lines
        for service in ("ProjectManager.com", "Outlign", "Spirii")
        for name in filter(None, line[service].split("; "))
    )
    is_repeated = matched.duplicated(["match", "service"], keep=False)
    shown_names = matched["name"].map(show_hidden).str.strip()
    shown_names = shown_names.where(~is_repeated, shown_names + " (" + matched["id"] + ")")
    rows = zip(matched["match"], matched["service"].map(service_title), shown_names, strict=True)
    assert names == Counter((f"{number:,}", service, name) for number, service, name in rows)
    assert "Review each." in " ".join(whole.paragraphs)


def test_duplicates_within_a_service_come_first(whole):
    lines = whole.table("Suggested matches").records()
    is_within = [int(line["customers"]) > int(line["services"]) for line in lines]
    assert is_within == sorted(is_within, reverse=True)
    assert is_within[0]


def test_of_several_accounts_matches_stay_apart(tmp_path):
    given = frames.portfolio().assign(match=1, account=["a", "a", "b", "b"])
    lines = portfolio_of(tmp_path, given).table("Suggested matches").records()
    assert [line["account"] for line in lines] == ["a", "b"]


def test_long_lists_of_names_are_cut_into_rows_that_fit_on_a_page(tmp_path):
    found = portfolio_of(tmp_path, frames.plain_customers(120)).table("ProjectManager.com customers, by company")
    assert [(line["company"], line["customers"]) for line in found.records()] == [
        ("(none), 1 to 50", "50"),
        ("(none), 51 to 100", "50"),
        ("(none), 101 to 120", "20"),
    ]


def test_without_matches_there_is_no_such_table(tmp_path):
    assert "Suggested matches" not in portfolio_of(tmp_path, frames.portfolio()).titles


def test_sources_are_all_named_at_the_end(loaded, whole):
    stamps = loaded.customers.attrs["pmframes"]["sources"]
    lines = whole.tables[-1].records()
    assert whole.titles[-1] == "Provenance"
    assert [(line["service"], line["resource"], line["rows"]) for line in lines] == [
        (service_title(one["service"]), one["resource"], f"{one['rows']:,}") for one in stamps
    ]
    assert whole.banner == "there"


def test_of_several_frames_has_a_table_for_each(loaded, tmp_path):
    found = portfolio_of(tmp_path, [loaded.clients, frames.owned_customers(), frames.plain_customers()])
    titles = ["Outlign clients", "Spirii customers", "ProjectManager.com customers"]
    assert [title.removesuffix(", by company") for title in found.titles[1:4]] == titles


@pytest.mark.parametrize("as_list", [True, False])
def test_of_one_frame_says_whose_it_is(as_list, loaded, tmp_path):
    found = portfolio_of(tmp_path, [loaded.clients] if as_list else loaded.clients)
    assert len(found.table("Outlign clients, by company").rows) > 1


@pytest.mark.parametrize("make", [frames.clients, frames.owned_customers, frames.plain_customers])
def test_of_nobody(make, tmp_path):
    empty = make().iloc[:0]
    found = portfolio_of(tmp_path, empty)
    assert [one.rows for one in found.tables[:-1]] == [[]] * (len(found.tables) - 1)
    assert "0 customers and clients" in " ".join(found.paragraphs)


def test_of_one(tmp_path):
    found = portfolio_of(tmp_path, frames.plain_customers(1))
    assert found.table("ProjectManager.com customers, by company").column("customers") == ["1"]
    assert found.table("Customers by company").column("company_name") == ["(none)"]


@pytest.mark.parametrize("gone", ["created_at", "updated_at", "type", "match"])
def test_without_a_column_that_may_be_missing(gone, loaded, tmp_path):
    given = loaded.customers.head(40).drop(columns=gone)
    lines = portfolio_of(tmp_path, given).table("All customers, by company").records()
    assert sum(int(line["customers"]) for line in lines) == len(given)


def test_without_provenance_says_so(tmp_path):
    given = pd.DataFrame({"id": ["1"], "name": ["Ada"]})
    found = portfolio_of(tmp_path, given)
    assert found.table("All customers, by company").column("names") == ["Ada"]
    assert "Unknown provenance" in " ".join(found.paragraphs)


def test_of_untrusted_text_is_shown_as_it_is(tmp_path):
    clients = frames.clients(list(enumerate(frames.AWKWARD, 1)))
    clients["title"] = frames.text(frames.AWKWARD)
    found = portfolio_of(tmp_path, clients)
    assert sorted(found.table("Outlign clients, by company").column("names")) == sorted(
        show_hidden(one).strip() for one in frames.AWKWARD
    )
    assert sorted(found.table("Customers by company").column("company_name")) == sorted(
        show_hidden(one).strip() for one in frames.AWKWARD
    )


@pytest.mark.parametrize("given", [None, 5, "customers", [], [5], pd.DataFrame({"a": [1]})])
def test_of_something_else_is_refused(given):
    with pytest.raises(errors.InvalidArgument):
        report.customer_portfolio(given)


def test_leaves_its_frame_alone(loaded):
    before = loaded.customers.copy(deep=True)
    report.customer_portfolio(loaded.customers)
    pd.testing.assert_frame_equal(before, loaded.customers)
    assert before.attrs == loaded.customers.attrs


def test_of_any_index_it_is_the_same(loaded, tmp_path):
    expected = portfolio_of(tmp_path, loaded.customers).figures
    for index in ([0] * len(loaded.customers), loaded.customers["id"]):
        assert portfolio_of(tmp_path, loaded.customers.set_axis(index)).figures == expected


def test_companies_of_one_name_stay_apart(tmp_path):
    owned = frames.owned_customers(("Acme", "Acme", None)).assign(owner_id=frames.text(["7", "8", None]))
    lines = portfolio_of(tmp_path, owned).table("Spirii customers, by company").records()
    assert [(line["company"], line["customers"]) for line in lines] == [("Acme", "1"), ("Acme", "1"), ("(none)", "1")]


def test_a_service_that_links_companies_is_told_from_one_that_does_not(tmp_path):
    clients = frames.clients([(None, None)] * 2)
    assert "Not assigned to a company: 2 from Outlign. Assign them there." in " ".join(
        portfolio_of(tmp_path, clients).headlines
    )
    plain = portfolio_of(tmp_path, frames.plain_customers(1)).headlines
    assert plain == ["No companies: ProjectManager.com does not link its 1 customer to companies."]
