"""JSON assembled from records that were encoded beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

encode = msgspec.json.encode
decode = msgspec.json.decode


def decode_body(body: bytes) -> Any:
    """Decode a body that a client sent.

    Raises
    ------
    ValueError
        It is no JSON, whatever is wrong: msgspec raises several kinds of errors, and others in each version.
    """
    try:
        return decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("The body is no JSON.") from error


def join_list(items: Iterable[bytes]) -> bytes:
    """Join encoded values into an encoded list."""
    return b"[" + b",".join(items) + b"]"


def join_object(members: Mapping[str, bytes]) -> bytes:
    """Join keys and encoded values into an encoded object."""
    return b"{" + b",".join(encode(key) + b":" + value for key, value in members.items()) + b"}"


def select_members(record: bytes, names: frozenset[str]) -> bytes:
    """Return an encoded object with the named members only, in their original order."""
    members = decode(record, type=dict[str, msgspec.Raw])
    return encode({key: value for key, value in members.items() if key in names})
