"""The picture of customers by company."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from pmframes import summaries
from pmframes.plot.drawing import counted, draw_bars, draw_nothing, finish, prepare_axes, short, write_title
from pmframes.summaries.shared import NONE

_COMPANIES = 15


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
    table = summaries.customers_by_company(customers)
    frames = [customers] if isinstance(customers, pd.DataFrame) else customers
    if table.empty:
        return draw_nothing(ax, "There are no customers in this frame", *frames)
    none = table["company_id"].isna() & (table["company_name"] == NONE)
    companies = table[~none].sort_values("customers", ascending=False, kind="stable")
    bars = _company_bars(companies, table[none], several=table["service"].nunique(dropna=False) > 1)
    axes = prepare_axes(ax, width=9, height=1.5 + 0.32 * len(bars))
    labels, counts, one_company = map(list, zip(*bars, strict=True))
    draw_bars(axes, labels, counts, [f"{count:,}" for count in counts], one_company)
    write_title(axes, *_company_sentences(companies, int(table["customers"].sum())))
    return finish(axes, [], *frames)


def _company_bars(companies: pd.DataFrame, none: pd.DataFrame, several: bool) -> list[tuple[str, int, bool]]:
    """Give label, number and whether it is one company, for each bar."""
    shown = len(companies) if len(companies) <= _COMPANIES + 1 else _COMPANIES
    others = companies[shown:]
    rest = (f"{len(others):,} other companies", int(others["customers"].sum()), False)
    return [
        *(_company_bar(row, several, one=True) for row in companies[:shown].itertuples()),
        *([] if others.empty else [rest]),
        *(_company_bar(row, several, one=False) for row in none.itertuples()),
    ]


def _company_bar(company: Any, several: bool, one: bool) -> tuple[str, int, bool]:
    name = company.company_id if pd.isna(company.company_name) else company.company_name
    service = "service not known" if pd.isna(company.service) else company.service
    label = f"{service} · {short(name)}" if several else short(name)
    return label, int(company.customers), one


def _company_sentences(companies: pd.DataFrame, total: int) -> list[str]:
    if companies.empty:
        return [f"{counted(total, 'customer')}, none in a company"]
    within = int(companies["customers"].sum())
    places = counted(len(companies), "company", "companies")
    where = f" in {places}" if within == total else f": {within:,} in {places}, {total - within:,} in none"
    largest, count, _ = _company_bar(next(companies.itertuples()), several=False, one=True)
    return [f"{counted(total, 'customer')}{where}", f"The largest is {largest} with {count:,}"]
