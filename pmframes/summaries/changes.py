"""Changes: who joined, who left, and what is different of those who stayed."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from pmframes.frames.provenance import KEY, sources
from pmframes.summaries.rules import SEVERITY
from pmframes.summaries.shared import check, opened
from pmframes.summaries.snapshots import Pair, pair, read_two

_CHANGE: pd.CategoricalDtype[str] = pd.CategoricalDtype(["joined", "left", "changed"])
_ADMINISTRATOR = ("is_admin", "is_global_admin", "project_administrator")
# Who has another of these may do other things.
_KINDS = frozenset({"type", "role_id"})
# Yes or no, but nothing that somebody may do.
_NO_PERMISSIONS = frozenset(
    [
        *("active", "can_be_modified", "deleted", "in_owner_company", "is_active", "is_archived"),
        *("is_billable", "is_client_user", "is_custom", "is_default", "is_guest", "is_observing"),
        *("is_owner", "is_placeholder", "is_service_account", "is_template", "receive_email_notifications"),
    ]
)


def changes(
    before: pd.DataFrame | str | PathLike[str], after: pd.DataFrame | str | PathLike[str]
) -> pd.DataFrame:
    """Compare two frames of the same things: who joined, who left, and what changed.

    Rows are told apart by project_id and id (people), project_id and person_id (permissions), role_id and
    permission (role_permissions), service and id (portfolio), or id (all others). A frame that does not say
    where it comes from is compared by its columns. How a value is kept is no change: as category or as text,
    as int64 or Int64, with seconds or microseconds, as NaN or as NA. Not compared are updated_at,
    updated_by_id, avatar_url and match, which change by themselves.

    Parameters
    ----------
    before, after
        What any loader returned, earlier and later; or the path of a parquet file written from it with
        ``frame.to_parquet(path)``, or by ``pmframes report access-review --save``, of which the frame is
        taken that is of the other's resource.

    Returns
    -------
    pandas.DataFrame
        First who joined, then who left, then what changed, in the order of the rows and columns of
        ``after``; nothing where nothing did.

        ==========  ========  ===================================================================
        change      category  joined, left or changed
        project_id  Int64     NA where rows are not told apart by project
        id          str       the key; where two tell the rows apart, both with a space between
        name        str       as in ``after``, else as in ``before``
        column      str       what changed; NA for who joined or left
        before      object    the value before, None where it was missing; for who left a dict of
                              all columns that are compared
        after       object    the value after; for who joined such a dict
        ==========  ========  ===================================================================

    Raises
    ------
    InvalidArgument
        If one is neither a frame nor the path of a parquet file; if they are of different services,
        resources, accounts or parameters, such as filters or projects (the text of a search, which no frame
        keeps, is not compared); if one has columns that the other does not, except permissions, which are
        taken as not sent; if nothing tells the rows apart, or not all of them.

    Examples
    --------
    >>> import pandas as pd
    >>> from pmframes.report import changes
    >>> before = pd.DataFrame({"id": [1, 2], "name": ["Ada", "Bo"], "is_admin": [False, False]})
    >>> changes(before, before.assign(is_admin=[True, False]))[["name", "column", "before", "after"]]
      name    column before after
    0  Ada  is_admin  False  True
    """
    old, new = read_two(before, after)
    found = pair(old, new)
    parts = [_joined(found), _left(found), _changed(found)]
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    table.attrs = {KEY: sources(old, new)}
    return table


def severities(changes: pd.DataFrame) -> pd.Series[Any]:
    """Say how much each change deserves a look.

    "medium": someone, or a role, gained a permission or administrator rights (a yes or no that was not yes
    before, and is no mere state such as deleted or archived), has another type or role, or joined with
    administrator rights. "low": all else. No change is "high".

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
        If ``changes`` is not a frame, or lacks change, column, before or after.
    """
    columns = ("change", "column", "before", "after")
    check("severities", changes, columns, "pm.report.changes")
    rows = zip(*(changes[column].tolist() for column in columns), strict=True)
    words = ["medium" if _gains(*row) else "low" for row in rows]
    return pd.Series(words, changes.index, dtype=SEVERITY, name="severity")


def _gains(change: str, column: Any, before: Any, after: Any) -> bool:
    if change == "joined":
        return any(after.get(one) is True for one in _ADMINISTRATOR)
    if change == "left":
        return False
    return column in _KINDS or (after is True and column not in _NO_PERMISSIONS)


def _joined(found: Pair) -> pd.DataFrame:
    places = np.flatnonzero(found.first < 0)
    records = _records(found.after, found.columns, found.second[places])
    return _table(found, "joined", places, [None] * len(places), [None] * len(places), records)


def _left(found: Pair) -> pd.DataFrame:
    places = np.flatnonzero(found.second < 0)
    records = _records(found.before, found.columns, found.first[places])
    return _table(found, "left", places, [None] * len(places), records, [None] * len(places))


def _changed(found: Pair) -> pd.DataFrame:
    stayed = np.flatnonzero((found.first >= 0) & (found.second >= 0))
    before = found.before[found.columns].take(found.first[stayed])
    after = found.after[found.columns].take(found.second[stayed])
    places, columns, old, new = [np.array([], dtype="int64")], [], [], []
    for column in found.columns:
        where = np.flatnonzero(_differ(before[column], after[column]))
        places.append(stayed[where])
        columns += [column] * len(where)
        old += plain(before[column].take(where))
        new += plain(after[column].take(where))
    table = _table(found, "changed", np.concatenate(places), columns, old, new)
    # Stable, so that the columns of one row stay in their order.
    return table.iloc[np.argsort(np.concatenate(places), kind="stable")]


def _table(
    found: Pair, change: str, places: np.ndarray, columns: list[Any], before: list[Any], after: list[Any]
) -> pd.DataFrame:
    things = found.things.take(places).reset_index(drop=True)
    things.insert(0, "change", pd.Series([change] * len(things), dtype=_CHANGE))
    values = {"before": pd.Series(before, dtype=object), "after": pd.Series(after, dtype=object)}
    return things.assign(column=pd.Series(columns, dtype="str"), **values)


def _records(frame: pd.DataFrame, columns: list[str], rows: np.ndarray) -> list[dict[str, Any]]:
    values = [plain(frame[column].take(rows)) for column in columns]
    return (
        [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]
        if values
        else [{} for _ in rows]
    )


def _differ(before: pd.Series[Any], after: pd.Series[Any]) -> np.ndarray:
    """Say where two columns differ; missing is equal to missing, however it is kept."""
    old, new = opened(before).reset_index(drop=True), opened(after).reset_index(drop=True)
    is_missing = old.isna().to_numpy() | new.isna().to_numpy()
    if old.dtype == new.dtype and old.dtype != object:
        unequal = (old != new).astype("boolean").fillna(False).to_numpy(dtype=bool)
    else:
        unequal = np.array([a != b for a, b in zip(plain(old), plain(new), strict=True)], dtype=bool)
    return np.where(is_missing, old.isna() != new.isna(), unequal)


def plain(values: pd.Series[Any]) -> list[Any]:
    """Give values as Python's own, None where they are missing."""
    pairs = zip(values.tolist(), values.isna().tolist(), strict=True)
    return [None if is_missing else _plain(one) for one, is_missing in pairs]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value
