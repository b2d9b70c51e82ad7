"""A real keyring, filled by the command of the documentation."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.loaders import TOKEN
from tests.support.processes import environment, run
from tests.support.server import FakeServer

CODE = """
import pmframes as pm
print(len(pm.teamwork.people()), pm.check()["ok"][0], pm.connections()["source"][0])
"""


@pytest.mark.usefixtures("tenants")
def test_a_credential_from_the_command_of_the_documentation_connects(
    server: FakeServer, tmp_path: Path, cache_dir: Path
) -> None:
    more = {
        "PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring",
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "PMFRAMES_TEAMWORK_URL": server.url("teamwork"),
    }
    command = [sys.executable, "-m", "keyring", "set", "pmframes", "teamwork"]
    there = environment(tmp_path, cache_dir, **more)
    subprocess.run(command, input=TOKEN, text=True, env=there, cwd=tmp_path, check=True, timeout=60)
    rows, works, source = run(CODE, folder=tmp_path, cache=cache_dir, **more).strip().split(maxsplit=2)
    assert int(rows) > 100
    assert (works, source) == ("True", "keyring (pmframes, teamwork)")
    assert {request.token for request in server.requests} == {TOKEN}
    stored = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert len(stored) == 1, "the credential was not stored where this test stores it"
