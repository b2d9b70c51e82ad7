"""Alignment: match the rows of two frames by key, before they are compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from pmframes._analysis.common import as_texts, check_whole, decategorize, list_limited, strip_attrs
from pmframes._frames.provenance import Source, is_uuid, project_scope, read_sources, sort_project_ids
from pmframes._text import join
from pmframes._types import TEXT
from pmframes.errors import InvalidArgument

# The key of a row: the first of these whose columns a frame has.
_KEYS = (("project_id", "person_id"), ("project_id", "id"), ("role_id", "permission"), ("service", "id"), ("id",))
# These change by themselves, or whenever another column does.
IGNORED_COLUMNS = frozenset({"updated_at", "updated_by_id", "avatar_url", "match"})
_NAME_COLUMNS = ("name", "role_name", "title")


@dataclass(frozen=True, eq=False)
class Alignment:
    """Two frames whose rows are matched by key.

    ``columns`` are those to compare, which both frames have. ``keys`` has project_id, id and name of each row
    of either frame, those of ``after`` first; ``before_rows`` and ``after_rows`` are its positions in the two
    frames, -1 where a frame does not have it.
    """

    before: pd.DataFrame
    after: pd.DataFrame
    columns: list[str]
    keys: pd.DataFrame
    before_rows: np.ndarray
    after_rows: np.ndarray


def align(before: pd.DataFrame, after: pd.DataFrame) -> Alignment:
    """Match the rows of two frames by key.

    Raises
    ------
    InvalidArgument
        If one is not the whole load; if they were loaded with different parameters or have different columns;
        if there is no key, or rows share one.
    """
    check_whole("before", before)
    check_whole("after", after)
    _check_sources(before, after)
    _check_columns(before, after)
    key = _find_key(before, after)
    old, new = _with_missing_permissions(before, after), _with_missing_permissions(after, before)
    old_keys, new_keys = _read_keys("before", old, key), _read_keys("after", new, key)
    before_rows, after_rows = _match_rows(old_keys, new_keys)
    has_uuids = any(map(_has_uuids, (old_keys, new_keys)))
    labels = partial(_label_rows, project_dtype=TEXT if has_uuids else pd.Int64Dtype())
    old_labels, new_labels = labels("before", old, old_keys), labels("after", new, new_keys)
    # There is no row -1, so reindex gives NA for a missing row.
    latest = new_labels.reindex(after_rows).reset_index(drop=True)
    keys = latest.fillna(old_labels.reindex(before_rows).reset_index(drop=True))
    columns = [str(column) for column in new if column not in {*key, *IGNORED_COLUMNS}]
    return Alignment(old, new, columns, keys, before_rows, after_rows)


def _check_sources(before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Raise InvalidArgument for frames that were loaded differently; unknown provenance passes."""
    old, new = (sorted(read_sources(frame), key=_origin) for frame in (before, after))
    if not old or not new:
        return
    if [*map(_origin, old)] != [*map(_origin, new)]:
        raise _loaded_differently(["service or resource"])
    names = [name for source, other in zip(old, new, strict=True) for name in source.differences(other)]
    if names:
        old_projects, new_projects = project_scope(before), project_scope(after)
        scope = f"projects ({_format_scope(old_projects)} before, {_format_scope(new_projects)} after)"
        differing = dict.fromkeys(scope if name == "projects" else name for name in names)
        raise _loaded_differently(
            [*differing], share_projects="projects" in names and bool(old_projects & new_projects)
        )


def _origin(source: Source) -> tuple[str, str]:
    return str(source.service), str(source.resource)


def _format_scope(project_ids: set[int | str]) -> str:
    return join(sort_project_ids(project_ids)) or "the whole site"


def _loaded_differently(differing: list[str], *, share_projects: bool = False) -> InvalidArgument:
    shared = "; pm.report.access_review compares the projects that both have" if share_projects else ""
    return InvalidArgument(
        f"before and after were loaded with different parameters: they differ in {join(differing)}.",
        f"Load one of them again with the arguments of the other{shared}.",
    )


def _check_columns(before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Raise InvalidArgument for different columns, except permissions, which one load may not receive."""
    may_differ = {*IGNORED_COLUMNS, *before.attrs.get("permissions", ()), *after.attrs.get("permissions", ())}
    only_before = [column for column in before if column not in after and column not in may_differ]
    only_after = [column for column in after if column not in before and column not in may_differ]
    differences = [
        f"only {side} has {list_limited(columns)}"
        for side, columns in (("before", only_before), ("after", only_after))
        if columns
    ]
    if differences:
        raise InvalidArgument(
            f"before and after have different columns: {'; '.join(differences)}.",
            "Drop these columns, or load both frames with the same arguments.",
        )


def _find_key(before: pd.DataFrame, after: pd.DataFrame) -> tuple[str, ...]:
    for key in _KEYS:
        if all(column in before and column in after for column in key):
            return key
    raise InvalidArgument(
        "before and after have no id column by which to match their rows.",
        "Pass frames as a loader returns them, or rename a column that identifies the rows to id.",
    )


def _with_missing_permissions(frame: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Add the permissions that only the other frame has, as NA."""
    missing = [str(column) for column in other if column not in frame and column not in IGNORED_COLUMNS]
    unknown: dict[str, Any] = dict.fromkeys(missing, pd.array([pd.NA] * len(frame), dtype="boolean"))
    return strip_attrs(frame).assign(**unknown)


def _read_keys(argument: str, frame: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    """Return the key columns as text, so that their dtypes do not matter."""
    texts = pd.DataFrame({column: as_texts(frame[column]) for column in key})
    if repeated := int(texts.duplicated(keep=False).sum()):
        raise InvalidArgument(
            f"{argument} has {repeated:,} rows that share their {join(key)} with another row.",
            f"Keep one row of each, for example with .drop_duplicates({[*key]!r}).",
        )
    return texts


def _match_rows(before: pd.DataFrame, after: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the position of each key in both frames, the keys of ``after`` first; -1 where it is missing."""
    both = pd.concat([before, after], ignore_index=True)
    codes = both.groupby([*both], dropna=False, sort=False).ngroup().to_numpy()
    old, new = codes[: len(before)], codes[len(before) :]
    positions = np.full((2, len(both)), -1)
    positions[0, old], positions[1, new] = np.arange(len(before)), np.arange(len(after))
    order = np.concatenate([new, old[positions[1, old] < 0]])
    return positions[0, order], positions[1, order]


def _has_uuids(keys: pd.DataFrame) -> bool:
    """Whether the ids of projects, if there are any, are UUIDs."""
    ids = keys["project_id"].dropna() if "project_id" in keys else pd.Series(dtype=TEXT)
    return bool(len(ids)) and all(map(is_uuid, ids))


def _label_rows(argument: str, frame: pd.DataFrame, keys: pd.DataFrame, project_dtype: Any) -> pd.DataFrame:
    """Return project_id, id and name of each row; a key of two columns becomes one id."""
    first, *others = [values for column, values in keys.items() if column != "project_id"]
    for other in others:
        first = first + " " + other
    unnamed = pd.Series(None, frame.index, dtype=TEXT)
    names = next((frame[column] for column in _NAME_COLUMNS if column in frame), unnamed)
    project_ids = _read_project_ids(argument, frame, project_dtype) if "project_id" in keys else pd.NA
    labels = pd.DataFrame({"project_id": project_ids, "id": first, "name": names.astype(TEXT)})
    return labels.astype({"project_id": project_dtype})


def _read_project_ids(argument: str, frame: pd.DataFrame, dtype: Any) -> pd.Series[Any]:
    try:
        return decategorize(frame["project_id"]).astype(dtype)
    except (TypeError, ValueError):
        raise InvalidArgument(
            f"project_id of {argument} has dtype {frame['project_id'].dtype}, not whole numbers.",
            "Convert it to Int64, or load the frame again.",
        ) from None
