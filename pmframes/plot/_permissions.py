"""The picture of the people who have each permission."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from pmframes import _analysis
from pmframes._analysis.common import format_percent
from pmframes._text import pluralize
from pmframes.plot._bars import Segment, draw_segments
from pmframes.plot._style import BLUE, draw_nothing, finish, prepare_axes, short, write_title

_BARS = 60
_STYLES = {
    "granted to others": {"facecolor": BLUE},
    "granted to client users": {"facecolor": "#F0A060", "hatch": "////"},
    "not granted": {"facecolor": "white"},
    "not sent": {"facecolor": "#E8E8E8", "hatch": "xxxx"},
}


def people_by_permission(permissions: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how many people have each permission.

    Parameters
    ----------
    permissions
        As for ``pm.report.people_by_permission``.
    ax
        Where to draw; without it, on a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One bar per permission, first what is granted to most: the part of the people to whom it is granted
        (those who are client users apart), not granted, and of whom it was not sent. Beyond sixty, one bar
        is the mean of all others.

    Raises
    ------
    InvalidArgument
        If ``permissions`` is not a frame, or lacks a column.
    """
    table = _analysis.people_by_permission(permissions)
    if table.empty or permissions.empty:
        return draw_nothing(ax, "There are no permissions of people in this frame", permissions)
    table = table.sort_values("granted", ascending=False, kind="stable")
    amounts = zip(table["granted"], table["share"], strict=True)
    lines = _with_mean(_parts(table), [f"{count:,} · {format_percent(share)}" for count, share in amounts])
    axes = prepare_axes(ax, width=10, height=2.4 + 0.25 * len(lines))
    segments = [Segment(name, lines[name].to_numpy(), style) for name, style in _STYLES.items()]
    draw_segments(axes, [short(name) for name in lines.index], segments, lines["text"].tolist())
    write_title(axes, *_sentences(permissions, table))
    return finish(axes, ["a person counts once for each project"], permissions)


def _parts(table: pd.DataFrame) -> pd.DataFrame:
    to_others = table["granted"] - table["client_users"]
    counts = [to_others, table["client_users"], table["not_granted"], table["not_sent"]]
    return pd.concat(counts, axis=1, keys=list(_STYLES)).div(table["people"], axis=0)


def _with_mean(parts: pd.DataFrame, texts: list[str]) -> pd.DataFrame:
    """Put the mean of all that are too many below the others."""
    lines = parts.assign(text=texts)
    if len(parts) <= _BARS + 1:
        return lines
    mean = parts[_BARS:].mean()
    name = f"{len(parts) - _BARS:,} other permissions, the mean"
    last = mean.to_frame(name).T.assign(text=format_percent(mean.iloc[:2].sum()))
    return pd.concat([lines[:_BARS], last])


def _sentences(permissions: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    people, total = permissions["person_id"].nunique(), pluralize(len(table), "permission")
    to_clients = int((table["client_users"] > 0).sum())
    return [
        f"{total} of {pluralize(people, 'person', 'people')}",
        f"{to_clients:,} of them granted to a client user"
        if to_clients
        else "None is granted to a client user",
    ]
