"""Shared by the lists of Teamwork: parsing parameters, paging, included records."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from ._json import encode, join_list, join_object, select_members
from .query_params import InvalidParameter, parse_boolean, parse_choice, parse_integer, parse_record_time, parse_time
from .row_hooks import apply_surplus

Arguments = MultiDict[str, str]
Record = TypeVar("Record")
DIRECTIONS = ("asc", "desc")
DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 500
MAX_WINDOW = 50_000
"""A list returns at most this many records."""


def parse_flag(arguments: Arguments, key: str, default: bool) -> bool:
    """Parse a boolean; return the default if it is absent."""
    text = arguments.get(key)
    return default if text is None else parse_boolean(key, text)


def parse_choices(arguments: Arguments, key: str, allowed: Collection[str]) -> list[str]:
    """Parse a comma-separated list of allowed values; only the first of several equal keys counts."""
    return [parse_choice(key, text, allowed) for text in arguments.get(key, "").split(",") if text]


def parse_fields(arguments: Arguments, selectable: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """Parse the selected fields per type; an empty list selects all fields."""
    return {kind: parse_choices(arguments, f"fields[{kind}]", names) for kind, names in selectable.items()}


def parse_ids(arguments: Arguments, key: str) -> list[int]:
    """Parse a comma-separated list of integers."""
    text = arguments.get(key, "")
    return [parse_integer(key, part) for part in text.split(",")] if text else []


def parse_optional_time(arguments: Arguments, key: str) -> datetime | None:
    """Parse a time; return None if it is absent."""
    text = arguments.get(key)
    return None if text is None else parse_time(key, text)


def build_later_predicate(read: Callable[[Record], str | None], bound: datetime) -> Callable[[Record], bool]:
    """Return a predicate: the time of a record is set and later than ``bound``."""

    def matches(record: Record) -> bool:
        time = parse_record_time(read(record))
        return time is not None and time > bound

    return matches


def parse_page(arguments: Arguments) -> tuple[int, int]:
    """Parse page size and page number, which must stay within MAX_WINDOW."""
    size = parse_integer(
        "pageSize", arguments.get("pageSize", str(DEFAULT_PAGE_SIZE)), minimum=1, maximum=MAX_PAGE_SIZE
    )
    page = parse_integer("page", arguments.get("page", "1"), minimum=1)
    if page * size > MAX_WINDOW:
        raise InvalidParameter("page", f"must stay within the first {MAX_WINDOW} records")
    return size, page


def build_meta(total: int, page: int, size: int, lower_bound: bool) -> dict[str, object]:
    """Build the page information; with ``lower_bound``, count one record beyond the page if there is one."""
    has_more = page * size < total
    count = page * size + 1 if lower_bound and has_more else apply_surplus(total)
    return {"page": {"pageOffset": page - 1, "pageSize": size, "count": count, "hasMore": has_more}}


def select_related(records: Mapping[int, bytes], ids: Iterable[int | None]) -> dict[str, bytes]:
    """Return the records that a page refers to, without duplicates, in order of reference."""
    return {str(id_): records[id_] for id_ in ids if id_ is not None and id_ in records}


def select_fields(records: dict[str, bytes], names: list[str] | None) -> dict[str, bytes]:
    """Reduce each record to the named members; without names, return the records unchanged."""
    if not names:
        return records
    selected = frozenset(names)
    return {key: select_members(record, selected) for key, record in records.items()}


def build_list_body(
    kind: str, records: Iterable[bytes], page: dict[str, object], included: Mapping[str, bytes]
) -> bytes:
    """Build the body of one page."""
    return join_object({kind: join_list(records), "meta": encode(page), "included": join_object(included)})
