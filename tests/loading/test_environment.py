"""What the environment holds: variables with credentials and addresses, proxies, certificates, the cache folder."""

import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import pmframes as pm
from tests.support.cases import ONE_EACH, TOKEN, Case
from tests.support.secrets import secrets_in, shown
from tests.support.server import SERVICES, FakeServer

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")
each = pytest.mark.parametrize("case", ONE_EACH, ids=lambda case: case.service)
CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class Proxy(socketserver.ThreadingTCPServer):
    """A proxy that records what it receives, and closes the connection."""

    daemon_threads = True

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.answer = b""
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def finish_request(self, request: socket.socket, client_address: object) -> None:
        self.received.append(request.recv(65536))
        request.sendall(self.answer)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield proxy
        proxy.shutdown()
        thread.join()


@each
def test_the_variables_that_an_error_names_connect(
    case: Case, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(pm.errors.NotConnected) as raised:
        case.load()
    named = set(re.findall(r"PMFRAMES_[A-Z]+_[A-Z]+", str(raised.value)))
    values = {"URL": server.url(case.service), "TOKEN": TOKEN}
    for name in named | {f"PMFRAMES_{case.service.upper()}_URL"}:
        monkeypatch.setenv(name, values[name.rpartition("_")[2]])
    case.serve(server, case.rows(2))
    assert len(case.load()) == 2


@each
@pytest.mark.parametrize("path", ["/x/../{}", "/./{}/", "/{}/y/..", "/{}?page=5#top"])
def test_an_address_is_requested_as_it_is_shown(path: str, case: Case, server: FakeServer) -> None:
    case.serve(server, case.rows(2))
    pm.connect(case.service, url=server.base + path.format(case.service), token=TOKEN)
    assert pm.connections()["url"].tolist() == [server.url(case.service)]
    assert len(case.load()) == 2


# Proxies


@pytest.mark.parametrize("variables", [["http_proxy"], ["HTTP_PROXY", "HTTPS_PROXY"], ["all_proxy"]], ids=str)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LocalHost"])
def test_no_proxy_is_used_for_this_machine(
    host: str, variables: list[str], server: FakeServer, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in variables:
        monkeypatch.setenv(variable, proxy.url)
    for case in ONE_EACH:
        case.serve(server, case.rows(2))
        pm.connect(case.service, url=server.url(case.service).replace("127.0.0.1", host), token=TOKEN)
        assert len(case.load()) == 2
    assert proxy.received == []


@each
def test_another_machine_is_reached_through_the_proxy(
    case: Case, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", proxy.url)
    pm.connect(case.service, url="https://acme.example.com", token=TOKEN)
    with pytest.raises(pm.errors.ServiceError):
        case.load()
    assert {received.split(b" HTTP/")[0] for received in proxy.received} == {b"CONNECT acme.example.com:443"}
    assert secrets_in(b"".join(proxy.received), TOKEN) == []


@pytest.mark.parametrize(
    ("status", "remedy", "requests"),
    [
        (407, "Add your name and password for the proxy to its address in HTTPS_PROXY.", 1),
        (403, "Check the proxy, which HTTPS_PROXY or the system sets.", 1),
        (502, "Check the proxy, which HTTPS_PROXY or the system sets.", 2),
    ],
)
def test_a_proxy_that_refuses_is_named(
    status: int, remedy: str, requests: int, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = proxy.url.removeprefix("http://")
    monkeypatch.setenv("https_proxy", f"http://me:s3cret@{address}")
    proxy.answer = b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status
    pm.connect("outlign", url="https://acme.example.com", token=TOKEN)
    with pytest.raises(pm.errors.ServiceError) as raised:
        pm.outlign.clients()
    assert f"the proxy {address} answered with status {status}" in str(raised.value)
    assert raised.value.remedy == remedy
    assert "s3cret" not in shown(raised.value)
    assert len(proxy.received) == requests


@pytest.mark.parametrize("address", ["http://me:s3cret@", "http://:80", "socks9://me:s3cret@127.0.0.1:1"])
def test_the_address_of_a_proxy_that_cannot_be_used_is_an_error(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", address)
    pm.connect("outlign", url="https://acme.example.com", token=TOKEN)
    with pytest.raises(pm.errors.ServiceError, match=r"the proxy .*cannot be used") as raised:
        pm.outlign.clients()
    assert "s3cret" not in shown(raised.value)


# Certificates


@pytest.mark.parametrize("variable", CERTIFICATES)
@each
def test_a_file_of_certificates_that_does_not_exist_is_named(
    case: Case, variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = tmp_path / "absent.pem"
    for name in CERTIFICATES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(absent))
    pm.connect(case.service, url="https://127.0.0.1:1", token=TOKEN)
    with pytest.raises(pm.errors.ServiceError) as raised:
        case.load()
    assert str(absent) in str(raised.value)
    assert variable in str(raised.value)
    assert raised.value.__context__ is None
    assert secrets_in(shown(raised.value), TOKEN) == []


# The cache folder


def test_the_cache_folder_may_start_at_home(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PMFRAMES_CACHE_DIR", "~/of mine")
    case = ONE_EACH[0]
    case.start(server, case.honest(case.rows(2)))
    case.load()
    assert list((tmp_path / "home" / "of mine").rglob("*.sqlite"))
    assert not (tmp_path / "~").exists()
    assert len(pm.cache.info()) == 1


def test_a_relative_cache_folder_stays_where_it_was_when_connected(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PMFRAMES_CACHE_DIR", "mine")
    case = ONE_EACH[0]
    case.start(server, case.honest(case.rows(2)))
    monkeypatch.chdir(tmp_path / "elsewhere")
    case.load()
    assert list((tmp_path / "mine").rglob("*.sqlite"))
    assert not (tmp_path / "elsewhere" / "mine").exists()


# Nobody listens


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_cannot_be_reached_is_named(service: str) -> None:
    with FakeServer() as server:
        url = server.url(service)
    pm.connect(service, url=url, token=TOKEN)
    (case,) = (case for case in ONE_EACH if case.service == service)
    with pytest.raises(pm.errors.ServiceError) as raised:
        case.load()
    assert service in str(raised.value).lower()
    assert secrets_in(shown(raised.value), TOKEN) == []
