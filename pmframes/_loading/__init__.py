"""Loading: what a service offers is declared, and its loaders plan and run a load."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pmframes._loading.filters import Filters, parse_arguments
from pmframes._loading.loader import LoadPlan
from pmframes._loading.resource import Options, Resource


def build_plan(resource: Resource, arguments: Mapping[str, Any], filters: Filters | None = None) -> LoadPlan:
    """Build the plan of a load of all rows; ``arguments`` are those of the loader: its ``locals()``."""
    options = Options(**{option.name: arguments[option.name] for option in fields(Options)})
    return LoadPlan(resource, [resource.listing], options, parse_arguments(resource, filters or {}, arguments))
