"""Asking whether a credential works: one cheapest call, what it says, and what a failure leaves as it was."""

import re
from typing import Any

import pandas as pd
import pytest
import requests

import pmframes as pm
from pmframes._services import check_services

from . import front as faults
from .front import SERVICES, Front
from .loads import ONE_EACH, OTHER, TOKEN, about, connect, connect_all, digest

CHEAPEST = {
    "teamwork": r"/projects/api/v3/me\.json",
    "projectmanager": r"/api/data/me",
    "outlign": r"/api/v1/companies(\?.*)?",
    "spirii": r"/v2/customers\?limit=1",
}
COLUMNS = ["service", "url", "account", "ok", "identity", "problem", "cache_age"]
TROUBLE = {
    "401": (faults.refuse, pm.errors.AuthenticationError),
    "500": (faults.break_down, pm.errors.ServiceError),
    "HTML": (faults.show_login, pm.errors.UnexpectedResponse),
    "redirect": (faults.redirect, pm.errors.UnexpectedResponse),
    "reset": (faults.reset, pm.errors.ServiceError),
}
every_service = pytest.mark.parametrize("service", SERVICES)


def _asked(front: Front, service: str) -> list[str]:
    return [asked.path for asked in front.asked if asked.service == service]


def _row(service: str) -> pd.Series:
    return pm.check().set_index("service").loc[service]


# connect(check=True)


@every_service
def test_connecting_with_a_check_asks_once_the_cheapest(service, front, capsys):
    connect(front, service, check=True)
    (path,) = _asked(front, service)
    assert re.fullmatch(CHEAPEST[service], path)
    (line,) = capsys.readouterr().out.splitlines()
    assert front.url(service) in line
    assert TOKEN not in line


@every_service
@pytest.mark.parametrize("is_checked", [True, False])
def test_a_connection_prints_what_it_is_and_no_credential(is_checked, service, front):
    for options in ({"account": "agency-a"}, {}):
        connection = pm.connect(service, url=front.url(service), token=TOKEN, check=is_checked, **options)
        [row] = pm.connections().to_dict("records")
        expected = f"service={service!r}, url={row['url']!r}, account={row['account']!r}, checked={is_checked}"
        assert repr(connection) == str(connection) == f"Connection({expected})"
        assert row["account"] == options.get("account", row["account"])
        assert TOKEN not in repr(vars(connection))


@every_service
def test_connecting_without_a_check_asks_nothing_and_says_nothing(service, front, capsys):
    connect(front, service)
    assert front.asked == []
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("service", "path", "who"),
    [
        ("teamwork", "/projects/api/v3/me.json", lambda body: body["person"]["lastName"]),
        ("projectmanager", "/api/data/me", lambda body: body["data"]["roleName"]),
        ("outlign", "/api/v1/companies", lambda body: body["data"][0]["title"]),
        ("spirii", "/v2/customers?limit=1", lambda body: str(body["count"])),
    ],
)
def test_it_says_as_whom(service, path, who, front, capsys):
    """In words that the service itself gave."""
    connect(front, service, check=True)
    line = capsys.readouterr().out
    headers = {"Authorization": f"Bearer {TOKEN}"}
    body = requests.get(front.url(service) + path, headers=headers, timeout=60).json()
    assert who(body) in line
    assert who(body) in _row(service)["identity"]


@pytest.mark.product
@every_service
@pytest.mark.parametrize("trouble", TROUBLE)
def test_a_check_that_fails_leaves_the_earlier_connection(trouble, service, front, capsys):
    wrong, error = TROUBLE[trouble]
    connect(front, service)
    known, first = pm.connections(), ONE_EACH[service]()
    front.trouble[service] = wrong
    with pytest.raises(error):
        connect(front, service, OTHER, check=True)
    front.trouble.clear()
    pd.testing.assert_frame_equal(pm.connections(), known)
    again = ONE_EACH[service]()
    assert about(again)["cached"] is True
    assert digest(again) == digest(first)
    front.asked.clear()
    ONE_EACH[service](refresh=True)
    assert set(front.tokens(service)) == {TOKEN}
    assert capsys.readouterr().out == ""


@every_service
def test_a_check_that_fails_connects_nothing(service, front):
    with pytest.raises(pm.errors.AuthenticationError):
        connect(front, service, "of-nobody", check=True)
    assert pm.connections().empty
    with pytest.raises(pm.errors.NotConnected):
        ONE_EACH[service]()


@every_service
def test_a_check_that_fails_leaves_what_the_environment_says(service, front, monkeypatch):
    monkeypatch.setenv(f"PMFRAMES_{service.upper()}_URL", front.url(service))
    monkeypatch.setenv(f"PMFRAMES_{service.upper()}_TOKEN", TOKEN)
    with pytest.raises(pm.errors.AuthenticationError):
        connect(front, service, "of-nobody", check=True)
    ONE_EACH[service]()
    assert front.tokens(service)[-1] == TOKEN


@every_service
def test_what_is_cached_is_no_check_of_the_token(service, front):
    """The call goes to the service though a load of the same account is stored."""
    connect(front, service)
    ONE_EACH[service]()
    front.trouble[service] = faults.refuse
    with pytest.raises(pm.errors.AuthenticationError):
        connect(front, service, check=True)
    assert about(ONE_EACH[service]())["cached"] is True


@every_service
def test_a_check_is_not_stored(service, front, cache_dir):
    for _ in range(2):
        connect(front, service, check=True)
    assert len(_asked(front, service)) == 2
    assert pm.cache.info().empty
    ONE_EACH[service]()
    assert len(_asked(front, service)) > 2


def test_a_token_function_is_asked_once_more_where_its_token_is_refused(front):
    handed = iter(["of-nobody", TOKEN])
    connect(front, "outlign", lambda: next(handed), account="agency-a", check=True)
    assert front.tokens("outlign") == ["of-nobody", TOKEN]


@every_service
def test_a_check_within_an_offline_block_is_a_miss(service, front):
    with pm.offline(), pytest.raises(pm.errors.OfflineMiss):
        connect(front, service, check=True)
    assert front.asked == []
    assert pm.connections().empty


def test_a_redirect_to_nowhere_is_refused_as_any_is(front):
    connect(front, "outlign")
    front.trouble["outlign"] = faults.redirect_nowhere
    with pytest.raises(pm.errors.UnexpectedResponse, match="redirect"):
        ONE_EACH["outlign"]()


# pm.check()


def test_checking_is_one_cheapest_call_of_each_service(front):
    connect_all(front)
    checked = pm.check()
    assert checked.columns.tolist() == COLUMNS
    assert checked["service"].tolist() == list(SERVICES)
    assert checked["ok"].tolist() == [True] * 4
    assert checked["identity"].notna().all()
    assert checked["problem"].isna().all()
    assert checked["url"].tolist() == [front.url(service) for service in SERVICES]
    assert str(checked["ok"].dtype) == "boolean"
    for service in SERVICES:
        (path,) = _asked(front, service)
        assert re.fullmatch(CHEAPEST[service], path)


def test_outlign_is_never_asked_for_its_user(front):
    """That answer holds the user's second factor."""
    connect_all(front, check=True)
    pm.check()
    assert [path for path in _asked(front, "outlign") if "/me" in path] == []


def test_checking_without_a_credential_asks_nothing(front):
    checked = pm.check()
    assert checked.columns.tolist() == COLUMNS
    assert len(checked) == 4
    assert checked["ok"].isna().all()
    assert checked[["url", "account"]].isna().all(axis=None)
    assert [result.source for result in check_services()] == [None] * 4
    assert checked["problem"].str.contains("connect").all()
    assert front.asked == []


@pytest.mark.product
@every_service
@pytest.mark.parametrize("trouble", TROUBLE)
def test_one_service_that_fails_is_one_row(trouble, service, front):
    connect_all(front)
    front.trouble[service] = TROUBLE[trouble][0]
    checked = pm.check().set_index("service")
    assert checked["ok"].to_dict() == {name: name != service for name in SERVICES}
    assert isinstance(checked.loc[service, "problem"], str)
    assert pd.isna(checked.loc[service, "identity"])
    assert checked.drop(service)["problem"].isna().all()
    assert TOKEN not in checked.to_csv()


def test_a_service_that_is_not_there_is_one_row(front, monkeypatch):
    monkeypatch.setenv("PMFRAMES_OUTLIGN_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("PMFRAMES_OUTLIGN_TOKEN", TOKEN)
    monkeypatch.setenv("PMFRAMES_SPIRII_URL", front.url("spirii"))
    monkeypatch.setenv("PMFRAMES_SPIRII_TOKEN", TOKEN)
    works = pm.check().set_index("service")["ok"]
    assert works[["outlign", "spirii"]].tolist() == [False, True]


@pytest.mark.parametrize(
    "variables",
    [
        {"PMFRAMES_TEAMWORK_TOKEN": TOKEN},
        {"PMFRAMES_TEAMWORK_TOKEN": TOKEN, "PMFRAMES_TEAMWORK_URL": "http://acme.example.com"},
        {"PMFRAMES_TEAMWORK_TOKEN": TOKEN, "PMFRAMES_TEAMWORK_URL": "http://["},
        {"PMFRAMES_TEAMWORK_TOKEN": f"{TOKEN}\nX: 1", "PMFRAMES_TEAMWORK_URL": "acme"},
        {"PMFRAMES_TEAMWORK_URL": "http://["},
    ],
    ids=["no address", "plain http", "no url", "two lines", "no token"],
)
def test_an_environment_that_is_wrong_is_one_row(variables, front, monkeypatch):
    connect(front, "spirii")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    checked = pm.check().set_index("service")
    # A credential that is there and is of no use does not work; where there is none, that is not known.
    assert pd.isna(checked.loc["teamwork", "ok"]) == ("PMFRAMES_TEAMWORK_TOKEN" not in variables)
    assert not checked["ok"].fillna(False)["teamwork"]
    assert (check_services("teamwork")[0].source is not None) == ("PMFRAMES_TEAMWORK_TOKEN" in variables)
    assert isinstance(checked.loc["teamwork", "problem"], str)
    assert checked.loc["spirii", "ok"]
    assert TOKEN not in checked.to_csv()


def test_the_environment_is_read_at_the_time_of_the_call(front, monkeypatch):
    for token, from_where in ((TOKEN, True), ("of-nobody", False), (TOKEN, True)):
        monkeypatch.setenv("PMFRAMES_SPIRII_URL", front.url("spirii"))
        monkeypatch.setenv("PMFRAMES_SPIRII_TOKEN", token)
        assert bool(_row("spirii")["ok"]) is from_where
        assert "environment" in check_services("spirii")[0].source
    monkeypatch.delenv("PMFRAMES_SPIRII_TOKEN")
    assert pd.isna(_row("spirii")["ok"])


@every_service
def test_the_age_of_the_cache_is_that_of_the_oldest_load(service, front):
    connect(front, service)
    assert pd.isna(_row(service)["cache_age"])
    ONE_EACH[service]()
    age = _row(service)["cache_age"]
    assert pd.Timedelta(0) <= age < pd.Timedelta("30s")
    assert age.microseconds == 0
    assert age >= pm.cache.info()["age"].max() - pd.Timedelta("10s")
    pm.cache.clear(service)
    assert pd.isna(_row(service)["cache_age"])


def test_only_the_services_named_are_asked(front):
    connect_all(front)
    assert pm.check("spirii")["service"].tolist() == ["spirii"]
    assert pm.check(["outlign", "spirii"])["ok"].tolist() == [True, True]
    assert {asked.service for asked in front.asked} == {"outlign", "spirii"}
    with pytest.raises(pm.errors.InvalidArgument, match=r"Unknown service 'spiri'\. Did you mean 'spirii'"):
        pm.check("spiri")


def test_a_credential_that_was_put_aside_is_not_there(front, monkeypatch):
    monkeypatch.setenv("PMFRAMES_SPIRII_URL", front.url("spirii"))
    monkeypatch.setenv("PMFRAMES_SPIRII_TOKEN", TOKEN)
    pm.disconnect("spirii")
    assert check_services("spirii")[0].source is None
    assert pd.isna(_row("spirii")["ok"])
    assert front.asked == []


def test_a_token_function_that_gives_no_token_is_a_credential_that_does_not_work(front):
    connect(front, "outlign", lambda: "two\nlines", account="agency-a")
    assert pm.check("outlign")["ok"].tolist() == [False]
    assert check_services("outlign")[0].source == "connect()"


def test_a_token_function_that_fails_is_one_row(front):
    def fail() -> str:
        raise OSError("the vault is closed")

    connect_all(front)
    connect(front, "outlign", fail, account="agency-a")
    works = pm.check().set_index("service")["ok"]
    assert works.to_dict() == {service: service != "outlign" for service in SERVICES}


def test_checking_offline_touches_nothing(front):
    called: list[Any] = []
    connect_all(front)
    connect(front, "outlign", lambda: called.append(1) or TOKEN, account="agency-a")
    with pm.offline():
        checked = pm.check()
    assert not checked["ok"].fillna(False).any()
    assert front.asked == []
    assert called == []


def test_checking_changes_no_connection(front):
    connect_all(front)
    known = pm.connections()
    first = {service: digest(load()) for service, load in ONE_EACH.items()}
    front.trouble = dict.fromkeys(SERVICES, faults.refuse)
    pm.check()
    pd.testing.assert_frame_equal(pm.connections(), known)
    assert {service: digest(load()) for service, load in ONE_EACH.items()} == first
