"""A notebook that is executed, with errors and verbose tracebacks, and saved with all it shows."""

import json
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import pmframes as pm

from .front import SERVICES, refuse
from .sweep import Sweep

pytestmark = pytest.mark.slow

CANARY = "cnry-9d1c+Zw/=~7QxLm"

CELLS = [
    "import os, pmframes as pm\n%xmode Verbose",
    "pm.connect('teamwork')\npm.connect('spirii')",
    "people = pm.teamwork.people()\npeople",
    "display(people.attrs, pm.connections(), pm.cache.info())",
    "pm.explore(people)",
    "pm.plot.people_by_type(people)",
    "pm.spirii.customers()",
    "pm.spirii.customers(refresh=True)",
    "%tb",
    "%debug",
    "import logging; logging.basicConfig(level=logging.DEBUG)\npm.teamwork.people(refresh=True).head()",
    "pm.connect('spirii', token=5)",
    "list(vars(pm).values())",
    "import gc; [one for one in gc.get_objects() if type(one).__module__.startswith('pmframes')]",
]


def test_nothing_is_saved_with_a_notebook(front, ours, tmp_path, monkeypatch):
    """Executed with verbose tracebacks, with errors, and saved with all its outputs and widgets."""
    sweep = Sweep(CANARY)
    front.tenants = {CANARY: ours}
    front.trouble["spirii"] = refuse
    for service in SERVICES:
        monkeypatch.setenv(f"PMFRAMES_{service.upper()}_URL", front.url(service))
        monkeypatch.setenv(f"PMFRAMES_{service.upper()}_TOKEN", CANARY)
    (tmp_path / "home").mkdir()  # where IPython keeps what was typed
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(pm.__file__).parents[1])]))
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": tmp_path}}).execute()
    nbformat.write(notebook, tmp_path / "saved.ipynb")
    sweep.look_at_files(tmp_path)
    assert sweep.found == []
    told = json.dumps(notebook["cells"])
    assert "AuthenticationError" in told
    assert "InvalidArgument" in told
    assert told.count("application/vnd.jupyter.widget-view+json") >= 1
