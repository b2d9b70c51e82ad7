"""Summaries of roles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import NONE, check_frame, is_flag_column, list_limited, with_sources
from pmframes._signatures import checks_arguments
from pmframes._text import safe_repr, suggest
from pmframes._types import TEXT
from pmframes.errors import InvalidArgument

_ROLE_COLUMNS = ("id", "name", "description", "is_admin", "is_custom", "is_global_admin", "is_guest", "is_default")
_MADE_BY = "pm.projectmanager.roles"


@checks_arguments
def roles_by_permission(roles: pd.DataFrame) -> pd.DataFrame:
    """Tabulate permissions by role.

    Parameters
    ----------
    roles
        What ``pm.projectmanager.roles`` returns: one row per role, with one boolean column per permission
        after the columns that describe the role. ``roles.attrs["permissions"]`` may hold, for each of them,
        ``{"description": str, "fixed": [ids of the roles in which it cannot be modified]}``.

    Returns
    -------
    pandas.DataFrame
        Index ``permission`` (str), in the order of the columns of ``roles``.

        ===================  =======  ==============================================================
        description          str      the service's description of the permission, NA if unknown
        roles                int64    number of roles that grant it
        one column per role  boolean  True granted, False not granted, NA unknown; the column is named
                                      for the role, "name (id)" if that name is taken
        fixed                Int64    number of roles in which it cannot be modified, NA if unknown
        ===================  =======  ==============================================================

    Raises
    ------
    InvalidArgument
        If ``roles`` is not a frame or lacks id or name.
    """
    check_frame("roles", roles, ["id", "name"], _MADE_BY)
    granted = _transpose(roles)
    fixed = [None if cells is None else cells.sum() for cells in _find_fixed(roles, granted.index)]
    table = granted.assign(fixed=pd.array(fixed, dtype="Int64"))
    table.insert(0, "description", _read_descriptions(roles, granted.index))
    table.insert(1, "roles", granted.fillna(False).sum(axis=1).astype("int64"))
    return with_sources(table, roles)


@checks_arguments
def role_differences(roles: pd.DataFrame, left: str, right: str) -> pd.DataFrame:
    """Tabulate the permissions in which two roles differ.

    Granted, not granted and unknown are three different values: a permission that is known for only one of
    the roles is a difference.

    Parameters
    ----------
    roles
        As for ``roles_by_permission``.
    left, right
        The two roles, each by its id or its name.

    Returns
    -------
    pandas.DataFrame
        Index ``permission`` (str): those in which the two differ, in the order of the columns of ``roles``;
        no rows if they are equal.

        ===================  =======  ==============================================================
        description          str      the service's description of the permission, NA if unknown
        one column per role  boolean  the role ``left``, then ``right``, named as in
                                      ``roles_by_permission``: True granted, False not granted, NA
                                      unknown; one column if both are the same role
        fixed                str      in which of the two it cannot be modified, "(none)" if in
                                      neither; NA if unknown
        ===================  =======  ==============================================================

    Raises
    ------
    InvalidArgument
        If ``roles`` is not a frame or lacks id or name; if it has no such role, or several of that name.

    Examples
    --------
    >>> import pandas as pd
    >>> from pmframes.report import role_differences
    >>> roles = pd.DataFrame({"id": ["r1", "r2"], "name": ["Admin", "Guest"], "invite_people": [True, False]})
    >>> list(role_differences(roles, "Admin", "r2").index)
    ['invite_people']
    """
    check_frame("roles", roles, ["id", "name"], _MADE_BY)
    return differences_at(roles, *find_roles(roles, left, right))


def differences_at(roles: pd.DataFrame, *positions: int) -> pd.DataFrame:
    """Tabulate the permissions in which the roles at these positions differ; a single role has none."""
    granted = _transpose(roles).iloc[:, list(positions)]
    table = granted[granted.astype(object).nunique(axis=1, dropna=False) > 1].copy()
    fixed = _find_fixed(roles.iloc[list(positions)], table.index)
    names = [None if cells is None else ", ".join(sorted(granted.columns[cells])) or NONE for cells in fixed]
    table.insert(0, "description", _read_descriptions(roles, table.index))
    table["fixed"] = pd.Series(names, table.index, dtype=TEXT)
    return with_sources(table, roles)


def find_roles(roles: pd.DataFrame, left: str, right: str) -> list[int]:
    """Return the positions of two roles, or one position if both are the same role."""
    return list(dict.fromkeys([_find_role(roles, "left", left), _find_role(roles, "right", right)]))


def _find_role(roles: pd.DataFrame, argument: str, role: str) -> int:
    """Return the position of a role by its id, else by its name."""
    if not isinstance(role, str):
        raise _messages.wrong_kind(argument, role, "the id or the name of a role, as text")
    ids = roles["id"].astype(TEXT).tolist()
    names = roles["name"].astype(TEXT).tolist()
    positions = [position for column in (ids, names) for position, value in enumerate(column) if value == role]
    if role in ids or len(positions) == 1:
        return positions[0]
    if positions:
        candidates = [ids[position] for position in positions]
        raise InvalidArgument(
            f"{argument} is {safe_repr(role)}, the name of {len(candidates)} roles.",
            f"Pass the id of one of them: {list_limited(candidates)}.",
        )
    cause = f"{argument} is {safe_repr(role)}: no role with this id or name."
    if not names:
        raise InvalidArgument(cause, "Pass a frame that has it; this one has no roles.")
    known = roles["name"].astype(TEXT).fillna(roles["id"]).unique().tolist()
    raise InvalidArgument(cause, f"{suggest(role, known)} Use one of: {list_limited(known)}.".lstrip())


def _transpose(roles: pd.DataFrame) -> pd.DataFrame:
    """Transpose roles: one row per permission, one column per role."""
    flags = roles[role_permission_columns(roles)]
    permissions = pd.Index([str(name) for name in flags], name="permission", dtype=TEXT)
    granted = flags.astype("boolean").T.astype("boolean").set_axis(_label_roles(roles), axis=1)
    return granted.set_axis(permissions)


def _read_descriptions(roles: pd.DataFrame, permissions: pd.Index[str]) -> pd.Series[str]:
    texts = [details.get("description") for details in _read_details(roles, permissions)]
    return pd.Series(texts, permissions, dtype=TEXT)


def _read_details(roles: pd.DataFrame, permissions: Iterable[str]) -> list[dict[str, Any]]:
    details = roles.attrs.get("permissions", {})
    return [details.get(permission, {}) for permission in permissions]


def role_permission_columns(roles: pd.DataFrame) -> list[Any]:
    """Return the names of the permission columns of roles, in their order."""
    return [name for name, values in roles.items() if name not in _ROLE_COLUMNS and is_flag_column(values)]


def fixed_cells(roles: pd.DataFrame, permissions: Iterable[str]) -> np.ndarray | None:
    """Return for each role and permission whether it cannot be modified; None if unknown for all."""
    columns = _find_fixed(roles, permissions)
    if all(column is None for column in columns):
        return None
    unknown = np.zeros(len(roles), dtype=bool)
    return np.column_stack([unknown if column is None else column for column in columns])


def _find_fixed(roles: pd.DataFrame, permissions: Iterable[str]) -> list[np.ndarray | None]:
    """Return for each permission a mask of the roles in which it cannot be modified; None if unknown."""
    # Without the attrs, which pandas would copy for every permission.
    ids = pd.Series(roles["id"].array)
    listed = [details.get("fixed") for details in _read_details(roles, permissions)]
    return [None if fixed is None else ids.isin(fixed).to_numpy() for fixed in listed]


def _label_roles(roles: pd.DataFrame) -> list[str]:
    """Return a column name per role: its name, with the id where the name is taken."""
    names = roles["name"].astype(TEXT).fillna(NONE).tolist()
    name_counts = Counter(names)
    taken = {"permission", "description", "roles", "fixed"}
    labels = []
    for name, role_id in zip(names, roles["id"].tolist(), strict=True):
        label = f"{name} ({role_id})" if name_counts[name] > 1 else name
        while label in taken:
            label = f"{label} ({role_id})"
        taken.add(label)
        labels.append(label)
    return labels
