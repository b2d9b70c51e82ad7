"""``pmframes history``, and access reviews that compare with a history and add to it."""

import json

import pytest

import pmframes as pm
from tests.support.histories import week
from tests.support.report_inputs import PROJECT
from tests.support.report_text import read_file

REVIEW = ("report", "access-review", "-o", "review.html", "--force", "--project", str(PROJECT), "--history", "h")


@pytest.fixture
def history(command_line):
    """A history of two accounts, of which one has two snapshots of a kind."""
    history = pm.history(command_line.file("h"))
    history.keep(week(1), week(2), week(1, account="beta"))
    return history


def run(command_line, *words):
    done = command_line.run("history", words[0], "--folder", "h", *words[1:])
    assert command_line.requests == 0
    return done


def test_list_prints_the_snapshots_of_an_account_or_of_all(command_line, history):
    lines = run(command_line, "list").stdout.splitlines()
    assert lines[0].split() == ["Number", "Resource", "Rows", "Fetched", "Account", "Parameters"]
    assert lines[2].split() == ["2", "teamwork.people", "5", "2026-01-12", "08:00", "UTC", "acme"]
    for words, numbers in (((), [1, 2, 3]), (("--all-accounts",), [1, 2, 3]), (("--account", "beta"), [3])):
        assert [row["number"] for row in json.loads(run(command_line, "list", "--json", *words).stdout)] == numbers


def test_without_snapshots_it_says_so(command_line):
    assert run(command_line, "list").stdout == "The history has no snapshots.\n"
    assert command_line.files == []


@pytest.mark.parametrize(("words", "rows"), [
    (("--account", "acme"), 5), (("--account", "acme", "--at", "2026-01-06"), 4), (("--at", "1"), 4),
    (("--account", "beta"), 4),
])  # fmt: skip
def test_show_prints_a_frame_as_it_was(words, rows, command_line, history):
    assert len(json.loads(run(command_line, "show", "people", "--json", *words).stdout)) == rows


def test_show_keeps_accounts_apart(command_line, history):
    done = run(command_line, "show", "people")
    assert (done.returncode, done.stdout) == (1, "")
    assert "2 kinds that fit" in done.stderr
    rows = json.loads(run(command_line, "show", "people", "--json", "--all-accounts").stdout)
    assert [row["account"] for row in rows] == ["acme"] * 5 + ["beta"] * 4


def test_verify_exits_with_1_where_there_is_a_problem(command_line, history):
    head = (command_line.file("h") / "HEAD").read_text().strip()
    done = run(command_line, "verify", "--head", head)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"No problem. Head: {head}")
    assert "only --head finds" in done.stdout
    (command_line.file("h") / "000003-teamwork.people.parquet").write_text("x")
    done = run(command_line, "verify")
    assert (done.returncode, done.stdout.splitlines()[1].split()[:2]) == (
        1,
        ["damaged", "000003-teamwork.people.parquet"],
    )
    assert run(command_line, "verify", "--account", "acme").returncode == 0
    (row,) = json.loads(run(command_line, "verify", "--json").stdout)
    assert (row["problem"], row["account"]) == ("damaged", "beta")


def test_prune_prints_how_many_and_the_head(command_line, history):
    assert run(command_line, "prune").returncode == 2
    done = run(command_line, "prune", "--keep", "1", "--account", "beta", "--json")
    assert json.loads(done.stdout)["removed"] == 0
    done = run(command_line, "prune", "--keep", "1")
    assert done.stdout == f"1 snapshot removed. Head: {(command_line.file('h') / 'HEAD').read_text()}"


@pytest.mark.slow
def test_a_review_compares_with_the_last_snapshots_and_adds_its_own(command_line):
    done = command_line.run(*REVIEW)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no earlier snapshot of this kind" in done.stdout
    history = pm.history(command_line.file("h"))
    people = history.at(1, "people")
    assert history.snapshots()["resource"].tolist() == ["people", "permissions", "roles"]
    older = people.iloc[1:].reset_index(drop=True)
    older.attrs["pmframes"] |= {"rows": len(older), "fetched_at": "2026-03-01T08:00:00+00:00"}
    with pytest.warns(UserWarning, match="number 4"):
        history.keep(older)
    done = command_line.run(*REVIEW, "--json")
    content = json.loads(done.stdout)
    head = (command_line.file("h") / "HEAD").read_text().strip()
    assert (content["history"]["kept"], content["history"]["head"]) == ([5, 6, 7], head)
    assert "people fetched at 2026-03-01 08:00 UTC (snapshot 4)" in content["history"]["baseline"]
    assert [change["change"] for change in content["changes"]] == ["joined"]
    assert content["history"]["baseline"] in " ".join(read_file(command_line.file("review.html")).paragraphs)
    assert len(pm.history(command_line.file("h")).verify()) == 0


def test_a_history_that_is_not_whole_is_refused_before_a_load(command_line, history):
    (command_line.file("h") / "HEAD").write_text("x")
    done = command_line.run(*REVIEW)
    assert (done.returncode, command_line.requests, command_line.files) == (1, 0, ["h"])
    assert "is not whole" in done.stderr


def test_a_baseline_is_a_file_or_a_history(command_line):
    assert command_line.run(*REVIEW, "--before", "x.parquet").returncode == 2
