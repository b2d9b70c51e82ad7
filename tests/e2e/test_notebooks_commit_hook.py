"""The hooks of pre-commit, installed and run as someone who commits runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.notebooks import FOLDER, tracked

pytestmark = pytest.mark.network


def test_the_hooks_pass_what_is_here_and_stop_a_notebook_with_outputs(tmp_path: Path):
    repository = tracked(tmp_path / "repository")
    (tmp_path / "home").mkdir()
    variables = {"HOME": str(tmp_path / "home"), "PRE_COMMIT_HOME": str(tmp_path / "hooks")}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **variables}
        return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True)

    assert run("git", "init", "-q").returncode == 0
    assert run("git", "add", "--all").returncode == 0
    passed = run(sys.executable, "-m", "pre_commit", "run", "--all-files")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert passed.stdout.count("Passed") == 3

    notebook = json.loads((FOLDER / "roles.ipynb").read_text())
    notebook["cells"][1] |= {
        "execution_count": 1,
        "outputs": [{"name": "stdout", "output_type": "stream", "text": "x"}],
    }
    (repository / "notebooks/roles.ipynb").write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
    assert run("git", "add", "--all").returncode == 0
    stopped = run(sys.executable, "-m", "pre_commit", "run", "nbstripout")
    assert stopped.returncode == 1
    assert "files were modified by this hook" in stopped.stdout
    assert (repository / "notebooks/roles.ipynb").read_text() == (FOLDER / "roles.ipynb").read_text()
