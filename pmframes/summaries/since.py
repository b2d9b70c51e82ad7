"""What is new since last time: frames that were kept then, each beside the one of now that is of its kind.

Frames go by the names of the arguments of ``findings``: people, permissions, roles, dormant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import pandas as pd

from pmframes import errors
from pmframes.frames.provenance import KEY, resources
from pmframes.summaries.apart import Apart, in_common
from pmframes.summaries.changes import changes
from pmframes.summaries.findings import Part, findings_and_parts
from pmframes.summaries.rules import Rule
from pmframes.summaries.shared import with_sources
from pmframes.summaries.snapshots import read_all
from pmframes.summaries.subjects import is_by_login

NEW, AS_BEFORE, NOT_COMPARED = "new", "as before", "not compared"
_DORMANT = "dormant"
_LINE = ("change", "project_id", "id", "column")


def kept_frames(before: Any, given: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Give the frames of ``before``, by the names of those of now; ``dormant`` may have none now."""
    frames = read_all("before", before)
    lists = {name: frame for name, frame in given.items() if name != _DORMANT}
    kept: dict[str, pd.DataFrame] = {}
    for frame in frames:
        name = _DORMANT if len(frames) > 1 and _is_dormant(frame, given["people"]) else _name(frame, lists)
        if name in kept:
            raise errors.twice_before(name)
        kept[name] = frame
    return kept


def _is_dormant(frame: pd.DataFrame, people: pd.DataFrame) -> bool:
    return is_by_login(frame) and not is_by_login(people)


def _name(frame: pd.DataFrame, compared: Mapping[str, pd.DataFrame]) -> str:
    """Name the frame that is of the same resource and has most of the columns."""
    kinds = resources(frame)
    alike = [name for name, one in compared.items() if not kinds or resources(one) in (set(), kinds)]
    if not alike:
        raise errors.nothing_to_compare(kinds)
    return max(alike, key=lambda name: len(set(compared[name]).intersection(frame)))


def compared(kept: Mapping[str, pd.DataFrame], given: Mapping[str, pd.DataFrame]) -> list[str]:
    """Name the frames in which changes are looked for: not ``dormant``, which is of other days each time."""
    return [name for name in given if name in kept and name != _DORMANT]


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
    rules: Iterable[Rule],
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
