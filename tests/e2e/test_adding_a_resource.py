"""The diff of CONTRIBUTING.md adds a resource: in a copy of the repository, where everything then holds."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cases import CASES
from tests.support.loaders import LOADERS

TOP = Path(__file__).parents[2]
PAGE = (TOP / "CONTRIBUTING.md").read_text()
NAME = "projectmanager.workspaces"
# All loaders that have a row in both tables.
OTHERS = {case.name for case in CASES} & set(LOADERS)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with the resource, and the vendors' documents beside it, where there are any."""
    folder = tmp_path_factory.mktemp("beside") / "pmframes"
    # With the cache of mypy, without which it takes minutes.
    hidden = shutil.ignore_patterns(".git", ".venv", ".hypothesis", "__pycache__", ".pytest_cache", "dist")
    shutil.copytree(TOP, folder, ignore=hidden)
    if (TOP.parent / "shared").exists():
        (folder.parent / "shared").symlink_to((TOP.parent / "shared").resolve())
    (diff,) = re.findall(r"^```diff\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (folder.parent / "resource.diff").write_text(diff)
    _run("git apply ../resource.diff", folder)
    return folder


def _run(line: str, folder: Path) -> str:
    """Run a command in the copy to its good end; ``.venv`` is where this Python is. Return what it printed."""
    command = [word.replace(".venv/", f"{sys.prefix}/") for word in shlex.split(line)]
    # The copy may be below some other repository, and this runs in a worker of pytest-xdist.
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PMFRAMES_"))}
    given |= {"PYTHONPATH": str(folder), "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    done = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=550)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    return done.stdout


def _loaders_by_test(tests: list[str]) -> dict[str, set[str]]:
    """Return the loaders that each test runs for, by the id of the test with ``*`` for the loader."""
    loader = re.compile(rf"(?<=[\[-])({'|'.join(map(re.escape, sorted({*OTHERS, NAME}, reverse=True)))})(?=[\]-])")
    found: dict[str, set[str]] = {}
    for test in tests:
        if match := loader.search(test):
            found.setdefault(loader.sub("*", test, count=1), set()).add(match[0])
    return found


def test_the_tests_of_all_loaders_run_for_the_new_one(copy: Path):
    """A test that runs for all others runs for the new one and passes; so does that of the README's table."""
    (line,) = re.findall(r"^\.venv/bin/pytest .*-k .*workspaces.*$", PAGE, re.MULTILINE)
    listed = _run(f"{line.partition(' -k ')[0]} --collect-only -n 0 -p no:cacheprovider --snapshot-warn-unused", copy)
    loaders = _loaders_by_test(re.findall(r"^tests/\S.*$", listed, re.MULTILINE))
    expected = {test.replace("*", NAME) for test, names in loaders.items() if names >= OTHERS}
    printed = _run(f"{line} tests/e2e/test_documents.py -n 0 -rp -p no:cacheprovider", copy)
    passed = set(re.findall(r"^PASSED (tests/\S.*)$", printed, re.MULTILINE))
    assert len(expected) > 10
    assert expected - passed == set()
    assert f"tests/e2e/test_documents.py::test_every_public_name_is_documented[pm.{NAME}]" in passed
    if (copy.parent / "shared").exists():
        assert re.search(r"PASSED \S+test_every_answer_to_a_reading_call\S+/api/data/workspaces", printed)


@pytest.mark.parametrize("line", ["ruff check .", "ruff format --check .", "mypy", "lint-imports"])
def test_the_checks_of_a_change_pass(line: str, copy: Path):
    _run(f".venv/bin/{line}", copy)


def test_the_example_is_not_in_the_package():
    """Where it is added for good, the page needs another."""
    assert "workspaces" not in (TOP / "pmframes/projectmanager/__init__.py").read_text()
