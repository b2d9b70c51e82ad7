"""What each kind of fault does to a response, its rows and its transfer, and which requests it applies to."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import requests

from pmframes.sandbox import Sandbox, fault_injection
from pmframes.sandbox.fault_spec import Fault
from tests.sandbox.client import PATHS, SERVICES, Caller, error_message

OTHERS = {service: [other for other in SERVICES if other != service] for service in SERVICES}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(people=60) as sandbox:
        yield sandbox


@pytest.fixture
def caller(box: Sandbox) -> Iterator[Caller]:
    assert not len(box.faults)
    yield Caller(box)
    box.faults.clear()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that faults make, in seconds, recorded and not waited for."""
    recorded: list[float] = []
    monkeypatch.setattr(fault_injection, "time", SimpleNamespace(sleep=recorded.append))
    return recorded


def statuses(caller, service, count, path=None):
    return [caller.send(service, path or PATHS[service]).status_code for _ in range(count)]


def speak(box, service, path=None):
    """Ask over a bare socket and read to the end: what came before it, and how it ended."""
    address = urlsplit(box.url(service))
    request = (
        f"GET {address.path}{path or PATHS[service]} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
        f"Authorization: Bearer {box.token(service)}\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=60) as plug:
        plug.sendall(request.encode())
        received = b""
        while True:
            try:
                piece = plug.recv(65536)
            except ConnectionResetError:
                return received, "reset"
            if not piece:
                return received, "end"
            received += piece


def ids(body):
    rows = next(body[key] for key in ("people", "data") if key in body)
    return [row["id"] for row in rows]


def page(caller, service, number, size=10):
    """Ask for one page, in the way of the service; page 0 is the first."""
    if service == "teamwork":
        return caller.people(page=number + 1, pageSize=size)
    if service == "outlign":
        return caller.clients(page=number + 1, per_page=size)
    if service == "spirii":
        return caller.customers({"limit": size, "offset": number * size})
    query = {"$top": size, "$skip": number * size}
    return caller.get("projectmanager", "/api/data/resources", query)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("value", ["429:5", 400, 401, 403, 404, 429, 500, 502, 503, 504])
def test_status_is_an_error_of_that_service_only(box, caller, service, value):
    with box.fault(service, "status", value=value):
        response = caller.send(service, PATHS[service])
        told = (response.status_code, response.headers.get("Retry-After"))
        assert told == ((429, "5") if value == "429:5" else (value, None))
        assert error_message(service, response)
        assert response.headers["X-Fictional-Data"] == "yes"
        for other in OTHERS[service]:
            assert statuses(caller, other, 1) == [200]
    assert statuses(caller, service, 1) == [200]


@pytest.mark.parametrize(("kind", "count"), [("delay", 1), ("drip", 9)])
def test_delay_pauses_once_and_drip_between_ten_pieces_of_the_body(box, caller, pauses, kind, count):
    plain = caller.customers({"limit": 100})
    with box.fault("spirii", kind, value=0.15):
        assert caller.customers({"limit": 100}) == plain
    assert pauses == [0.15] * count


@pytest.mark.parametrize("service", SERVICES)
def test_short_ends_the_body_before_its_length(box, caller, service):
    with box.fault(service, "short"):
        received, ending = speak(box, service)
        assert ending == "end"
        with pytest.raises(requests.exceptions.RequestException):
            caller.send(service, PATHS[service]).json()
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [line for line in head.decode().splitlines() if line.startswith("Content-Length: ")]
    (length,) = (int(line.split()[1]) for line in lengths)
    assert head.startswith(b"HTTP/1.1 200")
    assert len(body) == length // 2 > 100
    assert statuses(caller, service, 1) == [200]


@pytest.mark.parametrize("service", SERVICES)
def test_reset_in_the_middle_of_the_body(box, caller, service):
    with box.fault(service, "reset"):
        received, ending = speak(box, service)
        with pytest.raises(requests.exceptions.RequestException):
            caller.send(service, PATHS[service])
    head, _, body = received.partition(b"\r\n\r\n")
    assert (ending, head[:12]) == ("reset", b"HTTP/1.1 200")
    assert body
    assert statuses(caller, service, 2) == [200, 200]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(("kind", "value", "status", "name", "header", "start"), [
    ("html", None, 200, "Content-Type", "text/html; charset=utf-8", b"<!DOCTYPE html>"),
    ("empty", None, 200, "Content-Length", "0", b""),
    ("redirect", "http://other.example/a?b=%2B1", 302, "Location", "http://other.example/a?b=%2B1", b""),
])  # fmt: skip
def test_fault_that_replaces_the_response(box, caller, service, kind, value, status, name, header, start):
    with box.fault(service, kind, value=value):
        response = caller.send(service, PATHS[service])
    assert (response.status_code, response.headers[name]) == (status, header)
    assert response.content.startswith(start)
    assert kind != "empty" or response.content == b""


@pytest.mark.parametrize("service", SERVICES)
def test_drift_repeats_the_last_rows_of_the_page_before(box, caller, service):
    plain = [ids(page(caller, service, number)) for number in range(3)]
    with box.fault(service, "drift", value=3):
        drifted = [ids(page(caller, service, number)) for number in range(3)]
    assert drifted[1][:3] == drifted[0][-3:]
    assert drifted[2][:3] == drifted[1][-3:]
    assert drifted[0][3:] == plain[0][:7]
    assert [ids(page(caller, service, number)) for number in range(3)] == plain


def test_drift_keeps_the_total(box, caller):
    with box.fault("spirii", "drift", value=7):
        bodies = [page(caller, "spirii", number, 100) for number in range(7)]
    assert {body["count"] for body in bodies} == {640}
    rows = [row for body in bodies for row in ids(body)]
    assert len(rows) == 640
    assert len(set(rows)) == 640 - 6 * 7


@pytest.mark.parametrize("service", SERVICES)
def test_lose_removes_rows_between_pages(box, caller, service):
    plain = [ids(page(caller, service, number)) for number in range(3)]
    flat = [row for rows in plain for row in rows]
    with box.fault(service, "lose"):
        shown = [ids(page(caller, service, number)) for number in range(2)]
    assert shown == [flat[1:11], flat[12:22]]


def test_lose_lowers_the_total(box, caller):
    with box.fault("spirii", "lose", value=2, times=3):
        counts = [caller.customers()["count"] for _ in range(4)]
    assert counts == [638, 636, 634, 640]
    with box.fault("teamwork", "lose"):
        first, second = (page(caller, "teamwork", number)["meta"]["page"]["count"] for number in range(2))
    assert first == second + 1


def rows_of(body):
    return body if isinstance(body, list) else next(body[key] for key in ("people", "data") if key in body)


@pytest.mark.parametrize("service", SERVICES)
def test_edit_repeats_rows_of_a_page_under_other_names(box, caller, service):
    plain = rows_of(page(caller, service, 0))
    with box.fault(service, "edit", value=2, times=1):
        edited, after = (rows_of(page(caller, service, 0)) for _ in range(2))
    assert edited[: len(plain)] == plain == after
    assert [row["id"] for row in edited[len(plain) :]] == [row["id"] for row in plain[:2]]
    for row, other in zip(edited[len(plain) :], plain, strict=False):
        (key,) = [key for key in row if row[key] != other[key]]
        assert row[key] == f"{other[key] or ''} (edited)"


def test_edit_leaves_errors_and_single_records(box, caller):
    for path, status in (("/projects/api/v3/me.json", 200), ("/nowhere", 404)):
        plain = caller.send("teamwork", path).json()
        with box.fault("teamwork", "edit"):
            response = caller.send("teamwork", path)
        assert (response.status_code, response.json()) == (status, plain)


def test_count_raises_the_total_and_nothing_else(box, caller):
    for service in ("teamwork", "spirii"):
        plain = page(caller, service, 0)
        with box.fault(service, "count", value=5):
            counted = page(caller, service, 0)
        told = [(body["meta"]["page"] if service == "teamwork" else body).pop("count") for body in (plain, counted)]
        assert told[1] == told[0] + 5
        assert counted == plain
    with box.fault("teamwork", "count", value=5):
        last = caller.people(pageSize=500, skipCounts="true")["meta"]["page"]
        first = caller.people(pageSize=10, skipCounts="true")["meta"]["page"]
    assert (last["hasMore"], first["count"]) == (False, 11)
    assert last["count"] == len(caller.people(pageSize=500)["people"]) + 5


@pytest.mark.parametrize("service", SERVICES)
def test_repeat_sends_the_first_page_again_and_again(box, caller, service):
    plain = page(caller, service, 0)
    with box.fault(service, "repeat"):
        assert [page(caller, service, number) for number in (0, 1, 30)] == [plain] * 3
    assert ids(page(caller, service, 1)) != ids(plain)


def test_repeat_keeps_filters_and_page_size(box, caller):
    query = [("types", "CPOSubsidiary"), ("types", "CPO"), ("search", "a b&c=é"), ("limit", 5)]
    plain = caller.customers(query)
    studio = box.data.outlign_companies[0].id
    clients = caller.clients(company_id=studio, per_page=3)
    with box.fault("spirii", "repeat"), box.fault("outlign", "repeat"):
        assert caller.customers([*query, ("offset", 5)]) == plain
        assert caller.clients(company_id=studio, per_page=3, page=2) == clients


@pytest.mark.parametrize("service", SERVICES)
def test_expire_refuses_the_token_until_it_is_renewed(service):
    with Sandbox(people=1, faults=[f"{service}:expire=3"]) as box:
        caller = Caller(box)
        assert statuses(caller, service, 5) == [200, 200, 200, 401, 401]
        old = box.token(service)
        new = box.renew_token(service)
        assert new == box.token(service) != old
        assert caller.send(service, PATHS[service], token=old).status_code == 401
        assert statuses(caller, service, 3) == [200, 200, 401]
        assert error_message(service, caller.send(service, PATHS[service]))


def test_renewed_token_replaces_the_old():
    with Sandbox(people=1) as box:
        caller = Caller(box)
        tokens = [box.token("spirii"), box.renew_token("spirii"), box.renew_token("spirii")]
        assert statuses(caller, "spirii", 1) == [200]
        for old in tokens[:2]:
            assert caller.send("spirii", PATHS["spirii"], token=old).status_code == 401
    assert len(set(tokens)) == 3
    with pytest.raises(KeyError):
        box.renew_token("basecamp")


def test_a_replaced_response_prevents_a_write_and_a_lost_one_does_not(box, caller):
    before = len(box.data.clients)
    fields = {"title": "Written unseen", "company_id": box.data.outlign_companies[0].id}
    with box.fault("outlign", "status", value=500):
        assert caller.send("outlign", PATHS["outlign"], method="POST", json=fields).status_code == 500
    assert len(box.data.clients) == before
    with box.fault("outlign", "reset"), pytest.raises(requests.exceptions.RequestException):
        caller.send("outlign", PATHS["outlign"], method="POST", json=fields)
    assert len(box.data.clients) == before + 1


def test_faults_combine(box, caller, pauses):
    with box.fault("spirii", "delay", value=0.2), box.fault("spirii", "status", value=502):
        assert statuses(caller, "spirii", 1) == [502]
    assert pauses == [0.2]
    with box.fault("spirii", "drip", value=0.02), box.fault("spirii", "reset"):
        received, ending = speak(box, "spirii")
    assert (ending, received[:12]) == ("reset", b"HTTP/1.1 200")
    assert pauses == [0.2, *[0.02] * 9]
    plain = ids(page(caller, "spirii", 0))
    with box.fault("spirii", "drift", value=2), box.fault("spirii", "repeat"):
        assert ids(page(caller, "spirii", 4))[2:] == plain[:8]


def test_first_of_two_faults_that_replace_the_response_wins(box, caller):
    with box.fault("spirii", "status", value=503, times=1), box.fault("spirii", "html", times=2):
        answers = [caller.send("spirii", PATHS["spirii"]) for _ in range(3)]
    kinds = [(answer.status_code, answer.headers["Content-Type"].split(";")[0]) for answer in answers]
    assert kinds == [(503, "application/json"), (200, "text/html"), (200, "application/json")]


def test_stop_does_not_wait_for_a_delayed_response(monkeypatch):
    paused, released = threading.Semaphore(0), threading.Event()

    def pause(_: float) -> None:
        paused.release()
        released.wait(60)

    monkeypatch.setattr(fault_injection, "time", SimpleNamespace(sleep=pause))
    box = Sandbox(people=1, faults=["spirii:delay=300", "outlign:drip=300"])
    box.start()
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(Caller(box).send, name, PATHS[name]) for name in ("spirii", "outlign")]
        assert all(paused.acquire(timeout=60) for _ in waiting)
        box.stop()
        # A client that is kept waiting would give up after 60 seconds, and not because the connection ended.
        for request in waiting:
            with pytest.raises(requests.exceptions.RequestException) as raised:
                request.result()
            assert not isinstance(raised.value, requests.exceptions.Timeout)
    released.set()


def test_faults_print_nothing(capfd):
    with Sandbox(people=1, faults=["spirii:reset", "outlign:short", "teamwork:status=500"]) as box:
        for service in ("spirii", "outlign", "teamwork"):
            speak(box, service, PATHS[service]) if service != "teamwork" else statuses(Caller(box), service, 1)
    assert capfd.readouterr() == ("", "")


# Which requests a fault applies to and how often, and faults of a running sandbox


def test_times_and_after_count_the_requests_that_match(box, caller):
    with box.fault("spirii", "status", value=503, times=2, after=1):
        assert statuses(caller, "outlign", 2) == [200, 200]
        assert statuses(caller, "spirii", 5) == [200, 503, 503, 200, 200]


def test_path_of_a_fault_is_a_pattern(box, caller):
    me, people = "/projects/api/v3/me.json", PATHS["teamwork"]
    for path, expected in (
        ("*", [503, 503]),
        (people, [503, 200]),
        (people.removeprefix("/"), [503, 200]),
        ("/projects/*", [503, 503]),
        ("*/me.json", [200, 503]),
        ("/people.json", [200, 200]),
        ("/PROJECTS/*", [200, 200]),
    ):
        with box.fault("teamwork", "status", path, 503):
            answers = [caller.send("teamwork", one).status_code for one in (people, me)]
        assert answers == expected, path


def test_faults_of_the_constructor():
    faults = [Fault("spirii", "status", value=503, times=1), "outlign:html*1"]
    with Sandbox(people=1, faults=faults) as box:
        caller = Caller(box)
        assert statuses(caller, "spirii", 2) == [503, 200]
        assert caller.send("outlign", PATHS["outlign"]).text.startswith("<!DOCTYPE")
        assert list(box.faults) == [faults[0], Fault.parse("outlign:html*1")]


def test_faults_are_added_and_removed_while_the_sandbox_runs(box, caller):
    one = box.faults.add("spirii:status=503")
    other = box.faults.add(Fault("spirii", "status", value=502))
    assert (list(box.faults), len(box.faults)) == ([one, other], 2)
    assert repr(box.faults) == "<ActiveFaults: spirii:status=503, spirii:status=502>"
    assert statuses(caller, "spirii", 1) == [503]
    box.faults.remove(one)
    assert statuses(caller, "spirii", 1) == [502]
    box.faults.remove("spirii:status=502")
    assert statuses(caller, "spirii", 1) == [200]
    with pytest.raises(ValueError, match="is not active"):
        box.faults.remove(one)
    box.faults.add(one)
    box.faults.clear()
    assert repr(box.faults) == "<ActiveFaults: none>"


@pytest.mark.parametrize("given", ["spirii:status=503*1", Fault("spirii", "status", value=503, times=1)])
def test_the_context_manager_takes_a_fault_or_its_text_and_restores(box, caller, given):
    with box.fault(given) as outer:
        assert outer == Fault("spirii", "status", value=503, times=1)
        assert statuses(caller, "spirii", 2) == [503, 200]
        with box.fault(given):
            assert statuses(caller, "spirii", 2) == [503, 200]
            assert list(box.faults) == [outer, outer]
        assert list(box.faults) == [outer]
        assert statuses(caller, "spirii", 1) == [200]
    assert list(box.faults) == []
    with pytest.raises(ZeroDivisionError), box.fault(given):
        raise ZeroDivisionError
    assert list(box.faults) == []


def test_invalid_fault_is_refused_and_changes_nothing(box):
    for wrong in (("basecamp", "html"), ("spirii", "status"), ("spirii:nothing",), (5,), (None,)):
        with pytest.raises(ValueError, match=r"fault|service"):
            box.fault(*wrong)
        with pytest.raises(ValueError, match=r"fault|service"):
            Sandbox(people=1, faults=[":".join(map(str, wrong))])
    with pytest.raises(TypeError):
        box.fault("spirii:html", value=3)
    assert list(box.faults) == []


def test_threads_share_one_count(box):
    with box.fault("spirii", "status", value=503, times=25, after=10), ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: statuses(Caller(box), "spirii", 1)[0], range(60)))
    assert (seen.count(503), seen.count(200)) == (25, 35)


def test_row_faults_do_not_reach_other_threads(box):
    plain = Caller(box).clients(per_page=100)

    def ask(number):
        caller = Caller(box)
        return caller.customers()["count"] if number % 2 else caller.clients(per_page=100) == plain

    with box.fault("spirii", "lose", value=640), ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(ask, range(40)))
    assert seen == [True, 0] * 20
