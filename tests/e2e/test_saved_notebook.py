"""A notebook that is executed, with errors and verbose tracebacks, and saved with all outputs has no credential."""

import json
import os

import nbformat
from nbclient import NotebookClient

from tests.support.processes import PATHS
from tests.support.secret_scan import SecretScan
from tests.support.server import SERVICES
from tests.support.tenants import Tenants, refused

CANARY = "cnry-9d1c+Zw/=~7QxLm"
# Nothing repeats a credential that is in a variable, nor one that is written in a cell.
REFUSED = [
    "import os, pmframes as pm\nsecret = os.environ['PMFRAMES_SPIRII_TOKEN']",
    "pm.connect('spirii', token='a b ' + secret)", "%tb",
    "pm.connect('spirii', token=secret, url='http://example.com')", "%tb",
    "pm.connect('spirii', token='w r i t t e n')",
    "pm.connect('teamwork', url='acme', token='w-r-i-t-t-e-n'); pm.teamwork.people('zero')",
]  # fmt: skip
CELLS = [
    *REFUSED, "del secret\n%xmode Verbose", "pm.connect('teamwork')\npm.connect('spirii')",
    "people = pm.teamwork.people()\npeople", "display(people.attrs, pm.connections(), pm.cache.info())",
    "pm.explore(people)", "pm.plot.people_by_type(people)", "pm.spirii.customers()",
    "pm.spirii.customers(refresh=True)", "%tb", "%debug",
    "import logging; logging.basicConfig(level=logging.DEBUG)\npm.teamwork.people(refresh=True).head()",
    "pm.connect('spirii', token=5)", "list(vars(pm).values())",
    "import gc; [one for one in gc.get_objects() if type(one).__module__.startswith('pmframes')]",
]  # fmt: skip


def test_no_credential_is_saved_with_a_notebook(server, our_sandbox, tmp_path, monkeypatch):
    scan = SecretScan(CANARY)
    Tenants({CANARY: our_sandbox}).serve(server)
    server.serve("spirii", refused)
    for service in SERVICES:
        monkeypatch.setenv(f"PMFRAMES_{service.upper()}_URL", server.url(service))
        monkeypatch.setenv(f"PMFRAMES_{service.upper()}_TOKEN", CANARY)
    (tmp_path / "home").mkdir()  # where IPython keeps what was typed
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(PATHS))
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": tmp_path}}).execute()
    nbformat.write(notebook, tmp_path / "saved.ipynb")
    scan.search_files(tmp_path)
    assert scan.found == []
    outputs = [str(cell.outputs) for cell in notebook.cells[1 : len(REFUSED)]]
    assert all("InvalidArgument" in output for output in outputs)
    assert not any("w r i t t e n" in output or "w-r-i-t-t-e-n" in output for output in outputs)
    saved = json.dumps(notebook["cells"])
    assert "AuthenticationError" in saved
    assert "InvalidArgument" in saved
    assert saved.count("application/vnd.jupyter.widget-view+json") >= 1
