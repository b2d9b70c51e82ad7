"""Every public loader, found by its name in the package, and short ways to connect and to compare.

``cases`` has more of each loader; this table cannot miss one that is new.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import pandas as pd

import pmframes as pm

from .server import SERVICES, FakeServer

TOKEN = "tok-5f0e77+OURS/=~"
OTHER = "tok-a41b09-THEIRS"

# A loader that cannot be called without an argument has a row here.
NEEDED: dict[str, tuple[Any, ...]] = {"outlign.client": (1201,), "teamwork.permissions": (480101,)}


def _loader(service: str, name: str) -> Callable[..., pd.DataFrame]:
    return lambda **options: getattr(getattr(pm, service), name)(*NEEDED.get(f"{service}.{name}", ()), **options)


WRITES = ("create_", "update_", "delete_")
LOADERS = {
    f"{service}.{name}": _loader(service, name)
    for service in SERVICES
    for name in getattr(pm, service).__all__
    if callable(getattr(getattr(pm, service), name)) and not name.startswith(WRITES)
}
ONE_EACH = {
    "teamwork": LOADERS["teamwork.people"], "projectmanager": LOADERS["projectmanager.customers"],
    "outlign": LOADERS["outlign.clients"], "spirii": LOADERS["spirii.customers"],
}  # fmt: skip


def connect(server: FakeServer, service: str, token: Any = TOKEN, **options: Any) -> None:
    """Connect without the wait that a service's documented rate would mean."""
    options = {"requests_per_minute": 100_000} | options
    pm.connect(service, url=server.url(service), token=token, **options)


def connect_all(server: FakeServer, token: Any = TOKEN, **options: Any) -> None:
    for service in SERVICES:
        connect(server, service, token, **options)


def provenance(frame: pd.DataFrame) -> dict[str, Any]:
    return frame.attrs["pmframes"]


def digest(frame: pd.DataFrame) -> str:
    """Return the same text for the same rows, in any process."""
    return hashlib.sha256(frame.to_csv().encode()).hexdigest()


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows as plain Python: None where missing, ISO text for a time."""
    return [{name: _plain(frame[name].iloc[at]) for name in frame} for at in range(len(frame))]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return value
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value
