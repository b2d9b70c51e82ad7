"""The notebooks of the repository: read, with another first cell, and executed in a folder of their own."""

import re
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import yaml
from matplotlib import image
from nbclient import NotebookClient
from nbformat import NotebookNode

TOP = Path(__file__).parents[2]
FOLDER = TOP / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))
CONNECTING = 1
"""The place of the one cell that is changed for real accounts."""


def read(name: str, connecting: str | None = None) -> NotebookNode:
    """Read a notebook; ``connecting`` takes the place of the cell that connects."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    if connecting is not None:
        notebook.cells[CONNECTING].source = connecting
    return notebook


def execute(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Run all cells with ``folder`` as the notebook's folder; a cell that raises, raises here."""
    folder.mkdir(exist_ok=True)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


def in_one_kernel(notebooks: Sequence[NotebookNode]) -> NotebookNode:
    """Join the code of notebooks into one, to be run in one kernel; no name is left of the one before."""
    sources = [source for notebook in notebooks for source in ["%reset -f", *code(notebook)]]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.v4.new_notebook(cells=cells, metadata=notebooks[0].metadata)


def outputs(notebook: NotebookNode) -> Iterator[Any]:
    for cell in notebook.cells:
        yield from cell.get("outputs", [])


def printed(notebook: NotebookNode, stream: str) -> str:
    return "".join(one.text for one in outputs(notebook) if one.get("name") == stream)


def shown(notebook: NotebookNode, kind: str) -> list[Any]:
    """Give what is shown of one kind, such as ``image/png``."""
    return [one.data[kind] for one in outputs(notebook) if kind in one.get("data", {})]


def count_changes(notebook: NotebookNode) -> int:
    """Count the rows of the one table of changes that is shown."""
    (table,) = [page for page in shown(notebook, "text/html") if 'title="change"' in page and "srcdoc" not in page]
    return len(re.findall(r"<tr>\s*<td>", table.replace(' class="w"', "").replace(' dir="auto"', "")))


def pixels(picture: str) -> np.ndarray:
    """Give the pixels of a picture, without transparency."""
    return image.imread(BytesIO(b64decode(picture)), format="png")[..., :3]


def files(folder: Path) -> dict[str, int]:
    """Give all files below a folder with their modes."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in found}


def hooks() -> dict[str, dict[str, Any]]:
    """Give the hooks of pre-commit by their names."""
    settings = yaml.safe_load((TOP / ".pre-commit-config.yaml").read_text())
    return {hook["id"]: hook for repository in settings["repos"] for hook in repository["hooks"]}


def strip(*paths: Path, verify: bool = False) -> subprocess.CompletedProcess[str]:
    """Run nbstripout as the hook does."""
    command = [sys.executable, "-m", *hooks()["nbstripout"]["entry"].split()]
    command += [*hooks()["nbstripout"]["args"], *(["--verify"] if verify else []), *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=not verify)


def code(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def markdown(notebook: NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def uncommented(source: str) -> str:
    """Uncomment the lines of code."""
    return re.sub(r"^# (?=\S+ = |\S+\(|\S+\.\w+\(|from )", "", source, flags=re.MULTILINE)


def tracked(folder: Path) -> Path:
    """Copy what is, or is about to be, committed; nothing else."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=TOP, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if (TOP / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((TOP / name).read_bytes())
    return folder
