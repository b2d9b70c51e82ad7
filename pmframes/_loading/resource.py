"""The words in which a service module declares what it offers: a resource, its answers, the lists of a load.

Nothing here acts; ``load.py`` does what is declared with them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, Protocol, TypeVar, get_args

import msgspec
import pandas as pd
from requests import Response

from pmframes import _messages, _validation
from pmframes._connections import Service
from pmframes._frames.builder import Included
from pmframes._frames.schema import Record
from pmframes._http.client import parse_response
from pmframes._http.pagination import Paging
from pmframes._validation import Query

T = TypeVar("T")
Columns = Literal["declared", "all"]
Params = Mapping[str, str | float | bool | Sequence[str | float | bool]] | None
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Answer:
    """What a service module reads off one answer.

    The rows are still JSON; ``more``, ``total`` and ``size`` are what the service says of its pages, None
    where it says nothing; ``included`` are the objects that came beside the rows, by kind and id;
    ``refusal`` is the explanation where the service refuses the request with a status that says all is well.
    """

    rows: bytes | msgspec.Raw
    more: bool | None = None
    total: int | None = None
    size: int | None = None
    included: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    refusal: Any = None


@dataclass(frozen=True)
class Resource:
    """A list that a service offers: where it is, how it pages, and what its rows are.

    ``always`` are query keys that every request has; ``or_else`` replaces some of them where the service
    refuses them. ``clean`` is applied to a body before anything else sees it. ``never_stored`` says what of
    it may not be stored, if anything. ``key`` is the column by which a row that comes twice is known, None
    where rows have none.
    """

    service: Service
    name: str
    record: type[Record]
    path: str
    paging: Paging
    read: Callable[[bytes], Answer]
    key: str | None = "id"
    always: Query = field(default_factory=dict)
    or_else: Query = field(default_factory=dict)
    free_text: frozenset[str] = frozenset()
    lifetime: timedelta = HOUR
    clean: Callable[[bytes], bytes] | None = None
    never_stored: str = ""

    @property
    def title(self) -> str:
        """Service and resource, for people."""
        return f"{self.service.title} {self.name}"

    def readable(self, read: Callable[[], T], response: Response) -> T:
        """Read an answer, or raise what says why it cannot be read."""
        return parse_response(read, self.service.title, self.title, response)


@dataclass(frozen=True)
class Options:
    """What every loader takes besides its own arguments."""

    refresh: bool = False
    progress: bool | None = None
    params: Params = None
    columns: Columns = "declared"

    def __post_init__(self) -> None:
        _validation.flag("refresh", self.refresh)
        _validation.flag("progress", self.progress)
        if _validation.one_of("columns", self.columns, get_args(Columns)) is None:
            raise _messages.not_one_of("columns", None, get_args(Columns))
        if self.params is not None and not isinstance(self.params, Mapping):
            raise _messages.wrong_kind("params", self.params, "a dict of query keys and their values")


@dataclass(frozen=True)
class Part:
    """One list among those that make up a load, such as the people of one project.

    ``query`` are query keys of this list alone; ``read`` reads its answers, where not as the resource's.
    """

    path: str
    asked_for: str
    given: Mapping[str, Any] = field(default_factory=dict)
    query: Query = field(default_factory=dict)
    read: Callable[[bytes], Answer] | None = None


class Came(Protocol):
    """What came with a frame, for whoever finishes it."""

    @property
    def included(self) -> Included:
        """The objects that came beside the rows, by kind and id."""

    def also(self, resource: Resource, query: Query) -> pd.DataFrame:
        """Load another list of the service as part of this load: of one age, and kept together."""

    def warn(self, message: str) -> None:
        """Have the user warned, at the line that called the loader."""


Finish = Callable[[pd.DataFrame, Came], pd.DataFrame]
