"""Summaries of people."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import NONE, TOTAL, check_frame, flag_to_int, with_sources

FLAGS = {
    "admins": "is_admin",
    "client_users": "is_client_user",
    "service_accounts": "is_service_account",
    "deleted": "deleted",
}
_MEASURES = ("people", "share", *FLAGS)


def people_by_type(people: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Count people by their type.

    Rows are counted, and a row is a person on a project: someone on three projects counts three times.
    Drop the duplicates of ``id`` first to count each person once.

    Parameters
    ----------
    people
        What ``pm.teamwork.people`` returns, or any frame with the columns type, is_admin, is_client_user,
        is_service_account and deleted.
    by
        A column of ``people``. Each of its values becomes a column level above the measures; rows without
        a value are counted under "(none)". A list is one value, such as "12, 15" for two teams.

    Returns
    -------
    pandas.DataFrame
        Index ``type`` (str): the declared types in their order, also those of no one, then unknown ones in
        alphabetical order, then "(none)" if some person has no type, then "total".

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
        If ``people`` is not a frame, or lacks one of the columns; or if ``by`` is no name.
    """
    if not isinstance(by, str | None):
        raise _messages.wrong_kind("by", by, "the name of a column, or nothing")
    needed = ["type", *FLAGS.values(), *([] if by is None else [by])]
    check_frame("people_by_type", people, needed, "pm.teamwork.people")
    types = _labelled(people["type"].astype("category"))
    index = pd.Index([*types.categories, TOTAL], name="type", dtype="str")
    if by is None:
        (block,) = _people_counts(people, types, np.zeros(len(people), dtype="int64"), 1)
        return with_sources(pd.DataFrame(_people_measures(block), index=index), people)
    values = _labelled(_one_kind(people[by])).remove_unused_categories()
    cube = _people_counts(people, types, values.codes, len(values.categories))
    columns = pd.MultiIndex.from_product([values.categories, _MEASURES], names=[by, "measure"])
    cells = [column for block in cube for column in _people_measures(block).values()]
    table = pd.DataFrame(dict(enumerate(cells)), index=index).set_axis(columns, axis=1)
    return with_sources(table, people)


def _one_kind(values: pd.Series[Any]) -> pd.Series[Any]:
    """Make values that can be told apart and sorted: lists and a mixture of kinds become text."""
    if values.dtype != object:
        return values
    plain = values.map(_joined, na_action="ignore")
    return plain.map(str, na_action="ignore") if _is_mixed(plain) else plain


def _joined(value: Any) -> Any:
    return (", ".join(map(str, value)) or None) if isinstance(value, list | tuple | np.ndarray) else value


def _is_mixed(values: pd.Series[Any]) -> bool:
    return pd.api.types.infer_dtype(values, skipna=True) in {"mixed", "mixed-integer"}


def _labelled(values: pd.Series[Any]) -> pd.Categorical[Any]:
    """Give each row its label: declared categories in their order, then others sorted, "(none)" last."""
    found = pd.factorize(values.dropna(), sort=True)[1]
    declared = values.cat.categories if isinstance(values.dtype, pd.CategoricalDtype) else found
    labels = dict.fromkeys([*declared, *found])
    filled = values.astype(object).where(values.notna(), NONE)
    if NONE in labels or values.isna().any():
        labels.pop(NONE, None)
        labels[NONE] = None
    return pd.Categorical(filled, categories=pd.Index(list(labels), dtype=object))


def _people_counts(
    people: pd.DataFrame, types: pd.Categorical[Any], values: np.ndarray, count: int
) -> np.ndarray:
    """Count into a cube: value, then type with the total last, then people and the flags."""
    flags = [flag_to_int(people[column]) for column in FLAGS.values()]
    ones = np.column_stack([np.ones(len(people), dtype="int64"), *flags])
    cube = np.zeros((count, len(types.categories), ones.shape[1]), dtype="int64")
    np.add.at(cube, (values, types.codes), ones)
    return np.concatenate([cube, cube.sum(axis=1, keepdims=True)], axis=1)


def _people_measures(counts: np.ndarray) -> dict[str, Any]:
    people = counts[:, 0]
    total = float(people[-1]) or np.nan
    share = pd.array(people / total, dtype="Float64")
    return {"people": people, "share": share, **dict(zip(FLAGS, counts[:, 1:].T, strict=True))}
