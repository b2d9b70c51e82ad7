"""The pictures of customers, or clients, and of the projects that are done for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pmframes import _analysis
from pmframes._analysis.common import NONE
from pmframes._analysis.customers import customer_frames
from pmframes._text import pluralize
from pmframes.plot._bars import Bar, draw_bars, with_rest
from pmframes.plot._style import draw_nothing, finish, prepare_axes, short, write_title

_BARS = 15


@dataclass(frozen=True)
class _Words:
    """How a picture speaks of what it counts, and of what that belongs to."""

    one: str
    link: str
    group: str
    groups: str


_COMPANIES = _Words("customer", "in", "company", "companies")
_OPERATORS = _Words("customer", "of", "operator", "operators")
_CUSTOMERS = _Words("project", "for", "customer", "customers")


def customers_by_company(customers: pd.DataFrame | Sequence[pd.DataFrame], ax: Axes | None = None) -> Axes:
    """Draw the companies with the most customers.

    Parameters
    ----------
    customers
        As for ``pm.report.customers_by_company``.
    ax
        Where to draw; without it, on a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One bar for each of the largest companies, one for all others together, one for the customers without
        a company. With several services, the service is written before each name.

    Raises
    ------
    InvalidArgument
        If ``customers`` is neither a frame nor a list of them, or one lacks the columns of its company.
    """
    frames = customer_frames(customers)
    table = _analysis.customers_by_company(frames)
    several = table["service"].nunique(dropna=False) > 1
    bars = [_bar(row, several) for row in table.itertuples(index=False)]
    return _draw(ax, bars, _COMPANIES, [], *frames)


def customers_by_operator(customers: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the operators with the most customers of Spirii.

    Parameters
    ----------
    customers
        As for ``pm.report.customers_by_operator``.
    ax
        Where to draw; without it, on a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One bar for each of the largest operators, one for all others together, one for the customers without
        an operator.

    Raises
    ------
    InvalidArgument
        If ``customers`` is not a frame, or has no cpo_id or no cpo_name.
    """
    table = _analysis.customers_by_operator(customers)
    return _draw(ax, [_bar(("", *row)) for row in table.itertuples(index=False)], _OPERATORS, [], customers)


def projects_by_customer(
    projects: pd.DataFrame, customers: pd.DataFrame | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the customers of ProjectManager.com with the most projects.

    Parameters
    ----------
    projects, customers
        As for ``pm.report.projects_by_customer``.
    ax
        Where to draw; without it, on a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One bar for each of the customers with the most projects, one for all others together, one for the
        projects without a customer; below, how many of ``customers`` have no project.

    Raises
    ------
    InvalidArgument
        If ``projects`` or ``customers`` is not a frame, or lacks the columns of a customer.
    """
    table = _analysis.projects_by_customer(projects, customers)
    idle = int((table["projects"] == 0).sum())
    bars = [_bar(("", *row)) for row in table[table["projects"] > 0].itertuples(index=False)]
    notes = [] if customers is None else [f"{pluralize(idle, 'customer')} without a project"]
    return _draw(ax, bars, _CUSTOMERS, notes, *(one for one in (projects, customers) if one is not None))


def _bar(row: Sequence[Any], several: bool = False) -> Bar:
    """Make the bar of a line that starts with service, id, name and count."""
    service, identifier, name, count = row[:4]
    label = identifier if pd.isna(name) else name
    if several:
        label = f"{'service not known' if pd.isna(service) else service} · {label}"
    kind = "none" if pd.isna(identifier) and name == NONE else "one"
    return Bar(short(label), np.array([count]), kind)


def _draw(ax: Axes | None, bars: list[Bar], words: _Words, notes: list[str], *frames: pd.DataFrame) -> Axes:
    if not bars:
        return draw_nothing(ax, f"There are no {words.one}s in this frame", *frames)
    bars = sorted(bars, key=lambda bar: 0 if bar.kind == "none" else -bar.total)
    shown = with_rest(bars, _BARS, words.groups)
    axes = prepare_axes(ax, width=9, height=1.5 + 0.32 * len(shown))
    draw_bars(axes, shown, [f"{bar.total:,}" for bar in shown])
    write_title(axes, *_sentences(bars, words))
    return finish(axes, notes, *frames)


def _sentences(bars: list[Bar], words: _Words) -> list[str]:
    named = [bar for bar in bars if bar.kind == "one"]
    total, within = sum(bar.total for bar in bars), sum(bar.total for bar in named)
    every = pluralize(total, words.one)
    if not named:
        return [f"{every}, none {words.link} a {words.group}"]
    places = f"{words.link} {pluralize(len(named), words.group, words.groups)}"
    where = (
        f" {places}" if within == total else f": {within:,} {places}, {total - within:,} {words.link} none"
    )
    return [f"{every}{where}", f"The largest is {named[0].label} with {named[0].total:,}"]
