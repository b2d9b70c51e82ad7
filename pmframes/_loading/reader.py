"""Read a load plan once: every page from one source, the cache or the service, into one frame."""

from collections.abc import Sequence, Set
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import pandas as pd
from requests import Response

from pmframes import _messages, errors
from pmframes._connections import Connection
from pmframes._frames.builder import Builder
from pmframes._http.client import Request, sensitive_values
from pmframes._http.pagination import PREFETCH_DEPTH, Page, PageProgress, iterate_pages
from pmframes._http.prefetch import Prefetcher, RequestScope
from pmframes._http.store import CachedLoad
from pmframes._loading.filters import ParsedArguments
from pmframes._loading.plan import LoadPlan
from pmframes._loading.progress import ProgressBar
from pmframes._loading.resource import Listing, Options, Query, RelatedColumns, Resource
from pmframes._text import join, pluralize

MAX_SHOWN_IDS = 10
MAX_SHOWN_FIELDS = 50
# Errors after which only the related columns are missing: the requested rows are complete.
TOLERATED_RELATED_ERRORS = (
    errors.NotFound,
    errors.PermissionDenied,
    errors.ServiceError,
    errors.UnexpectedResponse,
    errors.IncompleteLoad,
)


class PageRef(NamedTuple):
    """A page of a plan: the position of its listing, and its paging parameters."""

    listing: int
    paging: tuple[tuple[str, str], ...]


class CachedPages:
    """The pages of a cached load, in the order in which they were received."""

    def __init__(self, cached: CachedLoad) -> None:
        self.scope = RequestScope()
        self.fetched_at = cached.fetched_at
        self._pages = iter(cached.pages)

    def get(self, ref: PageRef, upcoming: Sequence[PageRef] = ()) -> Response:
        """Return the next page."""
        page = next(self._pages, None)
        if page is None:
            raise errors.IncompleteLoad("A page is not in the cache.", "Load again with refresh=True.")
        return page


class Pass:
    """One pass over all pages of a plan, from one source, into its frame.

    ``incomplete_error`` is set where rows may be missing though the service's pages ended normally. It is
    certain where ``lacks_rows``. ``changed_ids`` are the ids of rows that came again, with another content.
    """

    def __init__(
        self,
        plan: LoadPlan,
        connection: Connection,
        pages: "CachedPages | Prefetcher[PageRef]",
        known_rows: Sequence[int] = (),
    ) -> None:
        self.is_cached = isinstance(pages, CachedPages)
        self.fetched_at = pages.fetched_at if isinstance(pages, CachedPages) else datetime.now(UTC)
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
        self._known_rows = known_rows
        keep_extra = plan.options.extra_columns
        self._builder = Builder(plan.resource.record, plan.resource.title, keep_extra=keep_extra)

    def read(self) -> "Pass":
        """Read all pages, check the filters, complete and sort the frame."""
        plan = self._plan
        # What is cached takes no time.
        with ProgressBar(plan.resource.title, False if self.is_cached else plan.options.progress) as bar:
            if isinstance(self._pages, Prefetcher):
                self._pages.on_notice, self._pages.on_wait = bar.show, bar.wait
            for position, listing in enumerate(plan.listings):
                bar.begin(position, len(plan.listings))
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
        self.missing_fields = list(dict.fromkeys(name for column in missing for name in column.source.sent_names[:1]))
        always_sent = [column.name for column in missing if column.source.is_always_sent]
        if always_sent:
            self.warnings.append(
                f"{resource.title}: NA in all {pluralize(len(self.frame), 'row')}: {join(always_sent)}. The service "
                "documents these fields, but did not send them. Check that url is the address of this service and "
                "its version; frame.attrs lists all missing_fields."
            )

    def _read_listing(self, position: int, listing: Listing, bar: ProgressBar) -> None:
        def fetch_page(query: dict[str, str], upcoming: list[dict[str, str]]) -> Page:
            ref = PageRef(position, tuple(query.items()))
            following = [PageRef(position, tuple(item.items())) for item in upcoming]
            response = self._pages.get(ref, following or self._first_pages(position))
            self.responses.append(response)
            parse = partial(self._parse, listing, response)
            return self._plan.resource.parse_response(parse, response)

        read, first_page = PageProgress(), len(self.responses)
        ambiguous_ids: list[Any] = []
        for read in iterate_pages(self._plan.resource.paging, fetch_page, listing.label, self._known_rows):
            self.new_row_counts.append(len(read.new_rows))
            bar.update(len(read.new_rows), read.total)
            self._builder.add(read.new_rows, listing.constants)
            for key, row in read.repeated:
                page = read.keys[key]
                if row == self._row_of(listing, self.responses[first_page + page], key):
                    continue
                self.changed_ids.append(key)
                if page == read.pages - 1:
                    ambiguous_ids.append(key)
                else:
                    # What comes next of it is compared with this: it may change back.
                    read.keys[key] = read.pages - 1
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
        """Decode a page again, for its first row with this key: the rows of earlier pages are not kept."""
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

    def _first_pages(self, position: int) -> list[PageRef]:
        """Return the first pages of the next listings, which are prefetched while this one ends."""
        paging = tuple(self._plan.resource.first_page_query.items())
        end = min(position + 1 + PREFETCH_DEPTH, len(self._plan.listings))
        return [PageRef(following, paging) for following in range(position + 1, end)]

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
        if not related:
            return
        found = pd.concat(related)
        _fill_from(found, self.frame, lacking, lookup)
        if lookup.no_match_warning and not rows[lookup.key].isin(found[lookup.other_key]).any():
            self.warnings.append(f"{self._plan.resource.title}: {lookup.no_match_warning}")

    def _load_related(self, resource: Resource, query: Query) -> pd.DataFrame:
        """Load rows of another resource from the same source; they are cached with this load."""
        options = Options(progress=self._plan.options.progress)
        plan = LoadPlan(resource, [resource.listing], options, ParsedArguments(query))
        if isinstance(self._pages, CachedPages):
            result = Pass(plan, self._connection, self._pages).read()
        else:
            fetch = partial(fetch_page, plan, self._connection, resource.default_params)
            # The requests so far count in the new scope too, which takes the place of the old one.
            with Prefetcher(fetch, self.scope.count) as pages:
                self.scope = pages.scope
                result = Pass(plan, self._connection, pages).read()
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


def fetch_page(
    plan: LoadPlan, connection: Connection, default_params: Query, ref: PageRef, scope: RequestScope, retry: bool
) -> Response:
    """Fetch one page; ``default_params`` are the resource's, or those with a fallback."""
    resource, listing = plan.resource, plan.listings[ref.listing]
    sent = {key: value for key, value in default_params.items() if value}
    query = {**sent, **plan.query, **listing.params, **dict(ref.paging)}
    request = Request(listing.path, query, listing.label, plan.sensitive_params)
    return prepare(resource, connection.client.send(request, scope, retry))


def prepare(resource: Resource, response: Response) -> Response:
    """Return a response as frame and cache may have it."""
    # Only a check: the decoder skips undeclared members, and would not notice invalid UTF-8 in them.
    resource.parse_response(response.content.decode, response)
    if (sanitize := resource.sanitize) is not None:
        # requests offers no way to replace a body. It is replaced here so that neither frame nor cache gets the other.
        response._content = resource.parse_response(lambda: sanitize(response.content), response)
    return response
