"""``pm.demo()``: the sandbox it starts, the connections it replaces and restores, faults and API versions."""

from itertools import permutations

import pytest
import requests

import pmframes as pm

CLIENTS = "/api/v1/clients"


def status(demo, service, path, token=None):
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token or demo.token(service)}"}
    return requests.get(demo.url(service) + path, headers=headers, timeout=60).status_code


# The connections and the cache


def test_a_demo_has_a_cache_of_its_own_and_leaves_nothing(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with pm.demo(people=30) as demo:
        assert pm.outlign.clients().attrs["pmframes"]["fictional"] is True
        assert set(pm.cache.info()["account"]) == {"sandbox"}
        assert list(folder.rglob("*.sqlite"))
        assert demo.token("outlign") not in repr(demo)
        assert "running at" in repr(demo)
    assert list(folder.iterdir()) == []
    assert not (tmp_path / "cache").exists()
    assert pm.connections().empty
    assert "stopped" in repr(demo)
    demo.stop()


def test_each_demo_has_an_empty_cache():
    for _ in range(2):
        with pm.demo(people=5):
            assert pm.outlign.clients().attrs["pmframes"]["requests"] > 0
            assert pm.outlign.clients().attrs["pmframes"]["requests"] == 0


def test_a_connection_of_before_is_restored():
    pm.connect("spirii", token="an-earlier-token")
    before = pm.connections()
    with pm.demo(people=5):
        assert len(pm.connections()) == 4
    assert pm.connections().equals(before)


def test_a_connection_made_during_a_demo_stays():
    demo = pm.demo(people=5)
    pm.connect("spirii", token="a-later-token")
    demo.stop()
    assert pm.connections()["service"].tolist() == ["spirii"]


@pytest.mark.parametrize(
    ("order", "before"), [*zip(permutations(range(3)), ["nothing", "connect", "environment"] * 2, strict=True)], ids=str
)
def test_demos_that_overlap_restore_what_was_there(order, before, monkeypatch):
    if before == "connect":
        pm.connect("spirii", token="an-earlier-token")
    if before == "environment":
        monkeypatch.setenv("PMFRAMES_SPIRII_TOKEN", "an-earlier-token")
    connected = pm.connections()
    demos = dict(enumerate(pm.demo(people=5) for _ in range(3)))
    for number in order:
        assert len(pm.outlign.clients()) > 0
        assert pm.connections()["url"].tolist()[0] == demos[max(demos)].url("teamwork")
        demos.pop(number).stop()
    assert pm.connections().equals(connected)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
def test_a_connection_made_between_two_demos_stays(order):
    first = pm.demo(people=5)
    pm.connect("spirii", token="a-token-of-between")
    between = pm.connections().query("service == 'spirii'")
    demos = [first, pm.demo(people=5)]
    for number in order:
        demos[number].stop()
    assert pm.connections().to_numpy().tolist() == between.to_numpy().tolist()


def test_a_service_disconnected_during_a_demo_stays_disconnected():
    pm.connect("spirii", token="an-earlier-token")
    demo = pm.demo(people=5)
    pm.disconnect("spirii")
    demo.stop()
    assert pm.connections().empty


def test_what_a_block_connects_and_disconnects_holds_until_its_end():
    pm.connect("spirii", token="an-earlier-token")
    before = pm.connections()
    with pm.demo(people=5):
        pm.connect("outlign", token="a-later-token")
        pm.disconnect("spirii")
        assert "spirii" not in set(pm.connections()["service"])
    assert pm.connections().equals(before)


def test_a_service_disconnected_before_a_demo_stays_disconnected(monkeypatch):
    monkeypatch.setenv("PMFRAMES_SPIRII_TOKEN", "a-token")
    pm.disconnect("spirii")
    with pm.demo(people=5):
        pass
    assert pm.connections().empty


@pytest.mark.parametrize("arguments", [
    {"people": -1}, {"people": "many"}, {"people": 200_000}, {"seed": 1.5},
    *({"rate_limit": wrong} for wrong in (0, -1, True, "many")),
    *({"api_versions": wrong} for wrong in ({"asana": ["old"]}, {"outlign": ["stone"]}, "outlign")),
    *({"faults": f} for f in (["outlign:stat=5"], ["outlign"], [5], ["basecamp:html"], "outlign:html", 5, None)),
], ids=str)  # fmt: skip
def test_a_wrong_argument_starts_nothing(arguments):
    with pytest.raises(pm.errors.InvalidArgument, match=r"Use|Pass|Give"):
        pm.demo(**({"people": 5} | arguments))
    assert pm.connections().empty


# Faults


def test_faults_are_injected_from_the_start():
    with pm.demo(people=1, faults=["outlign:status=404", "spirii:delay=0*1"]) as demo:
        with pytest.raises(pm.errors.NotFound, match="404"):
            pm.outlign.clients()
        assert len(pm.projectmanager.roles()) == 14
        assert status(demo, "spirii", "/v2/customers") == 200


def test_a_fault_lasts_as_long_as_its_block():
    with pm.demo(people=1) as demo:
        with demo.fault("outlign", "html"), pytest.raises(pm.errors.UnexpectedResponse):
            pm.outlign.clients()
        assert len(pm.outlign.clients()) == 420
        with demo.fault("outlign:status=403"), pytest.raises(pm.errors.PermissionDenied):
            pm.outlign.clients(refresh=True)
        assert len(pm.outlign.clients(refresh=True)) == 420


def test_an_expired_token_can_be_renewed():
    with pm.demo(people=1, faults=["outlign:expire=2"]) as demo:
        assert [status(demo, "outlign", CLIENTS) for _ in range(3)] == [200, 200, 401]
        old = demo.token("outlign")
        new = demo.renew_token("outlign")
        assert new == demo.token("outlign") != old
        assert [status(demo, "outlign", CLIENTS, token) for token in (old, new)] == [401, 200]


def test_a_wrong_fault_in_a_block_is_an_invalid_argument():
    with pm.demo(people=1) as demo:
        for wrong in (("outlign", "stat"), ("outlign:drift=x",), ("outlign:html", 5, 6), (None,)):
            with pytest.raises(pm.errors.InvalidArgument, match="sandbox"):
                demo.fault(*wrong)
        assert len(pm.outlign.clients()) == 420


# API versions and the rate limit


@pytest.mark.parametrize(("api_versions", "load"), [
    ({"outlign": ["bare-list"]}, lambda: pm.outlign.clients()),
    ({"outlign": ["company-id"]}, lambda: pm.outlign.clients()),
    ({"outlign": ["bare-list", "company-id"]}, lambda: pm.outlign.clients()),
    ({"teamwork": ["lower-bound-count"]}, lambda: pm.teamwork.people()),
    ({"spirii": ["with-type"]}, lambda: pm.spirii.customers()),
    ({"projectmanager": ["two-field-roles"]}, lambda: pm.projectmanager.roles()),
    ({"projectmanager": ["seventeen-permissions"]}, lambda: pm.projectmanager.roles()),
])  # fmt: skip
def test_every_api_version_has_the_same_rows(api_versions, load):
    with pm.demo(people=1200):
        newest = load()
    with pm.demo(people=1200, api_versions=api_versions):
        older = load()
    assert older["id"].tolist() == newest["id"].tolist()
    assert older.dtypes.equals(newest.dtypes)


def test_a_rate_limit_of_the_sandbox_is_waited_for(waits):
    """The minute of the sandbox is not waited for here, so that its limit is met again."""
    with pm.demo(people=1200, rate_limit=2), pytest.raises(pm.errors.RateLimited):
        pm.teamwork.people()
    assert any(1 <= wait <= 62 for wait in waits)


def test_a_misspelt_service_or_argument_suggests_the_nearest():
    with pm.demo(people=5) as demo:
        for method in (demo.url, demo.token, demo.renew_token):
            with pytest.raises(pm.errors.InvalidArgument, match=r"'teamwrk'\. Did you mean 'teamwork'\?"):
                method("teamwrk")
            with pytest.raises(pm.errors.InvalidArgument, match=f"{method.__name__}\\(\\) has no argument 'servce'"):
                method(servce="teamwork")
