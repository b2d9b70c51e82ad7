"""Summaries: frames that count other frames, row for row.

Every summary keeps three promises. What it counts adds up to the rows it was given; an empty frame gives the
same columns and dtypes; ``attrs["pmframes"]`` names the sources. None changes its input.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pmframes import errors
from pmframes.frames.provenance import KEY, sources

NONE = "(none)"
TOTAL = "total"

_FLAGS = {
    "admins": "is_admin",
    "client_users": "is_client_user",
    "service_accounts": "is_service_account",
    "deleted": "deleted",
}
_MEASURES = ("people", "share", *_FLAGS)
_ROLE_COLUMNS = (
    "id",
    "name",
    "description",
    "is_admin",
    "is_custom",
    "is_global_admin",
    "is_guest",
    "is_default",
)
_ROLES_FIXED_NAMES = ("permission", "description", "roles", "fixed")
_COMPANY_COLUMNS = {"company_id": ("company_name", "company_title"), "owner_id": ("owner_name",)}
_COMPANY_TABLE = (
    "service",
    "company_id",
    "company_name",
    "customers",
    "share",
    "first_created",
    "last_updated",
)
_CUSTOMERS_MADE_BY = "pm.projectmanager.customers, pm.outlign.clients or pm.spirii.customers"


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
        a value are counted under "(none)".

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
        If ``people`` is not a frame, or lacks one of the columns.
    """
    needed = ["type", *_FLAGS.values(), *([] if by is None else [by])]
    _check("people_by_type", people, needed, "pm.teamwork.people")
    types = _labelled(people["type"].astype("category"))
    index = pd.Index([*types.categories, TOTAL], name="type", dtype="str")
    if by is None:
        (block,) = _people_counts(people, types, np.zeros(len(people), dtype="int64"), 1)
        return _with_sources(pd.DataFrame(_people_measures(block), index=index), people)
    values = _labelled(_hashable(people[by])).remove_unused_categories()
    cube = _people_counts(people, types, values.codes, len(values.categories))
    columns = pd.MultiIndex.from_product([values.categories, _MEASURES], names=[by, "measure"])
    cells = [column for block in cube for column in _people_measures(block).values()]
    table = pd.DataFrame(dict(enumerate(cells)), index=index).set_axis(columns, axis=1)
    return _with_sources(table, people)


def _hashable(values: pd.Series[Any]) -> pd.Series[Any]:
    if values.dtype != object:
        return values
    return values.map(lambda one: (", ".join(map(str, one)) or None) if isinstance(one, list) else one)


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
    flags = [_is_true(people[column]) for column in _FLAGS.values()]
    ones = np.column_stack([np.ones(len(people), dtype="int64"), *flags])
    cube = np.zeros((count, len(types.categories), ones.shape[1]), dtype="int64")
    np.add.at(cube, (values, types.codes), ones)
    return np.concatenate([cube, cube.sum(axis=1, keepdims=True)], axis=1)


def _is_true(values: pd.Series[Any]) -> np.ndarray:
    return values.astype("boolean").fillna(False).to_numpy(dtype="int64")


def _people_measures(counts: np.ndarray) -> dict[str, Any]:
    people = counts[:, 0]
    total = float(people[-1]) or np.nan
    share = pd.array(people / total, dtype="Float64")
    return {"people": people, "share": share, **dict(zip(_FLAGS, counts[:, 1:].T, strict=True))}


def roles_by_permission(roles: pd.DataFrame) -> pd.DataFrame:
    """Set out which role grants which permission.

    Parameters
    ----------
    roles
        What ``pm.projectmanager.roles`` returns: one row per role, and after the columns that describe the
        role one yes-or-no column per permission. ``roles.attrs["permissions"]`` may hold, for each such
        column, ``{"description": str, "fixed": [ids of the roles in which it cannot be modified]}``.

    Returns
    -------
    pandas.DataFrame
        Index ``permission`` (str), in the order of the columns of ``roles``.

        ===================  =======  ==============================================================
        description          str      what the service says of the permission, NA where not known
        roles                int64    how many roles grant it
        one column per role  boolean  True granted, False not granted, NA not sent; named for the
                                      role, and "name (id)" where that name is taken
        fixed                Int64    in how many roles it cannot be modified, NA where not known
        ===================  =======  ==============================================================

    Raises
    ------
    InvalidArgument
        If ``roles`` is not a frame, or has no id or no name.
    """
    _check("roles_by_permission", roles, ["id", "name"], "pm.projectmanager.roles")
    permissions = [str(name) for name, values in roles.items() if _is_permission(str(name), values)]
    known = roles.attrs.get("permissions", {})
    described = [known.get(one, {}).get("description") for one in permissions]
    fixed = [_fixed_count(roles, one) for one in permissions]
    granted = roles[permissions].astype("boolean").T.astype("boolean").set_axis(_role_labels(roles), axis=1)
    granted.insert(0, "description", pd.Series(described, granted.index, dtype="str"))
    granted.insert(1, "roles", _true_counts(roles[permissions]))
    granted["fixed"] = pd.array(fixed, dtype="Int64")
    return _with_sources(granted.set_axis(pd.Index(permissions, name="permission", dtype="str")), roles)


def _is_permission(name: str, values: pd.Series[Any]) -> bool:
    if name in _ROLE_COLUMNS:
        return False
    if values.dtype == object:
        return pd.api.types.infer_dtype(values, skipna=True) in {"boolean", "empty"}
    return pd.api.types.is_bool_dtype(values.dtype)


def _true_counts(permissions: pd.DataFrame) -> np.ndarray:
    return np.array([_is_true(values).sum() for _, values in permissions.items()], dtype="int64")


def fixed_cells(roles: pd.DataFrame, permissions: Iterable[str]) -> np.ndarray | None:
    """Say of each role and permission whether it cannot be modified; None if that is not known of any."""
    columns = [_fixed_roles(roles, one) for one in permissions]
    if all(one is None for one in columns):
        return None
    return np.column_stack([np.zeros(len(roles), dtype=bool) if one is None else one for one in columns])


def _fixed_roles(roles: pd.DataFrame, permission: str) -> np.ndarray | None:
    known = roles.attrs.get("permissions", {}).get(permission, {})
    return roles["id"].isin(known["fixed"]).to_numpy() if "fixed" in known else None


def _fixed_count(roles: pd.DataFrame, permission: str) -> int | None:
    fixed = _fixed_roles(roles, permission)
    return None if fixed is None else int(fixed.sum())


def _role_labels(roles: pd.DataFrame) -> list[str]:
    names = roles["name"].astype("str").fillna(NONE).tolist()
    often = Counter(names)
    taken = set(_ROLES_FIXED_NAMES)
    labels = []
    for name, identifier in zip(names, roles["id"].tolist(), strict=True):
        label = f"{name} ({identifier})" if often[name] > 1 else name
        while label in taken:
            label = f"{label} ({identifier})"
        taken.add(label)
        labels.append(label)
    return labels


def customers_by_company(customers: pd.DataFrame | Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Count customers, or clients, by the company they belong to.

    Parameters
    ----------
    customers
        What ``pm.projectmanager.customers``, ``pm.outlign.clients``, ``pm.spirii.customers`` or
        ``pm.customers`` returns, or a list of such frames. Companies are told apart by service and id, and
        by name where there is no id.

    Returns
    -------
    pandas.DataFrame
        Sorted by service, then by customers (most first), then by name; "(none)", the customers without a
        company, comes last in each service.

        ===================  ===================  ==================================================
        service              str                  NA where the frame does not say
        company_id           str                  NA where the service gave none
        company_name         str                  "(none)" where there is no company; NA where there
                                                  is only an id
        customers            int64                rows
        share                Float64              of the customers of that service, 0 to 1
        first_created        datetime64[us, UTC]  earliest created_at, NaT where not known
        last_updated         datetime64[us, UTC]  latest updated_at, NaT where not known
        ===================  ===================  ==================================================

    Raises
    ------
    InvalidArgument
        If ``customers`` is neither a frame nor a list of them, or one lacks the columns of its company.
    """
    frames = [customers] if isinstance(customers, pd.DataFrame) else list(customers)
    if not frames:
        raise errors.wrong_kind("customers", customers, "a frame of customers, or a list of such frames")
    rows = pd.concat([_companies(frame) for frame in frames], ignore_index=True)
    keys = ["service", "company_id", "_name", "_none"]
    grouped = rows.groupby(keys, dropna=False, sort=False, as_index=False)
    table = grouped.agg(
        company_name=("company_name", "first"),
        customers=("_none", "size"),
        first_created=("created_at", "min"),
        last_updated=("updated_at", "max"),
    )
    order = ["service", "_none", "customers", "company_name", "company_id"]
    table = table.sort_values(order, ascending=[True, True, False, True, True], ignore_index=True)
    of_service = table.groupby("service", dropna=False)["customers"].transform("sum")
    table = table.assign(share=(table["customers"] / of_service).astype("Float64"))
    return _with_sources(table[list(_COMPANY_TABLE)], *frames)


def _companies(frame: pd.DataFrame) -> pd.DataFrame:
    """Bring customers to the columns to count; ``_name`` and ``_none`` tell apart what has no id."""
    id_column, name_column = _company_columns(frame)
    missing = pd.Series(pd.NA, index=frame.index, dtype="str")
    ids = frame[id_column].astype("str") if id_column else missing
    names = frame[name_column].astype("str") if name_column else missing
    none = ids.isna() & names.isna()
    stamped = frame.attrs.get(KEY, {}).get("service")
    return pd.DataFrame(
        {
            "service": frame.get("service", stamped),
            "company_id": ids,
            "company_name": names.mask(none, NONE),
            "_name": names.where(ids.isna(), ""),
            "_none": none,
            "created_at": _moments(frame, "created_at"),
            "updated_at": _moments(frame, "updated_at"),
        },
        index=frame.index,
    ).astype({"service": "str", "company_name": "str", "_name": "str"})


def _company_columns(frame: pd.DataFrame) -> tuple[str | None, str | None]:
    what = "customers_by_company"
    _check(what, frame, [], _CUSTOMERS_MADE_BY)
    for identifier, names in _COMPANY_COLUMNS.items():
        found = [name for name in names if name in frame]
        if identifier in frame and found:
            return identifier, found[0]
        if identifier in frame:
            raise errors.missing_columns(what, [" or ".join(names)], _CUSTOMERS_MADE_BY)
        if found:
            raise errors.missing_columns(what, [identifier], _CUSTOMERS_MADE_BY)
    _check(what, frame, ["id", "name"], _CUSTOMERS_MADE_BY)
    return None, None


def _moments(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    values = frame[column] if column in frame else pd.Series(pd.NaT, index=frame.index)
    return pd.to_datetime(values, utc=True, format="ISO8601").dt.as_unit("us")


def _check(what: str, frame: object, columns: Iterable[str], made_by: str) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise errors.not_a_frame(what, frame)
    missing = [column for column in columns if column not in frame]
    if missing:
        raise errors.missing_columns(what, missing, made_by)


def _with_sources(table: pd.DataFrame, *frames: pd.DataFrame) -> pd.DataFrame:
    table.attrs = {KEY: sources(*frames)}
    return table
