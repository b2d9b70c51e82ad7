"""``pm.check()`` and ``pm.connect(check=True)``: one request, whose credential it is, and what a failure leaves."""

import io
import sys
from itertools import cycle
from typing import Any

import pandas as pd
import pytest
import requests

import pmframes as pm
from pmframes._services import check_services
from pmframes.sandbox import Sandbox
from tests.support.cache_files import make_older
from tests.support.loaders import LOADERS, ONE_EACH, OTHER, TOKEN, connect, connect_all, digest, provenance
from tests.support.server import SERVICES, FakeServer
from tests.support.tenants import FAULTS, Tenants

# The cheapest request of each service that needs a credential. Outlign's has no "me": that answer would hold the
# second factor of the user.
CHEAPEST = {
    "teamwork": ("/teamwork/projects/api/v3/me.json", []), "projectmanager": ("/projectmanager/api/data/me", []),
    "outlign": ("/outlign/api/v1/companies", [("per_page", "1")]), "spirii": ("/spirii/v2/customers", [("limit", "1")]),
}  # fmt: skip
COLUMNS = ["service", "url", "account", "ok", "identity", "problem", "cache_age"]
ERRORS = {
    "refused": pm.errors.AuthenticationError, "broken": pm.errors.ServiceError,
    "login page": pm.errors.UnexpectedResponse, "redirect": pm.errors.UnexpectedResponse,
    "redirect that no library can read": pm.errors.UnexpectedResponse, "reset": pm.errors.ServiceError,
}  # fmt: skip
ANOTHER = {
    "teamwork": LOADERS["teamwork.projects"], "projectmanager": LOADERS["projectmanager.roles"],
    "outlign": LOADERS["outlign.companies"], "spirii": lambda: pm.spirii.customers(types=["CPO"]),
}  # fmt: skip
every_service = pytest.mark.parametrize("service", SERVICES)
every_fault = pytest.mark.parametrize(("fault", "service"), list(zip(ERRORS, cycle(SERVICES), strict=False)))


@pytest.fixture(autouse=True)
def serve_tenants(tenants: Tenants) -> None:
    """All services answer, from sandboxes."""


def questions(server: FakeServer, service: str) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(request.path, request.query) for request in server.asked(service)]


@pytest.fixture
def identities(our_sandbox: Sandbox) -> dict[str, str]:
    """Return the identity of each service's credential, from what the sandbox answers."""

    def body(service: str, path: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {our_sandbox.token(service)}"}
        return requests.get(our_sandbox.url(service) + path, headers=headers, timeout=60).json()

    person = body("teamwork", "/projects/api/v3/me.json")["person"]
    user = body("projectmanager", "/api/data/me")["data"]
    return {
        "teamwork": f"{person['firstName']} {person['lastName']}, site administrator",
        "projectmanager": f"{user['fullName']}, {user['roleName']} in {user['workSpaceName']}",
        "outlign": f"a user of {body('outlign', '/api/v1/companies')['data'][0]['title']}",
        "spirii": f"an account that sees {body('spirii', '/v2/customers?limit=1')['count']} customers",
    }


@every_service
def test_connect_with_check_sends_the_cheapest_request_and_prints_the_identity(service, server, identities, capsys):
    connect(server, service, check=True)
    assert questions(server, service) == [CHEAPEST[service]]
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("Connected to ")
    assert line.endswith(f" at {server.url(service)} as {identities[service]}.")


def test_connect_without_check_sends_and_prints_nothing(server, capsys):
    connect_all(server)
    assert server.requests == []
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("is_checked", [True, False])
@pytest.mark.parametrize("account", [None, "agency-a"])
def test_a_connection_prints_its_account_and_no_credential(account, is_checked, server):
    connection = pm.connect("outlign", url=server.url("outlign"), token=TOKEN, check=is_checked, account=account)
    [row] = pm.connections().to_dict("records")
    assert row["account"] == account or account is None
    expected = f"service='outlign', url={row['url']!r}, account={row['account']!r}, checked={is_checked}"
    assert repr(connection) == str(connection) == f"Connection({expected})"
    assert TOKEN not in repr(vars(connection))


@every_fault
def test_a_failed_check_leaves_the_earlier_connection_and_its_cache(fault, service, server, tenants, capsys):
    connect(server, service)
    before, loaded = pm.connections(), ONE_EACH[service]()
    server.serve(service, FAULTS[fault])
    with pytest.raises(ERRORS[fault]):
        connect(server, service, OTHER, check=True)
    server.serve(service, tenants)
    pd.testing.assert_frame_equal(pm.connections(), before)
    again = ONE_EACH[service]()
    assert provenance(again)["cached"] is True
    assert digest(again) == digest(loaded)
    server.forget()
    ONE_EACH[service](refresh=True)
    assert {request.token for request in server.asked(service)} == {TOKEN}
    assert capsys.readouterr().out == ""


def test_a_failed_check_connects_nothing_and_leaves_the_credential_of_the_environment(server, monkeypatch):
    monkeypatch.setenv("PMFRAMES_SPIRII_URL", server.url("spirii"))
    monkeypatch.setenv("PMFRAMES_SPIRII_TOKEN", TOKEN)
    for service in ("spirii", "outlign"):
        with pytest.raises(pm.errors.AuthenticationError):
            connect(server, service, "of-nobody", check=True)
    assert pm.connections()["service"].tolist() == ["spirii"]
    ONE_EACH["spirii"]()
    assert server.asked("spirii")[-1].token == TOKEN


@every_service
def test_a_check_is_neither_answered_from_the_cache_nor_cached(service, server):
    for _ in range(2):
        connect(server, service, check=True)
    assert len(server.asked(service)) == 2
    assert pm.cache.info().empty
    ONE_EACH[service]()
    assert len(server.asked(service)) > 2
    server.serve(service, FAULTS["refused"])
    with pytest.raises(pm.errors.AuthenticationError):
        connect(server, service, check=True)
    assert provenance(ONE_EACH[service]())["cached"] is True


def test_a_check_calls_a_token_function_again_where_its_token_is_refused(server):
    tokens = iter(["of-nobody", TOKEN])
    connect(server, "outlign", lambda: next(tokens), account="agency-a", check=True)
    assert [request.token for request in server.asked("outlign")] == ["of-nobody", TOKEN]


def test_connect_with_check_raises_offline_and_connects_nothing(server):
    with pm.offline(), pytest.raises(pm.errors.OfflineMiss):
        connect(server, "outlign", check=True)
    assert server.requests == []
    assert pm.connections().empty


def test_check_sends_the_cheapest_request_of_each_service(server, identities):
    connect_all(server)
    checked = pm.check()
    assert checked.columns.tolist() == COLUMNS
    assert checked["service"].tolist() == list(SERVICES)
    assert checked["ok"].tolist() == [True] * 4
    assert str(checked["ok"].dtype) == "boolean"
    assert checked["identity"].tolist() == list(identities.values())
    assert checked["problem"].isna().all()
    assert checked["url"].tolist() == [server.url(service) for service in SERVICES]
    assert {service: questions(server, service) for service in SERVICES} == {
        service: [question] for service, question in CHEAPEST.items()
    }


def test_check_without_a_credential_sends_nothing(server):
    checked = pm.check()
    assert checked.columns.tolist() == COLUMNS
    assert checked["service"].tolist() == list(SERVICES)
    assert checked[["ok", "url", "account", "identity", "cache_age"]].isna().all(axis=None)
    assert checked["problem"].str.contains("pm.connect(", regex=False).all()
    assert [result.source for result in check_services()] == [None] * 4
    assert server.requests == []


@every_fault
def test_a_service_that_fails_is_one_row(fault, service, server):
    connect_all(server)
    server.serve(service, FAULTS[fault])
    before = pm.connections()
    checked = pm.check().set_index("service")
    pd.testing.assert_frame_equal(pm.connections(), before)
    assert checked["ok"].to_dict() == {name: name != service for name in SERVICES}
    assert isinstance(checked.loc[service, "problem"], str)
    assert pd.isna(checked.loc[service, "identity"])
    assert checked.drop(service)["problem"].isna().all()
    assert TOKEN not in checked.to_csv()


@pytest.mark.parametrize("variables", [
    {"PMFRAMES_TEAMWORK_TOKEN": TOKEN},
    {"PMFRAMES_TEAMWORK_TOKEN": TOKEN, "PMFRAMES_TEAMWORK_URL": "http://acme.example.com"},
    {"PMFRAMES_TEAMWORK_TOKEN": TOKEN, "PMFRAMES_TEAMWORK_URL": "http://["},
    {"PMFRAMES_TEAMWORK_TOKEN": f"{TOKEN}\nX: 1", "PMFRAMES_TEAMWORK_URL": "acme"},
    {"PMFRAMES_TEAMWORK_URL": "http://["},
], ids=["no address", "plain http", "no url", "two lines", "no token"])  # fmt: skip
def test_a_wrong_environment_variable_is_one_row(variables, server, monkeypatch):
    """Not ok with a credential that is of no use; NA without a credential."""
    connect(server, "spirii")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    checked = pm.check().set_index("service")
    has_token = "PMFRAMES_TEAMWORK_TOKEN" in variables
    assert checked["ok"].isna()["teamwork"] == (not has_token)
    assert not checked["ok"].fillna(False)["teamwork"]
    assert (check_services("teamwork")[0].source is not None) == has_token
    assert isinstance(checked.loc["teamwork", "problem"], str)
    assert checked.loc["spirii", "ok"]
    assert TOKEN not in checked.to_csv()


def test_the_environment_is_read_at_each_check(server, monkeypatch):
    monkeypatch.setenv("PMFRAMES_SPIRII_URL", server.url("spirii"))
    for token, ok in ((TOKEN, True), ("of-nobody", False), (TOKEN, True)):
        monkeypatch.setenv("PMFRAMES_SPIRII_TOKEN", token)
        assert pm.check("spirii")["ok"].tolist() == [ok]
        assert "environment" in check_services("spirii")[0].source
    monkeypatch.delenv("PMFRAMES_SPIRII_TOKEN")
    assert pm.check("spirii")["ok"].isna().all()


@every_service
def test_the_cache_age_is_that_of_the_oldest_load(service, server, cache_dir):
    def cache_age() -> pd.Timedelta:
        return pm.check(service)["cache_age"].item()

    connect(server, service)
    assert pd.isna(cache_age())
    ONE_EACH[service]()
    make_older(cache_dir, hours=5)
    ANOTHER[service]()
    assert pd.Timedelta(hours=5) <= cache_age() < pd.Timedelta(hours=6)
    assert cache_age().microseconds == 0
    pm.cache.clear(service)
    assert pd.isna(cache_age())


def test_a_disconnected_credential_of_the_environment_is_not_checked(server, monkeypatch):
    monkeypatch.setenv("PMFRAMES_SPIRII_URL", server.url("spirii"))
    monkeypatch.setenv("PMFRAMES_SPIRII_TOKEN", TOKEN)
    pm.disconnect("spirii")
    assert check_services("spirii")[0].source is None
    assert pm.check("spirii")["ok"].isna().all()
    assert server.requests == []


def test_a_token_function_that_fails_or_returns_no_token_is_one_row(server):
    def fail() -> str:
        raise OSError("the vault is closed")

    connect_all(server)
    connect(server, "outlign", fail, account="agency-a")
    connect(server, "spirii", lambda: "two\nlines", account="agency-a")
    checked = pm.check().set_index("service")
    assert checked["ok"].tolist() == [True, True, False, False]
    assert "The token function failed (OSError)." in checked.loc["outlign", "problem"]
    assert "vault" not in checked.to_csv()
    assert check_services("spirii")[0].source == "connect()"


def test_check_offline_sends_nothing_and_calls_no_token_function(server):
    calls: list[int] = []
    connect_all(server)
    connect(server, "outlign", lambda: calls.append(1) or TOKEN, account="agency-a")
    with pm.offline():
        checked = pm.check()
    assert checked["ok"].isna().all()
    assert checked["problem"].str.contains("no request is sent while offline", regex=False).all()
    assert (server.requests, calls) == ([], [])


def test_a_connection_is_checked_also_where_nothing_can_be_printed(server, our_sandbox, monkeypatch):
    Tenants({TOKEN: our_sandbox}).serve(server)
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    for service in SERVICES:
        connect(server, service, TOKEN, check=True)
    assert pm.connections()["service"].tolist() == list(SERVICES)
