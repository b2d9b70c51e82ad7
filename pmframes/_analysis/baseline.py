"""What is new since last time: frames that were kept then, each beside the one of now that is of its kind.

Frames go by the names of the arguments of ``findings``: people, permissions, roles, logged_in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import pandas as pd

from pmframes import _messages
from pmframes._analysis.changes import changes, read_all
from pmframes._analysis.common import as_texts, with_sources
from pmframes._analysis.findings import Part, findings_and_parts, is_by_login
from pmframes._analysis.rules import Rule
from pmframes._frames.provenance import KEY, Source, projects, read_sources, resources
from pmframes._text import join_limited

_MOST_NAMED = 10


@dataclass(frozen=True)
class Apart:
    """Projects by their numbers, as text, with what they are called: of last time alone, and of now alone."""

    gone: Mapping[str, str] = field(default_factory=dict)
    added: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say which projects are not compared; nothing where all are."""
        gone, added = (join_limited([*one.values()], _MOST_NAMED) for one in (self.gone, self.added))
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
    loads = [_narrowed(source, wanted) for source in read_sources(frame)]
    rows.attrs = frame.attrs | {KEY: {"sources": loads}}
    return rows


def _narrowed(source: Source, wanted: set[int]) -> dict[str, Any]:
    if "projects" not in source.params:
        return dict(source.entry)
    return {**source.entry, "params": {**source.entry["params"], "projects": [*wanted]}}


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


NEW, AS_BEFORE, NOT_COMPARED = "new", "as before", "not compared"
_LOGGED_IN = "logged_in"
_LINE = ("change", "project_id", "id", "column")


def kept_frames(before: Any, given: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Give the frames of ``before``, by the names of those of now; ``logged_in`` may have none now."""
    frames = read_all("before", before)
    lists = {name: frame for name, frame in given.items() if name != _LOGGED_IN}
    kept: dict[str, pd.DataFrame] = {}
    for frame in frames:
        name = (
            _LOGGED_IN if len(frames) > 1 and _is_logged_in(frame, given["people"]) else _name(frame, lists)
        )
        if name in kept:
            raise _messages.twice_before(name)
        kept[name] = frame
    return kept


def _is_logged_in(frame: pd.DataFrame, people: pd.DataFrame) -> bool:
    return is_by_login(frame) and not is_by_login(people)


def _name(frame: pd.DataFrame, compared: Mapping[str, pd.DataFrame]) -> str:
    """Name the frame that is of the same resource and has most of the columns."""
    kinds = resources(frame)
    alike = [name for name, one in compared.items() if not kinds or resources(one) in (set(), kinds)]
    if not alike:
        raise _messages.nothing_to_compare(kinds)
    return max(alike, key=lambda name: len(set(compared[name]).intersection(frame)))


def compared(kept: Mapping[str, pd.DataFrame], given: Mapping[str, pd.DataFrame]) -> list[str]:
    """List the frames whose changes count: not ``logged_in``, which is of other days each time."""
    return [name for name in given if name in kept and name != _LOGGED_IN]


def changes_since(kept: Mapping[str, pd.DataFrame], given: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Compare each frame with that of last time, over the projects of both; ``of`` says of which a change is.

    What people and permissions tell alike is told once: of permissions who joined or left, since these say
    with which, and of people what changed.
    """
    pairs = {name: (kept[name], given[name]) for name in compared(kept, given)}
    tables = _told_once({name: changes(*in_common(*pair)) for name, pair in pairs.items()})
    for name, table in tables.items():
        table.insert(0, "of", pd.Series(name, table.index, dtype="str"))
    parts = [table for table in tables.values() if len(table)] or [*tables.values()][:1]
    return with_sources(pd.concat(parts, ignore_index=True), *chain.from_iterable(pairs.values()))


def _told_once(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    if not {"people", "permissions"} <= tables.keys():
        return tables
    people, members = tables["people"], tables["permissions"]
    again_in_people = (people["change"] != "changed") & _lines(people).isin(_lines(members))
    again_in_members = (members["change"] == "changed") & _lines(members).isin(_lines(people))
    return tables | {"people": people[~again_in_people], "permissions": members[~again_in_members]}


def _lines(table: pd.DataFrame) -> pd.Series[Any]:
    """Give what a line tells as one value; of who joined or left, who and where that was."""
    parts = zip(*(table[name].astype("str").fillna("") for name in _LINE), strict=True)
    values = zip(table["column"].notna(), table["before"], table["after"], strict=True)
    told = [(*line, repr(one[1:]) if one[0] else "") for line, one in zip(parts, values, strict=True)]
    return pd.Series(told, table.index, dtype=object)


def with_novelty(
    found: pd.DataFrame,
    parts: Iterable[set[Part]],
    kept: Mapping[str, pd.DataFrame],
    rules: Iterable[Rule] | None,
    apart: Apart,
) -> pd.DataFrame:
    """Add the column ``new``: whether a finding is new, as before, or could not be compared.

    It is as before if all its ``parts`` were found then: another name makes nothing new, one more permission
    does. It could not be compared if its rule was not checked then, or all that is new about it is on
    projects that were not looked at.
    """
    last, last_parts = findings_and_parts(kept, rules, of_last_time=True)
    known: set[Part] = set().union(*last_parts)
    unchecked = last.attrs[KEY]["not_checked"]
    words = []
    for rule, one in zip(found["rule"], parts, strict=True):
        more = one - known
        is_unknown = rule in unchecked or all(project in apart.added for *_, project, _ in more)
        words.append(AS_BEFORE if not more else NOT_COMPARED if is_unknown else NEW)
    table = found.copy()
    table.insert(2, "new", pd.Series(words, found.index, dtype="str"))
    return table
