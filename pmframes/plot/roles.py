"""The picture of roles by permission."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from pmframes import report
from pmframes.plot.drawing import (
    BLUE,
    GREY,
    RED,
    counted,
    draw_nothing,
    finish,
    label_ticks,
    prepare_axes,
    short,
    write_title,
)

_MARKS: dict[str, dict[str, Any]] = {
    "granted": {"marker": "s", "s": 90, "facecolor": BLUE, "edgecolor": BLUE},
    "not granted": {"marker": "_", "s": 40, "facecolor": GREY},
    "not sent": {"marker": "X", "s": 80, "facecolor": "none", "edgecolor": RED},
}


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
        is not, a hollow cross where the service did not say.

    Raises
    ------
    InvalidArgument
        If ``roles`` is not a frame, or has no id or no name.
    """
    table = report.roles_by_permission(roles)
    cells = table.drop(columns=["description", "roles", "fixed"])
    if cells.empty:
        return draw_nothing(ax, "There are no roles with permissions in this frame", roles)
    axes = prepare_axes(ax, width=max(8, 5 + 0.32 * cells.shape[1]), height=3 + 0.28 * len(cells))
    _draw_marks(axes, cells)
    label_ticks(axes, "y", [f"{short(name)}  ({count})" for name, count in table["roles"].items()])
    label_ticks(axes, "x", [short(name, 24) for name in cells], rotation=90)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    holders = counted(cells.shape[1], "role holds", "roles hold")
    write_title(axes, f"{holders} {table['roles'].sum():,} of {cells.size:,} possible permissions")
    return finish(axes, ["in brackets: how many roles grant it"], roles)


def _draw_marks(axes: Axes, cells: pd.DataFrame) -> None:
    sent, granted = cells.notna().to_numpy(), cells.fillna(False).to_numpy(dtype=bool)
    for name, where in {"granted": granted, "not granted": sent & ~granted, "not sent": ~sent}.items():
        lines, columns = where.nonzero()
        axes.scatter(columns, lines, label=f"{name} ({len(lines):,})", **_MARKS[name])
    axes.set_xlim(-0.6, cells.shape[1] - 0.4)
    axes.set_ylim(len(cells) - 0.4, -0.6)
    axes.spines[:].set_visible(False)
    axes.grid(visible=True, alpha=0.25)
    axes.set_axisbelow(True)
    axes.legend(loc="upper left", bbox_to_anchor=(0, 0), ncols=3, frameon=False)
