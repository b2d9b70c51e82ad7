"""The rows and the references of one person in a table of any resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

# The column that says whose a row is.
_ROWS: Mapping[tuple[str, str], str] = {
    ("teamwork", "people"): "id",
    ("teamwork", "permissions"): "person_id",
    ("projectmanager", "resources"): "id",
    ("projectmanager", "members"): "id",
}
# Ids of persons in rows of something else, each with the columns that say more about the person.
_REFERENCES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "teamwork": {"created_by_id": (), "updated_by_id": (), "owner_id": ()},
    "projectmanager": {"approver_id": ("approver_name",), "manager_id": ("manager_name",), "owner_id": ()},
}


def forget_person(frame: pd.DataFrame, service: str, resource: str, person_id: str) -> pd.DataFrame | None:
    """Return a frame without a person, with the number of its rows in its provenance; None where nobody is left out."""
    column = _ROWS.get((service, resource))
    is_row = _equals(frame, column, person_id) if column else pd.Series(False, frame.index)
    references = {
        name: others for name, others in _REFERENCES.get(service, {}).items() if _equals(frame, name, person_id).any()
    }
    if not is_row.any() and not references:
        return None
    remaining = frame[~is_row].reset_index(drop=True)
    for name, others in references.items():
        is_person = _equals(remaining, name, person_id)
        for other in (name, *others):
            if other in remaining:
                remaining.loc[is_person, other] = pd.NA
    remaining.attrs = {**frame.attrs, "pmframes": {**frame.attrs["pmframes"], "rows": len(remaining)}}
    return remaining


def _equals(frame: pd.DataFrame, column: Any, person_id: str) -> pd.Series[bool]:
    if column not in frame:
        return pd.Series(False, frame.index)
    return pd.Series([str(value) == person_id for value in frame[column].astype(object)], frame.index, dtype=bool)
