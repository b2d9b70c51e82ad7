"""The diff of CONTRIBUTING.md adds a resource: in a copy of the repository, where everything then holds."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
PAGE = (TOP / "CONTRIBUTING.md").read_text()
NAME = "projectmanager.workspaces"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with the resource, and the vendors' documents beside it, where there are any."""
    folder = tmp_path_factory.mktemp("beside") / "pmframes"
    hidden = shutil.ignore_patterns(".git", ".venv", ".hypothesis", "__pycache__", ".*_cache", "dist")
    shutil.copytree(TOP, folder, ignore=hidden)
    if (TOP.parent / "shared").exists():
        (folder.parent / "shared").symlink_to((TOP.parent / "shared").resolve())
    (diff,) = re.findall(r"^```diff\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (folder.parent / "resource.diff").write_text(diff)
    done = _run(["git", "apply", "../resource.diff"], folder)
    assert done.returncode == 0, done.stderr
    return folder


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in the copy; ``.venv`` is where this Python is."""
    command = [word.replace(".venv/", f"{sys.prefix}/") for word in command]
    # The copy may be below some other repository, and this runs in a worker of pytest-xdist.
    given = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    given |= {"PYTHONPATH": str(folder), "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=550)


@pytest.mark.slow
def test_the_contract_tests_run_for_the_new_resource(copy):
    (line,) = re.findall(r"^\.venv/bin/pytest .*-k .*workspaces.*$", PAGE, re.MULTILINE)
    done = _run([*shlex.split(line), "-n", "2", "-rp", "-p", "no:cacheprovider"], copy)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    passed = re.findall(rf"^PASSED (tests/\w+)/\S+\[\S*{re.escape(NAME)}", done.stdout, re.MULTILINE)
    assert passed.count("tests/loading") > 50
    assert passed.count("tests/trust") > 20
    if (copy.parent / "shared").exists():
        assert re.search(r"PASSED \S+test_every_answer_to_a_reading_call\S+/api/data/workspaces", done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("line", ["ruff check .", "ruff format --check .", "mypy", "lint-imports"])
def test_what_a_change_needs_holds_there_too(line, copy):
    done = _run([f".venv/bin/{line.split()[0]}", *line.split()[1:]], copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_new_loader_is_public_and_in_the_readme(copy):
    words = [".venv/bin/pytest", "tests/test_documents.py", "-n", "0", "-k", f"public_name and {NAME}"]
    done = _run([*words, "-p", "no:cacheprovider"], copy)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_the_resource_is_not_here_itself():
    """It is the example: where it is added for good, the page needs another."""
    assert "workspaces" not in (TOP / "pmframes/projectmanager/__init__.py").read_text()
