"""JSON from records that were encoded beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

encode = msgspec.json.encode
decode = msgspec.json.decode


def join_list(items: Iterable[bytes]) -> bytes:
    """Make one encoded list of encoded values."""
    return b"[" + b",".join(items) + b"]"


def join_object(members: Mapping[str, bytes]) -> bytes:
    """Make one encoded object of keys with encoded values."""
    return b"{" + b",".join(encode(key) + b":" + value for key, value in members.items()) + b"}"


def pick(record: bytes, names: frozenset[str]) -> bytes:
    """Keep only the named members of an encoded object, in their own order."""
    members = decode(record, type=dict[str, msgspec.Raw])
    return encode({key: value for key, value in members.items() if key in names})
