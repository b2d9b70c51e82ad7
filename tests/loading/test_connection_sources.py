"""Where an address and a credential come from: ``pm.connect``, the environment, or the service's default."""

import pytest

import pmframes as pm
from tests.support.cases import ONE_EACH, Case
from tests.support.server import SERVICES, FakeServer

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")


@pytest.mark.parametrize(
    ("service", "url"),
    [
        ("projectmanager", "https://api.projectmanager.com"),
        ("outlign", "https://go.outlign.co"),
        ("spirii", "https://api.spirii.com"),
    ],
)
def test_default_address_of_a_service(service: str, url: str) -> None:
    pm.connect(service, token="t")
    assert pm.connections()[["service", "url"]].to_numpy().tolist() == [[service, url]]


def test_another_address_replaces_the_default() -> None:
    pm.connect("spirii", url="https://sandbox.api.spirii.com", token="t")
    assert pm.connections()["url"].tolist() == ["https://sandbox.api.spirii.com"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
@pytest.mark.parametrize("service", SERVICES)
def test_plain_http_to_this_machine_is_allowed(service: str, host: str) -> None:
    url = f"http://{host}:8765/{service}"
    assert pm.connect(service, url=url, token="t").url == url


@pytest.mark.parametrize("each_service", ONE_EACH, ids=lambda case: case.service)
def test_environment_variables_connect(each_service: Case, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    name = each_service.service.upper()
    monkeypatch.setenv(f"PMFRAMES_{name}_URL", server.url(each_service.service))
    monkeypatch.setenv(f"PMFRAMES_{name}_TOKEN", "from-the-shell")
    each_service.serve(server, each_service.rows(2))
    assert len(each_service.load()) == 2
    assert server.requests[0].token == "from-the-shell"
    connection = pm.connections().set_index("service").loc[each_service.service]
    assert connection["url"] == server.url(each_service.service)
    assert connection["source"] == f"environment (PMFRAMES_{name}_TOKEN)"


@pytest.mark.parametrize("each_service", ONE_EACH, ids=lambda case: case.service)
def test_connect_takes_precedence_over_the_environment(
    each_service: Case, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = each_service.service.upper()
    monkeypatch.setenv(f"PMFRAMES_{name}_URL", "https://elsewhere.example.com")
    monkeypatch.setenv(f"PMFRAMES_{name}_TOKEN", "from-the-shell")
    each_service.start(server, each_service.honest(each_service.rows(2)), token="by-hand")
    assert len(each_service.load()) == 2
    assert {request.token for request in server.requests} == {"by-hand"}


@pytest.mark.parametrize("each_service", ONE_EACH, ids=lambda case: case.service)
def test_connections_name_the_account(each_service: Case, server: FakeServer) -> None:
    each_service.connect(server, account="agency-a")
    rows = pm.connections()[["service", "url", "account"]].to_numpy().tolist()
    assert rows == [[each_service.service, server.url(each_service.service), "agency-a"]]
