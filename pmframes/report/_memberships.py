"""Who may do what, as tables: sensitive permissions by project, everyone, and the sets of permissions they have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from pmframes._analysis.change_texts import STATES
from pmframes._analysis.common import as_texts, decategorize, to_flags, true_labels, with_sources
from pmframes._analysis.people import outsiders
from pmframes._analysis.permissions import SENSITIVE_PERMISSIONS, permission_columns
from pmframes._text import capitalize, format_heading, join, show_hidden
from pmframes._types import TEXT

_PERSON_COLUMNS = ("project_name", "name", "email", "type", "company_name")
_NOT_IN_PERMISSIONS = "(not in the permissions)"
_NOTHING, _UNKNOWN = "(nothing)", "(unknown)"
_ALL = "(all)"


def site_administrators(people: pd.DataFrame) -> pd.DataFrame:
    """Return the people who administer the site, each once."""
    rows = people[to_flags(people["is_admin"]).fillna(False)].drop_duplicates("id")
    return with_sources(_member_rows(rows, rows["id"]).drop(columns="project_name", errors="ignore"), people)


def count_by_project(permissions: pd.DataFrame) -> pd.DataFrame:
    """Count people, outsiders with access and those with each sensitive permission by project.

    Where it is unknown of somebody, the count is a text that says so.
    """
    flags = {"outsiders": outsiders(permissions) & can_log_in(permissions)}
    for column, label in SENSITIVE_PERMISSIONS.items():
        if column in permissions:
            flags[f"May {label}"] = to_flags(permissions[column])
    labels = _project_labels(permissions).reset_index(drop=True)
    places = labels.groupby(labels, sort=False).indices
    table = pd.DataFrame({"project": [*places], "people": [*map(len, places.values())]})
    for label, values in flags.items():
        table[label] = _count_flags([values.iloc[rows] for rows in places.values()])
    return with_sources(table, permissions)


def can_log_in(rows: pd.DataFrame) -> pd.Series[Any]:
    """Return who can log in: contacts and deleted people cannot."""
    is_able = pd.Series(True, rows.index)
    if "deleted" in rows:
        is_able &= ~to_flags(rows["deleted"]).fillna(False)
    if "type" in rows:
        is_able &= rows["type"].astype(TEXT) != "contact"
    return is_able.astype("boolean")


def _count_flags(groups: list[pd.Series[Any]]) -> list[int] | list[str]:
    counts = [(int(flags.fillna(False).sum()), int(flags.isna().sum())) for flags in groups]
    if not any(unknown for _, unknown in counts):
        return [count for count, _ in counts]
    return [f"{count:,} ({unknown:,} unknown)" if unknown else f"{count:,}" for count, unknown in counts]


def sensitive_permissions(permissions: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, int]]:
    """Return for each project its name, who has or may have a sensitive permission, and how many have none.

    Outsiders come first.
    """
    columns = [column for column in SENSITIVE_PERMISSIONS if column in permissions]
    if not columns:
        return
    for project, rows in permissions.groupby(_project_labels(permissions), sort=False):
        flags = rows[columns].apply(to_flags)
        has_any = flags.fillna(True).any(axis=1)
        shown = rows[has_any]
        table = _member_rows(shown, shown["person_id"], outsiders(shown))
        table = table.drop(columns=["project_name", "type"], errors="ignore")
        for column in columns:
            if flags[column].fillna(True).any():
                table[capitalize(SENSITIVE_PERMISSIONS[column])] = flags[column][has_any]
        is_outsider = outsiders(shown).fillna(True).to_numpy(dtype=bool)
        order = np.argsort(~is_outsider, kind="stable")
        yield show_hidden(str(project)), with_sources(table.iloc[order], permissions), len(rows) - len(shown)


def _project_labels(permissions: pd.DataFrame) -> pd.Series[Any]:
    """Return the name of each row's project, with the id where two projects have one name."""
    missing: pd.Series[Any] = pd.Series(pd.NA, permissions.index, dtype=TEXT)
    ids = as_texts(permissions["project_id"]) if "project_id" in permissions else missing
    names = permissions["project_name"].astype(TEXT) if "project_name" in permissions else missing
    is_shared = ids.groupby(names).transform("nunique") > 1
    labels = names.where(~is_shared.fillna(False).astype(bool), names + " (" + ids + ")")
    return labels.fillna(ids).fillna(_ALL)


def membership_table(people: pd.DataFrame, permissions: pd.DataFrame | None) -> pd.DataFrame:
    """Build a table of one row per person and project, with the set of permissions granted.

    People who have no row in ``permissions`` are included.
    """
    if permissions is None:
        return with_sources(_member_rows(people, people["id"]), people)
    ids = permissions["person_id"]
    known = {name: _look_up(people, name, ids) for name in ("email", "is_placeholder") if name in people}
    members = _member_rows(permissions.assign(**known), ids, outsiders(permissions))
    members["permission_set"] = _find_sets(permissions)[0]
    others = people[~_has_permissions(people, permissions)]
    without = _member_rows(others, others["id"]).assign(permission_set=_NOT_IN_PERMISSIONS)
    rows = pd.concat([members, without], ignore_index=True)
    if "project_name" in rows and rows["project_name"].nunique(dropna=False) == 1:
        rows = rows.drop(columns="project_name")  # the first page names it
    return with_sources(rows.dropna(axis="columns", how="all") if len(rows) else rows, people, permissions)


def permission_sets(permissions: pd.DataFrame) -> pd.DataFrame:
    """Build a table of the sets of permissions that people have: how many have each, and what it grants.

    So a set that many people share is written once.
    """
    labels, texts = _find_sets(permissions)
    counts = pd.Series(labels).value_counts()
    rows = [(label, int(counts[label]), granted, unknown) for label, (granted, unknown) in texts.items()]
    table = pd.DataFrame(rows, columns=["permission_set", "people", "granted", "unknown"])
    if not any(unknown for _, unknown in texts.values()):
        table = table.drop(columns="unknown")
    return with_sources(table, permissions)


def _find_sets(permissions: pd.DataFrame) -> tuple[list[str], dict[str, tuple[str, str]]]:
    """Return the label of each row's set, and what each set grants and leaves unknown, the most frequent first."""
    flags = permissions[permission_columns(permissions)]
    # With spaces, at which a line can break.
    names = np.array([format_heading(str(name)).lower() for name in flags.columns], dtype=object)
    codes = flags.apply(to_flags).astype("Int8").fillna(2).to_numpy(dtype="int8")
    rows, positions, counts = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
    ranks = np.argsort(np.argsort(-counts, kind="stable"), kind="stable")
    width = len(str(len(rows)))
    labels = [f"S{rank + 1:0{width}}" for rank in ranks]
    texts = {
        labels[place]: (join(names[rows[place] == 1]) or _without_granted(rows[place]), join(names[rows[place] == 2]))
        for place in np.argsort(ranks)
    }
    return [labels[place] for place in positions.ravel()], texts


def _without_granted(codes: np.ndarray) -> str:
    return _NOTHING if (codes == 0).any() else _UNKNOWN


def _member_rows(rows: pd.DataFrame, ids: pd.Series[Any], is_outsider: pd.Series[Any] | None = None) -> pd.DataFrame:
    columns = [name for name in _PERSON_COLUMNS if name in rows and rows[name].notna().any()]
    marks = {"_outsider": "outsider", "_unknown": "outsider: unknown", **STATES}
    marked = rows if is_outsider is None else rows.assign(_outsider=is_outsider, _unknown=is_outsider.isna())
    flags = [join(labels) for labels in true_labels(marked, marks)]
    return pd.DataFrame(
        {"id": ids, **{name: decategorize(rows[name]).astype(TEXT) for name in columns}, "flags": flags}
    )


def _look_up(people: pd.DataFrame, column: str, ids: pd.Series[Any]) -> pd.Series[Any]:
    known = people[["id", column]].dropna().assign(id=lambda rows: as_texts(rows["id"])).drop_duplicates("id")
    return as_texts(ids).map(known.set_index("id")[column])


def _has_permissions(people: pd.DataFrame, permissions: pd.DataFrame) -> np.ndarray:
    """Return who has permissions on the same project, or on any where the project is not known."""
    on_any = as_texts(people["id"]).isin(as_texts(permissions["person_id"])).to_numpy(dtype=bool)
    if "project_id" not in people or "project_id" not in permissions:
        return on_any
    members = _membership_keys(permissions, "person_id")
    return np.where(people["project_id"].isna(), on_any, _membership_keys(people, "id").isin(members))


def _membership_keys(rows: pd.DataFrame, id_column: str) -> pd.Series[Any]:
    return as_texts(rows["project_id"]) + " " + as_texts(rows[id_column])
