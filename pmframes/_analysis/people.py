"""Summary of people."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import (
    NONE,
    TOTAL,
    check_frame,
    flag_to_int,
    fold_column,
    is_email,
    list_limited,
    with_sources,
)
from pmframes._frames.arrow import without_arrow
from pmframes._signatures import checks_arguments
from pmframes._text import safe_repr, suggest
from pmframes._types import TEXT
from pmframes.errors import InvalidArgument

FLAGS = {
    "admins": "is_admin",
    "client_users": "is_client_user",
    "service_accounts": "is_service_account",
    "deleted": "deleted",
}
_MEASURES = ("people", "share", *FLAGS)


@checks_arguments
def people_by_type(people: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Count people by type.

    Counts are rows, and a row is a person on a project: someone on three projects counts three times. Drop
    the duplicates of ``id`` first to count each person once.

    Parameters
    ----------
    people
        What ``pm.teamwork.people`` returns, or any frame with the columns type, is_admin, is_client_user,
        is_service_account and deleted.
    by
        A column of ``people``. Each of its values becomes a column level above the measures; rows without
        a value are counted under "(none)". A list counts as one value, such as "12, 15" for two teams.

    Returns
    -------
    pandas.DataFrame
        Index ``type`` (str): the declared types in their order, also those with no people, then unknown
        types in alphabetical order, then "(none)" if some people have no type, then "total".

        ===================  =======  ==========================================================
        people               int64    rows
        share                Float64  of all rows, 0 to 1; with ``by``, of the rows of that value
        admins               int64    rows where is_admin is True (missing is not True)
        client_users         int64    the same for is_client_user
        service_accounts     int64    the same for is_service_account
        deleted              int64    the same for deleted
        ===================  =======  ==========================================================

    Raises
    ------
    InvalidArgument
        If ``people`` is not a frame or lacks one of the columns; if ``by`` is not a column.
    """
    # Permissions have the columns too: people with a permission are counted by type.
    check_frame("people", people, ["type", *FLAGS.values()], "pm.teamwork.people", "pm.teamwork.permissions")
    _check_by(people, by)
    types = _label_rows(without_arrow(people["type"]).astype("category"))
    index = pd.Index([*types.categories, TOTAL], name="type", dtype=TEXT)
    if by is None:
        (counts,) = _count(people, types, np.zeros(len(people), dtype="int64"), 1)
        return with_sources(pd.DataFrame(_build_measures(counts), index=index), people)
    groups = _label_rows(_to_sortable(people[by])).remove_unused_categories()
    cube = _count(people, types, groups.codes, len(groups.categories))
    columns = pd.MultiIndex.from_product([groups.categories, _MEASURES], names=[by, "measure"])
    cells = [column for counts in cube for column in _build_measures(counts).values()]
    table = pd.DataFrame(dict(enumerate(cells)), index=index).set_axis(columns, axis=1)
    return with_sources(table, people)


def _check_by(people: pd.DataFrame, by: object) -> None:
    if not isinstance(by, str | None):
        raise _messages.wrong_kind("by", by, "the name of a column, or None")
    if by is not None and by not in people:
        raise InvalidArgument(
            f"by is {safe_repr(by)}, which is not a column of people.",
            f"{suggest(by, people)} Merge it into people first, or use one of: {list_limited(people)}.".lstrip(),
        )


def _to_sortable(values: pd.Series[Any]) -> pd.Series[Any]:
    """Convert lists and mixed types to text, since they can be neither grouped nor sorted."""
    if is_email(values.name):
        # The first way of writing an address stands for all.
        return values.astype(object).groupby(fold_column(values)).transform("first")
    values = without_arrow(values)
    if values.dtype != object:
        return values
    scalars = values.map(_join_list, na_action="ignore")
    is_mixed = pd.api.types.infer_dtype(scalars, skipna=True) in {"mixed", "mixed-integer"}
    return scalars.map(str, na_action="ignore") if is_mixed else scalars


def _join_list(value: Any) -> Any:
    return (", ".join(map(str, value)) or None) if isinstance(value, list | tuple | np.ndarray) else value


def _label_rows(values: pd.Series[Any]) -> pd.Categorical[Any]:
    """Return a label per row: declared categories in their order, then others sorted, "(none)" last."""
    present = pd.factorize(values.dropna(), sort=True)[1]
    declared = values.cat.categories if isinstance(values.dtype, pd.CategoricalDtype) else present
    labels = dict.fromkeys([*declared, *present])
    filled = values.astype(object).where(values.notna(), NONE)
    if NONE in labels or values.isna().any():
        labels.pop(NONE, None)
        labels[NONE] = None
    return pd.Categorical(filled, categories=pd.Index(list(labels), dtype=object))


def _count(people: pd.DataFrame, types: pd.Categorical[Any], groups: np.ndarray, group_count: int) -> np.ndarray:
    """Count into a cube: group, then type with the total last, then people and the flags."""
    flags = [flag_to_int(people[column]) for column in FLAGS.values()]
    ones = np.column_stack([np.ones(len(people), dtype="int64"), *flags])
    cube = np.zeros((group_count, len(types.categories), ones.shape[1]), dtype="int64")
    np.add.at(cube, (groups, types.codes), ones)
    return np.concatenate([cube, cube.sum(axis=1, keepdims=True)], axis=1)


def _build_measures(counts: np.ndarray) -> dict[str, Any]:
    people = counts[:, 0]
    total = float(people[-1]) or np.nan
    share = pd.array(people / total, dtype="Float64")
    return {"people": people, "share": share, **dict(zip(FLAGS, counts[:, 1:].T, strict=True))}
