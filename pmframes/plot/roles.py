"""The picture of roles by permission."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pmframes import summaries
from pmframes.plot.drawing import (
    counted,
    draw_nothing,
    finish,
    label_ticks,
    prepare_axes,
    short,
    write_title,
)
from pmframes.plot.marks import label_of, states_of, style_of
from pmframes.summaries.roles import fixed_cells


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
        cannot be modified in that role.

    Raises
    ------
    InvalidArgument
        If ``roles`` is not a frame, or has no id or no name.
    """
    table = summaries.roles_by_permission(roles)
    cells = table.drop(columns=["description", "roles", "fixed"])
    if cells.empty:
        return draw_nothing(ax, "There are no roles with permissions in this frame", roles)
    axes = prepare_axes(ax, width=max(8, 5 + 0.32 * cells.shape[1]), height=3 + 0.28 * len(cells))
    fixed = fixed_cells(roles, cells.index)
    _draw_marks(axes, states_of(cells, None if fixed is None else fixed.T))
    label_ticks(axes, "y", [f"{short(name)}  ({count})" for name, count in table["roles"].items()])
    label_ticks(axes, "x", [short(name, 24) for name in cells], rotation=90)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    holders = counted(cells.shape[1], "role holds", "roles hold")
    write_title(axes, f"{holders} {table['roles'].sum():,} of {cells.size:,} possible permissions")
    return finish(axes, _role_notes(known=fixed is not None), roles)


def _draw_marks(axes: Axes, states: dict[str, np.ndarray]) -> None:
    for name, where in states.items():
        lines, columns = where.nonzero()
        axes.scatter(columns, lines, label=label_of(name, where), **style_of(name))
    height, width = states["granted"].shape
    axes.set_xlim(-0.6, width - 0.4)
    axes.set_ylim(height - 0.4, -0.6)
    axes.spines[:].set_visible(False)
    axes.grid(visible=True, alpha=0.25)
    axes.set_axisbelow(True)
    axes.legend(loc="upper left", bbox_to_anchor=(0, 0), ncols=4, columnspacing=1.2, frameon=False)


def _role_notes(known: bool) -> list[str]:
    told = ["fixed: cannot be modified in that role"] if known else []
    return ["in brackets: how many roles grant it", *told]
