"""Comparison with a baseline: what changed since, and which findings are new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

import pandas as pd

from pmframes._analysis.changes import compare, read_snapshots
from pmframes._analysis.common import as_texts, with_sources
from pmframes._analysis.findings import FindingPart, Findings, find
from pmframes._analysis.review_input import FrameName, ReviewInput, is_filtered_by_login
from pmframes._analysis.rules import Rule
from pmframes._frames.provenance import ATTRS_KEY, Source, project_scope, read_sources, resource_names
from pmframes._text import join, join_limited
from pmframes.errors import InvalidArgument

FindingStatus = Literal["new", "unchanged", "not comparable"]

_MAX_LISTED = 10
_CHANGE_KEY = ("change", "project_id", "id", "column")


@dataclass(frozen=True)
class ProjectScopeDiff:
    """Projects that only the baseline or only the current review covers: names by id, as text."""

    removed: Mapping[str, str]
    added: Mapping[str, str]

    def __str__(self) -> str:
        """Format as sentences; empty where both cover the same projects."""
        scopes = (("the baseline", self.removed), ("this review", self.added))
        return " ".join(
            f"Projects only in {scope}, not compared: {join_limited([*names.values()], _MAX_LISTED)}."
            for scope, names in scopes
            if names
        )


@dataclass(frozen=True, eq=False)
class BaselineComparison:
    """What differs from a baseline.

    ``findings`` are those of the review with the column ``status``. ``frame_names`` are the frames whose
    changes are in ``changes``.
    """

    findings: pd.DataFrame
    changes: pd.DataFrame
    frame_names: list[FrameName]
    scope_diff: ProjectScopeDiff


def compare_with_baseline(
    baseline: ReviewInput, current: ReviewInput, findings: Findings, rules: Sequence[Rule]
) -> BaselineComparison:
    """Compare a review and its findings with a baseline."""
    # Who logged in is another question each time: its rows do not join or leave.
    names: list[FrameName] = [name for name in current.frames if name in baseline.frames and name != "logged_in"]
    pairs = {name: (baseline.frames[name], current.frames[name]) for name in names}
    changes = _compare_frames(pairs)
    diff = scope_diff(baseline, current)
    with_status = _add_status(findings, find(baseline, rules, is_baseline=True), diff)
    return BaselineComparison(with_status, changes, names, diff)


def read_baseline(before: Any, current: ReviewInput) -> ReviewInput:
    """Read the baseline: each frame of ``before``, by the name of the current frame of its kind."""
    snapshots = read_snapshots("before", before)
    frames: dict[str, pd.DataFrame] = {}
    for frame in snapshots:
        is_logged_in = len(snapshots) > 1 and _is_logged_in(frame, current)
        name = "logged_in" if is_logged_in else _match_name(frame, current)
        if name in frames:
            raise InvalidArgument(
                f"before contains two frames of {name}, and only one can be compared.", "Leave one out."
            )
        frames[name] = frame
    try:
        return ReviewInput(**frames)
    except InvalidArgument as error:
        raise InvalidArgument(f"before: {error.cause}", error.remedy) from None


def _is_logged_in(frame: pd.DataFrame, current: ReviewInput) -> bool:
    is_people_filtered = current.people is not None and is_filtered_by_login(current.people)
    return is_filtered_by_login(frame) and not is_people_filtered


def _match_name(frame: pd.DataFrame, current: ReviewInput) -> FrameName:
    """Return the name of the current frame of the same resource that shares most columns."""
    origin = resource_names(frame)
    candidates = {
        name: other
        for name, other in current.frames.items()
        if name != "logged_in" and (not origin or resource_names(other) in (set(), origin))
    }
    if not candidates:
        raise InvalidArgument(
            f"before contains {join(sorted(origin))}, which is not part of this review.",
            "Pass that frame as well, loaded with the same arguments, or leave it out of before.",
        )
    return max(candidates, key=lambda name: len(set(candidates[name]).intersection(frame)))


def scope_diff(baseline: ReviewInput, current: ReviewInput) -> ProjectScopeDiff:
    """Return the projects that only one of two reviews covers."""
    removed: dict[str, str] = {}
    added: dict[str, str] = {}
    for name in baseline.frames.keys() & current.frames.keys():
        removed |= _find_projects_only_in(baseline.frames[name], current.frames[name])
        added |= _find_projects_only_in(current.frames[name], baseline.frames[name])
    return ProjectScopeDiff(removed, added)


def _find_projects_only_in(frame: pd.DataFrame, other: pd.DataFrame) -> dict[str, str]:
    project_ids = map(str, sorted(project_scope(frame) - project_scope(other)))
    names = _read_project_names(frame)
    return {
        project_id: f"{names[project_id]} ({project_id})" if project_id in names else project_id
        for project_id in project_ids
    }


def _read_project_names(frame: pd.DataFrame) -> dict[str, str]:
    if not {"project_id", "project_name"} <= {*frame}:
        return {}
    named = frame[["project_id", "project_name"]].dropna().drop_duplicates("project_id")
    return dict(zip(as_texts(named["project_id"]), named["project_name"].astype("str"), strict=True))


def restrict_to_common(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Restrict two frames to the projects of both; where there are none, return them as they are."""
    common = project_scope(before) & project_scope(after)
    return (_restrict(before, common), _restrict(after, common)) if common else (before, after)


def _restrict(frame: pd.DataFrame, project_ids: set[int]) -> pd.DataFrame:
    if project_scope(frame) == project_ids or "project_id" not in frame:
        return frame
    rows = frame[as_texts(frame["project_id"]).isin([*map(str, project_ids)])]
    entries = [_restrict_params(source, project_ids) for source in read_sources(frame)]
    rows.attrs = frame.attrs | {ATTRS_KEY: {"sources": entries}}
    return rows


def _restrict_params(source: Source, project_ids: set[int]) -> dict[str, Any]:
    """Return the provenance of a load as if it had been for these projects alone."""
    if "projects" not in source.params:
        return dict(source.entry)
    return {**source.entry, "params": {**source.entry["params"], "projects": [*project_ids]}}


def _compare_frames(pairs: Mapping[FrameName, tuple[pd.DataFrame, pd.DataFrame]]) -> pd.DataFrame:
    """Compare pairs of frames, each over the projects of both; ``data_set`` names the pair."""
    tables = _drop_duplicates({name: compare(*restrict_to_common(*pair)) for name, pair in pairs.items()})
    for name, table in tables.items():
        table.insert(0, "data_set", pd.Series(name, table.index, dtype="str"))
    parts = [table for table in tables.values() if len(table)] or [*tables.values()][:1]
    return with_sources(pd.concat(parts, ignore_index=True), *chain.from_iterable(pairs.values()))


def _drop_duplicates(tables: dict[FrameName, pd.DataFrame]) -> dict[FrameName, pd.DataFrame]:
    """Drop changes that people and permissions share.

    Joined and left stay in permissions, which have what was granted; changed values stay in people.
    """
    if not {"people", "permissions"} <= tables.keys():
        return tables
    people, permissions = tables["people"], tables["permissions"]
    people_keys, permission_keys = _build_change_keys(people), _build_change_keys(permissions)
    in_permissions = (people["change"] != "changed") & people_keys.isin(permission_keys)
    in_people = (permissions["change"] == "changed") & permission_keys.isin(people_keys)
    return tables | {"people": people[~in_permissions], "permissions": permissions[~in_people]}


def _build_change_keys(changes: pd.DataFrame) -> pd.Series[Any]:
    """Return a value per change, to compare changes by; for joined or left without the columns."""
    keys = zip(*(changes[name].astype("str").fillna("") for name in _CHANGE_KEY), strict=True)
    values = zip(changes["column"].notna(), changes["before"], changes["after"], strict=True)
    comparable = [
        (*key, repr((before, after)) if is_value else "")
        for key, (is_value, before, after) in zip(keys, values, strict=True)
    ]
    return pd.Series(comparable, changes.index, dtype=object)


def _add_status(current: Findings, baseline: Findings, diff: ProjectScopeDiff) -> pd.DataFrame:
    known: set[FindingPart] = set().union(*baseline.parts)
    not_checked = {*baseline.table.attrs[ATTRS_KEY]["not_checked"]}
    statuses = [
        _compare_parts(parts - known, rule in not_checked, diff)
        for rule, parts in zip(current.table["rule"], current.parts, strict=True)
    ]
    table = current.table.copy()
    table.insert(2, "status", pd.Series(statuses, table.index, dtype="str"))
    return table


def _compare_parts(new_parts: set[FindingPart], is_unchecked: bool, diff: ProjectScopeDiff) -> FindingStatus:
    """Return the status of a finding.

    Another name makes nothing new, one more permission does. A finding is not comparable if its rule could
    not be checked in the baseline, or if all that is new is on projects that the baseline does not cover.
    """
    if not new_parts:
        return "unchanged"
    if is_unchecked or all(part.project in diff.added for part in new_parts):
        return "not comparable"
    return "new"
