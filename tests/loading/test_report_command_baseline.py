"""``pmframes report access-review --before --save``: from one review to the next, and baselines that cannot serve."""

import re

import pandas as pd
import pytest

import pmframes as pm
from pmframes._loading.loader import dry_run
from pmframes._writers.parquet import parquet_bytes, read_frames
from tests.support import frames
from tests.support.loaders import connect
from tests.support.report_inputs import PROJECT
from tests.support.report_text import read_file
from tests.support.server import reply

pytestmark = pytest.mark.slow  # each makes a whole report
OTHER = 480102
REVIEW = ("report", "access-review", "-o", "review.html", "--force")
ONE, BOTH = ("--project", str(PROJECT)), ("--project", str(PROJECT), "--project", str(OTHER))
SAVE, BEFORE = ("--save", "kept.parquet"), ("--before", "kept.parquet")
REMEDY = "Give --before a file that --save wrote, use a --project of last time and connect the same services"


@pytest.fixture
def kept(command_line):
    """Return the frames of a review of the project, which are saved, and forget the requests for it."""
    assert command_line.run(*REVIEW, *ONE, *SAVE).returncode == 0
    assert command_line.requests
    return read_frames(command_line.file("kept.parquet"))


def contents(command_line):
    return {name: command_line.file(name).read_bytes() for name in command_line.files}


def save(command_line, *several):
    command_line.file("kept.parquet").write_bytes(parquet_bytes(*several))


def changed(frame, **params):
    """Return a frame whose provenance says that it was loaded with other arguments."""
    source = frame.attrs["pmframes"]
    frame.attrs["pmframes"] = {**source, "params": {**source["params"], **params}}
    return frame


def test_a_person_who_joined_is_a_change_once(command_line, kept):
    before = frames.whole(kept[0].iloc[1:])
    before.to_parquet(command_line.file("kept.parquet"))
    assert command_line.run(*REVIEW, *ONE, *SAVE, *BEFORE).returncode == 0
    lines = read_file(command_line.file("review.html")).table("Changes, value by value").records()
    assert [line["change"] for line in lines] == ["joined"]
    assert command_line.run(*REVIEW, *ONE, *SAVE, *BEFORE).returncode == 0
    assert read_file(command_line.file("review.html")).table("Changes, value by value").rows == []
    assert len(pd.read_parquet(command_line.file("kept.parquet"))) == len(kept[0])


def test_findings_of_the_baseline_are_unchanged(command_line):
    words = (*REVIEW, *ONE, *SAVE, "--fail-on", "low", "--dormant-days", "60")
    assert command_line.run(*words).returncode == 3
    done = command_line.run(*words, *BEFORE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "new findings: 0 high, 0 medium, 0 low" in done.stdout
    assert "\n    " not in done.stdout  # none is listed
    assert "comparable" not in done.stdout
    assert {line["status"] for line in read_file(command_line.file("review.html")).findings} == {"unchanged"}


def test_findings_without_data_in_the_baseline_are_not_comparable(command_line, kept):
    """The baseline does not know who logged in."""
    out = command_line.run(*REVIEW, *ONE, *BEFORE, "--dormant-days", "90").stdout
    new, unknown = re.search(r"new findings: 0 high, (\d+) medium, 0 low \((\d+) of them not comparable", out).groups()
    assert int(new) == int(unknown) > 0


@pytest.mark.parametrize(
    ("kind", "flag"), [("people", "is_admin"), ("permissions", "project_administrator"), ("roles", "edit_users")]
)
def test_a_change_of_any_kind_is_found_and_fails_on_medium(kind, flag, command_line, kept):
    found = {one.attrs["pmframes"]["resource"]: one for one in kept}
    assert list(found) == ["permissions", "people", "roles"]
    before = found[kind].assign(**{flag: pd.array([False] * len(found[kind]), "boolean")})
    before.attrs = found[kind].attrs
    save(command_line, *(found | {kind: before}).values())
    assert command_line.run(*REVIEW, *ONE, *BEFORE, "--fail-on", "medium").returncode == 3
    assert command_line.run(*REVIEW, *ONE, *BEFORE).returncode == 0
    lines = read_file(command_line.file("review.html")).table("Changes, value by value").records()
    assert {line["column"] for line in lines} == {flag}


def test_without_force_a_baseline_is_not_replaced(command_line):
    command_line.file("kept.parquet").write_text("mine")
    done = command_line.run(*REVIEW[:-1], *ONE, *SAVE)
    assert (done.returncode, command_line.requests, command_line.files) == (1, 0, ["kept.parquet"])
    assert command_line.file("kept.parquet").read_text() == "mine"


def test_a_baseline_that_serves_costs_no_further_request(command_line):
    command_line.run(*REVIEW, *ONE, *SAVE)
    first = command_line.requests
    assert command_line.run(*REVIEW, *ONE, *BEFORE, *SAVE, "--refresh").returncode == 0
    assert command_line.requests == first


def test_a_deleted_project_is_named_and_can_be_left_out(command_line, tenants):
    assert command_line.run(*REVIEW, *BOTH, *SAVE).returncode == 0
    command_line.server.serve(
        "teamwork", lambda request: reply({}, 404) if f"/projects/{OTHER}/" in request.path else tenants(request)
    )
    before = contents(command_line)
    done = command_line.run(*REVIEW, *BOTH, *BEFORE, *SAVE, "--refresh")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"project {OTHER} (status 404)" in done.stderr
    assert "leave it out if it was deleted" in done.stderr
    assert contents(command_line) == before
    done = command_line.run(*REVIEW, *ONE, *BEFORE, *SAVE, "--refresh", "--fail-on", "low")
    assert (done.returncode, done.stderr) == (0, "")
    message = f"Projects only in the baseline, not compared: Website relaunch ({OTHER})."
    found = read_file(command_line.file("review.html"))
    assert message in done.stdout
    assert message in " ".join(found.paragraphs)
    assert found.table("Changes, value by value").rows == []
    assert {line["status"] for line in found.findings} == {"unchanged"}
    assert "not compared" not in command_line.run(*REVIEW, *ONE, *BEFORE, *SAVE).stdout


def test_findings_in_an_added_project_are_not_comparable_and_count(command_line, kept):
    done = command_line.run(*REVIEW, *BOTH, *BEFORE, "--fail-on", "low")
    assert done.returncode == 3
    assert f"Projects only in this review, not compared: Website relaunch ({OTHER})." in done.stdout
    found = read_file(command_line.file("review.html"))
    assert found.table("Changes, value by value").rows == []
    assert {line["status"] for line in found.findings} == {"unchanged", "not comparable"}


# Baselines that cannot serve are refused before anything is requested

# Each is made from the people of the baseline; with a part of the error.
WRONG = {
    "another project": (lambda people: changed(people, projects=[5]), "in projects (5 before, 480101 after)"),
    "whole site": (lambda people: changed(people, projects=[]), "in projects (the whole site before, 480101 after)"),
    "another filter": (lambda people: changed(people, ids="5"), "they differ in ids"),
    "other things": (lambda people: frames.clients(), "before contains clients, which is not part of this review"),
    "one of them twice": (lambda people: (people, people), "before contains two frames of people"),
    "of a later version": (lambda people: people.assign(shoe=1), "only before has 'shoe'"),
    "of no loader": (lambda people: pd.DataFrame({"id": [1]}), "only after has 'project_id'"),
    "filtered": (lambda people: people.iloc[1:], "before (people) is not the load as it was: "),
    "flags as text": (lambda people: people.assign(is_admin="maybe"), "its predicate raised"),
}


@pytest.mark.parametrize(("wrong", "message"), WRONG.values(), ids=[*WRONG])
def test_a_baseline_that_cannot_be_compared_is_refused(wrong, message, command_line, kept):
    [people] = [one for one in kept if one.attrs["pmframes"]["resource"] == "people"]
    made = wrong(people)
    save(command_line, *(made if isinstance(made, tuple) else (made,)))
    before = contents(command_line)
    done = command_line.run(*REVIEW, *ONE, *BEFORE, *SAVE, "--refresh")
    assert (done.returncode, done.stdout, command_line.requests) == (1, "", 0)
    assert message in done.stderr
    assert REMEDY in done.stderr
    assert contents(command_line) == before


@pytest.mark.parametrize(("words", "variables", "message"), [
    (("--project", str(OTHER)), {}, f"they differ in projects ({PROJECT} before, {OTHER} after)"),
    ((), {}, "before contains permissions, which is not part of this review"),
    (ONE, {"PMFRAMES_PROJECTMANAGER_TOKEN": ""}, "before contains roles, which is not part of this review"),
], ids=["other project", "whole site", "other services"])  # fmt: skip
def test_a_review_of_other_things_is_refused(words, variables, message, command_line, kept):
    done = command_line.run(*REVIEW, *words, *BEFORE, **variables)
    assert (done.returncode, command_line.requests) == (1, 0)
    assert message in done.stderr
    assert REMEDY in done.stderr


def test_permissions_without_deleted_people_are_no_baseline(command_line, kept):
    connect(command_line.server, "teamwork")
    pm.teamwork.permissions(PROJECT).to_parquet(command_line.file("few.parquet"))
    assert command_line.requests
    done = command_line.run(*REVIEW, *ONE, "--before", "few.parquet")
    assert (done.returncode, command_line.requests) == (1, 0)
    assert "they differ in showDeleted, includeServiceAccounts" in done.stderr
    assert REMEDY in done.stderr


def test_a_file_cut_short_or_a_folder_is_no_baseline(command_line, kept):
    content = command_line.file("kept.parquet").read_bytes()
    command_line.file("half.parquet").write_bytes(content[: len(content) // 2])
    command_line.file("folder.parquet").mkdir()
    for name, message in (("half", "cannot be read as a parquet file"), ("folder", "not a file")):
        done = command_line.run(*REVIEW, *ONE, "--before", f"{name}.parquet")
        assert (done.returncode, command_line.requests) == (1, 0)
        assert message in done.stderr


def test_a_baseline_is_not_replaced_by_the_report(command_line, kept):
    command_line.file("kept.parquet").rename(command_line.file("review.html"))
    before = contents(command_line)
    done = command_line.run(*REVIEW, *ONE, "--before", "./review.html")
    assert (done.returncode, command_line.requests, contents(command_line)) == (1, 0, before)
    assert "review.html" in done.stderr


def test_a_dry_run_returns_the_frames_without_rows_and_requests_nothing(command_line):
    loaders = {
        "people of a project": lambda: pm.teamwork.people(PROJECT, show_deleted=True, refresh=True),
        "people of the site": lambda: pm.teamwork.people(last_login_after="2026-03-01", refresh=True),
        "permissions": lambda: pm.teamwork.permissions([PROJECT, OTHER], refresh=True),
        "roles": lambda: pm.projectmanager.roles(refresh=True),
    }
    for service in ("teamwork", "projectmanager"):
        connect(command_line.server, service, account="agency-a")
    with dry_run():
        empty = {name: load() for name, load in loaders.items()}
    assert command_line.requests == 0
    for name, load in loaders.items():
        blank, frame = empty[name], load()
        assert len(frame) > len(blank) == 0
        pd.testing.assert_frame_equal(blank, frame.iloc[:0])
        assert blank.attrs["pmframes"]["params"] == frame.attrs["pmframes"]["params"]
        assert {*blank.attrs.get("permissions", ())} == {*frame.attrs.get("permissions", ())}
