"""``pmframes load``: what is printed and written, in each format, and what is a usage error."""

import io
import json
import re
import stat

import pandas as pd
import pytest

import pmframes as pm
from pmframes._cli.load import PREFIX
from pmframes._commands import list_loaders
from tests.support.loaders import connect, digest
from tests.support.server import SERVICES

CLIENTS = ("load", "outlign.clients")


@pytest.fixture
def clients(command_line) -> pd.DataFrame:
    """The rows that are loaded."""
    connect(command_line.server, "outlign")
    return pm.outlign.clients()


def test_without_a_loader_all_are_listed(command_line):
    done = command_line.run("load")
    assert (done.returncode, done.stderr, command_line.requests) == (0, "", 0)
    listed = re.findall(r"^(\S+)  ", done.stdout, re.MULTILINE)
    paths = {command.path for command in list_loaders(PREFIX).values()}
    assert {f"pm.{name}" for name in listed if name != "Loader"} == paths


@pytest.mark.parametrize(
    "words", [("-o", "rows.{}"), ("--format", "{}", "--output=rows"), ("--format={}", "-o", "rows")]
)
@pytest.mark.parametrize(("name", "read"), [
    ("csv", pm.read_csv), ("parquet", pd.read_parquet),
    ("json", lambda path: pd.DataFrame(json.loads(path.read_text()))),
    ("jsonl", lambda path: pd.DataFrame(map(json.loads, path.read_text().splitlines()))),
])  # fmt: skip
def test_a_file_has_every_row_and_is_private(name, read, words, command_line, clients):
    done = command_line.run(*CLIENTS, *(word.format(name) for word in words))
    (file,) = command_line.files
    assert (done.returncode, done.stdout) == (0, f"{file}: {len(clients):,} rows\n")
    path = command_line.file(file)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = read(path)
    assert found["id"].tolist() == clients["id"].tolist()
    assert found["title"].fillna("").tolist() == clients["title"].fillna("").tolist()
    if name in ("csv", "parquet"):
        assert digest(found) == digest(clients)
    else:
        assert pd.to_datetime(found["created_at"], format="ISO8601").dt.as_unit("us").equals(clients["created_at"])


@pytest.mark.parametrize("name", ["csv", "jsonl"])
def test_standard_output_has_the_rows_alone(name, command_line, clients):
    done = command_line.run_process(*CLIENTS, "--format", name, "-o", "-")
    assert (done.returncode, done.stderr) == (0, "")
    rows = (
        pd.read_csv(io.StringIO(done.stdout)) if name == "csv" else pd.read_json(io.StringIO(done.stdout), lines=True)
    )
    assert rows.columns[0] == "id"  # no byte order mark
    assert rows["id"].tolist() == clients["id"].tolist()


def test_a_table_has_the_columns_for_which_there_is_room(command_line, clients):
    wide, narrow = (
        command_line.run(*CLIENTS, "--format", "table", COLUMNS=columns).stdout for columns in ("300", "60")
    )
    assert wide.split("\n")[0].split() == clients.columns.tolist()
    assert narrow.split("\n")[0].split() == clients.columns[:2].tolist()
    assert wide.endswith(f"\n{len(clients):,} rows\n")
    assert narrow.endswith(f"\n{len(clients):,} rows; 4 more columns in --format csv\n")


def test_the_options_are_those_of_the_loader_before_and_after_ours(command_line):
    projects = command_line.run("load", "teamwork.projects", "--format", "csv", "-o", "projects.csv")
    assert projects.returncode == 0
    first, second = pm.read_csv(command_line.file("projects.csv"))["id"].iloc[:2]
    for words in ((str(first), str(second)), ("--project", str(first), "--project", str(second))):
        done = command_line.run("load", "--force", "-o", "p.csv", "teamwork.people", *words, "--type", "account")
        assert done.returncode == 0, done.stderr
        people = pm.read_csv(command_line.file("p.csv"))
        assert {*people["project_id"]} == {first, second}
        assert {*people["type"]} == {"account"}


def test_offline_loads_from_the_cache_and_a_file_is_overwritten_only_by_force(command_line, clients):
    done = command_line.run(*CLIENTS, "--offline", "-o", "rows.csv")
    assert (done.returncode, command_line.requests) == (0, 1)  # of the fixture
    again = command_line.run(*CLIENTS, "-o", "rows.csv")
    assert again.returncode == 1
    assert "already exists; nothing was written. Choose another name, or replace it with --force." in again.stderr
    assert command_line.run(*CLIENTS, "-o", "rows.csv", "--force").returncode == 0


@pytest.mark.parametrize(("words", "message"), [
    (("outlign.clint",), r"Unknown command 'outlign\.clint'\. Did you mean 'outlign\.client'\?"),
    (("outlign.clients", "--titel", "x"), r"has no option '--titel'\. Did you mean '--title'\?"),
    (("outlign.clients", "--title"), r"--title needs a value"), (("outlign.clients", "x"), r"Too many values"),
    (("teamwork.permissions",), r"pmframes load teamwork\.permissions needs a value"),
    (("teamwork.people", "--type", "boss"), r"user_type is 'boss'\. Use one of"),
    (("outlign.clients", "-o", "rows.xls"), r"rows\.xls does not say its format\. End it in \.csv, .*, or use"),
    (("outlign.create_client", "--title", "x"), r"Unknown command 'outlign\.create_client'"),
])  # fmt: skip
def test_a_usage_error_ends_with_2_before_any_request(words, message, command_line):
    done = command_line.run("load", *words)
    assert (done.returncode, done.stdout, command_line.requests) == (2, "", 0)
    assert re.search(message, done.stderr)
    assert command_line.files == []


def test_other_errors_end_with_1(command_line):
    for service in SERVICES:
        command_line.server.serve(service, {"nothing": "here"})
    done = command_line.run(*CLIENTS, "-o", "rows.csv")
    assert (done.returncode, command_line.files) == (1, [])
    done = command_line.run(*CLIENTS, PMFRAMES_OUTLIGN_TOKEN="")
    assert done.returncode == 1
    assert "There is no connection to Outlign" in done.stderr


REQUEST = r"pmframes: Outlign: GET /api/v1/clients\?page=1&per_page=\d+, status 200, [\d,]+ bytes, \d+\.\d\d s\n"


@pytest.mark.parametrize("words", [("-v", *CLIENTS), (*CLIENTS, "-v")], ids=" ".join)
def test_verbose_reports_requests_and_what_came_from_the_cache(words, command_line):
    done = command_line.run(*words, "-o", "rows.csv")
    assert re.search(REQUEST, done.stderr)
    assert "cache" not in done.stderr
    again = command_line.run(*words, "-o", "again.csv")
    assert again.stderr == "pmframes: Outlign clients: from the cache, less than a minute old\n"
    assert command_line.run(*CLIENTS, "-o", "third.csv").stderr == ""


def test_verbose_repeats_no_text_that_a_user_typed(command_line):
    done = command_line.run("load", "teamwork.people", "--search-term", "Ann Lee", "-v", "-o", "rows.csv")
    assert "searchTerm=…" in done.stderr
    assert "Lee" not in done.stderr


def test_quiet_prints_data_alone(command_line, clients):
    done = command_line.run("-q", *CLIENTS, "-o", "rows.csv")
    assert (done.returncode, done.stdout, done.stderr, command_line.files) == (0, "", "", ["rows.csv"])
    assert command_line.run(*CLIENTS, "-q").stdout == command_line.run(*CLIENTS).stdout
    assert "already exists" in command_line.run(*CLIENTS, "-o", "rows.csv", "-q").stderr


def test_help_is_that_of_the_loader(command_line):
    done = command_line.run(*CLIENTS, "--help")
    assert (done.returncode, command_line.requests) == (0, 0)
    assert done.stdout.startswith("pmframes load outlign.clients\nLoad the clients of the companies")
    assert "--company-id VALUE" in done.stdout
