"""``pmframes report access-review --before``: a file that serves, one that cannot, and projects that went."""

import pandas as pd
import pytest

import pmframes as pm
from pmframes._loading.loader import dry_run
from pmframes._writers.parquet import parquet_bytes, read_frames
from tests.support import frames
from tests.support import report_inputs as made
from tests.support.commands import TOKEN
from tests.support.report_text import read_file
from tests.trust.front import Front

OTHER = 480102
REVIEW = ("access-review", "-o", "review.html", "--force")
ONE, BOTH = ("--project", str(made.PROJECT)), ("--project", str(made.PROJECT), "--project", str(OTHER))
KEEP, BEFORE = ("--save", "kept.parquet"), ("--before", "kept.parquet")
ROLLING = (*BEFORE, *KEEP)


def contents(desk):
    return {name: desk.file(name).read_bytes() for name in desk.files}


@pytest.mark.slow
class TestAProject:
    def delete(self, desk):
        def gone(handler, asked):
            known = f"/projects/{OTHER}/" not in asked.path
            handler.reply(*(desk.front.answer(asked) if known else (404, "application/json", b"{}")))

        desk.front.trouble["teamwork"] = gone

    def test_that_was_deleted_is_named_and_left_out_and_the_rest_is_compared(self, desk):
        assert desk.run(*REVIEW, *BOTH, *KEEP).returncode == 0
        self.delete(desk)
        last = contents(desk)
        done = desk.run(*REVIEW, *BOTH, *ROLLING, "--refresh")
        assert (done.returncode, done.stdout) == (1, "")
        assert f"project {OTHER} (status 404)" in done.stderr
        assert "leave it out if it was deleted" in done.stderr
        assert contents(desk) == last
        # So it is left out.
        done = desk.run(*REVIEW, *ONE, *ROLLING, "--refresh", "--fail-on", "low")
        assert (done.returncode, done.stderr) == (0, "")
        said = f"Projects only in the baseline, not compared: Website relaunch ({OTHER})."
        found = read_file(desk.file("review.html"))
        assert said in done.stdout
        assert said in " ".join(found.paragraphs)
        assert found.table("Changes").rows == []
        assert set(found.table("Findings").column("status")) == {"unchanged"}
        # From then on there is nothing to say of it.
        assert "not compared" not in desk.run(*REVIEW, *ONE, *ROLLING).stdout

    def test_that_was_added_is_told_and_what_is_found_there_counts(self, desk):
        desk.run(*REVIEW, *ONE, *KEEP)
        done = desk.run(*REVIEW, *BOTH, *ROLLING, "--fail-on", "low")
        assert done.returncode == 3
        assert f"Projects only in this review, not compared: Website relaunch ({OTHER})." in done.stdout
        found = read_file(desk.file("review.html"))
        assert found.table("Changes").rows == []
        assert set(found.table("Findings").column("status")) == {"unchanged", "not comparable"}


def changed(frame, **params):
    """Give a frame that is said to have been loaded with other arguments."""
    stamp = frame.attrs["pmframes"]
    frame.attrs["pmframes"] = {**stamp, "params": {**stamp["params"], **params}}
    return frame


# What no review of the project can be compared with, made from its frames, and what its error says.
WRONG = {
    "another project": (
        lambda people: changed(people, projects=[5]),
        "they differ in projects (5 before, 480101 after)",
    ),
    "the whole site": (
        lambda people: changed(people, projects=[]),
        "they differ in projects (the whole site before, 480101 after)",
    ),
    "another filter": (lambda people: changed(people, ids="5"), "they differ in ids"),
    "other things": (lambda people: frames.clients(), "before contains clients, which is not part of this review"),
    "one of them twice": (lambda people: (people, people), "before contains two frames of people"),
    "of a later version": (lambda people: people.assign(shoe=1), "only before has 'shoe'"),
    "of a later form": (lambda people: changed(people, projects={"ids": [480101]}), "provenance in an unknown format"),
    "of no loader": (lambda people: pd.DataFrame({"id": [1]}), "only after has 'project_id'"),
    "without an id": (lambda people: pd.DataFrame({"a": [1]}), "before: people lacks the columns: id."),
    "rows that come twice": (lambda people: people.loc[[0, 0]], "before has 2 rows that share their project_id, id"),
    "flags as text": (lambda people: people.assign(is_admin="maybe"), "its predicate raised"),
}


@pytest.mark.slow
class TestAFileThatCannotServe:
    @pytest.fixture
    def kept(self, desk):
        """Give the frames of a review of the project, in the order of its file."""
        assert desk.run(*REVIEW, *ONE, *KEEP).returncode == 0
        return read_frames(desk.file("kept.parquet"))

    @pytest.mark.parametrize(("wrong", "said"), WRONG.values(), ids=[*WRONG])
    def test_is_refused_before_anything_is_asked(self, wrong, said, desk, kept):
        [people] = [one for one in kept if one.attrs["pmframes"]["resource"] == "people"]
        made_wrong = wrong(people)
        several = made_wrong if isinstance(made_wrong, tuple) else (made_wrong,)
        desk.file("kept.parquet").write_bytes(parquet_bytes(*several))
        last, _ = contents(desk), desk.asked
        done = desk.run(*REVIEW, *ONE, *ROLLING, "--refresh")
        assert (done.returncode, done.stdout, desk.asked) == (1, "", 0)
        assert said in done.stderr
        assert contents(desk) == last
        # The remedy that is always there: leave it out once, and keep anew.
        assert desk.run(*REVIEW, *ONE, *KEEP).returncode == 0
        assert desk.run(*REVIEW, *ONE, *ROLLING).returncode == 0

    def test_of_people_loaded_by_hand(self, desk, kept, loaded):
        loaded.few.to_parquet(desk.file("few.parquet"))
        assert desk.asked
        done = desk.run(*REVIEW, *ONE, "--before", "few.parquet")
        assert (done.returncode, desk.asked) == (1, 0)
        assert "they differ in showDeleted, includeServiceAccounts" in done.stderr
        assert "a file that --save wrote" in done.stderr

    def test_of_a_service_that_is_not_connected_now(self, desk, kept):
        assert desk.asked
        gone = {"PMFRAMES_PROJECTMANAGER_TOKEN": ""}
        done = desk.run(*REVIEW, *ONE, *BEFORE, **gone)
        assert (done.returncode, desk.asked) == (1, 0)
        assert "before contains roles, which is not part of this review" in done.stderr
        assert "connect the same services" in done.stderr

    def test_cut_short_or_a_folder(self, desk, kept):
        assert desk.asked
        content = desk.file("kept.parquet").read_bytes()
        desk.file("half.parquet").write_bytes(content[: len(content) // 2])
        desk.file("folder.parquet").mkdir()
        for name, said in (("half", "cannot be read as a parquet file"), ("folder", "not a file")):
            done = desk.run(*REVIEW, *ONE, "--before", f"{name}.parquet")
            assert (done.returncode, desk.asked) == (1, 0)
            assert said in done.stderr

    def test_what_serves_is_not_asked_for_twice(self, desk, kept):
        first = desk.asked
        assert desk.run(*REVIEW, *ONE, *ROLLING, "--refresh").returncode == 0
        assert desk.asked == first

    def test_is_not_replaced_by_the_report(self, desk, kept):
        desk.file("kept.parquet").rename(desk.file("review.html"))
        last, _ = contents(desk), desk.asked
        done = desk.run(*REVIEW, *ONE, "--before", "./review.html")
        assert (done.returncode, desk.asked, contents(desk)) == (1, 0, last)
        assert "review.html" in done.stderr


def test_a_rehearsal_gives_the_frames_without_rows_and_asks_nobody(site):
    loaders = {
        "people of a project": lambda: pm.teamwork.people(made.PROJECT, show_deleted=True, refresh=True),
        "people of the site": lambda: pm.teamwork.people(last_login_after="2026-03-01", refresh=True),
        "permissions": lambda: pm.teamwork.permissions([made.PROJECT, OTHER], refresh=True),
        "roles": lambda: pm.projectmanager.roles(refresh=True),
    }
    with Front() as front:
        front.tenants = {TOKEN: site}
        for service in ("teamwork", "projectmanager"):
            pm.connect(service, url=front.url(service), token=TOKEN, account="agency-a")
        with dry_run():
            blanks = {name: load() for name, load in loaders.items()}
        assert front.asked == []
        for name, load in loaders.items():
            blank, frame = blanks[name], load()
            assert len(frame) > len(blank) == 0
            pd.testing.assert_frame_equal(blank, frame.iloc[:0])
            assert blank.attrs["pmframes"]["params"] == frame.attrs["pmframes"]["params"]
            assert {*blank.attrs.get("permissions", ())} == {*frame.attrs.get("permissions", ())}
