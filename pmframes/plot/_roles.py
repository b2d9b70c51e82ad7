"""The pictures of roles: all of them by permission, and two side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pmframes import _analysis
from pmframes._analysis.roles import fixed_cells, role_positions
from pmframes._text import pluralize
from pmframes.plot._matrix import draw_matrix, shown_of, states_of, with_others
from pmframes.plot._style import draw_nothing, finish, label_ticks, prepare_axes, short, width_of, write_title

_LINES, _COLUMNS = 50, 40
_SIDE_BY_SIDE = 24


def roles_by_permission(roles: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw which role grants which permission.

    Parameters
    ----------
    roles
        As for ``pm.report.roles_by_permission``.
    ax
        Where to draw; without it, on a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One line per permission and one column per role: a full square where it is granted, a dash where it
        is not, a hollow cross where the service did not say; with a ring around it where the permission
        cannot be modified in that role. Where there are many, the last line and the last column stand for
        all others, and count how many of these are granted.

    Raises
    ------
    InvalidArgument
        If ``roles`` is not a frame, or has no id or no name.
    """
    table = _analysis.roles_by_permission(roles)
    cells = table.drop(columns=["description", "roles", "fixed"])
    if cells.empty:
        return draw_nothing(ax, "There are no roles with permissions in this frame", roles)
    fixed = fixed_cells(roles, cells.index)
    states = states_of(cells, None if fixed is None else fixed.T)
    labels = [f"{short(name)}  ({count})" for name, count in table["roles"].items()]
    axes = _draw(ax, states, labels, [short(name, 24) for name in cells])
    holders = pluralize(cells.shape[1], "role holds", "roles hold")
    write_title(axes, f"{holders} {table['roles'].sum():,} of {cells.size:,} possible permissions")
    return finish(axes, ["in brackets: how many roles grant it", *_matrix_notes(axes, states)], roles)


def role_differences(roles: pd.DataFrame, left: str, right: str, ax: Axes | None = None) -> Axes:
    """Draw in which permissions two roles differ, side by side.

    Parameters
    ----------
    roles, left, right
        As for ``pm.report.role_differences``.
    ax
        Where to draw; without it, on a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One line per permission in which the two differ, first those that ``left`` grants; the marks are those
        of ``roles_by_permission``. Where there are many, the last line counts how many others each grants.

    Raises
    ------
    InvalidArgument
        If ``roles`` is not a frame, or has no id or no name; or if it has no such role, or several of that
        name.
    """
    table = _analysis.role_differences(roles, left, right)
    cells = table.drop(columns=["description", "fixed"])
    names = [short(name, _SIDE_BY_SIDE) for name in cells]
    if cells.empty:
        return draw_nothing(ax, f"{' and '.join(names)}: there are no differences in permissions", roles)
    cells = cells.sort_values(cells.columns[0], ascending=False, kind="stable")
    fixed = fixed_cells(roles.iloc[role_positions(roles, left, right)], cells.index)
    states = states_of(cells, None if fixed is None else fixed.T)
    axes = _draw(ax, states, [short(name) for name in cells.index], names, rotation=0)
    write_title(axes, *_difference_sentences(states, names))
    return finish(axes, _matrix_notes(axes, states), roles)


def _draw(
    ax: Axes | None, states: dict[str, np.ndarray], lines: list[str], columns: list[str], rotation: int = 90
) -> Axes:
    down, across = shown_of(len(lines), _LINES), shown_of(len(columns), _COLUMNS)
    lines = with_others(lines, down, "permissions")
    columns = with_others(columns, across, "roles")
    above = 0.09 * max(map(width_of, columns)) if rotation else 0.2
    axes = prepare_axes(ax, width=max(9, 5 + 0.32 * len(columns)), height=2.2 + above + 0.28 * len(lines))
    draw_matrix(axes, states, down, across)
    label_ticks(axes, "y", lines)
    label_ticks(axes, "x", columns, rotation=rotation)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    return axes


def _matrix_notes(axes: Axes, states: dict[str, np.ndarray]) -> list[str]:
    told = ["fixed: cannot be modified in that role"] if "fixed" in states else []
    return [*told, *(["a number: how many of the others are granted"] if axes.texts else [])]


def _difference_sentences(states: dict[str, np.ndarray], names: list[str]) -> list[str]:
    granted, unsent = states["granted"], states["not sent"].any(axis=1)
    alone = granted[~unsent].sum(axis=0)
    return [
        f"{names[0]} and {names[1]} differ in {pluralize(len(granted), 'permission')}",
        *(f"Only {name} grants {count:,}" for name, count in zip(names, alone, strict=True) if count),
        *([f"{int(np.sum(unsent)):,} not sent for one of them"] if np.any(unsent) else []),
    ]
