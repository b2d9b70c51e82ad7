"""The timeout for a whole response: sockets of a request that takes too long are shut down, no others."""

import socket
from collections.abc import Iterator

import pytest
from urllib3.connection import HTTPConnection, HTTPSConnection

from pmframes._http import timeouts
from pmframes._http.timeouts import POOL_CLASSES, total_timeout

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two ends of a connection."""
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def watch(end: socket.socket) -> None:
    timeouts._add_to_watch(end)


def read(end: socket.socket) -> None:
    watch(end)
    end.recv(1)


def fail_after_reading(end: socket.socket) -> None:
    watch(end)
    raise ValueError(f"{end.recv(1)!r} is incomplete")


@pytest.mark.parametrize("use", [read, fail_after_reading])
def test_a_read_that_takes_too_long_ends(use, pair: Pair, monkeypatch) -> None:
    monkeypatch.setattr(timeouts, "TOTAL_TIMEOUT", 0.05)
    with pytest.raises(TimeoutError) as raised, total_timeout():
        use(pair[0])
    assert raised.value.__cause__ is None


def test_other_errors_are_raised_as_they_are(pair: Pair) -> None:
    pair[1].sendall(b"x")
    with pytest.raises(ValueError, match="b'x' is incomplete"), total_timeout():
        fail_after_reading(pair[0])


def test_a_socket_is_left_alone_once_its_request_is_over(pair: Pair) -> None:
    with total_timeout():
        watch(pair[0])
        over = timeouts._watch.get()
    over.expire()
    assert not over.is_expired
    pair[1].sendall(b"x")
    assert pair[0].recv(1) == b"x"


def test_handles_are_closed_with_the_request(pair: Pair) -> None:
    with total_timeout():
        watch(pair[0])
        [handle] = timeouts._watch.get()._handles
    assert handle.fileno() == -1


@pytest.mark.parametrize(("scheme", "kind"), [("http", HTTPConnection), ("https", HTTPSConnection)])
def test_connections_of_both_schemes_are_watched_and_print_nothing(scheme: str, kind: type, monkeypatch) -> None:
    """The debug level of ``http.client`` prints headers, with the credential."""
    monkeypatch.setattr("http.client.HTTPConnection.debuglevel", 1)
    connection = POOL_CLASSES[scheme].ConnectionCls
    assert issubclass(connection, kind)
    assert connection.request is POOL_CLASSES["http"].ConnectionCls.request is not HTTPConnection.request
    assert connection("127.0.0.1").debuglevel == 0
