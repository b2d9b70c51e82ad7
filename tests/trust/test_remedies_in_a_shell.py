"""What a command of pmframes says to do can be done in a shell: each remedy is followed, word for word."""

import re

import pytest

import pmframes as pm
from pmframes._cli import main

from .desk import TOKEN
from .test_housekeeping import NOT_CONNECTED, SERVICES, Commands, desk, spoil, store_of, works

__all__ = ["desk"]
pytestmark = pytest.mark.slow

REVIEW = ("report", "access-review", "-o", "review.html", "--force")
PORTFOLIO = ("report", "portfolio", "-o", "customers.xlsx", "--force")
PYTHON = re.compile(r"\bpm\.|pm\.connect|\w=|\bparams\b|offline block|^url is", re.MULTILINE)


def told(desk: Commands, *words: str, **more: str) -> str:
    """Give the one thing that a command says is wrong; none of it is for Python."""
    done = desk.run(*words, **more)
    assert done.returncode == 1
    said = done.stderr or done.stdout.partition("\n\n")[2]
    assert not PYTHON.search(said), said
    return " ".join(said.split())


def test_check_without_a_credential(desk):
    said = told(desk, "check", **NOT_CONNECTED, PMFRAMES_TEAMWORK_URL="")
    for service in SERVICES:
        [remedy] = re.findall(rf"{service}: There is no .*?Set (.*?) in the environment; .*?\.", said)
        asked_for = {name: more_of(desk)[name] for name in remedy.split(" and ")}
        done = desk.run("check", service, **{**NOT_CONNECTED, "PMFRAMES_TEAMWORK_URL": "", **asked_for})
        assert (done.returncode, works(done.stdout)) == (0, {service: "environment yes"})


def test_the_way_to_try_it_works(desk):
    [command] = set(re.findall(r"run pmframes (\w+)\.", told(desk, "check", **NOT_CONNECTED)))
    assert "pmframes-demo.html" in desk.run(command, **NOT_CONNECTED).stdout


def test_check_with_half_of_it(desk):
    said = told(desk, "check", "teamwork", PMFRAMES_TEAMWORK_URL="")
    assert "PMFRAMES_TEAMWORK_TOKEN alone is not enough. " in said
    assert "disconnect" not in said
    assert "Set PMFRAMES_TEAMWORK_URL and PMFRAMES_TEAMWORK_TOKEN in the environment" in said


@pytest.mark.parametrize("url", ["http://example.com", "http://["])
def test_an_address_that_cannot_be_used(url, desk):
    said = told(desk, "check", "teamwork", PMFRAMES_TEAMWORK_URL=url)
    assert said.startswith("teamwork: PMFRAMES_TEAMWORK_URL is ")
    assert desk.run("check", "teamwork").returncode == 0


def test_a_credential_that_is_not_accepted(desk):
    said = told(desk, *REVIEW, PMFRAMES_TEAMWORK_TOKEN="of-nobody")
    assert said.endswith("then set PMFRAMES_TEAMWORK_TOKEN anew.")
    assert desk.run(*REVIEW, PMFRAMES_TEAMWORK_TOKEN=TOKEN).returncode == 0


def test_a_report_without_a_connection(desk):
    said = told(desk, *REVIEW, **NOT_CONNECTED)
    assert "Set PMFRAMES_TEAMWORK_URL and PMFRAMES_TEAMWORK_TOKEN in the environment" in said
    remedy = re.search(r"Set one of (.*?) in the environment", told(desk, *PORTFOLIO, **NOT_CONNECTED))[1]
    for name in remedy.split(", "):
        assert desk.run(*PORTFOLIO, **{**NOT_CONNECTED, name: TOKEN}).returncode == 0


def test_a_report_of_what_is_not_stored(desk):
    said = told(desk, *REVIEW, "--offline")
    assert "no request is sent while offline. Run this once without --offline" in said
    assert desk.run(*REVIEW).returncode == 0
    assert desk.run(*REVIEW, "--offline").returncode == 0


def test_a_cache_that_cannot_be_read(desk, cache_dir):
    desk.load("spirii")
    spoil(store_of(cache_dir, "spirii"))
    assert "clear the cache: pmframes cache clear." in told(desk, "cache")
    warned = desk.run("check", "spirii").stderr
    assert "so it is treated as empty. Run pmframes cache clear, or set PMFRAMES_CACHE_DIR" in warned
    assert desk.run("cache", "clear").returncode == 0
    assert desk.run("cache").stdout == "Nothing is cached.\n"
    assert desk.run("check", "spirii").stderr == ""


def test_a_file_that_exists_already(desk):
    desk.file("review.html").write_text("mine")
    assert told(desk, *REVIEW[:-1]).endswith("Choose another name, or replace it with --force.")
    assert desk.run(*REVIEW).returncode == 0


def test_a_baseline_that_cannot_be_compared(desk):
    projects = [("--project", str(number)) for number in (480101, 480102)]
    assert desk.run(*REVIEW, *projects[0], "--save", "last.parquet").returncode == 0
    said = told(desk, *REVIEW, *projects[1], "--before", "last.parquet")
    assert "use a --project of last time" in said
    assert desk.run(*REVIEW, *projects[0], "--before", "last.parquet").returncode == 0
    assert "leave out --before once and --save anew." in said
    assert desk.run(*REVIEW, *projects[1], "--save", "last.parquet").returncode == 0
    assert desk.run(*REVIEW, *projects[1], "--before", "last.parquet").returncode == 0
    desk.file("notes.txt").write_text("mine")
    assert "Give --before a file that --save wrote" in told(desk, *REVIEW, "--before", "notes.txt")


def test_python_is_told_in_python_before_and_after(desk, capsys, monkeypatch):
    for name in NOT_CONNECTED:
        monkeypatch.delenv(name, raising=False)
    before = pm.check()["problem"].tolist()
    assert main(("check",)) == 1
    assert "pm.connect" not in capsys.readouterr().out
    assert pm.check()["problem"].tolist() == before
    assert all("pm.connect" in problem for problem in before)


def more_of(desk: Commands) -> dict[str, str]:
    """Give what the variables of a desk hold."""
    sites = {f"PMFRAMES_{one.upper()}_URL": desk.front.url(one) for one in SERVICES}
    return sites | dict.fromkeys(NOT_CONNECTED, TOKEN)
