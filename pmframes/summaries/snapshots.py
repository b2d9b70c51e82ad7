"""Two frames of the same things, from two moments: read, checked, and each thing found in both."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pmframes import errors, files
from pmframes.frames.provenance import differences, is_legible, projects, resources, sources
from pmframes.summaries.shared import as_texts, bare, check_names, opened

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
        raise errors.wrong_kind(argument, frame, "a pandas DataFrame, or the path of a parquet file")
    check_names("changes", frame)
    if not is_legible(frame):
        raise errors.illegible_source(argument)
    return frame


def _opened(argument: str, given: Any) -> list[Any]:
    if not isinstance(given, str | PathLike):
        return [given]
    path = Path(given).expanduser()
    if not path.is_file():
        raise errors.no_snapshot(argument, path)
    try:
        return [*files.frames(path)]
    except (OSError, ValueError, TypeError, NotImplementedError) as error:
        raise errors.not_parquet(argument, path) from error


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
        "id": _either(_joined(old_keys), _joined(new_keys), first, second),
        "name": _either(_names(old), _names(new), first, second),
    }
    return Pair(old, new, columns, pd.DataFrame(things), first, second)


def _check_sources(before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Refuse frames that were not loaded alike; of a frame that does not say, nothing is held against it."""
    old, new = (sorted(sources(one)["sources"], key=_kind) for one in (before, after))
    if not old or not new:
        return
    if [*map(_kind, old)] != [*map(_kind, new)]:
        raise errors.other_snapshot(["service or resource"])
    differing = [name for one, other in zip(old, new, strict=True) for name in differences(one, other)]
    if differing:
        numbers = projects(before), projects(after)
        named = [f"projects ({_numbered(numbers)})" if one == "projects" else one for one in differing]
        raise errors.other_snapshot(dict.fromkeys(named), in_part=bool(numbers[0] & numbers[1]))


def _numbered(numbers: tuple[set[int], set[int]]) -> str:
    before, after = (", ".join(map(str, sorted(one))) or "the whole site" for one in numbers)
    return f"{before} before, {after} after"


def _kind(source: dict[str, Any]) -> tuple[str, str]:
    return str(source.get("service")), str(source.get("resource"))


def _check_columns(before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Refuse frames of other columns; a permission that is only in one of them was not sent in the other."""
    may_differ = {*NOT_COMPARED, *before.attrs.get("permissions", ()), *after.attrs.get("permissions", ())}
    gone = [column for column in before if column not in after and column not in may_differ]
    new = [column for column in after if column not in before and column not in may_differ]
    if gone or new:
        raise errors.other_columns(gone, new)


def _keys(before: pd.DataFrame, after: pd.DataFrame) -> tuple[str, ...]:
    found = resources(before, after)
    known = list(KEYS.values()) if len(found) != 1 else [KEYS.get(next(iter(found)), _ID)]
    for keys in [*known, _ID]:
        if all(key in before and key in after for key in keys):
            return keys
    raise errors.no_keys()


def _bare(frame: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Add the permissions that only the other frame has: they were not sent."""
    missing = [str(column) for column in other if column not in frame and column not in NOT_COMPARED]
    not_sent: dict[str, Any] = dict.fromkeys(missing, pd.array([pd.NA] * len(frame), dtype="boolean"))
    return bare(frame).assign(**not_sent)


def _texts(argument: str, frame: pd.DataFrame, keys: tuple[str, ...]) -> pd.DataFrame:
    """Give the keys as text, whatever they are kept as; refuse those that do not tell the rows apart."""
    texts = pd.DataFrame({key: as_texts(frame[key]) for key in keys})
    if repeated := int(texts.duplicated(keep=False).sum()):
        raise errors.repeated_keys(argument, keys, repeated)
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


def _joined(keys: pd.DataFrame) -> pd.Series[Any]:
    first, *others = [values for key, values in keys.items() if key != "project_id"]
    for other in others:
        first = first + " " + other
    return first


def _project_ids(argument: str, frame: pd.DataFrame, keys: tuple[str, ...]) -> pd.Series[Any]:
    if "project_id" not in keys:
        return pd.Series(pd.NA, frame.index, dtype="Int64")
    try:
        return opened(frame["project_id"]).astype("Int64")
    except (TypeError, ValueError):
        raise errors.wrong_kind(
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
