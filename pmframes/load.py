"""The one way from a call to a frame: all pages of one age, from store or network; every row or an error."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Literal, TypeVar, get_args

import msgspec
import pandas as pd
from requests import Response
from tqdm.auto import tqdm

from pmframes import __version__, accounts, arguments, errors
from pmframes.accounts import Connection, Service
from pmframes.arguments import Query
from pmframes.frames import provenance
from pmframes.frames.build import Rows, build
from pmframes.frames.columns import Record
from pmframes.frames.wire import Wire, wire_of
from pmframes.http.cache import Load
from pmframes.http.paging import Page, Paging, walk

T = TypeVar("T")
Columns = Literal["declared", "all"]
Params = Mapping[str, str | int | bool | list[str]] | None
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEVER_PARAMS = frozenset({"page", "page_size", "per_page", "limit", "offset", "skipcounts", "pagesize"})


@dataclass(frozen=True)
class Answer:
    """What a service module reads off one answer.

    The rows are still JSON; ``more``, ``total`` and ``size`` are what the service says of its pages, None
    where it says nothing; ``included`` are the objects that came beside the rows, by kind and id.
    """

    rows: bytes | msgspec.Raw
    more: bool | None = None
    total: int | None = None
    size: int | None = None
    included: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Resource:
    """A list that a service offers: where it is, how it pages, and what its rows are.

    ``always`` are query keys that every request has; ``or_else`` replaces some of them where the service
    refuses them. ``clean`` is applied to a body before anything else sees it.
    """

    service: Service
    name: str
    record: type[Record]
    path: str
    paging: Paging
    read: Callable[[bytes], Answer]
    always: Query = field(default_factory=dict)
    or_else: Query = field(default_factory=dict)
    free_text: frozenset[str] = frozenset()
    lifetime: timedelta = HOUR
    clean: Callable[[bytes], bytes] | None = None
    stored: bool = True

    @property
    def title(self) -> str:
        """Service and resource, for people."""
        return f"{self.service.title} {self.name}"


@dataclass(frozen=True)
class Options:
    """What every loader takes besides its own arguments."""

    refresh: bool = False
    progress: bool | None = None
    params: Params = None
    columns: Columns = "declared"

    def __post_init__(self) -> None:
        arguments.flag("refresh", self.refresh)
        arguments.flag("progress", self.progress)
        if arguments.one_of("columns", self.columns, get_args(Columns)) is None:
            raise errors.not_one_of("columns", None, get_args(Columns))
        if self.params is not None and not isinstance(self.params, Mapping):
            raise errors.wrong_kind("params", self.params, "a dict of query keys and their values")


@dataclass(frozen=True)
class Part:
    """One list among those that make up a load, such as the people of one project."""

    path: str
    asked_for: str
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class _Came:
    rows: list[Any] = field(default_factory=list)
    included: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    responses: list[Response] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    fetched_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    cached: bool = False

    @property
    def fictional(self) -> bool:
        return any(response.headers.get("X-Fictional-Data") == "yes" for response in self.responses)


def load(
    resource: Resource,
    query: Query,
    options: Options,
    *,
    parts: Sequence[Part] | None = None,
    shown: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Load all rows of a resource.

    Parameters
    ----------
    resource : Resource
        What to load.
    query : Query
        The query keys that the user's arguments became.
    options : Options
        What every loader takes.
    parts : sequence of Part, optional
        The lists that make up the load, where there is not just the resource's own.
    shown : mapping, optional
        Further parameters for the provenance.
    """
    asked = query | _extra(resource, query, options.params)
    connection = accounts.current(resource.service)
    lists = [Part(resource.path, resource.title)] if parts is None else parts
    came = [_part(resource, connection, part, resource.always | asked, options) for part in lists]
    rows = _together(resource, came, lists, options.columns)
    frame = build(resource.record, rows, resource.title)
    frame.attrs[provenance.KEY] = _stamp(
        resource, came, len(frame), {**(shown or {}), **_shown(resource, asked, query)}
    )
    return frame


def _extra(resource: Resource, query: Query, params: Params) -> Query:
    paging = {name.lower() for name in resource.paging.query(0, 0)} | NEVER_PARAMS
    extra: Query = {}
    for key, value in (params or {}).items():
        if not isinstance(key, str) or key.lower() in paging:
            raise errors.paging_is_ours(key)
        if key in query or key in resource.always:
            raise errors.param_twice(key)
        values = value if isinstance(value, list) else [value]
        texts = [str(one).lower() if isinstance(one, bool) else str(one) for one in values]
        extra[key] = texts if isinstance(value, list) else texts[0]
    return extra


def _part(resource: Resource, connection: Connection, part: Part, query: Query, options: Options) -> _Came:
    key = _key(resource, part, query)
    if resource.stored and not options.refresh and (found := connection.store.read(key)):
        try:
            return _read(
                resource,
                part,
                query,
                _stored(found),
                options,
                _Came(fetched_at=found.fetched_at, cached=True),
            )
        except (IndexError, errors.PmframesError):
            pass  # it is not whole, or of an earlier kind: as good as not there

    def ask(number: int, full: Query) -> Response:
        response = connection.client.get(part.path, full, part.asked_for)
        # What is not declared is skipped when it is decoded, so it would never be noticed there.
        _readable(lambda: response.content.decode(), resource, response)
        if (clean := resource.clean) is not None:
            response._content = _readable(lambda: clean(response.content), resource, response)
        return response

    try:
        came = _read(resource, part, query, ask, options, _Came())
    except errors.ServiceError as refused:
        if refused.status != 400 or not resource.or_else:
            raise
        came = _read(resource, part, query | resource.or_else, ask, options, _Came())
    if resource.stored:
        connection.store.write(key, came.responses, came.counts, resource.lifetime)
    return came


def _stored(found: Load) -> Callable[[int, Query], Response]:
    return lambda number, query: found.pages[number]


def _key(resource: Resource, part: Part, query: Query) -> str:
    full = {**query, **resource.paging.query(0, 0)}
    text = msgspec.json.encode([part.path, sorted(full.items())])
    return f"{resource.name}:{blake2b(text, digest_size=16).hexdigest()}"


def _read(
    resource: Resource,
    part: Part,
    query: Query,
    fetch: Callable[[int, Query], Response],
    options: Options,
    came: _Came,
) -> _Came:
    wire = wire_of(resource.record)

    def turn(number: int, paging: dict[str, str]) -> Page:
        response = fetch(number, {**query, **paging})
        page = _readable(lambda: _page(resource, wire, response, options, came), resource, response)
        came.responses.append(response)
        return page

    with _bar(resource, options.progress) as bar:
        for so_far in walk(resource.paging, turn, part.asked_for):
            new = len(so_far.rows) - len(came.rows)
            came.rows += so_far.rows[len(came.rows) :]
            came.counts.append(new)
            bar.update(new)
    return came


def _page(resource: Resource, wire: Wire, response: Response, options: Options, came: _Came) -> Page:
    answer = resource.read(response.content)
    body = b"[]" if bytes(answer.rows).strip() == b"null" else answer.rows
    rows = wire.rows(body, resource.title)
    keys = wire.values(rows, "id")
    for kind, objects in answer.included.items():
        came.included.setdefault(kind, {}).update(objects)
    if options.columns == "all":
        rows = list(zip(rows, wire.undeclared(body), strict=True))
    return Page(rows, keys, answer.more, answer.total, answer.size)


def _readable(read: Callable[[], T], resource: Resource, response: Response) -> T:
    try:
        return read()
    except msgspec.ValidationError:
        raise errors.unexpected_shape(resource.title) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        raise errors.not_json(resource.service.title, kind, len(response.content)) from None


def _together(resource: Resource, came: Iterable[_Came], parts: Sequence[Part], columns: Columns) -> Rows:
    together = Rows([], beyond=[] if columns == "all" else None)
    for one, part in zip(came, parts, strict=True):
        typed, beyond = zip(*one.rows, strict=True) if columns == "all" and one.rows else (one.rows, ())
        together.add(typed, one.included, part.given, beyond)
    return together


def _bar(resource: Resource, progress: bool | None) -> Any:
    on = _is_watched() if progress is None else progress
    return tqdm(desc=resource.title, unit=" rows", delay=1, leave=False, disable=not on)


def _is_watched() -> bool:
    return sys.stderr.isatty() or "ipykernel" in sys.modules


def _shown(resource: Resource, asked: Query, declared: Query) -> dict[str, Any]:
    hidden = resource.free_text | (set(asked) - set(declared))
    return {key: "…" if key in hidden else value for key, value in asked.items()}


def _stamp(resource: Resource, came: Sequence[_Came], rows: int, params: dict[str, Any]) -> dict[str, Any]:
    oldest = min((one.fetched_at for one in came), default=datetime.now(UTC))
    return {
        "service": resource.service.name,
        "resource": resource.name,
        "params": params,
        "fetched_at": oldest.isoformat(timespec="seconds"),
        "cached": bool(came) and all(one.cached for one in came),
        "requests": sum(len(one.responses) for one in came if not one.cached),
        "rows": rows,
        "complete": True,
        "fictional": any(one.fictional for one in came),
        "version": __version__,
    }
