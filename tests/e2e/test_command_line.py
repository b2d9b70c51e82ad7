"""The command line in processes of its own: exit codes, pipes, encodings, signals and ports."""

import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import requests

import pmframes as pm
from tests.support.cache_files import spoil, store_of
from tests.support.commands import NOT_CONNECTED, works
from tests.support.processes import environment
from tests.support.server import SERVICES

PMFRAMES = str(Path(sys.executable).with_name("pmframes"))


def test_python_m_pmframes_is_the_command(tmp_path):
    for command in ([sys.executable, "-m", "pmframes"], [PMFRAMES]):
        done = subprocess.run(
            [*command, "--version"],
            cwd=tmp_path,
            env=environment(tmp_path, tmp_path / "cache"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, f"pmframes {pm.__version__}\n", "")


def test_check_exits_with_0_or_1(command_line):
    done = command_line.run_process("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert works(done.stdout) == dict.fromkeys(SERVICES, "environment yes")
    assert command_line.run_process("check", **NOT_CONNECTED).returncode == 1


def test_a_terminal_of_ascii_only(command_line):
    done = command_line.run_process("check", LANG="C", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [("check",), ("cache",), ("cache", "clear")], ids=" ".join)
def test_a_closed_pipe_exits_with_1_and_no_traceback(words, command_line):
    command_line.cache_one_each("spirii")
    with command_line.start(*words) as process:
        process.stdout.close()
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "")


# A process each: an open cache warns only once that it cannot be read.


def test_a_damaged_cache_file_is_a_warning_until_it_is_cleared(command_line, cache_dir):
    command_line.cache_one_each("spirii", "outlign")
    spoil(store_of(cache_dir, "spirii"))
    done = command_line.run_process("check", "spirii")
    assert (done.returncode, works(done.stdout)) == (0, {"spirii": "environment yes"})
    [line] = done.stderr.splitlines()
    assert line.startswith("pmframes: The cache could not be read ")
    assert "so it is treated as empty. Run pmframes cache clear, or set PMFRAMES_CACHE_DIR" in line
    done = command_line.run_process("cache")
    [line] = done.stderr.splitlines()
    assert line.startswith("pmframes: The list is incomplete: 1 cache file could not be read.")
    assert "clear the cache: pmframes cache clear." in line
    assert (done.returncode, [line.split()[0] for line in done.stdout.splitlines()[:2]]) == (1, ["Service", "outlign"])
    assert command_line.run_process("cache", "clear", "outlign").stdout.startswith("outlign: removed 1 load, ")
    done = command_line.run_process("cache")
    assert (done.returncode, done.stdout) == (1, "")
    done = command_line.run_process("cache", "clear")
    assert (done.returncode, done.stdout) == (0, "spirii: removed 1 file, in which no load could be read.\n")
    assert command_line.run_process("cache").stdout == "Nothing is cached.\n"
    assert command_line.run_process("check", "spirii").stderr == ""


# pmframes sandbox


def start_sandbox(folder: Path, *words: str, before: str = "pass") -> subprocess.Popen[str]:
    code = f"import signal, sys; {before}; from pmframes._cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.Popen(
        # Interrupts are ignored, as a script's shell does it for a command in the background.
        ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", sys.executable, "-c", code, "sandbox", *words],
        cwd=folder,
        env=environment(folder, folder / "cache"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_variables(process: subprocess.Popen[str]) -> dict[str, str]:
    first, *lines = (process.stdout.readline().strip() for _ in range(9))
    assert first == "# pmframes sandbox: all data are fictional. Interrupt (Ctrl-C) to stop."
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize(
    ("ending", "before", "words"),
    # Windows has no signal.pause.
    [
        (signal.SIGINT, "pass", []),
        (signal.SIGTERM, "pass", ["--ports-per-service"]),
        (signal.SIGINT, "del signal.pause", []),
    ],
)
def test_sandbox_serves_until_it_is_interrupted(ending, before, words, tmp_path, monkeypatch):
    with start_sandbox(tmp_path, "--people", "20", *words, before=before) as process:
        variables = read_variables(process)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert len(pm.teamwork.people(everyone=True, include_placeholders=True)) == 20
        assert len(pm.projectmanager.roles()) == 14
        assert set(pm.connections()["service"]) == set(SERVICES)
        process.send_signal(ending)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "# stopped\n", "")
    port = int(re.search(r":(\d+)", variables["PMFRAMES_OUTLIGN_URL"])[1])
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_sandbox_takes_several_faults(tmp_path):
    with start_sandbox(
        tmp_path, "--people", "5", "--fault", "outlign:status=503*1", "--fault", "spirii:html", before="pass"
    ) as process:
        variables = read_variables(process)

        def ask(service: str, path: str) -> requests.Response:
            token = variables[f"PMFRAMES_{service}_TOKEN"]
            headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
            return requests.get(variables[f"PMFRAMES_{service}_URL"] + path, headers=headers, timeout=60)

        assert [ask("OUTLIGN", "/api/v1/clients").status_code for _ in range(2)] == [503, 200]
        assert ask("SPIRII", "/v2/customers").text.startswith("<!DOCTYPE html>")
        assert ask("PROJECTMANAGER", "/api/data/me").status_code == 200
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0


PRINT_ROWS = "import os, sys, pmframes as pm; print(len(pm.projectmanager.roles())); sys.exit(3)"


def test_sandbox_runs_a_command_and_ends_with_its_status(tmp_path):
    with start_sandbox(tmp_path, "--people", "5", "--", sys.executable, "-c", PRINT_ROWS) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (3, "14\n", "")
    with start_sandbox(tmp_path, "--people", "5", "--", "sh", "-c", "kill -9 $$") as process:
        process.communicate(timeout=60)
    assert process.returncode == 128 + 9
    with start_sandbox(tmp_path, "--people", "5", "--", "no-such-command") as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err == "pmframes: no-such-command cannot be run: No such file or directory. Check its name.\n"


def test_a_sandbox_that_is_ended_ends_its_command(tmp_path):
    waiting = "import time; print('begun', flush=True); time.sleep(600)"
    with start_sandbox(tmp_path, "--people", "5", "--", sys.executable, "-c", waiting) as process:
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM


def test_sandbox_keeps_the_variables_in_a_new_file_while_it_serves(tmp_path):
    path = tmp_path / "sandbox.env"
    with start_sandbox(tmp_path, "--people", "5", "--env-file", "sandbox.env") as process:
        variables = read_variables(process)
        assert dict(line.split("=", 1) for line in path.read_text().splitlines()[1:]) == variables
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert not path.exists()
    path.write_text("mine")
    with start_sandbox(tmp_path, "--people", "5", "--env-file", "sandbox.env") as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, path.read_text()) == (1, "", "mine")
    assert "already exists" in err


# pmframes demo


def test_demo_prints_what_an_ascii_terminal_can_show_and_replaces_its_report(command_line):
    """A second run replaces the report of the first, and needs no credential."""
    for _ in range(2):
        done = command_line.run_process("demo", PYTHONIOENCODING="ascii", **NOT_CONNECTED)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.isascii()
        assert "?" in done.stdout
        assert command_line.files == ["pmframes-demo.html"]


def test_a_demo_that_is_not_assigned_runs_on_and_leaves_no_file(tmp_path):
    code = (
        "import gc, pmframes as pm; pm.demo(people=5); gc.collect();"
        "print([pm.outlign.clients().attrs['pmframes']['requests'] > 0 for _ in range(2)])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment(tmp_path, tmp_path / "cache", TMPDIR=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[True, False]\n", "")
    assert not list(tmp_path.glob("pmframes-demo-*"))
