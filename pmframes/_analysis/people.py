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
    to_flags,
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
        A column of ``people``: one row per value of it instead of one per type. A list counts as one value,
        such as "12, 15" for two teams.

    Returns
    -------
    pandas.DataFrame
        Index ``type`` (str): the declared types in their order, also those with no people, then unknown
        types in alphabetical order, then "(none)" if some people have no type, then "total".

        ===================  =======  ==========================================================
        people               int64    rows
        share                Float64  of all rows, 0 to 1
        admins               int64    rows where is_admin is True (missing is not True)
        client_users         int64    the same for is_client_user
        service_accounts     int64    the same for is_service_account
        deleted              int64    the same for deleted
        ===================  =======  ==========================================================

        With ``by``, the index has the name of that column, and its values in order, as text (str), then
        "(none)" if some rows have no value, then "total". After share there is a column per type (int64):
        the rows of that type. A type with the name of another column gets the prefix ``type_``.

    Raises
    ------
    InvalidArgument
        If ``people`` is not a frame or lacks one of the columns; if ``by`` is not a column.
    """
    # Permissions have the columns too: people with a permission are counted by type.
    check_frame("people", people, ["type", *FLAGS.values()], "pm.teamwork.people", "pm.teamwork.permissions")
    _check_by(people, by)
    types = _label_rows(_to_sortable(people["type"]))
    groups = types if by is None else _label_rows(_to_sortable(people[by])).remove_unused_categories()
    rows = _build_indicators(people, {} if by is None else _indicate(types))
    table = pd.concat([rows.groupby(pd.Series(groups), observed=False).sum(), rows.sum().to_frame().T])
    table.index = pd.Index([*map(str, groups.categories), TOTAL], name="type" if by is None else by, dtype=TEXT)
    share = pd.array(table["people"].to_numpy() / (len(people) or np.nan), dtype="Float64")
    table.insert(1, "share", pd.Series(share, table.index))
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
        # A whole number is the same text in any dtype.
        return values.convert_dtypes() if pd.api.types.is_float_dtype(values.dtype) else values
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


def _indicate(types: pd.Categorical[Any]) -> dict[str, np.ndarray]:
    """Return for each type 1 where a row is of it, else 0."""
    names = [f"type_{name}" if name in _MEASURES else str(name) for name in types.categories]
    return {name: (types.codes == code).astype("int64") for code, name in enumerate(names)}


def _build_indicators(people: pd.DataFrame, types: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return a column for each column of counts: 1 where a row counts in it, else 0."""
    flags = {name: flag_to_int(people[column]) for name, column in FLAGS.items()}
    return pd.DataFrame({"people": np.ones(len(people), dtype="int64"), **types, **flags})


def outsiders(rows: pd.DataFrame) -> pd.Series[Any]:
    """Return who does not belong to the company that owns the site, NA where that is unknown.

    Permissions say it of each person. Of people, client users are outsiders; collaborators and contacts are
    where their company has no full account that is not a client user's, and unknown where they have none.
    """
    if "in_owner_company" in rows:
        return ~to_flags(rows["in_owner_company"])
    if "is_client_user" not in rows:
        return pd.Series(pd.NA, rows.index, dtype="boolean")
    is_client = to_flags(rows["is_client_user"])
    if not {"type", "company_id"} <= set(rows.columns):
        return is_client
    is_full = (rows["type"].astype(TEXT) == "account").fillna(False).astype("boolean")
    companies = rows["company_id"][is_full & ~is_client.fillna(True)].dropna()
    is_elsewhere = (~rows["company_id"].isin(companies)).astype("boolean")
    is_unknown = rows["company_id"].isna() | (len(companies) == 0)
    return is_client | is_elsewhere.mask(is_unknown).where(~is_full, False)
