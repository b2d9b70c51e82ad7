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


def half_of_the_body(connection: Connection, head: bytes, body: bytes) -> bool:
    connection.send(head + body[: len(body) // 2])
    return False


def head_only(connection: Connection, head: bytes, body: bytes) -> bool:
    connection.send(head)
    return False


def closed_at_once(connection: Connection, head: bytes, body: bytes) -> bool:
    return False


def reset_at_once(connection: Connection, head: bytes, body: bytes) -> bool:
    connection.reset()
    return False


def reset_in_the_body(connection: Connection, head: bytes, body: bytes) -> bool:
    connection.send(head + body[: len(body) // 2])
    connection.wait(0.01)
    connection.reset()
    return False


def no_answer(connection: Connection, head: bytes, body: bytes) -> bool:
    connection.wait()
    return False


def stalled_in_the_head(connection: Connection, head: bytes, body: bytes) -> bool:
    connection.send(head[: len(head) // 2])
    connection.wait()
    return False


def stalled_in_the_body(connection: Connection, head: bytes, body: bytes) -> bool:
    connection.send(head + body[: len(body) // 2])
    connection.wait()
    return False


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
