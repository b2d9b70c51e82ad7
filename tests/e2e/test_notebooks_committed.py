"""The notebooks as they are committed: text and code, no outputs, and the hook that strips them."""

import json
import re
from pathlib import Path

import pytest

from tests.e2e.notebooks import CONNECTING, FOLDER, PATHS, code, hooks, markdown, read, strip

each = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def test_the_notebooks_by_name():
    assert [path.stem for path in PATHS] == [
        "accounts",
        "connect",
        "customers",
        "explore",
        "people",
        "quickstart",
        "roles",
    ]


@each
def test_there_are_no_outputs_and_no_metadata_but_the_kernelspec(path: Path):
    notebook = json.loads(path.read_text())
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    assert notebook["metadata"] == {"kernelspec": kernel}
    assert [cell["metadata"] for cell in notebook["cells"]] == [{}] * len(notebook["cells"])
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [(cell["outputs"], cell["execution_count"]) for cell in cells] == [([], None)] * len(cells)


def test_the_hook_would_change_nothing():
    done = strip(*PATHS, verify=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_hook_finds_an_execution_count(tmp_path: Path):
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
def test_one_cell_connects_and_says_how_to_replace_it(path: Path):
    notebook = read(path.stem)
    if path.stem == "accounts":  # the file stands for it
        assert "your own `accounts.toml`" in notebook.cells[0].source
        return
    connecting = [place for place, cell in enumerate(notebook.cells) if "demo(" in cell.source]
    assert connecting == [CONNECTING]
    assert not re.search(r"\bbox\b", "\n".join(code(notebook)[1:]))
    assert "replace this line with" in code(notebook)[0] or "delete the three lines above" in code(notebook)[0]


@each
def test_the_first_cell_says_that_the_data_is_fictional(path: Path):
    assert "**fictional**" in read(path.stem).cells[0].source


@each
def test_no_text_and_no_code_depends_on_the_data_of_the_demo(path: Path):
    """No number in a text, which the data may belie, and no id of the sandbox in the code."""
    notebook = read(path.stem)
    prose = re.sub(r"^\d\. |`[^`]*`", "", markdown(notebook), flags=re.MULTILINE)
    assert re.findall(r"\d+", prose) == []
    assert re.findall(r"\d{4,}", "\n".join(code(notebook))) == []


@each
def test_links_lead_to_files_that_exist(path: Path):
    links = re.findall(r"\]\(([^)]+)\)", markdown(read(path.stem)))
    assert [link for link in links if not (FOLDER / link).exists()] == []
    assert links or path.stem in ("accounts", "explore")
