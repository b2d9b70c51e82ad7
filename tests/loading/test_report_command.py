"""``pmframes report``: exit codes, files and what is printed; refusals before anything is requested."""

import json
import os
import re
import stat
from datetime import UTC, datetime, timedelta

import openpyxl
import pandas as pd
import pytest

from pmframes.report._workbook import NOT_CHECKED
from tests.support.commands import NOT_CONNECTED
from tests.support.report_inputs import PROJECT
from tests.support.report_text import read_file
from tests.support.tenants import FAULTS

pytestmark = pytest.mark.slow  # each makes a whole report
ONE = ("--project", str(PROJECT))
REVIEW = ("report", "access-review", "-o", "review.html")
PORTFOLIO = ("report", "portfolio", "-o", "customers.html")
SEVERITIES = ("low", "medium", "high")


def counts(line: str) -> dict[str, int]:
    return {word: int(count) for count, word in re.findall(r"(\d+) (high|medium|low)", line)}


def test_a_review_of_a_project_contains_everyone_and_is_private(command_line):
    done = command_line.run(*REVIEW, *ONE, "--save", "now.parquet")
    assert (done.returncode, done.stderr) == (0, "")
    found = read_file(command_line.file("review.html"))
    sources = {line["resource"]: int(line["rows"]) for line in found.tables[-1].records()}
    assert set(sources) == {"people", "permissions", "roles"}
    assert sources["permissions"] == sources["people"] == len(found.table("Everyone").rows)
    text = " ".join(found.paragraphs)
    assert "service account that administers a project" not in text
    assert "dormant account" in text
    assert done.stdout.startswith("review.html\n")
    assert sum(counts(done.stdout).values()) == len(found.findings)
    assert done.stdout.count("\n    ") == len(found.findings)  # a line each
    for name in ("review.html", "now.parquet"):
        assert stat.S_IMODE(command_line.file(name).stat().st_mode) == 0o600


def test_json_says_what_was_found_counted_and_written(command_line):
    done = command_line.run(*REVIEW, *ONE, "--save", "now.parquet", "--json")
    found, page = json.loads(done.stdout), read_file(command_line.file("review.html"))
    assert (done.returncode, done.stderr) == (0, "")
    assert (found["report"], found["saved"], found["changes"]) == ("review.html", "now.parquet", None)
    assert found["people"] == len(read_file(command_line.file("review.html")).table("Everyone").rows)
    assert [finding["rule"] for finding in found["findings"]] == [line["rule"] for line in page.findings]
    assert sum(found["severities"]["findings"].values()) == len(page.findings)
    again = command_line.run(*REVIEW, *ONE, "--before", "now.parquet", "--force", "--json")
    found = json.loads(again.stdout)
    assert (found["saved"], found["changes"], {*found["severities"]["new_findings"].values()}) == (None, [], {0})
    assert {finding["status"] for finding in found["findings"]} == {"unchanged"}


def test_json_of_a_portfolio_counts_the_customers_of_each_service(command_line):
    found = json.loads(command_line.run(*PORTFOLIO, "--json").stdout)
    assert found["report"] == "customers.html"
    assert sum(found["services"].values()) == found["customers"] > 0


def test_quiet_prints_nothing_where_all_is_well(command_line):
    done = command_line.run(*REVIEW, *ONE, "-q")
    assert (done.returncode, done.stdout, done.stderr, command_line.files) == (0, "", "", ["review.html"])


def test_a_review_of_the_site_contains_everyone(command_line, our_sandbox):
    done = command_line.run(*REVIEW)
    people = our_sandbox.data.people
    assert done.returncode == 0
    table = read_file(command_line.file("review.html")).table("Everyone")
    assert sorted(map(int, table.column("id"))) == sorted(person.id for person in people)
    assert f"{len(people)} people" in done.stdout


def test_a_review_without_projectmanager_has_no_roles(command_line):
    assert command_line.run(*REVIEW, PMFRAMES_PROJECTMANAGER_TOKEN="").returncode == 0
    assert "Roles by permission" not in read_file(command_line.file("review.html")).titles


def test_the_extension_decides_the_format(command_line):
    assert command_line.run("report", "access-review", "-o", "r.xlsx", *ONE).returncode == 0
    assert "Everyone" in openpyxl.load_workbook(command_line.file("r.xlsx")).sheetnames
    assert command_line.run("report", "access-review", "-o", "r.HTML", *ONE).returncode == 0
    assert command_line.file("r.HTML").read_text().startswith("<!DOCTYPE html>")


def test_the_baseline_includes_deleted_people_and_service_accounts(command_line):
    assert command_line.run(*REVIEW, *ONE, "--save", "kept.parquet").returncode == 0
    source = pd.read_parquet(command_line.file("kept.parquet")).attrs["pmframes"]
    assert source["resource"] == "permissions"
    assert (source["params"]["showDeleted"], source["params"]["includeServiceAccounts"]) == ("true", "true")


def test_dormant_days_ask_for_logins_since_that_day(command_line):
    done = command_line.run(*REVIEW, "--dormant-days", "60")
    assert done.returncode == 0
    text = " ".join(read_file(command_line.file("review.html")).paragraphs)
    _, marker, not_checked = text.partition(NOT_CHECKED)
    assert marker
    assert "dormant account" not in not_checked.partition(".")[0]
    days = [request.args["lastLoginAfter"] for request in command_line.server.requests if request.all("lastLoginAfter")]
    day = (datetime.now(UTC) - timedelta(days=60)).date().isoformat()
    assert len(days) > 0
    assert all(one.startswith(day) for one in days)


@pytest.mark.parametrize("name", ["customers.html", "customers.xlsx"])
def test_a_portfolio_contains_every_customer(name, command_line, our_sandbox):
    done = command_line.run("report", "portfolio", "-o", name)
    assert (done.returncode, done.stderr) == (0, "")
    data = our_sandbox.data
    ids = [one.id for one in (*data.projectmanager_customers, *data.clients, *data.spirii_customers)]
    if name.endswith("html"):
        lines = read_file(command_line.file(name)).table("All customers, by company").records()
        assert sum(int(line["customers"]) for line in lines) == len(ids)
    else:
        heads, *rows = openpyxl.load_workbook(command_line.file(name))["All customers"].iter_rows(values_only=True)
        assert sorted(str(row[heads.index("id")]) for row in rows) == sorted(map(str, ids))
    assert f"{len(ids):,} customers" in done.stdout


def test_a_portfolio_needs_one_service_only(command_line):
    assert command_line.run(*PORTFOLIO, **(NOT_CONNECTED | command_line.token("outlign"))).returncode == 0
    assert {request.service for request in command_line.server.requests} == {"outlign"}


def test_a_portfolio_is_not_written_if_one_service_fails(command_line):
    command_line.server.serve("spirii", FAULTS["refused"])
    assert command_line.run(*PORTFOLIO).returncode == 1
    assert command_line.files == []


def test_fail_on_exits_with_3_for_findings_at_least_as_severe(command_line):
    found = counts(command_line.run(*REVIEW, *ONE).stdout)
    worst = max(SEVERITIES.index(word) for word in SEVERITIES if found[word])
    for place, word in enumerate(SEVERITIES):
        code = command_line.run(*REVIEW, *ONE, "--force", "--fail-on", word).returncode
        assert code == (3 if worst >= place else 0)
        assert command_line.file("review.html").is_file()


def test_fail_on_exits_with_3_for_changes_alone(command_line):
    command_line.run(*REVIEW, "--save", "last.parquet", PMFRAMES_PROJECTMANAGER_TOKEN="")
    kept = pd.read_parquet(command_line.file("last.parquet"))
    before = kept.assign(is_admin=False)
    before.attrs = kept.attrs
    before.to_parquet(command_line.file("last.parquet"))
    done = command_line.run(*REVIEW, "--force", "--before", "last.parquet")
    assert done.returncode == 0
    changed = len(read_file(command_line.file("review.html")).table("Changes, value by value").rows)
    assert changed == kept["is_admin"].fillna(False).sum() > 0
    (changes,) = (line for line in done.stdout.splitlines() if "changes since the baseline" in line)
    assert f"{changed} medium" in changes
    assert command_line.run(*REVIEW, "--force", "--before", "last.parquet", "--fail-on", "medium").returncode == 3


@pytest.mark.parametrize("service", ["teamwork", "projectmanager"])
def test_a_service_that_refuses_exits_with_1_and_writes_nothing(service, command_line):
    command_line.server.serve(service, FAULTS["refused"])
    done = command_line.run(*REVIEW, *ONE)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("pmframes: ")
    assert command_line.files == []


@pytest.mark.parametrize(("option", "extension"), [("-o", ".html"), ("--save", ".parquet")])
@pytest.mark.parametrize("name", ["nowhere/r", "folder", "there", "/proc/r"])
def test_a_file_that_cannot_be_written_is_refused_first(option, extension, name, command_line):
    folder, there = f"folder{extension}", f"there{extension}"
    command_line.file(folder).mkdir()
    command_line.file(there).write_text("mine")
    words = ("-o", "r.html") if option == "--save" else ()
    done = command_line.run("report", "access-review", *words, option, f"{name}{extension}")
    assert (done.returncode, command_line.requests) == (1, 0)
    assert name.removesuffix("/r") in done.stderr
    assert command_line.files == [folder, there]
    assert command_line.file(there).read_text() == "mine"


@pytest.mark.parametrize("name", ["r.pdf", "r", "r.csv"])
@pytest.mark.parametrize("kind", ["access-review", "portfolio"])
def test_an_unsupported_extension_is_refused_first(kind, name, command_line):
    done = command_line.run("report", kind, "-o", name)
    assert (done.returncode, command_line.requests, command_line.files) == (1, 0, [])
    assert "Use r.html or r.xlsx." in done.stderr


@pytest.mark.parametrize("name", ["kept.csv", "kept.xlsx", "kept.html"])
def test_a_baseline_of_another_extension_is_refused_first(name, command_line):
    done = command_line.run(*REVIEW, "--save", name)
    assert (done.returncode, command_line.requests, command_line.files) == (1, 0, [])
    assert "Use kept.parquet." in done.stderr


@pytest.mark.parametrize("before", ["r.html", "./r.html", "link.parquet"])
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_the_report_and_the_baseline_are_two_files(before, force, command_line):
    command_line.file("link.parquet").symlink_to("r.html")
    done = command_line.run("report", "access-review", "-o", "r.html", "--before", before, *force)
    assert (done.returncode, command_line.requests, command_line.files) == (1, 0, ["link.parquet"])
    assert "Give -o another name" in done.stderr
    done = command_line.run("report", "access-review", "-o", "r.html", "--save", "link.parquet", *force)
    assert (done.returncode, command_line.requests, command_line.files) == (1, 0, ["link.parquet"])
    assert "Give -o another name" in done.stderr


def test_links_are_written_through(command_line):
    command_line.file("kept").mkdir()
    for link, target in (("review.html", "kept/2026-11.html"), ("last.parquet", "kept/2026-11.parquet")):
        command_line.file(link).symlink_to(target)
    for force in ((), ("--force",)):
        done = command_line.run(*REVIEW, *ONE, "--save", "last.parquet", *force)
        assert (done.returncode, done.stderr) == (0, "")
        assert all(command_line.file(link).is_symlink() for link in ("review.html", "last.parquet"))
    assert command_line.run(*REVIEW, *ONE).returncode == 1
    assert sorted(os.listdir(command_line.file("kept"))) == ["2026-11.html", "2026-11.parquet"]
    assert len(pd.read_parquet(command_line.file("kept") / "2026-11.parquet"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("words", [
    (*REVIEW, "--force"), ("report", "access-review", "-o", "r.html", "--save", "last.parquet"), ("demo",),
], ids=" ".join)  # fmt: skip
def test_links_of_another_user_are_refused_first(words, command_line):
    links = {"review.html", "last.parquet", "pmframes-demo.html"}
    for link in links:
        command_line.file(link).symlink_to("target")
        os.lchown(command_line.file(link), 4321, 4321)
    done = command_line.run(*words)
    assert (done.returncode, done.stdout, command_line.requests) == (1, "", 0)
    assert "is a symbolic link, which another user made; nothing was written." in done.stderr
    assert set(command_line.files) == links


@pytest.mark.parametrize("content", [None, b"", b"not parquet", b"PAR1" + bytes(20) + b"PAR1"])
def test_a_baseline_that_is_none_is_refused_first(content, command_line):
    if content is not None:
        command_line.file("last.parquet").write_bytes(content)
    done = command_line.run(*REVIEW, "--before", "last.parquet")
    assert (done.returncode, command_line.requests) == (1, 0)
    assert "before" in done.stderr
    assert "review.html" not in command_line.files


@pytest.mark.parametrize("words", [(*REVIEW, *ONE), PORTFOLIO], ids=["access-review", "portfolio"])
def test_a_report_uses_the_cache_unless_refreshed(words, command_line):
    assert command_line.run(*words).returncode == 0
    first = command_line.requests
    assert first > 0
    for more, expected in (((), 0), (("--offline",), 0), (("--refresh",), first)):
        assert command_line.run(*words, "--force", *more).returncode == 0
        assert command_line.requests == expected


def test_a_full_disk_is_reported_and_leaves_the_earlier_file(command_line, monkeypatch):
    command_line.file("review.html").write_text("mine")
    monkeypatch.setattr(os, "fsync", lambda _: os.write(os.open("/dev/full", os.O_WRONLY), b"x"))
    done = command_line.run(*REVIEW, *ONE, "--force")
    assert done.returncode == 1
    assert "The disk is full" in done.stderr
    assert "Free some space" in done.stderr
    assert "rights" not in done.stderr
    assert command_line.files == ["review.html"]
    assert command_line.file("review.html").read_text() == "mine"
