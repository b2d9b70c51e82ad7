"""What ``pmframes report`` refuses before it loads, and how it shows what is wrong."""

import os
import re
import warnings
from pathlib import Path

import pandas as pd
import pytest

import pmframes as pm
from pmframes._cli import main, report
from pmframes._writers.atomic import require_writable
from tests.support import frames


@pytest.fixture(scope="module")
def agency():
    with pm.demo(people=120) as box:
        yield box


@pytest.fixture
def project(agency, tmp_path, monkeypatch):
    """Connect to the demo from an empty folder, and give the number of one project as text."""
    monkeypatch.chdir(tmp_path)
    for service in ("teamwork", "projectmanager", "outlign", "spirii"):
        pm.connect(service, url=agency.url(service), token=agency.token(service))
    return str(agency.data.projects[0].id)


def test_the_report_and_what_is_kept_are_two_files(project, capsys):
    words = ("report", "access-review", "--project", project, "--force", "-o", "r.html")
    assert main((*words, "--save", "./r.html")) == 1
    assert "Give -o another name" in capsys.readouterr().err
    assert not Path("r.html").exists()


def test_programs_and_deleted_people_are_there_with_what_they_may_do(project):
    assert main(("report", "access-review", "--project", project, "-o", "r.HTML", "--save", "k.parquet")) == 0
    kept = pd.read_parquet("k.parquet")
    assert kept.attrs["pmframes"]["params"]["showDeleted"] == "true"
    assert kept.attrs["pmframes"]["params"]["includeServiceAccounts"] == "true"
    assert Path("r.HTML").read_text().startswith("<!DOCTYPE html>")


def test_a_warning_is_one_line(capsys, monkeypatch):
    def warned(asked):
        print(warnings.formatwarning(UserWarning("Offline: old."), UserWarning, "source.py", 7), end="")
        return 0

    usual = warnings.formatwarning
    monkeypatch.setattr(report, "write_portfolio", warned)
    assert main(("report", "portfolio", "-o", "p.html")) == 0
    assert capsys.readouterr().out == "pmframes: Offline: old.\n"
    assert warnings.formatwarning is usual


def test_offline_and_refresh_are_not_both_possible(project, capsys):
    with pytest.raises(SystemExit):
        main(("report", "portfolio", "-o", "p.html", "--offline", "--refresh"))
    assert "not allowed with" in capsys.readouterr().err


def test_a_tilde_is_the_home_folder_in_every_path(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    frames.clients().to_parquet(tmp_path / "last.parquet")
    assert pm.report.changes("~/last.parquet", frames.clients()).empty
    require_writable(Path("~/new.html"), overwrite=False)
    with pytest.raises(pm.errors.InvalidArgument, match="already exists"):
        require_writable(Path("~/last.parquet"), overwrite=False)


def test_a_full_disk_is_told_and_leaves_what_was_there(project, capsys, monkeypatch):
    Path("r.html").write_text("of last time")
    monkeypatch.setattr(os, "fsync", lambda _: os.write(os.open("/dev/full", os.O_WRONLY), b"x"))
    words = ("report", "access-review", "--project", project, "--force", "-o", "r.html")
    assert main(words) == 1
    assert "The disk is full" in (said := capsys.readouterr().err)
    assert "Free some space" in said
    assert "rights" not in said
    assert Path("r.html").read_text() == "of last time"
    assert not list(Path().glob(".pmframes-*"))


def test_what_could_not_be_compared_is_told_apart_from_what_is_new(project, capsys):
    words = ("report", "access-review", "--project", project, "--force", "-o", "r.html")
    again = (*words, "--before", "k.parquet")
    assert main((*words, "--save", "k.parquet")) == 0
    assert main(again) == 0
    assert "comparable)" not in capsys.readouterr().out
    # Who logged in was not asked last time.
    assert main((*again, "--dormant-days", "90")) == 0
    said = capsys.readouterr().out
    new, unknown = re.search(r"new findings: 0 high, (\d+) medium, 0 low \((\d+) of them not comparable", said).groups()
    assert int(new) == int(unknown) > 0
