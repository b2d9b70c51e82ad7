"""A disk that is full, by a limit of the system on files and by a tiny file system: a warning, and the frame."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import pmframes as pm
from tests.support.cache_files import warnings_of
from tests.support.cases import CASES
from tests.support.processes import run

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")

CASE = next(case for case in CASES if case.name == "spirii.customers")
SCRIPT = """
import resource, signal, sys, warnings
import pmframes as pm
limit = int(sys.argv[2])
if limit:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
pm.connect("spirii", url=sys.argv[1], token="abc")
for _ in range(2):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frame = pm.spirii.customers()
    print(len(frame), frame["id"].tolist() == [*range(1, 401)], len(caught))
"""


@pytest.mark.parametrize("limit", [4096, 20_000])
def test_a_limit_on_files_is_a_warning(limit, server, tmp_path, cache_dir):
    CASE.serve(server, CASE.rows(400))
    lines = run(SCRIPT, server.url("spirii"), str(limit), folder=tmp_path, cache=cache_dir).splitlines()
    assert len(lines) == 2
    assert set(lines) <= {"400 True 0", "400 True 1"}
    assert len(server.requests) == 8


def test_without_a_limit_the_next_process_reads_what_the_first_one_cached(server, tmp_path, cache_dir):
    CASE.serve(server, CASE.rows(400))
    for _ in range(2):
        lines = run(SCRIPT, server.url("spirii"), "0", folder=tmp_path, cache=cache_dir).splitlines()
        assert lines == ["400 True 0"] * 2
        assert len(server.requests) == 4


@contextmanager
def tiny_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    folder.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=0700", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        # The limit on a file's size above takes its place where nothing may be mounted.
        yield
        return
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("kilobytes", [4, 24, 64, 128])
def test_a_tiny_disk_is_a_warning(kilobytes, server, cache_dir):
    with tiny_disk(cache_dir, kilobytes):
        CASE.start(server, CASE.honest(CASE.rows(400)))
        for _ in range(2):
            frame, messages = warnings_of(lambda: CASE.load(refresh=True))
            assert frame["id"].tolist() == CASE.keys(400)
            assert len(messages) <= 1
        warnings_of(lambda: pm.disconnect("spirii"))


def test_a_full_disk_leaves_the_earlier_load(server, cache_dir):
    with tiny_disk(cache_dir, 400):
        CASE.start(server, CASE.honest(CASE.rows(100)))
        first = CASE.load()
        CASE.serve(server, CASE.rows(1000))
        assert len(warnings_of(lambda: CASE.load(refresh=True))[0]) == 1000
        frame, _ = warnings_of(CASE.load)
        assert len(frame) == 1000 or frame.equals(first)
        warnings_of(lambda: pm.disconnect("spirii"))
