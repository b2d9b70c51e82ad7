"""The notebooks run on other accounts than the demo's by changing one cell, whatever is in these accounts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pmframes as pm
from pmframes.sandbox import Sandbox
from tests.support.notebooks import CONNECTING, execute, files, outputs, printed, read, shown, uncommented

from ..trust.front import SERVICES, Front

pytestmark = pytest.mark.slow

TOKEN = "cnry-5b7e0d43a1"
JOBS = ("quickstart", "people", "roles", "customers", "explore")
IMPORT = "import pmframes as pm\nbox = "
ACCOUNTS = {
    "another agency": "pm.demo(people=90, seed=3)",
    "nobody": "pm.demo(people=0)",
    "one person": "pm.demo(people=1)",
    "older services": (
        "pm.demo(people=60, api_versions={'projectmanager': ['two-field-roles', 'no-role-id'],"
        " 'outlign': ['bare-list'], 'teamwork': ['lower-bound-count']})"
    ),
}
ROLES = {
    "none of their own": "box.data.roles[:5]",
    "no guest": "[one for one in box.data.roles if not one.is_guest]",
    "one alone": "box.data.roles[:1]",
}


@pytest.mark.parametrize("connecting", ACCOUNTS.values(), ids=ACCOUNTS)
@pytest.mark.parametrize("name", JOBS)
def test_other_data(name: str, connecting: str, tmp_path: Path):
    notebook = execute(read(name, IMPORT + connecting), tmp_path / "here")
    assert printed(notebook, "stderr") == ""


@pytest.mark.parametrize("roles", ROLES.values(), ids=ROLES)
@pytest.mark.parametrize("name", ["quickstart", "roles"])
def test_other_roles(name: str, roles: str, tmp_path: Path):
    connecting = f"{IMPORT}pm.demo(people=60)\nbox.data.roles[:] = {roles}"
    notebook = execute(read(name, connecting), tmp_path / "here")
    assert printed(notebook, "stderr") == ""


@pytest.mark.parametrize("services", [["spirii"], ["projectmanager"], ["outlign", "spirii"]])
def test_customers_of_some_services(services: list[str], tmp_path: Path):
    others = [service for service in SERVICES if service not in services]
    connecting = f"{IMPORT}pm.demo()\nfor service in {others}:\n    pm.disconnect(service)"
    notebook = execute(read("customers", connecting), tmp_path / "here")
    assert printed(notebook, "stderr") == ""


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    """Four services that do not say that they are fictional, with the credential in the environment."""
    with Sandbox(people=120, seed=5) as box, Front() as front:
        front.tenants = {TOKEN: box}
        for service in SERVICES:
            monkeypatch.setenv(f"PMFRAMES_{service.upper()}_URL", front.url(service))
            monkeypatch.setenv(f"PMFRAMES_{service.upper()}_TOKEN", TOKEN)
        yield front


CONNECT_ALL = "import pmframes as pm\n" + "\n".join(f"pm.connect({service!r})" for service in SERVICES)


@pytest.mark.parametrize("name", JOBS)
def test_accounts_that_are_not_fictional(name: str, real: Front, tmp_path: Path):
    notebook = execute(read(name, CONNECT_ALL), tmp_path / "here")
    assert printed(notebook, "stderr") == ""
    for path in (tmp_path / "here").glob("*.html"):
        assert "Fictional data" not in path.read_text()
    assert TOKEN not in str(notebook)


def test_a_review_is_compared_with_the_one_that_was_kept(real: Front, tmp_path: Path):
    """The first time nothing has changed; what is kept by the last cell is what the next time knows."""
    notebook = read("people", CONNECT_ALL)
    notebook.cells[-1].source = uncommented(notebook.cells[-1].source)
    first = execute(notebook, tmp_path / "here")
    written = files(tmp_path / "here")
    kept = sorted(name for name in written if name.startswith("baseline-"))
    assert [name.split("-", 2)[1] for name in kept] == ["people", "permissions"]
    assert written == dict.fromkeys([*kept, "people.html"], 0o600)
    assert _changes(first) == 0
    assert _changes(execute(read("people", CONNECT_ALL), tmp_path / "here")) == 0
    for name in kept:
        assert len(pm.report.changes(tmp_path / "here" / name, tmp_path / "here" / name)) == 0


def _changes(notebook: object) -> int:
    (table,) = [one for one in shown(notebook, "text/html") if "<th>change</th>" in one]
    return len(re.findall(r"<tr>\s*<th>\d+</th>", table))


def test_what_is_made_up_of_fictional_people_is_seen(tmp_path: Path):
    assert _changes(execute(read("people"), tmp_path / "here")) == 3


def _own(source: str) -> str:
    """Change the cell as it says: delete three lines, uncomment the others."""
    lines = [line for line in source.splitlines() if not re.match(r"box =|addresses =|ask =", line)]
    return uncommented("\n".join(lines))


def test_own_accounts_are_connected_as_the_notebook_says(real: Front, tmp_path: Path):
    notebook = read("connect")
    own = _own(notebook.cells[CONNECTING].source)
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
def test_services_that_are_not_used_are_left_out(left: list[str], real: Front, tmp_path: Path):
    notebook = read("connect")
    addresses = dict.fromkeys(left)
    notebook.cells[
        CONNECTING
    ].source = f"import pmframes as pm\naddresses = {addresses}\nask = lambda service: {TOKEN!r}"
    execute(notebook, tmp_path / "here")
    assert printed(notebook, "stdout").count("Connected to ") == len(left)
    assert "connect()" in shown(notebook, "text/html")[2]
