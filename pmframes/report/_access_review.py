"""The access review: who has access, with which permissions; findings, and changes since the last review."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike
from typing import Any

import pandas as pd

from pmframes._analysis.baseline import (
    BaselineComparison,
    BaselineSource,
    compare_with_baseline,
    read_baseline,
    read_project_names,
)
from pmframes._analysis.change_texts import PAY_COLUMNS, describe_changes, with_texts
from pmframes._analysis.common import as_texts, check_frame, to_flags, with_sources
from pmframes._analysis.comparison import severities
from pmframes._analysis.findings import check_rules, find
from pmframes._analysis.people import FLAGS, outsiders, people_by_type
from pmframes._analysis.permissions import SENSITIVE_PERMISSIONS, people_by_permission
from pmframes._analysis.review_input import ReviewInput
from pmframes._analysis.roles import roles_by_permission
from pmframes._analysis.rules import Rule, severity_counts
from pmframes._frames.provenance import not_checked_rules
from pmframes._signatures import checks_arguments
from pmframes._text import format_time, join_and, pluralize, show_hidden
from pmframes._types import TEXT
from pmframes.report._builder import ReportBuilder
from pmframes.report._memberships import (
    can_log_in,
    count_by_project,
    membership_table,
    permission_sets,
    sensitive_permissions,
    site_administrators,
)
from pmframes.report._overview import summarize_findings
from pmframes.report._parts import KeyFigure
from pmframes.report._report import Report, assemble_report

Baseline = pd.DataFrame | str | PathLike[str]

_MAX_PROJECT_NAMES = 5
_MAX_CHANGES, _MAX_ADMINISTRATORS, _MAX_MEMBERS, _MAX_MATRICES = 20, 15, 25, 5
_CHANGE_LABELS = {"joined": "added", "left": "removed", "changed": "changed"}
_WITHOUT_PERMISSIONS = (
    "Permissions on projects are not part of this review: pass permissions=pm.teamwork.permissions(projects) as well."
)

_WITHOUT_SENSITIVE = "These permissions lack all that are sensitive: who has them is not known."


@checks_arguments
def access_review(
    people: pd.DataFrame,
    permissions: pd.DataFrame | None = None,
    roles: pd.DataFrame | None = None,
    *,
    before: Baseline | Sequence[Baseline] | BaselineSource | None = None,
    logged_in: pd.DataFrame | None = None,
    rules: Iterable[Rule] | None = None,
    appendix: bool = True,
) -> Report:
    """Build the access review: who has access, with which permissions; findings and changes.

    Parameters
    ----------
    people
        What ``pm.teamwork.people`` returns, for the whole site or for projects.
    permissions
        What ``pm.teamwork.permissions`` returns: one row per person and project.
    roles
        What ``pm.projectmanager.roles`` returns.
    before
        The baseline: any of these frames from the last review, one or a list, each as a frame or as the
        parquet file written from it; or the single file that ``report.save(path)`` or ``pmframes report
        access-review --save`` wrote.
        Each is compared with the frame of its kind. A finding is new if it is not in the baseline. Projects
        present in only one of the two are not compared; the report names them. Or what ``pm.history`` returns:
        the last snapshots that were fetched earlier, loaded with the same parameters; it is only read.
    logged_in
        The people who logged in recently, as for ``pm.report.findings``.
    rules
        The rules; default: the built-in rules, ``pm.report.RULES``.
    appendix
        False leaves the appendix out of the HTML: everyone with their permissions, permissions and roles as
        tables and charts, and the rows of long tables. The workbook has them all the same.

    Returns
    -------
    Report
        Its first page has the figures and the most important findings. Findings by rule, changes by person,
        sensitive permissions by project and people by type follow, then the appendix and the provenance.

    Raises
    ------
    InvalidArgument
        If an argument is not such a frame; if a frame of ``before`` is of another kind, was loaded with other
        filters, or has none of the same projects.
    """
    review_input = ReviewInput(people=people, permissions=permissions, roles=roles, logged_in=logged_in)
    return review_access(review_input, before, rules).build_report(appendix=appendix)


@dataclass(frozen=True, eq=False)
class AccessReview:
    """The input and the results of an access review.

    With a baseline there is a ``comparison``, and ``findings`` have the column ``status``. ``baseline`` says
    which snapshots of a history it is.
    """

    review_input: ReviewInput
    findings: pd.DataFrame
    comparison: BaselineComparison | None = None
    baseline: str = ""

    @property
    def new_findings(self) -> pd.DataFrame:
        """The findings that are new, or may be because they are not comparable."""
        if self.comparison is None:
            return self.findings
        return self.findings[self.findings["status"] != "unchanged"]

    @property
    def news(self) -> dict[str, pd.Series[Any]]:
        """The severities of what is new: of findings, and with a baseline of changes."""
        changes = {} if self.comparison is None else {"changes": severities(self.comparison.changes)}
        return {"new_findings": self.new_findings["severity"], **changes}

    def has_news(self, severity: str) -> bool:
        """Whether anything new is at least so severe."""
        return any(bool((values >= severity).any()) for values in self.news.values())

    def build_report(self, *, title: str = "Access review", appendix: bool = True) -> Report:
        """Build the report; its baseline for the next review are the frames of this one."""
        people, permissions = self.review_input.frames["people"], self.review_input.permissions
        builder = ReportBuilder()
        builder.add_overview(self._describe_scope(), self._key_figures(), [*summarize_findings(self.findings)])
        builder.add_findings(self.findings)
        if self.comparison is not None:
            _add_changes(builder, self.comparison, self.review_input)
        builder.add_section("Who may do what")
        _add_access(builder, people, permissions)
        # matplotlib takes long to import, and only reports with charts need it.
        from pmframes import plot

        builder.add_table(people_by_type(people), "People by type", is_subordinate=False)
        builder.add_chart(partial(plot.people_by_type, people), "People by type")
        builder.begin_appendix()
        if self.comparison is not None:
            builder.add_table(_changes_table(self.comparison.changes), "Changes, value by value")
        _add_details(builder, people, permissions, self.review_input.roles)
        # Permissions first, where there are any: that is what other programs read from the saved file.
        baseline = sorted(self.review_input.frames.items(), key=lambda item: item[0] != "permissions")
        frames = [frame for _, frame in baseline]
        return assemble_report(title, builder.parts, with_appendix=appendix, baseline=frames)

    def _describe_scope(self) -> str:
        people, permissions = self.review_input.frames["people"], self.review_input.permissions
        members = [] if permissions is None else [as_texts(permissions["person_id"])]
        count = pd.concat([as_texts(people["id"]), *members]).nunique()
        scope = f"{pluralize(count, 'person', 'people')}{_describe_projects(people)}."
        return f"{scope}{self._describe_status()} {self.baseline}".rstrip()

    def _describe_status(self) -> str:
        if self.comparison is None:
            return ""
        counts = self.findings["status"].value_counts()
        unknown = counts.get("not comparable", 0)
        tail = f", {unknown:,} not comparable (baseline data missing)" if unknown else ""
        return f" Findings that are new since the baseline: {counts.get('new', 0):,}{tail}."

    def _key_figures(self) -> list[KeyFigure]:
        people, permissions = self.review_input.frames["people"], self.review_input.permissions
        members, ids = (people, "id") if permissions is None else (permissions, "person_id")
        with_access = outsiders(members) & can_log_in(members)
        figures = [
            KeyFigure("people", f"{people['id'].nunique():,}"),
            _count_people("site administrators", people["id"], to_flags(people["is_admin"])),
            _count_people("outsiders with access", members[ids], with_access),
            KeyFigure(f"findings: {severity_counts(self.findings['severity'])}", f"{len(self.findings):,}"),
        ]
        if not_checked := not_checked_rules(self.findings):
            figures.append(KeyFigure("rules without an answer (data missing)", f"{len(not_checked):,}"))
        if self.comparison is None:
            return [*figures, KeyFigure("changes: no baseline to compare with", "–")]
        as_of = self.comparison.as_of
        since = "the baseline" if as_of is None else f"{as_of:%Y-%m-%d}"
        return [*figures, KeyFigure(f"changes since {since}", f"{len(self.comparison.changes):,}")]


def review_access(
    review_input: ReviewInput,
    before: Baseline | Sequence[Baseline] | BaselineSource | None = None,
    rules: Iterable[Rule] | None = None,
) -> AccessReview:
    """Find what needs attention, and compare it with the baseline where there is one."""
    check_frame("people", review_input.people, ["id", "type", *FLAGS.values()], "pm.teamwork.people")
    checked_rules = check_rules(rules)
    findings = find(review_input, checked_rules)
    if before is None:
        return AccessReview(review_input, findings.table)
    description = ""
    if isinstance(before, BaselineSource):
        frames, description = before._find_baseline(review_input.frames)
        if not frames:
            return AccessReview(review_input, findings.table, baseline=description)
        baseline = ReviewInput(**frames)
    else:
        baseline = read_baseline(before, review_input)
    comparison = compare_with_baseline(baseline, review_input, findings, checked_rules)
    return AccessReview(review_input, comparison.findings, comparison, description)


def _describe_changes(comparison: BaselineComparison) -> str:
    counts = comparison.changes["change"].value_counts()
    counted = ", ".join(f"{counts.get(change, 0):,} {label}" for change, label in _CHANGE_LABELS.items())
    frames = join_and(comparison.frame_names).capitalize()
    as_of = "" if comparison.as_of is None else f" of {format_time(comparison.as_of)}"
    return f"{frames} since the baseline{as_of}: {counted}. {comparison.scope_diff}".rstrip()


def _count_people(label: str, ids: pd.Series[Any], flags: pd.Series[Any]) -> KeyFigure:
    """Count the people of whom a flag is true, and those of whom it is unknown."""
    count, unknown = (ids[mask.to_numpy(dtype=bool)].nunique() for mask in (flags.fillna(False), flags.isna()))
    return KeyFigure(f"{label}{f' ({unknown:,} unknown)' if unknown else ''}", f"{count:,}")


def _add_changes(builder: ReportBuilder, comparison: BaselineComparison, review_input: ReviewInput) -> None:
    frames = review_input.frames.values()
    names: dict[str, str] = {}
    for frame in frames:
        names |= read_project_names(frame)
    builder.add_section("Changes")
    builder.add_text(_describe_changes(comparison))
    changes = with_sources(describe_changes(comparison.changes, names), *frames)
    builder.add_table(changes, "By person", limit=_MAX_CHANGES)


def _add_access(builder: ReportBuilder, people: pd.DataFrame, permissions: pd.DataFrame | None) -> None:
    builder.add_table(site_administrators(people), "Site administrators", limit=_MAX_ADMINISTRATORS)
    if permissions is None:
        builder.add_text(_WITHOUT_PERMISSIONS)
        return
    builder.add_table(count_by_project(permissions), "Projects", limit=_MAX_MEMBERS)
    if SENSITIVE_PERMISSIONS.keys().isdisjoint(permissions.columns):
        builder.add_text(_WITHOUT_SENSITIVE)
        return
    for project, table, others in [*sensitive_permissions(permissions)][:_MAX_MATRICES]:
        note = f"{pluralize(others, 'other person has', 'other people have')} none of these permissions."
        builder.add_table(table, f"{project}: sensitive permissions", note=note, limit=_MAX_MEMBERS)


def _add_details(
    builder: ReportBuilder, people: pd.DataFrame, permissions: pd.DataFrame | None, roles: pd.DataFrame | None
) -> None:
    if permissions is not None:
        for project, table, _ in [*sensitive_permissions(permissions)][_MAX_MATRICES:]:
            builder.add_table(table, f"{project}: sensitive permissions")
    builder.add_table(membership_table(people, permissions), "Everyone")
    if permissions is not None:
        builder.add_table(permission_sets(permissions), "Permission sets")
        builder.add_table(people_by_permission(permissions), "People by permission")
    if roles is not None:
        builder.add_table(roles_by_permission(roles), "Roles by permission")


def _describe_projects(people: pd.DataFrame) -> str:
    """Return the names of the projects if there are few, and all have one."""
    names = people["project_name"] if "project_name" in people else pd.Series([None])
    projects = [] if names.isna().any() else names.astype(TEXT).unique().tolist()
    return f" on {', '.join(map(show_hidden, projects))}" if 0 < len(projects) <= _MAX_PROJECT_NAMES else ""


def _changes_table(changes: pd.DataFrame) -> pd.DataFrame:
    """Build the table of changes: values as text, with the severity."""
    table = with_texts(changes)
    is_pay = table["column"].isin(PAY_COLUMNS)
    for side in ("before", "after"):
        table[side] = table[side].mask(is_pay & table[side].notna(), "…")
    table.insert(1, "severity", severities(changes))
    return table if table["project_id"].notna().any() else table.drop(columns="project_id")
