"""Python's -W error and PYTHONWARNINGS end no command, and its messages are shown whatever these say."""

import signal
import subprocess
import sys

import pytest

from tests.support.cache_files import make_older, spoil, store_of
from tests.support.commands import works
from tests.support.processes import environment
from tests.support.report_inputs import PROJECT

pytestmark = pytest.mark.long

ONE = ("--project", str(PROJECT))
REPORTS = [("report", "portfolio", "-o", "x.html"), ("report", "access-review", "-o", "x.xlsx", *ONE)]
FILTERS = ["error", "ignore", "error::UserWarning", "always"]


@pytest.mark.parametrize("words", REPORTS, ids=" ".join)
@pytest.mark.parametrize("filters", FILTERS)
def test_an_offline_report_says_how_old_its_data_are(words, filters, command_line, cache_dir):
    assert command_line.run_process(*words, PYTHONWARNINGS=filters).returncode == 0
    make_older(cache_dir, days=2)
    done = command_line.run_process(*words, "--offline", "--force", PYTHONWARNINGS=filters)
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert len(lines) == len(set(lines)) == 3
    assert all(line.startswith("pmframes: Offline: ") and line.endswith(" ago.") for line in lines)


@pytest.mark.parametrize("filters", FILTERS)
def test_check_and_cache_show_what_is_wrong_with_the_cache(filters, command_line, cache_dir):
    command_line.cache_one_each("spirii", "outlign")
    spoil(store_of(cache_dir, "spirii"))
    stray = cache_dir / "v2" / "outlign" / "stray.sqlite"
    stray.write_bytes(b"no database of pmframes" * 100)
    done = command_line.run_process("check", "spirii", PYTHONWARNINGS=filters)
    assert (done.returncode, works(done.stdout)) == (0, {"spirii": "environment yes"})
    assert done.stderr.startswith("pmframes: The cache could not be read ")
    done = command_line.run_process("cache", PYTHONWARNINGS=filters)
    assert done.returncode == 1
    assert "pmframes: The list is incomplete: " in done.stderr
    done = command_line.run_process("cache", "clear", PYTHONWARNINGS=filters)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


@pytest.mark.parametrize("words", [
    ("demo",), ("check",), ("cache",), ("cache", "clear"), *REPORTS, ("--version",), ("report", "--help"),
], ids=" ".join)  # fmt: skip
def test_every_command_runs_with_warnings_as_errors(words, command_line):
    done = command_line.run_process(*words, PYTHONWARNINGS="error")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_sandbox_runs_with_warnings_as_errors(command_line):
    with command_line.start("sandbox", "--people", "5", PYTHONWARNINGS="error") as process:
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out.splitlines()[-1], err) == (0, "# stopped", "")


def test_the_switch_of_python(command_line, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pmframes", "demo"],
        cwd=command_line.folder,
        env=environment(tmp_path, tmp_path / "cache"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
