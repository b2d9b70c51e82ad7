"""Compare two frames: who joined, who left, which values changed, and how severe each change is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from pmframes._analysis.alignment import Alignment, align
from pmframes._analysis.common import check_frame, decategorize, fold_column, is_email, with_sources
from pmframes._analysis.permissions import MEMBERSHIP_FACTS
from pmframes._analysis.rules import SEVERITY, Severity
from pmframes._types import TEXT
from pmframes._writers.cells import split_items

_CHANGE: pd.CategoricalDtype[str] = pd.CategoricalDtype(["joined", "left", "changed"])
_ADMIN_FLAGS = ("is_admin", "is_global_admin", "project_administrator")
# Another value of these grants other permissions.
_GRANTING_COLUMNS = frozenset({"type", "role_id"})
# Boolean columns that grant nothing.
NO_PERMISSIONS = frozenset(
    [
        *MEMBERSHIP_FACTS,
        *("can_be_modified", "deleted", "is_active", "is_billable", "is_client_user", "is_custom", "is_default"),
        *("is_guest", "is_owner", "is_placeholder", "is_service_account", "is_template"),
    ]
)


def compare(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Compare two frames, as ``changes`` does, with the values as they are: of who joined or left, dicts."""
    alignment = align(before, after)
    parts = [_find_joined(alignment), _find_left(alignment), _find_changed(alignment)]
    # Empty parts would make pandas guess the dtypes of the result.
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return with_sources(table, before, after)


def _find_joined(alignment: Alignment) -> pd.DataFrame:
    rows = np.flatnonzero(alignment.before_rows < 0)
    records = _to_records(alignment.after, alignment.columns, alignment.after_rows[rows])
    return _build_table(alignment, "joined", rows, [None] * len(rows), [None] * len(rows), records)


def _find_left(alignment: Alignment) -> pd.DataFrame:
    rows = np.flatnonzero(alignment.after_rows < 0)
    records = _to_records(alignment.before, alignment.columns, alignment.before_rows[rows])
    return _build_table(alignment, "left", rows, [None] * len(rows), records, [None] * len(rows))


def _find_changed(alignment: Alignment) -> pd.DataFrame:
    stayed = np.flatnonzero((alignment.before_rows >= 0) & (alignment.after_rows >= 0))
    before = alignment.before[alignment.columns].take(alignment.before_rows[stayed])
    after = alignment.after[alignment.columns].take(alignment.after_rows[stayed])
    rows, columns, old, new = [np.array([], dtype="int64")], [], [], []
    for column in alignment.columns:
        changed = np.flatnonzero(_differ(before[column], after[column]))
        rows.append(stayed[changed])
        columns += [column] * len(changed)
        old += to_python(before[column].take(changed))
        new += to_python(after[column].take(changed))
    table = _build_table(alignment, "changed", np.concatenate(rows), columns, old, new)
    # A stable sort keeps the columns of a row in their order.
    return table.iloc[np.argsort(np.concatenate(rows), kind="stable")]


def _build_table(
    alignment: Alignment, change: str, rows: np.ndarray, columns: list[Any], before: list[Any], after: list[Any]
) -> pd.DataFrame:
    table = alignment.keys.take(rows).reset_index(drop=True)
    table.insert(0, "change", pd.Series([change] * len(table), dtype=_CHANGE))
    values = {"before": pd.Series(before, dtype=object), "after": pd.Series(after, dtype=object)}
    return table.assign(column=pd.Series(columns, dtype=TEXT), **values)


def _to_records(frame: pd.DataFrame, columns: list[str], rows: np.ndarray) -> list[dict[str, Any]]:
    if not columns:
        return [{} for _ in rows]
    values = [to_python(frame[column].take(rows)) for column in columns]
    return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]


def _differ(before: pd.Series[Any], after: pd.Series[Any]) -> np.ndarray:
    """Return where two columns differ; missing equals missing in any dtype."""
    if is_email(before.name):
        before, after = fold_column(before), fold_column(after)
    old, new = decategorize(before).reset_index(drop=True), decategorize(after).reset_index(drop=True)
    is_missing = old.isna().to_numpy() | new.isna().to_numpy()
    if old.dtype == new.dtype and old.dtype != object:
        differ = (old != new).astype("boolean").fillna(False).to_numpy(dtype=bool)
    else:
        pairs = zip(to_python(old), to_python(new), strict=True)
        differ = np.array([not _is_same(*pair) for pair in pairs], dtype=bool)
    return np.where(is_missing, old.isna() != new.isna(), differ)


def _is_same(old: Any, new: Any) -> bool:
    """Whether two values are equal; one may be as pandas reads it from a CSV that pmframes wrote."""
    if isinstance(old, datetime) or isinstance(new, datetime):
        old, new = _to_time(old), _to_time(new)
    elif isinstance(old, list) != isinstance(new, list):
        old, new = _to_items(old), _to_items(new)
    return bool(old == new)


def _to_time(value: Any) -> Any:
    try:
        time = pd.Timestamp(value)
    except (ValueError, TypeError):
        return value
    return time.tz_localize("UTC") if time.tzinfo is None else time


def _to_items(value: Any) -> list[str]:
    return [*map(str, value)] if isinstance(value, list) else split_items(str(value))


def to_python(values: pd.Series[Any]) -> list[Any]:
    """Convert values to Python's own types, missing ones to None."""
    pairs = zip(values.tolist(), values.isna().tolist(), strict=True)
    return [None if is_missing else _to_python(value) for value, is_missing in pairs]


def _to_python(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_to_python(item) for item in value]
    if isinstance(value, dict):
        return {key: _to_python(item) for key, item in value.items()}
    # NaN equals nothing, not even itself.
    return None if isinstance(value, float) and value != value else value


def severities(changes: pd.DataFrame) -> pd.Series[Any]:
    """Rate changes by severity.

    "medium": a person or role gained a permission or administrator rights (a flag that is True and was not,
    except a state such as deleted or archived), got another type or role, or joined with administrator
    rights. "low": everything else. No change is "high".

    Parameters
    ----------
    changes
        What ``changes`` returns.

    Returns
    -------
    pandas.Series
        One category per row, ordered: low < medium < high.

    Raises
    ------
    InvalidArgument
        If ``changes`` is not a frame or lacks change, column, before or after.
    """
    columns = ("change", "column", "before", "after")
    check_frame("changes", changes, columns, "pm.report.changes")
    rows = zip(*(changes[column].tolist() for column in columns), strict=True)
    values = [_rate_change(*row) for row in rows]
    return pd.Series(values, changes.index, dtype=SEVERITY, name="severity")


def _rate_change(change: str, column: Any, before: Any, after: Any) -> Severity:
    if change == "joined":
        return "medium" if any(after.get(flag) is True for flag in _ADMIN_FLAGS) else "low"
    if change == "left":
        return "low"
    # A restored person has all permissions again.
    gains_permission = after is False if column == "deleted" else after is True and column not in NO_PERMISSIONS
    return "medium" if column in _GRANTING_COLUMNS or gains_permission else "low"
