"""The one way from a call to a frame: all pages of one age, from store or network; every row or an error."""

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, cast

import msgspec
import numpy as np
import pandas as pd
from requests import Response
from tqdm.auto import tqdm

from pmframes import _connections, _messages, _validation, errors
from pmframes._connections import Connection
from pmframes._frames import provenance
from pmframes._frames.builder import Builder, Included
from pmframes._http.client import PageRequest, sensitive_values
from pmframes._http.offline import is_offline
from pmframes._http.pagination import PREFETCH_DEPTH, Page, PageProgress, iterate_pages
from pmframes._http.prefetch import FetchPage, Prefetcher, RequestScope
from pmframes._http.store import CachedLoad, StoreUnreadable
from pmframes._loading.resource import Answer, Finish, Options, Params, Part, Resource
from pmframes._types import Frame
from pmframes._validation import Query
from pmframes._version import __version__

LONGEST_TOLD = 200
NEVER_PARAMS = frozenset({"page", "page_size", "per_page", "limit", "offset", "skipcounts", "pagesize"})
_rehearsing = ContextVar("_rehearsing", default=False)


@contextmanager
def rehearsal() -> Iterator[None]:
    """Ask for nothing within a ``with`` block: loads give their frames as they would be, without rows.

    What their arguments, and frames that are to go with them, would make impossible is thus told beforehand.
    """
    token = _rehearsing.set(True)
    try:
        yield
    finally:
        _rehearsing.reset(token)


def load(
    resource: Resource,
    query: Query,
    options: Options,
    *,
    parts: Sequence[Part] | None = None,
    shown: Mapping[str, Any] | None = None,
    finish: Finish | None = None,
) -> Frame:
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
    finish : function, optional
        What makes the frame that is wanted out of the one that was built, or refuses it; only what it lets
        pass is stored.
    """
    extra = _extra(resource, query, options.params)
    asked = query | extra
    lists = [Part(resource.path, resource.title)] if parts is None else parts
    hidden = resource.free_text | set(extra)
    params = {**(shown or {}), **{key: "…" if key in hidden else value for key, value in asked.items()}}
    connection = _connections.get(resource.service)
    call = _Call(resource, connection, lists, asked, options, hidden, params, finish)
    try:
        came = call.answered()
        stamp = _stamp(resource, came, len(came.frame), params)
        if connection.is_named and not came.is_fictional:
            stamp["account"] = connection.account
        came.frame.attrs[provenance.KEY] = stamp
        for message in came.warnings:
            warnings.warn(message, stacklevel=3)
        return cast("Frame", came.frame)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_messages.stopped(resource.title)) from None


def _extra(resource: Resource, query: Query, params: Params) -> Query:
    paging = {name.lower() for name in resource.paging.query(0, 0)} | NEVER_PARAMS
    extra: Query = {}
    for key, value in (params or {}).items():
        if not isinstance(key, str) or key.lower() in paging:
            raise _messages.paging_is_ours(key)
        if key in query or key in resource.always:
            raise _messages.param_twice(key)
        if isinstance(value, list | tuple) and value:
            extra[key] = [_text(key, one) for one in value]
        else:
            extra[key] = _text(key, value)
    return extra


def _text(key: str, value: Any) -> str:
    if not (_validation.is_sendable(value) if isinstance(value, str) else _is_number(value)):
        raise _messages.wrong_kind(
            f"params[{key!r}]", value, "a text, a number, True or False, or a list of them"
        )
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_number(value: Any) -> bool:
    size: Any = abs(value) if isinstance(value, int | float | np.number) else None
    return size is not None and bool(size < 2**63)


@dataclass(frozen=True)
class _Place:
    """Where a page is asked for: in which part of the load, and by which paging keys."""

    part: int
    paging: tuple[tuple[str, str], ...]


Fetch = Callable[[_Place, list[_Place]], Response]


class _Reading:
    """All pages of a load, read once from one source.

    ``doubt`` is the error for rows that may not be all, though the service's pages ended as they should.
    """

    def __init__(
        self,
        call: "_Call",
        fetch: Fetch,
        *,
        stored: CachedLoad | None = None,
        scope: RequestScope | None = None,
    ) -> None:
        self.cached = stored is not None
        self.fetched_at = stored.fetched_at if stored else datetime.now(UTC)
        everything = call.options.columns == "all"
        self.builder = Builder(call.resource.record, call.resource.title, keep_extra=everything)
        self.responses: list[Response] = []
        self.counts: list[int] = []
        self.keys: list[set[Any]] = []
        self.repeated = 0
        self.warnings: list[str] = []
        self.doubt: errors.IncompleteLoad | None = None
        self._stored = stored
        self._scope = scope
        self._call = call
        self._fetch = fetch

    @property
    def requests(self) -> int:
        return 0 if self._scope is None else self._scope.count

    @property
    def is_fictional(self) -> bool:
        return any(response.headers.get("X-Fictional-Data") == "yes" for response in self.responses)

    def read(self) -> "_Reading":
        title = self._call.resource.title
        with _bar(title, self._call.options.progress) as bar:
            for number, part in enumerate(self._call.parts):
                self._read_part(number, part, bar)
        self.frame = self.builder.build()
        if self._call.finish is not None:
            self.frame = self._call.finish(self.frame, self)
        return self

    @property
    def included(self) -> Included:
        return self.builder.included

    def also(self, resource: Resource, query: Query) -> pd.DataFrame:
        parts = [Part(resource.path, resource.title)]
        private = resource.free_text
        call = replace(self._call, resource=resource, parts=parts, query=query, private=private, finish=None)
        if self._stored is not None:
            try:
                return _Reading(call, self._fetch, stored=self._stored).read().frame
            except IndexError:
                raise _messages.was_not_there(resource.title) from None
        with Prefetcher(call.ask_with(resource.always), self.requests) as ahead:
            self._scope = ahead.scope
            other = _Reading(call, ahead.get, scope=ahead.scope).read()
        self.responses += other.responses
        self.counts += [0] * len(other.counts)
        self.keys += other.keys
        self.doubt = self.doubt or other.doubt
        return other.frame

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    def _read_part(self, number: int, part: Part, bar: Any) -> None:
        def fetch_page(query: dict[str, str], upcoming: list[dict[str, str]]) -> Page:
            place, *places = [_Place(number, tuple(one.items())) for one in (query, *upcoming)]
            response = self._fetch(place, places or self._first_places(number))
            self.responses.append(response)
            read = part.read or self._call.resource.read
            return self._call.resource.readable(lambda: self._page(response, read), response)

        progress = PageProgress()
        for progress in iterate_pages(self._call.resource.paging, fetch_page, part.asked_for):
            self.counts.append(len(progress.new))
            bar.update(len(progress.new))
            self.builder.add(progress.new, part.given)
        self.keys.append(progress.keys)
        self.repeated += progress.received - progress.rows
        if progress.inconsistency is not None:
            self.doubt = _messages.incomplete(
                part.asked_for, progress.pages, progress.rows, progress.inconsistency
            )

    def _first_places(self, number: int) -> list[_Place]:
        """Give the first places of the parts to come."""
        first = tuple(self._call.resource.paging.query(0, 0).items())
        end = min(number + 1 + PREFETCH_DEPTH, len(self._call.parts))
        return [_Place(after, first) for after in range(number + 1, end)]

    def _page(self, response: Response, read: Callable[[bytes], Answer]) -> Page:
        resource, client = self._call.resource, self._call.connection.client
        answer = read(response.content)
        if answer.refusal is not None:
            typed = sensitive_values(self._call.query, self._call.private)
            raise _messages.refused(resource.service.title, client.clean_error(answer.refusal, typed))
        rows = self.builder.decode(answer.rows)
        self.builder.include(answer.included)
        return Page(rows, self.builder.keys(rows, resource.key), answer.more, answer.total, answer.size)


@dataclass(frozen=True)
class _Call:
    """One call of a loader: what is asked of whom, and the two places an answer can come from."""

    resource: Resource
    connection: Connection
    parts: Sequence[Part]
    query: Query
    options: Options
    private: Set[str]
    params: Mapping[str, Any]
    finish: Finish | None = None

    def answered(self) -> _Reading:
        """Read what is stored, else ask the service."""
        if _rehearsing.get():
            return replace(self, parts=[])._asked()
        if not is_offline():
            try:
                return self._from_store() or self._from_service()
            except StoreUnreadable:
                return self._from_service(store=False)
        if self.resource.never_stored:
            raise _messages.offline_never_stored(self.resource.title, self.resource.never_stored)
        if self.options.refresh:
            raise _messages.offline_refresh(self.resource.title)
        try:
            found = self._from_store()
        except StoreUnreadable:
            found = None
        if found is None:
            raise _messages.offline_miss(self.resource.title)
        found.warn(_messages.offline_age(self.resource.title, found.fetched_at))
        return found

    def _from_store(self) -> _Reading | None:
        """Read what is stored, all of it; None where that cannot be done, or is not wanted."""
        if self.resource.never_stored or self.options.refresh:
            return None
        found = self.connection.store.read(self._key, at_any_age=is_offline())
        if found is None:
            return None
        pages = list(found.pages)
        try:
            return _Reading(self, lambda place, upcoming: pages.pop(0), stored=found).read()
        except (IndexError, errors.PmframesError):
            return None  # it is not whole, or of an earlier kind: as good as not there

    def _from_service(self, *, store: bool = True) -> _Reading:
        """Ask the service, and store what came once it has become a frame."""
        came = self._asked()
        if came.doubt is not None:
            came = self._confirmed(came)
        if store and not self.resource.never_stored:
            told = provenance.format_params(self.params)
            told = told if len(told) <= LONGEST_TOLD else f"{told[: LONGEST_TOLD - 1]}…"
            fetched = CachedLoad(came.responses, came.fetched_at, told)
            self.connection.store.write(self._key, fetched, came.counts, self.resource.lifetime)
        return came

    def _confirmed(self, doubtful: _Reading) -> _Reading:
        """Read it all once more: either what changed meanwhile is whole now, or the doubt is an error."""
        came = self._asked(doubtful.requests)
        is_same = came.keys == doubtful.keys and not self.resource.paging.is_total_exact
        if came.doubt is not None and not is_same:
            raise came.doubt
        return came

    def _asked(self, sent: int = 0) -> _Reading:
        resource = self.resource
        ways = [resource.always, *([resource.always | resource.or_else] if resource.or_else else [])]
        for way in ways:
            with Prefetcher(self.ask_with(way), sent) as ahead:
                reading = _Reading(self, ahead.get, scope=ahead.scope)
                try:
                    return reading.read()
                except errors.ServiceError as refused:
                    if refused.status != 400 or reading.responses or way is ways[-1]:
                        raise
                sent = ahead.scope.count
        raise AssertionError("unreachable")

    def ask_with(self, always: Query) -> FetchPage[_Place]:
        """Give what asks for a page, with these query keys in every request."""

        def fetch(ref: _Place, scope: RequestScope, *, retry: bool) -> Response:
            part = self.parts[ref.part]
            query = {**always, **self.query, **part.query, **dict(ref.paging)}
            question = PageRequest(part.path, query, part.asked_for, sensitive_keys=self.private)
            response = self.connection.client.get(question, scope, retry=retry)
            # What is not declared is skipped when it is decoded, so it would never be noticed there.
            self.resource.readable(response.content.decode, response)
            if (clean := self.resource.clean) is not None:
                response._content = self.resource.readable(lambda: clean(response.content), response)
            return response

        return fetch

    @property
    def _key(self) -> str:
        query = self.query | self.resource.paging.query(0, 0)
        lists = [[part.path, sorted(part.query.items())] for part in self.parts]
        text = msgspec.json.encode([lists, sorted(query.items())])
        return f"{self.resource.name}:{blake2b(text, digest_size=16).hexdigest()}"


def _bar(title: str, progress: bool | None) -> Any:
    watched = sys.stderr.isatty() or "ipykernel" in sys.modules
    shown = watched if progress is None else progress
    return tqdm(desc=title, unit=" rows", delay=1, leave=False, disable=not shown)


def _stamp(resource: Resource, came: _Reading, rows: int, params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "service": resource.service.name,
        "resource": resource.name,
        "params": dict(params),
        "fetched_at": came.fetched_at.isoformat(timespec="seconds"),
        "cached": came.cached,
        "requests": came.requests,
        "rows": rows,
        "complete": True,
        "fictional": came.is_fictional,
        "version": __version__,
        # Rows that came a second time, and were dropped: they moved from page to page meanwhile.
        **({"repeated": came.repeated} if came.repeated else {}),
    }
