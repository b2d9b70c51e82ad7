"""``pmframes check``: exit codes and what is printed."""

import json
import re

import pytest

from tests.support.cache_files import spoil, store_of
from tests.support.commands import works
from tests.support.server import SERVICES
from tests.support.tenants import FAULTS

ALL_WORK = dict.fromkeys(SERVICES, "environment yes")


def test_check_exits_with_0_where_all_credentials_work(command_line):
    done = command_line.run("check")
    assert (done.returncode, done.stderr, command_line.requests) == (0, "", 4)
    assert works(done.stdout) == ALL_WORK
    assert "an account that sees" in done.stdout
    assert command_line.server.url("teamwork") in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


@pytest.mark.parametrize("service", SERVICES)
def test_check_exits_with_1_where_one_credential_is_refused(service, command_line):
    command_line.server.serve(service, FAULTS["refused"])
    done = command_line.run("check")
    assert (done.returncode, done.stderr) == (1, "")
    assert works(done.stdout) == ALL_WORK | {service: "environment no"}
    assert re.search(rf"^{service}: .*\(status 401[);]", done.stdout, re.MULTILINE)
    assert done.stdout.count("status 401") == 1


def test_a_service_without_a_credential_fails_only_where_it_is_named(command_line):
    done = command_line.run("check", PMFRAMES_OUTLIGN_TOKEN="")
    assert (done.returncode, works(done.stdout)["outlign"]) == (0, "none")
    assert "PMFRAMES_OUTLIGN_TOKEN" not in done.stdout
    done = command_line.run("check", "spirii", "outlign", PMFRAMES_OUTLIGN_TOKEN="")
    assert (done.returncode, list(works(done.stdout))) == (1, ["spirii", "outlign"])
    assert "PMFRAMES_OUTLIGN_TOKEN" in done.stdout


def test_only_the_named_services_are_checked(command_line):
    command_line.server.serve("teamwork", FAULTS["refused"])
    done = command_line.run("check", "spirii")
    assert (done.returncode, works(done.stdout)) == (0, {"spirii": "environment yes"})
    assert command_line.requests == 1


def test_a_service_that_cannot_be_reached_exits_with_1(command_line):
    done = command_line.run("check", PMFRAMES_OUTLIGN_URL="http://127.0.0.1:9")
    assert (done.returncode, works(done.stdout)["outlign"]) == (1, "environment no")
    assert "could not be reached" in done.stdout


def test_an_unknown_service_is_a_usage_error(command_line):
    done = command_line.run("check", "spiri")
    assert (done.returncode, done.stdout, command_line.requests) == (2, "", 0)
    assert "Unknown service 'spiri'. Did you mean 'spirii'? Use one of: teamwork" in done.stderr


def test_a_narrow_terminal_leaves_nothing_out(command_line):
    command_line.server.serve("outlign", FAULTS["broken"])
    narrow, wide = (command_line.run("check", COLUMNS=columns) for columns in ("40", "400"))
    assert narrow.stdout.split() == wide.stdout.split()
    assert len(wide.stdout.splitlines()) == 7 < len(narrow.stdout.splitlines())


def test_the_age_of_the_cache_and_a_damaged_cache(command_line, cache_dir):
    """A damaged cache is a warning, and no fault of the credential."""
    command_line.cache_one_each("spirii")
    assert "less than a minute" in command_line.run("check", "spirii").stdout
    spoil(store_of(cache_dir, "spirii"))
    done = command_line.run("check", "spirii")
    assert (done.returncode, works(done.stdout)) == (0, {"spirii": "connect() yes"})
    assert re.match(r"pmframes: The cache could not be read .*pmframes cache clear", done.stderr)
    assert len(done.stderr.splitlines()) == 1


def test_a_cache_folder_that_cannot_be_made_is_no_fault_of_the_credential(command_line):
    done = command_line.run("check", PMFRAMES_CACHE_DIR="/proc/pmframes")
    assert (done.returncode, done.stderr) == (0, "")


def test_json_has_what_check_returns(command_line):
    for wrong, code in (({}, 0), ({"PMFRAMES_SPIRII_TOKEN": "wrong"}, 1)):
        done = command_line.run("check", "--json", **wrong)
        rows = {row["service"]: row for row in json.loads(done.stdout)}
        assert (done.returncode, done.stderr, list(rows)) == (code, "", list(SERVICES))
        assert rows["spirii"]["ok"] == (not wrong)
        assert (rows["spirii"]["problem"] is None) == (not wrong)
