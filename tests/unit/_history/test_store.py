"""Histories: frames come back as they were kept, as of any moment, and each account by itself."""

import os
import random
import shutil
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pmframes as pm
from pmframes._history import folder as folder_module
from pmframes._writers.hash_chain import HashChain
from pmframes.errors import InvalidArgument, PmframesError
from tests.support import frames
from tests.support.histories import dated, problems, tamper, week
from tests.support.privileges import no_superuser

WEEKS = [week(number) for number in (1, 2, 3)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "history"


@pytest.fixture
def history(folder):
    """A history of three weeks of people."""
    history = pm.history(folder)
    for frame in WEEKS:
        history.keep(frame)
    return history


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(left, right)
    assert [[type(value) for value in row] for row in left.to_numpy(dtype=object)] == [
        [type(value) for value in row] for row in right.to_numpy(dtype=object)
    ]
    assert left.attrs == right.attrs


def test_without_a_folder_it_is_in_the_data_folder(tmp_path):
    pm.history().keep(WEEKS[0])
    assert sorted(path.name for path in (tmp_path / "data" / "history").iterdir()) == [
        ".lock",
        "000001-teamwork.people.parquet",
        "HEAD",
        "manifest.jsonl",
    ]


@pytest.mark.parametrize("folder", [5, "", "a\0b", "s3://bucket/x"])
def test_a_folder_is_a_path_of_this_machine(folder):
    with pytest.raises(InvalidArgument, match=r"^folder is"):
        pm.history(folder)


def test_all_is_private(history, folder):
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert ({*modes.values()}, stat.S_IMODE(folder.stat().st_mode)) == ({0o600}, 0o700)


# Frames come back


@pytest.mark.parametrize("number", range(3))
def test_a_frame_comes_back_with_dtypes_and_attrs(number, history):
    same(history.at(number + 1, "teamwork.people"), WEEKS[number])


ODD = {
    "empty": frames.whole(frames.people(())),
    "permissions": frames.permissions(),
    "no id": frames.people().drop(columns="id"),
    "an index": frames.people().set_index("name"),
    "repeated ids": frames.people(id=pd.Series([1] * 4)),
    "floats": frames.people(user_rate=pd.Series([1.5, np.nan, 2, 3])),
    "lists": frames.people(team_ids=pd.Series([[1], None, [], [2]], dtype=object)),
    "texts": frames.people(("account",) * len(frames.AWKWARD), name=frames.text(frames.AWKWARD)),
}


@pytest.mark.parametrize("name", ODD)
def test_any_frame_comes_back_whole_and_as_a_change(name, folder):
    first = dated(ODD[name], "2026-01-05T08:00:00+00:00")
    second = dated(first.iloc[::-1], "2026-01-12T08:00:00+00:00")
    history = pm.history(folder)
    history.keep(first, second)
    same(history.at(1, "teamwork.people" if name != "permissions" else "permissions"), first)
    same(history.at(2, "teamwork.people" if name != "permissions" else "permissions"), second)


@pytest.mark.parametrize("number", range(3))
def test_pandas_reads_each_file_as_the_frame(number, history, folder):
    frame = pd.read_parquet(folder / history.snapshots()["file"][number])
    pd.testing.assert_frame_equal(frame, WEEKS[number])
    assert frame.attrs == WEEKS[number].attrs


def test_an_equal_frame_is_a_line_and_no_file(history, folder):
    again = dated(WEEKS[2], "2026-02-02T08:00:00+00:00", cached=True)
    history.keep(again)
    table = history.snapshots()
    assert table["file"].nunique() == 3 == len(list(folder.glob("*.parquet")))
    assert table["number"].tolist() == [1, 2, 3, 4]
    assert history.at(4, "people").attrs["pmframes"]["fetched_at"] == "2026-02-02T08:00:00+00:00"


def test_snapshots_are_listed_with_fixed_dtypes(history, folder):
    table, empty = history.snapshots(), pm.history(folder / "none").snapshots()
    assert table.dtypes.to_dict() == empty.dtypes.to_dict()
    assert not (folder / "none").exists()
    assert table.iloc[0].drop(["kept_at", "fetched_at"]).to_dict() == {
        "number": 1,
        "service": "teamwork",
        "url": "https://acme.teamwork.com",
        "account": "acme",
        "resource": "people",
        "params": "",
        "rows": 4,
        "fictional": False,
        "clock_set_back": False,
        "file": "000001-teamwork.people.parquet",
    }
    assert repr(history) == f"<History {folder}: 3 snapshots, head {(folder / 'HEAD').read_text().strip()}>"


# What has no kind


def _without(*names):
    frame = dated(frames.people(), "2026-01-05T08:00:00+00:00")
    frame.attrs["pmframes"] = {key: value for key, value in frame.attrs["pmframes"].items() if key not in names}
    return frame


REFUSED = {
    "no provenance": (_without(*WEEKS[0].attrs["pmframes"]), "has no provenance"),
    "no account": (_without("account"), "has no provenance"),
    "no time": (_without("fetched_at"), "has no provenance"),
    "no resource": (_without("resource"), "has no provenance"),
    "a path": (dated(frames.people(), "2026-01-05", resource="../../x"), "has no provenance"),
    "rows removed": (WEEKS[0].head(1), "is not the load as it was: 1 of 4 rows"),
    "incomplete": (dated(frames.people(), "2026-01-05", complete=False), "marked as incomplete"),
    "completeness unknown": (_without("complete"), "does not say that it is complete"),
    "a summary": (pm.report.changes(WEEKS[0], WEEKS[0]).assign(x=1), "was made from other frames: Teamwork.com people"),
    "of a later version": (dated(frames.people(), "2026-01-05", params=5), "unknown format"),
    "a search": (week(1, params={"searchTerm": "…"}), "was loaded with searchTerm, whose value is not recorded"),
    "no frame": (5, "must be a DataFrame"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_frame_without_a_kind_is_refused_and_nothing_kept(name, folder):
    frame, message = REFUSED[name]
    with pytest.raises(InvalidArgument, match=message):
        pm.history(folder).keep(WEEKS[0], frame)
    assert not folder.exists()


def test_keep_needs_a_frame(folder):
    with pytest.raises(InvalidArgument, match="There is no frame to keep"):
        pm.history(folder).keep()


def test_values_are_in_no_line(folder):
    pm.history(folder).keep(week(1, name=frames.text(["Ada Canary"] * 4)))
    assert "Canary" not in (folder / "manifest.jsonl").read_text()


# A moment


@pytest.mark.parametrize(
    ("when", "number"),
    [
        ("2026-01-12", 2),
        (date(2026, 1, 12), 2),
        ("2026-01-12T07:59:59", 1),
        ("2026-01-12T08:00:00", 2),
        (datetime(2026, 1, 12, 8), 2),
        ("2026-01-12T09:30:00+02:00", 1),
        (datetime(2026, 1, 18, tzinfo=UTC), 2),
        (pd.Timestamp("2026-01-19 08:00"), 3),
        ("2099-01-01", 3),
        (2, 2),
    ],
)
def test_the_last_one_up_to_a_moment(when, number, history):
    same(history.at(when, "people"), WEEKS[number - 1])


@pytest.mark.parametrize(
    ("when", "message"),
    [
        (
            "2026-01-04",
            "There is no snapshot of teamwork.people of acme at .* The first one is number 1, fetched at 2026-01-05",
        ),
        (9, "No snapshot fits number 9, resource 'people'"),
        ("soon", "^when is 'soon'"),
        (None, "^when is None"),
        (0, "^when is 0"),
    ],
)
def test_a_moment_without_a_snapshot(when, message, history):
    with pytest.raises(InvalidArgument, match=message):
        history.at(when, "people")


@pytest.fixture
def many(folder):
    """A history with two accounts, one of which has two selections of projects and permissions."""
    history = pm.history(folder)
    history.keep(
        week(1, params={"projects": [1]}),
        week(1, params={"projects": [1, 2, 3]}, name=frames.text(["x"] * 4)),
        week(1, account="beta", params={"projects": [1]}, name=frames.text(["y"] * 4)),
        week(1, frames.permissions, params={"projects": [1]}),
    )
    return history


def test_several_candidates_are_listed(many):
    with pytest.raises(InvalidArgument) as raised:
        many.at("2026-02-01", "people")
    assert raised.value.cause == (
        "The history has snapshots of 3 kinds that fit: "
        "teamwork.people of acme at https://acme.teamwork.com (projects=[1]); "
        "teamwork.people of acme at https://acme.teamwork.com (projects=[1, 2, 3]); "
        "teamwork.people of beta at https://acme.teamwork.com (projects=[1])."
    )


@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        ({"account": "beta"}, 3),
        ({"account": "acme", "projects": 1}, 1),
        ({"account": "acme", "projects": [3, 2, 1]}, 2),
        ({"account": "acme", "projects": pd.DataFrame({"id": [1]})}, 1),
    ],
)
def test_an_account_and_parameters_choose_one(arguments, number, many):
    same(many.at("2026-02-01", "people", **arguments), many.at(number, "people"))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"account": "acm"}, "resource 'people', account 'acm'"),
        ({"projets": 1}, "resource 'people', projets"),
        ({"projects": 9}, "resource 'people', projects"),
        ({"projects": None}, "resource 'people', projects"),
        ({"resource": "peeple"}, "resource 'peeple'"),
    ],
)
def test_what_chooses_none_lists_what_there_is(arguments, named, many):
    with pytest.raises(InvalidArgument) as raised:
        many.at("2026-02-01", **{"resource": "people", **arguments})
    assert raised.value.cause == f"No snapshot fits {named}."
    assert "teamwork.people of beta at https://acme.teamwork.com (projects=[1]); " in raised.value.remedy


def test_a_short_name_has_to_be_clear(history):
    for service in ("outlign", "spirii"):
        history.keep(dated(frames.people(), "2026-01-05T08:00:00+00:00", service=service, resource="customers"))
    with pytest.raises(InvalidArgument, match=r"2 kinds that fit: outlign\.customers of acme"):
        history.at("2026-02-01", "customers")
    assert len(history.at("2026-02-01", "spirii.customers")) == 4


def test_an_empty_history_says_how_to_begin(folder):
    with pytest.raises(InvalidArgument, match=r"No snapshot fits resource 'people'\. Keep one: history\.keep"):
        pm.history(folder).at("2026-02-01", "people")
    assert not folder.exists()


@pytest.mark.parametrize(
    ("params", "is_same"),
    [
        ({"orderBy": "name"}, True),
        ({"fields[people]": "id"}, True),
        ({"fields[people]": "…"}, True),
        ({"showDeleted": "true"}, False),
        ({"projects": [1]}, False),
    ],
)
def test_parameters_that_choose_rows_make_a_kind(params, is_same, folder):
    history = pm.history(folder)
    history.keep(week(1), week(2, params=params))
    assert (history.prune(1) == 1) == is_same


def test_fictional_frames_are_marked_and_kept_apart(history):
    history.keep(
        dated(frames.people(), "2026-01-26T08:00:00+00:00", fictional=True, url="http://127.0.0.1:4711/teamwork")
    )
    history.keep(
        dated(frames.people(), "2026-01-27T08:00:00+00:00", fictional=True, url="http://127.0.0.1:4712/teamwork")
    )
    assert history.snapshots()["fictional"].tolist() == [False] * 3 + [True] * 2
    with pytest.raises(InvalidArgument, match="2 kinds"):
        history.at("2026-02-01", "people")


def test_a_clock_that_was_set_back_is_kept_and_marked(history, monkeypatch):
    with pytest.warns(UserWarning, match=r"snapshots before: number 4\. The clock was set back"):
        history.keep(week(2, name=frames.text(["later"] * 5)))

    class Earlier(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2020, 1, 1, tzinfo=tz)

    monkeypatch.setattr(folder_module, "datetime", Earlier)
    with pytest.warns(UserWarning, match="number 5"):
        history.keep(week(4))
    assert history.snapshots()["clock_set_back"].tolist() == [False, False, False, True, True]
    assert history.at("2026-01-12", "people")["name"].tolist() == ["later"] * 5  # the order is that of the numbers


# Changes


def test_changes_are_those_of_the_report(history):
    found = history.changes("2026-01-05", "2026-01-19", "people")
    expected = pm.report.changes(WEEKS[0], WEEKS[2])
    assert found["data_set"].tolist() == ["teamwork.people"] * len(expected) == ["teamwork.people"] * 2
    pd.testing.assert_frame_equal(found.drop(columns="data_set"), expected)
    assert found.attrs == expected.attrs
    pd.testing.assert_frame_equal(history.changes(1, 3), found)


def test_without_a_resource_all_that_have_both_moments_are_compared(history):
    history.keep(
        week(1, frames.permissions), week(3, frames.permissions, granted=((True, True), (True, None), (None, None)))
    )
    assert set(history.changes("2026-01-05", "2026-02-01")["data_set"]) == {"teamwork.people", "teamwork.permissions"}
    history.keep(dated(frames.people(), "2026-01-19T08:00:00+00:00", resource="companies"))
    with pytest.warns(UserWarning, match=r"no snapshot of the earlier moment: teamwork\.companies\."):
        history.changes("2026-01-05", "2026-02-01")


def test_accounts_are_never_compared_with_each_other(history):
    history.keep(week(2, account="beta"))
    with pytest.raises(InvalidArgument, match="2 kinds"):
        history.changes("2026-01-05", "2026-02-01")
    with pytest.raises(InvalidArgument, match="No snapshot fits number 1"):
        history.changes(1, 4)


# Verify


def edit_file(folder: Path) -> None:
    path = folder / "000002-teamwork.people.parquet"
    path.write_bytes(path.read_bytes() + b"x")


def swap_files(folder: Path) -> None:
    first, second = folder / "000001-teamwork.people.parquet", folder / "000002-teamwork.people.parquet"
    first.rename(folder / "x"), second.rename(first), (folder / "x").rename(second)


DAMAGE = {
    "a file removed": (lambda folder: (folder / "000002-teamwork.people.parquet").unlink(), ["missing"]),
    "a file edited": (edit_file, ["damaged"]),
    "files swapped": (swap_files, ["swapped", "swapped"]),
    "a file put in": (lambda folder: (folder / "000001-x.parquet").write_text(""), ["put in"]),
    "a note put in": (lambda folder: (folder / "note.txt").write_text(""), ["put in"]),
    "no manifest": (lambda folder: (folder / "manifest.jsonl").unlink(), ["missing"]),
    "no manifest and no HEAD": (
        lambda folder: [(folder / name).unlink() for name in ("manifest.jsonl", "HEAD")],
        ["missing"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_change_of_the_files_is_named(damage, history, folder):
    change, expected = DAMAGE[damage]
    assert problems(folder) == []
    change(folder)
    assert problems(folder) == expected


def test_a_problem_names_file_account_and_number(history, folder):
    edit_file(folder)
    (row,) = history.verify().to_dict("records")
    assert (row["file"], row["number"], row["account"]) == ("000002-teamwork.people.parquet", 2, "acme")
    assert history.verify().dtypes.to_dict() == pm.history(folder).verify().iloc[:0].dtypes.to_dict()


def test_a_damaged_file_is_not_read_and_others_are(history, folder):
    edit_file(folder)
    with pytest.raises(PmframesError, match=r"000002-teamwork.people.parquet of the history is not as it was written"):
        history.at(2, "people")
    same(history.at(3, "people"), WEEKS[2])


def test_a_broken_chain_is_neither_read_nor_continued(history, folder):
    path = folder / "manifest.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"rows":5', b'"rows":6'))
    for use in (
        lambda: history.at(3, "people"),
        lambda: history.keep(WEEKS[0]),
        lambda: history.prune(1),
        history.snapshots,
    ):
        with pytest.raises(
            PmframesError, match=r"whole: line 2 .* the hash of its content \(edited\)\. history\.verify"
        ):
            use()
    assert len(path.read_bytes().splitlines()) == 3


@pytest.mark.parametrize("tries", [60, pytest.param(1000, marks=pytest.mark.soak)])
def test_one_flipped_bit_anywhere_is_found(tries, history, folder, tmp_path):
    history.keep(week(3, frames.permissions), dated(WEEKS[2], "2026-02-02T08:00:00+00:00"))
    chance = random.Random(7)
    for number in range(tries):
        copy = shutil.copytree(folder, tmp_path / str(number))
        name = tamper(chance, copy)
        assert problems(copy) != [], name
        shutil.rmtree(copy)


def test_an_earlier_head_is_checked(history, folder):
    head = (folder / "HEAD").read_text()
    history.keep(week(4))
    assert problems(folder, head) == []
    assert problems(folder, head.replace(head[-10:-1], "0" * 9)) == ["edited"]
    with pytest.raises(InvalidArgument, match=r"^head is '5'"):
        history.verify("5")


def test_without_a_history_there_is_nothing_to_verify(folder):
    with pytest.raises(PmframesError, match="There is no history in"):
        pm.history(folder).verify()


@pytest.mark.parametrize("change", [{"format": 2}, {"file": "../x.parquet"}, {"rows": "4"}])
def test_a_line_of_a_later_version_is_named(change, history, folder):
    chain = HashChain(folder / "manifest.jsonl", folder / "HEAD")
    state = chain.read()
    chain.append(state.head, {**state.records[-1], **change})
    for use in (history.snapshots, history.verify, lambda: history.keep(WEEKS[0])):
        with pytest.raises(PmframesError, match=r"A later version of pmframes, .* wrote line 4 of the history\."):
            use()


# Forget and prune


def rows_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_a_person_is_forgotten_everywhere(folder):
    names = frames.text(["Ada Canary", "Bo", "Cy", "Di"])
    people = week(1, name=names, created_by_id=pd.Series([2, 1, 1, None], dtype="Int64"))
    history = pm.history(folder)
    history.keep(
        people, week(1, frames.permissions, name=names[:3]), dated(people.iloc[1:], "2026-01-12T08:00:00+00:00")
    )
    head = (folder / "HEAD").read_text()
    assert history.forget(1) == 3
    assert b"Canary" not in rows_of(folder)
    assert [
        history.at(number, name)["name"].tolist() for number, name in ((1, "people"), (2, "permissions"), (3, "people"))
    ] == [["Bo", "Cy", "Di"], ["Bo", "Cy"], ["Bo", "Cy", "Di"]]
    assert history.at(1, "people")["created_by_id"].isna().all()
    assert history.snapshots()["rows"].tolist() == [3, 2, 3]
    assert (problems(folder), problems(folder, head)) == ([], ["not verifiable"])
    assert pm.report.changes(history.at(1, "people"), history.at(3, "people")).empty
    history.keep(week(4))
    assert history.snapshots()["number"].tolist() == [1, 2, 3, 8]


def test_a_frame_without_rows_keeps_its_dtypes_when_its_only_person_is_forgotten(folder):
    only = frames.whole(WEEKS[0].head(1))
    history = pm.history(folder)
    history.keep(only)
    history.forget(1)
    pd.testing.assert_frame_equal(history.at(1, "people"), only.head(0))


def test_an_id_of_several_accounts_is_an_error_that_lists_them(history, folder):
    history.keep(week(1, account="beta"))
    with pytest.raises(InvalidArgument, match=r"hold the id '1': acme \(teamwork, https://acme.*\), beta \(teamwork"):
        history.forget(1)
    assert history.forget(1, account="beta") == 1
    same(history.at(1, "people", account="acme"), WEEKS[0])
    with pytest.raises(InvalidArgument, match="No snapshot that fits holds a person with the id '1'"):
        history.forget(1, account="beta")


def test_prune_leaves_the_last_of_each_kind(many, folder):
    many.keep(week(2, params={"projects": [1]}), week(3, params={"projects": [1]}))
    head = (folder / "HEAD").read_text()
    assert many.prune(2) == 1
    assert many.snapshots()["number"].tolist() == [2, 3, 4, 5, 6]
    assert (problems(folder), problems(folder, head)) == ([], ["not verifiable"])
    assert not (folder / "000001-teamwork.people.parquet").exists()
    head = (folder / "HEAD").read_text()
    assert many.prune(2) == 0
    assert (folder / "HEAD").read_text() == head


def test_prune_of_an_account_leaves_the_others(many):
    many.keep(week(2, params={"projects": [1]}), week(2, account="beta", params={"projects": [1]}))
    assert many.prune(1, account="beta") == 1
    assert many.snapshots()["number"].tolist() == [1, 2, 4, 5, 6]
    with pytest.raises(InvalidArgument, match=r"account is 'bet'. Did you mean 'beta'"):
        many.prune(1, account="bet")


@pytest.mark.parametrize("keep", [0, -1, "all", None, 1.5])
def test_prune_needs_a_number(keep, history):
    with pytest.raises(InvalidArgument, match=r"^keep is"):
        history.prune(keep)
    assert len(history.snapshots()) == 3


def test_a_copy_elsewhere_is_whole_and_follows(history, tmp_path):
    copy = tmp_path / "copy"
    assert (history.copy_to(str(copy)), problems(copy)) == (3, [])
    history.keep(week(4))
    assert (history.copy_to(f"file://{copy}"), problems(copy)) == (1, [])
    history.forget(1)
    history.copy_to(str(copy))
    assert (problems(copy), b"Person 0" in rows_of(copy)) == ([], False)
    same(pm.history(copy).at(2, "people"), history.at(2, "people"))


def test_a_copy_to_an_object_store(history):
    import fsspec

    assert (history.copy_to("memory://bucket/history"), history.copy_to("memory://bucket/history")) == (3, 0)
    names = {name.rpartition("/")[2] for name in fsspec.filesystem("memory").ls("/bucket/history", False)}
    assert names == {"HEAD", "manifest.jsonl", *history.snapshots()["file"]}


@pytest.mark.parametrize("url", ["nothing://x", "s3://user:secret@bucket/x", 5])
def test_a_url_that_cannot_be_used(url, history):
    with pytest.raises(InvalidArgument, match=r"^url is"):
        history.copy_to(url)


# The folder


def test_a_folder_of_something_else_is_left_alone(folder):
    folder.mkdir(mode=0o755)
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(InvalidArgument, match=r"is no history: it holds 'thesis\.txt'"):
        pm.history(folder).keep(WEEKS[0])
    assert pm.history(folder).snapshots().empty
    assert (os.listdir(folder), stat.S_IMODE(folder.stat().st_mode)) == (["thesis.txt"], 0o755)


def test_a_link_in_place_of_the_folder_is_refused(history, folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(PmframesError, match=r"link cannot be used\. .*link is a link\. Correct that, or pass another"):
        pm.history(tmp_path / "link").snapshots()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files to another user")
def test_a_folder_of_another_user_is_refused(history, folder):
    folder.chmod(0o755)
    os.chown(folder, 65534, -1)
    try:
        with no_superuser(), pytest.raises(PmframesError, match="belongs to another user"):
            history.snapshots()
    finally:
        os.chown(folder, os.geteuid(), -1)


def test_a_file_in_place_of_the_folder_is_explained(folder):
    folder.write_text("")
    with pytest.raises(PmframesError, match="cannot be used"):
        pm.history(folder).keep(WEEKS[0])
