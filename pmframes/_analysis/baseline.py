"""Comparison with a baseline: what changed since, and which findings are new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Literal, Protocol, runtime_checkable

import pandas as pd

from pmframes._analysis.changes import read_snapshots
from pmframes._analysis.common import as_texts, check_whole, with_sources
from pmframes._analysis.comparison import compare
from pmframes._analysis.findings import FindingPart, Findings, find
from pmframes._analysis.review_input import FrameName, ReviewInput, is_filtered_by_login
from pmframes._analysis.rules import Rule
from pmframes._frames.provenance import ATTRS_KEY, Source, project_scope, read_sources, resource_names, sort_project_ids
from pmframes._text import join, join_limited
from pmframes._types import TEXT
from pmframes.errors import InvalidArgument

FindingStatus = Literal["new", "unchanged", "not comparable"]

_MAX_LISTED_PROJECTS = 10
_CHANGE_KEY = ("change", "project_id", "id", "column")


@runtime_checkable
class BaselineSource(Protocol):
    """Something that holds earlier frames, such as a history."""

    def _find_baseline(self, frames: Mapping[FrameName, pd.DataFrame]) -> tuple[dict[FrameName, pd.DataFrame], str]:
        """Return the last ones that were fetched earlier than these, loaded in the same way, and which they are."""
        ...


@dataclass(frozen=True)
class ProjectScopeDiff:
    """Projects that only the baseline or only the current review covers: names by id, as text."""

    only_in_baseline: Mapping[str, str]
    only_in_current: Mapping[str, str]

    def __str__(self) -> str:
        """Format as sentences; empty where both cover the same projects."""
        scopes = (("the baseline", self.only_in_baseline), ("this review", self.only_in_current))
        return " ".join(
            f"Projects only in {scope}, not compared: {join_limited([*names.values()], _MAX_LISTED_PROJECTS)}."
            for scope, names in scopes
            if names
        )


@dataclass(frozen=True, eq=False)
class BaselineComparison:
    """What differs from a baseline.

    ``findings`` are those of the review with the column ``status``. ``frame_names`` are the frames whose
    changes are in ``changes``. ``as_of`` is when the oldest frame of the baseline was loaded, where it is known.
    """

    findings: pd.DataFrame
    changes: pd.DataFrame
    frame_names: list[FrameName]
    scope_diff: ProjectScopeDiff
    as_of: datetime | None


def compare_with_baseline(
    baseline: ReviewInput, current: ReviewInput, current_findings: Findings, rules: Sequence[Rule]
) -> BaselineComparison:
    """Compare a review and its findings with a baseline."""
    # logged_in is loaded for another period each time, so its rows are not compared.
    for name, frame in baseline.frames.items():
        check_whole(f"before ({name})", frame)
    for name, frame in current.frames.items():
        check_whole(name, frame)
    names: list[FrameName] = [name for name in current.frames if name in baseline.frames and name != "logged_in"]
    pairs = {name: (baseline.frames[name], current.frames[name]) for name in names}
    changes = _compare_frames(pairs)
    scope_diff = find_scope_diff(baseline, current)
    baseline_findings = find(baseline, rules, is_baseline=True)
    with_status = _add_status(baseline_findings, current_findings, scope_diff)
    times = [source.fetched_at for source in read_sources(*baseline.frames.values())]
    as_of = min((time for time in times if time is not None), default=None)
    return BaselineComparison(with_status, changes, names, scope_diff, as_of)


def read_baseline(before: Any, current: ReviewInput) -> ReviewInput:
    """Read the baseline from ``before``: its frames, keyed by the name of the matching current frame."""
    baseline_frames = read_snapshots("before", before)
    frames_by_name: dict[str, pd.DataFrame] = {}
    for frame in baseline_frames:
        # logged_in needs people, so a single frame counts as people, and compare refuses its filter.
        is_logged_in = len(baseline_frames) > 1 and _is_logged_in_frame(frame, current)
        name = "logged_in" if is_logged_in else _match_name(frame, current)
        if name in frames_by_name:
            raise InvalidArgument(
                f"before contains two frames of {name}, and only one can be compared.", "Leave one out."
            )
        frames_by_name[name] = frame
    try:
        return ReviewInput(**frames_by_name)
    except InvalidArgument as error:
        raise InvalidArgument(f"before: {error.cause}", error.remedy) from None


def _is_logged_in_frame(frame: pd.DataFrame, current: ReviewInput) -> bool:
    is_people_filtered = current.people is not None and is_filtered_by_login(current.people)
    return is_filtered_by_login(frame) and not is_people_filtered


def _match_name(frame: pd.DataFrame, current: ReviewInput) -> FrameName:
    """Return the name of the current frame of the same resource that shares most columns.

    A frame without provenance may be of any resource.
    """
    resources = resource_names(frame)
    candidates = {
        name: other
        for name, other in current.frames.items()
        if name != "logged_in" and (not resources or not resource_names(other) or resources == resource_names(other))
    }
    if not candidates:
        raise InvalidArgument(
            f"before contains {join(sorted(resources))}, which is not part of this review.",
            "Pass that frame as well, loaded with the same arguments, or leave it out of before.",
        )
    return max(candidates, key=lambda name: len(set(candidates[name]).intersection(frame)))


def find_scope_diff(baseline: ReviewInput, current: ReviewInput) -> ProjectScopeDiff:
    """Return the projects that only one of two reviews covers."""
    pairs = [(baseline.frames[name], frame) for name, frame in current.frames.items() if name in baseline.frames]
    return ProjectScopeDiff(
        only_in_baseline=_find_projects_only_in_first(pairs),
        only_in_current=_find_projects_only_in_first([(after, before) for before, after in pairs]),
    )


def _find_projects_only_in_first(pairs: Sequence[tuple[pd.DataFrame, pd.DataFrame]]) -> dict[str, str]:
    """Return the projects that only the first frame of any pair covers, in the order of their ids."""
    project_ids: set[int | str] = set()
    names: dict[str, str] = {}
    for frame, other in pairs:
        project_ids |= project_scope(frame) - project_scope(other)
        # Not every frame has the name of a project; where several do, the first counts.
        names = read_project_names(frame) | names
    return {
        project_id: f"{names[project_id]} ({project_id})" if project_id in names else project_id
        for project_id in map(str, sort_project_ids(project_ids))
    }


def read_project_names(frame: pd.DataFrame) -> dict[str, str]:
    """Return the names of the projects of a frame by their ids as text."""
    if not {"project_id", "project_name"} <= set(frame.columns):
        return {}
    named = frame[["project_id", "project_name"]].dropna().drop_duplicates("project_id")
    return dict(zip(as_texts(named["project_id"]), named["project_name"].astype(TEXT), strict=True))


def restrict_to_common(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Restrict two frames to the projects of both.

    Frames that share no project are returned as they are: ``compare`` refuses other projects.
    """
    common = project_scope(before) & project_scope(after)
    return (_restrict(before, common), _restrict(after, common)) if common else (before, after)


def _restrict(frame: pd.DataFrame, project_ids: set[int | str]) -> pd.DataFrame:
    # Without project_id, the rows of a project are not known: the frame stays unrestricted.
    if project_scope(frame) == project_ids or "project_id" not in frame:
        return frame
    # Compared as text, because a frame from a file may have the ids as text or as another type of number.
    rows = frame[as_texts(frame["project_id"]).isin([*map(str, project_ids)])]
    entries = [_restrict_params(source, project_ids) for source in read_sources(frame)]
    rows.attrs = frame.attrs | {ATTRS_KEY: {"sources": entries}}
    return rows


def _restrict_params(source: Source, project_ids: set[int | str]) -> dict[str, Any]:
    """Return the provenance of a load as if it had been for these projects alone."""
    if "projects" not in source.params:
        return dict(source.entry)
    return {**source.entry, "params": {**source.entry["params"], "projects": [*project_ids]}}


def _compare_frames(pairs: Mapping[FrameName, tuple[pd.DataFrame, pd.DataFrame]]) -> pd.DataFrame:
    """Compare pairs of frames, each over the projects of both; the column ``data_set`` has the name of the frame."""
    tables_by_name = _drop_shared_changes({name: compare(*restrict_to_common(*pair)) for name, pair in pairs.items()})
    for name, table in tables_by_name.items():
        table.insert(0, "data_set", pd.Series(name, table.index, dtype=TEXT))
    # Empty tables would make pandas guess the dtypes; if all are empty, the first has the columns and dtypes.
    tables = [table for table in tables_by_name.values() if len(table)] or [*tables_by_name.values()][:1]
    return with_sources(pd.concat(tables, ignore_index=True), *chain.from_iterable(pairs.values()))


def _drop_shared_changes(tables: dict[FrameName, pd.DataFrame]) -> dict[FrameName, pd.DataFrame]:
    """Drop changes that people and permissions share.

    Joined and left are kept in permissions, since only those rows say what was granted; changed values are
    kept in people.
    """
    if not {"people", "permissions"} <= tables.keys():
        return tables
    people, permissions = tables["people"], tables["permissions"]
    people_keys, permission_keys = _build_change_keys(people), _build_change_keys(permissions)
    in_permissions = (people["change"] != "changed") & people_keys.isin(permission_keys)
    in_people = (permissions["change"] == "changed") & permission_keys.isin(people_keys)
    return tables | {"people": people[~in_permissions], "permissions": permissions[~in_people]}


def _build_change_keys(changes: pd.DataFrame) -> pd.Series[Any]:
    """Return a key per change; before and after count only for changed values, joined and left have none."""
    keys = zip(*(changes[name].astype(TEXT).fillna("") for name in _CHANGE_KEY), strict=True)
    values = zip(changes["column"].notna(), changes["before"], changes["after"], strict=True)
    comparable = [
        (*key, repr((before, after)) if is_value else "")
        for key, (is_value, before, after) in zip(keys, values, strict=True)
    ]
    return pd.Series(comparable, changes.index, dtype=object)


def _add_status(baseline_findings: Findings, current_findings: Findings, scope_diff: ProjectScopeDiff) -> pd.DataFrame:
    baseline_parts: set[FindingPart] = set().union(*baseline_findings.parts)
    # Read as written: not_checked_rules cleans the names for display, and here they are compared.
    not_checked = {*baseline_findings.table.attrs[ATTRS_KEY]["not_checked"]}
    statuses = [
        _find_status(parts - baseline_parts, rule not in not_checked, scope_diff)
        for rule, parts in zip(current_findings.table["rule"], current_findings.parts, strict=True)
    ]
    table = current_findings.table.copy()
    # After rule and severity.
    table.insert(2, "status", pd.Series(statuses, table.index, dtype=TEXT))
    return table


def _find_status(new_parts: set[FindingPart], was_checked: bool, scope_diff: ProjectScopeDiff) -> FindingStatus:
    """Return the status of a finding.

    A renamed person is not a new finding; one more permission is. A finding is not comparable if its rule
    could not be checked in the baseline, or if all that is new is on projects that the baseline does not
    cover.
    """
    if not new_parts:
        return "unchanged"
    if not was_checked or all(part.project in scope_diff.only_in_current for part in new_parts):
        return "not comparable"
    return "new"
