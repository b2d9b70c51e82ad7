"""Summaries of roles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import NONE, check_frame, flag_to_int, is_flag_column, with_sources

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
_MADE_BY = "pm.projectmanager.roles"
_ROLES_FIXED_NAMES = ("permission", "description", "roles", "fixed")


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
    check_frame("roles_by_permission", roles, ["id", "name"], _MADE_BY)
    granted = _granted(roles)
    table = granted.assign(fixed=pd.array([_fixed_count(roles, one) for one in granted.index], dtype="Int64"))
    table.insert(0, "description", _descriptions(roles, granted.index))
    table.insert(1, "roles", _true_counts(granted.T))
    return with_sources(table, roles)


def role_differences(roles: pd.DataFrame, left: str, right: str) -> pd.DataFrame:
    """Set out the permissions in which two roles differ.

    Granted, not granted and not sent are three different things: a permission that was sent for one role and
    not for the other is a difference.

    Parameters
    ----------
    roles
        What ``roles_by_permission`` takes.
    left, right
        The two roles, each by its id or its name.

    Returns
    -------
    pandas.DataFrame
        Index ``permission`` (str): those in which the two differ, in the order of the columns of ``roles``;
        no rows where they are equal.

        ===================  =======  ==============================================================
        description          str      what the service says of the permission, NA where not known
        one column per role  boolean  the role ``left``, then ``right``, named as in
                                      ``roles_by_permission``: True granted, False not granted, NA not
                                      sent; one column where both are the same role
        fixed                str      in which of the two it cannot be modified, "(none)" where in
                                      neither; NA where not known
        ===================  =======  ==============================================================

    Raises
    ------
    InvalidArgument
        If ``roles`` is not a frame, or has no id or no name; or if it has no such role, or several of that
        name.

    Examples
    --------
    >>> import pandas as pd
    >>> from pmframes.report import role_differences
    >>> roles = pd.DataFrame({"id": ["r1", "r2"], "name": ["Admin", "Guest"], "invite_people": [True, False]})
    >>> list(role_differences(roles, "Admin", "r2").index)
    ['invite_people']
    """
    check_frame("role_differences", roles, ["id", "name"], _MADE_BY)
    return differences(roles, *role_places(roles, left, right))


def differences(roles: pd.DataFrame, *places: int) -> pd.DataFrame:
    """Set out the permissions in which the roles of these rows differ; one row alone differs in nothing."""
    granted = _granted(roles).iloc[:, list(places)]
    table = granted[granted.astype(object).nunique(axis=1, dropna=False) > 1].copy()
    fixed = [_fixed_names(roles, one, granted.columns, places) for one in table.index]
    table.insert(0, "description", _descriptions(roles, table.index))
    table["fixed"] = pd.Series(fixed, table.index, dtype="str")
    return with_sources(table, roles)


def role_places(roles: pd.DataFrame, left: str, right: str) -> list[int]:
    """Find the rows of two roles: one where both are the same."""
    return list(dict.fromkeys([_place(roles, "left", left), _place(roles, "right", right)]))


def _place(roles: pd.DataFrame, argument: str, given: str) -> int:
    """Find the row of a role by its id, else by its name."""
    ids = roles["id"].astype("str").tolist()
    names = roles["name"].astype("str").tolist()
    if not isinstance(given, str):
        raise _messages.wrong_kind(argument, given, "the id or the name of a role, as text")
    places = [place for values in (ids, names) for place, one in enumerate(values) if one == given]
    if given in ids or len(places) == 1:
        return places[0]
    if places:
        raise _messages.several_roles(argument, given, [ids[place] for place in places])
    known = roles["name"].astype("str").fillna(roles["id"]).unique().tolist()
    raise _messages.no_such_role(argument, given, known)


def _granted(roles: pd.DataFrame) -> pd.DataFrame:
    """Turn roles around: a row per permission, a column per role."""
    found = roles[permission_columns(roles)]
    permissions = pd.Index([str(name) for name in found], name="permission", dtype="str")
    granted = found.astype("boolean").T.astype("boolean").set_axis(_role_labels(roles), axis=1)
    return granted.set_axis(permissions)


def _descriptions(roles: pd.DataFrame, permissions: pd.Index[str]) -> pd.Series[str]:
    known = [_known(roles, one).get("description") for one in permissions]
    return pd.Series(known, permissions, dtype="str")


def _known(roles: pd.DataFrame, permission: str) -> dict[str, Any]:
    known: dict[str, Any] = roles.attrs.get("permissions", {}).get(permission, {})
    return known


def permission_columns(roles: pd.DataFrame) -> list[Any]:
    """Name the columns of roles that hold permissions, in their order."""
    return [name for name, values in roles.items() if name not in _ROLE_COLUMNS and is_flag_column(values)]


def _true_counts(permissions: pd.DataFrame) -> np.ndarray:
    return np.array([flag_to_int(values).sum() for _, values in permissions.items()], dtype="int64")


def fixed_cells(roles: pd.DataFrame, permissions: Iterable[str]) -> np.ndarray | None:
    """Say of each role and permission whether it cannot be modified; None if that is not known of any."""
    columns = [_fixed_roles(roles, one) for one in permissions]
    if all(one is None for one in columns):
        return None
    return np.column_stack([np.zeros(len(roles), dtype=bool) if one is None else one for one in columns])


def _fixed_roles(roles: pd.DataFrame, permission: str) -> np.ndarray | None:
    known = _known(roles, permission)
    # Without the attrs, which pandas would copy for every permission.
    ids = pd.Series(roles["id"].array)
    return ids.isin(known["fixed"]).to_numpy() if "fixed" in known else None


def _fixed_count(roles: pd.DataFrame, permission: str) -> int | None:
    fixed = _fixed_roles(roles, permission)
    return None if fixed is None else int(fixed.sum())


def _fixed_names(
    roles: pd.DataFrame, permission: str, labels: Iterable[str], places: Iterable[int]
) -> str | None:
    fixed = _fixed_roles(roles, permission)
    if fixed is None:
        return None
    pairs = zip(labels, places, strict=True)
    return ", ".join(sorted(label for label, place in pairs if fixed[place])) or NONE


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
