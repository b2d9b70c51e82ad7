"""Parse the argument ``projects`` of a loader that loads a list of each project."""

from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

import pandas as pd

from pmframes import _messages, _validation
from pmframes._frames.provenance import read_sources
from pmframes._http.service import Service
from pmframes._text import join
from pmframes.errors import InvalidArgument

Id = TypeVar("Id", int, str)


def parse_projects(
    projects: Any, service: Service, resources: Collection[str], parse_id: Callable[[str, Any, str], Id], example: str
) -> dict[Id, str | None]:
    """Parse ids of projects, or a frame that has them, into ids with the names that the frame has.

    ``resources`` are those of the service whose frames have projects.
    """
    loader = f"pm.{service.name}.projects()"
    wanted = f"ids such as {example}; {loader} lists them"
    if not isinstance(projects, pd.DataFrame):
        return dict.fromkeys(_validation.parse_each("projects", projects, parse_id, wanted))
    remedy = f"Pass the frame that {loader} returns, or ids such as {example}."
    sources = read_sources(projects)
    # The id of something else may be that of a project too.
    if sources and not any(source.service == service.name and source.resource in resources for source in sources):
        raise InvalidArgument(f"projects was given a frame of {join(source.title for source in sources)}.", remedy)
    prefix = "project_" if "project_id" in projects else ""
    if f"{prefix}id" not in projects:
        raise _messages.missing_columns("projects", ["id"], loader)
    if projects[f"{prefix}id"].isna().any():
        raise InvalidArgument(f"projects has rows without {prefix}id, which are on no project.", remedy)
    names: Iterable[Any] = projects.get(f"{prefix}name", [None] * len(projects))
    ids = [parse_id("projects", value, wanted) for value in projects[f"{prefix}id"]]
    return {id_: None if pd.isna(name) else str(name) for id_, name in zip(ids, names, strict=True)}
