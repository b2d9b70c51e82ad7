"""The notebooks as they are committed: nothing in them but questions and code."""

import json
import re
from pathlib import Path

import pytest

from tests.support.notebooks import CONNECTING, FOLDER, PATHS, code, hooks, markdown, read, strip

each = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def test_there_is_a_notebook_for_each_job():
    assert [path.stem for path in PATHS] == ["connect", "customers", "explore", "people", "quickstart", "roles"]


@each
def test_no_outputs_no_counts_no_noise_and_a_kernelspec(path: Path):
    notebook = json.loads(path.read_text())
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    assert notebook["metadata"] == {"kernelspec": kernel}
    assert [cell["metadata"] for cell in notebook["cells"]] == [{}] * len(notebook["cells"])
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [(cell["outputs"], cell["execution_count"]) for cell in cells] == [([], None)] * len(cells)


@pytest.mark.slow
@each
def test_the_hook_would_change_nothing(path: Path):
    found = strip(path, verify=True)
    assert (found.returncode, found.stdout) == (0, "")


def test_the_hook_finds_what_should_not_be_there(tmp_path: Path):
    notebook = json.loads((FOLDER / "quickstart.ipynb").read_text())
    notebook["cells"][CONNECTING]["execution_count"] = 1
    (tmp_path / "run.ipynb").write_text(json.dumps(notebook))
    assert strip(tmp_path / "run.ipynb", verify=True).returncode == 1


def test_the_hooks_are_pinned():
    assert sorted(hooks()) == ["nbstripout", "ruff-check", "ruff-format"]
    for hook in hooks().values():
        (pinned,) = hook["additional_dependencies"]
        assert re.fullmatch(r"(nbstripout|ruff)==\d+\.\d+\.\d+", pinned)


def test_the_quickstart_has_ten_cells():
    assert len(read("quickstart").cells) == 10


@each
def test_one_cell_connects_and_says_what_to_put_in_its_place(path: Path):
    notebook = read(path.stem)
    connecting = [place for place, cell in enumerate(notebook.cells) if "demo(" in cell.source]
    assert connecting == [CONNECTING]
    assert not re.search(r"\bbox\b", "\n".join(code(notebook)[1:]))
    assert "replace this line with" in code(notebook)[0] or "delete the three lines above" in code(notebook)[0]


@each
def test_what_is_fictional_says_so_at_the_top(path: Path):
    assert "**fictional**" in read(path.stem).cells[0].source


@each
def test_nothing_is_said_that_only_the_demo_knows(path: Path):
    """No number in a text, which the data may belie, and no id of the sandbox in the code."""
    notebook = read(path.stem)
    prose = re.sub(r"^\d\. |`[^`]*`", "", markdown(notebook), flags=re.MULTILINE)
    assert re.findall(r"\d+", prose) == []
    assert re.findall(r"\d{4,}", "\n".join(code(notebook))) == []


@each
def test_links_lead_to_notebooks(path: Path):
    links = re.findall(r"\]\(([^)]+)\)", markdown(read(path.stem)))
    assert [link for link in links if not (FOLDER / link).exists()] == []
    assert links or path.stem == "explore"
