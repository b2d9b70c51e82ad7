"""JSON assembled from records that were encoded beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

encode = msgspec.json.encode
decode = msgspec.json.decode


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
