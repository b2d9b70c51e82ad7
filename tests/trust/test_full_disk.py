"""A disk that is full, once by a limit of the system and once a tiny one: a warning, and the frame."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import pmframes as pm

from .services import BY_NAME, Case, honest, start
from .shelves import told
from .wire import Wire

pytestmark = pytest.mark.slow

MOST_WARNINGS = 1

SCRIPT = """
import resource, sys, warnings
import pmframes as pm
from tests.trust.services import BY_NAME, TOKEN
limit = int(sys.argv[3])
if limit:
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
case = BY_NAME[sys.argv[1]]
pm.connect(case.service, url=sys.argv[2], token=TOKEN)
for _ in range(2):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        frame = case.load()
    print(len(frame), list(frame.columns) == list(case.columns), len(told))
"""


def in_another_process(case: Case, wire: Wire, folder: Path, limit: int) -> list[str]:
    above = [str(Path(__file__).parents[2]), str(Path(pm.__file__).parents[1])]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, case.name, wire.url(case.service), str(limit)],
        env={"PYTHONPATH": ":".join(above), "PMFRAMES_CACHE_DIR": str(folder), "HOME": str(folder)},
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize("limit", [0, 4096, 20_000], ids="at most {} bytes a file".format)
def test_a_full_disk_is_a_warning(limit, wire, cache_dir):
    """The first case has no limit, and shows that the second load is then from the cache."""
    case = BY_NAME["spirii.customers"]
    wire.serve(case.path, honest(case, case.rows(400)))
    cache_dir.mkdir(mode=0o700)
    lines = in_another_process(case, wire, cache_dir, limit)
    asked = len(wire.requests)
    assert lines == (["400 True 0"] * 2 if limit == 0 else lines)
    assert len(lines) == 2
    assert all(line in ("400 True 0", "400 True 1") for line in lines)
    assert asked == (4 if limit == 0 else 8)


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
def test_a_tiny_disk_is_a_warning(kilobytes, wire, cache_dir):
    case = BY_NAME["spirii.customers"]
    with tiny_disk(cache_dir, kilobytes):
        start(case, wire, honest(case, case.rows(400)))
        for _ in range(2):
            frame, messages = told(lambda: case.load(refresh=True))
            assert frame["id"].tolist() == case.keys(400)
            assert len(messages) <= MOST_WARNINGS
        told(lambda: pm.disconnect(case.service))


def test_a_full_disk_leaves_the_earlier_load_whole(wire, cache_dir):
    case = BY_NAME["spirii.customers"]
    with tiny_disk(cache_dir, 400):
        start(case, wire, honest(case, case.rows(100)))
        first = case.load()
        wire.serve(case.path, honest(case, case.rows(1000)))
        assert len(told(lambda: case.load(refresh=True))[0]) == 1000
        frame = told(case.load)[0]
        assert len(frame) == 1000 or frame.equals(first)
        told(lambda: pm.disconnect(case.service))
