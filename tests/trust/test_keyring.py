"""The system's keyring: the last place that is asked, and one that may fail in any way."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.errors
import pandas as pd
import pytest

import pmframes as pm
from pmframes._services import check_services
from tests.support.processes import environment, run

from .front import SERVICES, Front
from .loads import ONE_EACH, OTHER, TOKEN, connect

PLAIN = "keyrings.alt.file.PlaintextKeyring"
every_service = pytest.mark.parametrize("service", SERVICES)


class Memory(keyring.backend.KeyringBackend):
    """A keyring that writes down what it is asked."""

    priority = 1

    def __init__(self, **held: str) -> None:
        super().__init__()
        self.held = held
        self.asked: list[tuple[str, str]] = []
        self.changed: list[str] = []

    def get_password(self, service: str, username: str) -> str | None:
        self.asked.append((service, username))
        return self.held.get(username) if service == "pmframes" else None

    def set_password(self, service: str, username: str, password: str) -> None:
        self.changed.append(username)

    def delete_password(self, service: str, username: str) -> None:
        self.changed.append(username)


class Failing(Memory):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error


@pytest.fixture
def use(front: Front, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let a keyring be the system's, and say by the environment where the services are."""
    for service in SERVICES:
        monkeypatch.setenv(f"PMFRAMES_{service.upper()}_URL", front.url(service))
    before = keyring.get_keyring()
    yield lambda backend: keyring.set_keyring(backend) or backend
    keyring.set_keyring(before)


def _from_where(service: str) -> Any:
    return check_services(service)[0].source


@every_service
def test_what_the_keyring_holds_connects(service, use, front):
    held = use(Memory(**{service: TOKEN}))
    assert len(ONE_EACH[service]()) > 0
    assert set(front.tokens(service)) == {TOKEN}
    assert "keyring" in _from_where(service)
    assert pm.connections().set_index("service").loc[service, "source"] == _from_where(service)
    assert set(held.asked) <= {("pmframes", one) for one in SERVICES}


@every_service
def test_connecting_by_name_takes_it_from_the_keyring(service, use, front, capsys):
    use(Memory(**{service: TOKEN}))
    pm.connect(service, check=True)
    assert "Connected" in capsys.readouterr().out
    assert "keyring" in _from_where(service)


@every_service
def test_the_order_is_connect_then_environment_then_keyring(service, use, front, monkeypatch):
    held, variable = use(Memory(**{service: "of-the-keyring"})), f"PMFRAMES_{service.upper()}_TOKEN"
    monkeypatch.setenv(variable, OTHER)
    connect(front, service, TOKEN)
    for place, token in (("connect", TOKEN), ("environment", OTHER)):
        ONE_EACH[service]()
        assert front.tokens(service)[-1] == token
        assert place in _from_where(service)
        pm.connect(service)
    assert ("pmframes", service) not in held.asked, "the keyring was asked in vain"
    monkeypatch.delenv(variable)
    with pytest.raises(pm.errors.AuthenticationError):
        pm.connect(service, check=True)
    assert front.tokens(service)[-1] == "of-the-keyring"


@pytest.mark.parametrize(
    "error",
    [
        keyring.errors.NoKeyringError("no backend"),
        keyring.errors.InitError("locked"),
        keyring.errors.KeyringLocked("dismissed"),
        keyring.errors.KeyringError("odd"),
        RuntimeError("D-Bus is not there"),
        OSError(13, "denied"),
        ImportError("no module named gi"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
        RecursionError("deep"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_keyring_that_fails_is_as_if_it_were_not_there(error, use, front):
    use(Failing(error))
    with pytest.raises(pm.errors.NotConnected) as raised:
        ONE_EACH["outlign"]()
    assert raised.value.__cause__ is None
    assert pm.connections().empty
    assert pm.check()["ok"].isna().all()
    connect(front, "outlign")
    assert len(ONE_EACH["outlign"]()) > 0


@pytest.mark.parametrize("held", [{}, {"teamwork": TOKEN}, {"teamwork": "two words"}])
def test_a_check_asks_it_once(held, use, front, monkeypatch):
    """It may ask the user, who has said once whether it may be read."""
    # Another each time: what was disconnected after a test is not looked for.
    monkeypatch.setenv("PMFRAMES_TEAMWORK_URL", f"http://[{held}")
    asked = use(Memory(**held)).asked
    [checked] = check_services("teamwork")
    assert asked == [("pmframes", "teamwork")]
    assert (checked.source is not None) == bool(held)
    assert (checked.ok is None) == (not held)


@pytest.mark.parametrize("held", ["", None])
def test_an_empty_entry_is_none(held, use):
    use(Memory(outlign=held))
    with pytest.raises(pm.errors.NotConnected):
        ONE_EACH["outlign"]()


def test_a_malformed_entry_says_what_is_wrong_and_not_what_it_is(use):
    use(Memory(outlign=f"{TOKEN}\nX-More: 1"))
    with pytest.raises(pm.errors.PmframesError) as raised:
        ONE_EACH["outlign"]()
    assert TOKEN not in str(raised.value)
    checked = pm.check()
    assert TOKEN not in checked.to_csv()
    assert not checked["ok"].fillna(False).any()


@pytest.mark.parametrize("gone", ["keyring", "keyring.errors"])
def test_without_the_package_there_is_no_keyring(gone, front, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "keyring"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, gone, None)
    with pytest.raises(pm.errors.NotConnected, match="connect"):
        ONE_EACH["outlign"]()
    connect(front, "outlign")
    assert len(ONE_EACH["outlign"]()) > 0
    assert pd.notna(_from_where("outlign"))


def test_nothing_is_ever_written_to_the_keyring(use, front):
    held = use(Memory(outlign=TOKEN))
    ONE_EACH["outlign"]()
    connect(front, "outlign", OTHER, check=True)
    pm.check()
    pm.disconnect("outlign")
    assert held.changed == []


def test_what_was_disconnected_stays_so_until_it_is_connected(use, front):
    """As with the environment: the keyring does not bring back what was let go."""
    use(Memory(outlign=TOKEN))
    ONE_EACH["outlign"]()
    pm.disconnect("outlign")
    with pytest.raises(pm.errors.NotConnected):
        ONE_EACH["outlign"]()
    pm.connect("outlign")
    assert len(ONE_EACH["outlign"]()) > 0


def test_a_load_from_the_cache_needs_no_second_look(use, front):
    """Some keyrings ask their owner each time."""
    held = use(Memory(outlign=TOKEN))
    for _ in range(3):
        ONE_EACH["outlign"]()
    assert len([one for one in held.asked if one == ("pmframes", "outlign")]) == 1


def test_a_keyring_is_not_asked_for_a_wrong_argument(use):
    held = use(Memory(outlign=TOKEN))
    with pytest.raises(pm.errors.InvalidArgument):
        pm.outlign.clients(params={"page": 2})
    assert held.asked == []


@pytest.fixture
def typed(front: Front, tmp_path: Path, cache_dir: Path) -> Callable[[str, str], dict[str, str]]:
    """Keep a credential by the command of the documentation, in a keyring file of this test."""
    more = {
        "PYTHON_KEYRING_BACKEND": PLAIN,
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "PMFRAMES_TEAMWORK_URL": front.url("teamwork"),
    }
    there = environment(tmp_path, cache_dir, **more)

    def keep(service: str, token: str) -> dict[str, str]:
        command = [sys.executable, "-m", "keyring", "set", "pmframes", service]
        subprocess.run(command, input=token, text=True, env=there, cwd=tmp_path, check=True, timeout=60)
        return more

    return keep


def test_the_command_of_the_documentation_and_a_real_keyring(typed, front, tmp_path, cache_dir):
    more = typed("teamwork", TOKEN)
    out = run(
        "import pmframes as pm\nprint(len(pm.teamwork.people()), pm.check()['ok'][0], pm.connections()['source'][0])",
        folder=tmp_path,
        cache=cache_dir,
        **more,
    )
    rows, works, where = out.split(maxsplit=2)
    assert int(rows) > 100
    assert "keyring" in where
    assert works == "True"
    assert set(front.tokens("teamwork")) == {TOKEN}
    kept = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert len(kept) == 1, "the credential was not kept where this test keeps it"
