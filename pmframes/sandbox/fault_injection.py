"""How a fault shows: in what is asked, in what is answered, and in how the answer is sent."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from .fault_hooks import Rearrangement, rearranging
from .faults import Strike, Value
from .service import Service, json_response

SENDING = "sandbox.sending"
"""The key of the WSGI environment under which the handler puts a list for what befalls the sending."""
PIECES = 10
"""Into so many a body is cut that drips."""
_PLACES = frozenset({"page", "offset", "$skip"})
"""The keys by which one asks for another page than the first."""
_LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def respond(service: Service, request: Request, path: str, strikes: Sequence[Strike]) -> Response:
    """Answer a request that faults befall; of two that replace the answer, the earlier counts."""
    for strike in strikes:
        if strike.fault.kind == "delay":
            time.sleep(float(strike.fault.value or 0))
    request.environ[SENDING] += [strike for strike in strikes if strike.fault.kind in _SENDINGS]
    for strike in strikes:
        if strike.fault.kind in _REPLACEMENTS:
            return _REPLACEMENTS[strike.fault.kind](service, request, strike.fault.value)
    with rearranging(list(_rearrangements(strikes))):
        return service.respond(_disturb(request, strikes), path)


def _status(service: Service, request: Request, value: Value) -> Response:
    code, _, wait = str(value).partition(":")
    response = _error(service, request, int(code))
    if wait:
        response.headers["Retry-After"] = wait
    return response


def _error(service: Service, request: Request, status: int) -> Response:
    if status == HTTPStatus.UNAUTHORIZED:
        return service.unauthorized(request)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return service.too_many()
    return service.error(status, HTTPStatus(status).phrase)


def _html(service: Service, request: Request, value: Value) -> Response:
    return Response(_LOGIN_PAGE, content_type="text/html; charset=utf-8")


def _empty(service: Service, request: Request, value: Value) -> Response:
    return json_response(b"")


def _redirect(service: Service, request: Request, value: Value) -> Response:
    return redirect(str(value))


def _expire(service: Service, request: Request, value: Value) -> Response:
    return service.unauthorized(request)


_REPLACEMENTS: dict[str, Callable[[Service, Request, Value], Response]] = {
    "status": _status,
    "html": _html,
    "empty": _empty,
    "redirect": _redirect,
    "expire": _expire,
}


def _disturb(request: Request, strikes: Sequence[Strike]) -> Request:
    """Make the request one for the first page where that is what comes."""
    if not any(strike.fault.kind == "repeat" for strike in strikes):
        return request
    pairs = parse_qsl(request.environ["QUERY_STRING"], keep_blank_values=True)
    query = urlencode([pair for pair in pairs if pair[0] not in _PLACES])
    return Request(request.environ | {"QUERY_STRING": query})


def _rearrangements(strikes: Sequence[Strike]) -> Iterator[Rearrangement]:
    for fault, turn in strikes:
        if fault.kind in _CHANGES:
            yield _CHANGES[fault.kind](turn * int(fault.value or 0))


def _drift(rows: int) -> Rearrangement:
    def turn(found: list[Any]) -> list[Any]:
        start = len(found) - rows % max(len(found), 1)
        return [*found[start:], *found[:start]]

    return turn


def _lose(rows: int) -> Rearrangement:
    return lambda found: found[rows:]


_CHANGES = {"drift": _drift, "lose": _lose}
_SENDINGS = frozenset({"drip", "short", "reset"})


def send(connection: socket.socket, body: bytes, strikes: Sequence[Strike]) -> bool:
    """Send a body as the faults have it; tell whether the connection stays open."""
    values = {strike.fault.kind: strike.fault.value for strike in strikes}
    ends = not values.keys().isdisjoint({"short", "reset"})
    sent = body[: len(body) // 2] if ends else body
    if "drip" in values:
        _drip(connection, sent, float(values["drip"] or 0))
    else:
        connection.sendall(sent)
    if "reset" in values:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        # Before the server can say goodbye in an orderly way.
        connection.close()
    return not ends


def _drip(connection: socket.socket, body: bytes, pause: float) -> None:
    size = max(1, -(-len(body) // PIECES))
    for start in range(0, len(body), size):
        if start:
            time.sleep(pause)
        connection.sendall(body[start : start + size])
