"""Summaries of roles."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from pmframes.report.summaries import NONE, check, is_true, with_sources

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
    check("roles_by_permission", roles, ["id", "name"], "pm.projectmanager.roles")
    permissions = [str(name) for name, values in roles.items() if _is_permission(str(name), values)]
    known = roles.attrs.get("permissions", {})
    described = [known.get(one, {}).get("description") for one in permissions]
    fixed = [_fixed_roles(known.get(one, {}), roles) for one in permissions]
    granted = roles[permissions].astype("boolean").T.astype("boolean").set_axis(_role_labels(roles), axis=1)
    granted.insert(0, "description", pd.Series(described, granted.index, dtype="str"))
    granted.insert(1, "roles", _true_counts(roles[permissions]))
    granted["fixed"] = pd.array(fixed, dtype="Int64")
    return with_sources(granted.set_axis(pd.Index(permissions, name="permission", dtype="str")), roles)


def _is_permission(name: str, values: pd.Series[Any]) -> bool:
    if name in _ROLE_COLUMNS:
        return False
    if values.dtype == object:
        return pd.api.types.infer_dtype(values, skipna=True) in {"boolean", "empty"}
    return pd.api.types.is_bool_dtype(values.dtype)


def _true_counts(permissions: pd.DataFrame) -> np.ndarray:
    return np.array([is_true(values).sum() for _, values in permissions.items()], dtype="int64")


def _fixed_roles(known: dict[str, Any], roles: pd.DataFrame) -> int | None:
    return int(roles["id"].isin(known["fixed"]).sum()) if "fixed" in known else None


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
