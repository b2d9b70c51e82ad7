"""The server: start and stop, connections, threads, the number of people, tokens, and the fictional-data header."""

import http.client
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from pmframes.sandbox import Sandbox
from tests.sandbox.client import PATHS, SERVICES, Caller


def test_another_seed_gives_other_data():
    one, other = Sandbox(people=30, seed=1), Sandbox(people=30, seed=2)
    assert [p.email for p in one.data.people] != [p.email for p in other.data.people]
    assert [c.name for c in one.data.projectmanager_customers] != [c.name for c in other.data.projectmanager_customers]


def test_start_and_stop_may_be_called_twice_and_a_restart_keeps_the_port():
    box = Sandbox(people=1)
    box.start()
    box.start()
    port = urlsplit(box.url("spirii")).port
    assert Caller(box).customers()["count"] == 640
    box.stop()
    box.stop()
    with socket.create_server(("127.0.0.1", port)):
        pass
    with pytest.raises(requests.ConnectionError):
        Caller(box).customers()
    with box:
        assert urlsplit(box.url("spirii")).port == port
        assert Caller(box).clients()["data"]


def test_port_in_use_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        Sandbox(people=1, port=taken.getsockname()[1]).start()


def test_stop_closes_open_connections():
    box = Sandbox(people=1)
    box.start()
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(box.url("spirii")).port, timeout=60)
    connection.request("GET", "/spirii/v2/customers")
    connection.getresponse().read()
    box.stop()
    assert connection.sock.recv(1) == b""
    connection.close()


def test_keep_alive_with_and_without_bodies(box):
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(box.url("spirii")).port, timeout=60)
    connection.connect()
    plug = connection.sock
    for method, body, status in (("GET", None, 401), ("POST", b"GET / HTTP/1.1\r\n\r\n", 401), ("HEAD", None, 401)):
        connection.request(method, "/spirii/v2/customers", body=body)
        response = connection.getresponse()
        response.read()
        assert (response.status, connection.sock) == (status, plug)
    connection.close()


def test_head_request(caller):
    response = caller.send("projectmanager", "/api/data/me", method="HEAD")
    assert response.content == b""
    assert int(response.headers["Content-Length"]) > 100


def test_concurrent_requests_get_the_same_responses(box, caller):
    pages = [{"pageSize": 20, "page": page, "orderBy": "company"} for page in range(1, 13)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda query: Caller(box).people(**query), pages * 4))
    assert together == [caller.people(**query) for query in pages] * 4


def test_client_that_disconnects_prints_nothing(capfd):
    with Sandbox(people=1, latency=0.05) as box:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", urlsplit(box.url("spirii")).port)) as plug:
                plug.sendall(b"GET /spirii/v2/customers HTTP/1.1\r\nHost: localhost\r\n\r\n")
                plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        assert Caller(box).customers()["count"] == 640
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("size", [0, 1, 13])
def test_any_number_of_people(size):
    with Sandbox(people=size) as box:
        assert len(box.data.people) == size
        everyone = dict.fromkeys(("includeServiceAccounts", "showDeleted", "includePlaceholders"), "true")
        page = Caller(box).people(pageSize=500, **everyone)
        assert page["meta"]["page"]["count"] == size
        assert Caller(box).get("teamwork", "/projects/api/v3/me.json")["person"]["isAdmin"] is True
        assert Caller(box).people(box.data.projects[0].id)["people"] or size == 0


def test_wrong_use_is_an_error(box):
    with pytest.raises(ValueError, match="people"):
        Sandbox(people=-1)
    for ask in (box.url, box.token):
        with pytest.raises(KeyError):
            ask("basecamp")
    with pytest.raises(RuntimeError, match="start"):
        Sandbox(people=1).url("spirii")


def test_path_of_no_service_is_404(box):
    for path in ("/", "/basecamp/x", "/favicon.ico"):
        response = requests.get(box.url("spirii").removesuffix("/spirii") + path, timeout=60)
        assert response.status_code == 404
        assert response.headers["X-Fictional-Data"] == "yes"


@pytest.mark.parametrize("service", SERVICES)
def test_tokens_are_not_shown(box, caller, service):
    token = box.token(service)
    assert token.startswith(f"sandbox-{service}-")
    assert token not in repr(box) + repr(box.data)
    response = caller.send(service, PATHS[service], token=token + "x", headers={"Accept": "application/json"})
    assert token not in response.text + str(response.headers)


@pytest.mark.parametrize("service", SERVICES)
def test_every_response_has_the_fictional_data_header(caller, service):
    known = PATHS[service]
    for path, token, method in ((known, None, "GET"), ("/nowhere", None, "GET"), (known, "no", "PUT")):
        assert caller.send(service, path, token=token, method=method).headers["X-Fictional-Data"] == "yes"
