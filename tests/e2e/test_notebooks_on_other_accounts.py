"""The notebooks run on other accounts than the demo's by changing one cell, whatever is in these accounts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pmframes as pm
from pmframes.sandbox import Sandbox
from tests.e2e.notebooks import (
    CONNECTING,
    count_changes,
    execute,
    files,
    in_one_kernel,
    outputs,
    printed,
    read,
    shown,
    uncommented,
)
from tests.support.server import SERVICES, FakeServer
from tests.support.tenants import Tenants

pytestmark = pytest.mark.long

TOKEN = "cnry-5b7e0d43a1"
JOBS = ("quickstart", "people", "roles", "customers", "explore")
IMPORT = "import pmframes as pm\nbox = "
ACCOUNTS = {
    "nobody": "pm.demo(people=0)",
    "one person": "pm.demo(people=1)",
    "older API versions": (
        "pm.demo(people=60, api_versions={'projectmanager': ['two-field-roles', 'no-role-id'],"
        " 'outlign': ['bare-list'], 'teamwork': ['lower-bound-count']})"
    ),
}
ROLES = {
    "only built-in ones": "box.data.roles[:5]",
    "no guest": "[role for role in box.data.roles if not role.is_guest]",
    "one": "box.data.roles[:1]",
}
CONNECT_ALL = "import pmframes as pm\n" + "\n".join(f"pm.connect({service!r})" for service in SERVICES)


@pytest.fixture
def real(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Four services that do not say that they are fictional, with the credential in the environment."""
    with Sandbox(people=120, seed=5) as sandbox:
        Tenants({TOKEN: sandbox}).serve(server)
        for service in SERVICES:
            monkeypatch.setenv(f"PMFRAMES_{service.upper()}_URL", server.url(service))
            monkeypatch.setenv(f"PMFRAMES_{service.upper()}_TOKEN", TOKEN)
        yield


def _run_in_one_kernel(cells: dict[str, list[str]], folder: Path) -> None:
    """Run notebooks with each of several cells that connect; the error of a cell shows which account it was."""
    # The files that a notebook writes are there from the one before.
    connecting = "!rm -f *.html *.xlsx\n{}\n# the account: {}"
    notebooks = [read(name, connecting.format(cell, what)) for what, (cell, *names) in cells.items() for name in names]
    assert printed(execute(in_one_kernel(notebooks), folder / "here"), "stderr") == ""


def test_accounts_of_other_sizes_and_api_versions(tmp_path: Path):
    _run_in_one_kernel({what: [IMPORT + demo, *JOBS] for what, demo in ACCOUNTS.items()}, tmp_path)


def test_accounts_with_other_roles(tmp_path: Path):
    demo = f"{IMPORT}pm.demo(people=60)\nbox.data.roles[:] = "
    _run_in_one_kernel({what: [demo + roles, "quickstart", "roles"] for what, roles in ROLES.items()}, tmp_path)


def test_customers_of_some_of_the_services(tmp_path: Path):
    cells = {}
    for services in (["spirii"], ["projectmanager"], ["outlign", "spirii"]):
        others = [service for service in SERVICES if service not in services]
        connecting = f"{IMPORT}pm.demo()\nfor service in {others}:\n    pm.disconnect(service)"
        cells[" and ".join(services)] = [connecting, "customers"]
    _run_in_one_kernel(cells, tmp_path)


def test_accounts_that_are_not_fictional(real: None, tmp_path: Path):
    notebook = execute(in_one_kernel([read(name, CONNECT_ALL) for name in JOBS]), tmp_path / "here")
    assert printed(notebook, "stderr") == ""
    reports = [path.read_text() for path in (tmp_path / "here").glob("*.html")]
    assert len(reports) == 4
    assert not [report for report in reports if "Fictional data" in report]
    assert TOKEN not in str(notebook)


def test_a_review_is_compared_with_the_saved_baseline(real: None, tmp_path: Path):
    """The first time nothing has changed; what the last cell saves is the baseline of the next time."""
    notebook = read("people", CONNECT_ALL)
    notebook.cells[-1].source = uncommented(notebook.cells[-1].source)
    first = execute(notebook, tmp_path / "here")
    written = files(tmp_path / "here")
    saved = sorted(name for name in written if name.startswith("baseline-"))
    assert [name.split("-", 2)[1] for name in saved] == ["people", "permissions"]
    assert written == dict.fromkeys([*saved, "people.html"], 0o600)
    assert count_changes(first) == 0
    assert count_changes(execute(read("people", CONNECT_ALL), tmp_path / "here")) == 0
    for name in saved:
        assert len(pm.report.changes(tmp_path / "here" / name, tmp_path / "here" / name)) == 0


def _follow(source: str) -> str:
    """Change the cell as it says: delete three lines, uncomment the others."""
    lines = [line for line in source.splitlines() if not re.match(r"box =|addresses =|ask =", line)]
    return uncommented("\n".join(lines))


def test_own_accounts_are_connected_as_the_notebook_says(real: None, tmp_path: Path):
    notebook = read("connect")
    own = _follow(notebook.cells[CONNECTING].source)
    assert 'addresses = {"teamwork": "acme", ' in own
    assert "box" not in own
    # Nobody is there to type: the credential is in the environment, which the notebook says how to use.
    assert own.count("ask = getpass") == 1
    own = own.replace("ask = getpass", "ask = lambda service: None").replace('"acme"', "None")
    notebook.cells[CONNECTING].source = own
    execute(notebook, tmp_path / "here")
    assert printed(notebook, "stdout").count("Connected to ") == 4
    assert "environment (PMFRAMES_SPIRII_TOKEN)" in str(list(outputs(notebook)))
    assert TOKEN not in str(notebook)


@pytest.mark.parametrize("left", [["teamwork"], ["outlign", "spirii"]])
def test_services_without_an_account_are_left_out(left: list[str], real: None, tmp_path: Path):
    addresses = dict.fromkeys(left)
    connecting = f"import pmframes as pm\naddresses = {addresses}\nask = lambda service: {TOKEN!r}"
    notebook = execute(read("connect", connecting), tmp_path / "here")
    assert printed(notebook, "stdout").count("Connected to ") == len(left)
    assert "connect()" in shown(notebook, "text/html")[2]
