"""Every public loader, found by its name, and short ways to connect and to compare."""

import hashlib
from collections.abc import Callable
from typing import Any

import pandas as pd

import pmframes as pm

from .front import SERVICES, Front

TOKEN = "tok-5f0e77+OURS/=~"
OTHER = "tok-a41b09-THEIRS"

# A loader that cannot be called without an argument has a row here.
NEEDED: dict[str, tuple[Any, ...]] = {"outlign.client": (1201,), "teamwork.permissions": (480101,)}


def _loader(service: str, name: str) -> Callable[..., pd.DataFrame]:
    return lambda **options: getattr(getattr(pm, service), name)(*NEEDED.get(f"{service}.{name}", ()), **options)


LOADERS = {
    f"{service}.{name}": _loader(service, name)
    for service in SERVICES
    for name in getattr(pm, service).__all__
    if callable(getattr(getattr(pm, service), name))
}
ONE_EACH = {
    "teamwork": LOADERS["teamwork.people"],
    "projectmanager": LOADERS["projectmanager.customers"],
    "outlign": LOADERS["outlign.clients"],
    "spirii": LOADERS["spirii.customers"],
}


def connect(front: Front, service: str, token: Any = TOKEN, **options: Any) -> None:
    """Connect without the wait that a service's documented rate would mean."""
    options = {"requests_per_minute": 100_000} | options
    pm.connect(service, url=front.url(service), token=token, **options)


def connect_all(front: Front, token: Any = TOKEN, **options: Any) -> None:
    for service in SERVICES:
        connect(front, service, token, **options)


def about(frame: pd.DataFrame) -> dict[str, Any]:
    return frame.attrs["pmframes"]


def digest(frame: pd.DataFrame) -> str:
    """Return the same text for the same rows, in any process."""
    return hashlib.sha256(frame.to_csv().encode()).hexdigest()
