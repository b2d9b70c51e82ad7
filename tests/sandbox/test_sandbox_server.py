"""The server: starting, stopping, staying open, staying the same, staying quiet."""

import ast
import http.client
import os
import pickle
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

import pmframes.sandbox
from pmframes.sandbox import Sandbox
from tests.support.sandbox_client import PATHS, SERVICES, Caller

REPOSITORY = Path(pmframes.sandbox.__file__).parents[2]

DUMP = """
import hashlib, sys
from urllib.request import Request, urlopen
from pmframes.sandbox import Sandbox
with Sandbox(people=60, seed=int(sys.argv[1])) as box:
    port = box.url("teamwork").split(":")[2].split("/")[0]
    for service, path in (
        ("teamwork", "/projects/api/v3/projects/480101/people.json?include=companies,permissions"),
        ("teamwork", "/projects/api/v3/people.json?include=workingHours&includeServiceAccounts=true"),
        ("teamwork", "/projects/api/v3/me.json"),
        ("projectmanager", "/api/data/projects/customers"),
        ("projectmanager", "/api/data/users/roles"),
        ("projectmanager", "/api/data/me"),
        ("projectmanager", "/api/data/resources?$orderby=name"),
        ("projectmanager", "/api/data/projects?$expand=files"),
        ("teamwork", "/projects/api/v3/projects.json?include=users,tags,companies.countries"),
        ("teamwork", "/projects/api/v3/companies.json?include=tags,clientmanagedby&getStats=true"),
        ("outlign", "/api/v1/clients?per_page=1000"),
        ("outlign", "/api/v1/companies"),
        ("spirii", "/v2/customers?limit=100&sortBy=name"),
        ("spirii", "/v2/customers?limit=100&offset=500"),
    ):
        headers = {"Authorization": "Bearer " + box.token(service), "Accept": "application/json"}
        with urlopen(Request(box.url(service) + path, headers=headers)) as response:
            body = response.read().replace(b":" + port.encode(), b":PORT")
            kept = sorted(name for name in response.headers if not name.lower().endswith(("reset", "length")))
            print(path, hashlib.sha256(body).hexdigest(), [(name, response.headers[name]) for name in kept])
"""


def dump(hash_seed, seed=7):
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(
        [sys.executable, "-c", DUMP, str(seed)], env=environment, capture_output=True, text=True, check=True
    )


def test_two_processes_answer_with_the_same_bytes_and_print_nothing_of_their_own():
    first, second = dump(1), dump(2)
    assert first.stdout.count("\n") == 14
    assert first.stdout == second.stdout
    assert first.stderr == second.stderr == ""


def test_another_seed_tells_another_story():
    one, other = Sandbox(people=30, seed=1), Sandbox(people=30, seed=2)
    assert [p.email for p in one.data.people] != [p.email for p in other.data.people]
    assert [c.name for c in one.data.projectmanager_customers] != [c.name for c in other.data.projectmanager_customers]
    assert all(one.token(service) != other.token(service) for service in SERVICES)


def test_starting_and_stopping_twice_does_no_harm_and_frees_the_port():
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


def test_a_stopped_sandbox_starts_again_where_it_was():
    box = Sandbox(people=1)
    with box:
        url = box.url("outlign")
    with box:
        assert box.url("outlign") == url
        assert Caller(box).clients()["data"]


def test_a_port_that_is_taken_raises_and_leaves_the_process_alone():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        Sandbox(people=1, port=taken.getsockname()[1]).start()


def test_stopping_ends_connections_that_are_kept_open():
    box = Sandbox(people=1)
    box.start()
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(box.url("spirii")).port, timeout=60)
    connection.request("GET", "/spirii/v2/customers")
    connection.getresponse().read()
    box.stop()
    assert connection.sock.recv(1) == b""
    connection.close()


def test_one_connection_carries_many_requests_with_and_without_bodies(box):
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(box.url("spirii")).port, timeout=60)
    connection.connect()
    plug = connection.sock
    for method, body, status in (("GET", None, 401), ("POST", b"GET / HTTP/1.1\r\n\r\n", 401), ("HEAD", None, 401)):
        connection.request(method, "/spirii/v2/customers", body=body)
        response = connection.getresponse()
        response.read()
        assert (response.status, connection.sock) == (status, plug)
    connection.close()


def test_a_head_request_gets_headers_and_no_body(caller):
    response = caller.send("projectmanager", "/api/data/me", method="HEAD")
    assert response.content == b""
    assert int(response.headers["Content-Length"]) > 100


def test_many_threads_get_what_one_gets(box, caller):
    pages = [{"pageSize": 20, "page": page, "orderBy": "company"} for page in range(1, 13)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda query: Caller(box).people(**query), pages * 4))
    assert together == [caller.people(**query) for query in pages] * 4


def test_a_client_that_hangs_up_leaves_no_trace(capfd):
    with Sandbox(people=1, latency=0.05) as box:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", urlsplit(box.url("spirii")).port)) as plug:
                plug.sendall(b"GET /spirii/v2/customers HTTP/1.1\r\nHost: x\r\n\r\n")
                plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        assert Caller(box).customers()["count"] == 640
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("size", [0, 1, 13, 2000])
def test_any_number_of_people(size):
    with Sandbox(people=size) as box:
        assert len(box.data.people) == size
        page = Caller(box).people(
            pageSize=500, includeServiceAccounts="true", showDeleted="true", includePlaceholders="true"
        )
        assert page["meta"]["page"]["count"] == size
        assert Caller(box).get("teamwork", "/projects/api/v3/me.json")["person"]["isAdmin"] is True
        assert Caller(box).people(box.data.projects[0].id)["people"] or size == 0


def test_fewer_than_no_people_are_refused():
    with pytest.raises(ValueError, match="people"):
        Sandbox(people=-1)


def test_the_address_of_an_unknown_service_and_of_a_sandbox_not_started(box):
    for ask in (box.url, box.token):
        with pytest.raises(KeyError):
            ask("basecamp")
    with pytest.raises(RuntimeError, match="start"):
        Sandbox(people=1).url("spirii")


def test_a_path_below_no_service_is_404(box):
    for path in ("/", "/basecamp/x", "/favicon.ico"):
        response = requests.get(box.url("spirii").removesuffix("/spirii") + path, timeout=60)
        assert response.status_code == 404
        assert response.headers["X-Fictional-Data"] == "yes"


@pytest.mark.parametrize("service", SERVICES)
def test_tokens_stay_out_of_sight(box, caller, service):
    token = box.token(service)
    assert token.startswith(f"sandbox-{service}-")
    assert token not in repr(box) + repr(box.data) + repr(vars(box)["_application"])
    response = caller.send(service, PATHS[service], token=token + "x", headers={"Accept": "application/json"})
    assert token not in response.text + str(response.headers)


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_says_that_its_data_are_fictional(caller, service):
    for path, token, method in (
        (PATHS[service], None, "GET"),
        ("/nowhere", None, "GET"),
        (PATHS[service], "no", "PUT"),
    ):
        assert caller.send(service, path, token=token, method=method).headers["X-Fictional-Data"] == "yes"


def test_bodies_hold_no_more_than_the_data_and_the_data_can_be_pickled(box):
    assert pickle.loads(pickle.dumps(box.data)) == box.data


def imports_of(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


KNOWN = {*sys.stdlib_module_names, "werkzeug", "msgspec", "numpy"}


def test_the_sandbox_imports_nothing_of_the_loaders():
    root = Path(pmframes.sandbox.__file__).parent
    for file in root.rglob("*.py"):
        deepest = len(file.relative_to(root).parts)
        for name in imports_of(file):
            if name.startswith("."):
                assert len(name) - len(name.lstrip(".")) <= deepest, (file, name)
            else:
                assert name.split(".")[0] in KNOWN, (file, name)
