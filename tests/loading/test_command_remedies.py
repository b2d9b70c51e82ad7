"""What a command says to do can be done in a shell: each remedy is followed, word for word."""

import re

import pytest

import pmframes as pm
from tests.support.commands import NOT_CONNECTED, CommandLine, works
from tests.support.loaders import TOKEN
from tests.support.server import SERVICES

pytestmark = pytest.mark.slow  # each runs many commands
REVIEW = ("report", "access-review", "-o", "review.html", "--force")
PORTFOLIO = ("report", "portfolio", "-o", "customers.xlsx", "--force")
PYTHON = re.compile(r"\bpm\.|pm\.connect|\w=|\bparams\b|offline block|^url is", re.MULTILINE)


def problem(command_line: CommandLine, *words: str, **more: str) -> str:
    """Return the one problem that a command prints; none of it is for Python."""
    done = command_line.run(*words, **more)
    assert done.returncode == 1
    text = done.stderr or done.stdout.partition("\n\n")[2]
    assert not PYTHON.search(text), text
    return " ".join(text.split())


def test_check_without_a_credential(command_line):
    nothing = {**NOT_CONNECTED, "PMFRAMES_TEAMWORK_URL": ""}
    text = problem(command_line, "check", **nothing)
    assert "to run this on fictional data, write pmframes sandbox -- before it." in text
    for service in SERVICES:
        [remedy] = re.findall(rf"{service}: There is no .*?Set (.*?) in the environment; .*?\.", text)
        named = {name: command_line.variables()[name] for name in remedy.split(" and ")}
        done = command_line.run("check", service, **{**nothing, **named})
        assert (done.returncode, works(done.stdout)) == (0, {service: "environment yes"})


def test_check_with_half_of_a_credential(command_line):
    text = problem(command_line, "check", "teamwork", PMFRAMES_TEAMWORK_URL="")
    assert "PMFRAMES_TEAMWORK_TOKEN alone is not enough. " in text
    assert "disconnect" not in text
    assert "Set PMFRAMES_TEAMWORK_URL and PMFRAMES_TEAMWORK_TOKEN in the environment" in text


@pytest.mark.parametrize("url", ["http://example.com", "http://["])
def test_an_address_that_cannot_be_used(url, command_line):
    text = problem(command_line, "check", "teamwork", PMFRAMES_TEAMWORK_URL=url)
    assert text.startswith("teamwork: PMFRAMES_TEAMWORK_URL is ")
    assert command_line.run("check", "teamwork").returncode == 0


def test_a_credential_that_is_not_accepted(command_line):
    text = problem(command_line, *REVIEW, PMFRAMES_TEAMWORK_TOKEN="of-nobody")
    assert text.endswith("then set PMFRAMES_TEAMWORK_TOKEN anew.")
    assert command_line.run(*REVIEW, PMFRAMES_TEAMWORK_TOKEN=TOKEN).returncode == 0


def test_a_report_without_a_connection(command_line):
    text = problem(command_line, *REVIEW, **NOT_CONNECTED)
    assert "Set PMFRAMES_TEAMWORK_URL and PMFRAMES_TEAMWORK_TOKEN in the environment" in text
    names = re.search(r"Set one of (.*?) in the environment", problem(command_line, *PORTFOLIO, **NOT_CONNECTED))[1]
    for name in names.split(", "):
        assert command_line.run(*PORTFOLIO, **{**NOT_CONNECTED, name: TOKEN}).returncode == 0


def test_a_report_offline_of_what_is_not_cached(command_line):
    text = problem(command_line, *REVIEW, "--offline")
    assert "no request is sent while offline. Run this once without --offline" in text
    assert command_line.run(*REVIEW).returncode == 0
    assert command_line.run(*REVIEW, "--offline").returncode == 0


def test_a_file_that_exists_already(command_line):
    command_line.file("review.html").write_text("mine")
    assert problem(command_line, *REVIEW[:-1]).endswith("Choose another name, or replace it with --force.")
    assert command_line.run(*REVIEW).returncode == 0


def test_a_baseline_that_cannot_be_compared(command_line):
    one, other = (("--project", str(number)) for number in (480101, 480102))
    assert command_line.run(*REVIEW, *one, "--save", "last.parquet").returncode == 0
    text = problem(command_line, *REVIEW, *other, "--before", "last.parquet")
    assert "use a --project of last time" in text
    assert command_line.run(*REVIEW, *one, "--before", "last.parquet").returncode == 0
    assert "leave out --before once and --save anew." in text
    assert command_line.run(*REVIEW, *other, "--save", "last.parquet").returncode == 0
    assert command_line.run(*REVIEW, *other, "--before", "last.parquet").returncode == 0


def test_python_still_gets_remedies_for_python_after_a_command(command_line):
    before = pm.check()["problem"].tolist()
    assert command_line.run("check", **NOT_CONNECTED).returncode == 1
    assert pm.check()["problem"].tolist() == before
    assert all("pm.connect" in text for text in before)
