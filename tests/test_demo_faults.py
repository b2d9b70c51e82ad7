"""Faults of ``pm.demo`` and of ``pmframes sandbox``."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

import pmframes as pm

PMFRAMES = Path(sys.executable).with_name("pmframes")
CLIENTS = "/api/v1/clients"


def status(box, service, path, token=None):
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token or box.token(service)}"}
    return requests.get(box.url(service) + path, headers=headers, timeout=60).status_code


def test_a_demo_begins_with_its_faults():
    with pm.demo(people=1, faults=["outlign:status=404", "spirii:delay=0*1"]) as box:
        with pytest.raises(pm.errors.NotFound, match="404"):
            pm.outlign.clients()
        assert len(pm.projectmanager.roles()) == 14
        assert status(box, "spirii", "/v2/customers") == 200


def test_a_fault_lasts_as_long_as_its_block():
    with pm.demo(people=1) as box:
        with box.fault("outlign", "html"), pytest.raises(pm.errors.UnexpectedResponse):
            pm.outlign.clients()
        assert len(pm.outlign.clients()) == 420
        with box.fault("outlign:status=403"), pytest.raises(pm.errors.PermissionDenied):
            pm.outlign.clients(refresh=True)
        assert len(pm.outlign.clients(refresh=True)) == 420


def test_an_expired_token_is_renewed():
    with pm.demo(people=1, faults=["outlign:expire=2"]) as box:
        assert [status(box, "outlign", CLIENTS) for _ in range(3)] == [200, 200, 401]
        old = box.token("outlign")
        new = box.renew_token("outlign")
        assert new == box.token("outlign") != old
        assert [status(box, "outlign", CLIENTS, token) for token in (old, new)] == [401, 200]


@pytest.mark.parametrize("faults", [["outlign:stat=5"], ["outlign"], [5], ["basecamp:html"], "outlign:html", 5, None])
def test_a_wrong_fault_starts_nothing(faults):
    with pytest.raises(pm.errors.InvalidArgument, match=r"Use|Pass|Give"):
        pm.demo(people=1, faults=faults)
    assert pm.connections().empty


def test_a_wrong_fault_in_a_block_is_an_invalid_argument():
    with pm.demo(people=1) as box:
        for wrong in (("outlign", "stat"), ("outlign:drift=x",), ("outlign:html", 5, 6), (None,)):
            with pytest.raises(pm.errors.InvalidArgument, match="sandbox"):
                box.fault(*wrong)
        assert len(pm.outlign.clients()) == 420


def _environment(folder):
    # The package under test, wherever pytest was started.
    return {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(pm.__file__).parents[1]),
    }


def test_the_command_takes_several_faults(tmp_path):
    server = subprocess.Popen(
        [PMFRAMES, "sandbox", "--people", "5", "--fault", "outlign:status=503*1", "--fault", "spirii:html"],
        cwd=tmp_path,
        env=_environment(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        lines = [server.stdout.readline().strip() for _ in range(9)]
        assert "fictional" in lines[0]
        there = dict(line.split("=", 1) for line in lines[1:])

        def ask(service, path):
            headers = {"Accept": "application/json", "Authorization": f"Bearer {there[f'PMFRAMES_{service}_TOKEN']}"}
            return requests.get(there[f"PMFRAMES_{service}_URL"] + path, headers=headers, timeout=60)

        assert [ask("OUTLIGN", CLIENTS).status_code for _ in range(2)] == [503, 200]
        assert ask("SPIRII", "/v2/customers").text.startswith("<!DOCTYPE html>")
        assert ask("PROJECTMANAGER", "/api/data/me").status_code == 200
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0
    finally:
        server.kill()
        server.wait()


def test_a_wrong_fault_on_the_command_line_is_one_message(tmp_path):
    done = subprocess.run(
        [PMFRAMES, "sandbox", "--fault", "outlign:stat=5"],
        cwd=tmp_path,
        env=_environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("pmframes: ")
    assert "'stat'" in line
    assert "status, delay" in line


# Ages and the rate limit


@pytest.mark.parametrize("api_versions", [{"asana": ["old"]}, {"outlign": ["stone"]}, "outlign"])
def test_an_unknown_age_starts_nothing(api_versions):
    with pytest.raises(pm.errors.InvalidArgument):
        pm.demo(people=5, api_versions=api_versions)
    assert pm.connections().empty


@pytest.mark.parametrize(
    ("api_versions", "load"),
    [
        ({"outlign": ["bare-list"]}, lambda: pm.outlign.clients()),
        ({"outlign": ["company-id"]}, lambda: pm.outlign.clients()),
        ({"outlign": ["bare-list", "company-id"]}, lambda: pm.outlign.clients()),
        ({"teamwork": ["lower-bound-count"]}, lambda: pm.teamwork.people()),
        ({"spirii": ["with-type"]}, lambda: pm.spirii.customers()),
        ({"projectmanager": ["two-field-roles"]}, lambda: pm.projectmanager.roles()),
        ({"projectmanager": ["seventeen-permissions"]}, lambda: pm.projectmanager.roles()),
    ],
)
def test_every_age_gives_the_same_rows(api_versions, load):
    with pm.demo(people=1200):
        newest = load()
    with pm.demo(people=1200, api_versions=api_versions):
        older = load()
    assert older["id"].tolist() == newest["id"].tolist()
    assert older.dtypes.equals(newest.dtypes)


def test_a_low_rate_limit_is_seen_and_waited_for(monkeypatch):
    """The sandbox's minute is not waited for here: what is told to wait is recorded instead."""
    waits = []
    monkeypatch.setattr("time.sleep", lambda seconds: waits.append(seconds))
    monkeypatch.setattr("pmframes._http.rate_limit.RateLimiter._seconds_left", lambda limiter: 0.0)
    with pm.demo(people=1200, rate_limit=2), pytest.raises(pm.errors.RateLimited):
        pm.teamwork.people()
    assert any(1 <= wait <= 62 for wait in waits)


@pytest.mark.parametrize("wrong", [0, -1, True, "many"])
def test_a_wrong_rate_limit_starts_nothing(wrong):
    with pytest.raises(pm.errors.InvalidArgument):
        pm.demo(people=5, rate_limit=wrong)
