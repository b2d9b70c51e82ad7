"""Changes between two frames: who joined, who left, and which values changed."""

from __future__ import annotations

from datetime import datetime
from itertools import product
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pmframes import _messages
from pmframes._analysis.alignment import Alignment, align
from pmframes._analysis.common import check_column_names, check_frame, decategorize, fold_column, is_email, with_sources
from pmframes._analysis.permissions import MEMBERSHIP_FACTS
from pmframes._analysis.rules import SEVERITY, Severity
from pmframes._frames.provenance import is_supported, resource_names
from pmframes._signatures import checks_arguments
from pmframes._text import safe_repr
from pmframes._types import TEXT
from pmframes._writers.cells import split_items
from pmframes._writers.parquet import read_frames
from pmframes.errors import InvalidArgument

_CHANGE: pd.CategoricalDtype[str] = pd.CategoricalDtype(["joined", "left", "changed"])
_ADMIN_FLAGS = ("is_admin", "is_global_admin", "project_administrator")
# Another value of these grants other permissions.
_GRANTING_COLUMNS = frozenset({"type", "role_id"})
# Boolean columns that grant nothing.
_STATE_FLAGS = frozenset(
    [
        *MEMBERSHIP_FACTS,
        *("can_be_modified", "deleted", "is_active", "is_billable", "is_client_user", "is_custom", "is_default"),
        *("is_guest", "is_owner", "is_placeholder", "is_service_account", "is_template"),
    ]
)


@checks_arguments
def changes(before: pd.DataFrame | str | PathLike[str], after: pd.DataFrame | str | PathLike[str]) -> pd.DataFrame:
    """Compare two frames of the same resource: who joined, who left, and what changed.

    Rows are matched by the first of these that both frames have: project_id and person_id (permissions),
    project_id and id (people, members), role_id and permission (role_permissions), service and id
    (portfolio), or id. Values are compared, not dtypes: category or text, int64 or Int64, seconds or
    microseconds, NaN or NA are the same. updated_at, updated_by_id, avatar_url and match, which change by
    themselves, are not compared.

    Parameters
    ----------
    before, after
        What any loader returned, earlier and later; or the path of a parquet file written with
        ``frame.to_parquet(path)`` or by ``pmframes report access-review --save``. From a file with several
        frames, the one is taken that has the resource of the other argument.

    Returns
    -------
    pandas.DataFrame
        Rows that joined, then rows that left, then changed values, in the order of the rows and columns of
        ``after``; empty if nothing changed.

        ==========  ========  ===================================================================
        change      category  joined, left or changed
        project_id  Int64     NA where rows are not matched by project; str where ids are UUIDs
        id          str       the key; a key of two columns joined with a space
        name        str       as in ``after``, else as in ``before``
        column      str       the column that changed; NA for joined or left
        before      object    the value before, None if it was missing; for left a dict of all
                              compared columns
        after       object    the value after; for joined such a dict
        ==========  ========  ===================================================================

    Raises
    ------
    InvalidArgument
        If an argument is neither a frame nor the path of a parquet file; if the frames have different
        services, resources, accounts or parameters, such as filters or projects (the text of a search, which
        no frame holds, is not compared); if one is not the whole load, because it was filtered afterwards or is
        marked as incomplete; if one has columns that the other lacks, except permissions, which
        count as missing; if there is no key, or rows share one.

    Examples
    --------
    >>> import pandas as pd
    >>> from pmframes.report import changes
    >>> before = pd.DataFrame({"id": [1, 2], "name": ["Ada", "Bo"], "is_admin": [False, False]})
    >>> changes(before, before.assign(is_admin=[True, False]))[["name", "column", "before", "after"]]
      name    column before after
    0  Ada  is_admin  False  True
    """
    return compare(*_read_pair(before, after))


def read_snapshots(argument: str, snapshots: Any) -> list[pd.DataFrame]:
    """Return one or several frames; paths are read as parquet files, each of which may hold several."""
    listed = snapshots if isinstance(snapshots, list | tuple) and snapshots else [snapshots]
    return [frame for snapshot in listed for frame in _read(argument, snapshot)]


def _read_pair(before: Any, after: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two frames; from files with several frames, the first two of the same resource."""
    old, new = _read("before", before), _read("after", after)
    matching = (pair for pair in product(old, new) if resource_names(pair[0]) == resource_names(pair[1]))
    return next(matching, (old[0], new[0]))


def _read(argument: str, snapshot: Any) -> list[pd.DataFrame]:
    """Return a frame, or those of a parquet file, as a list."""
    frames = _read_file(argument, snapshot) if isinstance(snapshot, str | PathLike) else [snapshot]
    return [_check_snapshot(argument, frame) for frame in frames]


def _read_file(argument: str, snapshot: str | PathLike[str]) -> list[pd.DataFrame]:
    path = Path(snapshot).expanduser()
    remedy = "Pass a file that was written with frame.to_parquet(path), or a frame."
    if not path.is_file():
        reason = "not a file" if path.exists() else "file not found"
        raise InvalidArgument(f"{argument}: {reason}: {path}.", remedy)
    try:
        return [*read_frames(path)]
    except (OSError, ValueError, TypeError, NotImplementedError) as error:
        raise InvalidArgument(f"{argument}: {path} cannot be read as a parquet file.", remedy) from error


def _check_snapshot(argument: str, frame: Any) -> pd.DataFrame:
    if not isinstance(frame, pd.DataFrame):
        raise InvalidArgument(
            f"{argument} is {safe_repr(frame)}, not a frame.", "Pass a pandas DataFrame, or the path of a parquet file."
        )
    check_column_names(argument, frame)
    if not is_supported(frame):
        raise _messages.unsupported_provenance(argument)
    return frame


def compare(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Compare two frames, as ``changes`` does."""
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
    gains_permission = after is True and column not in _STATE_FLAGS
    return "medium" if column in _GRANTING_COLUMNS or gains_permission else "low"
