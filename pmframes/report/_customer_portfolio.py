"""The customer portfolio: which customers and clients belong to which company."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pmframes import _analysis
from pmframes._analysis.common import with_sources
from pmframes._analysis.customers import customer_frames
from pmframes._frames.provenance import source_labels
from pmframes.report._figures import as_of, with_summary
from pmframes.report._report import Report

_CUSTOMER = (
    *("match", "service", "id", "name", "title", "type", "company_id", "company_name", "company_title"),
    *("owner_id", "owner_name", "cpo_id", "cpo_name", "created_at", "updated_at"),
)
_MATCHES = (
    "Suggested matches: rows whose names are the same but for case, accents, punctuation and legal suffixes "
    "(Ltd, GmbH, Inc, A/S …). Whether they are one customer is for a person to say."
)


def customer_portfolio(customers: pd.DataFrame | Sequence[pd.DataFrame]) -> Report:
    """Build the customer portfolio: which customers and clients belong to which company.

    Parameters
    ----------
    customers
        What ``pm.customers`` returns, or what ``pm.report.customers_by_company`` takes.

    Returns
    -------
    Report
        Customers by company with the picture, matches where the frame has them, then every customer, with
        what says who that is and where it belongs (no contacts, no bank details), and where the data come
        from.

    Raises
    ------
    InvalidArgument
        If ``customers`` is neither a frame nor a list of them, or one lacks the columns of its company.
    """
    from pmframes import plot

    frames = customer_frames(customers)
    table = _analysis.customers_by_company(frames)
    report = Report("Customer portfolio").add_text(_scope(table) + as_of(*frames))
    report = with_summary(report, table, plot.customers_by_company(frames), "Customers by company")
    for frame in frames:
        if "match" in frame and frame["match"].notna().any():
            report = report.add_text(_MATCHES).add_table(_matched(frame), "Suggested matches")
    for frame in frames:
        columns = [name for name in _CUSTOMER if name in frame]
        report = report.add_table(with_sources(frame[columns], frame), _title(frame))
    return report


def _scope(table: pd.DataFrame) -> str:
    counts = table.groupby(table["service"].fillna("an unknown service"))["customers"].sum()
    services = ", ".join(f"{count:,} of {service}" for service, count in counts.items())
    return f"{counts.sum():,} customers and clients{': ' if services else ''}{services}."


def _matched(frame: pd.DataFrame) -> pd.DataFrame:
    columns = [name for name in ("match", "service", "name", "company_name", "id") if name in frame]
    rows = frame[frame["match"].notna()].sort_values("match", kind="stable")
    return with_sources(rows[columns].reset_index(drop=True), frame)


def _title(frame: pd.DataFrame) -> str:
    known = source_labels(frame)
    return known[0] if len(known) == 1 else "Every customer"
