"""The README and the notebook are true: their code runs, and their commands are the ones that CI runs."""

import json
import re
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import pmframes as pm

TOP = Path(__file__).parent.parent
README = (TOP / "README.md").read_text()
NOTEBOOKS = sorted((TOP / "notebooks").glob("*.ipynb"))


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_two_commands_are_there_word_for_word():
    commands = [block.strip() for block in _blocks("sh")]
    assert (
        'python3 -m venv .venv && .venv/bin/pip install -e ".[demo]" && .venv/bin/pmframes demo' in commands
    )
    tests = 'python3 -m venv .venv && .venv/bin/pip install -e ".[dev]" && .venv/bin/pytest'
    assert tests in commands
    assert tests in (TOP / ".ci" / "run").read_text().splitlines()


def test_the_python_blocks_of_the_readme_run_one_after_the_other(tmp_path, monkeypatch):
    """The blocks connect to real accounts; here connect does nothing, and the demo stands in for them."""
    monkeypatch.chdir(tmp_path)
    names = {}
    with pm.demo(people=120) as box:
        monkeypatch.setattr(pm, "connect", lambda service, **given: box.url(service))
        for code in _blocks("python"):
            exec(compile(code.replace("12345", str(box.data.projects[0].id)), "README.md", "exec"), names)
    (written,) = tmp_path.glob("*.html")
    assert written.stat().st_size > 10_000


def test_files_that_the_readme_points_to_exist():
    for path in re.findall(r"!?\[[^]]*\]\(([^):]+)\)|`(notebooks/[^`]+)`", README):
        assert (TOP / (path[0] or path[1])).exists()


def test_binder_installs_the_extra_and_a_python_that_pmframes_takes():
    extras = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert (TOP / "binder/requirements.txt").read_text().strip() == "-e .[lab]"
    assert "lab" in extras
    assert re.fullmatch(r"python-3\.1[1-9]\n", (TOP / "binder/runtime.txt").read_text())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_committed_without_outputs_and_with_a_kernelspec(path):
    notebook = json.loads(path.read_text())
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert not [cell for cell in code if cell["outputs"] or cell["execution_count"]]


def test_the_quickstart_has_ten_cells():
    assert len(nbformat.read(TOP / "notebooks/quickstart.ipynb", as_version=4).cells) == 10


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run_from_top_to_bottom(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert bool(list(tmp_path.glob("*.html"))) == (path.stem == "quickstart")
