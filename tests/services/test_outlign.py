"""Outlign: the documents' bodies, one client with its company, filters, and the sandbox in every API version."""

import pytest

import pmframes as pm
from pmframes.sandbox import Sandbox
from tests.support.cases import case_of
from tests.support.columns import BODIES
from tests.support.loaders import records
from tests.support.server import reply

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")

CLIENTS = case_of("outlign.clients")
PATH = CLIENTS.path
UTC_2023 = "2023-01-01T12:00:00+00:00"
ALONE = {"id": 101, "title": "Acme", "created_at": "2023-01-01T12:00:00Z", "updated_at": ""}
LISTED = ALONE | {"company": {"id": 456, "title": "Design Studio Inc"}}
EXPECTED = {
    "id": 101, "title": "Acme", "company_id": 456, "company_title": "Design Studio Inc", "created_at": UTC_2023,
    "updated_at": None,
}  # fmt: skip
LAST = {"links": {"next": None}}


ACME = {"id": 123, "title": "Acme Corporation", "company_id": 456, "created_at": UTC_2023, "updated_at": UTC_2023}
BETA = {
    "id": 124, "title": "Beta Industries", "company_id": 456, "company_title": None,
    "created_at": "2023-01-02T10:30:00+00:00", "updated_at": "2023-01-02T10:30:00+00:00",
}  # fmt: skip
ACME_BY_ID = ACME | {"company_title": None}
ACME_BY_COMPANY = ACME | {"company_title": "Design Studio Inc"}


@pytest.mark.parametrize(("body", "expected"), [
    ("seed_001_outlign_clients_list.json", [ACME_BY_ID, BETA]),
    ("handmade_outlign_bare_list_with_company.json", [ACME_BY_COMPANY]),
    ("sheet_outlign_clients_envelope.json", [ACME_BY_COMPANY]),
    ("handmade_outlign_envelope_with_company_id.json", [ACME_BY_ID, BETA]),
    ("handmade_outlign_data_without_links.json", [ACME_BY_COMPANY]),
    ({"data": [LISTED], "links": None}, [EXPECTED]),
])  # fmt: skip
def test_bodies_become_the_exact_frame(body, expected, server):
    CLIENTS.start(server, body if isinstance(body, dict) else (BODIES / body).read_bytes())
    assert records(CLIENTS.load()) == expected


def test_bare_lists_are_paginated_until_a_short_page(server):
    rows = CLIENTS.rows(2101)

    def bare(request):
        size, number = int(request.args.get("per_page", 15)), int(request.args.get("page", 1))
        return reply(rows[(number - 1) * size : number * size])

    CLIENTS.start(server, bare)
    assert sorted(CLIENTS.load()["id"]) == CLIENTS.keys(2101)


@pytest.fixture
def serve_client(server):
    """Connect, and serve a body for client 101."""
    CLIENTS.connect(server)
    return lambda body: server.serve(f"{PATH}/101", body)


@pytest.mark.parametrize("body", [{"data": ALONE}, ALONE, [ALONE]], ids=["wrapped", "bare", "a list"])
def test_client_has_its_company_from_the_list_and_both_are_cached(body, serve_client, server):
    serve_client(body)
    server.serve(PATH, {"data": [ALONE | {"id": 7}, LISTED]} | LAST)
    frame = pm.outlign.client(101)
    assert records(frame) == [EXPECTED]
    assert [request.all("title") for request in server.requests] == [[], ["Acme"]]
    assert frame.attrs["pmframes"]["requests"] == 2
    assert frame.attrs["pmframes"]["params"] == {"id": 101}
    assert "Acme" not in str(frame.attrs)
    again = pm.outlign.client("101")
    assert len(server.requests) == 2
    assert again.equals(frame)
    assert again.dtypes.equals(pm.outlign.clients().dtypes)


@pytest.mark.parametrize("company", [{"company": LISTED["company"]}, {"company_id": 456}], ids=repr)
def test_client_that_comes_with_its_company_costs_one_request(company, serve_client, server):
    serve_client({"data": ALONE | company})
    assert pm.outlign.client(101)["company_id"].tolist() == [456]
    assert len(server.requests) == 1


@pytest.mark.parametrize("title", ["50%", None, ""], ids=repr)
def test_company_is_looked_up_among_all_clients_where_the_title_finds_none(title, serve_client, server):
    serve_client({"data": ALONE | {"title": title}})
    full, none = reply({"data": [LISTED]} | LAST), reply({"data": []} | LAST)
    server.serve(PATH, lambda request: none if "title" in request.args else full)
    assert pm.outlign.client(101)["company_id"].tolist() == [456]


@pytest.mark.parametrize("listed", [[], [ALONE], [ALONE | {"company": None}], [LISTED | {"id": 1}]], ids=repr)
def test_client_whose_company_is_not_found(listed, serve_client, server):
    serve_client({"data": ALONE})
    server.serve(PATH, {"data": listed} | LAST)
    frame = pm.outlign.client(101)
    assert records(frame) == [EXPECTED | {"company_id": None, "company_title": None}]
    assert str(frame["company_id"].dtype) == "Int64"


@pytest.mark.parametrize("body", [{"data": ALONE | {"id": 102}}, {"data": []}, [ALONE, LISTED | {"id": 9}]], ids=repr)
def test_another_client_than_the_requested_one_is_an_error(body, server):
    CLIENTS.connect(server)
    with pytest.raises(pm.errors.NotFound, match="client 101"):
        pm.outlign.client(101)
    server.serve(f"{PATH}/101", body)
    with pytest.raises(pm.errors.UnexpectedResponse, match="did not return client 101"):
        pm.outlign.client(101)


SENT = [
    ({}, {}), ({"company_id": 456}, {"company_id": "456"}), ({"title": "Acme & 子"}, {"title": "Acme & 子"}),
    ({"company_id": 456, "title": "C"}, {"company_id": "456", "title": "C"}),
    ({"params": {"x_future": "1"}}, {"x_future": "1"}),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "query"), SENT, ids=repr)
def test_arguments_are_sent_with_every_page(arguments, query, server):
    CLIENTS.start(server, CLIENTS.honest(CLIENTS.rows(9), most=4))
    assert len(CLIENTS.load(**arguments)) == 9
    assert [request.one("page") for request in server.requests] == ["1", "2", "3"]
    for request in server.requests:
        assert sorted(request.query) == sorted({"page": request.one("page"), "per_page": "1000", **query}.items())


IGNORED = [
    ({"company_id": 456}, {"company": {"id": 457, "title": "Other"}}), ({"title": "Acme"}, {"title": "Beta"}),
    ({"title": "ACMÉ & Co"}, {"title": "Beta"}),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "row"), IGNORED, ids=repr)
def test_filter_that_the_service_ignored_is_an_error(arguments, row, server):
    CLIENTS.start(server, CLIENTS.honest([LISTED, LISTED | {"id": 2} | row]))
    with pytest.raises(pm.errors.UnexpectedResponse, match=f"ignored the filter {next(iter(arguments))}:"):
        CLIENTS.load(**arguments)


NOT_PROVEN = [
    ({"company_id": 456}, {"company": None}), ({"title": "acme"}, {"title": "ÀCME ApS"}),
    ({"title": "strasse"}, {"title": "Straße"}), ({"title": "Ac%"}, {"title": "accent"}),
    ({"title": "%"}, {"title": "Beta"}), ({"title": "soren"}, {"title": "Søren"}),
    ({"title": "ガラス"}, {"title": "がらす"}), ({"title": "Acme, Inc."}, {"title": "acme inc"}),
    ({"title": "x"}, {"title": None}),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "row"), NOT_PROVEN, ids=repr)
def test_rows_that_do_not_prove_an_ignored_filter_are_kept(arguments, row, server):
    CLIENTS.start(server, CLIENTS.honest([LISTED | row]))
    assert len(CLIENTS.load(**arguments)) == 1


@pytest.mark.parametrize("versions", [[], ["bare-list"], ["company-id"], ["bare-list", "company-id"]])
def test_clients_of_the_sandbox_in_every_api_version(versions):
    with Sandbox(people=10, api_versions={"outlign": versions}) as sandbox:
        pm.connect("outlign", url=sandbox.url("outlign"), token=sandbox.token("outlign"))
        clients, companies = pm.outlign.clients(), pm.outlign.companies()
        assert set(clients["company_id"].dropna()) <= set(companies["id"])
        for number in clients["id"].iloc[[5, 100]]:
            assert pm.outlign.client(number).equals(clients[clients["id"] == number].reset_index(drop=True))
        company = companies["id"][0]
        assert set(pm.outlign.clients(company_id=company)["company_id"]) == {company}
        for title in ("nordlys", "a/s"):
            same = clients["title"].str.contains(title, case=False, regex=False)
            assert 0 < same.sum() < len(clients)
            assert pm.outlign.clients(title=title)["id"].tolist() == clients["id"][same].tolist()
