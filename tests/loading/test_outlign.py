"""Outlign: every shape of a body, one client with its company, filters that are passed over, the sandbox."""

from typing import Any

import pytest

import pmframes as pm

CLIENTS = "/outlign/api/v1/clients"
ALONE = {"id": 101, "title": "Acme", "created_at": "2023-01-01T12:00:00Z", "updated_at": ""}
LISTED = ALONE | {"company": {"id": 456, "title": "Design Studio Inc"}}
EXPECTED = {
    "id": 101,
    "title": "Acme",
    "company_id": 456,
    "company_title": "Design Studio Inc",
    "created_at": "2023-01-01T12:00:00+00:00",
    "updated_at": None,
}
LAST = {"links": {"next": None}}


@pytest.mark.parametrize(
    "body",
    [[LISTED], {"data": [LISTED]} | LAST, {"data": [LISTED], "links": None}],
    ids=["bare list", "envelope", "no links"],
)
def test_every_shape_of_a_body(body, site, loader, records_of):
    case = loader("outlign.clients")
    case.connect(site)
    site.serve(case.path, body)
    assert records_of(case.load()) == [EXPECTED]


OTHER_SHAPES = [{"message": "hello"}, LISTED, {"data": LISTED}, {}, {"data": 5}, {"data": "x"}, 5, "x", [5]]


@pytest.mark.parametrize("body", OTHER_SHAPES, ids=repr)
def test_any_other_shape_is_an_error(body, site, loader):
    case = loader("outlign.clients")
    case.connect(site)
    site.serve(case.path, body)
    with pytest.raises(pm.errors.UnexpectedResponse):
        case.load()


# One client


@pytest.fixture
def alone(site, loader) -> Any:
    """Connect, and serve one client by itself."""
    loader("outlign.clients").connect(site)
    return lambda body: site.serve(f"{CLIENTS}/101", body)


@pytest.mark.parametrize("body", [{"data": ALONE}, ALONE, [ALONE]], ids=["wrapped", "bare", "a list"])
def test_one_client_with_its_company_from_the_list(body, alone, site, records_of):
    alone(body)
    site.serve(CLIENTS, {"data": [ALONE | {"id": 7}, LISTED]} | LAST)
    frame = pm.outlign.client(101)
    assert records_of(frame) == [EXPECTED]
    assert [request.query.get("title") for request in site.requests] == [None, ["Acme"]]
    assert frame.attrs["pmframes"]["requests"] == 2
    assert frame.attrs["pmframes"]["params"] == {"id": 101}
    assert "Acme" not in str(frame.attrs)
    again = pm.outlign.client("101")
    assert len(site.requests) == 2, "the company is stored with the client"
    assert again.equals(frame)
    assert again.dtypes.equals(pm.outlign.clients().dtypes)


@pytest.mark.parametrize("with_company", [{"company": LISTED["company"]}, {"company_id": 456}], ids=repr)
def test_a_company_that_is_sent_costs_no_more(with_company, alone, site):
    alone({"data": ALONE | with_company})
    assert pm.outlign.client(101)["company_id"].tolist() == [456]
    assert len(site.requests) == 1


@pytest.mark.parametrize("title", ["50%", None, ""], ids=repr)
def test_a_client_that_its_title_does_not_find_is_looked_for_among_all(title, alone, site, answer_with):
    alone({"data": ALONE | {"title": title}})
    full, none = answer_with({"data": [LISTED]} | LAST), answer_with({"data": []} | LAST)
    site.serve(CLIENTS, lambda request: (none if "title" in request.args else full)(request))
    assert pm.outlign.client(101)["company_id"].tolist() == [456]


@pytest.mark.parametrize("listed", [[], [ALONE], [ALONE | {"company": None}], [LISTED | {"id": 1}]], ids=repr)
def test_a_client_without_a_company(listed, alone, site, records_of):
    alone({"data": ALONE})
    site.serve(CLIENTS, {"data": listed} | LAST)
    frame = pm.outlign.client(101)
    assert records_of(frame) == [EXPECTED | {"company_id": None, "company_title": None}]
    assert str(frame["company_id"].dtype) == "Int64"


@pytest.mark.parametrize("body", [{"data": ALONE | {"id": 102}}, {"data": []}, [ALONE, LISTED | {"id": 9}]], ids=repr)
def test_another_client_than_the_one_asked_for_is_an_error(body, alone, site):
    alone(body)
    with pytest.raises(pm.errors.UnexpectedResponse):
        pm.outlign.client(101)


def test_a_client_that_is_not_there(alone, site):
    with pytest.raises(pm.errors.NotFound, match="client 101"):
        pm.outlign.client(101)


@pytest.mark.parametrize("number", [None, 0, -1, "x", 1.5, True, [101]], ids=repr)
def test_a_number_that_is_none(number, alone, site):
    with pytest.raises(pm.errors.InvalidArgument, match="id is"):
        pm.outlign.client(number)
    assert not site.requests


# Filters

PASSED_OVER = [
    ({"company_id": 456}, {"company": {"id": 457, "title": "Other"}}),
    ({"title": "Acme"}, {"title": "Beta"}),
    ({"title": "ACMÉ & Co"}, {"title": "Beta"}),
]


@pytest.mark.parametrize(("arguments", "row"), PASSED_OVER, ids=repr)
def test_a_filter_that_is_passed_over_is_an_error(arguments, row, site, loader):
    case = loader("outlign.clients")
    case.connect(site)
    case.serve(site, [LISTED, LISTED | {"id": 2} | row])
    with pytest.raises(pm.errors.UnexpectedResponse, match=f"ignored the filter {next(iter(arguments))}:"):
        case.load(**arguments)


RIGHT = [
    ({"company_id": 456}, {"company": None}),
    ({"title": "acme"}, {"title": "ÀCME ApS"}),
    ({"title": "strasse"}, {"title": "Straße"}),
    ({"title": "Ac%"}, {"title": "accent"}),
    ({"title": "%"}, {"title": "Beta"}),
    ({"title": "soren"}, {"title": "Søren"}),
    ({"title": "ガラス"}, {"title": "がらす"}),
    ({"title": "Acme, Inc."}, {"title": "acme inc"}),
    ({"title": "x"}, {"title": None}),
]


@pytest.mark.parametrize(("arguments", "row"), RIGHT, ids=repr)
def test_what_the_rows_do_not_prove_is_no_error(arguments, row, site, loader):
    case = loader("outlign.clients")
    case.connect(site)
    case.serve(site, [LISTED | row])
    assert len(case.load(**arguments)) == 1


@pytest.mark.parametrize("age", [[], ["bare-list"], ["company-id"], ["bare-list", "company-id"]])
def test_clients_of_the_sandbox_at_every_age(age):
    with pm.demo(people=10, api_versions={"outlign": age}):
        clients, companies = pm.outlign.clients(), pm.outlign.companies()
        assert set(clients["company_id"].dropna()) <= set(companies["id"])
        for number in (clients["id"].iloc[5], clients["id"].iloc[11], clients["id"].iloc[100]):
            one = pm.outlign.client(number)
            same = clients[clients["id"] == number].reset_index(drop=True)
            assert one.equals(same)
        for company in companies["id"][:2]:
            assert set(pm.outlign.clients(company_id=company)["company_id"]) == {company}
        for title in ("nordlys", "a/s", "client"):
            assert len(pm.outlign.clients(title=title)) < len(clients)
