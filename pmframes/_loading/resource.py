"""Declarations: a resource, what is parsed from its pages, its listings, look-ups among other resources.

Nothing here acts; ``loader.py`` loads what is declared.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias, TypeVar

import msgspec
import pandas as pd
from requests import Response

from pmframes import _messages, _validation
from pmframes._frames.schema import Record
from pmframes._http.client import parse_response
from pmframes._http.pagination import Paging
from pmframes._http.service import Service
from pmframes._types import Params

T = TypeVar("T")
Query: TypeAlias = dict[str, str | list[str]]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class ParsedPage:
    """The content of one response, without its envelope.

    The rows are still JSON. ``has_more``, ``total`` and ``size`` are what the service says about its pages,
    None where it says nothing. ``included`` holds the objects sent beside the rows, by kind and id.
    ``error`` is the explanation where a response with status 200 reports a failure.
    """

    rows: bytes | msgspec.Raw
    has_more: bool | None = None
    total: int | None = None
    size: int | None = None
    included: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    error: Any = None


Parse = Callable[[bytes], ParsedPage]


@dataclass(frozen=True)
class Listing:
    """One paged list within a load, such as the people of one project.

    ``label`` names it in errors; ``constants`` are the values that its rows have in common; ``params`` are
    query parameters of this listing only; ``parse`` replaces the resource's.
    """

    path: str
    label: str
    constants: Mapping[str, Any] = field(default_factory=dict)
    params: Query = field(default_factory=dict)
    parse: Parse | None = None


@dataclass(frozen=True)
class Resource:
    """A list that a service offers: its path, pagination and schema.

    Every request sends ``default_params``. Where the service refuses them, each of ``fallback_params``
    replaces some of them, in this order; an empty value leaves a parameter out. ``reread_params`` replace some
    where a list has to be read again. ``other_fields`` are the documented fields without a column.
    ``sensitive_params`` hold what a user typed: no cache, error or
    provenance repeats their values. ``sanitize`` is applied to a body before anything else reads it.
    ``uncacheable_part`` names what must not be cached, empty if everything may be; it completes "{title} with
    …". ``dedupe_key`` is the column that identifies a repeated row, None where rows have no identity.
    """

    service: Service
    name: str
    record: type[Record]
    path: str
    paging: Paging
    parse: Parse
    dedupe_key: str | None = "id"
    default_params: Query = field(default_factory=dict)
    fallback_params: tuple[Query, ...] = ()
    reread_params: Query = field(default_factory=dict)
    other_fields: frozenset[str] = frozenset()
    sensitive_params: frozenset[str] = frozenset()
    ttl: timedelta = HOUR
    sanitize: Callable[[bytes], bytes] | None = None
    uncacheable_part: str = ""

    @property
    def title(self) -> str:
        """Return the names of service and resource, for messages."""
        return f"{self.service.title} {self.name}"

    @property
    def first_page_query(self) -> dict[str, str]:
        """Return the paging keys of the first page."""
        return self.paging.query(0, 0)

    @property
    def listing(self) -> Listing:
        """Return the listing of all rows."""
        return Listing(self.path, self.title)

    def parse_response(self, parse: Callable[[], T], response: Response) -> T:
        """Parse a response, or raise what is wrong with it."""
        return parse_response(parse, self.service.title, self.title, response)


@dataclass(frozen=True)
class RelatedColumns:
    """Columns of a frame that are filled from another resource, as part of the same load.

    Rows that lack the first column of ``fill`` are matched by their column ``key`` with the rows of the other
    resource, by its column ``other_key`` as far as that is unique there; ``fill`` maps the columns of the
    frame to those of the other resource. ``queries`` returns, for the rows that lack values, the queries that
    may find them: they are sent in order until every row has a match. If that fails, the values stay NA and the
    user is warned; with ``no_match_warning``, also if no row has a match.
    """

    resource: Resource
    key: str
    other_key: str
    fill: Mapping[str, str]
    queries: Callable[[pd.DataFrame], Sequence[Query]]
    warning: str
    no_match_warning: str = ""

    @property
    def main_column(self) -> str:
        """Return the first column of ``fill``, which decides: rows that lack it are looked up."""
        return next(iter(self.fill))


@dataclass(frozen=True)
class Options:
    """The arguments that all loaders have."""

    refresh: bool = False
    progress: bool | None = None
    params: Params = None
    extra_columns: bool = False

    def __post_init__(self) -> None:
        _validation.parse_bool("refresh", self.refresh)
        if self.progress is not None:
            _validation.parse_bool("progress", self.progress)
        _validation.parse_bool("extra_columns", self.extra_columns)
        if self.params is not None and not isinstance(self.params, Mapping):
            raise _messages.wrong_kind("params", self.params, "a dict of query parameters and their values")
