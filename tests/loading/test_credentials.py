"""Which credential is used: argument, environment, then keyring; what the keyring is asked; what is sent."""

import base64
from collections.abc import Callable, Iterator

import keyring
import keyring.backend
import pytest

import pmframes as pm
from pmframes._services import check_services
from tests.support.cases import case_of
from tests.support.loaders import ONE_EACH, OTHER, TOKEN, connect
from tests.support.server import SERVICES, FakeServer

pytestmark = pytest.mark.usefixtures("tenants")
each_service = pytest.mark.parametrize("service", SERVICES)


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring that records what it is asked and told."""

    priority = 1

    def __init__(self, **entries: str | Exception | None) -> None:
        super().__init__()
        self.entries = entries
        self.asked: list[tuple[str, str]] = []
        self.changed: list[str] = []

    def get_password(self, service: str, username: str) -> str | None:
        self.asked.append((service, username))
        entry = self.entries.get(username) if service == "pmframes" else None
        if isinstance(entry, Exception):
            raise entry
        return entry

    def set_password(self, service: str, username: str, password: str) -> None:
        self.changed.append(username)

    def delete_password(self, service: str, username: str) -> None:
        self.changed.append(username)


Use = Callable[..., MemoryKeyring]


@pytest.fixture
def use(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    """Let a keyring with these entries be the system's; the environment says where the services are."""
    for service in SERVICES:
        monkeypatch.setenv(f"PMFRAMES_{service.upper()}_URL", server.url(service))

    def use(**entries: str | Exception | None) -> MemoryKeyring:
        backend = MemoryKeyring(**entries)
        keyring.set_keyring(backend)
        return backend

    before = keyring.get_keyring()
    yield use
    keyring.set_keyring(before)


def tokens(server: FakeServer, service: str) -> list[str]:
    return [request.token for request in server.asked(service)]


def source(service: str) -> str:
    return pm.connections().set_index("service")["source"][service]


@each_service
def test_the_keyring_connects_without_a_call_of_connect(service, use, server):
    used = use(**{service: TOKEN})
    assert len(ONE_EACH[service]()) > 0
    assert set(tokens(server, service)) == {TOKEN}
    assert source(service) == f"keyring (pmframes, {service})" == check_services(service)[0].source
    assert set(used.asked) <= {("pmframes", service) for service in SERVICES}


@each_service
def test_connecting_by_name_takes_the_credential_from_the_keyring(service, use, server, capsys):
    use(**{service: TOKEN})
    pm.connect(service, check=True)
    assert "Connected" in capsys.readouterr().out
    assert source(service) == f"keyring (pmframes, {service})"
    assert set(tokens(server, service)) == {TOKEN}


@each_service
def test_the_order_is_argument_then_environment_then_keyring(service, use, server, monkeypatch):
    used, variable = use(**{service: "of-the-keyring"}), f"PMFRAMES_{service.upper()}_TOKEN"
    monkeypatch.setenv(variable, OTHER)
    connect(server, service, TOKEN)
    for expected, token in (("connect()", TOKEN), (f"environment ({variable})", OTHER)):
        ONE_EACH[service]()
        assert tokens(server, service)[-1] == token
        assert source(service) == expected
        pm.connect(service)
    assert ("pmframes", service) not in used.asked, "the keyring was asked in vain"
    monkeypatch.delenv(variable)
    with pytest.raises(pm.errors.AuthenticationError):
        pm.connect(service, check=True)
    assert tokens(server, service)[-1] == "of-the-keyring"


def test_a_keyring_that_fails_leaves_the_services_unconnected(use, server):
    """Which errors count is in the unit test of ``find_credential``."""
    use(outlign=RuntimeError("D-Bus is not there"))
    with pytest.raises(pm.errors.NotConnected, match=r"pm\.connect") as raised:
        ONE_EACH["outlign"]()
    assert raised.value.__cause__ is None
    assert pm.connections().empty
    assert pm.check()["ok"].isna().all()
    connect(server, "outlign")
    assert len(ONE_EACH["outlign"]()) > 0


def test_a_malformed_entry_is_an_error_that_does_not_repeat_it(use):
    use(outlign=f"{TOKEN}\nX-More:1")
    with pytest.raises(pm.errors.InvalidArgument) as raised:
        ONE_EACH["outlign"]()
    assert str(raised.value).startswith("The token for Outlign in the keyring contains a control character.")
    checked = pm.check()
    assert TOKEN not in checked.to_csv()
    assert not checked["ok"].fillna(False).any()


@pytest.mark.parametrize("entries", [{}, {"teamwork": TOKEN}, {"teamwork": "two words"}], ids=repr)
def test_a_check_asks_the_keyring_once(entries, use, monkeypatch):
    # Another address each time: what was disconnected after a test is not looked for.
    monkeypatch.setenv("PMFRAMES_TEAMWORK_URL", f"http://[{entries}")
    used = use(**entries)
    [checked] = check_services("teamwork")
    assert used.asked == [("pmframes", "teamwork")]
    assert (checked.source is not None) == bool(entries)
    assert (checked.ok is None) == (not entries)


def test_later_loads_do_not_ask_the_keyring_again(use):
    used = use(outlign=TOKEN)
    for _ in range(3):
        ONE_EACH["outlign"]()
    assert used.asked.count(("pmframes", "outlign")) == 1


def test_the_keyring_is_not_asked_for_a_wrong_argument(use):
    used = use(outlign=TOKEN)
    with pytest.raises(pm.errors.InvalidArgument):
        pm.outlign.clients(params={"page": 2})
    assert used.asked == []


def test_nothing_is_ever_written_to_the_keyring(use, server):
    used = use(outlign=TOKEN)
    ONE_EACH["outlign"]()
    connect(server, "outlign", OTHER, check=True)
    pm.check()
    pm.disconnect("outlign")
    assert used.changed == []


def test_the_keyring_does_not_bring_back_what_was_disconnected(use):
    use(outlign=TOKEN)
    ONE_EACH["outlign"]()
    pm.disconnect("outlign")
    with pytest.raises(pm.errors.NotConnected, match="alone is not enough"):
        ONE_EACH["outlign"]()
    pm.connect("outlign")
    assert len(ONE_EACH["outlign"]()) > 0


def test_every_loader_accepts_json(case, server):
    case.start(server, case.honest(case.rows(1)))
    case.load()
    assert {request.headers["Accept"] for request in server.requests} == {"application/json"}


@pytest.mark.parametrize(("name", "options", "scheme"), [
    ("teamwork.people", {}, "Basic"), ("teamwork.people", {"oauth": True}, "Bearer"),
    ("projectmanager.customers", {}, "Bearer"), ("outlign.clients", {}, "Bearer"), ("spirii.customers", {}, "Bearer"),
], ids=repr)  # fmt: skip
def test_credential_is_sent_with_every_page(name, options, scheme, server):
    case = case_of(name)
    case.start(server, case.honest(case.rows(9), most=4), token="twp_ABC", **options)
    case.load()
    credentials = {request.headers["Authorization"] for request in server.requests}
    basic = base64.b64encode(b"twp_ABC:x").decode()
    assert credentials == {f"Basic {basic}" if scheme == "Basic" else "Bearer twp_ABC"}
