"""Ids and named records, which all parts of ProjectManager.com have."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from uuid import UUID

from .models import NamedRecord


def draw_uuid(rng: Random) -> str:
    """Draw an id."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def draw_named_records(rng: Random, names: Iterable[str], **flags: bool) -> list[NamedRecord]:
    """Build a record per name, with equal flags."""
    return [NamedRecord(draw_uuid(rng), name, dict(flags)) for name in names]
