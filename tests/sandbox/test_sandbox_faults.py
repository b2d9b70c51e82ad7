"""Faults: each kind seen from outside, where it strikes and how often, and its text."""

import dataclasses
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from pmframes.sandbox import Sandbox
from pmframes.sandbox import server as server_module
from pmframes.sandbox.fault_spec import SERVICE_NAMES, Fault
from tests.support.sandbox_client import PATHS, SERVICES, Caller

from .test_sandbox_refusals import message_of

OTHERS = {service: [other for other in SERVICES if other != service] for service in SERVICES}


@pytest.fixture(scope="module")
def box():
    with Sandbox(people=60) as sandbox:
        yield sandbox


@pytest.fixture
def caller(box):
    assert not len(box.faults)
    yield Caller(box)
    box.faults.clear()


def statuses(caller, service, count, path=None):
    return [caller.send(service, path or PATHS[service]).status_code for _ in range(count)]


def speak(box, service, path=None):
    """Ask over a bare socket and read to the end: what came before it, and how it ended."""
    address = urlsplit(box.url(service))
    request = (
        f"GET {address.path}{path or PATHS[service]} HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n"
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


# What each kind does


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502, 503, 504])
def test_a_status_comes_in_the_shape_of_the_service_and_only_there(box, caller, service, status):
    with box.fault(service, "status", value=status):
        response = caller.send(service, PATHS[service])
        assert response.status_code == status
        assert message_of(service, response)
        assert "Retry-After" not in response.headers
        assert response.headers["X-Fictional-Data"] == "yes"
        for other in OTHERS[service]:
            assert statuses(caller, other, 1) == [200]
    assert statuses(caller, service, 1) == [200]


@pytest.mark.parametrize("service", SERVICES)
def test_too_many_requests_may_say_when_to_come_back(box, caller, service):
    with box.fault(service, "status", value="429:5"):
        response = caller.send(service, PATHS[service])
    assert (response.status_code, response.headers["Retry-After"]) == (429, "5")


def test_a_delay_waits_and_then_answers_as_always(box, caller):
    plain = caller.customers()
    with box.fault("spirii", "delay", value=0.6):
        began = time.monotonic()
        assert caller.customers() == plain
        assert time.monotonic() - began >= 0.6


def test_dripping_gives_every_byte_with_pauses(box, caller):
    plain = caller.customers({"limit": 100})
    with box.fault("spirii", "drip", value=0.15):
        began = time.monotonic()
        with caller.session.get(
            box.url("spirii") + "/v2/customers?limit=100",
            headers={"Authorization": f"Bearer {box.token('spirii')}"},
            stream=True,
            timeout=60,
        ) as response:
            body = response.json()
        assert time.monotonic() - began > 1
    assert body == plain


@pytest.mark.parametrize("service", SERVICES)
def test_a_short_body_ends_before_its_length(box, caller, service):
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
def test_a_reset_comes_in_the_middle_of_the_body(box, caller, service):
    with box.fault(service, "reset"):
        received, ending = speak(box, service)
        with pytest.raises(requests.exceptions.RequestException):
            caller.send(service, PATHS[service])
    head, _, body = received.partition(b"\r\n\r\n")
    assert (ending, head[:12]) == ("reset", b"HTTP/1.1 200")
    assert body
    assert statuses(caller, service, 2) == [200, 200]


@pytest.mark.parametrize("service", SERVICES)
def test_a_login_page_has_status_200(box, caller, service):
    with box.fault(service, "html"):
        response = caller.send(service, PATHS[service])
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert response.text.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("service", SERVICES)
def test_an_empty_body_has_status_200(box, caller, service):
    with box.fault(service, "empty"):
        response = caller.send(service, PATHS[service])
    assert (response.status_code, response.content, response.headers["Content-Length"]) == (200, b"", "0")


def test_a_redirect_goes_to_the_other_host(box, caller):
    with box.fault("projectmanager", "redirect", value="http://other.example/login?next=%2B1"):
        response = caller.send("projectmanager", PATHS["projectmanager"])
    assert response.status_code == 302
    assert response.headers["Location"] == "http://other.example/login?next=%2B1"


@pytest.mark.parametrize("service", SERVICES)
def test_drifting_pages_repeat_the_last_rows_of_the_page_before(box, caller, service):
    plain = [ids(page(caller, service, number)) for number in range(3)]
    with box.fault(service, "drift", value=3):
        drifted = [ids(page(caller, service, number)) for number in range(3)]
    assert drifted[1][:3] == drifted[0][-3:]
    assert drifted[2][:3] == drifted[1][-3:]
    assert drifted[0][3:] == plain[0][:7]
    assert [ids(page(caller, service, number)) for number in range(3)] == plain


def test_a_drifting_list_keeps_its_length_but_not_its_rows(box, caller):
    with box.fault("spirii", "drift", value=7):
        bodies = [page(caller, "spirii", number, 100) for number in range(7)]
    assert {body["count"] for body in bodies} == {640}
    rows = [row for body in bodies for row in ids(body)]
    assert len(rows) == 640
    assert len(set(rows)) == 640 - 6 * 7


@pytest.mark.parametrize("service", SERVICES)
def test_a_lost_row_is_on_no_page(box, caller, service):
    plain = [ids(page(caller, service, number)) for number in range(3)]
    flat = [row for rows in plain for row in rows]
    with box.fault(service, "lose"):
        shown = [ids(page(caller, service, number)) for number in range(2)]
    assert shown == [flat[1:11], flat[12:22]]


def test_rows_that_are_lost_are_counted_no_more(box, caller):
    with box.fault("spirii", "lose", value=2, times=3):
        counts = [caller.customers()["count"] for _ in range(4)]
    assert counts == [638, 636, 634, 640]
    with box.fault("teamwork", "lose"):
        first, second = (page(caller, "teamwork", number)["meta"]["page"]["count"] for number in range(2))
    assert first == second + 1


@pytest.mark.parametrize("service", SERVICES)
def test_the_same_page_comes_for_ever(box, caller, service):
    plain = page(caller, service, 0)
    with box.fault(service, "repeat"):
        assert [page(caller, service, number) for number in (0, 1, 30)] == [plain] * 3
    assert ids(page(caller, service, 1)) != ids(plain)


def test_repeating_leaves_filters_and_sizes_alone(box, caller):
    query = [("types", "CPOSubsidiary"), ("types", "CPO"), ("search", "a b&c=é"), ("limit", 5)]
    plain = caller.customers(query)
    studio = box.data.outlign_companies[0].id
    clients = caller.clients(company_id=studio, per_page=3)
    with box.fault("spirii", "repeat"), box.fault("outlign", "repeat"):
        assert caller.customers([*query, ("offset", 5)]) == plain
        assert caller.clients(company_id=studio, per_page=3, page=2) == clients


@pytest.mark.parametrize("service", SERVICES)
def test_a_token_expires_and_a_new_one_lasts_as_long(service):
    with Sandbox(people=1, faults=[f"{service}:expire=3"]) as box:
        caller = Caller(box)
        assert statuses(caller, service, 5) == [200, 200, 200, 401, 401]
        old = box.token(service)
        new = box.renew_token(service)
        assert new == box.token(service) != old
        assert caller.send(service, PATHS[service], token=old).status_code == 401
        assert statuses(caller, service, 3) == [200, 200, 401]
        assert message_of(service, caller.send(service, PATHS[service]))


def test_a_new_token_without_any_fault_is_the_same_each_time():
    tokens = []
    for _ in range(2):
        with Sandbox(people=1) as box:
            caller = Caller(box)
            tokens.append([box.token("spirii"), box.renew_token("spirii"), box.renew_token("spirii")])
            assert statuses(caller, "spirii", 1) == [200]
            for old in tokens[-1][:2]:
                assert caller.send("spirii", PATHS["spirii"], token=old).status_code == 401
            assert box.token("outlign") == Sandbox(people=1).token("outlign")
    assert tokens[0] == tokens[1]
    assert len(set(tokens[0])) == 3
    with pytest.raises(KeyError):
        box.renew_token("basecamp")


# Where and how often


def test_times_and_after_count_the_requests_that_match(box, caller):
    with box.fault("spirii", "status", value=503, times=2, after=1):
        assert statuses(caller, "outlign", 2) == [200, 200]
        assert statuses(caller, "spirii", 5) == [200, 503, 503, 200, 200]


def test_a_path_is_a_pattern_below_the_service(box, caller):
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


def test_writes_are_struck_too_and_then_write_nothing(box, caller):
    before = len(box.data.clients)
    fields = {"title": "x", "company_id": box.data.outlign_companies[0].id}
    with box.fault("outlign", "status", value=500):
        assert caller.send("outlign", PATHS["outlign"], method="POST", json=fields).status_code == 500
    assert len(box.data.clients) == before


def test_a_write_whose_answer_is_lost_is_written_all_the_same(box, caller):
    before = len(box.data.clients)
    fields = {"title": "Written unseen", "company_id": box.data.outlign_companies[0].id}
    with box.fault("outlign", "reset"), pytest.raises(requests.exceptions.RequestException):
        caller.send("outlign", PATHS["outlign"], method="POST", json=fields)
    assert len(box.data.clients) == before + 1


def test_two_faults_work_at_once(box, caller):
    with box.fault("spirii", "delay", value=0.2), box.fault("spirii", "status", value=502):
        began = time.monotonic()
        assert statuses(caller, "spirii", 1) == [502]
        assert time.monotonic() - began >= 0.2
    with box.fault("spirii", "drip", value=0.02), box.fault("spirii", "reset"):
        began = time.monotonic()
        received, ending = speak(box, "spirii")
        assert (ending, received[:12]) == ("reset", b"HTTP/1.1 200")
        assert time.monotonic() - began >= 0.18
    plain = ids(page(caller, "spirii", 0))
    with box.fault("spirii", "drift", value=2), box.fault("spirii", "repeat"):
        assert ids(page(caller, "spirii", 4))[2:] == plain[:8]


def test_of_two_that_replace_the_answer_the_earlier_counts(box, caller):
    with box.fault("spirii", "status", value=503, times=1), box.fault("spirii", "html", times=2):
        answers = [caller.send("spirii", PATHS["spirii"]) for _ in range(3)]
    kinds = [(answer.status_code, answer.headers["Content-Type"].split(";")[0]) for answer in answers]
    assert kinds == [(503, "application/json"), (200, "text/html"), (200, "application/json")]


def test_faults_from_the_start_as_faults_and_as_texts():
    faults = [Fault("spirii", "status", value=503, times=1), "outlign:html*1"]
    with Sandbox(people=1, faults=faults) as box:
        caller = Caller(box)
        assert statuses(caller, "spirii", 2) == [503, 200]
        assert caller.send("outlign", PATHS["outlign"]).text.startswith("<!DOCTYPE")
        assert list(box.faults) == [faults[0], Fault.parse("outlign:html*1")]


def test_faults_can_be_switched_on_and_off_while_it_runs(box, caller):
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


def test_the_context_manager_restores_after_an_error(box):
    with pytest.raises(ZeroDivisionError), box.fault("spirii:html"):
        raise ZeroDivisionError
    assert list(box.faults) == []


def test_what_is_no_fault_is_refused_before_anything_changes(box):
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


def test_a_fault_of_one_thread_leaves_the_lists_of_another(box):
    plain = Caller(box).clients(per_page=100)

    def ask(number):
        caller = Caller(box)
        return caller.customers()["count"] if number % 2 else caller.clients(per_page=100) == plain

    with box.fault("spirii", "lose", value=640), ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(ask, range(40)))
    assert seen == [True, 0] * 20


def test_stopping_does_not_wait_for_who_is_kept_waiting():
    box = Sandbox(people=1, faults=["spirii:delay=300", "outlign:drip=300"])
    box.start()
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(Caller(box).send, name, PATHS[name]) for name in ("spirii", "outlign")]
        time.sleep(0.3)
        box.stop()
        # Whoever is kept waiting would give up after 60 seconds, and not because the connection ended.
        for request in waiting:
            with pytest.raises(requests.exceptions.RequestException) as raised:
                request.result()
            assert not isinstance(raised.value, requests.exceptions.Timeout)


def test_faults_print_nothing(capfd):
    with Sandbox(people=1, faults=["spirii:reset", "outlign:short", "teamwork:status=500"]) as box:
        for service in ("spirii", "outlign", "teamwork"):
            speak(box, service, PATHS[service]) if service != "teamwork" else statuses(Caller(box), service, 1)
    assert capfd.readouterr() == ("", "")


def test_resets_leave_no_socket_open(box):
    def sockets():
        return [name for name in os.listdir("/proc/self/fd") if _is_socket(name)]

    before = len(sockets())
    with box.fault("spirii", "reset"):
        assert [speak(box, "spirii")[1] for _ in range(20)] == ["reset"] * 20
    deadline = time.monotonic() + 60
    while len(sockets()) > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(sockets()) <= before


def _is_socket(name):
    try:
        return os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
    except OSError:
        return False  # closed since it was listed


# The text


TEXTS = {
    "teamwork:status=503*2": Fault("teamwork", "status", value=503, times=2),
    "spirii/v2/customers:drift=3": Fault("spirii", "drift", "/v2/customers", 3),
    "outlign:status=429:5": Fault("outlign", "status", value="429:5"),
    "outlign/api/*:status=429:5*2+1": Fault("outlign", "status", "/api/*", "429:5", 2, 1),
    "projectmanager:delay=0.5+3": Fault("projectmanager", "delay", value=0.5, after=3),
    "spirii:html": Fault("spirii", "html"),
    "spirii:reset*1": Fault("spirii", "reset", times=1),
    "spirii/*.json:repeat+2": Fault("spirii", "repeat", "/*.json", after=2),
    "spirii:redirect=http://127.0.0.1:9/a?b=c:d*2+1": Fault(
        "spirii", "redirect", value="http://127.0.0.1:9/a?b=c:d", times=2, after=1
    ),
    "teamwork:expire=0": Fault("teamwork", "expire", value=0),
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_read_and_written_again(text):
    assert Fault.parse(text) == TEXTS[text]
    assert Fault.parse(str(TEXTS[text])) == TEXTS[text]
    assert str(TEXTS[text]) == text


def test_what_is_left_out_has_a_value_of_its_own():
    assert str(Fault("spirii", "drift")) == "spirii:drift=1"
    assert str(Fault("spirii", "lose")) == "spirii:lose=1"
    assert str(Fault("spirii", "drip")) == "spirii:drip=0.1"
    assert Fault("spirii", "status", value="503") == Fault("spirii", "status", value=503)


WRONG = {
    "": "Invalid fault",
    "teamwork": "SERVICE",
    "teamwork/x": "Invalid fault",
    "basecamp:html": "basecamp.*teamwork, projectmanager, outlign, spirii",
    "TEAMWORK:html": "Unknown service",
    "teamwork:stat=503": "Unknown kind of fault 'stat'.*status, delay",
    "teamwork:": "Unknown kind",
    "teamwork:status": "status needs a value.*503",
    "teamwork:status=": "status is ''",
    "teamwork:status=200": "'200'.*400 to 599",
    "teamwork:status=600": "400 to 599",
    "teamwork:status=503:5": "503:5",
    "teamwork:status=429:": "429:",
    "teamwork:status=429:5:5": "429",
    "teamwork:status=429:-5": "429",
    "teamwork:delay": "delay needs a value",
    "teamwork:delay=soon": "seconds from 0 to 600",
    "teamwork:delay=-1": "seconds from 0",
    "teamwork:delay=601": "to 600",
    "teamwork:delay=nan": "seconds",
    "teamwork:drip=inf": "seconds",
    "teamwork:drift=0": "integer of 1 or more",
    "teamwork:drift=1.5": "integer of 1 or more",
    "teamwork:lose=-1": "integer of 1 or more",
    "teamwork:expire": "expire needs a value",
    "teamwork:html=1": "takes no value",
    "teamwork:redirect": "redirect needs a value",
    "teamwork:redirect=/login": "http URL",
    "teamwork:redirect=http://a b": "http URL",
    "teamwork:redirect=http://a/\r\nX: y": "http URL",
    "teamwork:redirect=http://a/*x": "%2A",
    "teamwork:html*0": "times of the fault is 0",
    "teamwork:html*x": "Unknown kind|Invalid fault",
    "teamwork:html+": "Unknown kind|Invalid fault",
    "teamwork:status=503*": "503",
    "teamwork:status=503+1*2": "503",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_text_says_what_is_wrong_and_what_would_be_right(text):
    with pytest.raises(ValueError, match=WRONG[text]):
        Fault.parse(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"times": 0},
        {"times": True},
        {"times": 1.5},
        {"after": -1},
        {"after": None},
        {"path": "/a:b"},
        {"kind": "delay", "value": True},
        {"kind": "drift", "value": 1.5},
        {"kind": "drift", "value": True},
        {"kind": "status", "value": 503.5},
        {"kind": "redirect", "value": 5},
    ],
)
def test_wrong_parts_are_refused(wrong):
    with pytest.raises(ValueError, match=r"fault|service"):
        Fault(**{"service": "spirii", "kind": "html"} | wrong)


def test_a_fault_cannot_be_changed_and_can_be_in_a_set():
    fault = Fault("spirii", "html")
    with pytest.raises(dataclasses.FrozenInstanceError):
        fault.kind = "short"
    assert len({fault, Fault.parse("spirii:html"), Fault("spirii", "empty")}) == 2


def test_the_services_of_faults_are_those_of_the_sandbox():
    assert tuple(service.name for service in server_module.SERVICES) == SERVICE_NAMES
