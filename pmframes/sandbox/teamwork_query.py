"""What the lists of Teamwork have in common: reading keys, paging, and what goes beside a page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from ._json import encode, join_list, join_object, pick
from .query_params import Refused, boolean, integer, member, moment, when

Arguments = MultiDict[str, str]
Record = TypeVar("Record")
DIRECTIONS = ("asc", "desc")
PAGE_SIZE = 50
LARGEST_PAGE = 500
WINDOW = 50_000
"""The records that one list gives out, however many there are."""


def read_switch(arguments: Arguments, key: str, default: bool) -> bool:
    """Read one switch, or what holds without it."""
    text = arguments.get(key)
    return default if text is None else boolean(key, text)


def read_words(arguments: Arguments, key: str, allowed: Collection[str]) -> list[str]:
    """Read words with commas between; of a repeated key only the first counts."""
    return [member(key, word, allowed) for word in arguments.get(key, "").split(",") if word]


def read_fields(arguments: Arguments, selectable: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """Read what is selected of each type; an empty list selects everything."""
    return {kind: read_words(arguments, f"fields[{kind}]", names) for kind, names in selectable.items()}


def read_ids(arguments: Arguments, key: str) -> list[int]:
    """Read whole numbers with commas between."""
    text = arguments.get(key, "")
    return [integer(key, part) for part in text.split(",")] if text else []


def read_moment(arguments: Arguments, key: str) -> datetime | None:
    """Read a moment, or None where it is not asked for."""
    text = arguments.get(key)
    return None if text is None else moment(key, text)


def later(read: Callable[[Record], str | None], bound: datetime) -> Callable[[Record], bool]:
    """Make a test for a time that is set and past a moment."""

    def test(record: Record) -> bool:
        found = when(read(record))
        return found is not None and found > bound

    return test


def read_page(arguments: Arguments) -> tuple[int, int]:
    """Read page size and page number, and keep to the window."""
    size = integer("pageSize", arguments.get("pageSize", str(PAGE_SIZE)), low=1, high=LARGEST_PAGE)
    page = integer("page", arguments.get("page", "1"), low=1)
    if page * size > WINDOW:
        raise Refused("page", f"must stay within the first {WINDOW} records")
    return size, page


def meta(total: int, page: int, size: int, lower_bound: bool) -> dict[str, object]:
    """Describe a page; as a lower bound, the count is one more than was shown so far while there is more."""
    has_more = page * size < total
    count = page * size + 1 if lower_bound and has_more else total
    return {"page": {"pageOffset": page - 1, "pageSize": size, "count": count, "hasMore": has_more}}


def related(records: Mapping[int, bytes], ids: Iterable[int | None]) -> dict[str, bytes]:
    """Collect the records that a page refers to, each once, in the order in which they are met."""
    return {str(record): records[record] for record in ids if record is not None and record in records}


def pick_each(records: dict[str, bytes], names: list[str] | None) -> dict[str, bytes]:
    """Cut each record down to the members asked for, or leave all as they are."""
    if not names:
        return records
    chosen = frozenset(names)
    return {key: pick(record, chosen) for key, record in records.items()}


def list_body(
    kind: str, records: Iterable[bytes], page: dict[str, object], included: Mapping[str, bytes]
) -> bytes:
    """Put one page together."""
    return join_object({kind: join_list(records), "meta": encode(page), "included": join_object(included)})
