"""Loading: what a service offers is declared, and its loaders plan and run a load."""

from collections.abc import Mapping
from typing import Any

from pmframes._loading.filters import Filters, parse_arguments
from pmframes._loading.loader import LoadPlan
from pmframes._loading.resource import Options, Resource


def build_plan(
    resource: Resource, options: Options, filters: Filters | None = None, arguments: Mapping[str, Any] | None = None
) -> LoadPlan:
    """Build the plan of a load of all rows; ``arguments`` are the values of the filters, and the order."""
    return LoadPlan(resource, [resource.listing], options, parse_arguments(resource, filters or {}, arguments or {}))
