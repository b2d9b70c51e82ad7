"""The projects that only one of two reviews is of: deleted or left out since, or new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pmframes.frames.provenance import KEY, projects, sources
from pmframes.summaries.shared import as_texts, several

_MOST_NAMED = 10


@dataclass(frozen=True)
class Apart:
    """Projects by their numbers, as text, with what they are called: of last time alone, and of now alone."""

    gone: Mapping[str, str] = field(default_factory=dict)
    added: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say which projects are not compared; nothing where all are."""
        gone, added = (several([*one.values()], _MOST_NAMED) for one in (self.gone, self.added))
        sentences = [
            f"Reviewed last time and not now, so not compared: {gone}." if gone else "",
            f"Reviewed now and not last time, so not compared: {added}." if added else "",
        ]
        return " ".join(filter(None, sentences))


def apart(kept: Mapping[str, pd.DataFrame], given: Mapping[str, pd.DataFrame]) -> Apart:
    """Name the projects that only the frames of one side are of."""
    gone: dict[str, str] = {}
    added: dict[str, str] = {}
    for name in kept.keys() & given.keys():
        gone |= _only_of(kept[name], given[name])
        added |= _only_of(given[name], kept[name])
    return Apart(gone, added)


def in_common(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leave of two frames what is of the projects of both; where there are none, all of them."""
    both = projects(before) & projects(after)
    return (_of(both, before), _of(both, after)) if both else (before, after)


def _of(wanted: set[int], frame: pd.DataFrame) -> pd.DataFrame:
    if projects(frame) == wanted or "project_id" not in frame:
        return frame
    rows = frame[as_texts(frame["project_id"]).isin([*map(str, wanted)])]
    loads = [_narrowed(one, wanted) for one in sources(frame)["sources"]]
    rows.attrs = frame.attrs | {KEY: {"sources": loads}}
    return rows


def _narrowed(source: dict[str, Any], wanted: set[int]) -> dict[str, Any]:
    params = source.get("params", {})
    return source | {"params": params | {"projects": [*wanted]}} if "projects" in params else source


def _only_of(frame: pd.DataFrame, other: pd.DataFrame) -> dict[str, str]:
    """Name the projects that a frame is of and another is not."""
    numbers = map(str, sorted(projects(frame) - projects(other)))
    names = _names(frame)
    return {number: f"{names[number]} ({number})" if number in names else number for number in numbers}


def _names(frame: pd.DataFrame) -> dict[str, str]:
    if not {"project_id", "project_name"} <= {*frame}:
        return {}
    named = frame[["project_id", "project_name"]].dropna().drop_duplicates("project_id")
    return dict(zip(as_texts(named["project_id"]), named["project_name"].astype("str"), strict=True))
