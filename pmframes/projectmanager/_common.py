"""Shared by the loaders of ProjectManager.com: the service and the parser of its envelope."""

from dataclasses import replace
from typing import Any

import msgspec

from pmframes import _messages
from pmframes._http.service import Identity, Service
from pmframes._loading.resource import ParsedPage


class _Caller(msgspec.Struct, rename="camel"):
    full_name: str | None = None
    role_name: str | None = None
    work_space_name: str | None = None


class _Me(msgspec.Struct):
    data: _Caller | None = None


def _whoami(body: bytes) -> str | None:
    caller = msgspec.json.decode(body, type=_Me).data
    if caller is None:
        return None
    name, role = caller.full_name or "somebody without a name", caller.role_name or "unknown role"
    return f"{name}, {role} in {caller.work_space_name or 'a workspace without a name'}"


SERVICE = Service(
    name="projectmanager",
    credential="an API key, which an administrator makes in the account settings",
    identity=Identity("/api/data/me", _whoami),
    url="https://api.projectmanager.com",
    integration_header="x-integration-name",
)


class _Envelope(msgspec.Struct, rename="camel"):
    data: msgspec.Raw = msgspec.Raw()
    success: bool | None = None
    has_error: bool | None = None
    error: Any = None


def parse_page(body: bytes) -> ParsedPage:
    """Parse the envelope; it may report a failure with status 200."""
    envelope = msgspec.json.decode(body, type=_Envelope)
    failed = envelope.success is False or envelope.has_error or (envelope.error and not envelope.success)
    if failed:
        return ParsedPage(b"[]", error=envelope.error or "no reason given")
    if not bytes(envelope.data):
        raise _messages.unexpected_shape(SERVICE.title)
    return ParsedPage(envelope.data)


def parse_single(body: bytes) -> ParsedPage:
    """Parse the envelope with one record."""
    page = parse_page(body)
    return page if page.error is not None else replace(page, rows=b"[" + bytes(page.rows) + b"]")
