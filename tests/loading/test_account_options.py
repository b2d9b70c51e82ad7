"""--account and --all-accounts: every command that loads has them, by one mechanism."""

import json
import stat

import pandas as pd
import pytest

import pmframes as pm
from tests.support.agencies import agencies
from tests.support.commands import CommandLine
from tests.support.report_text import read_file


@pytest.fixture
def declared(tmp_path, monkeypatch):
    (tmp_path / "declared").mkdir()
    with agencies(tmp_path / "declared", monkeypatch, 2) as declared:
        yield declared


@pytest.fixture
def command_line(declared, server, tenants, tmp_path):
    """Run commands in a folder of their own, without the variables that connect to other services."""
    (tmp_path / "here").mkdir()
    return CommandLine(tmp_path / "here", server, tenants)


def test_load_writes_the_rows_of_one_account_or_of_all(declared, command_line):
    done = command_line.run("load", "teamwork.people", "--everyone", "--account", "agency1", "-o", "one.csv")
    assert (done.returncode, done.stdout) == (0, "one.csv: 21 rows\n")
    done = command_line.run("load", "--all-accounts", "-o", "all.parquet", "teamwork.people", "--everyone")
    assert (done.returncode, done.stdout) == (0, "all.parquet: 41 rows\n")
    frame = pd.read_parquet(command_line.file("all.parquet"))
    assert frame["account"].value_counts().to_dict() == {"agency0": 20, "agency1": 21}
    pd.testing.assert_frame_equal(
        frame, pm.across(declared.names, lambda: pm.teamwork.people(everyone=True)), check_categorical=False
    )


def test_only_accounts_that_have_the_service_are_asked(declared, command_line):
    declared.write(declared.text(["outlign"]) + declared.text(["teamwork"]).split("\n\n")[0])
    done = command_line.run("load", "teamwork.people", "--all-accounts", "-o", "all.csv")
    assert done.returncode == 0, done.stderr
    assert set(pd.read_csv(command_line.file("all.csv"))["account"]) == {"agency0"}
    done = command_line.run("load", "spirii.customers", "--all-accounts", "-o", "none.csv")
    assert (done.returncode, command_line.files) == (2, ["all.csv"])
    assert "accounts.toml has spirii. Declare one there, or leave out --all-accounts." in done.stderr


def test_check_asks_one_account_or_all(declared, command_line, monkeypatch):
    done = command_line.run("check", "--account", "agency0", "outlign")
    assert done.returncode == 0
    assert "accounts.toml: environment" in done.stdout
    monkeypatch.setenv("AGENCY1_SPIRII_TOKEN", "wrong-cnry-8812")
    done = command_line.run("check", "--all-accounts")
    assert done.returncode == 1
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("agency")]
    assert [line[:2] for line in lines[:8]] == [
        [name, service] for name in declared.names for service in ("teamwork", "projectmanager", "outlign", "spirii")
    ]
    assert "agency1, spirii: Spirii does not accept the credential" in " ".join(done.stdout.split())
    assert "cnry-8812" not in done.stdout
    rows = json.loads(command_line.run("check", "--all-accounts", "--json").stdout)
    assert [row["account"] for row in rows if not row["ok"]] == ["agency1"]


def test_a_portfolio_of_all_accounts_keeps_them_apart(declared, command_line):
    done = command_line.run("report", "portfolio", "--all-accounts", "-o", "all.html")
    assert done.returncode == 0, done.stderr
    lines = read_file(command_line.file("all.html")).table("All customers, by company").records()
    assert {line["account"] for line in lines} == set(declared.names)
    assert f"{sum(int(line['customers']) for line in lines):,} customers and clients" in done.stdout


def test_access_reviews_are_a_private_file_each_and_an_overview(declared, command_line):
    done = command_line.run("report", "access-review", "--all-accounts", "-o", "reviews", "--fail-on", "low")
    assert (done.returncode, done.stderr) == (3, "")
    folder = command_line.file("reviews")
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["access-review-agency0.html", "access-review-agency1.html", "overview.html"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    overview = read_file(folder / "overview.html").table("Accounts").records()
    assert [(row["account"], row["people"]) for row in overview] == [("agency0", "20"), ("agency1", "21")]
    for row in overview:
        findings = read_file(folder / row["report"]).findings
        assert len(findings) == sum(int(row[severity]) for severity in ("high", "medium", "low"))
    again = command_line.run("report", "access-review", "--all-accounts", "-o", "reviews")
    assert again.returncode == 1
    assert "already exists" in again.stderr


def test_a_review_that_is_missing_is_named_and_exits_with_1(declared, command_line, monkeypatch):
    monkeypatch.setenv("AGENCY1_TEAMWORK_TOKEN", "wrong-cnry-8812")
    done = command_line.run("report", "access-review", "--all-accounts", "-o", "reviews", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert (found["failed"], [row["account"] for row in found["accounts"]]) == (["agency1"], ["agency0"])
    assert "1 account could not be loaded: agency1" in done.stderr
    assert "Not loaded, and so not reviewed: agency1." in " ".join(
        read_file(command_line.file("reviews") / "overview.html").paragraphs
    )


def test_reviews_of_all_accounts_compare_with_a_history_and_add_to_it(declared, command_line):
    words = ("report", "access-review", "--all-accounts", "--fail-on", "low", "--history")
    done = command_line.run(*words, "first", "--json")
    assert (done.returncode, done.stderr) == (3, "")
    first, history = (pm.history(command_line.file(name)) for name in ("first", "h"))
    table = first.snapshots()
    kept = {account: rows["number"].tolist() for account, rows in table.groupby("account")}
    assert kept.keys() == set(declared.names)
    assert {account: made["kept"] for account, made in json.loads(done.stdout)["history"].items()} == kept
    for row in table.itertuples():
        frame = first.at(row.number, row.resource)
        frame.attrs["pmframes"]["fetched_at"] = "2026-01-05T08:00:00+00:00"
        history.keep(frame)
    again = command_line.run(*words, "h", "-o", "reviews")
    assert (again.returncode, again.stderr) == (0, "")  # each is compared with its own snapshots: nothing is new
    head = (command_line.file("h") / "HEAD").read_text().strip()
    assert again.stdout.splitlines()[-1] == f"kept in h; head: {head}"
    assert (len(history.snapshots()), history.verify(head).empty) == (2 * len(table), True)
    for account in declared.names:
        paragraphs = " ".join(read_file(command_line.file("reviews") / f"access-review-{account}.html").paragraphs)
        assert f"people fetched at 2026-01-05 08:00 UTC (snapshot {kept[account][0]})" in paragraphs


@pytest.mark.parametrize("words", [
    ("report", "access-review", "--all-accounts", "-o", "x", "--project", "1"),
    ("report", "access-review", "--all-accounts", "-o", "x", "--save", "y.parquet"),
    ("report", "access-review", "--all-accounts", "-o", "x.html"), ("load", "outlign.clients", "--account", "nobody"),
    ("report", "portfolio", "--account", "nobody", "-o", "x.html"), ("check", "--account", "nobody"),
    ("load", "outlign.clients", "--account", "agency0", "--all-accounts"),
], ids=" ".join)  # fmt: skip
def test_what_does_not_go_together_is_refused_before_a_load(words, declared, command_line):
    done = command_line.run(*words)
    assert done.returncode in (1, 2)
    assert command_line.files == []


def test_an_empty_name_is_no_account_and_falls_back_to_nothing(declared, command_line):
    for words in (("load", "outlign.clients"), ("check",), ("report", "portfolio", "-o", "x.html")):
        done = command_line.run(*words, "--account", "")
        assert (done.returncode, command_line.files) == (1, [])
        assert "The account '' is not declared" in done.stderr


def test_one_account_and_all_do_not_go_together_wherever_they_stand(declared, command_line):
    done = command_line.run("load", "--account", "agency0", "outlign.clients", "--all-accounts", "-o", "x.csv")
    assert (done.returncode, command_line.files) == (2, [])


def test_check_of_all_accounts_without_one_is_an_error(declared, command_line):
    declared.write("")
    done = command_line.run("check", "--all-accounts")
    assert done.returncode == 1
    assert "No account in" in done.stderr
    declared.write(declared.text(["teamwork"]))
    assert command_line.run("check", "--all-accounts", "outlign").returncode == 1


def test_customers_are_asked_of_accounts_that_have_some_and_the_others_are_named(declared, command_line):
    first, _ = declared.text(["teamwork"]).split("\n\n")
    declared.write(first + "\n" + declared.text(["outlign"]).split("\n\n")[1])
    done = command_line.run("load", "customers", "--all-accounts", "-o", "x.csv")
    assert done.returncode == 0
    assert "Left out, since they have no outlign, projectmanager or spirii: agency0." in done.stderr
    assert set(pd.read_csv(command_line.file("x.csv"))["account"]) == {"agency1"}


def test_the_remedies_are_for_a_shell(declared, command_line, monkeypatch):
    monkeypatch.setenv("AGENCY1_OUTLIGN_TOKEN", "wrong-cnry-8812")
    done = command_line.run("load", "outlign.clients", "--all-accounts", "-o", "x.csv")
    assert (done.returncode, command_line.files) == (1, [])
    assert "agency1 (Outlign does not accept the credential" in done.stderr
    assert "replace it: environment (AGENCY1_OUTLIGN_TOKEN)" in done.stderr
    assert "error.frames" not in done.stderr
    (command_line.folder / "q1.2026").mkdir()
    assert command_line.run("report", "access-review", "--all-accounts", "-o", "q1.2026").returncode == 0
