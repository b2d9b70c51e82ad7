"""What all lists of Teamwork.com have in common: the site, the answers, the projects that are meant."""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import msgspec
import pandas as pd

from pmframes import _messages, _validation
from pmframes._connections import Identity, Service, normalize_url
from pmframes._http.client import is_loopback
from pmframes._http.pagination import PREFETCH_DEPTH, PageNumber
from pmframes._loading.resource import Answer

API = "/projects/api/v3"
# Past 50,000 records of one list the service answers no more.
PAGING = PageNumber(
    "page",
    "pageSize",
    size=500,
    prefetch_depth=PREFETCH_DEPTH,
    max_pages=100,
    narrowing_hint="less at a time: by project, by company_ids, or only what changed since, by updated_after",
)


def _site_url(url: str, name: str) -> str:
    """Turn every form of a site that people paste into its base URL."""
    tidied = normalize_url(url, name)
    scheme, _, rest = tidied.partition("://")
    host, _, _ = rest.partition("/")
    host_name = host.partition(":")[0]
    if re.fullmatch(r"[a-z0-9-]+", host) and not is_loopback(host):
        return f"{scheme}://{host}.teamwork.com"
    return f"{scheme}://{host_name}" if host_name.endswith(".teamwork.com") else tidied


class _Caller(msgspec.Struct, rename="camel"):
    first_name: str | None = None
    last_name: str | None = None
    is_admin: bool | None = None


class _Me(msgspec.Struct):
    person: _Caller


def _whoami(body: bytes) -> str:
    caller = msgspec.json.decode(body, type=_Me).person
    name = " ".join(filter(None, (caller.first_name, caller.last_name))) or "somebody without a name"
    return f"{name}, site administrator" if caller.is_admin else name


SERVICE = Service(
    name="teamwork",
    title="Teamwork.com",
    example="https://acme.teamwork.com",
    credential="an API key (your profile: Edit my details, API & Mobile)",
    identity=Identity("/projects/api/v3/me.json", _whoami),
    normalize_url=_site_url,
    auth="basic",
    requests_per_minute=150,
)


class _Page(msgspec.Struct, rename="camel"):
    has_more: bool | None = None
    count: Any = None


class _Meta(msgspec.Struct):
    page: _Page | None = None


class _Named(msgspec.Struct):
    name: str | None = None


# An empty object is at times sent as an empty list.
_Objects = dict[str, _Named] | list[Any] | None
_FlagSets = dict[str, dict[str, Any] | None] | list[Any] | None


class _Included(msgspec.Struct):
    companies: _Objects = None
    teams: _Objects = None
    permissions: _FlagSets = msgspec.field(default=None, name="ProjectPermissions")


def reader(kind: str) -> Callable[[bytes], Answer]:
    """Make the function that reads the answers of a list; ``kind`` is the key that its rows stand under."""
    fields: list[Any] = [
        (kind, msgspec.Raw),
        ("meta", _Meta | None, None),
        ("included", _Included | list[Any] | None, None),
    ]
    return partial(_read, msgspec.json.Decoder(msgspec.defstruct("Envelope", fields)), kind)


def _read(envelopes: Any, kind: str, body: bytes) -> Answer:
    """Read the rows and whether there is more; ``count`` may be out of date, or count only so far."""
    envelope = envelopes.decode(body)
    page = envelope.meta.page if envelope.meta else None
    more, count = (page.has_more, page.count) if page else (None, None)
    rows = getattr(envelope, kind)
    rows = b"[]" if bytes(rows).strip() == b"null" else rows
    total = count if isinstance(count, int) else None
    return Answer(rows, more, total, included=_included(envelope.included))


def _included(sent: Any) -> dict[str, dict[str, dict[str, Any]]]:
    names = {kind: getattr(sent, kind, None) for kind in ("companies", "teams")}
    found = {
        kind: {key: {"name": one.name} for key, one in objects.items()}
        for kind, objects in names.items()
        if isinstance(objects, dict)
    }
    permissions = getattr(sent, "permissions", None)
    if isinstance(permissions, dict):
        found["permissions"] = {key: {"flags": flags} for key, flags in permissions.items()}
    return found


def projects_meant(projects: Any) -> dict[int, str | None]:
    """Read which projects are meant, with their names where they are known."""
    if not isinstance(projects, pd.DataFrame):
        return dict.fromkeys(_validation.whole_numbers("projects", projects))
    prefix = "project_" if "project_id" in projects else ""
    if f"{prefix}id" not in projects:
        raise _messages.missing_columns("projects", ["id"], "pm.teamwork.projects()")
    names: Iterable[Any] = projects.get(f"{prefix}name", [None] * len(projects))
    numbers = [_validation.whole_number("projects", number) for number in projects[f"{prefix}id"]]
    return {number: None if pd.isna(name) else str(name) for number, name in zip(numbers, names, strict=True)}
