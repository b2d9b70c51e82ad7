"""How an answer travels over its connection: whole, in chunks, slowly, or broken off in any way that a network can.

A transfer sends a head and a body, and returns whether the connection stays open.
"""

import socket
import struct
import threading
from collections.abc import Callable


class Connection:
    """The server's side of one connection."""

    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self._connection = connection
        self._closing = closing

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def send_slowly(self, data: bytes, seconds_per_byte: float) -> None:
        for byte in data:
            if self._closing.is_set():
                return
            self.send(bytes([byte]))
            self.wait(seconds_per_byte)

    def wait(self, seconds: float | None = None) -> None:
        """Wait for some time or, without one, for the end of the test, which ends every wait."""
        self._closing.wait(seconds)

    def reset(self) -> None:
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


Transfer = Callable[[Connection, bytes, bytes], bool]


def whole(connection: Connection, head: bytes, body: bytes) -> bool:
    connection.send(head + body)
    return True


def _broken_off(part: Callable[[bytes, bytes], bytes] | None, *then: Callable[[Connection], None]) -> Transfer:
    """Send a part of an answer, do this, and close the connection."""

    def send(connection: Connection, head: bytes, body: bytes) -> bool:
        if part:
            connection.send(part(head, body))
        for act in then:
            act(connection)
        return False

    return send


def _half(head: bytes, body: bytes) -> bytes:
    return head + body[: len(body) // 2]


half_of_the_body = _broken_off(_half)
head_only = _broken_off(lambda head, body: head)
closed_at_once = _broken_off(None)
reset_at_once = _broken_off(None, Connection.reset)
reset_in_the_body = _broken_off(_half, lambda connection: connection.wait(0.01), Connection.reset)
no_answer = _broken_off(None, Connection.wait)
stalled_in_the_head = _broken_off(lambda head, body: head[: len(head) // 2], Connection.wait)
stalled_in_the_body = _broken_off(_half, Connection.wait)


def slow_head(seconds_per_byte: float) -> Transfer:
    def send(connection: Connection, head: bytes, body: bytes) -> bool:
        connection.send_slowly(head, seconds_per_byte)
        connection.send(body)
        return True

    return send


def slow_body(seconds_per_byte: float) -> Transfer:
    def send(connection: Connection, head: bytes, body: bytes) -> bool:
        connection.send(head)
        connection.send_slowly(body, seconds_per_byte)
        return True

    return send


def chunked(connection: Connection, head: bytes, body: bytes) -> bool:
    middle = len(body) // 2
    for piece in filter(None, (body[:middle], body[middle:])):
        head += b"%x\r\n%b\r\n" % (len(piece), piece)
    connection.send(head + b"0\r\n\r\n")
    return True


def chunked_without_an_end(connection: Connection, head: bytes, body: bytes) -> bool:
    connection.send(head + b"%x\r\n%b\r\n" % (len(body), body))
    return False


def half_of_a_chunk(connection: Connection, head: bytes, body: bytes) -> bool:
    connection.send(head + b"%x\r\n%b" % (len(body), body[: len(body) // 2]))
    return False


CHUNKED = (chunked, chunked_without_an_end, half_of_a_chunk)
