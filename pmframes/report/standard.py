"""The two standard reports: who may do what, and which customers belong to which company."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pmframes import summaries
from pmframes.frames.provenance import sources
from pmframes.report.document import Report
from pmframes.report.granted import granted_texts
from pmframes.summaries.changes import severities
from pmframes.summaries.customers import customer_frames
from pmframes.summaries.findings import findings
from pmframes.summaries.permissions import permission_columns
from pmframes.summaries.rules import SEVERITY
from pmframes.summaries.shared import is_true, with_sources
from pmframes.summaries.snapshots import read

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Frame = pd.DataFrame | None
Before = pd.DataFrame | str | PathLike[str]

_PROJECTS_NAMED = 5
_CUSTOMER = (
    *("match", "service", "id", "name", "title", "type", "company_id", "company_name", "company_title"),
    *("owner_id", "owner_name", "cpo_id", "cpo_name", "created_at", "updated_at"),
)
# What somebody earns is nothing that the readers of an access review need to know.
_PAY = frozenset({"user_rate", "user_cost"})
_RIGHTS = {
    "is_admin": "administrator",
    "is_client_user": "client user",
    "is_service_account": "service account",
    "is_placeholder": "placeholder",
    "deleted": "deleted",
}
_WHO = ("project_name", "name", "email", "type", "company_name")
_GRANTED = (
    "Granted: what the person may do on the project; where that is shorter, all but what is not granted."
)
_NO_PERMISSIONS = "(not in the permissions)"
_MATCHES = (
    "Suggested matches: rows whose names are the same but for case, accents, punctuation and legal suffixes "
    "(Ltd, GmbH, Inc, A/S …). Whether they are one customer is for a person to say."
)


def access_review(
    people: pd.DataFrame,
    permissions: pd.DataFrame | None = None,
    roles: pd.DataFrame | None = None,
    before: pd.DataFrame | str | PathLike[str] | None = None,
    dormant: pd.DataFrame | None = None,
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
        One of these three as it was last time, or the parquet file that was written from it.
    dormant
        Those who logged in lately, as for ``pm.report.findings``.

    Returns
    -------
    Report
        Findings, changes, the summaries with their pictures, then a line per person and project with what is
        granted, and where the data come from.

    Raises
    ------
    InvalidArgument
        If one of them is no such frame, or ``before`` is none of the three.
    """
    found = findings(people, permissions, roles, dormant)
    report = Report("Access review").text(_scope(people, permissions, found)).findings(found)
    if before is not None:
        report = _with_changes(report, before, people, permissions, roles)
    for table, picture, title in _summaries(people, permissions, roles):
        report = _with_picture(report.frame(table, title), picture, title)
    everyone = _everyone(people, permissions)
    return (report if permissions is None else report.text(_GRANTED)).frame(everyone, "Everyone")


def _with_picture(report: Report, picture: Axes, title: str) -> Report:
    from matplotlib import pyplot

    report = report.picture(picture, title)
    # Else a notebook would show it once more below the cell, and a program keep it until it ends.
    pyplot.close(picture.get_figure(root=True))
    return report


def _summaries(
    people: pd.DataFrame, permissions: pd.DataFrame | None, roles: pd.DataFrame | None
) -> Iterator[tuple[pd.DataFrame, Axes, str]]:
    # Only those who build a report wait for matplotlib.
    from pmframes import plot

    yield summaries.people_by_type(people), plot.people_by_type(people), "People by type"
    if permissions is not None:
        table = summaries.people_by_permission(permissions)
        yield table, plot.people_by_permission(permissions), "People by permission"
    if roles is not None:
        yield summaries.roles_by_permission(roles), plot.roles_by_permission(roles), "Roles by permission"


def _scope(people: pd.DataFrame, permissions: Frame, found: pd.DataFrame) -> str:
    members = [] if permissions is None else [permissions["person_id"]]
    persons = pd.concat([people["id"], *members]).nunique()
    counts = found["severity"].value_counts()
    severe = ", ".join(f"{counts[one]:,} {one}" for one in reversed(SEVERITY.categories))
    counted = f"{persons:,} {'person' if persons == 1 else 'people'}{_where(people)}"
    return f"{counted}. {len(found):,} {'finding' if len(found) == 1 else 'findings'}: {severe}."


def _where(people: pd.DataFrame) -> str:
    """Name the projects, where they are few and each of them has a name."""
    names = people["project_name"] if "project_name" in people else pd.Series([None])
    projects = [] if names.isna().any() else names.astype("str").unique().tolist()
    return f" on {', '.join(projects)}" if 0 < len(projects) <= _PROJECTS_NAMED else ""


def _with_changes(
    report: Report, before: Before, people: pd.DataFrame, permissions: Frame, roles: Frame
) -> Report:
    found = changes_since(before, people, permissions, roles)
    counts = found["change"].value_counts()
    said = ", ".join(f"{counts[one]:,} {one}" for one in counts.index.sort_values())
    return report.text(f"Since last time: {said}.").frame(_readable(found), "Changes")


def changes_since(
    before: Before, people: pd.DataFrame, permissions: Frame = None, roles: Frame = None
) -> pd.DataFrame:
    """Compare what is kept from last time with that of the frames which is of the same resource."""
    kept = read("before", before)
    given = [one for one in (people, permissions, roles) if one is not None]
    alike = [one for one in given if _may_be_alike(one, kept)] or given
    return summaries.changes(kept, max(alike, key=lambda one: len(set(one).intersection(kept))))


def _may_be_alike(frame: pd.DataFrame, kept: pd.DataFrame) -> bool:
    return not kinds(frame) or not kinds(kept) or kinds(frame) == kinds(kept)


def kinds(frame: pd.DataFrame) -> set[str]:
    """Name the resources that a frame is of, as far as it says."""
    return {str(one.get("resource")) for one in sources(frame)["sources"]}


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


def _everyone(people: pd.DataFrame, permissions: Frame) -> pd.DataFrame:
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
    texts = [rows[name].convert_dtypes().astype("str") for name in ("project_id", identifier)]
    return texts[0] + " " + texts[1]


def _rights(rows: pd.DataFrame) -> list[str]:
    flags = {word: is_true(rows[flag]).astype(bool) for flag, word in _RIGHTS.items() if flag in rows}
    pairs = zip(*flags.values(), strict=True) if flags else [()] * len(rows)
    return [", ".join(word for word, one in zip(flags, row, strict=True) if one) for row in pairs]


def customer_portfolio(customers: pd.DataFrame | Sequence[pd.DataFrame]) -> Report:
    """Build the customer portfolio: which customers and clients belong to which company.

    Parameters
    ----------
    customers
        What ``pm.customers`` returns, or what ``pm.report.customers_by_company`` takes.

    Returns
    -------
    Report
        Customers by company with the picture, matches where the frame has them, then every customer, with
        what says who that is and where it belongs (no contacts, no bank details), and where the data come
        from.

    Raises
    ------
    InvalidArgument
        If ``customers`` is neither a frame nor a list of them, or one lacks the columns of its company.
    """
    from pmframes import plot

    frames = customer_frames(customers)
    table = summaries.customers_by_company(frames)
    report = Report("Customer portfolio").text(_portfolio_scope(table)).frame(table, "Customers by company")
    report = _with_picture(report, plot.customers_by_company(frames), "Customers by company")
    for frame in frames:
        if "match" in frame and frame["match"].notna().any():
            report = report.text(_MATCHES).frame(_matched(frame), "Suggested matches")
    for frame in frames:
        columns = [name for name in _CUSTOMER if name in frame]
        report = report.frame(with_sources(frame[columns], frame), _title(frame))
    return report


def _portfolio_scope(table: pd.DataFrame) -> str:
    counts = table.groupby(table["service"].fillna("an unknown service"))["customers"].sum()
    services = ", ".join(f"{count:,} of {service}" for service, count in counts.items())
    return f"{counts.sum():,} customers and clients{': ' if services else ''}{services}."


def _matched(frame: pd.DataFrame) -> pd.DataFrame:
    columns = [name for name in ("match", "service", "name", "company_name", "id") if name in frame]
    rows = frame[frame["match"].notna()].sort_values("match", kind="stable")
    return with_sources(rows[columns].reset_index(drop=True), frame)


def _title(frame: pd.DataFrame) -> str:
    kinds = [f"{one.get('service')} {one.get('resource')}" for one in sources(frame)["sources"]]
    return kinds[0] if len(kinds) == 1 else "Every customer"
