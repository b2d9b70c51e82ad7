"""``pmframes report``: statuses, files and messages, as whoever schedules it relies on them."""

import re
import signal
import stat
import time
from datetime import UTC, datetime, timedelta

import openpyxl
import pandas as pd
import pytest

from pmframes._writers.parquet import parquet_bytes, read_frames
from tests.support import report_inputs as made
from tests.support.report_text import read_file
from tests.trust.front import refuse, stall

pytestmark = pytest.mark.slow
PROJECT = ("--project", str(made.PROJECT))
REVIEW = ("access-review", "-o", "review.html")


class TestAccessReview:
    def test_of_a_project_names_everyone_on_it(self, desk, site):
        done = desk.run(*REVIEW, *PROJECT)
        assert (done.returncode, done.stderr) == (0, "")
        found = read_file(desk.file("review.html"))
        sources = {line["resource"]: int(line["rows"]) for line in found.tables[-1].records()}
        assert set(sources) == {"people", "permissions", "roles"}
        # Also service accounts and deleted people, of whom rules want to know.
        assert sources["permissions"] == sources["people"] == len(found.table("Everyone").rows)
        text = " ".join(found.paragraphs)
        assert "service account that administers a project" not in text
        assert "dormant account" in text

    def test_of_the_site_names_everyone(self, desk, site):
        done = desk.run(*REVIEW)
        assert done.returncode == 0
        table = read_file(desk.file("review.html")).table("Everyone")
        assert sorted(map(int, table.column("id"))) == sorted(one.id for one in site.data.people)
        assert f"{len(site.data.people)} people" in done.stdout

    def test_without_projectmanager_has_no_roles(self, desk):
        assert desk.run(*REVIEW, PMFRAMES_PROJECTMANAGER_TOKEN="").returncode == 0
        assert "Roles by permission" not in read_file(desk.file("review.html")).titles

    def test_says_what_it_wrote_and_found(self, desk):
        out = desk.run(*REVIEW, *PROJECT).stdout
        assert out.startswith("review.html\n")
        counts = [int(one) for one in re.findall(r"(\d+) (?:high|medium|low)", out)]
        assert sum(counts) == len(read_file(desk.file("review.html")).table("Findings").rows)

    def test_as_excel(self, desk):
        assert desk.run("access-review", "-o", "review.xlsx", *PROJECT).returncode == 0
        assert "Everyone" in openpyxl.load_workbook(desk.file("review.xlsx")).sheetnames

    def test_writes_for_its_owner_alone(self, desk):
        desk.run(*REVIEW, *PROJECT, "--save", "now.parquet")
        for name in ("review.html", "now.parquet"):
            assert stat.S_IMODE(desk.file(name).stat().st_mode) == 0o600


class TestPortfolio:
    @pytest.mark.parametrize("name", ["customers.html", "customers.xlsx"])
    def test_names_every_customer(self, name, desk, site):
        done = desk.run("portfolio", "-o", name)
        assert (done.returncode, done.stderr) == (0, "")
        data = site.data
        ids = [one.id for one in (*data.projectmanager_customers, *data.clients, *data.spirii_customers)]
        if name.endswith("html"):
            found = read_file(desk.file(name)).table("All customers").column("id")
        else:
            sheet = openpyxl.load_workbook(desk.file(name))["All customers"]
            heads, *rows = sheet.iter_rows(values_only=True)
            found = [str(row[heads.index("id")]) for row in rows]
        assert sorted(found) == sorted(map(str, ids))
        assert f"{len(ids):,} customers" in done.stdout

    def test_of_one_service_alone(self, desk):
        gone = {f"PMFRAMES_{one}_TOKEN": "" for one in ("TEAMWORK", "PROJECTMANAGER", "SPIRII")}
        assert desk.run("portfolio", "-o", "c.html", **gone).returncode == 0
        assert {one.service for one in desk.front.asked} == {"outlign"}

    def test_with_one_service_that_fails_is_not_written(self, desk):
        desk.front.trouble["spirii"] = refuse
        assert desk.run("portfolio", "-o", "c.html").returncode == 1
        assert desk.files == []


class TestStatus:
    def test_is_3_for_findings_as_severe_as_asked(self, desk):
        out = desk.run(*REVIEW, *PROJECT).stdout
        counts = {word: int(count) for count, word in re.findall(r"(\d+) (high|medium|low)", out)}
        severe = [word for word in ("low", "medium", "high") if counts[word]]
        for place, word in enumerate(("low", "medium", "high")):
            status = desk.run(*REVIEW, *PROJECT, "--force", "--fail-on", word).returncode
            worst = ("low", "medium", "high").index(severe[-1])
            assert status == (3 if worst >= place else 0)
            assert desk.file("review.html").is_file()

    def test_is_3_for_changes_alone(self, desk, site):
        desk.run(*REVIEW, "--save", "last.parquet", PMFRAMES_PROJECTMANAGER_TOKEN="")
        kept = pd.read_parquet(desk.file("last.parquet"))
        before = kept.assign(is_admin=False)
        before.attrs = kept.attrs
        before.to_parquet(desk.file("last.parquet"))
        done = desk.run(*REVIEW, "--force", "--before", "last.parquet")
        assert done.returncode == 0
        changed = len(read_file(desk.file("review.html")).table("Changes").rows)
        assert changed == kept["is_admin"].fillna(False).sum() > 0
        assert f"{changed} medium" in done.stdout.splitlines()[-1]
        done = desk.run(*REVIEW, "--force", "--before", "last.parquet", "--fail-on", "medium")
        assert done.returncode == 3

    @pytest.mark.parametrize(
        "words",
        [
            *((), ("no-such",), ("access-review",), ("portfolio", "--project", "1")),
            *((*REVIEW, "--dormant-days", days) for days in ("0", "-1", "x", "1.5", "99999999999")),
        ],
    )
    def test_is_2_for_words_that_are_not_understood(self, words, desk):
        done = desk.run(*words)
        assert (done.returncode, desk.asked) == (2, 0)
        assert "usage:" in done.stderr

    @pytest.mark.parametrize(("service", "wrong"), [("teamwork", refuse), ("projectmanager", refuse)])
    def test_is_1_when_a_service_refuses(self, service, wrong, desk):
        desk.front.trouble[service] = wrong
        done = desk.run(*REVIEW, *PROJECT)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("pmframes: ")
        assert desk.files == []

    def test_is_1_when_nothing_is_connected(self, desk):
        done = desk.run(*REVIEW, PMFRAMES_TEAMWORK_TOKEN="")
        assert done.returncode == 1
        assert "PMFRAMES_TEAMWORK_TOKEN" in done.stderr

    def test_is_1_for_a_project_that_is_not_there(self, desk):
        assert desk.run(*REVIEW, "--project", "5").returncode == 1
        assert desk.files == []


class TestRolling:
    def test_from_one_time_to_the_next(self, desk):
        words = (*REVIEW, *PROJECT, "--save", "kept.parquet")
        assert desk.run(*words).returncode == 0
        kept = pd.read_parquet(desk.file("kept.parquet"))
        assert kept.attrs["pmframes"]["resource"] == "permissions"
        before = kept.iloc[1:]
        before.attrs = kept.attrs
        before.to_parquet(desk.file("kept.parquet"))
        done = desk.run(*words, "--before", "kept.parquet", "--force")
        assert done.returncode == 0
        lines = read_file(desk.file("review.html")).table("Changes").records()
        assert [line["change"] for line in lines] == ["joined"]
        done = desk.run(*words, "--before", "kept.parquet", "--force")
        assert read_file(desk.file("review.html")).table("Changes").rows == []
        assert len(pd.read_parquet(desk.file("kept.parquet"))) == len(kept)

    def test_what_was_there_last_time_is_nothing_new(self, desk):
        words = (*REVIEW, *PROJECT, "--save", "kept.parquet", "--fail-on", "low", "--dormant-days", "60")
        assert desk.run(*words).returncode == 3
        done = desk.run(*words, "--before", "kept.parquet", "--force")
        assert (done.returncode, done.stderr) == (0, "")
        assert "new findings: 0 high, 0 medium, 0 low" in done.stdout
        assert set(read_file(desk.file("review.html")).table("Findings").column("status")) == {"unchanged"}

    @pytest.mark.parametrize("kind", ["people", "permissions", "roles"])
    def test_what_is_new_of_any_kind_is_3(self, kind, desk):
        desk.run(*REVIEW, *PROJECT, "--save", "kept.parquet")
        kept = {one.attrs["pmframes"]["resource"]: one for one in read_frames(desk.file("kept.parquet"))}
        assert list(kept) == ["permissions", "people", "roles"]
        flag = {"people": "is_admin", "permissions": "project_administrator", "roles": "edit_users"}[kind]
        before = kept[kind].assign(**{flag: pd.array([False] * len(kept[kind]), "boolean")})
        before.attrs = kept[kind].attrs
        desk.file("kept.parquet").write_bytes(parquet_bytes(*(kept | {kind: before}).values()))
        words = (*REVIEW, *PROJECT, "--before", "kept.parquet", "--force")
        assert desk.run(*words, "--fail-on", "medium").returncode == 3
        assert desk.run(*words).returncode == 0
        lines = read_file(desk.file("review.html")).table("Changes").records()
        assert {line["column"] for line in lines} == {flag}

    def test_dormant_people_are_asked_for_by_day(self, desk, site):
        done = desk.run(*REVIEW, "--dormant-days", "60")
        assert done.returncode == 0
        text = " ".join(read_file(desk.file("review.html")).paragraphs)
        _, marker, not_checked = text.partition("Rules not (fully) checked for lack of data: ")
        assert marker
        assert "dormant account" not in not_checked.partition(".")[0]
        asked = [one.path for one in desk.front.asked if "lastLoginAfter" in one.path]
        day = (datetime.now(UTC) - timedelta(days=60)).date().isoformat()
        assert len(asked) > 0
        assert all(f"lastLoginAfter={day}" in one for one in asked)

    def test_without_force_replaces_nothing(self, desk):
        desk.file("kept.parquet").write_text("mine")
        done = desk.run(*REVIEW, *PROJECT, "--save", "kept.parquet")
        assert (done.returncode, desk.asked, desk.files) == (1, 0, ["kept.parquet"])
        assert desk.file("kept.parquet").read_text() == "mine"

    def test_from_another_project_is_refused(self, desk):
        desk.run(*REVIEW, *PROJECT, "--save", "kept.parquet")
        assert desk.asked
        done = desk.run(*REVIEW, "--project", "480102", "--before", "kept.parquet", "--force")
        assert (done.returncode, desk.asked) == (1, 0)
        assert f"they differ in projects ({made.PROJECT} before, 480102 after)" in done.stderr

    def test_from_other_services_or_without_projects_is_refused(self, desk):
        desk.run(*REVIEW, *PROJECT, "--save", "kept.parquet")
        assert desk.asked
        for words, more in (((), {}), (PROJECT, {"PMFRAMES_PROJECTMANAGER_TOKEN": ""})):
            done = desk.run(*REVIEW, *words, "--before", "kept.parquet", "--force", **more)
            assert (done.returncode, desk.asked) == (1, 0)
            assert "a --project of last time and connect the same services" in done.stderr


class TestRefusedBeforeAnythingIsLoaded:
    @pytest.mark.parametrize("option", ["-o", "--save"])
    @pytest.mark.parametrize("name", ["nowhere/r.html", "folder.html", "there.html", "/proc/r.html"])
    def test_what_cannot_be_written(self, option, name, desk):
        desk.file("folder.html").mkdir()
        desk.file("there.html").write_text("mine")
        words = ("access-review", "-o", "r.html") if option == "--save" else ("access-review",)
        done = desk.run(*words, option, name)
        assert (done.returncode, desk.asked) == (1, 0)
        assert name.removesuffix("/r.html") in done.stderr
        assert desk.files == ["folder.html", "there.html"]
        assert desk.file("there.html").read_text() == "mine"

    @pytest.mark.parametrize("name", ["r.pdf", "r", "r.csv"])
    @pytest.mark.parametrize("kind", ["access-review", "portfolio"])
    def test_what_no_report_is_written_as(self, kind, name, desk):
        done = desk.run(kind, "-o", name)
        assert (done.returncode, desk.asked, desk.files) == (1, 0, [])

    def test_two_files_of_one_name(self, desk):
        done = desk.run("access-review", "-o", "r.html", "--save", "r.html")
        assert (done.returncode, desk.asked, desk.files) == (1, 0, [])
        done = desk.run("access-review", "-o", "r.html", "--save", "./r.html", "--force")
        assert (done.returncode, desk.asked, desk.files) == (1, 0, [])

    @pytest.mark.parametrize("content", [None, b"", b"not parquet", b"PAR1" + bytes(20) + b"PAR1"])
    def test_a_before_that_is_none(self, content, desk):
        if content is not None:
            desk.file("last.parquet").write_bytes(content)
        done = desk.run(*REVIEW, "--before", "last.parquet")
        assert (done.returncode, desk.asked) == (1, 0)
        assert "before" in done.stderr
        assert "review.html" not in desk.files

    def test_a_before_of_something_else(self, desk, loaded):
        loaded.clients.to_parquet(desk.file("last.parquet"))
        done = desk.run(*REVIEW, "--before", "last.parquet")
        assert (done.returncode, desk.asked) == (1, 0)


class TestWhatIsStored:
    @pytest.mark.parametrize("words", [(*REVIEW, *PROJECT), ("portfolio", "-o", "review.html")])
    def test_is_used_again_and_asked_for_anew(self, words, desk):
        assert desk.run(*words).returncode == 0
        first = desk.asked
        assert first > 0
        for more, expected in (((), 0), (("--offline",), 0), (("--refresh",), first)):
            assert desk.run(*words, "--force", *more).returncode == 0
            assert desk.asked == expected

    def test_is_not_there_yet(self, desk):
        done = desk.run(*REVIEW, "--offline")
        assert (done.returncode, desk.asked, desk.files) == (1, 0, [])

    def test_is_not_both_used_and_asked_for_anew(self, desk):
        done = desk.run(*REVIEW, "--offline", "--refresh")
        assert (done.returncode in (1, 2), desk.asked, desk.files) == (True, 0, [])


def test_an_interrupt_leaves_everything_as_it_was(desk):
    desk.file("kept.parquet").write_text("mine")
    desk.file("review.html").write_text("mine too")
    desk.front.trouble["projectmanager"] = stall
    words = (*REVIEW, *PROJECT, "--save", "kept.parquet", "--force")
    with desk.start(*words) as process:
        until = time.monotonic() + 60
        while not desk.front.tokens("projectmanager") and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    desk.check(out, err)
    assert (process.returncode, out, err) == (130, "", "pmframes: interrupted.\n")
    assert desk.files == ["kept.parquet", "review.html"]
    assert desk.file("kept.parquet").read_text() == "mine"
    assert desk.file("review.html").read_text() == "mine too"
