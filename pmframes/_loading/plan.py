"""The plan of a load: the requests of one call of a loader, and the post-processing of their rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import msgspec
import pandas as pd

from pmframes import _messages, errors
from pmframes._fork import cached_property
from pmframes._frames.builder import Included
from pmframes._loading.filters import Filters, ParsedArguments, encode_param, parse_arguments
from pmframes._loading.resource import Listing, Options, Query, RelatedColumns, Resource
from pmframes._text import safe_repr

PAGING_PARAMS = frozenset({"page", "page_size", "per_page", "limit", "offset", "skipcounts", "pagesize"})
PostProcess = Callable[[pd.DataFrame, Included], pd.DataFrame]


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


def build_plan(
    resource: Resource, options: Options, filters: Filters | None = None, arguments: Mapping[str, Any] | None = None
) -> LoadPlan:
    """Build the plan of a load of all rows; ``arguments`` are the values of the filters, and the order."""
    return LoadPlan(resource, [resource.listing], options, parse_arguments(resource, filters or {}, arguments or {}))
