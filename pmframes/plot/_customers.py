"""The charts of customers or clients, and of their projects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pmframes._analysis import customers as summaries
from pmframes._analysis.common import NONE
from pmframes._signatures import checks_arguments
from pmframes._text import pluralize, service_title
from pmframes.plot._bars import Bar, draw_bars, limit_bars
from pmframes.plot._style import add_notes, draw_empty, get_axes, set_title, shorten

_MAX_BARS = 15


@dataclass(frozen=True)
class _Nouns:
    """The nouns in a chart for its items and their groups."""

    counted: str
    preposition: str
    group: str
    groups: str


_COMPANIES = _Nouns("customer", "in", "company", "companies")
_OPERATORS = _Nouns("customer", "of", "operator", "operators")
_CUSTOMERS = _Nouns("project", "for", "customer", "customers")


@checks_arguments
def customers_by_company(customers: pd.DataFrame | Sequence[pd.DataFrame], ax: Axes | None = None) -> Axes:
    """Plot the companies with the most customers.

    Parameters
    ----------
    customers
        As for ``pm.report.customers_by_company``.
    ax
        The Axes to draw on; without it, a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        One bar for each of the 15 largest companies; all others, and customers without a company, are counted
        below. With several services, the service precedes each name.

    Raises
    ------
    InvalidArgument
        If ``customers`` is neither a frame nor a list of frames, or one lacks the columns of its company.
    """
    frames = summaries.customer_frames(customers)
    table = summaries.customers_by_company(frames)
    bars = _make_bars(table, with_service=table["service"].nunique(dropna=False) > 1)
    return _draw(ax, bars, _COMPANIES, [], *frames)


@checks_arguments
def customers_by_operator(customers: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Plot the operators with the most customers of Spirii.

    Parameters
    ----------
    customers
        As for ``pm.report.customers_by_operator``.
    ax
        The Axes to draw on; without it, a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        One bar for each of the 15 largest operators; all others, and customers without an operator, are
        counted below.

    Raises
    ------
    InvalidArgument
        If ``customers`` is not a frame, or has no cpo_id or no cpo_name.
    """
    table = summaries.customers_by_operator(customers)
    bars = _make_bars(table)
    return _draw(ax, bars, _OPERATORS, [], customers)


@checks_arguments
def projects_by_customer(projects: pd.DataFrame, customers: pd.DataFrame | None = None, ax: Axes | None = None) -> Axes:
    """Plot the customers of ProjectManager.com with the most projects.

    Parameters
    ----------
    projects, customers
        As for ``pm.report.projects_by_customer``.
    ax
        The Axes to draw on; without it, a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        One bar for each of the 15 customers with the most projects; all others, and projects without a
        customer, are counted below. A note counts the ``customers`` without a project.

    Raises
    ------
    InvalidArgument
        If ``projects`` or ``customers`` is not a frame, or lacks the columns of a customer.
    """
    table = summaries.projects_by_customer(projects, customers)
    idle = int((table["projects"] == 0).sum())
    bars = _make_bars(table[table["projects"] > 0])
    notes = [] if customers is None else [f"{pluralize(idle, 'customer')} without a project"]
    return _draw(ax, bars, _CUSTOMERS, notes, *(frame for frame in (projects, customers) if frame is not None))


def _make_bars(table: pd.DataFrame, *, with_service: bool = False) -> list[Bar]:
    """Build a bar of each row: id, name and count, after the account where there are several, and the service."""
    columns = [column for column in table if column not in ("account", "service")][:3]
    rows = table[columns].itertuples(index=False)
    return [
        _make_bar(prefix, *row) for prefix, row in zip(_prefixes(table, with_service=with_service), rows, strict=True)
    ]


def _make_bar(prefix: str, identifier: Any, name: Any, count: int) -> Bar:
    label = identifier if pd.isna(name) else name
    is_missing = pd.isna(identifier) and name == NONE
    return Bar(shorten(f"{prefix}{label}"), np.array([count]), "missing" if is_missing else "value")


def _prefixes(table: pd.DataFrame, *, with_service: bool) -> list[str]:
    parts = [table["account"].fillna("unknown account")] if "account" in table else []
    if with_service:
        parts.append(table["service"].map(service_title, na_action="ignore").fillna("unknown service"))
    return ["".join(f"{part} · " for part in row) for row in zip(*parts, strict=True)] if parts else [""] * len(table)


def _draw(ax: Axes | None, bars: list[Bar], nouns: _Nouns, notes: list[str], *frames: pd.DataFrame) -> Axes:
    if not bars:
        return draw_empty(ax, f"There are no {nouns.counted}s in this frame", *frames)
    bars = sorted(bars, key=lambda bar: 0 if bar.kind == "missing" else -bar.total)
    limited = limit_bars(bars, _MAX_BARS, nouns.groups)
    # Beside a bar for all others the single ones could not be compared.
    shown = [bar for bar in limited if bar.kind == "value"]
    notes = [*(f"{bar.label}: {bar.total:,}" for bar in limited if bar.kind != "value"), *notes]
    axes = get_axes(ax, width=9, height=1.5 + 0.32 * (len(shown) or 1))
    draw_bars(axes, shown, [f"{bar.total:,}" for bar in shown])
    set_title(axes, *_sentences(bars, nouns))
    return add_notes(axes, notes, *frames)


def _sentences(bars: list[Bar], nouns: _Nouns) -> list[str]:
    values = [bar for bar in bars if bar.kind == "value"]
    total, grouped = sum(bar.total for bar in bars), sum(bar.total for bar in values)
    counted = pluralize(total, nouns.counted)
    if not values:
        return [f"{counted}, all unassigned"]
    groups = f"{nouns.preposition} {pluralize(len(values), nouns.group, nouns.groups)}"
    ungrouped = f": {grouped:,} {groups}, {total - grouped:,} unassigned"
    return [
        f"{counted}{f' {groups}' if grouped == total else ungrouped}",
        f"Largest: {values[0].label} ({values[0].total:,})",
    ]
