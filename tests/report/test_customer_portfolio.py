"""`customer_portfolio`: every customer, company and match of the frames is in the report."""

from collections import Counter

import pandas as pd
import pytest

import pmframes as pm
from pmframes import errors, report
from pmframes._frames.provenance import service_title
from pmframes._text import show_hidden
from tests.support import frames
from tests.support.report_text import counted, read, shown


def portfolio_of(tmp_path, customers):
    return read(report.customer_portfolio(customers), tmp_path)


@pytest.fixture(scope="module")
def whole(loaded, tmp_path_factory):
    """Give the portfolio of every customer."""
    return portfolio_of(tmp_path_factory.mktemp("whole"), loaded.customers)


def test_every_customer_is_there_as_often_as_in_the_frame(loaded, whole):
    table = whole.table("All customers")
    for name in ("service", "id", "name", "company_id", "company_name"):
        assert table.column(name) == shown(loaded.customers[name])
    assert table.count == f"{len(loaded.customers):,} rows"


def test_companies_are_counted_as_in_the_frame(loaded, whole):
    table = whole.table("Customers by company")
    expected = pm.report.customers_by_company(loaded.customers)
    for name in ("service", "company_id", "company_name"):
        assert table.column(name) == shown(expected[name])
    assert table.column("customers") == counted(expected["customers"])
    assert sum(int(one.replace(",", "")) for one in table.column("customers")) == len(loaded.customers)


def test_the_first_text_counts_each_service(loaded, whole):
    text = " ".join(whole.paragraphs)
    for service, count in loaded.customers["service"].value_counts().items():
        assert f"{count:,} from {service_title(service)}" in text
    assert f"{len(loaded.customers):,} customers" in text


def test_matches_are_all_there_and_called_suggestions(loaded, whole):
    matched = loaded.customers[loaded.customers["match"].notna()]
    lines = whole.table("Suggested matches").records()
    rows = zip(*(matched[name].astype("str") for name in ("match", "service", "id")), strict=True)
    assert Counter((line["match"].replace(",", ""), line["service"], line["id"]) for line in lines) == Counter(rows)
    order = [int(line["match"].replace(",", "")) for line in lines]
    assert order == sorted(order)
    assert "Review each." in " ".join(whole.paragraphs)


def test_without_matches_there_is_no_such_table(tmp_path):
    assert "Suggested matches" not in portfolio_of(tmp_path, frames.portfolio()).titles


def test_sources_are_all_named_at_the_end(loaded, whole):
    stamps = loaded.customers.attrs["pmframes"]["sources"]
    lines = whole.tables[-1].records()
    assert whole.titles[-1] == "Provenance"
    assert [(line["service"], line["resource"], line["rows"]) for line in lines] == [
        (one["service"], one["resource"], f"{one['rows']:,}") for one in stamps
    ]
    assert whole.banner == "there"


def test_of_several_frames_has_a_table_for_each(loaded, tmp_path):
    found = portfolio_of(tmp_path, [loaded.clients, frames.owned_customers(), frames.plain_customers()])
    assert found.titles[1:4] == ["Outlign clients", "Spirii customers", "ProjectManager.com customers"]
    assert found.table("Outlign clients").column("id") == shown(loaded.clients["id"])
    assert [len(one.rows) for one in found.tables[2:4]] == [3, 3]


@pytest.mark.parametrize("as_list", [True, False])
def test_of_one_frame_says_whose_it_is(as_list, loaded, tmp_path):
    given = [loaded.clients] if as_list else loaded.clients
    assert portfolio_of(tmp_path, given).table("Outlign clients").column("title") == shown(loaded.clients["title"])


@pytest.mark.parametrize("make", [frames.clients, frames.owned_customers, frames.plain_customers])
def test_of_nobody(make, tmp_path):
    empty = make().iloc[:0]
    found = portfolio_of(tmp_path, empty)
    assert [one.rows for one in found.tables[:-1]] == [[]] * (len(found.tables) - 1)
    assert "0 customers and clients" in " ".join(found.paragraphs)


def test_of_one(tmp_path):
    found = portfolio_of(tmp_path, frames.plain_customers(1))
    assert found.table("ProjectManager.com customers").column("id") == ["p0"]
    assert found.table("Customers by company").column("company_name") == ["(none)"]


@pytest.mark.parametrize("gone", ["created_at", "updated_at", "type", "match"])
def test_without_a_column_that_may_be_missing(gone, loaded, tmp_path):
    given = loaded.customers.head(40).drop(columns=gone)
    assert len(portfolio_of(tmp_path, given).table("All customers").rows) == len(given)


def test_without_provenance_says_so(tmp_path):
    given = pd.DataFrame({"id": ["1"], "name": ["Ada"]})
    found = portfolio_of(tmp_path, given)
    assert found.table("All customers").column("name") == ["Ada"]
    assert "No provenance, so unknown how it was loaded" in " ".join(found.paragraphs)


def test_of_untrusted_text_is_shown_as_it_is(tmp_path):
    clients = frames.clients(list(enumerate(frames.AWKWARD, 1)))
    clients["title"] = frames.text(frames.AWKWARD)
    found = portfolio_of(tmp_path, clients)
    assert found.table("Outlign clients").column("title") == [show_hidden(one).strip() for one in frames.AWKWARD]
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
