"""Run a load plan: from the cache or the service; a complete frame or an error."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import takewhile
from typing import Any, cast

from pmframes import _messages, _registry, errors
from pmframes._connections import Connection
from pmframes._contexts import is_offline
from pmframes._frames import provenance
from pmframes._http.pagination import PREFETCH_DEPTH
from pmframes._http.prefetch import Prefetcher, load_timeout
from pmframes._http.store import CachedLoad, StoreUnreadable
from pmframes._loading.plan import LoadPlan
from pmframes._loading.reader import CachedPages, Pass, fetch_page
from pmframes._loading.resource import Query
from pmframes._text import format_age, format_time, truncate
from pmframes._types import Frame
from pmframes._version import __version__

_LOG = logging.getLogger("pmframes")
MAX_PARAMETERS_LENGTH = 200
REFUSED_STATUSES = (400, 422)
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


def run(plan: LoadPlan) -> Frame:
    """Load the frame of a plan, from the cache or else from the service, with its provenance."""
    # Parameters are encoded before the connection is looked up: a wrong one is reported before NotConnected.
    _ = plan.shown_params
    connection = _registry.get(plan.resource.service)
    frame = run_with(plan, connection)
    if frame.attrs[provenance.ATTRS_KEY]["fictional"] and _registry.get(plan.resource.service) is not connection:
        # The default was a demo for the moment before its with block began, which is another thread's.
        raise _messages.connection_closed(plan.resource.service.title)
    return frame


def run_with(plan: LoadPlan, connection: Connection) -> Frame:
    """Load the frame of a plan by this connection, whichever others there are."""
    try:
        with load_timeout():
            result = _load(plan, connection)
        result.frame.attrs[provenance.ATTRS_KEY] = build_provenance(plan, connection, result)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("Interrupted; nothing was returned or cached.") from None
    for message in result.warnings:
        _messages.warn_user(message)
    return cast("Frame", result.frame)


def _load(plan: LoadPlan, connection: Connection) -> Pass:
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


def _from_cache(plan: LoadPlan, connection: Connection) -> Pass | None:
    """Read a cached load; None if there is none, or none is wanted."""
    if plan.resource.uncacheable_part or plan.options.refresh:
        return None
    cached = connection.store.read(plan.cache_key, at_any_age=is_offline())
    if cached is None:
        return None
    try:
        result = Pass(plan, connection, CachedPages(cached)).read()
        _LOG.info("%s: from the cache, %s old", plan.resource.title, format_age(datetime.now(UTC) - cached.fetched_at))
        return result
    except errors.PmframesError:
        return None  # it is incomplete, or an earlier version wrote it


def _from_service(plan: LoadPlan, connection: Connection) -> Pass:
    """Request the load from the service, and cache it once it has become a frame."""
    result = _fetch_consistent(plan, connection)
    if not plan.resource.uncacheable_part:
        parameters = truncate(provenance.format_params(plan.shown_params), MAX_PARAMETERS_LENGTH)
        cached = CachedLoad(result.responses, result.fetched_at)
        connection.store.write(plan.cache_key, cached, result.new_row_counts, plan.resource.ttl, parameters)
    return result


def _fetch_consistent(plan: LoadPlan, connection: Connection) -> Pass:
    """Fetch all pages; where they are inconsistent, once more: rows may have changed in between.

    A total that is not exact may fall between two pages. Then two passes with the same rows confirm each
    other. Nothing confirms a load with fewer rows than the service counts.
    """
    first: Pass | None = None
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


def _fetch_all(plan: LoadPlan, connection: Connection, default_params: Query, requests_sent: int = 0) -> Pass:
    """Fetch all pages, with the fallback parameters if the service refuses the default ones.

    ``requests_sent`` is how many requests of this load were sent before; the count goes on from there.
    """
    default, refused = plan.resource.default_params, connection.refused_params.setdefault(plan.resource.name, [])
    alternatives = [default_params, default, *(default | fallback for fallback in plan.resource.fallback_params)]
    allowed = [params for at, params in enumerate(alternatives) if params not in (*refused, *alternatives[:at])]
    for params in allowed or alternatives[-1:]:
        with Prefetcher(partial(fetch_page, plan, connection, params), requests_sent) as pages:
            result = Pass(plan, connection, pages, _known_rows(plan, connection))
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


def _known_rows(plan: LoadPlan, connection: Connection) -> list[int]:
    """Return the rows of the first pages at the last load, as many as are requested at a time."""
    # Of several lists it is not known which page is whose.
    if plan.resource.uncacheable_part or len(plan.listings) != 1:
        return []
    # What was looked up for columns has no rows.
    return list(takewhile(bool, connection.store.row_counts(plan.cache_key, PREFETCH_DEPTH + 1)))


def build_provenance(plan: LoadPlan, connection: Connection, result: Pass) -> dict[str, Any]:
    """Build the entry of ``attrs`` that says where a frame came from."""
    resource = plan.resource
    is_fictional = any(response.headers.get("X-Fictional-Data") == "yes" for response in result.responses)
    entry: dict[str, Any] = {
        "service": resource.service.name,
        "url": connection.url,
        "account": connection.account,
        "resource": resource.name,
        "params": plan.shown_params,
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
    return entry
