"""What the server does before a service sees a request: names, lengths, time limits; and a port per service."""

import http.client
import json
import socket
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from urllib.parse import urlsplit

import pandas as pd
import pytest
import requests

import pmframes as pm
from pmframes.sandbox import Sandbox
from pmframes.sandbox.http_server import Server
from tests.sandbox.client import PATHS, SERVICES, Caller

WRITABLE = ("projectmanager", "outlign", "spirii")
MEGABYTES = 2**20


def request(box, service="spirii", method="GET", length=None, host=None, token=None, path=None, **headers):
    """Return the head of a request."""
    lines = [
        f"{method} {path or urlsplit(box.url(service)).path + PATHS[service]} HTTP/1.1",
        f"Host: {urlsplit(box.url(service)).netloc if host is None else host}",
        "Accept: application/json",
        f"Authorization: Bearer {token or box.token(service)}",
        *([] if length is None else ["Content-Type: application/json", f"Content-Length: {length}"]),
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


@contextmanager
def connected(box, service="spirii") -> Iterator[socket.socket]:
    target = urlsplit(box.url(service))
    with socket.create_connection((target.hostname, target.port), timeout=60) as plug:
        yield plug


def receive(plug):
    """Return the status and the body of a response."""
    with closing(http.client.HTTPResponse(plug)) as response:
        response.begin()
        return response.status, response.read()


@pytest.mark.parametrize("service", WRITABLE)
@pytest.mark.parametrize(("is_known", "status"), [(False, 401), (True, 413)])
def test_huge_body_is_not_kept(small_box, service, is_known, status, capfd):
    chunk = bytes(MEGABYTES)
    with connected(small_box, service) as plug:
        token = None if is_known else "no"
        plug.sendall(request(small_box, service, "POST", 200 * MEGABYTES, token=token))
        tracemalloc.start()
        for _ in range(200):
            plug.sendall(chunk)
        assert receive(plug)[0] == status
        assert tracemalloc.get_traced_memory()[1] < 20 * MEGABYTES
        tracemalloc.stop()
        assert plug.recv(1) == b""
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("lengths", "known", "unknown"),
    [
        (["9" * 5000], 413, 401),
        (["9" * 18], 413, 401),
        ([str(MEGABYTES + 1)], 413, 401),
        (["-1"], 400, 400),
        (["1e3"], 400, 400),
        (["\xb2"], 400, 400),
        ([""], 400, 400),
        (["2", "3"], 400, 400),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_length_of_a_body(small_box, lengths, known, unknown, capfd):
    for token, status in ((None, known), ("no", unknown)):
        with connected(small_box) as plug:
            head = request(small_box, "spirii", "POST", token=token, Content_Type="application/json").decode()
            more = "".join(f"Content-Length: {length}\r\n" for length in lengths)
            plug.sendall((head[:-2] + more + "\r\n").encode("latin-1"))
            plug.shutdown(socket.SHUT_WR)
            assert receive(plug)[0] == status
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("token", ["no", None])
def test_body_is_asked_for_only_where_it_is_read(fresh_box, token):
    body = json.dumps({"name": "Ny"}).encode()
    head = request(fresh_box, "projectmanager", "POST", len(body), token=token, Expect="100-continue")
    with connected(fresh_box, "projectmanager") as plug:
        plug.sendall(head)
        if token:
            assert receive(plug)[0] == 401
            return
        assert plug.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        plug.sendall(body)
        assert receive(plug)[0] == 200


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("evil.example", False),
        ("evil.example:80", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:8765", False),
        ("", False),
        ("[::1", False),
        ("localhost", True),
        ("LOCALHOST:8765", True),
        ("127.0.0.1:1", True),
        ("[::1]:8765", True),
        ("192.0.2.7", True),
    ],
)
@pytest.mark.parametrize("service", SERVICES)
def test_only_names_that_nobody_else_can_have_are_answered(small_box, service, host, is_own):
    for path in (None, "/"):
        with connected(small_box, service) as plug:
            plug.sendall(request(small_box, service, host=host, path=path))
            status, body = receive(plug)
        assert status == ((404 if path else 200) if is_own else 421)
        assert is_own or json.loads(body) == {"message": "The sandbox answers to localhost only."}


def test_host_in_the_url_counts_and_a_url_that_cannot_be_parsed_is_refused(small_box, capfd):
    for path, status in (("http://evil.example/spirii/v2/customers", 421), ("http://[/", 400)):
        with connected(small_box) as plug:
            plug.sendall(request(small_box, path=path))
            assert receive(plug)[0] == status
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "sent",
    [
        lambda box: b"",
        lambda box: b"GET /spirii",
        lambda box: request(box)[:-2],
        lambda box: request(box, "spirii", "POST", 30) + b'{"name": ',
        lambda box: request(box, "spirii", "POST", 30, token="no") + b'{"name": ',
        lambda box: request(box),
    ],
    ids=["nothing", "half a line", "half a head", "half a body", "half a body without token", "idle"],
)
def test_connection_that_waits_for_ever_is_closed(fresh_box, monkeypatch, sent):
    monkeypatch.setattr(Server, "read_seconds", 0.2)
    with connected(fresh_box) as plug:
        plug.sendall(sent(fresh_box))
        while plug.recv(65_536):
            pass


def test_head_that_drips_for_ever_is_given_up(fresh_box, monkeypatch):
    monkeypatch.setattr(Server, "read_seconds", 0.2)
    with connected(fresh_box) as plug, suppress(ConnectionError):
        plug.sendall(b"GET / HTTP/1.1\r\n")
        while True:  # Until it is refused, or for ever.
            plug.sendall(b"X")


def test_slow_response_is_not_cut_off(monkeypatch):
    monkeypatch.setattr(Server, "read_seconds", 0.2)
    with Sandbox(people=1, latency=0.5) as box:
        assert Caller(box).customers()["count"] == 640


def test_token_is_random_and_data_are_not():
    one, other = Sandbox(people=5), Sandbox(people=5)
    assert one.data == other.data
    for service in SERVICES:
        assert one.token(service) != other.token(service)
        assert one.renew_token(service) != other.renew_token(service)


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"\xed\xa0\x80", b'"\xff"', b"{", b"[" * 100_000, b'{"a": 1e999999}', b"NaN", b"[]", b'"x"', b"\0"],
    ids=lambda body: repr(body[:9]),
)
@pytest.mark.parametrize("service", WRITABLE)
def test_bad_body_is_refused_in_the_format_of_the_service(small_box, small, service, body):
    response = small.send(
        service, PATHS[service], method="POST", data=body, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == (422 if service == "outlign" else 400)
    assert response.json()
    assert small.send(service, PATHS[service]).status_code == 200


@pytest.fixture(scope="module")
def roots() -> Iterator[Sandbox]:
    with Sandbox(people=60, ports_per_service=True) as box:
        yield box


def test_each_service_has_a_port_of_its_own_and_its_path_on_the_first(roots):
    targets = [urlsplit(roots.url(service)) for service in SERVICES]
    assert {target.path for target in targets} == {""}
    assert len({target.port for target in targets}) == 4
    first = int(repr(roots).rpartition(":")[2].rstrip(">"))
    for service in SERVICES:
        urls = [roots.url(service), f"http://127.0.0.1:{first}/{service}"]
        headers = {"Authorization": f"Bearer {roots.token(service)}"}
        bodies = [requests.get(url + PATHS[service], headers=headers, timeout=60).json() for url in urls]
        if service == "outlign":
            for body, url in zip(bodies, urls, strict=True):
                assert body.pop("links")["first"] == f"{url}{PATHS[service]}?page=1"
                assert body.pop("meta")["path"] == f"{url}{PATHS[service]}"
        assert bodies[0] == bodies[1]


def test_login_page_at_the_root(roots):
    response = requests.get(roots.url("outlign") + PATHS["outlign"], timeout=60, allow_redirects=False)
    assert response.headers["Location"] == f"{roots.url('outlign')}/login"
    assert requests.get(response.headers["Location"], timeout=60).status_code == 200


def test_faults_and_rate_limit_are_those_of_the_service_on_every_port(roots):
    with roots.fault("spirii", "status", value=503):
        assert Caller(roots).send("spirii", PATHS["spirii"]).status_code == 503
        assert Caller(roots).send("outlign", PATHS["outlign"]).status_code == 200


def find_free_ports(count):
    """Return the first of some ports in a row, outside the range that the system takes ports from."""
    for first in range(20_000, 32_000, count):
        with ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                continue
            return first
    raise AssertionError("there are no free ports")


def test_ports_follow_the_first_and_are_kept():
    first = find_free_ports(5)
    box = Sandbox(people=1, port=first, ports_per_service=True)
    for _ in range(2):
        with box:
            assert [urlsplit(box.url(service)).port for service in SERVICES] == [first + 1 + n for n in range(4)]
    with socket.create_server(("127.0.0.1", first + 3)), pytest.raises(OSError, match="in use"):
        box.start()
    with socket.create_server(("127.0.0.1", first)):
        pass  # Released, though a later one was in use.


def test_the_vendors_own_client_works_unchanged(roots):
    sdk = pytest.importorskip("ProjectManagerSdk")
    client = sdk.ProjectManagerClient(roots.url("projectmanager"), "pmframes tests")
    client.with_api_key(roots.token("projectmanager"))
    customers = client.projectCustomer.retrieve_project_customers()
    assert [(each["id"], each["name"]) for each in map(_as_dict, customers.data)] == [
        (each.id, each.name) for each in roots.data.projectmanager_customers
    ]
    roles = client.userRole.retrieve_userroles()
    assert [_as_dict(each)["name"] for each in roles.data] == [role.name for role in roots.data.roles]
    resources = client.resource.query_resources(1000, 0, None, None, None)
    assert [_as_dict(each)["id"] for each in resources.data] == [each.id for each in roots.data.resources]


def test_the_vendors_own_client_reads_what_was_written():
    sdk = pytest.importorskip("ProjectManagerSdk")
    with Sandbox(people=20, ports_per_service=True) as box:
        pm.connect("projectmanager", url=box.url("projectmanager"), token=box.token("projectmanager"), account="a")
        before = pm.projectmanager.customers()
        edited = before.assign(name=["Renamed", *before["name"][1:]])
        pm.plan(before, pd.concat([edited, pd.DataFrame({"name": ["New"]})])).apply(confirm=2)
        client = sdk.ProjectManagerClient(box.url("projectmanager"), "pmframes tests")
        client.with_api_key(box.token("projectmanager"))
        names = [_as_dict(each)["name"] for each in client.projectCustomer.retrieve_project_customers().data]
    assert {"Renamed", "New"} <= {*names}
    assert len(names) == len(before) + 1


def _as_dict(record):
    return record if isinstance(record, dict) else vars(record)
