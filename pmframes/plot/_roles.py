"""The charts of roles: all of them by permission, and two compared side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pmframes._analysis import roles as summaries
from pmframes._signatures import checks_arguments
from pmframes._text import display_width, pluralize
from pmframes.plot._matrix import States, classify_cells, count_shown, draw_matrix, group_labels
from pmframes.plot._style import add_notes, draw_empty, get_axes, set_ticks, set_title, shorten

_MAX_ROWS, _MAX_COLUMNS = 50, 40
_MAX_ROLE_WIDTH = 24


@checks_arguments
def roles_by_permission(roles: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Plot the permissions of each role as a matrix.

    Parameters
    ----------
    roles
        As for ``pm.report.roles_by_permission``.
    ax
        The Axes to draw on; without it, a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        One row per permission and one column per role. A full square is granted, a dash not granted, a
        hollow cross unknown; a ring around it is locked: the permission cannot be modified in that role.
        Beyond 50 permissions or 40 roles the remainder is grouped in the last row or column, with the number
        of permissions granted there.

    Raises
    ------
    InvalidArgument
        If ``roles`` is not a frame, or has no id or no name.
    """
    table = summaries.roles_by_permission(roles)
    cells = table.drop(columns=["description", "roles", "fixed"])
    if cells.empty:
        return draw_empty(ax, "There are no roles with permissions in this frame", roles)
    locked = summaries.fixed_cells(roles, cells.index)
    states = classify_cells(cells, None if locked is None else locked.T)
    labels = [f"{shorten(name)}  ({count})" for name, count in table["roles"].items()]
    axes = _draw(ax, states, labels, [shorten(name, _MAX_ROLE_WIDTH) for name in cells])
    granting = pluralize(cells.shape[1], "role grants", "roles grant")
    set_title(axes, f"{granting} {table['roles'].sum():,} of {cells.size:,} possible permissions")
    return add_notes(axes, ["in brackets: number of roles that grant it", *_notes(axes, states)], roles)


@checks_arguments
def role_differences(roles: pd.DataFrame, left: str, right: str, ax: Axes | None = None) -> Axes:
    """Plot the permissions in which two roles differ, side by side.

    Parameters
    ----------
    roles, left, right
        As for ``pm.report.role_differences``.
    ax
        The Axes to draw on; without it, a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        One row per permission in which the roles differ, those granted by ``left`` first, with the markers of
        ``roles_by_permission``. Beyond 50 permissions the last row counts how many others each role grants.

    Raises
    ------
    InvalidArgument
        If ``roles`` is not a frame, or has no id or no name; if it has no such role, or several of that name.
    """
    table = summaries.role_differences(roles, left, right)
    cells = table.drop(columns=["description", "fixed"])
    names = [shorten(name, _MAX_ROLE_WIDTH) for name in cells]
    if cells.empty:
        return draw_empty(ax, f"{' and '.join(names)}: no differences in permissions", roles)
    cells = cells.sort_values(cells.columns[0], ascending=False, kind="stable")
    locked = summaries.fixed_cells(roles.iloc[summaries.find_roles(roles, left, right)], cells.index)
    states = classify_cells(cells, None if locked is None else locked.T)
    axes = _draw(ax, states, [shorten(name) for name in cells.index], names, rotation=0)
    set_title(axes, *_difference_sentences(states, names))
    return add_notes(axes, _notes(axes, states), roles)


def _draw(ax: Axes | None, states: States, permissions: list[str], roles: list[str], rotation: int = 90) -> Axes:
    rows, columns = count_shown(len(permissions), _MAX_ROWS), count_shown(len(roles), _MAX_COLUMNS)
    permissions = group_labels(permissions, rows, "permissions")
    roles = group_labels(roles, columns, "roles")
    above = 0.09 * max(map(display_width, roles)) if rotation else 0.2
    height = 2.2 + above + 0.28 * len(permissions)
    axes = get_axes(ax, width=max(9, 5 + 0.32 * len(roles)), height=height)
    draw_matrix(axes, states, rows, columns)
    set_ticks(axes, "y", permissions)
    set_ticks(axes, "x", roles, rotation=rotation)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    return axes


def _notes(axes: Axes, states: States) -> list[str]:
    locked = ["locked: cannot be modified in that role"] if "locked" in states else []
    # Only cells of grouped rows and columns have texts.
    return [*locked, *(["numbers: permissions granted in the grouped cells"] if axes.texts else [])]


def _difference_sentences(states: States, names: list[str]) -> list[str]:
    granted, unknown = states["granted"], states["unknown"].any(axis=1)
    granted_alone = granted[~unknown].sum(axis=0)
    return [
        f"{names[0]} and {names[1]} differ in {pluralize(len(granted), 'permission')}",
        *(f"Only {name} grants {count:,}" for name, count in zip(names, granted_alone, strict=True) if count),
        *([f"{int(np.sum(unknown)):,} unknown for one of them"] if np.any(unknown) else []),
    ]
