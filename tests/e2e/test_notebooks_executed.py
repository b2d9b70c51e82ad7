"""The notebooks run from top to bottom on the sandbox, each in a new kernel, and write the files that they name."""

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tests.e2e.notebooks import FOLDER, count_changes, execute, files, outputs, pixels, printed, read, shown, strip

# Charts, explorers, and the files that are written.
RESULTS = {
    "quickstart": (2, 1, ["quickstart.html"]), "people": (2, 0, ["people.html"]), "roles": (2, 1, ["roles.html"]),
    "customers": (1, 1, ["customers.html", "customers.xlsx"]), "explore": (0, 4, []), "connect": (0, 0, []),
    "accounts": (0, 0, ["agencies.html"]),
}  # fmt: skip
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.mark.parametrize("name", RESULTS)
def test_a_notebook_runs_from_top_to_bottom(name: str, tmp_path: Path):
    charts, explorers, written = RESULTS[name]
    notebook = execute(read(name), tmp_path / "here")
    assert printed(notebook, "stderr") == ""
    assert not [one for one in outputs(notebook) if one.output_type == "error"]
    drawn = [pixels(picture) for picture in shown(notebook, "image/png")]
    assert len(drawn) == charts
    for picture in drawn:
        assert min(picture.shape[:2]) > 200
        assert 0.02 < (picture.min(axis=2) < 0.9).mean() < 0.9  # ink, and paper around it
    # Each has a static form; on a slow machine a progress bar is a widget too.
    assert sum("pmframes-static" in page for page in shown(notebook, "text/html")) == explorers
    assert len(shown(notebook, WIDGET)) >= explorers
    assert name != "people" or count_changes(notebook) == 3
    made = files(tmp_path / "here")
    assert {path for path in made if path.startswith("people-history")} == {
        path for path in made if path not in written
    }
    assert {*made.values()} <= {0o600}
    assert {*written} <= {*made}
    for report in written:
        assert (tmp_path / "here" / report).stat().st_size > 5_000
    _strips_to_what_is_committed(notebook, tmp_path / f"{name}.ipynb")


def _strips_to_what_is_committed(notebook: NotebookNode, path: Path) -> None:
    """What Jupyter saves after a run becomes, by the hook, the file that is in the repository."""
    nbformat.write(notebook, path)
    strip(path)
    assert path.read_text() == (FOLDER / path.name).read_text()
