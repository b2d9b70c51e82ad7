"""The access review: who is there, with which permissions, what deserves a look, what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pmframes import _analysis
from pmframes._analysis.baseline import (
    NEW,
    NOT_COMPARED,
    Apart,
    apart,
    changes_since,
    compared,
    kept_frames,
    with_novelty,
)
from pmframes._analysis.changes import severities
from pmframes._analysis.common import as_texts, check_frame, flag_to_int, with_sources
from pmframes._analysis.findings import findings_and_parts
from pmframes._analysis.permissions import permission_columns
from pmframes._analysis.rules import Rule, severity_counts
from pmframes.report._figures import as_of, with_summary
from pmframes.report._report import Report

_RIGHTS = {
    "is_admin": "administrator",
    "is_client_user": "client user",
    "is_service_account": "service account",
    "is_placeholder": "placeholder",
    "deleted": "deleted",
}
_WHO = ("project_name", "name", "email", "type", "company_name")
_NO_PERMISSIONS = "(not in the permissions)"


def everyone(people: pd.DataFrame, permissions: pd.DataFrame | None) -> pd.DataFrame:
    """Give a line per person and project with what is granted, also for whoever has no permissions there."""
    if permissions is None:
        return with_sources(_lines(people, people["id"]), people)
    ids = permissions["person_id"]
    known = {name: _of_people(people, name, ids) for name in ("email", "is_placeholder") if name in people}
    members = _lines(permissions.assign(**known), ids)
    members["granted"] = granted_texts(permissions[permission_columns(permissions)])
    others = people[~_has_permissions(people, permissions)]
    unsent = _lines(others, others["id"]).assign(granted=_NO_PERMISSIONS)
    lines = pd.concat([members, unsent], ignore_index=True)
    return with_sources(lines.dropna(axis="columns", how="all") if len(lines) else lines, people, permissions)


def _lines(rows: pd.DataFrame, ids: pd.Series[Any]) -> pd.DataFrame:
    shown = {name: rows[name].astype("str") for name in _WHO if name in rows and rows[name].notna().any()}
    return pd.DataFrame({"id": ids, **shown, "rights": _rights(rows)})


def _of_people(people: pd.DataFrame, column: str, ids: pd.Series[Any]) -> pd.Series[Any]:
    """Give of each person what stands in a column of ``people``."""
    known = people[["id", column]].dropna().drop_duplicates("id")
    return ids.map(known.set_index("id")[column])


def _has_permissions(people: pd.DataFrame, permissions: pd.DataFrame) -> np.ndarray:
    """Say who has a line among the permissions: on the same project, or on any if no project is said."""
    anywhere = people["id"].isin(permissions["person_id"]).to_numpy(dtype=bool)
    if "project_id" not in people or "project_id" not in permissions:
        return anywhere
    members = _keys(permissions, "person_id")
    return np.where(people["project_id"].isna(), anywhere, _keys(people, "id").isin(members))


def _keys(rows: pd.DataFrame, identifier: str) -> pd.Series[Any]:
    texts = [as_texts(rows[name]) for name in ("project_id", identifier)]
    return texts[0] + " " + texts[1]


def _rights(rows: pd.DataFrame) -> list[str]:
    flags = {word: flag_to_int(rows[flag]).astype(bool) for flag, word in _RIGHTS.items() if flag in rows}
    pairs = zip(*flags.values(), strict=True) if flags else [()] * len(rows)
    return [", ".join(word for word, one in zip(flags, row, strict=True) if one) for row in pairs]


def granted_texts(permissions: pd.DataFrame) -> list[str]:
    """Write for each row of yes-or-no columns which are granted; what was not sent is said at the end."""
    # With spaces, at which a line can break.
    names = np.array([str(name).replace("_", " ") for name in permissions.columns], dtype=object)
    sent = permissions.notna().to_numpy(dtype=bool)
    granted = permissions.fillna(False).to_numpy(dtype=bool)
    # Few rows differ from all others, and each combination is only written once.
    both, places = np.unique(np.hstack([granted, sent]), axis=0, return_inverse=True)
    texts = [_text(names, row[: len(names)], row[len(names) :]) for row in both]
    return [texts[place] for place in places.ravel()]


def _text(names: np.ndarray, granted: np.ndarray, sent: np.ndarray) -> str:
    refused, unsent = sent & ~granted, ~sent
    if unsent.all():
        return "not sent"
    unknown = f"; not sent: {', '.join(names[unsent])}" if unsent.any() else ""
    if not granted.any():
        return f"nothing{unknown}"
    if not refused.any() and unsent.sum() <= granted.sum():
        return f"all{unknown}"
    if 0 < refused.sum() < granted.sum():
        return f"all but {', '.join(names[refused])}{unknown}"
    return f"{', '.join(names[granted])}{unknown}"


if TYPE_CHECKING:
    from matplotlib.axes import Axes

Before = pd.DataFrame | str | PathLike[str]

_PROJECTS_NAMED = 5
# What somebody earns is nothing that the readers of an access review need to know.
_PAY = frozenset({"user_rate", "user_cost"})
_GRANTED = (
    "Granted: what the person may do on the project; where that is shorter, all but what is not granted."
)


def access_review(
    people: pd.DataFrame,
    permissions: pd.DataFrame | None = None,
    roles: pd.DataFrame | None = None,
    *,
    before: Before | Sequence[Before] | None = None,
    logged_in: pd.DataFrame | None = None,
    rules: Iterable[Rule] | None = None,
) -> Report:
    """Build the access review: who is there, with which permissions, what deserves a look, what changed.

    Parameters
    ----------
    people
        What ``pm.teamwork.people`` returns, for the whole site or for projects.
    permissions
        What ``pm.teamwork.permissions`` returns: one row per person and project.
    roles
        What ``pm.projectmanager.roles`` returns.
    before
        One of these as it was last time, or a list of several of them, each as a frame or as the parquet
        file that was written from it; or the one file that ``pmframes report access-review --save`` wrote.
        Each is compared with the frame of its kind; a finding is new if it was not found in them. Projects
        that only one of the two is of are not compared, which the report says.
    logged_in
        The people who logged in lately, as for ``pm.report.findings``.
    rules
        The rules; default: the built-in rules, ``pm.report.RULES``.

    Returns
    -------
    Report
        Findings, changes, the summaries with their pictures, then a line per person and project with what is
        granted, and where the data come from.

    Raises
    ------
    InvalidArgument
        If one of them is no such frame, one of ``before`` is of none of their kinds, or was loaded with
        other filters, or for none of the same projects.
    """
    frames = {"people": people, "permissions": permissions, "roles": roles, "logged_in": logged_in}
    return review(frames, before, rules).report()


@dataclass(frozen=True)
class Review:
    """What an access review looked at and found.

    ``given`` are the frames by the names of the arguments of ``findings``. If there was something to compare
    with, ``findings`` have the column ``new``, and there are ``changes``; ``compared`` names the frames,
    and ``apart`` the projects that could not be compared.
    """

    given: Mapping[str, pd.DataFrame]
    findings: pd.DataFrame
    changes: pd.DataFrame | None = None
    compared: Sequence[str] = ()
    apart: Apart = field(default_factory=Apart)

    @property
    def new(self) -> pd.DataFrame:
        """The findings that may be new: not those which were there last time."""
        if self.changes is None:
            return self.findings
        return self.findings[self.findings["new"].isin([NEW, NOT_COMPARED])]

    def report(self) -> Report:
        """Write it as a report."""
        people, permissions = self.given["people"], self.given.get("permissions")
        report = Report("Access review").add_text(self._scope()).add_findings(self.findings)
        if self.changes is not None:
            report = report.add_text(self._said(self.changes)).add_table(_readable(self.changes), "Changes")
        for table, picture, title in _summaries(self.given):
            report = with_summary(report, table, picture, title)
        table = everyone(people, permissions)
        return (report if permissions is None else report.add_text(_GRANTED)).add_table(table, "Everyone")

    def _scope(self) -> str:
        people, permissions, found = self.given["people"], self.given.get("permissions"), self.findings
        members = [] if permissions is None else [permissions["person_id"]]
        persons = pd.concat([people["id"], *members]).nunique()
        counted = f"{persons:,} {'person' if persons == 1 else 'people'}{_where(people)}"
        findings = f"{len(found):,} {'finding' if len(found) == 1 else 'findings'}"
        severe = f"{findings}: {severity_counts(found['severity'])}."
        return f"{counted}. {severe}{self._novelty()}{as_of(*self.given.values())}"

    def _novelty(self) -> str:
        if self.changes is None:
            return ""
        new, unknown = (int((self.findings["new"] == word).sum()) for word in (NEW, NOT_COMPARED))
        tail = f", {unknown:,} could not be compared" if unknown else ""
        return f" New since last time: {new:,}{tail}."

    def _said(self, changes: pd.DataFrame) -> str:
        counts = changes["change"].value_counts()
        said = ", ".join(f"{counts[one]:,} {one}" for one in counts.index.sort_values())
        return f"Since last time, of {' and '.join(self.compared)}: {said}. {self.apart}".rstrip()


def review(
    frames: Mapping[str, pd.DataFrame | None],
    before: Before | Sequence[Before] | None = None,
    rules: Iterable[Rule] | None = None,
) -> Review:
    """Look for findings and changes in the frames of ``access_review``, by the names of its arguments."""
    check_frame("people", frames["people"], ["id"], "pm.teamwork.people")
    given = {name: frame for name, frame in frames.items() if frame is not None}
    chosen = list(rules) if isinstance(rules, Iterable) else rules
    found, parts = findings_and_parts(given, chosen)
    if before is None:
        return Review(given, found)
    kept = kept_frames(before, given)
    changes, alone = changes_since(kept, given), apart(kept, given)
    novel = with_novelty(found, parts, kept, chosen, alone)
    return Review(given, novel, changes, compared(kept, given), alone)


def _summaries(given: Mapping[str, pd.DataFrame]) -> Iterator[tuple[pd.DataFrame, Axes, str]]:
    # Only those who build a report wait for matplotlib.
    from pmframes import plot

    people, permissions, roles = given["people"], given.get("permissions"), given.get("roles")
    yield _analysis.people_by_type(people), plot.people_by_type(people), "People by type"
    if permissions is not None:
        table = _analysis.people_by_permission(permissions)
        yield table, plot.people_by_permission(permissions), "People by permission"
    if roles is not None:
        yield _analysis.roles_by_permission(roles), plot.roles_by_permission(roles), "Roles by permission"


def _where(people: pd.DataFrame) -> str:
    """Name the projects, where they are few and each of them has a name."""
    names = people["project_name"] if "project_name" in people else pd.Series([None])
    projects = [] if names.isna().any() else names.astype("str").unique().tolist()
    return f" on {', '.join(projects)}" if 0 < len(projects) <= _PROJECTS_NAMED else ""


def _readable(found: pd.DataFrame) -> pd.DataFrame:
    """Bring changes to a table to read: whoever joined or left in one line, with what is granted."""
    texts = {side: _texts(found, side) for side in ("before", "after")}
    table = found.assign(**texts)
    table.insert(1, "severity", severities(found))
    return table if table["project_id"].notna().any() else table.drop(columns="project_id")


def _texts(found: pd.DataFrame, side: str) -> list[str]:
    pairs = zip(found["column"], found[side], strict=True)
    return ["…" if column in _PAY and value is not None else _as_text(value) for column, value in pairs]


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        granted = [name.replace("_", " ") for name, one in value.items() if one is True]
        known = [str(value[name]) for name in ("type", "company_name", "role_name") if value.get(name)]
        return "; ".join([*known, *([", ".join(granted)] if granted else [])])
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
