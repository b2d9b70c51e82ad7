"""Histories in real processes: killed, at once, on a full disk and on another file system, they stay whole."""

import random
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest

import pmframes as pm
from pmframes.errors import PmframesError
from tests.support.histories import problems, week
from tests.support.processes import ended, run, start

rounds = pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=pytest.mark.soak)])

HEADER = """
import sys, warnings, pmframes as pm
warnings.simplefilter("ignore")
from tests.support import frames
from tests.support.histories import week
history = pm.history(sys.argv[1])
print("ready", flush=True)
"""
KEEP = (
    HEADER
    + """
for number in range(1, 200):
    history.keep(week(number % 4 + 1), week(number % 4 + 1, frames.permissions))
    print(number, flush=True)
"""
)
REWRITE = (
    HEADER
    + """
for person in range(1, 5):
    history.forget(person)
    history.keep(week(4), week(3))
    history.prune(2)
"""
)
WRITES = {"keep": KEEP, "rewrite": REWRITE}
LIMITED = (
    HEADER
    + """
import os, resource, signal
rows = week(4, name=frames.text([f"Person {n * 7919 % 5000}" for n in range(7)]))
# After the imports, which write files of Python's own.
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    history.keep(rows)
except pm.errors.PmframesError as error:
    print(error, flush=True)
# Without the end of the interpreter, at which threads of Arrow rarely end the process.
os._exit(0)
"""
)
# Ends the process at one of the calls by which a history changes files, before or after it.
KILL = """
import os, signal, sys
at, calls = int(sys.argv[2]), 0
def ending(function):
    def call(*arguments, **named):
        global calls
        calls += 1
        if calls == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **named)
    return call
for name in ("write", "fsync", "replace", "unlink", "rename"):
    setattr(os, name, ending(getattr(os, name)))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "history"
    pm.history(folder).keep(week(1), week(2), week(3))
    return folder


def check(folder: Path, label: object) -> None:
    """The history is whole at once, before anything tidies it up; what was kept is read; and it goes on."""
    history = pm.history(folder)
    assert problems(folder) == [], label
    for row in history.snapshots().itertuples():
        assert len(history.at(row.number, row.resource)) == row.rows, label
    history.keep(week(4))
    assert problems(folder) == [], label
    named = {*history.snapshots()["file"], "HEAD", "manifest.jsonl", ".lock"}
    assert {path.name for path in folder.iterdir()} >= named, label
    assert not list(folder.glob(".pmframes-*")), label


@rounds
@pytest.mark.parametrize("write", WRITES)
@pytest.mark.filterwarnings("ignore:Fetched or kept")
def test_a_process_that_is_killed_at_any_time_leaves_it_whole(write, rounds, folder, tmp_path):
    chance = random.Random(7)
    for number in range(rounds):
        if write == "rewrite":
            pm.history(folder).keep(*map(week, (1, 2, 3, 4)))
        with start(WRITES[write], str(folder), folder=tmp_path, cache=tmp_path / "cache") as process:
            assert process.stdout.readline() == "ready\n", process.stderr.read()
            time.sleep(chance.random() * 0.4)
            process.kill()
        check(folder, number)


@pytest.mark.long
@pytest.mark.parametrize("write", WRITES)
@pytest.mark.filterwarnings("ignore:Fetched or kept")
def test_a_process_that_is_killed_at_each_step_leaves_it_whole(write, folder, tmp_path):
    """At each call that changes a file, of the first ones."""
    for step in range(1, 26):
        if write == "rewrite":
            pm.history(folder).keep(*map(week, (1, 2, 3, 4)))
        code = HEADER + KILL + WRITES[write].removeprefix(HEADER)
        with start(code, str(folder), str(step), folder=tmp_path, cache=tmp_path / "cache") as process:
            ended(process, 60)
        assert process.returncode == -signal.SIGKILL
        check(folder, step)


@pytest.mark.filterwarnings("ignore:Fetched or kept")
def test_processes_at_once_add_to_one_chain(folder, tmp_path):
    code = HEADER + "for number in range(10): history.keep(week(number % 4 + 1))"
    processes = [start(code, str(folder), folder=tmp_path, cache=tmp_path / "cache") for _ in range(3)]
    for process in processes:
        ended(process, 120)
        assert process.returncode == 0
    assert pm.history(folder).snapshots()["number"].tolist() == [*range(1, 34)]
    check(folder, "at once")


@pytest.mark.parametrize("limit", [100, 900, 3000])
def test_a_limit_on_files_is_an_error_that_says_what_to_do(limit, folder, tmp_path):
    out = run(LIMITED, str(folder), str(limit), folder=tmp_path, cache=tmp_path / "cache", PYTHONDONTWRITEBYTECODE="1")
    assert "cannot be used. File too large" in out
    assert "Correct that, or pass another folder: pm.history(folder)." in out
    assert len(pm.history(folder).snapshots()) == 3
    check(folder, limit)


@pytest.fixture
def mounted(tmp_path: Path):
    """A file system of its own, with little room."""
    place = tmp_path / "mounted"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True)
    if done.returncode:
        pytest.skip("needs the right to mount")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_of_another_file_system_is_an_error_and_leaves_it_whole(mounted):
    history, kept = pm.history(mounted / "history"), 0
    with pytest.raises(PmframesError, match=r"The disk is full") as raised:  # noqa: PT012
        for number in range(1, 40):
            history.keep(week(number % 4 + 1, account=f"a{number}"))
            kept += 1
    assert "Free some space, or use another disk" in str(raised.value)
    assert (problems(mounted / "history"), len(history.snapshots())) == ([], kept)
    assert kept > 2
    assert history.prune(1, account="a1") == 0


def test_a_frame_that_was_kept_is_read_by_another_process(folder, tmp_path):
    code = HEADER + "print(history.at(2, 'people').attrs['pmframes']['fetched_at'], len(history.verify()))"
    out = run(code, str(folder), folder=tmp_path, cache=tmp_path / "cache")
    assert out.splitlines()[1:] == [f"{pd.Timestamp('2026-01-12 08:00+00:00').isoformat()} 0"]
