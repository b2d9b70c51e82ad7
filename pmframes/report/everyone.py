"""The table of everyone in an access review: a line per person and project, with what is granted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pmframes.report.granted import granted_texts
from pmframes.summaries.permissions import permission_columns
from pmframes.summaries.shared import as_texts, is_true, with_sources

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
    flags = {word: is_true(rows[flag]).astype(bool) for flag, word in _RIGHTS.items() if flag in rows}
    pairs = zip(*flags.values(), strict=True) if flags else [()] * len(rows)
    return [", ".join(word for word, one in zip(flags, row, strict=True) if one) for row in pairs]
