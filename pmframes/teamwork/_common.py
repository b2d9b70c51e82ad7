"""Shared by the loaders of Teamwork.com: the site, the parser of its pages, the argument ``projects``."""

import re
from collections.abc import Iterable
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import msgspec
import pandas as pd

from pmframes import _validation
from pmframes._http.pagination import PREFETCH_DEPTH, PageNumber
from pmframes._http.service import Identity, Service, looks_like_key, normalize_url
from pmframes._loading.resource import Parse, ParsedPage
from pmframes.errors import InvalidArgument

API = "/projects/api/v3"
Projects: TypeAlias = int | Iterable[int] | pd.DataFrame
# The service does not page past 50,000 rows of a list.
PAGING = PageNumber(
    "page",
    "pageSize",
    size=500,
    prefetch_depth=PREFETCH_DEPTH,
    max_pages=100,
    narrowing_hint="less at a time: by project, by company_ids, or only what changed since, by updated_after",
)


def _normalize_site_url(url: str, name: str) -> str | InvalidArgument:
    """Return the base URL of a site, from its name or whatever page of it was pasted."""
    site = re.fullmatch(r"(?:https://)?([a-z0-9-]+)/*", url, re.IGNORECASE)
    if site and not looks_like_key(site[1]) and site[1].lower() not in ("http", "https", "localhost"):
        url = f"https://{site[1]}.teamwork.com"
    address = normalize_url(url, name)
    if isinstance(address, str) and (host := urlsplit(address).hostname or "").endswith(".teamwork.com"):
        return f"https://{host}"
    return address


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
    example_url="https://acme.teamwork.com",
    credential="an API key (your profile: Edit my details, API & Mobile)",
    identity=Identity("/projects/api/v3/me.json", _whoami),
    normalize_url=_normalize_site_url,
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


def build_parser(kind: str) -> Parse:
    """Build the parser of the pages of a list; ``kind`` is the key that holds the rows."""
    fields: list[Any] = [
        (kind, msgspec.Raw),
        ("meta", _Meta | None, None),
        ("included", _Included | list[Any] | None, None),
    ]
    return partial(_parse_page, msgspec.json.Decoder(msgspec.defstruct("Envelope", fields)), kind)


def _parse_page(decoder: Any, kind: str, body: bytes) -> ParsedPage:
    """Parse a page; ``count`` may be outdated, or count only the rows up to this page."""
    envelope = decoder.decode(body)
    page = envelope.meta.page if envelope.meta else None
    has_more, count = (page.has_more, page.count) if page else (None, None)
    rows = getattr(envelope, kind)
    rows = b"[]" if bytes(rows).strip() == b"null" else rows
    total = count if isinstance(count, int) else None
    return ParsedPage(rows, has_more, total, included=_parse_included(envelope.included))


def _parse_included(sent: Any) -> dict[str, dict[str, dict[str, Any]]]:
    by_kind = {kind: getattr(sent, kind, None) for kind in ("companies", "teams")}
    included = {
        kind: {key: {"name": named.name} for key, named in objects.items()}
        for kind, objects in by_kind.items()
        if isinstance(objects, dict)
    }
    permissions = getattr(sent, "permissions", None)
    if isinstance(permissions, dict):
        included["permissions"] = {key: {"flags": flags} for key, flags in permissions.items()}
    return included


_PROJECT_IDS = "ids such as 12345; pm.teamwork.projects() lists them"
parse_project_ids = partial(_validation.parse_ids, wanted=_PROJECT_IDS)
parse_company_ids = partial(_validation.parse_ids, wanted="ids such as 12345; pm.teamwork.companies() lists them")


def apply_everyone(everyone: bool, arguments: dict[str, Any]) -> dict[str, Any]:
    """Include whom the service leaves out by default, unless an argument of their own says otherwise."""
    _validation.parse_bool("everyone", everyone)
    names = ("show_deleted", "include_service_accounts", "include_placeholders")
    defaults = {name: True for name in names if everyone and arguments[name] is None}
    return arguments | defaults
