"""Where credentials are found: the environment, then the system's keyring, which may fail in any way."""

import sys
from types import ModuleType

import keyring
import keyring.errors
import pytest

from pmframes._credentials import find_credential, read_environment
from pmframes._services import SERVICES

OUTLIGN = SERVICES["outlign"]
ERRORS = [
    keyring.errors.NoKeyringError("no backend"), keyring.errors.InitError("locked"),
    keyring.errors.KeyringLocked("dismissed"), keyring.errors.KeyringError("odd"), RuntimeError("D-Bus is not there"),
    OSError(13, "denied"), ImportError("no module named gi"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
    RecursionError("deep"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def entries(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], object]:
    """What the keyring holds; an exception is raised."""
    entries: dict[tuple[str, str], object] = {}

    def get_password(service: str, name: str) -> object:
        entry = entries.get((service, name))
        if isinstance(entry, Exception):
            raise entry
        return entry

    monkeypatch.setattr(keyring, "get_password", get_password)
    return entries


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda service: service.name)
def test_the_environment_comes_before_the_keyring(service, entries, monkeypatch):
    assert find_credential(service) is None
    entries["pmframes", service.name] = "of-the-keyring"
    secret, source, label = find_credential(service)
    assert (secret.get(), source) == ("of-the-keyring", f"keyring (pmframes, {service.name})")
    assert label == f"The token for {service.title} in the keyring"
    variable = f"PMFRAMES_{service.name.upper()}_TOKEN"
    monkeypatch.setenv(variable, "of-the-environment")
    entries["pmframes", service.name] = AssertionError("the keyring was asked in vain")
    secret, source, label = find_credential(service)
    assert (secret.get(), source, label) == ("of-the-environment", f"environment ({variable})", variable)


def test_the_environment_has_an_address_and_a_token(entries, monkeypatch):
    assert read_environment(OUTLIGN) == (None, None)
    monkeypatch.setenv("PMFRAMES_OUTLIGN_URL", "https://a.example")
    monkeypatch.setenv("PMFRAMES_OUTLIGN_TOKEN", "abc")
    url, secret = read_environment(OUTLIGN)
    assert (url.get(), secret.get()) == ("https://a.example", "abc")
    monkeypatch.setenv("PMFRAMES_OUTLIGN_TOKEN", "")  # an empty one counts as none
    for entries["pmframes", "outlign"] in ("", None):
        assert read_environment(OUTLIGN).secret is None
        assert find_credential(OUTLIGN) is None


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_keyring_that_fails_is_as_if_it_were_empty(error, entries):
    entries["pmframes", "outlign"] = error
    assert find_credential(OUTLIGN) is None


@pytest.mark.parametrize("module", [None, ModuleType("keyring")], ids=["not installed", "of another package"])
def test_without_the_package_there_is_no_keyring(module, monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", module)
    assert find_credential(OUTLIGN) is None
