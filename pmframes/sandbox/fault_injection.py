"""Applies faults to a request, to its response, and to the transfer of the response."""

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

from ._json import decode, encode
from .active_faults import TriggeredFault
from .fault_spec import Value
from .row_hooks import RowHook, use_row_hooks
from .service import SandboxService, build_json_response

TRANSFER_FAULTS_KEY = "sandbox.transfer_faults"
"""Key of the WSGI environment for the list of faults that ``send_body`` applies."""
DRIP_CHUNKS = 10
_PAGING_KEYS = frozenset({"page", "offset", "$skip"})
_ROW_KEYS = ("people", "projects", "companies", "data")
_NAME_KEYS = ("firstName", "first-name", "name", "title", "id")
_LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def respond(service: SandboxService, request: Request, path: str, triggered: Sequence[TriggeredFault]) -> Response:
    """Respond with faults applied; of two that replace the response, the first one wins."""
    for fault, _ in triggered:
        if fault.kind == "delay":
            time.sleep(float(fault.value or 0))
    request.environ[TRANSFER_FAULTS_KEY] += [each for each in triggered if each.fault.kind in _TRANSFER_FAULTS]
    for fault, _ in triggered:
        if fault.kind in _REPLACEMENTS:
            return _REPLACEMENTS[fault.kind](service, request, fault.value)
    if any(fault.kind == "repeat" for fault, _ in triggered):
        request = _remove_paging(request)
    with use_row_hooks(list(_build_row_hooks(triggered)), _add_up("count", triggered)):
        response = service.respond(request, path)
    if (edited := _add_up("edit", triggered)) and response.status_code == HTTPStatus.OK:
        response.set_data(_repeat_edited(response.get_data(), edited))
    return response


def _add_up(kind: str, triggered: Sequence[TriggeredFault]) -> int:
    """Return the sum of the values of the faults of a kind."""
    return sum(int(fault.value or 0) for fault, _ in triggered if fault.kind == kind)


def _repeat_edited(body: bytes, count: int) -> bytes:
    """Return a page that ends with its first rows once more, under other names; other bodies unchanged."""
    page = decode(body)
    rows = page if isinstance(page, list) else next((page[key] for key in _ROW_KEYS if key in page), None)
    if not isinstance(rows, list):
        return body
    for row in rows[:count]:
        name = next(key for key in _NAME_KEYS if key in row)
        rows.append(row | {name: f"{row[name] or ''} (edited)"})
    return encode(page)


def _build_status(service: SandboxService, request: Request, value: Value) -> Response:
    code, _, retry_after = str(value).partition(":")
    response = _build_error(service, request, int(code))
    if retry_after:
        response.headers["Retry-After"] = retry_after
    return response


def _build_error(service: SandboxService, request: Request, status: int) -> Response:
    if status == HTTPStatus.UNAUTHORIZED:
        return service.build_unauthorized(request)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return service.build_rate_limited()
    return service.build_error(status, HTTPStatus(status).phrase)


def _build_html(service: SandboxService, request: Request, value: Value) -> Response:
    return Response(_LOGIN_PAGE, content_type="text/html; charset=utf-8")


def _build_empty(service: SandboxService, request: Request, value: Value) -> Response:
    return build_json_response(b"")


def _build_redirect(service: SandboxService, request: Request, value: Value) -> Response:
    return redirect(str(value))


def _build_expired(service: SandboxService, request: Request, value: Value) -> Response:
    return service.build_unauthorized(request)


_REPLACEMENTS: dict[str, Callable[[SandboxService, Request, Value], Response]] = {
    "status": _build_status,
    "html": _build_html,
    "empty": _build_empty,
    "redirect": _build_redirect,
    "expire": _build_expired,
}


def _remove_paging(request: Request) -> Request:
    """Return the same request for the first page."""
    pairs = parse_qsl(request.environ["QUERY_STRING"], keep_blank_values=True)
    query = urlencode([(key, value) for key, value in pairs if key not in _PAGING_KEYS])
    return Request(request.environ | {"QUERY_STRING": query})


def _build_row_hooks(triggered: Sequence[TriggeredFault]) -> Iterator[RowHook]:
    for fault, occurrence in triggered:
        if fault.kind in _ROW_FAULTS:
            # Changes add up: before the third request, the rows have changed three times.
            yield _ROW_FAULTS[fault.kind](occurrence * int(fault.value or 0))


def _drift(count: int) -> RowHook:
    def rotate(rows: list[Any]) -> list[Any]:
        start = len(rows) - count % max(len(rows), 1)
        return [*rows[start:], *rows[:start]]

    return rotate


def _lose(count: int) -> RowHook:
    return lambda rows: rows[count:]


_ROW_FAULTS = {"drift": _drift, "lose": _lose}
_TRANSFER_FAULTS = frozenset({"drip", "short", "reset"})


def send_body(connection: socket.socket, body: bytes, triggered: Sequence[TriggeredFault]) -> bool:
    """Send a body with faults applied; return whether the connection stays open."""
    values = {fault.kind: fault.value for fault, _ in triggered}
    is_cut = not values.keys().isdisjoint({"short", "reset"})
    sent = body[: len(body) // 2] if is_cut else body
    if "drip" in values:
        _send_slowly(connection, sent, float(values["drip"] or 0))
    else:
        connection.sendall(sent)
    if "reset" in values:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        # Closed here, before the server can shut the connection down in an orderly way.
        connection.close()
    return not is_cut


def _send_slowly(connection: socket.socket, body: bytes, pause_seconds: float) -> None:
    size = max(1, -(-len(body) // DRIP_CHUNKS))
    for start in range(0, len(body), size):
        if start:
            time.sleep(pause_seconds)
        connection.sendall(body[start : start + size])
