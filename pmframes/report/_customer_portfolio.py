"""The customer portfolio: which customers and clients belong to which company."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from pmframes._analysis.common import with_sources
from pmframes._analysis.customers import customer_frames, customers_by_company
from pmframes._frames.provenance import read_sources
from pmframes._signatures import checks_arguments
from pmframes._text import join, service_title
from pmframes.report._figures import add_summary, format_as_of
from pmframes.report._report import Report

# Neither contacts nor bank details: a portfolio is shared with many people.
_COLUMNS = (
    *("account", "match", "service", "id", "name", "title", "type", "company_id", "company_name", "company_title"),
    *("owner_id", "owner_name", "cpo_id", "cpo_name", "created_at", "updated_at"),
)
_MATCHES = (
    "Suggested matches: rows with similar names, the same except for case, accents, punctuation and legal "
    "suffixes (Ltd, GmbH, Inc, A/S …). Review each."
)


@checks_arguments
def customer_portfolio(customers: pd.DataFrame | Sequence[pd.DataFrame]) -> Report:
    """Build the customer portfolio: which customers and clients belong to which company.

    Parameters
    ----------
    customers
        What ``pm.customers`` returns, or what ``pm.report.customers_by_company`` takes.

    Returns
    -------
    Report
        Customers by company with a chart, suggested matches where the frame has them, all customers (without
        contacts and bank details), and the provenance.

    Raises
    ------
    InvalidArgument
        If ``customers`` is neither a frame nor a list of frames, or one lacks the columns of its company.
    """
    # matplotlib takes long to import, and only reports with charts need it.
    from pmframes import plot

    frames = customer_frames(customers)
    table = customers_by_company(frames)
    report = Report("Customer portfolio").add_text(_describe_scope(table) + format_as_of(*frames))
    if missing := [str(source.account) for source in read_sources(*frames) if source.complete is False]:
        report = report.add_text(f"Not complete: the rows of {join(missing)} could not be loaded.")
    report = add_summary(report, table, partial(plot.customers_by_company, frames), "Customers by company")
    for frame in frames:
        if "match" in frame and frame["match"].notna().any():
            report = report.add_text(_MATCHES).add_table(_matches_table(frame), "Suggested matches")
    for frame in frames:
        columns = [name for name in _COLUMNS if name in frame]
        report = report.add_table(with_sources(frame[columns], frame), _title(frame))
    return report


def _describe_scope(table: pd.DataFrame) -> str:
    counts = table.groupby(table["service"].fillna("an unknown service"))["customers"].sum()
    services = ", ".join(f"{count:,} from {service_title(str(service))}" for service, count in counts.items())
    return f"{counts.sum():,} customers and clients{': ' if services else ''}{services}."


def _matches_table(frame: pd.DataFrame) -> pd.DataFrame:
    columns = [name for name in ("account", "match", "service", "name", "company_name", "id") if name in frame]
    order = [name for name in ("account", "match") if name in frame]
    rows = frame[frame["match"].notna()].sort_values(order, kind="stable")
    return with_sources(rows[columns].reset_index(drop=True), frame)


def _title(frame: pd.DataFrame) -> str:
    titles = {source.title for source in read_sources(frame)}
    return titles.pop() if len(titles) == 1 else "All customers"
