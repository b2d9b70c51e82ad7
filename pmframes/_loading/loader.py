"""Run a load plan: every page from one source, the cache or the service; a complete frame or an error."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from hashlib import blake2b
from typing import Any, NamedTuple, cast

import msgspec
import pandas as pd
from requests import Response
from tqdm.auto import tqdm

from pmframes import _connections, _messages, errors
from pmframes._connections import Connection, is_offline
from pmframes._frames import provenance
from pmframes._frames.builder import Builder, Included
from pmframes._http.client import PageRequest, sensitive_values
from pmframes._http.pagination import PREFETCH_DEPTH, Page, PageProgress, iterate_pages
from pmframes._http.prefetch import Prefetcher, RequestScope
from pmframes._http.store import CachedLoad, StoreUnreadable
from pmframes._loading.filters import ParsedArguments, encode_param
from pmframes._loading.resource import Listing, Options, Query, RelatedColumns, Resource
from pmframes._text import format_age, format_time, safe_repr, truncate
from pmframes._types import Frame
from pmframes._version import __version__

MAX_LABEL_WIDTH = 200
PAGING_PARAMS = frozenset({"page", "page_size", "per_page", "limit", "offset", "skipcounts", "pagesize"})
# The requested rows are complete: only the columns from another resource are missing then.
RELATED_ERRORS = (
    errors.NotFound,
    errors.PermissionDenied,
    errors.ServiceError,
    errors.UnexpectedResponse,
    errors.IncompleteLoad,
)
PostProcess = Callable[[pd.DataFrame, Included], pd.DataFrame]
_dry_run = ContextVar("_dry_run", default=False)


@contextmanager
def dry_run() -> Iterator[None]:
    """Send no request within a ``with`` block: loads return their frames without rows.

    So arguments, and frames that are to be compared with the loaded ones, are checked beforehand.
    """
    token = _dry_run.set(True)
    try:
        yield
    finally:
        _dry_run.reset(token)


@dataclass(frozen=True)
class LoadPlan:
    """The requests of one call of a loader, and the post-processing of their rows.

    Attributes
    ----------
    resource : Resource
        What is loaded.
    listings : sequence of Listing
        The lists that are read, one after the other, into one frame.
    options : Options
        What every loader takes.
    arguments : ParsedArguments
        The loader's own arguments: query, filters to check, order of the frame.
    postprocess : sequence of function
        Called in order with the frame, its filters checked, and the objects included in the pages; each
        returns the frame or raises.
    related : sequence of RelatedColumns
        Filled afterwards, before the frame is sorted.
    provenance_params : mapping
        Parameters for the provenance that are not in the query.
    """

    resource: Resource
    listings: Sequence[Listing]
    options: Options
    arguments: ParsedArguments = field(default_factory=ParsedArguments)
    postprocess: Sequence[PostProcess] = ()
    related: Sequence[RelatedColumns] = ()
    provenance_params: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def query(self) -> Query:
        """Return the query parameters from the arguments and from ``params``."""
        return self.arguments.query | self._extra_query

    @cached_property
    def sensitive_params(self) -> frozenset[str]:
        """Return the query parameters whose values are never repeated."""
        return self.resource.sensitive_params | self._extra_query.keys()

    @property
    def params(self) -> dict[str, Any]:
        """Return all parameters, for the provenance."""
        shown = {key: "…" if key in self.sensitive_params else value for key, value in self.query.items()}
        return {**self.provenance_params, **shown}

    @property
    def cache_key(self) -> str:
        """Return the key of the load in the cache of the account."""
        query = self.query | self.resource.paging.query(0, 0)
        listings = [[listing.path, sorted(listing.params.items())] for listing in self.listings]
        text = msgspec.json.encode([listings, sorted(query.items())])
        return f"{self.resource.name}:{blake2b(text, digest_size=16).hexdigest()}"

    @cached_property
    def _extra_query(self) -> Query:
        paging = {name.lower() for name in self.resource.paging.query(0, 0)} | PAGING_PARAMS
        for key in self.options.params or ():
            if not isinstance(key, str) or key.lower() in paging:
                raise errors.InvalidArgument(
                    f"params has {safe_repr(key)}, but a load always reads every page.",
                    "Leave it out, and cut the frame instead, for example with .head().",
                )
            if key in self.arguments.query or key in self.resource.default_params:
                raise _messages.param_twice(key)
        return {key: encode_param(key, value) for key, value in (self.options.params or {}).items()}


def run(plan: LoadPlan) -> Frame:
    """Load the frame of a plan, from the cache or else from the service, with its provenance."""
    params = plan.params
    connection = _connections.get(plan.resource.service)
    try:
        result = _load(plan, connection)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("Interrupted; nothing was returned or cached.") from None
    result.frame.attrs[provenance.ATTRS_KEY] = _provenance(plan.resource, connection, result, params)
    for message in result.warnings:
        _messages.warn_user(message)
    return cast("Frame", result.frame)


class _PageRef(NamedTuple):
    """A page of a plan: the position of its listing, and its paging parameters."""

    listing: int
    paging: tuple[tuple[str, str], ...]


class _CachedPages:
    """The pages of a cached load, in the order in which they were received."""

    def __init__(self, cached: CachedLoad) -> None:
        self.scope = RequestScope()
        self._pages = iter(cached.pages)

    def get(self, ref: _PageRef, upcoming: Sequence[_PageRef] = ()) -> Response:
        """Return the next page."""
        page = next(self._pages, None)
        if page is None:
            raise errors.IncompleteLoad("A page is not in the cache.", "Load again with refresh=True.")
        return page


class _LoadRun:
    """One pass over all pages of a plan, from one source, into its frame.

    ``inconsistency`` is the error for rows that may be incomplete though the service's pages ended normally.
    """

    def __init__(
        self,
        plan: LoadPlan,
        connection: Connection,
        pages: "_CachedPages | Prefetcher[_PageRef]",
        cached: CachedLoad | None = None,
    ) -> None:
        self.is_cached = cached is not None
        self.fetched_at = cached.fetched_at if cached else datetime.now(UTC)
        self.scope = pages.scope
        self.responses: list[Response] = []
        self.counts: list[int] = []
        self.keys: list[set[Any]] = []
        self.repeated = 0
        self.warnings: list[str] = []
        self.inconsistency: errors.IncompleteLoad | None = None
        self.frame = pd.DataFrame()
        self._plan = plan
        self._connection = connection
        self._pages = pages
        keep_extra = plan.options.extra_columns
        self._builder = Builder(plan.resource.record, plan.resource.title, keep_extra=keep_extra)

    @property
    def is_fictional(self) -> bool:
        return any(response.headers.get("X-Fictional-Data") == "yes" for response in self.responses)

    def read(self) -> "_LoadRun":
        """Read all pages, check the filters, complete and sort the frame."""
        plan = self._plan
        with _progress_bar(plan.resource.title, plan.options.progress) as bar:
            for position, listing in enumerate(plan.listings):
                self._read_listing(position, listing, bar)
        self.frame = self._builder.build()
        plan.arguments.check(self.frame, plan.resource.title, plan.query)
        for process in plan.postprocess:
            self.frame = process(self.frame, self._builder.included)
        for columns in plan.related:
            self._fill(columns)
        self.frame = plan.arguments.sort(self.frame)
        return self

    def _read_listing(self, position: int, listing: Listing, bar: Any) -> None:
        def fetch_page(query: dict[str, str], upcoming: list[dict[str, str]]) -> Page:
            ref, *following = [_PageRef(position, tuple(item.items())) for item in (query, *upcoming)]
            response = self._pages.get(ref, following or self._first_pages(position))
            self.responses.append(response)
            parse = partial(self._parse, listing, response)
            return self._plan.resource.parse_response(parse, response)

        progress = PageProgress()
        for progress in iterate_pages(self._plan.resource.paging, fetch_page, listing.label):
            self.counts.append(len(progress.new_rows))
            bar.update(len(progress.new_rows))
            self._builder.add(progress.new_rows, listing.constants)
        self.keys.append(progress.keys)
        self.repeated += progress.received - progress.rows
        if progress.inconsistency is not None:
            self.inconsistency = _messages.incomplete(
                listing.label, progress.pages, progress.rows, progress.inconsistency
            )

    def _first_pages(self, position: int) -> list[_PageRef]:
        """Return the first pages of the next listings, which are prefetched while this one ends."""
        paging = tuple(self._plan.resource.paging.query(0, 0).items())
        end = min(position + 1 + PREFETCH_DEPTH, len(self._plan.listings))
        return [_PageRef(following, paging) for following in range(position + 1, end)]

    def _parse(self, listing: Listing, response: Response) -> Page:
        resource, client = self._plan.resource, self._connection.client
        page = (listing.parse or resource.parse)(response.content)
        if page.error is not None:
            hidden = sensitive_values(self._plan.query, self._plan.sensitive_params)
            explanation = client.clean_error(page.error, hidden)
            says = f' It says: "{explanation}".' if explanation else ""
            cause = f"{resource.service.title} reports that the request failed.{says}"
            raise errors.ServiceError(cause, "Try again later.")
        rows = self._builder.decode(page.rows)
        self._builder.include(page.included)
        keys = self._builder.keys(rows, resource.dedupe_key)
        return Page(rows, keys, page.has_more, page.total, page.size)

    def _fill(self, columns: RelatedColumns) -> None:
        """Fill columns from another resource, as far as rows lack them."""
        target = next(iter(columns.fill))
        lacking = self.frame[columns.key].notna() & self.frame[target].isna()
        rows = self.frame[lacking]
        related: list[pd.DataFrame] = []
        try:
            for query in columns.queries(rows) if len(rows) else ():
                related.append(self._load_related(columns.resource, query))
                if rows[columns.key].isin(related[-1][columns.other_key]).all():
                    break
        except RELATED_ERRORS as error:
            if not columns.warning:
                raise
            self.warnings.append(columns.warning.format(error=type(error).__name__))
        if related:
            _fill_from(pd.concat(related), self.frame, lacking, columns)

    def _load_related(self, resource: Resource, query: Query) -> pd.DataFrame:
        """Load rows of another resource from the same source; they are cached with this load."""
        options = Options(progress=self._plan.options.progress)
        plan = LoadPlan(resource, [resource.listing], options, ParsedArguments(query))
        if isinstance(self._pages, _CachedPages):
            related = _LoadRun(plan, self._connection, self._pages).read()
        else:
            fetch = partial(_fetch_page, plan, self._connection, resource.default_params)
            with Prefetcher(fetch, self.scope.count) as pages:
                self.scope = pages.scope
                related = _LoadRun(plan, self._connection, pages).read()
        self.responses += related.responses
        self.counts += [0] * len(related.counts)
        self.keys += related.keys
        self.inconsistency = self.inconsistency or related.inconsistency
        return related.frame


def _fill_from(related: pd.DataFrame, frame: pd.DataFrame, lacking: Any, columns: RelatedColumns) -> None:
    unique = related.drop_duplicates(columns.other_key, keep=False).set_index(columns.other_key)
    keys = frame.loc[lacking, columns.key].astype(unique.index.dtype)
    for target, source in columns.fill.items():
        frame.loc[lacking, target] = unique[source].reindex(keys).array


def _load(plan: LoadPlan, connection: Connection) -> _LoadRun:
    """Read the load from the cache, else from the service."""
    title, uncacheable = plan.resource.title, plan.resource.uncacheable
    if _dry_run.get():
        return _fetch_all(replace(plan, listings=[]), connection)
    if not is_offline():
        try:
            return _from_cache(plan, connection) or _from_service(plan, connection)
        except StoreUnreadable:
            return _fetch_consistent(plan, connection)
    if uncacheable:
        raise errors.OfflineMiss(
            f"{title} with {uncacheable} is never cached, and no request is sent while offline.",
            "Load without them, or outside of pm.offline().",
        )
    if plan.options.refresh:
        raise errors.OfflineMiss(
            f"refresh=True requests {title} again, and no request is sent while offline.",
            "Leave refresh out to load from the cache, or load outside of pm.offline().",
        )
    try:
        result = _from_cache(plan, connection)
    except StoreUnreadable:
        result = None
    if result is None:
        raise _messages.offline_miss(title)
    age = format_age(datetime.now(UTC) - result.fetched_at)
    result.warnings.append(f"Offline: {title} as loaded {format_time(result.fetched_at)}, {age} ago.")
    return result


def _from_cache(plan: LoadPlan, connection: Connection) -> _LoadRun | None:
    """Read a cached load; None if there is none, or none is wanted."""
    if plan.resource.uncacheable or plan.options.refresh:
        return None
    cached = connection.store.read(plan.cache_key, at_any_age=is_offline())
    if cached is None:
        return None
    try:
        return _LoadRun(plan, connection, _CachedPages(cached), cached).read()
    except errors.PmframesError:
        return None  # it is incomplete, or an earlier version wrote it


def _from_service(plan: LoadPlan, connection: Connection) -> _LoadRun:
    """Request the load from the service, and cache it once it has become a frame."""
    result = _fetch_consistent(plan, connection)
    if not plan.resource.uncacheable:
        label = truncate(provenance.format_params(plan.params), MAX_LABEL_WIDTH)
        cached = CachedLoad(result.responses, result.fetched_at)
        connection.store.write(plan.cache_key, cached, result.counts, plan.resource.ttl, label)
    return result


def _fetch_consistent(plan: LoadPlan, connection: Connection) -> _LoadRun:
    """Fetch all pages; where they are inconsistent, once more: rows may have changed in between."""
    result = _fetch_all(plan, connection)
    return result if result.inconsistency is None else _recheck(plan, connection, result)


def _recheck(plan: LoadPlan, connection: Connection, first: _LoadRun) -> _LoadRun:
    result = _fetch_all(plan, connection, first.scope.count)
    is_same = result.keys == first.keys and not plan.resource.paging.is_total_exact
    if result.inconsistency is not None and not is_same:
        raise result.inconsistency
    return result


def _fetch_all(plan: LoadPlan, connection: Connection, count: int = 0) -> _LoadRun:
    """Fetch all pages, with the fallback parameters if the service refuses the default ones."""
    default = plan.resource.default_params
    alternatives = [default, *(default | fallback for fallback in plan.resource.fallback_params)]
    for params in alternatives:
        with Prefetcher(partial(_fetch_page, plan, connection, params), count) as pages:
            attempt = _LoadRun(plan, connection, pages)
            try:
                return attempt.read()
            except errors.ServiceError as error:
                if error.status != 400 or attempt.responses or params is alternatives[-1]:
                    raise
            count = pages.scope.count
    raise AssertionError("unreachable")


def _fetch_page(
    plan: LoadPlan, connection: Connection, params: Query, ref: _PageRef, scope: RequestScope, *, retry: bool
) -> Response:
    """Fetch one page; ``params`` are the resource's own."""
    resource, listing = plan.resource, plan.listings[ref.listing]
    query = {**params, **plan.query, **listing.params, **dict(ref.paging)}
    request = PageRequest(listing.path, query, listing.label, plan.sensitive_params)
    response = connection.client.get(request, scope, retry=retry)
    # The decoder skips undeclared members, and would not notice invalid UTF-8 in them.
    resource.parse_response(response.content.decode, response)
    if (sanitize := resource.sanitize) is not None:
        response._content = resource.parse_response(lambda: sanitize(response.content), response)
    return response


def _progress_bar(title: str, progress: bool | None) -> Any:
    is_interactive = sys.stderr.isatty() or "ipykernel" in sys.modules
    is_shown = is_interactive if progress is None else progress
    return tqdm(desc=title, unit=" rows", delay=1, leave=False, disable=not is_shown)


def _provenance(
    resource: Resource, connection: Connection, result: _LoadRun, params: Mapping[str, Any]
) -> dict[str, Any]:
    stamp: dict[str, Any] = {
        "service": resource.service.name,
        "resource": resource.name,
        "params": dict(params),
        "fetched_at": result.fetched_at.isoformat(timespec="seconds"),
        "cached": result.is_cached,
        "requests": result.scope.count,
        "rows": len(result.frame),
        "complete": True,
        "fictional": result.is_fictional,
        "version": __version__,
    }
    if result.repeated:
        stamp["repeated"] = result.repeated  # rows that moved to a later page meanwhile, and were dropped
    if connection.is_named and not result.is_fictional:
        stamp["account"] = connection.account
    return stamp
