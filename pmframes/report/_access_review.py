"""The access review: who has access, with which permissions; findings, and changes since the last review."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pmframes._analysis.baseline import BaselineComparison, BaselineSource, compare_with_baseline, read_baseline
from pmframes._analysis.changes import severities
from pmframes._analysis.common import as_texts, check_frame, true_labels, with_sources
from pmframes._analysis.findings import check_rules, find
from pmframes._analysis.people import FLAGS, people_by_type
from pmframes._analysis.permissions import MEMBERSHIP_FACTS, people_by_permission, permission_columns
from pmframes._analysis.review_input import ReviewInput
from pmframes._analysis.roles import roles_by_permission
from pmframes._analysis.rules import Rule, severity_counts
from pmframes._cell_text import format_cell
from pmframes._frames.provenance import read_sources
from pmframes._signatures import checks_arguments
from pmframes._text import join_and, pluralize
from pmframes._types import TEXT
from pmframes.report._figures import add_summary, format_as_of
from pmframes.report._report import Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Baseline = pd.DataFrame | str | PathLike[str]

_MAX_PROJECT_NAMES = 5
# The readers of an access review need not know what somebody earns.
_PAY_COLUMNS = frozenset({"user_rate", "user_cost"})
_PERSON_COLUMNS = ("project_name", "name", "email", "type", "company_name")
_FLAG_LABELS = {
    "is_admin": "administrator",
    "is_client_user": "client user",
    "is_service_account": "service account",
    "is_placeholder": "placeholder",
    "deleted": "deleted",
}
_NOT_IN_PERMISSIONS = "(not in the permissions)"
_NOTHING, _UNKNOWN = "(nothing)", "(unknown)"
_CHANGE_LABELS = {"joined": "added", "left": "removed", "changed": "changed"}
_GRANTED = "Granted: all permissions that the person has on the project, and nothing else."
_UNKNOWN_LOAD = (
    "How {} was loaded is unknown (no provenance): whom the load left out is not known, and rules that depend on it "
    "count as not checked."
)


@checks_arguments
def access_review(
    people: pd.DataFrame,
    permissions: pd.DataFrame | None = None,
    roles: pd.DataFrame | None = None,
    *,
    before: Baseline | Sequence[Baseline] | BaselineSource | None = None,
    logged_in: pd.DataFrame | None = None,
    rules: Iterable[Rule] | None = None,
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
        parquet file written from it; or the single file written by ``pmframes report access-review --save``.
        Each is compared with the frame of its kind. A finding is new if it is not in the baseline. Projects
        present in only one of the two are not compared; the report names them. Or what ``pm.history`` returns:
        the last snapshots that were fetched earlier, loaded with the same parameters; it is only read.
    logged_in
        The people who logged in recently, as for ``pm.report.findings``.
    rules
        The rules; default: the built-in rules, ``pm.report.RULES``.

    Returns
    -------
    Report
        Findings, changes, the summaries with their charts, one row per person and project with the granted
        permissions, and the provenance.

    Raises
    ------
    InvalidArgument
        If an argument is not such a frame; if a frame of ``before`` is of another kind, was loaded with other
        filters, or has none of the same projects.
    """
    review_input = ReviewInput(people=people, permissions=permissions, roles=roles, logged_in=logged_in)
    return review_access(review_input, before, rules).build_report()


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

    def build_report(self) -> Report:
        people, permissions = self.review_input.frames["people"], self.review_input.permissions
        report = Report("Access review")
        if unknown := [name for name, frame in self.review_input.frames.items() if not read_sources(frame)]:
            report = report.add_text(_UNKNOWN_LOAD.format(join_and(unknown)))
        report = report.add_text(self._describe_scope()).add_findings(self.findings)
        if self.baseline:
            report = report.add_text(self.baseline)
        if self.comparison is not None:
            report = report.add_text(_describe_changes(self.comparison))
            report = report.add_table(_changes_table(self.comparison.changes), "Changes")
        for table, draw, title in _summaries(self.review_input):
            report = add_summary(report, table, draw, title)
        if permissions is not None:
            report = report.add_text(_GRANTED)
        return report.add_table(membership_table(people, permissions), "Everyone")

    def _describe_scope(self) -> str:
        people, permissions = self.review_input.frames["people"], self.review_input.permissions
        members = [] if permissions is None else [permissions["person_id"]]
        count = pd.concat([people["id"], *members]).nunique()
        counted = f"{pluralize(count, 'person', 'people')}{_describe_projects(people)}"
        findings = f"{pluralize(len(self.findings), 'finding')}: {severity_counts(self.findings['severity'])}."
        as_of = format_as_of(*self.review_input.frames.values())
        return f"{counted}. {findings}{self._describe_status()}{as_of}"

    def _describe_status(self) -> str:
        if self.comparison is None:
            return ""
        counts = self.findings["status"].value_counts()
        unknown = counts.get("not comparable", 0)
        tail = f", {unknown:,} not comparable (baseline data missing)" if unknown else ""
        return f" New since the last review: {counts.get('new', 0):,}{tail}."


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
    frames = " and ".join(comparison.frame_names).capitalize()
    return f"{frames} since the last review: {counted}. {comparison.scope_diff}".rstrip()


def membership_table(people: pd.DataFrame, permissions: pd.DataFrame | None) -> pd.DataFrame:
    """Build a table of one row per person and project, with the granted permissions.

    People who have no row in ``permissions`` are included.
    """
    if permissions is None:
        return with_sources(_member_rows(people, people["id"]), people)
    ids = permissions["person_id"]
    known = {name: _look_up(people, name, ids) for name in ("email", "is_placeholder") if name in people}
    members = _member_rows(permissions.assign(**known), ids)
    flags = permissions[permission_columns(permissions)]
    members["granted"] = permission_summary(flags)
    if len(unknown := flags.isna().sum(axis=1)) and unknown.any():
        members["not sent"] = unknown.astype("Int64")
    others = people[~_has_permissions(people, permissions)]
    without = _member_rows(others, others["id"]).assign(granted=_NOT_IN_PERMISSIONS)
    rows = pd.concat([members, without], ignore_index=True)
    return with_sources(rows.dropna(axis="columns", how="all") if len(rows) else rows, people, permissions)


def _member_rows(rows: pd.DataFrame, ids: pd.Series[Any]) -> pd.DataFrame:
    columns = [name for name in _PERSON_COLUMNS if name in rows and rows[name].notna().any()]
    flags = [", ".join(labels) for labels in true_labels(rows, _FLAG_LABELS)]
    return pd.DataFrame({"id": ids, **{name: rows[name].astype(TEXT) for name in columns}, "flags": flags})


def _look_up(people: pd.DataFrame, column: str, ids: pd.Series[Any]) -> pd.Series[Any]:
    known = people[["id", column]].dropna().drop_duplicates("id")
    return ids.map(known.set_index("id")[column])


def _has_permissions(people: pd.DataFrame, permissions: pd.DataFrame) -> np.ndarray:
    """Return who has permissions on the same project, or on any where the project is not known."""
    on_any = people["id"].isin(permissions["person_id"]).to_numpy(dtype=bool)
    if "project_id" not in people or "project_id" not in permissions:
        return on_any
    members = _membership_keys(permissions, "person_id")
    return np.where(people["project_id"].isna(), on_any, _membership_keys(people, "id").isin(members))


def _membership_keys(rows: pd.DataFrame, id_column: str) -> pd.Series[Any]:
    return as_texts(rows["project_id"]) + " " + as_texts(rows[id_column])


def permission_summary(permissions: pd.DataFrame) -> list[str]:
    """Return a text for each row of permissions: those that are granted, and no others.

    So a search for a permission finds the people who have it.
    """
    # With spaces, at which a line can break.
    names = np.array([str(name).replace("_", " ") for name in permissions.columns], dtype=object)
    granted = permissions.fillna(False).to_numpy(dtype=bool)
    is_known = permissions.notna().any(axis=1).to_numpy(dtype=bool)
    # Most rows have the permissions of many others: each combination is formatted once.
    rows, positions = np.unique(granted, axis=0, return_inverse=True)
    texts = [", ".join(names[row]) for row in rows]
    return [
        texts[position] or (_NOTHING if known else _UNKNOWN)
        for position, known in zip(positions.ravel(), is_known, strict=True)
    ]


def _summaries(review_input: ReviewInput) -> Iterator[tuple[pd.DataFrame, Callable[[], Axes], str]]:
    # matplotlib takes long to import, and only reports with charts need it.
    from pmframes import plot

    people, permissions, roles = review_input.frames["people"], review_input.permissions, review_input.roles
    yield people_by_type(people), partial(plot.people_by_type, people), "People by type"
    if permissions is not None:
        table = people_by_permission(permissions)
        yield table, partial(plot.people_by_permission, permissions), "People by permission"
    if roles is not None:
        yield roles_by_permission(roles), partial(plot.roles_by_permission, roles), "Roles by permission"


def _describe_projects(people: pd.DataFrame) -> str:
    """Return the names of the projects if there are few, and all have one."""
    names = people["project_name"] if "project_name" in people else pd.Series([None])
    projects = [] if names.isna().any() else names.astype(TEXT).unique().tolist()
    return f" on {', '.join(projects)}" if 0 < len(projects) <= _MAX_PROJECT_NAMES else ""


def _changes_table(changes: pd.DataFrame) -> pd.DataFrame:
    """Build the table of changes: values as text, with the severity."""
    table = changes.assign(**{side: _change_texts(changes, side) for side in ("before", "after")})
    table.insert(1, "severity", severities(changes))
    return table if table["project_id"].notna().any() else table.drop(columns="project_id")


def _change_texts(changes: pd.DataFrame, side: str) -> list[str]:
    pairs = zip(changes["column"], changes[side], strict=True)
    return ["…" if column in _PAY_COLUMNS and value is not None else _format_value(value) for column, value in pairs]


def _format_value(value: object) -> str:
    if isinstance(value, dict):
        # People who joined or left have all their columns here: who it is, and what is granted.
        names = [name for name, flag in value.items() if flag is True and name not in MEMBERSHIP_FACTS]
        granted = [name.replace("_", " ") for name in names]
        known = [str(value[name]) for name in ("type", "company_name", "role_name") if value.get(name)]
        return "; ".join([*known, *([", ".join(granted)] if granted else [])])
    return format_cell(value)
