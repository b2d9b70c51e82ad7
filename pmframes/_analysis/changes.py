"""Changes: who joined, who left, and what is different of those who stayed."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import as_texts, check_column_names, check_frame, decategorize, strip_attrs
from pmframes._analysis.rules import SEVERITY
from pmframes._frames.provenance import (
    KEY,
    Source,
    is_supported,
    merge_provenance,
    projects,
    read_sources,
    resources,
)
from pmframes._writers.parquet import read_frames

# What tells the rows apart, by resource; "id" for all others.
KEYS: dict[str, tuple[str, ...]] = {
    "permissions": ("project_id", "person_id"),
    "people": ("project_id", "id"),
    "role_permissions": ("role_id", "permission"),
    "portfolio": ("service", "id"),
}
_ID = ("id",)
# These change by themselves, or whenever something else does.
NOT_COMPARED = frozenset({"updated_at", "updated_by_id", "avatar_url", "match"})
_NAMES = ("name", "role_name", "title")


@dataclass(frozen=True)
class Pair:
    """Two frames that can be compared.

    ``columns`` are those to compare, which both frames have. ``things`` has project_id, id and name of what
    is in either of them, first what is in the second; ``first`` and ``second`` say in which row of each
    frame it stands, -1 where it does not.
    """

    before: pd.DataFrame
    after: pd.DataFrame
    columns: list[str]
    things: pd.DataFrame
    first: np.ndarray
    second: np.ndarray


def read_two(before: Any, after: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give two frames, or read them from files; of several in a file, the one of the other's resource."""
    old, new = (
        [_checked(argument, one) for one in _opened(argument, given)]
        for argument, given in (("before", before), ("after", after))
    )
    alike = ((one, other) for one in old for other in new if resources(one) == resources(other))
    return next(alike, (old[0], new[0]))


def read_all(argument: str, given: Any) -> list[pd.DataFrame]:
    """Give one or several frames, or read them from parquet files, of which each may hold several."""
    several = given if isinstance(given, list | tuple) and given else [given]
    return [_checked(argument, one) for each in several for one in _opened(argument, each)]


def _checked(argument: str, frame: Any) -> pd.DataFrame:
    if not isinstance(frame, pd.DataFrame):
        raise _messages.wrong_kind(argument, frame, "a pandas DataFrame, or the path of a parquet file")
    check_column_names("changes", frame)
    if not is_supported(frame):
        raise _messages.illegible_source(argument)
    return frame


def _opened(argument: str, given: Any) -> list[Any]:
    if not isinstance(given, str | PathLike):
        return [given]
    path = Path(given).expanduser()
    if not path.is_file():
        raise _messages.no_snapshot(argument, path)
    try:
        return [*read_frames(path)]
    except (OSError, ValueError, TypeError, NotImplementedError) as error:
        raise _messages.not_parquet(argument, path) from error


def pair(before: pd.DataFrame, after: pd.DataFrame) -> Pair:
    """Check that two frames are of the same things, and find each of these in both."""
    _check_sources(before, after)
    _check_columns(before, after)
    keys = _keys(before, after)
    old, new = _bare(before, after), _bare(after, before)
    old_keys, new_keys = _texts("before", old, keys), _texts("after", new, keys)
    first, second = _places(old_keys, new_keys)
    columns = [str(column) for column in new if column not in {*keys, *NOT_COMPARED}]
    things = {
        "project_id": _either(
            _project_ids("before", old, keys), _project_ids("after", new, keys), first, second
        ),
        "id": _either(_joined_keys(old_keys), _joined_keys(new_keys), first, second),
        "name": _either(_names(old), _names(new), first, second),
    }
    return Pair(old, new, columns, pd.DataFrame(things), first, second)


def _check_sources(before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Refuse frames that were not loaded alike; of a frame that does not say, nothing is held against it."""
    old, new = (sorted(read_sources(one), key=_kind) for one in (before, after))
    if not old or not new:
        return
    if [*map(_kind, old)] != [*map(_kind, new)]:
        raise _messages.other_snapshot(["service or resource"])
    differing = [name for one, other in zip(old, new, strict=True) for name in one.differences(other)]
    if differing:
        numbers = projects(before), projects(after)
        named = [f"projects ({_numbered(numbers)})" if one == "projects" else one for one in differing]
        raise _messages.other_snapshot(dict.fromkeys(named), in_part=bool(numbers[0] & numbers[1]))


def _numbered(numbers: tuple[set[int], set[int]]) -> str:
    before, after = (", ".join(map(str, sorted(one))) or "the whole site" for one in numbers)
    return f"{before} before, {after} after"


def _kind(source: Source) -> tuple[str, str]:
    return str(source.service), str(source.resource)


def _check_columns(before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Refuse frames of other columns; a permission that is only in one of them was not sent in the other."""
    may_differ = {*NOT_COMPARED, *before.attrs.get("permissions", ()), *after.attrs.get("permissions", ())}
    gone = [column for column in before if column not in after and column not in may_differ]
    new = [column for column in after if column not in before and column not in may_differ]
    if gone or new:
        raise _messages.other_columns(gone, new)


def _keys(before: pd.DataFrame, after: pd.DataFrame) -> tuple[str, ...]:
    found = resources(before, after)
    known = list(KEYS.values()) if len(found) != 1 else [KEYS.get(next(iter(found)), _ID)]
    for keys in [*known, _ID]:
        if all(key in before and key in after for key in keys):
            return keys
    raise _messages.no_keys()


def _bare(frame: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Add the permissions that only the other frame has: they were not sent."""
    missing = [str(column) for column in other if column not in frame and column not in NOT_COMPARED]
    not_sent: dict[str, Any] = dict.fromkeys(missing, pd.array([pd.NA] * len(frame), dtype="boolean"))
    return strip_attrs(frame).assign(**not_sent)


def _texts(argument: str, frame: pd.DataFrame, keys: tuple[str, ...]) -> pd.DataFrame:
    """Give the keys as text, whatever they are kept as; refuse those that do not tell the rows apart."""
    texts = pd.DataFrame({key: as_texts(frame[key]) for key in keys})
    if repeated := int(texts.duplicated(keep=False).sum()):
        raise _messages.repeated_keys(argument, keys, repeated)
    return texts


def _places(before: pd.DataFrame, after: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Say in which row of each frame each thing stands, first those of the second frame."""
    both = pd.concat([before, after], ignore_index=True)
    codes = both.groupby([*both], dropna=False, sort=False).ngroup().to_numpy()
    old, new = codes[: len(before)], codes[len(before) :]
    rows = np.full((2, len(both)), -1)
    rows[0, old], rows[1, new] = np.arange(len(before)), np.arange(len(after))
    order = np.concatenate([new, old[rows[1, old] < 0]])
    return rows[0, order], rows[1, order]


def _joined_keys(keys: pd.DataFrame) -> pd.Series[Any]:
    first, *others = [values for key, values in keys.items() if key != "project_id"]
    for other in others:
        first = first + " " + other
    return first


def _project_ids(argument: str, frame: pd.DataFrame, keys: tuple[str, ...]) -> pd.Series[Any]:
    if "project_id" not in keys:
        return pd.Series(pd.NA, frame.index, dtype="Int64")
    try:
        return decategorize(frame["project_id"]).astype("Int64")
    except (TypeError, ValueError):
        raise _messages.wrong_kind(
            f"project_id of {argument}", frame["project_id"].dtype, "whole numbers"
        ) from None


def _names(frame: pd.DataFrame) -> pd.Series[Any]:
    found = next((frame[column] for column in _NAMES if column in frame), None)
    return pd.Series(None, frame.index, dtype="str") if found is None else found.astype("str")


def _either(
    old: pd.Series[Any], new: pd.Series[Any], first: np.ndarray, second: np.ndarray
) -> pd.Series[Any]:
    """Give the value after, else the one before; no row is numbered -1, so that what is missing is NA."""
    latest = new.reindex(second).reset_index(drop=True)
    return latest.fillna(old.reindex(first).reset_index(drop=True))


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
    table.attrs = {KEY: merge_provenance(old, new)}
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
    check_frame("changes", changes, columns, "pm.report.changes")
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
        old += to_python(before[column].take(where))
        new += to_python(after[column].take(where))
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
    values = [to_python(frame[column].take(rows)) for column in columns]
    return (
        [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]
        if values
        else [{} for _ in rows]
    )


def _differ(before: pd.Series[Any], after: pd.Series[Any]) -> np.ndarray:
    """Say where two columns differ; missing is equal to missing, however it is kept."""
    old, new = decategorize(before).reset_index(drop=True), decategorize(after).reset_index(drop=True)
    is_missing = old.isna().to_numpy() | new.isna().to_numpy()
    if old.dtype == new.dtype and old.dtype != object:
        unequal = (old != new).astype("boolean").fillna(False).to_numpy(dtype=bool)
    else:
        unequal = np.array([a != b for a, b in zip(to_python(old), to_python(new), strict=True)], dtype=bool)
    return np.where(is_missing, old.isna() != new.isna(), unequal)


def to_python(values: pd.Series[Any]) -> list[Any]:
    """Give values as Python's own, None where they are missing."""
    pairs = zip(values.tolist(), values.isna().tolist(), strict=True)
    return [None if is_missing else _plain(one) for one, is_missing in pairs]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value
