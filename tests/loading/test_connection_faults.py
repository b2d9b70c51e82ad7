"""Connections that break, stall or are slow: the whole frame, or an error after one more attempt."""

import gzip
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

import pmframes as pm
from pmframes._http import client, timeouts
from tests.support import transfers
from tests.support.cases import TOKEN, Case, case_of
from tests.support.secrets import secrets_in, shown
from tests.support.server import FakeServer, Reply, encoded, in_turn, reply
from tests.support.transfers import Connection, Transfer

CLIENTS = case_of("outlign.clients")


def good(case: Case, transfer: Transfer = transfers.whole) -> Reply:
    """Return the answer with three rows, that travels in this way."""
    return reply(case.body(case.rows(3)), transfer=transfer)


def until_it_hangs_up(connection: Connection, head: bytes, body: bytes) -> bool:
    """Send a body whose length only the end of the connection tells."""
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    connection.send(b"\r\n".join(lines) + body)
    return False


def check_rows(case: Case, server: FakeServer, requests: int) -> None:
    frame = case.load()
    assert frame[case.id_column].tolist() == case.keys(3)
    assert frame.attrs["pmframes"]["complete"] is True
    assert case.loads(server) == requests


def check_error(case: Case, server: FakeServer, reason: str) -> None:
    """The load fails for this reason after the second attempt, and nothing is cached."""
    with pytest.raises(pm.errors.ServiceError) as raised:
        case.load()
    message = str(raised.value)
    assert f"could not be reached: {reason}; gave up after 2 attempts." in message
    assert "load again" in message
    assert TOKEN not in message
    assert pm.cache.info().empty
    assert case.loads(server) == 2


CUT, NO_CONNECTION = "the response was cut off", "no connection could be made"
BROKEN: dict[str, tuple[Transfer, str]] = {
    "half of the body": (transfers.half_of_the_body, CUT), "head only": (transfers.head_only, CUT),
    "reset in the body": (transfers.reset_in_the_body, CUT),
    "chunks without an end": (transfers.chunked_without_an_end, CUT),
    "half of a chunk": (transfers.half_of_a_chunk, CUT), "reset at once": (transfers.reset_at_once, NO_CONNECTION),
    "closed at once": (transfers.closed_at_once, NO_CONNECTION),
}  # fmt: skip


@pytest.mark.parametrize(("transfer", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_connection_that_breaks_is_tried_again_and_then_an_error(transfer, reason, server):
    CLIENTS.start(server, good(CLIENTS, transfer))
    check_error(CLIENTS, server, reason)
    server.forget()
    server.serve(CLIENTS.path, in_turn(good(CLIENTS, transfer), good(CLIENTS)))
    check_rows(CLIENTS, server, requests=2)


def test_each_service_tries_again_after_a_cut_body(each_service, server):
    cut = good(each_service, transfers.half_of_the_body)
    each_service.start(server, cut)
    check_error(each_service, server, CUT)
    server.forget()
    server.serve(each_service.path, in_turn(cut, good(each_service)))
    check_rows(each_service, server, requests=2)


WHOLE: dict[str, Transfer] = {
    "whole": transfers.whole, "in chunks": transfers.chunked, "until it hangs up": until_it_hangs_up,
    "a slow head": transfers.slow_head(0.0005), "a slow body": transfers.slow_body(0.00002),
}  # fmt: skip


@pytest.mark.parametrize("transfer", WHOLE.values(), ids=WHOLE)
def test_a_whole_answer_is_read_however_it_travels(transfer, server):
    CLIENTS.start(server, good(CLIENTS, transfer))
    check_rows(CLIENTS, server, requests=1)


STALLED: dict[str, Transfer] = {
    "no answer": transfers.no_answer, "stalled in the head": transfers.stalled_in_the_head,
    "stalled in the body": transfers.stalled_in_the_body,
}  # fmt: skip


@pytest.mark.parametrize("transfer", STALLED.values(), ids=STALLED)
def test_an_answer_that_does_not_go_on_times_out(transfer, server, monkeypatch):
    monkeypatch.setattr(client, "CONNECT_AND_READ_TIMEOUT", (60, 0.3))
    CLIENTS.start(server, good(CLIENTS, transfer))
    check_error(CLIENTS, server, "the response timed out")


def slow_chunks(connection: Connection, head: bytes, body: bytes) -> bool:
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    connection.send(b"\r\n".join([*lines[:-2], b"Transfer-Encoding: chunked", b"", b""]))
    connection.send_slowly(b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n", 0.03)
    return True


def slow_until_it_hangs_up(connection: Connection, head: bytes, body: bytes) -> bool:
    until_it_hangs_up(connection, head, b"")
    connection.send_slowly(body, 0.03)
    return False


BYTE_BY_BYTE: dict[str, Callable[[bytes], Reply]] = {
    "head": lambda body: reply(body, transfer=transfers.slow_head(0.03)),
    "body": lambda body: reply(body, transfer=transfers.slow_body(0.03)),
    "body in chunks": lambda body: reply(body, transfer=slow_chunks),
    "body until it hangs up": lambda body: reply(body, transfer=slow_until_it_hangs_up),
    "compressed body": lambda body: reply(
        gzip.compress(body), transfer=transfers.slow_body(0.01), Content_Encoding="gzip"
    ),
}


@pytest.mark.parametrize("answer", BYTE_BY_BYTE.values(), ids=BYTE_BY_BYTE)
def test_an_answer_that_takes_too_long_as_a_whole_times_out(answer, server, monkeypatch):
    """Each byte comes in time, so only the whole is too late; left alone, it would take two seconds or more."""
    monkeypatch.setattr(timeouts, "TOTAL_TIMEOUT", 0.2)
    CLIENTS.start(server, answer(encoded(CLIENTS.body(CLIENTS.rows(3)))))
    check_error(CLIENTS, server, "the response timed out")


def dripping(start: bytes, piece: bytes) -> Transfer:
    """Send something of an answer, then a piece again and again."""

    def send(connection: Connection, head: bytes, body: bytes) -> bool:
        connection.send(start)
        connection.send_slowly(piece * 100_000, 0.01)
        return False

    return send


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
INTERIM = b"HTTP/1.1 103 Early Hints\r\n\r\n"
GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
WITHOUT_END: dict[str, Transfer] = {
    "headers": dripping(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
    "interim responses": dripping(b"", INTERIM),
    "size of a chunk": dripping(CHUNKED + b"\r\n", b"0"),
    "extension of a chunk": dripping(CHUNKED + b"\r\n1;", b"x"),
    "trailers": dripping(CHUNKED + b"\r\n0\r\n", b"A: b\r\n"),
    "name in gzip": dripping(GZIP + b"\x1f\x8b\x08\x08\0\0\0\0\0\xff", b"x"),
    "empty blocks": dripping(GZIP + b"\x1f\x8b\x08\0\0\0\0\0\0\xff", b"\0\0\0\xff\xff"),
}


@pytest.mark.parametrize("transfer", WITHOUT_END.values(), ids=WITHOUT_END)
def test_what_drips_without_end_times_out(transfer, server, monkeypatch):
    monkeypatch.setattr(timeouts, "TOTAL_TIMEOUT", 0.2)
    CLIENTS.start(server, good(CLIENTS, transfer))
    check_error(CLIENTS, server, "the response timed out")


def test_a_load_as_a_whole_has_the_time_limit_of_the_environment(server, monkeypatch):
    monkeypatch.setenv("PMFRAMES_LOAD_TIMEOUT", "0.3")
    CLIENTS.start(server, good(CLIENTS, transfers.no_answer))
    with pytest.raises(pm.errors.IncompleteLoad, match=r"longer than PMFRAMES_LOAD_TIMEOUT allows \(0.3 seconds\)"):
        CLIENTS.load()
    monkeypatch.setenv("PMFRAMES_LOAD_TIMEOUT", "600")
    CLIENTS.start(server, good(CLIENTS))
    server.forget()
    check_rows(CLIENTS, server, requests=1)


@pytest.mark.parametrize("status", [100, 102, 103, 199])
def test_interim_responses_are_skipped(status, server):
    def interim_first(connection: Connection, head: bytes, body: bytes) -> bool:
        connection.send(b"HTTP/1.1 %d Wait\r\nLink: </x>\r\n\r\n" % status * 3 + head + body)
        return True

    CLIENTS.start(server, good(CLIENTS, interim_first))
    check_rows(CLIENTS, server, requests=1)


NO_HTTP: dict[str, bytes] = {
    "another protocol": b"220 mail.example ESMTP\r\n",
    "a line without end": b"HTTP/1.1 200 " + b"x" * 100_000,
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200,
    "interim responses without end": INTERIM * 200,
}


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_is_said_to_be_none(sent, server):
    CLIENTS.start(server, good(CLIENTS, lambda connection, head, body: connection.send(sent) or False))
    check_error(CLIENTS, server, "the response is not valid HTTP")


def test_bytes_after_the_announced_length_are_never_read_as_an_answer(server):
    """A made-up answer waits in the surplus, on a connection that is used again."""
    forged, body = reply(CLIENTS.body(CLIENTS.rows(2, first=90))), encoded(CLIENTS.body(CLIENTS.rows(3)))
    CLIENTS.start(server, reply(body + forged.head() + forged.body, length=len(body)))
    for _ in range(2):
        assert CLIENTS.load(refresh=True)["id"].tolist() == CLIENTS.keys(3)


def test_a_body_cut_by_its_announced_length_is_an_error(server):
    body = encoded(CLIENTS.body(CLIENTS.rows(3)))
    CLIENTS.start(server, reply(body, length=len(body) - 5))
    with pytest.raises(pm.errors.UnexpectedResponse, match="malformed JSON: it ends too early"):
        CLIENTS.load()
    assert pm.cache.info().empty


def carried(error: BaseException | None) -> Iterator[Any]:
    """Return all that hangs on an error: its causes and contexts, and what they hold."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or one in seen:
            continue
        seen.append(one)
        waiting += [one.__cause__, one.__context__]
        for held in [one, *one.args, *vars(one).values()]:
            yield held
            yield getattr(held, "__dict__", None)
            for name in ("request", "response"):
                yield getattr(getattr(held, name, None), "__dict__", None)


def check_carries_no_request(error: BaseException) -> None:
    held = list(carried(error))
    foreign = [one for one in held if isinstance(one, BaseException | requests.PreparedRequest | requests.Response)]
    assert [one for one in foreign if not isinstance(one, pm.errors.PmframesError)] == []
    assert secrets_in(repr(held), TOKEN) == []
    assert secrets_in(shown(error), TOKEN) == []
    assert "stamina" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 500])
def test_an_error_of_a_status_carries_no_request(status, server):
    CLIENTS.start(server, reply({"message": "no"}, status, Location="/elsewhere"))
    with pytest.raises(pm.errors.PmframesError) as raised:
        CLIENTS.load()
    check_carries_no_request(raised.value)


@pytest.mark.parametrize("transfer", [transfers.closed_at_once, transfers.half_of_the_body, transfers.no_answer])
def test_an_error_of_a_connection_carries_no_request(transfer, each_service, server, monkeypatch):
    if transfer is transfers.no_answer:
        monkeypatch.setattr(client, "CONNECT_AND_READ_TIMEOUT", (60, 0.2))
    each_service.start(server, good(each_service, transfer))
    with pytest.raises(pm.errors.ServiceError) as raised:
        each_service.load()
    assert (raised.value.__cause__, raised.value.__context__) == (None, None)
    check_carries_no_request(raised.value)


def test_a_server_that_does_not_speak_tls_is_an_error_that_carries_no_request(server):
    pm.connect("outlign", url=server.url("outlign").replace("http:", "https:"), token=TOKEN)
    with pytest.raises(pm.errors.ServiceError, match="no secure connection could be made") as raised:
        CLIENTS.load()
    check_carries_no_request(raised.value)
    assert server.requests == []
