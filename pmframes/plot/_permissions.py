"""The chart of people by permission."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from pmframes._analysis import permissions as summaries
from pmframes._signatures import checks_arguments
from pmframes._text import format_percent, pluralize
from pmframes.plot._bars import Segment, draw_segments
from pmframes.plot._style import BLUE, add_notes, draw_empty, get_axes, set_title, shorten

_MAX_BARS = 60
_STYLES = {
    "granted to others": {"facecolor": BLUE},
    "granted to client users": {"facecolor": "#F0A060", "hatch": "////"},
    "not granted": {"facecolor": "white"},
    "unknown": {"facecolor": "#E8E8E8", "hatch": "xxxx"},
}


@checks_arguments
def people_by_permission(permissions: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Plot the share of people who have each permission.

    Parameters
    ----------
    permissions
        As for ``pm.report.people_by_permission``.
    ax
        The Axes to draw on; without it, a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        One bar per permission, the most granted first, in four segments: granted to client users, granted
        to others, not granted, unknown. Beyond 60 permissions one bar shows the mean of the remainder.

    Raises
    ------
    InvalidArgument
        If ``permissions`` is not a frame, or lacks a column.
    """
    table = summaries.people_by_permission(permissions)
    if table.empty or permissions.empty:
        return draw_empty(ax, "There are no permissions in this frame", permissions)
    table = table.sort_values("granted", ascending=False, kind="stable")
    amounts = zip(table["granted"], table["share"], strict=True)
    texts = [f"{count:,} · {format_percent(share)}" for count, share in amounts]
    bars = _limit_with_mean(_segment_shares(table), texts)
    axes = get_axes(ax, width=10, height=2.4 + 0.25 * len(bars))
    segments = [Segment(name, bars[name].to_numpy(), style) for name, style in _STYLES.items()]
    draw_segments(axes, [shorten(name) for name in bars.index], segments, bars["text"].tolist())
    set_title(axes, *_sentences(permissions, table))
    return add_notes(axes, ["people are counted once per project"], permissions)


def _segment_shares(table: pd.DataFrame) -> pd.DataFrame:
    to_others = table["granted"] - table["client_users"]
    counts = [to_others, table["client_users"], table["not_granted"], table["unknown"]]
    return pd.concat(counts, axis=1, keys=list(_STYLES)).div(table["people"], axis=0)


def _limit_with_mean(shares: pd.DataFrame, texts: list[str]) -> pd.DataFrame:
    """Replace all rows after the first ``_MAX_BARS`` by their mean."""
    bars = shares.assign(text=texts)
    if len(shares) <= _MAX_BARS + 1:
        return bars
    mean = shares[_MAX_BARS:].mean()
    name = f"{len(shares) - _MAX_BARS:,} other permissions (mean)"
    last = mean.to_frame(name).T.assign(text=format_percent(mean.iloc[:2].sum()))
    return pd.concat([bars[:_MAX_BARS], last])


def _sentences(permissions: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    people = pluralize(permissions["person_id"].nunique(), "person", "people")
    to_clients = int((table["client_users"] > 0).sum())
    granted = pluralize(to_clients, "permission is", "permissions are") if to_clients else "No permission is"
    return [f"{pluralize(len(table), 'permission')} of {people}", f"{granted} granted to client users"]
