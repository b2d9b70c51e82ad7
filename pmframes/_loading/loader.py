"""Run a load plan: every page from one source, the cache or the service; a complete frame or an error."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
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
from pmframes._connections import Connection
from pmframes._contexts import is_offline
from pmframes._frames import provenance
from pmframes._frames.builder import Builder, Included
from pmframes._http.client import PageRequest, sensitive_values
from pmframes._http.pagination import PREFETCH_DEPTH, Page, PageProgress, iterate_pages
from pmframes._http.prefetch import Prefetcher, RequestScope
from pmframes._http.store import CachedLoad, StoreUnreadable
from pmframes._loading.filters import ParsedArguments, encode_param
from pmframes._loading.resource import Listing, Options, Query, RelatedColumns, Resource
from pmframes._text import format_age, format_time, join, pluralize, safe_repr, truncate
from pmframes._types import Frame
from pmframes._version import __version__

MAX_PARAMETERS_LENGTH = 200
MAX_SHOWN_IDS = 10
MAX_SHOWN_FIELDS = 50
REFUSED_STATUSES = (400, 422)
PAGING_PARAMS = frozenset({"page", "page_size", "per_page", "limit", "offset", "skipcounts", "pagesize"})
# Errors after which only the related columns are missing: the requested rows are complete.
TOLERATED_RELATED_ERRORS = (
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

    Use it to check arguments, and frames that are to be compared with the loaded ones, beforehand.
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
        Called in order, after the filters were checked, with the frame and the included objects; each
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
    def shown_params(self) -> dict[str, Any]:
        """Return all parameters for the provenance, without the sensitive values."""
        shown = {key: "…" if key in self.sensitive_params else value for key, value in self.query.items()}
        return {**self.provenance_params, **shown}

    @property
    def cache_key(self) -> str:
        """Return the key of the load in the cache of the account."""
        # default_params are left out: all loads of one resource share them, and a fallback only changes the order.
        query = self.query | self.resource.first_page_query
        listings = [[listing.path, sorted(listing.params.items())] for listing in self.listings]
        text = msgspec.json.encode([listings, sorted(query.items())])
        return f"{self.resource.name}:{blake2b(text, digest_size=16).hexdigest()}"

    @cached_property
    def _extra_query(self) -> Query:
        paging = {name.lower() for name in self.resource.first_page_query} | PAGING_PARAMS
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
    # Parameters are encoded before the connection is looked up: a wrong one is reported before NotConnected.
    shown_params = plan.shown_params
    connection = _connections.get(plan.resource.service)
    try:
        result = _load(plan, connection)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("Interrupted; nothing was returned or cached.") from None
    entry = _build_provenance(plan.resource, connection, result, shown_params)
    if entry["fictional"] and _connections.get(plan.resource.service) is not connection:
        # The default was a demo for the moment before its with block began, which is another thread's.
        raise _messages.connection_closed(plan.resource.service.title)
    result.frame.attrs[provenance.ATTRS_KEY] = entry
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
        self.fetched_at = cached.fetched_at
        self._pages = iter(cached.pages)

    def get(self, ref: _PageRef, upcoming: Sequence[_PageRef] = ()) -> Response:
        """Return the next page."""
        page = next(self._pages, None)
        if page is None:
            raise errors.IncompleteLoad("A page is not in the cache.", "Load again with refresh=True.")
        return page


class _Pass:
    """One pass over all pages of a plan, from one source, into its frame.

    ``incomplete_error`` is set where rows may be missing though the service's pages ended normally. It is
    certain where ``lacks_rows``. ``changed_ids`` are the ids of rows that came again, with another content.
    """

    def __init__(self, plan: LoadPlan, connection: Connection, pages: "_CachedPages | Prefetcher[_PageRef]") -> None:
        self.is_cached = isinstance(pages, _CachedPages)
        self.fetched_at = pages.fetched_at if isinstance(pages, _CachedPages) else datetime.now(UTC)
        self.scope = pages.scope
        self.responses: list[Response] = []
        self.new_row_counts: list[int] = []
        self.row_keys: list[Set[Any]] = []
        self.repeated_rows = 0
        self.changed_ids: list[Any] = []
        self.lacks_rows = False
        self.missing_fields: list[str] = []
        self.unknown_fields: list[str] = []
        self.warnings: list[str] = []
        self.incomplete_error: errors.IncompleteLoad | None = None
        self.frame = pd.DataFrame()
        self._plan = plan
        self._connection = connection
        self._pages = pages
        keep_extra = plan.options.extra_columns
        self._builder = Builder(plan.resource.record, plan.resource.title, keep_extra=keep_extra)

    def read(self) -> "_Pass":
        """Read all pages, check the filters, complete and sort the frame."""
        plan = self._plan
        with _open_progress_bar(plan.resource.title, plan.options.progress) as bar:
            for position, listing in enumerate(plan.listings):
                self._read_listing(position, listing, bar)
        self.frame = self._without_older_rows(self._builder.build())
        plan.arguments.check(self.frame, plan.resource.title, plan.query)
        self._report_drift()
        for process in plan.postprocess:
            self.frame = process(self.frame, self._builder.included)
        for lookup in plan.related:
            self._fill(lookup)
        self.frame = plan.arguments.sort(self.frame)
        return self

    def _report_drift(self) -> None:
        """Compare the fields that were sent with those that the service documents."""
        resource, builder = self._plan.resource, self._builder
        self.unknown_fields = sorted(builder.undeclared_fields - resource.other_fields)[:MAX_SHOWN_FIELDS]
        if any(key.startswith("fields[") for key in self._plan.query):
            return  # the user asked for some fields only
        missing = builder.missing_columns()
        self.missing_fields = [path for column in missing for path in (column.source.paths or ())[:1]]
        always_sent = [column.name for column in missing if column.source.is_always_sent]
        if always_sent:
            self.warnings.append(
                f"{resource.title}: NA in all {pluralize(len(self.frame), 'row')}: {join(always_sent)}. The service "
                "documents these fields, but did not send them. Check that url is the address of this service and "
                "its version; frame.attrs lists all missing_fields."
            )

    def _read_listing(self, position: int, listing: Listing, bar: Any) -> None:
        def fetch_page(query: dict[str, str], upcoming: list[dict[str, str]]) -> Page:
            ref = _PageRef(position, tuple(query.items()))
            following = [_PageRef(position, tuple(item.items())) for item in upcoming]
            response = self._pages.get(ref, following or self._first_pages(position))
            self.responses.append(response)
            parse = partial(self._parse, listing, response)
            return self._plan.resource.parse_response(parse, response)

        read, first_page = PageProgress(), len(self.responses)
        ambiguous_ids: list[Any] = []
        for read in iterate_pages(self._plan.resource.paging, fetch_page, listing.label):
            self.new_row_counts.append(len(read.new_rows))
            bar.update(len(read.new_rows))
            self._builder.add(read.new_rows, listing.constants)
            for key, row in read.repeated:
                page = read.keys[key]
                if row == self._row_of(listing, self.responses[first_page + page], key):
                    continue
                self.changed_ids.append(key)
                if page == read.pages - 1:
                    ambiguous_ids.append(key)
                else:
                    self._builder.add([row], listing.constants)
        self.row_keys.append(read.keys.keys())
        self.repeated_rows += read.received - read.rows
        self.lacks_rows = self.lacks_rows or read.lacks_rows or bool(ambiguous_ids)
        reason = read.inconsistency
        if ambiguous_ids:
            ids = join(map(str, ambiguous_ids[:MAX_SHOWN_IDS]))
            reason = f"one page has rows with the same id and different content ({ids})"
        if reason is not None:
            self.incomplete_error = _messages.incomplete(listing.label, read.pages, read.rows, reason)

    def _row_of(self, listing: Listing, response: Response, key: Any) -> Any:
        """Decode a page again, for the first row with this key: the rows of earlier pages are not kept."""
        page = self._parse(listing, response)
        return page.rows[page.keys.index(key)]

    def _without_older_rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Keep the last of the rows that changed meanwhile."""
        key = self._plan.resource.dedupe_key
        if not self.changed_ids or key is None:
            return frame
        ids = join(map(str, dict.fromkeys(self.changed_ids[:MAX_SHOWN_IDS])))
        self.warnings.append(
            f"{self._plan.resource.title}: rows changed while they were loaded; their later content is kept (id {ids})."
        )
        # The same id may be on another list.
        lists = [name for listing in self._plan.listings[:1] for name in listing.constants]
        return frame[~frame.duplicated([key, *lists], keep="last")].reset_index(drop=True)

    def _first_pages(self, position: int) -> list[_PageRef]:
        """Return the first pages of the next listings, which are prefetched while this one ends."""
        paging = tuple(self._plan.resource.first_page_query.items())
        end = min(position + 1 + PREFETCH_DEPTH, len(self._plan.listings))
        return [_PageRef(following, paging) for following in range(position + 1, end)]

    def _parse(self, listing: Listing, response: Response) -> Page:
        resource, client = self._plan.resource, self._connection.client
        page = (listing.parse or resource.parse)(response.content)
        if page.error is not None:
            hidden = sensitive_values(self._plan.query, self._plan.sensitive_params)
            explanation = client.clean_error(page.error, hidden)
            quote = f' It says: "{explanation}".' if explanation else ""
            cause = f"{resource.service.title} reports that the request failed.{quote}"
            raise errors.ServiceError(cause, "Try again later.")
        rows = self._builder.decode(page.rows)
        self._builder.include(page.included)
        keys = self._builder.keys(rows, resource.dedupe_key)
        return Page(rows, keys, page.has_more, page.total, page.size)

    def _fill(self, lookup: RelatedColumns) -> None:
        """Fill columns from another resource, as far as rows lack them."""
        lacking = self.frame[lookup.key].notna() & self.frame[lookup.main_column].isna()
        rows = self.frame[lacking]
        if not len(rows):
            return
        related: list[pd.DataFrame] = []
        try:
            for query in lookup.queries(rows):
                related.append(self._load_related(lookup.resource, query))
                if rows[lookup.key].isin(related[-1][lookup.other_key]).all():
                    break
        except TOLERATED_RELATED_ERRORS as error:
            self.warnings.append(lookup.warning.format(error=type(error).__name__))
        if related:
            _fill_from(pd.concat(related), self.frame, lacking, lookup)

    def _load_related(self, resource: Resource, query: Query) -> pd.DataFrame:
        """Load rows of another resource from the same source; they are cached with this load."""
        options = Options(progress=self._plan.options.progress)
        plan = LoadPlan(resource, [resource.listing], options, ParsedArguments(query))
        if isinstance(self._pages, _CachedPages):
            result = _Pass(plan, self._connection, self._pages).read()
        else:
            fetch = partial(_fetch_page, plan, self._connection, resource.default_params)
            # The requests so far count in the new scope too, which takes the place of the old one.
            with Prefetcher(fetch, self.scope.count) as pages:
                self.scope = pages.scope
                result = _Pass(plan, self._connection, pages).read()
        self.responses += result.responses
        # The pages are cached with this load, but their rows are not rows of its frame.
        self.new_row_counts += [0] * len(result.new_row_counts)
        self.row_keys += result.row_keys
        self.incomplete_error = self.incomplete_error or result.incomplete_error
        return result.frame


def _fill_from(related: pd.DataFrame, frame: pd.DataFrame, lacking: Any, lookup: RelatedColumns) -> None:
    unique = related.drop_duplicates(lookup.other_key, keep=False).set_index(lookup.other_key)
    keys = frame.loc[lacking, lookup.key].astype(unique.index.dtype)
    for target, source in lookup.fill.items():
        frame.loc[lacking, target] = unique[source].reindex(keys).array


def _load(plan: LoadPlan, connection: Connection) -> _Pass:
    """Read the load from the cache, else from the service; offline only from the cache, in a dry run from neither."""
    title, uncacheable_part = plan.resource.title, plan.resource.uncacheable_part
    if _dry_run.get():
        # Without listings nothing is requested, and all the rest is done with a frame without rows.
        return _fetch_all(replace(plan, listings=[]), connection, plan.resource.default_params)
    if not is_offline():
        try:
            return _from_cache(plan, connection) or _from_service(plan, connection)
        except StoreUnreadable:
            # Unlike _from_service this does not write: the cache that could not be read is left as it is.
            return _fetch_consistent(plan, connection)
    if uncacheable_part:
        raise errors.OfflineMiss(
            f"{title} with {uncacheable_part} is never cached, and no request is sent while offline.",
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


def _from_cache(plan: LoadPlan, connection: Connection) -> _Pass | None:
    """Read a cached load; None if there is none, or none is wanted."""
    if plan.resource.uncacheable_part or plan.options.refresh:
        return None
    cached = connection.store.read(plan.cache_key, at_any_age=is_offline())
    if cached is None:
        return None
    try:
        return _Pass(plan, connection, _CachedPages(cached)).read()
    except errors.PmframesError:
        return None  # it is incomplete, or an earlier version wrote it


def _from_service(plan: LoadPlan, connection: Connection) -> _Pass:
    """Request the load from the service, and cache it once it has become a frame."""
    result = _fetch_consistent(plan, connection)
    if not plan.resource.uncacheable_part:
        parameters = truncate(provenance.format_params(plan.shown_params), MAX_PARAMETERS_LENGTH)
        cached = CachedLoad(result.responses, result.fetched_at)
        connection.store.write(plan.cache_key, cached, result.new_row_counts, plan.resource.ttl, parameters)
    return result


def _fetch_consistent(plan: LoadPlan, connection: Connection) -> _Pass:
    """Fetch all pages; where they are inconsistent, once more: rows may have changed in between.

    A total that is not exact may fall between two pages. Then two passes with the same rows confirm each
    other. Nothing confirms a load with fewer rows than the service counts.
    """
    first: _Pass | None = None
    try:
        first = _fetch_all(plan, connection, plan.resource.default_params)
        if first.incomplete_error is None and not first.changed_ids:
            return first
    except errors.IncompleteLoad:
        if not plan.resource.reread_params:
            raise
    requests_sent, row_keys = (first.scope.count, first.row_keys) if first else (0, [])
    reread_params = plan.resource.default_params | plan.resource.reread_params
    second = _fetch_all(plan, connection, reread_params, requests_sent)
    is_confirmed = second.row_keys == row_keys and not plan.resource.paging.is_total_exact
    if second.incomplete_error is not None and (second.lacks_rows or not is_confirmed):
        raise second.incomplete_error
    return second


def _fetch_all(plan: LoadPlan, connection: Connection, default_params: Query, requests_sent: int = 0) -> _Pass:
    """Fetch all pages, with the fallback parameters if the service refuses the default ones.

    ``requests_sent`` is how many requests of this load were sent before; the count goes on from there.
    """
    default, refused = plan.resource.default_params, connection.refused_params.setdefault(plan.resource.name, [])
    alternatives = [default_params, default, *(default | fallback for fallback in plan.resource.fallback_params)]
    allowed = [params for at, params in enumerate(alternatives) if params not in (*refused, *alternatives[:at])]
    for params in allowed or alternatives[-1:]:
        with Prefetcher(partial(_fetch_page, plan, connection, params), requests_sent) as pages:
            result = _Pass(plan, connection, pages)
            try:
                result.read()
            except errors.ServiceError as error:
                if error.status not in REFUSED_STATUSES or result.responses or params == alternatives[-1]:
                    raise
            else:
                refused += allowed[: allowed.index(params)] if params in allowed else []
                return result
            requests_sent = pages.scope.count
    raise AssertionError("unreachable")


def _fetch_page(
    plan: LoadPlan, connection: Connection, default_params: Query, ref: _PageRef, scope: RequestScope, retry: bool
) -> Response:
    """Fetch one page; ``default_params`` are the resource's, or those with a fallback."""
    resource, listing = plan.resource, plan.listings[ref.listing]
    sent = {key: value for key, value in default_params.items() if value}
    query = {**sent, **plan.query, **listing.params, **dict(ref.paging)}
    request = PageRequest(listing.path, query, listing.label, plan.sensitive_params)
    response = connection.client.get(request, scope, retry)
    # Only a check: the decoder skips undeclared members, and would not notice invalid UTF-8 in them.
    resource.parse_response(response.content.decode, response)
    if (sanitize := resource.sanitize) is not None:
        # requests offers no way to replace a body. It is replaced here so that neither frame nor cache gets the other.
        response._content = resource.parse_response(lambda: sanitize(response.content), response)
    return response


def _open_progress_bar(title: str, is_wanted: bool | None) -> Any:
    is_interactive = sys.stderr.isatty() or "ipykernel" in sys.modules
    is_shown = is_interactive if is_wanted is None else is_wanted
    return tqdm(desc=title, unit=" rows", delay=1, leave=False, disable=not is_shown)


def _build_provenance(
    resource: Resource, connection: Connection, result: _Pass, shown_params: Mapping[str, Any]
) -> dict[str, Any]:
    is_fictional = any(response.headers.get("X-Fictional-Data") == "yes" for response in result.responses)
    entry: dict[str, Any] = {
        "service": resource.service.name,
        "resource": resource.name,
        "params": dict(shown_params),
        "fetched_at": result.fetched_at.isoformat(timespec="seconds"),
        "cached": result.is_cached,
        "requests": result.scope.count,
        "rows": len(result.frame),
        "complete": True,
        "fictional": is_fictional,
        "version": __version__,
    }
    if result.missing_fields:
        entry["missing_fields"] = result.missing_fields
    if result.unknown_fields:
        entry["unknown_fields"] = result.unknown_fields
    if result.repeated_rows:
        entry["repeated"] = result.repeated_rows  # they moved to a later page meanwhile, and were dropped
    if connection.is_named and not is_fictional:
        entry["account"] = connection.account
    return entry
